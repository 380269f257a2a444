//! From bytes to a [`Model`]: sizes first, then structure, then every index.

use thiserror::Error;

use crate::encode::{Description, FORMAT, Step};
use crate::learner::Shape;
use crate::tensors::TensorReader;
use crate::{Decision, InvalidModel, Learner, Limits, Model, TensorError, Transform, TreesError};

/// Why bytes are not a model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DecodeError {
    /// A file is larger than a limit.
    #[error("{file} has {found} bytes, the limit is {max}")]
    TooLarge {
        /// `model.json` or `parameters.safetensors`.
        file: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes permitted.
        max: usize,
    },
    /// `model.json` is not what the format describes; the text tells line and column.
    #[error("model.json: {0}")]
    Json(String),
    /// A format that this version does not read.
    #[error("model.json: the format is {0:?}, this version reads {FORMAT:?}; update modelseal")]
    Format(String),
    /// `parameters.safetensors` does not hold the arrays that `model.json` needs.
    #[error("parameters.safetensors: {0}")]
    Tensors(#[from] TensorError),
    /// The arrays do not form trees.
    #[error("parameters.safetensors: {0}")]
    Trees(#[from] TreesError),
    /// The parts do not fit each other.
    #[error(transparent)]
    Invalid(#[from] InvalidModel),
}

impl Model {
    /// Reads a model from its two byte strings.
    ///
    /// This checks form, not trust: open packages with the package crate, which calls it
    /// only on bytes that a seal covers.
    ///
    /// # Errors
    /// [`DecodeError`] names the file and what is wrong in it.
    pub fn decode(
        model_json: &[u8],
        parameters: &[u8],
        limits: &Limits,
    ) -> Result<Self, DecodeError> {
        check_size("model.json", model_json, limits.model_json_bytes_max)?;
        check_size("parameters.safetensors", parameters, limits.parameters_bytes_max)?;
        let description: Description = serde_json::from_slice(model_json)
            .map_err(|error| DecodeError::Json(error.to_string()))?;
        if description.format != FORMAT {
            return Err(DecodeError::Format(description.format));
        }
        // One model has one text: what a member may look like is decided here, not by a parser.
        if description.to_json().ok().as_deref() != Some(model_json) {
            return Err(DecodeError::Json(
                "it is not written in the one form of a model".to_owned(),
            ));
        }
        let mut arrays = TensorReader::new(parameters, limits.tensor_header_bytes_max)?;
        let transforms = description
            .transforms
            .into_iter()
            .enumerate()
            .map(|(position, step)| read_transform(position, &step, &mut arrays))
            .collect::<Result<_, _>>()?;
        let shape = Shape {
            class_count: description.schema.output.classes.len(),
            feature_count: description.features.len(),
        };
        let learner = Learner::read(description.learner, &mut arrays, shape, limits)?;
        let decision = match description.decision {
            None => Decision::default(),
            Some(description) => Decision::read(description, &mut arrays)?,
        };
        if description.decision.is_some() && decision.is_none() {
            return Err(DecodeError::Json("decision: it says nothing".to_owned()));
        }
        arrays.finish()?;
        Ok(Self::new(description.schema, description.features, transforms, learner, limits)?
            .with_decision(decision)?)
    }
}

fn check_size(file: &'static str, bytes: &[u8], max: usize) -> Result<(), DecodeError> {
    if bytes.len() > max {
        return Err(DecodeError::TooLarge { file, found: bytes.len(), max });
    }
    Ok(())
}

fn read_transform(
    position: usize,
    step: &Step,
    arrays: &mut TensorReader<'_>,
) -> Result<Transform, TensorError> {
    Ok(match step {
        Step::Impute { method } => Transform::Impute {
            method: *method,
            fill: arrays.f64(&format!("transform.{position}.fill"))?,
        },
        Step::Normalize { method } => Transform::Normalize {
            method: *method,
            center: arrays.f64(&format!("transform.{position}.center"))?,
            scale: arrays.f64(&format!("transform.{position}.scale"))?,
        },
    })
}
