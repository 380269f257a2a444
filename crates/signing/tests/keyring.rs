//! The keyring file: what is read, what is refused, what is written.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may stop at the first fault")]

mod support;

use modelseal_signing::{Keyring, KeyringError, Limits, PrivateKey, Revocation, TrustedKey};
use support::{now, rfc6979_key};

fn entry(name: &str, more: &str) -> String {
    let pem = rfc6979_key().public_key().to_pem().replace('\n', "\\n");
    format!(r#"{{"name":"{name}","public_key":"{pem}"{more}}}"#)
}

fn read(entries: &[String]) -> Result<Keyring, KeyringError> {
    let text = format!(r#"{{"format":"modelseal-keyring-v1","keys":[{}]}}"#, entries.join(","));
    Keyring::from_json(text.as_bytes(), &Limits::default())
}

#[test]
fn round_trip_in_stable_order() {
    let mut keyring = Keyring::new();
    assert_eq!(
        keyring.to_json(),
        "{\n  \"format\": \"modelseal-keyring-v1\",\n  \"keys\": []\n}\n"
    );
    let mut old = TrustedKey::new("zoé \"z\"", rfc6979_key().public_key());
    old.not_before = Some("2026-01-01T00:00:00Z".parse().unwrap());
    old.not_after = Some(now());
    old.revoked = Some(Revocation { at: now(), reason: "laptop stolen".to_owned() });
    let new = TrustedKey::new("alice", PrivateKey::generate().unwrap().public_key());
    keyring.add(old.clone()).unwrap();
    keyring.add(new.clone()).unwrap();
    assert_eq!(keyring.keys(), [old.clone(), new]);
    assert_eq!(keyring.find(&old.public_key.fingerprint()), Some(&old));

    let text = keyring.to_json();
    assert!(text.starts_with(
        "{\n  \"format\": \"modelseal-keyring-v1\",\n  \"keys\": [\n    {\n      \"name\": \"zoé \\\"z\\\"\",\n      \"public_key\": \"-----BEGIN"
    ));
    assert!(text.contains(
        "      \"not_after\": \"2026-11-23T12:00:00Z\",\n      \"revoked\": {\n        \"at\": \"2026-11-23T12:00:00Z\",\n        \"reason\": \"laptop stolen\"\n      }\n    },\n"
    ));
    assert!(text.ends_with("\n    }\n  ]\n}\n"));
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    assert_eq!(Keyring::from_json(text.as_bytes(), &Limits::default()), Ok(keyring));
}

#[test]
fn refused_files() {
    assert!(read(&[entry("a", "")]).is_ok());
    let message = |entries: &[String]| read(entries).unwrap_err().to_string();
    for (more, expected) in [
        (r#","color":1"#, "keyring.keys[0]: unknown member \"color\""),
        (r#","name":"b""#, "\"name\" appears twice"),
        (r#","not_before":"yesterday""#, "keyring.keys[0].not_before: expected a time such as"),
        (r#","not_before":null"#, "keyring.keys[0].not_before: expected a string, found null"),
        (
            r#","not_before":"2027-01-01T00:00:00Z","not_after":"2026-01-01T00:00:00Z""#,
            "never valid",
        ),
        (
            r#","revoked":{"at":"2026-01-01T00:00:00Z"}"#,
            "keys[0].revoked: the member \"reason\" is missing",
        ),
        (r#","revoked":{"at":"2026-01-01T00:00:00Z","reason":""}"#, "printable text"),
        (r#","revoked":true"#, "expected an object, found true or false"),
    ] {
        let message = message(&[entry("a", more)]);
        assert!(message.contains(expected), "{more}: {message}");
    }
    assert!(message(&[entry("", "")]).contains("printable text"));
    assert!(message(&[entry("\\u001b[2J", "")]).contains("found \"\\u{1b}[2J\""));
    assert!(message(&[entry("a", ""), entry("a", "")]).contains("two keys have the name \"a\""));
    assert!(message(&[entry("a", ""), entry("b", "")]).contains("\"a\" and \"b\" are one key"));
    assert!(
        message(&[r#"{"name":"a","public_key":"none"}"#.to_owned()])
            .contains("the public key of \"a\"")
    );
    for text in [
        r#"{"format":"modelseal-keyring-v2","keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","keys":[],"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","keys":[],"more":1}"#,
        r#"{"format":"modelseal-keyring-v1"}"#,
        "[]",
        "",
    ] {
        assert!(Keyring::from_json(text.as_bytes(), &Limits::default()).is_err(), "{text}");
    }
}

#[test]
fn limits_hold() {
    let text = format!(r#"{{"format":"modelseal-keyring-v1","keys":[{}]}}"#, entry("abc", ""));
    let read = |limits: Limits| Keyring::from_json(text.as_bytes(), &limits);
    let defaults = Limits::default;
    assert!(read(Limits { keyring_bytes_max: text.len(), ..defaults() }).is_ok());
    assert!(matches!(
        read(Limits { keyring_bytes_max: text.len() - 1, ..defaults() }),
        Err(KeyringError::TooLarge { .. })
    ));
    assert!(matches!(
        read(Limits { keyring_key_count_max: 0, ..defaults() }),
        Err(KeyringError::TooManyKeys { count: 1, count_max: 0 })
    ));
    assert!(matches!(
        read(Limits { name_bytes_max: 2, ..defaults() }),
        Err(KeyringError::Text { .. })
    ));
    assert!(matches!(read(Limits { json_depth_max: 2, ..defaults() }), Err(KeyringError::Json(_))));
}
