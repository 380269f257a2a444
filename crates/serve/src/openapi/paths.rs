//! The operations of the document.

use openapiv3::{
    MediaType, Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathItem, PathStyle,
    ReferenceOr, RequestBody, Response, Responses, Schema, SchemaData, SchemaKind, StatusCode,
    StringType, Type,
};

use super::ModelDescription;

type Path = (String, ReferenceOr<PathItem>);

/// The routes that are always there.
pub(super) fn fixed() -> Vec<Path> {
    let get = |path: &str, operation| {
        (
            path.to_owned(),
            ReferenceOr::Item(PathItem { get: Some(operation), ..PathItem::default() }),
        )
    };
    let status = |id, summary, description: &str, schema| Operation {
        responses: responses(vec![
            (200, "Yes.", Some(schema)),
            (503, "No; the answer says why.", Some(schema)),
        ]),
        ..operation(id, summary, description)
    };
    let root = Operation {
        responses: responses(vec![(307, "To the page that describes the service.", None)]),
        ..operation("get_root__get", "Get Root", "Root of the API.")
    };
    let health = Operation {
        responses: responses(vec![(200, "Healthy.", Some("HealthStatusResponse"))]),
        ..operation(
            "health_check_api_health_get",
            "Health Check",
            "Whether the process works; restart it when not. A package that is refused is no \
             reason to restart: see readiness.",
        )
    };
    let ready = status(
        "readiness_check_api_health_ready_get",
        "Readiness Check",
        "Whether every model is verified and predictions are answered.",
        "ReadinessStatusResponse",
    );
    let startup = status(
        "startup_check_api_health_startup_get",
        "Startup Check",
        "Whether every model has been verified once.",
        "StartupStatusResponse",
    );
    let models = Operation {
        responses: responses(vec![(200, "The models.", Some("ModelDetailsCollection"))]),
        ..operation(
            "get_models_api_models_get",
            "Get Models",
            "The models that are served; none before all are verified.",
        )
    };
    let metadata = Operation {
        parameters: vec![ReferenceOr::Item(qualified_name())],
        responses: responses(vec![
            (200, "The model.", Some("ModelMetadata")),
            (404, "No model has this name.", Some("Error")),
            (503, "The model is not verified yet.", Some("Error")),
        ]),
        ..operation(
            "get_model_metadata_api_models__model_qualified_name__metadata_get",
            "Get Model Metadata",
            "One model: its schemas, its package and who sealed it.",
        )
    };
    vec![
        get("/", root),
        get("/api/health", health),
        get("/api/health/ready", ready),
        get("/api/health/startup", startup),
        get("/api/models", models),
        get("/api/models/{model_qualified_name}/metadata", metadata),
    ]
}

/// The prediction of one model, by the names of its types.
pub(super) fn prediction(model: &ModelDescription<'_>, input: &str, output: &str) -> Path {
    let name = model.qualified_name;
    let operation = Operation {
        request_body: Some(ReferenceOr::Item(RequestBody {
            content: [json(input)].into_iter().collect(),
            required: true,
            ..RequestBody::default()
        })),
        responses: responses(vec![
            (200, "The prediction.", Some(output)),
            (400, "The input breaks a rule; one message for each.", Some("Error")),
            (404, "No model has this name.", Some("Error")),
            (408, "The body did not arrive in time.", Some("Error")),
            (413, "The body is too large.", Some("Error")),
            (415, "The body is not JSON.", Some("Error")),
            (500, "A defect of the service; the log has it.", Some("Error")),
            (503, "The model is not verified yet.", Some("Error")),
        ]),
        ..operation(
            &format!("PredictionController_api_models_{name}_prediction_post"),
            "Predictioncontroller",
            model.description,
        )
    };
    let item = PathItem { post: Some(operation), ..PathItem::default() };
    (format!("/api/models/{name}/prediction"), ReferenceOr::Item(item))
}

fn operation(id: &str, summary: &str, description: &str) -> Operation {
    Operation {
        summary: Some(summary.to_owned()),
        description: (!description.is_empty()).then(|| description.to_owned()),
        operation_id: Some(id.to_owned()),
        ..Operation::default()
    }
}

fn responses(list: Vec<(u16, &str, Option<&str>)>) -> Responses {
    let response = |description: &str, schema: Option<&str>| Response {
        description: description.to_owned(),
        content: schema.map(json).into_iter().collect(),
        ..Response::default()
    };
    Responses {
        responses: list
            .into_iter()
            .map(|(code, description, schema)| {
                (StatusCode::Code(code), ReferenceOr::Item(response(description, schema)))
            })
            .collect(),
        ..Responses::default()
    }
}

fn json(schema: &str) -> (String, MediaType) {
    let reference = format!("#/components/schemas/{schema}");
    let schema = Some(ReferenceOr::Reference { reference });
    ("application/json".to_owned(), MediaType { schema, ..MediaType::default() })
}

fn qualified_name() -> Parameter {
    let text = SchemaKind::Type(Type::String(StringType::default()));
    let schema = Schema { schema_data: SchemaData::default(), schema_kind: text };
    Parameter::Path {
        parameter_data: ParameterData {
            name: "model_qualified_name".to_owned(),
            description: None,
            required: true,
            deprecated: None,
            format: ParameterSchemaOrContent::Schema(ReferenceOr::Item(schema)),
            example: None,
            examples: Default::default(),
            explode: None,
            extensions: Default::default(),
        },
        style: PathStyle::Simple,
    }
}
