//! Step 3, the sums: gradient, curvature and rows of a leaf by bundle cell.

use super::bins::CELLS;

/// Gradient and curvature of the loss at one group, times its rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Point {
    pub(super) gradient: f32,
    pub(super) curvature: f32,
    pub(super) rows: u32,
}

/// Sums over rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    pub(super) gradient: f64,
    pub(super) curvature: f64,
    pub(super) rows: u64,
}

impl Cell {
    #[inline]
    pub(super) fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
        self.rows += other.rows;
    }

    #[inline]
    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            curvature: self.curvature - other.curvature,
            rows: self.rows - other.rows,
        }
    }
}

impl From<Point> for Cell {
    #[inline]
    fn from(point: Point) -> Self {
        Self {
            gradient: f64::from(point.gradient),
            curvature: f64::from(point.curvature),
            rows: u64::from(point.rows),
        }
    }
}

/// One block of cells a bundle.
pub(super) struct Histogram {
    blocks: Vec<[Cell; CELLS]>,
}

impl Histogram {
    pub(super) fn new(width: usize) -> Self {
        Self { blocks: vec![[Cell::default(); CELLS]; width] }
    }

    /// Sums anew over `groups`, in their order.
    pub(super) fn build(&mut self, codes: &[u8], groups: &[u32], points: &[Point]) {
        let width = self.blocks.len();
        self.blocks.iter_mut().for_each(|block| block.fill(Cell::default()));
        for &group in groups {
            let group = group as usize;
            let point = Cell::from(points[group]);
            // All bundles of a row in turn: neighbouring additions touch different cells and
            // need not wait for each other.
            let codes = &codes[group * width..(group + 1) * width];
            for (block, &code) in self.blocks.iter_mut().zip(codes) {
                block[usize::from(code)].add(point);
            }
        }
    }

    /// Takes the rows of a child out, so that those of its sibling remain.
    ///
    /// Rows stay exact. A sum over no rows may keep a rounding error; cells without rows are
    /// therefore told by their count.
    pub(super) fn subtract(&mut self, child: &Self) {
        for (block, other) in self.blocks.iter_mut().zip(&child.blocks) {
            for (cell, &other) in block.iter_mut().zip(other) {
                *cell = cell.minus(other);
            }
        }
    }

    /// The cells of one bundle.
    pub(super) fn block(&self, bundle: usize) -> &[Cell; CELLS] {
        &self.blocks[bundle]
    }
}
