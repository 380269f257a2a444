//! Nearest neighbours.

use modelseal_model::{Limits, Metric, NeighbourSettings, NeighbourWeights, Neighbours};
use modelseal_train::data::Matrix;
use modelseal_train::learn::{FitTask, ParameterValue, learner};

use crate::model_vectors::{Case, Setting, check};

#[test]
fn neighbours_equal_scikit_learn() {
    for (model, parameters) in [
        ("knn_default", [].as_slice()),
        (
            "knn15_distance_manhattan",
            &[
                ("n_neighbors", Setting::Number(15.0)),
                ("weights", Setting::Word("distance")),
                ("metric", Setting::Word("manhattan")),
            ],
        ),
    ] {
        let case =
            Case { model, id: "knn", parameters, version_parameter: None, tolerance: [1e-9; 2] };
        check(&case);
    }
}

/// At 0 the rows 0 and 2 are equally far: the earlier one is the neighbour.
#[test]
fn ties_go_to_the_earlier_row() {
    let x = Matrix::new(vec![vec![1.0, 5.0, -1.0, -5.0]]).unwrap();
    let entry = learner("knn").unwrap();
    for (y, expected) in [([0, 0, 1, 1], [1.0, 0.0]), ([1, 1, 0, 0], [0.0, 1.0])] {
        let task = FitTask { x: &x, y: &y, class_count: 2, seed: 1 };
        let mut parameters = entry.defaults();
        parameters.set("n_neighbors", &ParameterValue::Number(1.0)).unwrap();
        let fitted = (entry.fit)(&task, &parameters, &mut |_, _| {}).unwrap();
        assert_eq!(fitted.predict_proba(&[0.0]), expected);
        // Distances 1, 1 and 5: by weight 1, 1 and 1/5.
        parameters.set("n_neighbors", &ParameterValue::Number(3.0)).unwrap();
        parameters.set("weights", &ParameterValue::Word("distance".to_owned())).unwrap();
        let fitted = (entry.fit)(&task, &parameters, &mut |_, _| {}).unwrap();
        let first = fitted.predict_proba(&[0.0])[y[0] as usize];
        assert!((first - 1.2 / 2.2).abs() < 1e-15, "{first}");
        assert_eq!(fitted.predict_proba(&[1.0])[y[0] as usize], 1.0);
    }
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let settings = |neighbour_count| NeighbourSettings {
        neighbour_count,
        weights: NeighbourWeights::Uniform,
        metric: Metric::Euclidean,
    };
    let limits = Limits { neighbour_row_count_max: 2, ..Limits::default() };
    let new = |count, rows: &[f64], classes: &[u32]| {
        Neighbours::new(settings(count), 2, rows.to_vec(), classes.to_vec(), &limits)
    };
    assert!(new(1, &[1.0, 2.0], &[0, 1]).is_ok());
    assert!(new(0, &[1.0, 2.0], &[0, 1]).is_err());
    assert!(new(3, &[1.0, 2.0], &[0, 1]).is_err());
    assert!(new(1, &[1.0, 2.0, 3.0], &[0, 1]).is_err());
    assert!(new(1, &[1.0, 2.0, 3.0], &[0, 1, 1]).is_err());
    assert!(new(1, &[1.0, f64::NAN], &[0, 1]).is_err());
    assert!(new(1, &[1.0, 2.0], &[0, 2]).is_err());
    assert!(new(1, &[], &[]).is_err());
}
