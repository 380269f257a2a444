//! Step 3: one regression tree on the gradient.
//!
//! Depth first, left child first. A node becomes a leaf at the full depth, with too few rows,
//! when its gradient is constant, when no cut leaves enough rows on both sides, or when the
//! best one explains too little.

use std::ops::Range;

use super::Parameters;
use super::leaves::sum_pairs;
use super::loss::squares;
use super::presorted::Presorted;
use super::split_search::{Cell, Cut, Search, Source};
use crate::learn::boosting::binned::Binned;
use crate::learn::boosting::deal::deal;
use crate::learn::boosting::histogram::{Histogram, Marginals, Sum};
use crate::learn::cart::{Columns, Xorshift};

/// A node whose variance is at most this is a leaf, as in the reference.
const VARIANCE_MIN: f64 = f64::EPSILON;

/// A cut that explains more of the variance than this proves that there is some: rounding
/// errors are far smaller.
const VARIANCE_CERTAIN: f64 = 1e-9;

/// A tree and the order of groups of equal rows that its leaves refer to.
pub(super) struct GrownTree<'a> {
    /// Children stand next to each other and behind their parent; the root is first.
    pub(super) nodes: Vec<GrownNode>,
    /// All groups, leaf by leaf.
    pub(super) order: &'a [u32],
}

/// A node of a [`GrownTree`].
pub(super) enum GrownNode {
    /// Values at or below the threshold go to `child`, others to `child + 1`.
    Split {
        /// Index of the column.
        feature: u32,
        /// Index of the left child in the tree.
        child: u32,
        /// Largest value of the left side.
        threshold: f64,
    },
    /// The groups that end here.
    Leaf {
        /// Where they stand in [`GrownTree::order`].
        groups: Range<usize>,
    },
}

/// What a tree is grown on.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// One a group.
    pub(super) points: &'a [Cell],
    /// Rows of the output's class in each group.
    pub(super) own: &'a [f64],
}

/// Grows trees over the same rows; keeps its buffers from tree to tree.
pub(super) struct Grower<'a> {
    binned: &'a Binned,
    max_depth: usize,
    split_rows_min: f64,
    leaf_rows_min: usize,
    decrease_min: f64,
    /// For each column of the matrix where it is found; none for constants.
    sources: Vec<Option<Source>>,
    /// Columns that a node draws; all of them when it draws none.
    drawn_count: usize,
    columns: Columns,
    /// Groups, node by node.
    order: Vec<u32>,
    scratch: Vec<u32>,
    presorted: Presorted,
    goes_left: Vec<bool>,
    ordered: Vec<Cell>,
    /// Histograms that no open node uses.
    spare: Vec<Histogram<Cell>>,
    marginals: Marginals<Cell>,
    /// By how much the splits by each column made the squared error smaller, in all trees.
    reductions: Vec<f64>,
}

/// A node that may still be split.
struct Open {
    node: usize,
    depth: usize,
    groups: Range<usize>,
    total: Cell,
    /// Columns known to be constant, where columns are drawn.
    constant_count: usize,
    /// Sums of its rows; none for a node that is sure to become a leaf.
    histogram: Option<Histogram<Cell>>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(binned: &'a Binned, column_count: usize, parameters: &Parameters) -> Self {
        let mut sources = vec![None; column_count];
        for (index, column) in binned.columns.iter().enumerate() {
            sources[column.column] = Some(Source::Narrow(index));
        }
        for (index, column) in binned.wide.iter().enumerate() {
            sources[column.column] = Some(Source::Wide(index));
        }
        let group_count = binned.rows.group_count();
        let split_rows_min = parameters.min_samples_split.max(2 * parameters.min_samples_leaf);
        Self {
            binned,
            max_depth: parameters.max_depth,
            split_rows_min: split_rows_min as f64,
            leaf_rows_min: parameters.min_samples_leaf,
            decrease_min: parameters.min_impurity_decrease,
            sources,
            drawn_count: parameters.max_features.count(column_count),
            columns: Columns::new(column_count),
            order: Vec::with_capacity(group_count),
            scratch: vec![0; group_count],
            presorted: Presorted::new(&binned.wide),
            goes_left: vec![false; if binned.wide.is_empty() { 0 } else { group_count }],
            ordered: Vec::new(),
            spare: Vec::new(),
            marginals: Marginals::new(&binned.strips),
            reductions: vec![0.0; column_count],
        }
    }

    /// By how much the splits by each column made the squared error smaller, in all trees so
    /// far.
    pub(super) fn reductions(&self) -> &[f64] {
        &self.reductions
    }

    /// Grows one tree.
    pub(super) fn grow(&mut self, target: Target<'_>, random: &mut Xorshift) -> GrownTree<'_> {
        let all = 0..target.points.len();
        self.order.clear();
        // A table has fewer rows than u32 can count.
        self.order.extend(0..target.points.len() as u32);
        self.presorted.reset(&self.binned.wide);
        let [sum, count] = sum_pairs(&self.order, |group| {
            let point = target.points[group as usize];
            [point.sum, point.count]
        });
        let mut nodes = vec![GrownNode::Leaf { groups: all.clone() }];
        let total = Cell { sum, count };
        let root =
            Open { node: 0, depth: 0, groups: all, total, constant_count: 0, histogram: None };
        let mut open = vec![root];
        if self.may_split(&open[0]) {
            let mut histogram = self.spare_histogram();
            histogram.build(&self.binned.strips, None, target.points, &mut self.ordered);
            open[0].histogram = Some(histogram);
        }
        while let Some(mut node) = open.pop() {
            let Some(histogram) = node.histogram.take() else { continue };
            let Some(cut) = self.worthwhile_cut(&mut node, &histogram, target, count, random)
            else {
                self.spare.push(histogram);
                continue;
            };
            // Fewer nodes than twice the rows of one tree that fits in memory.
            let child = nodes.len();
            let middle = self.partition(&node, &cut);
            let sides = [node.groups.start..middle, middle..node.groups.end];
            let totals = [cut.left, node.total.minus(cut.left)];
            let children = [0, 1].map(|side| Open {
                node: child + side,
                depth: node.depth + 1,
                groups: sides[side].clone(),
                total: totals[side],
                constant_count: node.constant_count,
                histogram: None,
            });
            let feature = self.column(cut.source);
            self.reductions[feature] += cut.score - node.total.score();
            nodes[node.node] = GrownNode::Split {
                // Models have fewer features than u32 can count.
                feature: feature as u32,
                child: child as u32,
                threshold: cut.threshold,
            };
            nodes.extend(sides.map(|groups| GrownNode::Leaf { groups }));
            let [left, right] = self.with_histograms(children, histogram, target.points);
            // The left one is taken next.
            open.extend([right, left]);
        }
        GrownTree { nodes, order: &self.order }
    }

    fn may_split(&self, node: &Open) -> bool {
        node.depth < self.max_depth && node.total.count >= self.split_rows_min
    }

    fn column(&self, source: Source) -> usize {
        match source {
            Source::Narrow(index) => self.binned.columns[index].column,
            Source::Wide(index) => self.binned.wide[index].column,
        }
    }

    fn spare_histogram(&mut self) -> Histogram<Cell> {
        self.spare.pop().unwrap_or_else(|| Histogram::new(&self.binned.strips))
    }

    /// Gives two siblings their histograms, where they may be split: the one with fewer groups
    /// is counted, the other is what remains of the parent.
    fn with_histograms(
        &mut self,
        mut children: [Open; 2],
        parent: Histogram<Cell>,
        points: &[Cell],
    ) -> [Open; 2] {
        let small = usize::from(children[1].groups.len() < children[0].groups.len());
        let may_split = [0, 1].map(|side| self.may_split(&children[side]));
        if !may_split[0] && !may_split[1] {
            self.spare.push(parent);
            return children;
        }
        let mut counted = self.spare_histogram();
        let groups = &self.order[children[small].groups.clone()];
        counted.build(&self.binned.strips, Some(groups), points, &mut self.ordered);
        let mut rest = parent;
        if may_split[1 - small] {
            rest.subtract(&counted, &self.binned.strips);
        }
        for (side, histogram) in [(small, counted), (1 - small, rest)] {
            if may_split[side] {
                children[side].histogram = Some(histogram);
            } else {
                self.spare.push(histogram);
            }
        }
        children
    }

    /// The best cut of a node, unless it should be a leaf. `row_count` is that of the root.
    fn worthwhile_cut(
        &mut self,
        node: &mut Open,
        histogram: &Histogram<Cell>,
        target: Target<'_>,
        row_count: f64,
        random: &mut Xorshift,
    ) -> Option<Cut> {
        let cut = self.best_cut(node, histogram, target.points, random)?;
        let reduction = cut.score - node.total.score();
        if reduction / row_count + f64::EPSILON < self.decrease_min {
            return None;
        }
        if reduction / node.total.count > VARIANCE_CERTAIN {
            return Some(cut);
        }
        let [squares, _] = sum_pairs(&self.order[node.groups.clone()], |group| {
            [squares(target.points[group as usize], target.own[group as usize]), 0.0]
        });
        let mean = node.total.sum / node.total.count;
        (squares / node.total.count - mean * mean > VARIANCE_MIN).then_some(cut)
    }

    fn best_cut(
        &mut self,
        node: &mut Open,
        histogram: &Histogram<Cell>,
        points: &[Cell],
        random: &mut Xorshift,
    ) -> Option<Cut> {
        let Self { binned, marginals, columns, presorted, sources, .. } = self;
        marginals.compute(histogram, &binned.strips);
        let mut search = Search::new(node.total, self.leaf_rows_min);
        let mut look = |source: Option<Source>| match source {
            Some(Source::Narrow(index)) => {
                search.narrow(index, &binned.columns[index].values, marginals.of(index))
            }
            Some(Source::Wide(index)) => {
                search.wide(index, presorted.rows(index, node.groups.clone()), points)
            }
            None => false,
        };
        if self.drawn_count >= sources.len() {
            sources.iter().for_each(|&source| {
                look(source);
            });
        } else {
            let mut visit = columns.visit(node.constant_count, self.drawn_count);
            while let Some(column) = visit.next(random) {
                let varies = look(sources[column]);
                visit.tell(!varies);
            }
            node.constant_count = visit.finish();
        }
        search.best()
    }

    /// Brings the groups of the left side to the front and returns where the right side
    /// starts.
    fn partition(&mut self, node: &Open, cut: &Cut) -> usize {
        let groups = &mut self.order[node.groups.clone()];
        // Wide columns are dealt by this, row by row; below the full depth nobody asks.
        let deals_wide = !self.binned.wide.is_empty() && node.depth + 1 < self.max_depth;
        let left = match cut.source {
            Source::Narrow(index) => {
                let values = &self.binned.columns[index].values;
                let end = values.partition_point(|&value| f64::from(value) <= cut.threshold);
                // The threshold lies above a value; a column has at most 256.
                let is_left = self.binned.strips.at_most(index, (end.max(1) - 1) as u8);
                if deals_wide {
                    for &row in groups.iter() {
                        self.goes_left[row as usize] = is_left.holds(row);
                    }
                }
                deal(groups, &mut self.scratch, |row| is_left.holds(row))
            }
            Source::Wide(index) => {
                for entry in self.presorted.rows(index, node.groups.clone()) {
                    self.goes_left[entry.row as usize] = f64::from(entry.value) <= cut.threshold;
                }
                let goes_left = &self.goes_left;
                deal(groups, &mut self.scratch, |row| goes_left[row as usize])
            }
        };
        if deals_wide {
            self.presorted.partition(node.groups.clone(), &self.goes_left);
        }
        node.groups.start + left
    }
}
