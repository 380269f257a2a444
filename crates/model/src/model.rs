use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::learner::Shape;
use crate::transform::prepared_width;
use crate::{Decision, InputError, Learner, Limits, Record, Rule, Schema, SchemaError, Transform};

/// A fitted classifier, ready to predict.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    schema: Schema,
    features: Vec<String>,
    transforms: Vec<Transform>,
    learner: Learner,
    decision: Decision,
    /// For each input of the schema, the position of its feature in a row.
    positions: Vec<usize>,
    /// The names of the inputs, to tell unknown members.
    input_names: BTreeSet<String>,
}

/// Unknown members of one record for which the nearest name is looked up.
const SUGGESTIONS_MAX: usize = 8;

/// The answer to one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Index of the predicted class in [`Output::classes`](crate::Output::classes).
    pub class: usize,
    /// Probability of each class, in the same order; they sum to 1. Empty when the learner has
    /// none: see [`Learner::has_probabilities`].
    pub probabilities: Vec<f64>,
}

/// Why parts do not make a model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum InvalidModel {
    /// The schema contradicts itself.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// An input fills a feature that the model does not have.
    #[error("input {input:?} fills the feature {feature:?}, which the model does not have")]
    UnknownFeature {
        /// The input.
        input: String,
        /// The feature it names.
        feature: String,
    },
    /// Two features share a name.
    #[error("feature {0:?} is listed twice")]
    DuplicateFeature(String),
    /// A feature could be missing with nothing to fill it.
    #[error("the model has no imputation step, so a missing value would reach the learner")]
    NoImputation,
    /// A transform's arrays do not fit.
    #[error("transform {position}: {why}")]
    Transform {
        /// Position in the list of transforms.
        position: usize,
        /// What is wrong.
        why: String,
    },
    /// The learner's arrays do not fit.
    #[error("learner: {0}")]
    Learner(String),
    /// Calibration or threshold do not fit the learner.
    #[error("decision: {0}")]
    Decision(String),
    /// More than a limit allows.
    #[error("{what}: found {found}, the limit is {max}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// The limit.
        max: usize,
    },
}

impl Model {
    /// Joins the parts of a model and checks that they fit each other.
    ///
    /// # Errors
    /// [`InvalidModel`] names the part that does not fit.
    pub fn new(
        schema: Schema,
        features: Vec<String>,
        transforms: Vec<Transform>,
        learner: Learner,
        limits: &Limits,
    ) -> Result<Self, InvalidModel> {
        at_most("features", features.len(), limits.feature_count_max)?;
        at_most("inputs", schema.inputs.len(), limits.feature_count_max)?;
        at_most("classes", schema.output.classes.len(), limits.class_count_max)?;
        for input in &schema.inputs {
            if let crate::InputKind::Category { values } = &input.kind {
                at_most("values of one category", values.len(), limits.category_count_max)?;
            }
        }
        schema.validate()?;
        let mut places = BTreeMap::new();
        for (position, feature) in features.iter().enumerate() {
            if places.insert(feature.as_str(), position).is_some() {
                return Err(InvalidModel::DuplicateFeature(feature.clone()));
            }
        }
        let positions = schema
            .inputs
            .iter()
            .map(|input| {
                places.get(input.feature.as_str()).copied().ok_or_else(|| {
                    InvalidModel::UnknownFeature {
                        input: input.name.clone(),
                        feature: input.feature.clone(),
                    }
                })
            })
            .collect::<Result<_, _>>()?;
        let feature_count = prepared_width(&transforms, features.len(), limits)?;
        if !matches!(transforms.first(), Some(Transform::Impute { .. })) {
            return Err(InvalidModel::NoImputation);
        }
        let shape = Shape { class_count: schema.output.classes.len(), feature_count };
        learner.validate(shape, limits).map_err(InvalidModel::Learner)?;
        let input_names = schema.inputs.iter().map(|input| input.name.clone()).collect();
        let decision = Decision::default();
        Ok(Self { schema, features, transforms, learner, decision, positions, input_names })
    }

    /// The same model with a calibration, a threshold or both between learner and answer.
    ///
    /// # Errors
    /// [`InvalidModel::Decision`] when they do not fit the learner.
    pub fn with_decision(mut self, decision: Decision) -> Result<Self, InvalidModel> {
        let class_count = self.schema.output.classes.len();
        decision.validate(&self.learner, class_count).map_err(InvalidModel::Decision)?;
        self.decision = decision;
        Ok(self)
    }

    /// What a caller sends and receives.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Names of the features, in the order of a row.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// The fitted steps between a row and the learner.
    pub fn transforms(&self) -> &[Transform] {
        &self.transforms
    }

    /// The fitted learner.
    pub fn learner(&self) -> &Learner {
        &self.learner
    }

    /// What stands between the learner and an answer.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The row of a record: one value a feature, NaN where it is missing.
    ///
    /// # Errors
    /// Every member that breaks a rule: inputs in the order of the schema, then unknown
    /// members in the order in which they were sent.
    pub fn row(&self, record: &Record) -> Result<Vec<f64>, Vec<InputError>> {
        let mut row = vec![f64::NAN; self.features.len()];
        let mut errors = Vec::new();
        for (input, &position) in self.schema.inputs.iter().zip(&self.positions) {
            match input.number(record.get(&input.name)) {
                Ok(number) => row[position] = number,
                Err(error) => errors.push(error),
            }
        }
        let unknown = record.names().filter(|name| !self.input_names.contains(*name));
        for (count, name) in unknown.enumerate() {
            // A slip is one name or a few; more are another schema, and each search costs time.
            let near = if count < SUGGESTIONS_MAX { self.closest(name) } else { None };
            errors.push(InputError { field: name.to_owned(), rule: Rule::Unknown(near) });
        }
        if errors.is_empty() { Ok(row) } else { Err(errors) }
    }

    /// Predicts one row of raw values, NaN where one is missing.
    ///
    /// The class is that of [`Learner::class_of`], unless the model has a [`Decision`].
    ///
    /// # Panics
    /// When the row has fewer values than the model has features.
    pub fn predict(&self, mut row: Vec<f64>) -> Prediction {
        for transform in &self.transforms {
            transform.apply(&mut row);
        }
        let scores = self.learner.scores(&row);
        self.decision.predict(&self.learner, scores)
    }

    /// The input whose name is nearest to `name`, when it is near enough to be a slip.
    fn closest(&self, name: &str) -> Option<String> {
        // A name of a megabyte is not a slip, and the distance is quadratic.
        if name.len() > 128 {
            return None;
        }
        self.schema
            .inputs
            .iter()
            .map(|input| (edit_distance(name, &input.name), &input.name))
            .filter(|(distance, input)| *distance <= input.len() / 3)
            .min()
            .map(|(_, input)| input.clone())
    }
}

/// The most probable class; of two equally probable classes of a binary model the second, of
/// several the first, as the reference implementation of gradient boosting decides.
pub fn predicted_class(probabilities: &[f64]) -> usize {
    match probabilities {
        [first, second] => usize::from(second >= first),
        _ => (1..probabilities.len()).fold(0, |best, class| {
            if probabilities[class] > probabilities[best] { class } else { best }
        }),
    }
}

/// Levenshtein distance, counted in characters.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (row, character) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let substituted = previous[column] + usize::from(character != *other);
            current.push(substituted.min(previous[column + 1] + 1).min(current[column] + 1));
        }
        previous = current;
    }
    previous[right.len()]
}

fn at_most(what: &'static str, found: usize, max: usize) -> Result<(), InvalidModel> {
    if found > max { Err(InvalidModel::Limit { what, found, max }) } else { Ok(()) }
}
