//! Step 1, the rows: equal rows become one row that weighs more.
//!
//! Trees cannot part equal rows, and what boosting sums over them follows from how many there
//! are of each class. Survey answers repeat: four columns of the diabetes survey leave a fifth
//! of the rows. Where rows hardly repeat, they are left alone.

use crate::learn::equal_rows::group_equal;

/// Rows that are looked at to find out whether rows repeat.
const SAMPLE_ROWS: usize = 4096;

/// Of so many rows one must repeat an earlier one for merging to pay.
const ROWS_PER_REPEAT_MAX: usize = 16;

/// Which rows are equal.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::learn) struct DistinctRows {
    row_count: usize,
    /// The group of each row; `None` when each row is a group of its own.
    groups: Option<Vec<u32>>,
    /// The first row of each group, in ascending order; empty when each row is a group.
    first: Vec<u32>,
}

/// What each group weighs.
#[derive(Debug, Clone, Default)]
pub(in crate::learn) struct Weights {
    /// All rows of each group.
    pub(in crate::learn) all: Vec<f64>,
    /// One list an output: the rows of its class. Two classes have one output, the second.
    pub(in crate::learn) of_output: Vec<Vec<f64>>,
}

impl DistinctRows {
    /// Merges equal rows of these columns: numbers of values and codes.
    pub(super) fn new(row_count: usize, columns: &[(usize, &[u8])]) -> Self {
        let alone = Self::alone(row_count);
        let pays = |first: &[u32], rows: usize| (rows - first.len()) * ROWS_PER_REPEAT_MAX >= rows;
        let sample = row_count.min(SAMPLE_ROWS);
        let repeats = |keys: Vec<u64>| pays(&group_equal(&keys).1, sample);
        if !keys(columns, sample).is_some_and(repeats) {
            return alone;
        }
        let Some(keys) = keys(columns, row_count) else { return alone };
        let (groups, first) = group_equal(&keys);
        if pays(&first, row_count) {
            Self { row_count, groups: Some(groups), first }
        } else {
            alone
        }
    }

    /// Each row is a group of its own.
    pub(super) fn alone(row_count: usize) -> Self {
        Self { row_count, groups: None, first: Vec::new() }
    }

    /// Number of groups.
    pub(in crate::learn) fn group_count(&self) -> usize {
        if self.groups.is_some() { self.first.len() } else { self.row_count }
    }

    /// The values of the first row of each group.
    pub(super) fn select<'a>(&'a self, codes: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
        let is_merged = self.groups.is_some();
        let all = codes.iter().copied().filter(move |_| !is_merged);
        all.chain(self.first.iter().map(|&row| codes[row as usize]))
    }

    /// How many rows of each group take part.
    pub(in crate::learn) fn counts(&self, is_taken: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut counts = vec![0; self.group_count()];
        for row in (0..self.row_count).filter(|&row| is_taken(row)) {
            counts[self.group(row)] += 1;
        }
        counts
    }

    /// The group of a row.
    pub(super) fn group(&self, row: usize) -> usize {
        self.groups.as_ref().map_or(row, |groups| groups[row] as usize)
    }

    /// What each group weighs when each row weighs `weight_of` its index, and 0 for rows that
    /// take no part.
    pub(in crate::learn) fn weights(
        &self,
        y: &[u32],
        class_count: usize,
        weight_of: impl Fn(usize) -> f64,
    ) -> Weights {
        let outputs = if class_count == 2 { 1 } else { class_count };
        let mut all = vec![0.0; self.group_count()];
        let mut of_output = vec![all.clone(); outputs];
        for (row, &class) in y.iter().enumerate() {
            let group = self.group(row);
            let weight = weight_of(row);
            all[group] += weight;
            let output = if class_count == 2 { class.wrapping_sub(1) } else { class };
            if let Some(of_output) = of_output.get_mut(output as usize) {
                of_output[group] += weight;
            }
        }
        Weights { all, of_output }
    }
}

/// For each of the first rows one number that tells rows apart: the codes as digits, each
/// column its own base. `None` when 64 bits cannot hold it; such rows hardly repeat.
fn keys(columns: &[(usize, &[u8])], row_count: usize) -> Option<Vec<u64>> {
    let mut keys = vec![0u64; row_count];
    let mut stride = 1u64;
    for (count, codes) in columns {
        for (key, &code) in keys.iter_mut().zip(*codes) {
            *key += stride * u64::from(code);
        }
        stride = stride.checked_mul(*count as u64)?;
    }
    Some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_rows_are_one_group() {
        let columns: [(usize, &[u8]); 2] = [(2, &[0, 1, 0, 0, 1]), (2, &[0, 0, 0, 0, 1])];
        let rows = DistinctRows::new(5, &columns);
        assert_eq!(rows.groups, Some(vec![0, 1, 0, 0, 2]));
        assert_eq!(rows.select(columns[0].1).collect::<Vec<_>>(), [0, 1, 1]);
        let weights = rows.weights(&[1, 1, 0, 1, 0], 2, |row| f64::from(u8::from(row != 3)));
        assert_eq!(weights.all, [2.0, 1.0, 1.0]);
        assert_eq!(weights.of_output, [[1.0, 1.0, 0.0]]);
        let weights = rows.weights(&[1, 1, 0, 2, 0], 3, |_| 1.0);
        assert_eq!(weights.of_output, [[1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]);
    }

    #[test]
    fn rows_that_hardly_repeat_are_left_alone() {
        let codes: Vec<u8> = (0..250).collect();
        let rows = DistinctRows::new(250, &[(250, &codes)]);
        assert_eq!((rows.groups.as_ref(), rows.group_count()), (None, 250));
        assert_eq!(rows.select(&codes).collect::<Vec<_>>(), codes);
        assert_eq!(DistinctRows::new(250, &[(250, codes.as_slice()); 10]).groups, None);
    }
}
