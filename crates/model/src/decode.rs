//! From bytes to a [`Model`]: sizes first, then structure, then every index.

use thiserror::Error;

use crate::encode::{Description, FORMAT, Step};
use crate::learner::Shape;
use crate::tensors::TensorReader;
use crate::transform::prepared_width;
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
            .map(|(position, step)| read_transform(position, &step, &mut arrays, limits))
            .collect::<Result<Vec<Transform>, _>>()?;
        let shape = Shape {
            class_count: description.schema.output.classes.len(),
            feature_count: prepared_width(&transforms, description.features.len(), limits)?,
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
    limits: &Limits,
) -> Result<Transform, DecodeError> {
    Ok(match step {
        Step::Impute { method } => Transform::Impute {
            method: *method,
            fill: arrays.f64(&format!("transform.{position}.fill"))?,
        },
        Step::OneHot {} => {
            let start = arrays.u32(&format!("transform.{position}.start"))?;
            let levels = arrays.f64(&format!("transform.{position}.levels"))?;
            // Before each column takes memory of its own.
            limits.check_columns(start.len().saturating_sub(1).max(levels.len()))?;
            let levels = deal(&start, &levels).ok_or_else(|| InvalidModel::Transform {
                position,
                why: "one_hot.start must begin with 0, not decrease and end with the number of \
                      levels"
                    .to_owned(),
            })?;
            Transform::OneHot { levels }
        }
        Step::Normalize { method } => Transform::Normalize {
            method: *method,
            center: arrays.f64(&format!("transform.{position}.center"))?,
            scale: arrays.f64(&format!("transform.{position}.scale"))?,
        },
    })
}

/// The levels of each column; `None` unless `start` deals them all, in their order.
fn deal(start: &[u32], levels: &[f64]) -> Option<Vec<Vec<f64>>> {
    let ends = (start.first()?, start.last()?);
    if *ends.0 != 0 || *ends.1 as usize != levels.len() {
        return None;
    }
    let column = |pair: &[u32]| levels.get(pair[0] as usize..pair[1] as usize).map(<[_]>::to_vec);
    start.windows(2).map(column).collect()
}
