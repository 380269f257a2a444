//! Options of `--method itsdangerous`, for `sign`, `verify` and `migrate`.
//!
//! All of them come from whoever runs the command: nothing is taken from what is verified.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_signing::itsdangerous::{
    Hash, KeyDerivation, Reading, SecretKeys, Separator, Settings, Signer, Strictness, TimeCheck,
    UnsignError, Unsigned,
};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::{clock, files};

/// Bytes of a file of keys. Stops a mistaken path to a model from being read as keys.
const KEYS_BYTES_MAX: u64 = 64 << 10;

/// The keys, and everything else that signer and verifier must agree on.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "With --method itsdangerous")]
pub(crate) struct SharedSecret {
    /// The secret keys, one a line, oldest first: the last signs, all verify; mode 0600
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The environment variable with the keys, in place of a file
    #[arg(long, value_name = "NAME", conflicts_with = "key_file")]
    key_env: Option<String>,
    /// A label for the purpose [default: itsdangerous.Signer]
    #[arg(long, value_name = "TEXT")]
    salt: Option<String>,
    /// What stands between value, time and signature [default: .]
    #[arg(long, value_name = "TEXT")]
    sep: Option<Separator>,
    /// concat, django-concat, hmac or none [default: django-concat]
    #[arg(long, alias = "key_derivation", value_name = "NAME")]
    key_derivation: Option<KeyDerivation>,
    /// sha1, sha224, sha256, sha384 or sha512 [default: sha1]
    #[arg(long, value_name = "NAME")]
    digest: Option<Hash>,
    /// With the time of signing in front of the signature, as TimestampSigner does
    #[arg(long)]
    pub(crate) timestamp: bool,
}

impl SharedSecret {
    /// The keys of the file or variable, with these parameters.
    pub(crate) fn signer(&self) -> Result<Signer, Failure> {
        let default = Settings::default();
        let settings = Settings {
            salt: self.salt.clone().map_or(default.salt, String::into_bytes),
            separator: self.sep.clone().unwrap_or(default.separator),
            derivation: self.key_derivation.unwrap_or(default.derivation),
            hash: self.digest.unwrap_or(default.hash),
        };
        let keys = match (&self.key_file, &self.key_env) {
            (Some(path), _) => keys_of_file(path),
            (None, Some(name)) => keys_of_variable(name),
            (None, None) => Err(Failure::usage("--key-file or --key-env is missing")
                .with_hint("secret keys are never given as arguments: others can see those; --keyring takes one that a keyring names")),
        };
        Ok(Signer::new(&keys?, settings))
    }

    /// What a keyring says of a secret is not said a second time, in another way.
    pub(crate) fn refuse_with_keyring(&self) -> Result<(), Failure> {
        let option = match self {
            Self { key_file: Some(_), .. } => "--key-file",
            Self { key_env: Some(_), .. } => "--key-env",
            Self { salt: Some(_), .. } => "--salt",
            Self { sep: Some(_), .. } => "--sep",
            Self { key_derivation: Some(_), .. } => "--key-derivation",
            Self { digest: Some(_), .. } => "--digest",
            _ => return Ok(()),
        };
        Err(Failure::usage(format!("{option} has no meaning with --keyring or --key"))
            .with_hint("the keyring says where the secret lies and how it is used"))
    }

    /// Options of this method have no meaning with another one.
    pub(crate) fn refuse_if_given(&self, method: &str) -> Result<(), Failure> {
        let option = match self {
            Self { key_file: Some(_), .. } => "--key-file",
            Self { key_env: Some(_), .. } => "--key-env",
            Self { timestamp: true, .. } => "--timestamp",
            _ => return Ok(()),
        };
        Err(Failure::usage(format!("{option} has no meaning with --method {method}"))
            .with_hint("it belongs to --method itsdangerous"))
    }
}

/// The keys of a file that only its owner may read.
pub(crate) fn keys_of_file(path: &Path) -> Result<SecretKeys, Failure> {
    parse(&files::read_secret_bytes(path, KEYS_BYTES_MAX)?, path.display().to_string())
}

/// The keys of an environment variable.
pub(crate) fn keys_of_variable(name: &str) -> Result<SecretKeys, Failure> {
    let place = format!("the environment variable {name}");
    let text = std::env::var(name).map_err(|error| Failure::usage(format!("{place}: {error}")))?;
    parse(&Zeroizing::new(text.into_bytes()), place)
}

fn parse(text: &[u8], place: String) -> Result<SecretKeys, Failure> {
    SecretKeys::from_lines(text).map_err(|error| Failure::new(format!("{place}: {error}")))
}

/// Which signed files are good.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "With --method itsdangerous")]
pub(crate) struct ReadingOptions {
    /// Accept every spelling of a signature that Python accepts: junk, padding, spare bits
    #[arg(long)]
    lenient: bool,
    /// How old the signature may be, in seconds; it must then have a time
    #[arg(long, alias = "max_age", value_name = "SECONDS")]
    max_age: Option<u64>,
}

impl ReadingOptions {
    /// Verifies the file at `path`, read once and through one open file, while its value is copied
    /// into `sink`. With `timestamp` it must have a time.
    ///
    /// The sink must not be looked at when this fails.
    pub(crate) fn unsign(
        &self,
        signer: &Signer,
        timestamp: bool,
        path: &Path,
        sink: &mut dyn Write,
    ) -> Result<Unsigned, Failure> {
        let now = u64::try_from(clock::now().as_second()).unwrap_or(0);
        let expects_time = timestamp || self.max_age.is_some();
        let reading = Reading {
            strictness: if self.lenient { Strictness::AsPython } else { Strictness::Strict },
            time: expects_time.then_some(TimeCheck { now, age_max: self.max_age }),
        };
        let mut source = files::open(path).map_err(|error| Failure::io("read", path, &error))?;
        signer.unsign_stream(&mut source, sink, &reading).map_err(|error| match error {
            UnsignError::Read(error) => Failure::io("read", path, &error),
            other => Failure::from(other).about(path.display()),
        })
    }

    /// Options of this method have no meaning with another one.
    pub(crate) fn refuse_if_given(&self, method: &str) -> Result<(), Failure> {
        let option = match self {
            Self { lenient: true, .. } => "--lenient",
            Self { max_age: Some(_), .. } => "--max-age",
            _ => return Ok(()),
        };
        Err(Failure::usage(format!("{option} has no meaning with --method {method}"))
            .with_hint("it belongs to --method itsdangerous"))
    }
}
