//! Step 1, the columns: every distinct value (in single precision) gets a code.
//!
//! Codes stand in the order of the values, so that a cut between two values is a cut between
//! two codes. Found once; all trees of a fit share them.

use crate::data::Matrix;
use crate::learn::FitError;

/// Distinct values whose codes fit one byte.
pub(super) const NARROW_MAX: usize = 256;

/// Slots of the table that finds a value's code: four for each value.
const SLOTS: usize = 4 * NARROW_MAX;

/// One column, every value replaced by its code.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// The distinct values, ascending.
    pub(crate) values: Vec<f32>,
    /// One code a row.
    pub(crate) codes: Codes,
}

/// Indices into [`Column::values`].
#[derive(Debug, Clone)]
pub(crate) enum Codes {
    /// At most 256 distinct values.
    Narrow(Vec<u8>),
    /// More.
    Wide(Vec<u32>),
}

impl Codes {
    /// The code of one row.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> u32 {
        match self {
            Self::Narrow(codes) => u32::from(codes[row]),
            Self::Wide(codes) => codes[row],
        }
    }

    /// The codes of these rows.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Narrow(codes) => {
                Self::Narrow(rows.iter().map(|&row| codes[row as usize]).collect())
            }
            Self::Wide(codes) => Self::Wide(rows.iter().map(|&row| codes[row as usize]).collect()),
        }
    }
}

/// Codes all columns.
///
/// # Errors
/// [`FitError::NotFinite`] for a value that is missing or too large for single precision.
pub(crate) fn code_columns(x: &Matrix) -> Result<Vec<Column>, FitError> {
    x.columns().iter().enumerate().map(|(index, values)| Column::new(index, values)).collect()
}

impl Column {
    fn new(column: usize, values: &[f64]) -> Result<Self, FitError> {
        let singles = single_precision(column, values)?;
        Ok(Self::narrow(&singles).unwrap_or_else(|| wide(&singles)))
    }

    /// Codes by a table from bits to codes: no search, and no sort but that of the distinct
    /// values. `None` when there are too many of them.
    pub(crate) fn narrow(values: &[f32]) -> Option<Self> {
        let mut found: Vec<f32> = Vec::new();
        // In the order of appearance; 0 is an empty slot.
        let mut slots = vec![0u16; SLOTS];
        let mut codes = Vec::with_capacity(values.len());
        for &value in values {
            let mut slot = (value.to_bits().wrapping_mul(0x9e37_79b1) >> 22) as usize % SLOTS;
            let code = loop {
                match slots[slot] {
                    0 if found.len() == NARROW_MAX => return None,
                    0 => {
                        found.push(value);
                        // At most 256.
                        slots[slot] = found.len() as u16;
                        break found.len() - 1;
                    }
                    taken if found[usize::from(taken) - 1] == value => {
                        break usize::from(taken) - 1;
                    }
                    _ => slot = (slot + 1) % SLOTS,
                }
            };
            codes.push(code as u8);
        }
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_unstable_by(|&left, &right| found[left].total_cmp(&found[right]));
        let mut rank = [0u8; NARROW_MAX];
        for (place, &appearance) in order.iter().enumerate() {
            rank[appearance] = place as u8;
        }
        for code in &mut codes {
            *code = rank[usize::from(*code)];
        }
        let values = order.into_iter().map(|appearance| found[appearance]).collect();
        Some(Self { values, codes: Codes::Narrow(codes) })
    }
}

/// The values in single precision; zeros of both signs are one value.
///
/// # Errors
/// [`FitError::NotFinite`] for a value that is missing or too large.
pub(crate) fn single_precision(column: usize, values: &[f64]) -> Result<Vec<f32>, FitError> {
    let convert = |(row, &value): (usize, &f64)| {
        let single = value as f32;
        // Adding 0 turns -0 into 0.
        if single.is_finite() {
            Ok(single + 0.0)
        } else {
            Err(FitError::NotFinite { column, row, value })
        }
    };
    values.iter().enumerate().map(convert).collect()
}

fn wide(values: &[f32]) -> Column {
    let mut distinct = values.to_vec();
    distinct.sort_unstable_by(f32::total_cmp);
    distinct.dedup();
    // A table has fewer rows than u32 can count.
    let code = |value: &f32| distinct.partition_point(|other| other < value) as u32;
    let codes = values.iter().map(code).collect();
    Column { values: distinct, codes: Codes::Wide(codes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_the_order_of_the_values() {
        for count in [1u32, 2, 5, 256, 257, 999] {
            let values: Vec<f64> =
                (0..1000u32).map(|row| f64::from(row * 7919 % count) / 3.0 - 50.0).collect();
            let x = Matrix::new(vec![values.clone()]).unwrap();
            let column = &code_columns(&x).unwrap()[0];
            assert_eq!(column.values.len(), count as usize);
            assert!(column.values.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!(matches!(column.codes, Codes::Narrow(_)), count <= 256);
            for (row, &value) in values.iter().enumerate() {
                assert_eq!(column.values[column.codes.at(row) as usize], value as f32);
            }
        }
    }

    #[test]
    fn zeros_of_both_signs_are_one_value() {
        let x = Matrix::new(vec![vec![0.0, -0.0, 1.0]]).unwrap();
        assert_eq!(code_columns(&x).unwrap()[0].values, [0.0, 1.0]);
    }

    #[test]
    fn values_must_be_finite() {
        for value in [f64::NAN, 1e39] {
            let x = Matrix::new(vec![vec![1.0, value]]).unwrap();
            assert!(matches!(code_columns(&x), Err(FitError::NotFinite { column: 0, row: 1, .. })));
        }
    }
}
