//! The types of the document.

use std::collections::BTreeMap;

use modelseal_model::{InputField, InputKind};
use openapiv3::{
    AdditionalProperties, ArrayType, BooleanType, IntegerType, NumberType, ObjectType, ReferenceOr,
    Schema, SchemaData, SchemaKind, StringType, Type,
};
use serde::Serialize;

use super::ModelDescription;
use super::names::{title, type_name};

type Property = (&'static str, ReferenceOr<Box<Schema>>);

/// Types by name. Sorted, as the published service sorts them.
pub(super) struct Schemas {
    by_name: BTreeMap<String, Schema>,
    dialect: Dialect,
}

/// Two ways to write one type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    /// In an OpenAPI document, which has one place for types and the word `nullable`.
    OpenApi,
    /// A JSON Schema that stands alone, with its types under `definitions`.
    JsonSchema,
}

impl Dialect {
    fn reference(self, name: &str) -> ReferenceOr<Schema> {
        let reference = match self {
            Self::OpenApi => format!("#/components/schemas/{name}"),
            Self::JsonSchema => format!("#/definitions/{name}"),
        };
        ReferenceOr::Reference { reference }
    }

    /// A reference that can carry a description, which a bare `$ref` cannot.
    fn all_of(self, name: &str) -> Schema {
        let all_of = vec![self.reference(name)];
        Schema { schema_data: SchemaData::default(), schema_kind: SchemaKind::AllOf { all_of } }
    }
}

/// The names that the types of a model got.
pub(super) struct ModelTypes {
    pub(super) input: String,
    pub(super) output: String,
    inputs: Vec<String>,
    class: String,
}

/// A JSON Schema that stands alone.
#[derive(Serialize)]
pub(crate) struct JsonSchema {
    #[serde(flatten)]
    schema: Option<Schema>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    definitions: BTreeMap<String, Schema>,
}

impl Schemas {
    fn new(dialect: Dialect) -> Self {
        Self { by_name: BTreeMap::new(), dialect }
    }

    pub(super) fn into_sorted(self) -> impl Iterator<Item = (String, ReferenceOr<Schema>)> {
        self.by_name.into_iter().map(|(name, schema)| (name, ReferenceOr::Item(schema)))
    }

    fn insert(&mut self, name: &str, schema: Schema) {
        self.by_name.insert(name.to_owned(), schema);
    }

    /// Adds a type under `name`, or under a longer one when another type is called so: two
    /// models may each have a field `status`. Gives the name it got.
    fn add(&mut self, name: String, owner: &str, schema: Schema) -> String {
        let longer = format!("{owner}{name}");
        let numbered = (2..).map(|number| format!("{longer}{number}"));
        for candidate in [name, longer.clone()].into_iter().chain(numbered) {
            match self.by_name.get(&candidate) {
                Some(there) if *there != schema => {}
                Some(_) => return candidate,
                None => {
                    self.by_name.insert(candidate.clone(), schema);
                    return candidate;
                }
            }
        }
        longer
    }
}

/// The types of the routes that are always there.
pub(super) fn fixed() -> Schemas {
    let mut schemas = Schemas::new(Dialect::OpenApi);
    let status = |words: &[&str]| enumeration(words.iter().map(|&word| word.to_owned()).collect());
    schemas.insert("HealthStatus", status(&["HEALTHY", "NOT_HEALTHY", "UNKNOWN"]));
    schemas
        .insert("ReadinessStatus", status(&["ACCEPTING_TRAFFIC", "REFUSING_TRAFFIC", "UNKNOWN"]));
    schemas.insert("StartupStatus", status(&["STARTED", "NOT_STARTED", "UNKNOWN"]));
    let reason = || ("reason", inline(described(text(), "Why not; absent when all is well.")));
    schemas.insert(
        "HealthStatusResponse",
        object(vec![("health_status", reference("HealthStatus"))], 1),
    );
    schemas.insert(
        "ReadinessStatusResponse",
        object(vec![("readiness_status", reference("ReadinessStatus")), reason()], 1),
    );
    schemas.insert(
        "StartupStatusResponse",
        object(vec![("startup_status", reference("StartupStatus")), reason()], 1),
    );
    schemas.insert(
        "Error",
        object(vec![("type", inline(text())), ("messages", list(inline(text())))], 2),
    );
    schemas.insert("ModelDetails", object(details(), 4));
    let collection = object(vec![("models", list(reference("ModelDetails")))], 1);
    schemas.insert("ModelDetailsCollection", collection);
    schemas.insert(
        "Signer",
        described(
            object(vec![("name", inline(text())), ("fingerprint", inline(text()))], 2),
            "The trusted key that sealed the package: its name in the keyring and its SHA-256.",
        ),
    );
    let mut metadata = details();
    metadata.push(("input_schema", inline(any_object())));
    metadata.push(("output_schema", inline(any_object())));
    metadata.push(("package", inline(described(text(), "The package: name, version and date."))));
    metadata.push(("sealed_by", reference("Signer")));
    let required = metadata.len();
    schemas.insert("ModelMetadata", object(metadata, required));
    for (name, schema) in &mut schemas.by_name {
        schema.schema_data.title = Some(name.clone());
    }
    schemas
}

/// Adds the input, output and enumerations of a model; gives their names.
pub(super) fn add_model(schemas: &mut Schemas, model: &ModelDescription<'_>) -> ModelTypes {
    let dialect = schemas.dialect;
    let mut inputs = Vec::new();
    let owner = type_name(model.qualified_name, "");
    let mut enumerated = |field: &str, words: Vec<String>| {
        let name = type_name(field, "");
        let mut schema = enumeration(words);
        schema.schema_data.title = Some(name.clone());
        schema.schema_data.description = Some("An enumeration.".to_owned());
        schemas.add(name, &owner, schema)
    };
    let mut properties = Vec::new();
    for input in &model.schema.inputs {
        let enumeration = words(input).map(|words| enumerated(&input.name, words));
        properties
            .push((input.name.clone(), inline(field(input, enumeration.as_deref(), dialect))));
        inputs.extend(enumeration);
    }
    let output = &model.schema.output;
    let classes = output.classes.iter().map(|class| class.label.clone()).collect();
    let class = enumerated(&output.name, classes);
    let required = model.schema.inputs.iter().filter(|input| input.required);
    let input_type = ObjectType {
        properties: properties.into_iter().collect(),
        required: required.map(|input| input.name.clone()).collect(),
        additional_properties: Some(AdditionalProperties::Any(false)),
        ..ObjectType::default()
    };
    let class_field = described_if(dialect.all_of(&class), &output.description);
    let output_type = ObjectType {
        properties: [(output.name.clone(), inline(class_field))].into_iter().collect(),
        required: vec![output.name.clone()],
        ..ObjectType::default()
    };
    let mut add = |suffix, object, description: &str| {
        let name = type_name(model.qualified_name, suffix);
        let mut schema = described(of(Type::Object(object)), description);
        schema.schema_data.title = Some(name.clone());
        schemas.add(name, "Model", schema)
    };
    let input = add("Input", input_type, "Schema for input of the model's predict method.");
    let output = add("Output", output_type, "Schema for output of the model's predict method.");
    ModelTypes { input, output, inputs, class }
}

/// Input and output of a model as JSON Schemas.
pub(crate) fn json_schemas(model: &ModelDescription<'_>) -> (JsonSchema, JsonSchema) {
    let mut schemas = Schemas::new(Dialect::JsonSchema);
    let types = add_model(&mut schemas, model);
    let mut take = |name: &str, used: &[String]| {
        let definitions = used
            .iter()
            .filter_map(|name| Some((name.clone(), schemas.by_name.get(name)?.clone())))
            .collect();
        JsonSchema { schema: schemas.by_name.remove(name), definitions }
    };
    (take(&types.input, &types.inputs), take(&types.output, &[types.class]))
}

fn words(input: &InputField) -> Option<Vec<String>> {
    match &input.kind {
        InputKind::Category { values } => {
            Some(values.iter().map(|value| value.label.clone()).collect())
        }
        _ => None,
    }
}

fn field(input: &InputField, enumeration: Option<&str>, dialect: Dialect) -> Schema {
    let mut schema = match &input.kind {
        InputKind::Integer { minimum, maximum } => of(Type::Integer(IntegerType {
            minimum: *minimum,
            maximum: *maximum,
            ..IntegerType::default()
        })),
        InputKind::Number { minimum, maximum } => of(Type::Number(NumberType {
            minimum: *minimum,
            maximum: *maximum,
            ..NumberType::default()
        })),
        InputKind::Boolean => of(Type::Boolean(BooleanType::default())),
        InputKind::Category { .. } => dialect.all_of(enumeration.unwrap_or_default()),
    };
    if enumeration.is_none() {
        schema.schema_data.title = Some(title(&input.name));
    }
    // Leaving a field out and sending null mean the same: the model fills it in.
    schema.schema_data.nullable = !input.required && dialect == Dialect::OpenApi;
    described_if(schema, &input.description)
}

fn details() -> Vec<Property> {
    ["display_name", "qualified_name", "description", "version"]
        .map(|name| (name, inline(text())))
        .into()
}

fn of(kind: Type) -> Schema {
    Schema { schema_data: SchemaData::default(), schema_kind: SchemaKind::Type(kind) }
}

fn text() -> Schema {
    of(Type::String(StringType::default()))
}

fn enumeration(words: Vec<String>) -> Schema {
    let enumeration = words.into_iter().map(Some).collect();
    of(Type::String(StringType { enumeration, ..StringType::default() }))
}

fn list(items: ReferenceOr<Box<Schema>>) -> ReferenceOr<Box<Schema>> {
    let (items, unique_items) = (Some(items), false);
    inline(of(Type::Array(ArrayType { items, min_items: None, max_items: None, unique_items })))
}

fn any_object() -> Schema {
    described(of(Type::Object(ObjectType::default())), "A JSON Schema.")
}

/// An object whose first `required` properties are always there.
fn object(properties: Vec<Property>, required: usize) -> Schema {
    let required = properties.iter().take(required).map(|(name, _)| (*name).to_owned()).collect();
    let properties =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    of(Type::Object(ObjectType { properties, required, ..ObjectType::default() }))
}

fn reference(name: &str) -> ReferenceOr<Box<Schema>> {
    let reference = format!("#/components/schemas/{name}");
    ReferenceOr::Reference { reference }
}

fn inline(schema: Schema) -> ReferenceOr<Box<Schema>> {
    ReferenceOr::Item(Box::new(schema))
}

fn described(mut schema: Schema, description: &str) -> Schema {
    schema.schema_data.description = Some(description.to_owned());
    schema
}

fn described_if(schema: Schema, description: &str) -> Schema {
    if description.is_empty() { schema } else { described(schema, description) }
}
