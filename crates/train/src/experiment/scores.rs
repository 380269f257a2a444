//! What a part of a cross-validation measures, and the mean over the parts.

use modelseal_model::{Decision, Learner, Prediction};
use serde::{Deserialize, Serialize};

use crate::data::Matrix;
use crate::metrics::{Confusion, auc, brier, log_loss};

/// One number that says how good predictions are; see [`metrics`](crate::metrics).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Metric {
    /// Share of rows whose class was predicted.
    Accuracy,
    /// Area under the ROC curve.
    #[serde(rename = "AUC")]
    Auc,
    /// Share of the positive rows that was found.
    Recall,
    /// Share of the rows predicted as positive that is.
    #[serde(rename = "Prec.")]
    Precision,
    /// Harmonic mean of recall and precision.
    F1,
    /// Agreement beyond chance.
    Kappa,
    /// Correlation of truth and prediction.
    #[serde(rename = "MCC")]
    Mcc,
    /// Mean of minus the logarithm of the true class's probability; less is better.
    #[serde(rename = "Log Loss")]
    LogLoss,
    /// Mean squared error of the probabilities; less is better.
    Brier,
}

/// All measures of one set of predictions, or their mean or deviation over several.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Scores {
    /// See [`Metric::Accuracy`].
    pub accuracy: f64,
    /// See [`Metric::Auc`].
    pub auc: f64,
    /// See [`Metric::Recall`].
    pub recall: f64,
    /// See [`Metric::Precision`].
    pub precision: f64,
    /// See [`Metric::F1`].
    pub f1: f64,
    /// See [`Metric::Kappa`].
    pub kappa: f64,
    /// See [`Metric::Mcc`].
    pub mcc: f64,
    /// See [`Metric::LogLoss`]; none for a learner without probabilities.
    pub log_loss: Option<f64>,
    /// See [`Metric::Brier`]; none for a learner without probabilities.
    pub brier: Option<f64>,
}

impl Metric {
    /// The measures of the published tables, in their order.
    pub const ALL: [Self; 7] = [
        Self::Accuracy,
        Self::Auc,
        Self::Recall,
        Self::Precision,
        Self::F1,
        Self::Kappa,
        Self::Mcc,
    ];

    /// The measures of probabilities.
    pub const LOSSES: [Self; 2] = [Self::LogLoss, Self::Brier];

    /// All measures.
    pub fn every() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain(Self::LOSSES)
    }

    /// The name in tables, for the measures of the published ones theirs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "Accuracy",
            Self::Auc => "AUC",
            Self::Recall => "Recall",
            Self::Precision => "Prec.",
            Self::F1 => "F1",
            Self::Kappa => "Kappa",
            Self::Mcc => "MCC",
            Self::LogLoss => "Log Loss",
            Self::Brier => "Brier",
        }
    }

    /// The measure of this name; case does not count, `Precision` is `Prec.`, and `log_loss` or
    /// `log-loss` is `Log Loss`.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.replace(['_', '-'], " ");
        let is_precision = name.eq_ignore_ascii_case("precision");
        Self::every().find(|metric| {
            metric.name().eq_ignore_ascii_case(&name)
                || (is_precision && *metric == Self::Precision)
        })
    }

    /// Whether less is better.
    pub fn is_loss(self) -> bool {
        Self::LOSSES.contains(&self)
    }

    /// A value of this measure so that more is better; what is not known is worst.
    pub fn oriented(self, value: f64) -> f64 {
        match (value.is_nan(), self.is_loss()) {
            (true, _) => f64::NEG_INFINITY,
            (false, true) => -value,
            (false, false) => value,
        }
    }
}

impl Scores {
    /// The value of one measure; no number where there is none.
    pub fn get(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Accuracy => self.accuracy,
            Metric::Auc => self.auc,
            Metric::Recall => self.recall,
            Metric::Precision => self.precision,
            Metric::F1 => self.f1,
            Metric::Kappa => self.kappa,
            Metric::Mcc => self.mcc,
            Metric::LogLoss => self.log_loss.unwrap_or(f64::NAN),
            Metric::Brier => self.brier.unwrap_or(f64::NAN),
        }
    }

    /// Each measure computed from its values in all of `parts`.
    fn combine(parts: &[Self], value: impl Fn(&[f64]) -> f64) -> Self {
        let of = |metric| {
            let values: Vec<f64> = parts.iter().map(|scores| scores.get(metric)).collect();
            value(&values)
        };
        let loss = |metric| Some(of(metric)).filter(|value| value.is_finite());
        Self {
            accuracy: of(Metric::Accuracy),
            auc: of(Metric::Auc),
            recall: of(Metric::Recall),
            precision: of(Metric::Precision),
            f1: of(Metric::F1),
            kappa: of(Metric::Kappa),
            mcc: of(Metric::Mcc),
            log_loss: loss(Metric::LogLoss),
            brier: loss(Metric::Brier),
        }
    }

    /// The mean of each measure; 0 when there are no parts.
    pub fn mean(parts: &[Self]) -> Self {
        Self::combine(parts, mean)
    }

    /// The population standard deviation (divided by n) of each measure.
    pub fn deviation(parts: &[Self]) -> Self {
        Self::combine(parts, |values| {
            let center = mean(values);
            let squares: Vec<f64> =
                values.iter().map(|value| (value - center) * (value - center)).collect();
            mean(&squares).sqrt()
        })
    }

    /// Rounded to 4 decimals, as tables show them and as they are sorted.
    pub fn rounded(&self) -> Self {
        Self::combine(&[*self], |values| values.iter().map(|&value| round4(value)).sum())
    }
}

/// Rounded to 4 decimals, halves to the even one.
pub(super) fn round4(value: f64) -> f64 {
    (value * 1e4).round_ties_even() / 1e4
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// What a fitted learner says of prepared rows.
pub(super) struct Answers {
    /// One class index a row.
    pub(super) classes: Vec<u32>,
    /// One number a class, row after row: probabilities, or scores where there are none.
    pub(super) ranks: Vec<f64>,
    /// Whether `ranks` are probabilities.
    pub(super) are_probabilities: bool,
}

impl Answers {
    pub(super) fn of(learner: &Learner, prepared: &Matrix) -> Self {
        Self::decided(learner, &Decision::default(), prepared)
    }

    /// The answers that `decision` makes of what the learner says.
    pub(super) fn decided(learner: &Learner, decision: &Decision, prepared: &Matrix) -> Self {
        let scores = learner.scores_of_rows(&prepared.to_rows(), prepared.column_count());
        let width = scores.len() / prepared.row_count().max(1);
        Self::from_scores(learner, decision, scores.chunks_exact(width.max(1)).map(Vec::from))
    }

    /// The answers that `decision` gives to the learner's scores, one list a row.
    pub(super) fn from_scores(
        learner: &Learner,
        decision: &Decision,
        rows: impl Iterator<Item = Vec<f64>>,
    ) -> Self {
        let are_probabilities = decision.has_probabilities(learner);
        let (mut classes, mut ranks) = (Vec::new(), Vec::new());
        for scores in rows {
            if !are_probabilities {
                ranks.extend_from_slice(&scores);
            }
            let Prediction { class, probabilities } = decision.predict(learner, scores);
            // A model has fewer classes than u32 can count.
            classes.push(class as u32);
            ranks.extend(probabilities);
        }
        Self { classes, ranks, are_probabilities }
    }

    /// From the learner's scores of so many rows.
    pub(super) fn of_scores(learner: &Learner, scores: Vec<f64>, row_count: usize) -> Self {
        let width = scores.len() / row_count.max(1);
        let rows = scores.chunks_exact(width.max(1)).map(Vec::from);
        Self::from_scores(learner, &Decision::default(), rows)
    }

    /// The answers for rows each of which equals one of these, by its index.
    pub(super) fn spread(&self, groups: &[u32]) -> Self {
        let width = self.ranks.len() / self.classes.len().max(1);
        let of_group = |group: &u32| {
            let start = *group as usize * width;
            &self.ranks[start..start + width]
        };
        Self {
            classes: groups.iter().map(|&group| self.classes[group as usize]).collect(),
            ranks: groups.iter().flat_map(of_group).copied().collect(),
            are_probabilities: self.are_probabilities,
        }
    }

    /// Counts and measures of these answers.
    pub(super) fn measure(&self, truth: &[u32], class_count: usize) -> (Scores, Confusion) {
        let confusion = Confusion::new(truth, &self.classes, class_count);
        let scores = Scores {
            accuracy: confusion.accuracy(),
            // Scores rank rows as well as probabilities do: no learner is without an area.
            auc: auc(truth, &self.ranks, class_count),
            recall: confusion.recall(),
            precision: confusion.precision(),
            f1: confusion.f1(),
            kappa: confusion.kappa(),
            mcc: confusion.mcc(),
            log_loss: self.are_probabilities.then(|| log_loss(truth, &self.ranks, class_count)),
            brier: self.are_probabilities.then(|| brier(truth, &self.ranks, class_count)),
        };
        (scores, confusion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_published_ones() {
        let names: Vec<&str> = Metric::ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names, ["Accuracy", "AUC", "Recall", "Prec.", "F1", "Kappa", "MCC"]);
        assert_eq!(Metric::from_name("precision"), Some(Metric::Precision));
        assert_eq!(Metric::from_name("auc"), Some(Metric::Auc));
        assert_eq!(Metric::from_name("TT"), None);
        assert_eq!(serde_json::to_string(&Metric::Precision).unwrap(), "\"Prec.\"");
    }

    #[test]
    fn mean_and_deviation_by_hand() {
        let part = |accuracy| Scores { accuracy, ..Scores::default() };
        let parts = [part(0.5), part(0.7), part(0.9)];
        assert!((Scores::mean(&parts).accuracy - 0.7).abs() < 1e-15);
        let deviation = Scores::deviation(&parts);
        assert!((deviation.accuracy - (0.08_f64 / 3.0).sqrt()).abs() < 1e-15);
        assert_eq!(deviation.auc, 0.0);
        assert_eq!(part(0.731_249).rounded().accuracy, 0.7312);
    }
}
