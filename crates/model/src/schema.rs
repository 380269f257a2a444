//! What a caller sends and what comes back, in the caller's words.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use wire::WireField;

mod wire;

/// The public face of a model: its inputs and its output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The fields a caller may send, in the order in which they are documented.
    pub inputs: Vec<InputField>,
    /// The field that comes back.
    pub output: Output,
}

/// One field of a prediction request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WireField", into = "WireField")]
pub struct InputField {
    /// Public name, as it stands in the request's JSON.
    pub name: String,
    /// The feature (column of the training data) that this field fills.
    pub feature: String,
    /// Type and permitted values.
    pub kind: InputKind,
    /// `true`: a request without it is refused. `false`: it is imputed.
    pub required: bool,
    /// One sentence for the service's documentation; may be empty.
    pub description: String,
}

/// Type and permitted values of an input field.
#[derive(Debug, Clone, PartialEq)]
pub enum InputKind {
    /// A whole number, both bounds inclusive.
    Integer {
        /// Smallest permitted value.
        minimum: Option<i64>,
        /// Largest permitted value.
        maximum: Option<i64>,
    },
    /// A finite number, both bounds inclusive.
    Number {
        /// Smallest permitted value.
        minimum: Option<f64>,
        /// Largest permitted value.
        maximum: Option<f64>,
    },
    /// `true` stands for 1, `false` for 0.
    Boolean,
    /// One of a fixed list of words, each standing for a number of the training data.
    Category {
        /// The words, in the order in which they are documented.
        values: Vec<Category>,
    },
}

/// One word of a categorical input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// The word a caller sends.
    pub label: String,
    /// The number it stands for in the training data.
    pub number: f64,
}

/// The field that a prediction returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Public name, as it stands in the answer's JSON.
    pub name: String,
    /// The classes in the order of the learner's class indices.
    pub classes: Vec<Class>,
    /// One sentence for the service's documentation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// One class of the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The word a caller receives.
    pub label: String,
    /// The value that stands for it in the training data.
    pub value: String,
}

/// Why a [`Schema`] contradicts itself.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SchemaError {
    /// No input at all.
    #[error("the schema has no inputs; declare at least one")]
    NoInputs,
    /// Two inputs share a name.
    #[error("input {0:?} is declared twice; give each input its own name")]
    DuplicateInput(String),
    /// Two inputs fill one feature.
    #[error("inputs {first:?} and {second:?} both fill the feature {feature:?}; keep one of them")]
    DuplicateFeature {
        /// The earlier input.
        first: String,
        /// The later input.
        second: String,
        /// The feature they share.
        feature: String,
    },
    /// A name that cannot stand in JSON, a URL or OpenAPI without escapes.
    #[error(
        "{what} name {name:?} is not a valid name; use letters, digits and `_`, not starting with a digit, at most 128"
    )]
    BadName {
        /// `input` or `output`.
        what: &'static str,
        /// The name found.
        name: String,
    },
    /// The smallest permitted value is above the largest.
    #[error("input {name:?}: the range {minimum}..{maximum} is empty; put the smaller bound first")]
    EmptyRange {
        /// The input.
        name: String,
        /// The lower bound found.
        minimum: String,
        /// The upper bound found.
        maximum: String,
    },
    /// A bound or a category's number is infinite or not a number.
    #[error("input {name:?}: {number} is not a finite number")]
    NotFinite {
        /// The input.
        name: String,
        /// The number found.
        number: f64,
    },
    /// A category without values.
    #[error("input {0:?}: a category needs at least one value")]
    NoCategories(String),
    /// One word or one class label twice.
    #[error("{owner:?} lists {label:?} twice")]
    DuplicateLabel {
        /// The input or output.
        owner: String,
        /// The repeated label.
        label: String,
    },
    /// Fewer than two classes.
    #[error("output {name:?} has {count} class(es); a classifier needs at least two")]
    TooFewClasses {
        /// The output.
        name: String,
        /// Classes found.
        count: usize,
    },
}

impl Schema {
    /// Checks that names are usable and unique, ranges are not empty and labels do not repeat.
    ///
    /// # Errors
    /// The first contradiction found, in the order of declaration.
    pub fn validate(&self) -> Result<(), SchemaError> {
        if self.inputs.is_empty() {
            return Err(SchemaError::NoInputs);
        }
        let mut names = BTreeSet::new();
        let mut owners = BTreeMap::new();
        for input in &self.inputs {
            check_name("input", &input.name)?;
            if !names.insert(&input.name) {
                return Err(SchemaError::DuplicateInput(input.name.clone()));
            }
            if let Some(first) = owners.insert(input.feature.as_str(), &input.name) {
                return Err(SchemaError::DuplicateFeature {
                    first: first.clone(),
                    second: input.name.clone(),
                    feature: input.feature.clone(),
                });
            }
            input.kind.validate(&input.name)?;
        }
        self.output.validate()
    }
}

impl InputKind {
    fn validate(&self, name: &str) -> Result<(), SchemaError> {
        match self {
            Self::Integer { minimum: Some(low), maximum: Some(high) } if low > high => {
                Err(empty_range(name, low, high))
            }
            Self::Number { minimum, maximum } => {
                for &bound in minimum.iter().chain(maximum) {
                    check_finite(name, bound)?;
                }
                match (minimum, maximum) {
                    (Some(low), Some(high)) if low > high => Err(empty_range(name, low, high)),
                    _ => Ok(()),
                }
            }
            Self::Category { values } if values.is_empty() => {
                Err(SchemaError::NoCategories(name.to_owned()))
            }
            Self::Category { values } => {
                for category in values {
                    check_finite(name, category.number)?;
                }
                check_labels(name, values.iter().map(|category| category.label.as_str()))
            }
            Self::Integer { .. } | Self::Boolean => Ok(()),
        }
    }
}

impl Output {
    fn validate(&self) -> Result<(), SchemaError> {
        check_name("output", &self.name)?;
        if self.classes.len() < 2 {
            return Err(SchemaError::TooFewClasses {
                name: self.name.clone(),
                count: self.classes.len(),
            });
        }
        check_labels(&self.name, self.classes.iter().map(|class| class.label.as_str()))
    }
}

fn check_name(what: &'static str, name: &str) -> Result<(), SchemaError> {
    let mut characters = name.chars();
    let starts_well =
        characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let goes_on_well = characters.all(|other| other.is_ascii_alphanumeric() || other == '_');
    if starts_well && goes_on_well && name.len() <= 128 {
        Ok(())
    } else {
        Err(SchemaError::BadName { what, name: name.to_owned() })
    }
}

fn check_finite(name: &str, number: f64) -> Result<(), SchemaError> {
    if number.is_finite() {
        Ok(())
    } else {
        Err(SchemaError::NotFinite { name: name.to_owned(), number })
    }
}

fn check_labels<'a>(owner: &str, labels: impl Iterator<Item = &'a str>) -> Result<(), SchemaError> {
    let mut seen = BTreeSet::new();
    for label in labels {
        if !seen.insert(label) {
            return Err(SchemaError::DuplicateLabel {
                owner: owner.to_owned(),
                label: label.to_owned(),
            });
        }
    }
    Ok(())
}

fn empty_range(name: &str, minimum: &impl ToString, maximum: &impl ToString) -> SchemaError {
    SchemaError::EmptyRange {
        name: name.to_owned(),
        minimum: minimum.to_string(),
        maximum: maximum.to_string(),
    }
}
