//! Gradient boosting against its definition, by brute force, and its promises.

use modelseal_model::{GradientBoosting, LEAF, Limits, Trees};
use modelseal_train::data::Matrix;
use modelseal_train::learn::gradient_boosting::{self, FitError, Parameters};
use modelseal_train::random::Mt19937;
use proptest::prelude::*;

/// What a cut explains, for every cut of the rows by every column: (column, threshold, score).
pub(crate) fn all_cuts(
    x: &Matrix,
    rows: &[usize],
    gradient: &[f64],
    leaf_rows_min: usize,
) -> Vec<(usize, f64, f64)> {
    let mut cuts = Vec::new();
    for (column, values) in x.columns().iter().enumerate() {
        let mut distinct: Vec<f32> = rows.iter().map(|&row| values[row] as f32).collect();
        distinct.sort_by(f32::total_cmp);
        distinct.dedup();
        for pair in distinct.windows(2).filter(|pair| pair[1] > pair[0] + 1e-7) {
            let threshold = (f64::from(pair[0]) + f64::from(pair[1])) / 2.0;
            let (left, right): (Vec<usize>, Vec<usize>) =
                rows.iter().partition(|&&row| f64::from(values[row] as f32) <= threshold);
            if left.len().min(right.len()) >= leaf_rows_min {
                let side = |rows: &[usize]| {
                    let sum: f64 = rows.iter().map(|&row| gradient[row]).sum();
                    sum * sum / rows.len() as f64
                };
                cuts.push((column, threshold, side(&left) + side(&right)));
            }
        }
    }
    cuts
}

pub(crate) fn best_score(cuts: &[(usize, f64, f64)]) -> f64 {
    cuts.iter().map(|cut| cut.2).fold(f64::NEG_INFINITY, f64::max)
}

/// Follows a fitted model tree by tree and checks every node: a split is one of the best
/// cuts (the first of equal ones), a leaf had to be one and holds its Newton step.
fn assert_is_greedy(model: &GradientBoosting, x: &Matrix, y: &[u32], parameters: &Parameters) {
    let outputs = model.initial.len();
    let mut scores = vec![model.initial.clone(); y.len()];
    let mut gradients = vec![Vec::new(); outputs];
    for tree in 0..model.trees.len() {
        let output = tree % outputs;
        if output == 0 {
            gradients = (0..outputs).map(|output| gradient(&scores, y, output)).collect();
        }
        let gradient = &gradients[output];
        let mut open =
            vec![(model.trees.starts()[tree] as usize, 0, (0..y.len()).collect::<Vec<_>>())];
        while let Some((index, depth, rows)) = open.pop() {
            let node = model.trees.nodes()[index];
            let splits = depth < parameters.max_depth && rows.len() >= parameters.min_samples_split;
            let cuts = if splits {
                all_cuts(x, &rows, gradient, parameters.min_samples_leaf)
            } else {
                Vec::new()
            };
            if node.feature == LEAF {
                let mean = rows.iter().map(|&row| gradient[row]).sum::<f64>() / rows.len() as f64;
                let variance = rows.iter().map(|&row| (gradient[row] - mean).powi(2)).sum::<f64>()
                    / rows.len() as f64;
                assert!(cuts.is_empty() || variance < 1e-15, "{} cuts left", cuts.len());
                let curvature: f64 =
                    rows.iter().map(|&row| gradient[row].abs() * (1.0 - gradient[row].abs())).sum();
                let factor =
                    if outputs == 1 { 1.0 } else { (outputs as f64 - 1.0) / outputs as f64 };
                let step = parameters.learning_rate * factor * mean * rows.len() as f64 / curvature;
                assert!((node.value - step).abs() <= 1e-9 * step.abs().max(1.0), "leaf value");
                rows.iter().for_each(|&row| scores[row][output] += node.value);
                continue;
            }
            let best = best_score(&cuts);
            let first = cuts.iter().find(|cut| cut.2 >= best - 1e-11 * best.abs()).unwrap();
            let found = (node.feature as usize, node.value);
            assert_eq!(found, (first.0, first.1), "tree {tree}: best score {best}");
            let (left, right) = rows
                .iter()
                .partition(|&&row| f64::from(x.columns()[found.0][row] as f32) <= found.1);
            open.push((node.child as usize, depth + 1, left));
            open.push((node.child as usize + 1, depth + 1, right));
        }
    }
}

fn gradient(scores: &[Vec<f64>], y: &[u32], output: usize) -> Vec<f64> {
    let probability = |scores: &[f64]| match scores {
        [score] => 1.0 / (1.0 + (-score).exp()),
        _ => scores[output].exp() / scores.iter().map(|score| score.exp()).sum::<f64>(),
    };
    // Two classes have one output, which stands for the second class.
    let class = if scores[0].len() == 1 { 1 } else { output as u32 };
    scores
        .iter()
        .zip(y)
        .map(|(scores, &y)| f64::from(u8::from(y == class)) - probability(scores))
        .collect()
}

/// A table with columns of few and of many values, a constant and a repeated column.
pub(crate) fn mixed_rows(seed: u32, row_count: usize, class_count: u32) -> (Matrix, Vec<u32>) {
    let mut random = Mt19937::new(seed);
    let mut columns = vec![Vec::new(); 7];
    let mut y = Vec::new();
    for row in 0..row_count {
        let answers = [2, 5, 13, 80].map(|count| random.up_to(count - 1) as f64);
        let measured = random.uniform() * 10.0 - 5.0;
        for (column, value) in
            columns.iter_mut().zip(answers.into_iter().chain([measured, 7.0, answers[1]]))
        {
            column.push(value);
        }
        let signal = answers[0] + answers[1] / 2.0 + measured / 3.0 + 2.0 * random.uniform();
        // Every class has a row.
        let class = if (row as u32) < class_count { row as f64 } else { signal.max(0.0) };
        y.push((class as u32).min(class_count - 1));
    }
    (Matrix::new(columns).unwrap(), y)
}

fn fit(x: &Matrix, y: &[u32], classes: usize, parameters: &Parameters) -> GradientBoosting {
    gradient_boosting::fit(x, y, classes, parameters, &mut |_, _| {}).unwrap()
}

#[test]
fn every_split_is_the_first_best_cut() {
    for (seed, rows, classes) in [(1, 700, 2), (2, 90, 2), (3, 400, 3), (4, 5, 2)] {
        let (x, y) = mixed_rows(seed, rows, classes);
        let parameters = Parameters {
            n_estimators: 12,
            max_depth: 4,
            min_samples_leaf: if seed == 3 { 7 } else { 1 },
            min_samples_split: if seed == 2 { 20 } else { 2 },
            learning_rate: 0.3,
            ..Parameters::default()
        };
        let model = fit(&x, &y, classes as usize, &parameters);
        assert_is_greedy(&model, &x, &y, &parameters);
    }
}

#[test]
fn equal_arguments_give_equal_bits() {
    let (x, y) = mixed_rows(5, 500, 3);
    let bits = || {
        let model = fit(&x, &y, 3, &Parameters::default());
        let nodes = model.trees.nodes().iter();
        nodes.map(|node| (node.feature, node.child, node.value.to_bits())).collect::<Vec<_>>()
    };
    assert_eq!(bits(), bits());
}

#[test]
fn a_column_that_is_repeated_or_constant_changes_nothing() {
    let (x, y) = mixed_rows(6, 300, 2);
    let model = fit(&x, &y, 2, &Parameters::default());
    // Columns 5 (constant) and 6 (column 1 again) come last, so they are never the first.
    let fewer = Matrix::new(x.columns()[..5].to_vec()).unwrap();
    assert_eq!(model.trees.nodes(), fit(&fewer, &y, 2, &Parameters::default()).trees.nodes());
}

#[test]
fn columns_that_say_nothing_give_the_class_shares() {
    let x = Matrix::new(vec![vec![3.0; 10]]).unwrap();
    let y = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
    let model = fit(&x, &y, 2, &Parameters::default());
    assert_eq!(model.trees.nodes().len(), model.trees.len());
    assert!((model.predict_proba(&[0.0])[1] - 0.4).abs() < 1e-12);
    // No column at all is the same.
    let none = Matrix::default();
    assert_eq!(
        gradient_boosting::fit(&none, &y, 2, &Parameters::default(), &mut |_, _| {}),
        Err(FitError::Length { rows: 0, classes: 10 })
    );
}

#[test]
fn progress_counts_rounds() {
    let (x, y) = mixed_rows(7, 50, 2);
    let parameters = Parameters { n_estimators: 3, ..Parameters::default() };
    let mut told = Vec::new();
    gradient_boosting::fit(&x, &y, 2, &parameters, &mut |done, total| told.push((done, total)))
        .unwrap();
    assert_eq!(told, [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let x = Matrix::new(vec![vec![1.0, 2.0]]).unwrap();
    let fit = |x: &Matrix, y: &[u32], classes, parameters: &Parameters| {
        gradient_boosting::fit(x, y, classes, parameters, &mut |_, _| {}).unwrap_err().to_string()
    };
    let parameters = Parameters::default();
    assert_eq!(fit(&x, &[0, 0], 2, &parameters), "class 1 has no row to learn from");
    assert_eq!(fit(&x, &[0, 2], 2, &parameters), "row 1 has the class 2 of 2");
    assert_eq!(
        fit(&x, &[0, 1], 2, &Parameters { learning_rate: f64::NAN, ..parameters }),
        "parameter learning_rate: NaN is not a number from 0.000000001 to 10"
    );
    let missing = Matrix::new(vec![vec![1.0, f64::NAN]]).unwrap();
    assert!(fit(&missing, &[0, 1], 2, &parameters).starts_with("column 0, row 1: NaN is missing"));
}

#[test]
fn parameters_are_set_by_name() {
    let mut parameters = Parameters::default();
    parameters.set("max_depth", 5.0).unwrap();
    assert_eq!(parameters.max_depth, 5);
    let unknown = parameters.set("max_dept", 5.0).unwrap_err().to_string();
    assert_eq!(unknown, "there is no parameter \"max_dept\"; did you mean \"max_depth\"?");
    let fraction = parameters.set("max_depth", 2.5).unwrap_err().to_string();
    assert_eq!(fraction, "parameter max_depth: 2.5 is not a whole number from 1 to 32");
    let expected = [100.0, 0.1, 1.0, 5.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.1, 0.0001];
    assert_eq!(parameters.values(), expected);
    let read: Parameters = serde_json::from_str("{\"n_estimators\": 7}").unwrap();
    assert_eq!(read, Parameters { n_estimators: 7, ..Parameters::default() });
    assert!(serde_json::from_str::<Parameters>("{\"trees\": 7}").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the numbers, the fit ends, is a valid model and its probabilities sum to 1.
    #[test]
    fn any_finite_numbers_are_fitted(
        rows in proptest::collection::vec((-1e6f64..1e6, 0u8..4, -1e-7f64..1e-7), 4..60),
        depth in 1usize..8,
    ) {
        let x = Matrix::new(vec![
            rows.iter().map(|row| row.0).collect(),
            rows.iter().map(|row| f64::from(row.1)).collect(),
            rows.iter().map(|row| row.2).collect(),
        ]).unwrap();
        let y: Vec<u32> = (0..rows.len() as u32).map(|row| row % 3).collect();
        let parameters = Parameters { n_estimators: 5, max_depth: depth, ..Parameters::default() };
        let model = fit(&x, &y, 3, &parameters);
        prop_assert!(
            Trees::new(model.trees.starts().to_vec(), model.trees.nodes().to_vec(), 3, &Limits::default()).is_ok()
        );
        let mut row = Vec::new();
        for index in 0..x.row_count() {
            x.read_row(index, &mut row);
            let total: f64 = model.predict_proba(&row).iter().sum();
            prop_assert!((total - 1.0).abs() < 1e-12);
        }
    }
}
