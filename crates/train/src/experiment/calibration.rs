//! Fitting the curves of a [`Calibration`] to scores of rows that the learner had not seen.

use modelseal_model::{Calibration, CalibrationMethod};

/// Scores are kept from infinity, where no line has a slope.
const SCORE_MAX: f64 = 1e300;

/// Steps of Newton's method at most; about ten are usual.
const STEPS_MAX: usize = 100;

/// Fits one curve for two classes, from the second rank, else one a class against the rest.
///
/// `ranks` holds `class_count` numbers a row, row after row.
pub(super) fn fit(
    method: CalibrationMethod,
    ranks: &[f64],
    truth: &[u32],
    class_count: usize,
) -> Calibration {
    let first = if class_count == 2 { 1 } else { 0 };
    let curves = (first..class_count).map(|class| {
        let scores = ranks.iter().skip(class).step_by(class_count);
        // Adding zero leaves one zero of the two that there are.
        let scores: Vec<f64> =
            scores.map(|score| score.clamp(-SCORE_MAX, SCORE_MAX) + 0.0).collect();
        let is_class: Vec<bool> = truth.iter().map(|&truth| truth as usize == class).collect();
        (scores, is_class)
    });
    match method {
        CalibrationMethod::Sigmoid => {
            let (slopes, intercepts) =
                curves.map(|(scores, is_class)| sigmoid(&scores, &is_class)).unzip();
            Calibration::Sigmoid { slopes, intercepts }
        }
        CalibrationMethod::Isotonic => {
            let (mut starts, mut scores, mut probabilities) = (vec![0], Vec::new(), Vec::new());
            for (curve_scores, is_class) in curves {
                for (score, probability) in isotonic(&curve_scores, &is_class) {
                    scores.push(score);
                    probabilities.push(probability);
                }
                // A table has fewer rows than u32 can count.
                starts.push(scores.len() as u32);
            }
            Calibration::Isotonic { starts, scores, probabilities }
        }
    }
}

/// Slope and intercept of the logistic curve that the rows are likeliest under, against
/// Platt's targets, which keep a curve through separable rows from becoming a step.
///
/// Newton's method with halved steps: H.-T. Lin, C.-J. Lin, R. C. Weng, "A Note on Platt's
/// Probabilistic Outputs for Support Vector Machines", Machine Learning 68, 2007.
fn sigmoid(scores: &[f64], is_class: &[bool]) -> (f64, f64) {
    let count = scores.len().max(1) as f64;
    let positives = is_class.iter().filter(|&&is| is).count() as f64;
    let high = (positives + 1.0) / (positives + 2.0);
    let low = 1.0 / (count - positives + 2.0);
    let targets: Vec<f64> = is_class.iter().map(|&is| if is { high } else { low }).collect();
    // On one scale the two numbers are as hard to find for every learner.
    let center = scores.iter().sum::<f64>() / count;
    let squares: f64 = scores.iter().map(|score| (score - center) * (score - center)).sum();
    let scale = (squares / count).sqrt();
    let scale = if scale > 0.0 && scale.is_finite() { scale } else { 1.0 };
    let center = if center.is_finite() { center } else { 0.0 };
    let x: Vec<f64> = scores.iter().map(|score| (score - center) / scale).collect();

    let loss = |slope: f64, intercept: f64| -> f64 {
        let of_row = |(x, target): (&f64, &f64)| {
            let z = slope * x + intercept;
            // ln(1 + e^z) - target z, without overflow.
            z.max(0.0) + libm::log1p(libm::exp(-z.abs())) - target * z
        };
        x.iter().zip(&targets).map(of_row).sum()
    };
    let prior = (positives + 1.0) / (count - positives + 1.0);
    let (mut slope, mut intercept) = (0.0, libm::log(prior));
    let mut current = loss(slope, intercept);
    for _ in 0..STEPS_MAX {
        let (mut g_slope, mut g_intercept) = (0.0, 0.0);
        // A little on the diagonal keeps a constant column from stopping the search.
        let (mut h_slope, mut h_both, mut h_intercept) = (1e-12, 0.0, 1e-12);
        for (x, target) in x.iter().zip(&targets) {
            let p = 1.0 / (1.0 + libm::exp(-(slope * x + intercept)));
            let (error, weight) = (p - target, p * (1.0 - p));
            g_slope += error * x;
            g_intercept += error;
            h_slope += weight * x * x;
            h_both += weight * x;
            h_intercept += weight;
        }
        if g_slope.abs().max(g_intercept.abs()) < 1e-9 * count {
            break;
        }
        let determinant = h_slope * h_intercept - h_both * h_both;
        let step_slope = (h_intercept * g_slope - h_both * g_intercept) / determinant;
        let step_intercept = (h_slope * g_intercept - h_both * g_slope) / determinant;
        let descent = g_slope * step_slope + g_intercept * step_intercept;
        let mut size = 1.0;
        let found = loop {
            let next = (slope - size * step_slope, intercept - size * step_intercept);
            let value = loss(next.0, next.1);
            if value <= current - 1e-4 * size * descent {
                break Some((next, value));
            }
            size /= 2.0;
            if size < 1e-10 {
                break None;
            }
        };
        let Some((next, value)) = found else { break };
        (slope, intercept) = next;
        current = value;
    }
    (slope / scale, intercept - slope * center / scale)
}

/// A run of rows whose curve is level.
struct Level {
    first: f64,
    last: f64,
    positives: f64,
    rows: f64,
}

/// The points of the rising curve nearest to the rows: neighbours that would fall are pooled.
/// M. Ayer et al., "An Empirical Distribution Function for Sampling with Incomplete
/// Information", Annals of Mathematical Statistics 26, 1955.
fn isotonic(scores: &[f64], is_class: &[bool]) -> Vec<(f64, f64)> {
    let mut order: Vec<(f64, bool)> =
        scores.iter().copied().zip(is_class.iter().copied()).collect();
    order.sort_by(|left, right| left.0.total_cmp(&right.0));
    let share = |level: &Level| level.positives / level.rows;
    let mut levels: Vec<Level> = Vec::new();
    for tied in order.chunk_by(|left, right| left.0 == right.0) {
        let positives = tied.iter().filter(|(_, is_class)| *is_class).count() as f64;
        let (first, last, rows) = (tied[0].0, tied[0].0, tied.len() as f64);
        let mut level = Level { first, last, positives, rows };
        while let Some(before) = levels.pop_if(|before| share(before) >= share(&level)) {
            level.first = before.first;
            level.positives += before.positives;
            level.rows += before.rows;
        }
        levels.push(level);
    }
    let mut points = Vec::with_capacity(2 * levels.len());
    for level in &levels {
        points.push((level.first, share(level)));
        if level.last > level.first {
            points.push((level.last, share(level)));
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_fall_are_pooled() {
        let scores = [1.0, 2.0, 3.0, 3.0, 4.0, 5.0];
        let is_class = [false, true, false, false, true, true];
        let pooled = 1.0 / 3.0;
        assert_eq!(
            isotonic(&scores, &is_class),
            [(1.0, 0.0), (2.0, pooled), (3.0, pooled), (4.0, 1.0), (5.0, 1.0)]
        );
    }

    /// What scikit-learn 1.9.1 gives for these rows: `_SigmoidCalibration`, whose slope and
    /// intercept have the other sign, and `IsotonicRegression`.
    #[test]
    fn equals_scikit_learn() {
        let scores: Vec<f64> = (0..60).map(|row| f64::from(row * 37 % 60) / 10.0 - 3.0).collect();
        let is_class: Vec<bool> =
            (0..60).map(|row| (row * 37 % 60) + (row * 17 % 23) - 11 > 30).collect();
        let (slope, intercept) = sigmoid(&scores, &is_class);
        assert!((slope - 1.906_740_117).abs() < 1e-4, "{slope}");
        assert!((intercept - 0.286_520_761).abs() < 1e-4, "{intercept}");
        let ranks: Vec<f64> = scores.iter().flat_map(|&score| [-score, score]).collect();
        let truth: Vec<u32> = is_class.iter().map(|&is| u32::from(is)).collect();
        let curve = fit(CalibrationMethod::Isotonic, &ranks, &truth, 2);
        for (score, expected) in
            [(-3.5, 0.0), (-1.0, 0.0), (-0.25, 0.625), (0.33, 0.625), (0.71, 1.0), (4.0, 1.0)]
        {
            let found = curve.probabilities(&[-score, score])[1];
            assert!((found - expected).abs() < 1e-9, "{score}: {found}");
        }
    }

    /// The gradient of the likelihood is zero at the fitted curve, whatever the scale.
    #[test]
    fn the_curve_is_the_likeliest() {
        let scores: Vec<f64> = (0..60).map(|row| f64::from(row * 37 % 60) * 100.0).collect();
        let is_class: Vec<bool> = scores.iter().map(|score| score % 700.0 < 300.0).collect();
        let (slope, intercept) = sigmoid(&scores, &is_class);
        let positives = is_class.iter().filter(|&&is| is).count() as f64;
        let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (62.0 - positives));
        let (mut by_slope, mut by_intercept) = (0.0, 0.0);
        for (score, is) in scores.iter().zip(&is_class) {
            let p = 1.0 / (1.0 + libm::exp(-(slope * score + intercept)));
            by_slope += (p - if *is { high } else { low }) * score / 6000.0;
            by_intercept += p - if *is { high } else { low };
        }
        assert!(by_slope.abs() < 1e-6 && by_intercept.abs() < 1e-6);
    }

    #[test]
    fn separable_constant_and_infinite_scores_give_a_curve() {
        let separable = sigmoid(&[-1.0, -2.0, 1.0, 2.0], &[false, false, true, true]);
        assert!(separable.0 > 0.0 && separable.0.is_finite());
        let constant = sigmoid(&[3.0; 4], &[false, false, true, false]);
        let p = 1.0 / (1.0 + libm::exp(-(constant.0 * 3.0 + constant.1)));
        assert!((p - (2.0 / 3.0 + 3.0 / 5.0) / 4.0).abs() < 1e-6, "{p}");
        let ranks = [0.0, f64::INFINITY, 0.0, f64::NEG_INFINITY, 0.0, 1.0];
        for method in [CalibrationMethod::Sigmoid, CalibrationMethod::Isotonic] {
            let fitted = fit(method, &ranks, &[1, 0, 1], 2);
            assert!(fitted.probabilities(&[0.0, 2.0])[1].is_finite());
        }
    }
}
