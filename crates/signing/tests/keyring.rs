//! The keyring file: what is read, what is refused, what is written.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may stop at the first fault")]

mod support;

use modelseal_signing::{
    HmacKey, HmacScheme, KeyState, Keyring, KeyringError, LastActive, Limits, PrivateKey,
    PublicKey, Revocation, SealedKeyringError, SecretSource, Terms, TrustedKey, seal,
};
use proptest::prelude::*;
use support::{now, rfc6979_key};

const HEAD: &str = r#""format":"modelseal-keyring-v1","version":1,"required_seals":1"#;

fn entry(name: &str, more: &str) -> String {
    let pem = rfc6979_key().public_key().to_pem().replace('\n', "\\n");
    format!(r#"{{"name":"{name}","state":"active","public_key":"{pem}"{more}}}"#)
}

fn read(entries: &[String]) -> Result<Keyring, KeyringError> {
    let text = format!(r#"{{{HEAD},"keys":[{}]}}"#, entries.join(","));
    Keyring::from_json(text.as_bytes(), &Limits::default())
}

#[test]
fn round_trip_in_stable_order() {
    let mut keyring = Keyring::new();
    assert_eq!(
        keyring.to_json(),
        "{\n  \"format\": \"modelseal-keyring-v1\",\n  \"version\": 0,\n  \"required_seals\": 1,\n  \"keys\": []\n}\n"
    );
    let mut old = TrustedKey::new("zoé \"z\"", rfc6979_key().public_key());
    old.terms.not_before = Some("2026-01-01T00:00:00Z".parse().unwrap());
    old.terms.not_after = Some(now());
    let reason = "laptop stolen".to_owned();
    old.terms.state = KeyState::Revoked(Revocation { at: now(), reason, after: Some(now()) });
    old.terms.comment = Some("replaced".to_owned());
    old.terms.owner = Some("zoé".to_owned());
    let new = TrustedKey::new("alice", PrivateKey::generate().unwrap().public_key());
    keyring.add(old.clone()).unwrap();
    keyring.add(new.clone()).unwrap();
    assert_eq!(keyring.keys(), [old.clone(), new]);
    assert_eq!(keyring.find(&old.public_key.fingerprint()), Some(&old));

    let text = keyring.to_json();
    assert!(text.starts_with(
        "{\n  \"format\": \"modelseal-keyring-v1\",\n  \"version\": 0,\n  \"required_seals\": 1,\n  \"keys\": [\n    {\n      \"name\": \"zoé \\\"z\\\"\",\n      \"state\": \"revoked\",\n      \"owner\": \"zoé\""
    ));
    assert!(text.contains(
        "      \"not_after\": \"2026-11-23T12:00:00Z\",\n      \"revoked\": {\n        \"at\": \"2026-11-23T12:00:00Z\",\n        \"reason\": \"laptop stolen\",\n        \"after\": \"2026-11-23T12:00:00Z\"\n      },\n      \"comment\": \"replaced\",\n      \"public_key\": \"-----BEGIN"
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
        (r#","owner":"""#, "printable text"),
        (r#","comment":"\n""#, "printable text"),
        (r#","revoked":{"at":"2026-01-01T00:00:00Z","reason":"x"}"#, "go together"),
        (
            r#","revoked":{"at":"2026-01-01T00:00:00Z"}"#,
            "keys[0].revoked: the member \"reason\" is missing",
        ),
        (r#","revoked":{"at":"2026-01-01T00:00:00Z","reason":"x","until":1}"#, "unknown member"),
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
        message(&[r#"{"name":"a","state":"active","public_key":"none"}"#.to_owned()])
            .contains("the public key of \"a\"")
    );
    let revoked = entry("a", "").replace("active", "revoked");
    assert!(message(&[revoked]).contains("go together"));
    let paused = entry("a", "").replace("active", "paused");
    assert!(message(&[paused]).contains("next, active, verify-only, revoked, found \"paused\""));
    let whole = |text: &str| Keyring::from_json(text.as_bytes(), &Limits::default());
    assert!(whole(&format!(r#"{{{HEAD},"keys":[]}}"#)).is_ok());
    for text in [
        r#"{"format":"modelseal-keyring-v2","version":1,"required_seals":1,"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","required_seals":1,"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","version":1,"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","version":-1,"required_seals":1,"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","version":1e300,"required_seals":1,"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","version":9007199254740992,"required_seals":1,"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","version":1,"required_seals":0,"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","version":1,"required_seals":17,"keys":[]}"#,
        r#"{"format":"modelseal-keyring-v1","version":1,"required_seals":"2","keys":[]}"#,
        &format!(r#"{{{HEAD},"keys":[],"keys":[]}}"#),
        &format!(r#"{{{HEAD},"keys":[],"more":1}}"#),
        &format!("{{{HEAD}}}"),
        "[]",
        "",
    ] {
        assert!(Keyring::from_json(text.as_bytes(), &Limits::default()).is_err(), "{text}");
    }
}

#[test]
fn limits_hold() {
    let text = format!(r#"{{{HEAD},"keys":[{}]}}"#, entry("abc", ""));
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

fn hmac(name: &str, secret: SecretSource) -> HmacKey {
    let salt = Some("models".to_owned());
    let scheme = HmacScheme { salt, ..HmacScheme::default() };
    HmacKey { name: name.to_owned(), secret, scheme, terms: Terms::default() }
}

/// A keyring is handed out: it says where a shared secret lies, and nothing else is a place.
#[test]
fn shared_keys_are_references() {
    let mut keyring = Keyring::new();
    keyring.add(TrustedKey::new("alice", rfc6979_key().public_key())).unwrap();
    keyring.add_hmac(hmac("file", SecretSource::File("secrets/old.key".into()))).unwrap();
    keyring.add_hmac(hmac("env", SecretSource::Environment("MODEL_KEY_2".into()))).unwrap();
    let text = keyring.to_json();
    assert!(text.contains("\"key_env\": \"MODEL_KEY_2\""), "{text}");
    assert_eq!(Keyring::from_json(text.as_bytes(), &Limits::default()), Ok(keyring.clone()));
    for variable in ["", "2KEY", "se cret", "p\u{e4}ss", "changeme!"] {
        let error = keyring.add_hmac(hmac("x", SecretSource::Environment(variable.into())));
        let error = error.unwrap_err();
        assert!(matches!(error, KeyringError::Secret { .. }), "{variable}");
        assert!(variable.is_empty() || !error.to_string().contains(variable), "{error}");
    }
    let error = keyring.add_hmac(hmac("twice", SecretSource::File("secrets/old.key".into())));
    assert!(matches!(error, Err(KeyringError::DuplicateHmacKey { .. })));
    let error = keyring.add_hmac(hmac("alice", SecretSource::File("other.key".into())));
    assert!(matches!(error, Err(KeyringError::DuplicateName { .. })));
    for (old, new) in [
        ("\"kind\": \"itsdangerous\"", "\"kind\": \"none\""),
        ("\"key_env\"", "\"key\""),
        ("\"key_env\"", "\"key_file\": \"both\", \"key_env\""),
        ("\"salt\": \"models\"", "\"digest\": \"md5\""),
        ("\"salt\": \"models\"", "\"derivation\": \"pbkdf2\""),
    ] {
        let changed = text.replacen(old, new, 1);
        assert_ne!(changed, text);
        assert!(Keyring::from_json(changed.as_bytes(), &Limits::default()).is_err(), "{new}");
    }
}

#[test]
fn keys_live_in_one_direction() {
    let [day, later] = ["2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z"].map(|t| t.parse().unwrap());
    let mut keyring = Keyring::new();
    let mut add = |name: &str, owner: Option<&str>, state: KeyState| {
        let mut key = TrustedKey::new(name, PrivateKey::generate().unwrap().public_key());
        (key.terms.owner, key.terms.state) = (owner.map(str::to_owned), state);
        keyring.add(key).unwrap();
    };
    add("alice", None, KeyState::Active);
    add("alice-2", Some("alice"), KeyState::Next);
    add("bob", None, KeyState::Active);
    let state = |keyring: &Keyring, name| keyring.find_name(name).unwrap().terms.state.word();

    // The owner's old key goes, another owner's stays.
    keyring.activate("alice-2", day).unwrap();
    assert_eq!(
        ["alice", "alice-2", "bob"].map(|n| state(&keyring, n)),
        ["verify-only", "active", "active"]
    );
    assert_eq!(keyring.find_name("alice").unwrap().terms.not_after, Some(day));
    // What is set to end does not live longer.
    keyring.retire("alice", later, LastActive::Keep).unwrap();
    assert_eq!(keyring.find_name("alice").unwrap().terms.not_after, Some(day));
    let error = keyring.activate("alice", later).unwrap_err().to_string();
    assert_eq!(
        error,
        "the key \"alice\" is verify-only: only a next key becomes active; make a new one"
    );

    let revocation = |after| Revocation { at: day, reason: "left".to_owned(), after };
    keyring.revoke("bob", revocation(Some(day)), LastActive::Keep).unwrap();
    assert!(keyring.revoke("bob", revocation(Some(later)), LastActive::Keep).is_err());
    keyring.revoke("bob", revocation(None), LastActive::Keep).unwrap();
    for outcome in [
        keyring.revoke("bob", revocation(None), LastActive::Keep),
        keyring.revoke("bob", revocation(Some(later)), LastActive::Keep),
        keyring.retire("bob", later, LastActive::Keep),
        keyring.activate("bob", later),
    ] {
        assert!(
            matches!(outcome, Err(KeyringError::State { state: "revoked", .. })),
            "{outcome:?}"
        );
    }

    let last = KeyringError::LastActive { name: "alice-2".to_owned() };
    assert_eq!(keyring.retire("alice-2", day, LastActive::Keep), Err(last.clone()));
    assert_eq!(keyring.revoke("alice-2", revocation(None), LastActive::Keep), Err(last));
    keyring.revoke("alice-2", revocation(None), LastActive::MayGo).unwrap();
    let error = keyring.retire("carol", day, LastActive::Keep).unwrap_err().to_string();
    assert_eq!(error, "the keyring has no key \"carol\"; it has \"alice\", \"alice-2\", \"bob\"");
    assert!(keyring.require_seals(0).is_err() && keyring.require_seals(17).is_err());
}

#[test]
fn a_sealed_keyring_is_the_root_keys() {
    let limits = Limits::default();
    let [root, other] = [(); 2].map(|()| PrivateKey::generate().unwrap());
    let mut keyring = Keyring::new();
    keyring.add(TrustedKey::new("alice", rfc6979_key().public_key())).unwrap();
    let text = keyring.to_json();
    let statement = Keyring::statement("keyring.json", text.as_bytes()).unwrap();
    let sealed = seal(&statement, &root).unwrap();
    let read = |bytes: &[u8], sealed: &[u8], root: &PrivateKey| {
        Keyring::from_sealed_json(bytes, sealed, &root.public_key(), now(), &limits)
    };
    assert_eq!(read(text.as_bytes(), &sealed, &root), Ok(keyring));
    let foreign = read(text.as_bytes(), &sealed, &other);
    assert!(matches!(foreign, Err(SealedKeyringError::Seal(_))));
    let changed = text.replace("alice", "mallory");
    let changed = read(changed.as_bytes(), &sealed, &root);
    assert!(matches!(changed, Err(SealedKeyringError::Digest { .. })));
    // What the root key has sealed besides is no keyring.
    let model = modelseal_signing::Statement::builder("m")
        .resource("a", modelseal_signing::Digest::of(text.as_bytes()))
        .resource("b", modelseal_signing::Digest::of(b""))
        .build()
        .unwrap();
    let other_thing = read(text.as_bytes(), &seal(&model, &root).unwrap(), &root);
    assert!(matches!(other_thing, Err(SealedKeyringError::Files { count: 2 })));
    let no_keyring = Keyring::statement("x", b"{}").unwrap();
    let no_keyring = read(b"{}", &seal(&no_keyring, &root).unwrap(), &root);
    assert!(matches!(no_keyring, Err(SealedKeyringError::Keyring(_))));
}

/// Keys are slow to make: a few serve all cases.
fn some_keys() -> Vec<PublicKey> {
    static KEYS: std::sync::OnceLock<Vec<PublicKey>> = std::sync::OnceLock::new();
    let make = || (0..6).map(|_| PrivateKey::generate().unwrap().public_key()).collect();
    KEYS.get_or_init(make).clone()
}

prop_compose! {
    fn terms()(
        state in 0..5_usize,
        owner in proptest::option::of("[^\\p{Cc}]{1,20}"),
        comment in proptest::option::of("[^\\p{Cc}]{1,40}"),
        reason in "[^\\p{Cc}]{1,20}",
        seconds in proptest::collection::vec(0_i64..4_000_000_000, 4),
        dated in proptest::collection::vec(any::<bool>(), 3),
    ) -> Terms {
        let time = |second: i64| jiff::Timestamp::from_second(second).unwrap();
        let early_late = [seconds[0].min(seconds[1]), seconds[0].max(seconds[1])].map(time);
        let after = (state == 4).then(|| time(seconds[3]));
        let state = match state {
            0 => KeyState::Next,
            1 => KeyState::Active,
            2 => KeyState::VerifyOnly,
            _ => KeyState::Revoked(Revocation { at: time(seconds[2]), reason, after }),
        };
        let not_before = dated[0].then_some(early_late[0]);
        let not_after = dated[1].then_some(early_late[1]);
        Terms { state, owner, not_before, not_after, comment }
    }
}

proptest! {
    /// Every keyring that can be built is written as text that reads back as the same keyring.
    #[test]
    fn reads_what_it_writes(
        all in proptest::collection::vec((terms(), "[^\\p{Cc}]{0,20}"), 0..6),
        required in 1_usize..=16,
        changes in 0..4,
    ) {
        let mut keyring = Keyring::new();
        keyring.require_seals(required).unwrap();
        (0..changes).for_each(|_| keyring.advance().unwrap());
        let keys = some_keys();
        for (index, (terms, name)) in all.into_iter().enumerate() {
            let name = format!("{index}{name}");
            if index % 3 == 2 {
                let secret = SecretSource::File(name.clone());
                keyring.add_hmac(HmacKey { terms, ..hmac(&name, secret) }).unwrap();
            } else {
                keyring.add(TrustedKey { name, public_key: keys[index].clone(), terms }).unwrap();
            }
        }
        let text = keyring.to_json();
        let again = Keyring::from_json(text.as_bytes(), &Limits::default()).unwrap();
        prop_assert_eq!(again.to_json(), text);
        prop_assert_eq!(again, keyring);
    }

    #[test]
    fn arbitrary_changes_never_panic(start in 0_usize..700, bytes in proptest::collection::vec(any::<u8>(), 1..20)) {
        let mut text = format!(r#"{{{HEAD},"keys":[{}]}}"#, entry("abc", "")).into_bytes();
        for (offset, byte) in bytes.into_iter().enumerate() {
            let place = (start + offset) % text.len();
            text[place] = byte;
        }
        if let Ok(keyring) = Keyring::from_json(&text, &Limits::default()) {
            let again = keyring.to_json();
            prop_assert_eq!(Keyring::from_json(again.as_bytes(), &Limits::default()), Ok(keyring));
        }
    }
}
