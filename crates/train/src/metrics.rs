//! How good predictions are.
//!
//! Two classes: recall, precision and F1 are those of the second class. More classes: the
//! mean over the classes, weighted by how many rows each truly has. A division by zero
//! gives 0. Sources: J. Cohen, "A Coefficient of Agreement for Nominal Scales", 1960
//! (kappa); J. Gorodkin, "Comparing two K-category assignments by a K-category correlation
//! coefficient", 2004 (MCC).

/// Counts of rows by true class (row of the table) and predicted class (column).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    counts: Vec<Vec<u64>>,
}

impl Confusion {
    /// Counts predictions. Both slices hold one class index, below `class_count`, a row.
    ///
    /// # Panics
    /// When a class index is not below `class_count`.
    pub fn new(truth: &[u32], predicted: &[u32], class_count: usize) -> Self {
        let mut counts = vec![vec![0; class_count]; class_count];
        for (&truth, &predicted) in truth.iter().zip(predicted) {
            counts[truth as usize][predicted as usize] += 1;
        }
        Self { counts }
    }

    /// From counts that are there already: `counts[t][p]`, as many columns as rows.
    pub fn from_counts(counts: Vec<Vec<u64>>) -> Self {
        Self { counts }
    }

    /// `counts()[t][p]`: rows of class `t` that were predicted as `p`.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Share of the rows whose class was predicted.
    pub fn accuracy(&self) -> f64 {
        ratio(self.hits(), self.total())
    }

    /// Of the rows of a class, the share that was found.
    pub fn recall(&self) -> f64 {
        self.by_class(|class| ratio(self.counts[class][class] as f64, self.support(class)))
    }

    /// Of the rows predicted as a class, the share that belongs to it.
    pub fn precision(&self) -> f64 {
        self.by_class(|class| ratio(self.counts[class][class] as f64, self.predicted(class)))
    }

    /// The harmonic mean of recall and precision.
    pub fn f1(&self) -> f64 {
        self.by_class(|class| {
            let both = self.support(class) + self.predicted(class);
            ratio(2.0 * self.counts[class][class] as f64, both)
        })
    }

    /// Cohen's kappa: agreement beyond what the class shares alone would give; at most 1.
    pub fn kappa(&self) -> f64 {
        let total = self.total();
        let chance = ratio(self.chance_hits(), total * total);
        ratio(self.accuracy() - chance, 1.0 - chance)
    }

    /// Matthews' correlation of truth and prediction, from -1 to 1.
    pub fn mcc(&self) -> f64 {
        let total = self.total();
        let squares = |counts: &dyn Fn(usize) -> f64| -> f64 {
            (0..self.counts.len()).map(|class| counts(class) * counts(class)).sum()
        };
        let spread_predicted = total * total - squares(&|class| self.predicted(class));
        let spread_truth = total * total - squares(&|class| self.support(class));
        let agreement = self.hits() * total - self.chance_hits();
        ratio(agreement, (spread_predicted * spread_truth).sqrt())
    }

    /// Two classes: the value of the second. More: the mean weighted by true rows.
    fn by_class(&self, value: impl Fn(usize) -> f64) -> f64 {
        if self.counts.len() == 2 {
            return value(1);
        }
        let weighted: f64 =
            (0..self.counts.len()).map(|class| self.support(class) * value(class)).sum();
        ratio(weighted, self.total())
    }

    fn support(&self, class: usize) -> f64 {
        self.counts[class].iter().sum::<u64>() as f64
    }

    fn predicted(&self, class: usize) -> f64 {
        self.counts.iter().map(|row| row[class]).sum::<u64>() as f64
    }

    fn hits(&self) -> f64 {
        (0..self.counts.len()).map(|class| self.counts[class][class]).sum::<u64>() as f64
    }

    fn total(&self) -> f64 {
        self.counts.iter().flatten().sum::<u64>() as f64
    }

    /// The sum over the classes of true rows times predicted rows.
    fn chance_hits(&self) -> f64 {
        (0..self.counts.len()).map(|class| self.support(class) * self.predicted(class)).sum()
    }
}

/// Area under the ROC curve: the probability that a row of the positive class has a higher
/// score than one of the other class, ties counting half. 0 when a class has no rows.
pub fn auc_of(is_positive: &[bool], scores: &[f64]) -> f64 {
    let mut order: Vec<(f64, bool)> =
        scores.iter().copied().zip(is_positive.iter().copied()).collect();
    order.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    let (mut below, mut wins, mut positives) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|left, right| left.0 == right.0) {
        let positive = tied.iter().filter(|(_, is_positive)| *is_positive).count() as f64;
        let negative = tied.len() as f64 - positive;
        wins += positive * (below + negative / 2.0);
        below += negative;
        positives += positive;
    }
    ratio(wins, positives * below)
}

/// Area under the ROC curve from class probabilities: of the second class for two classes,
/// else each class against the rest, weighted by true rows.
///
/// `probabilities` holds `class_count` numbers a row, row after row.
pub fn auc(truth: &[u32], probabilities: &[f64], class_count: usize) -> f64 {
    let of_class = |class: usize| {
        let scores: Vec<f64> =
            probabilities.iter().skip(class).step_by(class_count).copied().collect();
        let is_positive: Vec<bool> = truth.iter().map(|&truth| truth as usize == class).collect();
        let support = is_positive.iter().filter(|&&is_positive| is_positive).count() as f64;
        (auc_of(&is_positive, &scores), support)
    };
    if class_count == 2 {
        return of_class(1).0;
    }
    let weighted: f64 = (0..class_count).map(of_class).map(|(area, support)| area * support).sum();
    ratio(weighted, truth.len() as f64)
}

/// Mean of minus the natural logarithm of the probability that was given to the true class,
/// never less than 2.2e-16 and never more than 1.
///
/// `probabilities` holds `class_count` numbers a row, row after row.
pub fn log_loss(truth: &[u32], probabilities: &[f64], class_count: usize) -> f64 {
    let losses: f64 = truth
        .iter()
        .zip(probabilities.chunks_exact(class_count.max(1)))
        .map(|(&truth, row)| {
            -libm::log(row[truth as usize].clamp(f64::EPSILON, 1.0 - f64::EPSILON))
        })
        .sum();
    ratio(losses, truth.len() as f64)
}

/// Mean squared distance of the probabilities from the truth (G. W. Brier, "Verification of
/// Forecasts Expressed in Terms of Probability", 1950): of two classes the square of the
/// second's error, of more the sum of the squares over the classes.
///
/// `probabilities` holds `class_count` numbers a row, row after row.
pub fn brier(truth: &[u32], probabilities: &[f64], class_count: usize) -> f64 {
    let squares: f64 = truth
        .iter()
        .zip(probabilities.chunks_exact(class_count.max(1)))
        .map(|(&truth, row)| {
            let error = |class: usize| row[class] - f64::from(u8::from(truth as usize == class));
            match class_count {
                2 => error(1) * error(1),
                _ => (0..class_count).map(|class| error(class) * error(class)).sum(),
            }
        })
        .sum();
    ratio(squares, truth.len() as f64)
}

/// A quotient, 0 when the divisor is.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_classes_by_hand() {
        let truth = [0, 0, 0, 1, 1, 1, 1, 1];
        let predicted = [0, 0, 1, 1, 1, 1, 0, 1];
        let confusion = Confusion::new(&truth, &predicted, 2);
        assert_eq!(confusion.counts(), [[2, 1], [1, 4]]);
        assert_eq!(confusion.accuracy(), 0.75);
        assert_eq!((confusion.recall(), confusion.precision(), confusion.f1()), (0.8, 0.8, 0.8));
        // Chance agreement (3*3 + 5*5) / 64.
        assert!((confusion.kappa() - (0.75 - 34.0 / 64.0) / (30.0 / 64.0)).abs() < 1e-15);
        assert!((confusion.mcc() - 7.0 / 15.0).abs() < 1e-15);
    }

    #[test]
    fn nothing_to_divide_by_gives_zero() {
        let one_class = Confusion::new(&[0, 0], &[0, 0], 2);
        let found = [one_class.recall(), one_class.precision(), one_class.f1(), one_class.mcc()];
        assert_eq!(found, [0.0; 4]);
        assert_eq!(one_class.kappa(), 0.0);
        assert_eq!(auc_of(&[true, true], &[0.1, 0.2]), 0.0);
        assert_eq!(log_loss(&[], &[], 2), 0.0);
    }

    #[test]
    fn ties_count_half() {
        assert_eq!(auc_of(&[true, false, true, false], &[0.5, 0.5, 0.9, 0.1]), 0.875);
        assert_eq!(auc(&[0, 1, 2], &[0.8, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1, 0.1, 0.8], 3), 1.0);
    }
}
