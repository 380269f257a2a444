//! Tables: columns of numbers or words, where they come from and what they hold.

pub mod csv;
mod matrix;
mod packed;
mod summary;
pub mod survey;
mod table;

pub use csv::{CsvColumn, CsvError, CsvLimits, CsvPlace, CsvProblem, read_csv, write_csv};
pub use matrix::Matrix;
pub(crate) use packed::Packed;
pub use summary::{DISTINCT_MAX, Summary, SummaryKind};
pub use table::{Column, ColumnValues, MISSING_CODE, Table, TableError};
