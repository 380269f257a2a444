//! What a model is: a schema, fitted transforms and a learner, all of it data.
//!
//! A [`Model`] is two byte strings: `model.json` (structure) and `parameters.safetensors`
//! (flat arrays). [`Model::encode`] writes them, [`Model::decode`] reads them. Decoding
//! cannot execute anything, cannot recurse without bound and cannot allocate more than
//! [`Limits`] allow; every index that prediction follows is checked once, here, so that
//! prediction itself has nothing left to check.
//!
//! The crate does no input or output and knows neither keys nor archives. Decoding proves
//! that bytes are *well formed*, never that they are *trusted*: the package crate decodes
//! only what a seal covers.

mod decision;
mod decode;
mod encode;
mod input;
mod learner;
mod limits;
mod model;
mod schema;
mod tensors;
mod transform;
mod trees;
mod walk;
mod wide_trees;

pub use decision::{Calibration, CalibrationMethod, Decision};
pub use decode::DecodeError;
pub use encode::EncodedModel;
pub use input::{InputError, Record, RecordError, Rule};
pub use learner::{
    AdaBoost, ClassShares, Dummy, GradientBoosting, Learner, Linear, LogLinear, Metric, NaiveBayes,
    NeighbourSettings, NeighbourWeights, Neighbours, NeighboursError, QuadraticDiscriminant,
};
pub use limits::Limits;
pub use model::{InvalidModel, Model, Prediction, predicted_class};
pub use schema::{Category, Class, InputField, InputKind, Output, Schema, SchemaError};
pub use tensors::TensorError;
pub use transform::{Imputation, Normalization, Transform};
pub use trees::{LEAF, Node, Trees, TreesError};
pub use wide_trees::WideTrees;
