//! Whole runs on small tables: words, missing values, every refusal.

use modelseal_model::{
    Category, Class, InputField, InputKind, Limits, Model, Output, Schema, Transform,
};
use modelseal_train::data::{CsvLimits, Table, read_csv};
use modelseal_train::experiment::{Fitted, Progress, Setup, Task, TrainError, train};
use modelseal_train::learn::gradient_boosting::Parameters;
use modelseal_train::random::Mt19937;

use crate::real_data::{classes, input};

fn table(csv: &str) -> Table {
    read_csv(csv.as_bytes(), "test", &CsvLimits::default(), &mut |_| {}).unwrap()
}

fn with_kind(feature: &str, kind: InputKind) -> InputField {
    InputField { kind, ..input(feature) }
}

fn colours() -> InputKind {
    let category = |(label, number): (&str, f64)| Category { label: label.to_owned(), number };
    InputKind::Category { values: [("red", 1.0), ("green", 2.0)].map(category).to_vec() }
}

/// Rows whose answer follows from their cells, with some cells missing.
fn small_csv(answers: [&str; 2]) -> String {
    let mut random = Mt19937::new(3);
    let mut csv = "size,colour,wet,answer\n".to_owned();
    for row in 0..200 {
        let size = random.up_to(30);
        let red = random.up_to(1) == 1;
        let wet = random.up_to(1) == 1;
        let answer = answers[usize::from(size > 15 && (red || wet))];
        let size = if row % 20 == 7 { String::new() } else { size.to_string() };
        let colour = if red { "red" } else { "green" };
        let wet = if wet { "Yes" } else { "no" };
        csv += &format!("{size},{colour},{wet},{answer}\n");
    }
    csv
}

fn small_inputs() -> Vec<InputField> {
    vec![
        // The range says what the service accepts; training sees sizes up to 30.
        with_kind("size", InputKind::Integer { minimum: Some(0), maximum: Some(10) }),
        with_kind("colour", colours()),
        with_kind("wet", InputKind::Boolean),
    ]
}

fn run(
    csv: &str,
    inputs: &[InputField],
    classes: &[Class],
    setup: &Setup,
) -> Result<Fitted, TrainError> {
    let table = table(csv);
    let task = Task { table: &table, inputs, target: "answer", classes };
    let parameters = Parameters { n_estimators: 30, ..Parameters::default() };
    train(&task, setup, &parameters, &mut ())
}

#[test]
fn words_and_missing_values_are_learned_from() {
    let fitted =
        run(&small_csv(["no", "yes"]), &small_inputs(), &classes(["no", "yes"]), &Setup::default())
            .unwrap();
    assert!(fitted.hold_out.accuracy > 0.9, "{:?}", fitted.hold_out);
    assert_eq!((fitted.hold_out.n_train, fitted.hold_out.n_test), (140, 60));
    assert_eq!(fitted.hold_out.confusion.iter().flatten().sum::<u64>(), 60);
    let size = &fitted.features[0];
    assert_eq!(size.name, "size");
    assert!(size.missing_count > 0 && !size.is_empty);
    let Transform::Impute { fill, .. } = &fitted.transforms[0] else { panic!("no imputation") };
    assert_eq!(fill[0], size.mean);
    // Red is 1, green 2, and nothing is between two words; true is 1, false 0.
    assert!([1.0, 2.0].contains(&fill[1]) && fill[2] > 0.0 && fill[2] < 1.0);

    // The same answers as numbers give the same model.
    let numeric =
        run(&small_csv(["0", "1"]), &small_inputs(), &classes(["0.0", "1"]), &Setup::default());
    assert_eq!(numeric.unwrap(), fitted);
}

/// The served model must answer exactly what the hold-out part was measured with.
#[test]
fn the_parts_make_a_model_that_predicts_the_same() {
    let csv = small_csv(["no", "yes"]);
    let inputs = small_inputs();
    let classes = classes(["no", "yes"]);
    for normalize in [true, false] {
        let setup = Setup { normalize, ..Setup::default() };
        let fitted = run(&csv, &inputs, &classes, &setup).unwrap();
        assert_eq!(fitted.transforms.len(), 1 + usize::from(normalize));
        let output = Output {
            name: "answer".to_owned(),
            classes: classes.clone(),
            description: String::new(),
        };
        let model = Model::new(
            Schema { inputs: inputs.clone(), output },
            fitted.features.iter().map(|feature| feature.name.clone()).collect(),
            fitted.transforms.clone(),
            fitted.learner.clone(),
            &Limits::default(),
        )
        .unwrap();
        let y: Vec<u32> =
            csv.lines().skip(1).map(|line| u32::from(line.ends_with("yes"))).collect();
        let split = modelseal_train::split::stratified(&y, 0.7, 42).unwrap();
        let lines: Vec<&str> = csv.lines().skip(1).collect();
        let mut confusion = vec![vec![0; 2]; 2];
        for row in split.test {
            let cells: Vec<&str> = lines[row as usize].split(',').collect();
            let size = cells[0].parse().unwrap_or(f64::NAN);
            let colour = if cells[1] == "red" { 1.0 } else { 2.0 };
            let wet = if cells[2] == "Yes" { 1.0 } else { 0.0 };
            let class = model.predict(vec![size, colour, wet]).class;
            confusion[y[row as usize] as usize][class] += 1;
        }
        assert_eq!(confusion, fitted.hold_out.confusion);
    }
}

#[test]
fn what_stands_in_the_way_is_named() {
    let red_is_one = with_kind("colour", colours());
    let default = Setup::default();
    let yes_no = classes(["no", "yes"]);
    let cases: Vec<(&str, InputField, Vec<Class>, &str)> = vec![
        (
            "color,answer\nred,no\nred,yes\n",
            red_is_one.clone(),
            yes_no.clone(),
            "input \"colour\": there is no column \"colour\"; did you mean \"color\"?",
        ),
        (
            "colour,answer\nred,no\nblue,yes\nred,yes\nblue,no\n",
            red_is_one.clone(),
            yes_no.clone(),
            "column \"colour\": \"blue\" stands in 2 row(s), first in row 2; add it to the values of input \"colour\" with the number that it stands for, or correct the data",
        ),
        (
            "colour,answer\nred,no\ngreen,yes\n",
            with_kind("colour", InputKind::Boolean),
            yes_no.clone(),
            "column \"colour\": \"green\" stands in 1 row(s), first in row 2; input \"colour\" is a boolean: true or false, yes or no, 1 or 0; correct the data or make it a category",
        ),
        (
            "size,answer\n1,no\n2,yes\n?,no\n",
            input("size"),
            yes_no.clone(),
            "column \"size\": \"?\" stands in 1 row(s), first in row 3; input \"size\" is a number; correct the data, leave unknown cells empty, or make it a category",
        ),
        (
            "size,reply\n1,no\n",
            input("size"),
            yes_no.clone(),
            "target: there is no column \"answer\"",
        ),
        (
            "size,answer\n1,no\n2,\n3,yes\n4,NA\n",
            input("size"),
            yes_no.clone(),
            "target \"answer\" is missing in 2 row(s), first in row 2; fill the cells or remove the rows",
        ),
        (
            "size,answer\n1,no\n2,yes\n3,perhaps\n",
            input("size"),
            yes_no.clone(),
            "target \"answer\": \"perhaps\" stands in 1 row(s), first in row 3, and is the value of no class (they are \"no\", \"yes\"); add a class or remove the rows",
        ),
        (
            "size,answer\n1,0\n2,1\n3,2\n4,2\n",
            input("size"),
            classes(["0.0", "1"]),
            "target \"answer\": 2.0 stands in 2 row(s), first in row 3, and is the value of no class (they are \"0.0\", \"1\"); add a class or remove the rows",
        ),
        (
            "size,answer\n1,0\n2,1\n",
            input("size"),
            yes_no.clone(),
            "class \"class no\" has the value \"no\", but target \"answer\" is a column of numbers; give the number that stands for the class",
        ),
        (
            "size,answer\n1,0\n2,1\n",
            input("size"),
            classes(["1", "1.0"]),
            "classes \"class 1\" and \"class 1.0\" have the same value; give each class its own",
        ),
        (
            "size,answer\n1,no\n2,no\n",
            input("size"),
            yes_no.clone(),
            "class \"class yes\" (value \"yes\") stands in no row of target \"answer\"",
        ),
        (
            "size,answer\n1,no\n2,no\n3,no\n4,yes\n",
            input("size"),
            yes_no.clone(),
            "class 1 has 1 row(s); a stratified split needs at least 2 of each class: add rows or set data_split_stratify to false",
        ),
        (
            "size,answer\n1e308,no\n-1e308,no\n1e308,yes\n-1e308,yes\n1e308,yes\n",
            input("size"),
            yes_no.clone(),
            "column \"size\": its values are too large to be brought to one scale",
        ),
    ];
    for (csv, input, classes, expected) in cases {
        let error = run(csv, &[input], &classes, &default).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let error = run("size,answer\n1,no\n", &[], &yes_no, &default).unwrap_err();
    assert_eq!(error, TrainError::NoInputs);
}

#[test]
fn setup_has_the_published_names_and_defaults() {
    let setup = Setup::default();
    let json = serde_json::to_string(&setup).unwrap();
    assert_eq!(
        json,
        "{\"session_id\":42,\"train_size\":0.7,\"data_split_stratify\":true,\"numeric_imputation\":\"mean\",\"max_encoding_ohe\":25,\"remove_multicollinearity\":false,\"multicollinearity_threshold\":0.9,\"remove_outliers\":false,\"outliers_threshold\":0.05,\"fix_imbalance\":false,\"normalize\":true,\"normalize_method\":\"zscore\",\"feature_selection\":false,\"feature_selection_method\":\"classic\",\"n_features_to_select\":0.2,\"fold\":10}"
    );
    assert_eq!(serde_json::from_str::<Setup>("{}").unwrap(), setup);
    assert!(serde_json::from_str::<Setup>("{\"trainsize\": 0.5}").is_err());
}

struct Steps(Vec<(String, u64, u64)>);

impl Progress for Steps {
    fn step(&mut self, name: &str, done: u64, total: u64) {
        self.0.push((name.to_owned(), done, total));
    }
}

#[test]
fn progress_names_each_step_and_ends_it() {
    let table = table(&small_csv(["no", "yes"]));
    let (inputs, classes) = (small_inputs(), classes(["no", "yes"]));
    let task = Task { table: &table, inputs: &inputs, target: "answer", classes: &classes };
    let mut steps = Steps(Vec::new());
    let parameters = Parameters { n_estimators: 2, ..Parameters::default() };
    let plain = Setup { data_split_stratify: false, session_id: 1, ..Setup::default() };
    train(&task, &plain, &parameters, &mut steps).unwrap();
    let found: Vec<(&str, u64, u64)> =
        steps.0.iter().map(|(name, done, total)| (name.as_str(), *done, *total)).collect();
    let expected = [
        ("prepare", 0, 1),
        ("prepare", 1, 1),
        ("fit", 1, 2),
        ("fit", 2, 2),
        ("measure", 0, 1),
        ("measure", 1, 1),
    ];
    assert_eq!(found, expected);
}
