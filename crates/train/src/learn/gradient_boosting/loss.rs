//! Step 2: log loss, and its gradient at every row.

use rayon::prelude::*;

use super::split_search::Cell;
use crate::learn::boosting::chances::Chances;
use crate::learn::boosting::{PARALLEL_ROWS_MIN, Weights};

/// The share of a class is kept this far from 0 and 1 before its logarithm is taken: the
/// smallest step of single precision, as in the reference.
const SHARE_MIN: f64 = f32::EPSILON as f64;

/// Groups of equal rows: what they weigh, how likely they are, and what follows from it.
pub(super) struct Loss {
    pub(super) chances: Chances,
    /// Minus the gradient (of each row of the class 1 and else 0, less its probability), and
    /// the number of rows.
    pub(super) points: Vec<Cell>,
    /// The second derivative, `p (1 - p)` a row.
    pub(super) curvatures: Vec<f64>,
}

/// The scores before the first tree, from the number of rows of each class, and the shares of
/// the classes that they stand for.
pub(super) fn initial(class_rows: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let all: usize = class_rows.iter().sum();
    let share = |&rows: &usize| (rows as f64 / all as f64).clamp(SHARE_MIN, 1.0 - SHARE_MIN);
    let shares: Vec<f64> = class_rows.iter().map(share).collect();
    let scores = match shares.as_slice() {
        [_, second] => vec![libm::log(second / (1.0 - second))],
        _ => {
            let logs: Vec<f64> = shares.iter().map(|&share| libm::log(share)).collect();
            let mean = logs.iter().sum::<f64>() / logs.len() as f64;
            logs.iter().map(|log| log - mean).collect()
        }
    };
    (scores, shares)
}

impl Loss {
    /// `shares` are those of the classes at the beginning.
    pub(super) fn new(shares: &[f64], group_count: usize) -> Self {
        Self {
            chances: Chances::new(shares, group_count),
            points: vec![Cell::default(); group_count],
            curvatures: vec![0.0; group_count],
        }
    }

    /// Computes points and curvatures of one output.
    pub(super) fn compute(&mut self, output: usize, weights: &Weights) {
        let chances = self.chances.of(output);
        let (all, own) = (&weights.all, &weights.of_output[output]);
        let set = |(group, (point, curvature)): (usize, (&mut Cell, &mut f64))| {
            let probability = chances.probability(group);
            let count = all[group];
            *point = Cell { sum: own[group] - count * probability, count };
            *curvature = count * (probability * (1.0 - probability));
        };
        let groups = self.points.len();
        if groups < PARALLEL_ROWS_MIN {
            self.points.iter_mut().zip(&mut self.curvatures).enumerate().for_each(set);
        } else {
            self.points.par_iter_mut().zip(&mut self.curvatures).enumerate().for_each(set);
        }
    }
}

/// The sum of the squared gradients of a group's rows.
pub(super) fn squares(point: Cell, own: f64) -> f64 {
    if point.count == 0.0 {
        return 0.0;
    }
    let probability = (own - point.sum) / point.count;
    let other = 1.0 - probability;
    own * other * other + (point.count - own) * probability * probability
}
