//! Step 3, the sums: the weight of each class by the value of one column.
//!
//! A node with few rows touches few of the cells. They are remembered in a bitmap, which is
//! walked in the order of the values and cleared on the way: no node is sorted, and none
//! pays for values that it does not have.

use super::Weight;
use super::columns::NARROW_MAX;
use super::load::{Item, Load};

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

/// With more cells than this a row, the bitmap is faster than a look at every cell.
const CELLS_PER_ROW_MAX: usize = 4;

/// Which cells of a column of many values are in use.
#[derive(Debug, Clone, Default)]
struct Bitmap {
    words: Vec<u64>,
    /// One bit a word that is not zero.
    summary: Vec<u64>,
}

impl Bitmap {
    fn new(count: usize) -> Self {
        let words = count.div_ceil(WORD);
        Self { words: vec![0; words], summary: vec![0; words.div_ceil(WORD)] }
    }

    fn insert(&mut self, index: usize) {
        let word = index / WORD;
        self.words[word] |= 1 << (index % WORD);
        self.summary[word / WORD] |= 1 << (word % WORD);
    }

    /// Removes all numbers in ascending order.
    fn drain(&mut self, mut take: impl FnMut(usize)) {
        for (high, summary) in self.summary.iter_mut().enumerate() {
            while *summary != 0 {
                let word = high * WORD + summary.trailing_zeros() as usize;
                *summary &= *summary - 1;
                drain_word(word, std::mem::take(&mut self.words[word]), &mut take);
            }
        }
    }
}

#[inline]
fn drain_word(word: usize, mut bits: u64, take: &mut impl FnMut(usize)) {
    while bits != 0 {
        take(word * WORD + bits.trailing_zeros() as usize);
        bits &= bits - 1;
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
    pub(super) fn narrow_sums<L: Load<Weight = T>, const CLASSES: usize>(
        &mut self,
        items: &[Item<L>],
        codes: &[u8],
        value_count: usize,
        counts_rows: bool,
        mut take: impl FnMut(usize, &[T], u32),
    ) {
        let classes = if CLASSES == 0 { self.class_count } else { CLASSES };
        let Self { weights, row_counts, .. } = self;
        let mut used = [0u64; NARROW_MAX / WORD];
        if value_count <= WORD {
            // One word stays in a register.
            let mut word = 0;
            for item in items {
                let code = usize::from(codes[item.group as usize]);
                item.load.add_to(&mut weights[code * classes..(code + 1) * classes]);
                word |= 1 << (code % WORD);
            }
            used[0] = word;
        } else {
            for item in items {
                let code = usize::from(codes[item.group as usize]);
                item.load.add_to(&mut weights[code * classes..(code + 1) * classes]);
                used[code / WORD] |= 1 << (code % WORD);
            }
        }
        if counts_rows {
            count_rows(row_counts, items, codes);
        }
        for (word, bits) in used.into_iter().enumerate() {
            drain_word(word, bits, &mut |code| {
                let cell = &mut weights[code * classes..(code + 1) * classes];
                let rows = if counts_rows { std::mem::take(&mut row_counts[code]) } else { 0 };
                take(code, cell, rows);
                cell.fill(T::default());
            });
        }
    }

    /// The same for a column of many values and any number of classes.
    pub(super) fn wide_sums<L: Load<Weight = T>>(
        &mut self,
        items: &[Item<L>],
        codes: &[u32],
        value_count: usize,
        counts_rows: bool,
        mut take: impl FnMut(usize, &[T], u32),
    ) {
        let Self { class_count, weights, row_counts, bitmap } = self;
        let classes = *class_count;
        for item in items {
            let code = codes[item.group as usize] as usize;
            item.load.add_to(&mut weights[code * classes..(code + 1) * classes]);
        }
        if counts_rows {
            count_rows(row_counts, items, codes);
        }
        let mut hand_out = |code: usize| {
            let cell = &mut weights[code * classes..(code + 1) * classes];
            if cell.iter().all(|&weight| weight == T::default()) {
                return;
            }
            take(code, cell, std::mem::take(&mut row_counts[code]));
            cell.fill(T::default());
        };
        if items.len() * CELLS_PER_ROW_MAX < value_count {
            items.iter().for_each(|item| bitmap.insert(codes[item.group as usize] as usize));
            bitmap.drain(hand_out);
        } else {
            (0..value_count).for_each(&mut hand_out);
        }
    }
}

fn count_rows<L: Load, C: Copy + Into<u32>>(
    row_counts: &mut [u32],
    items: &[Item<L>],
    codes: &[C],
) {
    for item in items {
        row_counts[codes[item.group as usize].into() as usize] += item.load.rows();
    }
}
