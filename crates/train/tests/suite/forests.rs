//! Forests: against scikit-learn over ten seeds, and their promises.

use crate::reference::{DataSet, fit};
use crate::shared::vectors;
use modelseal_train::learn::learner;

#[test]
fn forests_agree_with_scikit_learn_over_ten_seeds() {
    for name in ["iris", "breast_cancer", "survey"] {
        for version in ["new", "sk122"] {
            let Some(expected) = vectors(&format!("{name}.random.{version}")) else { return };
            let data = DataSet::read(name).unwrap();
            for id in ["rf", "et"] {
                let parameters = learner(id).unwrap().defaults();
                let measured: Vec<(f64, f64)> = (0..10)
                    .map(|seed| {
                        data.measure(&data.predict(&fit(id, &data.task(seed), &parameters)))
                    })
                    .collect();
                let mean =
                    |pick: fn(&(f64, f64)) -> f64| measured.iter().map(pick).sum::<f64>() / 10.0;
                for (metric, found) in [("accuracy", mean(|it| it.0)), ("auc", mean(|it| it.1))] {
                    let expected = &expected["models"][id][metric];
                    let (mean, deviation) =
                        (expected["mean"].as_f64().unwrap(), expected["std"].as_f64().unwrap());
                    let what = format!(
                        "{name} {version} {id} {metric}: {found} for {mean} +- {deviation}"
                    );
                    eprintln!("{what}");
                    assert!(
                        (found - mean).abs() <= 2.0 * deviation / 10f64.sqrt() + 1e-9,
                        "{what}"
                    );
                }
            }
        }
    }
}
