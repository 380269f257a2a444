//! Data sets and fitted models of the reference, as the vectors hold them.

use modelseal_model::Learner;
use modelseal_train::data::Matrix;
use modelseal_train::learn::{FitTask, ParameterValue, ParameterValues, learner};
use modelseal_train::metrics;
use serde_json::Value;

use crate::shared::{indices, matrix, numbers, select, vectors};

/// A data set with its published split.
pub(crate) struct DataSet {
    pub(crate) x_train: Matrix,
    pub(crate) y_train: Vec<u32>,
    pub(crate) x_test: Matrix,
    pub(crate) y_test: Vec<u32>,
    pub(crate) class_count: usize,
}

impl DataSet {
    pub(crate) fn read(name: &str) -> Option<Self> {
        let data = vectors(&format!("{name}.data"))?;
        let x = matrix(&data["X"]);
        let y = indices(&data["y"]);
        let (train, test) = (indices(&data["train_idx"]), indices(&data["test_idx"]));
        Some(Self {
            x_train: x.select_rows(&train),
            y_train: select(&y, &train),
            x_test: x.select_rows(&test),
            y_test: select(&y, &test),
            class_count: *y.iter().max().unwrap() as usize + 1,
        })
    }

    pub(crate) fn task(&self, seed: u32) -> FitTask<'_> {
        FitTask { x: &self.x_train, y: &self.y_train, class_count: self.class_count, seed }
    }

    /// Probabilities of the test rows, row by row.
    pub(crate) fn predict(&self, learner: &Learner) -> Vec<Vec<f64>> {
        rows(&self.x_test).iter().map(|row| learner.predict_proba(row)).collect()
    }

    /// Accuracy and area under the curve on the test rows.
    pub(crate) fn measure(&self, probabilities: &[Vec<f64>]) -> (f64, f64) {
        let right = probabilities.iter().zip(&self.y_test).filter(|(row, y)| {
            let best =
                (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best });
            best == **y as usize
        });
        let accuracy = right.count() as f64 / self.y_test.len() as f64;
        let flat: Vec<f64> = probabilities.iter().flatten().copied().collect();
        (accuracy, metrics::auc(&self.y_test, &flat, self.class_count))
    }
}

pub(crate) fn rows(x: &Matrix) -> Vec<Vec<f64>> {
    (0..x.row_count()).map(|row| x.columns().iter().map(|column| column[row]).collect()).collect()
}

/// The parameters of a model in the vectors that learner `id` has.
pub(crate) fn parameters(id: &str, model: &Value) -> ParameterValues {
    let mut parameters = learner(id).unwrap().defaults();
    for spec in parameters.specs() {
        let value = match &model["params"][spec.name] {
            Value::Number(number) => ParameterValue::Number(number.as_f64().unwrap()),
            Value::String(word) => ParameterValue::Word(word.clone()),
            Value::Bool(value) => ParameterValue::Boolean(*value),
            // The reference's word for no limit.
            _ => continue,
        };
        parameters.set(spec.name, &value).unwrap();
    }
    parameters
}

/// Fits learner `id`.
pub(crate) fn fit(id: &str, task: &FitTask<'_>, parameters: &ParameterValues) -> Learner {
    (learner(id).unwrap().fit)(task, parameters, &mut |_, _| {}).unwrap()
}

/// Expected probabilities, one list a row; of two classes the vectors hold the second only.
pub(crate) fn expected_rows(value: &Value) -> Vec<Vec<f64>> {
    let row = |row: &Value| match row.as_f64() {
        Some(second) => vec![1.0 - second, second],
        None => numbers(row),
    };
    value.as_array().unwrap().iter().map(row).collect()
}

/// Rows that differ by more than 1e-9, and the largest distance.
pub(crate) fn differences(found: &[Vec<f64>], expected: &[Vec<f64>]) -> (usize, f64) {
    assert_eq!(found.len(), expected.len());
    let distance = |(found, expected): (&Vec<f64>, &Vec<f64>)| {
        found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    let distances: Vec<f64> = found.iter().zip(expected).map(distance).collect();
    let differ = distances.iter().filter(|&&distance| distance > 1e-9).count();
    (differ, distances.into_iter().fold(0.0, f64::max))
}
