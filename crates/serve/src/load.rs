//! One attempt to load: find, fetch, verify, decode, all or nothing.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use modelseal_package::{FreshnessError, Manifest, PackageError, PackageId, UnverifiedPackage};
use modelseal_signing::{Keyring, SealError};
use modelseal_store::{Store, StoreError};
use thiserror::Error;
use tokio::time::timeout;

use crate::{Options, Patience, Served, ServedModel, Source, StateError, TrustError, Wanted};

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
    #[error(transparent)]
    Trust(Box<TrustError>),
    #[error("the keyring or the state file could not be read within {}", Seconds(*.waited))]
    KeyringSilent { waited: Duration },
    #[error(transparent)]
    State(StateError),
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
            Self::Trust(error) => public_trust(error),
            Self::KeyringSilent { waited } => {
                format!("the keyring could not be read within {}", Seconds(*waited))
            }
            Self::State(StateError::Freshness(error @ FreshnessError::PackageRollback { .. })) => {
                error.to_string()
            }
            Self::State(_) => "the state file cannot be used; the log says why".to_owned(),
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
            Self::Trust(error) => error.hint(),
            Self::State(error) => error.hint(),
            Self::KeyringSilent { .. } => "check the disk or the network share that holds the file",
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

/// Why there is no keyring, for clients: no path, and nothing of what is in the files, which may
/// be anything, also a private key.
fn public_trust(error: &TrustError) -> String {
    match error {
        TrustError::File { what, error, .. } => format!("{what} cannot be read: {}", error.kind()),
        TrustError::NotAFile { what, .. } => format!("{what} is not a regular file"),
        TrustError::NotSealed { .. } => "the keyring is not sealed".to_owned(),
        TrustError::State(error) if error.is_rollback() => {
            "the keyring is older than one that was seen before".to_owned()
        }
        TrustError::State(_) => "the state file cannot be used; the log says why".to_owned(),
        TrustError::Sealed { .. } => {
            "the keyring is not what the root key has sealed; the log says why".to_owned()
        }
        _ => "the keyring cannot be used; the log says why".to_owned(),
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
        SealError::Refused { signer, cause } => cause.public(&signer.fingerprint),
        SealError::TooFewSeals { required, signers, .. } => {
            format!("{} of {required} owners whose seals are demanded have sealed", signers.len())
        }
        SealError::SealedTwice { signer } => {
            format!("the key {} has sealed twice", signer.fingerprint)
        }
        SealError::OtherStatement { signer } => {
            format!("the seal by {} is over another statement", signer.fingerprint)
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
    let for_all = |cause| vec![Refusal { package: None, cause }];
    let keyring = keyring(source, &options.patience, now).await.map_err(for_all)?;
    let (mut models, mut followed) = (Vec::new(), Vec::new());
    let mut refusals = Vec::new();
    for wanted in &source.wanted {
        match load_one(source, wanted, &keyring, &options.patience, now).await {
            Ok((model, manifest)) => {
                models.push(model);
                followed.extend(wanted.release().is_none().then_some(manifest));
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() {
        refusals = remember(source, followed, &options.patience).await;
    }
    if refusals.is_empty() { Ok(Served::new(models, &options.about)) } else { Err(refusals) }
}

async fn load_one(
    source: &Source,
    wanted: &Wanted,
    keyring: &Keyring,
    patience: &Patience,
    now: Timestamp,
) -> Result<(ServedModel, Manifest), Refusal> {
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
        let package = package.verify(&wanted_id, &keyring, now, &limits)?;
        Ok((ServedModel::new(&package)?, package.manifest().clone()))
    });
    match verifying.await {
        Ok(verified) => verified.map_err(|error: PackageError| refused(error.into())),
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

/// Remembers what was found as the newest: nobody leads the service back from there. One refusal
/// for each model that is older than what was seen.
async fn remember(source: &Source, followed: Vec<Manifest>, patience: &Patience) -> Vec<Refusal> {
    let Some(state) = source.trust.state.clone().filter(|_| !followed.is_empty()) else {
        return Vec::new();
    };
    let writing = move || {
        let mut refusals = Vec::new();
        for manifest in followed {
            if let Err(error) = state.update(|seen| seen.see_newest(&manifest)) {
                let package = Some(manifest.id.to_string());
                refusals.push(Refusal { package, cause: Cause::State(error) });
            }
        }
        refusals
    };
    match on_disk(patience, writing).await {
        Ok(refusals) => refusals,
        Err(cause) => vec![Refusal { package: None, cause }],
    }
}

async fn keyring(source: &Source, patience: &Patience, now: Timestamp) -> Result<Keyring, Cause> {
    let (trust, limits) = (source.trust.clone(), source.limits.signing.clone());
    let reading = on_disk(patience, move || trust.load(now, &limits)).await?;
    reading.map_err(|error| Cause::Trust(Box::new(error)))
}

/// What reading or writing a local file gives. A file may hang: health checks must be answered,
/// and signals heard, meanwhile.
async fn on_disk<T: Send + 'static>(
    patience: &Patience,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Cause> {
    let waited = patience.keyring_max;
    match timeout(waited, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Cause::Stopped(error.to_string())),
        Err(_) => Err(Cause::KeyringSilent { waited }),
    }
}

/// A time as people read it: `60 s`, `0.2 s`.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} s", self.0.as_secs_f64())
    }
}
