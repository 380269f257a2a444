//! The state file: what a reader has seen, kept over restarts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use modelseal_package::{FreshnessError, Seen};
use thiserror::Error;

/// Bytes of a state file, and one more.
const READ_MAX: u64 = (1 << 20) + 1;

/// The file in which a reader remembers the highest versions that it has seen. It is written
/// whole or not at all, and one process at a time changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFile(PathBuf);

/// Why the state file does not let something pass.
#[derive(Debug, Error)]
pub enum StateError {
    /// It could not be read or written, or is no state file: then nothing is known of what was
    /// seen.
    #[error("the state file {path} cannot be used: {error}")]
    File {
        /// The file.
        path: String,
        /// The cause.
        error: io::Error,
    },
    /// Something older than what was seen before.
    #[error("{0}")]
    Freshness(#[from] FreshnessError),
}

impl StateError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::File { .. } => {
                "name the file that an earlier run wrote, or one that does not exist yet, in a folder that may be written"
            }
            Self::Freshness(error) => error.hint(),
        }
    }

    /// Whether something older than what was seen was found.
    pub fn is_rollback(&self) -> bool {
        matches!(
            self,
            Self::Freshness(
                FreshnessError::PackageRollback { .. } | FreshnessError::KeyringRollback { .. }
            )
        )
    }
}

impl StateFile {
    /// The state file at `path`; it need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Looks at what was seen and changes it, while every other process waits.
    ///
    /// # Errors
    /// [`StateError`]; then the file is as it was before.
    pub fn update(
        &self,
        see: impl FnOnce(&mut Seen) -> Result<(), FreshnessError>,
    ) -> Result<(), StateError> {
        let failed = |error| StateError::File { path: self.0.display().to_string(), error };
        // The lock is on a file beside it, since the file itself is replaced. The operating
        // system releases it when the process ends, however it ends.
        let _lock = self.lock().map_err(failed)?;
        let before = match self.read().map_err(failed)? {
            Some(bytes) => Seen::from_json(&bytes)
                .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))?,
            None => Seen::new(),
        };
        let mut seen = before.clone();
        see(&mut seen)?;
        if seen != before {
            self.write(seen.to_json()?.as_bytes()).map_err(failed)?;
        }
        Ok(())
    }

    fn lock(&self) -> io::Result<File> {
        fs::create_dir_all(self.folder())?;
        let beside = self.beside("lock")?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(beside)?;
        file.lock()?;
        Ok(file)
    }

    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::metadata(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
            Ok(metadata) if !metadata.is_file() => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "it is not a regular file",
                ));
            }
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        File::open(&self.0)?.take(READ_MAX).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes a file beside it and renames that, under the lock.
    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let new = self.beside("new")?;
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, &self.0)?;
        // A renamed file survives a power cut only when its folder was written, too.
        if cfg!(unix) { File::open(self.folder())?.sync_all() } else { Ok(()) }
    }

    fn beside(&self, what: &str) -> io::Result<PathBuf> {
        let name = self.0.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
        Ok(self.folder().join(format!(".{name}.{what}")))
    }

    fn folder(&self) -> &Path {
        match self.0.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }
}
