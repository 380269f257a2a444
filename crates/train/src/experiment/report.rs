//! What the steps of a preparation did, as data.

use serde::{Deserialize, Serialize};

/// What one step did to the training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The option of [`Setup`](super::Setup) that asked for the step.
    pub step: String,
    /// Training rows before and after.
    pub rows: (usize, usize),
    /// Columns before and after.
    pub columns: (usize, usize),
    /// Missing values that were filled.
    pub filled: usize,
    /// The columns that went, in order.
    pub dropped: Vec<DroppedColumn>,
    /// The usefulness of every column that the step judged, the most useful first.
    pub importances: Vec<ColumnScore>,
}

/// A column that went, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DroppedColumn {
    /// Name of the column.
    pub column: String,
    /// The reason.
    pub why: DropReason,
}

/// Why a column went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// It says nearly the same as another one, which says more about the class.
    Collinear {
        /// The column that stays.
        with: String,
        /// Their correlation.
        correlation: f64,
    },
    /// Others are more useful.
    NotSelected {
        /// Its place among all columns, the most useful being 1.
        rank: usize,
        /// Its usefulness; `null` when it cannot be computed.
        score: Option<f64>,
    },
}

/// How useful a column is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnScore {
    /// Name of the column.
    pub column: String,
    /// Splits that use it, or its F statistic; `null` when it cannot be computed.
    pub score: Option<f64>,
}

impl StepReport {
    /// A report of a step that left everything as it was.
    pub(super) fn new(step: &str, rows: usize, columns: usize) -> Self {
        Self {
            step: step.to_owned(),
            rows: (rows, rows),
            columns: (columns, columns),
            filled: 0,
            dropped: Vec::new(),
            importances: Vec::new(),
        }
    }
}
