//! Models with random draws of their own: against ten seeds of the reference.

use modelseal_train::learn::{ParameterValue, learner};
use modelseal_train::prepare::{IsolationForest, inliers, quantile};

use crate::reference::{DataSet, fit};
use crate::shared::{assert_close, vectors};

/// The vectors' own rule: the mean over ten seeds lies within six standard errors, or a
/// hundredth, of the reference's.
#[test]
fn boosting_on_draws_of_rows_and_columns_is_as_good_as_the_reference() {
    let settings = [
        ("n_estimators", 120.0),
        ("learning_rate", 0.05),
        ("max_depth", 6.0),
        ("min_samples_split", 5.0),
        ("min_samples_leaf", 3.0),
        ("subsample", 0.65),
    ];
    let mut parameters = learner("gbc").unwrap().defaults();
    for (name, number) in settings {
        parameters.set(name, &ParameterValue::Number(number)).unwrap();
    }
    parameters.set("max_features", &ParameterValue::Word("sqrt".to_owned())).unwrap();
    for name in ["iris", "survey", "breast_cancer"] {
        for version in ["new", "sk122"] {
            let Some(expected) = vectors(&format!("{name}.random.{version}")) else { return };
            let data = DataSet::read(name).unwrap();
            let measured: Vec<(f64, f64)> = (0..10)
                .map(|seed| data.measure(&data.predict(&fit("gbc", &data.task(seed), &parameters))))
                .collect();
            let mean = |pick: fn(&(f64, f64)) -> f64| measured.iter().map(pick).sum::<f64>() / 10.0;
            for (metric, found) in [("accuracy", mean(|it| it.0)), ("auc", mean(|it| it.1))] {
                let expected = &expected["models"]["gbc_subsample0.65_sqrt"][metric];
                let number = |key: &str| expected[key].as_f64().unwrap();
                let tolerance = (6.0 * number("std") / 10f64.sqrt()).max(0.01);
                let what = format!("{name} {version} {metric}");
                eprintln!("{what}: {found:.4} for {:.4} +- {:.4}", number("mean"), number("std"));
                assert_close(found, number("mean"), tolerance, &what);
            }
        }
    }
}

/// Trees are drawn like the reference's: the same threshold, the same number of rows.
#[test]
fn the_isolation_forest_keeps_the_rows_of_the_reference() {
    for name in ["iris", "survey", "breast_cancer"] {
        let Some(expected) = vectors(&format!("{name}.random.new")) else { return };
        let data = DataSet::read(name).unwrap();
        let seeds = expected["isolation_forest_c0.05"].as_array().unwrap();
        assert_eq!(seeds.len(), 10);
        for (seed, expected) in (0u32..).zip(seeds) {
            let kept = inliers(&data.x_train, 0.05, seed).len() as u64;
            assert_eq!(Some(kept), expected["kept"].as_u64(), "{name} {seed}");
            let mut scores = IsolationForest::fit(&data.x_train, seed).scores(&data.x_train);
            scores.sort_by(f64::total_cmp);
            let offset = quantile(&scores, 0.05).unwrap();
            assert_close(offset, expected["offset"].as_f64().unwrap(), 1e-9, name);
        }
    }
}
