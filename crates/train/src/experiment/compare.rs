//! Comparing, fitting and finishing learners on one table.

use std::ops::Range;

use rayon::prelude::*;

use super::cross_validation::{CrossValidation, Outcome};
use super::hooks::Hooks;
use super::leaderboard::{Advice, CrossValidated, FailedLearner, Leaderboard, Leak};
use super::pipeline::Pipeline;
use super::samples::Samples;
use super::{Candidate, HoldOut, Metric, Progress, Setup, Task, TrainError};
use crate::metrics::auc_of;
use crate::split::Split;

/// A column alone with a larger area under its ROC curve gives the class away.
const LEAK_AUC_MIN: f64 = 0.99;

/// A table, split once; its parts are prepared once, for all that is fitted on them.
pub struct Experiment<'a> {
    pub(super) task: Task<'a>,
    pub(super) setup: Setup,
    samples: Samples,
    split: Split,
    pub(super) cross_validation: CrossValidation,
}

/// A learner that was cross-validated and then fitted on the whole training part.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// One result a part, mean and deviation.
    pub cross_validated: CrossValidated,
    /// Fitted on the training part.
    pub pipeline: Pipeline,
}

impl std::fmt::Debug for Experiment<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The numbers themselves would bury the rest.
        out.debug_struct("Experiment")
            .field("target", &self.task.target)
            .field("setup", &self.setup)
            .field("rows", &self.samples.y.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Experiment<'a> {
    /// Reads the table and deals its rows.
    ///
    /// # Errors
    /// [`TrainError`] names the option, the column or the class that stands in the way.
    pub fn new(task: Task<'a>, setup: Setup) -> Result<Self, TrainError> {
        setup.validate()?;
        let samples = Samples::read(&task)?;
        let split = samples.deal(task.classes, &setup)?;
        let cross_validation = CrossValidation::new(samples.select(&split.train), &setup)?;
        Ok(Self { task, setup, samples, split, cross_validation })
    }

    /// Rows that are learned from, and rows that are held out.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// Cross-validates learners with their defaults on the training part.
    ///
    /// A learner that fails or is stopped is reported and does not end the comparison.
    ///
    /// # Errors
    /// [`TrainError`] for an unknown identifier, or when the rows cannot be prepared.
    pub fn compare(
        &mut self,
        ids: &[&str],
        sort: Metric,
        hooks: &mut Hooks<'_>,
    ) -> Result<Leaderboard, TrainError> {
        let candidates =
            ids.iter().map(|id| Candidate::new(id)).collect::<Result<Vec<Candidate>, _>>()?;
        let results = self.cross_validate(&candidates, hooks)?;
        let mut leaderboard = Leaderboard::new(results, sort, self.cross_validation.test_share());
        leaderboard.leaks = self.leaks();
        leaderboard.advice = self.advice(&candidates, &leaderboard, hooks);
        leaderboard.preparation = self.cross_validation.reports();
        Ok(leaderboard)
    }

    /// Cross-validates one learner, then fits it on the whole training part.
    ///
    /// # Errors
    /// [`TrainError`]; [`TrainError::Failed`] when a part cannot be fitted.
    pub fn create(
        &mut self,
        candidate: &Candidate,
        hooks: &mut Hooks<'_>,
    ) -> Result<Created, TrainError> {
        let results = self.cross_validate(std::slice::from_ref(candidate), hooks)?;
        let cross_validated = one(results)?;
        let pipeline = self.fit(candidate, hooks.progress)?;
        Ok(Created { cross_validated, pipeline })
    }

    /// Fits a learner on the training part.
    ///
    /// # Errors
    /// [`TrainError`] when preparation or learner cannot be fitted.
    pub fn fit(
        &self,
        candidate: &Candidate,
        progress: &mut dyn Progress,
    ) -> Result<Pipeline, TrainError> {
        let train = self.samples.select(&self.split.train);
        Pipeline::fit(train, &self.setup, self.task.inputs, candidate, progress)
    }

    /// Measures a pipeline that was fitted on the training part on the rows held out.
    pub fn evaluate(&self, pipeline: &Pipeline) -> HoldOut {
        pipeline.measure(&self.samples.select(&self.split.test))
    }

    /// Fits everything, steps and learner, on all rows. No row is left to measure it with:
    /// what [`Experiment::evaluate`] says of the same candidate is the estimate.
    ///
    /// # Errors
    /// [`TrainError`] when preparation or learner cannot be fitted.
    pub fn finalize(
        &self,
        candidate: &Candidate,
        progress: &mut dyn Progress,
    ) -> Result<Pipeline, TrainError> {
        Pipeline::fit(self.samples.clone(), &self.setup, self.task.inputs, candidate, progress)
    }

    pub(super) fn cross_validate(
        &mut self,
        candidates: &[Candidate],
        hooks: &mut Hooks<'_>,
    ) -> Result<Vec<Result<CrossValidated, FailedLearner>>, TrainError> {
        let folds = 0..self.cross_validation.fold_count();
        let outcomes = self.fit_parts(candidates, &[], folds, hooks)?;
        Ok(candidates
            .iter()
            .zip(&outcomes)
            .map(|(candidate, outcomes)| CrossValidated::of(candidate, outcomes, 0))
            .collect())
    }

    /// One more fit, of the best learner, tells whether the feature selection costs much.
    fn advice(
        &self,
        candidates: &[Candidate],
        leaderboard: &Leaderboard,
        hooks: &mut Hooks<'_>,
    ) -> Option<Advice> {
        let best = leaderboard.rows.first()?;
        let candidate = candidates.iter().find(|candidate| candidate.entry.id == best.id)?;
        if !self.setup.feature_selection || (hooks.should_stop)() {
            return None;
        }
        let setup = Setup { feature_selection: false, ..self.setup };
        let all = self.cross_validation.first_part(candidate, &setup, self.task.inputs)?;
        Advice::new(&best.id, best.folds.first()?.scores, all)
    }

    /// See [`CrossValidation::run`].
    pub(super) fn fit_parts(
        &mut self,
        candidates: &[Candidate],
        stages: &[usize],
        folds: Range<usize>,
        hooks: &mut Hooks<'_>,
    ) -> Result<Vec<Vec<Outcome>>, TrainError> {
        let inputs = self.task.inputs;
        self.cross_validation.run(candidates, stages, folds, &self.setup, inputs, hooks)
    }

    /// Columns of the training part that tell some class nearly by themselves.
    fn leaks(&self) -> Vec<Leak> {
        let found: Vec<Option<Leak>> = (0..self.samples.x.column_count())
            .into_par_iter()
            .map(|column| {
                let values = &self.samples.x.columns()[column];
                let present: Vec<u32> = self
                    .split
                    .train
                    .iter()
                    .copied()
                    .filter(|&row| !values[row as usize].is_nan())
                    .collect();
                let numbers: Vec<f64> = present.iter().map(|&row| values[row as usize]).collect();
                // Of two classes the second says all that the first does.
                let first = u32::from(self.samples.class_count == 2);
                let auc = (first..self.samples.class_count as u32)
                    .map(|class| {
                        let is_class: Vec<bool> = present
                            .iter()
                            .map(|&row| self.samples.y[row as usize] == class)
                            .collect();
                        if is_class.iter().all(|&is| is) || !is_class.contains(&true) {
                            return 0.0;
                        }
                        let auc = auc_of(&is_class, &numbers);
                        auc.max(1.0 - auc)
                    })
                    .fold(0.0, f64::max);
                let column = self.task.inputs[column].feature.clone();
                (auc > LEAK_AUC_MIN).then_some(Leak { column, auc })
            })
            .collect();
        found.into_iter().flatten().collect()
    }
}

/// The only result of a run of one candidate.
pub(super) fn one(
    results: Vec<Result<CrossValidated, FailedLearner>>,
) -> Result<CrossValidated, TrainError> {
    match results.into_iter().next() {
        Some(Ok(row)) => Ok(row),
        Some(Err(FailedLearner { id, reason, .. })) => Err(TrainError::Failed { id, reason }),
        None => Err(TrainError::NoCandidates),
    }
}
