//! An input field as it stands in JSON: one flat object, unknown members refused.
//!
//! Written by hand because a flattened, tagged enum would let unknown members pass.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{Category, InputField, InputKind};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireField {
    name: String,
    feature: String,
    #[serde(rename = "type")]
    kind: WireKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum: Option<Number>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maximum: Option<Number>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<Category>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum WireKind {
    Integer,
    Number,
    Boolean,
    Category,
}

impl TryFrom<WireField> for InputField {
    type Error = String;

    fn try_from(wire: WireField) -> Result<Self, String> {
        let has_bounds = wire.minimum.is_some() || wire.maximum.is_some();
        let bounded = matches!(wire.kind, WireKind::Integer | WireKind::Number);
        if has_bounds && !bounded {
            return Err(format!("input {:?}: only numbers have a minimum or maximum", wire.name));
        }
        if !wire.values.is_empty() && wire.kind != WireKind::Category {
            return Err(format!("input {:?}: only a category has values", wire.name));
        }
        let integer = |bound: Option<Number>| match bound {
            None => Ok(None),
            Some(number) => number.as_i64().map(Some).ok_or_else(|| {
                format!("input {:?}: the bound {number} of an integer is not an integer", wire.name)
            }),
        };
        let number = |bound: Option<Number>| bound.and_then(|number| number.as_f64());
        let kind = match wire.kind {
            WireKind::Integer => InputKind::Integer {
                minimum: integer(wire.minimum)?,
                maximum: integer(wire.maximum)?,
            },
            WireKind::Number => {
                InputKind::Number { minimum: number(wire.minimum), maximum: number(wire.maximum) }
            }
            WireKind::Boolean => InputKind::Boolean,
            WireKind::Category => InputKind::Category { values: wire.values },
        };
        Ok(Self {
            name: wire.name,
            feature: wire.feature,
            kind,
            required: wire.required,
            description: wire.description,
        })
    }
}

impl From<InputField> for WireField {
    fn from(field: InputField) -> Self {
        let (kind, minimum, maximum, values) = match field.kind {
            InputKind::Integer { minimum, maximum } => {
                (WireKind::Integer, minimum.map(Number::from), maximum.map(Number::from), vec![])
            }
            InputKind::Number { minimum, maximum } => (
                WireKind::Number,
                minimum.and_then(Number::from_f64),
                maximum.and_then(Number::from_f64),
                vec![],
            ),
            InputKind::Boolean => (WireKind::Boolean, None, None, vec![]),
            InputKind::Category { values } => (WireKind::Category, None, None, values),
        };
        Self {
            name: field.name,
            feature: field.feature,
            kind,
            minimum,
            maximum,
            values,
            required: field.required,
            description: field.description,
        }
    }
}
