//! From columns to features: numbers as they are, words by what the inputs declare.

use modelseal_model::{InputField, InputKind};
use thiserror::Error;

use crate::data::{Column, ColumnValues, MISSING_CODE, Matrix, Table, TableError};

/// Words that stand for 1 and for 0 in a boolean column; case does not count.
const TRUE_WORDS: [&str; 5] = ["true", "yes", "t", "y", "1"];
const FALSE_WORDS: [&str; 5] = ["false", "no", "f", "n", "0"];

/// Why a column does not give a feature.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FeatureError {
    /// No such column.
    #[error("input {input:?}: {error}")]
    Table {
        /// The input.
        input: String,
        /// What is missing.
        error: TableError,
    },
    /// A text that the input gives no number to.
    #[error("column {column:?}: {text:?} stands in {count} row(s), first in row {row}; {expected}")]
    Text {
        /// The column.
        column: String,
        /// The text found.
        text: String,
        /// Rows that hold it.
        count: usize,
        /// The first of them; the first row below the header is 1.
        row: usize,
        /// What could stand there, and what to do.
        expected: String,
    },
}

/// One column of numbers an input, NaN where a value is missing.
///
/// The ranges of inputs do not matter here: they say what the service accepts, and training
/// may see more.
pub(super) fn read(table: &Table, inputs: &[InputField]) -> Result<Matrix, FeatureError> {
    let columns = inputs.iter().map(|input| read_column(table, input)).collect::<Result<_, _>>()?;
    // Columns of one table have one length.
    Ok(Matrix::new(columns).unwrap_or_default())
}

/// For each input whether it is a category whose column holds words. A category over numbers only
/// names them: they keep their order and distances.
pub(super) fn are_nominal(table: &Table, inputs: &[InputField]) -> Vec<bool> {
    let is_nominal = |input: &InputField| {
        let is_text = |column: &Column| matches!(column.values, ColumnValues::Text { .. });
        matches!(input.kind, InputKind::Category { .. })
            && table.column(&input.feature).is_ok_and(is_text)
    };
    inputs.iter().map(is_nominal).collect()
}

/// The same from a table that is not needed any more: numbers are moved, not copied.
pub(super) fn take(mut table: Table, inputs: &[InputField]) -> Result<Matrix, FeatureError> {
    let mut columns = Vec::with_capacity(inputs.len());
    for (position, input) in inputs.iter().enumerate() {
        let is_needed_again =
            inputs[position + 1..].iter().any(|later| later.feature == input.feature);
        columns.push(if is_needed_again {
            read_column(&table, input)?
        } else {
            take_column(&mut table, input)?
        });
    }
    // Columns of one table have one length.
    Ok(Matrix::new(columns).unwrap_or_default())
}

fn read_column(table: &Table, input: &InputField) -> Result<Vec<f64>, FeatureError> {
    let column = table.column(&input.feature).map_err(|error| no_column(input, error))?;
    match &column.values {
        ColumnValues::Numeric(numbers) => Ok(numbers.clone()),
        ColumnValues::Text { levels, codes } => numbers_of(input, levels, codes),
    }
}

fn take_column(table: &mut Table, input: &InputField) -> Result<Vec<f64>, FeatureError> {
    let column = table.take_column(&input.feature).map_err(|error| no_column(input, error))?;
    match column.values {
        ColumnValues::Numeric(numbers) => Ok(numbers),
        ColumnValues::Text { levels, codes } => numbers_of(input, &levels, &codes),
    }
}

fn no_column(input: &InputField, error: TableError) -> FeatureError {
    FeatureError::Table { input: input.name.clone(), error }
}

fn numbers_of(
    input: &InputField,
    levels: &[String],
    codes: &[u32],
) -> Result<Vec<f64>, FeatureError> {
    let numbers = levels
        .iter()
        .zip(0u32..)
        .map(|(text, code)| {
            number_of(text, &input.kind).ok_or_else(|| unknown_text(input, text, code, codes))
        })
        .collect::<Result<Vec<f64>, _>>()?;
    let number = |&code: &u32| match code {
        MISSING_CODE => f64::NAN,
        code => numbers[code as usize],
    };
    Ok(codes.iter().map(number).collect())
}

fn number_of(text: &str, kind: &InputKind) -> Option<f64> {
    match kind {
        InputKind::Category { values } => {
            values.iter().find(|category| category.label == text).map(|category| category.number)
        }
        InputKind::Boolean => {
            let is_one_of =
                |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
            if is_one_of(&TRUE_WORDS) {
                Some(1.0)
            } else if is_one_of(&FALSE_WORDS) {
                Some(0.0)
            } else {
                None
            }
        }
        // The column is text because some cell is no number, but most may well be.
        InputKind::Integer { .. } | InputKind::Number { .. } => {
            text.trim().parse().ok().filter(|number: &f64| number.is_finite())
        }
    }
}

fn unknown_text(input: &InputField, text: &str, code: u32, codes: &[u32]) -> FeatureError {
    let expected = match &input.kind {
        InputKind::Category { .. } => format!(
            "add it to the values of input {:?} with the number that it stands for, or correct the data",
            input.name
        ),
        InputKind::Boolean => format!(
            "input {:?} is a boolean: true or false, yes or no, 1 or 0; correct the data or make it a category",
            input.name
        ),
        InputKind::Integer { .. } | InputKind::Number { .. } => format!(
            "input {:?} is a number; correct the data, leave unknown cells empty, or make it a category",
            input.name
        ),
    };
    FeatureError::Text {
        column: input.feature.clone(),
        text: text.to_owned(),
        count: codes.iter().filter(|&&other| other == code).count(),
        row: codes.iter().position(|&other| other == code).map_or(0, |row| row + 1),
        expected,
    }
}
