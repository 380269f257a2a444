//! Why a model could not be read: one variant per cause.

use std::io;
use std::path::PathBuf;

use modelseal_signing::SealError;

use crate::Irregular;

/// Why a model could not be hashed, signed or compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named in the message above them")]
pub enum FilesError {
    /// The operating system refuses to read something.
    #[error("{} cannot be read: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// The model itself is a link, a pipe, a device.
    #[error("{} is {what}; expected a file or a folder", path.display())]
    Root { path: PathBuf, what: Irregular },
    /// Something in the model cannot be signed. All of them are named, up to a few.
    #[error("{} cannot be signed: {}", path.display(), found.join(", "))]
    Irregular { path: PathBuf, found: Vec<String> },
    /// A path that is not inside the model.
    #[error("{} does not lie in the model {}", path.display(), model.display())]
    Outside { path: PathBuf, model: PathBuf },
    /// The model has no file to sign.
    #[error("{} has no file to sign", path.display())]
    Empty { path: PathBuf },
    /// More entries than [`Limits::entry_count_max`](crate::Limits::entry_count_max).
    #[error("{} has more than {count_max} files and folders", path.display())]
    TooMany { path: PathBuf, count_max: usize },
    /// More levels than [`Limits::depth_max`](crate::Limits::depth_max).
    #[error("{} has folders more than {depth_max} deep", path.display())]
    TooDeep { path: PathBuf, depth_max: usize },
    /// A longer name than the limits of the signing crate allow.
    #[error("{} is a name of more than {bytes_max} bytes", path.display())]
    NameTooLong { path: PathBuf, bytes_max: usize },
    /// Larger than [`Limits::read_bytes_max`](crate::Limits::read_bytes_max).
    #[error("{} has {bytes} bytes; at most {bytes_max} are read into memory", path.display())]
    TooLarge { path: PathBuf, bytes: u64, bytes_max: u64 },
    /// Somebody wrote to the model while it was hashed.
    #[error("{} changed while it was read", path.display())]
    Changed { path: PathBuf },
    /// What was signed does not make a statement, or the other way round.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl FilesError {
    pub(crate) fn io(path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        Self::Io { path: path.into(), source: source.into() }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check that it exists and that you may read it",
            Self::Root { what: Irregular::Link, .. } => {
                "name the file or folder that the link leads to, or give --allow-symlinks"
            }
            Self::Root { .. } => "name a file or a folder",
            Self::Irregular { .. } => {
                "only regular files with names in UTF-8 can be signed: remove these, replace links by what they lead to, or leave them out with --ignore-paths"
            }
            Self::Outside { .. } => {
                "paths are relative to the current folder; name one inside the model"
            }
            Self::Empty { .. } => "a signature of nothing would say nothing: check the path",
            Self::TooMany { .. } | Self::TooDeep { .. } | Self::NameTooLong { .. } => {
                "check that this is the model and not a folder above it"
            }
            Self::TooLarge { .. } => "raise the limit if this machine has the memory",
            Self::Changed { .. } => {
                "wait until whatever writes there is done, and run the command again"
            }
            Self::Seal(error) => error.hint(),
        }
    }
}
