//! Where to draw the line between two classes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Metric;
use crate::metrics::Confusion;

/// How a threshold is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ThresholdRule {
    /// This very probability.
    Fixed(f64),
    /// The best one by a measure, among those that reach a bound.
    #[serde(with = "goal_text")]
    For(ThresholdGoal),
}

/// `f1`: the largest F1. `recall>=0.8`: recall of at least 0.8, and of such thresholds the one
/// with the largest precision; of `precision>=...` and all other measures with a bound, the one
/// with the largest recall. Of equal ones the highest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdGoal {
    /// The measure.
    pub metric: Metric,
    /// What it has to reach.
    pub at_least: Option<f64>,
}

/// A rule that says nothing that could be followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no rule for a threshold; write a measure such as f1, a bound such as recall>=0.8, or a probability"
)]
pub struct ThresholdSyntax(String);

/// What a threshold gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdPoint {
    /// Rows are of the second class from this probability on.
    pub threshold: f64,
    /// Share of rows whose class was predicted.
    pub accuracy: f64,
    /// Share of the positive rows that was found.
    pub recall: f64,
    /// Share of the rows predicted as positive that is.
    pub precision: f64,
    /// Harmonic mean of recall and precision.
    pub f1: f64,
    /// Agreement beyond chance.
    pub kappa: f64,
    /// Correlation of truth and prediction.
    pub mcc: f64,
}

impl std::str::FromStr for ThresholdRule {
    type Err = ThresholdSyntax;

    fn from_str(text: &str) -> Result<Self, ThresholdSyntax> {
        let wrong = || ThresholdSyntax(text.to_owned());
        let is_share = |number: &f64| (0.0..=1.0).contains(number);
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Some(number).filter(is_share).map(Self::Fixed).ok_or_else(wrong);
        }
        let (name, at_least) = match text.split_once(">=") {
            None => (text, None),
            Some((name, bound)) => {
                let bound = bound.trim().parse().ok().filter(|bound: &f64| bound.is_finite());
                (name.trim(), Some(bound.ok_or_else(wrong)?))
            }
        };
        let metric = Metric::from_name(name).filter(|metric| depends(*metric));
        Ok(Self::For(ThresholdGoal { metric: metric.ok_or_else(wrong)?, at_least }))
    }
}

impl std::fmt::Display for ThresholdRule {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fixed(threshold) => write!(out, "{threshold}"),
            Self::For(ThresholdGoal { metric, at_least: None }) => out.write_str(metric.name()),
            Self::For(ThresholdGoal { metric, at_least: Some(bound) }) => {
                write!(out, "{}>={bound}", metric.name())
            }
        }
    }
}

/// A goal as the one text that people write.
mod goal_text {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{ThresholdGoal, ThresholdRule};

    pub(super) fn serialize<S: Serializer>(
        goal: &ThresholdGoal,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&ThresholdRule::For(*goal))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<ThresholdGoal, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse() {
            Ok(ThresholdRule::For(goal)) => Ok(goal),
            Ok(ThresholdRule::Fixed(_)) => Err(serde::de::Error::custom("it is a number")),
            Err(error) => Err(serde::de::Error::custom(error)),
        }
    }
}

/// Whether a measure changes with the threshold.
fn depends(metric: Metric) -> bool {
    !matches!(metric, Metric::Auc | Metric::LogLoss | Metric::Brier)
}

impl ThresholdPoint {
    /// The value of a measure; 0 for one that does not depend on the threshold.
    pub fn get(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Accuracy => self.accuracy,
            Metric::Recall => self.recall,
            Metric::Precision => self.precision,
            Metric::F1 => self.f1,
            Metric::Kappa => self.kappa,
            Metric::Mcc => self.mcc,
            Metric::Auc | Metric::LogLoss | Metric::Brier => 0.0,
        }
    }
}

/// The measures at every threshold that changes an answer, from the highest down.
///
/// `truth` holds 0 or 1 and `probabilities` that of the second class, one a row.
pub fn threshold_curve(truth: &[u32], probabilities: &[f64]) -> Vec<ThresholdPoint> {
    let mut order: Vec<(f64, u32)> =
        probabilities.iter().copied().zip(truth.iter().copied()).collect();
    order.sort_by(|left, right| right.0.total_cmp(&left.0));
    let positives = truth.iter().filter(|&&class| class == 1).count() as u64;
    let negatives = truth.len() as u64 - positives;
    let (mut hits, mut alarms) = (0, 0);
    order
        .chunk_by(|left, right| left.0 == right.0)
        .map(|tied| {
            let more = tied.iter().filter(|(_, class)| *class == 1).count() as u64;
            hits += more;
            alarms += tied.len() as u64 - more;
            point(tied[0].0, [[negatives - alarms, alarms], [positives - hits, hits]])
        })
        .collect()
}

fn point(threshold: f64, counts: [[u64; 2]; 2]) -> ThresholdPoint {
    let confusion = Confusion::from_counts(counts.map(Vec::from).into());
    ThresholdPoint {
        threshold,
        accuracy: confusion.accuracy(),
        recall: confusion.recall(),
        precision: confusion.precision(),
        f1: confusion.f1(),
        kappa: confusion.kappa(),
        mcc: confusion.mcc(),
    }
}

/// The point of the curve that a goal asks for; none when no threshold reaches the bound.
pub(super) fn choose(curve: &[ThresholdPoint], goal: &ThresholdGoal) -> Option<ThresholdPoint> {
    let by = match (goal.metric, goal.at_least) {
        (metric, None) => metric,
        (Metric::Recall, Some(_)) => Metric::Precision,
        (_, Some(_)) => Metric::Recall,
    };
    let mut best: Option<&ThresholdPoint> = None;
    for point in curve {
        let is_enough = goal.at_least.is_none_or(|bound| point.get(goal.metric) >= bound);
        if is_enough && best.is_none_or(|best| point.get(by) > best.get(by)) {
            best = Some(point);
        }
    }
    best.copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_written() {
        for (text, written) in [
            ("f1", "F1"),
            ("recall >= 0.8", "Recall>=0.8"),
            ("precision>=0.9", "Prec.>=0.9"),
            ("0.25", "0.25"),
        ] {
            let rule: ThresholdRule = text.parse().unwrap();
            assert_eq!(rule.to_string(), written);
            let json = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<ThresholdRule>(&json).unwrap(), rule);
        }
        for text in ["", "auc", "recall>0.8", "recall>=much", "1.5", "beauty>=1", "log loss"] {
            assert!(text.parse::<ThresholdRule>().is_err(), "{text}");
        }
    }

    #[test]
    fn goals_choose_by_hand() {
        let truth = [0, 1, 0, 1, 1, 0];
        let probabilities = [0.1, 0.9, 0.8, 0.7, 0.3, 0.3];
        let curve = threshold_curve(&truth, &probabilities);
        let thresholds: Vec<f64> = curve.iter().map(|point| point.threshold).collect();
        assert_eq!(thresholds, [0.9, 0.8, 0.7, 0.3, 0.1]);
        let chosen = |text: &str| {
            let Ok(ThresholdRule::For(goal)) = text.parse() else { panic!("{text}") };
            choose(&curve, &goal).map(|point| point.threshold)
        };
        // Recall 1/3, 1/3, 2/3, 1, 1; precision 1, 1/2, 2/3, 3/5, 1/2.
        assert_eq!(chosen("recall>=0.6"), Some(0.7));
        assert_eq!(chosen("recall>=0.9"), Some(0.3));
        assert_eq!(chosen("precision>=0.6"), Some(0.3));
        assert_eq!(chosen("precision>=0.7"), Some(0.9));
        assert_eq!(chosen("f1"), Some(0.3));
        assert_eq!(chosen("precision>=1.5"), None);
    }
}
