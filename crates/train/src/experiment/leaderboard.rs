//! How several learners compare, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cross_validation::Outcome;
use super::hooks::FoldResult;
use super::report::StepReport;
use super::{Candidate, Metric, Scores};
use crate::learn::ParameterValue;
use crate::student::{PairedTest, paired_test};

/// Learners, the best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaderboard {
    /// The measure that rows are sorted by.
    pub sort: Metric,
    /// Learners that were fitted on every part, by their mean rounded to 4 decimals, the
    /// best first; of equal ones the one that was asked for earlier.
    pub rows: Vec<CrossValidated>,
    /// Learners that were not, in the order in which they were asked for.
    pub failed: Vec<FailedLearner>,
    /// Columns that give the class away.
    pub leaks: Vec<Leak>,
    /// What the best learner gains from all columns, where that is much.
    pub advice: Option<Advice>,
    /// What the preparation did, for each part that was prepared.
    pub preparation: Vec<Vec<StepReport>>,
}

/// One learner on all parts of the cross-validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CrossValidated {
    /// Identifier of the learner.
    pub id: String,
    /// Its name in tables.
    pub name: String,
    /// The values of all its parameters.
    pub parameters: BTreeMap<String, ParameterValue>,
    /// One result a part.
    pub folds: Vec<FoldResult>,
    /// Mean over the parts.
    pub mean: Scores,
    /// Population standard deviation over the parts.
    pub deviation: Scores,
    /// Mean seconds of one fit.
    pub fit_seconds: f64,
    /// Mean seconds of predicting one part.
    pub predict_seconds: f64,
    /// Mean bytes of the fitted learner's arrays, which is nearly all of a package.
    pub size_bytes: u64,
    /// This learner minus the best one, by the measure that rows are sorted by; none for the
    /// best itself.
    pub versus_best: Option<PairedTest>,
}

/// A learner that does not stand in the table, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedLearner {
    /// Identifier of the learner.
    pub id: String,
    /// Its name in tables.
    pub name: String,
    /// What went wrong, and in which part.
    pub reason: String,
}

/// A column that tells the class nearly by itself: either the question is easy, or the column
/// was recorded after the answer was known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    /// Name of the column.
    pub column: String,
    /// Area under the ROC curve of the column alone, in the better direction.
    pub auc: f64,
}

/// The best learner of a leaderboard on its first part, with the selected columns and with all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// Identifier of the learner.
    pub id: String,
    /// With the columns that the feature selection keeps.
    pub selected: Scores,
    /// With all columns.
    pub all: Scores,
}

/// What all columns must gain in area under the ROC curve to be worth advice; about three
/// standard errors of such a difference on five thousand rows.
const ADVICE_AUC_MIN: f64 = 0.005;

impl Advice {
    /// The advice, when all columns are better.
    pub(super) fn new(id: &str, selected: Scores, all: Scores) -> Option<Self> {
        let is_better = all.auc > selected.auc + ADVICE_AUC_MIN && all.accuracy > selected.accuracy;
        is_better.then(|| Self { id: id.to_owned(), selected, all })
    }
}

impl CrossValidated {
    /// The table row of a candidate, by the results of one stage of its fits, or why there is
    /// none.
    pub(super) fn of(
        candidate: &Candidate,
        outcomes: &[Outcome],
        stage: usize,
    ) -> Result<Self, FailedLearner> {
        let (id, name) = (candidate.entry.id.to_owned(), candidate.entry.name.to_owned());
        let mut folds: Vec<FoldResult> = Vec::with_capacity(outcomes.len());
        let mut failure = None;
        for (fold, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Outcome::Done(results) => folds.extend(results.get(stage)),
                Outcome::Failed(why) => {
                    failure.get_or_insert_with(|| format!("part {fold}: {why}"));
                }
                Outcome::Stopped => {}
            }
        }
        if folds.len() < outcomes.len() {
            let stopped = || format!("stopped after {} of {} parts", folds.len(), outcomes.len());
            return Err(FailedLearner { id, name, reason: failure.unwrap_or_else(stopped) });
        }
        let scores: Vec<Scores> = folds.iter().map(|fold| fold.scores).collect();
        let mean_of = |value: fn(&FoldResult) -> f64| {
            folds.iter().map(value).sum::<f64>() / folds.len().max(1) as f64
        };
        Ok(Self {
            id,
            name,
            parameters: candidate.values(),
            mean: Scores::mean(&scores),
            deviation: Scores::deviation(&scores),
            fit_seconds: mean_of(|fold| fold.fit_seconds),
            predict_seconds: mean_of(|fold| fold.predict_seconds),
            size_bytes: mean_of(|fold| fold.size_bytes as f64) as u64,
            versus_best: None,
            folds,
        })
    }

    /// One value a part.
    pub fn values(&self, metric: Metric) -> Vec<f64> {
        self.folds.iter().map(|fold| fold.scores.get(metric)).collect()
    }

    /// This learner minus another one, part by part; see [`paired_test`].
    pub(super) fn versus(&self, other: &Self, metric: Metric, share: f64) -> Option<PairedTest> {
        paired_test(&self.values(metric), &other.values(metric), share)
    }
}

impl Leaderboard {
    /// Sorts the rows and tests each against the best.
    pub(super) fn new(
        results: Vec<Result<CrossValidated, FailedLearner>>,
        sort: Metric,
        test_share: f64,
    ) -> Self {
        let (mut rows, mut failed) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(row) => rows.push(row),
                Err(failure) => failed.push(failure),
            }
        }
        let key = |row: &CrossValidated| sort.oriented(row.mean.rounded().get(sort));
        rows.sort_by(|left, right| key(right).total_cmp(&key(left)));
        if let Some((best, others)) = rows.split_first_mut() {
            for row in others {
                row.versus_best = row.versus(best, sort, test_share);
            }
        }
        Self { sort, rows, failed, leaks: Vec::new(), advice: None, preparation: Vec::new() }
    }
}
