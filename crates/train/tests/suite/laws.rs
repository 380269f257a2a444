//! What holds for every learner of the table.

use modelseal_model::{
    Class, EncodedModel, Imputation, InputField, InputKind, Learner, Limits, Model, Output, Schema,
    Transform,
};
use modelseal_train::data::Matrix;
use modelseal_train::learn::{FitError, FitTask, LEARNERS, LearnerEntry};
use modelseal_train::random::Mt19937;

use crate::reference::rows;

/// What fills missing values.
const FILL: f64 = 0.5;

/// Rows with columns of many, few and two values, whose class depends on the first two.
pub(crate) struct Sample {
    pub(crate) x: Matrix,
    pub(crate) y: Vec<u32>,
    pub(crate) class_count: usize,
}

impl Sample {
    pub(crate) fn new(row_count: usize, class_count: usize, seed: u32) -> Self {
        let mut random = Mt19937::new(seed);
        let mut column = |values: u64| -> Vec<f64> {
            (0..row_count).map(|_| random.up_to(values - 1) as f64 / values as f64).collect()
        };
        let columns = vec![column(1 << 20), column(1 << 20), column(5), column(2)];
        let y = (0..row_count)
            // The first rows see to it that no class is empty.
            .map(|row| match row < class_count {
                true => row as u32,
                false => {
                    let place = (columns[0][row] + 0.3 * columns[1][row]) / 1.3;
                    ((place * class_count as f64) as u32).min(class_count as u32 - 1)
                }
            })
            .collect();
        Self { x: Matrix::new(columns).unwrap(), y, class_count }
    }

    pub(crate) fn task(&self) -> FitTask<'_> {
        FitTask { x: &self.x, y: &self.y, class_count: self.class_count, seed: 7 }
    }

    fn fit(&self, entry: &LearnerEntry) -> Result<Learner, FitError> {
        (entry.fit)(&self.task(), &entry.defaults(), &mut |_, _| {})
    }

    /// The whole model, with each column an input of its own.
    pub(crate) fn model(&self, learner: Learner) -> Model {
        let names: Vec<String> =
            (0..self.x.column_count()).map(|column| format!("column_{column}")).collect();
        let inputs = names.iter().map(|name| InputField {
            name: name.clone(),
            feature: name.clone(),
            kind: InputKind::Number { minimum: None, maximum: None },
            required: false,
            description: String::new(),
        });
        let classes = (0..self.class_count)
            .map(|class| Class { label: format!("class {class}"), value: class.to_string() });
        let output = Output {
            name: "answer".to_owned(),
            classes: classes.collect(),
            description: String::new(),
        };
        let impute =
            Transform::Impute { method: Imputation::Mean, fill: vec![FILL; self.x.column_count()] };
        let schema = Schema { inputs: inputs.collect(), output };
        Model::new(schema, names, vec![impute], learner, &Limits::default()).unwrap()
    }
}

/// Small samples of two and of more classes.
fn samples() -> [Sample; 2] {
    [Sample::new(120, 2, 1), Sample::new(150, 4, 2)]
}

#[test]
fn many_rows_get_what_each_gets_alone() {
    for sample in samples() {
        let (all, width) = (sample.x.to_rows(), sample.x.column_count());
        for entry in LEARNERS {
            let learner = sample.fit(entry).unwrap();
            let alone: Vec<f64> =
                all.chunks_exact(width).flat_map(|row| learner.scores(row)).collect();
            assert_eq!(learner.scores_of_rows(&all, width), alone, "{}", entry.id);
        }
    }
}

#[test]
fn identifiers_are_those_of_the_models() {
    for (position, entry) in LEARNERS.iter().enumerate() {
        assert!(LEARNERS[..position].iter().all(|other| other.id != entry.id), "{}", entry.id);
        assert!(Learner::IDS.contains(&entry.id), "{}", entry.id);
        let fitted = Sample::new(60, 2, 3).fit(entry).unwrap();
        assert_eq!(fitted.id(), entry.id);
    }
}

#[test]
fn defaults_are_permitted() {
    for entry in LEARNERS {
        for (spec, (name, value)) in entry.parameters.iter().zip(entry.defaults().iter()) {
            assert_eq!(spec.name, name);
            assert_eq!(spec.number_of(&value), Ok(spec.default), "{} {name}", entry.id);
        }
    }
}

#[test]
fn equal_tasks_give_equal_bytes() {
    for sample in samples() {
        for entry in LEARNERS {
            let encoded = || sample.model(sample.fit(entry).unwrap()).encode().unwrap();
            assert_eq!(encoded(), encoded(), "{}", entry.id);
        }
    }
}

#[test]
fn thread_counts_do_not_change_bytes() {
    let sample = Sample::new(300, 3, 4);
    for entry in LEARNERS {
        let encoded = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            sample.model(pool.install(|| sample.fit(entry)).unwrap()).encode().unwrap()
        };
        assert_eq!(encoded(1), encoded(2), "{}", entry.id);
        assert_eq!(encoded(1), encoded(8), "{}", entry.id);
    }
}

/// Every prediction is one: probabilities where there are any, and a class that no other
/// beats.
pub(crate) fn assert_predicts(
    entry: &LearnerEntry,
    fitted: &Learner,
    x: &Matrix,
    class_count: usize,
) {
    for row in rows(x) {
        let scores = fitted.scores(&row);
        assert_eq!(scores.len(), class_count, "{}", entry.id);
        let class = fitted.class_of(&scores);
        assert!(scores.iter().all(|&score| score <= scores[class]), "{}: {scores:?}", entry.id);
        let probabilities = fitted.predict_proba(&row);
        if !fitted.has_probabilities() {
            assert_eq!(probabilities, [0.0; 0], "{}", entry.id);
            continue;
        }
        assert_eq!(probabilities.len(), class_count, "{}", entry.id);
        let total: f64 = probabilities.iter().sum();
        assert!((total - 1.0).abs() < 1e-12, "{}: {probabilities:?}", entry.id);
        for &share in &probabilities {
            assert!((0.0..=1.0).contains(&share), "{}: {probabilities:?}", entry.id);
            assert!(share <= probabilities[class] + 1e-15, "{}: {probabilities:?}", entry.id);
        }
    }
}

#[test]
fn predictions_are_probabilities_and_their_class() {
    for sample in samples() {
        for entry in LEARNERS {
            let fitted = sample.fit(entry).unwrap();
            assert_predicts(entry, &fitted, &sample.x, sample.class_count);
            // Also far away from all training rows, where sums overflow.
            for extreme in [1e30, -1e30, 1e300, f64::MAX, -f64::MAX] {
                let far = Matrix::new(vec![vec![extreme]; sample.x.column_count()]).unwrap();
                if fitted.has_probabilities() {
                    assert_predicts(entry, &fitted, &far, sample.class_count);
                }
            }
        }
    }
}

#[test]
fn learners_learn() {
    for sample in samples() {
        for entry in LEARNERS.iter().filter(|entry| entry.id != "dummy") {
            let fitted = sample.fit(entry).unwrap();
            let hits = rows(&sample.x)
                .iter()
                .zip(&sample.y)
                .filter(|(row, y)| fitted.class_of(&fitted.scores(row)) == **y as usize)
                .count();
            let least = if sample.class_count == 2 { 0.8 } else { 0.45 };
            let share = hits as f64 / sample.y.len() as f64;
            assert!(share >= least, "{}: {share} of {} classes", entry.id, sample.class_count);
        }
    }
}

/// A learner may say that it cannot, never stop the program.
fn assert_fits_or_says_why(entry: &LearnerEntry, sample: &Sample) {
    match sample.fit(entry) {
        Ok(fitted) => {
            assert_predicts(entry, &fitted, &sample.x, sample.class_count);
            sample.model(fitted).encode().unwrap();
        }
        Err(error) => {
            assert!(matches!(error, FitError::Undetermined(_)), "{}: {error}", entry.id);
        }
    }
}

#[test]
fn a_constant_column_does_no_harm() {
    for sample in samples() {
        for constant in [0.0, 3.5] {
            let mut columns = sample.x.columns().to_vec();
            columns.insert(1, vec![constant; sample.y.len()]);
            let x = Matrix::new(columns).unwrap();
            let with = Sample { x, y: sample.y.clone(), class_count: sample.class_count };
            for entry in LEARNERS {
                let fitted = with.fit(entry).unwrap();
                assert_predicts(entry, &fitted, &with.x, with.class_count);
            }
        }
        let x = Matrix::new(vec![vec![2.0; sample.y.len()]]).unwrap();
        let only = Sample { x, y: sample.y.clone(), class_count: sample.class_count };
        LEARNERS.iter().for_each(|entry| assert_fits_or_says_why(entry, &only));
    }
}

#[test]
fn one_row_a_class_is_enough_or_refused() {
    for class_count in [2, 3, 7] {
        let sample = Sample::new(class_count, class_count, 5);
        LEARNERS.iter().for_each(|entry| assert_fits_or_says_why(entry, &sample));
    }
}

/// All learners refuse the same tasks in the same words.
#[test]
fn unusable_tasks_are_refused_alike() {
    let sample = Sample::new(20, 2, 6);
    let empty = FitError::EmptyClass;
    let tasks = [
        (&sample.y[1..], 2, FitError::Length { rows: 20, classes: 19 }),
        (&sample.y, 3, empty(2)),
        (&[0; 20], 1, FitError::TooFewClasses(1)),
        (&[0; 20], 2, empty(1)),
        (&[1; 20], 2, empty(0)),
        (&[5; 20], 2, FitError::ClassIndex { row: 0, class: 5, class_count: 2 }),
    ];
    for entry in LEARNERS {
        for (y, class_count, expected) in &tasks {
            let task = FitTask { x: &sample.x, y, class_count: *class_count, seed: 1 };
            let refusal = (entry.fit)(&task, &entry.defaults(), &mut |_, _| {}).unwrap_err();
            assert_eq!(refusal, *expected, "{}", entry.id);
        }
    }
}

/// Also a missing value, which a model fills before its learner sees it. The dummy looks at no
/// column.
#[test]
fn values_that_are_no_numbers_are_refused_alike() {
    let sample = Sample::new(20, 2, 6);
    for value in [f64::NAN, f64::INFINITY, 1e300] {
        let mut columns = sample.x.columns().to_vec();
        columns[1][3] = value;
        let x = Matrix::new(columns).unwrap();
        let broken = Sample { x, y: sample.y.clone(), class_count: 2 };
        let expected = FitError::NotFinite { column: 1, row: 3, value }.to_string();
        for entry in LEARNERS.iter().filter(|entry| entry.id != "dummy") {
            assert_eq!(broken.fit(entry).unwrap_err().to_string(), expected, "{}", entry.id);
        }
    }
}

#[test]
fn a_missing_value_counts_as_what_fills_it() {
    for sample in samples() {
        for entry in LEARNERS {
            let model = sample.model(sample.fit(entry).unwrap());
            for row in rows(&sample.x).into_iter().take(20) {
                for column in 0..row.len() {
                    let with = |value: f64| {
                        let mut row = row.clone();
                        row[column] = value;
                        model.predict(row)
                    };
                    assert_eq!(with(f64::NAN), with(FILL), "{}", entry.id);
                }
            }
        }
    }
}

#[test]
fn models_survive_their_bytes() {
    for sample in samples() {
        for entry in LEARNERS {
            let model = sample.model(sample.fit(entry).unwrap());
            let EncodedModel { model_json, parameters } = model.encode().unwrap();
            let text = String::from_utf8(model_json.clone()).unwrap();
            assert!(text.contains(&format!("\"id\": \"{}\"", entry.id)), "{text}");
            let says_none = text.contains("\"probabilities\": false");
            assert_eq!(says_none, !model.learner().has_probabilities(), "{}", entry.id);
            let decoded = Model::decode(&model_json, &parameters, &Limits::default()).unwrap();
            assert_eq!(decoded, model, "{}", entry.id);
            assert_eq!(decoded.encode().unwrap(), EncodedModel { model_json, parameters });
            for row in rows(&sample.x) {
                assert_eq!(decoded.predict(row.clone()), model.predict(row), "{}", entry.id);
            }
        }
    }
}

/// Bytes that were changed are refused, or are another model that predicts without a fault.
#[test]
fn corrupted_bytes_never_stop_the_program() {
    let sample = Sample::new(40, 3, 8);
    for entry in LEARNERS {
        let model = sample.model(sample.fit(entry).unwrap());
        let EncodedModel { model_json, parameters } = model.encode().unwrap();
        let mut random = Mt19937::new(9);
        for round in 0..300 {
            let (mut model_json, mut parameters) = (model_json.clone(), parameters.clone());
            let bytes = if round % 4 == 0 { &mut model_json } else { &mut parameters };
            for _ in 0..1 + random.up_to(3) {
                let place = random.up_to(bytes.len() as u64 - 1) as usize;
                bytes[place] = match random.up_to(3) {
                    0 => 0,
                    1 => 0xff,
                    2 => bytes[place] ^ 1 << random.up_to(7),
                    _ => random.next_u32() as u8,
                };
            }
            if round % 10 == 0 {
                parameters.truncate(random.up_to(parameters.len() as u64) as usize);
            }
            if let Ok(model) = Model::decode(&model_json, &parameters, &Limits::default()) {
                let prediction = model.predict(vec![0.5; sample.x.column_count()]);
                assert!(prediction.class < sample.class_count, "{}", entry.id);
            }
        }
    }
}
