//! Trees and forests with class weights: those of scikit-learn 1.9.1, draw for draw.
//!
//! `tests/vectors/class_weights.py` writes the vectors.

use modelseal_train::learn::{FitTask, ParameterValue, learner};
use serde_json::Value;

use crate::reference::{differences, expected_rows, fit, parameters, rows};
use crate::shared::{indices, matrix, select};

const VECTORS: &str = include_str!("../vectors/class_weights.json");

#[test]
fn class_weights_are_the_reference_s() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let (x, y) = (matrix(&case["X"]), indices(&case["y"]));
        let class_count = *y.iter().max().unwrap() as usize + 1;
        let task = FitTask { x: &x, y: &y, class_count, seed: 42 };
        for model in case["models"].as_array().unwrap() {
            let id = model["learner"].as_str().unwrap();
            let fitted = fit(id, &task, &parameters(id, model));
            let expected = expected_rows(&model["proba"]);
            let found: Vec<Vec<f64>> =
                rows(&x)[..expected.len()].iter().map(|row| fitted.predict_proba(row)).collect();
            let (differ, distance) = differences(&found, &expected);
            let what = format!("{class_count} classes, {id} {}", model["params"]);
            eprintln!("{what}: {differ} rows differ, largest distance {distance:.1e}");
            assert_eq!(differ, 0, "{what}");
        }
    }
}

/// Weights that are all 1: the merged and packed ways to count rows, which weights rule out,
/// agree with the general ones.
#[test]
fn weights_of_equal_classes_change_nothing() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let (x, y) = (matrix(&case["X"]), indices(&case["y"]));
        let class_count = *y.iter().max().unwrap() as usize + 1;
        // As many rows of each class.
        let least = (0..class_count as u32).map(|class| y.iter().filter(|&&y| y == class).count());
        let least = least.min().unwrap();
        let mut taken = vec![0; class_count];
        let is_taken = |&row: &u32| {
            taken[y[row as usize] as usize] += 1;
            taken[y[row as usize] as usize] <= least
        };
        let kept: Vec<u32> = (0..y.len() as u32).filter(is_taken).collect();
        let (x, y) = (x.select_rows(&kept), select(&y, &kept));
        let task = FitTask { x: &x, y: &y, class_count, seed: 3 };
        for id in ["dt", "et"] {
            let plain = learner(id).unwrap().defaults();
            let mut balanced = plain.clone();
            balanced.set("class_weight", &ParameterValue::Word("balanced".to_owned())).unwrap();
            assert_eq!(fit(id, &task, &plain), fit(id, &task, &balanced), "{id}");
        }
    }
}
