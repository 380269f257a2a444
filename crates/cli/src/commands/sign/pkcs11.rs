//! `--method pkcs11`: an ECDSA key that never leaves its token.

use modelseal_hsm::{HsmError, PinSource, Pkcs11Uri, TokenKey};
use modelseal_signing::{SigningKey as _, Statement};
use zeroize::Zeroizing;

use super::{Arguments, Signed, certificate};
use crate::failure::Failure;
use crate::voice::say;
use crate::{files, private_key};

/// Bytes of a file with a PIN.
const PIN_BYTES_MAX: u64 = 4 << 10;

/// Logs in first, so that a wrong PIN does not cost an hour of hashing.
pub(super) fn signer(
    arguments: &Arguments,
) -> Result<impl FnOnce(&Statement) -> Result<Signed, Failure> + use<>, Failure> {
    let uri = arguments.pkcs11_uri.as_ref().ok_or_else(|| {
        Failure::usage("--pkcs11-uri is missing")
            .with_hint("--pkcs11-uri 'pkcs11:token=models;object=signer?module-path=/usr/lib/softhsm/libsofthsm2.so'")
    })?;
    let chain = arguments.certificate.chain()?;
    let key = open(uri)?;
    Ok(move |statement: &Statement| {
        if let Some(chain) = chain {
            return certificate::seal(statement, &key, &chain);
        }
        let bundle = modelseal_signing::seal(statement, &key)?;
        let fingerprint = key.public_key().fingerprint();
        Ok(Signed {
            bundle,
            signer: format!("the key {fingerprint} in the token {:?}", key.token()),
        })
    })
}

fn open(uri: &Pkcs11Uri) -> Result<TokenKey, Failure> {
    let pin = match uri.pin() {
        None => None,
        Some(PinSource::Value(pin)) => {
            say(
                "warning: others on this machine can see a PIN among the arguments; pin-source=file:/path hides it",
            );
            Some(pin.clone())
        }
        Some(PinSource::File(path)) => {
            let text = files::read_secret(path, PIN_BYTES_MAX)?;
            let first = text.lines().next().unwrap_or_default();
            Some(Zeroizing::new(first.to_owned()))
        }
    };
    match TokenKey::open(uri, pin.as_ref().map(|pin| pin.as_str())) {
        Err(missing @ HsmError::PinMissing { .. }) => {
            let prompt = "PIN of the token";
            let pin = private_key::ask_secret(prompt, || Failure::from(missing))?;
            Ok(TokenKey::open(uri, Some(pin.as_str()))?)
        }
        opened => Ok(opened?),
    }
}

impl From<HsmError> for Failure {
    fn from(error: HsmError) -> Self {
        let hint = error.hint();
        match error {
            HsmError::NoModule => Self::usage(error.to_string()),
            _ => Self::new(error.to_string()),
        }
        .with_hint(hint)
    }
}
