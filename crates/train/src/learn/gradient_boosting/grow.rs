//! Step 3: one regression tree on the gradient.
//!
//! Depth first, left child first. A node becomes a leaf at the full depth, with too few rows,
//! when its gradient is constant, or when no cut leaves enough rows on both sides.

use std::ops::Range;

use super::Parameters;
use super::bins::Bins;
use super::histogram::{Cell, Histogram, bundle_starts};
use super::presorted::Presorted;
use super::split_search::{Cut, Place, Search};

/// A node whose variance is at most this is a leaf, as in the reference.
const VARIANCE_MIN: f64 = f64::EPSILON;

/// A tree and the order of rows that its leaves refer to.
pub(super) struct GrownTree<'a> {
    /// Children stand next to each other and behind their parent; the root is first.
    pub(super) nodes: Vec<GrownNode>,
    /// All rows, leaf by leaf.
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
    /// The rows that end here.
    Leaf {
        /// Where they stand in [`GrownTree::order`].
        rows: Range<usize>,
    },
}

/// Grows trees over the same rows; keeps its buffers from tree to tree.
pub(super) struct Grower<'a> {
    bins: &'a Bins,
    starts: Vec<usize>,
    max_depth: usize,
    split_rows_min: usize,
    leaf_rows_min: usize,
    /// Narrow and wide columns in the order of the matrix.
    columns: Vec<Source>,
    /// Rows, node by node.
    order: Vec<u32>,
    presorted: Presorted,
    goes_left: Vec<bool>,
    scratch: Vec<u32>,
    /// Histograms that no open node uses.
    spare: Vec<Histogram>,
    /// Sums of one column.
    sums: Vec<Cell>,
    /// By how much the splits by each column made the squared error smaller, in all trees.
    reductions: Vec<f64>,
}

enum Source {
    Narrow(usize),
    Wide(usize),
}

/// A node that may still be split.
struct Open {
    node: usize,
    depth: usize,
    rows: Range<usize>,
    /// Counts and sums of its rows; none for a node that is sure to become a leaf.
    histogram: Option<Histogram>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(bins: &'a Bins, parameters: &Parameters) -> Self {
        let mut columns: Vec<(usize, Source)> = Vec::new();
        columns
            .extend(bins.narrow.iter().enumerate().map(|(at, it)| (it.column, Source::Narrow(at))));
        columns.extend(bins.wide.iter().enumerate().map(|(at, it)| (it.column, Source::Wide(at))));
        columns.sort_by_key(|(column, _)| *column);
        Self {
            bins,
            starts: bundle_starts(bins),
            max_depth: parameters.max_depth,
            split_rows_min: parameters.min_samples_split.max(2 * parameters.min_samples_leaf),
            leaf_rows_min: parameters.min_samples_leaf,
            columns: columns.into_iter().map(|(_, source)| source).collect(),
            order: Vec::with_capacity(bins.row_count),
            presorted: Presorted::new(bins),
            goes_left: vec![false; bins.row_count],
            scratch: Vec::new(),
            spare: Vec::new(),
            sums: Vec::new(),
            reductions: Vec::new(),
        }
    }

    /// By how much the splits by each column made the squared error smaller, in all trees so
    /// far; columns behind the last one that was split by are left out.
    pub(super) fn reductions(&self) -> &[f64] {
        &self.reductions
    }

    /// Grows one tree; `gradient` holds one number a row.
    pub(super) fn grow(&mut self, gradient: &[f64]) -> GrownTree<'_> {
        self.order.clear();
        // A table has fewer rows than u32 can count.
        self.order.extend(0..self.bins.row_count as u32);
        self.presorted.reset(self.bins);
        let all = 0..self.bins.row_count;
        let mut nodes = vec![GrownNode::Leaf { rows: all.clone() }];
        let mut open = vec![Open { node: 0, depth: 0, rows: all, histogram: None }];
        if self.may_split(&open[0]) {
            open[0].histogram = Some(self.histogram_of(0..self.bins.row_count, gradient));
        }
        while let Some(mut node) = open.pop() {
            let Some(histogram) = node.histogram.take() else { continue };
            let Some(cut) = self.best_cut(&node, &histogram, gradient) else {
                self.spare.push(histogram);
                continue;
            };
            // Fewer nodes than twice the rows of one tree that fits in memory.
            let child = nodes.len();
            let middle = self.partition(&node, &cut);
            let sides = [node.rows.start..middle, middle..node.rows.end];
            let children = [0, 1].map(|side| Open {
                node: child + side,
                depth: node.depth + 1,
                rows: sides[side].clone(),
                histogram: None,
            });
            let feature = self.feature(&cut);
            let column = feature as usize;
            if self.reductions.len() <= column {
                self.reductions.resize(column + 1, 0.0);
            }
            self.reductions[column] += cut.score - cut.unsplit;
            nodes[node.node] =
                GrownNode::Split { feature, child: child as u32, threshold: cut.threshold };
            nodes.extend(sides.map(|rows| GrownNode::Leaf { rows }));
            let [left, right] = self.with_histograms(children, histogram, gradient);
            // The left one is taken next.
            open.extend([right, left]);
        }
        GrownTree { nodes, order: &self.order }
    }

    fn may_split(&self, node: &Open) -> bool {
        node.depth < self.max_depth && node.rows.len() >= self.split_rows_min
    }

    fn feature(&self, cut: &Cut) -> u32 {
        let column = match cut.place {
            Place::Narrow { index, .. } => self.bins.narrow[index].column,
            Place::Wide { index } => self.bins.wide[index].column,
        };
        // Models have fewer features than u32 can count.
        column as u32
    }

    fn histogram_of(&mut self, rows: Range<usize>, gradient: &[f64]) -> Histogram {
        let mut histogram = self.spare.pop().unwrap_or_else(|| Histogram::new(self.bins));
        histogram.build(self.bins, &self.starts, &self.order[rows], gradient);
        histogram
    }

    /// Gives two siblings their histograms, where they may be split: the one with fewer rows
    /// is counted, the other is what remains of the parent.
    fn with_histograms(
        &mut self,
        mut children: [Open; 2],
        parent: Histogram,
        gradient: &[f64],
    ) -> [Open; 2] {
        let small = usize::from(children[1].rows.len() < children[0].rows.len());
        let may_split = [0, 1].map(|side| self.may_split(&children[side]));
        if !may_split[0] && !may_split[1] {
            self.spare.push(parent);
            return children;
        }
        let counted = self.histogram_of(children[small].rows.clone(), gradient);
        let mut rest = parent;
        rest.subtract(&counted);
        for (side, histogram) in [(small, counted), (1 - small, rest)] {
            if may_split[side] {
                children[side].histogram = Some(histogram);
            } else {
                self.spare.push(histogram);
            }
        }
        children
    }

    fn best_cut(&mut self, node: &Open, histogram: &Histogram, gradient: &[f64]) -> Option<Cut> {
        let rows = &self.order[node.rows.clone()];
        let [sum, squares] = sum_pairs(rows, |row| {
            let gradient = gradient[row as usize];
            [gradient, gradient * gradient]
        });
        let count = rows.len() as f64;
        if squares / count - (sum / count) * (sum / count) <= VARIANCE_MIN {
            return None;
        }
        let total = Cell { sum, count: rows.len() as u64 };
        let mut search = Search::new(total, self.leaf_rows_min as u64);
        for source in &self.columns {
            match *source {
                Source::Narrow(index) => {
                    let narrow = &self.bins.narrow[index];
                    self.sums.clear();
                    self.sums.resize(narrow.values.len(), Cell::default());
                    let cells = histogram.from(self.starts[narrow.bundle]);
                    for (cell, &bin) in cells.iter().zip(&narrow.bin_of_cell) {
                        self.sums[usize::from(bin)].add(*cell);
                    }
                    search.narrow(index, &narrow.values, &self.sums);
                }
                Source::Wide(index) => {
                    let rows = self.presorted.rows(index, node.rows.clone());
                    search.wide(index, rows, gradient);
                }
            }
        }
        search.best()
    }

    /// Brings the rows of the left side to the front and returns where the right side starts.
    fn partition(&mut self, node: &Open, cut: &Cut) -> usize {
        let rows = &mut self.order[node.rows.clone()];
        // Wide columns are dealt by this, row by row; below the full depth nobody asks.
        let deals_wide = !self.bins.wide.is_empty() && node.depth + 1 < self.max_depth;
        let left = match cut.place {
            Place::Narrow { index, code } => {
                let codes = &self.bins.narrow[index].codes;
                if deals_wide {
                    for &row in rows.iter() {
                        self.goes_left[row as usize] = codes[row as usize] <= code;
                    }
                }
                deal(rows, &mut self.scratch, |row| codes[row as usize] <= code)
            }
            Place::Wide { index } => {
                let sorted = self.presorted.rows(index, node.rows.clone());
                for (place, entry) in (0u64..).zip(sorted) {
                    self.goes_left[entry.row as usize] = place < cut.left.count;
                }
                deal(rows, &mut self.scratch, |row| self.goes_left[row as usize])
            }
        };
        if deals_wide {
            self.presorted.partition(node.rows.clone(), &self.goes_left);
        }
        node.rows.start + left
    }
}

/// Brings the rows that go left to the front, all in unchanged order, and returns how many
/// there are.
fn deal(rows: &mut [u32], scratch: &mut Vec<u32>, goes_left: impl Fn(u32) -> bool) -> usize {
    scratch.clear();
    scratch.resize(rows.len(), 0);
    // Without branches, since no predictor guesses the side of a row: each row is written to
    // both sides, and the next one overwrites it where it does not belong.
    let (mut left, mut right) = (0, 0);
    for place in 0..rows.len() {
        let row = rows[place];
        let is_left = goes_left(row);
        rows[left] = row;
        scratch[right] = row;
        left += usize::from(is_left);
        right += usize::from(!is_left);
    }
    rows[left..].copy_from_slice(&scratch[..right]);
    left
}

/// The sums of two numbers a row.
///
/// Four partial sums that are added at the end: each addition waits for the one before it,
/// so one running sum would take four times as long. The order is fixed.
pub(super) fn sum_pairs(rows: &[u32], pair_of: impl Fn(u32) -> [f64; 2]) -> [f64; 2] {
    let mut lanes = [[0.0; 2]; 4];
    let mut chunks = rows.chunks_exact(4);
    for chunk in &mut chunks {
        for (lane, &row) in lanes.iter_mut().zip(chunk) {
            let [first, second] = pair_of(row);
            lane[0] += first;
            lane[1] += second;
        }
    }
    for (lane, &row) in lanes.iter_mut().zip(chunks.remainder()) {
        let [first, second] = pair_of(row);
        lane[0] += first;
        lane[1] += second;
    }
    let total = |side: usize| (lanes[0][side] + lanes[1][side]) + (lanes[2][side] + lanes[3][side]);
    [total(0), total(1)]
}
