//! The two byte strings of a model, and the description that both directions share.

use serde::{Deserialize, Serialize};

use crate::decision::DecisionDescription;
use crate::learner::LearnerDescription;
use crate::tensors::TensorWriter;
use crate::{Imputation, Model, Normalization, Schema, TensorError, Transform};

/// The value of `format` in `model.json`.
pub(crate) const FORMAT: &str = "modelseal-model-v1";

/// A model as bytes. The same model gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedModel {
    /// `model.json`: schema, features, steps, learner; UTF-8 JSON, two spaces of indent.
    pub model_json: Vec<u8>,
    /// `parameters.safetensors`: flat arrays, little-endian.
    pub parameters: Vec<u8>,
}

/// The structure of `model.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    pub(crate) format: String,
    pub(crate) schema: Schema,
    pub(crate) features: Vec<String>,
    pub(crate) transforms: Vec<Step>,
    pub(crate) learner: LearnerDescription,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) decision: Option<DecisionDescription>,
}

/// A transform without its arrays; those of step `i` are called `transform.i.*`.
#[derive(Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Step {
    Impute { method: Imputation },
    OneHot {},
    Normalize { method: Normalization },
}

impl Description {
    /// The one text of a description: two spaces of indent, a line feed at the end.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }
}

impl Model {
    /// Writes the model as bytes.
    ///
    /// # Errors
    /// [`TensorError`] when the array library refuses, which no model that
    /// [`Model::new`] accepted should cause.
    pub fn encode(&self) -> Result<EncodedModel, TensorError> {
        let mut arrays = TensorWriter::default();
        let transforms = self
            .transforms()
            .iter()
            .enumerate()
            .map(|(position, transform)| match transform {
                Transform::Impute { method, fill } => {
                    arrays.f64(&format!("transform.{position}.fill"), fill);
                    Step::Impute { method: *method }
                }
                Transform::OneHot { levels } => {
                    let ends = levels.iter().scan(0, |end, levels| {
                        // Far fewer than u32 counts: see `Limits::feature_count_max`.
                        *end += levels.len() as u32;
                        Some(*end)
                    });
                    let start: Vec<u32> = std::iter::once(0).chain(ends).collect();
                    arrays.u32(&format!("transform.{position}.start"), start.into_iter());
                    arrays.f64(&format!("transform.{position}.levels"), &levels.concat());
                    Step::OneHot {}
                }
                Transform::Normalize { method, center, scale } => {
                    arrays.f64(&format!("transform.{position}.center"), center);
                    arrays.f64(&format!("transform.{position}.scale"), scale);
                    Step::Normalize { method: *method }
                }
            })
            .collect();
        let learner = self.learner().write(&mut arrays);
        let description = Description {
            format: FORMAT.to_owned(),
            schema: self.schema().clone(),
            features: self.features().to_vec(),
            transforms,
            learner,
            decision: self.decision().write(&mut arrays),
        };
        let model_json =
            description.to_json().map_err(|error| TensorError::Malformed(error.to_string()))?;
        Ok(EncodedModel { model_json, parameters: arrays.finish()? })
    }
}
