//! `--method itsdangerous`: the file with a signature of Python's itsdangerous at its end.

use std::path::{Path, PathBuf};

use modelseal_signing::itsdangerous::Signer;
use serde::Serialize;

use super::Arguments;
use crate::failure::Failure;
use crate::options::TrustOption;
use crate::shared_keys::SharedKeys;
use crate::voice::{Format, report};
use crate::{clock, files};

#[derive(Debug, Serialize)]
struct Report<'a> {
    file: &'a Path,
    signed: PathBuf,
    method: String,
    /// The secret's name in the keyring.
    key: Option<String>,
    signed_at: Option<u64>,
}

pub(super) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let Some(path) = &arguments.path else {
        return Err(Failure::usage("the file to sign is missing").with_hint("see --help"));
    };
    if arguments.signature.is_some() {
        return Err(Failure::usage("--signature has no meaning with --method itsdangerous")
            .with_hint(
                "the signature stands at the end of the signed file: name it with --output",
            ));
    }
    let signed_at = match arguments.secret.timestamp {
        true => Some(u64::try_from(clock::build_time()?.as_second()).unwrap_or(0)),
        false => None,
    };
    let (signer, key) = signer(arguments)?;
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    let mut source = files::open(path).map_err(failed)?;
    let output = arguments.output.clone().unwrap_or_else(|| {
        let mut name = path.clone().into_os_string();
        name.push(".signed");
        name.into()
    });
    files::write_stream(&output, |sink| {
        signer.sign_stream(&mut source, sink, signed_at).map_err(failed)
    })?;
    let method = arguments.method.to_string();
    let value = Report { file: path, signed: output, method, key, signed_at };
    report(format, &value, || {
        format!(
            "signed {} as itsdangerous does\n  signed   {}",
            path.display(),
            value.signed.display()
        )
    })
}

/// The secret of the options, or the active one of the keyring, with its name.
fn signer(arguments: &Arguments) -> Result<(Signer, Option<String>), Failure> {
    let (keyring, name) = (&arguments.keyring, &arguments.key);
    if keyring.is_none() && name.is_none() {
        return Ok((arguments.secret.signer()?, None));
    }
    arguments.secret.refuse_with_keyring()?;
    let trust = TrustOption::of_keyring(keyring.clone());
    let path = trust.path(&arguments.project)?;
    let keyring = trust.load(&arguments.project)?;
    let keys = SharedKeys::of(&keyring, &path, name.as_deref())?;
    let key = keys.signing()?;
    Ok((keys.signer(key)?, Some(key.name.clone())))
}
