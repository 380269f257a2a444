use std::path::{Path, PathBuf};

use clap::Args;
use modelseal_package::{Limits, PackageId};
use modelseal_signing::{Fingerprint, PrivateKey};
use serde::Serialize;

use crate::failure::Failure;
use crate::files;
use crate::options::{PackageArgument, ProjectOption, read_package};
use crate::voice::{Format, report};

/// Bytes of a private key file. Stops a mistaken path to a model from being read as a key.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// Seal a package: sign its every byte, its name, version and date
///
/// The seal is an OpenSSF Model Signing v1.0 bundle; an earlier seal in the package is replaced.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal sign --private-key ~/.modelseal/alice.pem")]
pub(crate) struct Arguments {
    #[command(flatten)]
    package: PackageArgument,
    /// The private key: PEM, mode 0600
    #[arg(long, value_name = "FILE")]
    private_key: PathBuf,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    package: PackageId,
    file: PathBuf,
    fingerprint: Fingerprint,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let (file, package) = arguments.package.resolve(&arguments.project)?;
    let fingerprint = seal(&file, &package, &arguments.private_key)?;
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
pub(super) fn seal(
    file: &Path,
    id: &PackageId,
    private_key: &Path,
) -> Result<Fingerprint, Failure> {
    let limits = Limits::default();
    let pem = files::read_secret(private_key, KEY_BYTES_MAX)?;
    let key = PrivateKey::from_pem(&pem)
        .map_err(|error| Failure::from(error).about(private_key.display()))?;
    let package = read_package(file, &limits)?;
    let sealed = package.seal(id, &key, &limits).map_err(|error| Failure::from(error).about(id))?;
    files::write(file, &sealed)?;
    Ok(key.public_key().fingerprint())
}
