//! Step 1, the codes: columns of few values packed together.
//!
//! Columns whose numbers of values multiply to at most [`CELLS`] become one *bundle*: their
//! codes are the digits of one number, each column its own base. One pass over the rows then
//! serves them all, and the sums of one column are sums over cells. Bundles stand side by side
//! in *strips*, a few bytes a row, so that a look at a row serves several bundles.

use super::binned::BinnedColumn;

/// Cells of a bundle at most: a code fits one byte.
pub(in crate::learn) const CELLS: usize = 256;

/// Bundles of a strip at most.
pub(super) const STRIP_MAX: usize = 8;

/// Rows in bundled codes.
#[derive(Debug, Clone)]
pub(in crate::learn) struct Strips {
    /// In the order of the bundles.
    pub(super) strips: Vec<Strip>,
    pub(super) bundles: Vec<Bundle>,
    /// Where each column's code is found.
    pub(super) places: Vec<Place>,
}

/// The codes of a few bundles, row after row.
#[derive(Debug, Clone)]
pub(super) struct Strip {
    /// Number of bundles.
    pub(super) width: usize,
    pub(super) codes: Vec<u8>,
}

/// Columns that share a code.
#[derive(Debug, Clone)]
pub(super) struct Bundle {
    /// The columns, the digit of most weight first.
    pub(super) columns: Vec<usize>,
    pub(super) cell_count: usize,
}

/// A digit of a bundle's code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    strip: usize,
    lane: usize,
    stride: usize,
    pub(super) base: usize,
}

impl Strips {
    /// Packs columns of these numbers of values; codes are all 0 until they are set.
    pub(super) fn new(counts: &[usize], row_count: usize) -> Self {
        let bundles = bundle(counts);
        let strip_count = bundles.len().div_ceil(STRIP_MAX);
        let mut strips: Vec<Strip> = Vec::with_capacity(strip_count);
        let mut places = vec![Place { strip: 0, lane: 0, stride: 1, base: 1 }; counts.len()];
        let mut first = 0;
        for strip in 0..strip_count {
            // All nearly alike wide, so that threads have alike work.
            let width = (bundles.len() - first).div_ceil(strip_count - strip);
            for (lane, bundle) in bundles[first..first + width].iter().enumerate() {
                let mut stride = bundle.cell_count;
                for &column in &bundle.columns {
                    stride /= counts[column];
                    places[column] = Place { strip, lane, stride, base: counts[column] };
                }
            }
            strips.push(Strip { width, codes: vec![0; row_count * width] });
            first += width;
        }
        Self { strips, bundles, places }
    }

    /// Sets the codes of one column, one a row.
    pub(super) fn set(&mut self, column: usize, codes: impl Iterator<Item = u8>) {
        let Place { strip, lane, stride, .. } = self.places[column];
        let Strip { width, codes: rows } = &mut self.strips[strip];
        for (row, code) in rows.chunks_exact_mut(*width).zip(codes) {
            // The sum stays below the bundle's number of cells, so it fits.
            row[lane] += (stride * usize::from(code)) as u8;
        }
    }

    /// Number of bundles.
    pub(in crate::learn) fn bundle_count(&self) -> usize {
        self.bundles.len()
    }

    /// Which rows have at most this code in a column.
    pub(in crate::learn) fn at_most(&self, column: usize, code: u8) -> AtMost<'_> {
        let Place { strip, lane, stride, base } = self.places[column];
        let Strip { width, codes } = &self.strips[strip];
        let is_left = std::array::from_fn(|cell| cell / stride % base <= usize::from(code));
        AtMost { codes: codes.get(lane..).unwrap_or_default(), width: *width, is_left }
    }
}

/// The question whether a row's code in one column is at most some code.
pub(in crate::learn) struct AtMost<'a> {
    codes: &'a [u8],
    width: usize,
    /// The answer for each code of the bundle.
    is_left: [bool; CELLS],
}

impl AtMost<'_> {
    /// The answer for one row.
    #[inline]
    pub(in crate::learn) fn holds(&self, row: u32) -> bool {
        self.is_left[usize::from(self.codes[row as usize * self.width])]
    }
}

/// Deals columns of these numbers of values to bundles: those of most values first, each into
/// the first bundle that has room for it.
fn bundle(counts: &[usize]) -> Vec<Bundle> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&column| std::cmp::Reverse(counts[column]));
    let mut bundles: Vec<Bundle> = Vec::new();
    for column in order {
        let count = counts[column];
        match bundles.iter_mut().find(|bundle| bundle.cell_count * count <= CELLS) {
            Some(bundle) => {
                bundle.cell_count *= count;
                bundle.columns.push(column);
            }
            None => bundles.push(Bundle { columns: vec![column], cell_count: count }),
        }
    }
    bundles
}

/// Numbers of values of columns.
pub(super) fn counts(columns: &[BinnedColumn]) -> Vec<usize> {
    columns.iter().map(|column| column.values.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_again() {
        let counts = [2, 80, 5, 31, 2, 256, 200, 199, 198, 197, 196, 195, 194];
        let mut strips = Strips::new(&counts, 1000);
        let code = |column: usize, row: usize| ((row * (column + 3) / 7) % counts[column]) as u8;
        for column in 0..counts.len() {
            strips.set(column, (0..1000).map(|row| code(column, row)));
        }
        assert_eq!(strips.strips.iter().map(|strip| strip.width).collect::<Vec<_>>(), [6, 5]);
        for (column, count) in counts.into_iter().enumerate() {
            for limit in [0, 1, (count - 1) as u8] {
                let at_most = strips.at_most(column, limit);
                for row in 0..1000 {
                    assert_eq!(at_most.holds(row as u32), code(column, row) <= limit);
                }
            }
        }
    }
}
