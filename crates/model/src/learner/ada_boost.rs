//! AdaBoost: sums of what each tree says for each class.

use super::link::softmax;
use super::{NoSettings, Predict, Shape, Store};
use crate::tensors::{TensorReader, TensorWriter};
use crate::{DecodeError, Limits, WideTrees};

/// Boosted small trees: Y. Freund, R. Schapire, "A Decision-Theoretic Generalization of
/// On-Line Learning and an Application to Boosting", JCSS 55(1), 1997, for several classes as
/// in J. Zhu, H. Zou, S. Rosset, T. Hastie, "Multi-class AdaBoost", Statistics and Its
/// Interface 2(3), 2009.
///
/// The weight of a tree is already part of its leaves. A leaf adds one number to each class;
/// the sums are the decision, and softmax of the sums over `classes - 1` the probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct AdaBoost {
    /// Each leaf holds one number a class.
    pub trees: WideTrees,
}

impl Predict for AdaBoost {
    fn scores(&self, row: &[f64]) -> Vec<f64> {
        self.trees.sums(row)
    }

    fn scores_of_rows(&self, rows: &[f64], width: usize) -> Vec<f64> {
        self.trees.sums_of_rows(rows, width)
    }

    fn probabilities(&self, mut scores: Vec<f64>) -> Vec<f64> {
        let others = scores.len() as f64 - 1.0;
        scores.iter_mut().for_each(|score| *score /= others);
        softmax(scores)
    }

    fn validate(&self, shape: Shape, _: &Limits) -> Result<(), String> {
        if self.trees.width() == shape.class_count {
            Ok(())
        } else {
            Err(format!(
                "each leaf has {} numbers for {} classes",
                self.trees.width(),
                shape.class_count
            ))
        }
    }
}

impl Store for AdaBoost {
    type Settings = NoSettings;

    fn write(&self, arrays: &mut TensorWriter) -> NoSettings {
        self.trees.write(arrays);
        NoSettings {}
    }

    fn read(
        _: NoSettings,
        arrays: &mut TensorReader<'_>,
        shape: Shape,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let trees = WideTrees::read(arrays, shape.feature_count, shape.class_count, limits)?;
        Ok(Self { trees })
    }
}
