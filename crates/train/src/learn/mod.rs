//! Learners: from prepared rows and their classes to fitted parameters.
//!
//! Each learner is a module with its `Parameters`, declared once as a table
//! ([`ParameterSpec`]), and a `fit` that returns a type of `modelseal-model`. [`LEARNERS`]
//! lists them: compare, create and tune, the project file and the documentation read that
//! table, and the law tests run over all of it.

pub mod ada_boost;
mod boosting;
mod cart;
pub mod decision_tree;
mod declare;
pub mod dummy;
mod equal_rows;
mod fit_error;
pub mod forest;
pub mod gaussian;
pub mod gradient_boosting;
mod importances;
pub mod leaf_wise;
pub mod linear;
pub mod neighbours;
mod parameters;
mod registry;
pub mod staged;
mod task;
mod weights;

pub use cart::{Criterion, MaxFeatures};
pub use fit_error::FitError;
pub use importances::WithImportances;
pub use parameters::{
    ParameterError, ParameterKind, ParameterSpec, ParameterType, ParameterValue, ParameterValues,
    TuningRange,
};
pub use registry::{
    FitFunction, FitPartsFunction, LEARNERS, LearnerEntry, UnknownLearner, learner,
};
pub use task::FitTask;
pub use weights::ClassWeight;
