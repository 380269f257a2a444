//! `--method key`: an ECDSA key in a file.

use std::path::Path;

use modelseal_signing::{PrivateKey, Statement};

use super::{Arguments, Signed};
use crate::failure::Failure;
use crate::files;

/// Bytes of a private key file. Stops a mistaken path to a model from being read as a key.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// Reads the key first, so that a wrong one does not cost an hour of hashing.
pub(super) fn signer(
    arguments: &Arguments,
) -> Result<impl FnOnce(&Statement) -> Result<Signed, Failure> + use<>, Failure> {
    let key = load(path(arguments)?)?;
    Ok(move |statement: &Statement| {
        let bundle = modelseal_signing::seal(statement, &key)?;
        Ok(Signed { bundle, signer: format!("the key {}", key.public_key().fingerprint()) })
    })
}

pub(super) fn path(arguments: &Arguments) -> Result<&Path, Failure> {
    arguments
        .private_key
        .as_deref()
        .ok_or_else(|| Failure::usage("--private-key is missing").with_hint("see --help"))
}

pub(in crate::commands) fn load(path: &Path) -> Result<PrivateKey, Failure> {
    let pem = files::read_secret(path, KEY_BYTES_MAX)?;
    PrivateKey::from_pem(&pem).map_err(|error| Failure::from(error).about(path.display()))
}
