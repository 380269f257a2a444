//! Step 2: how likely each class is after the trees so far.
//!
//! A tree adds the value `v` of a leaf to the score of each of its rows, and that multiplies
//! their odds by `exp(v)`. So odds are kept in place of scores: one exponential a leaf, none a
//! row. Every factor is rounded to half a unit of the last place or so, which after 100 trees
//! leaves odds right to about 14 digits.

use std::ops::Range;

use rayon::prelude::*;

use super::PARALLEL_ROWS_MIN;

/// Odds are kept between this number and 1 over it: scores beyond 690 are 690.
const ODDS_MIN: f64 = 1e-300;

/// Rows that one thread updates at a time.
const BLOCK_ROWS: usize = 1 << 16;

/// A leaf of a tree that was grown on the chances.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::learn) struct LeafValue {
    /// Where its rows stand in the order of all rows.
    pub(in crate::learn) rows: Range<usize>,
    /// What it adds to their scores.
    pub(in crate::learn) value: f64,
}

/// The chances of all rows.
#[derive(Debug, Clone)]
pub(in crate::learn) struct Chances {
    /// Two classes: the odds of the second. More: for each class its probability when the
    /// round began, times the factors of the trees since.
    outputs: Vec<Vec<f64>>,
}

/// The chances of one output.
#[derive(Debug, Clone, Copy)]
pub(in crate::learn) struct OutputChances<'a> {
    values: &'a [f64],
    are_odds: bool,
}

impl Chances {
    /// Every row has the shares of the classes.
    pub(in crate::learn) fn new(shares: &[f64], row_count: usize) -> Self {
        let outputs = match shares {
            [_, second] => vec![vec![second / (1.0 - second); row_count]],
            _ => {
                let total: f64 = shares.iter().sum();
                shares.iter().map(|share| vec![share / total; row_count]).collect()
            }
        };
        Self { outputs }
    }

    /// Number of outputs: 1 for two classes, else one a class.
    pub(in crate::learn) fn output_count(&self) -> usize {
        self.outputs.len()
    }

    /// Makes probabilities of more than two classes sum to 1 again. Those that the trees of a
    /// round are grown on do not change until then.
    pub(in crate::learn) fn start_round(&mut self) {
        if self.outputs.len() == 1 {
            return;
        }
        for row in 0..self.outputs[0].len() {
            let total: f64 = self.outputs.iter().map(|output| output[row]).sum();
            self.outputs.iter_mut().for_each(|output| output[row] /= total);
        }
    }

    /// The chances of one output.
    pub(in crate::learn) fn of(&self, output: usize) -> OutputChances<'_> {
        OutputChances { values: &self.outputs[output], are_odds: self.outputs.len() == 1 }
    }

    /// Adds what leaves hold to the scores of one output. `order` holds the rows of each leaf
    /// in ascending order.
    pub(in crate::learn) fn add(&mut self, output: usize, order: &[u32], leaves: &[LeafValue]) {
        let factors: Vec<f64> = leaves.iter().map(|leaf| libm::exp(leaf.value)).collect();
        let chances = self.outputs[output].as_mut_slice();
        let multiply = |(block, chances): (usize, &mut [f64])| {
            let start = block * BLOCK_ROWS;
            for (leaf, factor) in leaves.iter().zip(&factors) {
                let rows = &order[leaf.rows.clone()];
                let from = rows.partition_point(|&row| (row as usize) < start);
                let until = start + chances.len();
                for &row in rows[from..].iter().take_while(|&&row| (row as usize) < until) {
                    let chance = &mut chances[row as usize - start];
                    *chance = (*chance * factor).clamp(ODDS_MIN, 1.0 / ODDS_MIN);
                }
            }
        };
        if chances.len() < PARALLEL_ROWS_MIN {
            chances.chunks_mut(BLOCK_ROWS).enumerate().for_each(multiply);
        } else {
            chances.par_chunks_mut(BLOCK_ROWS).enumerate().for_each(multiply);
        }
    }
}

impl OutputChances<'_> {
    /// The probability of one row.
    #[inline]
    pub(in crate::learn) fn probability(&self, row: usize) -> f64 {
        let value = self.values[row];
        if self.are_odds { value / (1.0 + value) } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(rows: Range<usize>, value: f64) -> [LeafValue; 1] {
        [LeafValue { rows, value }]
    }

    #[test]
    fn odds_follow_scores() {
        let mut chances = Chances::new(&[0.75, 0.25], 2);
        let mut score = libm::log(0.25 / 0.75);
        for step in 0..1000 {
            let value = f64::from(step % 13 - 6) / 7.0;
            chances.add(0, &[0, 1], &leaf(1..2, value));
            score += value;
            let probability = chances.of(0).probability(1);
            let expected = 1.0 / (1.0 + libm::exp(-score));
            assert!((probability - expected).abs() < 1e-13, "{step}");
        }
        assert_eq!(chances.of(0).probability(0), 0.25);
        chances.add(0, &[0, 1], &leaf(0..2, 800.0));
        assert_eq!(chances.of(0).probability(0), 1.0);
        chances.add(0, &[0, 1], &leaf(1..2, -2000.0));
        assert!(chances.of(0).probability(1) < 1e-299);
    }

    #[test]
    fn blocks_of_rows_are_those_of_one_thread() {
        let count = PARALLEL_ROWS_MIN as u32 + 5;
        let (left, right): (Vec<u32>, Vec<u32>) = (0..count).partition(|row| row % 3 == 0);
        let middle = left.len();
        let order = [left, right].concat();
        let leaves = [leaf(0..middle, 0.5), leaf(middle..order.len(), -0.25)].concat();
        let mut chances = Chances::new(&[0.5, 0.5], order.len());
        chances.add(0, &order, &leaves);
        for row in 0..order.len() {
            let value: f64 = if row % 3 == 0 { 0.5 } else { -0.25 };
            let odds = libm::exp(value);
            assert_eq!(chances.of(0).probability(row), odds / (1.0 + odds));
        }
    }

    #[test]
    fn probabilities_of_several_classes_follow_scores() {
        let mut chances = Chances::new(&[0.2, 0.3, 0.5], 1);
        chances.add(0, &[0], &leaf(0..1, 0.7));
        assert_eq!(chances.of(1).probability(0), 0.3);
        chances.start_round();
        let weight = 0.2 * libm::exp(0.7);
        let expected = weight / (weight + 0.8);
        assert!((chances.of(0).probability(0) - expected).abs() < 1e-15);
    }
}
