//! Whether a difference between two learners is more than chance.

use serde::{Deserialize, Serialize};

/// Two learners measured on the same parts of a cross-validation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedTest {
    /// Mean over the parts of the first learner's score minus the second's.
    pub difference: f64,
    /// Student's t of that mean, with the variance corrected for parts that share training
    /// rows; 0 when all differences are 0.
    pub t: f64,
    /// Probability of a |t| at least as large when the two are equally good.
    pub p: f64,
    /// Half of the width of the 95% interval around `difference`.
    pub margin: f64,
}

/// The corrected resampled t test: C. Nadeau, Y. Bengio, "Inference for the Generalization
/// Error", Machine Learning 52, 2003.
///
/// The scores of the parts are not independent, because any two learn from mostly the same
/// rows. The plain paired t test takes var / k as the variance of the mean and finds
/// differences that are not there; here it is var * (1/k + `test_share`), where `test_share` is
/// the rows of a part that are measured with over those that are learned from (1/9 for ten
/// parts). `None` with fewer than two parts.
pub fn paired_test(first: &[f64], second: &[f64], test_share: f64) -> Option<PairedTest> {
    let differences: Vec<f64> =
        first.iter().zip(second).map(|(first, second)| first - second).collect();
    if differences.len() < 2 {
        return None;
    }
    let count = differences.len() as f64;
    let difference = differences.iter().sum::<f64>() / count;
    let squares: f64 =
        differences.iter().map(|value| (value - difference) * (value - difference)).sum();
    let freedom = count - 1.0;
    let error = (squares / freedom * (1.0 / count + test_share)).sqrt();
    let t = if error > 0.0 {
        difference / error
    } else if difference == 0.0 {
        0.0
    } else {
        // The same difference in every part.
        f64::MAX.copysign(difference)
    };
    let p = two_sided(t, freedom);
    Some(PairedTest { difference, t, p, margin: error * t_of(0.05, freedom) })
}

/// Probability that Student's t with this many degrees of freedom is at least |t| from zero.
pub fn two_sided(t: f64, freedom: f64) -> f64 {
    let square = t * t;
    if !square.is_finite() {
        return 0.0;
    }
    incomplete_beta(freedom / 2.0, 0.5, freedom / (freedom + square))
}

/// The t of which `two_sided` is `p`, by bisection.
fn t_of(p: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1e3);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if two_sided(middle, freedom) > p { low = middle } else { high = middle }
    }
    high
}

/// The regularised incomplete beta function I_x(a, b) by its continued fraction (modified
/// Lentz): W. H. Press et al., "Numerical Recipes", section 6.4.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = libm::exp(
        libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
            + a * libm::log(x)
            + b * libm::log1p(-x),
    );
    // The fraction converges fast on this side; the other side is its complement.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let guard = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From tables of Student's distribution: the 97.5% points of 1, 9 and 30 degrees.
    #[test]
    fn equals_the_tables() {
        for (freedom, t) in [(1.0, 12.706_204_736), (9.0, 2.262_157_163), (30.0, 2.042_272_456)] {
            assert!((two_sided(t, freedom) - 0.05).abs() < 1e-9);
            assert!((two_sided(-t, freedom) - 0.05).abs() < 1e-9);
            assert!((t_of(0.05, freedom) - t).abs() < 1e-8);
        }
        assert_eq!(two_sided(0.0, 9.0), 1.0);
    }

    /// The published fold tables: F1 of the tuned and the default model. The plain test gives
    /// t = 0.97 and p = 0.36.
    #[test]
    fn the_published_gain_is_noise() {
        let tuned = [0.7433, 0.752, 0.7363, 0.7498, 0.7424, 0.7467, 0.7389, 0.7528, 0.7473, 0.7447];
        let default = [0.7396, 0.7502, 0.7398, 0.7511, 0.7433, 0.743, 0.741, 0.749, 0.7433, 0.7452];
        let plain = paired_test(&tuned, &default, 0.0).unwrap();
        assert!((plain.t - 0.97).abs() < 0.01 && (plain.p - 0.36).abs() < 0.01, "{plain:?}");
        let corrected = paired_test(&tuned, &default, 1.0 / 9.0).unwrap();
        assert!(corrected.p > 0.5 && corrected.margin > corrected.difference);
    }

    #[test]
    fn equal_and_constant_differences_are_told() {
        let same = paired_test(&[0.5, 0.6], &[0.5, 0.6], 0.1).unwrap();
        assert_eq!((same.t, same.p, same.margin), (0.0, 1.0, 0.0));
        assert_eq!(paired_test(&[1.0, 1.0], &[0.5, 0.5], 0.1).unwrap().p, 0.0);
        assert_eq!(paired_test(&[1.0], &[0.5], 0.1), None);
    }
}
