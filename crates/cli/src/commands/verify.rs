use clap::Args;
use modelseal_package::{FileEntry, PackageId};
use modelseal_signing::Fingerprint;
use serde::Serialize;

use crate::failure::Failure;
use crate::options::{PackageArgument, ProjectOption, TrustOption, verify_file};
use crate::voice::{Format, report};

/// Verify a package: its seal, its key, every byte of it, and that it is what its name says
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 trusted, 10 tampered or malformed, 11 key unknown, expired or revoked,
12 not sealed, 1 could not be read, 2 usage.

Example: modelseal verify dist/diabetes_risk_model-0.1.0-2026_11_22.zip --keyring keyring.json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    package: PackageArgument,
    /// The package that it must be [default: as the file's name says]
    #[arg(long, value_name = "NAME-VERSION-DATE")]
    expect: Option<PackageId>,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    verified: bool,
    package: PackageId,
    sealed_by: String,
    fingerprint: Fingerprint,
    files: Vec<FileEntry>,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let (file, id) = match (&arguments.package.package, &arguments.expect) {
        (Some(file), Some(expected)) => (file.clone(), expected.clone()),
        (_, expected) => {
            let (file, named) = arguments.package.resolve(&arguments.project)?;
            (file, expected.clone().unwrap_or(named))
        }
    };
    let keyring = arguments.trust.load(&arguments.project)?;
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
