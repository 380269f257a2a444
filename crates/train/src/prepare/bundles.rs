//! How LightGBM bundles columns, as far as it changes what trees see.
//!
//! LightGBM stores columns whose rare values hardly ever meet in one row as one column
//! ("exclusive feature bundling": G. Ke et al., "LightGBM: A Highly Efficient Gradient Boosting
//! Decision Tree", NIPS 2017, section 4). Versions 3.3 to 4.7 look for rows that meet after the
//! values of each column were sorted, each for itself. Of columns without zeros, as a
//! normalisation leaves them, rows of rare low values then seem to stand first and rows of rare
//! high values last, and columns are bundled that do meet: where they meet, the later one
//! counts and the earlier one takes its frequent value.
//!
//! The published feature selection ranks columns by the splits of such trees. On the diabetes
//! survey `HeartDiseaseorAttack` gives way to `PhysActivity`, and without this the fourth place
//! of the ranking falls to another column in some parts of the cross-validation. So the
//! selection sees columns as LightGBM does; the learners see them as they are.

use crate::data::Matrix;

/// The share of rows of its most frequent value from which on a column is sparse.
const SPARSE_SHARE_MIN: f64 = 0.7;

/// The share of rows with rare values from which on columns stay bundled; below it LightGBM
/// keeps several values a row.
const DENSE_SHARE_MIN: f64 = 0.4;

/// One row in so many may meet.
const ROWS_PER_CONFLICT: usize = 10_000;

/// Bundles that are tried for a column, at most.
const TRIES_MAX: usize = 100;

/// Numbers up to this magnitude are zero for LightGBM.
const ZERO_MAX: f64 = 1e-35;

/// The columns as they look after LightGBM has bundled them. No value may be missing.
pub fn bundled(x: &Matrix) -> Matrix {
    let columns: Vec<Sparse> = x.columns().iter().map(|column| Sparse::new(column)).collect();
    let order: Vec<usize> = (0..columns.len()).collect();
    let mut by_count = order.clone();
    by_count.sort_by_key(|&column| std::cmp::Reverse(columns[column].nonzero_count));
    let bundles = [order, by_count].map(|order| find_bundles(&columns, &order, x.row_count()));
    let [first, second] = bundles;
    let bundles = if first.len() > second.len() { second } else { first };
    let mut changed = x.columns().to_vec();
    for mut bundle in bundles.into_iter().filter(|bundle| bundle.len() > 1) {
        bundle.sort_unstable();
        give_way(&mut changed, &columns, &bundle);
    }
    // No column changed its length.
    Matrix::new(changed).unwrap_or_default()
}

/// What bundling looks at in one column.
struct Sparse {
    frequent: f64,
    nonzero_count: usize,
    /// Rows that seem to hold another value than the frequent one.
    is_rare: Vec<bool>,
    rare_count: usize,
}

impl Sparse {
    fn new(column: &[f64]) -> Self {
        let is_zero = |value: f64| value.abs() <= ZERO_MAX;
        let nonzero_count = column.iter().filter(|&&value| !is_zero(value)).count();
        let majority = majority(column);
        let count = column.iter().filter(|&&value| value == majority).count();
        let is_sparse = count as f64 >= SPARSE_SHARE_MIN * column.len() as f64;
        let frequent = if is_sparse { majority } else { 0.0 };
        let mut is_rare: Vec<bool> = column.iter().map(|&value| !is_zero(value)).collect();
        if !is_zero(frequent) {
            let low = column.iter().filter(|&&value| value < frequent && !is_zero(value)).count();
            let places = low..low + count;
            let mut place = 0;
            for is_rare in &mut is_rare {
                let is_nonzero = *is_rare;
                *is_rare = !(is_nonzero && places.contains(&place));
                place += usize::from(is_nonzero);
            }
        }
        let rare_count = is_rare.iter().filter(|&&is_rare| is_rare).count();
        Self { frequent, nonzero_count, is_rare, rare_count }
    }
}

/// The value of more than half of the rows, if there is one: R. S. Boyer, J. S. Moore, "MJRTY: A
/// Fast Majority Vote Algorithm", 1981.
fn majority(column: &[f64]) -> f64 {
    let (mut candidate, mut lead) = (0.0, 0usize);
    for &value in column {
        if lead == 0 {
            (candidate, lead) = (value, 1);
        } else if value == candidate {
            lead += 1;
        } else {
            lead -= 1;
        }
    }
    candidate
}

/// Columns that seem to have few rare rows in common.
struct Bundle {
    columns: Vec<usize>,
    is_rare: Vec<bool>,
    rare_count: usize,
    conflict_count: usize,
}

impl Bundle {
    /// The rows that a column has in common with this bundle, when they are few enough.
    fn conflicts(&self, column: &Sparse, conflicts_max: usize) -> Option<usize> {
        let left = (conflicts_max - self.conflict_count).min(column.rare_count / 2);
        let pairs = self.is_rare.iter().zip(&column.is_rare);
        let count = pairs.filter(|(left, right)| **left && **right).take(left + 1).count();
        (count <= left).then_some(count)
    }

    fn add(&mut self, index: usize, column: &Sparse, conflicts: usize) {
        self.columns.push(index);
        self.conflict_count += conflicts;
        self.rare_count += column.rare_count - conflicts;
        self.is_rare.iter_mut().zip(&column.is_rare).for_each(|(rare, other)| *rare |= other);
    }
}

/// Deals columns to bundles in this order; bundles of columns that keep their values apart are
/// not among the result.
fn find_bundles(columns: &[Sparse], order: &[usize], row_count: usize) -> Vec<Vec<usize>> {
    let conflicts_max = row_count / ROWS_PER_CONFLICT;
    let mut bundles: Vec<Bundle> = Vec::new();
    for &index in order {
        let column = &columns[index];
        let open: Vec<usize> = (0..bundles.len())
            .filter(|&bundle| {
                let Bundle { rare_count, conflict_count, .. } = bundles[bundle];
                rare_count + conflict_count + column.rare_count <= row_count + conflicts_max
            })
            .collect();
        let tried = open.last().into_iter().chain(&open[..open.len().saturating_sub(1)]);
        let found = tried.take(TRIES_MAX).find_map(|&bundle| {
            bundles[bundle].conflicts(column, conflicts_max).map(|conflicts| (bundle, conflicts))
        });
        match found {
            Some((bundle, conflicts)) => bundles[bundle].add(index, column, conflicts),
            None => bundles.push(Bundle {
                columns: vec![index],
                is_rare: column.is_rare.clone(),
                rare_count: column.rare_count,
                conflict_count: 0,
            }),
        }
    }
    let is_dense = |bundle: &Bundle| bundle.rare_count as f64 >= DENSE_SHARE_MIN * row_count as f64;
    let (dense, sparse): (Vec<Bundle>, Vec<Bundle>) = bundles.into_iter().partition(is_dense);
    let mut found: Vec<Vec<usize>> = dense.into_iter().map(|bundle| bundle.columns).collect();
    let rest: Vec<usize> = sparse.into_iter().flat_map(|bundle| bundle.columns).collect();
    if are_exclusive(columns, &rest, row_count) {
        found.push(rest);
    } else {
        // One group that keeps the values of all its columns.
        found.push(Vec::new());
    }
    found
}

/// Whether the columns that are left over may share one column after all.
fn are_exclusive(columns: &[Sparse], rest: &[usize], row_count: usize) -> bool {
    let mut is_taken = vec![false; row_count];
    let mut conflict_count = 0;
    for &index in rest {
        for (taken, &is_rare) in is_taken.iter_mut().zip(&columns[index].is_rare) {
            conflict_count += usize::from(*taken && is_rare);
            *taken |= is_rare;
        }
        if conflict_count > row_count / ROWS_PER_CONFLICT {
            return false;
        }
    }
    true
}

/// Where several columns of a bundle hold rare values, all but the last one take their
/// frequent value.
fn give_way(values: &mut [Vec<f64>], columns: &[Sparse], bundle: &[usize]) {
    let Some((last, earlier)) = bundle.split_last() else { return };
    let is_rare = |values: &[Vec<f64>], index: usize, row: usize| {
        let frequent = columns[index].frequent;
        values[index][row] != frequent
    };
    let mut is_taken: Vec<bool> =
        (0..values[*last].len()).map(|row| is_rare(values, *last, row)).collect();
    for &index in earlier.iter().rev() {
        for (row, taken) in is_taken.iter_mut().enumerate() {
            if is_rare(values, index, row) {
                if *taken {
                    values[index][row] = columns[index].frequent;
                }
                *taken = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rare low values at the end and rare high values at the front: sorted, they do not meet.
    #[test]
    fn columns_that_seem_exclusive_give_way() {
        let column = |rare: f64, share: usize| -> Vec<f64> {
            (0..100).map(|row| if row % 10 < share { rare } else { 1.0 }).collect()
        };
        let x = Matrix::new(vec![column(5.0, 2), column(-5.0, 3), column(7.0, 6)]).unwrap();
        let found = bundled(&x);
        assert_eq!(found.columns()[0], [1.0; 100]);
        assert_eq!(found.columns()[1..], x.columns()[1..]);
        // With zeros as frequent values rows are compared as they are.
        let zeros = |column: &Vec<f64>| column.iter().map(|value| value - 1.0).collect();
        let x = Matrix::new(x.columns().iter().map(zeros).collect()).unwrap();
        assert_eq!(bundled(&x), x);
    }
}
