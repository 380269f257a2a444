//! Gradient boosting for classification.
//!
//! J. H. Friedman, "Greedy Function Approximation: A Gradient Boosting Machine", Annals of
//! Statistics 29(5), 2001, with the details of scikit-learn's `GradientBoostingClassifier`,
//! whose predictions it reproduces wherever no two splits of a node are equally good.
//!
//! The steps of a fit, one file each, on top of what is shared with other boosted trees:
//!
//! 1. Columns become codes and equal rows one row that weighs more; columns of more than 256
//!    distinct values are sorted.
//! 2. `loss`: each round, the gradient of the log loss at every row.
//! 3. `grow`: a regression tree on the gradient, from sums of the gradient by value, for
//!    columns of few values, and `presorted`: rows in the order of the values, for the others;
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

mod grow;
mod leaves;
mod loss;
mod presorted;
mod split_search;

use modelseal_model::{GradientBoosting, Learner, Limits, Trees};

use self::grow::{Grower, Target};
use self::loss::Loss;
pub use super::FitError;
use super::boosting::Weights;
use super::boosting::binned::{Binned, ManyValues};
use super::boosting::held_back::{HeldBack, Parts, hold_back};
use super::cart::{MaxFeatures, TreesBuilder, Xorshift, normalize};
use super::declare::declare_parameters;
use super::{FitTask, ParameterValues, WithImportances};
use crate::data::Matrix;
use crate::random::Mt19937;

declare_parameters! {
    /// Parameters of gradient boosting.
    pub struct Parameters {
        n_estimators: usize = 100, 1..=10000, tune 10..=300,
            "Rounds of boosting: one tree a round for two classes, else one a class.";
        learning_rate: f64 = 0.1, 0.000000001..=10.0, tune log 0.02..=0.3,
            "Share of each tree's correction that is applied.";
        subsample: f64 = 1.0, 0.000000001..=1.0,
            "Share of the rows that each round draws to grow its trees on.";
        max_depth: usize = 3, 1..=32, tune 2..=8,
            "Splits on the longest path of a tree.";
        min_samples_split: usize = 2, 2..=1000000000,
            "Rows that a node needs to be split.";
        min_samples_leaf: usize = 1, 1..=1000000000, tune log 1..=200,
            "Rows that each side of a split needs.";
        max_features: MaxFeatures = All, choice,
            "Columns that each split looks at.";
        min_impurity_decrease: f64 = 0.0, 0.0..=1000000000.0,
            "How much of the mean squared error of all rows a split must explain.";
        n_iter_no_change: usize = 0, 0..=10000,
            "Rounds without a better loss on held-back rows after which no more follow; 0 for never.";
        validation_fraction: f64 = 0.1, 0.000000001..=0.999999,
            "Share of the rows that are held back when n_iter_no_change is not 0.";
        tol: f64 = 0.0001, 0.0..=1000000000.0,
            "By how much a loss must be smaller to be better.";
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
    let fitted = fit_with_importances(task, &parameters, progress)?;
    Ok(Learner::GradientBoosting(fitted.model))
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
    let task = FitTask { x, y, class_count, seed: 0 };
    fit_with_importances(&task, parameters, progress).map(|fitted| fitted.model)
}

/// [`fit`], and how much of the squared error of the gradient the splits by each column
/// explain, as shares of 1 (scikit-learn: `feature_importances_`).
///
/// # Errors
/// [`FitError`]; see [`fit`].
pub fn fit_with_importances(
    task: &FitTask<'_>,
    parameters: &Parameters,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<WithImportances<GradientBoosting>, FitError> {
    parameters.validate()?;
    task.class_rows()?;
    if parameters.n_iter_no_change == 0 {
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
) -> Result<WithImportances<GradientBoosting>, FitError> {
    let FitTask { x, y, class_count, seed } = *task;
    let (initial, shares) = loss::initial(&task.class_rows()?);
    let binned = Binned::new(x, ManyValues::Sort)?;
    let mut loss = Loss::new(&shares, binned.rows.group_count());
    let mut grower = Grower::new(&binned, x.column_count(), parameters);
    let mut random = Mt19937::new(seed);
    let mut builder = TreesBuilder::new(1);
    let mut weights = binned.rows.weights(y, class_count, |_| 1.0);
    let mut losses = vec![f64::INFINITY; parameters.n_iter_no_change];
    held_back.iter_mut().for_each(|held_back| held_back.start(&initial));
    for round in 0..parameters.n_estimators {
        if parameters.subsample < 1.0 {
            weights = draw_rows(&binned, task, parameters.subsample, &mut random);
        }
        loss.chances.start_round();
        for output in 0..initial.len() {
            loss.compute(output, &weights);
            let target = Target { points: &loss.points, own: &weights.of_output[output] };
            let tree = grower.grow(target, &mut Xorshift::from_twister(&mut random));
            let nodes = leaves::fill(&tree, &mut loss, output, parameters.learning_rate);
            builder.push_plain(&nodes)?;
            held_back.iter_mut().for_each(|held_back| held_back.add(output, &nodes));
        }
        progress(round as u64 + 1, parameters.n_estimators as u64);
        if let Some(held_back) = &held_back {
            // Of two classes the reference takes the deviance, which is twice the loss.
            let loss = held_back.loss() * if class_count == 2 { 2.0 } else { 1.0 };
            // Better than any of the last rounds that were better.
            if !losses.iter().any(|earlier| loss + parameters.tol < *earlier) {
                break;
            }
            losses[round % parameters.n_iter_no_change] = loss;
        }
    }
    let (starts, nodes) = builder.into_parts();
    let trees = Trees::new(starts, nodes, x.column_count(), &Limits::default())?;
    let mut importances = grower.reductions().to_vec();
    normalize(&mut importances);
    Ok(WithImportances { model: GradientBoosting { initial, trees }, importances })
}

/// What groups weigh when `share` of the rows are drawn without replacement, one after
/// another, as the reference draws them: a row is taken with the probability that the rows
/// still wanted have among those still to come.
fn draw_rows(binned: &Binned, task: &FitTask<'_>, share: f64, random: &mut Mt19937) -> Weights {
    let row_count = task.y.len();
    let wanted = ((share * row_count as f64) as usize).max(1);
    let mut drawn = 0;
    let is_drawn: Vec<bool> = (0..row_count)
        .map(|row| {
            let is_drawn = random.uniform() * ((row_count - row) as f64) < (wanted - drawn) as f64;
            drawn += usize::from(is_drawn);
            is_drawn
        })
        .collect();
    let weight_of = |row: usize| f64::from(u8::from(is_drawn[row]));
    binned.rows.weights(task.y, task.class_count, weight_of)
}
