//! Step 3: one tree, leaf by leaf.

use std::ops::Range;

use modelseal_model::{LEAF, Node};

use super::Parameters;
use super::points::{Cell, Units};
use super::split_search::{Cut, Rules};
use crate::learn::boosting::binned::Binned;
use crate::learn::boosting::chances::LeafValue;
use crate::learn::boosting::deal::deal;
use crate::learn::boosting::histogram::{Histogram, Marginals, Sum};

/// Grows trees over the same rows; keeps its buffers from tree to tree.
pub(super) struct Grower<'a> {
    binned: &'a Binned,
    rules: Rules,
    learning_rate: f64,
    leaf_count_max: usize,
    max_depth: usize,
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
    /// Groups of equal rows, leaf by leaf.
    order: Vec<u32>,
    scratch: Vec<u32>,
    ordered: Vec<Cell>,
    /// One histogram a leaf.
    histograms: Vec<Histogram<Cell>>,
    marginals: Marginals<Cell>,
    /// For each leaf, the columns that gained something in the leaf that it is a part of.
    open_columns: Vec<Vec<bool>>,
}

/// A leaf of the tree that is growing.
struct Leaf {
    node: usize,
    depth: usize,
    groups: Range<usize>,
    sums: Cell,
    /// What its best cut gains.
    best: Option<(f64, Cut)>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(binned: &'a Binned, parameters: &Parameters, units: Units) -> Self {
        let group_count = binned.rows.group_count();
        Self {
            binned,
            rules: Rules::new(parameters, units),
            learning_rate: parameters.learning_rate,
            leaf_count_max: parameters.num_leaves,
            max_depth: parameters.max_depth,
            nodes: Vec::new(),
            leaves: Vec::new(),
            order: Vec::with_capacity(group_count),
            scratch: vec![0; group_count],
            ordered: Vec::new(),
            histograms: Vec::new(),
            marginals: Marginals::new(&binned.strips),
            open_columns: Vec::new(),
        }
    }

    /// The tree that was grown last. Children stand next to each other and behind their
    /// parent; the root is first.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All groups, leaf by leaf of the tree that was grown last, in ascending order in each.
    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// The leaves of the tree that was grown last.
    pub(super) fn leaf_values(&self) -> Vec<LeafValue> {
        let of = |leaf: &Leaf| LeafValue {
            rows: leaf.groups.clone(),
            value: self.nodes[leaf.node].value,
        };
        self.leaves.iter().map(of).collect()
    }

    /// Grows one tree on these columns.
    pub(super) fn grow(&mut self, points: &[Cell], columns: &[usize]) {
        self.order.clear();
        // A table has fewer rows than u32 can count.
        self.order.extend(0..points.len() as u32);
        let sums = points.iter().fold(Cell::default(), |sums, &point| sums.plus(point));
        self.nodes.clear();
        self.leaves.clear();
        self.nodes.push(Node { feature: LEAF, child: 0, value: 0.0 });
        self.leaves.push(Leaf { node: 0, depth: 0, groups: 0..points.len(), sums, best: None });
        if self.may_split(0) {
            self.reserve_histogram(0);
            self.open_columns[0].fill(true);
            self.histograms[0].build(&self.binned.strips, None, points, &mut self.ordered);
            self.search(0, columns);
        }
        while self.leaves.len() < self.leaf_count_max
            && let Some((leaf, cut)) = self.most_gainful()
        {
            self.split(leaf, &cut);
            if self.leaves.len() < self.leaf_count_max {
                self.search_children(leaf, points, columns);
            }
        }
        for leaf in &self.leaves {
            self.nodes[leaf.node].value = self.learning_rate * self.rules.value(leaf.sums);
        }
    }

    fn may_split(&self, leaf: usize) -> bool {
        let leaf = &self.leaves[leaf];
        leaf.depth < self.max_depth && self.rules.may_split(leaf.sums)
    }

    /// The leaf whose cut gains most, of equal ones the first.
    fn most_gainful(&self) -> Option<(usize, Cut)> {
        let mut best: Option<(usize, f64, Cut)> = None;
        for (index, leaf) in self.leaves.iter().enumerate() {
            if let Some((gain, cut)) = leaf.best
                && best.is_none_or(|(_, most, _)| gain > most)
            {
                best = Some((index, gain, cut));
            }
        }
        best.map(|(index, _, cut)| (index, cut))
    }

    /// Splits a leaf: it becomes its left side, the right side is the last leaf.
    fn split(&mut self, index: usize, cut: &Cut) {
        let column = &self.binned.columns[cut.column];
        let (start, end) = (self.leaves[index].groups.start, self.leaves[index].groups.end);
        let is_left = self.binned.strips.at_most(cut.column, cut.bin);
        let groups = &mut self.order[start..end];
        let middle = start + deal(groups, &mut self.scratch, |group| is_left.holds(group));
        let leaf = &mut self.leaves[index];
        let child = self.nodes.len();
        // A model has fewer features and nodes than u32 can count.
        self.nodes[leaf.node] = Node {
            feature: column.column as u32,
            child: child as u32,
            value: column.thresholds[usize::from(cut.bin)],
        };
        self.nodes.extend([Node { feature: LEAF, child: 0, value: 0.0 }; 2]);
        let depth = leaf.depth + 1;
        let right = leaf.sums.minus(cut.left);
        *leaf = Leaf { node: child, depth, groups: start..middle, sums: cut.left, best: None };
        let groups = middle..end;
        self.leaves.push(Leaf { node: child + 1, depth, groups, sums: right, best: None });
    }

    /// Searches the two sides of the last split: the one with fewer groups is counted, the
    /// other is what remains of the parent.
    fn search_children(&mut self, left: usize, points: &[Cell], columns: &[usize]) {
        let right = self.leaves.len() - 1;
        if !self.may_split(left) && !self.may_split(right) {
            return;
        }
        self.reserve_histogram(right);
        if let Ok([parent, own]) = self.open_columns.get_disjoint_mut([left, right]) {
            own.clone_from(parent);
        }
        let size = |leaf: usize| self.leaves[leaf].groups.len();
        let small = if size(right) <= size(left) { right } else { left };
        if small == left {
            // The parent's histogram becomes that of the larger side.
            self.histograms.swap(left, right);
        }
        let large = left + right - small;
        let groups = &self.order[self.leaves[small].groups.clone()];
        let ordered = &mut self.ordered;
        self.histograms[small].build(&self.binned.strips, Some(groups), points, ordered);
        if let Ok([large, small]) = self.histograms.get_disjoint_mut([large, small]) {
            large.subtract(small, &self.binned.strips);
        }
        for leaf in [left, right] {
            if self.may_split(leaf) {
                self.search(leaf, columns);
            }
        }
    }

    fn search(&mut self, leaf: usize, columns: &[usize]) {
        self.marginals.compute(&self.histograms[leaf], &self.binned.strips);
        let sums = self.leaves[leaf].sums;
        self.leaves[leaf].best =
            self.rules.best_cut(sums, &self.marginals, columns, &mut self.open_columns[leaf]);
    }

    fn reserve_histogram(&mut self, leaf: usize) {
        while self.histograms.len() <= leaf {
            self.histograms.push(Histogram::new(&self.binned.strips));
            self.open_columns.push(vec![true; self.binned.columns.len()]);
        }
    }
}
