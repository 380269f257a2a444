//! Discriminant analysis, naive Bayes and the class shares.

use modelseal_model::Learner;
use modelseal_train::data::Matrix;
use modelseal_train::learn::{FitError, FitTask, ParameterValue, learner};

use crate::model_vectors::{Case, Setting, check};
use crate::shared::assert_close;

fn case(model: &'static str, id: &'static str, parameters: &'static [(&str, Setting)]) -> Case {
    let version_parameter = matches!(id, "lda" | "qda").then_some("unbiased");
    Case { model, id, parameters, version_parameter, tolerance: [1e-9; 2] }
}

#[test]
fn linear_discriminants_equal_scikit_learn() {
    check(&case("lda_svd", "lda", &[]));
    const AUTO: &[(&str, Setting)] =
        &[("solver", Setting::Word("lsqr")), ("shrinkage", Setting::Word("auto"))];
    check(&case("lda_lsqr_auto", "lda", AUTO));
    const FIXED: &[(&str, Setting)] = &[
        ("solver", Setting::Word("eigen")),
        ("shrinkage", Setting::Word("fixed")),
        ("shrinkage_share", Setting::Number(0.1)),
    ];
    check(&case("lda_eigen_0.1", "lda", FIXED));
}

#[test]
fn quadratic_discriminants_equal_scikit_learn() {
    check(&case("qda_default", "qda", &[]));
    check(&case("qda_reg0.1", "qda", &[("reg_param", Setting::Number(0.1))]));
}

#[test]
fn naive_bayes_equals_scikit_learn() {
    check(&case("nb_default", "nb", &[]));
    check(&case("nb_vs0.01", "nb", &[("var_smoothing", Setting::Number(0.01))]));
}

#[test]
fn the_dummy_equals_scikit_learn() {
    check(&case("dummy_prior", "dummy", &[]));
}

fn fit(id: &str, x: &Matrix, y: &[u32]) -> Result<Learner, FitError> {
    let entry = learner(id).unwrap();
    let task = FitTask { x, y, class_count: 2, seed: 1 };
    (entry.fit)(&task, &entry.defaults(), &mut |_, _| {})
}

/// Two classes of the same variance, their means at 0 and 2: the border is at 1, and the log
/// odds rise by 2 / variance a unit.
#[test]
fn normal_classes_by_hand() {
    let x = Matrix::new(vec![vec![-1.0, 1.0, 1.0, 3.0]]).unwrap();
    let y = [0, 0, 1, 1];
    for (id, variance) in [("lda", 2.0), ("qda", 2.0), ("nb", 1.0)] {
        let fitted = fit(id, &x, &y).unwrap();
        assert_close(fitted.predict_proba(&[1.0])[1], 0.5, 1e-9, id);
        let expected = 1.0 / (1.0 + (-2.0f64 / variance).exp());
        assert_close(fitted.predict_proba(&[2.0])[1], expected, 1e-8, id);
    }
    assert_eq!(fit("dummy", &x, &y).unwrap().predict_proba(&[9.0]), [0.5, 0.5]);
}

#[test]
fn rows_in_a_plane_have_no_density() {
    let line = vec![1.0, 2.0, 3.0, 4.0, 5.0, 7.0];
    let x = Matrix::new(vec![line.clone(), line.iter().map(|value| 2.0 * value).collect()]);
    let (x, y) = (x.unwrap(), [0, 1, 0, 1, 0, 1]);
    let refused = fit("qda", &x, &y).unwrap_err().to_string();
    assert!(refused.contains("class 0") && refused.contains("reg_param"), "{refused}");
    let entry = learner("qda").unwrap();
    let mut parameters = entry.defaults();
    parameters.set("reg_param", &ParameterValue::Number(0.1)).unwrap();
    let task = FitTask { x: &x, y: &y, class_count: 2, seed: 1 };
    assert!((entry.fit)(&task, &parameters, &mut |_, _| {}).is_ok());
    // Linear discriminants leave the direction out, and a constant column does no harm.
    assert!(fit("lda", &x, &y).is_ok());
    let x = Matrix::new(vec![line, vec![3.0; 6]]).unwrap();
    assert!(fit("qda", &x, &y).is_ok());
}
