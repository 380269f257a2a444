//! `--method key`: an ECDSA key in a file.

use modelseal_signing::{PrivateKey, Statement};

use super::{Arguments, Signed};
use crate::failure::Failure;
use crate::private_key;

/// Reads the key first, so that a wrong one does not cost an hour of hashing.
pub(super) fn signer(
    arguments: &Arguments,
) -> Result<impl FnOnce(&Statement) -> Result<Signed, Failure> + use<>, Failure> {
    let key = load(arguments)?;
    Ok(move |statement: &Statement| {
        let bundle = modelseal_signing::seal(statement, &key)?;
        Ok(Signed { bundle, signer: format!("the key {}", key.public_key().fingerprint()) })
    })
}

/// The private key of the options.
pub(super) fn load(arguments: &Arguments) -> Result<PrivateKey, Failure> {
    let path = arguments
        .private_key
        .as_deref()
        .ok_or_else(|| Failure::usage("--private-key is missing").with_hint("see --help"))?;
    private_key::load(path, &arguments.passphrase)
}
