use modelseal_train::data::survey::{COLUMNS, ROWS_DEFAULT, TARGET, generate};
use modelseal_train::data::{CsvLimits, SummaryKind, read_csv, write_csv};
use sha2::{Digest, Sha256};

use crate::real_data::{fitted, target};

/// SHA-256 of the CSV of 1,000 rows of seed 42: it changes when any byte does, on any machine.
const HASH_1000: &str = "dbad261285d22f3ab3dd15a545be48ee781cb0ab0202bea595902a05680d8e74";

fn csv(seed: u32, rows: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_csv(&generate(seed, rows), &mut bytes).unwrap();
    bytes
}

#[test]
fn the_bytes_are_fixed() {
    let bytes = csv(42, 1000);
    let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, HASH_1000);
    assert_ne!(bytes, csv(43, 1000));
    let table = read_csv(bytes.as_slice(), "survey", &CsvLimits::default(), &mut |_| {}).unwrap();
    assert_eq!(table, generate(42, 1000));
}

#[test]
fn it_has_the_shape_of_the_public_table() {
    let table = generate(42, 9_999);
    let names: Vec<&str> = table.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, COLUMNS);
    let y = target(&table);
    assert_eq!((y.len(), y.iter().filter(|&&y| y == 1).count()), (9_999, 4_999));
    for column in table.columns() {
        let summary = column.summary();
        let SummaryKind::Numeric { range: Some((low, high)), all_integers: true, .. } =
            summary.kind
        else {
            panic!("{}: {:?}", column.name, summary.kind)
        };
        let (lowest, highest) = match column.name.as_str() {
            "BMI" => (12.0, 98.0),
            "MentHlth" | "PhysHlth" => (0.0, 30.0),
            "GenHlth" => (1.0, 5.0),
            "Age" => (1.0, 13.0),
            "Education" => (1.0, 6.0),
            "Income" => (1.0, 8.0),
            _ => (0.0, 1.0),
        };
        assert!(low >= lowest && high <= highest, "{}: {low}..{high}", column.name);
        assert!(low < high, "{} is constant", column.name);
    }
    assert_eq!(generate(1, 0).row_count(), 0);
}

#[test]
fn it_is_as_hard_as_the_public_table() {
    let table = generate(42, ROWS_DEFAULT);
    assert_eq!(table.columns()[0].name, TARGET);
    let found = fitted(&table, None).hold_out;
    eprintln!("synthetic survey, 21 columns: {found:?}");
    assert!((0.73..=0.76).contains(&found.accuracy), "{found:?}");
}
