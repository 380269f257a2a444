//! Measuring a fitted learner on rows that it has not seen.

use modelseal_model::{Learner, predicted_class};
use serde::{Deserialize, Serialize};

use crate::data::Matrix;
use crate::metrics::{Confusion, auc, log_loss};

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
    /// Mean of minus the logarithm of the true class's probability.
    pub log_loss: f64,
    /// Rows by true class, then by predicted class.
    pub confusion: Vec<Vec<u64>>,
}

impl HoldOut {
    pub(super) fn measure(
        learner: &Learner,
        x_test: &Matrix,
        y_test: &[u32],
        class_count: usize,
        n_train: usize,
    ) -> Self {
        let probabilities = predict(learner, x_test);
        let predicted: Vec<u32> = probabilities
            .chunks_exact(class_count)
            .map(|row| predicted_class(row) as u32)
            .collect();
        let confusion = Confusion::new(y_test, &predicted, class_count);
        Self {
            n_train,
            n_test: y_test.len(),
            accuracy: confusion.accuracy(),
            auc: auc(y_test, &probabilities, class_count),
            recall: confusion.recall(),
            precision: confusion.precision(),
            f1: confusion.f1(),
            kappa: confusion.kappa(),
            mcc: confusion.mcc(),
            log_loss: log_loss(y_test, &probabilities, class_count),
            confusion: confusion.counts().to_vec(),
        }
    }
}

/// Class probabilities of prepared rows: one number a class, row after row.
pub fn predict(learner: &Learner, prepared: &Matrix) -> Vec<f64> {
    let mut row = Vec::with_capacity(prepared.column_count());
    let mut probabilities = Vec::new();
    for index in 0..prepared.row_count() {
        prepared.read_row(index, &mut row);
        probabilities.extend(learner.predict_proba(&row));
    }
    probabilities
}
