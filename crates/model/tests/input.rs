//! What callers may send, and what it means.

#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod example;

use example::{from, impute, model, schema};
use modelseal_model::{InputField, InputKind, Model, Record, RecordError};
use proptest::prelude::*;

fn row(model: &Model, json: &str) -> Result<Vec<f64>, String> {
    let record = Record::from_json(json.as_bytes()).map_err(|error| error.to_string())?;
    model
        .row(&record)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// A model whose first input has this type.
fn with(kind: InputKind, required: bool) -> Model {
    let mut schema = schema();
    schema.inputs[0] = InputField { kind, required, ..schema.inputs[0].clone() };
    from(schema, vec![impute()])
}

#[test]
fn whole_numbers() {
    let model = model();
    for (json, number) in
        [("20", 20.0), ("20.0", 20.0), ("\"20\"", 20.0), ("15", 15.0), ("60", 60.0)]
    {
        assert_eq!(row(&model, &format!("{{\"bmi\":{json}}}")).unwrap()[0], number, "{json}");
    }
    for (json, why) in [
        ("20.5", "is not a whole number"),
        ("\"20.5\"", "is not a whole number"),
        ("true", "is not a whole number"),
        ("[]", "is not a whole number"),
        ("14", "less than the smallest permitted value 15"),
        ("61", "greater than the largest permitted value 60"),
        ("1000000000000000000000000000000", "greater than the largest permitted value 60"),
        ("-9223372036854775808", "less than the smallest permitted value 15"),
    ] {
        let error = row(&model, &format!("{{\"bmi\":{json}}}")).unwrap_err();
        assert!(error.contains("field \"bmi\": ") && error.contains(why), "{json}: {error}");
    }
}

#[test]
fn numbers_booleans_and_categories() {
    let number = with(InputKind::Number { minimum: Some(-1.5), maximum: None }, false);
    assert_eq!(row(&number, r#"{"bmi":-1.5}"#).unwrap()[0], -1.5);
    assert!(row(&number, r#"{"bmi":-1.6}"#).unwrap_err().contains("permitted value -1.5"));
    assert!(row(&number, r#"{"bmi":"inf"}"#).unwrap_err().contains("not a finite number"));
    assert!(row(&number, r#"{"bmi":"NaN"}"#).unwrap_err().contains("not a finite number"));
    let boolean = with(InputKind::Boolean, false);
    assert_eq!(row(&boolean, r#"{"bmi":true}"#).unwrap()[0], 1.0);
    assert_eq!(row(&boolean, r#"{"bmi":false}"#).unwrap()[0], 0.0);
    assert!(row(&boolean, r#"{"bmi":1}"#).unwrap_err().contains("neither true nor false"));
    assert_eq!(row(&boolean, r#"{"health":"POOR"}"#).unwrap()[1], 5.0);
    for wrong in ["\"poor\"", "5", "\"\""] {
        let error = row(&boolean, &format!("{{\"health\":{wrong}}}")).unwrap_err();
        assert!(error.contains("is not one of GOOD, POOR"), "{error}");
    }
}

#[test]
fn what_is_left_out_is_imputed_unless_required() {
    let model = model();
    assert!(row(&model, "{}").unwrap().iter().all(|value| value.is_nan()));
    assert!(row(&model, r#"{"bmi":null}"#).unwrap()[0].is_nan());
    assert_eq!(model.predict(vec![f64::NAN; 2]), model.predict(vec![29.0, 2.5]));
    let required = with(InputKind::Boolean, true);
    assert!(row(&required, "{}").unwrap_err().contains("field \"bmi\": is required"));
    assert!(row(&required, r#"{"bmi":null}"#).unwrap_err().contains("is required"));
}

#[test]
fn every_broken_rule_is_told_at_once() {
    let error = row(&model(), r#"{"weight":1,"health":7,"bmi":1,"helth":"GOOD"}"#).unwrap_err();
    let places =
        ["bmi", "health", "weight", "helth"].map(|name| error.find(&format!("field {name:?}")));
    assert!(places[0].is_some() && places.is_sorted(), "{error}");
    assert!(error.ends_with("did you mean \"health\"?"), "{error}");
}

#[test]
fn records_hide_nothing() {
    let read = |json: &str| Record::from_json(json.as_bytes());
    assert_eq!(read(r#"{"a":1,"b":2,"a":3}"#), Err(RecordError::Duplicate("a".into())));
    for json in ["", "null", "[]", "1", "{", "{\"a\":NaN}", "{\"a\":1}x", "{\"a\":01}"] {
        assert!(matches!(read(json), Err(RecordError::Json(_))), "{json}");
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(read(&format!("{{\"a\":{deep}")), Err(RecordError::Json(_))));
}

proptest! {
    #[test]
    fn arbitrary_records_never_panic(json in "\\PC{0,80}", name in "\\PC{0,20}", number in any::<f64>()) {
        let model = model();
        let _ = row(&model, &json);
        let record = serde_json::json!({ name: number, "bmi": number }).to_string();
        if let Ok(row) = row(&model, &record) {
            prop_assert!(row[0].is_nan() || (15.0..=60.0).contains(&row[0]));
        }
    }
}
