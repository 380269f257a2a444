use serde::{Deserialize, Serialize};

/// Options of a run, under the names that the published walk-through uses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setup {
    /// Seed of everything random. Default 42.
    pub session_id: u32,
    /// Share of the rows to learn from, between 0 and 1. Default 0.7.
    pub train_size: f64,
    /// Whether both parts get the same share of each class. Default true.
    pub data_split_stratify: bool,
    /// What replaces a missing number. Default `mean`.
    pub numeric_imputation: NumericImputation,
    /// Whether columns are brought to one scale. Default true.
    pub normalize: bool,
    /// How columns are brought to one scale. Default `zscore`.
    pub normalize_method: NormalizeMethod,
}

/// What replaces a missing number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumericImputation {
    /// The mean of the training values that are present.
    #[default]
    Mean,
}

/// How columns are brought to one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormalizeMethod {
    /// Training mean 0 and population standard deviation 1.
    #[default]
    Zscore,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            session_id: 42,
            train_size: 0.7,
            data_split_stratify: true,
            numeric_imputation: NumericImputation::Mean,
            normalize: true,
            normalize_method: NormalizeMethod::Zscore,
        }
    }
}
