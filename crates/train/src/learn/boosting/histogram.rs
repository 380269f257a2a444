//! Step 3, the sums: what the rows of a node weigh, by the code of each bundle.

use std::ops::Range;

use rayon::prelude::*;

use super::PARALLEL_ROWS_MIN;
use super::strips::{CELLS, Strip, Strips};

/// Something that is summed over rows.
pub(in crate::learn) trait Sum: Copy + Default + Send + Sync {
    /// The sum of both.
    fn plus(self, other: Self) -> Self;

    /// What is left of it without `other`.
    fn minus(self, other: Self) -> Self;
}

/// Rows whose codes are fetched before any of them is added.
const FETCHED_ROWS: usize = 64;

/// One block of cells a bundle.
#[derive(Debug, Clone)]
pub(in crate::learn) struct Histogram<T> {
    blocks: Vec<[T; CELLS]>,
}

impl<T: Sum> Histogram<T> {
    pub(in crate::learn) fn new(strips: &Strips) -> Self {
        Self { blocks: vec![[T::default(); CELLS]; strips.bundle_count()] }
    }

    /// Sums anew over `rows`, in their order; `None` stands for all rows. `ordered` is room for
    /// the points of the rows.
    ///
    /// Each cell is summed by one thread.
    pub(in crate::learn) fn build(
        &mut self,
        strips: &Strips,
        rows: Option<&[u32]>,
        points: &[T],
        ordered: &mut Vec<T>,
    ) {
        let mut blocks = self.blocks.as_mut_slice();
        let mut parts = Vec::with_capacity(strips.strips.len());
        for strip in &strips.strips {
            let (part, rest) = blocks.split_at_mut(strip.width);
            part.iter_mut().for_each(|block| block.fill(T::default()));
            parts.push((part, strip));
            blocks = rest;
        }
        let row_count = rows.map_or(points.len(), <[u32]>::len);
        let points = match rows {
            // What does not fit a cache is fetched once, and then read in order.
            Some(rows) if points.len() >= PARALLEL_ROWS_MIN => {
                ordered.clear();
                ordered.par_extend(rows.par_iter().map(|&row| points[row as usize]));
                Points::Ordered(ordered)
            }
            _ => Points::OfAll(points),
        };
        let add = |(blocks, strip): (&mut [[T; CELLS]], &Strip)| {
            add_strip(blocks, strip, rows, points);
        };
        if row_count < PARALLEL_ROWS_MIN {
            parts.into_iter().for_each(add);
        } else {
            parts.into_par_iter().for_each(add);
        }
    }

    /// Takes the rows of a child out, so that those of its sibling remain.
    pub(in crate::learn) fn subtract(&mut self, child: &Self, strips: &Strips) {
        let blocks = self.blocks.iter_mut().zip(&child.blocks).zip(&strips.bundles);
        for ((block, other), bundle) in blocks {
            let cells = block.iter_mut().zip(other).take(bundle.cell_count);
            cells.for_each(|(cell, &other)| *cell = cell.minus(other));
        }
    }
}

/// What is added.
#[derive(Debug, Clone, Copy)]
enum Points<'a, T> {
    /// One a row.
    OfAll(&'a [T]),
    /// One for each of the rows that are added, in their order.
    Ordered(&'a [T]),
}

/// Adds rows to the blocks of one strip.
fn add_strip<T: Sum>(
    blocks: &mut [[T; CELLS]],
    strip: &Strip,
    rows: Option<&[u32]>,
    points: Points<'_, T>,
) {
    match strip.width {
        1 => add::<1, T>(blocks, &strip.codes, rows, points),
        2 => add::<2, T>(blocks, &strip.codes, rows, points),
        3 => add::<3, T>(blocks, &strip.codes, rows, points),
        4 => add::<4, T>(blocks, &strip.codes, rows, points),
        5 => add::<5, T>(blocks, &strip.codes, rows, points),
        6 => add::<6, T>(blocks, &strip.codes, rows, points),
        7 => add::<7, T>(blocks, &strip.codes, rows, points),
        // The largest width of a strip.
        _ => add::<8, T>(blocks, &strip.codes, rows, points),
    }
}

/// [`add_strip`] for a width that the compiler knows: no index into a block needs a check, and
/// neighbouring additions touch different blocks, so that none waits for another.
fn add<const WIDTH: usize, T: Sum>(
    blocks: &mut [[T; CELLS]],
    codes: &[u8],
    rows: Option<&[u32]>,
    points: Points<'_, T>,
) {
    let Some(blocks) = blocks.first_chunk_mut::<WIDTH>() else { return };
    let (codes, _) = codes.as_chunks::<WIDTH>();
    let mut add = |codes: [u8; WIDTH], point: T| {
        for (block, code) in blocks.iter_mut().zip(codes) {
            let cell = &mut block[usize::from(code)];
            *cell = cell.plus(point);
        }
    };
    match (rows, points) {
        (None, Points::OfAll(points) | Points::Ordered(points)) => {
            codes.iter().zip(points).for_each(|(&codes, &point)| add(codes, point));
        }
        (Some(rows), Points::OfAll(points)) => {
            for &row in rows {
                add(codes[row as usize], points[row as usize]);
            }
        }
        (Some(rows), Points::Ordered(points)) => {
            // Many codes are on their way from memory at once, not one after the other.
            let mut fetched = [[0; WIDTH]; FETCHED_ROWS];
            for (rows, points) in rows.chunks(FETCHED_ROWS).zip(points.chunks(FETCHED_ROWS)) {
                for (fetched, &row) in fetched.iter_mut().zip(rows) {
                    *fetched = codes[row as usize];
                }
                fetched.iter().zip(points).for_each(|(&codes, &point)| add(codes, point));
            }
        }
    }
}

/// The sums of every column by value, from the sums by code.
#[derive(Debug, Clone)]
pub(in crate::learn) struct Marginals<T> {
    /// Where each column's cells stand.
    ranges: Vec<Range<usize>>,
    cells: Vec<T>,
    scratch: Vec<T>,
}

impl<T: Sum> Marginals<T> {
    pub(in crate::learn) fn new(strips: &Strips) -> Self {
        let mut end = 0;
        let ranges: Vec<Range<usize>> = strips
            .places
            .iter()
            .map(|place| {
                end += place.base;
                end - place.base..end
            })
            .collect();
        Self { ranges, cells: vec![T::default(); end], scratch: vec![T::default(); CELLS] }
    }

    /// The sums of one column, one a value.
    pub(in crate::learn) fn of(&self, column: usize) -> &[T] {
        &self.cells[self.ranges[column].clone()]
    }

    /// Computes the sums of all columns.
    ///
    /// A bundle's digits are taken off one by one, that of most weight first: the cells of
    /// each digit are summed for the column, and then added up for the columns that remain.
    pub(in crate::learn) fn compute(&mut self, histogram: &Histogram<T>, strips: &Strips) {
        let Self { ranges, cells, scratch } = self;
        for (bundle, block) in strips.bundles.iter().zip(&histogram.blocks) {
            let mut left = &mut scratch[..bundle.cell_count];
            left.copy_from_slice(&block[..bundle.cell_count]);
            for &column in &bundle.columns {
                let sums = &mut cells[ranges[column].clone()];
                let stride = left.len() / sums.len();
                if stride == 1 {
                    sums.copy_from_slice(left);
                    break;
                }
                for (sum, digit) in sums.iter_mut().zip(left.chunks_exact(stride)) {
                    *sum = total(digit);
                }
                let (first, rest) = left.split_at_mut(stride);
                for digit in rest.chunks_exact(stride) {
                    for (cell, &other) in first.iter_mut().zip(digit) {
                        *cell = cell.plus(other);
                    }
                }
                left = first;
            }
        }
    }
}

/// The sum of all cells, in four lanes: each addition waits for the one before it.
fn total<T: Sum>(cells: &[T]) -> T {
    let mut lanes = [T::default(); 4];
    let (chunks, rest) = cells.as_chunks::<4>();
    for chunk in chunks {
        for (lane, &cell) in lanes.iter_mut().zip(chunk) {
            *lane = lane.plus(cell);
        }
    }
    for (lane, &cell) in lanes.iter_mut().zip(rest) {
        *lane = lane.plus(cell);
    }
    let [a, b, c, d] = lanes;
    a.plus(b).plus(c.plus(d))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Sum for u64 {
        fn plus(self, other: Self) -> Self {
            self + other
        }

        fn minus(self, other: Self) -> Self {
            self - other
        }
    }

    #[test]
    fn sums_by_value_are_those_of_the_rows() {
        let counts = [2, 80, 5, 31, 2, 3, 256, 9, 7, 100, 101, 102, 103];
        let mut strips = Strips::new(&counts, 500);
        let code = |column: usize, row: usize| (row * (column + 5) / 3) % counts[column];
        for column in 0..counts.len() {
            strips.set(column, (0..500).map(|row| code(column, row) as u8));
        }
        let points: Vec<u64> = (0..500).map(|row| row * row % 97 + 1).collect();
        let rows: Vec<u32> = (0..500).filter(|row| row % 3 == 1).collect();
        let rest: Vec<u32> = (0..500).filter(|row| row % 3 != 1).collect();
        let mut all = Histogram::new(&strips);
        let mut some = Histogram::new(&strips);
        let mut marginals = Marginals::new(&strips);
        all.build(&strips, None, &points, &mut Vec::new());
        some.build(&strips, Some(&rows), &points, &mut Vec::new());
        all.subtract(&some, &strips);
        for (histogram, rows) in [(&some, &rows), (&all, &rest)] {
            marginals.compute(histogram, &strips);
            for column in 0..counts.len() {
                let mut expected = vec![0; counts[column]];
                for &row in rows {
                    expected[code(column, row as usize)] += points[row as usize];
                }
                assert_eq!(marginals.of(column), expected, "column {column}");
            }
        }
    }
    #[test]
    fn many_rows_are_summed_as_few() {
        let row_count = PARALLEL_ROWS_MIN + 3;
        let counts = [200, 100, 2];
        let mut strips = Strips::new(&counts, row_count);
        for (column, count) in counts.into_iter().enumerate() {
            let code = |row: usize| (row * (column + 5) / 3 % count) as u8;
            strips.set(column, (0..row_count).map(code));
        }
        let points: Vec<u64> = (0..row_count as u64).collect();
        let rows: Vec<u32> = (0..row_count as u32).filter(|row| row % 5 != 2).collect();
        let (mut many, mut few) = (Histogram::new(&strips), Histogram::new(&strips));
        many.build(&strips, Some(&rows), &points, &mut Vec::new());
        for (blocks, strip) in few.blocks.chunks_mut(3).zip(&strips.strips) {
            add_strip(blocks, strip, Some(&rows), Points::OfAll(&points));
        }
        assert_eq!(many.blocks, few.blocks);
    }
}
