//! Candidates from where the good ones are dense: the tree-structured Parzen estimator.
//!
//! J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, "Algorithms for Hyper-Parameter Optimization",
//! NIPS 2011. The best of what was tried give one density, the rest another; of some draws
//! from the first the one is tried where the quotient of the two is largest. Every
//! parameter has densities of its own: Gaussian kernels on the unit interval for numbers,
//! counts for words, with one uniform observation added to each.

use crate::experiment::Candidate;
use crate::learn::{ParameterKind, ParameterSpec, ParameterValue, TuningRange};
use crate::random::Mt19937;

/// Draws among which the quotient of the densities chooses. Of many the choice falls near the
/// ends of an axis, where bad candidates are rare because all are.
const DRAWS: usize = 8;

/// Of `n` candidates that were tried this times the root of n count as good.
const GOOD_PER_ROOT: f64 = 0.5;

/// The least width of a kernel, as a share of the range.
const WIDTH_MIN: f64 = 0.05;

/// The parameters of a learner that are tuned.
pub(super) struct Space {
    axes: Vec<Axis>,
    /// Whether every number of rounds comes with the fit of the last one.
    pub(super) rounds: Option<TuningRange>,
}

struct Axis {
    spec: &'static ParameterSpec,
    range: TuningRange,
}

/// One place in the space: a number from 0 to 1 an axis.
pub(super) type Place = Vec<f64>;

impl Space {
    pub(super) fn of(candidate: &Candidate) -> Self {
        let is_boosted = matches!(candidate.entry.id, "gbc" | "lightgbm");
        let (mut axes, mut rounds) = (Vec::new(), None);
        for spec in candidate.entry.parameters {
            let Some(&range) = spec.tuning else { continue };
            if is_boosted && spec.name == "n_estimators" {
                rounds = Some(range);
            } else {
                axes.push(Axis { spec, range });
            }
        }
        Self { axes, rounds }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.axes.is_empty()
    }

    /// Where a candidate stands.
    pub(super) fn place(&self, candidate: &Candidate) -> Place {
        let parameters = &candidate.parameters;
        let number = |axis: &Axis| {
            let position = parameters.specs().iter().position(|spec| spec.name == axis.spec.name);
            position.map_or(axis.spec.default, |position| parameters.numbers()[position])
        };
        self.axes.iter().map(|axis| axis.share(number(axis))).collect()
    }

    /// Names and values of a place.
    pub(super) fn values(&self, place: &Place) -> Vec<(&'static str, ParameterValue)> {
        let axes = self.axes.iter().zip(place);
        axes.map(|(axis, &share)| (axis.spec.name, axis.spec.value_of(axis.number(share))))
            .collect()
    }

    /// Places that cover every axis evenly: each has one in each of `count` equal strata. M. D.
    /// McKay, R. J. Beckman, W. J. Conover, "A Comparison of Three Methods for Selecting Values
    /// of Input Variables", Technometrics 21, 1979.
    pub(super) fn spread(&self, count: usize, random: &mut Mt19937) -> Vec<Place> {
        let mut places = vec![Vec::with_capacity(self.axes.len()); count];
        for _ in &self.axes {
            for (place, stratum) in places.iter_mut().zip(random.permutation(count as u32)) {
                place.push((f64::from(stratum) + random.uniform()) / count as f64);
            }
        }
        places
    }

    /// The next place to try. `tried` holds places and how good they are, more being better.
    pub(super) fn propose(&self, tried: &[(Place, f64)], random: &mut Mt19937) -> Place {
        let mut order: Vec<&(Place, f64)> = tried.iter().collect();
        order.sort_by(|left, right| right.1.total_cmp(&left.1));
        let good_count = ((tried.len() as f64).sqrt() * GOOD_PER_ROOT).ceil() as usize;
        let (good, rest) = order.split_at(good_count.min(order.len()));
        let axes = self.axes.iter().enumerate();
        axes.map(|(axis_index, axis)| {
            let of = |part: &[&(Place, f64)]| -> Vec<f64> {
                part.iter().map(|(place, _)| place[axis_index]).collect()
            };
            let (good, rest) = (axis.density(&of(good)), axis.density(&of(rest)));
            let mut best = (f64::NEG_INFINITY, 0.5);
            for _ in 0..DRAWS {
                let share = good.draw(random);
                let quotient = good.at(share) / rest.at(share);
                if quotient > best.0 {
                    best = (quotient, share);
                }
            }
            best.1
        })
        .collect()
    }
}

impl Axis {
    fn word_count(&self) -> Option<usize> {
        match self.spec.kind {
            ParameterKind::Boolean => Some(2),
            ParameterKind::Choice(words) => Some(words.len()),
            ParameterKind::Integer | ParameterKind::Number => None,
        }
    }

    /// From 0 to 1; a word is the middle of its stratum.
    fn share(&self, number: f64) -> f64 {
        if let Some(count) = self.word_count() {
            return (number + 0.5) / count as f64;
        }
        let TuningRange { minimum, maximum, is_logarithmic } = self.range;
        let number = number.clamp(minimum, maximum);
        if is_logarithmic {
            libm::log(number / minimum) / libm::log(maximum / minimum)
        } else {
            (number - minimum) / (maximum - minimum)
        }
    }

    fn number(&self, share: f64) -> f64 {
        if let Some(count) = self.word_count() {
            return (share * count as f64).floor().min(count as f64 - 1.0);
        }
        let TuningRange { minimum, maximum, is_logarithmic } = self.range;
        let number = if is_logarithmic {
            minimum * libm::pow(maximum / minimum, share)
        } else {
            minimum + share * (maximum - minimum)
        };
        let number = match self.spec.kind {
            ParameterKind::Integer => number.round(),
            // Three digits are as good, and can be read.
            _ => three_digits(number),
        };
        number.clamp(minimum, maximum)
    }

    fn density(&self, shares: &[f64]) -> Density {
        if let Some(count) = self.word_count() {
            let mut weights = vec![1.0; count];
            for share in shares {
                weights[(share * count as f64) as usize] += 1.0;
            }
            return Density::Words(weights);
        }
        // The more there is, the narrower: Scott's rule on the unit interval.
        let count = shares.len().max(1) as f64;
        let width = (0.3 * libm::pow(count, -0.2)).max(WIDTH_MIN);
        Density::Kernels { centers: shares.to_vec(), width }
    }
}

/// Rounded to three digits.
fn three_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// How likely the places of an axis are.
enum Density {
    /// Weights of the words.
    Words(Vec<f64>),
    /// Gaussian kernels of one width, cut at both ends, and the uniform distribution as one
    /// more.
    Kernels { centers: Vec<f64>, width: f64 },
}

impl Density {
    fn draw(&self, random: &mut Mt19937) -> f64 {
        match self {
            Self::Words(weights) => {
                let mut rest = random.uniform() * weights.iter().sum::<f64>();
                let mut word = 0;
                while word + 1 < weights.len() && rest >= weights[word] {
                    rest -= weights[word];
                    word += 1;
                }
                (word as f64 + 0.5) / weights.len() as f64
            }
            Self::Kernels { centers, width } => {
                let kernel = random.up_to(centers.len() as u64) as usize;
                let Some(center) = centers.get(kernel) else { return random.uniform() };
                // Box and Muller; what falls outside is drawn again.
                for _ in 0..100 {
                    let radius = (-2.0 * libm::log(1.0 - random.uniform())).sqrt();
                    let angle = std::f64::consts::TAU * random.uniform();
                    let share = center + width * radius * libm::cos(angle);
                    if (0.0..=1.0).contains(&share) {
                        return share;
                    }
                }
                *center
            }
        }
    }

    fn at(&self, share: f64) -> f64 {
        match self {
            Self::Words(weights) => {
                let word = ((share * weights.len() as f64) as usize).min(weights.len() - 1);
                weights[word] / weights.iter().sum::<f64>()
            }
            Self::Kernels { centers, width } => {
                let root_two = std::f64::consts::SQRT_2;
                let below = |z: f64| 0.5 * libm::erfc(-z / root_two);
                let kernel = |center: &f64| {
                    let z = (share - center) / width;
                    let inside = below((1.0 - center) / width) - below(-center / width);
                    libm::exp(-z * z / 2.0) / (width * (std::f64::consts::TAU).sqrt() * inside)
                };
                let sum: f64 = centers.iter().map(kernel).sum();
                (sum + 1.0) / (centers.len() as f64 + 1.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> Space {
        Space::of(&Candidate::new("lightgbm").unwrap())
    }

    #[test]
    fn places_and_values_belong_together() {
        let space = space();
        assert!(space.rounds.is_some());
        let mut random = Mt19937::new(3);
        for place in space.spread(7, &mut random) {
            let mut candidate = Candidate::new("lightgbm").unwrap();
            for (name, value) in space.values(&place) {
                candidate = candidate.with(name, &value).unwrap();
            }
            for (found, expected) in space.place(&candidate).iter().zip(&place) {
                assert!((found - expected).abs() < 0.08, "{found} {expected}");
            }
        }
        assert_eq!(three_digits(0.012_345), 0.0123);
    }

    /// On a bowl the proposals close in on its bottom, and random draws do not.
    #[test]
    fn proposals_find_the_bottom_of_a_bowl() {
        let space = space();
        let value = |place: &Place| -place.iter().map(|x| (x - 0.8) * (x - 0.8)).sum::<f64>();
        let best = |tried: &[(Place, f64)]| tried.iter().map(|it| it.1).fold(-9.0, f64::max);
        let (mut dense_wins, seeds) = (0, 20);
        for seed in 0..seeds {
            let mut random = Mt19937::new(seed);
            let mut tried: Vec<(Place, f64)> = space
                .spread(8, &mut random)
                .into_iter()
                .map(|place| (place.clone(), value(&place)))
                .collect();
            for _ in 8..40 {
                let place = space.propose(&tried, &mut random);
                tried.push((place.clone(), value(&place)));
            }
            let drawn: Vec<(Place, f64)> = (0..40)
                .map(|_| {
                    let place: Place = space.axes.iter().map(|_| random.uniform()).collect();
                    (place.clone(), value(&place))
                })
                .collect();
            dense_wins += usize::from(best(&tried) > best(&drawn));
        }
        assert!(dense_wins >= 17, "{dense_wins} of {seeds}");
    }

    #[test]
    fn densities_have_the_area_one() {
        let density = Density::Kernels { centers: vec![0.0, 0.3, 0.95], width: 0.2 };
        let steps = 10_000;
        let area: f64 = (0..steps)
            .map(|step| density.at((f64::from(step) + 0.5) / f64::from(steps)))
            .sum::<f64>()
            / f64::from(steps);
        assert!((area - 1.0).abs() < 1e-6, "{area}");
    }
}
