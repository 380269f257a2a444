//! Looking for better values of a learner's parameters.
//!
//! [`Search::Published`]: J. Bergstra, Y. Bengio, "Random Search for Hyper-Parameter
//! Optimization", JMLR 13, 2012, over the published lists: the ten candidates of a seed are
//! those of the published search. [`Search::Tpe`]: see `density` and `race`.

mod density;
mod grid;
mod race;
mod sample;

use self::density::Space;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::compare::{Experiment, one};
use super::hooks::Hooks;
use super::leaderboard::{CrossValidated, FailedLearner};
use super::pipeline::Pipeline;
use super::{Candidate, Metric, TrainError};
use crate::learn::{ParameterError, ParameterValue};
use crate::student::PairedTest;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TuneOptions {
    /// Candidates to try; all, when the lists have no more. Default 10.
    pub n_iter: usize,
    /// How candidates are found. Default `tpe`.
    pub search: Search,
    /// The measure whose mean over the parts decides. Default `Accuracy`.
    pub optimize: Metric,
    /// Whether the original is returned when no candidate is better. Default true.
    pub choose_better: bool,
}

/// How candidates are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// Where good candidates were dense so far, in the tuning ranges of the parameters, with
    /// every number of rounds of boosting at the price of one fit, and hopeless candidates
    /// given up early. A learner without tuning ranges is searched by the published lists.
    Tpe,
    /// At random from the published lists.
    Published,
}

impl Default for TuneOptions {
    fn default() -> Self {
        Self { n_iter: 10, search: Search::Tpe, optimize: Metric::Accuracy, choose_better: true }
    }
}

/// One combination of the published lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// Its position in the product of the lists.
    pub index: u64,
    /// One value a list, under the published names.
    pub values: BTreeMap<String, ParameterValue>,
}

/// One candidate and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its position in the product of the published lists, when it comes from there.
    pub index: Option<u64>,
    /// The values that it tries, by name.
    pub values: BTreeMap<String, ParameterValue>,
    /// Names of it that this learner does not have; they had no effect.
    pub ignored: Vec<String>,
    /// Its folds, when all were fitted.
    pub result: Option<CrossValidated>,
    /// Why not, when not.
    pub failure: Option<String>,
    /// Parts after which it was given up, when it was.
    pub abandoned_after: Option<usize>,
}

impl Trial {
    fn new(index: Option<u64>, values: BTreeMap<String, ParameterValue>) -> Self {
        Self {
            index,
            values,
            ignored: Vec::new(),
            result: None,
            failure: None,
            abandoned_after: None,
        }
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Tuned {
    /// The measure that decided.
    pub optimize: Metric,
    /// All candidates, in the order in which they were tried.
    pub trials: Vec<Trial>,
    /// Position of the best among them: the largest mean, the first of equal ones. None when
    /// all failed.
    pub best: Option<usize>,
    /// The learner as it was before.
    pub original: CrossValidated,
    /// The best candidate minus the original. The best of many is picked by the very parts
    /// that it is tested on: a small p is no proof, a large one says that nothing was gained.
    pub gain: Option<PairedTest>,
    /// Whether the best candidate is returned rather than the original.
    pub is_better: bool,
    /// What is returned.
    pub candidate: Candidate,
    /// That, fitted on the training part.
    pub pipeline: Pipeline,
}

/// The combinations that `seed` draws for a learner: none when it has no published lists.
pub fn draws(id: &str, n_iter: usize, seed: u32) -> Vec<Draw> {
    let mut lists = grid::lists(id);
    // The last name by the alphabet changes fastest.
    lists.sort_by(|left, right| right.name.cmp(left.name));
    if lists.is_empty() {
        return Vec::new();
    }
    let total = lists.iter().map(|list| list.values.len() as u64).product();
    sample::sample(total, n_iter, seed)
        .into_iter()
        .map(|index| {
            let mut rest = index;
            let mut values = BTreeMap::new();
            for list in &lists {
                let count = list.values.len() as u64;
                let value = list.values[(rest % count) as usize].clone();
                values.insert(list.name.to_owned(), value);
                rest /= count;
            }
            Draw { index, values }
        })
        .collect()
}

impl Experiment<'_> {
    /// Searches for better values of the parameters of `original`.
    ///
    /// All candidates and the original are cross-validated on the same parts. Values that a
    /// candidate does not name stay as they are in `original`.
    ///
    /// # Errors
    /// [`TrainError`] when the rows cannot be prepared or the original cannot be fitted.
    pub fn tune(
        &mut self,
        original: &Candidate,
        options: &TuneOptions,
        hooks: &mut Hooks<'_>,
    ) -> Result<Tuned, TrainError> {
        let before = one(self.cross_validate(std::slice::from_ref(original), hooks)?)?;
        let space = Space::of(original);
        let (trials, candidates) = match options.search {
            Search::Tpe if !space.is_empty() => {
                self.search_by_density(original, &before, space, options, hooks)?
            }
            _ => self.search_published(original, options, hooks)?,
        };
        let mean = |row: &CrossValidated| options.optimize.oriented(row.mean.get(options.optimize));
        let mut best: Option<(usize, &CrossValidated)> = None;
        for (position, trial) in trials.iter().enumerate() {
            if let Some(row) = &trial.result
                && best.is_none_or(|(_, best)| mean(row) > mean(best))
            {
                best = Some((position, row));
            }
        }
        let share = self.cross_validation.test_share();
        let gain = best.and_then(|(_, row)| row.versus(&before, options.optimize, share));
        let is_better =
            best.is_some_and(|(_, row)| !options.choose_better || mean(row) > mean(&before));
        let best = best.map(|(position, _)| position);
        let chosen = best.filter(|_| is_better).and_then(|best| candidates[best].clone());
        let candidate = chosen.unwrap_or_else(|| original.clone());
        let pipeline = self.fit(&candidate, hooks.progress)?;
        Ok(Tuned {
            optimize: options.optimize,
            trials,
            best,
            original: before,
            gain,
            is_better,
            candidate,
            pipeline,
        })
    }

    /// The published random search: all candidates on all parts.
    fn search_published(
        &mut self,
        original: &Candidate,
        options: &TuneOptions,
        hooks: &mut Hooks<'_>,
    ) -> Result<(Vec<Trial>, Vec<Option<Candidate>>), TrainError> {
        let draws = draws(original.entry.id, options.n_iter, self.setup.session_id);
        let adapted: Vec<Result<Adapted, ParameterError>> =
            draws.iter().map(|draw| adapt(original, draw)).collect();
        let fitted: Vec<Candidate> =
            adapted.iter().flatten().map(|adapted| adapted.candidate.clone()).collect();
        let mut results = self.cross_validate(&fitted, hooks)?.into_iter();
        let (mut trials, mut candidates) = (Vec::new(), Vec::new());
        for (Draw { index, values }, adapted) in draws.into_iter().zip(adapted) {
            let mut trial = Trial::new(Some(index), values);
            match adapted {
                Ok(Adapted { ignored, candidate }) => {
                    trial.ignored = ignored;
                    match results.next() {
                        Some(Ok(row)) => trial.result = Some(row),
                        Some(Err(FailedLearner { reason, .. })) => trial.failure = Some(reason),
                        None => {}
                    }
                    candidates.push(Some(candidate));
                }
                Err(error) => {
                    trial.failure = Some(error.to_string());
                    candidates.push(None);
                }
            }
            trials.push(trial);
        }
        Ok((trials, candidates))
    }
}

/// A published combination in the terms of this crate.
struct Adapted {
    candidate: Candidate,
    ignored: Vec<String>,
}

/// # Errors
/// [`ParameterError`] when the learner refuses a value.
fn adapt(original: &Candidate, draw: &Draw) -> Result<Adapted, ParameterError> {
    let mut candidate = original.clone();
    let mut ignored = Vec::new();
    for (name, value) in &draw.values {
        // A number is the share of shrinkage itself; the sample covariance is none of it.
        let settings: Vec<(&str, ParameterValue)> = match (name.as_str(), value) {
            ("shrinkage", ParameterValue::Number(_)) => vec![
                ("shrinkage", ParameterValue::Word("fixed".to_owned())),
                ("shrinkage_share", value.clone()),
            ],
            ("shrinkage", ParameterValue::Word(word)) if word == "empirical" => {
                vec![("shrinkage", ParameterValue::Word("none".to_owned()))]
            }
            (name, value) => vec![(name, value.clone())],
        };
        for (name, value) in settings {
            match candidate.parameters.set(name, &value) {
                Ok(()) => {}
                Err(ParameterError::Unknown { .. }) => ignored.push(name.to_owned()),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(Adapted { candidate, ignored })
}
