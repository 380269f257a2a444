//! `modelseal keys seal`: the keyring under the seal of the root key.

use std::path::PathBuf;

use clap::Args;
use modelseal_serve::seal_path;
use modelseal_signing::{Fingerprint, Keyring, Limits};
use serde::Serialize;

use super::KeyringOption;
use super::entry::Entry;
use crate::failure::Failure;
use crate::files;
use crate::private_key::PrivateKeyOption;
use crate::voice::{Format, report};

/// Seal the keyring with the root key: readers with --keyring-root accept no other
///
/// Read what is listed before you hand the result out: the root key vouches for every line of it.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys seal --private-key root.pem")]
pub(crate) struct Seal {
    #[command(flatten)]
    private_key: PrivateKeyOption,
    #[command(flatten)]
    keyring: KeyringOption,
}

#[derive(Debug, Serialize)]
struct Report {
    keyring: PathBuf,
    version: u64,
    required_seals: usize,
    signature: PathBuf,
    root: Fingerprint,
    keys: Vec<Entry>,
}

pub(super) fn run(arguments: &Seal, format: Format) -> Result<(), Failure> {
    let path = arguments.keyring.path()?;
    let key = arguments.private_key.load()?;
    // Nobody changes the file between the look at it and the seal.
    let _lock = files::lock(&path)?;
    let limits = Limits::default();
    let bytes = files::read(&path, limits.keyring_bytes_max as u64)?;
    let about = |failure: Failure| failure.about(path.display());
    let keyring = Keyring::from_json(&bytes, &limits).map_err(|error| about(error.into()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let statement = Keyring::statement(&name, &bytes).map_err(|error| about(error.into()))?;
    let signature = seal_path(&path);
    files::write(&signature, &modelseal_signing::seal(&statement, &key)?)?;
    let value = Report {
        version: keyring.version(),
        required_seals: keyring.required_seals(),
        root: key.public_key().fingerprint(),
        keys: Entry::all(&keyring),
        keyring: path,
        signature,
    };
    report(format, &value, || {
        format!(
            "sealed version {} of {} with the root key {}\n  seal     {}\n  demands  seals by {} owner(s)\n{}",
            value.version,
            value.keyring.display(),
            value.root,
            value.signature.display(),
            value.required_seals,
            Entry::table(&value.keys),
        )
    })
}
