use modelseal_model::{Imputation, Transform};

use super::mean;
use crate::data::Matrix;

/// A fitted mean imputation.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanFill {
    /// The step itself.
    pub transform: Transform,
    /// Columns in which every value is missing; they are filled with 0 and carry nothing.
    pub empty_columns: Vec<usize>,
}

/// Fits the replacement of missing values by the mean of the values that are present.
pub fn impute_mean(train: &Matrix) -> MeanFill {
    let means: Vec<Option<f64>> = train.columns().iter().map(|column| mean(column)).collect();
    MeanFill {
        empty_columns: (0..means.len()).filter(|&column| means[column].is_none()).collect(),
        transform: Transform::Impute {
            method: Imputation::Mean,
            fill: means.into_iter().map(|mean| mean.unwrap_or(0.0)).collect(),
        },
    }
}
