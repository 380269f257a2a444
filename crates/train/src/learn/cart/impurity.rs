//! Step 3, the measure: how mixed the classes of a node are.
//!
//! L. Breiman, J. Friedman, C. Stone, R. Olshen, "Classification and Regression Trees",
//! 1984. The order of operations is that of scikit-learn (`tree/_criterion.pyx`), so that two
//! cuts that tie there tie here.

use super::Weight;
use crate::learn::declare::declare_choice;

declare_choice! {
    /// How the impurity of a node is measured.
    pub enum Criterion {
        Gini = "gini", "Gini: the probability that two draws are of different classes.";
        Entropy = "entropy", "Entropy, in bits.";
    }
}

impl Criterion {
    /// The impurity of rows with these weights of classes, `total` in all.
    #[inline]
    pub(crate) fn impurity<T: Weight>(self, weights: &[T], total: f64) -> f64 {
        match self {
            Self::Gini => {
                let mut squares = 0.0;
                for &weight in weights {
                    let weight: f64 = weight.into();
                    squares += weight * weight;
                }
                1.0 - squares / (total * total)
            }
            Self::Entropy => {
                let mut entropy = 0.0;
                for &weight in weights {
                    let share = weight.into() / total;
                    if share > 0.0 {
                        entropy -= share * (libm::log(share) / std::f64::consts::LN_2);
                    }
                }
                entropy
            }
        }
    }
}
