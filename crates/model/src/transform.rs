//! Fitted preparation of a row: missing values filled, words spread, columns brought to one scale.

use serde::{Deserialize, Serialize};

use crate::{InvalidModel, Limits};

/// One fitted step. Steps are applied in the order in which the model lists them.
#[derive(Debug, Clone, PartialEq)]
pub enum Transform {
    /// Replaces a missing value (NaN) by its column's fill value.
    Impute {
        /// How the fill values were computed.
        method: Imputation,
        /// One fill value a column.
        fill: Vec<f64>,
    },
    /// Replaces a column by one column for each of its levels, in its place and in their order:
    /// 1 where the value is the level, else 0. A value that is no level gives zeros only.
    OneHot {
        /// One list a column of the row: its levels, ascending. A column without levels stays.
        levels: Vec<Vec<f64>>,
    },
    /// Replaces `x` by `(x - center) / scale`, column by column.
    Normalize {
        /// How center and scale were computed.
        method: Normalization,
        /// One value a column, subtracted.
        center: Vec<f64>,
        /// One value a column, divided by; never zero.
        scale: Vec<f64>,
    },
}

/// Where the fill value of a missing number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Imputation {
    /// The mean of the training values that are present.
    Mean,
    /// Their median.
    Median,
    /// The most frequent of them, the smallest of equally frequent ones.
    Mode,
    /// A number that was given.
    Constant,
}

/// How columns are brought to one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalization {
    /// Training mean 0 and population standard deviation 1; a constant column is only centred.
    Zscore,
    /// Training values from 0 to 1.
    Minmax,
    /// Largest magnitude of the training values 1; nothing is subtracted.
    Maxabs,
    /// Training median 0, distance between the quartiles 1.
    Robust,
}

impl Transform {
    /// Applies the step to one row: one value a column that the steps before leave.
    pub fn apply(&self, row: &mut Vec<f64>) {
        match self {
            Self::Impute { fill, .. } => {
                for (value, &fill) in row.iter_mut().zip(fill) {
                    if value.is_nan() {
                        *value = fill;
                    }
                }
            }
            Self::OneHot { levels } => {
                let mut wide = Vec::with_capacity(self.width(row.len()));
                for (&value, levels) in row.iter().zip(levels) {
                    if levels.is_empty() {
                        wide.push(value);
                    }
                    wide.extend(levels.iter().map(|&level| f64::from(level == value)));
                }
                *row = wide;
            }
            Self::Normalize { center, scale, .. } => {
                for (value, (&center, &scale)) in row.iter_mut().zip(center.iter().zip(scale)) {
                    *value = (*value - center) / scale;
                }
            }
        }
    }

    /// The columns that the step makes of `column_count` columns.
    fn width(&self, column_count: usize) -> usize {
        match self {
            Self::OneHot { levels } => levels.iter().map(|levels| levels.len().max(1)).sum(),
            Self::Impute { .. } | Self::Normalize { .. } => column_count,
        }
    }

    /// The lengths that the step's arrays must have, and a check that they are usable.
    ///
    /// # Errors
    /// A sentence that names the array and what is wrong with it.
    fn validate(&self, column_count: usize) -> Result<(), String> {
        match self {
            Self::Impute { fill, .. } => check_array("impute.fill", fill, column_count),
            Self::OneHot { levels } => {
                check_length("one_hot.levels", levels.len(), column_count)?;
                for (column, levels) in levels.iter().enumerate() {
                    check_finite("one_hot.levels", levels)?;
                    if !levels.is_sorted_by(|left, right| left < right) {
                        return Err(format!("one_hot.levels: column {column} is not ascending"));
                    }
                }
                Ok(())
            }
            Self::Normalize { center, scale, .. } => {
                check_array("normalize.center", center, column_count)?;
                check_array("normalize.scale", scale, column_count)?;
                if scale.contains(&0.0) {
                    return Err("normalize.scale holds a zero; it is divided by".to_owned());
                }
                Ok(())
            }
        }
    }
}

/// The columns that steps, one after another, make of the features, when each step fits what
/// those before it leave.
pub(crate) fn prepared_width(
    transforms: &[Transform],
    feature_count: usize,
    limits: &Limits,
) -> Result<usize, InvalidModel> {
    let mut width = feature_count;
    for (position, transform) in transforms.iter().enumerate() {
        let checked = transform.validate(width);
        checked.map_err(|why| InvalidModel::Transform { position, why })?;
        width = transform.width(width);
        limits.check_columns(width)?;
    }
    Ok(width)
}

fn check_array(name: &str, array: &[f64], column_count: usize) -> Result<(), String> {
    check_length(name, array.len(), column_count)?;
    check_finite(name, array)
}

fn check_length(name: &str, found: usize, column_count: usize) -> Result<(), String> {
    if found == column_count {
        return Ok(());
    }
    Err(format!("{name} has {found} values, expected one for each of {column_count} features"))
}

fn check_finite(name: &str, array: &[f64]) -> Result<(), String> {
    match array.iter().position(|value| !value.is_finite()) {
        Some(position) => Err(format!("{name}[{position}] is not a finite number")),
        None => Ok(()),
    }
}
