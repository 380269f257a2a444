//! Every way to change a sealed package is refused, with a reason and without a panic.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod fixture;

use std::io::{Cursor, Write};
use std::sync::LazyLock;

use base64ct::Encoding as _;
use bytes::Bytes;
use fixture::{draft, id, key, keyring, model, now, sealed, unsealed};
use modelseal_package::{
    Limits, PackageError, PackageErrorKind, PackageId, UnverifiedPackage, VerifiedPackage, pack,
};
use modelseal_signing::{Digest, KeyState, Keyring, PrivateKey, Revocation, Statement, TrustedKey};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Made once: thousands of packages are tried against it.
static KEYRING: LazyLock<Keyring> = LazyLock::new(|| keyring(&key()));

fn verify(archive: impl Into<Bytes>) -> Result<VerifiedPackage, PackageError> {
    verify_as(archive, &id())
}

fn verify_as(archive: impl Into<Bytes>, id: &PackageId) -> Result<VerifiedPackage, PackageError> {
    let limits = Limits::default();
    let package = UnverifiedPackage::read(archive.into(), &limits)?;
    package.verify(id, &KEYRING, now(), &limits)
}

#[track_caller]
fn refused(archive: impl Into<Bytes>, why: &str) {
    let error = verify(archive).unwrap_err();
    assert!(error.to_string().contains(why), "expected {why:?}, found: {error}");
    assert!(!error.hint().is_empty());
}

/// Names and contents.
type Files = Vec<(String, Vec<u8>)>;

/// The entries of an archive, to be put together in another way.
fn entries(archive: &[u8]) -> Files {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|position| {
            let mut entry = archive.by_index(position).unwrap();
            let mut bytes = Vec::new();
            std::io::copy(&mut entry, &mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    zip_with(entries, SimpleFileOptions::default().compression_method(CompressionMethod::Stored))
}

fn zip_with(entries: &[(String, Vec<u8>)], options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn an_untouched_package_verifies_and_predicts() {
    let package = verify(sealed()).unwrap();
    assert_eq!(package.signer().name, "alice");
    assert_eq!(package.manifest().id, id());
    assert_eq!(package.model().unwrap(), model());
    assert_eq!(package.model().unwrap().predict(vec![30.0]).class, 1);
}

#[test]
fn every_flipped_bit_is_refused() {
    let sealed = sealed();
    for position in 0..sealed.len() {
        for mask in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff] {
            let mut flipped = sealed.to_vec();
            flipped[position] ^= mask;
            let outcome = verify(flipped);
            assert!(outcome.is_err(), "byte {position} ^ {mask:#04x} was not noticed");
        }
    }
}

#[test]
fn every_truncation_is_refused() {
    let sealed = sealed();
    for length in 0..sealed.len() {
        assert!(verify(sealed.slice(..length)).is_err(), "the first {length} bytes were accepted");
    }
}

#[test]
fn appended_and_prepended_bytes_are_refused() {
    let sealed = sealed();
    for extra in [&b"\0"[..], b"\n", b"PK\x05\x06", &[0; 22], &sealed] {
        assert!(verify([&sealed, extra].concat()).is_err());
        assert!(verify([extra, &sealed].concat()).is_err());
    }
}

#[test]
fn a_changed_file_is_named_with_both_digests() {
    let mut changed = entries(&sealed());
    let last = changed[2].1.last_mut().unwrap();
    *last ^= 1;
    let found = Digest::of(&changed[2].1).to_string();
    refused(
        zip(&changed),
        &format!("parameters.safetensors: its SHA-256 is {found}, the seal says "),
    );
}

#[test]
fn other_entries_are_refused() {
    let original = entries(&sealed());
    let with = |change: &dyn Fn(&mut Files)| {
        let mut entries = original.clone();
        change(&mut entries);
        zip(&entries)
    };
    let evil = || ("evil.py".to_owned(), b"import os".to_vec());
    refused(with(&|entries| entries.push(evil())), r#"entry 5 is "evil.py", expected cosign/"#);
    refused(with(&|entries| entries.truncate(3)), "the archive has 3 entries");
    refused(with(&|entries| entries[4] = evil()), r#"entry 4 is "evil.py", expected model.sig"#);
    refused(
        with(&|entries| entries[0] = evil()),
        r#"entry 0 is "evil.py", expected manifest.json"#,
    );
    refused(
        with(&|entries| drop(entries.remove(3))),
        r#"entry 3 is "model.sig", expected metrics.json"#,
    );
    refused(with(&|entries| entries.swap(1, 2)), r#"entry 1 is "parameters.safetensors""#);
    refused(with(&|entries| entries[1].0 = "Model.json".into()), r#"entry 1 is "Model.json""#);
    refused(
        with(&|entries| entries[1].0 = "../model.json".into()),
        r#"entry 1 is "../model.json""#,
    );
    let long = with(&|entries| entries[1].0 = "x".repeat(60_000));
    refused(long, "its directory is larger than that of a package");
    let swapped = with(&|entries| {
        let metrics = entries[3].1.clone();
        entries[3].1 = std::mem::replace(&mut entries[1].1, metrics);
    });
    refused(swapped, "model.json: its SHA-256 is");
}

#[test]
fn a_duplicate_entry_is_refused() {
    // The writer refuses to make one, so the name of a sixth entry is overwritten afterwards.
    let mut entries = entries(&sealed());
    entries.push(("m0del.json".into(), b"{}".to_vec()));
    let archive = String::from_utf8_lossy(&zip(&entries)).into_owned();
    assert_eq!(archive.matches("m0del.json").count(), 2);
    let mut bytes = zip(&entries);
    for position in 0..bytes.len() - 10 {
        if &bytes[position..position + 10] == b"m0del.json" {
            bytes[position + 1] = b'o';
        }
    }
    assert!(verify(bytes).is_err());
}

#[test]
fn other_headers_around_the_same_files_are_refused() {
    let entries = entries(&sealed());
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for options in [
        stored.unix_permissions(0o755),
        stored.large_file(true),
        stored
            .last_modified_time(zip::DateTime::from_date_and_time(2026, 11, 22, 0, 0, 0).unwrap()),
    ] {
        refused(zip_with(&entries, options), "is not what the format prescribes");
    }
}

#[test]
fn a_package_under_another_name_version_or_date_is_refused() {
    for other in ["toy-0.2.0-2026_11_22", "toy-0.1.0-2026_11_23", "tox-0.1.0-2026_11_22"] {
        let error = verify_as(sealed(), &other.parse().unwrap()).unwrap_err();
        let expected = format!("the seal is of \"toy-0.1.0-2026_11_22\", expected {other}");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn an_older_seal_on_newer_files_is_refused() {
    let mut newer = draft();
    newer.metrics = b"{\"accuracy\":1.0}".to_vec();
    let newer = pack(newer, &Limits::default()).unwrap();
    let mut mixed = entries(&newer);
    mixed.push(entries(&sealed())[4].clone());
    refused(zip(&mixed), "manifest.json: its SHA-256 is");
}

/// An archive of the sealed files under a statement of the attacker's making, sealed with the
/// trusted key: what a signer's other tools may have signed must not pass for a package.
fn under(statement: &Statement) -> Vec<u8> {
    let mut entries = entries(&unsealed());
    let seal = modelseal_signing::seal(statement, &key()).unwrap();
    entries.push(("model.sig".into(), seal));
    zip(&entries)
}

#[test]
fn a_seal_that_leaves_something_out_is_refused() {
    let files = entries(&unsealed());
    let covering = |names: &[&str]| {
        let subject =
            Statement::builder(id().to_string()).ignore_path("cosign").ignore_path("model.sig");
        files
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .fold(subject, |statement, (name, bytes)| statement.resource(name, Digest::of(bytes)))
    };
    let all = ["manifest.json", "model.json", "parameters.safetensors", "metrics.json"];
    refused(
        under(&covering(&all[..3]).build().unwrap()),
        "the seal covers manifest.json, model.json",
    );
    let more = covering(&all).resource("extra.json", Digest::of(b"{}"));
    refused(under(&more.build().unwrap()), "extra.json");
    let ignoring = covering(&all).ignore_path("metrics.json");
    refused(
        under(&ignoring.build().unwrap()),
        "the seal covers all but cosign, metrics.json, model.sig",
    );
}

/// A bundle's own bytes are not signed; so there is one form of it.
#[test]
fn another_form_of_the_same_seal_is_refused() {
    let with_seal = |change: &dyn Fn(String) -> Vec<u8>| {
        let mut files = entries(&sealed());
        files[4].1 = change(String::from_utf8(files[4].1.clone()).unwrap());
        zip(&files)
    };
    assert!(verify(with_seal(&String::into_bytes)).is_ok());
    let replaced = |old: &'static str, new: &'static str| {
        with_seal(&move |seal| {
            assert!(seal.contains(old), "{old}");
            seal.replacen(old, new, 1).into_bytes()
        })
    };
    for (old, new) in [
        ("{\"mediaType\"", "{ \"mediaType\""),
        ("]}}", "]}}\n"),
        (",\"tlogEntries\":[]", ""),
        ("\"keyid\":\"\"", "\"keyid\":\"anything\""),
        (",\"keyid\":\"\"", ""),
        ("vnd.dev.sigstore.bundle.v0.3+json", "vnd.dev.sigstore.bundle+json;version=0.3"),
        ("mediaType", "media\\u0054ype"),
    ] {
        refused(replaced(old, new), "written in another form");
    }
    let no_hint = with_seal(&|seal| {
        let (front, back) = seal.split_once("{\"hint\"").unwrap();
        format!("{front}{{{}", back.split_once('}').unwrap().1.replacen("", "}", 1)).into_bytes()
    });
    refused(no_hint, "written in another form");
}

/// Whoever has a signature (r, s) can write (r, n - s), without the key.
#[test]
fn the_twin_of_a_signature_is_refused() {
    let seal = String::from_utf8(entries(&sealed())[4].1.clone()).unwrap();
    let (front, rest) = seal.split_once("\"sig\":\"").unwrap();
    let (signature, back) = rest.split_once('"').unwrap();
    let twin = twin_of(signature);
    assert_ne!(twin, signature);
    let mut files = entries(&sealed());
    files[4].1 = format!("{front}\"sig\":\"{twin}\"{back}").into_bytes();
    refused(zip(&files), "written in another form");
    // It is a valid signature all the same: for other programs' seals it is accepted.
    let keyring = keyring(&key());
    let limits = modelseal_signing::Limits::default();
    assert!(modelseal_signing::verify(&files[4].1, &keyring, now(), &limits).is_ok());
}

fn twin_of(signature: &str) -> String {
    use p256::ecdsa::Signature;
    let base64 = |bytes: &[u8]| base64ct::Base64::encode_string(bytes);
    let der = base64ct::Base64::decode_vec(signature).unwrap();
    let signature = Signature::from_der(&der).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = Signature::from_scalars(r, -*s).unwrap();
    base64(twin.to_der().as_bytes())
}

#[test]
fn a_package_is_sealed_as_what_it_is_or_not_at_all() {
    let limits = Limits::default();
    let package = UnverifiedPackage::read(unsealed(), &limits).unwrap();
    let other = "harmless-0.0.1-2026_01_01".parse().unwrap();
    let error = package.seal(&other, &key(), &limits).unwrap_err().to_string();
    assert_eq!(
        error,
        "manifest.json: the package is toy-0.1.0-2026_11_22, expected harmless-0.0.1-2026_01_01"
    );
}

/// Another writing of the same manifest, also under a trusted key.
#[test]
fn a_manifest_has_one_form() {
    let manifest = String::from_utf8(entries(&unsealed())[0].1.clone()).unwrap();
    for (old, new) in [
        ("2026-11-22T00:00:00Z", "2026-11-22T01:00:00+01:00"),
        ("2026-11-22T00:00:00Z", "2026-11-22T00:00:00.000Z"),
        ("  \"id\"", "\"id\""),
        ("}\n", "}"),
    ] {
        let mut files = entries(&unsealed());
        let changed = manifest.replacen(old, new, 1);
        assert_ne!(changed, manifest, "{old}");
        files[0].1 = changed.into_bytes();
        let limits = Limits::default();
        let package = UnverifiedPackage::read(zip(&files).into(), &limits).unwrap();
        let error = package.seal(&id(), &key(), &limits).unwrap_err().to_string();
        assert!(error.contains("one form of a manifest"), "{new}: {error}");
    }
}

/// Refused by the archive's end, before a directory is read: no time and no memory is spent.
#[test]
fn a_directory_of_many_entries_is_refused_at_once() {
    let entry = b"PK\x01\x02".iter().copied().chain([0; 42]).collect::<Vec<u8>>();
    let mut archive = entry.repeat(60_000);
    let size = archive.len() as u32;
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(60_000_u16.to_le_bytes().repeat(2));
    archive.extend(size.to_le_bytes());
    archive.extend([0; 6]);
    refused(archive, "the archive has 60000 entries");
}

#[test]
fn an_unsealed_package_is_told_apart() {
    assert_eq!(verify(unsealed()).unwrap_err().kind(), PackageErrorKind::NotSealed);
}

#[test]
fn unknown_expired_and_revoked_keys_are_told_apart_from_tampering() {
    let limits = Limits::default();
    let with = |trusted: TrustedKey| {
        let mut keyring = Keyring::new();
        keyring.add(trusted).unwrap();
        let package = UnverifiedPackage::read(sealed(), &limits).unwrap();
        package.verify(&id(), &keyring, now(), &limits).unwrap_err()
    };
    let trusted = || TrustedKey::new("alice", key().public_key());
    let stranger = TrustedKey::new("bob", PrivateKey::generate().unwrap().public_key());
    let mut expired = trusted();
    expired.terms.not_after = Some("2026-11-22T23:59:59Z".parse().unwrap());
    let mut early = trusted();
    early.terms.not_before = Some("2026-11-24T00:00:00Z".parse().unwrap());
    let mut revoked = trusted();
    revoked.terms.state =
        KeyState::Revoked(Revocation { at: now(), reason: "laptop stolen".into(), after: None });
    for (key, why) in [
        (stranger, "not trusted"),
        (expired, "was valid until 2026-11-22"),
        (early, "valid from 2026-11-24"),
        (revoked, "laptop stolen"),
    ] {
        let error = with(key);
        assert_eq!(error.kind(), PackageErrorKind::Untrusted, "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn only_what_would_be_accepted_is_packed_and_sealed() {
    let mut bad = draft();
    bad.metrics = b"[]".to_vec();
    assert!(pack(bad, &Limits::default()).is_err());
    let mut bad = draft();
    bad.model.parameters[9] ^= 1;
    assert!(pack(bad, &Limits::default()).is_err());

    let mut swapped = entries(&unsealed());
    swapped[3].1 = b"{\"accuracy\":1.0}".to_vec();
    let package = UnverifiedPackage::read(zip(&swapped).into(), &Limits::default()).unwrap();
    assert!(package.seal(&id(), &key(), &Limits::default()).is_err());
}

#[test]
fn limits_hold() {
    let limits = Limits { archive_bytes_max: 100, ..Limits::default() };
    let error = UnverifiedPackage::read(sealed(), &limits).unwrap_err();
    assert!(error.to_string().contains("the limit is 100"), "{error}");
    let limits = Limits { manifest_bytes_max: 100, ..Limits::default() };
    let package = UnverifiedPackage::read(sealed(), &limits).unwrap();
    let error = package.verify(&id(), &keyring(&key()), now(), &limits).unwrap_err();
    assert!(error.to_string().contains("manifest.json"), "{error}");
}
