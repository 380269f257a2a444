//! Options that several commands share, and what they stand for when they are left out.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use modelseal_package::{Limits, PackageId, UnverifiedPackage, VerifiedPackage};
use modelseal_serve::{StateFile, Trust};
use modelseal_signing::Keyring;
use modelseal_store::Store;

use crate::failure::Failure;
use crate::project::{FILE_NAME, Project};
use crate::{clock, files};

/// Which project.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProjectOption {
    /// The project file.
    #[arg(long, default_value = FILE_NAME, value_name = "FILE")]
    pub(crate) project: PathBuf,
}

impl ProjectOption {
    pub(crate) fn load(&self) -> Result<Project, Failure> {
        Project::load(&self.project)
    }

    /// A setting of the project file for an option that was left out.
    fn setting<T>(&self, option: &str, setting: impl FnOnce(&Project) -> T) -> Result<T, Failure> {
        if self.project.exists() {
            return Ok(setting(&self.load()?));
        }
        Err(Failure::usage(format!(
            "{option} is missing, and there is no {}",
            self.project.display()
        ))
        .with_hint(format!("give {option}, or run in the folder of a project")))
    }
}

/// Whose seals are trusted.
#[derive(Debug, Clone, Args)]
pub(crate) struct TrustOption {
    /// The keyring with the public keys that are trusted [default: as the project file says]
    #[arg(long, value_name = "FILE")]
    pub(crate) keyring: Option<PathBuf>,
    /// The root's public key: the keyring must lie under its seal, in KEYRING.sig [default: as
    /// the project file says, for its own keyring]
    #[arg(long, value_name = "FILE")]
    keyring_root: Option<PathBuf>,
    /// Remembers the newest keyring and releases seen, and refuses to go back; need not exist yet
    /// [default: as the project file says, for its own keyring]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

impl TrustOption {
    /// The keyring alone.
    pub(crate) fn of_keyring(keyring: Option<PathBuf>) -> Self {
        Self { keyring, keyring_root: None, state: None }
    }

    pub(crate) fn path(&self, project: &ProjectOption) -> Result<PathBuf, Failure> {
        Ok(self.trust(project)?.keyring)
    }

    /// All that is said about whom to trust. Root key and state file of the project file belong
    /// to its keyring, not to another one that was named.
    pub(crate) fn trust(&self, project: &ProjectOption) -> Result<Trust, Failure> {
        let mut trust = match &self.keyring {
            Some(path) => Trust::new(path),
            None => project.setting("--keyring", |project| {
                let (root, keys) = (project.root(), &project.sections.keys);
                let within = |path: &PathBuf| root.join(path);
                Trust {
                    keyring: within(&keys.keyring),
                    root: keys.root.as_ref().map(within),
                    state: keys.state.as_ref().map(|state| StateFile::new(within(state))),
                }
            })?,
        };
        if self.keyring_root.is_some() {
            trust.root.clone_from(&self.keyring_root);
        }
        if let Some(state) = &self.state {
            trust.state = Some(StateFile::new(state));
        }
        Ok(trust)
    }

    pub(crate) fn load(&self, project: &ProjectOption) -> Result<Keyring, Failure> {
        load_trusted(&self.trust(project)?)
    }
}

/// Reads the keyring, with its seal and version where the options demand it.
pub(crate) fn load_trusted(trust: &Trust) -> Result<Keyring, Failure> {
    Ok(trust.load(clock::now(), &Limits::default().signing)?)
}

/// Reads a keyring file as it lies there: to change it, or for whoever has just made it.
pub(crate) fn load_keyring(path: &Path) -> Result<Keyring, Failure> {
    load_trusted(&Trust::new(path))
}

/// Where packages are published.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreOption {
    /// URL of the store: file:///folder or file://./folder [default: as the project file says]
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
}

impl StoreOption {
    pub(crate) fn open(&self, project: &ProjectOption) -> Result<Store, Failure> {
        let limits = modelseal_store::Limits::default();
        match &self.store {
            Some(url) => Ok(Store::open(url, Path::new("."), limits)?),
            None => project
                .setting("--store", |project| {
                    Store::open(&project.sections.store.url, project.root(), limits)
                })?
                .map_err(Failure::from),
        }
    }
}

/// Which package file.
#[derive(Debug, Clone, Args)]
pub(crate) struct PackageArgument {
    /// The package [default: the newest of the project in dist/]
    #[arg(value_name = "PACKAGE")]
    pub(crate) package: Option<PathBuf>,
}

impl PackageArgument {
    /// The file, and the identifier that its name says.
    pub(crate) fn resolve(&self, project: &ProjectOption) -> Result<(PathBuf, PackageId), Failure> {
        let path = match &self.package {
            Some(path) => path.clone(),
            None => newest_package(&project.load()?)?,
        };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let id = PackageId::from_file_name(name).map_err(|error| {
            Failure::usage(error.to_string())
                .with_hint("a package keeps the name that `modelseal package` gave it")
        })?;
        Ok((path, id))
    }
}

/// The folder into which packages are made.
pub(crate) fn dist(project: &Project) -> PathBuf {
    project.root().join("dist")
}

fn newest_package(project: &Project) -> Result<PathBuf, Failure> {
    let folder = dist(project);
    let model = &project.sections.model;
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let newest = entries
        .filter_map(|entry| PackageId::from_file_name(entry.file_name().to_str()?).ok())
        .filter(|id| id.name() == model.qualified_name.value)
        .filter(|id| id.version().to_string() == model.version.value)
        .max();
    newest.map(|id| folder.join(id.file_name())).ok_or_else(|| {
        let (name, version) = (&model.qualified_name.value, &model.version.value);
        Failure::new(format!("there is no package of {name} {version} in {}", folder.display()))
            .with_hint("make one with `modelseal train` and `modelseal package`, or name the file")
    })
}

/// Reads a package file without verifying it.
pub(crate) fn read_package(path: &Path, limits: &Limits) -> Result<UnverifiedPackage, Failure> {
    let bytes = Bytes::from(files::read(path, limits.archive_bytes_max)?);
    UnverifiedPackage::read(bytes, limits)
        .map_err(|error| Failure::from(error).about(path.display()))
}

/// Verifies bytes as the package `id`, now.
pub(crate) fn verify(
    bytes: Bytes,
    id: &PackageId,
    keyring: &Keyring,
    limits: &Limits,
) -> Result<VerifiedPackage, Failure> {
    UnverifiedPackage::read(bytes, limits)
        .and_then(|package| package.verify(id, keyring, clock::now(), limits))
        .map_err(|error| Failure::from(error).about(id))
}

/// Reads a package file and verifies it as `id`, now.
pub(crate) fn verify_file(
    path: &Path,
    id: &PackageId,
    keyring: &Keyring,
) -> Result<VerifiedPackage, Failure> {
    let limits = Limits::default();
    verify(files::read(path, limits.archive_bytes_max)?.into(), id, keyring, &limits)
}
