//! Comparisons: the same on any number of threads, resumed, stopped, and with failures.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use modelseal_train::experiment::{
    Candidate, Experiment, FeatureSelectionMethod, FoldResult, Hooks, Leaderboard, Ledger, Metric,
    Setup, TrainError,
};
use modelseal_train::learn::{LEARNERS, ParameterValue};

use crate::published::{SELECTED, Survey, hooks, never, no_clock, published_name, setup};
use crate::shared::{assert_close, numbers, vectors};

/// A ledger in memory.
#[derive(Default)]
struct Memory {
    results: Mutex<BTreeMap<String, Vec<FoldResult>>>,
    hits: AtomicUsize,
}

impl Ledger for Memory {
    fn get(&self, key: &str) -> Option<Vec<FoldResult>> {
        let found = self.results.lock().unwrap().get(key).cloned();
        self.hits.fetch_add(usize::from(found.is_some()), Ordering::Relaxed);
        found
    }

    fn put(&self, key: &str, results: &[FoldResult]) {
        let before = self.results.lock().unwrap().insert(key.to_owned(), results.to_vec());
        assert!(before.is_none());
    }
}

fn ids() -> Vec<&'static str> {
    LEARNERS.iter().map(|entry| entry.id).collect()
}

pub(crate) mod small {
    use modelseal_model::{Class, InputField};
    use modelseal_train::data::{CsvLimits, Table, read_csv};
    use modelseal_train::experiment::Task;
    use modelseal_train::random::Mt19937;

    use crate::real_data::{classes, input};

    /// Four columns; the answer follows from two of them, mostly.
    pub(crate) struct Small {
        table: Table,
        inputs: Vec<InputField>,
        classes: Vec<Class>,
    }

    impl Small {
        pub(crate) fn new(with_leak: bool) -> Self {
            let mut random = Mt19937::new(11);
            let mut csv = "a,b,c,d,answer\n".to_owned();
            for _ in 0..300 {
                let [a, b, c] = [0; 3].map(|_| random.up_to(20) as f64 / 4.0);
                let answer = u32::from(a + 0.5 * b + 2.0 * random.uniform() > 4.5);
                let d = if with_leak { f64::from(answer) } else { random.uniform() };
                csv += &format!("{a},{b},{c},{d},{answer}\n");
            }
            let table =
                read_csv(csv.as_bytes(), "test", &CsvLimits::default(), &mut |_| {}).unwrap();
            let inputs = ["a", "b", "c", "d"].map(input).to_vec();
            Self { table, inputs, classes: classes(["0", "1"]) }
        }

        pub(crate) fn task(&self) -> Task<'_> {
            Task {
                table: &self.table,
                inputs: &self.inputs,
                target: "answer",
                classes: &self.classes,
            }
        }
    }
}

pub(crate) fn small_setup() -> Setup {
    Setup {
        remove_outliers: true,
        feature_selection: true,
        feature_selection_method: FeatureSelectionMethod::Univariate,
        n_features_to_select: 3.0,
        ..Setup::default()
    }
}

fn on_threads(count: usize, task: &small::Small, setup: Setup) -> Leaderboard {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
    pool.install(|| {
        let mut experiment = Experiment::new(task.task(), setup).unwrap();
        experiment.compare(&ids(), Metric::Accuracy, &mut hooks(&mut (), None)).unwrap()
    })
}

#[test]
fn any_number_of_threads_gives_the_same_leaderboard() {
    let small = small::Small::new(false);
    let one = on_threads(1, &small, small_setup());
    assert_eq!(one.rows.len() + one.failed.len(), LEARNERS.len());
    assert!(one.failed.is_empty(), "{:?}", one.failed);
    assert_eq!(one.preparation.len(), 10);
    assert!(one.leaks.is_empty());
    for count in [2, 8] {
        // No assert_eq: a difference would print two whole tables.
        assert!(on_threads(count, &small, small_setup()) == one, "{count} threads");
    }
    let accuracies: Vec<f64> = one.rows.iter().map(|row| row.mean.rounded().accuracy).collect();
    assert!(accuracies.is_sorted_by(|left, right| left >= right), "{accuracies:?}");
    assert_eq!(one.rows[0].versus_best, None);
    assert!(one.rows[1..].iter().all(|row| row.versus_best.is_some()));
    // Tables travel as JSON.
    let json = serde_json::to_string(&one).unwrap();
    assert!(serde_json::from_str::<Leaderboard>(&json).unwrap() == one);
}

#[test]
fn what_the_ledger_knows_is_not_fitted_again() {
    let small = small::Small::new(false);
    let memory = Memory::default();
    let run = |setup: Setup| {
        let mut experiment = Experiment::new(small.task(), setup).unwrap();
        let mut progress = ();
        experiment.compare(&["gbc"], Metric::Auc, &mut hooks(&mut progress, Some(&memory))).unwrap()
    };
    let first = run(small_setup());
    assert_eq!(memory.hits.swap(0, Ordering::Relaxed), 0);
    let again = run(small_setup());
    assert_eq!(memory.hits.swap(0, Ordering::Relaxed), 10);
    assert_eq!((again.rows, again.preparation.len()), (first.rows, 0));
    // Another setup is another question.
    run(Setup { session_id: 7, ..small_setup() });
    assert_eq!(memory.hits.load(Ordering::Relaxed), 0);
}

#[test]
fn a_stopped_comparison_tells_how_far_it_came() {
    let small = small::Small::new(false);
    let asked = AtomicUsize::new(0);
    // Ten questions for the parts, then four fits.
    let stop = || asked.fetch_add(1, Ordering::SeqCst) >= 14;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let found = pool.install(|| {
        let mut experiment = Experiment::new(small.task(), small_setup()).unwrap();
        let mut hooks =
            Hooks { progress: &mut (), clock: &no_clock, should_stop: &stop, ledger: None };
        experiment.compare(&["gbc"], Metric::Accuracy, &mut hooks).unwrap()
    });
    assert!(found.rows.is_empty());
    assert_eq!(found.failed[0].reason, "stopped after 4 of 10 parts");
}

#[test]
fn leaks_are_told_and_unknown_learners_refused() {
    let small = small::Small::new(true);
    let mut experiment = Experiment::new(small.task(), Setup::default()).unwrap();
    let mut nobody = ();
    let found =
        experiment.compare(&["gbc"], Metric::Accuracy, &mut hooks(&mut nobody, None)).unwrap();
    assert_eq!(found.leaks.len(), 1);
    assert_eq!((found.leaks[0].column.as_str(), found.leaks[0].auc), ("d", 1.0));
    let error =
        experiment.compare(&["gbcc"], Metric::Accuracy, &mut hooks(&mut nobody, None)).unwrap_err();
    assert!(matches!(error, TrainError::Learner(_)));
}

#[test]
fn created_and_final_models_are_fitted_on_more_and_more_rows() {
    let small = small::Small::new(false);
    let mut experiment = Experiment::new(small.task(), small_setup()).unwrap();
    let gbc = Candidate::new("gbc").unwrap();
    let created = experiment.create(&gbc, &mut hooks(&mut (), None)).unwrap();
    assert_eq!(created.cross_validated.folds.len(), 10);
    assert_eq!(created.pipeline.row_count, 210);
    let hold_out = experiment.evaluate(&created.pipeline);
    assert_close(hold_out.accuracy, created.cross_validated.mean.accuracy, 0.1, "accuracy");
    assert_eq!(experiment.finalize(&gbc, &mut ()).unwrap().row_count, 300);
}

/// The published tables, from the learners that there are.
fn print(board: &Leaderboard) {
    for row in &board.rows {
        let mean = row.mean;
        eprintln!(
            "{:9} {:.4} {:.4} {:.4} {:.4} {:.4} {:.4} {:.4} fit {:.3} s predict {:.3} s p {:?}",
            row.id,
            mean.accuracy,
            mean.auc,
            mean.recall,
            mean.precision,
            mean.f1,
            mean.kappa,
            mean.mcc,
            row.fit_seconds,
            row.predict_seconds,
            row.versus_best.map(|test| test.p)
        );
    }
    for failed in &board.failed {
        eprintln!("{:9} FAILED {}", failed.id, failed.reason);
    }
}

/// The setup of the walk-through on all columns, seed 42: in each part the rows that
/// scikit-learn's isolation forest keeps and the columns that LightGBM's splits rank first,
/// with its very numbers of splits. The scores are those of the published table.
#[test]
fn the_published_leaderboard_is_reproduced() {
    let Some(survey) = Survey::read(None) else { return };
    let (Some(tables), Some(anchors)) = (vectors("document_tables"), vectors("brfss_anchors"))
    else {
        return;
    };
    let start = Instant::now();
    let clock = || start.elapsed();
    let mut nobody = ();
    let mut hooks =
        Hooks { progress: &mut nobody, clock: &clock, should_stop: &never, ledger: None };
    let mut experiment = Experiment::new(survey.task(), setup()).unwrap();
    let board = experiment.compare(&ids(), Metric::Accuracy, &mut hooks).unwrap();
    print(&board);
    eprintln!("compared in {:?}", start.elapsed());
    assert!(board.failed.is_empty() && board.leaks.is_empty());
    assert_eq!(board.preparation.len(), 10);
    for (fold, reports) in board.preparation.iter().enumerate() {
        let expected = &anchors["cv_sklearn122"]["prep"][fold];
        let report = |step: &str| reports.iter().find(|it| it.step == step).unwrap();
        assert_eq!(report("remove_outliers").rows.1 as u64, expected["kept"].as_u64().unwrap());
        let select = report("feature_selection");
        assert_eq!(select.columns, (21, 4));
        let mut kept: Vec<&str> =
            select.importances[..4].iter().map(|score| score.column.as_str()).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["Age", "BMI", "GeneralHealth", "Income"]);
        let splits = expected["importances"].as_object().unwrap();
        assert_eq!(splits.len(), 21);
        for (column, splits) in splits {
            let name = published_name(column);
            let score = select.importances.iter().find(|score| score.column == name).unwrap();
            assert_eq!(score.score, splits.as_f64(), "part {fold}, {column}");
        }
    }
    let row = |id: &str| board.rows.iter().find(|row| row.id == id).unwrap();
    for (id, tolerance) in [("gbc", 1e-3), ("ridge", 1e-5), ("lda", 1e-5), ("qda", 1e-5)] {
        for (fold, found) in row(id).folds.iter().enumerate() {
            let expected = &anchors["cv_sklearn122"]["folds"][id][fold];
            for metric in Metric::ALL {
                let expected = expected[metric.name().trim_end_matches('.')].as_f64().unwrap();
                assert_close(found.scores.get(metric), expected, tolerance, id);
            }
        }
    }
    assert_eq!(board.rows[0].id, "gbc");
    for (id, published) in tables["compare_models"].as_object().unwrap() {
        let (mean, reference) = (row(id).mean, &anchors["cv_sklearn122"]["mean"][id]);
        let number = |metric: &str| published[metric].as_f64().unwrap();
        assert_close(mean.accuracy, number("Accuracy"), 0.002, id);
        // Learners without probabilities are published with an area of 0.
        let auc =
            if number("AUC") > 0.0 { number("AUC") } else { reference["AUC"].as_f64().unwrap() };
        assert_close(mean.auc, auc, 0.002, id);
        let recall = if id == "svm" { 0.01 } else { 0.005 };
        assert_close(mean.recall, number("Recall"), recall, id);
    }
}

/// The four columns alone, without outlier removal.
#[test]
fn the_published_columns_alone_compare_alike() {
    let Some(survey) = Survey::read(Some(&SELECTED)) else { return };
    let start = Instant::now();
    let clock = || start.elapsed();
    let mut nobody = ();
    let mut hooks =
        Hooks { progress: &mut nobody, clock: &clock, should_stop: &never, ledger: None };
    let mut experiment = Experiment::new(survey.task(), Setup::default()).unwrap();
    let board = experiment.compare(&["gbc"], Metric::Auc, &mut hooks).unwrap();
    print(&board);
    assert!(board.rows[0].mean.accuracy > 0.73 && board.rows[0].mean.auc > 0.805);
}

/// The candidate that the published search chose, fitted as published: what it answers for the
/// rows held out. It draws rows and columns, so a few answers differ.
#[test]
fn the_published_candidate_answers_the_published_matrix() {
    let Some(survey) = Survey::read(None) else { return };
    let Some(tables) = vectors("document_tables") else { return };
    let tuned = &tables["from_model_pkl"]["tuned_gbc"];
    let mut candidate = Candidate::new("gbc").unwrap();
    for spec in candidate.entry.parameters {
        let value = match &tuned[spec.name] {
            serde_json::Value::Number(number) => ParameterValue::Number(number.as_f64().unwrap()),
            serde_json::Value::String(word) => ParameterValue::Word(word.clone()),
            _ => continue,
        };
        candidate = candidate.with(spec.name, &value).unwrap();
    }
    let experiment = Experiment::new(survey.task(), setup()).unwrap();
    let pipeline = experiment.fit(&candidate, &mut ()).unwrap();
    let found = experiment.evaluate(&pipeline);
    eprintln!("{:?}", found.confusion);
    for (found, expected) in found.confusion.iter().flatten().zip([7196, 3408, 2284, 8320]) {
        assert!(found.abs_diff(expected) <= 20, "{found} for {expected}");
    }
}

/// What selection and outlier removal cost, as measured with LightGBM; all columns reach more, and
/// still more with longer boosting.
#[test]
fn all_columns_are_better() {
    let Some(survey) = Survey::read(None) else { return };
    let (Some(selected), Some(effects)) = (Survey::read(Some(&SELECTED)), vectors("brfss_effects"))
    else {
        return;
    };
    let outliers = Setup { remove_outliers: true, ..Setup::default() };
    let mean = |survey: &Survey, setup: Setup, candidate: &Candidate| {
        let mut experiment = Experiment::new(survey.task(), setup).unwrap();
        experiment.create(candidate, &mut hooks(&mut (), None)).unwrap().cross_validated.mean
    };
    let lightgbm = Candidate::new("lightgbm").unwrap();
    for (name, survey, setup) in [
        ("21 feat, no outlier removal", &survey, Setup::default()),
        ("21 feat, iforest 5% out", &survey, outliers),
        ("4 feat, no outlier removal", &selected, Setup::default()),
    ] {
        let found = mean(survey, setup, &lightgbm);
        let expected = numbers(&effects[name]);
        eprintln!("{name}: {:.5} {:.5} {:.5}, {expected:?}", found.accuracy, found.auc, found.f1);
        assert_close(found.accuracy, expected[0], 2e-5, name);
        assert_close(found.auc, expected[1], 2e-5, name);
        assert_close(found.f1, expected[2], 2e-5, name);
    }
    // More trees with smaller steps, each on half of the rows.
    let values = [("n_estimators", 400.0), ("learning_rate", 0.05), ("subsample", 0.5)];
    let longer = values.iter().fold(Candidate::new("gbc").unwrap(), |candidate, (name, value)| {
        candidate.with(name, &ParameterValue::Number(*value)).unwrap()
    });
    let found = mean(&survey, Setup::default(), &longer);
    eprintln!("gbc {values:?}: {:.5} {:.5}", found.accuracy, found.auc);
    assert!(found.accuracy >= 0.753 && found.auc >= 0.831, "{found:?}");
}

/// The answer follows from two columns; a selection that keeps one of them is advised against.
#[test]
fn a_selection_that_costs_much_is_advised_against() {
    let table = small::Small::new(false);
    let advice = |feature_selection: bool| {
        let setup = Setup {
            remove_outliers: false,
            feature_selection,
            n_features_to_select: 0.25,
            ..small_setup()
        };
        let mut experiment = Experiment::new(table.task(), setup).unwrap();
        experiment.compare(&["lr"], Metric::Accuracy, &mut hooks(&mut (), None)).unwrap().advice
    };
    assert_eq!(advice(false), None);
    let advice = advice(true).unwrap();
    assert_eq!(advice.id, "lr");
    assert!(advice.all.auc > advice.selected.auc, "{advice:?}");
}
