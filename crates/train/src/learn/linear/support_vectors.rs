//! A linear support vector machine by stochastic gradient descent.
//!
//! Minimises the mean of the hinge losses plus `alpha` times a penalty on the weights, one row
//! at a time: L. Bottou, "Large-Scale Machine Learning with Stochastic Gradient Descent",
//! COMPSTAT 2010; the absolute penalty is cut off as in Y. Tsuruoka, J. Tsujii, S. Ananiadou,
//! "Stochastic Gradient Descent Training for L1-regularized Log-linear Models with Cumulative
//! Penalty", ACL 2009. Orders of rows, steps and the rule to stop are those of scikit-learn
//! 1.2's `SGDClassifier`, draw for draw. Its early stop is part of the method: where classes
//! can nearly be separated, the optimum itself would follow single rows.

use modelseal_model::{Learner, Linear};

use super::descent::Descent;
use super::{check, row_major, signs};
use crate::learn::cart::seed_from;
use crate::learn::declare::{declare_choice, declare_parameters};
use crate::learn::weights::{ClassWeight, class_weights};
use crate::learn::{FitError, FitTask, ParameterValues};
use crate::random::Mt19937;

declare_choice! {
    /// What large weights cost.
    pub enum Penalty {
        Squares = "l2", "Half the sum of their squares.";
        Magnitudes = "l1", "The sum of their magnitudes; many become 0.";
        Mixed = "elasticnet", "Both, mixed by l1_ratio.";
    }
}

declare_choice! {
    /// How long the steps are.
    pub enum LearningRate {
        Optimal = "optimal", "1 / (alpha (t + t0)) at row t, with t0 by a heuristic of Bottou's.";
        Constant = "constant", "eta0.";
        InverseScaling = "invscaling", "eta0 / sqrt(t) at row t.";
        Adaptive = "adaptive", "eta0, a fifth of it each time that no pass over the rows helps.";
    }
}

declare_parameters! {
    /// Parameters of the linear support vector machine.
    pub struct Parameters {
        alpha: f64 = 0.0001, 0.000000001..=1000.0, tune log 0.000001..=1.0,
            "How much large weights cost against the mean loss of the rows.";
        penalty: Penalty = Squares, choice, tune,
            "What large weights cost.";
        l1_ratio: f64 = 0.15, 0.0..=1.0,
            "Share of the magnitudes in the penalty elasticnet.";
        fit_intercept: bool = true, choice,
            "Whether a constant is added; without one all borders pass through zero.";
        max_iter: usize = 1000, 1..=1000000,
            "Passes over the rows at most.";
        tol: f64 = 0.001, 0.0..=1.0,
            "What a pass must take from the mean loss to count as an improvement.";
        n_iter_no_change: usize = 5, 1..=1000000,
            "Passes without improvement after which the descent ends.";
        learning_rate: LearningRate = Optimal, choice,
            "How long the steps are.";
        eta0: f64 = 0.001, 0.000000001..=1000.0,
            "The first step of the learning rates that have one.";
        class_weight: ClassWeight = None, choice, tune,
            "How much the rows of a class count.";
    }
}

/// Fits the machine: one against the rest for more than two classes.
///
/// # Errors
/// [`FitError`] when a parameter, a value or a label is out of bounds, or when the weights grow
/// beyond all numbers.
pub fn fit(
    task: &FitTask<'_>,
    values: &ParameterValues,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let parameters = Parameters::from_values(values)?;
    let class_rows = check(task)?;
    let class_weights = class_weights(parameters.class_weight, &class_rows);
    let width = task.x.column_count();
    let rows = row_major(task.x);
    let targets = signs(task);
    let mut random = Mt19937::new(task.seed);
    // Of several classes each gets a seed of its own.
    let seeds: Vec<u32> = match targets.len() {
        1 => vec![task.seed],
        _ => targets.iter().map(|_| seed_from(&mut random)).collect(),
    };
    let (mut weights, mut intercepts) = (Vec::new(), Vec::new());
    for (output, (target, seed)) in targets.iter().zip(seeds).enumerate() {
        let row_weights = match targets.len() {
            1 => [class_weights[0], class_weights[1]],
            _ => [1.0, class_weights[output]],
        };
        let descent = Descent::new(&rows, width, target, row_weights);
        let (own, intercept) = descent.run(&parameters, seed)?;
        weights.extend(own);
        intercepts.push(intercept);
        progress(output as u64 + 1, targets.len() as u64);
    }
    Ok(Learner::SupportVectors(Linear { weights, intercepts }))
}
