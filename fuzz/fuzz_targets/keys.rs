//! Keys in PEM, of all kinds: reading never panics, and what was read is written to the same key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_signing::{PrivateKey, PublicKey};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = PublicKey::from_pem(text) {
        let again = PublicKey::from_pem(&key.to_pem()).expect("our own");
        assert_eq!(again.fingerprint(), key.fingerprint());
    }
    if let Ok(key) = PrivateKey::from_pem(text) {
        let pem = key.to_pkcs8_pem().expect("a key that was read");
        let again = PrivateKey::from_pem(&pem).expect("our own");
        assert_eq!(again.public_key().fingerprint(), key.public_key().fingerprint());
    }
});
