//! The reference implementation (Python, model-signing 1.1.1) accepts what we write.
//!
//! Needs an interpreter that can import `model_signing`: `MODELSEAL_PYTHON`, else `python3`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests may stop at the first fault"
)]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use modelseal_signing::{Digest, Statement, seal};
use support::rfc6979_key;

fn python() -> Option<std::ffi::OsString> {
    let python = std::env::var_os("MODELSEAL_PYTHON").unwrap_or_else(|| "python3".into());
    let found = Command::new(&python).args(["-c", "import model_signing"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    // Straight to stderr: the test runner hides what the print macros write.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: {} cannot import model_signing; set MODELSEAL_PYTHON",
        python.display()
    );
    None
}

fn reference_accepts(python: &std::ffi::OsStr, work: &Path) -> Result<String, String> {
    let output = Command::new(python)
        .args(["-m", "model_signing", "verify", "key", "--signature", "model.sig"])
        .args(["--public_key", "key.pub.pem", "model"])
        .current_dir(work)
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    if output.status.success() { Ok(text) } else { Err(text) }
}

#[test]
fn the_reference_accepts_our_seal_and_refuses_a_changed_file() {
    let Some(python) = python() else { return };
    let work = tempfile::tempdir().unwrap();
    let model = work.path().join("model");
    fs::create_dir_all(model.join("a")).unwrap();
    let key = rfc6979_key();
    // `a-b` and `a/b` are the names that the specification and the reference sort differently.
    let files = [
        ("a-b", "1"),
        ("a.txt", "2"),
        ("a/b", "3"),
        ("módel ß.txt", "4"),
        ("empty", ""),
        ("w.bin", "\0\u{1}"),
    ];
    let mut builder = Statement::builder("model").ignore_path(".git").ignore_path(".gitignore");
    for (name, contents) in files {
        fs::write(model.join(name), contents).unwrap();
        builder = builder.resource(name, Digest::of(contents.as_bytes()));
    }
    fs::write(work.path().join("key.pub.pem"), key.public_key().to_pem()).unwrap();
    fs::write(work.path().join("model.sig"), seal(&builder.build().unwrap(), &key).unwrap())
        .unwrap();

    let verdict = reference_accepts(&python, work.path());
    assert!(
        verdict.as_ref().is_ok_and(|text| text.contains("Verification succeeded")),
        "{verdict:?}"
    );
    fs::write(model.join("w.bin"), "\0\0").unwrap();
    let verdict = reference_accepts(&python, work.path());
    assert!(verdict.as_ref().is_err_and(|text| text.contains("w.bin")), "{verdict:?}");
}
