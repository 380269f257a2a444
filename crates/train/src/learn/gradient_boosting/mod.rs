//! Gradient boosting for classification.
//!
//! J. H. Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", Annals of
//! Statistics 29(5), 2001, with the details of scikit-learn's `GradientBoostingClassifier`,
//! whose predictions it reproduces wherever no two splits of a node are equally good.
//!
//! The steps of a fit, one file each:
//!
//! 1. `bins`: every column's distinct values, once. Columns of few values are packed
//!    several to a byte; columns of many values are sorted.
//! 2. `loss`: each round, the gradient of the log loss at every row.
//! 3. `grow`: a regression tree on the gradient, from
//!    `histogram`: sums of the gradient by value, for columns of few values, and
//!    `presorted`: rows in the order of the values, for the others;
//!    `split_search`: the cut that explains most.
//! 4. `leaves`: one Newton step a leaf, times the learning rate, added to the scores.
//!
//! **Exact.** Nothing is approximated: every distinct value (in single precision) is a bin
//! of its own, and a threshold is the middle between the two neighbouring values that are
//! present in the node.
//!
//! **Ties.** Of equally good cuts the one of the earlier column wins, within a column the
//! lower one. Cuts count as equally good when they differ by less than 1e-12 of their value,
//! so that the order of a sum does not decide. scikit-learn visits columns in random order
//! and lets the last bit decide; with many ties (small data, integers) its trees differ from
//! seed to seed, and from these.

mod bins;
mod grow;
mod histogram;
mod leaves;
mod loss;
mod presorted;
mod split_search;

use modelseal_model::{GradientBoosting, Learner, Limits, Node, Trees, TreesError};

use self::bins::Bins;
use self::grow::Grower;
use self::loss::Loss;
pub use super::FitError;
use super::cart::normalize;
use super::declare::declare_parameters;
use super::{FitTask, ParameterValues, WithImportances};
use crate::data::Matrix;

declare_parameters! {
    /// Parameters of gradient boosting.
    pub struct Parameters {
        n_estimators: usize = 100, 1..=10000, tune 10..=300,
            "Rounds of boosting: one tree a round for two classes, else one a class.";
        learning_rate: f64 = 0.1, 0.000001..=10.0, tune log 0.02..=0.3,
            "Share of each tree's correction that is applied.";
        max_depth: usize = 3, 1..=32, tune 2..=8,
            "Splits on the longest path of a tree.";
        min_samples_split: usize = 2, 2..=1000000000,
            "Rows that a node needs to be split.";
        min_samples_leaf: usize = 1, 1..=1000000000, tune log 1..=200,
            "Rows that each side of a split needs.";
    }
}

/// Fits gradient boosting to a task, for the table of learners.
///
/// # Errors
/// [`FitError`]; see [`fit`].
pub fn fit_task(
    task: &FitTask<'_>,
    values: &ParameterValues,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let parameters = Parameters::from_values(values)?;
    fit(task.x, task.y, task.class_count, &parameters, progress).map(Learner::GradientBoosting)
}

/// Fits gradient boosting to prepared rows.
///
/// `x` has no missing values; `y` holds one class index below `class_count` a row.
/// `progress` is told rounds done and rounds in all, after every round. Equal arguments give
/// equal bits.
///
/// # Errors
/// [`FitError`]; nothing is fitted when a parameter, a value or a label is out of bounds.
pub fn fit(
    x: &Matrix,
    y: &[u32],
    class_count: usize,
    parameters: &Parameters,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<GradientBoosting, FitError> {
    fit_with_importances(x, y, class_count, parameters, progress).map(|fitted| fitted.model)
}

/// [`fit`], and how much of the squared error of the gradient the splits by each column
/// explain, as shares of 1 (scikit-learn: `feature_importances_`).
///
/// # Errors
/// [`FitError`]; see [`fit`].
pub fn fit_with_importances(
    x: &Matrix,
    y: &[u32],
    class_count: usize,
    parameters: &Parameters,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<WithImportances<GradientBoosting>, FitError> {
    parameters.validate()?;
    let class_rows = FitTask { x, y, class_count, seed: 0 }.class_rows()?;
    let bins = Bins::new(x)?;
    let mut loss = Loss::new(y, &class_rows);
    let mut grower = Grower::new(&bins, parameters);
    let initial = loss.initial().to_vec();
    let mut forest = Forest { starts: vec![0], nodes: Vec::new() };
    let round_count = parameters.n_estimators as u64;
    for round in 0..round_count {
        loss.start_round();
        for output in 0..initial.len() {
            loss.compute_gradient(output);
            let tree = grower.grow(loss.gradient());
            let nodes = leaves::fill(&tree, &mut loss, output, parameters.learning_rate);
            forest.push(nodes)?;
        }
        progress(round + 1, round_count);
    }
    let trees = Trees::new(forest.starts, forest.nodes, x.column_count(), &Limits::default())?;
    let mut importances = grower.reductions().to_vec();
    importances.resize(x.column_count(), 0.0);
    normalize(&mut importances);
    Ok(WithImportances { model: GradientBoosting { initial, trees }, importances })
}

/// Trees on their way into one array.
struct Forest {
    starts: Vec<u32>,
    nodes: Vec<Node>,
}

impl Forest {
    /// Appends a tree whose children are counted from its own root.
    fn push(&mut self, tree: Vec<Node>) -> Result<(), TreesError> {
        let limit = |found| TreesError::Limit { what: "nodes", found, max: u32::MAX as usize - 1 };
        let start = self.nodes.len();
        let end = start + tree.len();
        // Below the limit every index of a child fits as well.
        let end = u32::try_from(end).ok().filter(|&end| end < u32::MAX).ok_or(limit(end))?;
        self.starts.push(end);
        self.nodes.extend(tree.into_iter().map(|mut node| {
            if node.feature != modelseal_model::LEAF {
                node.child += start as u32;
            }
            node
        }));
        Ok(())
    }
}
