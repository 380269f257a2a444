use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use crate::prepare::{NormalizeMethod, NumericImputation};

/// Options of a run, under the names that the published walk-through uses.
///
/// Steps run in this order, each fitted on what the one before leaves: imputation, encoding of
/// words, multicollinearity, outliers, imbalance, normalisation, feature selection.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setup {
    /// Seed of everything random. Default 42.
    pub session_id: u32,
    /// Share of the rows to learn from, between 0 and 1. Default 0.7.
    pub train_size: f64,
    /// Whether both parts get the same share of each class. Default true.
    pub data_split_stratify: bool,
    /// What replaces a missing number. Default `mean`. A missing word is replaced by the most
    /// frequent one.
    pub numeric_imputation: NumericImputation,
    /// The most words that are encoded one-hot: a column of text that an input declares as a
    /// category of three words or more becomes one column a word. A category of more words, or
    /// of two, is its declared numbers (ordinal); a column of numbers always stays as it is.
    /// Default 25; 0 encodes all categories as ordinal, below 0 there is no limit.
    pub max_encoding_ohe: i32,
    /// Whether columns go that say nearly the same as another one. Default false.
    pub remove_multicollinearity: bool,
    /// Correlation from which on two columns say nearly the same. Default 0.9.
    pub multicollinearity_threshold: f64,
    /// Whether training rows go that stand apart from the others. Default false.
    pub remove_outliers: bool,
    /// The share of the training rows that goes. Default 0.05.
    pub outliers_threshold: f64,
    /// Whether training rows are made up until all classes have as many. Default false.
    pub fix_imbalance: bool,
    /// Whether columns are brought to one scale. Default true.
    pub normalize: bool,
    /// How columns are brought to one scale. Default `zscore`.
    pub normalize_method: NormalizeMethod,
    /// Whether only the most useful columns stay. Default false.
    pub feature_selection: bool,
    /// How the usefulness of a column is measured. Default `classic`.
    pub feature_selection_method: FeatureSelectionMethod,
    /// How many columns stay: below 1 a share of the inputs, rounded down, else a count; at
    /// least one stays. Default 0.2.
    pub n_features_to_select: f64,
    /// Parts of the cross-validation. Default 10.
    pub fold: u32,
}

/// How the usefulness of a column is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeatureSelectionMethod {
    /// How many splits of boosted trees (`lightgbm` with its defaults) use the column. Favours
    /// columns of many values.
    #[default]
    Classic,
    /// The F statistic of an analysis of variance, one column at a time.
    Univariate,
}

/// An option outside of its range.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("setup.{option}: {found} is not {expected}")]
pub struct SetupError {
    /// Name of the option.
    pub option: &'static str,
    /// The value found.
    pub found: f64,
    /// What it has to be.
    pub expected: &'static str,
}

impl Setup {
    /// Checks every option against its range; `train_size` is checked with the rows.
    ///
    /// # Errors
    /// [`SetupError`] for the first option that is outside.
    pub fn validate(&self) -> Result<(), SetupError> {
        let check = |option, found: f64, is_valid, expected| {
            if is_valid { Ok(()) } else { Err(SetupError { option, found, expected }) }
        };
        if let NumericImputation::Constant(number) = self.numeric_imputation {
            check("numeric_imputation", number, number.is_finite(), "a finite number")?;
        }
        let correlation = self.multicollinearity_threshold;
        check(
            "multicollinearity_threshold",
            correlation,
            correlation > 0.0 && correlation <= 1.0,
            "a correlation above 0 and up to 1",
        )?;
        let outliers = self.outliers_threshold;
        check(
            "outliers_threshold",
            outliers,
            outliers > 0.0 && outliers <= 0.5,
            "a share of the rows above 0 and up to 0.5",
        )?;
        let features = self.n_features_to_select;
        check(
            "n_features_to_select",
            features,
            features > 0.0 && features.is_finite() && (features < 1.0 || features.fract() == 0.0),
            "a share between 0 and 1 or a whole number",
        )?;
        check("fold", f64::from(self.fold), self.fold >= 2, "at least 2")
    }

    /// Whether a category of so many words is encoded one-hot.
    pub(super) fn is_one_hot(&self, word_count: usize) -> bool {
        let is_within = |max: usize| word_count <= max;
        word_count > 2 && usize::try_from(self.max_encoding_ohe).map_or(true, is_within)
    }

    /// How many of `input_count` columns feature selection keeps.
    pub(super) fn selected_count(&self, input_count: usize) -> usize {
        let wanted = self.n_features_to_select;
        let count = if wanted < 1.0 { wanted * input_count as f64 } else { wanted };
        // Validated to be positive and finite.
        (count as usize).max(1)
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            session_id: 42,
            train_size: 0.7,
            data_split_stratify: true,
            numeric_imputation: NumericImputation::Mean,
            max_encoding_ohe: 25,
            remove_multicollinearity: false,
            multicollinearity_threshold: 0.9,
            remove_outliers: false,
            outliers_threshold: 0.05,
            fix_imbalance: false,
            normalize: true,
            normalize_method: NormalizeMethod::Zscore,
            feature_selection: false,
            feature_selection_method: FeatureSelectionMethod::Classic,
            n_features_to_select: 0.2,
            fold: 10,
        }
    }
}
