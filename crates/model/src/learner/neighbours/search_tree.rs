//! Exact search of the nearest rows: a k-d tree with the gaps between its halves.
//!
//! J. H. Friedman, J. L. Bentley, R. A. Finkel, "An Algorithm for Finding Best Matches in
//! Logarithmic Expected Time", ACM TOMS 3(3), 1977; the distance to a cell is kept up to date
//! column by column as in S. Arya, D. Mount, "Algorithms for Fast Vector Quantization", 1993.
//!
//! A node is cut along its widest column, between two values that occur. A column of two
//! values is therefore cut exactly once on every path, and its whole difference counts for
//! the far half: on survey data the tree starts as an index of answer patterns, and patterns
//! that differ in too many answers are never visited.
//!
//! **Exact, and ties by row.** A half is left out only when its distance exceeds that of the
//! worst neighbour by more than rounding can explain. Distances are sums in the order of the
//! columns, whatever the path through the tree.

/// Rows of a leaf, unless they are all equal or stand at the largest depth.
const LEAF_ROWS_MAX: usize = 16;
/// Cuts on one path; bounds the recursion. Balanced halves of 2^32 rows need 32 cuts, the
/// rest is for columns with one dominant value.
const DEPTH_MAX: usize = 96;
/// Columns between two looks at whether a row is still near enough.
const COLUMNS_AT_ONCE: usize = 8;
/// Share of a cell's distance that rounding may have added to it.
const ROUNDING: f64 = 1e-10;

/// One of the nearest rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Neighbour {
    pub(super) distance: f64,
    pub(super) row: u32,
}

/// Rows in the order of the leaves, and the cuts that lead to them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SearchTree {
    width: usize,
    rows: Vec<f64>,
    /// Index of each row among the rows that the tree was made of.
    original: Vec<u32>,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    /// Positions of rows.
    Leaf { start: u32, end: u32 },
    /// Rows at or below `low` stand in the next cell, those at or above `high` in `right`.
    Cut { column: u32, low: f64, high: f64, right: u32 },
}

impl SearchTree {
    /// Sorts rows of `width` values; their count fits `u32`.
    pub(super) fn new(rows: &[f64], width: usize) -> Self {
        let count = rows.len() / width;
        // The limit on rows keeps the count below u32.
        let mut order: Vec<u32> = (0..count as u32).collect();
        let mut cells = Vec::new();
        grow(rows, width, &mut order, 0, 0, &mut cells);
        let sorted = order
            .iter()
            .flat_map(|&row| &rows[row as usize * width..(row as usize + 1) * width])
            .copied()
            .collect();
        Self { width, rows: sorted, original: order, cells }
    }

    /// The `count` nearest rows, nearest first; `cost` is one column's part of the distance.
    pub(super) fn nearest(
        &self,
        row: &[f64],
        count: usize,
        cost: impl Fn(f64, f64) -> f64 + Copy,
    ) -> Vec<Neighbour> {
        let mut search = Search {
            tree: self,
            row: &row[..self.width],
            cost,
            parts: vec![0.0; self.width],
            count,
            found: Vec::with_capacity(count + 1),
        };
        search.visit(0, 0.0);
        search.found
    }
}

/// Appends the cells of these rows, parents before children, left before right.
fn grow(
    rows: &[f64],
    width: usize,
    order: &mut [u32],
    start: usize,
    depth: usize,
    cells: &mut Vec<Cell>,
) {
    let at = |row: u32, column: usize| rows[row as usize * width + column];
    let cut = (order.len() > LEAF_ROWS_MAX && depth < DEPTH_MAX)
        .then(|| widest_column(order, width, at))
        .flatten();
    let Some(column) = cut else {
        // Positions are below the number of rows, which fits.
        cells.push(Cell::Leaf { start: start as u32, end: (start + order.len()) as u32 });
        return;
    };
    // By value, then by index: the same cells from the same rows.
    order.sort_unstable_by(|&left, &right| {
        at(left, column).total_cmp(&at(right, column)).then(left.cmp(&right))
    });
    let middle = border_near_middle(order, |row| at(row, column));
    let cell = cells.len();
    cells.push(Cell::Cut {
        column: column as u32,
        low: at(order[middle - 1], column),
        high: at(order[middle], column),
        right: 0,
    });
    let (left, right) = order.split_at_mut(middle);
    grow(rows, width, left, start, depth + 1, cells);
    let behind = cells.len() as u32;
    if let Cell::Cut { right, .. } = &mut cells[cell] {
        *right = behind;
    }
    grow(rows, width, right, start + middle, depth + 1, cells);
}

/// The column with the largest distance between its extremes, `None` when all rows are equal.
fn widest_column(order: &[u32], width: usize, at: impl Fn(u32, usize) -> f64) -> Option<usize> {
    let mut lowest: Vec<f64> = vec![f64::INFINITY; width];
    let mut highest: Vec<f64> = vec![f64::NEG_INFINITY; width];
    for &row in order {
        for column in 0..width {
            let value = at(row, column);
            lowest[column] = lowest[column].min(value);
            highest[column] = highest[column].max(value);
        }
    }
    let mut widest = None;
    let mut spread = 0.0;
    for column in 0..width {
        // Half of each, so that the difference of two huge numbers stays finite.
        let half = highest[column] / 2.0 - lowest[column] / 2.0;
        if half > spread || (widest.is_none() && highest[column] > lowest[column]) {
            (widest, spread) = (Some(column), half);
        }
    }
    widest
}

/// The position nearest to the middle at which sorted values change.
fn border_near_middle(order: &[u32], value: impl Fn(u32) -> f64) -> usize {
    let middle = order.len() / 2;
    let changes = |&position: &usize| value(order[position - 1]) < value(order[position]);
    let below = (1..=middle).rev().find(changes);
    let above = (middle + 1..order.len()).find(changes);
    match (below, above) {
        (Some(below), Some(above)) if middle - below > above - middle => above,
        (Some(below), _) => below,
        (None, Some(above)) => above,
        // Not for a column whose extremes differ; a cut in the middle would be right as well.
        (None, None) => middle,
    }
}

/// One search under way.
struct Search<'a, C> {
    tree: &'a SearchTree,
    row: &'a [f64],
    cost: C,
    /// Per column, its part of the distance to the present cell.
    parts: Vec<f64>,
    count: usize,
    /// Nearest first.
    found: Vec<Neighbour>,
}

impl<C: Fn(f64, f64) -> f64 + Copy> Search<'_, C> {
    /// Looks into a cell that is `distance` away.
    fn visit(&mut self, cell: usize, distance: f64) {
        match self.tree.cells[cell] {
            Cell::Leaf { start, end } => {
                (start as usize..end as usize).for_each(|position| self.measure(position));
            }
            Cell::Cut { column, low, high, right } => {
                let column = column as usize;
                let value = self.row[column];
                let (left, right) = (cell + 1, right as usize);
                // The half on the row's own side of the gap first: it shrinks the reach.
                let is_left = value - low < high - value;
                let (near, near_edge, far, far_edge) =
                    if is_left { (left, low, right, high) } else { (right, high, left, low) };
                let is_inside = if is_left { value <= low } else { value >= high };
                let near_part = if is_inside { 0.0 } else { (self.cost)(value, near_edge) };
                self.visit_part(near, column, near_part, distance);
                self.visit_part(far, column, (self.cost)(value, far_edge), distance);
            }
        }
    }

    /// Looks into one half of a cell, unless it is out of reach.
    fn visit_part(&mut self, cell: usize, column: usize, part: f64, distance: f64) {
        let before = self.parts[column];
        // A cell inside of another one is never nearer than it.
        let part = part.max(before);
        let distance = distance + (part - before);
        if self.is_in_reach(distance * (1.0 - ROUNDING)) {
            self.parts[column] = part;
            self.visit(cell, distance);
            self.parts[column] = before;
        }
    }

    fn is_in_reach(&self, distance: f64) -> bool {
        self.found.len() < self.count
            || self.found.last().is_none_or(|worst| {
                // Also when either is no number: then nothing may be left out.
                !matches!(distance.partial_cmp(&worst.distance), Some(std::cmp::Ordering::Greater))
            })
    }

    fn measure(&mut self, position: usize) {
        let width = self.tree.width;
        let values = &self.tree.rows[position * width..(position + 1) * width];
        let reach = match self.found.last() {
            Some(worst) if self.found.len() == self.count => worst.distance,
            _ => f64::INFINITY,
        };
        // A sum of parts that are not negative never falls again, so it may be given up early.
        let mut distance = 0.0;
        let columns = self.row.chunks(COLUMNS_AT_ONCE).zip(values.chunks(COLUMNS_AT_ONCE));
        for (left, right) in columns {
            for (&left, &right) in left.iter().zip(right) {
                distance += (self.cost)(left, right);
            }
            if distance > reach {
                return;
            }
        }
        let near = Neighbour { distance, row: self.tree.original[position] };
        let comes_before = |other: &Neighbour| {
            other.distance.total_cmp(&near.distance).then(other.row.cmp(&near.row)).is_lt()
        };
        if self.found.len() == self.count && self.found.last().is_some_and(comes_before) {
            return;
        }
        let place = self.found.partition_point(comes_before);
        self.found.insert(place, near);
        self.found.truncate(self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every answer against all distances, sorted.
    #[test]
    fn equals_brute_force() {
        let mut state = 1u64;
        let mut random = |values: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % values) as f64
        };
        for (width, values) in [(1, 3), (2, 1000), (5, 2), (7, 4), (3, 1)] {
            let rows: Vec<f64> = (0..300 * width).map(|_| random(values)).collect();
            let tree = SearchTree::new(&rows, width);
            for count in [1, 7, 300] {
                let row: Vec<f64> = (0..width).map(|_| random(values) + 0.25).collect();
                let cost = |left: f64, right: f64| (left - right) * (left - right);
                let mut all: Vec<(f64, u32)> = rows
                    .chunks_exact(width)
                    .zip(0..)
                    .map(|(other, index)| {
                        (row.iter().zip(other).map(|(&a, &b)| cost(a, b)).sum(), index)
                    })
                    .collect();
                all.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
                let found: Vec<(f64, u32)> = tree
                    .nearest(&row, count, cost)
                    .iter()
                    .map(|near| (near.distance, near.row))
                    .collect();
                assert_eq!(found, all[..count]);
            }
        }
    }
}
