//! Quadratic discriminant analysis: normal classes, each with a covariance of its own.
//!
//! R. A. Fisher, "The Use of Multiple Measurements in Taxonomic Problems", Annals of Eugenics
//! 7, 1936; the shrinking of the covariance is J. H. Friedman's, "Regularized Discriminant
//! Analysis", JASA 84, 1989. scikit-learn's `QuadraticDiscriminantAnalysis` with its `svd`.

use modelseal_model::{Learner, QuadraticDiscriminant};

use super::{ClassColumns, by_class};
use crate::learn::declare::declare_parameters;
use crate::learn::linear::{check, eigen, gram};
use crate::learn::{FitError, FitTask, ParameterValues};

/// A direction whose variance is below this share of the largest one has none: rounding
/// alone leaves about as much.
const VARIANCE_SHARE_MIN: f64 = 1e-13;

declare_parameters! {
    /// Parameters of quadratic discriminant analysis.
    pub struct Parameters {
        reg_param: f64 = 0.0, 0.0..=1.0, tune 0.0..=1.0,
            "Share of the identity in every covariance; above 0 also dependent columns can be judged.";
        unbiased: bool = true, choice,
            "Whether a covariance is divided by the rows of its class less 1 (scikit-learn up to 1.2), or by all of them (1.9).";
    }
}

/// Fits quadratic discriminant analysis. Columns that are constant over all rows say nothing
/// and are left out.
///
/// # Errors
/// [`FitError`] when a parameter, a value or a label is out of bounds, or when the rows of a
/// class lie in a plane: then their density is infinite there and zero elsewhere.
pub fn fit(
    task: &FitTask<'_>,
    values: &ParameterValues,
    _: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let parameters = Parameters::from_values(values)?;
    let class_rows = check(task)?;
    let is_constant = |column: &Vec<f64>| column.iter().all(|&value| value == column[0]);
    let used: Vec<usize> = (0..task.x.column_count())
        .filter(|&column| !is_constant(&task.x.columns()[column]))
        .collect();
    let (mut constants, mut means, mut whitening) = (Vec::new(), Vec::new(), Vec::new());
    for (index, class) in by_class(task, &class_rows).into_iter().enumerate() {
        constants.push(whiten(index, &class, &used, &parameters, &mut whitening)?);
        means.extend(class.means);
    }
    Ok(Learner::QuadraticDiscriminant(QuadraticDiscriminant { constants, means, whitening }))
}

/// Appends the whitening matrix of a class; the answer is the class's constant.
fn whiten(
    index: usize,
    class: &ClassColumns,
    used: &[usize],
    parameters: &Parameters,
    out: &mut Vec<f64>,
) -> Result<f64, FitError> {
    let width = class.means.len();
    let divisor = (class.row_count() - usize::from(parameters.unbiased)).max(1) as f64;
    let columns: Vec<Vec<f64>> = used.iter().map(|&column| class.centred[column].clone()).collect();
    let spread = eigen(gram(&columns, 1.0 / divisor))?;
    let least = VARIANCE_SHARE_MIN * spread.values.first().copied().unwrap_or(0.0);
    let mut constant = libm::log(class.share);
    let start = out.len();
    out.resize(start + width * width, 0.0);
    let rows = out[start..].chunks_exact_mut(width);
    for ((variance, direction), row) in spread.values.iter().zip(&spread.vectors).zip(rows) {
        let judged = variance.max(0.0) * (1.0 - parameters.reg_param) + parameters.reg_param;
        if judged <= least || judged <= f64::MIN_POSITIVE {
            return Err(FitError::Undetermined(format!(
                "the {} rows of class {index} have no variance in some direction; set reg_param above 0, or leave out columns that others determine",
                class.row_count()
            )));
        }
        constant -= 0.5 * libm::log(judged);
        let scale = judged.sqrt();
        for (&column, part) in used.iter().zip(direction) {
            row[column] = part / scale;
        }
    }
    Ok(constant)
}
