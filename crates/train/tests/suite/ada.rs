//! AdaBoost: against scikit-learn's vectors in both algorithms.

use crate::reference::{DataSet, differences, expected_rows, fit, parameters};
use crate::shared::vectors;

#[test]
fn boosting_agrees_with_scikit_learn() {
    for name in ["iris", "breast_cancer", "survey"] {
        // 1.9 boosts by SAMME, 1.2 by SAMME.R.
        for version in ["new", "sk122"] {
            let Some(expected) = vectors(&format!("{name}.expected.{version}")) else { return };
            let data = DataSet::read(name).unwrap();
            let model = &expected["models"]["ada_default"];
            let learner = fit("ada", &data.task(42), &parameters("ada", model));
            let found = data.predict(&learner);
            let (differ, distance) = differences(&found, &expected_rows(&model["proba"]));
            eprintln!(
                "{name} {version}: {differ} of {} rows differ, largest distance {distance:.1e}",
                found.len()
            );
        }
    }
}
