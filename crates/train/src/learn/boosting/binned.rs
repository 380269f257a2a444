//! Step 1, the columns: values become codes in their order, once for all trees.

use rayon::prelude::*;

use super::PARALLEL_ROWS_MIN;
use super::distinct_rows::DistinctRows;
use super::strips::{Strips, counts};
use crate::data::Matrix;
use crate::learn::FitError;
use crate::learn::cart::{Codes, Column, single_precision};

/// Rows that a value needs for a bin of its own where values share bins.
const BIN_ROWS_MIN: usize = 3;

/// Rows that quantiles are taken from, at most.
const SAMPLE_ROWS_MAX: usize = 200_000;

/// What becomes of a column of more than 256 distinct values.
#[derive(Debug, Clone, Copy)]
pub(in crate::learn) enum ManyValues {
    /// Its rows are sorted by them.
    Sort,
    /// They share so many bins, at most 255; rare values share a bin in every column.
    Bins(usize),
}

/// Columns in the forms that trees grow from. Constant columns, which cannot be cut, are left
/// out.
#[derive(Debug, Clone)]
pub(in crate::learn) struct Binned {
    /// Columns whose codes are in the strips.
    pub(in crate::learn) columns: Vec<BinnedColumn>,
    /// One row a group of equal rows.
    pub(in crate::learn) strips: Strips,
    pub(in crate::learn) rows: DistinctRows,
    /// Columns of many values; then no rows are merged.
    pub(in crate::learn) wide: Vec<WideColumn>,
}

/// A column of few values, or of few bins.
#[derive(Debug, Clone)]
pub(in crate::learn) struct BinnedColumn {
    /// Index of the column in the matrix.
    pub(in crate::learn) column: usize,
    /// The distinct values, ascending; of a column of many values the largest of each bin.
    pub(in crate::learn) values: Vec<f32>,
    /// Between each bin and the next: what is at or below it belongs to the earlier one.
    pub(in crate::learn) thresholds: Vec<f64>,
}

/// A column of many values: its rows in the order of their values.
#[derive(Debug, Clone)]
pub(in crate::learn) struct WideColumn {
    /// Index of the column in the matrix.
    pub(in crate::learn) column: usize,
    /// Rows with their values, ascending by value, then by row.
    pub(in crate::learn) sorted: Vec<Entry>,
}

/// A row and its value in one column.
#[derive(Debug, Clone, Copy)]
pub(in crate::learn) struct Entry {
    pub(in crate::learn) value: f32,
    pub(in crate::learn) row: u32,
}

enum Coded {
    Narrow(BinnedColumn, Vec<u8>),
    Wide(WideColumn),
}

impl Binned {
    /// Codes the columns and merges equal rows.
    ///
    /// # Errors
    /// [`FitError::NotFinite`] for a value that is missing or too large for single precision.
    pub(in crate::learn) fn new(x: &Matrix, many: ManyValues) -> Result<Self, FitError> {
        let code = |(column, values): (usize, &Vec<f64>)| Coded::new(column, values, many);
        let coded: Vec<Coded> = if x.row_count() < PARALLEL_ROWS_MIN {
            x.columns().iter().enumerate().map(code).collect::<Result<_, _>>()?
        } else {
            x.columns().par_iter().enumerate().map(code).collect::<Result<_, _>>()?
        };
        let (mut columns, mut codes, mut wide) = (Vec::new(), Vec::new(), Vec::new());
        for coded in coded {
            match coded {
                Coded::Narrow(column, _) if column.values.len() < 2 => {}
                Coded::Narrow(column, bins) => {
                    columns.push(column);
                    codes.push(bins);
                }
                Coded::Wide(column) => wide.push(column),
            }
        }
        let counts = counts(&columns);
        let row_count = x.row_count();
        let coded: Vec<(usize, &[u8])> =
            counts.iter().copied().zip(codes.iter().map(Vec::as_slice)).collect();
        let rows = if wide.is_empty() {
            DistinctRows::new(row_count, &coded)
        } else {
            DistinctRows::alone(row_count)
        };
        let mut strips = Strips::new(&counts, rows.group_count());
        for (column, codes) in codes.into_iter().enumerate() {
            strips.set(column, rows.select(&codes));
        }
        Ok(Self { columns, strips, rows, wide })
    }
}

impl Coded {
    fn new(column: usize, values: &[f64], many: ManyValues) -> Result<Self, FitError> {
        let values = single_precision(column, values)?;
        Ok(match (Column::narrow(&values), many) {
            (Some(Column { mut values, codes: Codes::Narrow(mut codes) }), many) => {
                let mut thresholds: Vec<f64> =
                    values.windows(2).map(|pair| middle(pair[0], pair[1])).collect();
                if let ManyValues::Bins(_) = many {
                    join_rare(&mut values, &mut thresholds, &mut codes);
                }
                Self::Narrow(BinnedColumn { column, values, thresholds }, codes)
            }
            (_, ManyValues::Sort) => {
                let mut sorted: Vec<Entry> =
                    (0u32..).zip(&values).map(|(row, &value)| Entry { value, row }).collect();
                sorted.sort_unstable_by(|left, right| {
                    left.value.total_cmp(&right.value).then(left.row.cmp(&right.row))
                });
                Self::Wide(WideColumn { column, sorted })
            }
            (_, ManyValues::Bins(bins_max)) => {
                let ends = quantiles(&values, bins_max);
                let codes = codes(&values, &ends);
                let thresholds = ends.iter().map(|&end| f64::from(end)).collect();
                let values = ends.into_iter().chain([f32::MAX]).collect();
                Self::Narrow(BinnedColumn { column, values, thresholds }, codes)
            }
        })
    }
}

/// Joins each value with those above it until they have [`BIN_ROWS_MIN`] rows (in LightGBM
/// `min_data_in_bin`).
fn join_rare(values: &mut Vec<f32>, thresholds: &mut Vec<f64>, codes: &mut [u8]) {
    let mut row_counts = [0usize; 256];
    codes.iter().for_each(|&code| row_counts[usize::from(code)] += 1);
    let mut bin_of = [0u8; 256];
    let (mut bin, mut rows) = (0, 0);
    for (code, count) in row_counts[..values.len()].iter().enumerate() {
        // There are no more bins than codes.
        bin_of[code] = bin as u8;
        values[bin] = values[code];
        rows += count;
        if rows >= BIN_ROWS_MIN && code < thresholds.len() {
            thresholds[bin] = thresholds[code];
            (bin, rows) = (bin + 1, 0);
        }
    }
    values.truncate(bin + 1);
    thresholds.truncate(bin);
    codes.iter_mut().for_each(|code| *code = bin_of[usize::from(*code)]);
}

/// Between this value and the next one: a threshold that parts them.
pub(in crate::learn) fn middle(below: f32, above: f32) -> f64 {
    // Halved first: the sum of two large values would overflow in single precision, and the
    // middle of two singles is exact in double precision.
    f64::from(below) / 2.0 + f64::from(above) / 2.0
}

/// What parts a column into at most `bins_max` bins with nearly equally many rows each; equal
/// values share a bin. Taken from a sample of the rows at even distances.
fn quantiles(values: &[f32], bins_max: usize) -> Vec<f32> {
    let step = values.len().div_ceil(SAMPLE_ROWS_MAX);
    let mut sample: Vec<f32> = values.iter().step_by(step).copied().collect();
    sample.sort_unstable_by(f32::total_cmp);
    let mut ends: Vec<f32> = Vec::new();
    for part in 1..bins_max {
        let end = sample[part * sample.len() / bins_max];
        let above = sample.partition_point(|&value| value <= end);
        if let Some(&above) = sample.get(above) {
            let end = rounded_down(middle(end, above));
            if ends.last() != Some(&end) {
                ends.push(end);
            }
        }
    }
    ends
}

/// The largest single that is not above a number.
fn rounded_down(number: f64) -> f32 {
    let nearest = number as f32;
    if f64::from(nearest) > number { nearest.next_down() } else { nearest }
}

/// The bin of each value: how many ends are smaller.
fn codes(values: &[f32], ends: &[f32]) -> Vec<u8> {
    // A search of eight steps in a table of fixed size, without branches.
    let mut table = [f32::INFINITY; 256];
    table[..ends.len()].copy_from_slice(ends);
    let code = |&value: &f32| {
        let mut below = 0usize;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            below += step * usize::from(table[(below + step - 1) % 256] < value);
        }
        // There are at most 254 ends.
        below as u8
    };
    values.iter().map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_follow_the_thresholds() {
        let pick = |count: u32, step: u32| -> Vec<f64> {
            (0..3000u32).map(|row| f64::from(row * step / 7 % count) / 3.0).collect()
        };
        let x = Matrix::new(vec![pick(2, 1), pick(80, 3), pick(1, 1), pick(1900, 9)]).unwrap();
        let binned = Binned::new(&x, ManyValues::Bins(255)).unwrap();
        assert_eq!(binned.columns.iter().map(|it| it.column).collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(binned.columns[2].thresholds.len(), 254);
        for (index, column) in binned.columns.iter().enumerate() {
            assert!(column.thresholds.windows(2).all(|pair| pair[0] < pair[1]));
            for (bin, threshold) in column.thresholds.iter().enumerate() {
                let at_most = binned.strips.at_most(index, bin as u8);
                for (row, &value) in x.columns()[column.column].iter().enumerate() {
                    let is_left = f64::from(value as f32) <= *threshold;
                    let group = binned.rows.group(row) as u32;
                    assert_eq!(at_most.holds(group), is_left, "{value} {threshold}");
                }
            }
        }
    }

    #[test]
    fn columns_of_many_values_are_sorted_on_demand() {
        let column: Vec<f64> = (0..600).map(|row| f64::from(row * 7 % 600)).collect();
        let binned = Binned::new(&Matrix::new(vec![column]).unwrap(), ManyValues::Sort).unwrap();
        assert!(binned.columns.is_empty());
        assert!(binned.wide[0].sorted.is_sorted_by(|left, right| left.value < right.value));
    }

    #[test]
    fn values_must_be_finite() {
        for value in [f64::NAN, 1e39] {
            let x = Matrix::new(vec![vec![1.0, value]]).unwrap();
            let found = Binned::new(&x, ManyValues::Sort);
            assert!(matches!(found, Err(FitError::NotFinite { column: 0, row: 1, .. })));
        }
    }
}
