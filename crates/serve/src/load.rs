//! One attempt to load: find, fetch, verify, decode, all or nothing.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use modelseal_package::{Limits, PackageError, PackageId, UnverifiedPackage};
use modelseal_signing::{Keyring, KeyringError, SealError};
use modelseal_store::{Store, StoreError};
use thiserror::Error;

use crate::{About, Served, ServedModel, Source, Wanted};

/// Why one wanted model could not be loaded, or none of them.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// The package, or the model when no release was found; `None` concerns all of them.
    pub(crate) package: Option<String>,
    pub(crate) cause: Cause,
}

/// The text of the error is for the log: it may hold paths and store URLs.
#[derive(Debug, Error)]
pub(crate) enum Cause {
    #[error("the keyring {path} cannot be read: {error}")]
    KeyringFile { path: String, error: io::Error },
    #[error("the keyring {path} cannot be used: {error}")]
    Keyring { path: String, error: KeyringError },
    #[error(transparent)]
    Store(Box<StoreError>),
    #[error("{store} has no package of this model")]
    NoRelease { store: String },
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error("loading stopped: {0}")]
    Stopped(String),
}

impl From<StoreError> for Cause {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl Cause {
    /// The cause for clients: no path, no URL, nothing out of the keyring but the signer's name.
    fn public(&self) -> String {
        match self {
            Self::KeyringFile { error, .. } => {
                format!("the keyring cannot be read: {}", error.kind())
            }
            // The file may be anything, also a private key: not a word of it goes out.
            Self::Keyring { .. } => "the keyring cannot be used; the log says why".to_owned(),
            Self::Store(error) => match &**error {
                StoreError::NotFound { .. } => "the store has no such package".to_owned(),
                StoreError::TooLarge { found, max, .. } => {
                    format!("the package has {found} bytes, the limit is {max}")
                }
                _ => "the store cannot be reached".to_owned(),
            },
            Self::NoRelease { .. } => "the store has no package of this model".to_owned(),
            Self::Package(PackageError::Seal(SealError::UnknownKey { fingerprint, .. })) => {
                format!("model.sig: the seal names the key {fingerprint}, which is not trusted")
            }
            Self::Package(PackageError::Seal(SealError::NoKeyFits { .. })) => {
                "model.sig: its signature matches none of the trusted keys".to_owned()
            }
            Self::Package(error) => error.to_string(),
            Self::Stopped(_) => "loading stopped; the log says why".to_owned(),
        }
    }

    /// What a person can do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::KeyringFile { .. } => "check the path and that the service may read the file",
            Self::Keyring { .. } => "make it again with `modelseal keys new`",
            Self::Store(error) => error.hint(),
            Self::NoRelease { .. } => {
                "push a package first, or check the model's name and the store's URL"
            }
            Self::Package(error) => error.hint(),
            Self::Stopped(_) => "this is a defect of modelseal; please report it",
        }
    }
}

impl Refusal {
    /// The refusal for clients: the package and the cause.
    pub(crate) fn public(&self) -> String {
        match &self.package {
            Some(package) => format!("{package}: {}", self.cause.public()),
            None => self.cause.public(),
        }
    }
}

/// Loads every wanted model.
///
/// # Errors
/// One refusal for each model that could not be loaded: whoever reads them sees the whole
/// picture at once.
pub(crate) async fn load(
    source: &Source,
    about: &About,
    now: Timestamp,
) -> Result<Served, Vec<Refusal>> {
    let keyring = read_keyring(&source.keyring, &source.limits)
        .map_err(|cause| vec![Refusal { package: None, cause }])?;
    let mut models = Vec::new();
    let mut refusals = Vec::new();
    for wanted in &source.wanted {
        match load_one(source, wanted, &keyring, now).await {
            Ok(model) => models.push(model),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(Served::new(models, about)) } else { Err(refusals) }
}

async fn load_one(
    source: &Source,
    wanted: &Wanted,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<ServedModel, Refusal> {
    let id = match wanted.release() {
        Some(id) => id.clone(),
        None => newest(&source.store, wanted.name())
            .await
            .map_err(|cause| Refusal { package: Some(wanted.to_string()), cause })?,
    };
    let refused = |cause| Refusal { package: Some(id.to_string()), cause };
    let archive = source.store.get(&id.file_name()).await.map_err(|error| refused(error.into()))?;
    let (wanted_id, keyring, limits) = (id.clone(), keyring.clone(), source.limits.clone());
    // Digests over gigabytes take seconds: health checks must be answered meanwhile.
    let verifying = tokio::task::spawn_blocking(move || {
        let package = UnverifiedPackage::read(archive, &limits)?;
        ServedModel::new(&package.verify(&wanted_id, &keyring, now, &limits)?)
    });
    match verifying.await {
        Ok(verified) => verified.map_err(|error| refused(error.into())),
        Err(error) => Err(refused(Cause::Stopped(error.to_string()))),
    }
}

/// The newest release of a model that the store lists; other files are none of our business.
async fn newest(store: &Store, name: &str) -> Result<PackageId, Cause> {
    let names = store.list().await?;
    PackageId::newest(name, names.iter().map(String::as_str))
        .ok_or_else(|| Cause::NoRelease { store: store.url().to_owned() })
}

fn read_keyring(path: &Path, limits: &Limits) -> Result<Keyring, Cause> {
    let shown = || path.display().to_string();
    // One byte more than allowed is enough to see that it is too large.
    let bytes_max = limits.signing.keyring_bytes_max as u64 + 1;
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(bytes_max).read_to_end(&mut bytes))
        .map_err(|error| Cause::KeyringFile { path: shown(), error })?;
    Keyring::from_json(&bytes, &limits.signing)
        .map_err(|error| Cause::Keyring { path: shown(), error })
}
