//! One classification tree.
//!
//! L. Breiman, J. Friedman, C. Stone, R. Olshen, "Classification and Regression Trees",
//! 1984, as scikit-learn's `DecisionTreeClassifier` grows it: equal seeds give equal trees.
//! See `cart` for the steps.

use modelseal_model::{ClassShares, Learner};

use super::cart::{CountedRows, Criterion, MaxFeatures, Splitter, Stop, TreesBuilder, Xorshift};
use super::declare::declare_parameters;
use super::weights::{ClassWeight, class_weights};
use super::{FitError, FitTask, ParameterValues, WithImportances};
use crate::random::Mt19937;

declare_parameters! {
    /// Parameters of a decision tree.
    pub struct Parameters {
        criterion: Criterion = Gini, choice, tune,
            "What a split makes smaller.";
        max_depth: usize = 511, 1..=511, tune 2..=16,
            "Splits on the longest path; the default is the limit of a model, in practice none.";
        min_samples_split: usize = 2, 2..=1000000000,
            "Rows that a node needs to be split.";
        min_samples_leaf: usize = 1, 1..=1000000000, tune log 1..=200,
            "Rows that each side of a split needs.";
        max_features: MaxFeatures = All, choice,
            "How many columns, drawn at random, a node looks at.";
        min_impurity_decrease: f64 = 0.0, 0.0..=1.0,
            "What a split must gain: the decrease of the impurity, times the node's share of the rows.";
        class_weight: ClassWeight = None, choice,
            "How much the rows of a class count.";
    }
}

/// Fits a tree to a task, for the table of learners.
///
/// # Errors
/// [`FitError`]; see [`fit`].
pub fn fit_task(
    task: &FitTask<'_>,
    values: &ParameterValues,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Learner, FitError> {
    let fitted = fit(task, &Parameters::from_values(values)?)?;
    progress(1, 1);
    Ok(Learner::DecisionTree(fitted.model))
}

/// Fits one tree.
///
/// # Errors
/// [`FitError`]; nothing is fitted when a parameter, a value or a label is out of bounds.
pub fn fit(
    task: &FitTask<'_>,
    parameters: &Parameters,
) -> Result<WithImportances<ClassShares>, FitError> {
    parameters.validate()?;
    let class_rows = task.class_rows()?;
    let rows = CountedRows::new(task)?;
    let column_count = task.x.column_count();
    let stop = Stop {
        splitter: Splitter::Best,
        criterion: parameters.criterion,
        max_depth: parameters.max_depth,
        split_rows_min: parameters.min_samples_split,
        leaf_rows_min: parameters.min_samples_leaf,
        column_count_max: parameters.max_features.count(column_count),
        impurity_decrease_min: parameters.min_impurity_decrease,
    };
    let mut random = Xorshift::from_twister(&mut Mt19937::new(task.seed));
    let weights = match parameters.class_weight {
        ClassWeight::None => None,
        balanced => Some(class_weights(balanced, &class_rows)),
    };
    let tree = rows.grow(None, weights.as_deref(), &stop, &mut random);
    let mut builder = TreesBuilder::new(task.class_count);
    builder.push_shares(&tree)?;
    Ok(WithImportances {
        model: ClassShares { trees: builder.finish(column_count)? },
        importances: tree.importances(stop.criterion, task.class_count, column_count),
    })
}
