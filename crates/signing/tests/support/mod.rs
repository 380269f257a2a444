//! What several tests need: a fixed key, a small seal, and seals that our own writer would never
//! make.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests may stop at the first fault")]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64ct::{Base64, Encoding as _};
use jiff::Timestamp;
use modelseal_signing::{Curve, Digest, Keyring, PrivateKey, Statement, TrustedKey, seal};

/// The P-256 key of RFC 6979 appendix A.2.5: public knowledge, so its seals prove nothing.
pub(crate) fn rfc6979_key() -> PrivateKey {
    key_of(Curve::P256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
}

/// The key with this secret scalar, by way of the DER of SEC1 (RFC 5915).
pub(crate) fn key_of(curve: Curve, secret: &str) -> PrivateKey {
    let oid: &[u8] = match curve {
        Curve::P256 => b"\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07",
        Curve::P384 => b"\x06\x05\x2B\x81\x04\x00\x22",
        Curve::P521 => b"\x06\x05\x2B\x81\x04\x00\x23",
    };
    let secret = hex(secret);
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let mut body = vec![2, 1, 1, 4, length(&secret)];
    body.extend(&secret);
    body.extend([0xA0, length(oid)]);
    body.extend(oid);
    let der = [&[0x30, length(&body)], body.as_slice()].concat();
    PrivateKey::from_pem(&pem("EC PRIVATE KEY", &der)).unwrap()
}

pub(crate) fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let base64 = Base64::encode_string(der);
    let lines: Vec<&str> =
        base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

pub(crate) fn trusting(key: &PrivateKey) -> Keyring {
    let mut keyring = Keyring::new();
    keyring.add(TrustedKey::new("alice", key.public_key())).unwrap();
    keyring
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub(crate) fn small_statement() -> Statement {
    Statement::builder("iris")
        .resource("model.json", Digest::of(b"model"))
        .resource("a/b", Digest::of(b"b"))
        .ignore_path(".git")
        .build()
        .unwrap()
}

pub(crate) fn small_bundle() -> Vec<u8> {
    seal(&small_statement(), &rfc6979_key()).unwrap()
}

/// A bundle with a valid signature over any payload.
pub(crate) fn craft(payload: &str, key: &PrivateKey) -> Vec<u8> {
    let mut pae = format!("DSSEv1 28 application/vnd.in-toto+json {} ", payload.len()).into_bytes();
    pae.extend_from_slice(payload.as_bytes());
    let signature = Base64::encode_string(&key.sign(&pae).unwrap());
    let hint = key.public_key().fingerprint();
    let payload = Base64::encode_string(payload.as_bytes());
    format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{{"publicKey":{{"hint":"{hint}"}},"tlogEntries":[]}},"dsseEnvelope":{{"payload":"{payload}","payloadType":"application/vnd.in-toto+json","signatures":[{{"sig":"{signature}","keyid":""}}]}}}}"#
    )
    .into_bytes()
}

/// Unpacks the published vectors, if they are there; the folder is removed with the returned guard.
pub(crate) fn vectors() -> Option<(tempfile::TempDir, PathBuf)> {
    let shared = std::env::var_os("MODELSEAL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let archive = shared.join("vectors/signing/oms.tar.gz");
    if !archive.is_file() {
        // Straight to stderr: the test runner hides what the print macros write.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no vectors at {}; set MODELSEAL_SHARED",
            archive.display()
        );
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new("tar")
        .arg("-xzf")
        .arg(&archive)
        .arg("-C")
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(status.success(), "tar could not unpack {}", archive.display());
    let root = folder.path().join("oms");
    Some((folder, root))
}
