//! Which rows a tree of a forest gets, and what they weigh.
//!
//! As scikit-learn 1.9 does it: `balanced` with a bootstrap draws rows of rare classes more
//! often instead of weighing them, so that weights stay whole numbers. Before 1.9 it weighed
//! what was drawn from all rows alike, which is `balanced_subsample` but for the share of each
//! class in one draw.

use crate::learn::declare::declare_choice;
use crate::learn::weights::{ClassWeight, class_weights};
use crate::random::Mt19937;

declare_choice! {
    /// How much the rows of a class count in a forest.
    pub enum ForestClassWeight {
        None = "none", "Every row counts once.";
        Balanced = "balanced",
            "All classes count alike: a bootstrap draws rows of rare ones more often; without one they weigh more.";
        BalancedSubsample = "balanced_subsample",
            "As balanced, but the rows of a bootstrap weigh by how often it drew their class.";
    }
}

/// How each tree gets its rows.
pub(super) enum Sampling {
    /// All of them, with one weight a class.
    All(Option<Vec<f64>>),
    /// As many draws, with replacement, as there are rows.
    Draws,
    /// The same, each row as likely as its share of the line from 0 to 1 is long; here is
    /// where the shares end.
    DrawsByShares(Vec<f64>),
    /// Draws that weigh by how often the classes were drawn.
    WeighedDraws,
}

/// The rows of one tree.
pub(super) struct Sample {
    /// How often each row was drawn; `None` for each once.
    pub(super) draws: Option<Vec<u32>>,
    /// What the rows of each class weigh; `None` for 1.
    pub(super) class_weights: Option<Vec<f64>>,
}

impl Sampling {
    /// For rows of these classes, of which there are so many each.
    pub(super) fn new(
        class_weight: ForestClassWeight,
        bootstrap: bool,
        y: &[u32],
        class_rows: &[usize],
    ) -> Self {
        let balanced = || class_weights(ClassWeight::Balanced, class_rows);
        match (class_weight, bootstrap) {
            (ForestClassWeight::None, false) => Self::All(None),
            (_, false) => Self::All(Some(balanced())),
            (ForestClassWeight::None, true) => Self::Draws,
            (ForestClassWeight::Balanced, true) => Self::DrawsByShares(ends(y, &balanced())),
            (ForestClassWeight::BalancedSubsample, true) => Self::WeighedDraws,
        }
    }

    /// The rows of the tree with this seed.
    pub(super) fn sample(&self, y: &[u32], class_count: usize, seed: u32) -> Sample {
        // A table has fewer rows than u32 can count.
        let last = y.len() as u32 - 1;
        let alike = || counts(y.len(), Mt19937::new(seed).many_up_to(last, y.len()));
        let draws = match self {
            Self::All(class_weights) => {
                return Sample { draws: None, class_weights: class_weights.clone() };
            }
            Self::Draws | Self::WeighedDraws => alike(),
            Self::DrawsByShares(ends) => {
                let mut random = Mt19937::new(seed);
                let draw = |_| {
                    let place = random.uniform();
                    (ends.partition_point(|&end| end <= place) as u32).min(last)
                };
                counts(y.len(), (0..y.len()).map(draw))
            }
        };
        let class_weights = matches!(self, Self::WeighedDraws).then(|| {
            let mut class_draws = vec![0; class_count];
            for (&class, &count) in y.iter().zip(&draws) {
                class_draws[class as usize] += count as usize;
            }
            class_weights(ClassWeight::Balanced, &class_draws)
        });
        Sample { draws: Some(draws), class_weights }
    }
}

/// Where the shares of the rows end on a line from 0 to 1 (numpy: `choice` with `p`).
fn ends(y: &[u32], class_weights: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut ends: Vec<f64> = Vec::with_capacity(y.len());
    for &class in y {
        sum += class_weights[class as usize];
        ends.push(sum);
    }
    ends.iter_mut().for_each(|end| *end /= sum);
    ends
}

/// How often each row was drawn.
fn counts(row_count: usize, rows: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut counts = vec![0; row_count];
    for row in rows {
        counts[row as usize] += 1;
    }
    counts
}
