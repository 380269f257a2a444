//! Deterministic models of scikit-learn 1.9.1 (`new`) and 1.2.2 (`sk122`), one call a learner.

use modelseal_model::Learner;
use modelseal_train::data::Matrix;
use modelseal_train::learn::{FitTask, LearnerEntry, ParameterValue, ParameterValues, learner};
use serde_json::Value;

use crate::reference::{expected_rows, rows};
use crate::shared::{indices, matrix, numbers, select, vectors};

const DATA_SETS: [&str; 3] = ["iris", "survey", "breast_cancer"];
const VERSIONS: [&str; 2] = ["new", "sk122"];

/// One model of the vectors, and how this project fits it.
pub(crate) struct Case {
    /// Its name in the vectors.
    pub(crate) model: &'static str,
    /// The learner.
    pub(crate) id: &'static str,
    /// Parameters other than the defaults.
    pub(crate) parameters: &'static [(&'static str, Setting)],
    /// A parameter that is true for 1.2.2 and false for 1.9.1.
    pub(crate) version_parameter: Option<&'static str>,
    /// Largest permitted distance of a probability, from 1.9.1 and from 1.2.2.
    pub(crate) tolerance: [f64; 2],
}

pub(crate) enum Setting {
    Number(f64),
    Word(&'static str),
}

/// Fits a case to all data sets in both versions; probabilities, decisions and classes must
/// be the reference's.
pub(crate) fn check(case: &Case) {
    for name in DATA_SETS {
        let Some(data) = vectors(&format!("{name}.data")) else { return };
        let (train, test) = (indices(&data["train_idx"]), indices(&data["test_idx"]));
        let y = indices(&data["y"]);
        let class_count = *y.iter().max().unwrap() as usize + 1;
        for (version, tolerance) in VERSIONS.into_iter().zip(case.tolerance) {
            let expected = vectors(&format!("{name}.expected.{version}")).unwrap();
            let model = &expected["models"][case.model];
            if let Some(error) = model.get("error") {
                eprintln!("{name} {version} {}: the reference refuses: {error}", case.model);
                continue;
            }
            let x = match model["input"].as_str() {
                Some("zscore") => zscore(&data),
                _ => matrix(&data["X"]),
            };
            let x_train = x.select_rows(&train);
            let y_train = select(&y, &train);
            let task = FitTask { x: &x_train, y: &y_train, class_count, seed: 42 };
            let fitted = fit(case, &task, version);
            let text = format!("{name} {version} {}:", case.model);
            compare(&fitted, &x.select_rows(&test), model, tolerance, text);
        }
    }
}

fn zscore(data: &Value) -> Matrix {
    let mut x = matrix(&data["X"]);
    let scale = numbers(&data["zscore_mean"]).into_iter().zip(numbers(&data["zscore_scale"]));
    for (column, (mean, scale)) in x.columns_mut().zip(scale) {
        column.iter_mut().for_each(|value| *value = (*value - mean) / scale);
    }
    x
}

fn parameters(entry: &LearnerEntry, settings: &[(&'static str, Setting)]) -> ParameterValues {
    let mut parameters = entry.defaults();
    for (name, setting) in settings {
        let value = match setting {
            Setting::Number(number) => ParameterValue::Number(*number),
            Setting::Word(word) => ParameterValue::Word((*word).to_owned()),
        };
        parameters.set(name, &value).unwrap();
    }
    parameters
}

fn fit(case: &Case, task: &FitTask<'_>, version: &str) -> Learner {
    let entry = learner(case.id).unwrap();
    let mut parameters = parameters(entry, case.parameters);
    if let Some(name) = case.version_parameter {
        parameters.set(name, &ParameterValue::Boolean(version == "sk122")).unwrap();
    }
    (entry.fit)(task, &parameters, &mut |_, _| {}).unwrap()
}

fn compare(fitted: &Learner, x_test: &Matrix, model: &Value, tolerance: f64, mut text: String) {
    let scores: Vec<Vec<f64>> = rows(x_test).iter().map(|row| fitted.scores(row)).collect();
    if let Some(expected) = model.get("proba").filter(|proba| !proba.is_null()) {
        let found: Vec<Vec<f64>> =
            scores.iter().map(|scores| fitted.probabilities_of(scores.clone())).collect();
        let distance = largest_distance(&found, &expected_rows(expected));
        text += &format!(" probabilities {distance:.1e}");
        assert!(distance <= tolerance, "{text}");
    } else {
        assert!(!fitted.has_probabilities(), "{text}");
    }
    // The reference's quadratic discriminants of more than two classes rank no rows.
    let is_comparable = fitted.id() != "qda" || scores[0].len() == 2;
    if let Some(expected) = model.get("decision").filter(|_| is_comparable) {
        let expected: Vec<Vec<f64>> = (expected.as_array().unwrap().iter())
            .map(|row| match row.as_f64() {
                Some(second) => vec![-second, second],
                None => numbers(row),
            })
            .collect();
        let largest = expected.iter().flatten().fold(1.0, |max: f64, value| max.max(value.abs()));
        let distance = largest_distance(&scores, &expected) / largest;
        text += &format!(" decisions {distance:.1e} of {largest:.1e}");
        assert!(distance <= tolerance, "{text}");
    }
    let labels = indices(&model["pred"]);
    let predicted = scores.iter().map(|scores| fitted.class_of(scores) as u32);
    let differ = predicted.zip(&labels).filter(|(found, expected)| found != *expected).count();
    eprintln!("{text}, {differ} of {} labels differ", labels.len());
    assert_eq!(differ, 0, "{text}");
}

fn largest_distance(found: &[Vec<f64>], expected: &[Vec<f64>]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().flatten().zip(expected.iter().flatten());
    pairs.map(|(found, expected)| (found - expected).abs()).fold(0.0, f64::max)
}

/// The training rows of a data set, on columns of one scale.
pub(crate) fn zscored_train(data: &Value) -> (Matrix, Vec<u32>) {
    let train = indices(&data["train_idx"]);
    (zscore(data).select_rows(&train), select(&indices(&data["y"]), &train))
}

/// Share of the test rows that a learner gets right, on columns of one scale.
pub(crate) fn accuracy_of_zscored(
    id: &str,
    name: &str,
    seed: u32,
    settings: &[(&'static str, Setting)],
) -> f64 {
    let data = vectors(&format!("{name}.data")).unwrap();
    let test = indices(&data["test_idx"]);
    let (x, y) = (zscore(&data), indices(&data["y"]));
    let (x_train, y_train) = zscored_train(&data);
    let class_count = *y.iter().max().unwrap() as usize + 1;
    let task = FitTask { x: &x_train, y: &y_train, class_count, seed };
    let entry = learner(id).unwrap();
    let fitted = (entry.fit)(&task, &parameters(entry, settings), &mut |_, _| {}).unwrap();
    let predicted = rows(&x.select_rows(&test)).into_iter().map(|row| {
        // A class index fits.
        fitted.class_of(&fitted.scores(&row)) as u32
    });
    let hits = predicted.zip(select(&y, &test)).filter(|(found, truth)| found == truth).count();
    hits as f64 / test.len() as f64
}
