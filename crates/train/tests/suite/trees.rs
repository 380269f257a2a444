//! Decision trees: against scikit-learn's vectors, and against their definition by brute
//! force.

use modelseal_model::{LEAF, Learner, WideTrees};
use modelseal_train::data::Matrix;
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
                let parameters = Parameters::from_values(&parameters("dt", model)).unwrap();
                let fitted = decision_tree::fit(&data.task(42), &parameters).unwrap();
                let importances = numbers(&model["feature_importances_"]);
                for (found, expected) in fitted.importances.iter().zip(importances) {
                    assert_close(*found, expected, 1e-9, &what);
                }
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

/// Every split is one of the best cuts that brute force finds, and every leaf holds the class
/// shares of its rows and had to be one.
#[test]
fn every_split_is_a_best_cut() {
    for (seed, classes, criterion, leaf_rows_min) in
        [(21, 2, Criterion::Gini, 1), (22, 3, Criterion::Entropy, 4), (23, 4, Criterion::Gini, 9)]
    {
        let (x, y) = mixed_rows(seed, 250, classes);
        let task = FitTask { x: &x, y: &y, class_count: classes as usize, seed };
        let parameters =
            Parameters { criterion, min_samples_leaf: leaf_rows_min, ..Parameters::default() };
        let trees = decision_tree::fit(&task, &parameters).unwrap().model.trees;
        let mut open = vec![(0, (0..y.len()).collect::<Vec<usize>>())];
        while let Some((index, rows)) = open.pop() {
            let node = trees.trees().nodes()[index];
            let shares = shares(&rows, &y, classes as usize);
            if node.feature == LEAF {
                let row: Vec<f32> = x.columns().iter().map(|it| it[rows[0]] as f32).collect();
                assert_eq!(trees.leaf(0, &row), shares);
                if !shares.contains(&1.0) && rows.len() >= 2 * leaf_rows_min {
                    assert!(
                        best_left_over(&x, &rows, &y, classes, criterion, leaf_rows_min).is_none()
                    );
                }
                continue;
            }
            let column = &x.columns()[node.feature as usize];
            let (left, right): (Vec<usize>, Vec<usize>) =
                rows.iter().partition(|&&row| f64::from(column[row] as f32) <= node.value);
            let found = left_over(&left, &y, classes, criterion)
                + left_over(&right, &y, classes, criterion);
            let best = best_left_over(&x, &rows, &y, classes, criterion, leaf_rows_min).unwrap();
            assert!((found - best).abs() <= 1e-9 * best.max(1.0), "{found} of {best}");
            open.extend([(node.child as usize, left), (node.child as usize + 1, right)]);
        }
    }
}

fn shares(rows: &[usize], y: &[u32], classes: usize) -> Vec<f64> {
    let count = |class: usize| rows.iter().filter(|&&row| y[row] as usize == class).count() as f64;
    (0..classes).map(|class| count(class) / rows.len() as f64).collect()
}

/// The impurity of rows, times their number.
fn left_over(rows: &[usize], y: &[u32], classes: u32, criterion: Criterion) -> f64 {
    let shares = shares(rows, y, classes as usize);
    let impurity = match criterion {
        Criterion::Gini => 1.0 - shares.iter().map(|share| share * share).sum::<f64>(),
        Criterion::Entropy => {
            shares.iter().filter(|&&share| share > 0.0).map(|share| -share * share.log2()).sum()
        }
    };
    impurity * rows.len() as f64
}

/// The least impurity that any cut leaves.
fn best_left_over(
    x: &Matrix,
    rows: &[usize],
    y: &[u32],
    classes: u32,
    criterion: Criterion,
    leaf_rows_min: usize,
) -> Option<f64> {
    let mut best: Option<f64> = None;
    for column in x.columns() {
        for &row in rows {
            let (left, right): (Vec<usize>, Vec<usize>) =
                rows.iter().partition(|&&other| column[other] as f32 <= column[row] as f32);
            if left.len().min(right.len()) >= leaf_rows_min {
                let found = left_over(&left, y, classes, criterion)
                    + left_over(&right, y, classes, criterion);
                best = Some(best.map_or(found, |best| best.min(found)));
            }
        }
    }
    best
}
