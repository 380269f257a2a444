//! Ridge regression on the signs of the classes.
//!
//! A. Hoerl, R. Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems",
//! Technometrics 12(1), 1970, with the targets +1 and -1: the weights `(X'X + alpha I)^-1 X'Y`
//! of centred columns, rows counted by the weight of their class. The sums have a sign, but no probability follows from them.

use modelseal_model::{Learner, Linear};

use super::{check, dot, gram, mean, signs, solve};
use crate::learn::declare::declare_parameters;
use crate::learn::weights::{ClassWeight, class_weights};
use crate::learn::{FitError, FitTask, ParameterValues};

declare_parameters! {
    /// Parameters of the ridge classifier.
    pub struct Parameters {
        alpha: f64 = 1.0, 0.000001..=1000000.0, tune log 0.001..=1000.0,
            "How much large weights cost.";
        fit_intercept: bool = true, choice,
            "Whether a constant is added; without one all borders pass through zero.";
        class_weight: ClassWeight = None, choice, tune,
            "How much the rows of a class count.";
    }
}

/// Fits the ridge classifier.
///
/// # Errors
/// [`FitError`] when a parameter, a value or a label is out of bounds.
pub fn fit(
    task: &FitTask<'_>,
    values: &ParameterValues,
    _: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let parameters = Parameters::from_values(values)?;
    let class_rows = check(task)?;
    let class_weights = class_weights(parameters.class_weight, &class_rows);
    let weights: Vec<f64> = task.y.iter().map(|&class| class_weights[class as usize]).collect();
    let roots: Vec<f64> = weights.iter().map(|weight| weight.sqrt()).collect();
    // The weights of all rows together are the number of rows.
    let centre = |values: &[f64]| match (parameters.fit_intercept, parameters.class_weight) {
        (false, _) => 0.0,
        (true, ClassWeight::None) => mean(values),
        (true, ClassWeight::Balanced) => dot(values, &weights) / weights.len() as f64,
    };
    let centres: Vec<f64> = task.x.columns().iter().map(|column| centre(column)).collect();
    let centred: Vec<Vec<f64>> = (task.x.columns().iter().zip(&centres))
        .map(|(column, centre)| {
            column.iter().zip(&roots).map(|(value, root)| (value - centre) * root).collect()
        })
        .collect();
    let targets = signs(task);
    let right_sides: Vec<Vec<f64>> = targets
        .iter()
        .map(|target| {
            let centre = centre(target);
            let target: Vec<f64> =
                target.iter().zip(&roots).map(|(sign, root)| (sign - centre) * root).collect();
            centred.iter().map(|column| dot(column, &target)).collect()
        })
        .collect();
    let mut matrix = gram(&centred, 1.0);
    for column in 0..centred.len() {
        matrix[(column, column)] += parameters.alpha;
    }
    let weights = solve(matrix, &right_sides)?;
    let intercepts = (targets.iter().zip(&weights))
        .map(|(target, weights)| centre(target) - dot(&centres, weights))
        .collect();
    Ok(Learner::Ridge(Linear { weights: weights.concat(), intercepts }))
}
