//! Forests: against scikit-learn over ten seeds, and their promises.

use crate::boosting::mixed_rows;
use crate::reference::{DataSet, fit};
use crate::shared::vectors;
use modelseal_train::learn::forest::{extra_trees, random_forest};
use modelseal_train::learn::{FitTask, learner};

#[test]
fn forests_agree_with_scikit_learn_over_ten_seeds() {
    for name in ["iris", "breast_cancer", "survey"] {
        for version in ["new", "sk122"] {
            let Some(expected) = vectors(&format!("{name}.random.{version}")) else { return };
            let data = DataSet::read(name).unwrap();
            for id in ["rf", "et"] {
                let parameters = learner(id).unwrap().defaults();
                let measured: Vec<(f64, f64)> = (0..10)
                    .map(|seed| {
                        data.measure(&data.predict(&fit(id, &data.task(seed), &parameters)))
                    })
                    .collect();
                let mean =
                    |pick: fn(&(f64, f64)) -> f64| measured.iter().map(pick).sum::<f64>() / 10.0;
                for (metric, found) in [("accuracy", mean(|it| it.0)), ("auc", mean(|it| it.1))] {
                    let expected = &expected["models"][id][metric];
                    let (mean, deviation) =
                        (expected["mean"].as_f64().unwrap(), expected["std"].as_f64().unwrap());
                    let what = format!(
                        "{name} {version} {id} {metric}: {found} for {mean} +- {deviation}"
                    );
                    eprintln!("{what}");
                    assert!(
                        (found - mean).abs() <= 2.0 * deviation / 10f64.sqrt() + 1e-9,
                        "{what}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (x, y) = mixed_rows(31, 400, 3);
    let task = FitTask { x: &x, y: &y, class_count: 3, seed: 5 };
    for id in ["rf", "et"] {
        let parameters = learner(id).unwrap().defaults();
        let models = [1, 2, 8].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(id, &task, &parameters))
        });
        assert_eq!(models[0], models[1]);
        assert_eq!(models[0], models[2]);
    }
}

#[test]
fn importances_are_shares_and_limits_hold() {
    let (x, y) = mixed_rows(32, 400, 2);
    let task = FitTask { x: &x, y: &y, class_count: 2, seed: 6 };
    let mut told = Vec::new();
    let few = random_forest::Parameters {
        n_estimators: 40,
        max_depth: 3,
        min_samples_leaf: 10,
        ..random_forest::Parameters::default()
    };
    let forest =
        random_forest::fit(&task, &few, &mut |done, total| told.push((done, total))).unwrap();
    assert_eq!(told, [(32, 40), (40, 40)]);
    let sizes = forest.model.trees.trees().starts().windows(2).map(|pair| pair[1] - pair[0]);
    assert!(sizes.max().unwrap() <= 15);
    let trees =
        extra_trees::fit(&task, &extra_trees::Parameters::default(), &mut |_, _| {}).unwrap();
    for importances in [forest.importances, trees.importances] {
        assert!((importances.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // The constant column.
        assert_eq!(importances[5], 0.0);
    }
}
