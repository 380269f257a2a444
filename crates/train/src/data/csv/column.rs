//! A column while its rows arrive.
//!
//! Whether a column is numeric is known only at its last cell, but a stream is read once and
//! raw text is not kept. So a column starts as a dictionary of the distinct *spellings* of
//! its cells and one code a row. That is small for what classifiers are trained on (answers,
//! categories, small integers), it loses nothing, and the same code is found again without
//! parsing. It ends in one of three ways:
//!
//! - Every spelling is a number or missing: the codes become numbers.
//! - A spelling is text: the column is text, its levels are the spellings.
//! - There are more than [`SPELLINGS_MAX`] spellings and all are numbers: it is a column of
//!   measurements. The codes become numbers at once, the dictionary is dropped, and a text
//!   further down is an error: almost always a slip in one cell, which must not turn half a
//!   million measurements into words.

use std::collections::HashMap;

use super::number::Cell;
use crate::data::{ColumnValues, MISSING_CODE};

/// Distinct spellings after which a column of nothing but numbers is settled as numeric.
pub(super) const SPELLINGS_MAX: usize = 4096;

/// Slots of the cache in front of the dictionary.
const CACHE_SLOTS: usize = 64;

/// What is wrong with a cell; the reader adds the place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BadCell {
    /// Not UTF-8.
    NotUtf8,
    /// An infinite number in a column of numbers.
    Infinite,
    /// A text in a column that is settled as numeric.
    TextBelowNumbers {
        /// Numbers above it.
        numbers: usize,
    },
    /// More distinct texts than the limit allows.
    TooManyTexts,
}

pub(super) enum ColumnBuilder {
    /// Undecided, or text.
    Spelled(Box<Spelled>),
    /// Settled as numeric.
    Numeric(Vec<f64>),
}

pub(super) struct Spelled {
    /// One a row; the code of every missing value is [`MISSING_CODE`].
    codes: Vec<u32>,
    dictionary: HashMap<Box<str>, u32>,
    /// The number of each code; NaN for text.
    numbers: Vec<f64>,
    has_text: bool,
    /// Line and spelling of the first infinite number: an error, unless a text comes.
    infinite: Option<(u64, String)>,
    /// Recent short spellings and their codes.
    cache: [(u64, u32); CACHE_SLOTS],
}

impl ColumnBuilder {
    pub(super) fn new() -> Self {
        Self::Spelled(Box::new(Spelled {
            codes: Vec::new(),
            dictionary: HashMap::new(),
            numbers: Vec::new(),
            has_text: false,
            infinite: None,
            // No short spelling packs to 0.
            cache: [(0, 0); CACHE_SLOTS],
        }))
    }

    /// Adds the cell of one row. `line` tells where, for an error that is raised later.
    #[inline]
    pub(super) fn push(&mut self, cell: &[u8], line: u64, texts_max: usize) -> Result<(), BadCell> {
        match self {
            Self::Spelled(spelled) => {
                let packed = pack(cell);
                let slot = slot(packed);
                let (key, code) = spelled.cache[slot];
                if packed != 0 && key == packed {
                    spelled.codes.push(code);
                    return Ok(());
                }
                let code = spelled.code(cell, line)?;
                if packed != 0 {
                    spelled.cache[slot] = (packed, code);
                }
                spelled.codes.push(code);
                if spelled.has_text || spelled.infinite.is_some() {
                    if spelled.numbers.len() > texts_max {
                        return Err(BadCell::TooManyTexts);
                    }
                } else if spelled.numbers.len() > SPELLINGS_MAX {
                    *self = Self::Numeric(spelled.as_numbers());
                }
            }
            Self::Numeric(numbers) => match Cell::read(cell) {
                Cell::Number(number) => numbers.push(number),
                Cell::Missing => numbers.push(f64::NAN),
                Cell::Infinite => return Err(BadCell::Infinite),
                Cell::Text if str::from_utf8(cell).is_err() => return Err(BadCell::NotUtf8),
                Cell::Text => {
                    let numbers = numbers.iter().filter(|number| !number.is_nan()).count();
                    return Err(BadCell::TextBelowNumbers { numbers });
                }
            },
        }
        Ok(())
    }

    /// Line and spelling of the infinite number that the column must not hold, if there is one.
    pub(super) fn infinite(&self) -> Option<&(u64, String)> {
        match self {
            Self::Spelled(spelled) if !spelled.has_text => spelled.infinite.as_ref(),
            _ => None,
        }
    }

    /// The column, its type decided.
    pub(super) fn finish(self) -> ColumnValues {
        match self {
            Self::Numeric(numbers) => ColumnValues::Numeric(numbers),
            Self::Spelled(spelled) if spelled.has_text => spelled.into_text(),
            Self::Spelled(spelled) => ColumnValues::Numeric(spelled.as_numbers()),
        }
    }
}

impl Spelled {
    fn code(&mut self, cell: &[u8], line: u64) -> Result<u32, BadCell> {
        let text = str::from_utf8(cell).map_err(|_| BadCell::NotUtf8)?;
        if let Some(&code) = self.dictionary.get(text) {
            return Ok(code);
        }
        let number = match Cell::read(cell) {
            Cell::Missing => return Ok(MISSING_CODE),
            Cell::Number(number) => number,
            Cell::Infinite => {
                self.infinite.get_or_insert_with(|| (line, text.to_owned()));
                f64::INFINITY
            }
            Cell::Text => {
                self.has_text = true;
                f64::NAN
            }
        };
        // There are fewer codes than rows, and rows are counted in u32.
        let code = self.numbers.len() as u32;
        self.numbers.push(number);
        self.dictionary.insert(text.into(), code);
        Ok(code)
    }

    fn as_numbers(&self) -> Vec<f64> {
        let number = |&code: &u32| self.numbers.get(code as usize).copied().unwrap_or(f64::NAN);
        self.codes.iter().map(number).collect()
    }

    fn into_text(self) -> ColumnValues {
        let mut spellings: Vec<(Box<str>, u32)> = self.dictionary.into_iter().collect();
        spellings.sort_unstable();
        let mut new_codes = vec![MISSING_CODE; spellings.len()];
        for (new, (_, old)) in (0u32..).zip(&spellings) {
            new_codes[*old as usize] = new;
        }
        let recode = |code: u32| new_codes.get(code as usize).copied().unwrap_or(MISSING_CODE);
        ColumnValues::Text {
            codes: self.codes.into_iter().map(recode).collect(),
            levels: spellings.into_iter().map(|(spelling, _)| spelling.into()).collect(),
        }
    }
}

/// A cell of at most 7 bytes as one number that tells it from every other such cell, else 0.
#[inline]
fn pack(cell: &[u8]) -> u64 {
    if cell.len() > 7 {
        return 0;
    }
    // The 1 in front keeps cells of different lengths apart.
    cell.iter().fold(1, |packed, &byte| packed << 8 | u64::from(byte))
}

#[inline]
fn slot(packed: u64) -> usize {
    // Fibonacci hashing: the top bits of the product depend on all bytes.
    (packed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % CACHE_SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> ColumnValues {
        let mut builder = ColumnBuilder::new();
        for cell in cells {
            builder.push(cell.as_bytes(), 1, 100).unwrap();
        }
        builder.finish()
    }

    #[test]
    fn one_text_keeps_all_spellings() {
        let found = column(&["1.0", "1", "NA", " 1", "n/a", "b", "1"]);
        let levels = [" 1", "1", "1.0", "b"].map(str::to_owned).to_vec();
        let codes = vec![2, 1, MISSING_CODE, 0, MISSING_CODE, 3, 1];
        assert_eq!(found, ColumnValues::Text { levels, codes });
    }

    #[test]
    fn numbers_of_several_spellings_are_numbers() {
        let ColumnValues::Numeric(found) = column(&["1.0", "1", "", "1e0", "-2"]) else {
            panic!("not numeric");
        };
        assert_eq!((found[0], found[1], found[3], found[4]), (1.0, 1.0, 1.0, -2.0));
        assert!(found[2].is_nan());
    }

    #[test]
    fn infinity_is_a_word_only_among_words() {
        let mut builder = ColumnBuilder::new();
        builder.push(b"1", 2, 100).unwrap();
        builder.push(b"inf", 3, 100).unwrap();
        assert_eq!(builder.infinite(), Some(&(3, "inf".to_owned())));
        builder.push(b"word", 4, 100).unwrap();
        assert_eq!(builder.infinite(), None);
    }

    #[test]
    fn many_spellings_settle_the_column() {
        let mut builder = ColumnBuilder::new();
        for number in 0..=SPELLINGS_MAX {
            builder.push(format!("{number}.25").as_bytes(), 1, 100).unwrap();
        }
        assert!(matches!(builder, ColumnBuilder::Numeric(_)));
        builder.push(b"NA", 1, 100).unwrap();
        let numbers = SPELLINGS_MAX + 1;
        assert_eq!(builder.push(b"x", 1, 100), Err(BadCell::TextBelowNumbers { numbers }));
        assert_eq!(builder.push(b"inf", 1, 100), Err(BadCell::Infinite));
        assert_eq!(builder.push(b"\xff", 1, 100), Err(BadCell::NotUtf8));
    }

    #[test]
    fn texts_are_limited() {
        let mut builder = ColumnBuilder::new();
        builder.push(b"a", 1, 1).unwrap();
        builder.push(b"a", 1, 1).unwrap();
        assert_eq!(builder.push(b"b", 1, 1), Err(BadCell::TooManyTexts));
    }
}
