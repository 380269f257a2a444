//! What is served: an immutable snapshot, with every answer that can be written beforehand.

use std::collections::BTreeMap;

use bytes::Bytes;
use modelseal_model::{InputError, Model, Record};
use modelseal_package::{Details, PackageError, PackageId, VerifiedPackage};
use modelseal_signing::{Fingerprint, Signer};
use serde::Serialize;
use serde_json::json;

use crate::openapi::{self, JsonSchema, ModelDescription, type_name};
use crate::{About, answer};

/// The models that are served and the documents that describe them.
#[derive(Debug)]
pub struct Served {
    models: Vec<ServedModel>,
    positions: BTreeMap<String, usize>,
    pub(crate) list: Bytes,
    pub(crate) openapi: Bytes,
}

/// One model, taken out of a verified package.
#[derive(Debug)]
pub struct ServedModel {
    id: PackageId,
    details: Details,
    signer: Signer,
    model: Model,
    pub(crate) input_type: String,
    pub(crate) metadata: Bytes,
    /// The whole answer for each class: a prediction writes no JSON.
    answers: Vec<Bytes>,
}

impl Served {
    /// Joins models, in the order in which they are listed. Of two with one name the first counts.
    pub fn new(models: Vec<ServedModel>, about: &About) -> Self {
        let mut positions = BTreeMap::new();
        for (position, model) in models.iter().enumerate() {
            positions.entry(model.id.name().to_owned()).or_insert(position);
        }
        let descriptions: Vec<ModelDescription<'_>> =
            models.iter().map(ServedModel::description).collect();
        let list = ListBody { models: models.iter().map(ServedModel::details_body).collect() };
        Self {
            list: answer::json_bytes(&list),
            openapi: openapi_bytes(about, &descriptions),
            positions,
            models,
        }
    }

    /// The models, in the order in which they are listed.
    pub fn models(&self) -> &[ServedModel] {
        &self.models
    }

    /// The model of this qualified name.
    pub fn model(&self, qualified_name: &str) -> Option<&ServedModel> {
        self.positions.get(qualified_name).map(|&position| &self.models[position])
    }
}

impl ServedModel {
    /// Decodes the model of a package. The archive itself is not kept.
    ///
    /// # Errors
    /// [`PackageError::Model`] when the model is malformed or exceeds a limit.
    pub fn new(package: &VerifiedPackage) -> Result<Self, PackageError> {
        let manifest = package.manifest();
        let model = package.model()?;
        let output = &model.schema().output;
        let answers = output
            .classes
            .iter()
            .map(|class| answer::json_bytes(&json!({ (output.name.as_str()): class.label })))
            .collect();
        let mut served = Self {
            id: manifest.id.clone(),
            details: manifest.details.clone(),
            signer: package.signer().clone(),
            input_type: type_name(manifest.id.name(), "Input"),
            metadata: Bytes::new(),
            answers,
            model,
        };
        served.metadata = served.metadata_bytes();
        Ok(served)
    }

    /// Name, version and date.
    pub fn id(&self) -> &PackageId {
        &self.id
    }

    /// Whose key sealed the package.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What the OpenAPI document says about it.
    pub fn description(&self) -> ModelDescription<'_> {
        ModelDescription {
            qualified_name: self.id.name(),
            description: &self.details.description,
            schema: self.model.schema(),
        }
    }

    /// The answer to one record, as the bytes of its JSON.
    pub(crate) fn answer(&self, record: &Record) -> Result<Bytes, Vec<InputError>> {
        let row = self.model.row(record)?;
        Ok(self.answers[self.model.predict(row).class].clone())
    }

    fn details_body(&self) -> DetailsBody<'_> {
        DetailsBody {
            display_name: &self.details.display_name,
            qualified_name: self.id.name(),
            description: &self.details.description,
            version: self.id.version().to_string(),
        }
    }

    fn metadata_bytes(&self) -> Bytes {
        let (input_schema, output_schema) = openapi::json_schemas(&self.description());
        answer::json_bytes(&MetadataBody {
            details: self.details_body(),
            input_schema,
            output_schema,
            package: &self.id,
            sealed_by: SignerBody { name: &self.signer.name, fingerprint: self.signer.fingerprint },
        })
    }
}

#[derive(Serialize)]
struct ListBody<'a> {
    models: Vec<DetailsBody<'a>>,
}

/// The members and their order are those of the published service.
#[derive(Serialize)]
struct DetailsBody<'a> {
    display_name: &'a str,
    qualified_name: &'a str,
    description: &'a str,
    version: String,
}

/// The published members first, then what it does not know.
#[derive(Serialize)]
struct MetadataBody<'a> {
    #[serde(flatten)]
    details: DetailsBody<'a>,
    input_schema: JsonSchema,
    output_schema: JsonSchema,
    package: &'a PackageId,
    sealed_by: SignerBody<'a>,
}

#[derive(Serialize)]
struct SignerBody<'a> {
    name: &'a str,
    fingerprint: Fingerprint,
}

/// The OpenAPI document of a service, as JSON.
pub(crate) fn openapi_bytes(about: &About, models: &[ModelDescription<'_>]) -> Bytes {
    let document = openapi::document(&about.title, &about.version, &about.description, models);
    answer::json_bytes(&document)
}
