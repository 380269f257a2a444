//! What the caller lends to a long run: a clock, a way to stop it, a memory, an audience.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Progress, Scores};

/// Lent to a run. The crate itself reads no clock and keeps nothing.
pub struct Hooks<'a> {
    /// Told fit by fit how far the run is.
    pub progress: &'a mut (dyn Progress + Send),
    /// Time since any fixed moment; only differences are used.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    /// Asked before each fit: `true` when the time is up or somebody cancelled. What is not
    /// fitted by then is reported as stopped.
    pub should_stop: &'a (dyn Fn() -> bool + Sync),
    /// Finished fits of earlier runs.
    pub ledger: Option<&'a dyn Ledger>,
}

impl std::fmt::Debug for Hooks<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Hooks")
            .field("has_ledger", &self.ledger.is_some())
            .finish_non_exhaustive()
    }
}

/// A memory of finished fits, so that a run that was interrupted goes on where it stopped.
///
/// Keys are digests (64 hexadecimal digits) of everything that decides a result: the data, the
/// setup, the learner, its parameters, the fold, and the version of this crate.
pub trait Ledger: Sync {
    /// The results of this key, if there are any: one, or one a stage of the fit.
    fn get(&self, key: &str) -> Option<Vec<FoldResult>>;
    /// Keeps the results of a fit. Called from several threads.
    fn put(&self, key: &str, results: &[FoldResult]);
}

/// What one fit on one part of a cross-validation gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FoldResult {
    /// Measured on the part that was held out.
    pub scores: Scores,
    /// Seconds that the fit of the learner took, without the preparation.
    pub fit_seconds: f64,
    /// Seconds that the predictions took; equal rows are asked for once.
    pub predict_seconds: f64,
    /// Bytes of the fitted learner's arrays.
    pub size_bytes: u64,
}
