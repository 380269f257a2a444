//! The published OpenSSF Model Signing vectors: `verify` gives the strict verdict of every case
//! that a bundle and a key decide alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests may stop at the first fault"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;

use modelseal_signing::{
    HashType, Keyring, Limits, OldFormats, PublicKey, Remark, TrustedKey, verify,
};
use support::{now, vectors};

/// Cases whose bundle is sound: the strict verdict is about files, which this crate does not read.
/// The bundle must be accepted here, so that the folder's verifier gets to see it.
const LEFT_TO_THE_FOLDER: [(&str, &str); 13] = [
    ("bad-flip-bit", "a file differs"),
    ("bad-extra-file", "a file is not listed"),
    ("bad-missing-ignore-unsigned", "a listed file is missing"),
    ("bad-renamed-file", "a listed file is missing, another is not listed"),
    ("bad-removed-empty-file", "a listed file is missing"),
    ("gap-gitattributes-changed", "an ignored path exists and must be reported"),
    ("gap-github-dir", "an ignored path exists and must be reported"),
    ("bad-symlink-file", "a link in the folder"),
    ("symlink-file-allowed", "a link in the folder"),
    ("gap-symlink-dir-allowed", "a link in the folder"),
    ("made-allow-symlinks-in-sig", "links are allowed by the signer, and one is in the folder"),
    ("made-root-collision-names", "two digests are swapped; only the files show it"),
    (
        "made-unsorted-resources",
        "to decide: any order is read, and the root digest follows the listed order",
    ),
];

#[test]
fn strict_verdicts() {
    let Some((_guard, root)) = vectors() else { return };
    let cases: serde_json::Value =
        serde_json::from_slice(&fs::read(root.join("cases.json")).unwrap()).unwrap();
    let (mut checked, mut special, mut others) = (0, BTreeSet::new(), 0);
    for case in cases.as_array().unwrap() {
        let field = |name: &str| case[name].as_str().unwrap();
        let name = field("name");
        if field("method") != "key" {
            // Certificates, and the reference's own Python interface.
            others += 1;
            continue;
        }
        let public = fs::read_to_string(root.join(case["args"][1].as_str().unwrap())).unwrap();
        let bundle = fs::read(root.join(field("signature"))).unwrap();
        let verdict =
            PublicKey::from_pem(&public).map_err(|error| error.to_string()).and_then(|key| {
                let mut keyring = Keyring::new();
                keyring.add(TrustedKey::new("vector", key)).unwrap();
                verify(&bundle, &keyring, now(), &Limits::default())
                    .map_err(|error| error.to_string())
            });
        if let Some((name, reason)) = LEFT_TO_THE_FOLDER.iter().find(|(left, _)| *left == name) {
            special.insert(*name);
            assert!(verdict.is_ok(), "{name} ({reason}): {verdict:?}");
            continue;
        }
        // "accept", "accept with report", "reject", "reject (opt-in flag)", "accept with flag": no
        // flag is given here.
        let strict = field("strict");
        assert_eq!(
            verdict.is_ok(),
            strict.starts_with("accept") && strict != "accept with flag",
            "{name}: {strict}, but {verdict:?}"
        );
        assert!(strict.starts_with("accept") || strict.starts_with("reject"), "{name}: {strict}");
        // With --nocapture: is every refusal made for the case's own reason?
        eprintln!("{name}: {}", verdict.map_or_else(|message| message, |_| "accepted".to_owned()));
        checked += 1;
    }
    assert_eq!(special.len(), LEFT_TO_THE_FOLDER.len(), "{special:?}");
    eprintln!("{checked} verdicts checked, {} special, {others} of other methods", special.len());
    assert!(checked >= 35, "{checked}");
}

#[test]
fn what_is_accepted_with_a_report_is_reported() {
    let Some((_guard, root)) = vectors() else { return };
    let mut keyring = Keyring::new();
    let public = fs::read_to_string(root.join("keys/p256.pub.pem")).unwrap();
    keyring.add(TrustedKey::new("vector", PublicKey::from_pem(&public).unwrap())).unwrap();
    let read = |name: &str| {
        let bundle = fs::read(root.join("cases").join(name).join("model.sig")).unwrap();
        verify(&bundle, &keyring, now(), &Limits::default()).unwrap()
    };
    assert_eq!(read("ok-no-hint").remarks(), [Remark::NoHint]);
    let at = "statement.predicate.model_card".to_owned();
    assert_eq!(read("made-unknown-predicate-field").remarks(), [Remark::IgnoredMember { at }]);
    assert!(read("made-ignore-subdir").ignore_paths().iter().any(|path| !path.starts_with(".git")));
}

#[test]
fn old_formats_need_their_option() {
    let Some((_guard, root)) = vectors() else { return };
    let mut keyring = Keyring::new();
    let public = fs::read_to_string(root.join("keys/p256.pub.pem")).unwrap();
    keyring.add(TrustedKey::new("vector", PublicKey::from_pem(&public).unwrap())).unwrap();
    let old = Limits { old_formats: OldFormats::AcceptModelSigning0_2, ..Limits::default() };
    let read = |name: &str, limits: &Limits| {
        let bundle = fs::read(root.join("cases").join(name).join("model.sig")).unwrap();
        verify(&bundle, &keyring, now(), limits)
    };
    for (name, refusal) in [
        ("made-dsseV1-compat", "the signature does not match"),
        ("made-v02-predicate", "expected the predicate type"),
    ] {
        let message = read(name, &Limits::default()).unwrap_err().to_string();
        assert!(message.contains(refusal), "{name}: {message}");
        let verified = read(name, &old).unwrap();
        assert!(verified.remarks().contains(&Remark::OldFormat), "{name}");
        assert_eq!(verified.resources().len(), 11);
        assert_eq!(verified.serialization().hash_type, HashType::Sha256);
    }
    // The option opens nothing else.
    assert!(read("bad-payload-edit", &old).is_err());
    assert!(read("made-bad-predicate-type", &old).is_err());
    assert_eq!(read("spec-go-style", &old).unwrap().remarks(), []);
}
