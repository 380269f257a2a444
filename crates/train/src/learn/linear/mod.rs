//! Learners that stand on sums of products: their shared arithmetic.
//!
//! Every sum is taken in an order that only its length decides, so that equal data give
//! equal bits on every machine. Factorisations of the small matrices that remain come from
//! `nalgebra`, built without the parts that choose their code by processor.

mod descent;
mod least_change;
pub mod logistic;
mod products;
pub mod ridge;
pub mod support_vectors;
mod symmetric;

pub(super) use products::{add_scaled, dot, mean, row_major, sum};
pub(super) use symmetric::{eigen, gram, solve};

use super::{FitError, FitTask};

/// Columns that a learner accepts whose work grows with the cube of their number.
const COLUMN_COUNT_MAX: usize = 2048;

/// Checks a task for learners that build a matrix of all pairs of columns.
///
/// # Errors
/// [`FitError`] when values or labels are unusable or there are too many columns.
pub(super) fn check(task: &FitTask<'_>) -> Result<Vec<usize>, FitError> {
    let class_rows = task.class_rows()?;
    task.check_finite()?;
    if task.x.column_count() > COLUMN_COUNT_MAX {
        return Err(FitError::Undetermined(format!(
            "{} columns; this learner takes at most {COLUMN_COUNT_MAX}, select features first",
            task.x.column_count()
        )));
    }
    Ok(class_rows)
}

/// Of two classes the second, else each class against the rest: +1 for its rows, else -1.
pub(super) fn signs(task: &FitTask<'_>) -> Vec<Vec<f64>> {
    let positive = if task.class_count == 2 { 1..2 } else { 0..task.class_count };
    positive
        .map(|class| {
            let sign = |&other: &u32| if other as usize == class { 1.0 } else { -1.0 };
            task.y.iter().map(sign).collect()
        })
        .collect()
}
