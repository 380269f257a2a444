//! Calibration and threshold from rows that were held out in turn.

use modelseal_model::{Calibration, CalibrationMethod};
use modelseal_train::experiment::{
    Candidate, DecisionOptions, Experiment, Setup, ThresholdRule, TrainError,
};

use crate::compare::small::Small;
use crate::published::hooks;

fn decided(
    id: &str,
    calibrate: Option<CalibrationMethod>,
    rule: Option<&str>,
) -> Result<modelseal_train::experiment::Decided, TrainError> {
    let small = Small::new(false);
    let mut experiment = Experiment::new(small.task(), Setup::default()).unwrap();
    let threshold = rule.map(|rule| rule.parse::<ThresholdRule>().unwrap());
    let options = DecisionOptions { calibrate, threshold };
    experiment.decide(&Candidate::new(id).unwrap(), &options, &mut hooks(&mut (), None))
}

#[test]
fn a_goal_is_reached_on_the_rows_that_chose() {
    let found = decided("gbc", None, Some("recall>=0.95")).unwrap();
    assert!(found.after.recall >= 0.95 && found.before.recall < found.after.recall);
    assert_eq!(found.decision.threshold, found.threshold);
    let recalls: Vec<f64> = found.curve.iter().map(|point| point.recall).collect();
    assert!(recalls.is_sorted() && recalls.len() <= 101);
    let fixed = decided("gbc", None, Some("0.25")).unwrap();
    assert_eq!(fixed.threshold, Some(0.25));
}

#[test]
fn a_calibration_gives_probabilities_and_better_ones() {
    for method in [CalibrationMethod::Sigmoid, CalibrationMethod::Isotonic] {
        let ridge = decided("ridge", Some(method), Some("f1")).unwrap();
        assert_eq!((ridge.before.brier, ridge.before.log_loss), (None, None));
        assert!(ridge.after.brier.unwrap() < 0.2);
        // A full tree is always sure, and often wrong.
        let dt = decided("dt", Some(method), None).unwrap();
        assert!(dt.after.log_loss.unwrap() < dt.before.log_loss.unwrap() / 2.0, "{method:?}");
        assert!(dt.after.brier.unwrap() < dt.before.brier.unwrap(), "{method:?}");
        // Naive Bayes is calibrated on these rows; Platt's targets, which are not quite 0 and 1,
        // cost a little.
        let nb = decided("nb", Some(method), None).unwrap();
        let (after, before) = (nb.after.log_loss.unwrap(), nb.before.log_loss.unwrap());
        assert!(after < before + 0.01, "{method:?}: {before} -> {after}");
        assert_eq!(nb.decision.calibration.as_ref().map(Calibration::method), Some(method));
    }
}

#[test]
fn what_cannot_be_had_is_told() {
    let message = |id, rule| decided(id, None, Some(rule)).unwrap_err().to_string();
    assert!(message("svm", "f1").contains("no probabilities; calibrate it"));
    assert!(message("gbc", "precision>=1.01").contains("no threshold reaches"));
}
