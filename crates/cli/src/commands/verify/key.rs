//! `--method key`: public keys in files or in a keyring.

use std::path::Path;

use modelseal_signing::{Keyring, PublicKey, Statement, TrustedKey, Verified, verify};

use super::Arguments;
use crate::failure::Failure;
use crate::{clock, files};

/// Bytes of a public key file. Stops a mistaken path to a model from being read as a key.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// The keys of `--public-key`, else the keyring.
pub(super) fn keyring(arguments: &Arguments) -> Result<Keyring, Failure> {
    if arguments.public_key.is_empty() {
        return arguments.trust.load(&arguments.project);
    }
    let mut keyring = Keyring::new();
    for path in &arguments.public_key {
        let about = |failure: Failure| failure.about(path.display());
        let pem = files::read_text(path, KEY_BYTES_MAX)?;
        let key = PublicKey::from_pem(&pem).map_err(|error| about(error.into()))?;
        // One key in two files is one key.
        if keyring.find(&key.fingerprint()).is_none() {
            keyring.add(TrustedKey::new(name(path), key)).map_err(|error| about(error.into()))?;
        }
    }
    Ok(keyring)
}

pub(super) fn check(
    arguments: &Arguments,
    keyring: &Keyring,
    bundle: &[u8],
) -> Result<Verified<Statement>, Failure> {
    Ok(verify(bundle, keyring, clock::now(), &arguments.limits())?)
}

/// The path as it was given: a key in a file has no other name.
fn name(path: &Path) -> String {
    crate::voice::visible(&path.display().to_string())
}
