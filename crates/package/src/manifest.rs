//! `manifest.json`: what the package says about itself, under its seal.

use jiff::Timestamp;
use modelseal_signing::Digest;
use serde::{Deserialize, Serialize};

use crate::package::too_many_bytes;
use crate::{Limits, MANIFEST_JSON, PackageError, PackageId};

/// The value of `format` in `manifest.json`.
pub(crate) const FORMAT: &str = "modelseal-package-v1";

/// The largest sequence: the largest whole number that every JSON reader keeps exactly.
pub(crate) const SEQUENCE_MAX: u64 = (1 << 53) - 1;

/// The contents of `manifest.json`. Unknown members are refused: a new member is a new format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub(crate) format: String,
    /// Name, version and date.
    pub id: PackageId,
    /// When the package was made, UTC.
    pub created_at: Timestamp,
    /// Counts up from release to release of a model: a reader that follows a model's name
    /// refuses to go back. At most 2^53 - 1, the largest whole number that every JSON reader
    /// keeps exactly.
    pub sequence: u64,
    /// The last moment at which the package is accepted. Whoever hides newer packages from a
    /// reader can do so no longer than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What a person should know about the model.
    pub details: Details,
    /// The data that the model was trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataSource>,
    /// Size and digest of every other file, in archive order.
    pub files: Vec<FileEntry>,
}

impl Manifest {
    /// Reads a manifest, strictly.
    pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, PackageError> {
        let bad = |why: String| PackageError::File { file: MANIFEST_JSON, why };
        if bytes.len() > limits.manifest_bytes_max {
            return Err(bad(too_many_bytes(bytes.len(), limits.manifest_bytes_max)));
        }
        let manifest: Manifest =
            serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
        if manifest.sequence > SEQUENCE_MAX {
            return Err(bad(format!(
                "the sequence is {}, the largest is {SEQUENCE_MAX}",
                manifest.sequence
            )));
        }
        if manifest.format != FORMAT {
            return Err(bad(format!(
                "the format is {:?}, this version reads {FORMAT:?}; update modelseal",
                manifest.format
            )));
        }
        // One manifest has one text: what a member may look like is decided here, not by a parser.
        if manifest.to_json()? != bytes {
            return Err(bad("it is not written in the one form of a manifest".to_owned()));
        }
        Ok(manifest)
    }

    /// The one text of a manifest: members in this order, two spaces of indent, a line feed.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, PackageError> {
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| PackageError::File { file: MANIFEST_JSON, why: error.to_string() })?;
        text.push(b'\n');
        Ok(text)
    }
}

/// What a person should know about a model.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Name in plain words.
    pub display_name: String,
    /// One paragraph.
    pub description: String,
}

/// Where the training data came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSource {
    /// The file's name, without its folder.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// Rows that were read.
    pub rows: u64,
    /// `true` when a generator made the data up.
    pub synthetic: bool,
}

/// One file of the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Name in the archive.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

impl FileEntry {
    pub(crate) fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), size: bytes.len() as u64, sha256: Digest::of(bytes) }
    }
}
