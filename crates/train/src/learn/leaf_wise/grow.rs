//! Step 3: one tree, leaf by leaf.

use std::ops::Range;

use modelseal_model::{LEAF, Node};

use super::Parameters;
use super::bins::Bins;
use super::histogram::{Cell, Histogram, Point};
use super::split_search::{Cut, Rules};

/// Grows trees over the same rows; keeps its buffers from tree to tree.
pub(super) struct Grower<'a> {
    bins: &'a Bins,
    rules: Rules,
    learning_rate: f64,
    leaf_count_max: usize,
    max_depth: usize,
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
    /// Groups, leaf by leaf; those that take no part in the tree at the end.
    order: Vec<u32>,
    scratch: Vec<u32>,
    /// One histogram a leaf.
    histograms: Vec<Histogram>,
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
    pub(super) fn new(bins: &'a Bins, parameters: &Parameters) -> Self {
        Self {
            bins,
            rules: Rules::new(parameters),
            learning_rate: parameters.learning_rate,
            leaf_count_max: parameters.num_leaves,
            max_depth: parameters.max_depth,
            nodes: Vec::new(),
            leaves: Vec::new(),
            order: Vec::with_capacity(bins.classes.len()),
            scratch: vec![0; bins.classes.len()],
            histograms: Vec::new(),
        }
    }

    /// The tree that was grown last. Children stand next to each other and behind their
    /// parent; the root is first.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Grows one tree on these columns.
    pub(super) fn grow(&mut self, points: &[Point], columns: &[usize]) {
        let count = self.start(points);
        let mut sums = Cell::default();
        self.order[..count].iter().for_each(|&group| sums.add(points[group as usize].into()));
        self.nodes.clear();
        self.leaves.clear();
        self.nodes.push(Node { feature: LEAF, child: 0, value: 0.0 });
        self.leaves.push(Leaf { node: 0, depth: 0, groups: 0..count, sums, best: None });
        if self.may_split(0) {
            self.reserve_histogram(0);
            self.histograms[0].build(&self.bins.codes, &self.order[..count], points);
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

    /// Puts the groups that take part to the front; returns how many there are.
    fn start(&mut self, points: &[Point]) -> usize {
        self.order.clear();
        let groups = 0..points.len() as u32;
        self.order.extend(groups.clone().filter(|&group| points[group as usize].rows > 0));
        let count = self.order.len();
        if count < points.len() {
            self.order.extend(groups.filter(|&group| points[group as usize].rows == 0));
        }
        count
    }

    /// Adds the last tree to the scores of all groups.
    pub(super) fn add_to(&self, scores: &mut [f64]) {
        let mut part = 0;
        for leaf in &self.leaves {
            let value = self.nodes[leaf.node].value;
            for &group in &self.order[leaf.groups.clone()] {
                scores[group as usize] += value;
            }
            part = part.max(leaf.groups.end);
        }
        for &group in &self.order[part..] {
            scores[group as usize] += self.value_of(group as usize);
        }
    }

    /// The value of the leaf of a group that took no part.
    fn value_of(&self, group: usize) -> f64 {
        let mut node = self.nodes[0];
        while node.feature != LEAF {
            let column = self.bins.columns.iter().find(|it| it.column == node.feature as usize);
            let is_left = column.is_none_or(|column| {
                let bin = usize::from(column.bins[group]);
                column.thresholds.get(bin).is_some_and(|&threshold| threshold <= node.value)
            });
            node = self.nodes[node.child as usize + usize::from(!is_left)];
        }
        node.value
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
        let column = &self.bins.columns[cut.column];
        let (start, end) = (self.leaves[index].groups.start, self.leaves[index].groups.end);
        let groups = &mut self.order[start..end];
        let middle = start + deal(groups, &mut self.scratch, &column.bins, cut.bin);
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
    fn search_children(&mut self, left: usize, points: &[Point], columns: &[usize]) {
        let right = self.leaves.len() - 1;
        if !self.may_split(left) && !self.may_split(right) {
            return;
        }
        self.reserve_histogram(right);
        let size = |leaf: usize| self.leaves[leaf].groups.len();
        let small = if size(right) <= size(left) { right } else { left };
        if small == left {
            // The parent's histogram becomes that of the larger side.
            self.histograms.swap(left, right);
        }
        let groups = &self.order[self.leaves[small].groups.clone()];
        self.histograms[small].build(&self.bins.codes, groups, points);
        let [first, second] = match self.histograms.get_disjoint_mut([left, right]) {
            Ok(pair) => pair,
            Err(_) => return,
        };
        if small == left {
            second.subtract(first)
        } else {
            first.subtract(second)
        }
        for leaf in [left, right] {
            if self.may_split(leaf) {
                self.search(leaf, columns);
            }
        }
    }

    fn search(&mut self, leaf: usize, columns: &[usize]) {
        self.leaves[leaf].best = self.rules.best_cut(
            self.leaves[leaf].sums,
            &self.histograms[leaf],
            &self.bins.columns,
            columns,
        );
    }

    fn reserve_histogram(&mut self, leaf: usize) {
        while self.histograms.len() <= leaf {
            self.histograms.push(Histogram::new(self.bins.width));
        }
    }
}

/// Brings the groups of the left side to the front, all in unchanged order, and returns how
/// many there are.
fn deal(groups: &mut [u32], scratch: &mut [u32], bins: &[u8], bin: u8) -> usize {
    // Without branches, since no predictor guesses the side of a row: each group is written
    // to both sides, and the next one overwrites it where it does not belong.
    let (mut left, mut right) = (0, 0);
    for place in 0..groups.len() {
        let group = groups[place];
        let is_left = bins[group as usize] <= bin;
        groups[left] = group;
        scratch[right] = group;
        left += usize::from(is_left);
        right += usize::from(!is_left);
    }
    groups[left..].copy_from_slice(&scratch[..right]);
    left
}
