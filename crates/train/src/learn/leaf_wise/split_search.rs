//! Step 3, the search: the cut of a leaf that gains most.
//!
//! A leaf with gradient `G` and curvature `H` lowers the loss by `G^2 / (H + lambda)` (but for
//! a constant factor), `G` drawn towards 0 by `alpha`; a cut gains what its sides gain more
//! than their leaf.
//!
//! As in LightGBM, the rows of a side are estimated from its curvature, bin by bin, and a column
//! that gains nothing in a leaf is not looked at again below it: so that the same cuts are
//! permitted, and the same splits counted, as there.

use super::Parameters;
use super::points::{Cell, Units};
use crate::learn::boosting::histogram::{Marginals, Sum};

/// A cut must be better by this share to win over one that was found earlier.
const TIE: f64 = 1e-12;

/// The best cut of a leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// What the sides gain together.
    score: f64,
    /// Index into the columns that vary.
    pub(super) column: usize,
    /// The last bin of the left side.
    pub(super) bin: u8,
    /// Sums of the left side.
    pub(super) left: Cell,
}

/// What a leaf needs, and how leaves are valued.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) units: Units,
    rows_min: u64,
    curvature_min: f64,
    gain_min: f64,
    alpha: f64,
    lambda: f64,
}

impl Rules {
    pub(super) fn new(parameters: &Parameters, units: Units) -> Self {
        Self {
            units,
            rows_min: parameters.min_child_samples.max(1) as u64,
            curvature_min: parameters.min_child_weight,
            gain_min: parameters.min_split_gain,
            alpha: parameters.reg_alpha,
            lambda: parameters.reg_lambda,
        }
    }

    /// Whether a leaf has rows for two.
    pub(super) fn may_split(&self, leaf: Cell) -> bool {
        self.units.rows(leaf) >= 2 * self.rows_min
    }

    /// The value that a leaf adds to the score.
    pub(super) fn value(&self, leaf: Cell) -> f64 {
        let divisor = self.units.curvature(leaf) + self.lambda;
        // Where no row takes part there is nothing to learn.
        if divisor > 0.0 { -self.shrunk(self.units.gradient(leaf)) / divisor } else { 0.0 }
    }

    #[inline]
    fn gain(&self, leaf: Cell) -> f64 {
        let gradient = self.shrunk(self.units.gradient(leaf));
        gradient * gradient / (self.units.curvature(leaf) + self.lambda)
    }

    #[inline]
    fn shrunk(&self, gradient: f64) -> f64 {
        (gradient.abs() - self.alpha).max(0.0).copysign(gradient)
    }

    /// The best cut of a leaf, and what it gains; `None` when no cut gains anything. `is_open`
    /// says which columns are looked at, and is told which of them gain nothing.
    pub(super) fn best_cut(
        &self,
        leaf: Cell,
        marginals: &Marginals<Cell>,
        drawn: &[usize],
        is_open: &mut [bool],
    ) -> Option<(f64, Cut)> {
        let rows = self.units.rows(leaf);
        let rows_per_curvature = rows as f64 / self.units.curvature(leaf);
        let threshold = self.gain(leaf) + self.gain_min;
        let mut best: Option<Cut> = None;
        let mut best_score = threshold;
        for &column in drawn {
            if !std::mem::take(&mut is_open[column]) {
                continue;
            }
            let mut right_rows = 0;
            // From the right, so that of equally good cuts the highest one is the first.
            let mut right = Cell::default();
            for (bin, &cell) in marginals.of(column).iter().enumerate().skip(1).rev() {
                if cell.is_empty() {
                    continue;
                }
                right = right.plus(cell);
                // Half a row is one.
                right_rows += (self.units.curvature(cell) * rows_per_curvature + 0.5) as u64;
                if right_rows < self.rows_min || self.units.curvature(right) < self.curvature_min {
                    continue;
                }
                let left = leaf.minus(right);
                if left.is_empty()
                    || rows < right_rows + self.rows_min
                    || self.units.curvature(left) < self.curvature_min
                {
                    break;
                }
                let score = self.gain(left) + self.gain(right);
                is_open[column] |= score > threshold;
                if score > best_score + best_score.abs() * TIE {
                    best_score = score;
                    // At most 256 bins.
                    best = Some(Cut { score, column, bin: bin as u8 - 1, left });
                }
            }
        }
        best.map(|cut| (cut.score - threshold, cut))
    }
}
