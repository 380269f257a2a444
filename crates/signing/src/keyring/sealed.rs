//! A keyring under the seal of an offline root key.
//!
//! Whoever can write the keyring file of a server decides whom it trusts. With a root key they
//! cannot: the file lies beside `KEYRING.sig`, an ordinary seal of a single file, and the reader
//! holds the root's public key in a place of its own.

use jiff::Timestamp;

use super::{Keyring, KeyringError, TrustedKey};
use crate::{Digest, FileDigest, Limits, PublicKey, SealError, Statement, verify};

/// Why a sealed keyring is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealedKeyringError {
    /// The seal is broken, or not by the root key.
    #[error("the seal of the keyring: {0}")]
    Seal(#[from] SealError),
    /// The seal is of something else than one file.
    #[error("the seal of the keyring covers {count} files; expected one, the keyring")]
    Files {
        /// Files under the seal.
        count: usize,
    },
    /// The file is not the one that was sealed.
    #[error(
        "the keyring was changed after it was sealed: its SHA-256 is {found}, the seal says {expected}"
    )]
    Digest {
        /// Digest under the seal.
        expected: FileDigest,
        /// Digest of the file.
        found: Digest,
    },
    /// Sealed, and no keyring all the same.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

impl Keyring {
    /// Reads a keyring file that the root key has sealed. Nothing of it is parsed before the seal
    /// holds.
    ///
    /// # Errors
    /// [`SealedKeyringError`] with the first fault.
    pub fn from_sealed_json(
        bytes: &[u8],
        seal: &[u8],
        root: &PublicKey,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<Self, SealedKeyringError> {
        let bytes_max = limits.keyring_bytes_max;
        if bytes.len() > bytes_max {
            return Err(KeyringError::TooLarge { bytes: bytes.len(), bytes_max }.into());
        }
        let mut roots = Self::new();
        roots.add(TrustedKey::new("root", root.clone()))?;
        let statement = verify(seal, &roots, now, limits)?;
        let resources = statement.resources();
        let [only] = resources else {
            return Err(SealedKeyringError::Files { count: resources.len() });
        };
        let found = Digest::of(bytes);
        if only.digest() != FileDigest::Sha256(found) {
            return Err(SealedKeyringError::Digest { expected: only.digest(), found });
        }
        Ok(Self::from_json(bytes, limits)?)
    }

    /// What the root key signs for a keyring file: a seal of a single file with this name.
    ///
    /// # Errors
    /// [`SealError`] for a name that no file has.
    pub fn statement(name: &str, bytes: &[u8]) -> Result<Statement, SealError> {
        Statement::builder(name).resource(name, Digest::of(bytes)).build()
    }
}
