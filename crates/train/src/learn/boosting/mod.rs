//! What boosted trees share: rows as codes, sums by code, and the chances of the classes.
//!
//! The steps, one file each:
//!
//! 1. `binned`: columns of few values become codes; `distinct_rows`: equal rows become one
//!    that weighs more; `strips`: several columns share a code, several codes a pass.
//! 2. `chances`: the odds of each row after the trees so far.
//! 3. `histogram`: sums by code over the rows of a node, and from them sums by value;
//!    `deal`: the rows of a node to its two sides.
//! 4. `held_back`: rows that tell when more rounds no longer help.
//!
//! **Threads.** From [`PARALLEL_ROWS_MIN`] rows a single fit uses the threads of the pool
//! that it runs in. Every number is computed by one thread, in an order that does not depend
//! on how many there are.

pub(super) mod binned;
pub(super) mod chances;
pub(super) mod deal;
mod distinct_rows;
pub(super) mod held_back;
pub(super) mod histogram;
mod strips;

pub(super) use distinct_rows::Weights;

/// With fewer rows, several fits at once use threads better than one fit does.
pub(super) const PARALLEL_ROWS_MIN: usize = 100_000;
