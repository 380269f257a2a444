//! Gaussian naive Bayes: within a class every feature is normal, and independent of the others.
//!
//! The variances of a class are those of its rows (divided by their number), plus a share of
//! the largest variance of any column, so that a feature that is constant within a class
//! does not decide alone.

use std::f64::consts::TAU;

use modelseal_model::{Learner, NaiveBayes};

use super::by_class;
use crate::learn::declare::declare_parameters;
use crate::learn::linear::{dot, mean};
use crate::learn::{FitError, FitTask, ParameterValues};

declare_parameters! {
    /// Parameters of Gaussian naive Bayes.
    pub struct Parameters {
        var_smoothing: f64 = 0.000000001, 0.0..=1000.0, tune log 0.000000001..=1.0,
            "Share of the largest variance of a column that is added to every variance.";
    }
}

/// Fits Gaussian naive Bayes.
///
/// # Errors
/// [`FitError`] when a parameter, a value or a label is out of bounds.
pub fn fit(
    task: &FitTask<'_>,
    values: &ParameterValues,
    _: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let parameters = Parameters::from_values(values)?;
    let class_rows = task.class_rows()?;
    task.check_finite()?;
    let largest = task.x.columns().iter().map(|column| variance(column)).fold(0.0, f64::max);
    let added = parameters.var_smoothing * largest;
    let (mut constants, mut means, mut variances) = (Vec::new(), Vec::new(), Vec::new());
    for class in by_class(task, &class_rows) {
        let mut constant = libm::log(class.share);
        for centred in &class.centred {
            // Above zero also where everything is constant.
            let variance =
                (dot(centred, centred) / centred.len() as f64 + added).max(f64::MIN_POSITIVE);
            constant -= 0.5 * libm::log(TAU * variance);
            variances.push(variance);
        }
        constants.push(constant);
        means.extend(class.means);
    }
    Ok(Learner::NaiveBayes(NaiveBayes { constants, means, variances }))
}

/// Mean squared distance from the mean.
fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    dot(&centred, &centred) / values.len() as f64
}
