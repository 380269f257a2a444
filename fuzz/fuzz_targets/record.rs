//! Requests: reading one never panics, and every member that is named can be found.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_model::Record;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(record) = Record::from_json(bytes) {
        assert!(record.names().all(|name| record.get(name).is_some()));
    }
});
