//! Step 1, the rows: equal rows of one class are one row that counts several times.
//!
//! A tree cannot part equal rows, so nothing is lost, and survey answers repeat: four
//! columns of the diabetes survey leave a fifth of the rows.

use super::columns::{Codes, Column, code_columns};
use crate::data::Matrix;
use crate::learn::FitError;
use crate::learn::equal_rows::group_equal;

/// The rows to learn from, equal ones merged.
pub(crate) struct Rows {
    /// Number of classes.
    pub(crate) class_count: usize,
    /// One code a group.
    pub(crate) columns: Vec<Column>,
    /// The class of each group.
    pub(crate) classes: Vec<u32>,
    /// How many rows each group stands for.
    pub(crate) row_counts: Vec<u32>,
    /// The group of each row.
    pub(crate) groups: Vec<u32>,
    /// The number of each column among those of two values, for as many as fit a word.
    pub(crate) flag_of: Vec<Option<u8>>,
}

impl Rows {
    /// Codes the columns and merges equal rows. `y` holds one class below `class_count` a row.
    pub(crate) fn new(x: &Matrix, y: &[u32], class_count: usize) -> Result<Self, FitError> {
        Ok(Self::from_columns(code_columns(x)?, y, class_count))
    }

    /// Merges equal rows of coded columns.
    pub(crate) fn from_columns(columns: Vec<Column>, y: &[u32], class_count: usize) -> Self {
        // A table has fewer rows than u32 can count.
        let rows = 0..y.len() as u32;
        let keys = keys(&columns, y, class_count);
        let (groups, first) = keys
            .map_or_else(|| (rows.clone().collect(), rows.collect()), |keys| group_equal(&keys));
        let mut row_counts = vec![0u32; first.len()];
        for &group in &groups {
            row_counts[group as usize] += 1;
        }
        let select =
            |column: Column| Column { codes: column.codes.select(&first), values: column.values };
        let columns = if first.len() == y.len() && groups.is_sorted() {
            columns
        } else {
            columns.into_iter().map(select).collect()
        };
        let classes = first.iter().map(|&row| y[row as usize]).collect();
        let mut flag_count = 0..u32::BITS as u8;
        let mut flag = |column: &Column| match column.values.len() {
            2 => flag_count.next(),
            _ => None,
        };
        let flag_of = columns.iter().map(&mut flag).collect();
        Self { class_count, columns, classes, row_counts, groups, flag_of }
    }

    /// Number of groups.
    pub(crate) fn group_count(&self) -> usize {
        self.classes.len()
    }

    /// For each group, one bit a column that [`Rows::flag_of`] numbers.
    pub(crate) fn flags(&self) -> Vec<u32> {
        let mut flags = vec![0; self.group_count()];
        for (column, flag) in self.columns.iter().zip(&self.flag_of) {
            let Some(flag) = flag else { continue };
            for (group, flags) in flags.iter_mut().enumerate() {
                *flags |= column.codes.at(group) << flag;
            }
        }
        flags
    }

    /// Number of rows before merging.
    pub(crate) fn row_count(&self) -> usize {
        self.groups.len()
    }
}

/// For each row one number that tells rows and classes apart: the codes as digits, each
/// column its own base. `None` when 64 bits cannot hold it; such rows hardly repeat.
fn keys(columns: &[Column], y: &[u32], class_count: usize) -> Option<Vec<u64>> {
    let mut bases = columns.iter().map(|column| column.values.len().max(1) as u64);
    bases.try_fold(class_count as u64, |product, base| product.checked_mul(base))?;
    let mut keys: Vec<u64> = y.iter().map(|&class| u64::from(class)).collect();
    let mut stride = class_count as u64;
    for column in columns {
        match &column.codes {
            Codes::Narrow(codes) => {
                keys.iter_mut()
                    .zip(codes)
                    .for_each(|(key, &code)| *key += stride * u64::from(code));
            }
            Codes::Wide(codes) => {
                keys.iter_mut()
                    .zip(codes)
                    .for_each(|(key, &code)| *key += stride * u64::from(code));
            }
        }
        stride *= column.values.len().max(1) as u64;
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rows_of_one_class_are_merged() {
        let x = Matrix::new(vec![vec![1.0, 2.0, 1.0, 1.0, 2.0], vec![5.0, 5.0, 5.0, 5.0, 6.0]])
            .unwrap();
        let rows = Rows::new(&x, &[0, 1, 0, 1, 1], 2).unwrap();
        assert_eq!(rows.groups, [0, 1, 0, 2, 3]);
        assert_eq!(rows.row_counts, [2, 1, 1, 1]);
        assert_eq!(rows.classes, [0, 1, 1, 1]);
        let codes: Vec<u32> = (0..4).map(|group| rows.columns[0].codes.at(group)).collect();
        assert_eq!(codes, [0, 1, 0, 1]);
    }

    #[test]
    fn rows_of_very_many_values_are_left_alone() {
        let column: Vec<f64> = (0..1000).map(f64::from).collect();
        let x = Matrix::new(vec![column; 10]).unwrap();
        let rows = Rows::new(&x, &[1; 1000], 2).unwrap();
        assert_eq!(rows.group_count(), 1000);
    }
}
