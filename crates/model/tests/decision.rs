//! Calibration and threshold travel as data, and decide.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod example;

use modelseal_model::{Calibration, Decision, Limits, Model};

fn sigmoid() -> Calibration {
    Calibration::Sigmoid { slopes: vec![2.0], intercepts: vec![-0.5] }
}

fn isotonic() -> Calibration {
    Calibration::Isotonic {
        starts: vec![0, 2],
        scores: vec![-1.5, 0.1],
        probabilities: vec![0.1, 0.3],
    }
}

fn with(calibration: Option<Calibration>, threshold: Option<f64>) -> Model {
    example::model().with_decision(Decision { calibration, threshold }).unwrap()
}

#[test]
fn packed_and_unpacked_they_are_the_same() {
    // One threshold that no short decimal number gives.
    for threshold in [None, Some(0.1 + 0.2), Some(0.0), Some(1.0)] {
        for calibration in [None, Some(sigmoid()), Some(isotonic())] {
            let model = with(calibration, threshold);
            let encoded = model.encode().unwrap();
            let again = Model::decode(&encoded.model_json, &encoded.parameters, &Limits::default());
            assert_eq!(again.unwrap(), model);
        }
    }
    let plain = String::from_utf8(example::model().encode().unwrap().model_json).unwrap();
    assert!(!plain.contains("decision"), "a model without one is written as ever");
}

#[test]
fn they_decide() {
    let row = vec![20.0, 2.0];
    let plain = example::model().predict(row.clone());
    let score = (plain.probabilities[1] / plain.probabilities[0]).ln();
    let calibrated = with(Some(sigmoid()), None).predict(row.clone());
    let expected = 1.0 / (1.0 + (-(2.0 * score - 0.5)).exp());
    assert!((calibrated.probabilities[1] - expected).abs() < 1e-12);
    assert!((calibrated.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-15);
    assert_eq!(calibrated.class, usize::from(expected >= 0.5));
    let second = plain.probabilities[1];
    assert_eq!(with(None, Some(second)).predict(row.clone()).class, 1);
    assert_eq!(with(None, Some(second + 1e-9)).predict(row.clone()).class, 0);
    assert_eq!(with(None, Some(second)).predict(row.clone()).probabilities, plain.probabilities);
    let level = with(Some(isotonic()), Some(0.3)).predict(vec![40.0, 40.0]);
    assert!((0.1..=0.3).contains(&level.probabilities[1]));
}

#[test]
fn what_does_not_fit_is_refused() {
    for decision in [
        Decision { calibration: None, threshold: Some(1.5) },
        Decision { calibration: None, threshold: Some(f64::NAN) },
        Decision {
            calibration: Some(Calibration::Sigmoid { slopes: vec![], intercepts: vec![] }),
            threshold: None,
        },
    ] {
        assert!(example::model().with_decision(decision).is_err());
    }
    // A member that says nothing would be a second text of the same model.
    let encoded = example::model().encode().unwrap();
    let json = String::from_utf8(encoded.model_json).unwrap();
    let (head, tail) = json.rsplit_once("\n}").unwrap();
    let json = format!("{head},\n  \"decision\": {{}}\n}}{tail}");
    let error = Model::decode(json.as_bytes(), &encoded.parameters, &Limits::default());
    assert!(error.unwrap_err().to_string().contains("says nothing"));
    let calibrated = with(Some(sigmoid()), None).encode().unwrap();
    let plain = example::model().encode().unwrap();
    for (json, parameters) in
        [(&calibrated.model_json, &plain.parameters), (&plain.model_json, &calibrated.parameters)]
    {
        assert!(Model::decode(json, parameters, &Limits::default()).is_err());
    }
}
