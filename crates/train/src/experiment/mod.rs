//! One training run: split, prepare, fit, measure.

mod calibration;
mod candidate;
mod compare;
mod cross_validation;
mod decide;
mod features;
mod hold_out;
mod hooks;
mod labels;
mod leaderboard;
mod pipeline;
mod preparation;
mod report;
mod samples;
mod scores;
mod setup;
mod threshold;
mod train;
mod tune;
mod workers;

pub use candidate::Candidate;
pub use compare::{Created, Experiment};
pub use decide::{Decided, DecisionOptions};
pub use features::FeatureError;
pub use hold_out::{HoldOut, predict};
pub use hooks::{FoldResult, Hooks, Ledger};
pub use labels::TargetError;
pub use leaderboard::{Advice, CrossValidated, FailedLearner, Leaderboard, Leak};
pub use pipeline::{FittedFeature, Pipeline};
pub use preparation::Preparation;
pub use report::{ColumnScore, DropReason, DroppedColumn, StepReport};
pub use scores::{Metric, Scores};
pub use setup::{FeatureSelectionMethod, NormalizeMethod, NumericImputation, Setup, SetupError};
pub use threshold::{
    ThresholdGoal, ThresholdPoint, ThresholdRule, ThresholdSyntax, threshold_curve,
};
pub use train::{Fitted, train, train_learner, train_taking};
pub use tune::{Draw, Search, Trial, TuneOptions, Tuned, draws};

use modelseal_model::{Class, InputField, NeighboursError};
use thiserror::Error;

use crate::data::Table;
use crate::folds::FoldError;
use crate::learn::{FitError, ParameterError, UnknownLearner};
use crate::split::SplitError;

/// What is to be learned from what: from a table that is only read, or from one of its own.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a, T = &'a Table> {
    /// The rows.
    pub table: T,
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
    /// No rows can be made up for a class.
    #[error("fix_imbalance: {0}")]
    Imbalance(#[from] NeighboursError),
    /// An option is outside of its range.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The training part cannot be dealt for cross-validation.
    #[error(transparent)]
    Folds(#[from] FoldError),
    /// There is no such learner.
    #[error(transparent)]
    Learner(#[from] UnknownLearner),
    /// A parameter of the learner is refused.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The learner cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A learner cannot be fitted on a part of the cross-validation, or was stopped.
    #[error("{id}: {reason}")]
    Failed {
        /// Identifier of the learner.
        id: String,
        /// What went wrong, and in which part.
        reason: String,
    },
    /// Neither probabilities nor a calibration that gives some, or more than two classes.
    #[error("threshold: {0}")]
    Threshold(String),
    /// Nothing to fit.
    #[error("there are no learners to compare; name at least one")]
    NoCandidates,
}
