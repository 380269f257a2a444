//! Ridge, logistic regression and support vectors.

use modelseal_model::{Learner, Linear};
use modelseal_train::data::Matrix;
use modelseal_train::learn::{FitTask, ParameterValue, learner};
use modelseal_train::random::Mt19937;

use crate::model_vectors::{Case, Setting, accuracy_of_zscored, check};
use crate::shared::{assert_close, vectors};

#[test]
fn ridge_equals_scikit_learn() {
    check(&Case {
        model: "ridge_default",
        id: "ridge",
        parameters: &[],
        version_parameter: None,
        tolerance: [1e-9; 2],
    });
}

/// Against the reference's tightest solution: its default stops up to 3e-3 before it, and
/// even this one of 1.2.2 stops where the loss no longer changes, up to 7.2e-5 before it (1.9.1
/// and this optimum agree to 4e-7 on the same data).
#[test]
fn logistic_regression_equals_the_optimum() {
    check(&Case {
        model: "lr_tight",
        id: "lr",
        parameters: &[],
        version_parameter: None,
        tolerance: [1e-5, 1e-4],
    });
    check(&Case {
        model: "lr_C0.1_balanced",
        id: "lr",
        parameters: &[("C", Setting::Number(0.1)), ("class_weight", Setting::Word("balanced"))],
        version_parameter: None,
        tolerance: [1e-5, 1e-4],
    });
}

/// Rows of two overlapping clouds, with three columns.
fn clouds() -> (Matrix, Vec<u32>) {
    let mut random = Mt19937::new(3);
    let y: Vec<u32> = (0..200).map(|row| row % 2).collect();
    let columns = (0..3)
        .map(|column| {
            y.iter().map(|&y| random.uniform() * 4.0 + f64::from(y) * f64::from(column)).collect()
        })
        .collect();
    (Matrix::new(columns).unwrap(), y)
}

fn linear(id: &str, settings: &[(&str, ParameterValue)], x: &Matrix, y: &[u32]) -> Linear {
    let entry = learner(id).unwrap();
    let mut parameters = entry.defaults();
    settings.iter().for_each(|(name, value)| parameters.set(name, value).unwrap());
    let task = FitTask { x, y, class_count: 2, seed: 1 };
    match (entry.fit)(&task, &parameters, &mut |_, _| {}).unwrap() {
        Learner::Ridge(linear) | Learner::SupportVectors(linear) => linear,
        Learner::LogisticRegression(log_linear) => log_linear.linear,
        other => panic!("{} is not linear", other.id()),
    }
}

fn sums(linear: &Linear, x: &Matrix) -> Vec<f64> {
    (0..x.row_count())
        .map(|row| {
            let values = x.columns().iter().map(|column| column[row]);
            linear.intercepts[0] + values.zip(&linear.weights).map(|(x, w)| x * w).sum::<f64>()
        })
        .collect()
}

/// By hand: x = -1, 1 with targets -1, +1 gives w = 2 / (2 + alpha).
#[test]
fn ridge_by_hand() {
    let x = Matrix::new(vec![vec![-1.0, 1.0]]).unwrap();
    let found = linear("ridge", &[("alpha", ParameterValue::Number(2.0))], &x, &[0, 1]);
    assert_close(found.weights[0], 0.5, 1e-15, "weight");
    assert_close(found.intercepts[0], 0.0, 1e-15, "intercept");
}

/// The definition of the optimum: the gradient of the penalised loss is zero.
#[test]
fn logistic_regression_ends_where_the_gradient_vanishes() {
    let (x, y) = clouds();
    let found = linear("lr", &[("C", ParameterValue::Number(0.3))], &x, &y);
    let residuals: Vec<f64> = (sums(&found, &x).iter().zip(&y))
        .map(|(sum, &y)| 0.3 * (1.0 / (1.0 + (-sum).exp()) - f64::from(y)))
        .collect();
    assert_close(residuals.iter().sum(), 0.0, 1e-6, "intercept");
    for (column, weight) in x.columns().iter().zip(&found.weights) {
        let slope: f64 = column.iter().zip(&residuals).map(|(x, r)| x * r).sum();
        assert_close(slope + weight, 0.0, 1e-6, "weight");
    }
}

/// No direction leads further down from the support vector machine's answer.
#[test]
fn support_vectors_are_optimal() {
    let (x, y) = clouds();
    for alpha in [0.0001, 0.1] {
        let settings = [
            ("alpha", ParameterValue::Number(alpha)),
            ("tol", ParameterValue::Number(1e-8)),
            ("max_iter", ParameterValue::Number(1e6)),
        ];
        let found = linear("svm", &settings, &x, &y);
        let cost = |linear: &Linear| {
            let hinge = |(sum, &y): (&f64, &u32)| (1.0 - sum * (2.0 * f64::from(y) - 1.0)).max(0.0);
            let losses: f64 = sums(linear, &x).iter().zip(&y).map(hinge).sum();
            let squares: f64 = linear.weights.iter().chain(&linear.intercepts).map(|w| w * w).sum();
            alpha / 2.0 * squares + losses / y.len() as f64
        };
        let least = cost(&found);
        let mut random = Mt19937::new(5);
        for _ in 0..300 {
            let mut moved = found.clone();
            let numbers = moved.weights.iter_mut().chain(&mut moved.intercepts);
            numbers.for_each(|number| *number += (random.uniform() - 0.5) * 0.02);
            assert!(cost(&moved) >= least - 1e-9, "alpha {alpha}: {} {least}", cost(&moved));
        }
    }
}

/// The reference's random descent stops early, at another place with each seed: the vectors
/// hold the mean over ten. The optimum is better on two data sets. On the third, whose 30
/// columns nearly separate the classes, it follows single rows unless large weights cost
/// more: stopping early had the same effect.
#[test]
fn support_vectors_are_as_good_as_random_descent() {
    for (name, alpha) in [("iris", 1e-4), ("survey", 1e-4), ("breast_cancer", 1e-2)] {
        for version in ["new", "sk122"] {
            let Some(expected) = vectors(&format!("{name}.random.{version}")) else { return };
            let expected = &expected["models"]["svm_sgd_hinge"]["accuracy"]["mean"];
            let mean = expected.as_f64().unwrap();
            let found = accuracy_of_zscored("svm", name, &[("alpha", Setting::Number(alpha))]);
            eprintln!("svm {name} {version}: {found:.4}, the reference's mean {mean:.4}");
            assert!(found >= mean - 0.01, "{name} {version}: {found} {mean}");
        }
    }
}
