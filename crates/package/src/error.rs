//! Why a package is refused.

use modelseal_model::DecodeError;
use modelseal_signing::{Digest, SealError, SealErrorKind};
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
                | SealErrorKind::RevokedKey => PackageErrorKind::Untrusted,
            },
            _ => PackageErrorKind::Tampered,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotSealed => "seal it with `modelseal sign`, or fetch the sealed package",
            Self::Seal(error) => error.hint(),
            Self::Id(_) | Self::OtherPackage { .. } | Self::OtherManifest { .. } => {
                "a package keeps the name it was sealed under: rename the file back, or ask for the package that you want"
            }
            _ => {
                "do not use this package: somebody changed it or it was damaged on its way; fetch it again from a source that you trust, and if it is refused again tell whoever keeps the store"
            }
        }
    }
}
