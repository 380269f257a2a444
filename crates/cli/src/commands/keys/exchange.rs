//! `modelseal keys import | export`: public keys from and to other tools, references to shared ones.

use std::path::PathBuf;

use clap::Args;
use modelseal_signing::{
    Fingerprint, HmacKey, HmacScheme, KeyState, PublicKey, SecretSource, Terms, TrustedKey,
};
use serde::Serialize;

use super::KeyringOption;
use crate::failure::Failure;
use crate::options::load_keyring;
use crate::voice::{Format, report};
use crate::{clock, files};

/// Bytes of a public key file. Stops a mistaken path to a model from being read as a key.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// Trust the public key of somebody else, or a shared key of itsdangerous
///
/// Ask for the fingerprint over another channel and compare. Of a shared key the keyring holds
/// only where it lies on the machine that verifies.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal keys import bob bob.pub.pem
  modelseal keys import legacy --key-env MODEL_SIGNING_KEY --salt models")]
pub(crate) struct Import {
    /// Name of the key in the keyring
    name: String,
    /// The public key, in PEM
    #[arg(value_name = "FILE", required_unless_present_any = ["key_file", "key_env"])]
    public_key: Option<PathBuf>,
    /// A shared key of itsdangerous: its file, relative to the keyring
    #[arg(long, value_name = "FILE", conflicts_with_all = ["public_key", "key_env"])]
    key_file: Option<String>,
    /// A shared key of itsdangerous: the NAME of the environment variable that holds it
    #[arg(long, value_name = "NAME", conflicts_with = "public_key")]
    key_env: Option<String>,
    /// Salt of the shared key [default: as in itsdangerous]
    #[arg(long, value_name = "TEXT", conflicts_with = "public_key")]
    salt: Option<String>,
    /// Digest of the shared key: sha1, sha224, sha256, sha384, sha512
    #[arg(long, value_name = "NAME", conflicts_with = "public_key")]
    digest: Option<String>,
    /// Derivation of the shared key: concat, django-concat, hmac, none
    #[arg(long, value_name = "NAME", conflicts_with = "public_key")]
    key_derivation: Option<String>,
    /// Separator of the shared key
    #[arg(long, value_name = "TEXT", conflicts_with = "public_key")]
    separator: Option<String>,
    /// Who holds the key, if the name does not say it: the seals of one owner count once
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// The key is handed out ahead of its use
    #[arg(long, conflicts_with = "verify_only")]
    next: bool,
    /// The key seals no more; what it sealed is believed
    #[arg(long)]
    verify_only: bool,
    /// Days until seals of this key are refused
    #[arg(long, value_name = "DAYS")]
    valid_days: Option<u32>,
    /// A comment for people
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    #[command(flatten)]
    keyring: KeyringOption,
}

/// Give a public key out, in PEM, for other tools
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys export alice --output alice.pub.pem")]
pub(crate) struct Export {
    /// The key
    name: String,
    /// The file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    keyring: KeyringOption,
}

#[derive(Debug, Serialize)]
struct Exported {
    name: String,
    fingerprint: Fingerprint,
    public_key: String,
    file: Option<PathBuf>,
}

pub(super) fn import(arguments: &Import, format: Format) -> Result<(), Failure> {
    let end = |days| clock::days_after(clock::now(), days);
    let terms = Terms {
        state: match (arguments.next, arguments.verify_only) {
            (true, _) => KeyState::Next,
            (_, true) => KeyState::VerifyOnly,
            _ => KeyState::Active,
        },
        owner: arguments.owner.clone(),
        not_before: None,
        not_after: arguments.valid_days.map(end).transpose()?,
        comment: arguments.comment.clone(),
    };
    let name = arguments.name.clone();
    let changed = match &arguments.public_key {
        Some(path) => {
            let pem = files::read_text(path, KEY_BYTES_MAX)?;
            let public_key = PublicKey::from_pem(&pem)
                .map_err(|error| Failure::from(error).about(path.display()))?;
            arguments
                .keyring
                .change(|keyring| Ok(keyring.add(TrustedKey { name, public_key, terms })?))?
        }
        None => {
            let secret = match (&arguments.key_file, &arguments.key_env) {
                (Some(path), _) => SecretSource::File(path.clone()),
                (_, variable) => SecretSource::Environment(variable.clone().unwrap_or_default()),
            };
            let scheme = HmacScheme {
                salt: arguments.salt.clone(),
                digest: arguments.digest.clone(),
                derivation: arguments.key_derivation.clone(),
                separator: arguments.separator.clone(),
            };
            arguments.keyring.change(|keyring| {
                Ok(keyring.add_hmac(HmacKey { name, secret, scheme, terms })?)
            })?
        }
    };
    changed.report(format, &format!("the keyring trusts {:?}", arguments.name))
}

pub(super) fn export(arguments: &Export, format: Format) -> Result<(), Failure> {
    let path = arguments.keyring.path()?;
    let keyring = load_keyring(&path)?;
    let key = keyring.find_name(&arguments.name).ok_or_else(|| {
        Failure::new(format!("{} has no public key {:?}", path.display(), arguments.name))
            .with_hint("`modelseal keys list` shows what there is")
    })?;
    let pem = key.public_key.to_pem();
    if let Some(output) = &arguments.output {
        files::write(output, pem.as_bytes())?;
    }
    let value = Exported {
        name: key.name.clone(),
        fingerprint: key.public_key.fingerprint(),
        public_key: pem.clone(),
        file: arguments.output.clone(),
    };
    report(format, &value, || match &value.file {
        Some(file) => format!(
            "wrote the public key {:?} {}\n  file     {}",
            value.name,
            value.fingerprint,
            file.display()
        ),
        None => pem,
    })
}
