//! Trees whose leaves hold several numbers each.

use crate::tensors::{TensorReader, TensorWriter};
use crate::walk::walk;
use crate::{DecodeError, LEAF, Limits, TensorError, Trees};

/// [`Trees`] and a table with one row a leaf, in the order of the leaves in the array of all
/// nodes. The value of a leaf is the number of its row.
#[derive(Debug, Clone, PartialEq)]
pub struct WideTrees {
    trees: Trees,
    width: usize,
    table: Vec<f64>,
}

impl WideTrees {
    /// Joins trees and their table of `width` numbers a leaf; checks everything that
    /// prediction relies on.
    ///
    /// # Errors
    /// A sentence that names the leaf or the length that is wrong.
    pub fn new(trees: Trees, width: usize, table: Vec<f64>) -> Result<Self, String> {
        let leaves = trees.nodes().iter().filter(|node| node.feature == LEAF);
        let mut leaf_count = 0usize;
        for leaf in leaves {
            if leaf.value != leaf_count as f64 {
                return Err(format!("leaf {leaf_count} points to row {} of the table", leaf.value));
            }
            leaf_count += 1;
        }
        if leaf_count.checked_mul(width) != Some(table.len()) {
            return Err(format!(
                "the table of leaves has {} values, expected {width} for each of {leaf_count} leaves",
                table.len()
            ));
        }
        match table.iter().position(|number| !number.is_finite()) {
            Some(at) => Err(format!("value {at} of the table of leaves is not a finite number")),
            None => Ok(Self { trees, width, table }),
        }
    }

    /// The trees; the values of their leaves are rows of the table.
    pub fn trees(&self) -> &Trees {
        &self.trees
    }

    /// Numbers a leaf.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The numbers of all leaves, leaf after leaf.
    pub fn table(&self) -> &[f64] {
        &self.table
    }

    /// The numbers of the leaf that a row reaches in tree `tree`.
    ///
    /// # Panics
    /// When `tree` is not below the number of trees or the row has fewer values than features.
    pub fn leaf(&self, tree: usize, row: &[f32]) -> &[f64] {
        // Checked to be a row of the table.
        let leaf = self.trees.leaf(tree, row) as usize;
        &self.table[leaf * self.width..(leaf + 1) * self.width]
    }

    /// The sums of the leaves that a row reaches, tree after tree.
    pub(crate) fn sums(&self, row: &[f64]) -> Vec<f64> {
        let row = Trees::single_precision(row);
        let mut sums = vec![0.0; self.width];
        for tree in 0..self.trees.len() {
            for (sum, value) in sums.iter_mut().zip(self.leaf(tree, &row)) {
                *sum += value;
            }
        }
        sums
    }

    /// The sums of the leaves that many rows of `width` values reach, row after row.
    pub(crate) fn sums_of_rows(&self, rows: &[f64], width: usize) -> Vec<f64> {
        let mut sums = vec![0.0; rows.len() / width.max(1) * self.width];
        walk(&self.trees, rows, width, |row, _, leaf| {
            // Checked to be a row of the table.
            let leaf = leaf as usize;
            let values = &self.table[leaf * self.width..(leaf + 1) * self.width];
            let sums = &mut sums[row * self.width..(row + 1) * self.width];
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        });
        sums
    }

    /// Writes the arrays `learner.trees.*` and `learner.leaves`.
    pub(crate) fn write(&self, arrays: &mut TensorWriter) {
        self.trees.write(arrays);
        arrays.f64("learner.leaves", &self.table);
    }

    /// Reads and checks what [`WideTrees::write`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] when an array is missing or the arrays do not form such trees.
    pub(crate) fn read(
        arrays: &mut TensorReader<'_>,
        feature_count: usize,
        width: usize,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let trees = Trees::read(arrays, feature_count, limits)?;
        let table = arrays.f64("learner.leaves")?;
        Self::new(trees, width, table).map_err(|why| TensorError::Malformed(why).into())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]
mod tests {
    use super::*;
    use crate::Node;

    fn stump(values: [f64; 2]) -> Trees {
        let leaf = |value| Node { feature: LEAF, child: 0, value };
        let nodes =
            vec![Node { feature: 0, child: 1, value: 0.5 }, leaf(values[0]), leaf(values[1])];
        Trees::new(vec![0, 3], nodes, 1, &Limits::default()).unwrap()
    }

    #[test]
    fn a_row_gets_the_numbers_of_its_leaf() {
        let trees = WideTrees::new(stump([0.0, 1.0]), 2, vec![0.25, 0.75, 1.0, 0.0]).unwrap();
        assert_eq!(trees.leaf(0, &[0.5]), [0.25, 0.75]);
        assert_eq!(trees.sums(&[0.6]), [1.0, 0.0]);
    }

    #[test]
    fn tables_that_do_not_fit_are_refused() {
        let refused =
            |values, width, table| WideTrees::new(stump(values), width, table).unwrap_err();
        assert_eq!(refused([0.0, 2.0], 2, vec![0.0; 4]), "leaf 1 points to row 2 of the table");
        assert_eq!(
            refused([0.0, 1.0], 2, vec![0.0; 3]),
            "the table of leaves has 3 values, expected 2 for each of 2 leaves"
        );
        assert_eq!(
            refused([0.0, 1.0], usize::MAX, vec![]),
            format!(
                "the table of leaves has 0 values, expected {} for each of 2 leaves",
                usize::MAX
            )
        );
        assert_eq!(
            refused([0.0, 1.0], 1, vec![0.0, f64::NAN]),
            "value 1 of the table of leaves is not a finite number"
        );
    }
}
