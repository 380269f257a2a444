//! The bytes on their way to the parser: what it does not tell, and what it must not be given.

use std::io::{self, Read};

use super::error::CsvProblem;
use super::read::{CsvLimits, limit};

/// How the first line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newline {
    None,
    Lf,
    CrLf,
}

/// Hands bytes through, remembers what the parser does not tell, and ends a record that is too
/// large while the parser still collects it: afterwards it would be in memory already.
pub(super) struct Tap<R> {
    inner: R,
    limits: CsvLimits,
    pub(super) last_byte: u8,
    pub(super) byte_count: u64,
    pub(super) newline: Newline,
    pub(super) quote_count: usize,
    /// Where the record that is being read begins.
    pub(super) record_start: u64,
    /// The first record is not read yet.
    pub(super) in_header: bool,
    /// Commas outside of quotes, counted in the header only.
    comma_count: usize,
    /// Why the last read failed, if it was here.
    pub(super) refused: Option<CsvProblem>,
}

impl<R: Read> Tap<R> {
    pub(super) fn new(inner: R, limits: &CsvLimits) -> Self {
        Self {
            inner,
            limits: *limits,
            last_byte: 0,
            byte_count: 0,
            newline: Newline::None,
            quote_count: 0,
            record_start: 0,
            in_header: true,
            comma_count: 0,
            refused: None,
        }
    }

    /// What is wrong with the record whose bytes were all handed out and did not end it.
    fn too_large(&self) -> Option<CsvProblem> {
        let CsvLimits { column_count_max, record_bytes_max, .. } = self.limits;
        if self.in_header && self.comma_count >= column_count_max {
            return Some(limit("columns", self.comma_count + 1, column_count_max));
        }
        // The parser asks for more only when the record is longer than all of this.
        let is_over = self.byte_count - self.record_start > record_bytes_max as u64;
        is_over.then_some(CsvProblem::RecordTooLong { max: record_bytes_max })
    }

    fn count_commas(&mut self, bytes: &[u8]) {
        let mut is_quoted = !self.quote_count.is_multiple_of(2);
        for byte in bytes {
            is_quoted ^= *byte == b'"';
            self.comma_count += usize::from(*byte == b',' && !is_quoted);
        }
    }
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(problem) = self.too_large() {
            let error = io::Error::other(problem.to_string());
            self.refused = Some(problem);
            return Err(error);
        }
        let count = self.inner.read(buffer)?;
        let bytes = &buffer[..count];
        if self.newline == Newline::None
            && let Some(place) = bytes.iter().position(|&byte| byte == b'\n')
        {
            let before = if place == 0 { self.last_byte } else { bytes[place - 1] };
            self.newline = if before == b'\r' { Newline::CrLf } else { Newline::Lf };
        }
        if let Some(&last) = bytes.last() {
            self.last_byte = last;
        }
        if self.in_header {
            self.count_commas(bytes);
        }
        self.byte_count += count as u64;
        self.quote_count += bytes.iter().filter(|&&byte| byte == b'"').count();
        Ok(count)
    }
}
