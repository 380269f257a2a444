//! From a table to a fitted classifier: data, preparation, learners, evaluation.
//!
//! The path of one training run, in the order of the modules:
//!
//! 1. [`data`] reads a CSV file into a [`data::Table`] of typed columns.
//! 2. [`split`] deals rows into a training part and a hold-out part.
//! 3. [`prepare`] fits what happens to a row before the learner sees it.
//! 4. [`learn`] fits a learner to the prepared training rows.
//! 5. [`metrics`] measures its predictions on the hold-out part.
//! 6. [`experiment`] joins the five.
//!
//! What a fit returns are the types of `modelseal-model`: flat data that is sealed and
//! served without any code of this crate.
//!
//! **Determinism.** Equal inputs give equal bytes on every machine: random numbers come only
//! from the seeded [`random::Mt19937`], exponentials and logarithms from `libm`, sums are
//! taken in a fixed order. The crate reads no clock, no environment and no files, and prints
//! nothing.

pub mod data;
pub mod experiment;
pub mod folds;
pub mod learn;
pub mod metrics;
mod nearest;
pub mod prepare;
pub mod random;
pub mod split;
pub mod student;
