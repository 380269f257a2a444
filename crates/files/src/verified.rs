//! From the check to the use, the same bytes: verified bytes are handed out, never a path to be
//! opened again.

use std::os::unix::fs::FileExt as _;

use modelseal_signing::{FileDigest, Statement, Verified};

use crate::compare::{by_path, links};
use crate::model::LastFolder;
use crate::{Difference, FilesError, Limits, Model};

/// A model whose files are read only together with the proof that they are what was signed.
///
/// Opening it reads no file. Every [`read`](Self::read) takes a whole file into memory, checks
/// those very bytes, and returns them: whoever swaps the file between check and use is too late.
#[derive(Debug)]
pub struct VerifiedModel {
    model: Model,
    statement: Verified<Statement>,
    limits: Limits,
}

/// Why a file of a verified model was not handed out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No signed file has this name.
    #[error("{name} is not signed")]
    NotSigned {
        /// The name that was asked for.
        name: String,
    },
    /// It is not what was signed.
    #[error("{0}")]
    Differs(Box<Difference>),
    /// It cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
}

impl VerifiedModel {
    /// Joins a model on disk and a statement about it.
    pub fn new(model: Model, statement: Verified<Statement>, limits: Limits) -> Self {
        Self { model, statement, limits }
    }

    /// Names of the signed files, sorted. Of a single file, its own name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        by_path(&self.statement).into_keys().map(|path| self.name(path))
    }

    /// Who signed it.
    pub fn statement(&self) -> &Verified<Statement> {
        &self.statement
    }

    /// The verified bytes of one signed file.
    ///
    /// # Errors
    /// [`ReadError`]; [`FilesError::TooLarge`] above [`Limits::read_bytes_max`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, ReadError> {
        let differs = |difference| ReadError::Differs(Box::new(difference));
        let resources = by_path(&self.statement)
            .into_iter()
            .find(|(path, _)| self.name(path) == name)
            .map(|(_, resources)| resources)
            .ok_or_else(|| ReadError::NotSigned { name: name.to_owned() })?;
        let found = match self.model.find(name, links(&self.model, &self.statement))? {
            Some(Ok(found)) => found,
            Some(Err(what)) => {
                return Err(differs(Difference::Irregular { name: name.to_owned(), what }));
            }
            None => return Err(differs(Difference::Missing { name: name.to_owned() })),
        };
        let bytes_max = self.limits.read_bytes_max;
        let path = self.model.path_of(name);
        if found.size > bytes_max {
            return Err(FilesError::TooLarge { path, bytes: found.size, bytes_max }.into());
        }
        let (file, _) = self.model.open_file(&found, &mut LastFolder::default())?;
        let mut bytes = vec![0; usize::try_from(found.size).unwrap_or(0)];
        file.read_exact_at(&mut bytes, 0).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => FilesError::Changed { path: path.clone() },
            _ => FilesError::io(&path, error),
        })?;
        // One that grew meanwhile is not what was found.
        let size = file.metadata().map_err(|error| FilesError::io(&path, error))?.len();
        if size != found.size {
            return Err(FilesError::Changed { path }.into());
        }
        let signed = resources.last().and_then(|last| last.range()).map_or(size, |it| it.end);
        if signed != size {
            let name = name.to_owned();
            return Err(differs(Difference::Size { name, signed, found: size }));
        }
        for resource in resources {
            let range = resource.range().unwrap_or(0..size);
            // Within the bytes: the last range ends at their end, and none overlaps.
            let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap_or(0));
            let part = bytes.get(start..end).unwrap_or_default();
            let signed = resource.digest();
            let found = FileDigest::of(signed.hash_type(), part);
            if found != signed {
                let name = resource.name().into_owned();
                return Err(differs(Difference::Changed { name, signed, found }));
            }
        }
        Ok(bytes)
    }

    fn name<'a>(&'a self, path: &'a str) -> &'a str {
        if self.model.is_file() && path == "." { self.model.name() } else { path }
    }
}
