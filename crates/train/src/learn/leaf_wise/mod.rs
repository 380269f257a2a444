//! Boosted trees that grow leaf by leaf from histograms (`lightgbm`).
//!
//! G. Ke, Q. Meng, T. Finley, T. Wang, W. Chen, W. Ma, Q. Ye, T.-Y. Liu, "LightGBM: A Highly
//! Efficient Gradient Boosting Decision Tree", NIPS 2017, with the defaults of
//! `LGBMClassifier`; the gain of second order is that of T. Chen, C. Guestrin, "XGBoost: A
//! Scalable Tree Boosting System", KDD 2016.
//!
//! The steps of a fit, one file each, on top of what is shared with other boosted trees:
//!
//! 1. Values become bins: up to 256 distinct values one each, but for rare values, which share
//!    a bin; more by quantiles of a sample. Equal rows become one that weighs more, and small
//!    columns share a code.
//! 2. `points`: each round, gradient and curvature of the log loss at every row.
//! 3. `grow`: of all leaves the one is split whose best cut gains most, from sums by value; of
//!    two siblings the smaller one is summed and the other is what remains of their parent;
//!    `split_search`: the best cut of a leaf, the rows of its sides estimated from their
//!    curvature.
//!
//! Without draws of rows and columns, trees of up to 256 values a column are those of LightGBM
//! 4.7 (`enable_bundle=false`), split by split.
//!
//! **Differences from LightGBM.** Thresholds stand between the neighbouring values also around
//! zero; bins of more values are quantiles; sums are exact; rows and columns are drawn by
//! another generator; columns are never mixed up, see
//! [`prepare::bundled`](crate::prepare::bundled).
//!
//! **Ties.** Of equally good cuts the one of the earlier column wins, within a column the
//! higher one. Cuts count as equally good when they differ by less than 1e-12 of their value,
//! so that the order of a sum does not decide.

mod grow;
mod points;
mod split_search;

use modelseal_model::{GradientBoosting, LEAF, Learner, Limits, Trees};

use self::grow::Grower;
use self::points::{Cell, Units};
use super::boosting::Weights;
use super::boosting::binned::{Binned, ManyValues};
use super::boosting::chances::Chances;
use super::boosting::held_back::{HeldBack, Parts, hold_back};
use super::cart::TreesBuilder;
use super::declare::declare_parameters;
use super::weights::{ClassWeight, class_weights};
use super::{FitError, FitTask, ParameterValues};
use crate::random::Mt19937;

/// The share of a class is kept this far from 0 and 1 before its logarithm is taken.
const SHARE_MIN: f64 = 1e-15;

declare_parameters! {
    /// Parameters of leaf-wise boosting.
    pub struct Parameters {
        n_estimators: usize = 100, 1..=10000, tune 10..=300,
            "Rounds of boosting: one tree a round for two classes, else one a class.";
        learning_rate: f64 = 0.1, 0.000000001..=10.0, tune log 0.01..=0.3,
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
        feature_fraction: f64 = 1.0, 0.000000001..=1.0, tune 0.4..=1.0,
            "Share of the columns that each tree draws.";
        bagging_fraction: f64 = 1.0, 0.000000001..=1.0,
            "Share of the rows that are drawn when bagging_freq is not 0.";
        bagging_freq: usize = 0, 0..=10000,
            "Rounds after which rows are drawn anew; 0 for no draws.";
        max_bin: usize = 255, 2..=255,
            "Bins of a column of more than 256 distinct values.";
        class_weight: ClassWeight = None, choice,
            "Whether rare classes count as much as frequent ones.";
        early_stopping_rounds: usize = 0, 0..=10000,
            "Rounds without a better loss on held-back rows after which boosting ends with the best one; 0 for never.";
        validation_fraction: f64 = 0.1, 0.000000001..=0.999999,
            "Share of the rows that are held back when early_stopping_rounds is not 0.";
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
    task.class_rows()?;
    if parameters.early_stopping_rounds == 0 {
        return grow_rounds(task, parameters, None, progress);
    }
    let Parts { x, y, held_back } = hold_back(task, parameters.validation_fraction)?;
    let task = FitTask { x: &x, y: &y, ..*task };
    grow_rounds(&task, parameters, Some(held_back), progress)
}

fn grow_rounds(
    task: &FitTask<'_>,
    parameters: &Parameters,
    mut held_back: Option<HeldBack>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<GradientBoosting, FitError> {
    let class_rows = task.class_rows()?;
    if task.y.len() > points::ROWS_MAX {
        let why = format!("{} rows; this learner takes at most {}", task.y.len(), points::ROWS_MAX);
        return Err(FitError::Undetermined(why));
    }
    let class_weights = class_weights(parameters.class_weight, &class_rows);
    let binned = Binned::new(task.x, ManyValues::Bins(parameters.max_bin))?;
    let mut rows = TakenRows::all(&binned, task, &class_weights);
    let weight = rows.weights.all.iter().sum();
    let (initial, shares) = initial(&class_rows, &class_weights);
    let mut chances = Chances::new(&shares, binned.rows.group_count());
    let units = Units::new(task.y.len(), weight, initial.len());
    let mut points = vec![Cell::default(); binned.rows.group_count()];
    let mut grower = Grower::new(&binned, parameters, units);
    let mut random = Mt19937::new(task.seed);
    let mut builder = TreesBuilder::new(1);
    held_back.iter_mut().for_each(|held_back| held_back.start(&initial));
    let (mut least_loss, mut best_round) = (f64::INFINITY, 0);
    let draws_rows = parameters.bagging_freq > 0 && parameters.bagging_fraction < 1.0;
    for round in 0..parameters.n_estimators {
        chances.start_round();
        if draws_rows && round.is_multiple_of(parameters.bagging_freq) {
            let fraction = parameters.bagging_fraction;
            rows = TakenRows::drawn(&binned, task, &class_weights, fraction, &mut random);
        }
        for output in 0..initial.len() {
            let columns = draw_columns(&binned, parameters.feature_fraction, &mut random);
            points::compute(&mut points, &chances, output, &rows.weights, &rows.counts, units);
            grower.grow(&points, &columns);
            chances.add(output, grower.order(), &grower.leaf_values());
            builder.push_plain(grower.nodes())?;
            held_back.iter_mut().for_each(|held_back| held_back.add(output, grower.nodes()));
        }
        progress(round as u64 + 1, parameters.n_estimators as u64);
        if let Some(held_back) = &held_back {
            let loss = held_back.loss();
            if loss < least_loss {
                (least_loss, best_round) = (loss, round);
            } else if round - best_round >= parameters.early_stopping_rounds {
                break;
            }
        }
    }
    if held_back.is_some() {
        builder.truncate_plain((best_round + 1) * initial.len());
    }
    let (starts, nodes) = builder.into_parts();
    let trees = Trees::new(starts, nodes, task.x.column_count(), &Limits::default())?;
    Ok(GradientBoosting { initial, trees })
}

/// The scores before the first tree, and the shares of the classes that they stand for.
fn initial(class_rows: &[usize], class_weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let weights: Vec<f64> =
        class_rows.iter().zip(class_weights).map(|(&rows, weight)| rows as f64 * weight).collect();
    let all: f64 = weights.iter().sum();
    let shares: Vec<f64> =
        weights.iter().map(|weight| (weight / all).clamp(SHARE_MIN, 1.0 - SHARE_MIN)).collect();
    let scores = match shares.as_slice() {
        [_, second] => vec![libm::log(second / (1.0 - second))],
        _ => shares.iter().map(|&share| libm::log(share)).collect(),
    };
    (scores, shares)
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

/// The rows that trees are grown on, group by group of equal ones.
struct TakenRows {
    weights: Weights,
    counts: Vec<u32>,
}

impl TakenRows {
    fn all(binned: &Binned, task: &FitTask<'_>, class_weights: &[f64]) -> Self {
        Self::of(binned, task, class_weights, |_| true)
    }

    /// A share of the rows, drawn without replacement.
    fn drawn(
        binned: &Binned,
        task: &FitTask<'_>,
        class_weights: &[f64],
        fraction: f64,
        random: &mut Mt19937,
    ) -> Self {
        // A table has fewer rows than u32 can count.
        let row_count = task.y.len() as u32;
        let drawn = ((fraction * f64::from(row_count)) as usize).max(1);
        let mut is_drawn = vec![false; task.y.len()];
        for &row in &random.permutation(row_count)[..drawn] {
            is_drawn[row as usize] = true;
        }
        Self::of(binned, task, class_weights, |row| is_drawn[row])
    }

    fn of(
        binned: &Binned,
        task: &FitTask<'_>,
        class_weights: &[f64],
        is_taken: impl Fn(usize) -> bool,
    ) -> Self {
        let weight_of = |row: usize| {
            if is_taken(row) { class_weights[task.y[row] as usize] } else { 0.0 }
        };
        Self {
            weights: binned.rows.weights(task.y, task.class_count, weight_of),
            counts: binned.rows.counts(is_taken),
        }
    }
}

/// The columns that a tree looks at, in their order.
fn draw_columns(binned: &Binned, fraction: f64, random: &mut Mt19937) -> Vec<usize> {
    let all: Vec<usize> = (0..binned.columns.len()).collect();
    let drawn = ((fraction * all.len() as f64).round() as usize).max(1);
    if drawn >= all.len() {
        return all;
    }
    let mut columns = random.choose(&all, drawn);
    columns.sort_unstable();
    columns
}
