//! Tuning: the published candidates, and the choice between them.

use modelseal_train::experiment::{
    Candidate, CrossValidated, Experiment, Metric, Search, TuneOptions, Tuned, draws,
};
use modelseal_train::learn::{LEARNERS, ParameterValue};
use serde_json::Value;

use crate::compare::small::Small;
use crate::compare::small_setup;
use crate::published::{Survey, hooks, setup};
use crate::shared::vectors;

/// Whether a published value is ours: `{}` is `none`, the share 1.0 of the columns is `all`.
fn is_same(name: &str, ours: &ParameterValue, published: &Value) -> bool {
    match ours {
        ParameterValue::Number(number) => published.as_f64() == Some(*number),
        ParameterValue::Boolean(value) => published.as_bool() == Some(*value),
        ParameterValue::Word(word) if word == "none" => published.as_object().is_some(),
        ParameterValue::Word(word) if word == "all" => {
            name == "max_features" && published.as_f64() == Some(1.0)
        }
        ParameterValue::Word(word) => published.as_str() == Some(word),
    }
}

#[test]
fn candidates_are_the_published_ones() {
    let Some(vectors) = vectors("tune_candidates") else { return };
    for id in LEARNERS.iter().map(|entry| entry.id) {
        let published = &vectors["models"][id];
        let found = draws(id, 10, 42);
        let Some(candidates) = published["candidates"].as_array() else {
            // The whole grid.
            assert_eq!(Some(found.len() as u64), published["total"].as_u64(), "{id}");
            continue;
        };
        let indices = published["candidate_index"].as_array().unwrap();
        assert_eq!(found.len(), candidates.len(), "{id}");
        for ((draw, index), candidate) in found.iter().zip(indices).zip(candidates) {
            assert_eq!(Some(draw.index), index.as_u64(), "{id}");
            let candidate = candidate.as_object().unwrap();
            assert_eq!(draw.values.len(), candidate.len(), "{id}");
            for (name, value) in &draw.values {
                let expected = &candidate[name];
                assert!(is_same(name, value, expected), "{id} {name}: {value:?} {expected}");
            }
        }
    }
}

/// Every value of every list, not only those that are drawn.
#[test]
fn lists_are_the_published_ones() {
    let Some(vectors) = vectors("tune_candidates") else { return };
    for id in ["lr", "knn", "nb", "ridge", "qda", "ada", "lda"] {
        let published = &vectors["models"][id];
        let total = published["total"].as_u64().unwrap();
        let all = draws(id, total as usize, 42);
        assert_eq!(all.len() as u64, total, "{id}");
        let lists = published["tune_grid"].as_object().unwrap();
        for (name, expected) in lists {
            for value in expected.as_array().unwrap() {
                assert!(
                    all.iter().any(|draw| is_same(name, &draw.values[name], value)),
                    "{id} {name} {value}"
                );
            }
        }
    }
}

#[test]
fn the_better_one_is_returned_and_the_gain_told() {
    let small = Small::new(false);
    let mut experiment = Experiment::new(small.task(), small_setup()).unwrap();
    let ridge = Candidate::new("ridge").unwrap();
    let options = TuneOptions {
        n_iter: 4,
        search: Search::Published,
        optimize: Metric::F1,
        choose_better: true,
    };
    let tuned = experiment.tune(&ridge, &options, &mut hooks(&mut (), None)).unwrap();
    assert_eq!(tuned.trials.len(), 4);
    let best = tuned.trials[tuned.best.unwrap()].result.as_ref().unwrap();
    for row in tuned.trials.iter().filter_map(|trial| trial.result.as_ref()) {
        assert!(row.mean.f1 <= best.mean.f1);
    }
    let gain = tuned.gain.unwrap();
    assert!((gain.difference - (best.mean.f1 - tuned.original.mean.f1)).abs() < 1e-12);
    assert_eq!(tuned.is_better, best.mean.f1 > tuned.original.mean.f1);
    let returned = if tuned.is_better { best } else { &tuned.original };
    assert_eq!(tuned.candidate.values(), returned.parameters);

    // Without choose_better a worse one is returned, too.
    let options = TuneOptions { choose_better: false, ..options };
    let tuned = experiment.tune(&ridge, &options, &mut hooks(&mut (), None)).unwrap();
    assert!(tuned.is_better);
}

#[test]
fn values_that_a_learner_does_not_know_are_told() {
    let small = Small::new(false);
    let mut experiment = Experiment::new(small.task(), small_setup()).unwrap();
    let dummy = Candidate::new("dummy").unwrap();
    let options = TuneOptions { n_iter: 1, search: Search::Published, ..TuneOptions::default() };
    let tuned = experiment.tune(&dummy, &options, &mut hooks(&mut (), None)).unwrap();
    let trial = &tuned.trials[0];
    assert_eq!(trial.ignored, ["strategy"]);
}

/// The published search: no candidate is better than the default by more than chance.
#[test]
fn the_published_search_gains_nothing() {
    let Some(survey) = Survey::read(None) else { return };
    let mut experiment = Experiment::new(survey.task(), setup()).unwrap();
    let gbc = Candidate::new("gbc").unwrap();
    let options =
        TuneOptions { search: Search::Published, optimize: Metric::F1, ..TuneOptions::default() };
    let tuned = experiment.tune(&gbc, &options, &mut hooks(&mut (), None)).unwrap();
    for trial in &tuned.trials {
        let f1 = trial.result.as_ref().map(|row| row.mean.f1);
        eprintln!("{:?} {f1:?} {:?} {:?}", trial.index, trial.ignored, trial.failure);
    }
    eprintln!("{:?} {} {:?}", tuned.best, tuned.original.mean.f1, tuned.gain);
    assert!(tuned.gain.is_none_or(|gain| gain.p > 0.01 || gain.difference < 0.0));
}

fn tuned_on(threads: usize, id: &str, options: &TuneOptions) -> Tuned {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let small = Small::new(false);
        let mut experiment = Experiment::new(small.task(), small_setup()).unwrap();
        let candidate = Candidate::new(id).unwrap();
        experiment.tune(&candidate, options, &mut hooks(&mut (), None)).unwrap()
    })
}

#[test]
fn the_search_does_not_depend_on_threads() {
    for (id, metric) in [("gbc", Metric::Auc), ("nb", Metric::LogLoss), ("dt", Metric::F1)] {
        let options = TuneOptions { n_iter: 9, optimize: metric, ..TuneOptions::default() };
        let one = tuned_on(1, id, &options);
        assert_eq!(one.trials.len(), 9);
        for threads in [2, 8] {
            // No assert_eq: a difference would print two whole searches.
            assert!(tuned_on(threads, id, &options) == one, "{id} on {threads} threads");
        }
        let value = |row: &CrossValidated| metric.oriented(row.mean.get(metric));
        let best = one.trials[one.best.unwrap()].result.as_ref().unwrap();
        for trial in &one.trials {
            assert!(trial.result.as_ref().is_none_or(|row| value(row) <= value(best)));
            let ended = [trial.failure.is_some(), trial.abandoned_after.is_some()];
            assert_eq!(ended.contains(&true), trial.result.is_none());
        }
        assert_eq!(one.is_better, value(best) > value(&one.original));
    }
}

/// A stage of a longer fit is the fit of so many rounds.
#[test]
fn rounds_come_with_one_fit() {
    let options = TuneOptions { n_iter: 4, ..TuneOptions::default() };
    let tuned = tuned_on(2, "lightgbm", &options);
    let small = Small::new(false);
    let mut experiment = Experiment::new(small.task(), small_setup()).unwrap();
    for trial in tuned.trials.iter().filter(|trial| trial.result.is_some()) {
        let mut candidate = Candidate::new("lightgbm").unwrap();
        for (name, value) in &trial.values {
            candidate = candidate.with(name, value).unwrap();
        }
        let created = experiment.create(&candidate, &mut hooks(&mut (), None)).unwrap();
        let row = trial.result.as_ref().unwrap();
        assert_eq!(created.cross_validated.mean, row.mean);
        assert_eq!(created.cross_validated.parameters, row.parameters);
    }
}
