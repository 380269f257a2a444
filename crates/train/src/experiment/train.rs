//! One learner, fitted on the training part and measured on the hold-out part.

use modelseal_model::{Learner, Transform};

use super::pipeline::{FittedFeature, Pipeline};
use super::report::StepReport;
use super::samples::Samples;
use super::{Candidate, HoldOut, Progress, Setup, Task, TrainError};
use crate::data::Table;
use crate::learn::gradient_boosting;

/// What a run found: the parts of a model, and how good it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// One entry a feature that is left, in the order of the task's inputs.
    pub features: Vec<FittedFeature>,
    /// Positions of these features among the task's inputs.
    pub kept: Vec<usize>,
    /// Fitted preparation, in the order of application.
    pub transforms: Vec<Transform>,
    /// The learner, fitted on the training part.
    pub learner: Learner,
    /// What each step of the preparation did.
    pub reports: Vec<StepReport>,
    /// Measured on the rows that took no part in fitting.
    pub hold_out: HoldOut,
}

/// Runs one experiment with gradient boosting; see [`train_learner`].
///
/// # Errors
/// [`TrainError`] names the column, and the first row, that stands in the way.
pub fn train(
    task: &Task<'_>,
    setup: &Setup,
    parameters: &gradient_boosting::Parameters,
    progress: &mut dyn Progress,
) -> Result<Fitted, TrainError> {
    let mut candidate = Candidate::new("gbc")?;
    let specs = gradient_boosting::Parameters::SPECS;
    for (spec, number) in specs.iter().zip(parameters.values()) {
        candidate = candidate.with(spec.name, &spec.value_of(number))?;
    }
    train_learner(task, setup, &candidate, progress)
}

/// Runs one experiment with any learner.
///
/// The learner is fitted on the training part and measured on the hold-out part; it is not
/// fitted again on all rows, so the measures are those of the very model that is returned.
/// Equal arguments give equal bits.
///
/// # Errors
/// [`TrainError`] names the column, and the first row, that stands in the way.
pub fn train_learner(
    task: &Task<'_>,
    setup: &Setup,
    candidate: &Candidate,
    progress: &mut dyn Progress,
) -> Result<Fitted, TrainError> {
    let Task { table, inputs, target, classes } = *task;
    let task = Task { table: table.clone(), inputs, target, classes };
    let (pipeline, hold_out) = train_taking(task, setup, candidate, progress)?;
    let Pipeline { features, kept, transforms, learner, reports, .. } = pipeline;
    Ok(Fitted { features, kept, transforms, learner, reports, hold_out })
}

/// The same, and takes the table for itself: its numbers are moved and dealt column by column,
/// so that a run needs little more memory than the table.
///
/// # Errors
/// [`TrainError`] names the column, and the first row, that stands in the way.
pub fn train_taking(
    task: Task<'_, Table>,
    setup: &Setup,
    candidate: &Candidate,
    progress: &mut dyn Progress,
) -> Result<(Pipeline, HoldOut), TrainError> {
    setup.validate()?;
    let (inputs, classes) = (task.inputs, task.classes);
    let samples = Samples::take(task)?;
    let split = samples.deal(classes, setup)?;
    let (train, test) = samples.into_parts(&split);
    drop(split);
    let pipeline = Pipeline::fit(train, setup, inputs, candidate, progress)?;
    progress.step("measure", 0, 1);
    let hold_out = pipeline.measure(&test);
    progress.step("measure", 1, 1);
    Ok((pipeline, hold_out))
}
