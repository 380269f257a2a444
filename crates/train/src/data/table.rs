use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::nearest::{nearest, suggestion};

/// The code that stands for a missing value in a column of text.
pub const MISSING_CODE: u32 = u32::MAX;

/// Named columns of equal length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    row_count: usize,
    columns: Vec<Column>,
}

/// One column of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The name in the header.
    pub name: String,
    /// One value a row.
    pub values: ColumnValues,
}

/// The values of a column, in the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnValues {
    /// Finite numbers; NaN where one is missing.
    Numeric(Vec<f64>),
    /// Texts.
    Text {
        /// The distinct texts, sorted by their bytes.
        levels: Vec<String>,
        /// One index into `levels` a row; [`MISSING_CODE`] where a text is missing.
        codes: Vec<u32>,
    },
}

/// Why a table is not one, or does not have what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TableError {
    /// No column of this name.
    #[error("there is no column {name:?}{}", suggestion(.near.as_deref()))]
    NoColumn {
        /// The name asked for.
        name: String,
        /// A column with nearly this name.
        near: Option<String>,
    },
    /// Two columns of one name.
    #[error("two columns have the name {0:?}; every column needs its own")]
    DuplicateColumn(String),
    /// Columns of different lengths.
    #[error("column {name:?} has {found} row(s), the first column has {expected}")]
    Length {
        /// The column.
        name: String,
        /// Its rows.
        found: usize,
        /// Rows of the first column.
        expected: usize,
    },
    /// More rows than row indices can count.
    #[error("the table has {0} rows; at most {max} are supported", max = u32::MAX - 1)]
    TooManyRows(usize),
    /// A code that is not an index of a level, or levels out of order.
    #[error(
        "column {0:?}: codes must be indices of levels, and levels must be sorted and distinct"
    )]
    Levels(String),
}

impl ColumnValues {
    /// Number of values, missing ones included.
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(numbers) => numbers.len(),
            Self::Text { codes, .. } => codes.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Table {
    /// Joins columns and checks that they fit each other.
    ///
    /// # Errors
    /// [`TableError`] when names repeat, lengths differ or codes do not fit their levels.
    pub fn new(columns: Vec<Column>) -> Result<Self, TableError> {
        let row_count = columns.first().map_or(0, |column| column.values.len());
        // Row indices are u32 everywhere, with the largest one kept free.
        if row_count >= u32::MAX as usize {
            return Err(TableError::TooManyRows(row_count));
        }
        for column in &columns {
            let found = column.values.len();
            if found != row_count {
                let name = column.name.clone();
                return Err(TableError::Length { name, found, expected: row_count });
            }
            if let ColumnValues::Text { levels, codes } = &column.values {
                let sorted = levels.windows(2).all(|pair| pair[0] < pair[1]);
                let in_range = codes
                    .iter()
                    .all(|&code| code == MISSING_CODE || (code as usize) < levels.len());
                if !sorted || !in_range {
                    return Err(TableError::Levels(column.name.clone()));
                }
            }
        }
        check_names(columns.iter().map(|column| column.name.as_str()))?;
        Ok(Self { row_count, columns })
    }

    /// Joins numeric columns that have distinct names and `row_count` values by construction.
    pub(super) fn of_equal_columns(row_count: usize, columns: Vec<Column>) -> Self {
        Self { row_count, columns }
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// All columns, in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    ///
    /// # Errors
    /// [`TableError::NoColumn`] with the nearest name.
    pub fn column(&self, name: &str) -> Result<&Column, TableError> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| self.no_column(name))
    }

    /// Takes the column of this name out of the table.
    ///
    /// # Errors
    /// [`TableError::NoColumn`] with the nearest name; the table is unchanged.
    pub fn take_column(&mut self, name: &str) -> Result<Column, TableError> {
        match self.columns.iter().position(|column| column.name == name) {
            Some(position) => Ok(self.columns.remove(position)),
            None => Err(self.no_column(name)),
        }
    }

    /// Gives columns new names (old to new), all at once: two columns may swap names.
    ///
    /// # Errors
    /// [`TableError`] when an old name does not exist or two columns would share a name;
    /// the table is unchanged.
    pub fn rename_columns(&mut self, names: &BTreeMap<String, String>) -> Result<(), TableError> {
        for old in names.keys() {
            self.column(old)?;
        }
        let renamed = |column: &Column| names.get(&column.name).unwrap_or(&column.name).clone();
        let new_names: Vec<String> = self.columns.iter().map(renamed).collect();
        check_names(new_names.iter().map(String::as_str))?;
        for (column, name) in self.columns.iter_mut().zip(new_names) {
            column.name = name;
        }
        Ok(())
    }

    fn no_column(&self, name: &str) -> TableError {
        let near = nearest(name, self.columns.iter().map(|column| column.name.as_str()));
        TableError::NoColumn { name: name.to_owned(), near: near.map(str::to_owned) }
    }
}

fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), TableError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(TableError::DuplicateColumn(name.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(name: &str, values: &[f64]) -> Column {
        Column { name: name.to_owned(), values: ColumnValues::Numeric(values.to_vec()) }
    }

    #[test]
    fn names_swap_and_unknown_ones_are_named() {
        let mut table = Table::new(vec![numeric("BMI", &[20.0]), numeric("Age", &[9.0])]).unwrap();
        let rename = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect()
        };
        table.rename_columns(&rename(&[("BMI", "Age"), ("Age", "BMI")])).unwrap();
        assert_eq!(table.column("Age").unwrap(), &numeric("Age", &[20.0]));
        let error = table.rename_columns(&rename(&[("Bmi", "x")])).unwrap_err();
        assert_eq!(error.to_string(), "there is no column \"Bmi\"; did you mean \"BMI\"?");
        let error = table.rename_columns(&rename(&[("BMI", "Age")])).unwrap_err();
        assert_eq!(error, TableError::DuplicateColumn("Age".to_owned()));
        assert_eq!(table.take_column("BMI").unwrap(), numeric("BMI", &[9.0]));
        assert_eq!(table.columns().len(), 1);
    }

    #[test]
    fn columns_must_fit() {
        let lengths = Table::new(vec![numeric("a", &[1.0]), numeric("b", &[])]);
        assert!(matches!(lengths, Err(TableError::Length { .. })));
        let text = |levels: &[&str], codes: &[u32]| {
            let levels = levels.iter().map(|&level| level.to_owned()).collect();
            let values = ColumnValues::Text { levels, codes: codes.to_vec() };
            Table::new(vec![Column { name: "t".to_owned(), values }])
        };
        assert!(text(&["a", "b"], &[0, MISSING_CODE, 1]).is_ok());
        assert!(text(&["b", "a"], &[0]).is_err());
        assert!(text(&["a"], &[1]).is_err());
    }
}
