//! Words as columns: against scikit-learn, in every part anew, and in the model as data.

use modelseal_model::{
    Category, InputField, InputKind, Limits, Model, Output, Record, Schema, Transform,
};
use modelseal_train::data::{CsvLimits, Matrix, Table, read_csv};
use modelseal_train::experiment::{
    Candidate, Experiment, FeatureSelectionMethod, Fitted, Hooks, Metric, Pipeline, Setup, Task,
    train_learner,
};
use modelseal_train::learn::ParameterValue;
use modelseal_train::prepare;
use serde_json::{Value, json};

use crate::real_data::{classes, input};
use crate::shared::{assert_close, indices, numbers};

/// Written by `one_hot.py` beside it.
fn vector() -> Value {
    serde_json::from_str(include_str!("../vectors/one_hot.json")).unwrap()
}

fn words(column: &str, labels: &[&str]) -> InputField {
    let category = |(label, number): (&&str, u32)| Category {
        label: (*label).to_owned(),
        number: number.into(),
    };
    let values = labels.iter().zip(0..).map(category).collect();
    InputField { kind: InputKind::Category { values }, required: false, ..input(column) }
}

fn inputs() -> Vec<InputField> {
    vec![
        InputField { required: false, ..input("age") },
        words("colour", &["blue", "green", "red", "white", "violet"]),
        words("member", &["no", "yes"]),
    ]
}

fn table(csv: &str) -> Table {
    read_csv(csv.as_bytes(), "test", &CsvLimits::default(), &mut |_| {}).unwrap()
}

/// The table of the vector.
fn people(rows: &Value) -> Table {
    let mut csv = "age,colour,member,answer\n".to_owned();
    for row in rows.as_array().unwrap() {
        let cell = |cell: &Value| match cell {
            Value::Null => String::new(),
            Value::String(word) => word.clone(),
            other => other.to_string(),
        };
        let cells: Vec<String> = row.as_array().unwrap().iter().map(cell).collect();
        csv += &(cells.join(",") + "\n");
    }
    table(&csv)
}

fn task<'a>(
    table: &'a Table,
    inputs: &'a [InputField],
    classes: &'a [modelseal_model::Class],
) -> Task<'a> {
    Task { table, inputs, target: "answer", classes }
}

fn fitted(table: &Table, inputs: &[InputField], setup: &Setup) -> Fitted {
    let classes = classes(["0", "1"]);
    let task = task(table, inputs, &classes);
    let learner = Candidate::new("lr").unwrap().with("tol", &ParameterValue::Number(1e-9));
    train_learner(&task, setup, &learner.unwrap(), &mut ()).unwrap()
}

/// Out of the bytes that would be sealed.
fn sealed(fitted: &Fitted, inputs: &[InputField]) -> Model {
    let output =
        Output { name: "y".to_owned(), classes: classes(["0", "1"]), description: String::new() };
    let inputs = fitted.kept.iter().map(|&column| inputs[column].clone()).collect();
    let features = fitted.features.iter().map(|feature| feature.name.clone()).collect();
    let model = Model::new(
        Schema { inputs, output },
        features,
        fitted.transforms.clone(),
        fitted.learner.clone(),
        &Limits::default(),
    );
    let bytes = model.unwrap().encode().unwrap();
    let model = Model::decode(&bytes.model_json, &bytes.parameters, &Limits::default()).unwrap();
    assert_eq!(model.encode().unwrap(), bytes);
    model
}

#[test]
fn the_sealed_model_answers_as_the_reference() {
    let vector = vector();
    let (table, inputs) = (people(&vector["rows"]), inputs());
    let fitted = fitted(&table, &inputs, &Setup::default());
    let Transform::OneHot { levels } = &fitted.transforms[1] else { panic!("not one-hot") };
    let seen = vector["levels"].as_array().unwrap();
    assert_eq!(*seen, ["blue", "green", "red", "white"]);
    assert_eq!(levels, &[vec![], vec![0.0, 1.0, 2.0, 3.0], vec![]]);

    let model = sealed(&fitted, &inputs);
    let mut violet_count = 0;
    for (place, &row) in indices(&vector["test"]).iter().enumerate() {
        let cells = vector["rows"][row as usize].as_array().unwrap();
        violet_count += u32::from(cells[1] == "violet");
        let record = json!({"age": cells[0], "colour": cells[1], "member": cells[2]});
        let record = Record::from_json(record.to_string().as_bytes()).unwrap();
        let raw = model.row(&record).unwrap();
        let mut prepared = raw.clone();
        model.transforms().iter().for_each(|transform| transform.apply(&mut prepared));
        let expected = numbers(&vector["prepared_test"][place]);
        assert_eq!(prepared.len(), expected.len());
        for (found, expected) in prepared.into_iter().zip(expected) {
            assert_close(found, expected, 1e-12, "prepared");
        }
        let expected = vector["probabilities"][place].as_f64().unwrap();
        assert_close(model.predict(raw).probabilities[1], expected, 1e-6, "probability");
    }
    // The word that no training row holds was among them.
    assert_eq!(violet_count, 1);
}

/// One row of the training part says `violet`: the part that holds it out does not know the word.
#[test]
fn words_are_those_of_the_learned_rows() {
    let vector = vector();
    let mut rows = vector["rows"].clone();
    let train = indices(&vector["train"]);
    for row in rows.as_array_mut().unwrap() {
        if row[1] == "violet" || row[1] == "white" {
            row[1] = "red".into();
        }
    }
    rows[train[20] as usize][1] = "violet".into();
    let (table, inputs, classes) = (people(&rows), inputs(), classes(["0", "1"]));
    let task = task(&table, &inputs, &classes);
    let mut experiment = Experiment::new(task, Setup { fold: 5, ..Setup::default() }).unwrap();
    let mut hooks = Hooks {
        progress: &mut (),
        clock: &|| std::time::Duration::ZERO,
        should_stop: &|| false,
        ledger: None,
    };
    let board = experiment.compare(&["lr"], Metric::Accuracy, &mut hooks).unwrap();
    assert!(board.failed.is_empty());
    let mut columns: Vec<(usize, usize)> = board
        .preparation
        .iter()
        .map(|reports| {
            reports.iter().find(|report| report.step == "max_encoding_ohe").unwrap().columns
        })
        .collect();
    columns.sort_unstable();
    assert_eq!(columns, [(3, 5), (3, 6), (3, 6), (3, 6), (3, 6)]);
}

#[test]
fn what_is_encoded_follows_the_published_rule() {
    let rows = &vector()["rows"];
    let (words_table, inputs) = (people(rows), inputs());
    let is_spread = |table: &Table, max_encoding_ohe: i32| {
        let fitted = fitted(table, &inputs, &Setup { max_encoding_ohe, ..Setup::default() });
        let Transform::Impute { fill, .. } = &fitted.transforms[0] else { panic!("not imputed") };
        (fitted.transforms.iter().any(|it| matches!(it, Transform::OneHot { .. })), fill[1])
    };
    for (max, expected) in [(25, true), (5, true), (4, false), (0, false), (-1, true)] {
        // However a word is encoded, a missing one is the most frequent one, blue.
        assert_eq!(is_spread(&words_table, max), (expected, 0.0), "{max}");
    }
    // The same as numbers: they keep their order and distances.
    let mut rows = rows.clone();
    for row in rows.as_array_mut().unwrap() {
        let words = [("blue", 0), ("green", 1), ("red", 2), ("white", 3), ("violet", 4)];
        let number = words.iter().find(|(word, _)| row[1] == *word);
        row[1] = number.map_or(Value::Null, |(_, number)| (*number).into());
    }
    let (is_spread, fill) = is_spread(&people(&rows), 25);
    assert!(!is_spread && fill > 0.1 && fill.fract() != 0.0, "{fill}");
}

/// What follows works on the columns of the words, and names them.
#[test]
fn words_are_selected_one_by_one() {
    let (table, inputs, classes) = (people(&vector()["rows"]), inputs(), classes(["0", "1"]));
    let setup = Setup {
        remove_multicollinearity: true,
        feature_selection: true,
        feature_selection_method: FeatureSelectionMethod::Univariate,
        n_features_to_select: 2.0,
        ..Setup::default()
    };
    let experiment = Experiment::new(task(&table, &inputs, &classes), setup).unwrap();
    let pipeline: Pipeline = experiment.fit(&Candidate::new("gbc").unwrap(), &mut ()).unwrap();
    let select = pipeline.reports.last().unwrap();
    let mut judged: Vec<&str> =
        select.importances.iter().map(|score| score.column.as_str()).collect();
    assert!(judged[..2].contains(&"age") && judged[..2].iter().any(|it| it.starts_with("colour=")));
    judged.sort_unstable();
    let all = ["age", "colour=blue", "colour=green", "colour=red", "colour=white", "member"];
    assert_eq!(judged, all);
    assert_eq!(select.columns, (6, 2));
    // One word is left of `colour`; the service still asks for all of it.
    let asked: Vec<String> = pipeline.inputs(&inputs).into_iter().map(|it| it.name).collect();
    assert_eq!(asked, ["age", "colour"]);
    let Transform::OneHot { levels } = &pipeline.transforms[1] else { panic!("not one-hot") };
    assert!(levels[0].is_empty() && levels[1].len() == 1);
    let mut row = Matrix::new(vec![vec![40.0], vec![levels[1][0]]]).unwrap();
    pipeline.transforms[..2].iter().for_each(|step| prepare::apply(step, &mut row));
    assert_eq!(row.columns(), [[40.0], [1.0]]);
}
