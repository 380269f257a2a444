//! A linear support vector machine.
//!
//! Minimises `alpha/2 |w|^2 + mean of the hinge losses`, the function that scikit-learn's
//! `SGDClassifier` follows with random steps of falling length. Here its dual is solved
//! coordinate by coordinate (C.-J. Hsieh et al., "A Dual Coordinate Descent Method for
//! Large-scale Linear SVM", ICML 2008, algorithm 3 with shrinking): the same seed gives the
//! same answer, and it is the optimum, not a point on the way. The intercept is one more
//! weight on a constant column, as in that paper; next to the loss its penalty is negligible.
//!
//! Where the classes can nearly be separated, the optimum follows single rows; the reference
//! is saved from that by stopping early. A larger `alpha` has the same effect, on purpose.

use modelseal_model::{Learner, Linear};

use super::{check, row_major, signs};
use crate::learn::declare::declare_parameters;
use crate::learn::{FitError, FitTask, ParameterValues};
use crate::random::Mt19937;

declare_parameters! {
    /// Parameters of the linear support vector machine.
    pub struct Parameters {
        alpha: f64 = 0.0001, 0.000000001..=1000.0, tune log 0.000001..=1.0,
            "How much large weights cost against the mean loss of the rows.";
        fit_intercept: bool = true, choice,
            "Whether a constant is added; without one all borders pass through zero.";
        max_iter: usize = 1000, 1..=1000000,
            "Passes over the rows at most.";
        tol: f64 = 0.01, 0.000000001..=1.0,
            "Largest distance of a margin from where the optimum has it.";
    }
}

/// Fits the machine: one against the rest for more than two classes.
///
/// # Errors
/// [`FitError`] when a parameter, a value or a label is out of bounds.
pub fn fit(
    task: &FitTask<'_>,
    values: &ParameterValues,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let parameters = Parameters::from_values(values)?;
    check(task)?;
    let width = task.x.column_count();
    let rows = row_major(task.x);
    let targets = signs(task);
    let (mut weights, mut intercepts) = (Vec::new(), Vec::new());
    for (output, target) in targets.iter().enumerate() {
        let mut random = Mt19937::new(task.seed);
        let mut solver = Solver::new(&rows, width, target, &parameters);
        solver.run(&parameters, &mut random);
        weights.extend_from_slice(&solver.weights);
        intercepts.push(solver.intercept);
        progress(output as u64 + 1, targets.len() as u64);
    }
    Ok(Learner::SupportVectors(Linear { weights, intercepts }))
}

/// Weights, and how much each row contributes to them.
struct Solver<'a> {
    rows: &'a [f64],
    width: usize,
    target: &'a [f64],
    /// 1 with an intercept, else 0: the value of the constant column.
    constant: f64,
    /// The largest contribution of a row.
    share_max: f64,
    /// Squared length of each row.
    lengths: Vec<f64>,
    shares: Vec<f64>,
    weights: Vec<f64>,
    intercept: f64,
}

impl<'a> Solver<'a> {
    fn new(rows: &'a [f64], width: usize, target: &'a [f64], parameters: &Parameters) -> Self {
        let constant = f64::from(u8::from(parameters.fit_intercept));
        let length = |row: usize| {
            let row = &rows[row * width..(row + 1) * width];
            row.iter().map(|value| value * value).sum::<f64>() + constant
        };
        Self {
            rows,
            width,
            target,
            constant,
            share_max: 1.0 / (parameters.alpha * target.len() as f64),
            lengths: (0..target.len()).map(length).collect(),
            shares: vec![0.0; target.len()],
            weights: vec![0.0; width],
            intercept: 0.0,
        }
    }

    /// Passes over the rows until all margins are where they belong.
    fn run(&mut self, parameters: &Parameters, random: &mut Mt19937) {
        let all: Vec<usize> = (0..self.target.len()).collect();
        let mut active = all.clone();
        let (mut upper, mut lower) = (f64::INFINITY, f64::NEG_INFINITY);
        for _ in 0..parameters.max_iter {
            random.shuffle(&mut active);
            let (mut largest, mut smallest) = (f64::NEG_INFINITY, f64::INFINITY);
            active.retain(|&row| match self.improve(row, upper, lower) {
                Some(violation) => {
                    largest = largest.max(violation);
                    smallest = smallest.min(violation);
                    true
                }
                None => false,
            });
            if active.is_empty() || largest - smallest <= parameters.tol {
                if active.len() == all.len() {
                    break;
                }
                // What was set aside is looked at once more.
                active.clone_from(&all);
                (upper, lower) = (f64::INFINITY, f64::NEG_INFINITY);
                continue;
            }
            upper = if largest > 0.0 { largest } else { f64::INFINITY };
            lower = if smallest < 0.0 { smallest } else { f64::NEG_INFINITY };
        }
    }

    /// Gives a row the contribution that is best with all others fixed. The answer is how far
    /// it was from that, `None` when it stands so firmly at a bound that it can be set aside.
    fn improve(&mut self, row: usize, upper: f64, lower: f64) -> Option<f64> {
        let values = &self.rows[row * self.width..(row + 1) * self.width];
        let target = self.target[row];
        let sum: f64 = values.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum();
        let slope = target * (sum + self.intercept) - 1.0;
        let share = self.shares[row];
        let violation = if share == 0.0 {
            if slope > upper {
                return None;
            }
            slope.min(0.0)
        } else if share == self.share_max {
            if slope < lower {
                return None;
            }
            slope.max(0.0)
        } else {
            slope
        };
        if violation != 0.0 {
            let length = self.lengths[row];
            let best = if length > 0.0 { share - slope / length } else { self.share_max };
            self.shares[row] = best.clamp(0.0, self.share_max);
            let change = (self.shares[row] - share) * target;
            for (weight, value) in self.weights.iter_mut().zip(values) {
                *weight += change * value;
            }
            self.intercept += change * self.constant;
        }
        Some(violation)
    }
}
