use std::fmt;
use std::io;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, UpdateVersion};

use crate::StoreError;
use crate::folder;
use crate::url::{Location, parse};

/// Upper bounds on what is taken out of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one object. Default 4 GiB. Stops a store that answers without end from filling
    /// the memory: the size is checked before the first byte is read.
    pub object_bytes_max: u64,
    /// Objects that a listing returns. Default 100,000. Stops a listing without end.
    pub listing_count_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { object_bytes_max: 4 << 30, listing_count_max: 100_000 }
    }
}

/// What [`Store::put_if_absent`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The object is new.
    Created,
    /// The same bytes were there already.
    Unchanged,
}

/// An open store. Cheap to clone; all clones use the same connections.
#[derive(Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    root: Path,
    url: String,
    /// Where the store is a folder of this machine.
    folder: Option<PathBuf>,
    limits: Limits,
}

impl fmt::Debug for Store {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Store({})", self.url)
    }
}

impl Store {
    /// Opens the store that `url` names. Relative folders are resolved against `base`.
    ///
    /// A folder need not exist yet: reading from it fails, and the first write makes it.
    ///
    /// # Errors
    /// [`StoreError::Url`] when the URL names no store that this version can use.
    pub fn open(url: &str, base: &FilePath, limits: Limits) -> Result<Self, StoreError> {
        let mut local = None;
        let (objects, root): (Arc<dyn ObjectStore>, Path) = match parse(url, base)? {
            Location::Memory => (Arc::new(InMemory::new()), Path::default()),
            Location::Folder(folder) => {
                let root = Path::from_absolute_path(&folder).map_err(|error| StoreError::Url {
                    url: url.to_owned(),
                    why: error.to_string(),
                })?;
                local = Some(folder);
                (Arc::new(LocalFileSystem::new().with_fsync(true)), root)
            }
        };
        Ok(Self { objects, root, url: url.to_owned(), folder: local, limits })
    }

    /// The URL that the store was opened with.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Reads one object as a whole.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::TooLarge`] or [`StoreError::Unavailable`].
    pub async fn get(&self, name: &str) -> Result<Bytes, StoreError> {
        let failed = |error| self.failed("reading", name, error);
        let answer = self.objects.get(&self.path(name)?).await.map_err(failed)?;
        let (found, max) = (answer.meta.size, self.limits.object_bytes_max);
        if found > max {
            let (store, name) = (self.url.clone(), name.to_owned());
            return Err(StoreError::TooLarge { store, name, found, max });
        }
        answer.bytes().await.map_err(failed)
    }

    /// Publishes an object under a name that nobody has used, or confirms that the same bytes
    /// are there. Readers see all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when other bytes have this name.
    pub async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put, StoreError> {
        let create = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        match self.objects.put_opts(&self.path(name)?, bytes.clone().into(), create).await {
            Ok(_) => Ok(Put::Created),
            Err(Error::AlreadyExists { .. }) if self.get(name).await? == bytes => {
                Ok(Put::Unchanged)
            }
            Err(Error::AlreadyExists { .. }) => {
                Err(StoreError::Conflict { store: self.url.clone(), name: name.to_owned() })
            }
            Err(error) => Err(self.failed("writing", name, error)),
        }
    }

    /// Replaces an object by another one if it still has exactly the bytes `old`. Readers see all
    /// of one or all of the other.
    ///
    /// For renewing seals, and nothing else: what a caller publishes under a name must go on
    /// meaning the same.
    ///
    /// In a folder this blocks the thread, also while another process replaces there: it is for
    /// command lines, not for services.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the object has other bytes by now.
    pub async fn replace(&self, name: &str, old: &[u8], new: Bytes) -> Result<(), StoreError> {
        let path = self.path(name)?;
        let changed = || StoreError::Changed { store: self.url.clone(), name: name.to_owned() };
        if let Some(folder) = &self.folder {
            // Folders know no conditional write.
            return match folder::replace(folder, name, old, &new) {
                Ok(true) => Ok(()),
                Ok(false) => Err(changed()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err(StoreError::NotFound { store: self.url.clone(), name: name.to_owned() })
                }
                Err(error) => {
                    let source = Error::Generic { store: "folder", source: Box::new(error) };
                    Err(self.failed("replacing", name, source))
                }
            };
        }
        let failed = |error| self.failed("reading", name, error);
        let answer = self.objects.get(&path).await.map_err(failed)?;
        let version = UpdateVersion {
            e_tag: answer.meta.e_tag.clone(),
            version: answer.meta.version.clone(),
        };
        if answer.meta.size != old.len() as u64 || answer.bytes().await.map_err(failed)? != old {
            return Err(changed());
        }
        let options = PutOptions { mode: PutMode::Update(version), ..PutOptions::default() };
        match self.objects.put_opts(&path, new.into(), options).await {
            Ok(_) => Ok(()),
            Err(Error::Precondition { .. }) => Err(changed()),
            Err(error) => Err(self.failed("writing", name, error)),
        }
    }

    /// The names of all objects directly in the store, sorted.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], also for a folder that does not exist.
    pub async fn list(&self) -> Result<Vec<String>, StoreError> {
        let listing = self
            .objects
            .list_with_delimiter(Some(&self.root))
            .await
            .map_err(|error| self.failed("listing", "the store", error))?;
        let mut names: Vec<String> = listing
            .objects
            .into_iter()
            .take(self.limits.listing_count_max)
            .filter_map(|object| object.location.filename().map(str::to_owned))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    fn path(&self, name: &str) -> Result<Path, StoreError> {
        let bad = |why: String| StoreError::Name { name: name.to_owned(), why };
        if name.is_empty() || name.contains('/') {
            return Err(bad("it must be one file name".to_owned()));
        }
        let part =
            object_store::path::PathPart::parse(name).map_err(|error| bad(error.to_string()))?;
        Ok(self.root.clone().join(part))
    }

    fn failed(&self, action: &'static str, name: &str, error: Error) -> StoreError {
        let (store, name) = (self.url.clone(), name.to_owned());
        match error {
            Error::NotFound { .. } => StoreError::NotFound { store, name },
            cause => StoreError::Unavailable { store, action, name, source: Box::new(cause) },
        }
    }
}
