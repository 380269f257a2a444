//! What a project file asks of a training, and what the model does with it.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod session;

use session::Session;

fn with(session: &Session, sections: &str) {
    let file = session.path("modelseal.yaml");
    let yaml = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, yaml.replace("\ninputs:", &format!("\n{sections}\ninputs:"))).unwrap();
}

fn sealed(session: &Session) {
    session.ok("package --date 2026_11_22");
    session.ok("sign --private-key private/alice.pem");
}

#[test]
fn the_whole_training_is_one_command() {
    let session = Session::with_project();
    with(
        &session,
        "compare: {include: [nb, lightgbm], sort: AUC}\ntune: {n_iter: 3, optimize: AUC}\n\
         calibrate: isotonic\nthreshold: recall>=0.9\nfinalize: true",
    );
    let report = session.json("train");
    assert_eq!(report["compared"]["rows"].as_array().unwrap().len(), 2);
    assert_eq!(report["rows_learned_from"], 3000);
    assert!(report["decision"]["after"]["recall"].as_f64().unwrap() >= 0.9);
    assert!(report["hold_out"]["recall"].as_f64().unwrap() > 0.85);
    sealed(&session);
    let inspect = session.json("inspect");
    assert_eq!(inspect["decision"]["calibration"], "isotonic");
    assert_eq!(inspect["decision"]["threshold"], report["decision"]["threshold"]);
    assert_eq!(inspect["metrics"]["decision"]["threshold"], report["decision"]["threshold"]);
    // Any number of threads gives the same bytes.
    let package = session.path("dist/diabetes_binary_model-0.1.0-2026_11_22.zip");
    let first = std::fs::read(&package).unwrap();
    for threads in ["1", "8"] {
        let mut train = session.command(&["train"]);
        assert!(train.env("RAYON_NUM_THREADS", threads).output().unwrap().status.success());
        sealed(&session);
        assert!(std::fs::read(&package).unwrap() == first, "{threads} threads");
    }
}

#[test]
fn a_threshold_decides_in_the_sealed_model() {
    let session = Session::with_project();
    for (threshold, answer) in [("0", "1"), ("1", "0")] {
        session.ok(&format!("finalize --threshold-for {threshold}"));
        sealed(&session);
        let found = session.json("predict --input {} --probabilities");
        assert_eq!(found["diabetes_binary"], answer, "{found}");
        assert!(session.ok("inspect").contains("from a probability of"));
    }
    let measured = session.json("evaluate --threshold-for precision>=0.8");
    assert!(measured["decision"]["after"]["precision"].as_f64().unwrap() >= 0.8);
    let created = session.json("create ridge --folds 3 --calibrate sigmoid --threshold-for f1");
    assert!(created["decision"]["after"]["brier"].is_number());
    session.fails("create ridge --folds 3 --threshold-for f1", 1, "calibrate it");
    session.fails("evaluate --threshold-for recall>0.8", 2, "is no rule for a threshold");
}
