//! `modelseal keys list | status`: what there is, what ends, and what hangs on it.

use std::path::PathBuf;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use modelseal_package::{Limits, PackageId, UnverifiedPackage};
use modelseal_signing::{KeyState, Keyring};
use modelseal_store::Store;
use serde::Serialize;

use super::entry::Entry;
use crate::clock;
use crate::failure::Failure;
use crate::options::{ProjectOption, StoreOption, TrustOption};
use crate::voice::{Format, report};

/// Days before its end from which on a key is warned of.
const WARN_DAYS: u32 = 30;

/// List the keys of the keyring
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys list --keyring keyring.json")]
pub(crate) struct List {
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

/// Tell which keys end soon, and which stored packages hang on an old key
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys status --store file:///srv/models --warn-days 60")]
pub(crate) struct Status {
    /// Warn of keys that end within so many days
    #[arg(long, default_value_t = WARN_DAYS, value_name = "DAYS")]
    warn_days: u32,
    /// Look at the keys alone
    #[arg(long, conflicts_with = "store")]
    without_store: bool,
    #[command(flatten)]
    store: StoreOption,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    keyring: PathBuf,
    version: u64,
    required_seals: usize,
    keys: Vec<Entry>,
    /// What asks for somebody to do something.
    warnings: Vec<String>,
    /// The packages of the store.
    packages: Vec<Sealed>,
}

/// A stored package and its seals.
#[derive(Debug, Serialize)]
struct Sealed {
    package: PackageId,
    /// The names of the keys that count.
    sealed_by: Vec<String>,
    /// A key that seals no more is among them: reseal.
    on_old_key: bool,
    /// Why it would be refused.
    refused: Option<String>,
}

pub(super) fn run(arguments: &List, format: Format) -> Result<(), Failure> {
    let keyring = arguments.trust.load(&arguments.project)?;
    let path = arguments.trust.path(&arguments.project)?;
    let value = Report::of(path, &keyring);
    report(format, &value, || value.head())
}

pub(super) fn run_status(arguments: &Status, format: Format) -> Result<(), Failure> {
    let keyring = arguments.trust.load(&arguments.project)?;
    let path = arguments.trust.path(&arguments.project)?;
    let now = clock::now();
    let mut value = Report::of(path, &keyring);
    value.warnings = warnings(&keyring, now, arguments.warn_days);
    if !arguments.without_store {
        let store = arguments.store.open(&arguments.project)?;
        value.packages = packages(&store, &keyring, now)?;
        for package in &value.packages {
            let id = &package.package;
            match &package.refused {
                Some(why) => value.warnings.push(format!("{id} is refused: {why}")),
                None if package.on_old_key => {
                    value.warnings.push(format!("{id} hangs on an old key: reseal it"));
                }
                None => {}
            }
        }
    }
    report(format, &value, || value.text())
}

/// What is wrong with the keys, or will be soon.
fn warnings(keyring: &Keyring, now: Timestamp, warn_days: u32) -> Vec<String> {
    let soon = SignedDuration::from_hours(i64::from(warn_days) * 24);
    let mut warnings = Vec::new();
    for key in keyring.keys() {
        let (name, state) = (&key.name, key.terms.state.word());
        let Some(not_after) = key.terms.not_after.filter(|_| state != "revoked") else { continue };
        let left = not_after.duration_since(now);
        if left.is_negative() {
            warnings.push(format!("{name:?} ({state}) ended on {not_after}"));
        } else if left <= soon {
            let days = left.as_hours() / 24;
            warnings.push(format!("{name:?} ({state}) ends in {days} days, on {not_after}"));
        }
    }
    let seals_now = |key: &&modelseal_signing::TrustedKey| {
        key.terms.state == KeyState::Active && key.terms.check(now).is_ok()
    };
    if !keyring.keys().iter().any(|key| seals_now(&key)) {
        warnings.push("no key can seal now: make one with `modelseal keys new`".to_owned());
    }
    warnings
}

/// Whose seals the stored packages have. The seals are verified, the models are not read.
fn packages(store: &Store, keyring: &Keyring, now: Timestamp) -> Result<Vec<Sealed>, Failure> {
    let limits = Limits::default();
    let mut packages = Vec::new();
    for name in super::super::wait(store.list())?? {
        let Ok(package) = PackageId::from_file_name(&name) else { continue };
        let bytes = super::super::wait(store.get(&name))??;
        let seals = UnverifiedPackage::read(bytes, &limits)
            .and_then(|archive| archive.verify_seals(&package, keyring, now, &limits));
        packages.push(match seals {
            Ok(seals) => {
                let signers = std::iter::once(seals.signer()).chain(seals.cosigners());
                let is_old = |key: &&modelseal_signing::Signer| {
                    let key = keyring.find(&key.fingerprint);
                    key.is_some_and(|key| key.terms.state != KeyState::Active)
                };
                let on_old_key = signers.clone().any(|signer| is_old(&signer));
                let sealed_by = signers.map(|signer| signer.name.clone()).collect();
                Sealed { package, sealed_by, on_old_key, refused: None }
            }
            Err(error) => Sealed {
                package,
                sealed_by: Vec::new(),
                on_old_key: false,
                refused: Some(error.to_string()),
            },
        });
    }
    Ok(packages)
}

impl Report {
    fn of(path: PathBuf, keyring: &Keyring) -> Self {
        Self {
            keyring: path,
            version: keyring.version(),
            required_seals: keyring.required_seals(),
            keys: Entry::all(keyring),
            warnings: Vec::new(),
            packages: Vec::new(),
        }
    }

    fn head(&self) -> String {
        format!(
            "{}: version {}, seals by {} owner(s) demanded\n{}",
            self.keyring.display(),
            self.version,
            self.required_seals,
            Entry::table(&self.keys)
        )
    }

    fn text(&self) -> String {
        let mut text = self.head();
        for package in &self.packages {
            let who = match &package.refused {
                Some(_) => "REFUSED".to_owned(),
                None => crate::voice::visible(&package.sealed_by.join(", ")),
            };
            let old = if package.on_old_key { "  (old key)" } else { "" };
            text += &format!("\n  package  {}  {who}{old}", package.package);
        }
        for warning in &self.warnings {
            text += &format!("\n  WARNING  {}", crate::voice::visible(warning));
        }
        if self.warnings.is_empty() {
            text += "\n  nothing needs to be done";
        }
        text
    }
}
