//! Parameters of learners, each declared once.
//!
//! One entry gives the struct's field and its documentation, the default, the check of the
//! range, the reading of project files and what help pages print.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::nearest::{nearest, suggestion};

/// What is known about one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterSpec {
    /// Its name in project files.
    pub name: &'static str,
    /// Whole number or not.
    pub kind: ParameterKind,
    /// The value when nothing is said.
    pub default: f64,
    /// The smallest permitted value.
    pub minimum: f64,
    /// The largest permitted value.
    pub maximum: f64,
    /// The values that the tuner tries; none when it leaves the parameter alone.
    pub tuning: Option<&'static TuningRange>,
    /// One sentence for help and documentation.
    pub description: &'static str,
}

/// Values that the tuner tries, both ends included; of a choice the positions of its words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TuningRange {
    /// The smallest value.
    pub minimum: f64,
    /// The largest value.
    pub maximum: f64,
    /// Whether equal ratios are equal distances; both ends are then positive.
    pub is_logarithmic: bool,
}

/// The type of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`; as a number 1 or 0.
    Boolean,
    /// One of these words; as a number its position.
    Choice(&'static [&'static str]),
}

/// A value as a project file holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParameterValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A number, whole or not.
    Number(f64),
    /// A word.
    Word(String),
}

/// A type that a field of `Parameters` may have.
pub trait ParameterType: Copy {
    /// The kind of its values.
    const KIND: ParameterKind;

    /// The value as a number.
    fn to_number(self) -> f64;

    /// The value of a number that [`ParameterSpec::check`] accepts.
    fn from_number(number: f64) -> Self;
}

/// Why a parameter is refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ParameterError {
    /// No parameter of this name.
    #[error("there is no parameter {name:?}{}", suggestion(*.near))]
    Unknown {
        /// The name found.
        name: String,
        /// A parameter with nearly this name.
        near: Option<&'static str>,
    },
    /// Outside of the range.
    #[error(
        "parameter {}: {found} is not {} from {} to {}",
        .spec.name,
        .spec.kind.article(),
        .spec.minimum,
        .spec.maximum
    )]
    Value {
        /// The parameter.
        spec: ParameterSpec,
        /// The value found.
        found: f64,
    },
    /// Another kind of value.
    #[error("parameter {}: {found} is not {}", .spec.name, .spec.kind.expected())]
    Kind {
        /// The parameter.
        spec: ParameterSpec,
        /// The value found.
        found: String,
    },
}

impl ParameterKind {
    fn article(self) -> &'static str {
        match self {
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false, as a number",
            Self::Choice(_) => "the number of a choice,",
        }
    }

    /// The number of the last choice; 0 for numbers, which state their own range.
    pub(crate) const fn choice_last(self) -> f64 {
        match self {
            Self::Integer | Self::Number => 0.0,
            Self::Boolean => 1.0,
            Self::Choice(words) => (words.len() - 1) as f64,
        }
    }

    fn expected(self) -> String {
        match self {
            Self::Integer | Self::Number => self.article().to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Choice(words) => format!("one of {}", words.join(", ")),
        }
    }
}

impl ParameterSpec {
    /// Checks a value against type and range.
    ///
    /// # Errors
    /// [`ParameterError::Value`].
    pub fn check(&self, value: f64) -> Result<(), ParameterError> {
        let is_whole = self.kind == ParameterKind::Number || value.fract() == 0.0;
        if is_whole && value >= self.minimum && value <= self.maximum {
            Ok(())
        } else {
            Err(ParameterError::Value { spec: *self, found: value })
        }
    }

    /// The number that a value stands for.
    ///
    /// # Errors
    /// [`ParameterError`] when it is of another kind or outside of the range.
    pub fn number_of(&self, value: &ParameterValue) -> Result<f64, ParameterError> {
        let wrong = |found: String| ParameterError::Kind { spec: *self, found };
        match (self.kind, value) {
            (ParameterKind::Integer | ParameterKind::Number, &ParameterValue::Number(number)) => {
                self.check(number).map(|()| number)
            }
            (ParameterKind::Boolean, &ParameterValue::Boolean(value)) => Ok(value.to_number()),
            (ParameterKind::Choice(words), ParameterValue::Word(word)) => words
                .iter()
                .position(|known| known == word)
                .map(|position| position as f64)
                .ok_or_else(|| wrong(format!("{word:?}"))),
            (_, ParameterValue::Boolean(value)) => Err(wrong(value.to_string())),
            (_, ParameterValue::Number(number)) => Err(wrong(number.to_string())),
            (_, ParameterValue::Word(word)) => Err(wrong(format!("{word:?}"))),
        }
    }

    /// The value that a number stands for, as a project file writes it.
    pub fn value_of(&self, number: f64) -> ParameterValue {
        match self.kind {
            ParameterKind::Integer | ParameterKind::Number => ParameterValue::Number(number),
            ParameterKind::Boolean => ParameterValue::Boolean(number != 0.0),
            ParameterKind::Choice(words) => {
                ParameterValue::Word(words.get(number as usize).copied().unwrap_or("").to_owned())
            }
        }
    }
}

/// One value for each parameter of a learner that is known only by its table.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterValues {
    specs: &'static [ParameterSpec],
    /// In the order of `specs`.
    numbers: Vec<f64>,
}

impl ParameterValues {
    /// The defaults.
    pub fn new(specs: &'static [ParameterSpec]) -> Self {
        Self { specs, numbers: specs.iter().map(|spec| spec.default).collect() }
    }

    /// The parameters, in the order of their documentation.
    pub fn specs(&self) -> &'static [ParameterSpec] {
        self.specs
    }

    /// The values as numbers, in the order of [`ParameterValues::specs`].
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// Names and values, as a project file writes them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, ParameterValue)> {
        self.specs
            .iter()
            .zip(&self.numbers)
            .map(|(spec, &number)| (spec.name, spec.value_of(number)))
    }

    /// Sets one parameter by name.
    ///
    /// # Errors
    /// [`ParameterError`] when there is no such parameter, the value is of another kind or
    /// outside of the range.
    pub fn set(&mut self, name: &str, value: &ParameterValue) -> Result<(), ParameterError> {
        let Some(position) = self.specs.iter().position(|spec| spec.name == name) else {
            return Err(ParameterError::Unknown {
                name: name.to_owned(),
                near: nearest(name, self.specs.iter().map(|spec| spec.name)),
            });
        };
        self.numbers[position] = self.specs[position].number_of(value)?;
        Ok(())
    }
}

impl ParameterType for usize {
    const KIND: ParameterKind = ParameterKind::Integer;

    fn to_number(self) -> f64 {
        self as f64
    }

    fn from_number(number: f64) -> Self {
        number as Self
    }
}

impl ParameterType for f64 {
    const KIND: ParameterKind = ParameterKind::Number;

    fn to_number(self) -> f64 {
        self
    }

    fn from_number(number: f64) -> Self {
        number
    }
}

impl ParameterType for bool {
    const KIND: ParameterKind = ParameterKind::Boolean;

    fn to_number(self) -> f64 {
        f64::from(u8::from(self))
    }

    fn from_number(number: f64) -> Self {
        number != 0.0
    }
}
