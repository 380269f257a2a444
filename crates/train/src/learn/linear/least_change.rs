//! Newton's method with conjugate gradients, for smooth convex functions of many variables.
//!
//! R. Dembo, S. Eisenstat, T. Steihaug, "Inexact Newton Methods", SIAM Journal on Numerical
//! Analysis 19(2), 1982: each step solves for the point at which a quadratic would be least,
//! the more precisely the nearer the end is. Only products with the matrix of second
//! derivatives are needed, never the matrix: memory grows with the variables, not their square.

use super::{add_scaled, dot};

/// Share of the promised decrease that a step must reach.
const DECREASE_SHARE: f64 = 1e-4;
/// Halvings of a step before rounding is taken to be all that is left to gain.
const HALVINGS_MAX: usize = 40;

/// A convex function with its derivatives at the point last moved to.
pub(super) trait Objective {
    /// Moves to a point and gives the value there.
    fn move_to(&mut self, point: &[f64]) -> f64;
    /// The first derivatives; `point` is the one last moved to.
    fn gradient(&self, point: &[f64]) -> Vec<f64>;
    /// The diagonal of the second derivatives; all positive.
    fn curvature(&self) -> Vec<f64>;
    /// The second derivatives times a direction.
    fn curve(&self, direction: &[f64]) -> Vec<f64>;
}

/// The point at which no component of the gradient exceeds `least`, or the best one that
/// `steps_max` steps and the precision of numbers reach.
pub(super) fn minimize(
    objective: &mut impl Objective,
    mut point: Vec<f64>,
    least: f64,
    steps_max: usize,
) -> Vec<f64> {
    let mut value = objective.move_to(&point);
    let mut first_norm = None;
    for _ in 0..steps_max {
        let gradient = objective.gradient(&point);
        if gradient.iter().all(|slope| slope.abs() <= least) {
            break;
        }
        let norm = dot(&gradient, &gradient).sqrt();
        let first_norm = *first_norm.get_or_insert(norm);
        let precision = (norm / first_norm).sqrt().min(0.1) * norm;
        let step = newton_step(objective, &gradient, precision);
        let slope = dot(&gradient, &step);
        let mut length = 1.0;
        let mut is_better = false;
        for _ in 0..HALVINGS_MAX {
            let mut next = point.clone();
            add_scaled(&mut next, length, &step);
            let next_value = objective.move_to(&next);
            if next_value <= value + DECREASE_SHARE * length * slope {
                is_better = next_value < value || slope < 0.0;
                (point, value) = (next, next_value);
                break;
            }
            length /= 2.0;
        }
        if !is_better {
            break;
        }
    }
    point
}

/// Solves `second derivatives * step = -gradient` until the rest is below `precision`.
fn newton_step(objective: &impl Objective, gradient: &[f64], precision: f64) -> Vec<f64> {
    let diagonal = objective.curvature();
    // Variables that nothing depends on (a curvature of zero) stay where they are.
    let scale = |rest: &[f64]| -> Vec<f64> {
        (rest.iter().zip(&diagonal))
            .map(|(rest, &curvature)| if curvature > 0.0 { rest / curvature } else { 0.0 })
            .collect()
    };
    let mut step = vec![0.0; gradient.len()];
    let mut rest: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut scaled = scale(&rest);
    let mut direction = scaled.clone();
    let mut product = dot(&rest, &scaled);
    for _ in 0..10 * gradient.len() {
        let curved = objective.curve(&direction);
        let bend = dot(&direction, &curved);
        if bend <= 0.0 {
            break;
        }
        let length = product / bend;
        add_scaled(&mut step, length, &direction);
        add_scaled(&mut rest, -length, &curved);
        if dot(&rest, &rest).sqrt() <= precision {
            break;
        }
        scaled = scale(&rest);
        let next_product = dot(&rest, &scaled);
        let turn = next_product / product;
        product = next_product;
        for (direction, scaled) in direction.iter_mut().zip(&scaled) {
            *direction = scaled + turn * *direction;
        }
    }
    step
}
