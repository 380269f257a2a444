//! Vectors and data that live outside of the repository.

use std::io::Write as _;
use std::path::PathBuf;

use modelseal_train::data::{CsvLimits, Matrix, Table, read_csv};
use serde_json::Value;

fn folder() -> PathBuf {
    match std::env::var_os("MODELSEAL_SHARED") {
        Some(folder) => folder.into(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

/// A file of the shared folder, or a loud note that a test is skipped.
fn bytes(path: &str) -> Option<Vec<u8>> {
    match std::fs::read(folder().join(path)) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            // Straight to stderr: the test runner hides what the print macros write.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: {path} of the shared folder cannot be read: {error}"
            );
            None
        }
    }
}

pub(crate) fn vectors(name: &str) -> Option<Value> {
    let bytes = bytes(&format!("vectors/training/{name}.json"))?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

/// The real survey.
pub(crate) fn real_survey() -> Option<Table> {
    let name = "diabetes_binary_5050split_health_indicators_BRFSS2015.csv";
    let bytes = bytes(&format!("data/{name}"))?;
    Some(read_csv(bytes.as_slice(), name, &CsvLimits::default(), &mut |_| {}).unwrap())
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

pub(crate) fn indices(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as u32).collect()
}

/// A list of rows as columns.
pub(crate) fn matrix(rows: &Value) -> Matrix {
    let rows: Vec<Vec<f64>> = rows.as_array().unwrap().iter().map(numbers).collect();
    let column = |column: usize| rows.iter().map(|row| row[column]).collect();
    Matrix::new((0..rows[0].len()).map(column).collect()).unwrap()
}

pub(crate) fn select(values: &[u32], rows: &[u32]) -> Vec<u32> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

#[track_caller]
pub(crate) fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let distance = (found - expected).abs();
    assert!(distance <= tolerance, "{what}: found {found}, expected {expected}");
}
