use std::collections::BTreeMap;
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use super::column::{BadCell, ColumnBuilder, SPELLINGS_MAX};
use super::error::{CsvColumn, CsvError, CsvPlace, CsvProblem};
use super::tap::{Newline, Tap};
use crate::data::{Column, Table};

/// Bytes between two calls of the progress function.
const PROGRESS_BYTES: u64 = 1 << 20;

/// Upper bounds on what [`read_csv`] accepts: a wrong file ends in a message, not in a
/// machine without memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CsvLimits {
    /// Columns. Default 10,000. Stops a header of nothing but commas, while it is being read.
    pub column_count_max: usize,
    /// Rows. Default 100 million.
    pub row_count_max: usize,
    /// Bytes of one row, with its line end and with empty lines in front of it. Default 16 MiB.
    /// Stops a file without line ends, or whose first quote is never closed, before all of it
    /// is in memory: a row may be a single cell or nothing but commas.
    pub record_bytes_max: usize,
    /// Bytes of one cell. Default 1 MiB. Stops a row whose first quote is closed far below.
    pub cell_bytes_max: usize,
    /// Distinct texts of one column. Default 1 million. Stops columns of free text.
    pub text_count_max: usize,
}

impl Default for CsvLimits {
    fn default() -> Self {
        Self {
            column_count_max: 10_000,
            row_count_max: 100_000_000,
            record_bytes_max: 16 << 20,
            cell_bytes_max: 1 << 20,
            text_count_max: 1_000_000,
        }
    }
}

/// Reads a CSV file row by row; see the [module](super) for what is accepted.
///
/// `source_name` is what errors call the file. `progress` is told the bytes read so far,
/// about once a megabyte and at the end.
///
/// # Errors
/// [`CsvError`]: the first thing that is wrong, with its line and column.
pub fn read_csv(
    reader: impl Read,
    source_name: &str,
    limits: &CsvLimits,
    progress: &mut dyn FnMut(u64),
) -> Result<Table, CsvError> {
    let tap = Tap::new(reader, limits);
    let mut rows = Rows {
        source_name,
        // Ragged rows are told apart here, with a better message.
        reader: ReaderBuilder::new().has_headers(false).flexible(true).from_reader(tap),
        record: ByteRecord::new(),
    };
    let names = rows.header(limits)?;
    let mut builders: Vec<ColumnBuilder> = names.iter().map(|_| ColumnBuilder::new()).collect();
    let mut row_count = 0;
    let mut told = 0;
    let mut last_line = 0;
    while rows.next(limits)? {
        if rows.record.len() != names.len() {
            let problem = CsvProblem::Ragged { found: rows.record.len(), expected: names.len() };
            return Err(rows.error_in_row(problem));
        }
        row_count += 1;
        if row_count > limits.row_count_max {
            return Err(rows.error_in_row(limit("rows", row_count, limits.row_count_max)));
        }
        let line = rows.record.position().map_or(0, csv::Position::line);
        last_line = line;
        for (position, (builder, cell)) in builders.iter_mut().zip(&rows.record).enumerate() {
            if cell.len() > limits.cell_bytes_max {
                let problem = limit("bytes of one cell", cell.len(), limits.cell_bytes_max);
                return Err(rows.error_in_cell(position, &names, problem));
            }
            if let Err(bad) = builder.push(cell, line, limits.text_count_max) {
                let problem = bad_cell(bad, cell, limits);
                return Err(rows.error_in_cell(position, &names, problem));
            }
        }
        let bytes = rows.reader.get_ref().byte_count;
        if bytes >= told + PROGRESS_BYTES {
            told = bytes;
            progress(bytes);
        }
    }
    progress(rows.reader.get_ref().byte_count);
    if row_count == 0 {
        return Err(rows.error(None, CsvProblem::NoRows));
    }
    rows.check_quotes(last_line)?;
    for (position, builder) in builders.iter().enumerate() {
        if let Some((line, text)) = builder.infinite() {
            let place =
                CsvPlace { line: rows.corrected(*line), column: Some(column_at(position, &names)) };
            return Err(rows.error(Some(place), CsvProblem::NotFinite(shortened(text))));
        }
    }
    let columns = names
        .into_iter()
        .zip(builders)
        .map(|(name, builder)| Column { name, values: builder.finish() })
        .collect();
    Table::new(columns).map_err(|error| CsvError {
        source_name: source_name.to_owned(),
        place: None,
        problem: CsvProblem::Io(error.to_string()),
    })
}

struct Rows<'a, R> {
    source_name: &'a str,
    reader: csv::Reader<Tap<R>>,
    record: ByteRecord,
}

impl<R: Read> Rows<'_, R> {
    /// Reads the next record; false at the end.
    fn next(&mut self, limits: &CsvLimits) -> Result<bool, CsvError> {
        let start = self.reader.position().byte();
        self.reader.get_mut().record_start = start;
        match self.reader.read_byte_record(&mut self.record) {
            // The tap sees only records that are longer than a buffer.
            Ok(true) if self.reader.position().byte() - start > limits.record_bytes_max as u64 => {
                let max = limits.record_bytes_max;
                Err(self.error_in_row(CsvProblem::RecordTooLong { max }))
            }
            Ok(found) => Ok(found),
            Err(error) => Err(match self.reader.get_mut().refused.take() {
                Some(problem) => self.error_in_unfinished_row(problem),
                None => self.error(None, CsvProblem::Io(error.to_string())),
            }),
        }
    }

    fn header(&mut self, limits: &CsvLimits) -> Result<Vec<String>, CsvError> {
        if !self.next(limits)? {
            return Err(self.error(None, CsvProblem::Empty));
        }
        let found = self.record.len();
        if found > limits.column_count_max {
            let problem = limit("columns", found, limits.column_count_max);
            return Err(self.error_in_row(problem));
        }
        self.reader.get_mut().in_header = false;
        let mut names: Vec<String> = Vec::with_capacity(found);
        let mut positions = BTreeMap::new();
        for (position, cell) in self.record.iter().enumerate() {
            let problem = match str::from_utf8(cell) {
                Err(_) => CsvProblem::NotUtf8(quoted(cell)),
                Ok("") => CsvProblem::NoName,
                Ok(name) => match positions.insert(name.to_owned(), position + 1) {
                    Some(first) => CsvProblem::DuplicateName { name: name.to_owned(), first },
                    None => {
                        names.push(name.to_owned());
                        continue;
                    }
                },
            };
            return Err(self.error_in_cell(position, &[], problem));
        }
        Ok(names)
    }

    fn error(&self, place: Option<CsvPlace>, problem: CsvProblem) -> CsvError {
        CsvError { source_name: self.source_name.to_owned(), place, problem }
    }

    fn error_in_row(&self, problem: CsvProblem) -> CsvError {
        self.error(Some(CsvPlace { line: self.line(), column: None }), problem)
    }

    fn error_in_unfinished_row(&self, problem: CsvProblem) -> CsvError {
        let line = match self.record.position() {
            // Nothing is in front of the header that could have been counted wrongly.
            Some(start) if start.byte() > 0 => self.corrected(start.line()),
            _ => 1,
        };
        self.error(Some(CsvPlace { line, column: None }), problem)
    }

    fn error_in_cell(&self, position: usize, names: &[String], problem: CsvProblem) -> CsvError {
        let column = Some(column_at(position, names));
        self.error(Some(CsvPlace { line: self.line(), column }), problem)
    }

    /// The line on which the current record starts.
    ///
    /// The parser counts from where it stood before the record, which may be in front of
    /// empty lines that it skipped. So this counts back from where the record ended.
    fn line(&self) -> u64 {
        let inside = self.record.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
        let tap = self.reader.get_ref();
        let end = self.reader.position();
        let at_end_of_file = end.byte() == tap.byte_count && tap.last_byte != b'\n';
        // A record that ended in CR leaves its LF, and the counting of it, to the next one.
        let counted_its_end = tap.newline == Newline::Lf && !at_end_of_file;
        end.line().saturating_sub(inside + u64::from(counted_its_end)).max(1)
    }

    /// Refuses a file whose last row, which starts at `line` by the parser's count, runs over
    /// several lines because of an open quote: the parser takes the end of the file for the
    /// missing quote, and rows would be lost in silence.
    fn check_quotes(&self, line: u64) -> Result<(), CsvError> {
        let line = self.corrected(line);
        let is_odd = !self.reader.get_ref().quote_count.is_multiple_of(2);
        if is_odd && self.reader.position().line() > line + 1 {
            let place = CsvPlace { line, column: None };
            return Err(self.error(Some(place), CsvProblem::OpenQuote));
        }
        Ok(())
    }

    /// The line of an earlier record, from the parser's count at its beginning. Exact unless
    /// empty lines stand directly in front of that record.
    fn corrected(&self, line: u64) -> u64 {
        line + u64::from(self.reader.get_ref().newline == Newline::CrLf)
    }
}

fn bad_cell(bad: BadCell, cell: &[u8], limits: &CsvLimits) -> CsvProblem {
    let text = shortened(&String::from_utf8_lossy(cell));
    match bad {
        BadCell::NotUtf8 => CsvProblem::NotUtf8(quoted(cell)),
        BadCell::Infinite => CsvProblem::NotFinite(text),
        BadCell::TextBelowNumbers { numbers } => {
            CsvProblem::TextBelowNumbers { text, numbers, distinct: SPELLINGS_MAX }
        }
        BadCell::TooManyTexts => {
            limit("different texts in one column", limits.text_count_max + 1, limits.text_count_max)
        }
    }
}

fn column_at(position: usize, names: &[String]) -> CsvColumn {
    CsvColumn {
        position: position + 1,
        name: names.get(position).map(|name| shortened(name)).unwrap_or_default(),
    }
}

pub(super) fn limit(what: &'static str, found: usize, max: usize) -> CsvProblem {
    CsvProblem::Limit { what, found, max }
}

/// The beginning of a text: enough to find the cell by.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// Bytes in a form that can be printed.
fn quoted(cell: &[u8]) -> String {
    let start = &cell[..cell.len().min(20)];
    format!("\"{}\"", start.escape_ascii())
}
