//! Fits of several learners on all parts of a cross-validation.
//!
//! The steps of the preparation are fitted on the learned rows of each part, once, and shared
//! by all learners: nothing of the held-out rows leaks into them. All fits are independent;
//! they run on as many threads as the caller's pool has, the longest first, and land in a
//! table by their position, so the number of threads changes no result. What waits for its
//! turn is packed: only the fits under way hold numbers and models in full.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::hooks::{FoldResult, Hooks};
use super::preparation::Preparation;
use super::report::StepReport;
use super::samples::{PackedSamples, Samples};
use super::scores::Answers;
use super::{Candidate, Setup, TrainError, workers};
use crate::data::{Matrix, Packed};
use crate::folds;
use crate::learn::{FitError, FitTask};
use crate::split::Split;
use modelseal_model::InputField;

/// The parts of the training rows.
pub(super) struct CrossValidation {
    train: Samples,
    splits: Vec<Split>,
    /// Filled when a part is first needed.
    prepared: Vec<Option<PreparedFold>>,
    /// Of the training rows; computed when a ledger first asks.
    data_digest: Option<String>,
}

/// One part, ready for every learner.
struct PreparedFold {
    preparation: Preparation,
    learned: PackedSamples,
    held_out: HeldOut,
}

/// Rows that learners are measured with. Equal rows are asked for once.
struct HeldOut {
    /// The distinct rows.
    x: Packed,
    /// The distinct row that each row equals.
    groups: Vec<u32>,
    y: Vec<u32>,
}

/// What happened to one fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Done(FoldResult),
    Failed(String),
    Stopped,
}

impl CrossValidation {
    pub(super) fn new(train: Samples, setup: &Setup) -> Result<Self, TrainError> {
        let splits = folds::stratified(&train.y, setup.fold as usize)?;
        let prepared = splits.iter().map(|_| None).collect();
        Ok(Self { train, splits, prepared, data_digest: None })
    }

    /// Rows of a part that are measured with, over those that are learned from.
    pub(super) fn test_share(&self) -> f64 {
        let Some(split) = self.splits.first() else { return 0.0 };
        split.test.len() as f64 / split.train.len().max(1) as f64
    }

    /// What the preparation did in each part that was needed.
    pub(super) fn reports(&self) -> Vec<Vec<StepReport>> {
        self.prepared.iter().flatten().map(|fold| fold.preparation.reports.clone()).collect()
    }

    /// The outcome of each candidate on each part. `names` stand in the progress.
    pub(super) fn run(
        &mut self,
        candidates: &[Candidate],
        names: &[String],
        setup: &Setup,
        inputs: &[InputField],
        hooks: &mut Hooks<'_>,
    ) -> Result<Vec<Vec<Outcome>>, TrainError> {
        let fold_count = self.splits.len();
        let keys = match hooks.ledger {
            Some(_) => self.keys(candidates, setup),
            None => Vec::new(),
        };
        let remembered = |candidate: usize, fold: usize| {
            hooks.ledger?.get(keys.get(candidate * fold_count + fold)?)
        };
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(candidates.len() * fold_count);
        for candidate in 0..candidates.len() {
            outcomes
                .extend((0..fold_count).map(|fold| remembered(candidate, fold).map(Outcome::Done)));
        }
        let is_needed: Vec<bool> = (0..fold_count)
            .map(|fold| outcomes.iter().skip(fold).step_by(fold_count).any(Option::is_none))
            .collect();
        self.prepare(&is_needed, setup, inputs, hooks)?;

        // The longest first, so that none is left alone at the end.
        let mut jobs: Vec<usize> =
            (0..outcomes.len()).filter(|&job| outcomes[job].is_none()).collect();
        let weights: Vec<f64> = candidates.iter().map(Candidate::weight).collect();
        jobs.sort_by(|&left, &right| {
            weights[right / fold_count].total_cmp(&weights[left / fold_count])
        });
        let mut done_counts = vec![0; candidates.len()];
        for (job, outcome) in outcomes.iter().enumerate() {
            done_counts[job / fold_count] += u64::from(outcome.is_some());
        }
        let (clock, should_stop, ledger) = (hooks.clock, hooks.should_stop, hooks.ledger);
        let shared = Mutex::new((&mut outcomes, &mut done_counts, &mut *hooks.progress));
        let prepared = &self.prepared;
        workers::for_each(&jobs, |job| {
            let (candidate, fold) = (job / fold_count, job % fold_count);
            let outcome = match &prepared[fold] {
                Some(fold) if !should_stop() => {
                    fold.fit(&candidates[candidate], setup.session_id, clock)
                }
                _ => Outcome::Stopped,
            };
            if let (Some(ledger), Some(key), Outcome::Done(result)) =
                (ledger, keys.get(job), &outcome)
            {
                ledger.put(key, result);
            }
            // Poisoned only when a panic is already on its way to the caller.
            if let Ok(mut shared) = shared.lock() {
                let (outcomes, done_counts, progress) = &mut *shared;
                outcomes[job] = Some(outcome);
                done_counts[candidate] += 1;
                progress.step(&names[candidate], done_counts[candidate], fold_count as u64);
            }
        });
        let outcomes: Vec<Outcome> =
            outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Stopped)).collect();
        Ok(outcomes.chunks(fold_count).map(<[Outcome]>::to_vec).collect())
    }

    /// Prepares the parts that are needed and not yet prepared, all at once.
    fn prepare(
        &mut self,
        is_needed: &[bool],
        setup: &Setup,
        inputs: &[InputField],
        hooks: &mut Hooks<'_>,
    ) -> Result<(), TrainError> {
        let missing: Vec<usize> = (0..self.splits.len())
            .filter(|&fold| is_needed[fold] && self.prepared[fold].is_none())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let total = missing.len() as u64;
        hooks.progress.step("prepare", 0, total);
        let should_stop = hooks.should_stop;
        let (train, splits) = (&self.train, &self.splits);
        let done = Mutex::new((0, Vec::new(), &mut *hooks.progress));
        workers::for_each(&missing, |fold| {
            if should_stop() {
                return;
            }
            let prepared = PreparedFold::new(train, &splits[fold], setup, inputs);
            // Poisoned only when a panic is already on its way to the caller.
            if let Ok(mut done) = done.lock() {
                let (count, all, progress) = &mut *done;
                *count += 1;
                all.push((fold, prepared));
                progress.step("prepare", *count, total);
            }
        });
        let (_, mut all, _) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Of several errors that of the first part.
        all.sort_by_key(|(fold, _)| *fold);
        for (fold, prepared) in all {
            self.prepared[fold] = Some(prepared?);
        }
        Ok(())
    }

    /// One key a candidate and part.
    fn keys(&mut self, candidates: &[Candidate], setup: &Setup) -> Vec<String> {
        let data = self.data_digest.get_or_insert_with(|| digest_of(&self.train)).clone();
        let Ok(setup) = serde_json::to_string(setup) else { return Vec::new() };
        let mut keys = Vec::with_capacity(candidates.len() * self.splits.len());
        for candidate in candidates {
            let Ok(parameters) = serde_json::to_string(&candidate.values()) else {
                return Vec::new();
            };
            for fold in 0..self.splits.len() {
                // Each part stands on a line of its own; none holds a line break.
                let text = [
                    "modelseal fit",
                    env!("CARGO_PKG_VERSION"),
                    &data,
                    &setup,
                    candidate.entry.id,
                    &parameters,
                    &fold.to_string(),
                ]
                .join("\n");
                keys.push(hexadecimal(&Sha256::digest(text)));
            }
        }
        keys
    }
}

impl PreparedFold {
    fn new(
        train: &Samples,
        split: &Split,
        setup: &Setup,
        inputs: &[InputField],
    ) -> Result<Self, TrainError> {
        let (preparation, learned) = Preparation::fit(train.select(&split.train), setup, inputs)?;
        let Samples { x, y, .. } = train.select(&split.test);
        let (groups, first) = preparation.apply(&x).distinct_rows();
        let x = Packed::new(preparation.apply(&x.select_rows(&first)));
        let held_out = HeldOut { x, groups, y };
        Ok(Self { preparation, learned: PackedSamples::new(learned), held_out })
    }

    fn fit(
        &self,
        candidate: &Candidate,
        seed: u32,
        clock: &(dyn Fn() -> Duration + Sync),
    ) -> Outcome {
        let PackedSamples { x, y, class_count } = &self.learned;
        let (x, held_out) = (x.unpack(), self.held_out.x.unpack());
        let task = FitTask { x: &x, y, class_count: *class_count, seed };
        let start = clock();
        let (answers, predicting) = match answers(&task, candidate, &held_out, clock) {
            Ok(found) => found,
            Err(error) => return Outcome::Failed(error.to_string()),
        };
        let all = clock().saturating_sub(start);
        let answers = answers.spread(&self.held_out.groups);
        let (scores, _) = answers.measure(&self.held_out.y, *class_count);
        Outcome::Done(FoldResult {
            scores,
            fit_seconds: all.saturating_sub(predicting).as_secs_f64(),
            predict_seconds: predicting.as_secs_f64(),
        })
    }
}

/// What a learner says of rows, and how long it took to say it after the fit. A learner of
/// parts is not held as a whole: forests are the largest models by far.
fn answers(
    task: &FitTask<'_>,
    candidate: &Candidate,
    rows: &Matrix,
    clock: &(dyn Fn() -> Duration + Sync),
) -> Result<(Answers, Duration), FitError> {
    let Some(fit_parts) = candidate.entry.fit_parts() else {
        let learner = (candidate.entry.fit)(task, &candidate.parameters, &mut |_, _| {})?;
        let fitted = clock();
        let answers = Answers::of(&learner, rows);
        return Ok((answers, clock().saturating_sub(fitted)));
    };
    let (mut scores, mut part_count, mut predicting) = (Vec::new(), 0.0, Duration::ZERO);
    let mut last = None;
    let (flat, width) = (rows.to_rows(), rows.column_count());
    fit_parts(task, &candidate.parameters, &mut |part| {
        let start = clock();
        let of_part = part.scores_of_rows(&flat, width);
        scores.resize(of_part.len(), 0.0);
        scores.iter_mut().zip(of_part).for_each(|(sum, score)| *sum += score);
        part_count += 1.0;
        last = Some(part);
        predicting += clock().saturating_sub(start);
    })?;
    let Some(last) = last else {
        return Err(FitError::Undetermined("the learner has no parts".to_owned()));
    };
    scores.iter_mut().for_each(|score| *score /= part_count);
    // Every part decides as the whole does.
    Ok((Answers::of_scores(&last, scores, rows.row_count()), predicting))
}

fn digest_of(samples: &Samples) -> String {
    let mut hash = Sha256::new();
    hash.update((samples.class_count as u64).to_le_bytes());
    hash.update((samples.y.len() as u64).to_le_bytes());
    for class in &samples.y {
        hash.update(class.to_le_bytes());
    }
    for column in samples.x.columns() {
        let bytes: Vec<u8> = column.iter().flat_map(|value| value.to_le_bytes()).collect();
        hash.update(bytes);
    }
    hexadecimal(&hash.finalize())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
