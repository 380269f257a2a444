//! The answer without looking at the row: what every other learner has to beat.

use super::{NoSettings, Predict, Shape, Store, check_numbers};
use crate::tensors::{TensorReader, TensorWriter};
use crate::{DecodeError, Limits};

/// Always the class shares of the training rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Dummy {
    /// Share of each class; they sum to 1.
    pub shares: Vec<f64>,
}

impl Predict for Dummy {
    fn scores(&self, _: &[f64]) -> Vec<f64> {
        self.shares.clone()
    }

    fn probabilities(&self, scores: Vec<f64>) -> Vec<f64> {
        scores
    }

    fn validate(&self, shape: Shape, _: &Limits) -> Result<(), String> {
        check_numbers("shares", &self.shares, shape.class_count)?;
        check_shares(&self.shares)
    }
}

/// Checks that numbers can be probabilities of all classes.
fn check_shares(shares: &[f64]) -> Result<(), String> {
    let total: f64 = shares.iter().sum();
    if shares.iter().all(|share| (0.0..=1.0).contains(share)) && (total - 1.0).abs() < 1e-9 {
        Ok(())
    } else {
        Err(format!("shares must lie between 0 and 1 and sum to 1; they sum to {total}"))
    }
}

impl Store for Dummy {
    type Settings = NoSettings;

    fn write(&self, arrays: &mut TensorWriter) -> NoSettings {
        arrays.f64("learner.shares", &self.shares);
        NoSettings {}
    }

    fn read(
        _: NoSettings,
        arrays: &mut TensorReader<'_>,
        _: Shape,
        _: &Limits,
    ) -> Result<Self, DecodeError> {
        Ok(Self { shares: arrays.f64("learner.shares")? })
    }
}
