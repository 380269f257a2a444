//! Measuring a fitted learner on rows that it has not seen.

use modelseal_model::{Decision, Learner};
use serde::{Deserialize, Serialize};

use super::samples::Samples;
use super::scores::Answers;
use crate::data::Matrix;

/// How good a learner is on the hold-out part; see [`metrics`](crate::metrics).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldOut {
    /// Rows that were learned from.
    pub n_train: usize,
    /// Rows that were measured with.
    pub n_test: usize,
    /// Share of rows whose class was predicted.
    pub accuracy: f64,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Share of the positive rows that was found.
    pub recall: f64,
    /// Share of the rows predicted as positive that is.
    pub precision: f64,
    /// Harmonic mean of recall and precision.
    pub f1: f64,
    /// Agreement beyond chance.
    pub kappa: f64,
    /// Correlation of truth and prediction.
    pub mcc: f64,
    /// Mean of minus the logarithm of the true class's probability; none for a learner
    /// without probabilities.
    pub log_loss: Option<f64>,
    /// Mean squared error of the probabilities; none for a learner without any.
    pub brier: Option<f64>,
    /// Rows by true class, then by predicted class.
    pub confusion: Vec<Vec<u64>>,
}

impl HoldOut {
    pub(super) fn measure(
        learner: &Learner,
        decision: &Decision,
        prepared: &Matrix,
        test: &Samples,
        n_train: usize,
    ) -> Self {
        let answers = Answers::decided(learner, decision, prepared);
        let (scores, confusion) = answers.measure(&test.y, test.class_count);
        Self {
            n_train,
            n_test: test.y.len(),
            accuracy: scores.accuracy,
            auc: scores.auc,
            recall: scores.recall,
            precision: scores.precision,
            f1: scores.f1,
            kappa: scores.kappa,
            mcc: scores.mcc,
            log_loss: scores.log_loss,
            brier: scores.brier,
            confusion: confusion.counts().to_vec(),
        }
    }
}

/// Class probabilities of prepared rows: one number a class, row after row.
pub fn predict(learner: &Learner, prepared: &Matrix) -> Vec<f64> {
    if !learner.has_probabilities() {
        return Vec::new();
    }
    Answers::of(learner, prepared).ranks
}
