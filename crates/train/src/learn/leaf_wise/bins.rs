//! Step 1: values become bins, once for all trees.

use crate::learn::cart::{Codes, Column, Rows, single_precision};
use crate::learn::{FitError, FitTask};

/// Cells of one bundle at most: a code fits one byte.
pub(super) const CELLS: usize = 256;

/// Rows that quantiles are taken from, at most.
const SAMPLE_ROWS_MAX: usize = 200_000;

/// The rows to learn from, equal ones merged.
pub(super) struct Bins {
    /// The class of each group.
    pub(super) classes: Vec<u32>,
    /// How many rows each group stands for.
    pub(super) row_counts: Vec<u32>,
    /// The group of each row.
    pub(super) groups: Vec<u32>,
    /// Columns that vary.
    pub(super) columns: Vec<BinnedColumn>,
    /// Number of bundles.
    pub(super) width: usize,
    /// Codes group by group: `width` a group.
    pub(super) codes: Vec<u8>,
}

/// One column.
pub(super) struct BinnedColumn {
    /// Index of the column in the matrix.
    pub(super) column: usize,
    /// Between each bin and the next.
    pub(super) thresholds: Vec<f64>,
    /// For each group, its bin.
    pub(super) bins: Vec<u8>,
    /// The bundle that it is part of.
    pub(super) bundle: usize,
    /// For each cell of the bundle, the bin of this column.
    pub(super) bin_of_cell: Vec<u8>,
}

impl Bins {
    pub(super) fn new(task: &FitTask<'_>, bins_max: usize) -> Result<Self, FitError> {
        let mut coded = Vec::new();
        let mut kept = Vec::new();
        for (index, values) in task.x.columns().iter().enumerate() {
            let values = single_precision(index, values)?;
            let (column, thresholds) = bin(&values, bins_max);
            if !thresholds.is_empty() {
                coded.push(column);
                kept.push((index, thresholds));
            }
        }
        let rows = Rows::from_columns(coded, task.y, task.class_count);
        let counts: Vec<usize> = kept.iter().map(|(_, thresholds)| thresholds.len() + 1).collect();
        let (bundle_of, cell_counts) = bundle(&counts);
        let width = cell_counts.len();
        let mut codes = vec![0u8; rows.classes.len() * width];
        let mut strides = vec![1usize; width];
        let mut columns = Vec::with_capacity(kept.len());
        for (index, (column, thresholds)) in kept.into_iter().enumerate() {
            let (bundle, base) = (bundle_of[index], counts[index]);
            let stride = strides[bundle];
            strides[bundle] *= base;
            let Codes::Narrow(bins) = &rows.columns[index].codes else { continue };
            for (row, &bin) in codes.chunks_exact_mut(width).zip(bins) {
                // The sum stays below the bundle's number of cells, so it fits.
                row[bundle] += (stride * usize::from(bin)) as u8;
            }
            let bin_of_cell =
                (0..cell_counts[bundle]).map(|cell| (cell / stride % base) as u8).collect();
            columns.push(BinnedColumn {
                column,
                thresholds,
                bins: bins.clone(),
                bundle,
                bin_of_cell,
            });
        }
        let Rows { classes, row_counts, groups, .. } = rows;
        Ok(Self { classes, row_counts, groups, columns, width, codes })
    }
}

/// One column in bins, and the thresholds between them.
fn bin(values: &[f32], bins_max: usize) -> (Column, Vec<f64>) {
    let middle = |pair: &[f32]| f64::from(pair[0]) / 2.0 + f64::from(pair[1]) / 2.0;
    if let Some(column) = Column::narrow(values) {
        let thresholds = column.values.windows(2).map(middle).collect();
        return (column, thresholds);
    }
    let step = values.len().div_ceil(SAMPLE_ROWS_MAX);
    let mut sample: Vec<f32> = values.iter().step_by(step).copied().collect();
    sample.sort_unstable_by(f32::total_cmp);
    // The last value of each bin; values of one size share a bin.
    let mut ends: Vec<f32> = Vec::new();
    for part in 1..bins_max {
        let end = sample[part * sample.len() / bins_max];
        if ends.last() != Some(&end) && Some(&end) != sample.last() {
            ends.push(end);
        }
    }
    let above = |end: &f32| sample[sample.partition_point(|value| value <= end)];
    let thresholds: Vec<f64> = ends.iter().map(|end| middle(&[*end, above(end)])).collect();
    let bin_of = |&value: &f32| {
        // At most 255 bins.
        thresholds.partition_point(|&threshold| threshold < f64::from(value)) as u8
    };
    let codes = Codes::Narrow(values.iter().map(bin_of).collect());
    // Only the number of values matters from here on.
    ends.push(f32::MAX);
    (Column { values: ends, codes }, thresholds)
}

/// Deals columns of these numbers of bins to bundles: those of most bins first, each into the
/// first bundle that has room for it. Returns the bundle of each column and the cells of each
/// bundle.
fn bundle(counts: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(counts[index]));
    let mut bundle_of = vec![0; counts.len()];
    let mut cells: Vec<usize> = Vec::new();
    for index in order {
        let count = counts[index];
        bundle_of[index] = match cells.iter().position(|cells| cells * count <= CELLS) {
            Some(found) => {
                cells[found] *= count;
                found
            }
            None => {
                cells.push(count);
                cells.len() - 1
            }
        };
    }
    (bundle_of, cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Matrix;

    #[test]
    fn bins_follow_the_thresholds() {
        let pick = |count: u32, step: u32| -> Vec<f64> {
            (0..3000u32).map(|row| f64::from(row * step / 7 % count)).collect()
        };
        let x = Matrix::new(vec![pick(2, 1), pick(80, 3), pick(1, 1), pick(1900, 9)]).unwrap();
        let y: Vec<u32> = (0..3000).map(|row| row % 2).collect();
        let task = FitTask { x: &x, y: &y, class_count: 2, seed: 0 };
        let bins = Bins::new(&task, 255).unwrap();
        assert_eq!(bins.columns.iter().map(|it| it.column).collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(bins.width, 2);
        for column in &bins.columns {
            assert!(column.thresholds.windows(2).all(|pair| pair[0] < pair[1]));
            for (row, &value) in x.columns()[column.column].iter().enumerate() {
                let group = bins.groups[row] as usize;
                let bin = usize::from(column.bins[group]);
                assert!(bin == 0 || column.thresholds[bin - 1] < value);
                assert!(bin == column.thresholds.len() || value <= column.thresholds[bin]);
                let cell = bins.codes[group * bins.width + column.bundle];
                assert_eq!(column.bin_of_cell[usize::from(cell)], column.bins[group]);
            }
        }
        assert_eq!(bins.columns[2].thresholds.len(), 254);
    }
}
