//! Step 3, the sums: the weight of each class by the value of one column.
//!
//! A node with few rows touches few of the cells. They are remembered in a bitmap, which is
//! walked in the order of the values and cleared on the way: no node is sorted, and none
//! pays for values that it does not have.

use super::Weight;
use super::grow::Item;

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

/// With more cells than this a row, the bitmap is faster than a look at every cell.
const CELLS_PER_ROW_MAX: usize = 4;

/// Which cells of a column are in use.
#[derive(Debug, Clone, Default)]
pub(super) struct Bitmap {
    words: Vec<u64>,
    /// One bit a word that is not zero.
    summary: Vec<u64>,
}

impl Bitmap {
    fn new(count: usize) -> Self {
        let words = count.div_ceil(WORD);
        Self { words: vec![0; words], summary: vec![0; words.div_ceil(WORD)] }
    }

    #[inline]
    fn insert(&mut self, index: usize) {
        let word = index / WORD;
        self.words[word] |= 1 << (index % WORD);
        self.summary[word / WORD] |= 1 << (word % WORD);
    }

    /// Removes all numbers in ascending order.
    #[inline]
    fn drain(&mut self, mut take: impl FnMut(usize)) {
        for (high, summary) in self.summary.iter_mut().enumerate() {
            while *summary != 0 {
                let word = high * WORD + summary.trailing_zeros() as usize;
                *summary &= *summary - 1;
                let mut bits = std::mem::take(&mut self.words[word]);
                while bits != 0 {
                    take(word * WORD + bits.trailing_zeros() as usize);
                    bits &= bits - 1;
                }
            }
        }
    }
}

/// Cells of one column at a time; all zero between two columns.
#[derive(Debug, Clone)]
pub(super) struct Cells<T> {
    class_count: usize,
    /// The weight of each class, cell by cell.
    weights: Vec<T>,
    /// The rows of each cell, where somebody asks.
    row_counts: Vec<u32>,
    bitmap: Bitmap,
}

impl<T: Weight> Cells<T> {
    /// Cells for columns of at most `values_max` distinct values.
    pub(super) fn new(class_count: usize, values_max: usize) -> Self {
        Self {
            class_count,
            weights: vec![T::default(); class_count * values_max],
            row_counts: vec![0; values_max],
            bitmap: Bitmap::new(values_max),
        }
    }

    /// Sums the rows of a node and hands out the cells in use, in the order of the values:
    /// code, weights of the classes, number of rows (0 unless `counts_rows`).
    ///
    /// `CLASSES` is the number of classes, or 0 for a number that the compiler need not know.
    #[inline]
    pub(super) fn sums<C: Copy + Into<u32>, const CLASSES: usize>(
        &mut self,
        items: &[Item<T>],
        codes: &[C],
        value_count: usize,
        counts_rows: bool,
        mut take: impl FnMut(usize, &[T], u32),
    ) {
        let classes = if CLASSES == 0 { self.class_count } else { CLASSES };
        let Self { weights, row_counts, bitmap, .. } = self;
        for item in items {
            let code = codes[item.group as usize].into() as usize;
            weights[code * classes + item.class as usize] += item.weight;
            if counts_rows {
                row_counts[code] += item.rows;
            }
        }
        let hand_out = |code: usize| {
            let cell = &mut weights[code * classes..(code + 1) * classes];
            if cell.iter().all(|&weight| weight == T::default()) {
                return;
            }
            take(code, cell, row_counts[code]);
            cell.fill(T::default());
            row_counts[code] = 0;
        };
        if items.len() * CELLS_PER_ROW_MAX < value_count {
            for item in items {
                bitmap.insert(codes[item.group as usize].into() as usize);
            }
            bitmap.drain(hand_out);
        } else {
            (0..value_count).for_each(hand_out);
        }
    }
}
