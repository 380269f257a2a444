//! Tables as they should not be: a clear error, or a result, never a panic.

use modelseal_model::{Class, InputField};
use modelseal_train::data::{ColumnValues, CsvLimits, Table, read_csv};
use modelseal_train::experiment::{Experiment, Leaderboard, Metric, Setup, Task, TrainError};
use modelseal_train::learn::LEARNERS;
use proptest::prelude::*;

use crate::published::hooks;
use crate::real_data::input;

fn read(csv: &str) -> Result<Table, String> {
    read_csv(csv.as_bytes(), "test", &CsvLimits::default(), &mut |_| {})
        .map_err(|error| error.to_string())
}

/// One class for each value of the target.
fn classes(table: &Table) -> Vec<Class> {
    // Without a target, classes as a project file would declare them.
    if table.column("y").is_err() {
        return ["0", "1"].map(|value| Class { label: value.into(), value: value.into() }).to_vec();
    }
    let mut values: Vec<String> = match table.column("y").map(|column| &column.values) {
        Ok(ColumnValues::Numeric(numbers)) => numbers.iter().map(f64::to_string).collect(),
        Ok(ColumnValues::Text { levels, .. }) => levels.clone(),
        Err(_) => Vec::new(),
    };
    values.sort();
    values.dedup();
    values.retain(|value| value != "NaN");
    values.into_iter().map(|value| Class { label: value.clone(), value }).collect()
}

/// Compares all learners on all columns but `y`.
fn compare(csv: &str, setup: &Setup) -> Result<Leaderboard, String> {
    let table = read(csv)?;
    let inputs: Vec<InputField> = table
        .columns()
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| *name != "y")
        .map(input)
        .collect();
    let classes = classes(&table);
    let task = Task { table: &table, inputs: &inputs, target: "y", classes: &classes };
    let run = || -> Result<Leaderboard, TrainError> {
        let mut experiment = Experiment::new(task, *setup)?;
        let ids: Vec<&str> = LEARNERS.iter().map(|entry| entry.id).collect();
        experiment.compare(&ids, Metric::Accuracy, &mut hooks(&mut (), None))
    };
    run().map_err(|error| error.to_string())
}

fn rows(count: usize, row: impl Fn(usize) -> String) -> String {
    (0..count).map(|index| row(index) + "\n").collect()
}

#[test]
fn each_fault_is_named() {
    let three = Setup { fold: 3, ..Setup::default() };
    let cases = [
        (String::new(), "empty"),
        ("a,y\n".to_owned(), "no rows"),
        ("a,y\n1,0\n".to_owned(), "1 class(es)"),
        (format!("a,y\n{}", rows(20, |row| format!("{row},0"))), "1 class(es)"),
        (format!("a,b\n{}", rows(20, |row| format!("{row},0"))), "there is no column \"y\""),
        (format!("a,a,y\n{}", rows(20, |row| format!("{row},1,{}", row % 2))), "\"a\""),
        (format!("a,y\n{}", rows(20, |row| format!("x{row},{}", row % 2))), "is a number"),
        (format!("a,y\n{}", rows(20, |row| format!("{row},{}", row / 19))), "class"),
        (
            format!("{}y\n1\n", rows(1, |_| ",".repeat(10_000)).trim_end()),
            "columns: found 10001, the limit is 10000",
        ),
        (format!("a,y\n{}", rows(5000, |row| format!("{row},{row}"))), "5000 classes, the limit"),
        (
            format!("a,y\n{}", rows(20, |row| format!("{}1e308,{}", ["", "-"][row % 2], row % 2))),
            "too large",
        ),
    ];
    for (csv, text) in cases {
        let error = compare(&csv, &three).map(|board| board.rows.len()).unwrap_err();
        eprintln!("{error}");
        assert!(error.contains(text), "{error}: no {text}");
    }
}

/// A column without any value is filled and says nothing; learners that cannot judge by it say
/// so.
#[test]
fn a_column_without_values_ends_nothing() {
    let csv = format!("a,b,y\n{}", rows(60, |row| format!("{},,{}", row % 7, row % 2)));
    let board = compare(&csv, &Setup { fold: 3, ..Setup::default() }).unwrap();
    assert_eq!(board.rows.len() + board.failed.len(), LEARNERS.len());
    assert!(board.rows.len() >= 12, "{:?}", board.failed);
}

/// With the target as many as a table may have.
const COLUMNS: usize = 9_999;

#[test]
fn very_many_columns_are_learned_from_or_refused() {
    let names: Vec<String> = (0..COLUMNS).map(|column| format!("c{column}")).collect();
    let row = |row: usize| {
        let cells: Vec<String> = (0..COLUMNS).map(|c| ((row * (c + 3)) % 11).to_string()).collect();
        format!("{},{}", cells.join(","), row % 2)
    };
    let csv = format!("{},y\n{}", names.join(","), rows(24, row));
    let board = compare(&csv, &Setup { fold: 2, ..Setup::default() }).unwrap();
    for failed in &board.failed {
        assert!(failed.reason.contains("9999 columns"), "{}: {}", failed.id, failed.reason);
    }
    assert_eq!(board.rows.len() + board.failed.len(), LEARNERS.len());
    assert!(board.rows.iter().any(|row| row.id == "gbc"));
}

fn cell() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "0",
        "1",
        "2",
        "3",
        "0.5",
        "-7",
        "1",
        "2",
        "4",
        "5",
        "",
        "NA",
        "nan",
        "inf",
        "-Infinity",
        "1e300",
        "-1e308",
        "1e39",
        "5e-324",
        "x",
        "true",
        "1,5",
        "\"\"",
        " 3 ",
        "٣",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Mostly usable cells, so that many tables get as far as the learners.
    #[test]
    fn no_table_ends_the_program(
        cells in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![30 => "[0-9]", 1 => cell().prop_map(str::to_owned)], 3),
            2..40,
        ),
        targets in proptest::collection::vec(prop_oneof![60 => "[ab]", 2 => "[abc]", 1 => Just(String::new())], 40),
        options in proptest::array::uniform5(any::<bool>()),
        fold in 2u32..4,
    ) {
        let mut csv = "a,b,c,y\n".to_owned();
        for (row, target) in cells.iter().zip(&targets) {
            csv += &format!("{},{target}\n", row.join(","));
        }
        let [remove_outliers, fix_imbalance, remove_multicollinearity, feature_selection, normalize] = options;
        let setup = Setup {
            remove_outliers,
            fix_imbalance,
            remove_multicollinearity,
            feature_selection,
            normalize,
            fold,
            ..Setup::default()
        };
        match compare(&csv, &setup) {
            Ok(board) => {
                assert_eq!(board.rows.len() + board.failed.len(), LEARNERS.len());
                for row in &board.rows {
                    for metric in Metric::ALL {
                        let value = row.mean.get(metric);
                        assert!((-1.0..=1.0).contains(&value), "{} {}: {value}", row.id, metric.name());
                    }
                }
            }
            Err(error) => assert!(!error.is_empty()),
        }
    }
}
