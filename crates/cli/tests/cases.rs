//! The published cases of OpenSSF Model Signing, each run through the program: it gives the strict
//! verdict, and `docs/interop.md` explains every one that differs from the reference's.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use session::shared;

/// What is accepted with a report: the case, the list that tells it, and what stands there.
const REPORTED: [(&str, &str, &str); 6] = [
    ("gap-extra-empty-dir", "/not_covered/empty_folders", "\"newdir\""),
    ("gap-gitattributes-changed", "/not_covered/ignored", "\".gitattributes\""),
    ("gap-github-dir", "/not_covered/ignored", "\".github\""),
    ("made-ignore-subdir", "/not_covered/ignored", "\"sub\""),
    ("gap-shards-empty-file", "/not_covered/empty_files", "\"injected_empty\""),
    ("gap-second-junk-signature", "/remarks", "signatures[1]"),
];

/// What the program says about a case.
struct Verdict {
    code: i32,
    json: Value,
    stderr: String,
}

impl Verdict {
    fn is_accepted(&self) -> bool {
        self.code == 0
    }

    /// Whether a list of the report has this in it.
    fn reports(&self, list: &str, what: &str) -> bool {
        self.json.pointer(list).is_some_and(|list| list.to_string().contains(what))
    }
}

fn verdict(root: &Path, case: &Value, more: &[&str]) -> Verdict {
    let field = |name: &str| case[name].as_str().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_modelseal"));
    command.current_dir(root).args(["verify", field("model"), "--signature", field("signature")]);
    command.args(["--format", "json"]).args(more);
    match field("method") {
        // The reference's Python interface, with the key of its other cases.
        "python-api" => command.args(["--public-key", "keys/p256.pub.pem"]),
        method => command
            .args(["--method", method])
            .args(case["args"].as_array().unwrap().iter().map(|it| it.as_str().unwrap())),
    };
    let output = command.output().unwrap();
    Verdict {
        code: output.status.code().unwrap(),
        json: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The cases that stand in a table of the document: name, and what stands in the other columns.
fn documented(columns: usize) -> BTreeMap<String, Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/interop.md");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").map(str::to_owned).collect::<Vec<_>>())
        .filter(|row| row.len() == columns)
        .map(|row| (row[0].trim_end_matches('`').to_owned(), row[1..].to_vec()))
        .collect()
}

#[test]
fn strict_verdicts_and_all_differences_explained() {
    let Some(shared) = shared() else { return };
    let tarball = shared.join("vectors/signing/oms.tar.gz");
    // Outside a checkout: the cases hold folders that git would not keep.
    let folder = tempfile::tempdir().unwrap();
    let unpacked =
        Command::new("tar").arg("xzf").arg(&tarball).arg("-C").arg(folder.path()).status();
    assert!(unpacked.unwrap().success(), "{}", tarball.display());
    let root = folder.path().join("oms");
    let cases: Value =
        serde_json::from_slice(&std::fs::read(root.join("cases.json")).unwrap()).unwrap();
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 78);

    let mut wrong = Vec::new();
    let mut differing = BTreeMap::new();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let found = verdict(&root, case, &[]);
        let strict = case["strict"].as_str().unwrap();
        let is_right = match strict {
            "accept" | "accept-or-reject (decide)" => found.is_accepted(),
            "accept-and-report" | "accept with report" | "reject-or-warn" => {
                found.is_accepted() && REPORTED.iter().any(|(reported, ..)| *reported == name)
            }
            "reject" => matches!(found.code, 10..=12),
            "reject (opt-in flag)" | "accept with flag" => {
                let with_flag = verdict(&root, case, &["--accept-v0-2"]);
                found.code == 10 && with_flag.is_accepted()
            }
            other => panic!("{name}: unknown verdict {other}"),
        };
        let is_reported = REPORTED
            .iter()
            .filter(|(reported, ..)| *reported == name)
            .all(|(_, list, what)| found.reports(list, what));
        if !is_right || !is_reported {
            let Verdict { code, json, stderr } = &found;
            wrong.push(format!("{name}: expected {strict}, exit {code}\n{json}\n{stderr}"));
            continue;
        }
        let ours = if found.is_accepted() { "accept" } else { "reject" };
        let theirs = case["model_signing_1_1_1"].as_str().unwrap();
        if ours != theirs {
            differing.insert(name.to_owned(), vec![theirs.to_owned(), ours.to_owned()]);
        }
    }
    assert!(wrong.is_empty(), "{} wrong verdicts:\n{}", wrong.len(), wrong.join("\n"));

    let explained: BTreeMap<_, _> =
        documented(4).into_iter().map(|(name, row)| (name, row[..2].to_vec())).collect();
    assert_eq!(explained, differing);
    let said: Vec<_> = documented(2).into_keys().collect();
    let reported: BTreeSet<_> = REPORTED.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(said, Vec::from_iter(reported));
}
