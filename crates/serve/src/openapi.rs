//! The OpenAPI 3.0 document of a service, from the schemas of its models alone.
//!
//! Operation identifiers and schema names are those of the published service, which clients
//! generated code from. What differs is what was not true there: a 422 that was never sent is
//! gone, the answers that were missing are documented, unknown members are refused.

mod names;
mod paths;
mod schemas;

use modelseal_model::Schema;
use openapiv3::{Components, Info, OpenAPI, Paths};

pub use names::type_name;
pub(crate) use schemas::{JsonSchema, json_schemas};

/// What the document needs to know of a model.
#[derive(Debug, Clone, Copy)]
pub struct ModelDescription<'a> {
    /// The model's qualified name.
    pub qualified_name: &'a str,
    /// One paragraph.
    pub description: &'a str,
    /// What a caller sends and receives.
    pub schema: &'a Schema,
}

/// The document of a service with these models; without any, the routes that are always there.
pub fn document(
    title: &str,
    version: &str,
    description: &str,
    models: &[ModelDescription<'_>],
) -> OpenAPI {
    let mut schemas = schemas::fixed();
    let mut paths = paths::fixed();
    for model in models {
        let types = schemas::add_model(&mut schemas, model);
        paths.push(paths::prediction(model, &types.input, &types.output));
    }
    OpenAPI {
        openapi: "3.0.2".to_owned(),
        info: Info {
            title: title.to_owned(),
            description: (!description.is_empty()).then(|| description.to_owned()),
            version: version.to_owned(),
            ..Info::default()
        },
        paths: Paths { paths: paths.into_iter().collect(), ..Paths::default() },
        components: Some(Components {
            schemas: schemas.into_sorted().collect(),
            ..Components::default()
        }),
        ..OpenAPI::default()
    }
}
