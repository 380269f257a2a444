//! Early stopping: rows that are held back tell when more rounds no longer help.

use modelseal_model::{LEAF, Node};

use crate::data::Matrix;
use crate::learn::{FitError, FitTask};
use crate::split;

/// The rows that trees are grown on, and those that judge them.
pub(in crate::learn) struct Parts {
    pub(in crate::learn) x: Matrix,
    pub(in crate::learn) y: Vec<u32>,
    pub(in crate::learn) held_back: HeldBack,
}

/// Rows that take no part in growing trees, with their scores after the trees so far.
pub(in crate::learn) struct HeldBack {
    y: Vec<u32>,
    /// As trees see them, one after another.
    rows: Vec<f32>,
    width: usize,
    output_count: usize,
    /// One number an output, row after row.
    scores: Vec<f64>,
}

/// Holds back a share of the rows, of each class alike: the rows that the reference holds back
/// with the same seed.
///
/// # Errors
/// [`FitError::Undetermined`] when a part would have no row of some class.
pub(in crate::learn) fn hold_back(task: &FitTask<'_>, share: f64) -> Result<Parts, FitError> {
    let split = split::stratified(task.y, 1.0 - share, task.seed)
        .map_err(|error| FitError::Undetermined(format!("rows for early stopping: {error}")))?;
    let pick = |rows: &[u32]| rows.iter().map(|&row| task.y[row as usize]).collect();
    let judging = task.x.select_rows(&split.test);
    let width = judging.column_count();
    let mut rows = Vec::with_capacity(judging.row_count() * width);
    for row in 0..judging.row_count() {
        rows.extend(judging.columns().iter().map(|column| column[row] as f32));
    }
    let output_count = if task.class_count == 2 { 1 } else { task.class_count };
    let held_back =
        HeldBack { y: pick(&split.test), rows, width, output_count, scores: Vec::new() };
    Ok(Parts { x: task.x.select_rows(&split.train), y: pick(&split.train), held_back })
}

impl HeldBack {
    /// Begins with the scores before the first tree.
    pub(in crate::learn) fn start(&mut self, initial: &[f64]) {
        self.scores = initial.repeat(self.y.len());
    }

    /// Adds a tree whose children are counted from its own root.
    pub(in crate::learn) fn add(&mut self, output: usize, nodes: &[Node]) {
        let scores = self.scores.iter_mut().skip(output).step_by(self.output_count);
        for (score, row) in scores.zip(self.rows.chunks_exact(self.width.max(1))) {
            let mut node = nodes[0];
            while node.feature != LEAF {
                let is_left = f64::from(row[node.feature as usize]) <= node.value;
                node = nodes[node.child as usize + usize::from(!is_left)];
            }
            *score += node.value;
        }
    }

    /// The mean log loss.
    pub(in crate::learn) fn loss(&self) -> f64 {
        let of = |(scores, &class): (&[f64], &u32)| match scores {
            [log_odds] => {
                let wrong = if class == 1 { -log_odds } else { *log_odds };
                wrong.max(0.0) + libm::log1p(libm::exp(-wrong.abs()))
            }
            _ => {
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = scores.iter().map(|score| libm::exp(score - largest)).sum();
                libm::log(total) + largest - scores[class as usize]
            }
        };
        let losses = self.scores.chunks_exact(self.output_count).zip(&self.y).map(of);
        losses.sum::<f64>() / self.y.len() as f64
    }
}
