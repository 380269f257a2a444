//! Gradient boosting: sums of tree leaves under a logistic link.

use super::link::{logistic, per_class};
use super::{NoSettings, Predict, Shape, Store};
use crate::tensors::{TensorReader, TensorWriter};
use crate::walk::walk;
use crate::{DecodeError, Limits, Trees, predicted_class};

/// Gradient boosting for classification: J. H. Friedman, "Greedy Function Approximation: A
/// Gradient Boosting Machine", Annals of Statistics 29(5), 2001.
///
/// Two classes: one score, the log odds of the second class. More: one score a class.
/// Trees stand round by round, within a round in the order of the scores. The learning rate
/// is already part of the leaf values.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientBoosting {
    /// The scores before the first tree: one for two classes, else one a class.
    pub initial: Vec<f64>,
    /// `initial.len()` trees a round.
    pub trees: Trees,
}

impl GradientBoosting {
    /// Class probabilities of one prepared row.
    ///
    /// # Panics
    /// When the row has fewer values than the trees look at.
    pub fn predict_proba(&self, row: &[f64]) -> Vec<f64> {
        self.probabilities(Predict::scores(self, row))
    }
}

impl Predict for GradientBoosting {
    /// The additive scores, before the link function.
    fn scores(&self, row: &[f64]) -> Vec<f64> {
        let row = Trees::single_precision(row);
        let mut scores = self.initial.clone();
        for tree in 0..self.trees.len() {
            let output = tree % scores.len();
            scores[output] += self.trees.leaf(tree, &row);
        }
        per_class(scores)
    }

    fn scores_of_rows(&self, rows: &[f64], width: usize) -> Vec<f64> {
        let outputs = self.initial.len();
        let mut scores = self.initial.repeat(rows.len() / width.max(1));
        walk(&self.trees, rows, width, |row, tree, value| {
            scores[row * outputs + tree % outputs] += value;
        });
        scores.chunks_exact(outputs.max(1)).flat_map(|scores| per_class(scores.to_vec())).collect()
    }

    fn probabilities(&self, scores: Vec<f64>) -> Vec<f64> {
        logistic(scores)
    }

    /// Of two equally probable classes the second, as scikit-learn decides here.
    fn class(&self, scores: &[f64]) -> usize {
        predicted_class(scores)
    }

    fn validate(&self, shape: Shape, _: &Limits) -> Result<(), String> {
        let class_count = shape.class_count;
        let score_count = if class_count == 2 { 1 } else { class_count };
        if self.initial.len() != score_count {
            return Err(format!(
                "initial scores: found {}, expected {score_count} for {class_count} classes",
                self.initial.len()
            ));
        }
        if self.initial.iter().any(|score| !score.is_finite()) {
            return Err("an initial score is not a finite number".to_owned());
        }
        if !self.trees.len().is_multiple_of(score_count) {
            return Err(format!(
                "{} trees do not divide into rounds of {score_count}",
                self.trees.len()
            ));
        }
        Ok(())
    }
}

impl Store for GradientBoosting {
    type Settings = NoSettings;

    fn write(&self, arrays: &mut TensorWriter) -> NoSettings {
        arrays.f64("learner.initial", &self.initial);
        self.trees.write(arrays);
        NoSettings {}
    }

    fn read(
        _: NoSettings,
        arrays: &mut TensorReader<'_>,
        shape: Shape,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let initial = arrays.f64("learner.initial")?;
        Ok(Self { initial, trees: Trees::read(arrays, shape.feature_count, limits)? })
    }
}
