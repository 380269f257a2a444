//! Decision trees and forests: the class shares of a leaf, averaged over the trees.

use super::{NoSettings, Predict, Shape, Store};
use crate::tensors::{TensorReader, TensorWriter};
use crate::{DecodeError, Limits, WideTrees};

/// How far the shares of a leaf may be from 1 together: rounding, generously.
const SHARES_ERROR_MAX: f64 = 1e-6;

/// Classification trees that vote with the class shares of their leaves (a "soft" vote): one
/// tree, or a forest.
///
/// L. Breiman, "Random Forests", Machine Learning 45, 2001; P. Geurts, D. Ernst, L. Wehenkel,
/// "Extremely randomized trees", Machine Learning 63(1), 2006.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassShares {
    /// At least one tree; each leaf holds one share a class.
    pub trees: WideTrees,
}

impl Predict for ClassShares {
    fn scores(&self, row: &[f64]) -> Vec<f64> {
        let trees = self.trees.trees().len() as f64;
        let mut shares = self.trees.sums(row);
        shares.iter_mut().for_each(|share| *share /= trees);
        shares
    }

    fn scores_of_rows(&self, rows: &[f64], width: usize) -> Vec<f64> {
        let trees = self.trees.trees().len() as f64;
        let mut shares = self.trees.sums_of_rows(rows, width);
        shares.iter_mut().for_each(|share| *share /= trees);
        shares
    }

    fn probabilities(&self, scores: Vec<f64>) -> Vec<f64> {
        scores
    }

    fn validate(&self, shape: Shape, _: &Limits) -> Result<(), String> {
        if self.trees.trees().is_empty() {
            return Err("there is no tree".to_owned());
        }
        if self.trees.width() != shape.class_count {
            return Err(format!(
                "each leaf has {} shares for {} classes",
                self.trees.width(),
                shape.class_count
            ));
        }
        for (leaf, shares) in self.trees.table().chunks_exact(shape.class_count).enumerate() {
            let total: f64 = shares.iter().sum();
            if shares.iter().any(|share| *share < 0.0) || (total - 1.0).abs() > SHARES_ERROR_MAX {
                return Err(format!("the shares of leaf {leaf} are not shares of 1"));
            }
        }
        Ok(())
    }
}

impl Store for ClassShares {
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
