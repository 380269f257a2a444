//! Fitted preparation of a row: missing values filled, columns brought to one scale.

use serde::{Deserialize, Serialize};

/// One fitted step. Steps are applied in the order in which the model lists them.
#[derive(Debug, Clone, PartialEq)]
pub enum Transform {
    /// Replaces a missing value (NaN) by its column's fill value.
    Impute {
        /// How the fill values were computed.
        method: Imputation,
        /// One fill value a feature.
        fill: Vec<f64>,
    },
    /// Replaces `x` by `(x - center) / scale`, column by column.
    Normalize {
        /// How center and scale were computed.
        method: Normalization,
        /// One value a feature, subtracted.
        center: Vec<f64>,
        /// One value a feature, divided by; never zero.
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
    /// Applies the step to one row of as many values as the model has features.
    pub fn apply(&self, row: &mut [f64]) {
        match self {
            Self::Impute { fill, .. } => {
                for (value, &fill) in row.iter_mut().zip(fill) {
                    if value.is_nan() {
                        *value = fill;
                    }
                }
            }
            Self::Normalize { center, scale, .. } => {
                for (value, (&center, &scale)) in row.iter_mut().zip(center.iter().zip(scale)) {
                    *value = (*value - center) / scale;
                }
            }
        }
    }

    /// The length that the step's arrays must have, and a check that they are usable.
    ///
    /// # Errors
    /// A sentence that names the array and what is wrong with it.
    pub(crate) fn validate(&self, feature_count: usize) -> Result<(), String> {
        let arrays: &[(&str, &[f64])] = match self {
            Self::Impute { fill, .. } => &[("impute.fill", fill)],
            Self::Normalize { center, scale, .. } => {
                &[("normalize.center", center), ("normalize.scale", scale)]
            }
        };
        for (name, array) in arrays {
            if array.len() != feature_count {
                return Err(format!(
                    "{name} has {} values, expected one for each of {feature_count} features",
                    array.len()
                ));
            }
            if let Some(position) = array.iter().position(|value| !value.is_finite()) {
                return Err(format!("{name}[{position}] is not a finite number"));
            }
        }
        match self {
            Self::Normalize { scale, .. } if scale.contains(&0.0) => {
                Err("normalize.scale holds a zero; it is divided by".to_owned())
            }
            _ => Ok(()),
        }
    }
}
