//! Why a package is refused.

use jiff::Timestamp;
use modelseal_model::DecodeError;
use modelseal_signing::{Digest, Fingerprint, SealError, SealErrorKind};
use thiserror::Error;

use crate::{ArchiveError, IdError, PackageId};

/// Why a package is refused, or could not be made.
#[derive(Debug, Error)]
pub enum PackageError {
    /// Not the archive of a package.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The file's name does not say which package it is.
    #[error(transparent)]
    Id(#[from] IdError),
    /// There is no seal in it.
    #[error("the package has no seal (model.sig is missing)")]
    NotSealed,
    /// The seal is broken, or its key is not trusted.
    #[error("model.sig: {0}")]
    Seal(#[from] SealError),
    /// A further seal.
    #[error("cosign/{key}.sig is the seal of another key than its name says")]
    CosignName {
        /// The key in the name.
        key: Fingerprint,
    },
    /// The key has sealed the package already.
    #[error("the key {key} has sealed this package already; each key counts once")]
    SealedAlready {
        /// The key.
        key: Fingerprint,
    },
    /// No more seals fit.
    #[error("the package has {found} seals beside the first, which is as many as it may have")]
    TooManySeals {
        /// Seals beside the first.
        found: usize,
    },
    /// A seal by a key that would not count.
    #[error("the key {key} is not an active key of the keyring, so its seal would not count")]
    NotActive {
        /// The key.
        key: Fingerprint,
    },
    /// The package is over.
    #[error("the package was accepted until {expires_at}; it is {now}")]
    Expired {
        /// The last moment at which it is accepted.
        expires_at: Timestamp,
        /// The time of checking.
        now: Timestamp,
    },
    /// The seal belongs to another package.
    #[error("the seal is of {sealed:?}, expected {expected}")]
    OtherPackage {
        /// The identifier that was asked for, or that the file's name says.
        expected: PackageId,
        /// The identifier under the seal.
        sealed: String,
    },
    /// The manifest is of another package.
    #[error("manifest.json: the package is {found}, expected {expected}")]
    OtherManifest {
        /// The identifier that was asked for, or that the file's name says.
        expected: PackageId,
        /// The identifier in the manifest; boxed, since errors travel through every `Result`.
        found: Box<PackageId>,
    },
    /// The seal lists other files than the package has.
    #[error("the seal covers {sealed}, the package holds {found}")]
    OtherFiles {
        /// Names under the seal.
        sealed: String,
        /// Names in the archive.
        found: String,
    },
    /// The seal is over something else than whole files, hashed with SHA-256, without links.
    #[error("the seal is over shards, another hash or links; expected whole files and SHA-256")]
    OtherSerialization,
    /// A file is not the one that was sealed.
    #[error("{file}: its SHA-256 is {found}, the seal says {expected}")]
    Digest {
        /// Name in the archive.
        file: String,
        /// Digest under the seal.
        expected: Digest,
        /// Digest of the bytes found.
        found: Digest,
    },
    /// A file is not what the format describes.
    #[error("{file}: {why}")]
    File {
        /// Name in the archive.
        file: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The model inside cannot be used.
    #[error(transparent)]
    Model(#[from] DecodeError),
}

/// What to do about a refusal, for exit codes and status words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageErrorKind {
    /// Tampered with, damaged or malformed: the bytes are not what a key sealed.
    Tampered,
    /// Sealed, but by a key that is unknown, expired, not yet valid or revoked.
    Untrusted,
    /// Not sealed at all.
    NotSealed,
}

impl PackageError {
    /// The kind of the refusal.
    pub fn kind(&self) -> PackageErrorKind {
        match self {
            Self::NotSealed => PackageErrorKind::NotSealed,
            Self::Seal(error) => match error.kind() {
                SealErrorKind::Malformed | SealErrorKind::Tampered => PackageErrorKind::Tampered,
                SealErrorKind::UnknownKey
                | SealErrorKind::ExpiredKey
                | SealErrorKind::RevokedKey
                | SealErrorKind::TooFewSeals => PackageErrorKind::Untrusted,
            },
            Self::Expired { .. } | Self::NotActive { .. } | Self::SealedAlready { .. } => {
                PackageErrorKind::Untrusted
            }
            _ => PackageErrorKind::Tampered,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotSealed => "seal it with `modelseal sign`, or fetch the sealed package",
            Self::Seal(error) => error.hint(),
            Self::Expired { .. } => {
                "check this machine's clock; then fetch the newest release, or ask its maker for one: if there seems to be none, somebody may be hiding it"
            }
            Self::SealedAlready { .. } => "ask somebody else, with a key of their own, to cosign",
            Self::TooManySeals { .. } => "seal it anew with the keys that readers trust",
            Self::NotActive { .. } => {
                "use an active key of the keyring, see `modelseal keys list`; `modelseal keys activate` makes a next key active"
            }
            Self::Id(_) | Self::OtherPackage { .. } | Self::OtherManifest { .. } => {
                "a package keeps the name it was sealed under: rename the file back, or ask for the package that you want"
            }
            _ => {
                "do not use this package: somebody changed it or it was damaged on its way; fetch it again from a source that you trust, and if it is refused again tell whoever keeps the store"
            }
        }
    }
}
