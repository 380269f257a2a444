//! Step 3, columns of many values: the rows of every node in the order of their values.
//!
//! Sorted once, then kept sorted: each split deals the rows of its node to the two sides
//! without changing their order. A level of a tree costs one pass over the rows, however
//! many distinct values there are. Source: J. Shafer, R. Agrawal, M. Mehta, "SPRINT: A
//! Scalable Parallel Classifier for Data Mining", VLDB 1996.

use std::ops::Range;

use crate::learn::boosting::binned::{Entry, WideColumn};

/// The rows of all nodes of the tree that is growing, column by column.
pub(super) struct Presorted {
    columns: Vec<Vec<Entry>>,
    scratch: Vec<Entry>,
}

impl Presorted {
    pub(super) fn new(wide: &[WideColumn]) -> Self {
        let columns = wide.iter().map(|wide| wide.sorted.clone()).collect();
        Self { columns, scratch: Vec::new() }
    }

    /// Puts all rows back into the order of the root.
    pub(super) fn reset(&mut self, wide: &[WideColumn]) {
        for (column, wide) in self.columns.iter_mut().zip(wide) {
            column.copy_from_slice(&wide.sorted);
        }
    }

    /// The rows of a node by the values of wide column `wide`.
    pub(super) fn rows(&self, wide: usize, node: Range<usize>) -> &[Entry] {
        &self.columns[wide][node]
    }

    /// Deals the rows of a node: those that go left to the front, all in unchanged order.
    pub(super) fn partition(&mut self, node: Range<usize>, goes_left: &[bool]) {
        for column in &mut self.columns {
            let rows = &mut column[node.clone()];
            self.scratch.clear();
            let mut kept = 0;
            for place in 0..rows.len() {
                let entry = rows[place];
                if goes_left[entry.row as usize] {
                    rows[kept] = entry;
                    kept += 1;
                } else {
                    self.scratch.push(entry);
                }
            }
            rows[kept..].copy_from_slice(&self.scratch);
        }
    }
}
