//! Packages: the seal lies in the archive, in the one form that the format knows.

use std::path::{Path, PathBuf};

use modelseal_package::{Limits, PackageId};
use modelseal_signing::{Fingerprint, KeyState, PrivateKey, TrustedKey};
use serde::Serialize;

use super::{Arguments, Method, key};
use crate::failure::Failure;
use crate::files;
use crate::options::{TrustOption, load_keyring, read_package};
use crate::voice::{Format, report, say};

#[derive(Debug, Serialize)]
struct Report {
    package: PackageId,
    file: PathBuf,
    fingerprint: Fingerprint,
}

pub(super) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    if arguments.method != Method::Key {
        return Err(Failure::usage(format!(
            "a package is sealed with --method key, not {}",
            arguments.method
        ))
        .with_hint("--signature FILE signs it as any file, with every method"));
    }
    let (file, package) = arguments.package().resolve(&arguments.project)?;
    let key = key::load(arguments)?;
    check_state(arguments, &key.public_key().fingerprint())?;
    let fingerprint = seal(&file, &package, &key)?;
    let value = Report { package, file, fingerprint };
    report(format, &value, || {
        format!(
            "sealed {} with the key {}\n  file     {}",
            value.package,
            value.fingerprint,
            value.file.display()
        )
    })
}

/// A key of the keyring at hand that seals no more is refused here, before readers refuse the
/// package. A key that the keyring does not know is whom the readers trust: theirs to say.
fn check_state(arguments: &Arguments, key: &Fingerprint) -> Result<(), Failure> {
    let trust = TrustOption::of_keyring(arguments.keyring.clone());
    if arguments.keyring.is_none() && !arguments.project.project.exists() {
        return Ok(());
    }
    let path = trust.path(&arguments.project)?;
    if arguments.keyring.is_none() && !path.exists() {
        return Ok(());
    }
    let keyring = load_keyring(&path)?;
    let Some(TrustedKey { name, terms, .. }) = keyring.find(key) else { return Ok(()) };
    match &terms.state {
        KeyState::Active => Ok(()),
        KeyState::Next => {
            say(&format!(
                "note: {name:?} is a next key in {}: readers with an older keyring do not know it; \
                 `modelseal keys activate {name}` puts it into use",
                path.display()
            ));
            Ok(())
        }
        state => Err(Failure::usage(format!(
            "the key {name:?} is {} in {}: it seals no more",
            state.word(),
            path.display()
        ))
        .with_hint("seal with an active key; `modelseal keys list` shows them")),
    }
}

/// Seals a package file in place.
pub(in crate::commands) fn seal(
    file: &Path,
    id: &PackageId,
    key: &PrivateKey,
) -> Result<Fingerprint, Failure> {
    let limits = Limits::default();
    let package = read_package(file, &limits)?;
    let sealed = package.seal(id, key, &limits).map_err(|error| Failure::from(error).about(id))?;
    files::write(file, &sealed)?;
    Ok(key.public_key().fingerprint())
}
