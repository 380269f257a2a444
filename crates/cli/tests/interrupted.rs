//! Nothing is lost: runs that are killed or stopped go on where they were, to the same table.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod session;

use std::path::Path;
use std::process::{Child, Command, Stdio};

use session::Session;

/// Finished fits in the run folder.
fn fit_count(folder: &Path) -> usize {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    names.filter(|entry| entry.path().extension().is_some_and(|end| end == "json")).count()
}

/// Starts a command and waits until so many fits are kept, or it is done.
fn start(session: &Session, line: &str, fits: usize) -> Child {
    let arguments: Vec<&str> = line.split(' ').collect();
    let mut command = session.command(&arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let folder = session.path("build/fits");
    while fit_count(&folder) < fits && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child
}

/// A report without what only a clock decides.
fn without_times(mut value: serde_json::Value) -> serde_json::Value {
    match &mut value {
        serde_json::Value::Object(members) => {
            members.retain(|name, _| !name.ends_with("_seconds") && name != "preparation");
            for (_, member) in members {
                *member = without_times(member.take());
            }
        }
        serde_json::Value::Array(items) => {
            items.iter_mut().for_each(|item| *item = without_times(item.take()));
        }
        _ => {}
    }
    value
}

const COMPARE: &str = "compare --models nb,lr,dt,gbc,lightgbm,rf,et --folds 4";
const TUNE: &str = "tune lightgbm --iterations 6 --optimize auc";

#[test]
fn killed_runs_go_on_to_the_identical_table() {
    let session = Session::with_project();
    for (line, points) in [(COMPARE, [1, 9, 20]), (TUNE, [1, 12, 30])] {
        let whole = without_times(session.json(line));
        let mut killed = 0;
        for fits in points {
            std::fs::remove_dir_all(session.path("build/fits")).unwrap();
            let mut child = start(&session, line, fits);
            child.kill().unwrap();
            killed += usize::from(!child.wait().unwrap().success());
            // What a write leaves that is killed in the middle.
            let left = session.path("build/fits/.modelseal-Ab12Cd");
            std::fs::write(&left, "{\"scor").unwrap();
            let kept = fit_count(&session.path("build/fits"));
            let again = without_times(session.json(&format!("{line} --resume")));
            assert!(again == whole, "{line}, killed after {kept} fits");
            assert!(!left.exists());
        }
        assert!(killed > 0, "{line} was too fast to be killed");
    }
}

#[test]
fn ctrl_c_reports_what_is_there() {
    let session = Session::with_project();
    let line = format!("{COMPARE} --format json");
    let whole = without_times(session.json(COMPARE));
    std::fs::remove_dir_all(session.path("build/fits")).unwrap();
    let child = start(&session, &line, 1);
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let failed = report["failed"].as_array().unwrap();
    assert!(failed.iter().any(|row| row["reason"].as_str().unwrap().starts_with("stopped after")));
    assert!(without_times(session.json(&format!("{COMPARE} --resume"))) == whole);
}

/// While a command is at work, another one does not take its unfinished files away.
#[test]
fn unfinished_files_of_others_stay() {
    let session = Session::with_project();
    std::fs::create_dir_all(session.path("build/fits")).unwrap();
    let lock = std::fs::File::create(session.path("build/fits/.lock")).unwrap();
    lock.lock_shared().unwrap();
    let other = session.path("build/fits/.modelseal-other");
    std::fs::write(&other, "").unwrap();
    session.ok("compare --models nb --folds 2");
    assert!(other.exists());
    drop(lock);
    session.ok("compare --models nb --folds 2");
    assert!(!other.exists());
}

#[test]
fn a_budget_ends_with_what_is_there() {
    let session = Session::with_project();
    let report = session.json(&format!("{COMPARE} --budget 0s"));
    assert_eq!(report["rows"].as_array().unwrap().len(), 0);
    assert_eq!(session.run(&format!("{COMPARE} --budget 0s")).code, 0);
}
