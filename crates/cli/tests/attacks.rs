//! The attack gallery: every script in `attacks/` is refused, with what `docs/attacks.md` shows.
//!
//! `MODELSEAL_BLESS=1` writes the document's cases again; read the diff before committing it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests stop and skip loudly")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the cases begin in the document; what is in front of it is written by hand.
const BEGIN: &str = "<!-- The cases are written by the test that runs the scripts. -->\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Sorted, so that the document has one order.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| name != "__pycache__"));
    paths.sort();
    paths
}

/// What the script prints, in an empty folder of its own.
fn transcript(python: &str, script: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(python)
        .arg(script)
        .current_dir(folder.path())
        .env("MODELSEAL", env!("CARGO_BIN_EXE_modelseal"))
        .env("PYTHONPATH", root().join("attacks"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HOME", folder.path())
        .env_remove("SOURCE_DATE_EPOCH")
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{stderr}", script.display());
    String::from_utf8(output.stdout).unwrap()
}

/// The text at the beginning of a script, which says what it tries.
fn purpose(script: &Path) -> String {
    let source = std::fs::read_to_string(script).unwrap();
    let text = source.strip_prefix("\"\"\"").unwrap().split("\"\"\"").next().unwrap();
    text.replace('\n', " ")
}

#[test]
fn every_attack_is_refused_as_the_document_shows() {
    let python = std::env::var("MODELSEAL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let missing = [(python.as_str(), "--version"), ("openssl", "version")]
        .into_iter()
        .find(|(tool, argument)| Command::new(tool).arg(argument).output().is_err());
    if let Some((tool, _)) = missing {
        // Straight to stderr: the test runner hides what the print macros write.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no {tool}, so no attack gallery");
        return;
    }
    let mut cases = String::new();
    let mut count = 0;
    for group in listing(&root().join("attacks")).into_iter().filter(|path| path.is_dir()) {
        let _ = writeln!(cases, "\n## {}", group.file_name().unwrap().to_str().unwrap());
        for script in listing(&group) {
            let name = script.file_stem().unwrap().to_str().unwrap();
            let place = script.strip_prefix(root()).unwrap().display().to_string();
            let _ = write!(cases, "\n### [{name}](../{place})\n\n{}\n", purpose(&script));
            let _ = write!(cases, "\n```text\n{}```\n", transcript(&python, &script));
            count += 1;
        }
    }
    assert!(count >= 35, "the gallery has lost cases: {count}");

    let path = root().join("docs/attacks.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (introduction, shown) = document.split_once(BEGIN).unwrap();
    if std::env::var_os("MODELSEAL_BLESS").is_some() {
        std::fs::write(&path, format!("{introduction}{BEGIN}{cases}")).unwrap();
        return;
    }
    let difference =
        shown.lines().zip(cases.lines()).find(|(shown, found)| shown != found).unwrap_or_default();
    assert!(
        shown == cases,
        "docs/attacks.md shows something else than the scripts print; MODELSEAL_BLESS=1 writes it \
         anew\n  shown {}\n  found {}",
        difference.0,
        difference.1
    );
}
