//! Learners that see each class as a normal distribution: naive Bayes and quadratic
//! discriminant analysis.

use super::link::{logistic, posterior};
use super::{NoSettings, Predict, Shape, Store, check_numbers};
use crate::tensors::{TensorReader, TensorWriter};
use crate::{DecodeError, Limits};

/// Gaussian naive Bayes: within a class features are independent and normal.
///
/// A class is judged by the logarithm of its share times its density:
/// `constants[k] - 1/2 sum_j (x_j - mean)^2 / variance`.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveBayes {
    /// What does not depend on the row, one a class:
    /// `ln share - 1/2 sum_j ln(2 pi variance_j)`.
    pub constants: Vec<f64>,
    /// One mean a feature, class after class.
    pub means: Vec<f64>,
    /// One variance a feature, class after class; all positive.
    pub variances: Vec<f64>,
}

/// Quadratic discriminant analysis: within a class rows are normal with a covariance of the
/// class's own.
///
/// A class is judged by `constants[k] - 1/2 |W_k (x - mean_k)|^2`, where the whitening
/// matrix `W_k` turns the class's covariance into the identity.
#[derive(Debug, Clone, PartialEq)]
pub struct QuadraticDiscriminant {
    /// What does not depend on the row, one a class: `ln share - 1/2 ln det covariance`.
    pub constants: Vec<f64>,
    /// One mean a feature, class after class.
    pub means: Vec<f64>,
    /// For each class a square matrix, row by row; a direction that the class cannot judge
    /// is a row of zeros.
    pub whitening: Vec<f64>,
}

impl Predict for NaiveBayes {
    fn scores(&self, row: &[f64]) -> Vec<f64> {
        let width = (self.means.len() / self.constants.len()).max(1);
        let classes = self.means.chunks_exact(width).zip(self.variances.chunks_exact(width));
        let score = |((means, variances), constant): ((&[f64], &[f64]), &f64)| {
            let features = row.iter().zip(means.iter().zip(variances));
            let squares: f64 = features
                .map(|(value, (mean, variance))| (value - mean) * (value - mean) / variance)
                .sum();
            constant - 0.5 * squares
        };
        posterior(classes.zip(&self.constants).map(score).collect())
    }

    fn probabilities(&self, scores: Vec<f64>) -> Vec<f64> {
        logistic(scores)
    }

    fn validate(&self, shape: Shape, _: &Limits) -> Result<(), String> {
        let per_class = shape.class_count.saturating_mul(shape.feature_count);
        check_numbers("constants", &self.constants, shape.class_count)?;
        check_numbers("means", &self.means, per_class)?;
        check_numbers("variances", &self.variances, per_class)?;
        // Below this a square over a variance could overflow to infinity for all classes.
        match self.variances.iter().position(|&variance| variance < f64::MIN_POSITIVE) {
            Some(position) => Err(format!("variances[{position}] is not positive")),
            None => Ok(()),
        }
    }
}

impl Store for NaiveBayes {
    type Settings = NoSettings;

    fn write(&self, arrays: &mut TensorWriter) -> NoSettings {
        arrays.f64("learner.constants", &self.constants);
        arrays.f64("learner.means", &self.means);
        arrays.f64("learner.variances", &self.variances);
        NoSettings {}
    }

    fn read(
        _: NoSettings,
        arrays: &mut TensorReader<'_>,
        _: Shape,
        _: &Limits,
    ) -> Result<Self, DecodeError> {
        let constants = arrays.f64("learner.constants")?;
        let means = arrays.f64("learner.means")?;
        Ok(Self { constants, means, variances: arrays.f64("learner.variances")? })
    }
}

impl Predict for QuadraticDiscriminant {
    fn scores(&self, row: &[f64]) -> Vec<f64> {
        let width = (self.means.len() / self.constants.len()).max(1);
        let classes =
            self.means.chunks_exact(width).zip(self.whitening.chunks_exact(width * width));
        let mut centred = vec![0.0; width];
        let mut scores = Vec::with_capacity(self.constants.len());
        for ((means, whitening), constant) in classes.zip(&self.constants) {
            for (centred, (value, mean)) in centred.iter_mut().zip(row.iter().zip(means)) {
                *centred = value - mean;
            }
            let direction = |weights: &[f64]| -> f64 {
                weights.iter().zip(&centred).map(|(weight, value)| weight * value).sum()
            };
            let squares: f64 =
                whitening.chunks_exact(width).map(direction).map(|value| value * value).sum();
            scores.push(constant - 0.5 * squares);
        }
        posterior(scores)
    }

    fn probabilities(&self, scores: Vec<f64>) -> Vec<f64> {
        logistic(scores)
    }

    fn validate(&self, shape: Shape, _: &Limits) -> Result<(), String> {
        let per_class = shape.class_count.saturating_mul(shape.feature_count);
        check_numbers("constants", &self.constants, shape.class_count)?;
        check_numbers("means", &self.means, per_class)?;
        check_numbers("whitening", &self.whitening, per_class.saturating_mul(shape.feature_count))
    }
}

impl Store for QuadraticDiscriminant {
    type Settings = NoSettings;

    fn write(&self, arrays: &mut TensorWriter) -> NoSettings {
        arrays.f64("learner.constants", &self.constants);
        arrays.f64("learner.means", &self.means);
        arrays.f64("learner.whitening", &self.whitening);
        NoSettings {}
    }

    fn read(
        _: NoSettings,
        arrays: &mut TensorReader<'_>,
        _: Shape,
        _: &Limits,
    ) -> Result<Self, DecodeError> {
        let constants = arrays.f64("learner.constants")?;
        let means = arrays.f64("learner.means")?;
        Ok(Self { constants, means, whitening: arrays.f64("learner.whitening")? })
    }
}
