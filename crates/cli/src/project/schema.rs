//! The JSON Schema of a project file, for editors that check and complete YAML.
//!
//! Learners and their parameters come from the table that checks them.

use modelseal_train::experiment::Metric;
use modelseal_train::learn::{LEARNERS, LearnerEntry, ParameterKind, ParameterSpec};
use serde_json::{Map, Value, json};

/// The schema (draft 2020-12).
pub(crate) fn schema() -> Value {
    let metrics: Vec<&str> = Metric::every().map(Metric::name).collect();
    let ids: Vec<&str> = LEARNERS.iter().map(|entry| entry.id).collect();
    let text = || json!({ "type": "string" });
    let flag = || json!({ "type": "boolean" });
    let learners = json!({ "type": "array", "items": { "enum": ids } });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A modelseal project",
        "type": "object",
        "additionalProperties": false,
        "required": ["model", "data", "inputs", "output"],
        "properties": {
            "model": object(&["qualified_name", "version"], json!({
                "qualified_name": { "type": "string", "pattern": "^[a-z][a-z0-9_]*$" },
                "display_name": text(),
                "description": text(),
                "version": text(),
            })),
            "data": object(&["source", "target"], json!({
                "source": text(),
                "target": text(),
                "columns": { "type": "object", "additionalProperties": text() },
                "synthetic": flag(),
            })),
            "setup": setup(),
            "learner": learner(&ids),
            "compare": object(&[], json!({
                "include": learners,
                "exclude": learners,
                "sort": { "enum": metrics },
            })),
            "tune": object(&[], json!({
                "n_iter": { "type": "integer", "minimum": 1, "default": 10 },
                "search": { "enum": ["tpe", "published"], "default": "tpe" },
                "optimize": { "enum": metrics, "default": "Accuracy" },
                "choose_better": { "type": "boolean", "default": true },
            })),
            "calibrate": { "enum": ["sigmoid", "isotonic"] },
            "threshold": {
                "description": "a measure, a bound such as recall>=0.8, or a probability",
                "type": ["string", "number"],
            },
            "finalize": { "type": "boolean", "default": false },
            "inputs": { "type": "array", "minItems": 1, "items": object(&["name", "type"], json!({
                "name": text(),
                "column": text(),
                "type": { "enum": ["integer", "number", "boolean", "category"] },
                "range": {
                    "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2
                },
                "values": { "type": "object", "additionalProperties": { "type": "number" } },
                "required": flag(),
                "description": text(),
            })) },
            "output": object(&["name", "classes"], json!({
                "name": text(),
                "classes": {
                    "type": "object",
                    "minProperties": 2,
                    "additionalProperties": { "type": ["string", "number", "boolean"] },
                },
                "description": text(),
            })),
            "store": object(&[], json!({ "url": text() })),
            "keys": object(&[], json!({ "keyring": text() })),
        },
    })
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn setup() -> Value {
    let share = |default: f64| json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "default": default });
    let flag = |default: bool| json!({ "type": "boolean", "default": default });
    object(
        &[],
        json!({
            "session_id": { "type": "integer", "minimum": 0, "maximum": u32::MAX, "default": 42 },
            "train_size": share(0.7),
            "data_split_stratify": flag(true),
            "numeric_imputation": {
                "oneOf": [
                    { "enum": ["mean", "median", "mode"] },
                    object(&["constant"], json!({ "constant": { "type": "number" } })),
                ],
                "default": "mean",
            },
            "max_encoding_ohe": { "type": "integer", "default": 25 },
            "remove_multicollinearity": flag(false),
            "multicollinearity_threshold": {
                "type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.9
            },
            "remove_outliers": flag(false),
            "outliers_threshold": {
                "type": "number", "exclusiveMinimum": 0, "maximum": 0.5, "default": 0.05
            },
            "fix_imbalance": flag(false),
            "normalize": flag(true),
            "normalize_method": {
                "enum": ["zscore", "minmax", "maxabs", "robust"], "default": "zscore"
            },
            "feature_selection": flag(false),
            "feature_selection_method": { "enum": ["classic", "univariate"], "default": "classic" },
            "n_features_to_select": { "type": "number", "exclusiveMinimum": 0, "default": 0.2 },
            "fold": { "type": "integer", "minimum": 2, "default": 10 },
        }),
    )
}

/// A learner, and the parameters that its identifier allows.
fn learner(ids: &[&str]) -> Value {
    let rules: Vec<Value> = LEARNERS
        .iter()
        .map(|entry| {
            json!({
                "if": { "properties": { "id": { "const": entry.id } }, "required": ["id"] },
                "then": { "properties": { "parameters": parameters(entry) } },
            })
        })
        .collect();
    let mut learner = object(
        &[],
        json!({
            "id": { "enum": ids, "default": super::LEARNER_DEFAULT },
            "parameters": { "type": "object" },
        }),
    );
    learner["allOf"] = rules.into();
    learner
}

fn parameters(entry: &LearnerEntry) -> Value {
    let properties: Map<String, Value> =
        entry.parameters.iter().map(|spec| (spec.name.to_owned(), parameter(spec))).collect();
    object(&[], properties.into())
}

fn parameter(spec: &ParameterSpec) -> Value {
    let mut value = match spec.kind {
        ParameterKind::Integer => {
            let (minimum, maximum) = (spec.minimum as i64, spec.maximum as i64);
            json!({ "type": "integer", "minimum": minimum, "maximum": maximum })
        }
        ParameterKind::Number => {
            json!({ "type": "number", "minimum": spec.minimum, "maximum": spec.maximum })
        }
        ParameterKind::Boolean => json!({ "type": "boolean" }),
        ParameterKind::Choice(words) => json!({ "enum": words }),
    };
    value["default"] = match spec.kind {
        ParameterKind::Integer => json!(spec.default as i64),
        _ => json!(spec.value_of(spec.default)),
    };
    value["description"] = spec.description.into();
    value
}

#[cfg(test)]
mod tests {
    use modelseal_train::experiment::{Setup, TuneOptions};

    use super::*;

    fn names(value: &Value) -> Vec<&String> {
        value.as_object().unwrap().keys().collect()
    }

    /// Every option is there, with its default.
    #[test]
    fn options_and_defaults_are_those_of_the_code() {
        let schema = schema();
        let sections = &schema["properties"];
        for (section, options) in [
            ("setup", serde_json::to_value(Setup::default()).unwrap()),
            ("tune", serde_json::to_value(TuneOptions::default()).unwrap()),
        ] {
            let described = &sections[section]["properties"];
            assert_eq!(names(described), names(&options), "{section}");
            for (name, default) in options.as_object().unwrap() {
                let found = &described[name]["default"];
                let is_same = found == default || found.as_f64() == default.as_f64();
                assert!(is_same, "{section}.{name}: {found} {default}");
            }
        }
    }
}
