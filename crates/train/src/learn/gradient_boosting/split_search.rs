//! Step 3, the search: the cut of a node that explains most of the gradient.
//!
//! Least squares: of all cuts the one with the largest `S_L^2 / n_L + S_R^2 / n_R`, where `S`
//! is the sum of the gradient and `n` the number of rows on a side. That is the reduction of
//! the squared error but for a constant.

use crate::learn::boosting::binned::{Entry, middle};
use crate::learn::boosting::histogram::Sum;

/// Values closer than this (in single precision) cannot be cut apart, as in the reference.
const VALUE_GAP_MIN: f32 = 1e-7;

/// A cut must be better by this share to win over one that was found earlier.
const TIE: f64 = 1e-12;

/// Sums over rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cell {
    /// Of the gradient.
    pub(super) sum: f64,
    /// Number of rows: a whole number, beside the sum in one register of the processor.
    pub(super) count: f64,
}

impl Sum for Cell {
    #[inline]
    fn plus(self, other: Self) -> Self {
        Self { sum: self.sum + other.sum, count: self.count + other.count }
    }

    /// Counts stay exact. A sum whose count is zero may keep a rounding error; cells without
    /// rows are therefore told by their count.
    #[inline]
    fn minus(self, other: Self) -> Self {
        Self { sum: self.sum - other.sum, count: self.count - other.count }
    }
}

/// A column, by its place among those of few or of many values.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Narrow(usize),
    Wide(usize),
}

/// The best cut so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// What is maximised.
    pub(super) score: f64,
    pub(super) source: Source,
    /// Between the two neighbouring values.
    pub(super) threshold: f64,
    /// Sums of the left side.
    pub(super) left: Cell,
}

/// The search within one node.
pub(super) struct Search {
    node: Cell,
    leaf_rows_min: f64,
    best: Option<Cut>,
}

impl Search {
    /// `node` is the sum over all rows of the node; each side of a cut needs at least
    /// `leaf_rows_min` rows.
    pub(super) fn new(node: Cell, leaf_rows_min: usize) -> Self {
        // A cut has rows on both sides.
        Self { node, leaf_rows_min: leaf_rows_min.max(1) as f64, best: None }
    }

    /// The best cut of all columns seen.
    pub(super) fn best(self) -> Option<Cut> {
        self.best
    }

    /// Looks at all cuts of a column of few values. `values` are its distinct values, `sums`
    /// the node's rows by value. Tells whether the column varies in the node.
    pub(super) fn narrow(&mut self, index: usize, values: &[f32], sums: &[Cell]) -> bool {
        let mut occurring = values.iter().zip(sums).filter(|(_, cell)| cell.count > 0.0);
        let Some((&first, &cell)) = occurring.next() else { return false };
        let (mut left, mut previous) = (cell, first);
        for (&value, &cell) in occurring {
            if value > previous + VALUE_GAP_MIN {
                self.consider(Source::Narrow(index), left, previous, value);
            }
            left = left.plus(cell);
            previous = value;
        }
        previous > first + VALUE_GAP_MIN
    }

    /// Looks at all cuts of a column of many values. `rows` are the node's, by ascending
    /// value. Tells whether the column varies in the node.
    pub(super) fn wide(&mut self, index: usize, rows: &[Entry], points: &[Cell]) -> bool {
        let point = |entry: &Entry| points[entry.row as usize];
        let mut occurring = rows.iter().filter(|entry| point(entry).count > 0.0);
        let Some(first) = occurring.next() else { return false };
        let (mut left, mut previous) = (point(first), first.value);
        for entry in occurring {
            if entry.value > previous + VALUE_GAP_MIN {
                self.consider(Source::Wide(index), left, previous, entry.value);
            }
            left = left.plus(point(entry));
            previous = entry.value;
        }
        previous > first.value + VALUE_GAP_MIN
    }

    #[inline]
    fn consider(&mut self, source: Source, left: Cell, below: f32, above: f32) {
        let right = self.node.minus(left);
        if left.count < self.leaf_rows_min || right.count < self.leaf_rows_min {
            return;
        }
        let score = left.score() + right.score();
        if self.best.is_none_or(|best| score > best.score + best.score * TIE) {
            self.best = Some(Cut { score, source, threshold: middle(below, above), left });
        }
    }
}

impl Cell {
    /// The squared sum over the number of rows.
    #[inline]
    pub(super) fn score(self) -> f64 {
        self.sum * self.sum / self.count
    }
}
