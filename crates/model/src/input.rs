//! From a caller's JSON to the numbers of one row.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;
use thiserror::Error;

use crate::{InputField, InputKind};

/// The members of one JSON object, in the order in which they were sent.
///
/// Unlike a map it cannot hide a repeated member: reading one twice is an error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    members: Vec<(String, Value)>,
    /// Positions of the members, in the order of their names.
    sorted: Vec<usize>,
}

/// Why bytes are not a [`Record`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecordError {
    /// Not JSON, or not an object; the text tells line and column.
    #[error("{0}")]
    Json(String),
    /// One member twice: two readers could disagree on which one counts.
    #[error("member {0:?} appears twice; send it once")]
    Duplicate(String),
}

/// What is wrong with one member of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct InputError {
    /// Name of the input field, or of the unknown member.
    pub field: String,
    /// The rule that it breaks.
    pub rule: Rule,
}

/// The rules of an input field.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// The field is required and was left out or `null`.
    Missing,
    /// Not a whole number that fits 64 bits.
    Integer,
    /// Not a finite number.
    Number,
    /// Neither `true` nor `false`.
    Boolean,
    /// Below the smallest permitted value.
    Minimum(f64),
    /// Above the largest permitted value.
    Maximum(f64),
    /// Not one of the permitted words.
    Category(Vec<String>),
    /// The model has no such input; the closest one, when there is one.
    Unknown(Option<String>),
}

impl fmt::Display for InputError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "field {:?}: ", self.field)?;
        match &self.rule {
            Rule::Missing => write!(out, "is required"),
            Rule::Integer => write!(out, "is not a whole number"),
            Rule::Number => write!(out, "is not a finite number"),
            Rule::Boolean => write!(out, "is neither true nor false"),
            Rule::Minimum(minimum) => {
                write!(out, "is less than the smallest permitted value {minimum}")
            }
            Rule::Maximum(maximum) => {
                write!(out, "is greater than the largest permitted value {maximum}")
            }
            Rule::Category(permitted) => write!(out, "is not one of {}", permitted.join(", ")),
            Rule::Unknown(None) => write!(out, "is not an input of this model"),
            Rule::Unknown(Some(near)) => {
                write!(out, "is not an input of this model; did you mean {near:?}?")
            }
        }
    }
}

impl std::error::Error for InputError {}

impl Record {
    /// Reads one JSON object.
    ///
    /// Nesting is bounded by `serde_json` (128 levels); the caller bounds the bytes.
    ///
    /// # Errors
    /// [`RecordError`] when the bytes are not one JSON object or repeat a member.
    pub fn from_json(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        let json = |error: serde_json::Error| RecordError::Json(error.to_string());
        let members = deserializer.deserialize_map(MembersVisitor).map_err(json)?;
        deserializer.end().map_err(json)?;
        let name = |position: usize| members[position].0.as_str();
        let mut sorted: Vec<usize> = (0..members.len()).collect();
        sorted.sort_unstable_by_key(|&position| name(position));
        match sorted.windows(2).find(|pair| name(pair[0]) == name(pair[1])) {
            Some(pair) => Err(RecordError::Duplicate(name(pair[0]).to_owned())),
            None => Ok(Self { members, sorted }),
        }
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.sorted.binary_search_by_key(&name, |&member| &self.members[member].0);
        place.ok().map(|place| &self.members[self.sorted[place]].1)
    }

    /// The names of all members, in the order in which they were sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

impl InputField {
    /// The number that `value` stands for; NaN when it is absent or `null` and not required.
    ///
    /// Whole numbers may also be sent as `20.0` or `"20"`, as clients of the published service do.
    pub(crate) fn number(&self, value: Option<&Value>) -> Result<f64, InputError> {
        let broken = |rule| InputError { field: self.name.clone(), rule };
        let value = match value {
            None | Some(Value::Null) if self.required => return Err(broken(Rule::Missing)),
            None | Some(Value::Null) => return Ok(f64::NAN),
            Some(value) => value,
        };
        match &self.kind {
            InputKind::Integer { minimum, maximum } => {
                let number = whole(value).ok_or_else(|| broken(Rule::Integer))?;
                match (minimum, maximum) {
                    (Some(minimum), _) if number < i128::from(*minimum) => {
                        Err(broken(Rule::Minimum(*minimum as f64)))
                    }
                    (_, Some(maximum)) if number > i128::from(*maximum) => {
                        Err(broken(Rule::Maximum(*maximum as f64)))
                    }
                    _ => Ok(number as f64),
                }
            }
            InputKind::Number { minimum, maximum } => {
                let number = real(value).ok_or_else(|| broken(Rule::Number))?;
                match (minimum, maximum) {
                    (Some(minimum), _) if number < *minimum => Err(broken(Rule::Minimum(*minimum))),
                    (_, Some(maximum)) if number > *maximum => Err(broken(Rule::Maximum(*maximum))),
                    _ => Ok(number),
                }
            }
            InputKind::Boolean => match value {
                Value::Bool(true) => Ok(1.0),
                Value::Bool(false) => Ok(0.0),
                _ => Err(broken(Rule::Boolean)),
            },
            InputKind::Category { values } => {
                let word = value.as_str();
                match values.iter().find(|category| Some(category.label.as_str()) == word) {
                    Some(category) => Ok(category.number),
                    None => Err(broken(Rule::Category(
                        values.iter().map(|category| category.label.clone()).collect(),
                    ))),
                }
            }
        }
    }
}

/// A whole number, also when it is written as `20.0`, `"20"` or with more digits than fit
/// 64 bits (so that the range, not the type, is what the message names).
fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Some(i128::from(number)),
            // Exact for every whole f64 in the i128 range; the cast saturates beyond it.
            None => {
                number.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i128)
            }
        },
        _ => None,
    }
}

fn real(value: &Value) -> Option<f64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_f64(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}
