//! Whom a reader trusts: the keyring file, under the seal of a root key where there is one.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use modelseal_signing::{
    KeyError, Keyring, KeyringError, Limits, PublicKey, SealErrorKind, SealedKeyringError,
};
use thiserror::Error;

use crate::{StateError, StateFile};

/// Bytes of a public key file. Stops a mistaken path to a model from being read as a key.
const PUBLIC_KEY_BYTES_MAX: usize = 64 << 10;

/// Where the trusted keys are written down. All files are read afresh at each use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The keyring.
    pub keyring: PathBuf,
    /// The root's public key. When it is given, the keyring must lie under its seal, in the file
    /// of the keyring's name and `.sig`.
    pub root: Option<PathBuf>,
    /// What was seen before. When it is given, an older keyring or an older newest release is
    /// refused.
    pub state: Option<StateFile>,
}

/// Why the trusted keys are not known. Messages may hold paths and names out of the keyring.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A file could not be read.
    #[error("{what} {path} cannot be read: {error}")]
    File {
        /// What is in the file.
        what: &'static str,
        /// The file.
        path: String,
        /// The cause.
        error: io::Error,
    },
    /// A pipe, a device or a folder.
    #[error("{what} {path} is not a regular file")]
    NotAFile {
        /// What should be in the file.
        what: &'static str,
        /// The file.
        path: String,
    },
    /// A root key is demanded, and there is no seal.
    #[error("the keyring {path} is not sealed: there is no {path}.sig")]
    NotSealed {
        /// The keyring.
        path: String,
    },
    /// The root's public key is none.
    #[error("the root key {path}: {error}")]
    Root {
        /// The file.
        path: String,
        /// The cause.
        error: KeyError,
    },
    /// Not a keyring.
    #[error("the keyring {path} cannot be used: {error}")]
    Keyring {
        /// The file.
        path: String,
        /// The cause.
        error: KeyringError,
    },
    /// The keyring is not what the root key has sealed.
    #[error("the keyring {path} is not trusted: {error}")]
    Sealed {
        /// The file.
        path: String,
        /// The cause; boxed, since errors travel through every `Result`.
        error: Box<SealedKeyringError>,
    },
    /// The keyring is older than one that was seen, or that cannot be known.
    #[error(transparent)]
    State(#[from] StateError),
}

impl TrustError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => "check the path and that the file may be read",
            Self::NotAFile { .. } => "give the path of a file; pipes and devices are not read",
            Self::NotSealed { .. } => "seal it with the root key: `modelseal keys seal`",
            Self::Root { error, .. } => error.hint(),
            Self::Keyring { .. } => {
                "a keyring is written by `modelseal keys`; docs/keys.md describes it"
            }
            Self::Sealed { error, .. } if matches!(**error, SealedKeyringError::Digest { .. }) => {
                "whoever changed it seals it again with the root key (`modelseal keys seal`); if nobody of yours did, do not use it"
            }
            Self::Sealed { .. } => "fetch keyring and seal again from whoever holds the root key",
            Self::State(error) => error.hint(),
        }
    }

    /// Whether the keyring is genuine and refused all the same: under another root key, or older
    /// than one that was seen.
    pub fn is_untrusted(&self) -> bool {
        match self {
            Self::Sealed { error, .. } => match &**error {
                SealedKeyringError::Seal(error) => {
                    !matches!(error.kind(), SealErrorKind::Malformed | SealErrorKind::Tampered)
                }
                _ => false,
            },
            Self::State(error) => error.is_rollback(),
            _ => false,
        }
    }
}

impl Trust {
    /// A keyring as it lies there.
    pub fn new(keyring: impl Into<PathBuf>) -> Self {
        Self { keyring: keyring.into(), root: None, state: None }
    }

    /// Reads the keyring, checks its seal where a root key is given, and remembers its version
    /// where there is a state file.
    ///
    /// # Errors
    /// [`TrustError`] with the first fault.
    pub fn load(&self, now: Timestamp, limits: &Limits) -> Result<Keyring, TrustError> {
        let path = self.keyring.display().to_string();
        let bytes = read("the keyring", &self.keyring, limits.keyring_bytes_max)?;
        let keyring = match &self.root {
            None => Keyring::from_json(&bytes, limits)
                .map_err(|error| TrustError::Keyring { path, error })?,
            Some(root) => {
                let root = read_root(root)?;
                let seal = seal_path(&self.keyring);
                if !seal.exists() {
                    return Err(TrustError::NotSealed { path });
                }
                let seal = read("the seal", &seal, limits.bundle_bytes_max)?;
                Keyring::from_sealed_json(&bytes, &seal, &root, now, limits)
                    .map_err(|error| TrustError::Sealed { path, error: Box::new(error) })?
            }
        };
        if let Some(state) = &self.state {
            state.update(|seen| seen.see_keyring(keyring.version()))?;
        }
        Ok(keyring)
    }
}

/// The seal of a keyring lies beside it: its name and `.sig`.
pub fn seal_path(keyring: &Path) -> PathBuf {
    let mut path = keyring.as_os_str().to_owned();
    path.push(".sig");
    path.into()
}

fn read_root(path: &Path) -> Result<PublicKey, TrustError> {
    let shown = || path.display().to_string();
    let pem = read("the root key", path, PUBLIC_KEY_BYTES_MAX)?;
    let pem = String::from_utf8_lossy(&pem);
    PublicKey::from_pem(&pem).map_err(|error| TrustError::Root { path: shown(), error })
}

/// Reads a file up to one byte more than allowed, which is enough to see that it is too large.
fn read(what: &'static str, path: &Path, bytes_max: usize) -> Result<Vec<u8>, TrustError> {
    let shown = || path.display().to_string();
    let unreadable = |error| TrustError::File { what, path: shown(), error };
    let mut bytes = Vec::new();
    // Opening a named pipe waits for its writer. Whoever swaps the file between the two calls
    // can still bring that about; the service limits the time of the whole reading.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(TrustError::NotAFile { what, path: shown() });
    }
    File::open(path)
        .and_then(|file| file.take(bytes_max as u64 + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    Ok(bytes)
}
