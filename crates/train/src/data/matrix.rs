use std::collections::HashMap;

/// Numbers by column: one column a feature, one value a row, NaN where one is missing.
///
/// Column by column, because fitting looks at one feature of all rows at a time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    row_count: usize,
    columns: Vec<Vec<f64>>,
}

impl Matrix {
    /// Joins columns of equal length; `None` when their lengths differ.
    pub fn new(columns: Vec<Vec<f64>>) -> Option<Self> {
        let row_count = columns.first().map_or(0, Vec::len);
        columns
            .iter()
            .all(|column| column.len() == row_count)
            .then_some(Self { row_count, columns })
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.row_count
    }

    /// Number of columns.
    pub fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// All columns, in order.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The columns alone.
    pub fn into_columns(self) -> Vec<Vec<f64>> {
        self.columns
    }

    /// All columns, to change their values; their lengths cannot change.
    pub fn columns_mut(&mut self) -> impl Iterator<Item = &mut [f64]> {
        self.columns.iter_mut().map(Vec::as_mut_slice)
    }

    /// The rows of these indices, in their order; an index may repeat.
    ///
    /// # Panics
    /// When an index is not below [`Matrix::row_count`].
    pub fn select_rows(&self, rows: &[u32]) -> Self {
        let columns = self
            .columns
            .iter()
            .map(|column| rows.iter().map(|&row| column[row as usize]).collect())
            .collect();
        Self { row_count: rows.len(), columns }
    }

    /// The columns of these indices, in their order; an index may repeat.
    ///
    /// # Panics
    /// When an index is not below [`Matrix::column_count`].
    pub fn select_columns(&self, columns: &[usize]) -> Self {
        let columns = columns.iter().map(|&column| self.columns[column].clone()).collect();
        Self { row_count: self.row_count, columns }
    }

    /// All rows, one after the other.
    pub fn to_rows(&self) -> Vec<f64> {
        let width = self.columns.len();
        let mut rows = vec![0.0; self.row_count * width];
        for (column, values) in self.columns.iter().enumerate() {
            for (row, &value) in rows.chunks_exact_mut(width).zip(values) {
                row[column] = value;
            }
        }
        rows
    }

    /// For each row the number of the distinct row that it equals, bit for bit, and where
    /// each distinct row stands first.
    pub fn distinct_rows(&self) -> (Vec<u32>, Vec<u32>) {
        let key = |row: usize| -> Vec<u64> {
            self.columns.iter().map(|column| column[row].to_bits()).collect()
        };
        let (mut groups, mut first) = (Vec::with_capacity(self.row_count), Vec::new());
        let mut numbers: HashMap<Vec<u64>, u32> = HashMap::new();
        for row in 0..self.row_count {
            let number = *numbers.entry(key(row)).or_insert_with(|| {
                // A table has fewer rows than u32 can count.
                first.push(row as u32);
                first.len() as u32 - 1
            });
            groups.push(number);
        }
        (groups, first)
    }

    /// Writes row `row` into `out`, one value a column.
    ///
    /// # Panics
    /// When `row` is not below [`Matrix::row_count`].
    pub fn read_row(&self, row: usize, out: &mut Vec<f64>) {
        out.clear();
        out.extend(self.columns.iter().map(|column| column[row]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_selected_in_order() {
        assert_eq!(Matrix::new(vec![vec![1.0], vec![]]), None);
        let matrix = Matrix::new(vec![vec![1.0, 2.0, 3.0], vec![4.0, 5.0, 6.0]]).unwrap();
        let selected = matrix.select_rows(&[2, 0, 2]);
        assert_eq!(selected.columns(), [vec![3.0, 1.0, 3.0], vec![6.0, 4.0, 6.0]]);
        assert_eq!(selected.select_columns(&[1]).columns(), [vec![6.0, 4.0, 6.0]]);
        assert_eq!(selected.distinct_rows(), (vec![0, 1, 0], vec![0, 1]));
        let mut row = Vec::new();
        selected.read_row(1, &mut row);
        assert_eq!(row, [1.0, 4.0]);
    }
}
