//! The house rules that a program can check.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which of our crates each of our crates may use. Everything else is a wrong direction.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("modelseal-signing", &[]),
    ("modelseal-model", &[]),
    ("modelseal-store", &[]),
    ("modelseal-files", &["modelseal-signing"]),
    ("modelseal-hsm", &["modelseal-signing"]),
    ("modelseal-package", &["modelseal-model", "modelseal-signing"]),
    (
        "modelseal-serve",
        &["modelseal-model", "modelseal-package", "modelseal-signing", "modelseal-store"],
    ),
    ("modelseal-train", &["modelseal-model"]),
    (
        "modelseal",
        &[
            "modelseal-files",
            "modelseal-hsm",
            "modelseal-model",
            "modelseal-package",
            "modelseal-serve",
            "modelseal-signing",
            "modelseal-store",
            "modelseal-train",
        ],
    ),
];

/// What runs in production: nothing of training may be reached from here, by any path.
const PRODUCTION: [&str; 6] = [
    "modelseal-signing",
    "modelseal-model",
    "modelseal-package",
    "modelseal-store",
    "modelseal-files",
    "modelseal-serve",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> serde_json::Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if !package["source"].is_null() {
            continue;
        }
        let allowed = allowed.get(name).unwrap_or_else(|| panic!("{name} is not in MAY_USE"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            let is_ours = used == "modelseal" || used.starts_with("modelseal-");
            let only_in_tests = dependency["kind"] == "dev";
            assert!(
                !is_ours || only_in_tests || allowed.contains(&used),
                "{name} may not use {used}"
            );
        }
    }
}

/// Followed through every dependency, as Cargo resolved it. Nor does it reach PKCS#11, which would
/// load libraries into a process that needs none.
#[test]
fn production_reaches_no_training_code_and_no_hardware() {
    let metadata = metadata();
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let uses: BTreeMap<&str, Vec<&str>> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let normal = node["deps"].as_array().unwrap().iter().filter(|dependency| {
                dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev")
            });
            (
                node["id"].as_str().unwrap(),
                normal.map(|used| used["pkg"].as_str().unwrap()).collect(),
            )
        })
        .collect();
    for start in PRODUCTION {
        let id = names.iter().find(|(_, name)| **name == start).unwrap().0;
        let (mut reached, mut open) = (BTreeSet::new(), vec![*id]);
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                open.extend(&uses[id]);
            }
        }
        let names: BTreeSet<&str> = reached.into_iter().map(|id| names[id]).collect();
        assert!(
            names.len() > 3,
            "{start} reaches almost nothing: the test looks at the wrong graph"
        );
        for foreign in ["modelseal-train", "modelseal", "csv", "rayon", "modelseal-hsm", "cryptoki"]
        {
            assert!(!names.contains(foreign), "{start} reaches {foreign}");
        }
    }
}

/// Text files of the project, with their contents.
fn files() -> Vec<(String, String)> {
    let output =
        Command::new("git").args(["ls-files", "--cached"]).current_dir(root()).output().unwrap();
    let listing = String::from_utf8(output.stdout).unwrap();
    let files: Vec<(String, String)> = listing
        .lines()
        .filter_map(|name| {
            Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?))
        })
        .collect();
    files
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    for block in section.trim().split("\n\n") {
        assert!(
            block.starts_with('#') || block.starts_with("modelseal-"),
            "no reason stands above\n{block}"
        );
    }
}

#[test]
fn crates_take_versions_and_lints_from_the_workspace() {
    for (name, manifest) in files() {
        if name.starts_with("crates/") && name.ends_with("/Cargo.toml") {
            assert!(manifest.contains("[lints]\nworkspace = true"), "{name}");
            assert!(manifest.contains("version.workspace = true"), "{name}");
        }
    }
}

/// One name, one meaning: rooms are named after what is in them.
#[test]
fn no_room_is_called_miscellaneous() {
    for (name, _) in files() {
        for word in ["util", "common", "helper", "manager", "misc"] {
            assert!(!name.contains(word), "{name}");
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for (name, text) in files().into_iter().filter(|(name, _)| name.ends_with(".md")) {
        let folder = root().join(&name).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let outside = link.contains("://") || file.is_empty();
            assert!(outside || folder.join(file).exists(), "{name} links to {link}");
        }
    }
}

/// A threat without its file, test or attack is a claim.
#[test]
fn the_table_of_threats_names_what_exists() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (document, cases) = (read("docs/security.md"), read("docs/interop.md"));
    let place = |path: &str| match path.split_once('/') {
        Some(("attacks" | "fuzz", _)) => path.to_owned(),
        _ => format!("crates/{path}"),
    };
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [_, _, files, tests, attacks] = cells[..] else { panic!("five cells: {row}") };
        if files.trim() == "file" {
            continue;
        }
        let quoted = |cell| str::split(cell, '`').skip(1).step_by(2);
        assert!(quoted(files).count() > 0, "no file: {row}");
        quoted(files).for_each(|path| assert!(root().join(place(path)).is_file(), "{path}"));
        let (mut source, mut count) = (String::new(), 0);
        for word in quoted(tests) {
            if word.contains('/') {
                source = read(&place(word));
            } else {
                assert!(source.contains(&format!("fn {word}(")), "no test {word}: {row}");
                count += 1;
            }
        }
        assert!(count > 0, "no test: {row}");
        for word in quoted(attacks) {
            let exists = root().join(place(word)).is_file();
            let is_case = cases.contains(&format!("`{word}`"));
            assert!(if word.contains('/') { exists } else { is_case }, "{word}");
        }
    }
}
