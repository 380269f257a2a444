//! Step 4: what each leaf adds to the score.

use modelseal_model::{LEAF, Node};

use super::grow::{GrownNode, GrownTree, sum_pairs};
use super::loss::Loss;

/// Below this a sum of second derivatives is taken for zero, as in the reference.
const CURVATURE_MIN: f64 = 1e-150;

/// Takes one Newton step in every leaf, adds it to the scores of the leaf's rows and returns
/// the tree with the steps in its leaves.
///
/// The step times the learning rate is rounded once, here: prediction adds the very numbers
/// that training added.
pub(super) fn fill(
    tree: &GrownTree<'_>,
    loss: &mut Loss<'_>,
    output: usize,
    learning_rate: f64,
) -> Vec<Node> {
    let classes = loss.output_count() as f64;
    let (gradient, scores) = loss.scores_mut(output);
    let fill_node = |node: &GrownNode| match node {
        GrownNode::Split { feature, child, threshold } => {
            Node { feature: *feature, child: *child, value: *threshold }
        }
        GrownNode::Leaf { rows } => {
            let rows = &tree.order[rows.clone()];
            let [numerator, denominator] = sum_pairs(rows, |row| {
                let gradient = gradient[row as usize];
                [gradient, Loss::curvature(gradient)]
            });
            let mut step =
                if denominator.abs() < CURVATURE_MIN { 0.0 } else { numerator / denominator };
            if classes > 1.0 {
                step *= (classes - 1.0) / classes;
            }
            let value = learning_rate * step;
            for &row in rows {
                scores[row as usize] += value;
            }
            Node { feature: LEAF, child: 0, value }
        }
    };
    tree.nodes.iter().map(fill_node).collect()
}
