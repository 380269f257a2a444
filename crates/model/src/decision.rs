//! From the scores of a learner to probabilities and a class, where the learner's own way is
//! not what is wanted.

use serde::{Deserialize, Serialize};

use crate::learner::check_numbers;
use crate::tensors::{TensorReader, TensorWriter};
use crate::{Learner, Prediction, TensorError, predicted_class};

/// What stands between a learner and an answer. Nothing, by default: the learner's own
/// probabilities, and the class that it decides for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// Probabilities from scores, in place of the learner's own.
    pub calibration: Option<Calibration>,
    /// Of two classes the second is the answer from this probability on, from 0 to 1.
    pub threshold: Option<f64>,
}

/// Curves from scores to probabilities that were fitted on rows the learner had not seen.
///
/// Two classes: one curve, from the second score to the probability of the second class. More:
/// one curve a class, from the learner's probability of the class (its score, when it has no
/// probabilities) to another one; they are then divided by their sum.
#[derive(Debug, Clone, PartialEq)]
pub enum Calibration {
    /// The logistic function of slope times score plus intercept. J. Platt, "Probabilistic
    /// Outputs for Support Vector Machines", 1999.
    Sigmoid {
        /// One a curve.
        slopes: Vec<f64>,
        /// One a curve.
        intercepts: Vec<f64>,
    },
    /// Straight lines between points, level before the first and behind the last. B. Zadrozny,
    /// C. Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability
    /// Estimates", KDD 2002.
    Isotonic {
        /// The first point of each curve, then the number of points.
        starts: Vec<u32>,
        /// Scores of the points, increasing within a curve.
        scores: Vec<f64>,
        /// Probabilities of the points, from 0 to 1, never falling within a curve.
        probabilities: Vec<f64>,
    },
}

/// How probabilities are calibrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationMethod {
    /// See [`Calibration::Sigmoid`].
    Sigmoid,
    /// See [`Calibration::Isotonic`].
    Isotonic,
}

/// A decision without its arrays; those are called `calibration.*` and `threshold`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionDescription {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) calibration: Option<CalibrationMethod>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) threshold: bool,
}

impl Calibration {
    /// How the curves were fitted.
    pub fn method(&self) -> CalibrationMethod {
        match self {
            Self::Sigmoid { .. } => CalibrationMethod::Sigmoid,
            Self::Isotonic { .. } => CalibrationMethod::Isotonic,
        }
    }

    /// The value of one curve.
    ///
    /// # Panics
    /// When there is no such curve.
    fn value(&self, curve: usize, score: f64) -> f64 {
        match self {
            Self::Sigmoid { slopes, intercepts } => {
                crate::learner::sigmoid(slopes[curve] * score + intercepts[curve])
            }
            Self::Isotonic { starts, scores, probabilities } => {
                let points = starts[curve] as usize..starts[curve + 1] as usize;
                interpolate(&scores[points.clone()], &probabilities[points], score)
            }
        }
    }

    /// Probabilities from what [`Decision::ranks`] gives; they sum to 1.
    ///
    /// # Panics
    /// When the calibration is for fewer classes.
    pub fn probabilities(&self, ranks: &[f64]) -> Vec<f64> {
        if let [_, second] = *ranks {
            let second = self.value(0, second);
            return vec![1.0 - second, second];
        }
        let curves = ranks.iter().enumerate();
        let mut values: Vec<f64> = curves.map(|(curve, &rank)| self.value(curve, rank)).collect();
        let total: f64 = values.iter().sum();
        let class_count = values.len() as f64;
        for value in &mut values {
            // Where no curve gives anything, nothing is known.
            *value = if total > 0.0 { *value / total } else { 1.0 / class_count };
        }
        values
    }

    fn validate(&self, class_count: usize) -> Result<(), String> {
        let curve_count = if class_count == 2 { 1 } else { class_count };
        match self {
            Self::Sigmoid { slopes, intercepts } => {
                check_numbers("calibration.slope", slopes, curve_count)?;
                check_numbers("calibration.intercept", intercepts, curve_count)
            }
            Self::Isotonic { starts, scores, probabilities } => {
                let last = starts.last().map(|&last| last as usize);
                let is_increasing = starts.is_sorted_by(|left, right| left < right);
                if starts.len() != curve_count + 1
                    || starts[0] != 0
                    || last != Some(scores.len())
                    || !is_increasing
                {
                    return Err(format!(
                        "calibration.start does not divide {} points into {curve_count} curves",
                        scores.len()
                    ));
                }
                check_numbers("calibration.score", scores, scores.len())?;
                check_numbers("calibration.probability", probabilities, scores.len())?;
                for curve in starts.windows(2) {
                    let points = curve[0] as usize..curve[1] as usize;
                    if !scores[points.clone()].is_sorted_by(|left, right| left < right) {
                        return Err("calibration.score does not increase".to_owned());
                    }
                    if !probabilities[points].is_sorted() {
                        return Err("calibration.probability falls".to_owned());
                    }
                }
                match probabilities.iter().find(|value| !(0.0..=1.0).contains(*value)) {
                    Some(value) => Err(format!("calibration.probability holds {value}")),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The height of the line through the points at `score`. There is at least one point.
fn interpolate(scores: &[f64], heights: &[f64], score: f64) -> f64 {
    let right = scores.partition_point(|&point| point < score);
    if right == 0 {
        return heights[0];
    }
    if right == scores.len() {
        return heights[right - 1];
    }
    let share = (score - scores[right - 1]) / (scores[right] - scores[right - 1]);
    let height = heights[right - 1] + share * (heights[right] - heights[right - 1]);
    // The distance of two scores may overflow; the line stays between its ends.
    if height.is_finite() {
        height.clamp(heights[right - 1], heights[right])
    } else {
        heights[right]
    }
}

impl Decision {
    /// Whether there is nothing between learner and answer.
    pub fn is_none(&self) -> bool {
        self.calibration.is_none() && self.threshold.is_none()
    }

    /// What a calibration maps: the scores of two classes; of more the probabilities, where
    /// the learner has any.
    pub fn ranks(learner: &Learner, scores: Vec<f64>) -> Vec<f64> {
        if scores.len() == 2 || !learner.has_probabilities() {
            scores
        } else {
            learner.probabilities_of(scores)
        }
    }

    /// Whether predictions have probabilities.
    pub fn has_probabilities(&self, learner: &Learner) -> bool {
        self.calibration.is_some() || learner.has_probabilities()
    }

    /// Class and probabilities from the scores of one prepared row.
    ///
    /// # Panics
    /// When there are not as many scores as the decision was made for.
    pub fn predict(&self, learner: &Learner, scores: Vec<f64>) -> Prediction {
        let own_class = learner.class_of(&scores);
        let (own_class, probabilities) = match &self.calibration {
            None => (own_class, learner.probabilities_of(scores)),
            Some(calibration) => {
                let probabilities = calibration.probabilities(&Self::ranks(learner, scores));
                (predicted_class(&probabilities), probabilities)
            }
        };
        let class = match (self.threshold, probabilities.as_slice()) {
            (Some(threshold), [_, second]) => usize::from(*second >= threshold),
            _ => own_class,
        };
        Prediction { class, probabilities }
    }

    /// Checks that the decision fits a learner.
    ///
    /// # Errors
    /// A sentence that says what does not fit.
    pub fn validate(&self, learner: &Learner, class_count: usize) -> Result<(), String> {
        if let Some(calibration) = &self.calibration {
            calibration.validate(class_count)?;
        }
        let Some(threshold) = self.threshold else { return Ok(()) };
        if class_count != 2 {
            return Err(format!("a threshold is for two classes, there are {class_count}"));
        }
        if !self.has_probabilities(learner) {
            return Err(format!(
                "a threshold needs probabilities: {} has none without a calibration",
                learner.id()
            ));
        }
        if !(0.0..=1.0).contains(&threshold) {
            return Err(format!("the threshold {threshold} is not between 0 and 1"));
        }
        Ok(())
    }

    /// Writes the arrays; `None` when there is nothing to write.
    pub(crate) fn write(&self, arrays: &mut TensorWriter) -> Option<DecisionDescription> {
        match &self.calibration {
            None => {}
            Some(Calibration::Sigmoid { slopes, intercepts }) => {
                arrays.f64("calibration.slope", slopes);
                arrays.f64("calibration.intercept", intercepts);
            }
            Some(Calibration::Isotonic { starts, scores, probabilities }) => {
                arrays.u32("calibration.start", starts.iter().copied());
                arrays.f64("calibration.score", scores);
                arrays.f64("calibration.probability", probabilities);
            }
        }
        if let Some(threshold) = self.threshold {
            arrays.f64("threshold", &[threshold]);
        }
        (!self.is_none()).then(|| DecisionDescription {
            calibration: self.calibration.as_ref().map(Calibration::method),
            threshold: self.threshold.is_some(),
        })
    }

    /// Reads what [`Decision::write`] wrote; [`Decision::validate`] runs afterwards.
    pub(crate) fn read(
        description: DecisionDescription,
        arrays: &mut TensorReader<'_>,
    ) -> Result<Self, TensorError> {
        let calibration = match description.calibration {
            None => None,
            Some(CalibrationMethod::Sigmoid) => Some(Calibration::Sigmoid {
                slopes: arrays.f64("calibration.slope")?,
                intercepts: arrays.f64("calibration.intercept")?,
            }),
            Some(CalibrationMethod::Isotonic) => Some(Calibration::Isotonic {
                starts: arrays.u32("calibration.start")?,
                scores: arrays.f64("calibration.score")?,
                probabilities: arrays.f64("calibration.probability")?,
            }),
        };
        let threshold = if description.threshold {
            let values = arrays.f64("threshold")?;
            match values.as_slice() {
                [threshold] => Some(*threshold),
                _ => {
                    return Err(TensorError::Malformed(format!(
                        "threshold has {} values, expected 1",
                        values.len()
                    )));
                }
            }
        } else {
            None
        };
        Ok(Self { calibration, threshold })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> Calibration {
        Calibration::Isotonic {
            starts: vec![0, 3],
            scores: vec![-1.0, 0.0, 2.0],
            probabilities: vec![0.25, 0.5, 1.0],
        }
    }

    #[test]
    fn lines_between_points_by_hand() {
        for (score, expected) in [
            (f64::NEG_INFINITY, 0.25),
            (-1.0, 0.25),
            (-0.5, 0.375),
            (0.0, 0.5),
            (1.0, 0.75),
            (2.0, 1.0),
            (f64::INFINITY, 1.0),
        ] {
            assert_eq!(curve().value(0, score), expected, "{score}");
        }
        assert_eq!(curve().probabilities(&[0.0, 1.0]), [0.25, 0.75]);
    }

    #[test]
    fn nothing_known_is_uniform() {
        let silent = Calibration::Isotonic {
            starts: vec![0, 1, 2, 3],
            scores: vec![0.0; 3],
            probabilities: vec![0.0; 3],
        };
        silent.validate(3).unwrap();
        assert_eq!(silent.probabilities(&[0.2, 0.3, 0.5]), [1.0 / 3.0; 3]);
    }

    #[test]
    fn curves_that_are_none_are_refused() {
        let bad = |change: fn(&mut Vec<u32>, &mut Vec<f64>, &mut Vec<f64>)| {
            let Calibration::Isotonic { mut starts, mut scores, mut probabilities } = curve()
            else {
                unreachable!()
            };
            change(&mut starts, &mut scores, &mut probabilities);
            Calibration::Isotonic { starts, scores, probabilities }.validate(2).unwrap_err()
        };
        assert!(bad(|starts, _, _| starts[1] = 2).contains("calibration.start"));
        assert!(bad(|starts, _, _| starts.clear()).contains("calibration.start"));
        assert!(bad(|_, scores, _| scores[1] = 2.0).contains("does not increase"));
        assert!(bad(|_, _, heights| heights[0] = 0.75).contains("falls"));
        assert!(bad(|_, _, heights| heights[2] = 1.5).contains("1.5"));
        assert!(bad(|_, scores, _| scores[0] = f64::NAN).contains("finite"));
        assert!(bad(|_, _, heights| heights.push(1.0)).contains("probability"));
        assert!(curve().validate(3).is_err());
    }
}
