//! Decision trees as one flat array of records.
//!
//! A tree is a run of nodes; children of a node stand next to each other and behind it
//! (`child` and `child + 1`), so a walk only moves forward and must end. [`Trees::new`]
//! checks that once; [`Trees::leaf`] then needs no check and cannot loop.

use thiserror::Error;

use crate::tensors::{TensorReader, TensorWriter};
use crate::{DecodeError, Limits, TensorError};

/// The feature index that marks a leaf.
pub const LEAF: u32 = u32::MAX;

/// One node: a split, or a leaf when `feature` is [`LEAF`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Index of the feature that the split looks at, or [`LEAF`].
    pub feature: u32,
    /// Split: index of the left child in the array of all nodes; the right one follows it.
    /// Leaf: 0.
    pub child: u32,
    /// Split: values at or below it go left. Leaf: what the leaf adds to the score.
    pub value: f64,
}

/// A sequence of trees over one array of nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Trees {
    /// `starts[t]..starts[t + 1]` are the nodes of tree `t`; the first is its root.
    starts: Vec<u32>,
    nodes: Vec<Node>,
}

/// Why an array of nodes is not a sequence of trees.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TreesError {
    /// `starts` does not partition the nodes.
    #[error("tree starts do not partition the {nodes} nodes: {why}")]
    Starts {
        /// Nodes found.
        nodes: usize,
        /// What is wrong.
        why: String,
    },
    /// A node that prediction could not follow.
    #[error("tree {tree}, node {node}: {why}")]
    Node {
        /// Index of the tree.
        tree: usize,
        /// Index of the node in the array of all nodes.
        node: usize,
        /// What is wrong.
        why: String,
    },
    /// More than a limit allows.
    #[error("{what}: found {found}, the limit is {max}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        max: usize,
    },
}

impl Trees {
    /// Takes nodes and where each tree starts (one more entry than trees, the last being the
    /// number of nodes) and checks everything that prediction relies on.
    ///
    /// # Errors
    /// [`TreesError`] names the first tree and node that break a rule.
    pub fn new(
        starts: Vec<u32>,
        nodes: Vec<Node>,
        feature_count: usize,
        limits: &Limits,
    ) -> Result<Self, TreesError> {
        let bad_starts = |why: &str| TreesError::Starts { nodes: nodes.len(), why: why.to_owned() };
        if starts.first() != Some(&0) {
            return Err(bad_starts("the first tree must start at node 0"));
        }
        if starts.last().map(|&last| last as usize) != Some(nodes.len()) {
            return Err(bad_starts("the last entry must be the number of nodes"));
        }
        if starts.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(bad_starts("each tree must have at least one node"));
        }
        let tree_count = starts.len() - 1;
        if tree_count > limits.tree_count_max {
            return Err(TreesError::Limit {
                what: "trees",
                found: tree_count,
                max: limits.tree_count_max,
            });
        }
        let mut depths = Vec::new();
        for (tree, pair) in starts.windows(2).enumerate() {
            let range = pair[0] as usize..pair[1] as usize;
            check_tree(tree, &nodes, range, feature_count, limits, &mut depths)?;
        }
        Ok(Self { starts, nodes })
    }

    /// Number of trees.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no tree.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where each tree starts, and behind the last the number of nodes.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// All nodes, tree after tree.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The value of the leaf that a row reaches in tree `tree`.
    ///
    /// Features are compared as single precision numbers, as they were in training; NaN goes
    /// right, since no comparison holds for it.
    ///
    /// # Panics
    /// When `tree` is not below [`Trees::len`] or the row has fewer values than features.
    pub fn leaf(&self, tree: usize, row: &[f32]) -> f64 {
        let mut node = &self.nodes[self.starts[tree] as usize];
        while node.feature != LEAF {
            let goes_left = f64::from(row[node.feature as usize]) <= node.value;
            node = &self.nodes[node.child as usize + usize::from(!goes_left)];
        }
        node.value
    }

    /// A prepared row in the precision that [`Trees::leaf`] compares with: converted once,
    /// before the first tree.
    pub fn single_precision(row: &[f64]) -> Vec<f32> {
        row.iter().map(|&value| value as f32).collect()
    }

    /// Writes the arrays `learner.trees.*`.
    pub(crate) fn write(&self, arrays: &mut TensorWriter) {
        arrays.u32("learner.trees.start", self.starts.iter().copied());
        arrays.u32("learner.trees.feature", self.nodes.iter().map(|node| node.feature));
        arrays.u32("learner.trees.child", self.nodes.iter().map(|node| node.child));
        let values: Vec<f64> = self.nodes.iter().map(|node| node.value).collect();
        arrays.f64("learner.trees.value", &values);
    }

    /// Reads and checks what [`Trees::write`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] when an array is missing or the arrays do not form trees.
    pub(crate) fn read(
        arrays: &mut TensorReader<'_>,
        feature_count: usize,
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        let starts = arrays.u32("learner.trees.start")?;
        let features = arrays.u32("learner.trees.feature")?;
        let children = arrays.u32("learner.trees.child")?;
        let values = arrays.f64("learner.trees.value")?;
        if features.len() != children.len() || features.len() != values.len() {
            return Err(TensorError::Malformed(format!(
                "the arrays of the trees differ in length: {} features, {} children, {} values",
                features.len(),
                children.len(),
                values.len()
            ))
            .into());
        }
        let nodes = features
            .into_iter()
            .zip(children)
            .zip(values)
            .map(|((feature, child), value)| Node { feature, child, value })
            .collect();
        Ok(Self::new(starts, nodes, feature_count, limits)?)
    }
}

fn check_tree(
    tree: usize,
    nodes: &[Node],
    range: std::ops::Range<usize>,
    feature_count: usize,
    limits: &Limits,
    depths: &mut Vec<usize>,
) -> Result<(), TreesError> {
    let bad = |node: usize, why: String| TreesError::Node { tree, node, why };
    // A node of depth 0 is one that no parent has claimed.
    depths.clear();
    depths.resize(range.len(), 0);
    depths[0] = 1;
    for index in range.clone() {
        let node = nodes[index];
        let depth = depths[index - range.start];
        if depth == 0 {
            return Err(bad(index, "no split leads to it".to_owned()));
        }
        if depth > limits.tree_depth_max {
            return Err(TreesError::Limit {
                what: "nodes on one path of a tree",
                found: depth,
                max: limits.tree_depth_max,
            });
        }
        if !node.value.is_finite() {
            return Err(bad(index, "its threshold or value is not a finite number".to_owned()));
        }
        if node.feature == LEAF {
            if node.child != 0 {
                return Err(bad(index, format!("a leaf with the child {}", node.child)));
            }
            continue;
        }
        if node.feature as usize >= feature_count {
            return Err(bad(
                index,
                format!("looks at feature {} of {feature_count}", node.feature),
            ));
        }
        let left = node.child as usize;
        if left <= index || left + 1 >= range.end {
            return Err(bad(
                index,
                format!(
                    "its children {left} and {} must stand behind it in its own tree",
                    left + 1
                ),
            ));
        }
        for child in [left, left + 1] {
            let slot = &mut depths[child - range.start];
            if *slot != 0 {
                return Err(bad(child, "two splits lead to it".to_owned()));
            }
            *slot = depth + 1;
        }
    }
    Ok(())
}
