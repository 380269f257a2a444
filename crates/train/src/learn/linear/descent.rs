//! One run of stochastic gradient descent on the hinge loss; see
//! [`support_vectors`](super::support_vectors).

use super::support_vectors::{LearningRate, Parameters, Penalty};
use crate::learn::FitError;
use crate::learn::cart::{Xorshift, seed_from};
use crate::random::Mt19937;

/// The factor on all weights is multiplied in when it gets smaller than this.
const SCALE_MIN: f64 = 1e-9;

/// Below this step the adaptive rate is not reduced any more.
const ADAPTIVE_STEP_MIN: f64 = 1e-6;

/// What the rows of one border are.
pub(super) struct Descent<'a> {
    /// Row after row.
    rows: &'a [f64],
    width: usize,
    /// +1 or -1 a row.
    target: &'a [f64],
    /// How much a row of target -1, and one of +1, counts.
    row_weights: [f64; 2],
    /// The weights, but for the factor `scale`.
    weights: Vec<f64>,
    scale: f64,
    intercept: f64,
    /// How much of the absolute penalty each weight has paid.
    paid: Vec<f64>,
}

impl<'a> Descent<'a> {
    pub(super) fn new(
        rows: &'a [f64],
        width: usize,
        target: &'a [f64],
        row_weights: [f64; 2],
    ) -> Self {
        Self {
            rows,
            width,
            target,
            row_weights,
            weights: vec![0.0; width],
            scale: 1.0,
            intercept: 0.0,
            paid: vec![0.0; width],
        }
    }

    /// Descends until passes over the rows no longer help; the weights and the intercept.
    pub(super) fn run(
        mut self,
        parameters: &Parameters,
        seed: u32,
    ) -> Result<(Vec<f64>, f64), FitError> {
        let mut random = Mt19937::new(seed);
        // The reference draws a seed for its data first.
        random.up_to(u64::from(u32::MAX / 2) - 2);
        let order_seed = seed_from(&mut random);
        let Parameters { alpha, eta0, .. } = *parameters;
        let l1_ratio = match parameters.penalty {
            Penalty::Squares => 0.0,
            Penalty::Magnitudes => 1.0,
            Penalty::Mixed => parameters.l1_ratio,
        };
        // The first step is as long as weights are expected to get.
        let first = (1.0 / alpha.sqrt()).sqrt();
        let offset = 1.0 / (first * alpha);
        let mut order: Vec<u32> = (0u32..).take(self.target.len()).collect();
        let (mut step, mut owed, mut count) = (eta0, 0.0, 1.0);
        let (mut best, mut passes_without) = (f64::INFINITY, 0);
        for _ in 0..parameters.max_iter {
            // Always the same draws, on an order that the pass before left.
            shuffle(&mut order, &mut Xorshift::new(order_seed));
            let mut losses = 0.0;
            for &row in &order {
                let row = row as usize;
                let values = &self.rows[row * self.width..(row + 1) * self.width];
                let target = self.target[row];
                let margin = target * (self.product(values) + self.intercept);
                match parameters.learning_rate {
                    LearningRate::Optimal => step = 1.0 / (alpha * (offset + count - 1.0)),
                    LearningRate::InverseScaling => step = eta0 / count.sqrt(),
                    LearningRate::Constant | LearningRate::Adaptive => {}
                }
                let weight = self.row_weights[usize::from(target > 0.0)];
                self.rescale((1.0 - (1.0 - l1_ratio) * step * alpha).max(0.0));
                if margin <= 1.0 {
                    losses += 1.0 - margin;
                    let change = step * target * weight;
                    let factor = change / self.scale;
                    for (weight, value) in self.weights.iter_mut().zip(values) {
                        *weight += value * factor;
                    }
                    if parameters.fit_intercept {
                        self.intercept += change;
                    }
                }
                if l1_ratio > 0.0 {
                    owed += l1_ratio * step * alpha;
                    self.pay(owed);
                }
                count += 1.0;
            }
            if !self.is_finite() {
                return Err(FitError::Undetermined(
                    "the weights grow beyond all numbers; take a larger alpha, a smaller eta0 or \
                     normalised columns"
                        .to_owned(),
                ));
            }
            let is_worse = losses > best - parameters.tol * self.target.len() as f64;
            passes_without = if is_worse { passes_without + 1 } else { 0 };
            best = best.min(losses);
            if passes_without >= parameters.n_iter_no_change {
                if parameters.learning_rate != LearningRate::Adaptive || step <= ADAPTIVE_STEP_MIN {
                    break;
                }
                step /= 5.0;
                passes_without = 0;
            }
        }
        let weights = self.weights.iter().map(|weight| weight * self.scale).collect();
        Ok((weights, self.intercept))
    }

    fn product(&self, values: &[f64]) -> f64 {
        let sum: f64 = self.weights.iter().zip(values).map(|(weight, value)| weight * value).sum();
        sum * self.scale
    }

    fn rescale(&mut self, factor: f64) {
        self.scale *= factor;
        if self.scale < SCALE_MIN {
            let scale = self.scale;
            self.weights.iter_mut().for_each(|weight| *weight *= scale);
            self.scale = 1.0;
        }
    }

    /// Each weight moves towards 0 by what it owes, not beyond.
    fn pay(&mut self, owed: f64) {
        for (weight, paid) in self.weights.iter_mut().zip(&mut self.paid) {
            let before = *weight;
            if before > 0.0 {
                *weight = (before - (owed + *paid) / self.scale).max(0.0);
            } else if before < 0.0 {
                *weight = (before + (owed - *paid) / self.scale).min(0.0);
            }
            *paid += self.scale * (*weight - before);
        }
    }

    fn is_finite(&self) -> bool {
        self.intercept.is_finite() && self.weights.iter().all(|weight| weight.is_finite())
    }
}

/// Fisher-Yates from the front.
fn shuffle(order: &mut [u32], random: &mut Xorshift) {
    for place in 0..order.len().saturating_sub(1) {
        order.swap(place, random.below(place, order.len()));
    }
}
