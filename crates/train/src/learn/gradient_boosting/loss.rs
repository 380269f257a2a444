//! Step 2: log loss, its gradient at every row and the scores that it is taken at.

/// The share of a class is kept this far from 0 and 1 before its logarithm is taken: the
/// smallest step of single precision, as in the reference.
const SHARE_MIN: f64 = f32::EPSILON as f64;

/// Scores of all rows and what follows from them.
pub(super) struct Loss<'a> {
    y: &'a [u32],
    initial: Vec<f64>,
    /// Scores before the link function: one column an output.
    scores: Vec<Vec<f64>>,
    /// More than two classes: probabilities as they were when the round started.
    probabilities: Vec<Vec<f64>>,
    /// Minus the gradient: 1 for a row of the class and 0 else, less its probability.
    gradient: Vec<f64>,
}

impl<'a> Loss<'a> {
    /// `class_rows` holds the number of rows of each class in `y`.
    pub(super) fn new(y: &'a [u32], class_rows: &[usize]) -> Self {
        let share =
            |&rows: &usize| (rows as f64 / y.len() as f64).clamp(SHARE_MIN, 1.0 - SHARE_MIN);
        let shares: Vec<f64> = class_rows.iter().map(share).collect();
        let initial = match shares.as_slice() {
            [_, second] => vec![libm::log(second / (1.0 - second))],
            _ => {
                let logs: Vec<f64> = shares.iter().map(|&share| libm::log(share)).collect();
                let mean = logs.iter().sum::<f64>() / logs.len() as f64;
                logs.iter().map(|log| log - mean).collect()
            }
        };
        let scores = initial.iter().map(|&score| vec![score; y.len()]).collect();
        let outputs = if initial.len() == 1 { 0 } else { initial.len() };
        Self {
            y,
            initial,
            scores,
            probabilities: vec![vec![0.0; y.len()]; outputs],
            gradient: vec![0.0; y.len()],
        }
    }

    /// The scores before the first tree.
    pub(super) fn initial(&self) -> &[f64] {
        &self.initial
    }

    /// Number of outputs: 1 for two classes, else one a class.
    pub(super) fn output_count(&self) -> usize {
        self.initial.len()
    }

    /// What the next tree is grown on, one number a row.
    pub(super) fn gradient(&self) -> &[f64] {
        &self.gradient
    }

    /// The scores of one output, one a row.
    pub(super) fn scores_mut(&mut self, output: usize) -> (&[f64], &mut [f64]) {
        (&self.gradient, &mut self.scores[output])
    }

    /// Freezes the probabilities that all trees of the round are grown on.
    pub(super) fn start_round(&mut self) {
        if self.probabilities.is_empty() {
            return;
        }
        let mut row_scores = vec![0.0; self.scores.len()];
        for row in 0..self.y.len() {
            for (score, scores) in row_scores.iter_mut().zip(&self.scores) {
                *score = scores[row];
            }
            let largest = row_scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut total = 0.0;
            for score in &mut row_scores {
                *score = libm::exp(*score - largest);
                total += *score;
            }
            for (exponential, probabilities) in row_scores.iter().zip(&mut self.probabilities) {
                probabilities[row] = exponential / total;
            }
        }
    }

    /// Computes the gradient of one output.
    pub(super) fn compute_gradient(&mut self, output: usize) {
        match self.probabilities.get(output) {
            None => {
                let rows = self.gradient.iter_mut().zip(&self.scores[0]).zip(self.y);
                for ((gradient, score), &class) in rows {
                    *gradient = f64::from(class) - 1.0 / (1.0 + libm::exp(-score));
                }
            }
            Some(probabilities) => {
                let rows = self.gradient.iter_mut().zip(probabilities).zip(self.y);
                for ((gradient, probability), &class) in rows {
                    *gradient = f64::from(u8::from(class as usize == output)) - probability;
                }
            }
        }
    }

    /// The second derivative at a row, from its gradient.
    ///
    /// With `p` the probability the gradient is `1 - p` or `-p`, and both give `p (1 - p)`.
    #[inline]
    pub(super) fn curvature(gradient: f64) -> f64 {
        gradient.abs() * (1.0 - gradient.abs())
    }
}
