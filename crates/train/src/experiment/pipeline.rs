//! Preparation and learner, fitted together.

use modelseal_model::{Decision, InputField, Learner, Transform};

use super::hold_out::HoldOut;
use super::preparation::Preparation;
use super::report::StepReport;
use super::samples::Samples;
use super::{Candidate, Progress, Setup, TrainError};
use crate::data::Matrix;
use crate::learn::FitTask;

/// The parts of a model.
///
/// Columns that a step dropped are not part of it: neither its features nor its transforms
/// know them, and the service asks only for the inputs of those that are left
/// ([`Pipeline::inputs`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// One entry a feature that is left, in order.
    pub features: Vec<FittedFeature>,
    /// Positions of these features among the task's inputs.
    pub kept: Vec<usize>,
    /// Fitted preparation, in the order of application.
    pub transforms: Vec<Transform>,
    /// The fitted learner.
    pub learner: Learner,
    /// What stands between the learner and an answer: nothing after a fit, until the caller
    /// puts there what [`Experiment::decide`](super::Experiment::decide) found.
    pub decision: Decision,
    /// What each step of the preparation did.
    pub reports: Vec<StepReport>,
    /// Rows that were given, before steps removed or added some.
    pub row_count: usize,
}

/// What is known about one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct FittedFeature {
    /// Name of the column.
    pub name: String,
    /// Mean of the training values that are present; 0 when there are none.
    pub mean: f64,
    /// Missing values in the training part.
    pub missing_count: usize,
    /// Whether no training value is present; the feature is then a constant.
    pub is_empty: bool,
}

impl Pipeline {
    /// The inputs that the fitted model asks for.
    pub fn inputs(&self, inputs: &[InputField]) -> Vec<InputField> {
        self.kept.iter().filter_map(|&position| inputs.get(position)).cloned().collect()
    }

    /// Fits all steps and the learner to these rows.
    pub(super) fn fit(
        train: Samples,
        setup: &Setup,
        inputs: &[InputField],
        candidate: &Candidate,
        progress: &mut dyn Progress,
    ) -> Result<Self, TrainError> {
        progress.step("prepare", 0, 1);
        let row_count = train.y.len();
        let all_features: Vec<FittedFeature> = inputs
            .iter()
            .zip(train.x.columns())
            .map(|(input, column)| FittedFeature::of(input, column))
            .collect();
        let (preparation, prepared) = Preparation::fit(train, setup, inputs)?;
        progress.step("prepare", 1, 1);
        let task = FitTask {
            x: &prepared.x,
            y: &prepared.y,
            class_count: prepared.class_count,
            seed: setup.session_id,
        };
        let learner = (candidate.entry.fit)(&task, &candidate.parameters, &mut |done, total| {
            progress.step("fit", done, total);
        })?;
        let Preparation { kept, transforms, reports, .. } = preparation;
        let features = kept.iter().map(|&column| all_features[column].clone()).collect();
        let decision = Decision::default();
        Ok(Self { features, kept, transforms, learner, decision, reports, row_count })
    }

    /// Measures the pipeline on rows that took no part in fitting.
    pub(super) fn measure(&self, test: &Samples) -> HoldOut {
        let prepared = self.prepare(&test.x);
        HoldOut::measure(&self.learner, &self.decision, &prepared, test, self.row_count)
    }

    fn prepare(&self, raw: &Matrix) -> Matrix {
        let mut prepared = raw.select_columns(&self.kept);
        for transform in &self.transforms {
            crate::prepare::apply(transform, &mut prepared);
        }
        prepared
    }
}

impl FittedFeature {
    fn of(input: &InputField, column: &[f64]) -> Self {
        let missing_count = column.iter().filter(|value| value.is_nan()).count();
        Self {
            name: input.feature.clone(),
            mean: crate::prepare::mean(column).unwrap_or(0.0),
            missing_count,
            is_empty: missing_count == column.len(),
        }
    }
}
