//! Packages: the seal that lies in the archive.

use jiff::Timestamp;
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
    cosigned_by: Vec<Cosigner>,
    sequence: u64,
    expires_at: Option<Timestamp>,
    files: Vec<FileEntry>,
}

#[derive(Debug, Serialize)]
struct Cosigner {
    name: String,
    fingerprint: Fingerprint,
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
        cosigned_by: package
            .cosigners()
            .iter()
            .map(|signer| Cosigner { name: signer.name.clone(), fingerprint: signer.fingerprint })
            .collect(),
        sequence: package.manifest().sequence,
        expires_at: package.manifest().expires_at,
        files: package.manifest().files.clone(),
    };
    report(format, &value, || {
        let mut text =
            format!("trusted: {id}\n  sealed by {:?} {}", value.sealed_by, value.fingerprint);
        for Cosigner { name, fingerprint } in &value.cosigned_by {
            text += &format!("\n        and {name:?} {fingerprint}");
        }
        text
    })
}
