//! The examples of `docs/format.md` are the bytes that this version writes.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod fixture;

use std::io::{Cursor, Read};

use fixture::{key, keyring, sealed};
use modelseal_signing::Digest;
use zip::ZipArchive;

fn document() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/format.md");
    std::fs::read_to_string(path).unwrap()
}

fn entry(name: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(sealed())).unwrap();
    let mut bytes = Vec::new();
    archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// A block of code that holds exactly `text`; long lines of the document are not wrapped.
#[track_caller]
fn shows(document: &str, text: &str) {
    let block = format!("\n```\n{}\n```\n", text.trim_end());
    assert!(document.contains(&block), "docs/format.md does not show, as one block:\n{text}");
}

#[test]
fn the_examples_are_true() {
    let document = document();
    for name in ["manifest.json", "model.json", "model.sig"] {
        shows(&document, &String::from_utf8(entry(name)).unwrap());
    }
    let bundle: serde_json::Value = serde_json::from_slice(&entry("model.sig")).unwrap();
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap();
    let payload = String::from_utf8(base64(payload)).unwrap();
    shows(&document, &payload);
    shows(&document, &keyring(&key()).to_json());
    shows(&document, &key().public_key().to_pem());
    assert!(document.contains(&Digest::of(&sealed()).to_string()));
    assert!(document.contains(&format!("{} bytes", sealed().len())));
}

/// The header of the archive's first entry and its end, as the document lists them.
#[test]
fn the_bytes_around_the_entries_are_true() {
    let document = document();
    let archive = sealed();
    let hex =
        |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    for part in [&archive[..43], &archive[archive.len() - 22..]] {
        for line in part.chunks(16).map(hex) {
            assert!(document.contains(&line), "docs/format.md does not show {line}");
        }
    }
}

/// RFC 4648, section 4; written here so that the test shares no decoder with the crate.
fn base64(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let values = text.bytes().filter_map(|byte| alphabet.iter().position(|other| *other == byte));
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for value in values {
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
