//! What is wrong with a request, in the words of the published service.
//!
//! Clients of the published service read these messages, so their form is part of the
//! contract: `Field '...' in type '...' has error '<code>', <text>.`

use modelseal_model::{InputError, InputKind, Record, RecordError, Rule, Schema};
use serde::de::IgnoredAny;

use crate::error::excerpt;

/// Reads the record of a request, or says what is wrong with the body as a whole.
pub(crate) fn read_record(body: &[u8]) -> Result<Record, String> {
    // Windows editors put a byte order mark in front; the published service reads past it.
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = std::str::from_utf8(body)
        .map_err(|error| format!("the body is not UTF-8: byte {} is wrong", error.valid_up_to()))?;
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    if text.is_empty() || text == "null" {
        return Err("field required".to_owned());
    }
    if !text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return Err("value is not a valid dict".to_owned());
    }
    // The untrimmed bytes: positions in messages are those of the client's text.
    Record::from_json(body).map_err(|error| match error {
        RecordError::Json(why) => format!("the body is not valid JSON: {why}"),
        RecordError::Duplicate(name) => {
            format!("member '{}' appears twice; send it once", excerpt(&name))
        }
    })
}

/// One message for each broken rule, at most `count_max`.
pub(crate) fn messages(
    errors: &[InputError],
    schema: &Schema,
    type_name: &str,
    count_max: usize,
) -> Vec<String> {
    let mut messages: Vec<String> = errors
        .iter()
        .take(count_max)
        .map(|error| {
            let (code, text) = code_and_text(error, schema);
            let field = excerpt(&error.field);
            format!("Field '{field}' in type '{type_name}' has error '{code}', {text}.")
        })
        .collect();
    if errors.len() > count_max {
        messages.push(format!("... and {} more.", errors.len() - count_max));
    }
    messages
}

fn code_and_text(error: &InputError, schema: &Schema) -> (&'static str, String) {
    let plain = |code, text: &str| (code, text.to_owned());
    match &error.rule {
        Rule::Missing => plain("value_error.missing", "field required"),
        Rule::Integer => plain("type_error.integer", "value is not a valid integer"),
        Rule::Number => plain("type_error.float", "value is not a valid float"),
        Rule::Boolean => plain("type_error.bool", "value could not be parsed to a boolean"),
        Rule::Minimum(bound) => (
            "value_error.number.not_ge",
            format!(
                "ensure this value is greater than or equal to {}",
                show_bound(*bound, error, schema)
            ),
        ),
        Rule::Maximum(bound) => (
            "value_error.number.not_le",
            format!(
                "ensure this value is less than or equal to {}",
                show_bound(*bound, error, schema)
            ),
        ),
        Rule::Category(permitted) => {
            let words: Vec<String> = permitted.iter().map(|word| format!("'{word}'")).collect();
            (
                "type_error.enum",
                format!("value is not a valid enumeration member; permitted: {}", words.join(", ")),
            )
        }
        Rule::Unknown(None) => plain("value_error.extra", "extra fields not permitted"),
        Rule::Unknown(Some(near)) => {
            ("value_error.extra", format!("extra fields not permitted (did you mean '{near}'?)"))
        }
    }
}

/// A bound as the field's type writes it: 15 for an integer, 15.0 for a number.
fn show_bound(bound: f64, error: &InputError, schema: &Schema) -> String {
    let field = schema.inputs.iter().find(|input| input.name == error.field);
    match field.map(|input| &input.kind) {
        Some(InputKind::Number { .. }) => format!("{bound:?}"),
        _ => format!("{bound}"),
    }
}
