//! Packages: the seal that lies in the archive.

use modelseal_package::{FileEntry, PackageId};
use modelseal_signing::Fingerprint;
use serde::Serialize;

use super::Arguments;
use crate::commands::sign::Method;
use crate::failure::Failure;
use crate::options::verify_file;
use crate::voice::{Format, report};

#[derive(Debug, Serialize)]
struct Report {
    verified: bool,
    package: PackageId,
    sealed_by: String,
    fingerprint: Fingerprint,
    files: Vec<FileEntry>,
}

pub(super) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    if arguments.method == Method::Certificate {
        return Err(Failure::usage("a package is sealed with a key, never with a certificate")
            .with_hint("--signature FILE verifies it as any file"));
    }
    let (file, id) = match (&arguments.path, &arguments.expect) {
        (Some(file), Some(expected)) => (file.clone(), expected.clone()),
        (_, expected) => {
            let (file, named) = arguments.package().resolve(&arguments.project)?;
            (file, expected.clone().unwrap_or(named))
        }
    };
    let keyring = super::key::keyring(arguments)?;
    let package = verify_file(&file, &id, &keyring)?;
    // A model that cannot be loaded is found here, not when the service starts.
    package.model()?;
    let value = Report {
        verified: true,
        package: id.clone(),
        sealed_by: package.signer().name.clone(),
        fingerprint: package.signer().fingerprint,
        files: package.manifest().files.clone(),
    };
    report(format, &value, || {
        format!("trusted: {id}\n  sealed by {:?} {}", value.sealed_by, value.fingerprint)
    })
}
