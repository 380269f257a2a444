//! One attempt to load: find, fetch, verify, decode, all or nothing.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use modelseal_package::{Limits, PackageError, PackageId, UnverifiedPackage};
use modelseal_signing::{Keyring, KeyringError, SealError};
use modelseal_store::{Store, StoreError};
use thiserror::Error;
use tokio::time::timeout;

use crate::{Options, Patience, Served, ServedModel, Source, Wanted};

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
    #[error("the keyring {path} is not a regular file")]
    KeyringKind { path: String },
    #[error("the keyring {path} could not be read within {}", Seconds(*.waited))]
    KeyringSilent { path: String, waited: Duration },
    #[error("the keyring {path} cannot be used: {error}")]
    Keyring { path: String, error: KeyringError },
    #[error(transparent)]
    Store(Box<StoreError>),
    #[error("{store} did not answer within {}", Seconds(*.waited))]
    StoreSilent { store: String, waited: Duration },
    #[error("{store} has no package of this model")]
    NoRelease { store: String },
    #[error(transparent)]
    Package(Box<PackageError>),
    #[error("loading stopped: {0}")]
    Stopped(String),
}

impl From<PackageError> for Cause {
    fn from(error: PackageError) -> Self {
        Self::Package(Box::new(error))
    }
}

impl From<StoreError> for Cause {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl Cause {
    /// The cause for clients: no path, no URL, nothing out of the keyring but fingerprints.
    fn public(&self) -> String {
        match self {
            Self::KeyringFile { error, .. } => {
                format!("the keyring cannot be read: {}", error.kind())
            }
            Self::KeyringKind { .. } => "the keyring is not a regular file".to_owned(),
            Self::KeyringSilent { waited, .. } => {
                format!("the keyring could not be read within {}", Seconds(*waited))
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
            Self::StoreSilent { waited, .. } => {
                format!("the store did not answer within {}", Seconds(*waited))
            }
            Self::NoRelease { .. } => "the store has no package of this model".to_owned(),
            Self::Package(error) => match &**error {
                PackageError::Seal(error) => format!("model.sig: {}", public_seal(error)),
                error => error.to_string(),
            },
            Self::Stopped(_) => "loading stopped; the log says why".to_owned(),
        }
    }

    /// What a person can do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::KeyringFile { .. } => "check the path and that the service may read the file",
            Self::KeyringKind { .. } => "give the path of a file; pipes and devices are not read",
            Self::KeyringSilent { .. } => "check the disk or the network share that holds the file",
            Self::Keyring { .. } => "make it again with `modelseal keys new`",
            Self::Store(error) => error.hint(),
            Self::StoreSilent { .. } => "check that the store is up and holds files, not pipes",
            Self::NoRelease { .. } => {
                "push a package first, or check the model's name and the store's URL"
            }
            Self::Package(error) => error.hint(),
            Self::Stopped(_) => "this is a defect of modelseal; please report it",
        }
    }
}

/// Why a seal is refused, for clients. Who signed and why a key was revoked stands in the
/// keyring, which is not theirs to read; the fingerprint stands in the package.
fn public_seal(error: &SealError) -> String {
    match error {
        SealError::Signature { .. } => "the signature does not match".to_owned(),
        SealError::NoKeyFits { .. } => "its signature matches none of the trusted keys".to_owned(),
        SealError::UnknownKey { fingerprint, .. } => {
            format!("the seal names the key {fingerprint}, which is not trusted")
        }
        SealError::Revoked { signer, .. } => {
            format!("the key {} was revoked", signer.fingerprint)
        }
        SealError::Expired { signer, .. } => {
            format!("the key {} is not valid any more", signer.fingerprint)
        }
        SealError::NotYetValid { signer, .. } => {
            format!("the key {} is not valid yet", signer.fingerprint)
        }
        // The others tell of the seal alone.
        _ => error.to_string(),
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
    options: &Options,
    now: Timestamp,
) -> Result<Served, Vec<Refusal>> {
    let keyring = keyring(source, &options.patience)
        .await
        .map_err(|cause| vec![Refusal { package: None, cause }])?;
    let mut models = Vec::new();
    let mut refusals = Vec::new();
    for wanted in &source.wanted {
        match load_one(source, wanted, &keyring, &options.patience, now).await {
            Ok(model) => models.push(model),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(Served::new(models, &options.about)) } else { Err(refusals) }
}

async fn load_one(
    source: &Source,
    wanted: &Wanted,
    keyring: &Keyring,
    patience: &Patience,
    now: Timestamp,
) -> Result<ServedModel, Refusal> {
    let id = match wanted.release() {
        Some(id) => id.clone(),
        None => newest(&source.store, wanted.name(), patience)
            .await
            .map_err(|cause| Refusal { package: Some(wanted.to_string()), cause })?,
    };
    let refused = |cause| Refusal { package: Some(id.to_string()), cause };
    let file_name = id.file_name();
    let archive = within(patience, &source.store, source.store.get(&file_name));
    let archive = archive.await.map_err(refused)?;
    let (wanted_id, keyring, limits) = (id.clone(), keyring.clone(), source.limits.clone());
    // Digests over gigabytes take seconds: health checks must be answered meanwhile. Nothing
    // limits the time: this waits for nobody, and the package's limits bound the work.
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
async fn newest(store: &Store, name: &str, patience: &Patience) -> Result<PackageId, Cause> {
    let names = within(patience, store, store.list()).await?;
    PackageId::newest(name, names.iter().map(String::as_str))
        .ok_or_else(|| Cause::NoRelease { store: store.url().to_owned() })
}

/// What the store answers, unless it takes too long.
async fn within<T>(
    patience: &Patience,
    store: &Store,
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, Cause> {
    let waited = patience.store_max;
    match timeout(waited, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Cause::StoreSilent { store: store.url().to_owned(), waited }),
    }
}

async fn keyring(source: &Source, patience: &Patience) -> Result<Keyring, Cause> {
    let (path, limits) = (source.keyring.clone(), source.limits.clone());
    let waited = patience.keyring_max;
    // A file may hang: health checks must be answered, and signals heard, meanwhile.
    let reading = tokio::task::spawn_blocking(move || read_keyring(&path, &limits));
    match timeout(waited, reading).await {
        Ok(Ok(keyring)) => keyring,
        Ok(Err(error)) => Err(Cause::Stopped(error.to_string())),
        Err(_) => {
            let path = source.keyring.display().to_string();
            Err(Cause::KeyringSilent { path, waited })
        }
    }
}

fn read_keyring(path: &Path, limits: &Limits) -> Result<Keyring, Cause> {
    let shown = || path.display().to_string();
    let unreadable = |error| Cause::KeyringFile { path: shown(), error };
    // One byte more than allowed is enough to see that it is too large.
    let bytes_max = limits.signing.keyring_bytes_max as u64 + 1;
    let mut bytes = Vec::new();
    // Opening a named pipe waits for its writer. Whoever swaps the file between the two calls
    // can still bring that about; then the limit on the whole reading reports it.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Cause::KeyringKind { path: shown() });
    }
    File::open(path)
        .and_then(|file| file.take(bytes_max).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    Keyring::from_json(&bytes, &limits.signing)
        .map_err(|error| Cause::Keyring { path: shown(), error })
}

/// A time as people read it: `60 s`, `0.2 s`.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} s", self.0.as_secs_f64())
    }
}
