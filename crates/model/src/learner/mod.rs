//! Fitted learners: from a prepared row to scores, probabilities and a class.
//!
//! One file a family: its flat data, prediction, the check of its arrays, and how they are
//! written and read. A new learner is a file with [`Predict`] and [`Store`] and one line in
//! the table below, which gives the enum, the published identifiers and every dispatch.

mod ada_boost;
mod class_shares;
mod dummy;
mod gaussian;
mod gradient_boosting;
mod linear;
mod link;
mod neighbours;

pub use ada_boost::AdaBoost;
pub use class_shares::ClassShares;
pub use dummy::Dummy;
pub use gaussian::{NaiveBayes, QuadraticDiscriminant};
pub use gradient_boosting::GradientBoosting;
pub use linear::{Linear, LogLinear};
pub(crate) use link::sigmoid;
pub use neighbours::{Metric, NeighbourSettings, NeighbourWeights, Neighbours, NeighboursError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::tensors::{TensorReader, TensorWriter};
use crate::{DecodeError, Limits};

/// What the rest of the model fixes about its learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Classes of the target.
    pub(crate) class_count: usize,
    /// Values of a prepared row.
    pub(crate) feature_count: usize,
}

/// How a family predicts. Rows are prepared and as long as the model has features.
pub(crate) trait Predict {
    /// One number a class; the larger, the likelier.
    fn scores(&self, row: &[f64]) -> Vec<f64>;

    /// The scores of many rows of `width` values each, row after row: the same bits as one by
    /// one, faster where a family knows how.
    fn scores_of_rows(&self, rows: &[f64], width: usize) -> Vec<f64> {
        rows.chunks_exact(width.max(1)).flat_map(|row| self.scores(row)).collect()
    }

    /// From the scores of a row to its probabilities; empty when the family has none.
    fn probabilities(&self, scores: Vec<f64>) -> Vec<f64>;

    /// Whether [`Predict::probabilities`] gives any.
    fn has_probabilities(&self) -> bool {
        true
    }

    /// The class of these scores: the largest one, of equal ones the first.
    fn class(&self, scores: &[f64]) -> usize {
        first_largest(scores)
    }

    /// Checks everything that prediction relies on.
    ///
    /// # Errors
    /// A sentence that names the array and what is wrong with it.
    fn validate(&self, shape: Shape, limits: &Limits) -> Result<(), String>;
}

/// How a family stands in a model's two files.
pub(crate) trait Store: Predict + Sized {
    /// What stands in `model.json` beside the identifier.
    type Settings: Serialize + DeserializeOwned;

    /// Writes the arrays, all named `learner.*`.
    fn write(&self, arrays: &mut TensorWriter) -> Self::Settings;

    /// Reads what [`Store::write`] wrote; [`Predict::validate`] runs afterwards.
    ///
    /// # Errors
    /// [`DecodeError`] when an array is missing, has another type, or is no such structure.
    fn read(
        settings: Self::Settings,
        arrays: &mut TensorReader<'_>,
        shape: Shape,
        limits: &Limits,
    ) -> Result<Self, DecodeError>;
}

/// The settings of a family that needs none.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoSettings {}

macro_rules! learners {
    ($($(#[$meta:meta])* $id:literal => $Variant:ident($Family:ty);)+) => {
        /// A fitted learner.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Learner {
            $($(#[$meta])* $Variant($Family),)+
        }

        /// A learner without its arrays; those are called `learner.*`.
        #[derive(Serialize, Deserialize)]
        #[serde(tag = "id")]
        pub(crate) enum LearnerDescription {
            $(#[serde(rename = $id)] $Variant(<$Family as Store>::Settings),)+
        }

        impl Learner {
            /// The identifiers of all learners that a model may hold.
            pub const IDS: &'static [&'static str] = &[$($id,)+];

            /// The identifier that stands in `model.json` and in project files.
            pub fn id(&self) -> &'static str {
                match self {
                    $(Self::$Variant(_) => $id,)+
                }
            }

            fn family(&self) -> &dyn Predict {
                match self {
                    $(Self::$Variant(family) => family,)+
                }
            }

            pub(crate) fn write(&self, arrays: &mut TensorWriter) -> LearnerDescription {
                match self {
                    $(Self::$Variant(family) => {
                        LearnerDescription::$Variant(family.write(arrays))
                    })+
                }
            }

            pub(crate) fn read(
                description: LearnerDescription,
                arrays: &mut TensorReader<'_>,
                shape: Shape,
                limits: &Limits,
            ) -> Result<Self, DecodeError> {
                Ok(match description {
                    $(LearnerDescription::$Variant(settings) => {
                        Self::$Variant(Store::read(settings, arrays, shape, limits)?)
                    })+
                })
            }
        }
    };
}

learners! {
    /// Logistic regression.
    "lr" => LogisticRegression(LogLinear);
    /// The nearest training rows.
    "knn" => Neighbours(Neighbours);
    /// Gaussian naive Bayes.
    "nb" => NaiveBayes(NaiveBayes);
    /// A linear machine of support vectors.
    "svm" => SupportVectors(Linear);
    /// Ridge regression on the signs of the classes.
    "ridge" => Ridge(Linear);
    /// Normal classes, each with a covariance of its own.
    "qda" => QuadraticDiscriminant(QuadraticDiscriminant);
    /// Normal classes of one covariance.
    "lda" => LinearDiscriminant(LogLinear);
    /// The class shares, whatever the row.
    "dummy" => Dummy(Dummy);
    /// Boosted regression trees under log loss.
    "gbc" => GradientBoosting(GradientBoosting);
    /// The same trees, grown leaf by leaf.
    "lightgbm" => LightGbm(GradientBoosting);
    /// One classification tree.
    "dt" => DecisionTree(ClassShares);
    /// Trees on random draws of rows and columns.
    "rf" => RandomForest(ClassShares);
    /// Trees with random cuts.
    "et" => ExtraTrees(ClassShares);
    /// Small trees on rows that weigh the more the harder they are.
    "ada" => AdaBoost(AdaBoost);
}

impl Learner {
    /// One number a class of one prepared row, in the order of the classes; the larger, the
    /// likelier. They decide the class, also where there are no probabilities. Of two classes
    /// the second's rank rows as well; of more, rank by the probabilities where there are any.
    ///
    /// # Panics
    /// When the row has fewer values than the model has features.
    pub fn scores(&self, row: &[f64]) -> Vec<f64> {
        self.family().scores(row)
    }

    /// The scores of many prepared rows of `width` values each, row after row: the same bits
    /// as [`Learner::scores`] gives one by one, but faster.
    ///
    /// # Panics
    /// When the rows have fewer values than the model has features.
    pub fn scores_of_rows(&self, rows: &[f64], width: usize) -> Vec<f64> {
        self.family().scores_of_rows(rows, width)
    }

    /// Whether the learner has probabilities. Linear machines that only draw a border (ridge,
    /// support vectors) have none, and none are made up for them.
    pub fn has_probabilities(&self) -> bool {
        self.family().has_probabilities()
    }

    /// Class probabilities of one prepared row, in the order of the classes; they sum to 1.
    /// Empty when the learner has none.
    ///
    /// # Panics
    /// When the row has fewer values than the model has features.
    pub fn predict_proba(&self, row: &[f64]) -> Vec<f64> {
        self.probabilities_of(self.scores(row))
    }

    /// Class probabilities from the scores of a row; empty when the learner has none.
    pub fn probabilities_of(&self, scores: Vec<f64>) -> Vec<f64> {
        self.family().probabilities(scores)
    }

    /// The class that these scores of a row decide for: the largest score; which of equal
    /// ones is the learner's affair, as in the reference implementations.
    pub fn class_of(&self, scores: &[f64]) -> usize {
        self.family().class(scores)
    }

    /// Bytes of the learner's arrays in a model's parameters.
    pub fn array_bytes(&self) -> usize {
        let mut arrays = TensorWriter::counting();
        self.write(&mut arrays);
        arrays.byte_count()
    }

    pub(crate) fn validate(&self, shape: Shape, limits: &Limits) -> Result<(), String> {
        self.family().validate(shape, limits)
    }
}

/// The position of the largest number, of equal ones the first.
pub(crate) fn first_largest(numbers: &[f64]) -> usize {
    (1..numbers.len())
        .fold(0, |best, index| if numbers[index] > numbers[best] { index } else { best })
}

/// Checks the length of an array and that all its numbers are finite.
///
/// # Errors
/// A sentence that names the array.
pub(crate) fn check_numbers(name: &str, numbers: &[f64], expected: usize) -> Result<(), String> {
    if numbers.len() != expected {
        return Err(format!("{name} has {} values, expected {expected}", numbers.len()));
    }
    match numbers.iter().position(|number| !number.is_finite()) {
        Some(position) => Err(format!("{name}[{position}] is not a finite number")),
        None => Ok(()),
    }
}
