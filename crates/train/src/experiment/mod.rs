//! One training run: split, prepare, fit, measure.

mod features;
mod hold_out;
mod labels;
mod scores;
mod setup;

pub use features::FeatureError;
pub use hold_out::{HoldOut, predict};
pub use labels::TargetError;
pub use scores::{Metric, Scores};
pub use setup::{FeatureSelectionMethod, NormalizeMethod, NumericImputation, Setup, SetupError};

use modelseal_model::{Class, InputField, Learner, Transform};
use thiserror::Error;

use crate::data::{Matrix, Table};
use crate::learn::{FitError, gradient_boosting};
use crate::prepare::{self, TooLarge};
use crate::split::{self, Split, SplitError};

/// What is to be learned from what.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The rows.
    pub table: &'a Table,
    /// The features, in the order of the fitted model: each names its column in
    /// [`InputField::feature`].
    pub inputs: &'a [InputField],
    /// The column to predict.
    pub target: &'a str,
    /// The classes of that column, in the order of the fitted model. Of two, the second is
    /// the positive one.
    pub classes: &'a [Class],
}

/// Told how far a run is; steps come one after another.
pub trait Progress {
    /// `done` of `total` units of the step `name` are done.
    fn step(&mut self, name: &str, done: u64, total: u64);
}

/// Tells nobody.
impl Progress for () {
    fn step(&mut self, _name: &str, _done: u64, _total: u64) {}
}

/// What a run found: the parts of a model, and how good it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// One entry a feature, in the order of the task's inputs.
    pub features: Vec<FittedFeature>,
    /// Fitted preparation, in the order of application.
    pub transforms: Vec<Transform>,
    /// The learner, fitted on the training part.
    pub learner: Learner,
    /// Measured on the rows that took no part in fitting.
    pub hold_out: HoldOut,
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
    /// Whether no training value is present; the feature is then the constant 0.
    pub is_empty: bool,
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrainError {
    /// No features.
    #[error("there are no inputs to learn from; declare at least one")]
    NoInputs,
    /// A feature's column is missing or holds what the input does not declare.
    #[error(transparent)]
    Feature(#[from] FeatureError),
    /// The target's column is missing or holds what the classes do not declare.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The rows cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// All rows of a class went to the hold-out part.
    #[error(
        "class {0:?} has no row in the training part; add rows, or set data_split_stratify to true"
    )]
    EmptyClass(String),
    /// A column cannot be brought to one scale.
    #[error("column {0:?}: its values are too large to be brought to one scale")]
    TooLarge(String),
    /// The learner cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// Runs one experiment with gradient boosting.
///
/// The learner is fitted on the training part and measured on the hold-out part; it is not
/// fitted again on all rows, so the measures are those of the very model that is returned.
/// Equal arguments give equal bits.
///
/// # Errors
/// [`TrainError`] names the column, and the first row, that stands in the way.
pub fn train(
    task: &Task<'_>,
    setup: &Setup,
    parameters: &gradient_boosting::Parameters,
    progress: &mut dyn Progress,
) -> Result<Fitted, TrainError> {
    if task.inputs.is_empty() {
        return Err(TrainError::NoInputs);
    }
    let class_count = task.classes.len();
    let y = labels::read(task.table, task.target, task.classes)?;
    let x = features::read(task.table, task.inputs)?;
    let split = deal(&y, setup)?;
    let select = |rows: &[u32]| rows.iter().map(|&row| y[row as usize]).collect::<Vec<u32>>();
    let y_train = select(&split.train);
    if let Some(class) = (0..class_count).find(|&class| !y_train.contains(&(class as u32))) {
        return Err(TrainError::EmptyClass(task.classes[class].label.clone()));
    }

    progress.step("prepare", 0, 1);
    let mut x_train = x.select_rows(&split.train);
    let missing = |column: &Vec<f64>| column.iter().filter(|value| value.is_nan()).count();
    let missing_counts: Vec<usize> = x_train.columns().iter().map(missing).collect();
    let fit_preparation = fit_transforms(&mut x_train, setup);
    let transforms = fit_preparation
        .map_err(|TooLarge { column }| TrainError::TooLarge(task.inputs[column].feature.clone()))?;
    progress.step("prepare", 1, 1);

    let boosting =
        gradient_boosting::fit(&x_train, &y_train, class_count, parameters, &mut |done, total| {
            progress.step("fit", done, total);
        })?;
    let learner = Learner::GradientBoosting(boosting);

    progress.step("measure", 0, 1);
    let mut x_test = x.select_rows(&split.test);
    for transform in &transforms {
        prepare::apply(transform, &mut x_test);
    }
    let hold_out =
        HoldOut::measure(&learner, &x_test, &select(&split.test), class_count, y_train.len());
    progress.step("measure", 1, 1);

    let means: &[f64] = match transforms.first() {
        Some(Transform::Impute { fill, .. }) => fill,
        _ => &[],
    };
    let features = task
        .inputs
        .iter()
        .zip(means.iter().zip(&missing_counts))
        .map(|(input, (&mean, &missing_count))| FittedFeature {
            name: input.feature.clone(),
            mean,
            missing_count,
            is_empty: missing_count == y_train.len(),
        })
        .collect();
    Ok(Fitted { features, transforms, learner, hold_out })
}

fn deal(y: &[u32], setup: &Setup) -> Result<Split, SplitError> {
    if setup.data_split_stratify {
        split::stratified(y, setup.train_size, setup.session_id)
    } else {
        // A table has fewer rows than u32 can count.
        split::plain(y.len() as u32, setup.train_size, setup.session_id)
    }
}

/// Fits each step on what the steps before it leave, and applies it.
fn fit_transforms(x_train: &mut Matrix, setup: &Setup) -> Result<Vec<Transform>, TooLarge> {
    let mut transforms = Vec::new();
    let impute = prepare::impute(x_train, setup.numeric_imputation).transform;
    prepare::apply(&impute, x_train);
    transforms.push(impute);
    if setup.normalize {
        let normalize = prepare::normalize(x_train, setup.normalize_method)?;
        prepare::apply(&normalize, x_train);
        transforms.push(normalize);
    }
    Ok(transforms)
}
