//! Boosted trees after any number of their rounds, at the price of one fit.
//!
//! Rounds build on those before them and draw random numbers in turn: the first rounds of a
//! fit are the fit of so many rounds, bit for bit. So one fit of the most rounds answers for
//! every smaller `n_estimators`.

use modelseal_model::{GradientBoosting, Learner, Limits, Trees};

use super::FitError;
use crate::data::Matrix;

/// Scores of rows while the rounds of a boosted learner (`gbc`, `lightgbm`) go by.
#[derive(Debug, Clone)]
pub struct StagedScores<'a> {
    model: &'a GradientBoosting,
    round: usize,
    /// Rows as trees see them, one after another.
    rows: Vec<f32>,
    column_count: usize,
    /// One number an output, row after row.
    scores: Vec<f64>,
}

impl<'a> StagedScores<'a> {
    /// Before the first round; `None` for a learner without rounds. `x` holds prepared rows.
    pub fn new(learner: &'a Learner, x: &Matrix) -> Option<Self> {
        let model = boosted(learner)?;
        let mut rows = Vec::with_capacity(x.row_count() * x.column_count());
        let mut row = Vec::new();
        for index in 0..x.row_count() {
            x.read_row(index, &mut row);
            rows.extend(row.iter().map(|&value| value as f32));
        }
        let scores = model.initial.repeat(x.row_count());
        Some(Self { model, round: 0, rows, column_count: x.column_count(), scores })
    }

    /// Number of rounds that the learner was fitted with.
    pub fn round_count(&self) -> usize {
        self.model.trees.len() / self.model.initial.len()
    }

    /// Goes on to `round`; never back, and not beyond the last round.
    pub fn advance_to(&mut self, round: usize) {
        let outputs = self.model.initial.len();
        let last = round.min(self.round_count());
        for tree in self.round * outputs..last * outputs {
            let scores = self.scores.iter_mut().skip(tree % outputs).step_by(outputs);
            for (score, row) in scores.zip(self.rows.chunks_exact(self.column_count.max(1))) {
                *score += self.model.trees.leaf(tree, row);
            }
        }
        self.round = self.round.max(last);
    }

    /// What [`Learner::scores`] gives for a row after the rounds so far, if they were all.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn scores(&self, row: usize) -> Vec<f64> {
        let outputs = self.model.initial.len();
        match &self.scores[row * outputs..(row + 1) * outputs] {
            [second] => vec![-second, *second],
            all => all.to_vec(),
        }
    }
}

/// The learner that a fit of `rounds` rounds gives, from one of at least so many; `None` for a
/// learner without rounds or with fewer of them.
///
/// # Errors
/// [`FitError::Trees`], for no model that was fitted.
pub fn first_rounds(learner: &Learner, rounds: usize) -> Result<Option<Learner>, FitError> {
    let Some(model) = boosted(learner) else { return Ok(None) };
    let Some(starts) = model.trees.starts().get(..=rounds * model.initial.len()) else {
        return Ok(None);
    };
    let nodes = &model.trees.nodes()[..starts[starts.len() - 1] as usize];
    // The features were checked when the model was made.
    let trees = Trees::new(starts.to_vec(), nodes.to_vec(), u32::MAX as usize, &Limits::default())?;
    let model = GradientBoosting { initial: model.initial.clone(), trees };
    Ok(Some(match learner {
        Learner::LightGbm(_) => Learner::LightGbm(model),
        _ => Learner::GradientBoosting(model),
    }))
}

fn boosted(learner: &Learner) -> Option<&GradientBoosting> {
    match learner {
        Learner::GradientBoosting(model) | Learner::LightGbm(model) => Some(model),
        _ => None,
    }
}
