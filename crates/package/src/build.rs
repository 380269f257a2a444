//! Making a package, still without a seal.

use bytes::Bytes;
use jiff::Timestamp;
use modelseal_model::EncodedModel;

use crate::UnverifiedPackage;
use crate::archive::{Entries, METRICS_JSON, MODEL_JSON, PARAMETERS_SAFETENSORS};
use crate::manifest::FORMAT;
use crate::{DataSource, Details, FileEntry, Limits, Manifest, PackageError, PackageId};

/// What goes into a package, beside the digests that [`pack`] computes.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Name, version and date.
    pub id: PackageId,
    /// When the package is made.
    pub created_at: Timestamp,
    /// Higher than that of every earlier release; see [`Manifest::sequence`].
    pub sequence: u64,
    /// The last moment at which the package is accepted, if it is to end.
    pub expires_at: Option<Timestamp>,
    /// What a person should know about the model.
    pub details: Details,
    /// The data that the model was trained on.
    pub data: Option<DataSource>,
    /// The model.
    pub model: EncodedModel,
    /// `metrics.json`: one JSON object.
    pub metrics: Vec<u8>,
}

/// Makes the archive of a package that has no seal yet. The same draft gives the same bytes.
///
/// # Errors
/// [`PackageError`] when a part could not be read back: nothing is packed that would be refused.
pub fn pack(draft: Draft, limits: &Limits) -> Result<Bytes, PackageError> {
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        id: draft.id,
        created_at: draft.created_at,
        sequence: draft.sequence,
        expires_at: draft.expires_at,
        details: draft.details,
        data: draft.data,
        files: vec![
            FileEntry::of(MODEL_JSON, &draft.model.model_json),
            FileEntry::of(PARAMETERS_SAFETENSORS, &draft.model.parameters),
            FileEntry::of(METRICS_JSON, &draft.metrics),
        ],
    };
    let sealed = [
        manifest.to_json()?.into(),
        draft.model.model_json.into(),
        draft.model.parameters.into(),
        draft.metrics.into(),
    ];
    let archive = Entries::new(sealed).write()?;
    UnverifiedPackage::read(archive.clone(), limits)?.check_contents(limits)?;
    Ok(archive)
}
