//! Step 3, the search: the best cut of a node among the columns that it looks at.
//!
//! A better cut leaves less impurity, weighted by the sides: of equal ones the first wins.

use super::cells::Cells;
use super::columns::{Codes, Column};
use super::grow::Item;
use super::impurity::Criterion;
use super::visit::Xorshift;
use super::{Splitter, Weight};

/// Values closer than this (in single precision) cannot be cut apart, as in the reference.
const VALUE_GAP_MIN: f32 = 1e-7;

/// The best cut so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// What is maximised: minus the impurity that is left.
    score: f64,
    /// Index of the column.
    pub(super) column: usize,
    /// The last code of the left side.
    pub(super) code: u32,
    /// The number that the codes are cut at.
    pub(super) threshold: f64,
}

/// The search of one tree; keeps its buffers from node to node.
pub(super) struct Search<T> {
    splitter: Splitter,
    criterion: Criterion,
    leaf_rows_min: u64,
    cells: Cells<T>,
    /// The weight of each class in the node.
    totals: Vec<T>,
    /// Rows of the node, asked for only when a leaf needs more than one.
    rows: u64,
    /// The weight of each class on the left of the cut that is looked at.
    left: Vec<T>,
    best: Option<Cut>,
    /// The weight of each class on the left of the best cut.
    best_left: Vec<T>,
}

impl<T: Weight> Search<T> {
    pub(super) fn new(
        columns: &[Column],
        class_count: usize,
        splitter: Splitter,
        criterion: Criterion,
        leaf_rows_min: usize,
    ) -> Self {
        let values_max = columns.iter().map(|column| column.values.len()).max().unwrap_or(0);
        let zeros = || vec![T::default(); class_count];
        Self {
            splitter,
            criterion,
            leaf_rows_min: leaf_rows_min as u64,
            cells: Cells::new(class_count, values_max),
            totals: zeros(),
            rows: 0,
            left: zeros(),
            best: None,
            best_left: zeros(),
        }
    }

    /// Starts with a node: the weight of each class, and its number of rows.
    pub(super) fn start(&mut self, totals: &[T], rows: u64) {
        self.totals.copy_from_slice(totals);
        self.rows = rows;
        self.best = None;
    }

    /// The best cut of all columns looked at, with the weight of each class on its left.
    pub(super) fn best(&self) -> Option<(Cut, &[T])> {
        self.best.map(|cut| (cut, self.best_left.as_slice()))
    }

    /// Looks at one column; tells whether it is constant in the node.
    pub(super) fn look(
        &mut self,
        index: usize,
        column: &Column,
        items: &[Item<T>],
        random: &mut Xorshift,
    ) -> bool {
        match (&column.codes, self.totals.len()) {
            // Two classes are the common case, and a known number of them is faster.
            (Codes::Narrow(codes), 2) => {
                self.look_at::<u8, 2>(index, &column.values, codes, items, random)
            }
            (Codes::Narrow(codes), _) => {
                self.look_at::<u8, 0>(index, &column.values, codes, items, random)
            }
            (Codes::Wide(codes), _) => {
                self.look_at::<u32, 0>(index, &column.values, codes, items, random)
            }
        }
    }

    fn look_at<C: Copy + Into<u32>, const CLASSES: usize>(
        &mut self,
        index: usize,
        values: &[f32],
        codes: &[C],
        items: &[Item<T>],
        random: &mut Xorshift,
    ) -> bool {
        match self.splitter {
            Splitter::Best => self.all_cuts::<C, CLASSES>(index, values, codes, items),
            Splitter::Random => self.one_cut::<C, CLASSES>(index, values, codes, items, random),
        }
    }

    /// All cuts between two neighbouring values of the node.
    fn all_cuts<C: Copy + Into<u32>, const CLASSES: usize>(
        &mut self,
        index: usize,
        values: &[f32],
        codes: &[C],
        items: &[Item<T>],
    ) -> bool {
        if values.len() == 2 {
            return self.only_cut::<C, CLASSES>(index, values, codes, items);
        }
        let classes = if CLASSES == 0 { self.totals.len() } else { CLASSES };
        let Self { criterion, leaf_rows_min, cells, totals, rows, left, best, best_left, .. } =
            self;
        let (totals, left) = (&totals[..classes], &mut left[..classes]);
        left.fill(T::default());
        let (mut first, mut previous) = (None, 0);
        let mut rows_left = 0;
        let counts_rows = *leaf_rows_min > 1;
        let mut best_score = best.map_or(f64::NEG_INFINITY, |best| best.score);
        cells.sums::<C, CLASSES>(
            items,
            codes,
            values.len(),
            counts_rows,
            |code, cell, rows_here| {
                if first.is_none() {
                    first = Some(code);
                } else if values[code] > values[previous] + VALUE_GAP_MIN
                    && (!counts_rows
                        || rows_left >= *leaf_rows_min && *rows - rows_left >= *leaf_rows_min)
                {
                    let score = score(*criterion, totals, left);
                    if score > best_score {
                        best_score = score;
                        // Codes were u32.
                        let threshold = middle(values[previous], values[code]);
                        *best =
                            Some(Cut { score, column: index, code: previous as u32, threshold });
                        best_left.copy_from_slice(left);
                    }
                }
                for (left, &weight) in left.iter_mut().zip(cell) {
                    *left += weight;
                }
                rows_left += u64::from(rows_here);
                previous = code;
            },
        );
        first.is_none_or(|first| values[previous] <= values[first] + VALUE_GAP_MIN)
    }

    /// The only cut of a column of two values: no cells are needed.
    fn only_cut<C: Copy + Into<u32>, const CLASSES: usize>(
        &mut self,
        index: usize,
        values: &[f32],
        codes: &[C],
        items: &[Item<T>],
    ) -> bool {
        let rows_left = self.sum_left::<C, CLASSES>(codes, items, 0);
        if self.is_one_sided() || values[1] <= values[0] + VALUE_GAP_MIN {
            return true;
        }
        self.consider(index, 0, middle(values[0], values[1]), rows_left);
        false
    }

    /// One cut, drawn between the smallest and the largest value of the node.
    fn one_cut<C: Copy + Into<u32>, const CLASSES: usize>(
        &mut self,
        index: usize,
        values: &[f32],
        codes: &[C],
        items: &[Item<T>],
        random: &mut Xorshift,
    ) -> bool {
        let (mut low, mut high) = (0, 1);
        // A column of two values has one place to cut at, and tells by the sums of the sides
        // whether it varies: one pass less.
        if values.len() != 2 {
            (low, high) = (u32::MAX, 0);
            for item in items {
                let code = codes[item.group as usize].into();
                low = low.min(code);
                high = high.max(code);
            }
        }
        let (smallest, largest) = (values[low as usize], values[high as usize]);
        if largest <= smallest + VALUE_GAP_MIN {
            return true;
        }
        let mut rows_left = 0;
        if values.len() == 2 {
            rows_left = self.sum_left::<C, CLASSES>(codes, items, 0);
            if self.is_one_sided() {
                return true;
            }
        }
        let mut threshold = random.uniform(f64::from(smallest), f64::from(largest));
        if threshold >= f64::from(largest) {
            threshold = f64::from(smallest);
        }
        let between = &values[low as usize..high as usize];
        let below = between.partition_point(|&value| f64::from(value) <= threshold);
        // At least the smallest value lies at or below the threshold.
        let code = low + below as u32 - 1;
        if values.len() != 2 {
            rows_left = self.sum_left::<C, CLASSES>(codes, items, code);
        }
        self.consider(index, code, threshold, rows_left);
        false
    }

    /// Sums the items at or below a code by class into `left`; returns their rows.
    #[inline]
    fn sum_left<C: Copy + Into<u32>, const CLASSES: usize>(
        &mut self,
        codes: &[C],
        items: &[Item<T>],
        code: u32,
    ) -> u64 {
        let zero = T::default();
        let mut rows_left = 0;
        if CLASSES == 2 {
            // Sums that stay in registers need not wait for memory.
            let (mut first, mut second) = (zero, zero);
            for item in items {
                let is_left = codes[item.group as usize].into() <= code;
                let weight = if is_left { item.weight } else { zero };
                first += if item.class == 0 { weight } else { zero };
                second += if item.class == 0 { zero } else { weight };
                rows_left += if is_left { u64::from(item.rows) } else { 0 };
            }
            self.left.copy_from_slice(&[first, second]);
            return rows_left;
        }
        self.left.fill(zero);
        for item in items {
            let is_left = codes[item.group as usize].into() <= code;
            self.left[item.class as usize] += if is_left { item.weight } else { zero };
            rows_left += if is_left { u64::from(item.rows) } else { 0 };
        }
        rows_left
    }

    /// Whether all rows of the node lie on one side of the cut that is looked at.
    fn is_one_sided(&self) -> bool {
        let zero = T::default();
        self.left.iter().all(|&left| left == zero) || self.left == self.totals
    }

    /// Takes the cut that is looked at when it is better than the best.
    #[inline]
    fn consider(&mut self, column: usize, code: u32, threshold: f64, rows_left: u64) {
        if rows_left < self.leaf_rows_min || self.rows - rows_left < self.leaf_rows_min {
            return;
        }
        let score = score(self.criterion, &self.totals, &self.left);
        if self.best.is_none_or(|best| score > best.score) {
            self.best = Some(Cut { score, column, code, threshold });
            self.best_left.copy_from_slice(&self.left);
        }
    }
}

/// The middle of two values: halved first, since the sum of two large values would overflow
/// in single precision, and exact in double precision.
fn middle(below: f32, above: f32) -> f64 {
    f64::from(below) / 2.0 + f64::from(above) / 2.0
}

/// Minus the impurity that a cut leaves, each side by its weight.
#[inline]
fn score<T: Weight>(criterion: Criterion, totals: &[T], left: &[T]) -> f64 {
    let (mut weight_left, mut weight_right) = (0.0, 0.0);
    match criterion {
        Criterion::Gini => {
            let (mut squares_left, mut squares_right) = (0.0, 0.0);
            for (&total, &left) in totals.iter().zip(left) {
                let (left, right): (f64, f64) = (left.into(), (total - left).into());
                weight_left += left;
                weight_right += right;
                squares_left += left * left;
                squares_right += right * right;
            }
            let gini_left = 1.0 - squares_left / (weight_left * weight_left);
            let gini_right = 1.0 - squares_right / (weight_right * weight_right);
            -weight_right * gini_right - weight_left * gini_left
        }
        Criterion::Entropy => {
            for (&total, &left) in totals.iter().zip(left) {
                weight_left += left.into();
                weight_right += (total - left).into();
            }
            let entropy = |of: &dyn Fn(usize) -> f64, weight: f64| {
                let mut entropy = 0.0;
                for class in 0..totals.len() {
                    let share = of(class) / weight;
                    if share > 0.0 {
                        entropy -= share * (libm::log(share) / std::f64::consts::LN_2);
                    }
                }
                entropy
            };
            let left_of = |class: usize| left[class].into();
            let right_of = |class: usize| (totals[class] - left[class]).into();
            -weight_right * entropy(&right_of, weight_right)
                - weight_left * entropy(&left_of, weight_left)
        }
    }
}
