//! Step 3, the search: the best cut of a node among the columns that it looks at.
//!
//! A better cut leaves less impurity, weighted by the sides: of equal ones the first wins.

use super::cells::Cells;
use super::columns::{Codes, Column};
use super::impurity::Criterion;
use super::load::{Item, Load};
use super::rows::Rows;
use super::visit::Xorshift;
use super::{Splitter, Weight};

/// Values closer than this (in single precision) cannot be cut apart, as in the reference.
const VALUE_GAP_MIN: f32 = 1e-7;

/// How far rounding may move a score, as a share of the weight of the node: generously.
const SCORE_ERROR_MAX: f64 = 1e-12;

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
    /// All of them together.
    weight: f64,
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
            weight: 0.0,
            left: zeros(),
            best: None,
            best_left: zeros(),
        }
    }

    /// Starts with a node: the weight of each class, and its number of rows.
    pub(super) fn start(&mut self, totals: &[T], rows: u64) {
        self.totals.copy_from_slice(totals);
        self.rows = rows;
        self.weight = totals.iter().map(|&total| total.into()).sum();
        self.best = None;
    }

    /// The best cut of all columns looked at, with the weight of each class on its left.
    pub(super) fn best(&self) -> Option<(Cut, &[T])> {
        self.best.map(|cut| (cut, self.best_left.as_slice()))
    }

    /// Looks at one column; tells whether it is constant in the node.
    pub(super) fn look<L: Load<Weight = T>>(
        &mut self,
        index: usize,
        rows: &Rows,
        items: &[Item<L>],
        random: &mut Xorshift,
    ) -> bool {
        let column = &rows.columns[index];
        let values = &column.values;
        if L::HAS_FLAGS
            && let Some(flag) = rows.flag_of[index]
        {
            return self.cut_by_flag(index, values, flag, items, random);
        }
        let is_pair = self.totals.len() == 2;
        match (self.splitter, &column.codes) {
            (Splitter::Random, Codes::Narrow(codes)) => {
                self.one_cut(index, values, codes, items, random)
            }
            (Splitter::Random, Codes::Wide(codes)) => {
                self.one_cut(index, values, codes, items, random)
            }
            // No cells are needed.
            (Splitter::Best, Codes::Narrow(codes)) if values.len() == 2 => {
                self.only_cut(index, values, codes, items)
            }
            // Two classes are the common case, and a known number of them is faster.
            (Splitter::Best, Codes::Narrow(codes)) if is_pair => {
                self.all_cuts_of_two(index, values, codes, items)
            }
            (Splitter::Best, codes) => self.all_cuts(index, values, codes, items),
        }
    }

    /// All cuts between two neighbouring values of the node.
    fn all_cuts<L: Load<Weight = T>>(
        &mut self,
        index: usize,
        values: &[f32],
        codes: &Codes,
        items: &[Item<L>],
    ) -> bool {
        let Self { criterion, leaf_rows_min, cells, totals, rows, left, best, best_left, .. } =
            self;
        left.fill(T::default());
        let (mut first, mut previous) = (None, 0);
        let mut rows_left = 0;
        let counts_rows = *leaf_rows_min > 1;
        let mut best_score = best.map_or(f64::NEG_INFINITY, |best| best.score);
        let take = |code: usize, cell: &[T], rows_here: u32| {
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
                    *best = Some(Cut { score, column: index, code: previous as u32, threshold });
                    best_left.copy_from_slice(left);
                }
            }
            for (left, &weight) in left.iter_mut().zip(cell) {
                *left += weight;
            }
            rows_left += u64::from(rows_here);
            previous = code;
        };
        match codes {
            Codes::Narrow(codes) => {
                cells.narrow_sums::<L, 0>(items, codes, values.len(), counts_rows, take);
            }
            Codes::Wide(codes) => cells.wide_sums(items, codes, values.len(), counts_rows, take),
        }
        first.is_none_or(|first| values[previous] <= values[first] + VALUE_GAP_MIN)
    }

    /// The same for two classes, whose sums stay in registers.
    ///
    /// Most cuts are seen to be no better than the best one without a division, with room for
    /// rounding; [`score`] decides about the others.
    fn all_cuts_of_two<L: Load<Weight = T>>(
        &mut self,
        index: usize,
        values: &[f32],
        codes: &[u8],
        items: &[Item<L>],
    ) -> bool {
        let Self { criterion, leaf_rows_min, cells, totals, rows, best, best_left, .. } = self;
        let (all, weight) = ([totals[0], totals[1]], self.weight);
        let (criterion, counts_rows) = (*criterion, *leaf_rows_min > 1);
        let is_gini = criterion == Criterion::Gini;
        let mut left = [T::default(); 2];
        let (mut first, mut previous) = (None, 0);
        let mut rows_left = 0;
        let mut best_score = best.map_or(f64::NEG_INFINITY, |best| best.score);
        let mut hopeless = weight + best_score - SCORE_ERROR_MAX * weight;
        cells.narrow_sums::<L, 2>(items, codes, values.len(), counts_rows, |code, cell, here| {
            if first.is_none() {
                first = Some(code);
            } else if values[code] > values[previous] + VALUE_GAP_MIN
                && (!counts_rows
                    || rows_left >= *leaf_rows_min && *rows - rows_left >= *leaf_rows_min)
                && !(is_gini && is_below(hopeless, all, left))
            {
                let score = score(criterion, &all, &left);
                if score > best_score {
                    best_score = score;
                    hopeless = weight + score - SCORE_ERROR_MAX * weight;
                    let threshold = middle(values[previous], values[code]);
                    // Codes were u8.
                    *best = Some(Cut { score, column: index, code: previous as u32, threshold });
                    best_left.copy_from_slice(&left);
                }
            }
            left[0] += cell[0];
            left[1] += cell[1];
            rows_left += u64::from(here);
            previous = code;
        });
        first.is_none_or(|first| values[previous] <= values[first] + VALUE_GAP_MIN)
    }

    /// The only cut of a column of two values that the items know.
    fn cut_by_flag<L: Load<Weight = T>>(
        &mut self,
        index: usize,
        values: &[f32],
        flag: u8,
        items: &[Item<L>],
        random: &mut Xorshift,
    ) -> bool {
        let zero = T::default();
        let mut left = [zero; 2];
        for item in items {
            let is_left = item.load.flags() >> flag & 1 == 0;
            let [first, second] = item.load.pair();
            left[0] += if is_left { first } else { zero };
            left[1] += if is_left { second } else { zero };
        }
        self.left.copy_from_slice(&left);
        if self.is_one_sided() || values[1] <= values[0] + VALUE_GAP_MIN {
            return true;
        }
        let threshold = match self.splitter {
            Splitter::Best => middle(values[0], values[1]),
            Splitter::Random => self.draw(values[0], values[1], random),
        };
        // One row on each side is enough.
        self.consider(index, 0, threshold, 1);
        false
    }

    /// A random place to cut at.
    fn draw(&self, smallest: f32, largest: f32, random: &mut Xorshift) -> f64 {
        let threshold = random.uniform(f64::from(smallest), f64::from(largest));
        if threshold >= f64::from(largest) { f64::from(smallest) } else { threshold }
    }

    /// The only cut of a column of two values.
    fn only_cut<L: Load<Weight = T>>(
        &mut self,
        index: usize,
        values: &[f32],
        codes: &[u8],
        items: &[Item<L>],
    ) -> bool {
        let rows_left = self.sum_left(codes, items, 0);
        if self.is_one_sided() || values[1] <= values[0] + VALUE_GAP_MIN {
            return true;
        }
        self.consider(index, 0, middle(values[0], values[1]), rows_left);
        false
    }

    /// One cut, drawn between the smallest and the largest value of the node.
    fn one_cut<L: Load<Weight = T>, C: Copy + Into<u32>>(
        &mut self,
        index: usize,
        values: &[f32],
        codes: &[C],
        items: &[Item<L>],
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
            rows_left = self.sum_left(codes, items, 0);
            if self.is_one_sided() {
                return true;
            }
        }
        let threshold = self.draw(smallest, largest, random);
        let between = &values[low as usize..high as usize];
        let below = between.partition_point(|&value| f64::from(value) <= threshold);
        // At least the smallest value lies at or below the threshold.
        let code = low + below as u32 - 1;
        if values.len() != 2 {
            rows_left = self.sum_left(codes, items, code);
        }
        self.consider(index, code, threshold, rows_left);
        false
    }

    /// Sums the items at or below a code by class into `left`; returns their rows.
    #[inline]
    fn sum_left<L: Load<Weight = T>, C: Copy + Into<u32>>(
        &mut self,
        codes: &[C],
        items: &[Item<L>],
        code: u32,
    ) -> u64 {
        let zero = T::default();
        let mut rows_left = 0;
        if self.totals.len() == 2 {
            // Sums that stay in registers need not wait for memory.
            let mut left = [zero; 2];
            for item in items {
                let is_left = codes[item.group as usize].into() <= code;
                let [first, second] = item.load.pair();
                left[0] += if is_left { first } else { zero };
                left[1] += if is_left { second } else { zero };
                rows_left += if is_left { u64::from(item.load.rows()) } else { 0 };
            }
            self.left.copy_from_slice(&left);
            return rows_left;
        }
        self.left.fill(zero);
        for item in items {
            if codes[item.group as usize].into() <= code {
                item.load.add_to(&mut self.left);
                rows_left += u64::from(item.load.rows());
            }
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

/// Whether the sum over the sides of squared class weights by side weight, which is the score
/// under Gini plus the weight of the node, is below a number.
#[inline]
fn is_below<T: Weight>(limit: f64, all: [T; 2], left: [T; 2]) -> bool {
    let [left_first, left_second]: [f64; 2] = left.map(Into::into);
    let [right_first, right_second] = [(all[0] - left[0]).into(), (all[1] - left[1]).into()];
    let (weight_left, weight_right) = (left_first + left_second, right_first + right_second);
    let squares_left = left_first * left_first + left_second * left_second;
    let squares_right = right_first * right_first + right_second * right_second;
    squares_left * weight_right + squares_right * weight_left < limit * (weight_left * weight_right)
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
