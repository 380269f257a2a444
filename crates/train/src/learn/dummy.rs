//! The class shares of the training rows, whatever the row: what others have to beat.

use modelseal_model::{Dummy, Learner};

use super::{FitError, FitTask, ParameterSpec, ParameterValues};

/// There is nothing to set.
pub const SPECS: &[ParameterSpec] = &[];

/// Fits the class shares.
///
/// # Errors
/// [`FitError`] when a label is out of bounds.
pub fn fit(
    task: &FitTask<'_>,
    _: &ParameterValues,
    _: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let row_count = task.y.len() as f64;
    let shares = task.class_rows()?.into_iter().map(|rows| rows as f64 / row_count).collect();
    Ok(Learner::Dummy(Dummy { shares }))
}
