use modelseal_train::metrics::{Confusion, auc, auc_of, brier, log_loss};
use serde_json::Value;

use crate::shared::{assert_close, indices, numbers, vectors};

fn assert_expected(expected: &Value, found: &[(&str, f64)]) {
    for (name, found) in found {
        assert_close(*found, expected[*name].as_f64().unwrap(), 1e-13, name);
    }
}

fn counts(expected: &Value) -> Vec<Vec<u64>> {
    let row = |row: &Value| indices(row).into_iter().map(u64::from).collect();
    expected["confusion"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn two_classes_equal_scikit_learn() {
    let Some(vectors) = vectors("metrics") else { return };
    for case in vectors["binary"].as_array().unwrap() {
        let y = indices(&case["y"]);
        let scores = numbers(&case["score"]);
        let probabilities: Vec<f64> = scores.iter().flat_map(|&p| [1.0 - p, p]).collect();
        let confusion = Confusion::new(&y, &indices(&case["pred"]), 2);
        let expected = &case["expected"];
        assert_eq!(confusion.counts(), counts(expected));
        assert_expected(
            expected,
            &[
                ("accuracy", confusion.accuracy()),
                ("recall", confusion.recall()),
                ("precision", confusion.precision()),
                ("f1", confusion.f1()),
                ("kappa", confusion.kappa()),
                ("mcc", confusion.mcc()),
                ("auc", auc(&y, &probabilities, 2)),
                ("log_loss", log_loss(&y, &probabilities, 2)),
                ("brier", brier(&y, &probabilities, 2)),
            ],
        );
        let positive: Vec<bool> = y.iter().map(|&class| class == 1).collect();
        assert_eq!(auc_of(&positive, &scores), auc(&y, &probabilities, 2));
    }
}

#[test]
fn more_classes_equal_scikit_learn() {
    let Some(vectors) = vectors("metrics") else { return };
    for case in vectors["multiclass"].as_array().unwrap() {
        let class_count = case["K"].as_u64().unwrap() as usize;
        let y = indices(&case["y"]);
        let probabilities: Vec<f64> =
            case["proba"].as_array().unwrap().iter().flat_map(numbers).collect();
        let confusion = Confusion::new(&y, &indices(&case["pred"]), class_count);
        let expected = &case["expected"];
        assert_eq!(confusion.counts(), counts(expected));
        assert_expected(
            expected,
            &[
                ("accuracy", confusion.accuracy()),
                ("recall_weighted", confusion.recall()),
                ("precision_weighted", confusion.precision()),
                ("f1_weighted", confusion.f1()),
                ("kappa", confusion.kappa()),
                ("mcc", confusion.mcc()),
                ("auc_ovr_weighted", auc(&y, &probabilities, class_count)),
                ("log_loss", log_loss(&y, &probabilities, class_count)),
            ],
        );
    }
}
