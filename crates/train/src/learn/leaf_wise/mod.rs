//! Boosted trees that grow leaf by leaf from histograms (`lightgbm`).
//!
//! G. Ke, Q. Meng, T. Finley, T. Wang, W. Chen, W. Ma, Q. Ye, T.-Y. Liu, "LightGBM: A Highly
//! Efficient Gradient Boosting Decision Tree", NIPS 2017, with the defaults of
//! `LGBMClassifier`; the gain of second order is that of T. Chen, C. Guestrin, "XGBoost: A
//! Scalable Tree Boosting System", KDD 2016.
//!
//! The steps of a fit, one file each:
//!
//! 1. `bins`: values become bins, exactly for up to 256 distinct values, by quantiles of a
//!    sample for more; equal rows of one class become one, and small columns share a code.
//! 2. `loss`: each round, gradient and curvature of the log loss at every row.
//! 3. `grow`: of all leaves the one is split whose best cut gains most, from
//!    `histogram`: sums by code; of two siblings the smaller one is counted and the other is
//!    what remains of their parent; `split_search`: the best cut of a leaf.
//!
//! **Differences from LightGBM.** A column of up to 256 values is not binned at all (there,
//! values of fewer than three rows share a bin); rows of a leaf are counted (there, estimated
//! from the curvature); rows and columns are drawn by another generator.
//!
//! **Ties.** Of equally good cuts the one of the earlier column wins, within a column the
//! higher one. Cuts count as equally good when they differ by less than 1e-12 of their value,
//! so that the order of a sum does not decide.

mod bins;
mod grow;
mod histogram;
mod loss;
mod split_search;

use modelseal_model::{GradientBoosting, LEAF, Learner, Limits, Trees};

use self::bins::Bins;
use self::grow::Grower;
use self::loss::Loss;
use super::cart::TreesBuilder;
use super::declare::declare_parameters;
use super::{FitError, FitTask, ParameterValues};
use crate::random::Mt19937;

declare_parameters! {
    /// Parameters of leaf-wise boosting.
    pub struct Parameters {
        n_estimators: usize = 100, 1..=10000, tune 10..=300,
            "Rounds of boosting: one tree a round for two classes, else one a class.";
        learning_rate: f64 = 0.1, 0.000001..=10.0, tune log 0.01..=0.3,
            "Share of each tree's correction that is applied.";
        num_leaves: usize = 31, 2..=10000, tune log 4..=128,
            "Leaves of a tree.";
        max_depth: usize = 511, 1..=511,
            "Splits on the longest path; the default is the limit of a model, in practice none.";
        min_child_samples: usize = 20, 0..=1000000000, tune log 5..=500,
            "Rows that each side of a split needs.";
        min_child_weight: f64 = 0.001, 0.0..=1000000000.0,
            "Sum of the curvature that each side of a split needs.";
        min_split_gain: f64 = 0.0, 0.0..=1000000000.0,
            "What a split must gain.";
        reg_alpha: f64 = 0.0, 0.0..=1000000000.0,
            "Penalty on the size of leaf values.";
        reg_lambda: f64 = 0.0, 0.0..=1000000000.0, tune log 0.001..=100.0,
            "Penalty on the squares of leaf values.";
        feature_fraction: f64 = 1.0, 0.000001..=1.0, tune 0.4..=1.0,
            "Share of the columns that each tree draws.";
        bagging_fraction: f64 = 1.0, 0.000001..=1.0,
            "Share of the rows that are drawn when bagging_freq is not 0.";
        bagging_freq: usize = 0, 0..=10000,
            "Rounds after which rows are drawn anew; 0 for no draws.";
        max_bin: usize = 255, 2..=255,
            "Bins of a column of more than 256 distinct values.";
    }
}

/// Fits leaf-wise boosting to a task, for the table of learners.
///
/// # Errors
/// [`FitError`]; see [`fit`].
pub fn fit_task(
    task: &FitTask<'_>,
    values: &ParameterValues,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    fit(task, &Parameters::from_values(values)?, progress).map(Learner::LightGbm)
}

/// Fits leaf-wise boosting. `progress` is told rounds done and rounds in all. Equal arguments
/// give equal bits.
///
/// # Errors
/// [`FitError`]; nothing is fitted when a parameter, a value or a label is out of bounds.
pub fn fit(
    task: &FitTask<'_>,
    parameters: &Parameters,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<GradientBoosting, FitError> {
    parameters.validate()?;
    let class_rows = task.class_rows()?;
    let bins = Bins::new(task, parameters.max_bin)?;
    let mut loss = Loss::new(&bins.classes, &class_rows);
    let mut grower = Grower::new(&bins, parameters);
    let mut random = Mt19937::new(task.seed);
    let mut builder = TreesBuilder::new(1);
    let mut row_counts = bins.row_counts.clone();
    let draws_rows = parameters.bagging_freq > 0 && parameters.bagging_fraction < 1.0;
    for round in 0..parameters.n_estimators {
        loss.start_round();
        if draws_rows && round.is_multiple_of(parameters.bagging_freq) {
            row_counts = draw_rows(&bins, parameters.bagging_fraction, &mut random);
        }
        for output in 0..loss.output_count() {
            let columns = draw_columns(&bins, parameters.feature_fraction, &mut random);
            loss.compute_points(output, &row_counts);
            grower.grow(loss.points(), &columns);
            grower.add_to(loss.scores_mut(output));
            builder.push_plain(grower.nodes())?;
        }
        progress(round as u64 + 1, parameters.n_estimators as u64);
    }
    let (starts, nodes) = builder.into_parts();
    let trees = Trees::new(starts, nodes, task.x.column_count(), &Limits::default())?;
    Ok(GradientBoosting { initial: loss.into_initial(), trees })
}

/// How many splits of a fitted model look at each column: what `LGBMClassifier` calls
/// importance. Favours columns of many values.
pub fn split_counts(model: &GradientBoosting, column_count: usize) -> Vec<f64> {
    let mut counts = vec![0.0; column_count];
    for node in model.trees.nodes().iter().filter(|node| node.feature != LEAF) {
        counts[node.feature as usize] += 1.0;
    }
    counts
}

/// How many rows of each group are drawn, without replacement.
fn draw_rows(bins: &Bins, fraction: f64, random: &mut Mt19937) -> Vec<u32> {
    // A table has fewer rows than u32 can count.
    let row_count = bins.groups.len() as u32;
    let drawn = ((fraction * f64::from(row_count)) as usize).max(1);
    let mut counts = vec![0; bins.row_counts.len()];
    for &row in &random.permutation(row_count)[..drawn] {
        counts[bins.groups[row as usize] as usize] += 1;
    }
    counts
}

/// The columns that a tree looks at, in their order.
fn draw_columns(bins: &Bins, fraction: f64, random: &mut Mt19937) -> Vec<usize> {
    let all: Vec<usize> = (0..bins.columns.len()).collect();
    let drawn = ((fraction * all.len() as f64).round() as usize).max(1);
    if drawn >= all.len() {
        return all;
    }
    let mut columns = random.choose(&all, drawn);
    columns.sort_unstable();
    columns
}
