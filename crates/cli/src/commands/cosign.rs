use std::path::PathBuf;

use clap::Args;
use modelseal_package::{Limits, PackageId};
use modelseal_signing::Fingerprint;
use serde::Serialize;

use crate::failure::Failure;
use crate::options::{PackageArgument, ProjectOption, TrustOption, read_package};
use crate::private_key::PrivateKeyOption;
use crate::voice::{Format, report};
use crate::{clock, files};

/// Add a seal to a sealed package: verified first, then vouched for by one key more
///
/// A keyring can demand seals by several owners, see `modelseal keys require`.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal cosign --private-key ~/.modelseal/bob.pem")]
pub(crate) struct Arguments {
    #[command(flatten)]
    package: PackageArgument,
    #[command(flatten)]
    private_key: PrivateKeyOption,
    #[command(flatten)]
    trust: TrustOption,
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
    let keyring = arguments.trust.load(&arguments.project)?;
    let key = arguments.private_key.load()?;
    let limits = Limits::default();
    // Two people who cosign at once would each write a package without the other's seal.
    let _lock = files::lock(&file)?;
    let cosigned = read_package(&file, &limits)?
        .cosign(&package, &key, &keyring, clock::now(), &limits)
        .map_err(|error| Failure::from(error).about(&package))?;
    files::write(&file, &cosigned)?;
    let value = Report { package, file, fingerprint: key.public_key().fingerprint() };
    report(format, &value, || {
        format!(
            "cosigned {} with the key {}\n  file     {}",
            value.package,
            value.fingerprint,
            value.file.display()
        )
    })
}
