//! The table of all learners.

use modelseal_model::Learner;
use thiserror::Error;

use super::forest::{extra_trees, random_forest};
use super::gaussian::{linear_discriminant, naive_bayes, quadratic_discriminant};
use super::linear::{logistic, ridge, support_vectors};
use super::{
    FitError, FitTask, ParameterSpec, ParameterValues, ada_boost, decision_tree, dummy,
    gradient_boosting, leaf_wise, neighbours,
};
use crate::nearest::{nearest, suggestion};

/// One learner: how it is called, what can be set, how it is fitted.
#[derive(Debug, Clone, Copy)]
pub struct LearnerEntry {
    /// The published short identifier; it stands in project files and in `model.json`.
    pub id: &'static str,
    /// The name in tables and reports.
    pub name: &'static str,
    /// Its parameters.
    pub parameters: &'static [ParameterSpec],
    /// Fits it. The function is told rounds done and rounds in all, where there are rounds.
    /// Equal arguments give equal bits.
    pub fit: FitFunction,
}

/// Fits a learner to a task.
pub type FitFunction =
    fn(&FitTask<'_>, &ParameterValues, &mut dyn FnMut(u64, u64)) -> Result<Learner, FitError>;

/// Fits a learner that is the mean of its parts, and hands out part after part.
pub type FitPartsFunction =
    fn(&FitTask<'_>, &ParameterValues, &mut dyn FnMut(Learner)) -> Result<(), FitError>;

/// No learner has this identifier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no learner {id:?}{}", suggestion(*.near))]
pub struct UnknownLearner {
    /// The identifier found.
    pub id: String,
    /// A learner with nearly this identifier.
    pub near: Option<&'static str>,
}

impl LearnerEntry {
    /// For learners whose scores are the mean of the scores of their parts: fits them without
    /// holding more than a few parts in memory.
    pub fn fit_parts(&self) -> Option<FitPartsFunction> {
        match self.id {
            "rf" => Some(random_forest::fit_parts),
            "et" => Some(extra_trees::fit_parts),
            _ => None,
        }
    }

    /// The defaults of all parameters.
    pub fn defaults(&self) -> ParameterValues {
        ParameterValues::new(self.parameters)
    }
}

/// All learners, in the order in which they are compared.
pub const LEARNERS: &[LearnerEntry] = &[
    LearnerEntry {
        id: "lr",
        name: "Logistic Regression",
        parameters: logistic::Parameters::SPECS,
        fit: logistic::fit,
    },
    LearnerEntry {
        id: "knn",
        name: "K Neighbors Classifier",
        parameters: neighbours::Parameters::SPECS,
        fit: neighbours::fit,
    },
    LearnerEntry {
        id: "nb",
        name: "Naive Bayes",
        parameters: naive_bayes::Parameters::SPECS,
        fit: naive_bayes::fit,
    },
    LearnerEntry {
        id: "dt",
        name: "Decision Tree Classifier",
        parameters: decision_tree::Parameters::SPECS,
        fit: decision_tree::fit_task,
    },
    LearnerEntry {
        id: "svm",
        name: "SVM - Linear Kernel",
        parameters: support_vectors::Parameters::SPECS,
        fit: support_vectors::fit,
    },
    LearnerEntry {
        id: "ridge",
        name: "Ridge Classifier",
        parameters: ridge::Parameters::SPECS,
        fit: ridge::fit,
    },
    LearnerEntry {
        id: "rf",
        name: "Random Forest Classifier",
        parameters: random_forest::Parameters::SPECS,
        fit: random_forest::fit_task,
    },
    LearnerEntry {
        id: "qda",
        name: "Quadratic Discriminant Analysis",
        parameters: quadratic_discriminant::Parameters::SPECS,
        fit: quadratic_discriminant::fit,
    },
    LearnerEntry {
        id: "ada",
        name: "Ada Boost Classifier",
        parameters: ada_boost::Parameters::SPECS,
        fit: ada_boost::fit_task,
    },
    LearnerEntry {
        id: "gbc",
        name: "Gradient Boosting Classifier",
        parameters: gradient_boosting::Parameters::SPECS,
        fit: gradient_boosting::fit_task,
    },
    LearnerEntry {
        id: "lda",
        name: "Linear Discriminant Analysis",
        parameters: linear_discriminant::Parameters::SPECS,
        fit: linear_discriminant::fit,
    },
    LearnerEntry {
        id: "et",
        name: "Extra Trees Classifier",
        parameters: extra_trees::Parameters::SPECS,
        fit: extra_trees::fit_task,
    },
    LearnerEntry {
        id: "lightgbm",
        name: "Light Gradient Boosting Machine",
        parameters: leaf_wise::Parameters::SPECS,
        fit: leaf_wise::fit_task,
    },
    LearnerEntry {
        id: "dummy",
        name: "Dummy Classifier",
        parameters: dummy::SPECS,
        fit: dummy::fit,
    },
];

/// The learner of this identifier.
///
/// # Errors
/// [`UnknownLearner`], with the identifier that is nearest.
pub fn learner(id: &str) -> Result<&'static LearnerEntry, UnknownLearner> {
    LEARNERS.iter().find(|entry| entry.id == id).ok_or_else(|| UnknownLearner {
        id: id.to_owned(),
        near: nearest(id, LEARNERS.iter().map(|entry| entry.id)),
    })
}
