//! A learner together with the values of its parameters.

use std::collections::BTreeMap;

use crate::learn::{
    LearnerEntry, ParameterError, ParameterValue, ParameterValues, UnknownLearner, learner,
};

/// What is to be fitted.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The learner.
    pub entry: &'static LearnerEntry,
    /// The values of all its parameters.
    pub parameters: ParameterValues,
}

impl PartialEq for Candidate {
    /// The same learner with the same values: identifiers are unique.
    fn eq(&self, other: &Self) -> bool {
        self.entry.id == other.entry.id && self.parameters == other.parameters
    }
}

impl Candidate {
    /// The learner of this identifier, with its defaults.
    ///
    /// # Errors
    /// [`UnknownLearner`], with the identifier that is nearest.
    pub fn new(id: &str) -> Result<Self, UnknownLearner> {
        let entry = learner(id)?;
        Ok(Self { entry, parameters: entry.defaults() })
    }

    /// The same with one parameter set.
    ///
    /// # Errors
    /// [`ParameterError`] when there is no such parameter or the value is not permitted.
    pub fn with(mut self, name: &str, value: &ParameterValue) -> Result<Self, ParameterError> {
        self.parameters.set(name, value)?;
        Ok(self)
    }

    /// Names and values of the parameters.
    pub fn values(&self) -> BTreeMap<String, ParameterValue> {
        self.parameters.iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// A rough measure of the work of one fit, to start the longest first: relative times on
    /// the published data, times the number of rounds. Only the order of the work depends on
    /// it, never a result.
    pub(super) fn weight(&self) -> f64 {
        let base = match self.entry.id {
            "rf" => 40.0,
            "et" => 35.0,
            "knn" => 30.0,
            "gbc" | "catboost" => 20.0,
            "lightgbm" | "xgboost" | "ada" => 12.0,
            "mlp" | "rbfsvm" | "gpc" => 100.0,
            "lr" | "svm" | "dt" => 3.0,
            _ => 1.0,
        };
        let specs = self.parameters.specs();
        let relative = |name: &str| {
            let numbers = specs.iter().zip(self.parameters.numbers());
            numbers
                .filter(|(spec, _)| spec.name == name && spec.default > 0.0)
                .map(|(spec, number)| number / spec.default)
                .product::<f64>()
        };
        base * relative("n_estimators")
    }
}
