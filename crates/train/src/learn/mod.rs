//! Learners: from prepared rows and their classes to fitted parameters.
//!
//! Each learner is a module with its `Parameters`, declared once as a table
//! ([`ParameterSpec`]), and a `fit` that returns a type of `modelseal-model`.

pub mod gradient_boosting;
mod parameters;

pub use parameters::{ParameterError, ParameterKind, ParameterSpec};
