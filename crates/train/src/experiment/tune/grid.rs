//! The published lists of values that tuning chooses from.
//!
//! Names and values are those of the published experiments (pycaret 3.3), in their order:
//! a candidate is a position in the product of the lists, so the order decides which
//! candidates a seed draws.

use crate::learn::ParameterValue;

/// Values of one parameter.
pub(super) struct List {
    /// The published name.
    pub(super) name: &'static str,
    /// What it may be; words stand as they are, nothing is the word `none`.
    pub(super) values: Vec<ParameterValue>,
}

/// Learning rates.
const RATES: [f64; 14] =
    [1e-7, 1e-6, 1e-4, 1e-3, 1e-2, 5e-4, 5e-3, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];
/// Impurity that a split has to take away.
const DECREASES: [f64; 15] =
    [0.0, 1e-4, 1e-3, 1e-2, 2e-4, 2e-3, 2e-2, 5e-4, 5e-3, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5];
/// Weights of penalties.
const PENALTIES: [f64; 21] = [
    1e-7, 1e-6, 1e-4, 1e-3, 1e-2, 5e-4, 5e-3, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 2.0,
    3.0, 4.0, 5.0, 10.0,
];
/// Additions to variances; some stand twice, as published.
const SMOOTHINGS: [f64; 28] = [
    1e-9, 2e-9, 5e-9, 8e-9, 9e-9, 1e-7, 2e-7, 3e-7, 5e-7, 7e-7, 9e-7, 1e-5, 0.001, 0.002, 0.003,
    0.004, 0.005, 0.007, 0.009, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.1, 1.0,
];

/// The lists of a learner, none when there is nothing to choose.
pub(super) fn lists(id: &str) -> Vec<List> {
    match id {
        "lr" => vec![
            numbers("C", &arange(0.001, 10.0, 0.001, true)),
            words("class_weight", &["balanced", "none"]),
        ],
        "knn" => vec![
            numbers("n_neighbors", &arange(1.0, 50.0, 1.0, true)),
            words("weights", &["uniform", "distance"]),
            words("metric", &["minkowski", "euclidean", "manhattan"]),
        ],
        "nb" => vec![numbers("var_smoothing", &SMOOTHINGS)],
        "dt" => vec![
            numbers("max_depth", &arange(1.0, 16.0, 1.0, true)),
            max_features(),
            numbers("min_samples_leaf", &[2.0, 3.0, 4.0, 5.0, 6.0]),
            numbers("min_samples_split", &[2.0, 5.0, 7.0, 9.0, 10.0]),
            words("criterion", &["gini", "entropy"]),
            numbers("min_impurity_decrease", &DECREASES),
        ],
        "svm" => support_vectors(),
        "ridge" => {
            vec![numbers("alpha", &arange(0.01, 10.0, 0.01, false)), booleans("fit_intercept")]
        }
        "rf" | "et" => forest(),
        "qda" => vec![numbers("reg_param", &arange(0.0, 1.0, 0.01, true))],
        "ada" => vec![
            numbers("n_estimators", &rounds()),
            numbers("learning_rate", &RATES),
            words("algorithm", &["SAMME"]),
        ],
        "gbc" => vec![
            numbers("n_estimators", &rounds()),
            numbers("learning_rate", &RATES),
            numbers("subsample", &arange(0.2, 1.0, 0.05, true)),
            numbers("min_samples_split", &[2.0, 4.0, 5.0, 7.0, 9.0, 10.0]),
            numbers("min_samples_leaf", &[1.0, 2.0, 3.0, 4.0, 5.0]),
            numbers("max_depth", &arange(1.0, 11.0, 1.0, true)),
            numbers("min_impurity_decrease", &DECREASES),
            max_features(),
        ],
        "lda" => vec![words("solver", &["lsqr", "eigen"]), shrinkage()],
        "lightgbm" => lightgbm(),
        "dummy" => {
            vec![words("strategy", &["most_frequent", "prior", "stratified", "uniform"])]
        }
        _ => Vec::new(),
    }
}

fn support_vectors() -> Vec<List> {
    const ALPHAS: [f64; 17] = [
        1e-7, 1e-6, 1e-4, 1e-3, 1e-2, 2e-4, 2e-3, 2e-2, 5e-4, 5e-3, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4,
        0.5,
    ];
    vec![
        words("penalty", &["elasticnet", "l2", "l1"]),
        numbers("l1_ratio", &arange(1e-10, 1.0, 0.01, false)),
        numbers("alpha", &ALPHAS),
        booleans("fit_intercept"),
        words("learning_rate", &["constant", "invscaling", "adaptive", "optimal"]),
        numbers("eta0", &[0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5]),
    ]
}

fn forest() -> Vec<List> {
    vec![
        numbers("n_estimators", &rounds()),
        numbers("max_depth", &arange(1.0, 11.0, 1.0, true)),
        numbers("min_impurity_decrease", &DECREASES),
        max_features(),
        booleans("bootstrap"),
        words("criterion", &["gini", "entropy"]),
        words("class_weight", &["balanced", "balanced_subsample", "none"]),
        numbers("min_samples_split", &[2.0, 5.0, 7.0, 9.0, 10.0]),
        numbers("min_samples_leaf", &[2.0, 3.0, 4.0, 5.0, 6.0]),
    ]
}

fn lightgbm() -> Vec<List> {
    const LEAVES: [f64; 17] = [
        2.0, 4.0, 6.0, 8.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 150.0,
        200.0, 256.0,
    ];
    const GAINS: [f64; 10] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    const SHARES: [f64; 7] = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    vec![
        numbers("num_leaves", &LEAVES),
        numbers("learning_rate", &RATES),
        numbers("n_estimators", &rounds()),
        numbers("min_split_gain", &GAINS),
        numbers("reg_alpha", &PENALTIES),
        numbers("reg_lambda", &PENALTIES),
        numbers("feature_fraction", &SHARES),
        numbers("bagging_fraction", &SHARES),
        numbers("bagging_freq", &arange(0.0, 7.0, 1.0, true)),
        numbers("min_child_samples", &arange(1.0, 100.0, 5.0, true)),
    ]
}

fn shrinkage() -> List {
    let mut list = words("shrinkage", &["empirical", "auto"]);
    list.values.extend(
        [1e-4, 1e-3, 1e-2, 5e-4, 5e-3, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
            .map(ParameterValue::Number),
    );
    list
}

/// All columns (published as the share 1.0) or few of them.
fn max_features() -> List {
    words("max_features", &["all", "sqrt", "log2"])
}

fn rounds() -> Vec<f64> {
    arange(10.0, 300.0, 10.0, true)
}

fn numbers(name: &'static str, values: &[f64]) -> List {
    List { name, values: values.iter().map(|&value| ParameterValue::Number(value)).collect() }
}

fn words(name: &'static str, values: &[&str]) -> List {
    let word = |value: &&str| ParameterValue::Word((*value).to_owned());
    List { name, values: values.iter().map(word).collect() }
}

fn booleans(name: &'static str) -> List {
    List { name, values: vec![ParameterValue::Boolean(true), ParameterValue::Boolean(false)] }
}

/// Numbers from `start` in steps, to before `stop` or to `stop` itself: the arithmetic of
/// numpy's `arange`, rounded to 15 decimals; the last number is the stop minus a step.
fn arange(start: f64, stop: f64, step: f64, inclusive: bool) -> Vec<f64> {
    let stop = if inclusive { stop + step } else { stop };
    let count = ((stop - start) / step).ceil() as usize;
    let step_taken = (start + step) - start;
    let mut numbers: Vec<f64> = (0..count)
        .map(|index| round15((start + index as f64 * step_taken).clamp(start, stop)))
        .collect();
    if let Some(first) = numbers.first_mut() {
        *first = start;
    }
    if let Some(last) = numbers.last_mut() {
        *last = stop - step;
    }
    numbers
}

/// Rounded to 15 decimals as numpy rounds: by a product and a quotient, whose own errors are
/// part of the published lists.
fn round15(number: f64) -> f64 {
    (number * 1e15).round_ties_even() / 1e15
}
