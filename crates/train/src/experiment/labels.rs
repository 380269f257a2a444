//! From the target's column to class indices.

use modelseal_model::Class;
use thiserror::Error;

use crate::data::{ColumnValues, MISSING_CODE, Table, TableError};

/// Classes of a target: learners keep one number a row and class, which would exhaust memory.
const CLASS_COUNT_MAX: usize = 1000;

/// Why a column does not give classes. Rows are counted from 1, below the header.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TargetError {
    /// No such column.
    #[error("target: {0}")]
    Table(#[from] TableError),
    /// A row without a class.
    #[error(
        "target {column:?} is missing in {count} row(s), first in row {row}; fill the cells or remove the rows"
    )]
    Missing {
        /// The column.
        column: String,
        /// Rows without a value.
        count: usize,
        /// The first of them.
        row: usize,
    },
    /// A value that is no class.
    #[error(
        "target {column:?}: {value} stands in {count} row(s), first in row {row}, and is the value of no class (they are {classes}); add a class or remove the rows"
    )]
    Unknown {
        /// The column.
        column: String,
        /// The value found.
        value: String,
        /// Rows that hold it.
        count: usize,
        /// The first of them.
        row: usize,
        /// The values of the classes.
        classes: String,
    },
    /// A class value that a column of numbers cannot hold.
    #[error(
        "class {label:?} has the value {value:?}, but target {column:?} is a column of numbers; give the number that stands for the class"
    )]
    NotANumber {
        /// The class.
        label: String,
        /// Its value.
        value: String,
        /// The column.
        column: String,
    },
    /// Two classes of one value.
    #[error("classes {first:?} and {second:?} have the same value; give each class its own")]
    SameValue {
        /// The earlier class.
        first: String,
        /// The later class.
        second: String,
    },
    /// Nothing to choose from.
    #[error("target {column:?} has {found} class(es); a classifier needs at least 2")]
    TooFew {
        /// The column.
        column: String,
        /// Its classes.
        found: usize,
    },
    /// More classes than can be told apart.
    #[error(
        "target {column:?} has {found} classes, the limit is {CLASS_COUNT_MAX}; a number to predict or a name of the row is no class"
    )]
    TooMany {
        /// The column.
        column: String,
        /// Its classes.
        found: usize,
    },
    /// A class that no row has.
    #[error("class {label:?} (value {value:?}) stands in no row of target {column:?}")]
    Unused {
        /// The class.
        label: String,
        /// Its value.
        value: String,
        /// The column.
        column: String,
    },
}

/// One class index a row.
///
/// A column of numbers is compared by number (the value `"1"` is found as `1.0`), a column of
/// text by its exact text.
pub(super) fn read(
    table: &Table,
    target: &str,
    classes: &[Class],
) -> Result<Vec<u32>, TargetError> {
    if classes.len() < 2 {
        return Err(TargetError::TooFew { column: target.to_owned(), found: classes.len() });
    }
    if classes.len() > CLASS_COUNT_MAX {
        return Err(TargetError::TooMany { column: target.to_owned(), found: classes.len() });
    }
    let y = match &table.column(target)?.values {
        ColumnValues::Numeric(numbers) => {
            let values = class_numbers(target, classes)?;
            let class_of = |number: f64| values.iter().position(|&value| value == number);
            assign(
                target,
                classes,
                numbers.iter().map(|&number| (!number.is_nan()).then(|| class_of(number))),
                |row| format!("{:?}", numbers[row]),
            )
        }
        ColumnValues::Text { levels, codes } => {
            check_distinct(classes, |left, right| left.value == right.value)?;
            let class_of_level: Vec<Option<usize>> = levels
                .iter()
                .map(|level| classes.iter().position(|class| class.value == *level))
                .collect();
            let class_of =
                |&code: &u32| (code != MISSING_CODE).then(|| class_of_level[code as usize]);
            assign(target, classes, codes.iter().map(class_of), |row| {
                format!("{:?}", levels[codes[row] as usize])
            })
        }
    }?;
    match (0u32..).zip(classes).find(|(index, _)| !y.contains(index)) {
        Some((_, class)) => Err(TargetError::Unused {
            label: class.label.clone(),
            value: class.value.clone(),
            column: target.to_owned(),
        }),
        None => Ok(y),
    }
}

/// Turns each row's finding (missing, no class, or a class) into an index or an error.
fn assign(
    target: &str,
    classes: &[Class],
    found: impl Iterator<Item = Option<Option<usize>>> + Clone,
    value_at: impl Fn(usize) -> String,
) -> Result<Vec<u32>, TargetError> {
    if let Some(row) = found.clone().position(|class| class.is_none()) {
        return Err(TargetError::Missing {
            column: target.to_owned(),
            count: found.filter(Option::is_none).count(),
            row: row + 1,
        });
    }
    if let Some(row) = found.clone().position(|class| class == Some(None)) {
        let value = value_at(row);
        let same = found
            .enumerate()
            .filter(|(other, class)| *class == Some(None) && value_at(*other) == value);
        let values: Vec<String> =
            classes.iter().map(|class| format!("{:?}", class.value)).collect();
        return Err(TargetError::Unknown {
            column: target.to_owned(),
            count: same.count(),
            value,
            row: row + 1,
            classes: values.join(", "),
        });
    }
    // Neither kind of `None` is left.
    Ok(found.map(|class| class.flatten().map_or(0, |index| index as u32)).collect())
}

fn class_numbers(target: &str, classes: &[Class]) -> Result<Vec<f64>, TargetError> {
    let number = |class: &Class| class.value.trim().parse::<f64>().ok();
    check_distinct(classes, |left, right| number(left) == number(right) && number(left).is_some())?;
    classes
        .iter()
        .map(|class| {
            number(class).ok_or_else(|| TargetError::NotANumber {
                label: class.label.clone(),
                value: class.value.clone(),
                column: target.to_owned(),
            })
        })
        .collect()
}

fn check_distinct(
    classes: &[Class],
    same: impl Fn(&Class, &Class) -> bool,
) -> Result<(), TargetError> {
    for (position, second) in classes.iter().enumerate() {
        if let Some(first) = classes[..position].iter().find(|first| same(first, second)) {
            return Err(TargetError::SameValue {
                first: first.label.clone(),
                second: second.label.clone(),
            });
        }
    }
    Ok(())
}
