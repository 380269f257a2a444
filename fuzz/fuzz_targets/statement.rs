//! Statements: any text that a trusted key has signed. What verifies has clean, unique names that
//! lead nowhere else, and its own writing says the same.

#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64ct::{Base64, Encoding as _};
use libfuzzer_sys::fuzz_target;
use modelseal_signing::{Keyring, Limits, PrivateKey, TrustedKey, verify};

/// Made anew in every run: that nobody else can sign is not what is tested here.
static KEY: LazyLock<(PrivateKey, Keyring)> = LazyLock::new(|| {
    let key = PrivateKey::generate().expect("random bytes");
    let mut keyring = Keyring::new();
    keyring.add(TrustedKey::new("fuzzer", key.public_key())).expect("a first key");
    (key, keyring)
});

fn bundle(payload: &[u8]) -> String {
    let mut pae =
        format!("DSSEv1 28 application/vnd.in-toto+json {} ", payload.len()).into_bytes();
    pae.extend_from_slice(payload);
    let signature = Base64::encode_string(&KEY.0.sign(&pae).expect("a valid key"));
    let hint = KEY.0.public_key().fingerprint();
    let payload = Base64::encode_string(payload);
    format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"publicKey":{{"hint":"{hint}"}},"tlogEntries":[]}},"dsseEnvelope":{{"payload":"{payload}","payloadType":"application/vnd.in-toto+json","signatures":[{{"sig":"{signature}","keyid":""}}]}}}}"#
    )
}

fn is_clean(path: &str) -> bool {
    !path.is_empty()
        && !path.contains('\0')
        && path.split('/').all(|component| !["", ".", ".."].contains(&component))
}

fuzz_target!(|payload: &[u8]| {
    let limits = Limits::default();
    let now = jiff::Timestamp::UNIX_EPOCH;
    let read = |payload: &[u8]| verify(bundle(payload).as_bytes(), &KEY.1, now, &limits);
    let Ok(statement) = read(payload) else { return };
    let mut names = BTreeSet::new();
    for resource in statement.resources() {
        assert!(is_clean(resource.path()) || resource.path() == ".", "{:?}", resource.path());
        assert!(names.insert(resource.name().into_owned()), "{:?} twice", resource.name());
    }
    assert!(!names.is_empty());
    assert!(statement.ignore_paths().iter().all(|path| is_clean(path)));
    let again = read(statement.to_json().as_bytes()).expect("our own writing");
    assert_eq!(again.get(), statement.get());
});
