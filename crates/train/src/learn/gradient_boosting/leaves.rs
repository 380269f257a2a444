//! Step 4: what each leaf adds to the score.

use modelseal_model::{LEAF, Node};

use super::grow::{GrownNode, GrownTree};
use super::loss::Loss;
use crate::learn::boosting::chances::LeafValue;

/// Below this a sum of second derivatives is taken for zero, as in the reference.
const CURVATURE_MIN: f64 = 1e-150;

/// Takes one Newton step in every leaf, adds it to the scores of the leaf's rows and returns
/// the tree with the steps in its leaves.
pub(super) fn fill(
    tree: &GrownTree<'_>,
    loss: &mut Loss,
    output: usize,
    learning_rate: f64,
) -> Vec<Node> {
    let classes = loss.chances.output_count() as f64;
    let mut leaves = Vec::new();
    let fill_node = |node: &GrownNode| match node {
        GrownNode::Split { feature, child, threshold } => {
            Node { feature: *feature, child: *child, value: *threshold }
        }
        GrownNode::Leaf { groups: rows } => {
            let groups = &tree.order[rows.clone()];
            let [numerator, denominator] = sum_pairs(groups, |group| {
                [loss.points[group as usize].sum, loss.curvatures[group as usize]]
            });
            let mut step =
                if denominator.abs() < CURVATURE_MIN { 0.0 } else { numerator / denominator };
            if classes > 1.0 {
                step *= (classes - 1.0) / classes;
            }
            let value = learning_rate * step;
            leaves.push(LeafValue { rows: rows.clone(), value });
            Node { feature: LEAF, child: 0, value }
        }
    };
    let nodes = tree.nodes.iter().map(fill_node).collect();
    loss.chances.add(output, tree.order, &leaves);
    nodes
}

/// The sums of two numbers a group.
///
/// Four partial sums that are added at the end: each addition waits for the one before it,
/// so one running sum would take four times as long. The order is fixed.
pub(super) fn sum_pairs(groups: &[u32], pair_of: impl Fn(u32) -> [f64; 2]) -> [f64; 2] {
    let mut lanes = [[0.0; 2]; 4];
    let (chunks, rest) = groups.as_chunks::<4>();
    let mut add = |lane: usize, group: u32| {
        let [first, second] = pair_of(group);
        lanes[lane][0] += first;
        lanes[lane][1] += second;
    };
    for chunk in chunks {
        (0..4).for_each(|lane| add(lane, chunk[lane]));
    }
    rest.iter().enumerate().for_each(|(lane, &group)| add(lane, group));
    let total = |side: usize| (lanes[0][side] + lanes[1][side]) + (lanes[2][side] + lanes[3][side]);
    [total(0), total(1)]
}
