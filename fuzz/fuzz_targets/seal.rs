//! Seals: neither looking nor verifying panics, and nothing verifies against an empty keyring.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_signing::{Keyring, Limits, peek, verify};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let _ = peek(bytes, &limits);
    assert!(verify(bytes, &Keyring::new(), jiff::Timestamp::UNIX_EPOCH, &limits).is_err());
});
