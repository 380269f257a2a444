//! Private keys of the command line: read from a file, under a passphrase where there is one.
//!
//! A passphrase comes from a file, the environment or the terminal, never from an argument: those
//! are for every user of the machine to read.

use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_signing::{KeyError, Passphrase, PrivateKey};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files;

/// Bytes of a private key file. Stops a mistaken path to a model from being read as a key.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// Bytes of a passphrase file. Same mistake.
const PASSPHRASE_BYTES_MAX: u64 = 4 << 10;

/// The environment variable that may hold the passphrase.
const VARIABLE: &str = "MODELSEAL_PASSPHRASE";

/// Where the passphrase of a private key comes from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PassphraseOption {
    /// The passphrase of the private key: the first line of a file with mode 0600 [default: the
    /// environment variable MODELSEAL_PASSPHRASE, else the terminal asks]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// The private key that seals.
#[derive(Debug, Clone, Args)]
pub(crate) struct PrivateKeyOption {
    /// The private key: PEM, mode 0600
    #[arg(long, alias = "private_key", value_name = "FILE")]
    private_key: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseOption,
}

impl PrivateKeyOption {
    pub(crate) fn load(&self) -> Result<PrivateKey, Failure> {
        load(&self.private_key, &self.passphrase)
    }
}

/// Reads a private key; asks for a passphrase only when it is under one.
pub(crate) fn load(path: &Path, passphrase: &PassphraseOption) -> Result<PrivateKey, Failure> {
    let about = |error: KeyError| Failure::from(error).about(path.display());
    let pem = files::read_secret(path, KEY_BYTES_MAX)?;
    match PrivateKey::from_pem(&pem) {
        Err(KeyError::Encrypted) => {
            let passphrase = passphrase.read(&format!("passphrase of {}", path.display()))?;
            PrivateKey::from_encrypted_pem(&pem, &passphrase).map_err(about)
        }
        read => read.map_err(about),
    }
}

impl PassphraseOption {
    /// The passphrase of a key that there is.
    fn read(&self, prompt: &str) -> Result<Passphrase, Failure> {
        match self.given()? {
            Some(passphrase) => Ok(passphrase),
            None => ask(prompt),
        }
    }

    /// A passphrase for a new key; at the terminal it is asked for twice.
    pub(crate) fn choose(&self) -> Result<Passphrase, Failure> {
        let passphrase = match self.given()? {
            Some(passphrase) => passphrase,
            None => {
                let first = ask_text("passphrase for the new key")?;
                if *first != *ask_text("the same passphrase again")? {
                    return Err(Failure::usage("the two passphrases differ"));
                }
                Passphrase::new(first.as_bytes())
            }
        };
        if passphrase.is_empty() {
            return Err(Failure::usage("the passphrase is empty")
                .with_hint("leave out --encrypt for a key without one"));
        }
        Ok(passphrase)
    }

    fn given(&self) -> Result<Option<Passphrase>, Failure> {
        if let Some(path) = &self.passphrase_file {
            let text = files::read_secret(path, PASSPHRASE_BYTES_MAX)?;
            let line = text.lines().next().unwrap_or_default();
            return Ok(Some(Passphrase::new(line)));
        }
        match std::env::var(VARIABLE) {
            Ok(text) => Ok(Some(Passphrase::new(text))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Failure::usage(format!("{VARIABLE} is not UTF-8 text")))
            }
        }
    }
}

fn ask(prompt: &str) -> Result<Passphrase, Failure> {
    Ok(Passphrase::new(ask_text(prompt)?.as_bytes()))
}

fn ask_text(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    ask_secret(prompt, || {
        Failure::usage("the private key needs a passphrase, and there is no terminal to ask at")
            .with_hint(format!("give --passphrase-file FILE, or set {VARIABLE}"))
    })
}

/// Asks for a secret at the terminal, without an echo; `no_terminal` says what is missing where
/// there is none.
pub(crate) fn ask_secret(
    prompt: &str,
    no_terminal: impl FnOnce() -> Failure,
) -> Result<Zeroizing<String>, Failure> {
    let terminal = console::Term::stderr();
    if !terminal.is_term() {
        return Err(no_terminal());
    }
    let failed =
        |error: std::io::Error| Failure::new(format!("the terminal cannot be read: {error}"));
    let prompt = format!("modelseal: {}: ", crate::voice::visible(prompt));
    terminal.write_str(&prompt).map_err(failed)?;
    Ok(Zeroizing::new(terminal.read_secure_line().map_err(failed)?))
}
