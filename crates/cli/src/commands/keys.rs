use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use modelseal_signing::{Fingerprint, Keyring, PrivateKey, TrustedKey};
use serde::Serialize;

use crate::failure::Failure;
use crate::options::{ProjectOption, TrustOption, load_keyring};
use crate::voice::{Format, report};
use crate::{clock, files};

/// Make the keys that seal and the keyring that is trusted
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(New),
}

/// Make a key pair: a private key that seals, and its public key in the keyring
///
/// The private key stays with whoever seals: a data scientist's disk, a CI secret. The keyring
/// goes to whoever verifies; it holds public keys only.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys new alice --private-key ~/.modelseal/alice.pem")]
pub(crate) struct New {
    /// Name of the key in the keyring
    name: String,
    /// The file for the private key: PKCS#8 PEM, mode 0600; an existing file is never overwritten
    #[arg(long, value_name = "FILE")]
    private_key: PathBuf,
    /// Days until seals of this key are refused
    #[arg(long, value_name = "DAYS")]
    valid_days: Option<u32>,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    name: String,
    fingerprint: Fingerprint,
    private_key: PathBuf,
    keyring: PathBuf,
    trusted_keys: usize,
}

pub(crate) fn run(command: &Command, format: Format) -> Result<(), Failure> {
    let Command::New(new) = command;
    let keyring = new.trust.path(&new.project)?;
    let report_value = make(&new.name, &new.private_key, &keyring, new.valid_days)?;
    report(format, &report_value, || {
        format!(
            "made the key {:?} {}\n  private  {} (mode 0600; keep it off the server)\n  public   in {}, which now trusts {} key(s)",
            report_value.name,
            report_value.fingerprint,
            report_value.private_key.display(),
            report_value.keyring.display(),
            report_value.trusted_keys,
        )
    })
}

/// Makes a key pair and trusts it from now on.
pub(super) fn create(name: &str, private_key: &Path, keyring: &Path) -> Result<(), Failure> {
    make(name, private_key, keyring, None).map(drop)
}

fn make(
    name: &str,
    private_key: &Path,
    keyring_path: &Path,
    valid_days: Option<u32>,
) -> Result<Report, Failure> {
    // Two commands at once would each write a keyring without the other's key.
    let _lock = files::lock(keyring_path)?;
    // The keyring is read and extended first: a private key that nobody trusts helps nobody.
    let mut keyring =
        if keyring_path.exists() { load_keyring(keyring_path)? } else { Keyring::new() };
    let key = PrivateKey::generate()?;
    let now = clock::now();
    let not_after = valid_days.map(|days| clock::days_after(now, days)).transpose()?;
    keyring.add(TrustedKey { not_after, ..TrustedKey::new(name, key.public_key()) })?;
    files::write_secret(private_key, key.to_pkcs8_pem()?.as_bytes())?;
    if let Err(failure) = files::write(keyring_path, keyring.to_json().as_bytes()) {
        let _ = std::fs::remove_file(private_key);
        return Err(failure);
    }
    Ok(Report {
        name: name.to_owned(),
        fingerprint: key.public_key().fingerprint(),
        private_key: private_key.to_owned(),
        keyring: keyring_path.to_owned(),
        trusted_keys: keyring.keys().len(),
    })
}
