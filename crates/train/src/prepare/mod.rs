//! Preparation: what happens to a row before the learner sees it.
//!
//! Each step is fitted on the training rows alone. Steps that change values are
//! [`Transform`]s of `modelseal-model`, numbers column by column, so that serving applies the very
//! same ones; [`apply`] does to a whole matrix what [`Transform::apply`] does to one row,
//! bit for bit. Steps that drop columns leave the other columns' numbers as they are
//! ([`restrict`]); steps that drop or add rows concern training alone.

mod bundles;
mod impute;
mod isolation_forest;
mod multicollinearity;
mod normalize;
mod one_hot;
mod quantile;
mod select;
mod smote;

pub use bundles::bundled;
pub use impute::{Fill, NumericImputation, impute};
pub use isolation_forest::{IsolationForest, average_path, inliers};
pub use multicollinearity::{Collinear, collinear};
pub use normalize::{NormalizeMethod, TooLarge, normalize};
pub use one_hot::one_hot;
pub use quantile::quantile;
pub use select::{anova_f, best_columns, ranking};
pub use smote::{NEIGHBOURS, smote};

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
        Transform::OneHot { levels } => {
            let columns = std::mem::take(matrix).into_columns().into_iter().zip(levels);
            let spread = columns.flat_map(|(column, levels)| {
                if levels.is_empty() {
                    return vec![column];
                }
                let indicator = |&level: &f64| -> Vec<f64> {
                    column.iter().map(|&value| f64::from(value == level)).collect()
                };
                levels.iter().map(indicator).collect()
            });
            // No column changed its length.
            *matrix = Matrix::new(spread.collect()).unwrap_or_default();
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

/// The fitted step when only these of the columns that it leaves are wanted, in ascending order,
/// and the positions of the columns that it then needs.
///
/// # Panics
/// When an index is not below the number of columns that the step leaves.
pub fn restrict(transform: &Transform, kept: &[usize]) -> (Transform, Vec<usize>) {
    let pick = |numbers: &[f64]| kept.iter().map(|&column| numbers[column]).collect();
    let restricted = match transform {
        Transform::Impute { method, fill } => {
            Transform::Impute { method: *method, fill: pick(fill) }
        }
        Transform::OneHot { levels } => {
            let (levels, columns) = one_hot::restricted(levels, kept);
            return (Transform::OneHot { levels }, columns);
        }
        Transform::Normalize { method, center, scale } => {
            Transform::Normalize { method: *method, center: pick(center), scale: pick(scale) }
        }
    };
    (restricted, kept.to_vec())
}

/// The mean of numbers that are not NaN, `None` when there are none.
///
/// Taken as the first number plus the mean distance from it: exact for a constant column,
/// and without loss for numbers far from zero.
pub(crate) fn mean(numbers: &[f64]) -> Option<f64> {
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
        let fill = impute(&raw, NumericImputation::Mean, &[false; 3]);
        assert_eq!(fill.empty_columns, [2]);
        let mut matrix = raw.clone();
        apply(&fill.transform, &mut matrix);
        let normalize = normalize(&matrix, NormalizeMethod::Zscore).unwrap();
        apply(&normalize, &mut matrix);
        for row in 0..4 {
            let mut expected: Vec<f64> = raw.columns().iter().map(|column| column[row]).collect();
            fill.transform.apply(&mut expected);
            normalize.apply(&mut expected);
            let found: Vec<f64> = matrix.columns().iter().map(|column| column[row]).collect();
            assert_eq!(found, expected);
            // Fewer columns, the same numbers.
            let mut some: Vec<f64> = [0, 2].map(|column| raw.columns()[column][row]).to_vec();
            restrict(&fill.transform, &[0, 2]).0.apply(&mut some);
            restrict(&normalize, &[0, 2]).0.apply(&mut some);
            assert_eq!(some, [expected[0], expected[2]]);
        }
        // Constant columns become exactly zero.
        assert_eq!(matrix.columns()[1..], [vec![0.0; 4], vec![0.0; 4]]);
    }
}
