use modelseal_train::prepare::{NormalizeMethod, NumericImputation, apply, impute, normalize};
use modelseal_train::split;

use crate::shared::{assert_close, indices, matrix, numbers, vectors};

#[test]
fn splits_equal_scikit_learn() {
    let Some(vectors) = vectors("splits") else { return };
    for case in vectors["cases"].as_array().unwrap() {
        let y = indices(&case["y"]);
        let seed = case["seed"].as_u64().unwrap() as u32;
        let stratified = split::stratified(&y, 0.7, seed).unwrap();
        assert_eq!(stratified.train, indices(&case["stratified_train"]));
        assert_eq!(stratified.test, indices(&case["stratified_test"]));
        let plain = split::plain(y.len() as u32, 0.7, seed).unwrap();
        assert_eq!(plain.train, indices(&case["plain_train"]));
        assert_eq!(plain.test, indices(&case["plain_test"]));
    }
}

#[test]
fn data_sets_are_split_and_scaled_like_scikit_learn() {
    for name in ["breast_cancer", "iris", "survey"] {
        let Some(data) = vectors(&format!("{name}.data")) else { return };
        let split = split::stratified(&indices(&data["y"]), 0.7, 42).unwrap();
        assert_eq!(split.train, indices(&data["train_idx"]));
        assert_eq!(split.test, indices(&data["test_idx"]));

        let mut train = matrix(&data["X"]).select_rows(&split.train);
        let impute = impute(&train, NumericImputation::Mean, &vec![false; train.column_count()]);
        assert!(impute.empty_columns.is_empty());
        apply(&impute.transform, &mut train);
        let modelseal_model::Transform::Normalize { center, scale, .. } =
            normalize(&train, NormalizeMethod::Zscore).unwrap()
        else {
            panic!("not a normalisation")
        };
        let modelseal_model::Transform::Impute { fill, .. } = impute.transform else {
            panic!("not an imputation")
        };
        for (column, (mean, deviation)) in numbers(&data["zscore_mean"])
            .into_iter()
            .zip(numbers(&data["zscore_scale"]))
            .enumerate()
        {
            let tolerance = 1e-13 * mean.abs().max(deviation);
            assert_close(fill[column], mean, tolerance, "fill");
            assert_close(center[column], mean, tolerance, "center");
            assert_close(scale[column], deviation, tolerance, "scale");
        }
    }
}
