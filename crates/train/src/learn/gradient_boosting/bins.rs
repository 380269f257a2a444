//! Step 1: every column's distinct values, found once for all trees.

use super::FitError;
use crate::data::Matrix;

/// Cells of one bundle at most: a code fits one byte.
pub(super) const CELLS_MAX: usize = 256;

/// Columns in the two forms that trees grow from.
pub(super) struct Bins {
    pub(super) row_count: usize,
    /// Columns of at most [`CELLS_MAX`] (and at least two) distinct values.
    pub(super) narrow: Vec<Narrow>,
    /// Narrow columns, several to a code.
    pub(super) bundles: Vec<Bundle>,
    /// Codes row by row: `bundles.len()` a row.
    pub(super) bundle_codes: Vec<u8>,
    /// Columns of more distinct values.
    pub(super) wide: Vec<Wide>,
}

/// A column of few distinct values.
pub(super) struct Narrow {
    /// Index of the column in the matrix.
    pub(super) column: usize,
    /// The distinct values, ascending.
    pub(super) values: Vec<f32>,
    /// For each row, the index of its value.
    pub(super) codes: Vec<u8>,
    /// The bundle that it is part of.
    pub(super) bundle: usize,
    /// For each cell of the bundle, the index of this column's value.
    pub(super) bin_of_cell: Vec<u8>,
}

/// Columns that share one code: their codes as digits of one number, each column its own
/// base. One pass over the rows then serves them all, and the sums of one column are sums
/// over cells.
pub(super) struct Bundle {
    /// Product of the columns' numbers of distinct values.
    pub(super) cell_count: usize,
}

/// A column of many distinct values: its rows in the order of their values.
pub(super) struct Wide {
    /// Index of the column in the matrix.
    pub(super) column: usize,
    /// Rows with their values, ascending by value, then by row.
    pub(super) sorted: Vec<Entry>,
}

/// A row and its value in one column.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) value: f32,
    pub(super) row: u32,
}

impl Bins {
    pub(super) fn new(x: &Matrix) -> Result<Self, FitError> {
        let row_count = x.row_count();
        let mut narrow = Vec::new();
        let mut wide = Vec::new();
        for (column, values) in x.columns().iter().enumerate() {
            let values = single_precision(column, values)?;
            match distinct(&values) {
                // A constant column cannot be cut.
                Some(distinct) if distinct.len() < 2 => {}
                Some(distinct) => narrow.push(Narrow::new(column, distinct, &values)),
                None => wide.push(Wide::new(column, &values)),
            }
        }
        let bundles = bundle(&mut narrow);
        let mut bundle_codes = vec![0u8; row_count * bundles.len()];
        let mut strides = vec![1usize; bundles.len()];
        for column in &mut narrow {
            let base = column.values.len();
            let stride = strides[column.bundle];
            strides[column.bundle] *= base;
            let rows = bundle_codes.chunks_exact_mut(bundles.len());
            for (row, code) in rows.zip(&column.codes) {
                // The sum stays below the bundle's cell count, so it fits.
                row[column.bundle] += (stride * usize::from(*code)) as u8;
            }
            column.bin_of_cell = (0..bundles[column.bundle].cell_count)
                .map(|cell| (cell / stride % base) as u8)
                .collect();
        }
        Ok(Self { row_count, narrow, bundles, bundle_codes, wide })
    }
}

/// Deals columns to bundles: those of most values first, each into the first bundle that has
/// room for it.
fn bundle(narrow: &mut [Narrow]) -> Vec<Bundle> {
    let mut order: Vec<usize> = (0..narrow.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(narrow[index].values.len()));
    let mut bundles: Vec<Bundle> = Vec::new();
    for index in order {
        let count = narrow[index].values.len();
        let roomy = bundles.iter().position(|bundle| bundle.cell_count * count <= CELLS_MAX);
        narrow[index].bundle = match roomy {
            Some(found) => {
                bundles[found].cell_count *= count;
                found
            }
            None => {
                bundles.push(Bundle { cell_count: count });
                bundles.len() - 1
            }
        };
    }
    bundles
}

impl Narrow {
    fn new(column: usize, distinct: Vec<f32>, values: &[f32]) -> Self {
        // At most 256 values: every index fits a byte.
        let code = |value: &f32| distinct.partition_point(|other| other < value) as u8;
        let codes = values.iter().map(code).collect();
        Self { column, values: distinct, codes, bundle: 0, bin_of_cell: Vec::new() }
    }
}

impl Wide {
    fn new(column: usize, values: &[f32]) -> Self {
        let mut sorted: Vec<Entry> =
            (0u32..).zip(values).map(|(row, &value)| Entry { value, row }).collect();
        sorted.sort_unstable_by(|left, right| {
            left.value.total_cmp(&right.value).then(left.row.cmp(&right.row))
        });
        Self { column, sorted }
    }
}

fn single_precision(column: usize, values: &[f64]) -> Result<Vec<f32>, FitError> {
    let convert = |(row, &value): (usize, &f64)| {
        let single = value as f32;
        // Adding 0 makes -0 and 0 one value.
        if single.is_finite() {
            Ok(single + 0.0)
        } else {
            Err(FitError::NotFinite { column, row, value })
        }
    };
    values.iter().enumerate().map(convert).collect()
}

/// The distinct values in ascending order, unless there are more than [`CELLS_MAX`].
fn distinct(values: &[f32]) -> Option<Vec<f32>> {
    let mut found: Vec<f32> = Vec::new();
    let mut previous = None;
    for &value in values {
        // Runs of one value are common, and cost one comparison.
        if previous == Some(value) {
            continue;
        }
        previous = Some(value);
        let place = found.partition_point(|&other| other < value);
        if found.get(place) != Some(&value) {
            if found.len() == CELLS_MAX {
                return None;
            }
            found.insert(place, value);
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_hold_their_columns_codes() {
        let pick = |count: u32, step: u32| -> Vec<f64> {
            (0..1000u32).map(|row| f64::from(row * step / 7 % count)).collect()
        };
        let columns =
            vec![pick(2, 1), pick(80, 3), pick(5, 2), pick(1, 1), pick(31, 5), pick(600, 9)];
        let bins = Bins::new(&Matrix::new(columns).unwrap()).unwrap();
        let narrow: Vec<usize> = bins.narrow.iter().map(|narrow| narrow.column).collect();
        assert_eq!(narrow, [0, 1, 2, 4]);
        assert_eq!(bins.wide.len(), 1);
        let cells: Vec<usize> = bins.bundles.iter().map(|bundle| bundle.cell_count).collect();
        assert_eq!(cells, [160, 155]);
        for narrow in &bins.narrow {
            for row in 0..1000 {
                let cell = bins.bundle_codes[row * 2 + narrow.bundle];
                assert_eq!(narrow.bin_of_cell[usize::from(cell)], narrow.codes[row]);
            }
        }
    }

    #[test]
    fn values_must_be_finite() {
        for value in [f64::NAN, 1e39] {
            let x = Matrix::new(vec![vec![1.0, value]]).unwrap();
            assert!(matches!(Bins::new(&x), Err(FitError::NotFinite { column: 0, row: 1, .. })));
        }
    }
}
