//! Keyrings: what is read can be written and read again, to the same keyring.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_signing::{Keyring, Limits};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    if let Ok(keyring) = Keyring::from_json(bytes, &limits) {
        let written = keyring.to_json();
        let again = Keyring::from_json(written.as_bytes(), &limits).map(|keyring| keyring.to_json());
        assert_eq!(again.ok(), Some(written));
    }
});
