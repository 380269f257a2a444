//! Step 2: log loss, its gradient and curvature at every group, and the scores.

use super::histogram::Point;

/// The share of a class is kept this far from 0 and 1 before its logarithm is taken.
const SHARE_MIN: f64 = 1e-15;

/// Scores of all groups and what follows from them.
pub(super) struct Loss<'a> {
    classes: &'a [u32],
    initial: Vec<f64>,
    /// Scores before the link function: one column an output.
    scores: Vec<Vec<f64>>,
    /// More than two classes: probabilities as they were when the round started.
    probabilities: Vec<Vec<f64>>,
    points: Vec<Point>,
}

impl<'a> Loss<'a> {
    /// `class_rows` holds the number of rows of each class.
    pub(super) fn new(classes: &'a [u32], class_rows: &[usize]) -> Self {
        let rows: usize = class_rows.iter().sum();
        let share = |&of: &usize| (of as f64 / rows as f64).clamp(SHARE_MIN, 1.0 - SHARE_MIN);
        let shares: Vec<f64> = class_rows.iter().map(share).collect();
        let initial: Vec<f64> = match shares.as_slice() {
            [_, second] => vec![libm::log(second / (1.0 - second))],
            _ => shares.iter().map(|&share| libm::log(share)).collect(),
        };
        let scores = initial.iter().map(|&score| vec![score; classes.len()]).collect();
        let outputs = if initial.len() == 1 { 0 } else { initial.len() };
        Self {
            classes,
            initial,
            scores,
            probabilities: vec![vec![0.0; classes.len()]; outputs],
            points: vec![Point::default(); classes.len()],
        }
    }

    /// Number of outputs: 1 for two classes, else one a class.
    pub(super) fn output_count(&self) -> usize {
        self.initial.len()
    }

    /// What the next tree is grown on.
    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    /// The scores of one output.
    pub(super) fn scores_mut(&mut self, output: usize) -> &mut [f64] {
        &mut self.scores[output]
    }

    /// The scores before the first tree.
    pub(super) fn into_initial(self) -> Vec<f64> {
        self.initial
    }

    /// Freezes the probabilities that all trees of the round are grown on.
    pub(super) fn start_round(&mut self) {
        if self.probabilities.is_empty() {
            return;
        }
        let mut row = vec![0.0; self.scores.len()];
        for group in 0..self.classes.len() {
            for (score, scores) in row.iter_mut().zip(&self.scores) {
                *score = scores[group];
            }
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut total = 0.0;
            for score in &mut row {
                *score = libm::exp(*score - largest);
                total += *score;
            }
            for (exponential, probabilities) in row.iter().zip(&mut self.probabilities) {
                probabilities[group] = exponential / total;
            }
        }
    }

    /// Gradient and curvature of one output, each times the rows of its group.
    ///
    /// Of more than two classes the curvature is scaled by K / (K - 1), as in LightGBM.
    pub(super) fn compute_points(&mut self, output: usize, row_counts: &[u32]) {
        let outputs = self.initial.len() as f64;
        let (positive, factor) = match outputs {
            1.0 => (1, 1.0),
            _ => (output as u32, outputs / (outputs - 1.0)),
        };
        let scores = &self.scores[output];
        let probabilities = self.probabilities.get(output);
        for (group, point) in self.points.iter_mut().enumerate() {
            let probability = match probabilities {
                None => 1.0 / (1.0 + libm::exp(-scores[group])),
                Some(probabilities) => probabilities[group],
            };
            let rows = row_counts[group];
            let is_positive = f64::from(u8::from(self.classes[group] == positive));
            let count = f64::from(rows);
            *point = Point {
                gradient: (count * (probability - is_positive)) as f32,
                curvature: (count * factor * probability * (1.0 - probability)) as f32,
                rows,
            };
        }
    }
}
