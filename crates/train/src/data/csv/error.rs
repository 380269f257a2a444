use std::fmt;

use thiserror::Error;

/// Why a CSV file could not be read: where, what was found, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{source_name}{}: {problem}", Located(.place.as_ref()))]
pub struct CsvError {
    /// What the caller calls the file.
    pub source_name: String,
    /// Where in the file; `None` when it concerns all of it.
    pub place: Option<CsvPlace>,
    /// What was found and what to do.
    pub problem: CsvProblem,
}

/// A place in a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvPlace {
    /// The line on which the row starts; the header is line 1.
    pub line: u64,
    /// The cell; `None` when it concerns the whole row.
    pub column: Option<CsvColumn>,
}

/// A column of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvColumn {
    /// Its position; the first column is 1.
    pub position: usize,
    /// Its name; empty while the header is still being read.
    pub name: String,
}

/// What is wrong with a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CsvProblem {
    /// The source could not be read.
    #[error("cannot be read: {0}")]
    Io(String),
    /// Nothing in it.
    #[error("is empty; the first line must name the columns")]
    Empty,
    /// A header and nothing below it.
    #[error("has a header and no rows below it")]
    NoRows,
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8 text (found {0}); save the file as UTF-8")]
    NotUtf8(String),
    /// A column without a name.
    #[error("the column has no name; give it one in the header")]
    NoName,
    /// A name used twice.
    #[error("{name:?} is already the name of column {first}; give each column its own name")]
    DuplicateName {
        /// The name.
        name: String,
        /// Position of the column that had it first; the first column is 1.
        first: usize,
    },
    /// A row of another length than the header.
    #[error(
        "found {found} cell(s) where the header has {expected}; check the commas and whether a quote is left open"
    )]
    Ragged {
        /// Cells of the row.
        found: usize,
        /// Cells of the header.
        expected: usize,
    },
    /// A quote without its partner.
    #[error(
        "a quote is opened and never closed, so the rest of the file became one cell; close it, or write a quote inside a text twice"
    )]
    OpenQuote,
    /// A row of more bytes than [`CsvLimits::record_bytes_max`](super::CsvLimits).
    #[error(
        "the row has more than {max} bytes; close the quote that is left open, or check that the file is CSV with one row a line"
    )]
    RecordTooLong {
        /// The limit.
        max: usize,
    },
    /// A number without end.
    #[error(
        "{0:?} is not a finite number; write the number, or leave the cell empty when it is unknown"
    )]
    NotFinite(String),
    /// A text in a column that has proved to be one of measurements.
    #[error(
        "found {text:?} below {numbers} numbers with more than {distinct} different spellings; correct the cell, or leave it empty when the value is unknown"
    )]
    TextBelowNumbers {
        /// The cell.
        text: String,
        /// Numbers above it.
        numbers: usize,
        /// Spellings that were kept.
        distinct: usize,
    },
    /// More than a limit allows.
    #[error("{what}: found {found}, the limit is {max}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        max: usize,
    },
}

/// Writes `: line 3, column 5 ("BMI")`.
struct Located<'a>(Option<&'a CsvPlace>);

impl fmt::Display for Located<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = self.0 else { return Ok(()) };
        write!(out, ": line {}", place.line)?;
        match &place.column {
            Some(column) if column.name.is_empty() => write!(out, ", column {}", column.position),
            Some(column) => write!(out, ", column {} ({:?})", column.position, column.name),
            None => Ok(()),
        }
    }
}
