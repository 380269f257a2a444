//! Tests from outside: against vectors of the reference implementations where they are at
//! hand, and against properties that need nothing else.
//!
//! One binary, because linking is most of what tests cost. Vectors and the real data are read
//! from the folder `MODELSEAL_SHARED`, by default `shared` next to the workspace; without it
//! the tests that need it say so and pass.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at the first broken assumption and says what it skips"
)]

mod ada;
mod bad_input;
mod boosting;
mod boosting_vectors;
mod class_weights;
mod compare;
mod csv_errors;
mod csv_properties;
mod decide;
mod early_stopping;
mod encoding;
mod experiment;
mod fit_times;
mod folds;
mod forests;
mod laws;
mod laws_of_parameters;
mod lightgbm;
mod linear;
mod metric_vectors;
mod model_vectors;
mod neighbours;
mod probabilistic;
mod published;
mod random_models;
mod random_vectors;
mod real_data;
mod real_learners;
mod reference;
mod shared;
mod split_vectors;
mod staged;
mod steps;
mod survey;
mod trees;
mod tune;
