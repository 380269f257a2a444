//! Random folders, with the names that break programs.

use std::path::{Path, PathBuf};

use modelseal_signing::Curve;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::{Keys, Reference};
use crate::session::Session;

const FOLDERS: usize = 24;

/// One component of a path. Neither side signs names with a backslash and verifies them everywhere;
/// what git keeps at the root is left to other tests.
fn component() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "...",
        ".hidden",
        " ",
        "a b",
        "-",
        "--help",
        "a:0:8",
        ":",
        "line\nbreak",
        "tab\t",
        "\u{1b}[31m",
        "m\u{f6}del",
        "mo\u{308}del",
        "\u{65e5}\u{672c}",
        "\u{1f980}",
        "\u{202e}txt",
        "*",
        "[x]?",
        "~",
        "$HOME",
        "%2e",
        "a.",
        "A",
        "a",
        "a-b",
        "a.b",
        "\"quoted\"",
        "'",
        "nul",
        "#",
        "\u{7f}",
    ])
    .prop_map(str::to_owned);
    prop_oneof![2 => odd, 1 => "[a-c]{1,3}", 1 => "[^/\\\\\0.]{1,12}"]
}

fn folder() -> impl Strategy<Value = Vec<(Vec<String>, Vec<u8>)>> {
    let path = prop::collection::vec(component(), 1..5);
    prop::collection::vec((path, prop::collection::vec(any::<u8>(), 0..300)), 1..24)
}

/// Writes what fits: a name that is a file already cannot be a folder.
fn write(root: &Path, files: &[(Vec<String>, Vec<u8>)]) {
    std::fs::create_dir(root).unwrap();
    for (path, bytes) in files {
        let path: PathBuf = std::iter::once(root).chain(path.iter().map(Path::new)).collect();
        let _ = path.parent().map(std::fs::create_dir_all);
        let _ = std::fs::write(path, bytes);
    }
}

#[test]
fn random_folders_in_both_directions() {
    let Some(reference) = Reference::find() else { return };
    let session = Session::new();
    let keys = Keys::new(&session.path("."), Curve::P256);
    let mut runner = TestRunner::deterministic();
    let (mut sign, mut verify) = (Vec::new(), Vec::new());
    let mut models = Vec::new();
    for index in 0..FOLDERS {
        let files = folder().new_tree(&mut runner).unwrap().current();
        let model = session.path(format!("model {index}"));
        write(&model, &files);
        let [by_us, by_them] = ["us", "them"].map(|who| session.path(format!("{index}.{who}.sig")));
        keys.sign(&session, &model, &by_us, &[]);
        verify.push(keys.their_verify(&model, &by_us));
        sign.push(keys.their_sign(&model, &by_them));
        models.push((model, by_them));
    }
    reference.succeed(&[verify, sign].concat());
    for (model, by_them) in &models {
        assert_eq!(keys.verify(&session, model, by_them), 0, "{}", model.display());
    }
}
