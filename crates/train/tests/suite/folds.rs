//! Parts of a cross-validation, against scikit-learn's.

use modelseal_train::{folds, split};

use crate::real_data::target;
use crate::shared::{indices, real_survey, select, vectors};

#[test]
fn folds_equal_scikit_learn() {
    let Some(vectors) = vectors("splits") else { return };
    for case in vectors["cases"].as_array().unwrap() {
        let Some(count) = case["kfold_k"].as_u64() else { continue };
        let y = indices(&case["y"]);
        let found = folds::stratified(&y, count as usize).unwrap();
        for (split, expected) in found.iter().zip(case["stratified_kfold_test"].as_array().unwrap())
        {
            assert_eq!(split.test, indices(expected));
            let is_learned = |row: &u32| !split.test.contains(row);
            let others: Vec<u32> = (0..y.len() as u32).filter(is_learned).collect();
            assert_eq!(split.train, others);
        }
    }
}

#[test]
fn data_sets_are_dealt_like_scikit_learn() {
    for name in ["breast_cancer", "iris", "survey"] {
        let Some(data) = vectors(&format!("{name}.data")) else { return };
        let folds_of = data["cv10_test_positions_in_train"].as_array().unwrap();
        let y = select(&indices(&data["y"]), &indices(&data["train_idx"]));
        let found = folds::stratified(&y, folds_of.len()).unwrap();
        for (split, expected) in found.iter().zip(folds_of) {
            assert_eq!(split.test, indices(expected), "{name}");
        }
    }
}

#[test]
fn the_real_survey_has_ten_equal_parts() {
    let Some(table) = real_survey() else { return };
    let y = target(&table);
    let y = select(&y, &split::stratified(&y, 0.7, 42).unwrap().train);
    let found = folds::stratified(&y, 10).unwrap();
    for split in found {
        assert!([4948, 4949].contains(&split.test.len()));
        assert_eq!(split.train.len() + split.test.len(), 49_484);
        assert!(split.train.is_sorted() && split.test.is_sorted());
    }
}
