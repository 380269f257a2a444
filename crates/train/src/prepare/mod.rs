//! Preparation: what happens to a row before the learner sees it.
//!
//! Each step is fitted on the training rows alone and is a [`Transform`] of
//! `modelseal-model`, so that serving applies the very same numbers. [`apply`] does to a
//! whole matrix what [`Transform::apply`] does to one row, bit for bit.

mod impute;
mod normalize;

pub use impute::{MeanFill, impute_mean};
pub use normalize::{TooLarge, normalize_zscore};

use modelseal_model::Transform;

use crate::data::Matrix;

/// Applies a fitted step to all rows.
pub fn apply(transform: &Transform, matrix: &mut Matrix) {
    match transform {
        Transform::Impute { fill, .. } => {
            for (column, &fill) in matrix.columns_mut().zip(fill) {
                for value in column.iter_mut().filter(|value| value.is_nan()) {
                    *value = fill;
                }
            }
        }
        Transform::Normalize { center, scale, .. } => {
            for (column, (&center, &scale)) in matrix.columns_mut().zip(center.iter().zip(scale)) {
                for value in column {
                    *value = (*value - center) / scale;
                }
            }
        }
    }
}

/// The mean of numbers that are not NaN, `None` when there are none.
///
/// Taken as the first number plus the mean distance from it: exact for a constant column,
/// and without loss for numbers far from zero.
fn mean(numbers: &[f64]) -> Option<f64> {
    let mut present = numbers.iter().copied().filter(|number| !number.is_nan());
    let first = present.next()?;
    let (mut count, mut distance) = (1.0, 0.0);
    for number in present {
        count += 1.0;
        distance += number - first;
    }
    Some(first + distance / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_prepared_like_its_rows() {
        let raw = Matrix::new(vec![
            vec![1.0, f64::NAN, 4.0, 0.1],
            vec![0.1, 0.1, 0.1, 0.1],
            vec![f64::NAN; 4],
        ])
        .unwrap();
        let impute = impute_mean(&raw);
        assert_eq!(impute.empty_columns, [2]);
        let mut matrix = raw.clone();
        apply(&impute.transform, &mut matrix);
        let normalize = normalize_zscore(&matrix).unwrap();
        apply(&normalize, &mut matrix);
        for row in 0..4 {
            let mut expected: Vec<f64> = raw.columns().iter().map(|column| column[row]).collect();
            impute.transform.apply(&mut expected);
            normalize.apply(&mut expected);
            let found: Vec<f64> = matrix.columns().iter().map(|column| column[row]).collect();
            assert_eq!(found, expected);
        }
        // Constant columns become exactly zero.
        assert_eq!(matrix.columns()[1..], [vec![0.0; 4], vec![0.0; 4]]);
    }
}
