//! Freshness without a server: what a reader has seen, so that nobody leads it back.
//!
//! A seal proves who made a package, not that it is the newest: whoever can delete from a store
//! can bring back any older package that was sealed once (rollback). A reader that follows the
//! newest release of a model therefore remembers the highest sequence that it has accepted, and
//! the highest version of its keyring. Against hiding newer releases for ever (freeze) helps
//! [`Manifest::expires_at`](crate::Manifest::expires_at) alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Manifest, PackageId};

/// The value of `format`.
const FORMAT: &str = "modelseal-state-v1";

/// Bytes of the memory's text. Stops a mistaken path to a data set from being parsed.
pub(crate) const SEEN_BYTES_MAX: usize = 1 << 20;

/// The highest versions that a reader has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    format: String,
    keyring_version: u64,
    models: BTreeMap<String, Release>,
}

/// The newest release of a model that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    sequence: u64,
    package: PackageId,
}

/// Something older than what was seen before.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FreshnessError {
    /// An older release.
    #[error(
        "{found} has the sequence {sequence}, but {seen} with the sequence {seen_sequence} was seen before"
    )]
    PackageRollback {
        /// The package found.
        found: PackageId,
        /// Its sequence.
        sequence: u64,
        /// The newest one seen.
        seen: Box<PackageId>,
        /// Its sequence.
        seen_sequence: u64,
    },
    /// An older keyring.
    #[error("the keyring has the version {found}, but the version {seen} was seen before")]
    KeyringRollback {
        /// The version found.
        found: u64,
        /// The highest version seen.
        seen: u64,
    },
    /// The memory itself cannot be used.
    #[error("expected what this program has written, in the format {FORMAT:?}: {why}")]
    State {
        /// What is wrong.
        why: String,
    },
}

impl FreshnessError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::PackageRollback { .. } => {
                "somebody may have removed newer releases from the store; to go back on purpose, name the release exactly, or publish it again under a new version"
            }
            Self::KeyringRollback { .. } => {
                "somebody may have put back an older keyring, in which a revoked key is still trusted; fetch the newest one"
            }
            Self::State { .. } => {
                "name the file that an earlier run wrote, or one that does not exist yet"
            }
        }
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self { format: FORMAT.to_owned(), keyring_version: 0, models: BTreeMap::new() }
    }
}

impl Seen {
    /// Nothing was seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what [`Seen::to_json`] wrote.
    ///
    /// # Errors
    /// [`FreshnessError::State`]: a memory that cannot be read is not an empty one.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FreshnessError> {
        let bad = |why: String| FreshnessError::State { why };
        if bytes.len() > SEEN_BYTES_MAX {
            return Err(bad(format!("it has more than {SEEN_BYTES_MAX} bytes")));
        }
        let seen: Self = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
        if seen.format != FORMAT {
            return Err(bad(format!("the format is {:?}", seen.format)));
        }
        Ok(seen)
    }

    /// The memory as text, with a line feed at the end.
    ///
    /// # Errors
    /// [`FreshnessError::State`] if it cannot be written, which none should cause.
    pub fn to_json(&self) -> Result<String, FreshnessError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| FreshnessError::State { why: error.to_string() })?;
        Ok(text + "\n")
    }

    /// Remembers a keyring's version.
    ///
    /// # Errors
    /// [`FreshnessError::KeyringRollback`] when a higher one was seen.
    pub fn see_keyring(&mut self, version: u64) -> Result<(), FreshnessError> {
        let seen = self.keyring_version;
        if version < seen {
            return Err(FreshnessError::KeyringRollback { found: version, seen });
        }
        self.keyring_version = version;
        Ok(())
    }

    /// Remembers a verified package that was found as the newest of its name. Of two with one
    /// sequence, the one with the greater identifier is the newer.
    ///
    /// # Errors
    /// [`FreshnessError::PackageRollback`] when a newer one was seen.
    pub fn see_newest(&mut self, manifest: &Manifest) -> Result<(), FreshnessError> {
        let (sequence, package) = (manifest.sequence, manifest.id.clone());
        if let Some(seen) = self.models.get(package.name())
            && (sequence, &package) < (seen.sequence, &seen.package)
        {
            return Err(FreshnessError::PackageRollback {
                found: package,
                sequence,
                seen: Box::new(seen.package.clone()),
                seen_sequence: seen.sequence,
            });
        }
        self.models.insert(package.name().to_owned(), Release { sequence, package });
        Ok(())
    }
}
