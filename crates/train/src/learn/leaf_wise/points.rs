//! Step 2: gradient and curvature of the log loss at every row, as whole numbers.
//!
//! Sums of whole numbers are exact: they do not depend on the order of the rows, and what
//! remains of a node without one of its sides is what the other side sums to. The unit is so
//! small that the sum over all rows just fits 64 bits: for a million rows 2^-42 of a gradient,
//! where single precision, which LightGBM adds up, has steps of 2^-24. Curvature and number of
//! rows share a word, with 2^-26 as the unit of the curvature of a million rows.

use rayon::prelude::*;

use crate::learn::boosting::chances::Chances;
use crate::learn::boosting::histogram::Sum;
use crate::learn::boosting::{PARALLEL_ROWS_MIN, Weights};

/// Rows whose sums are sure to fit.
pub(super) const ROWS_MAX: usize = i32::MAX as usize;

/// Sums over rows, in [`Units`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    gradient: i64,
    /// The number of rows in the high bits, the curvature below.
    rows_and_curvature: u64,
}

impl Sum for Cell {
    #[inline]
    fn plus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient.wrapping_add(other.gradient),
            rows_and_curvature: self.rows_and_curvature.wrapping_add(other.rows_and_curvature),
        }
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient.wrapping_sub(other.gradient),
            rows_and_curvature: self.rows_and_curvature.wrapping_sub(other.rows_and_curvature),
        }
    }
}

impl Cell {
    /// Whether it has no row.
    #[inline]
    pub(super) fn is_empty(self) -> bool {
        // A row has a curvature of at least one unit.
        self.rows_and_curvature == 0
    }
}

/// What the whole numbers of a [`Cell`] stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Units {
    gradients_per_unit: f64,
    curvatures_per_unit: f64,
    /// Bits of the curvature.
    shift: u32,
}

impl Units {
    /// For at most [`ROWS_MAX`] rows of this total weight, and `outputs` outputs.
    pub(super) fn new(row_count: usize, weight: f64, outputs: usize) -> Self {
        // No sum of gradients exceeds the weight; of curvatures, half of it. One bit is for
        // the sign, or for what rounding adds to every row.
        let bits = |largest: f64| libm::ceil(libm::log2(largest.max(1.0))) as i32 + 1;
        let shift = (row_count as u64 + 1).leading_zeros();
        let curvature = weight * factor(outputs) / 4.0;
        Self {
            gradients_per_unit: libm::ldexp(1.0, bits(weight) - 62),
            curvatures_per_unit: libm::ldexp(1.0, bits(curvature) + 1 - shift as i32),
            shift,
        }
    }

    #[inline]
    fn cell(self, gradient: f64, curvature: f64, rows: u32) -> Cell {
        if rows == 0 {
            return Cell::default();
        }
        let curvature = (curvature / self.curvatures_per_unit) as u64 + 1;
        Cell {
            gradient: (gradient / self.gradients_per_unit) as i64,
            rows_and_curvature: (u64::from(rows) << self.shift) + curvature,
        }
    }

    /// The sum of the gradients.
    #[inline]
    pub(super) fn gradient(self, cell: Cell) -> f64 {
        cell.gradient as f64 * self.gradients_per_unit
    }

    /// The sum of the curvatures.
    #[inline]
    pub(super) fn curvature(self, cell: Cell) -> f64 {
        let mask = (1u64 << self.shift) - 1;
        // Below 2^63: signed numbers are converted faster.
        (cell.rows_and_curvature & mask) as i64 as f64 * self.curvatures_per_unit
    }

    /// The number of rows.
    #[inline]
    pub(super) fn rows(self, cell: Cell) -> u64 {
        cell.rows_and_curvature >> self.shift
    }
}

/// Of more than two classes the curvature is scaled by K / (K - 1), as in LightGBM.
fn factor(outputs: usize) -> f64 {
    if outputs == 1 { 1.0 } else { outputs as f64 / (outputs as f64 - 1.0) }
}

/// Computes what the next tree of an output is grown on, one cell a group. `row_counts` are the
/// rows of each group that take part.
pub(super) fn compute(
    points: &mut [Cell],
    chances: &Chances,
    output: usize,
    weights: &Weights,
    row_counts: &[u32],
    units: Units,
) {
    let factor = factor(chances.output_count());
    let chances = chances.of(output);
    let (all, own) = (&weights.all, &weights.of_output[output]);
    let set = |(group, point): (usize, &mut Cell)| {
        let probability = chances.probability(group);
        let weight = all[group];
        let gradient = weight * probability - own[group];
        let curvature = weight * (factor * probability * (1.0 - probability));
        *point = units.cell(gradient, curvature, row_counts[group]);
    };
    if points.len() < PARALLEL_ROWS_MIN {
        points.iter_mut().enumerate().for_each(set);
    } else {
        points.par_iter_mut().enumerate().for_each(set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_fit_and_are_found_again() {
        for (rows, weight, outputs) in
            [(1, 1.0, 1), (300, 300.0, 3), (50_000, 1e9, 1), (ROWS_MAX, 4.3e9, 1)]
        {
            let units = Units::new(rows, weight, outputs);
            let curvature = weight * factor(outputs) / 4.0;
            let all = units.cell(-weight, curvature, rows as u32);
            assert_eq!(units.rows(all), rows as u64);
            assert!((units.gradient(all) + weight).abs() <= weight * 1e-15);
            let error = (units.curvature(all) - curvature).abs() / curvature;
            assert!(error < 1e-8, "{rows} rows: {error}");
            let one = units.cell(0.5, 1e-30, 1);
            assert!(!one.is_empty() && all.minus(all).is_empty());
            assert_eq!(units.rows(all.minus(one)), rows as u64 - 1);
        }
    }
}
