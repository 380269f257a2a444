use modelseal_model::TreesError;
use thiserror::Error;

use super::ParameterError;

/// Why a fit is impossible.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FitError {
    /// A parameter outside of its range.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Rows and classes do not belong together.
    #[error("{rows} rows with {classes} class labels")]
    Length {
        /// Rows of the matrix.
        rows: usize,
        /// Class labels.
        classes: usize,
    },
    /// A value that single precision cannot hold, or a missing one.
    #[error(
        "column {column}, row {row}: {value} is missing or too large for single precision; impute and normalize first"
    )]
    NotFinite {
        /// Index of the column.
        column: usize,
        /// Index of the row.
        row: usize,
        /// The value found.
        value: f64,
    },
    /// Fewer than two classes.
    #[error("{0} class(es); a classifier needs at least two")]
    TooFewClasses(usize),
    /// A class that cannot be learned.
    #[error("class {0} has no row to learn from")]
    EmptyClass(usize),
    /// A label that is not a class.
    #[error("row {row} has the class {class} of {class_count}")]
    ClassIndex {
        /// Index of the row.
        row: usize,
        /// The label found.
        class: u32,
        /// Number of classes.
        class_count: usize,
    },
    /// More trees or nodes than a model may have.
    #[error(transparent)]
    Trees(#[from] TreesError),
    /// The rows do not determine a model of this kind.
    #[error("{0}")]
    Undetermined(String),
}
