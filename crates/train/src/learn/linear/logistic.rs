//! Logistic regression with a square penalty on the weights.
//!
//! Minimises `1/2 |w|^2 + C sum_i s_i loss_i` over weights and free intercepts: two classes
//! with the logistic loss, more with the softmax (D. R. Cox, "The Regression Analysis of
//! Binary Sequences", JRSS B 20(2), 1958). The problem is strictly convex in the weights:
//! there is one answer, and it is computed until the gradient vanishes, where scikit-learn
//! stops earlier (its probabilities are up to 3e-3 away from its own optimum).

use modelseal_model::{Learner, Linear, LogLinear};

use super::least_change::{Objective, minimize};
use super::{add_scaled, check, dot, sum};
use crate::learn::declare::declare_parameters;
use crate::learn::weights::{ClassWeight, class_weights};
use crate::learn::{FitError, FitTask, ParameterValues};

declare_parameters! {
    /// Parameters of logistic regression.
    #[allow(non_snake_case, reason = "C is the published name")]
    pub struct Parameters {
        C: f64 = 1.0, 0.000001..=1000000.0, tune log 0.001..=100.0,
            "How much the rows count against the penalty on large weights.";
        class_weight: ClassWeight = None, choice, tune,
            "Whether rare classes count as much as frequent ones.";
        fit_intercept: bool = true, choice,
            "Whether a constant is added; without one all borders pass through zero.";
        max_iter: usize = 1000, 1..=1000000,
            "Newton steps at most; about ten are usual.";
        tol: f64 = 0.00000001, 0.00000000001..=1.0,
            "Largest component of the gradient at the end, as a share of C times the rows.";
    }
}

/// Fits logistic regression.
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
    let output_count = if task.class_count == 2 { 1 } else { task.class_count };
    let class_weights = class_weights(parameters.class_weight, &class_rows);
    let row_weights: Vec<f64> =
        task.y.iter().map(|&y| parameters.C * class_weights[y as usize]).collect();
    let mut loss = LogLoss {
        task,
        has_intercept: parameters.fit_intercept,
        width: task.x.column_count() + 1,
        probabilities: vec![vec![0.0; task.y.len()]; output_count],
        row_weights,
    };
    let start = vec![0.0; output_count * loss.width];
    let least = parameters.tol * parameters.C * task.y.len() as f64;
    let found = minimize(&mut loss, start, least, parameters.max_iter);

    let mut weights = Vec::new();
    let mut intercepts = Vec::new();
    for output in found.chunks_exact(loss.width) {
        weights.extend_from_slice(&output[..loss.width - 1]);
        intercepts.push(output[loss.width - 1]);
    }
    if output_count > 1 {
        // Only differences of intercepts are determined; their mean is put at zero.
        let mean = sum(&intercepts) / output_count as f64;
        intercepts.iter_mut().for_each(|intercept| *intercept -= mean);
    }
    Ok(Learner::LogisticRegression(LogLinear { linear: Linear { weights, intercepts } }))
}

/// The loss at one point, with what its derivatives need.
struct LogLoss<'a> {
    task: &'a FitTask<'a>,
    has_intercept: bool,
    /// Weights and the intercept of one output.
    width: usize,
    /// Of the second class for two, else of each: one number a row.
    probabilities: Vec<Vec<f64>>,
    /// C times the weight of the row's class.
    row_weights: Vec<f64>,
}

impl LogLoss<'_> {
    /// The sums of one output for all rows.
    fn sums(&self, point: &[f64]) -> Vec<f64> {
        let intercept = if self.has_intercept { point[self.width - 1] } else { 0.0 };
        let mut sums = vec![intercept; self.task.y.len()];
        for (weight, column) in point.iter().zip(self.task.x.columns()) {
            add_scaled(&mut sums, *weight, column);
        }
        sums
    }

    /// Adds one output's part of a derivative: the penalty's, and that of all rows.
    fn collect(&self, point: &[f64], per_row: &[f64], out: &mut Vec<f64>) {
        let columns = self.task.x.columns().iter();
        out.extend(columns.zip(point).map(|(column, weight)| weight + dot(column, per_row)));
        out.push(if self.has_intercept { sum(per_row) } else { 0.0 });
    }

    fn is_class(&self, row: usize, output: usize) -> bool {
        let class = if self.probabilities.len() == 1 { 1 } else { output };
        self.task.y[row] as usize == class
    }
}

impl Objective for LogLoss<'_> {
    fn move_to(&mut self, point: &[f64]) -> f64 {
        let mut sums: Vec<Vec<f64>> =
            point.chunks_exact(self.width).map(|output| self.sums(output)).collect();
        let mut losses = vec![0.0; self.task.y.len()];
        if let [sums] = sums.as_mut_slice() {
            for (row, &log_odds) in sums.iter().enumerate() {
                // exp(-|z|) never overflows; both the loss and the probability come from it.
                let small = libm::exp(-log_odds.abs());
                let is_second = self.task.y[row] == 1;
                let wrong = if is_second { -log_odds } else { log_odds };
                losses[row] = self.row_weights[row] * (libm::log1p(small) + wrong.max(0.0));
                let likelier = 1.0 / (1.0 + small);
                self.probabilities[0][row] =
                    if log_odds >= 0.0 { likelier } else { small * likelier };
            }
        } else {
            for row in 0..losses.len() {
                let largest = sums.iter().map(|sums| sums[row]).fold(f64::NEG_INFINITY, f64::max);
                let own = sums[self.task.y[row] as usize][row];
                let mut total = 0.0;
                for output in &mut sums {
                    output[row] = libm::exp(output[row] - largest);
                    total += output[row];
                }
                losses[row] = self.row_weights[row] * (libm::log(total) + largest - own);
                for (probabilities, output) in self.probabilities.iter_mut().zip(&sums) {
                    probabilities[row] = output[row] / total;
                }
            }
        }
        let weights = point.chunks_exact(self.width).map(|output| &output[..self.width - 1]);
        let penalty: f64 = weights.map(|weights| dot(weights, weights)).sum();
        penalty / 2.0 + sum(&losses)
    }

    fn gradient(&self, point: &[f64]) -> Vec<f64> {
        let mut gradient = Vec::with_capacity(point.len());
        for (output, point) in point.chunks_exact(self.width).enumerate() {
            let probabilities = &self.probabilities[output];
            let residuals: Vec<f64> = (0..self.task.y.len())
                .map(|row| {
                    let truth = f64::from(u8::from(self.is_class(row, output)));
                    self.row_weights[row] * (probabilities[row] - truth)
                })
                .collect();
            self.collect(point, &residuals, &mut gradient);
        }
        gradient
    }

    fn curvature(&self) -> Vec<f64> {
        let mut diagonal = Vec::new();
        for probabilities in &self.probabilities {
            let spread: Vec<f64> = (probabilities.iter().zip(&self.row_weights))
                .map(|(share, weight)| weight * share * (1.0 - share))
                .collect();
            diagonal.extend(self.task.x.columns().iter().map(|column| {
                let squares: Vec<f64> = column.iter().map(|value| value * value).collect();
                1.0 + dot(&squares, &spread)
            }));
            diagonal.push(if self.has_intercept { sum(&spread) } else { 1.0 });
        }
        diagonal
    }

    fn curve(&self, direction: &[f64]) -> Vec<f64> {
        let mut slopes: Vec<Vec<f64>> =
            direction.chunks_exact(self.width).map(|output| self.sums(output)).collect();
        for row in 0..self.task.y.len() {
            let shares = self.probabilities.iter().map(|probabilities| probabilities[row]);
            let expected: f64 =
                shares.zip(&slopes).map(|(share, slopes)| share * slopes[row]).sum();
            for (slopes, probabilities) in slopes.iter_mut().zip(&self.probabilities) {
                let share = probabilities[row];
                slopes[row] = self.row_weights[row] * share * (slopes[row] - expected);
            }
        }
        let mut curved = Vec::with_capacity(direction.len());
        for (slopes, direction) in slopes.iter().zip(direction.chunks_exact(self.width)) {
            self.collect(direction, slopes, &mut curved);
        }
        curved
    }
}
