//! What holds for every input: reading ends without a panic, and what was written is read.

use modelseal_train::data::{
    Column, ColumnValues, CsvLimits, MISSING_CODE, Table, read_csv, write_csv,
};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Option<Table> {
    read_csv(bytes, "data.csv", &CsvLimits::default(), &mut |_| {}).ok()
}

fn written(table: &Table) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_csv(table, &mut bytes).unwrap();
    bytes
}

/// Equal bit by bit, and NaN equal to itself.
fn assert_same(left: &Table, right: &Table) {
    assert_eq!(left.row_count(), right.row_count());
    for (left, right) in left.columns().iter().zip(right.columns()) {
        assert_eq!(left.name, right.name);
        match (&left.values, &right.values) {
            (ColumnValues::Numeric(left), ColumnValues::Numeric(right)) => {
                let same = |(left, right): (&f64, &f64)| {
                    left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan())
                };
                assert!(left.iter().zip(right).all(same), "{left:?} {right:?}");
            }
            (left, right) => assert_eq!(left, right),
        }
    }
}

fn numeric_column(rows: usize) -> impl Strategy<Value = ColumnValues> {
    let number = prop_oneof![
        4 => (-1000i32..1000).prop_map(f64::from),
        4 => -1e9f64..1e9,
        1 => any::<f64>().prop_filter("finite", |number| number.is_finite()),
        1 => Just(f64::NAN),
    ];
    proptest::collection::vec(number, rows).prop_map(ColumnValues::Numeric)
}

/// Texts of letters, quotes, commas and line ends; "x" in front keeps them from reading as
/// numbers or as missing.
fn text_column(rows: usize) -> impl Strategy<Value = ColumnValues> {
    let text = proptest::option::weighted(0.9, "x[a-zé0-9 ,;\"'\r\n]{0,6}");
    proptest::collection::vec(text, rows)
        .prop_filter("a column without text is numeric", |texts| texts.iter().any(Option::is_some))
        .prop_map(|texts| {
            let mut levels: Vec<String> = texts.iter().flatten().cloned().collect();
            levels.sort_unstable();
            levels.dedup();
            let code = |text: &Option<String>| match text {
                Some(text) => levels.binary_search(text).unwrap() as u32,
                None => MISSING_CODE,
            };
            let codes = texts.iter().map(code).collect();
            ColumnValues::Text { levels, codes }
        })
}

fn table() -> impl Strategy<Value = Table> {
    (1usize..30)
        .prop_flat_map(|rows| {
            let column = prop_oneof![numeric_column(rows).boxed(), text_column(rows).boxed()];
            proptest::collection::vec(("[a-z,\" ]{1,5}", column), 1..5)
        })
        .prop_map(|columns| {
            let named = columns.into_iter().enumerate();
            let column =
                |(index, (name, values))| Column { name: format!("{name}{index}"), values };
            Table::new(named.map(column).collect()).unwrap()
        })
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }

    #[test]
    fn text_that_looks_like_csv_never_panics(text in "([a-c0-9.,\"\r\n \u{e9}-]|inf|NA|1e999){0,60}") {
        if let Some(table) = read(text.as_bytes()) {
            // What was read once is read again as the same.
            if let Some(again) = read(&written(&table)) {
                prop_assert_eq!(table.row_count(), again.row_count());
            }
        }
    }

    #[test]
    fn what_was_written_is_read(table in table()) {
        let again = read(&written(&table)).unwrap();
        assert_same(&table, &again);
    }
}
