use super::{Column, ColumnValues, MISSING_CODE};

/// Distinct values that a [`Summary`] lists at most.
pub const DISTINCT_MAX: usize = 1000;

/// What a column holds, in the few facts that a first description of it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The column's name.
    pub name: String,
    /// Number of values, missing ones included.
    pub row_count: usize,
    /// Number of missing values.
    pub missing_count: usize,
    /// The rest, by type.
    pub kind: SummaryKind,
}

/// The part of a [`Summary`] that depends on the column's type.
#[derive(Debug, Clone, PartialEq)]
pub enum SummaryKind {
    /// A column of numbers.
    Numeric {
        /// The distinct numbers, ascending; `None` when there are more than
        /// [`DISTINCT_MAX`].
        distinct: Option<Vec<f64>>,
        /// The smallest and the largest number; `None` when all are missing.
        range: Option<(f64, f64)>,
        /// Whether every number is whole (and there is one).
        all_integers: bool,
    },
    /// A column of text.
    Text {
        /// The first [`DISTINCT_MAX`] distinct texts, sorted.
        levels: Vec<String>,
        /// Number of distinct texts.
        level_count: usize,
    },
}

impl Column {
    /// Counts, distinct values and range of the column.
    pub fn summary(&self) -> Summary {
        let (missing_count, kind) = match &self.values {
            ColumnValues::Numeric(numbers) => {
                let present = || numbers.iter().copied().filter(|number| !number.is_nan());
                let kind = SummaryKind::Numeric {
                    distinct: distinct(present()),
                    range: present().fold(None, |range: Option<(f64, f64)>, number| {
                        let (low, high) = range.unwrap_or((number, number));
                        Some((low.min(number), high.max(number)))
                    }),
                    all_integers: present().next().is_some()
                        && present().all(|number| number.fract() == 0.0),
                };
                (numbers.len() - present().count(), kind)
            }
            ColumnValues::Text { levels, codes } => {
                let missing = codes.iter().filter(|&&code| code == MISSING_CODE).count();
                let listed = levels.iter().take(DISTINCT_MAX).cloned().collect();
                (missing, SummaryKind::Text { levels: listed, level_count: levels.len() })
            }
        };
        Summary { name: self.name.clone(), row_count: self.values.len(), missing_count, kind }
    }
}

/// The distinct numbers in ascending order, unless there are too many to list.
fn distinct(numbers: impl Iterator<Item = f64>) -> Option<Vec<f64>> {
    // A sorted list with binary search: survey columns have a handful of values, and the
    // cap bounds what an insertion can cost.
    let mut found: Vec<f64> = Vec::new();
    for number in numbers {
        // -0 and 0 are one number.
        let number = number + 0.0;
        if let Err(place) = found.binary_search_by(|other| other.total_cmp(&number)) {
            if found.len() == DISTINCT_MAX {
                return None;
            }
            found.insert(place, number);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(values: ColumnValues) -> Summary {
        Column { name: "c".to_owned(), values }.summary()
    }

    #[test]
    fn numbers_are_summarised() {
        let found = summary(ColumnValues::Numeric(vec![3.0, f64::NAN, -0.0, 0.0, 3.0]));
        assert_eq!((found.row_count, found.missing_count), (5, 1));
        let expected = SummaryKind::Numeric {
            distinct: Some(vec![0.0, 3.0]),
            range: Some((0.0, 3.0)),
            all_integers: true,
        };
        assert_eq!(found.kind, expected);
        let many = summary(ColumnValues::Numeric((0..2000).map(|n| f64::from(n) / 2.0).collect()));
        let expected =
            SummaryKind::Numeric { distinct: None, range: Some((0.0, 999.5)), all_integers: false };
        assert_eq!(many.kind, expected);
        let empty = summary(ColumnValues::Numeric(vec![f64::NAN]));
        let expected =
            SummaryKind::Numeric { distinct: Some(vec![]), range: None, all_integers: false };
        assert_eq!((empty.missing_count, empty.kind), (1, expected));
    }

    #[test]
    fn texts_are_summarised() {
        let levels = vec!["no".to_owned(), "yes".to_owned()];
        let codes = vec![1, MISSING_CODE, 0, 1];
        let found = summary(ColumnValues::Text { levels: levels.clone(), codes });
        assert_eq!(found.missing_count, 1);
        assert_eq!(found.kind, SummaryKind::Text { levels, level_count: 2 });
    }
}
