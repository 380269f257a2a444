//! Archives: reading never panics, and what opens is canonical.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_package::{Limits, UnverifiedPackage};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Ok(package) = UnverifiedPackage::read(bytes.to_vec().into(), &limits) else { return };
    let _ = package.claimed_seals(&limits);
    if let Ok(contents) = package.dangerously_open_without_verification(&limits) {
        let _ = contents.model();
    }
});
