//! CSV files in and out.
//!
//! RFC 4180: comma, double quotes, one header line; LF, CRLF or CR ends a line, a byte order
//! mark is skipped, empty lines are skipped. UTF-8 only.
//!
//! **Missing** is a cell that is empty or holds, between blanks and in any case, `NA`, `N/A`,
//! `NaN`, `null` or `None`.
//!
//! **Types.** A column is numeric as long as every cell that is not missing reads as a finite
//! number (blanks around it are ignored). The first other cell makes it a column of text, of
//! which every cell keeps its exact spelling. A file is read once and its
//! raw text is not kept: a column of more than 4,096 different spellings that are all numbers
//! is settled as numeric, and a text further down is an error that names the cell.

mod column;
mod error;
mod number;
mod read;
mod tap;
mod write;

pub use error::{CsvColumn, CsvError, CsvPlace, CsvProblem};
pub use read::{CsvLimits, read_csv};
pub use write::write_csv;
