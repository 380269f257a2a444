//! Step 3, the search: the cut of a node that explains most of the gradient.
//!
//! Least squares: of all cuts the one with the largest `S_L^2 / n_L + S_R^2 / n_R`, where `S`
//! is the sum of the gradient and `n` the number of rows on a side. That is the reduction of
//! the squared error but for a constant.

use super::bins::Entry;
use super::histogram::Cell;

/// Values closer than this (in single precision) cannot be cut apart, as in the reference.
const VALUE_GAP_MIN: f32 = 1e-7;

/// A cut must be better by this share to win over one that was found earlier.
const TIE: f64 = 1e-12;

/// The best cut so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// What is maximised.
    pub(super) score: f64,
    /// The same of the node without a cut.
    pub(super) unsplit: f64,
    /// The column, by its place among narrow or wide ones.
    pub(super) place: Place,
    /// Between the two neighbouring values.
    pub(super) threshold: f64,
    /// Rows on the left side.
    pub(super) left: Cell,
}

/// Which rows go left.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Those whose code in this narrow column is at most `code`.
    Narrow {
        /// Index into the narrow columns.
        index: usize,
        /// The last code of the left side.
        code: u8,
    },
    /// The first [`Cut::left`] rows of this wide column.
    Wide {
        /// Index into the wide columns.
        index: usize,
    },
}

/// The search within one node.
pub(super) struct Search {
    node: Cell,
    leaf_rows_min: u64,
    best: Option<Cut>,
}

impl Search {
    /// `node` is the sum over all rows of the node; each side of a cut needs at least
    /// `leaf_rows_min` rows.
    pub(super) fn new(node: Cell, leaf_rows_min: u64) -> Self {
        Self { node, leaf_rows_min, best: None }
    }

    /// The best cut of all columns seen.
    pub(super) fn best(self) -> Option<Cut> {
        self.best
    }

    /// Looks at all cuts of a narrow column. `values` are its distinct values, `sums` the
    /// node's rows by value.
    pub(super) fn narrow(&mut self, index: usize, values: &[f32], sums: &[Cell]) {
        let mut left = Cell::default();
        // The value in front of the cut; only values that occur in the node count.
        let mut previous: Option<usize> = None;
        for (bin, &cell) in sums.iter().enumerate() {
            if cell.count == 0 {
                continue;
            }
            if let Some(before) = previous
                && values[bin] > values[before] + VALUE_GAP_MIN
            {
                // A narrow column has at most 256 values.
                let place = Place::Narrow { index, code: before as u8 };
                self.consider(place, left, values[before], values[bin]);
            }
            left.add(cell);
            previous = Some(bin);
        }
    }

    /// Looks at all cuts of a wide column. `rows` are the node's, by ascending value.
    pub(super) fn wide(&mut self, index: usize, rows: &[Entry], gradient: &[f64]) {
        let mut left = Cell::default();
        for pair in rows.windows(2) {
            left.add(Cell { sum: gradient[pair[0].row as usize], count: 1 });
            if pair[1].value > pair[0].value + VALUE_GAP_MIN {
                self.consider(Place::Wide { index }, left, pair[0].value, pair[1].value);
            }
        }
    }

    #[inline]
    fn consider(&mut self, place: Place, left: Cell, below: f32, above: f32) {
        let right = Cell { sum: self.node.sum - left.sum, count: self.node.count - left.count };
        if left.count < self.leaf_rows_min || right.count < self.leaf_rows_min {
            return;
        }
        let score =
            left.sum * left.sum / left.count as f64 + right.sum * right.sum / right.count as f64;
        let is_better = self.best.is_none_or(|best| score > best.score + best.score * TIE);
        if is_better {
            // Halved first: the sum of two large values would overflow in single precision,
            // and the middle of two singles is exact in double precision.
            let threshold = f64::from(below) / 2.0 + f64::from(above) / 2.0;
            let unsplit = self.node.sum * self.node.sum / self.node.count as f64;
            self.best = Some(Cut { score, unsplit, place, threshold, left });
        }
    }
}
