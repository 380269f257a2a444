//! AdaBoost: against scikit-learn's vectors in both algorithms.

use crate::reference::{DataSet, differences, expected_rows, fit, parameters};
use crate::shared::{assert_close, numbers, vectors};
use modelseal_model::Learner;
use modelseal_train::data::Matrix;
use modelseal_train::learn::ada_boost::{self, Algorithm, Parameters};
use modelseal_train::learn::{FitTask, ParameterValue};

#[test]
fn boosting_agrees_with_scikit_learn() {
    for name in ["iris", "breast_cancer", "survey"] {
        // 1.9 boosts by SAMME, 1.2 by SAMME.R.
        for version in ["new", "sk122"] {
            let Some(expected) = vectors(&format!("{name}.expected.{version}")) else { return };
            let data = DataSet::read(name).unwrap();
            let model = &expected["models"]["ada_default"];
            let mut settings = parameters("ada", model);
            if version == "new" {
                settings.set("algorithm", &ParameterValue::Word("SAMME".to_owned())).unwrap();
            }
            let learner = fit("ada", &data.task(42), &settings);
            let found = data.predict(&learner);
            let (differ, distance) = differences(&found, &expected_rows(&model["proba"]));
            let what = format!(
                "{name} {version}: {differ} of {} rows differ, largest distance {distance:.1e}",
                found.len()
            );
            eprintln!("{what}");
            assert_eq!(differ, 0, "{what}");
            let (accuracy, auc) = data.measure(&found);
            assert_close(accuracy, model["metrics"]["accuracy"].as_f64().unwrap(), 1e-12, &what);
            assert_close(auc, model["metrics"]["auc"].as_f64().unwrap(), 1e-9, &what);
            let task = data.task(42);
            let parameters = Parameters::from_values(&settings).unwrap();
            let fitted = ada_boost::fit(&task, &parameters, &mut |_, _| {}).unwrap();
            // Real weights tie only up to rounding: of stumps that part the training rows in the
            // same way by two columns, either may be taken.
            let expected = numbers(&model["feature_importances_"]);
            let distances = fitted.importances.iter().zip(&expected).map(|(a, b)| (a - b).abs());
            eprintln!("{what}: importances differ by {:.3}", distances.fold(0.0, f64::max));
            assert_close(fitted.importances.iter().sum(), 1.0, 1e-12, &what);
        }
    }
}

/// One column, four rows, by hand: the first stump errs on one row of four, so its weight is
/// ln 3, and that row weighs as much as the other three afterwards.
#[test]
fn rounds_by_hand() {
    let x = Matrix::new(vec![vec![0.0, 0.0, 1.0, 1.0]]).unwrap();
    let task = FitTask { x: &x, y: &[0, 0, 1, 0], class_count: 2, seed: 1 };
    let algorithm = Algorithm::Samme;
    let parameters = Parameters { n_estimators: 1, algorithm, ..Parameters::default() };
    let fitted = ada_boost::fit(&task, &parameters, &mut |_, _| {}).unwrap();
    assert_eq!(fitted.importances, [1.0]);
    // Both leaves say class 0 (of equal weights the first), with the whole weight.
    assert_eq!(fitted.model.trees.table(), [1.0, -1.0, 1.0, -1.0]);
}

#[test]
fn nothing_to_learn_gives_equal_probabilities() {
    let x = Matrix::new(vec![vec![1.0; 4]]).unwrap();
    let task = FitTask { x: &x, y: &[0, 1, 0, 1], class_count: 2, seed: 1 };
    for algorithm in [Algorithm::Samme, Algorithm::SammeR] {
        let parameters = Parameters { algorithm, ..Parameters::default() };
        let fitted = ada_boost::fit(&task, &parameters, &mut |_, _| {}).unwrap();
        let learner = Learner::AdaBoost(fitted.model);
        assert_eq!(learner.predict_proba(&[1.0]), [0.5, 0.5]);
        assert_eq!(fitted.importances, [0.0]);
    }
}
