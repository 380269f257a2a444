//! CSV: reading never panics, and what was read can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_train::data::{CsvLimits, read_csv, write_csv};

fuzz_target!(|bytes: &[u8]| {
    let limits = CsvLimits::default();
    let Ok(table) = read_csv(bytes, "fuzz.csv", &limits, &mut |_| {}) else { return };
    let mut written = Vec::new();
    write_csv(&table, &mut written).expect("a vector takes everything");
    let again = read_csv(written.as_slice(), "again.csv", &limits, &mut |_| {});
    let again = again.expect("what was written can be read");
    assert_eq!((again.row_count(), again.columns().len()), (table.row_count(), table.columns().len()));
});
