//! Step 5: trees on their way into a model.

use modelseal_model::{LEAF, Limits, Node, Trees, TreesError, WideTrees};

use super::GrownTree;
use crate::learn::FitError;

/// A model's trees, tree after tree, and the numbers of their leaves.
pub(crate) struct TreesBuilder {
    starts: Vec<u32>,
    nodes: Vec<Node>,
    width: usize,
    table: Vec<f64>,
}

impl TreesBuilder {
    /// For leaves with `width` numbers each.
    pub(crate) fn new(width: usize) -> Self {
        Self { starts: vec![0], nodes: Vec::new(), width, table: Vec::new() }
    }

    /// Appends a tree whose children are counted from its own root and whose leaves hold what
    /// they add to the score.
    pub(crate) fn push_plain(&mut self, tree: &[Node]) -> Result<(), FitError> {
        let limit = |found| TreesError::Limit { what: "nodes", found, max: u32::MAX as usize - 1 };
        let start = self.nodes.len();
        let end = start + tree.len();
        // Below the limit every index of a child fits as well.
        let end = u32::try_from(end).ok().filter(|&end| end < u32::MAX).ok_or(limit(end))?;
        self.starts.push(end);
        self.nodes.extend(tree.iter().map(|&node| match node.feature {
            LEAF => node,
            _ => Node { child: node.child + start as u32, ..node },
        }));
        Ok(())
    }

    /// Appends a tree; `fill` is given the index of each leaf in its tree and appends its
    /// numbers to the table.
    pub(crate) fn push(
        &mut self,
        tree: &[Node],
        mut fill: impl FnMut(usize, &mut Vec<f64>),
    ) -> Result<(), FitError> {
        let start = self.nodes.len();
        self.push_plain(tree)?;
        for (index, node) in self.nodes[start..].iter_mut().enumerate() {
            if node.feature == LEAF {
                node.value = (self.table.len() / self.width) as f64;
                fill(index, &mut self.table);
            }
        }
        Ok(())
    }

    /// Appends a tree whose leaves hold the shares of the classes.
    pub(crate) fn push_shares(&mut self, tree: &GrownTree) -> Result<(), FitError> {
        let width = self.width;
        self.push(&tree.nodes, |leaf, table| {
            let weights = &tree.weights[leaf * width..(leaf + 1) * width];
            let total: f64 = weights.iter().sum();
            table.extend(weights.iter().map(|weight| weight / total));
        })
    }

    /// Forgets all but the first trees, whose leaves hold no numbers of the table.
    pub(crate) fn truncate_plain(&mut self, tree_count: usize) {
        self.starts.truncate(tree_count + 1);
        if let Some(&end) = self.starts.last() {
            self.nodes.truncate(end as usize);
        }
    }

    /// Where each tree starts, and all nodes.
    pub(crate) fn into_parts(self) -> (Vec<u32>, Vec<Node>) {
        (self.starts, self.nodes)
    }

    /// The trees, checked as a model checks them.
    pub(crate) fn finish(self, column_count: usize) -> Result<WideTrees, FitError> {
        let trees = Trees::new(self.starts, self.nodes, column_count, &Limits::default())?;
        WideTrees::new(trees, self.width, self.table).map_err(FitError::Undetermined)
    }
}
