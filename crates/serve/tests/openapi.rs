//! The OpenAPI document is part of the contract: a change of it must be seen in a review.
//!
//! `MODELSEAL_BLESS=1 cargo test -p modelseal-serve --test openapi` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop there")]

mod fixture;

use std::collections::BTreeSet;

use modelseal_serve::openapi::{ModelDescription, document};
use openapiv3::OpenAPI;

fn describe(schema: &modelseal_model::Schema) -> ModelDescription<'_> {
    ModelDescription {
        qualified_name: fixture::NAME,
        description: "Predicts the risk of diabetes from a few answers.",
        schema,
    }
}

#[test]
fn the_document_is_the_golden_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/openapi.json");
    let document = document("Model Service", "0.1.0", "", &[describe(&fixture::schema())]);
    let found = serde_json::to_string_pretty(&document).unwrap() + "\n";
    if std::env::var_os("MODELSEAL_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    assert!(found == expected, "the document differs from {path}; see how to write it anew above");
    let again: OpenAPI = serde_json::from_str(&found).unwrap();
    assert_eq!(again, document, "it must read back as it was written");
}

#[test]
fn names_are_those_of_the_published_service() {
    let document = document("", "", "", &[describe(&fixture::schema())]);
    let ids: Vec<_> = document
        .operations()
        .map(|(_, _, operation)| operation.operation_id.as_deref().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "get_root__get",
            "health_check_api_health_get",
            "readiness_check_api_health_ready_get",
            "startup_check_api_health_startup_get",
            "get_models_api_models_get",
            "get_model_metadata_api_models__model_qualified_name__metadata_get",
            "PredictionController_api_models_diabetes_risk_model_prediction_post",
        ]
    );
    let schemas = &document.components.as_ref().unwrap().schemas;
    for name in [
        "Age",
        "DiabetesRisk",
        "DiabetesRiskModelInput",
        "DiabetesRiskModelOutput",
        "Error",
        "GeneralHealth",
        "HealthStatus",
        "HealthStatusResponse",
        "ModelDetails",
        "ModelDetailsCollection",
        "ModelMetadata",
        "ReadinessStatus",
        "ReadinessStatusResponse",
        "StartupStatus",
        "StartupStatusResponse",
    ] {
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[test]
fn fields_that_share_a_name_keep_their_own_types() {
    let first = fixture::schema();
    let mut second = first.clone();
    // The same enumeration is shared, another of the same name is not; nor may a field take
    // the name of a type of the service itself.
    second.inputs[2].name = "error".to_owned();
    second.output.classes[0].label = "UNKNOWN".to_owned();
    let mut other = describe(&second);
    other.qualified_name = "other";
    let document = document("", "", "", &[describe(&first), other]);
    let json = serde_json::to_value(&document).unwrap();
    let schemas = &json["components"]["schemas"];
    assert_eq!(schemas["DiabetesRisk"]["enum"][0], "NO_DIABETES");
    assert_eq!(schemas["OtherDiabetesRisk"]["enum"][0], "UNKNOWN");
    assert_eq!(schemas["Error"]["type"], "object");
    assert_eq!(schemas["OtherError"]["type"], "string");
    assert!(schemas.get("OtherGeneralHealth").is_none());
    let mut references = BTreeSet::new();
    collect_references(&json, &mut references);
    for reference in references {
        assert!(json.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
    }
}

fn collect_references(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(members) => {
            if let Some(target) = members.get("$ref").and_then(|target| target.as_str()) {
                found.insert(target.to_owned());
            }
            members.values().for_each(|member| collect_references(member, found));
        }
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| collect_references(item, found));
        }
        _ => {}
    }
}
