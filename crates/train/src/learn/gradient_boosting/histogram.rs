//! Step 3, columns of few values: counts and sums of the gradient by bundle cell.

use super::bins::Bins;

/// Rows of a node that share a code.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cell {
    /// Sum of the gradient.
    pub(super) sum: f64,
    /// Number of rows.
    pub(super) count: u64,
}

impl Cell {
    #[inline]
    pub(super) fn add(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }
}

/// One cell for each code of each bundle, bundle after bundle.
pub(super) struct Histogram {
    cells: Vec<Cell>,
}

/// Where each bundle's cells start.
pub(super) fn bundle_starts(bins: &Bins) -> Vec<usize> {
    let mut next = 0;
    let start = |bundle: &super::bins::Bundle| {
        let start = next;
        next += bundle.cell_count;
        start
    };
    bins.bundles.iter().map(start).collect()
}

impl Histogram {
    /// Cells of all zeroes.
    pub(super) fn new(bins: &Bins) -> Self {
        let count = bins.bundles.iter().map(|bundle| bundle.cell_count).sum();
        Self { cells: vec![Cell::default(); count] }
    }

    /// Counts and sums anew over `rows`, in their order.
    pub(super) fn build(&mut self, bins: &Bins, starts: &[usize], rows: &[u32], gradient: &[f64]) {
        self.cells.fill(Cell::default());
        let width = starts.len();
        for &row in rows {
            let row = row as usize;
            let gradient = gradient[row];
            // All bundles of a row in turn: neighbouring additions touch different cells and
            // need not wait for each other.
            let codes = &bins.bundle_codes[row * width..(row + 1) * width];
            for (&start, &code) in starts.iter().zip(codes) {
                self.cells[start + usize::from(code)].add(Cell { sum: gradient, count: 1 });
            }
        }
    }

    /// Takes the rows of a child out, so that those of its sibling remain.
    ///
    /// Counts stay exact. A sum whose count is zero may keep a rounding error; cells without
    /// rows are therefore told by their count.
    pub(super) fn subtract(&mut self, child: &Self) {
        for (cell, other) in self.cells.iter_mut().zip(&child.cells) {
            cell.sum -= other.sum;
            cell.count -= other.count;
        }
    }

    /// Cells of the bundle that starts here; those of later bundles follow.
    pub(super) fn from(&self, start: usize) -> &[Cell] {
        &self.cells[start..]
    }
}
