//! The first command that a new user runs.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod session;

use session::{Session, shared};

#[test]
fn synthetic_data_end_to_end() {
    let session = Session::new();
    let outcome = session.run("quickstart --no-serve --format json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let accuracy = report["metrics"]["accuracy"].as_f64().unwrap();
    assert!((0.73..=0.76).contains(&accuracy), "{accuracy}");
    let steps: Vec<&str> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["data", "train", "package", "seal", "store", "verify", "predict"]);
    assert!(report["prediction"]["answer"]["diabetes_risk"].is_string());
    assert!(outcome.stderr.contains("SYNTHETIC"), "{}", outcome.stderr);

    // It starts over in its own folder, and every step of it is a command there.
    let project = "--project modelseal-quickstart/modelseal.yaml";
    assert_eq!(session.run("quickstart --no-serve").code, 0);
    session.ok(&format!("verify {project}"));
    let inspect = session.json(&format!("inspect {project}"));
    assert_eq!(inspect["manifest"]["data"]["synthetic"], true);
    assert_eq!(inspect["manifest"]["data"]["rows"], 70_692);
    session.ok(&format!("train {project}"));
}

#[test]
fn one_flipped_byte_is_shown_to_be_refused() {
    let session = Session::new();
    let outcome = session.run("quickstart --tamper");
    assert_eq!(outcome.code, 10, "{}", outcome.stderr);
    for part in [
        "flipped one bit",
        "503",
        "REFUSING_TRAFFIC",
        "modelseal: error: diabetes_risk_model-0.1.0-",
        "parameters.safetensors: its SHA-256 is ",
        "the seal says ",
        "modelseal: hint: do not use this package",
    ] {
        assert!(outcome.stderr.contains(part), "expected {part:?} in\n{}", outcome.stderr);
    }
}

#[test]
fn folders_of_others_are_left_alone() {
    let session = Session::new();
    std::fs::create_dir(session.path("mine")).unwrap();
    std::fs::write(session.path("mine/thesis.txt"), "years of work").unwrap();
    session.fails("quickstart --no-serve --dir mine", 2, "mine is not empty");
    assert_eq!(std::fs::read_dir(session.path("mine")).unwrap().count(), 1);
}

#[test]
fn real_data_end_to_end() {
    let Some(shared) = shared() else { return };
    let data = shared.join("data/diabetes_binary_5050split_health_indicators_BRFSS2015.csv");
    let session = Session::new();
    let data = data.to_str().unwrap();
    let arguments = [
        "quickstart",
        "--no-serve",
        "--data",
        data,
        "--target",
        "Diabetes_binary",
        "--format",
        "json",
    ];
    let outcome = session.run_arguments(&arguments);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let measure = |name: &str| report["metrics"][name].as_f64().unwrap();
    assert!(measure("accuracy") >= 0.751, "accuracy {}", measure("accuracy"));
    assert!(measure("auc") >= 0.828, "AUC {}", measure("auc"));
    assert!(!outcome.stderr.contains("SYNTHETIC"));
}

/// A table of another shape: text, missing values, three classes.
#[test]
fn a_file_of_ones_own() {
    let session = Session::new();
    let mut csv = String::from("id,size,colour,weight,kind\r\n");
    for row in 0..300 {
        let kind = ["apple", "pear", "plum"][row % 3];
        let size =
            if row % 17 == 0 { String::new() } else { format!("{}.5", row % 3 * 4 + row % 5) };
        let colour = ["red", "green", "\"dark, blue\""][(row + row / 50) % 3];
        csv += &format!("{row},{size},{colour},{},{kind}\r\n", row % 7);
    }
    std::fs::write(session.path("fruit.csv"), csv).unwrap();
    let outcome = session.run("quickstart --no-serve --data fruit.csv --target kind --format json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let kind = report["prediction"]["answer"]["kind"].as_str().unwrap();
    assert!(["apple", "pear", "plum"].contains(&kind), "{kind}");
}
