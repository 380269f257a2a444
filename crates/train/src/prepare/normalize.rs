use modelseal_model::{Normalization, Transform};
use thiserror::Error;

use super::mean;
use crate::data::Matrix;

/// A column whose spread is beyond what a double can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("column {column}: its values are too large to be brought to one scale")]
pub struct TooLarge {
    /// Index of the column.
    pub column: usize,
}

/// Fits the z-score: training mean 0, population standard deviation (divided by n) 1.
///
/// A constant column has scale 1: it is only centred. No value may be missing.
///
/// # Errors
/// [`TooLarge`] when mean or deviation of a column is not a finite number.
pub fn normalize_zscore(train: &Matrix) -> Result<Transform, TooLarge> {
    let mut centers = Vec::with_capacity(train.column_count());
    let mut scales = Vec::with_capacity(train.column_count());
    for (position, column) in train.columns().iter().enumerate() {
        let center = mean(column).unwrap_or(0.0);
        let squares: f64 = column.iter().map(|value| (value - center) * (value - center)).sum();
        let deviation = (squares / column.len().max(1) as f64).sqrt();
        if !center.is_finite() || !deviation.is_finite() {
            return Err(TooLarge { column: position });
        }
        centers.push(center);
        scales.push(if deviation > 0.0 { deviation } else { 1.0 });
    }
    Ok(Transform::Normalize { method: Normalization::Zscore, center: centers, scale: scales })
}
