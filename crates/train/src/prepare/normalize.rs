use modelseal_model::{Normalization, Transform};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::mean;
use super::quantile::{quantile, sorted};
use crate::data::Matrix;

/// How columns are brought to one scale. A column whose scale would be 0 is not divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormalizeMethod {
    /// Training mean 0 and population standard deviation (divided by n) 1.
    #[default]
    Zscore,
    /// Smallest training value 0, largest 1.
    Minmax,
    /// Largest magnitude of a training value 1; nothing is subtracted.
    Maxabs,
    /// Training median 0, distance from the lower to the upper quartile 1.
    Robust,
}

/// A column whose spread is beyond what a double can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("column {column}: its values are too large to be brought to one scale")]
pub struct TooLarge {
    /// Index of the column.
    pub column: usize,
}

/// Fits the step that brings columns to one scale. No value may be missing.
///
/// # Errors
/// [`TooLarge`] when center or scale of a column is not a finite number.
pub fn normalize(train: &Matrix, method: NormalizeMethod) -> Result<Transform, TooLarge> {
    let mut centers = Vec::with_capacity(train.column_count());
    let mut scales = Vec::with_capacity(train.column_count());
    for (position, column) in train.columns().iter().enumerate() {
        let (center, scale) = match method {
            NormalizeMethod::Zscore => zscore(column),
            NormalizeMethod::Minmax => minmax(column),
            NormalizeMethod::Maxabs => maxabs(column),
            NormalizeMethod::Robust => robust(column),
        };
        if !center.is_finite() || !scale.is_finite() {
            return Err(TooLarge { column: position });
        }
        centers.push(center);
        scales.push(if scale > 0.0 { scale } else { 1.0 });
    }
    let method = match method {
        NormalizeMethod::Zscore => Normalization::Zscore,
        NormalizeMethod::Minmax => Normalization::Minmax,
        NormalizeMethod::Maxabs => Normalization::Maxabs,
        NormalizeMethod::Robust => Normalization::Robust,
    };
    Ok(Transform::Normalize { method, center: centers, scale: scales })
}

fn zscore(column: &[f64]) -> (f64, f64) {
    let center = mean(column).unwrap_or(0.0);
    let squares: f64 = column.iter().map(|value| (value - center) * (value - center)).sum();
    (center, (squares / column.len().max(1) as f64).sqrt())
}

fn minmax(column: &[f64]) -> (f64, f64) {
    let Some((&first, rest)) = column.split_first() else { return (0.0, 0.0) };
    let (low, high) =
        rest.iter().fold((first, first), |(low, high), &value| (low.min(value), high.max(value)));
    (low, high - low)
}

fn maxabs(column: &[f64]) -> (f64, f64) {
    (0.0, column.iter().fold(0.0, |largest: f64, value| largest.max(value.abs())))
}

fn robust(column: &[f64]) -> (f64, f64) {
    let sorted = sorted(column);
    let at = |share| quantile(&sorted, share).unwrap_or(0.0);
    (at(0.5), at(0.75) - at(0.25))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected numbers by hand; quartiles of 1, 2, 3, 4, 10 are 2 and 4.
    #[test]
    fn each_method_has_its_own_scale() {
        let train =
            Matrix::new(vec![vec![4.0, 1.0, 10.0, 2.0, 3.0], vec![-2.0; 5], vec![0.0; 5]]).unwrap();
        let fitted = |method| match normalize(&train, method).unwrap() {
            Transform::Normalize { center, scale, .. } => (center, scale),
            _ => panic!("not a normalisation"),
        };
        let (center, scale) = fitted(NormalizeMethod::Zscore);
        assert_eq!(center, [4.0, -2.0, 0.0]);
        assert_eq!(scale, [10.0_f64.sqrt(), 1.0, 1.0]);
        assert_eq!(fitted(NormalizeMethod::Minmax), (vec![1.0, -2.0, 0.0], vec![9.0, 1.0, 1.0]));
        assert_eq!(fitted(NormalizeMethod::Maxabs), (vec![0.0; 3], vec![10.0, 2.0, 1.0]));
        assert_eq!(fitted(NormalizeMethod::Robust), (vec![3.0, -2.0, 0.0], vec![2.0, 1.0, 1.0]));
        let huge = Matrix::new(vec![vec![1e308, -1e308]]).unwrap();
        assert_eq!(normalize(&huge, NormalizeMethod::Minmax), Err(TooLarge { column: 0 }));
    }
}
