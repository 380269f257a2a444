//! Calibration and threshold, from what a learner says of rows that it has not learned from.
//!
//! Every training row is held out in one part of the cross-validation. The answers of all
//! parts together fit the calibration and give the whole curve of thresholds at once.

use modelseal_model::{CalibrationMethod, Decision};
use serde::{Deserialize, Serialize};

use super::compare::Experiment;
use super::cross_validation::FoldScores;
use super::hooks::Hooks;
use super::scores::Answers;
use super::threshold::choose;
use super::{
    Candidate, Scores, ThresholdPoint, ThresholdRule, TrainError, calibration, threshold_curve,
};

/// What is wanted between a learner and an answer.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct DecisionOptions {
    /// How probabilities are calibrated, when they are.
    pub calibrate: Option<CalibrationMethod>,
    /// Where the line between two classes is drawn; by default where the learner draws it.
    pub threshold: Option<ThresholdRule>,
}

/// What was found, and what it changes on the rows that were held out in turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decided {
    /// To be put into a pipeline of the same learner.
    #[serde(skip)]
    pub decision: Decision,
    /// The threshold, when one was asked for.
    pub threshold: Option<f64>,
    /// The calibration, when one was asked for.
    pub calibration: Option<CalibrationMethod>,
    /// The learner's own answers.
    pub before: Scores,
    /// The answers of the decision. It was chosen on these very rows; measure it on others.
    pub after: Scores,
    /// Every threshold in steps of about a hundredth of the rows, from the highest down; empty
    /// for more than two classes.
    pub curve: Vec<ThresholdPoint>,
}

/// Points of the curve that are reported.
const CURVE_POINTS_MAX: usize = 101;

impl Experiment<'_> {
    /// Fits calibration and threshold for a learner on the training part.
    ///
    /// # Errors
    /// [`TrainError::Threshold`] when there is no such threshold;
    /// [`TrainError::Failed`] when a part cannot be fitted or the run was stopped.
    pub fn decide(
        &mut self,
        candidate: &Candidate,
        options: &DecisionOptions,
        hooks: &mut Hooks<'_>,
    ) -> Result<Decided, TrainError> {
        let inputs = self.task.inputs;
        let folds = self.cross_validation.out_of_fold(candidate, &self.setup, inputs, hooks)?;
        let class_count = self.task.classes.len();
        let mut decision = Decision::default();
        if let Some(method) = options.calibrate {
            let (mut ranks, mut truth) = (Vec::new(), Vec::new());
            for fold in &folds {
                for scores in fold.scores.chunks_exact(class_count) {
                    ranks.extend(Decision::ranks(&fold.learner, scores.to_vec()));
                }
                truth.extend_from_slice(&fold.truth);
            }
            decision.calibration = Some(calibration::fit(method, &ranks, &truth, class_count));
        }
        let before = measure(&folds, &Decision::default(), class_count).0;
        let (calibrated, answers, truth) = measure(&folds, &decision, class_count);
        let has_curve = class_count == 2 && answers.are_probabilities;
        let curve = if has_curve {
            let second: Vec<f64> = answers.ranks.iter().skip(1).step_by(2).copied().collect();
            threshold_curve(&truth, &second)
        } else {
            Vec::new()
        };
        decision.threshold = match options.threshold {
            None => None,
            Some(_) if class_count != 2 => {
                let why = format!("there are {class_count} classes; a threshold divides two");
                return Err(TrainError::Threshold(why));
            }
            Some(_) if !has_curve => {
                let id = candidate.entry.id;
                let why = format!("{id} has no probabilities; calibrate it: sigmoid or isotonic");
                return Err(TrainError::Threshold(why));
            }
            Some(ThresholdRule::Fixed(threshold)) => Some(threshold),
            Some(rule @ ThresholdRule::For(goal)) => {
                let best = curve.iter().map(|point| point.get(goal.metric)).fold(0.0, f64::max);
                let point = choose(&curve, &goal).ok_or_else(|| {
                    let why = format!("no threshold reaches {rule}; the most is {best:.4}");
                    TrainError::Threshold(why)
                })?;
                Some(point.threshold)
            }
        };
        let after = match decision.threshold {
            None => calibrated,
            Some(_) => measure(&folds, &decision, class_count).0,
        };
        let step = curve.len().div_ceil(CURVE_POINTS_MAX).max(1);
        Ok(Decided {
            threshold: decision.threshold,
            calibration: options.calibrate,
            decision,
            before,
            after,
            curve: curve.into_iter().step_by(step).collect(),
        })
    }
}

/// The answers to the rows of all parts, measured together.
fn measure(
    folds: &[FoldScores],
    decision: &Decision,
    class_count: usize,
) -> (Scores, Answers, Vec<u32>) {
    let mut all = Answers { classes: Vec::new(), ranks: Vec::new(), are_probabilities: true };
    let mut truth = Vec::new();
    for fold in folds {
        let rows = fold.scores.chunks_exact(class_count).map(Vec::from);
        let answers = Answers::from_scores(&fold.learner, decision, rows);
        all.classes.extend(answers.classes);
        all.ranks.extend(answers.ranks);
        all.are_probabilities &= answers.are_probabilities;
        truth.extend_from_slice(&fold.truth);
    }
    (all.measure(&truth, class_count).0, all, truth)
}
