//! `modelseal keys new`: a key pair.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use modelseal_signing::{Curve, Fingerprint, KeyState, Keyring, PrivateKey, TrustedKey};
use serde::Serialize;

use super::{KeyringOption, change_keyring};
use crate::failure::Failure;
use crate::private_key::PassphraseOption;
use crate::voice::{Format, report};
use crate::{clock, files};

/// Make a key pair: a private key that seals, and its public key in the keyring
///
/// The private key stays with whoever seals: a data scientist's disk, a CI secret. The keyring
/// goes to whoever verifies; it holds public keys only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal keys new alice --private-key ~/.modelseal/alice.pem --encrypt
  modelseal keys new alice-2 --owner alice --next --private-key ~/.modelseal/alice-2.pem
  modelseal keys new root --private-key root.pem --public-key root.pub.pem --no-keyring")]
pub(crate) struct New {
    /// Name of the key in the keyring
    name: String,
    #[command(flatten)]
    pair: PairOptions,
    /// Who holds the key, if the name does not say it: the seals of one owner count once
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// Hand the key out ahead of its use: it verifies, and seals from `keys activate` on
    #[arg(long)]
    next: bool,
    /// The first moment at which seals of this key are accepted
    #[arg(long, value_name = "TIME")]
    not_before: Option<jiff::Timestamp>,
    /// Leave the keyring alone: for the root key, which seals keyrings
    #[arg(long, conflicts_with_all = ["owner", "next", "not_before"])]
    no_keyring: bool,
    #[command(flatten)]
    keyring: KeyringOption,
}

/// How a key pair is made, and where it goes.
#[derive(Debug, Args)]
pub(super) struct PairOptions {
    /// The file for the private key: PKCS#8 PEM, mode 0600; an existing file is never overwritten
    #[arg(long, value_name = "FILE")]
    private_key: PathBuf,
    /// A file for the public key, too: PEM, for other tools
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// The curve
    #[arg(long, value_enum, default_value_t, value_name = "CURVE")]
    curve: CurveName,
    /// Keep the private key under a passphrase
    #[arg(long)]
    encrypt: bool,
    #[command(flatten)]
    passphrase: PassphraseOption,
    /// Days until seals of this key are refused
    #[arg(long, value_name = "DAYS")]
    valid_days: Option<u32>,
    /// A comment for people
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum CurveName {
    #[default]
    P256,
    P384,
    P521,
}

#[derive(Debug, Serialize)]
struct Report {
    name: String,
    fingerprint: Option<Fingerprint>,
    state: Option<&'static str>,
    private_key: PathBuf,
    public_key: Option<PathBuf>,
    keyring: Option<PathBuf>,
    version: Option<u64>,
    trusted_keys: Option<usize>,
}

pub(super) fn run(new: &New, format: Format) -> Result<(), Failure> {
    let pair = &new.pair;
    let mut value = Report {
        name: new.name.clone(),
        fingerprint: None,
        state: None,
        private_key: pair.private_key.clone(),
        public_key: pair.public_key.clone(),
        keyring: None,
        version: None,
        trusted_keys: None,
    };
    if new.no_keyring {
        let key = pair.generate()?;
        pair.write(&key)?;
        value.fingerprint = Some(key.public_key().fingerprint());
    } else {
        let path = new.keyring.path()?;
        let (keyring, fingerprint) = pair.make(&path, &new.name, |keyring, mut trusted| {
            trusted.terms.owner.clone_from(&new.owner);
            trusted.terms.not_before = new.not_before;
            if new.next {
                trusted.terms.state = KeyState::Next;
            }
            Ok(keyring.add(trusted)?)
        })?;
        value.fingerprint = Some(fingerprint);
        value.state = keyring.find(&fingerprint).map(|trusted| trusted.terms.state.word());
        value.version = Some(keyring.version());
        value.trusted_keys = Some(keyring.keys().len());
        value.keyring = Some(path);
    }
    report(format, &value, || text(&value))
}

/// Makes a key pair and trusts it from now on.
pub(in crate::commands) fn create(
    name: &str,
    private_key: &Path,
    keyring: &Path,
) -> Result<(), Failure> {
    let pair = PairOptions::plain(private_key);
    pair.make(keyring, name, |keyring, trusted| Ok(keyring.add(trusted)?)).map(drop)
}

impl PairOptions {
    /// A key on P-256 without a passphrase and without an end.
    fn plain(private_key: &Path) -> Self {
        Self {
            private_key: private_key.to_owned(),
            public_key: None,
            curve: CurveName::default(),
            encrypt: false,
            passphrase: PassphraseOption::default(),
            valid_days: None,
            comment: None,
        }
    }

    fn generate(&self) -> Result<PrivateKey, Failure> {
        Ok(PrivateKey::generate_on(match self.curve {
            CurveName::P256 => Curve::P256,
            CurveName::P384 => Curve::P384,
            CurveName::P521 => Curve::P521,
        })?)
    }

    /// Makes the pair; `enter` brings the public key into the keyring at `path`. Both are written,
    /// or none of them: a private key that nobody trusts helps nobody.
    pub(super) fn make(
        &self,
        path: &Path,
        name: &str,
        enter: impl FnOnce(&mut Keyring, TrustedKey) -> Result<(), Failure>,
    ) -> Result<(Keyring, Fingerprint), Failure> {
        let mut is_written = false;
        let outcome = change_keyring(path, |keyring| {
            let key = self.generate()?;
            let mut trusted = TrustedKey::new(name, key.public_key());
            let end = |days| clock::days_after(clock::now(), days);
            trusted.terms.not_after = self.valid_days.map(end).transpose()?;
            trusted.terms.comment.clone_from(&self.comment);
            enter(keyring, trusted)?;
            self.write(&key)?;
            is_written = true;
            Ok(key.public_key().fingerprint())
        });
        if outcome.is_err() && is_written {
            let _ = std::fs::remove_file(&self.private_key);
        }
        outcome
    }

    fn write(&self, key: &PrivateKey) -> Result<(), Failure> {
        let pem = if self.encrypt {
            key.to_encrypted_pem(&self.passphrase.choose()?)?
        } else {
            key.to_pkcs8_pem()?
        };
        if let Some(path) = &self.public_key {
            files::write(path, key.public_key().to_pem().as_bytes())?;
        }
        files::write_secret(&self.private_key, pem.as_bytes())
    }
}

fn text(value: &Report) -> String {
    let mut text = format!(
        "made the key {:?} {}\n  private  {} (mode 0600; keep it off the server)",
        value.name,
        value.fingerprint.map(|fingerprint| fingerprint.to_string()).unwrap_or_default(),
        value.private_key.display(),
    );
    if let Some(path) = &value.public_key {
        text += &format!("\n  public   {}", path.display());
    }
    if let (Some(path), Some(count)) = (&value.keyring, value.trusted_keys) {
        text += &format!("\n  keyring  {}, which now trusts {count} key(s)", path.display());
    }
    text
}
