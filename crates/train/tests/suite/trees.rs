//! Decision trees: against scikit-learn's vectors, and against their definition by brute
//! force.

use modelseal_model::{LEAF, Learner, WideTrees};
use modelseal_train::learn::decision_tree::{self, Parameters};
use modelseal_train::learn::{Criterion, FitTask};

use crate::boosting::mixed_rows;
use crate::reference::{DataSet, differences, expected_rows, fit, parameters};
use crate::shared::{assert_close, numbers, vectors};

/// Trees are equal node by node, importances and predictions included: draws and sums are
/// those of the reference.
#[test]
fn trees_equal_scikit_learn() {
    for name in ["iris", "breast_cancer", "survey"] {
        for version in ["new", "sk122"] {
            let Some(expected) = vectors(&format!("{name}.expected.{version}")) else { return };
            let data = DataSet::read(name).unwrap();
            for id in ["dt_default", "dt_entropy_d5", "dt_gini_d3"] {
                let model = &expected["models"][id];
                let learner = fit("dt", &data.task(42), &parameters("dt", model));
                let found = data.predict(&learner);
                let (differ, distance) = differences(&found, &expected_rows(&model["proba"]));
                let Learner::DecisionTree(shares) = &learner else { panic!("another learner") };
                let nodes = shares.trees.trees().nodes().len();
                let expected_nodes = model["tree"]["feature"].as_array().unwrap().len();
                let what = format!(
                    "{name} {version} {id}: {nodes} of {expected_nodes} nodes, {differ} of {} rows differ, largest distance {distance:.1e}",
                    found.len()
                );
                eprintln!("{what}");
                let splits = numbers(&model["tree"]["feature"]);
                let thresholds = numbers(&model["tree"]["threshold"]);
                let expected: Vec<(f64, f64)> =
                    splits.into_iter().zip(thresholds).filter(|node| node.0 >= 0.0).collect();
                let found_splits = depth_first(&shares.trees);
                assert_eq!(found_splits.len(), expected.len(), "{what}");
                for (found, expected) in found_splits.iter().zip(&expected) {
                    assert_eq!(found.0, expected.0, "{what}");
                    assert_close(found.1, expected.1, 1e-12 * expected.1.abs(), &what);
                }
                assert_eq!(differ, 0, "{what}");
                let (accuracy, auc) = data.measure(&found);
                let metrics = &model["metrics"];
                assert_close(accuracy, metrics["accuracy"].as_f64().unwrap(), 1e-12, &what);
                assert_close(auc, metrics["auc"].as_f64().unwrap(), 1e-9, &what);
            }
        }
    }
}

/// Columns and thresholds, each node before its left side before its right side.
fn depth_first(trees: &WideTrees) -> Vec<(f64, f64)> {
    let nodes = trees.trees().nodes();
    let (mut open, mut found) = (vec![0], Vec::new());
    while let Some(index) = open.pop() {
        let node = nodes[index];
        if node.feature != LEAF {
            found.push((f64::from(node.feature), node.value));
            open.extend([node.child as usize + 1, node.child as usize]);
        }
    }
    found
}
