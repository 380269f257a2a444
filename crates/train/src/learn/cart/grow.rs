//! Step 4: one tree, depth first, left child first.

use modelseal_model::{LEAF, Node};

use super::columns::Codes;
use super::impurity::Criterion;
use super::load::{Item, Load};
use super::rows::Rows;
use super::search::{Cut, Search};
use super::visit::{Columns, Xorshift};
use super::{Stop, Weight};

/// A tree with the weight of each class in every node.
#[derive(Debug, Clone)]
pub(crate) struct GrownTree {
    /// Children stand next to each other and behind their parent; the root is first. The
    /// values of leaves are 0.
    pub(crate) nodes: Vec<Node>,
    /// The weight of each class, node by node.
    pub(crate) weights: Vec<f64>,
}

/// A node that may still be split.
struct Open {
    node: usize,
    depth: usize,
    start: usize,
    end: usize,
    /// Rows, unlike weights, count once however often they were drawn.
    rows: u64,
    /// Columns that are known to be constant.
    constant_count: usize,
}

/// Grows a tree from these items; their order changes.
pub(crate) fn grow<L: Load>(
    rows: &Rows,
    items: &mut [Item<L>],
    stop: &Stop,
    random: &mut Xorshift,
) -> GrownTree {
    let class_count = rows.class_count;
    let mut search =
        Search::new(&rows.columns, class_count, stop.splitter, stop.criterion, stop.leaf_rows_min);
    let mut columns = Columns::new(rows.columns.len());
    let mut scratch = Vec::new();
    let mut weights = vec![L::Weight::default(); class_count];
    items.iter().for_each(|item| item.load.add_to(&mut weights));
    let all: f64 = sum(&weights);
    let mut nodes = vec![Node { feature: LEAF, child: 0, value: 0.0 }];
    let row_count = items.iter().map(|item| u64::from(item.load.rows())).sum();
    let mut open = vec![Open {
        node: 0,
        depth: 0,
        start: 0,
        end: items.len(),
        rows: row_count,
        constant_count: 0,
    }];
    while let Some(node) = open.pop() {
        let totals = &weights[node.node * class_count..(node.node + 1) * class_count];
        let weight = sum(totals);
        let impurity = stop.criterion.impurity(totals, weight);
        let may_split = node.depth < stop.max_depth
            && node.rows >= stop.split_rows_min as u64
            && node.rows >= 2 * stop.leaf_rows_min as u64
            && impurity > f64::EPSILON;
        if !may_split {
            continue;
        }
        search.start(totals, node.rows);
        let inside = &mut items[node.start..node.end];
        let mut visit = columns.visit(node.constant_count, stop.column_count_max);
        while let Some(column) = visit.next(random) {
            let is_constant = search.look(column, rows, inside, random);
            visit.tell(is_constant);
        }
        let constant_count = visit.finish();
        let Some((cut, left)) = search.best() else { continue };
        if stop.impurity_decrease_min > 0.0 {
            let decrease = decrease(stop, impurity, totals, left) * (weight / all);
            if decrease + f64::EPSILON < stop.impurity_decrease_min {
                continue;
            }
        }
        let child = nodes.len();
        // A model has fewer features and nodes than u32 can count.
        nodes[node.node] =
            Node { feature: cut.column as u32, child: child as u32, value: cut.threshold };
        nodes.extend([Node { feature: LEAF, child: 0, value: 0.0 }; 2]);
        weights.extend_from_slice(left);
        for (class, &left) in left.iter().enumerate() {
            let right = weights[node.node * class_count + class] - left;
            weights.push(right);
        }
        let (left_count, left_rows) = deal(inside, rows, &cut, &mut scratch);
        if !L::Weight::IS_EXACT {
            // A difference of two sums may be all rounding error.
            let sums = &mut weights[child * class_count..];
            sums.fill(L::Weight::default());
            let (left_sums, right_sums) = sums.split_at_mut(class_count);
            let (left_items, right_items) = inside.split_at(left_count);
            for (sums, items) in [(left_sums, left_items), (right_sums, right_items)] {
                items.iter().for_each(|item| item.load.add_to(sums));
            }
        }
        let middle = node.start + left_count;
        let side = |right: usize, start, end, rows| Open {
            node: child + right,
            depth: node.depth + 1,
            start,
            end,
            rows,
            constant_count,
        };
        // The left one is taken next.
        open.push(side(1, middle, node.end, node.rows - left_rows));
        open.push(side(0, node.start, middle, left_rows));
    }
    GrownTree { nodes, weights: weights.into_iter().map(Into::into).collect() }
}

/// How much less impure the sides of a cut are than their node, by their weights.
fn decrease<T: Weight>(stop: &Stop, impurity: f64, totals: &[T], left: &[T]) -> f64 {
    let right: Vec<T> = totals.iter().zip(left).map(|(&total, &left)| total - left).collect();
    let (all, weight_left, weight_right) = (sum(totals), sum(left), sum(&right));
    impurity
        - weight_right / all * stop.criterion.impurity(&right, weight_right)
        - weight_left / all * stop.criterion.impurity(left, weight_left)
}

fn sum<T: Weight>(weights: &[T]) -> f64 {
    weights.iter().fold(0.0, |sum, &weight| sum + weight.into())
}

/// Brings the items that go left to the front, all in unchanged order; returns how many
/// items and rows those are.
fn deal<L: Load>(
    items: &mut [Item<L>],
    rows: &Rows,
    cut: &Cut,
    scratch: &mut Vec<Item<L>>,
) -> (usize, u64) {
    if L::HAS_FLAGS
        && let Some(flag) = rows.flag_of[cut.column]
    {
        return deal_by(items, scratch, |item| item.load.flags() >> flag & 1 == 0);
    }
    match &rows.columns[cut.column].codes {
        Codes::Narrow(codes) => {
            deal_by(items, scratch, |item| u32::from(codes[item.group as usize]) <= cut.code)
        }
        Codes::Wide(codes) => {
            deal_by(items, scratch, |item| codes[item.group as usize] <= cut.code)
        }
    }
}

fn deal_by<L: Load>(
    items: &mut [Item<L>],
    scratch: &mut Vec<Item<L>>,
    goes_left: impl Fn(&Item<L>) -> bool,
) -> (usize, u64) {
    if scratch.len() < items.len() {
        scratch.resize(items.len(), Item::default());
    }
    // Without branches, since no predictor guesses the side of a row: each item is written to
    // both sides, and the next one overwrites it where it does not belong.
    let (mut left, mut right) = (0, 0);
    let mut rows = 0;
    for place in 0..items.len() {
        let item = items[place];
        let is_left = goes_left(&item);
        items[left] = item;
        scratch[right] = item;
        left += usize::from(is_left);
        right += usize::from(!is_left);
        rows += u64::from(item.load.rows()) * u64::from(is_left);
    }
    items[left..].copy_from_slice(&scratch[..right]);
    (left, rows)
}

impl GrownTree {
    /// How much impurity the splits by each column took away, as shares of 1; all zero for
    /// a tree without splits (scikit-learn: `feature_importances_`).
    pub(crate) fn importances(
        &self,
        criterion: Criterion,
        class_count: usize,
        columns: usize,
    ) -> Vec<f64> {
        let mut importances = vec![0.0; columns];
        let weighted = |weights: &[f64]| {
            let weight = sum(weights);
            weight * criterion.impurity(weights, weight)
        };
        let weighted: Vec<f64> = self.weights.chunks_exact(class_count).map(weighted).collect();
        for (node, before) in self.nodes.iter().zip(&weighted) {
            if node.feature != LEAF {
                let child = node.child as usize;
                importances[node.feature as usize] +=
                    before - weighted[child] - weighted[child + 1];
            }
        }
        normalize(&mut importances);
        importances
    }
}

/// Divides by the sum, unless that is 0.
pub(crate) fn normalize(shares: &mut [f64]) {
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        shares.iter_mut().for_each(|share| *share /= total);
    }
}
