//! The table of all learners.

use modelseal_model::Learner;
use thiserror::Error;

use super::forest::{extra_trees, random_forest};
use super::{
    FitError, FitTask, ParameterSpec, ParameterValues, ada_boost, decision_tree, gradient_boosting,
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
    /// The defaults of all parameters.
    pub fn defaults(&self) -> ParameterValues {
        ParameterValues::new(self.parameters)
    }
}

/// All learners, in the order in which they are compared.
pub const LEARNERS: &[LearnerEntry] = &[
    LearnerEntry {
        id: "dt",
        name: "Decision Tree Classifier",
        parameters: decision_tree::Parameters::SPECS,
        fit: decision_tree::fit_task,
    },
    LearnerEntry {
        id: "rf",
        name: "Random Forest Classifier",
        parameters: random_forest::Parameters::SPECS,
        fit: random_forest::fit_task,
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
        id: "et",
        name: "Extra Trees Classifier",
        parameters: extra_trees::Parameters::SPECS,
        fit: extra_trees::fit_task,
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
