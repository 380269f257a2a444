//! Fitted learners: from a prepared row to class probabilities.

use crate::Trees;

/// A fitted learner.
#[derive(Debug, Clone, PartialEq)]
pub enum Learner {
    /// Boosted regression trees under log loss.
    GradientBoosting(GradientBoosting),
}

/// Gradient boosting for classification: J. H. Friedman, "Greedy Function Approximation: A
/// Gradient Boosting Machine", Annals of Statistics 29(5), 2001.
///
/// Two classes: one score, the log odds of the second class. More: one score a class.
/// Trees stand round by round, within a round in the order of the scores. The learning rate
/// is already part of the leaf values.
#[derive(Debug, Clone, PartialEq)]
pub struct GradientBoosting {
    /// The scores before the first tree: one for two classes, else one a class.
    pub initial: Vec<f64>,
    /// `initial.len()` trees a round.
    pub trees: Trees,
}

impl Learner {
    /// The identifier that stands in `model.json` and in project files.
    pub fn id(&self) -> &'static str {
        match self {
            Self::GradientBoosting(_) => "gbc",
        }
    }

    /// Class probabilities of one prepared row, in the order of the classes; they sum to 1.
    pub fn predict_proba(&self, row: &[f32]) -> Vec<f64> {
        match self {
            Self::GradientBoosting(boosting) => boosting.predict_proba(row),
        }
    }

    pub(crate) fn validate(&self, class_count: usize) -> Result<(), String> {
        match self {
            Self::GradientBoosting(boosting) => boosting.validate(class_count),
        }
    }
}

impl GradientBoosting {
    /// The additive scores of one prepared row, before the link function.
    pub fn scores(&self, row: &[f32]) -> Vec<f64> {
        let mut scores = self.initial.clone();
        for tree in 0..self.trees.len() {
            let output = tree % scores.len();
            scores[output] += self.trees.leaf(tree, row);
        }
        scores
    }

    /// Class probabilities of one prepared row.
    pub fn predict_proba(&self, row: &[f32]) -> Vec<f64> {
        let scores = self.scores(row);
        match scores.as_slice() {
            [log_odds] => {
                let second = sigmoid(*log_odds);
                vec![1.0 - second, second]
            }
            _ => softmax(scores),
        }
    }

    fn validate(&self, class_count: usize) -> Result<(), String> {
        let score_count = if class_count == 2 { 1 } else { class_count };
        if self.initial.len() != score_count {
            return Err(format!(
                "initial scores: found {}, expected {score_count} for {class_count} classes",
                self.initial.len()
            ));
        }
        if self.initial.iter().any(|score| !score.is_finite()) {
            return Err("an initial score is not a finite number".to_owned());
        }
        if !self.trees.len().is_multiple_of(score_count) {
            return Err(format!(
                "{} trees do not divide into rounds of {score_count}",
                self.trees.len()
            ));
        }
        Ok(())
    }
}

/// The logistic function, from `libm` so that every machine computes the same bits.
fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-score))
}

fn softmax(mut scores: Vec<f64>) -> Vec<f64> {
    // Subtracting the largest score keeps every exponential finite.
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for score in &mut scores {
        *score = libm::exp(*score - largest);
    }
    let total: f64 = scores.iter().sum();
    for score in &mut scores {
        *score /= total;
    }
    scores
}
