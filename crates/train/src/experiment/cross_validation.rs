//! Fits of several learners on all parts of a cross-validation.
//!
//! The steps of the preparation are fitted on the learned rows of each part, once, and shared
//! by all learners: nothing of the held-out rows leaks into them. All fits are independent;
//! they run on as many threads as the caller's pool has, the longest first, and land in a
//! table by their position, so the number of threads changes no result. What waits for its
//! turn is packed: only the fits under way hold numbers and models in full.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::hooks::{FoldResult, Hooks};
use super::preparation::Preparation;
use super::report::StepReport;
use super::samples::{PackedSamples, Samples};
use super::scores::Answers;
use super::{Candidate, Scores, Setup, TrainError, workers};
use crate::data::{Matrix, Packed};
use crate::folds;
use crate::learn::staged::StagedScores;
use crate::learn::{FitError, FitTask};
use crate::split::Split;
use modelseal_model::{Decision, InputField, Learner};

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

/// A learner that was fitted on a part, and what it says of the rows held out.
pub(super) struct FoldScores {
    pub(super) learner: Learner,
    /// One number a class, row after row.
    pub(super) scores: Vec<f64>,
    /// The true classes of these rows.
    pub(super) truth: Vec<u32>,
}

/// What happened to one fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// One result a stage, or one.
    Done(Vec<FoldResult>),
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

    /// Parts in all.
    pub(super) fn fold_count(&self) -> usize {
        self.splits.len()
    }

    /// The outcome of each candidate on each of the parts `folds`.
    ///
    /// With `stages`, numbers of rounds in rising order, each fit is that of the last stage, and
    /// has a result for every stage: candidates that differ by `n_estimators` alone share it.
    pub(super) fn run(
        &mut self,
        candidates: &[Candidate],
        stages: &[usize],
        folds: Range<usize>,
        setup: &Setup,
        inputs: &[InputField],
        hooks: &mut Hooks<'_>,
    ) -> Result<Vec<Vec<Outcome>>, TrainError> {
        let fold_count = folds.len();
        let keys = match hooks.ledger {
            Some(_) => self.keys(candidates, stages, folds.clone(), setup),
            None => Vec::new(),
        };
        let result_count = stages.len().max(1);
        let remembered = |job: usize| {
            let results = hooks.ledger?.get(keys.get(job)?)?;
            (results.len() == result_count).then_some(Outcome::Done(results))
        };
        let mut outcomes: Vec<Option<Outcome>> =
            (0..candidates.len() * fold_count).map(remembered).collect();
        let mut is_needed = vec![false; self.splits.len()];
        for (job, outcome) in outcomes.iter().enumerate() {
            is_needed[folds.start + job % fold_count] |= outcome.is_none();
        }
        self.prepare(&is_needed, setup, inputs, hooks)?;

        // The longest first, so that none is left alone at the end.
        let mut jobs: Vec<usize> =
            (0..outcomes.len()).filter(|&job| outcomes[job].is_none()).collect();
        let weights: Vec<f64> = candidates.iter().map(Candidate::weight).collect();
        jobs.sort_by(|&left, &right| {
            weights[right / fold_count].total_cmp(&weights[left / fold_count])
        });
        let total = outcomes.len() as u64;
        let mut done_count = total - jobs.len() as u64;
        hooks.progress.step("fits", done_count, total);
        let (clock, should_stop, ledger) = (hooks.clock, hooks.should_stop, hooks.ledger);
        let shared = Mutex::new((&mut outcomes, &mut done_count, &mut *hooks.progress));
        let prepared = &self.prepared;
        workers::for_each(&jobs, |job| {
            let candidate = &candidates[job / fold_count];
            let outcome = match &prepared[folds.start + job % fold_count] {
                Some(fold) if !should_stop() => {
                    fold.fit(candidate, stages, setup.session_id, clock)
                }
                _ => Outcome::Stopped,
            };
            if let (Some(ledger), Some(key), Outcome::Done(results)) =
                (ledger, keys.get(job), &outcome)
            {
                ledger.put(key, results);
            }
            // Poisoned only when a panic is already on its way to the caller.
            if let Ok(mut shared) = shared.lock() {
                let (outcomes, done_count, progress) = &mut *shared;
                outcomes[job] = Some(outcome);
                **done_count += 1;
                progress.step("fits", **done_count, total);
            }
        });
        let outcomes: Vec<Outcome> =
            outcomes.into_iter().map(|outcome| outcome.unwrap_or(Outcome::Stopped)).collect();
        Ok(outcomes.chunks(fold_count.max(1)).map(<[Outcome]>::to_vec).collect())
    }

    /// What a candidate scores on the first part under another setup; none when it fails.
    pub(super) fn first_part(
        &self,
        candidate: &Candidate,
        setup: &Setup,
        inputs: &[InputField],
    ) -> Option<Scores> {
        let fold = PreparedFold::new(&self.train, self.splits.first()?, setup, inputs).ok()?;
        let fitted = fold.scores(candidate, setup.session_id).ok()?;
        let rows = fitted.scores.chunks_exact(self.train.class_count).map(Vec::from);
        let answers = Answers::from_scores(&fitted.learner, &Decision::default(), rows);
        Some(answers.measure(&fitted.truth, self.train.class_count).0)
    }

    /// What a learner says of each training row when it has not learned from it.
    pub(super) fn out_of_fold(
        &mut self,
        candidate: &Candidate,
        setup: &Setup,
        inputs: &[InputField],
        hooks: &mut Hooks<'_>,
    ) -> Result<Vec<FoldScores>, TrainError> {
        self.prepare(&vec![true; self.splits.len()], setup, inputs, hooks)?;
        let should_stop = hooks.should_stop;
        let total = self.prepared.len() as u64;
        hooks.progress.step("unseen rows", 0, total);
        let found = Mutex::new((Vec::new(), &mut *hooks.progress));
        let prepared = &self.prepared;
        let jobs: Vec<usize> = (0..prepared.len()).collect();
        workers::for_each(&jobs, |fold| {
            let Some(part) = prepared[fold].as_ref().filter(|_| !should_stop()) else { return };
            let scores = part.scores(candidate, setup.session_id);
            // Poisoned only when a panic is already on its way to the caller.
            if let Ok(mut found) = found.lock() {
                let (all, progress) = &mut *found;
                all.push((fold, scores));
                progress.step("unseen rows", all.len() as u64, total);
            }
        });
        let (mut all, _) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        let failed =
            |reason: String| TrainError::Failed { id: candidate.entry.id.to_owned(), reason };
        if all.len() < jobs.len() {
            return Err(failed("stopped before all parts were fitted".to_owned()));
        }
        // Rows in the order of the parts; of several errors that of the first part.
        all.sort_by_key(|(fold, _)| *fold);
        let result = |(fold, scores): (usize, Result<FoldScores, FitError>)| {
            scores.map_err(|error| failed(format!("part {fold}: {error}")))
        };
        all.into_iter().map(result).collect()
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
    fn keys(
        &mut self,
        candidates: &[Candidate],
        stages: &[usize],
        folds: Range<usize>,
        setup: &Setup,
    ) -> Vec<String> {
        let data = self.data_digest.get_or_insert_with(|| digest_of(&self.train)).clone();
        let Ok(setup) = serde_json::to_string(setup) else { return Vec::new() };
        let mut keys = Vec::with_capacity(candidates.len() * folds.len());
        for candidate in candidates {
            let Ok(parameters) = serde_json::to_string(&candidate.values()) else {
                return Vec::new();
            };
            for fold in folds.clone() {
                // Each part stands on a line of its own; none holds a line break.
                let text = [
                    "modelseal fit",
                    env!("CARGO_PKG_VERSION"),
                    &data,
                    &setup,
                    candidate.entry.id,
                    &parameters,
                    &format!("{stages:?}"),
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

    fn scores(&self, candidate: &Candidate, seed: u32) -> Result<FoldScores, FitError> {
        let PackedSamples { x, y, class_count } = &self.learned;
        let (x, rows) = (x.unpack(), self.held_out.x.unpack());
        let task = FitTask { x: &x, y, class_count: *class_count, seed };
        let learner = (candidate.entry.fit)(&task, &candidate.parameters, &mut |_, _| {})?;
        let distinct = learner.scores_of_rows(&rows.to_rows(), rows.column_count());
        let width = *class_count;
        let of_group = |&group: &u32| &distinct[group as usize * width..][..width];
        let scores = self.held_out.groups.iter().flat_map(of_group).copied().collect();
        Ok(FoldScores { learner, scores, truth: self.held_out.y.clone() })
    }

    fn fit(
        &self,
        candidate: &Candidate,
        stages: &[usize],
        seed: u32,
        clock: &(dyn Fn() -> Duration + Sync),
    ) -> Outcome {
        let PackedSamples { x, y, class_count } = &self.learned;
        let (x, held_out) = (x.unpack(), self.held_out.x.unpack());
        let task = FitTask { x: &x, y, class_count: *class_count, seed };
        if !stages.is_empty() {
            return match self.stages(&task, candidate, stages, &held_out, clock) {
                Ok(results) => Outcome::Done(results),
                Err(error) => Outcome::Failed(error.to_string()),
            };
        }
        let start = clock();
        let Fitted { answers, predicting, size_bytes } =
            match answers(&task, candidate, &held_out, clock) {
                Ok(found) => found,
                Err(error) => return Outcome::Failed(error.to_string()),
            };
        let all = clock().saturating_sub(start);
        let answers = answers.spread(&self.held_out.groups);
        let (scores, _) = answers.measure(&self.held_out.y, *class_count);
        Outcome::Done(vec![FoldResult {
            scores,
            fit_seconds: all.saturating_sub(predicting).as_secs_f64(),
            predict_seconds: predicting.as_secs_f64(),
            size_bytes,
        }])
    }

    /// One result a stage of one fit. Time and size are the stage's share of the fit's.
    fn stages(
        &self,
        task: &FitTask<'_>,
        candidate: &Candidate,
        stages: &[usize],
        rows: &Matrix,
        clock: &(dyn Fn() -> Duration + Sync),
    ) -> Result<Vec<FoldResult>, FitError> {
        let start = clock();
        let learner = (candidate.entry.fit)(task, &candidate.parameters, &mut |_, _| {})?;
        let fit_seconds = clock().saturating_sub(start).as_secs_f64();
        let size_bytes = learner.array_bytes() as f64;
        let Some(mut staged) = StagedScores::new(&learner, rows) else {
            return Err(FitError::Undetermined("the learner has no rounds".to_owned()));
        };
        let last = stages.last().map_or(1.0, |&last| last as f64);
        let result = |&stage: &usize| {
            staged.advance_to(stage);
            let scores = (0..rows.row_count()).map(|row| staged.scores(row));
            let answers = Answers::from_scores(&learner, &Decision::default(), scores);
            let answers = answers.spread(&self.held_out.groups);
            let share = stage as f64 / last;
            FoldResult {
                scores: answers.measure(&self.held_out.y, task.class_count).0,
                fit_seconds: fit_seconds * share,
                predict_seconds: 0.0,
                size_bytes: (size_bytes * share) as u64,
            }
        };
        Ok(stages.iter().map(result).collect())
    }
}

/// What is left of a fit that was measured.
struct Fitted {
    answers: Answers,
    /// The time that the predictions took.
    predicting: Duration,
    size_bytes: u64,
}

/// What a learner says of rows, and how long it took to say it after the fit. A learner of
/// parts is not held as a whole: forests are the largest models by far.
fn answers(
    task: &FitTask<'_>,
    candidate: &Candidate,
    rows: &Matrix,
    clock: &(dyn Fn() -> Duration + Sync),
) -> Result<Fitted, FitError> {
    let Some(fit_parts) = candidate.entry.fit_parts() else {
        let learner = (candidate.entry.fit)(task, &candidate.parameters, &mut |_, _| {})?;
        let fitted = clock();
        let answers = Answers::of(&learner, rows);
        let predicting = clock().saturating_sub(fitted);
        return Ok(Fitted { answers, predicting, size_bytes: learner.array_bytes() as u64 });
    };
    let (mut scores, mut part_count, mut predicting) = (Vec::new(), 0.0, Duration::ZERO);
    let (mut last, mut size_bytes) = (None, 0);
    let (flat, width) = (rows.to_rows(), rows.column_count());
    fit_parts(task, &candidate.parameters, &mut |part| {
        let start = clock();
        let of_part = part.scores_of_rows(&flat, width);
        scores.resize(of_part.len(), 0.0);
        scores.iter_mut().zip(of_part).for_each(|(sum, score)| *sum += score);
        part_count += 1.0;
        size_bytes += part.array_bytes() as u64;
        last = Some(part);
        predicting += clock().saturating_sub(start);
    })?;
    let Some(last) = last else {
        return Err(FitError::Undetermined("the learner has no parts".to_owned()));
    };
    scores.iter_mut().for_each(|score| *score /= part_count);
    // Every part decides as the whole does.
    let answers = Answers::of_scores(&last, scores, rows.row_count());
    Ok(Fitted { answers, predicting, size_bytes })
}

fn digest_of(samples: &Samples) -> String {
    let mut hash = Sha256::new();
    hash.update((samples.class_count as u64).to_le_bytes());
    hash.update((samples.y.len() as u64).to_le_bytes());
    for class in &samples.y {
        hash.update(class.to_le_bytes());
    }
    // Equal numbers are prepared in another way when they stand for words.
    hash.update(samples.is_nominal.iter().map(|&is| u8::from(is)).collect::<Vec<u8>>());
    for column in samples.x.columns() {
        let bytes: Vec<u8> = column.iter().flat_map(|value| value.to_le_bytes()).collect();
        hash.update(bytes);
    }
    hexadecimal(&hash.finalize())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
