//! Nearest neighbours: T. Cover, P. Hart, "Nearest Neighbor Pattern Classification", IEEE
//! Transactions on Information Theory 13(1), 1967.

mod search_tree;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::search_tree::{Neighbour, SearchTree};
use super::{Predict, Shape, Store};
use crate::tensors::{TensorReader, TensorWriter};
use crate::{DecodeError, InvalidModel, Limits};

/// How far two rows are from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The root of the sum of squared differences.
    Euclidean,
    /// The sum of absolute differences.
    Manhattan,
}

/// How much each neighbour's class counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeighbourWeights {
    /// All alike.
    Uniform,
    /// By 1 over its distance; neighbours at distance 0 count alone.
    Distance,
}

/// The classes of the training rows that are nearest to a row.
///
/// The model is the training rows themselves: whoever can read it can read them. Of rows
/// that are equally far the earlier one is nearer.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    settings: NeighbourSettings,
    class_count: usize,
    /// Training rows, one after another.
    rows: Vec<f64>,
    /// Class of each training row.
    classes: Vec<u32>,
    /// Follows from the rows; not stored.
    tree: SearchTree,
}

/// What stands in `model.json` of a model of neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeighbourSettings {
    /// How many neighbours are asked: at least 1, at most as many as there are rows.
    pub neighbour_count: usize,
    /// How much each counts.
    pub weights: NeighbourWeights,
    /// Which ones are near.
    pub metric: Metric,
}

/// Why rows and settings are not a model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("neighbours: {0}")]
pub struct NeighboursError(String);

impl Neighbours {
    /// Takes training rows, one after another, and their classes, and sorts them for search.
    ///
    /// # Errors
    /// [`NeighboursError`] when the parts do not fit each other or exceed a limit.
    pub fn new(
        settings: NeighbourSettings,
        class_count: usize,
        rows: Vec<f64>,
        classes: Vec<u32>,
        limits: &Limits,
    ) -> Result<Self, NeighboursError> {
        let bad = |why: String| Err(NeighboursError(why));
        let count = classes.len();
        if count == 0 || rows.is_empty() || !rows.len().is_multiple_of(count) {
            return bad(format!("{} values do not divide into {count} rows", rows.len()));
        }
        if count > limits.neighbour_row_count_max {
            let max = limits.neighbour_row_count_max;
            return bad(format!("{count} training rows, the limit is {max}"));
        }
        if !(1..=count).contains(&settings.neighbour_count) {
            return bad(format!(
                "{} neighbours of {count} rows: expected between 1 and all",
                settings.neighbour_count
            ));
        }
        if let Some(row) = classes.iter().position(|&class| class as usize >= class_count) {
            return bad(format!("row {row} has the class {} of {class_count}", classes[row]));
        }
        if let Some(position) = rows.iter().position(|value| !value.is_finite()) {
            return bad(format!("rows[{position}] is not a finite number"));
        }
        let tree = SearchTree::new(&rows, rows.len() / count);
        Ok(Self { settings, class_count, rows, classes, tree })
    }

    /// The settings.
    pub fn settings(&self) -> NeighbourSettings {
        self.settings
    }

    /// Number of training rows.
    pub fn row_count(&self) -> usize {
        self.classes.len()
    }

    /// Positions of the training rows that are nearest to a row, nearest first, of equally near
    /// ones the earlier first.
    ///
    /// # Panics
    /// When the row has fewer values than the training rows.
    pub fn nearest_rows(&self, row: &[f64]) -> Vec<u32> {
        self.nearest(row).iter().map(|near| near.row).collect()
    }

    /// The nearest training rows of a prepared row, nearest first.
    fn nearest(&self, row: &[f64]) -> Vec<Neighbour> {
        match self.settings.metric {
            Metric::Euclidean => {
                let squared = |left: f64, right: f64| (left - right) * (left - right);
                let mut found =
                    self.tree.nearest(&self.rows, row, self.settings.neighbour_count, squared);
                found.iter_mut().for_each(|near| near.distance = near.distance.sqrt());
                found
            }
            Metric::Manhattan => {
                let absolute = |left: f64, right: f64| (left - right).abs();
                self.tree.nearest(&self.rows, row, self.settings.neighbour_count, absolute)
            }
        }
    }
}

impl Predict for Neighbours {
    fn scores(&self, row: &[f64]) -> Vec<f64> {
        let nearest = self.nearest(row);
        let is_hit = nearest.first().is_some_and(|near| near.distance == 0.0);
        let weight = |near: &Neighbour| match self.settings.weights {
            NeighbourWeights::Uniform => 1.0,
            NeighbourWeights::Distance if is_hit => f64::from(u8::from(near.distance == 0.0)),
            // Of the smallest distance, so that no quotient overflows; shares are the same.
            NeighbourWeights::Distance => nearest[0].distance / near.distance,
        };
        let mut votes = vec![0.0; self.class_count];
        let mut total = 0.0;
        for near in &nearest {
            // At an infinite distance, all are: then all count alike.
            let weight = Some(weight(near)).filter(|weight| !weight.is_nan()).unwrap_or(1.0);
            votes[self.classes[near.row as usize] as usize] += weight;
            total += weight;
        }
        votes.iter_mut().for_each(|votes| *votes /= total);
        votes
    }

    fn probabilities(&self, scores: Vec<f64>) -> Vec<f64> {
        scores
    }

    fn validate(&self, shape: Shape, limits: &Limits) -> Result<(), String> {
        if self.class_count != shape.class_count {
            return Err(format!(
                "neighbours of {} classes, expected {}",
                self.class_count, shape.class_count
            ));
        }
        let width = self.rows.len() / self.classes.len();
        if width != shape.feature_count {
            return Err(format!("rows of {width} values, expected {}", shape.feature_count));
        }
        if self.classes.len() > limits.neighbour_row_count_max {
            return Err(format!("more than {} training rows", limits.neighbour_row_count_max));
        }
        Ok(())
    }
}

impl Store for Neighbours {
    type Settings = NeighbourSettings;

    fn write(&self, arrays: &mut TensorWriter) -> NeighbourSettings {
        arrays.f64("learner.rows", &self.rows);
        arrays.u32("learner.classes", self.classes.iter().copied());
        self.settings
    }

    fn read(
        settings: NeighbourSettings,
        arrays: &mut TensorReader<'_>,
        shape: Shape,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let rows = arrays.f64("learner.rows")?;
        let classes = arrays.u32("learner.classes")?;
        // The rows' width is checked before the work of sorting them.
        if rows.len() != classes.len().saturating_mul(shape.feature_count) {
            let why = format!(
                "{} values are not {} rows of {}",
                rows.len(),
                classes.len(),
                shape.feature_count
            );
            return Err(InvalidModel::Learner(why).into());
        }
        Self::new(settings, shape.class_count, rows, classes, limits)
            .map_err(|error| InvalidModel::Learner(error.to_string()).into())
    }
}
