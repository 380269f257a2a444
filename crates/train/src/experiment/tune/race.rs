//! Trying candidates in rounds, and giving up the hopeless ones.
//!
//! A round of candidates is fitted on the first parts only. Who loses to the best so far on
//! every one of them is given up, the others are fitted on the rest: a race in the sense of O.
//! Maron, A. W. Moore, "Hoeffding Races", NIPS 1993, with the comparison part by part, where
//! the parts' own difficulty cancels out. The size of a round is fixed, so that the number of
//! threads changes nothing.

use std::collections::BTreeMap;

use super::density::{Place, Space};
use super::{Trial, TuneOptions};
use crate::experiment::compare::Experiment;
use crate::experiment::cross_validation::Outcome;
use crate::experiment::hooks::Hooks;
use crate::experiment::leaderboard::{CrossValidated, FailedLearner};
use crate::experiment::{Candidate, TrainError};
use crate::learn::ParameterValue;
use crate::random::Mt19937;

/// Candidates that are proposed before the results of the last ones are known.
const ROUND: usize = 4;

/// Steps into which the range of the rounds of boosting is divided.
const STAGES: usize = 30;

/// Parts that a candidate is always fitted on: a third of all, at least this many.
const PARTS_MIN: usize = 3;

/// Trials, and the candidate of each that could be one.
type Searched = (Vec<Trial>, Vec<Option<Candidate>>);

impl Experiment<'_> {
    pub(super) fn search_by_density(
        &mut self,
        original: &Candidate,
        before: &CrossValidated,
        space: Space,
        options: &TuneOptions,
        hooks: &mut Hooks<'_>,
    ) -> Result<Searched, TrainError> {
        let metric = options.optimize;
        let oriented = |row: &CrossValidated| metric.oriented(row.mean.get(metric));
        let mut random = Mt19937::new(self.setup.session_id);
        let stages = stages(&space);
        let mut tried = vec![(space.place(original), oriented(before))];
        let mut best = before.clone();
        let (mut trials, mut candidates): Searched = (Vec::new(), Vec::new());
        let spread_count = options.n_iter.min(ROUND.max(options.n_iter / 4));
        let mut waiting = space.spread(spread_count, &mut random);
        waiting.reverse();
        while trials.len() < options.n_iter && !(hooks.should_stop)() {
            let places: Vec<Place> = (0..ROUND.min(options.n_iter - trials.len()))
                .map(|_| waiting.pop().unwrap_or_else(|| space.propose(&tried, &mut random)))
                .collect();
            let round: Vec<Candidate> = places
                .iter()
                .map(|place| with(original, &space.values(place), stages.last()))
                .collect::<Result<_, _>>()?;
            let outcomes = self.race(&round, &stages, &best, options, hooks)?;
            for ((place, candidate), outcomes) in places.into_iter().zip(round).zip(outcomes) {
                let ran = Ran::new(&candidate, &stages, &outcomes, &best, options)?;
                let mut values: BTreeMap<String, ParameterValue> = BTreeMap::new();
                values.extend(
                    space.values(&place).into_iter().map(|(name, value)| (name.to_owned(), value)),
                );
                if let Some(rounds) = ran.rounds {
                    values.insert("n_estimators".to_owned(), ParameterValue::Number(rounds as f64));
                }
                let mut trial = Trial::new(None, values);
                if let Some(estimate) = ran.estimate {
                    tried.push((place, estimate));
                }
                let is_whole = outcomes.len() == self.cross_validation.fold_count();
                match ran.row {
                    Ok(row) if is_whole => {
                        if oriented(&row) > oriented(&best) {
                            best = row.clone();
                        }
                        trial.result = Some(row);
                    }
                    Ok(_) => trial.abandoned_after = Some(outcomes.len()),
                    Err(failure) => trial.failure = Some(failure.reason),
                }
                trials.push(trial);
                candidates.push(Some(ran.candidate));
            }
        }
        Ok((trials, candidates))
    }

    /// The outcomes of a round: on all parts, or on the first ones for who is given up.
    fn race(
        &mut self,
        round: &[Candidate],
        stages: &[usize],
        best: &CrossValidated,
        options: &TuneOptions,
        hooks: &mut Hooks<'_>,
    ) -> Result<Vec<Vec<Outcome>>, TrainError> {
        let fold_count = self.cross_validation.fold_count();
        let first = fold_count.div_ceil(3).max(PARTS_MIN).min(fold_count);
        let mut outcomes = self.fit_parts(round, stages, 0..first, hooks)?;
        let going_on: Vec<usize> = (0..round.len())
            .filter(|&index| is_hopeful(&outcomes[index], stages, best, options))
            .collect();
        let rest: Vec<Candidate> = going_on.iter().map(|&index| round[index].clone()).collect();
        let more = self.fit_parts(&rest, stages, first..fold_count, hooks)?;
        for (index, more) in going_on.into_iter().zip(more) {
            outcomes[index].extend(more);
        }
        Ok(outcomes)
    }
}

/// Numbers of rounds that are looked at; none for a learner that is not boosted.
fn stages(space: &Space) -> Vec<usize> {
    let Some(range) = space.rounds else { return Vec::new() };
    let step = (range.maximum / STAGES as f64).ceil().max(1.0) as usize;
    let last = range.maximum as usize;
    (1..=STAGES)
        .map(|stage| (stage * step).min(last))
        .filter(|&stage| stage >= range.minimum as usize)
        .collect()
}

/// The original with other values, and the most rounds.
fn with(
    original: &Candidate,
    values: &[(&'static str, ParameterValue)],
    rounds: Option<&usize>,
) -> Result<Candidate, TrainError> {
    let mut candidate = original.clone();
    for (name, value) in values {
        candidate = candidate.with(name, value)?;
    }
    if let Some(&rounds) = rounds {
        candidate = candidate.with("n_estimators", &ParameterValue::Number(rounds as f64))?;
    }
    Ok(candidate)
}

/// A candidate as far as it was fitted, after its best number of rounds.
struct Ran {
    candidate: Candidate,
    rounds: Option<usize>,
    row: Result<CrossValidated, FailedLearner>,
    /// How good it is on all parts, more being better; estimated from its first parts when it
    /// was given up.
    estimate: Option<f64>,
}

impl Ran {
    fn new(
        candidate: &Candidate,
        stages: &[usize],
        outcomes: &[Outcome],
        best: &CrossValidated,
        options: &TuneOptions,
    ) -> Result<Self, TrainError> {
        let metric = options.optimize;
        let (stage, lead) = best_stage(outcomes, stages, best, options).unzip();
        let rounds = stage.and_then(|stage| stages.get(stage)).copied();
        let candidate = with(candidate, &[], rounds.as_ref())?;
        let row = CrossValidated::of(&candidate, outcomes, stage.unwrap_or(0));
        let estimate = lead.map(|lead| {
            metric.oriented(best.mean.get(metric)) + lead.iter().sum::<f64>() / lead.len() as f64
        });
        Ok(Self { candidate, rounds, row, estimate })
    }
}

/// Whether a candidate wins or draws against the best on some part. One that failed is not
/// tried again.
fn is_hopeful(
    outcomes: &[Outcome],
    stages: &[usize],
    best: &CrossValidated,
    options: &TuneOptions,
) -> bool {
    best_stage(outcomes, stages, best, options)
        .is_some_and(|(_, lead)| lead.iter().any(|&lead| lead >= 0.0))
}

/// The stage with the largest mean, and its lead over the best candidate part by part; none
/// when a part failed.
fn best_stage(
    outcomes: &[Outcome],
    stages: &[usize],
    best: &CrossValidated,
    options: &TuneOptions,
) -> Option<(usize, Vec<f64>)> {
    let metric = options.optimize;
    let value = |value: f64| metric.oriented(value);
    let reference: Vec<f64> = best.values(metric).into_iter().map(value).collect();
    let lead = |stage: usize| -> Option<Vec<f64>> {
        let parts = outcomes.iter().zip(&reference);
        let leads = parts.map(|(outcome, reference)| match outcome {
            Outcome::Done(results) => {
                Some(value(results.get(stage)?.scores.get(metric)) - reference)
            }
            Outcome::Failed(_) | Outcome::Stopped => None,
        });
        leads.collect()
    };
    let mut found: Option<(usize, f64, Vec<f64>)> = None;
    for stage in 0..stages.len().max(1) {
        let lead = lead(stage)?;
        let sum = lead.iter().sum::<f64>();
        if found.as_ref().is_none_or(|(_, best, _)| sum > *best) {
            found = Some((stage, sum, lead));
        }
    }
    found.map(|(stage, _, lead)| (stage, lead))
}
