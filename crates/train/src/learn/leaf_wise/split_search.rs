//! Step 3, the search: the cut of a leaf that gains most.
//!
//! A leaf with gradient `G` and curvature `H` lowers the loss by `G^2 / (H + lambda)` (but for
//! a constant factor), `G` drawn towards 0 by `alpha`; a cut gains what its sides gain more
//! than their leaf.

use super::Parameters;
use super::bins::{BinnedColumn, CELLS};
use super::histogram::{Cell, Histogram};

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
    rows_min: u64,
    curvature_min: f64,
    gain_min: f64,
    alpha: f64,
    lambda: f64,
}

impl Rules {
    pub(super) fn new(parameters: &Parameters) -> Self {
        Self {
            rows_min: parameters.min_child_samples.max(1) as u64,
            curvature_min: parameters.min_child_weight,
            gain_min: parameters.min_split_gain,
            alpha: parameters.reg_alpha,
            lambda: parameters.reg_lambda,
        }
    }

    /// Whether a leaf has rows for two.
    pub(super) fn may_split(&self, leaf: Cell) -> bool {
        leaf.rows >= 2 * self.rows_min
    }

    /// The value that a leaf adds to the score.
    pub(super) fn value(&self, leaf: Cell) -> f64 {
        let divisor = leaf.curvature + self.lambda;
        // Of rows that are all but certain there is nothing to learn.
        if divisor > 0.0 { -self.shrunk(leaf.gradient) / divisor } else { 0.0 }
    }

    #[inline]
    fn gain(&self, leaf: Cell) -> f64 {
        let gradient = self.shrunk(leaf.gradient);
        gradient * gradient / (leaf.curvature + self.lambda)
    }

    #[inline]
    fn shrunk(&self, gradient: f64) -> f64 {
        (gradient.abs() - self.alpha).max(0.0).copysign(gradient)
    }

    /// Whether a leaf may consist of these rows.
    #[inline]
    fn holds(&self, leaf: Cell) -> bool {
        leaf.rows >= self.rows_min
            && leaf.curvature >= self.curvature_min
            && leaf.curvature + self.lambda > 0.0
    }

    /// The best cut of a leaf, and what it gains; `None` when no cut gains anything.
    pub(super) fn best_cut(
        &self,
        leaf: Cell,
        histogram: &Histogram,
        columns: &[BinnedColumn],
        drawn: &[usize],
    ) -> Option<(f64, Cut)> {
        let threshold = self.gain(leaf) + self.gain_min;
        let mut best: Option<Cut> = None;
        let mut best_score = threshold;
        let mut sums = [Cell::default(); CELLS];
        for &index in drawn {
            let column = &columns[index];
            let sums = &mut sums[..=column.thresholds.len()];
            sums.fill(Cell::default());
            for (&bin, &cell) in column.bin_of_cell.iter().zip(histogram.block(column.bundle)) {
                sums[usize::from(bin)].add(cell);
            }
            // From the right, so that of equally good cuts the highest one is the first.
            let mut right = Cell::default();
            for (bin, &cell) in sums.iter().enumerate().skip(1).rev() {
                if cell.rows == 0 {
                    continue;
                }
                right.add(cell);
                let left = leaf.minus(right);
                if left.rows < self.rows_min {
                    break;
                }
                if !self.holds(right) || !self.holds(left) {
                    continue;
                }
                let score = self.gain(left) + self.gain(right);
                if score > best_score + best_score.abs() * TIE {
                    best_score = score;
                    // At most 256 bins.
                    best = Some(Cut { score, column: index, bin: bin as u8 - 1, left });
                }
            }
        }
        best.map(|cut| (cut.score - threshold, cut))
    }
}
