//! Learners whose scores are weighted sums: logistic regression, discriminant analysis,
//! ridge regression on signs, linear support vectors.

use serde::{Deserialize, Serialize};

use super::link::{logistic, per_class};
use super::{NoSettings, Predict, Shape, Store, check_numbers};
use crate::tensors::{TensorReader, TensorWriter};
use crate::{DecodeError, InvalidModel, Limits};

/// Weighted sums of a row that draw borders between classes but are no log odds, so that no
/// probabilities follow from them: ridge regression and support vectors.
///
/// Two classes: one sum, positive for the second class. More: one sum a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// One weight a feature, output after output.
    pub weights: Vec<f64>,
    /// What is added to each output's sum.
    pub intercepts: Vec<f64>,
}

/// Weighted sums of a row that are log odds (two classes: of the second) or logarithms of
/// unnormalised probabilities (more: one a class).
#[derive(Debug, Clone, PartialEq)]
pub struct LogLinear {
    /// The sums.
    pub linear: Linear,
}

/// What `model.json` says of a learner without probabilities.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithoutProbabilities {
    /// Always false: stated, so that no reader makes some up from the scores.
    probabilities: bool,
}

impl Linear {
    /// The sums of one prepared row, one an output.
    fn sums(&self, row: &[f64]) -> Vec<f64> {
        let outputs =
            self.weights.chunks_exact((self.weights.len() / self.intercepts.len()).max(1));
        let sum = |(weights, intercept): (&[f64], &f64)| {
            let products = row.iter().zip(weights).map(|(value, weight)| value * weight);
            intercept + products.sum::<f64>()
        };
        outputs.zip(&self.intercepts).map(sum).collect()
    }
}

impl Predict for Linear {
    fn scores(&self, row: &[f64]) -> Vec<f64> {
        per_class(self.sums(row))
    }

    fn probabilities(&self, _: Vec<f64>) -> Vec<f64> {
        Vec::new()
    }

    fn has_probabilities(&self) -> bool {
        false
    }

    fn validate(&self, shape: Shape, _: &Limits) -> Result<(), String> {
        let outputs = if shape.class_count == 2 { 1 } else { shape.class_count };
        check_numbers("intercepts", &self.intercepts, outputs)?;
        check_numbers("weights", &self.weights, outputs.saturating_mul(shape.feature_count))
    }
}

impl Store for Linear {
    type Settings = WithoutProbabilities;

    fn write(&self, arrays: &mut TensorWriter) -> WithoutProbabilities {
        arrays.f64("learner.weights", &self.weights);
        arrays.f64("learner.intercepts", &self.intercepts);
        WithoutProbabilities { probabilities: false }
    }

    fn read(
        settings: WithoutProbabilities,
        arrays: &mut TensorReader<'_>,
        _: Shape,
        _: &Limits,
    ) -> Result<Self, DecodeError> {
        if settings.probabilities {
            let why = "`probabilities` is true, but this learner has none".to_owned();
            return Err(InvalidModel::Learner(why).into());
        }
        let weights = arrays.f64("learner.weights")?;
        Ok(Self { weights, intercepts: arrays.f64("learner.intercepts")? })
    }
}

impl Predict for LogLinear {
    fn scores(&self, row: &[f64]) -> Vec<f64> {
        self.linear.scores(row)
    }

    fn probabilities(&self, scores: Vec<f64>) -> Vec<f64> {
        logistic(scores)
    }

    fn validate(&self, shape: Shape, limits: &Limits) -> Result<(), String> {
        self.linear.validate(shape, limits)
    }
}

impl Store for LogLinear {
    type Settings = NoSettings;

    fn write(&self, arrays: &mut TensorWriter) -> NoSettings {
        self.linear.write(arrays);
        NoSettings {}
    }

    fn read(
        _: NoSettings,
        arrays: &mut TensorReader<'_>,
        shape: Shape,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let settings = WithoutProbabilities { probabilities: false };
        Ok(Self { linear: Linear::read(settings, arrays, shape, limits)? })
    }
}
