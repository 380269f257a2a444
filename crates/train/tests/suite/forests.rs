//! Forests: against scikit-learn over ten seeds, and their promises.

use crate::boosting::mixed_rows;
use crate::reference::{DataSet, fit};
use crate::shared::vectors;
use modelseal_train::data::Matrix;
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
fn a_forest_is_the_mean_of_its_parts() {
    let (x, y) = mixed_rows(33, 300, 2);
    let task = FitTask { x: &x, y: &y, class_count: 2, seed: 8 };
    for id in ["rf", "et"] {
        let (entry, parameters) = (learner(id).unwrap(), learner(id).unwrap().defaults());
        let (rows, width) = (x.to_rows(), x.column_count());
        let (mut sums, mut count) = (vec![0.0; 2 * x.row_count()], 0.0);
        entry.fit_parts().unwrap()(&task, &parameters, &mut |part| {
            let scores = part.scores_of_rows(&rows, width);
            sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
            count += 1.0;
        })
        .unwrap();
        let means: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
        assert_eq!(fit(id, &task, &parameters).scores_of_rows(&rows, width), means);
    }
}

/// So many equal rows that their number needs more than 16 bits; a power of two, so that all
/// sums and scores grow without rounding.
#[test]
fn rows_that_repeat_very_often_are_learned_like_few() {
    let (few, repeats) = (12usize, 1usize << 17);
    let sample = |repeats: usize| {
        let rows = || (0..few).flat_map(move |row| std::iter::repeat_n(row, repeats));
        let column = |step: usize, count: usize| -> Vec<f64> {
            rows().map(|row| (row * step % 17 % count) as f64).collect()
        };
        let x = Matrix::new(vec![column(5, 2), column(7, 2), column(3, 5)]).unwrap();
        (x, rows().map(|row| u32::from(row * 11 % 7 > 2)).collect::<Vec<u32>>())
    };
    let ((x_few, y_few), (x_many, y_many)) = (sample(1), sample(repeats));
    for id in ["dt", "et"] {
        let parameters = learner(id).unwrap().defaults();
        let scores = |x: &Matrix, y: &[u32]| {
            fit(id, &FitTask { x, y, class_count: 2, seed: 9 }, &parameters)
                .scores_of_rows(&x_few.to_rows(), 3)
        };
        assert_eq!(scores(&x_many, &y_many), scores(&x_few, &y_few), "{id}");
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
    assert!(told.into_iter().eq((1..=40).map(|done| (done, 40))));
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
