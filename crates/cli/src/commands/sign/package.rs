//! Packages: the seal lies in the archive, in the one form that the format knows.

use std::path::{Path, PathBuf};

use modelseal_package::{Limits, PackageId};
use modelseal_signing::{Fingerprint, PrivateKey};
use serde::Serialize;

use super::{Arguments, Method, key};
use crate::failure::Failure;
use crate::files;
use crate::options::read_package;
use crate::voice::{Format, report};

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
    let fingerprint = seal(&file, &package, &key::load(arguments)?)?;
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
