//! Steps of the preparation: against vectors, and what they report.

use modelseal_model::{Class, InputField};
use modelseal_train::data::{CsvLimits, Table, read_csv};
use modelseal_train::experiment::{
    Candidate, DropReason, Experiment, FeatureSelectionMethod, Setup, Task,
};
use modelseal_train::prepare::{average_path, collinear, quantile};
use modelseal_train::random::Mt19937;

use crate::published::Survey;
use crate::real_data::{classes, input};
use crate::shared::{assert_close, indices, matrix, numbers, vectors};

#[test]
fn collinear_columns_are_those_of_the_published_rule() {
    let Some(vectors) = vectors("multicollinearity") else { return };
    let names = vectors["columns"].as_array().unwrap();
    let threshold = vectors["threshold"].as_f64().unwrap();
    let found = collinear(&matrix(&vectors["X"]), &indices(&vectors["y"]), threshold);
    let dropped: Vec<&serde_json::Value> = found.iter().map(|it| &names[it.column]).collect();
    assert_eq!(dropped, vectors["pycaret_drop"].as_array().unwrap().iter().collect::<Vec<_>>());
    for it in found {
        let expected = vectors["corr"][it.column][it.kept].as_f64().unwrap();
        assert_close(it.correlation, expected, 1e-12, "correlation");
    }
}

#[test]
fn path_lengths_and_quantiles_equal_the_reference() {
    let Some(vectors) = vectors("iforest") else { return };
    for (rows, expected) in vectors["c_factor"].as_object().unwrap() {
        let found = average_path(rows.parse().unwrap());
        assert_close(found, expected.as_f64().unwrap(), 1e-9, rows);
    }
    let example = &vectors["percentile_linear"];
    let mut values = numbers(&example["values"]);
    values.sort_by(f64::total_cmp);
    let found = quantile(&values, example["q"].as_f64().unwrap() / 100.0).unwrap();
    assert_close(found, example["expected"].as_f64().unwrap(), 1e-12, "quantile");
}

/// `twin` doubles `size`; `noise` says nothing; one answer in eight is a yes.
fn small() -> (Table, Vec<InputField>, Vec<Class>) {
    let mut random = Mt19937::new(5);
    let mut csv = "size,noise,twin,answer\n".to_owned();
    for row in 0..400 {
        let size = random.up_to(79);
        let answer = u32::from(size >= 70);
        let twin = 2 * size + random.up_to(1);
        let noise = random.uniform();
        let size = if row % 50 == 7 { String::new() } else { size.to_string() };
        csv += &format!("{size},{noise},{twin},{answer}\n");
    }
    let table = read_csv(csv.as_bytes(), "test", &CsvLimits::default(), &mut |_| {}).unwrap();
    let inputs = ["size", "noise", "twin"].map(input).to_vec();
    (table, inputs, classes(["0", "1"]))
}

#[test]
fn each_step_reports_what_it_did() {
    let (table, inputs, classes) = small();
    let task = Task { table: &table, inputs: &inputs, target: "answer", classes: &classes };
    let setup = Setup {
        remove_multicollinearity: true,
        remove_outliers: true,
        fix_imbalance: true,
        feature_selection: true,
        feature_selection_method: FeatureSelectionMethod::Univariate,
        n_features_to_select: 1.0,
        ..Setup::default()
    };
    let experiment = Experiment::new(task, setup).unwrap();
    let pipeline = experiment.fit(&Candidate::new("gbc").unwrap(), &mut ()).unwrap();
    let steps: Vec<&str> = pipeline.reports.iter().map(|report| report.step.as_str()).collect();
    let expected = [
        "numeric_imputation",
        "remove_multicollinearity",
        "remove_outliers",
        "fix_imbalance",
        "normalize",
        "feature_selection",
    ];
    assert_eq!(steps, expected);
    let [impute, collinear, outliers, balance, _, select] = &pipeline.reports[..] else {
        panic!("six steps")
    };
    assert!(impute.filled > 0);
    assert_eq!(collinear.columns, (3, 2));
    let DropReason::Collinear { with, correlation } = &collinear.dropped[0].why else {
        panic!("not collinear")
    };
    assert_eq!(["size", "twin"].contains(&with.as_str()), *correlation > 0.9);
    assert_eq!(outliers.rows, (280, 266));
    assert!(balance.rows.1 > 400 && balance.rows.1.is_multiple_of(2), "{balance:?}");
    assert_eq!(select.columns, (2, 1));
    assert_eq!(select.dropped[0].column, "noise");
    assert!(matches!(select.dropped[0].why, DropReason::NotSelected { rank: 2, .. }));
    assert_eq!(select.importances.len(), 2);

    // Only what is left is asked for, and the hold-out part keeps all its rows.
    assert_eq!(pipeline.features.len(), 1);
    assert_eq!(pipeline.inputs(&inputs)[0].feature, *with);
    assert!(pipeline.transforms.len() == 2 && pipeline.row_count == 280);
    let hold_out = experiment.evaluate(&pipeline);
    assert_eq!((hold_out.n_train, hold_out.n_test), (280, 120));
    assert!(hold_out.accuracy > 0.9, "{hold_out:?}");
}

#[test]
fn options_outside_of_their_range_are_named() {
    let (table, inputs, classes) = small();
    let task = Task { table: &table, inputs: &inputs, target: "answer", classes: &classes };
    let cases: [(Setup, &str); 4] = [
        (
            Setup { outliers_threshold: 0.9, ..Setup::default() },
            "setup.outliers_threshold: 0.9 is not a share of the rows above 0 and up to 0.5",
        ),
        (
            Setup { n_features_to_select: 2.5, ..Setup::default() },
            "setup.n_features_to_select: 2.5 is not a share between 0 and 1 or a whole number",
        ),
        (Setup { fold: 1, ..Setup::default() }, "setup.fold: 1 is not at least 2"),
        (
            Setup { fold: 100, ..Setup::default() },
            "class 1 has 29 row(s) in the training part, fewer than the 100 parts of the cross-validation; set fold to at most 29, or add rows",
        ),
    ];
    for (setup, expected) in cases {
        assert_eq!(Experiment::new(task, setup).unwrap_err().to_string(), expected);
    }
}

/// 95% of 49,484 rows, drawn as scikit-learn draws with the same seed.
#[test]
fn outliers_of_the_real_survey_go() {
    let Some(survey) = Survey::read(None) else { return };
    let setup = Setup {
        remove_multicollinearity: true,
        remove_outliers: true,
        feature_selection: true,
        feature_selection_method: FeatureSelectionMethod::Univariate,
        ..Setup::default()
    };
    let experiment = Experiment::new(survey.task(), setup).unwrap();
    let pipeline = experiment.fit(&Candidate::new("dummy").unwrap(), &mut ()).unwrap();
    let outliers = pipeline.reports.iter().find(|it| it.step == "remove_outliers").unwrap();
    assert_eq!(outliers.rows, (49_484, 47_009));
    assert!(pipeline.reports[1].dropped.is_empty(), "{:?}", pipeline.reports[1]);
    let names: Vec<&str> = pipeline.features.iter().map(|it| it.name.as_str()).collect();
    eprintln!("univariate: {names:?}");
}
