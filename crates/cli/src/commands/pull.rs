use std::path::PathBuf;

use bytes::Bytes;
use clap::Args;
use modelseal_package::{Limits, PackageId, VerifiedPackage};
use modelseal_serve::Trust;
use modelseal_signing::Fingerprint;
use modelseal_store::Store;
use serde::Serialize;

use crate::failure::Failure;
use crate::files;
use crate::options::{ProjectOption, StoreOption, TrustOption, load_trusted, verify};
use crate::voice::{Format, report};

/// Fetch a package from the store: it appears in the folder only once it is verified
#[derive(Debug, Args)]
#[command(
    after_help = "Example: modelseal pull diabetes_risk_model-0.1.0-2026_11_22 --output fetched"
)]
pub(crate) struct Arguments {
    /// The package: NAME-VERSION-DATE, or NAME for the newest of that name in the store
    #[arg(value_name = "PACKAGE")]
    package: String,
    /// The folder to put it into
    #[arg(long, short, default_value = ".", value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    store: StoreOption,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    package: PackageId,
    file: PathBuf,
    size: usize,
    sealed_by: String,
    fingerprint: Fingerprint,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let trust = arguments.trust.trust(&arguments.project)?;
    let store = arguments.store.open(&arguments.project)?;
    let (bytes, package) = fetch(&arguments.package, &trust, &store)?;
    let id = package.manifest().id.clone();
    let file = arguments.output.join(id.file_name());
    files::write(&file, &bytes)?;
    let signer = package.signer().clone();
    let value = Report {
        package: id,
        file,
        size: bytes.len(),
        sealed_by: signer.name,
        fingerprint: signer.fingerprint,
    };
    report(format, &value, || {
        format!(
            "fetched {} ({} bytes), sealed by {:?}\n  file     {}",
            value.package,
            value.size,
            value.sealed_by,
            value.file.display()
        )
    })
}

/// Fetches and verifies a package, named exactly or by the model's name for the newest. The newest
/// must not be older than what the state file remembers.
pub(super) fn fetch(
    name: &str,
    trust: &Trust,
    store: &Store,
) -> Result<(Bytes, VerifiedPackage), Failure> {
    let keyring = load_trusted(trust)?;
    let id = resolve(name, store)?;
    let bytes = super::wait(store.get(&id.file_name()))??;
    let package = verify(bytes.clone(), &id, &keyring, &Limits::default())?;
    if let Some(state) = &trust.state
        && name == id.name()
    {
        state.update(|seen| seen.see_newest(package.manifest()))?;
    }
    Ok((bytes, package))
}

fn resolve(name: &str, store: &Store) -> Result<PackageId, Failure> {
    let no_name = match name.parse() {
        Ok(id) => return Ok(id),
        Err(error) => error,
    };
    if name.contains('-') {
        return Err(Failure::usage(no_name.to_string()));
    }
    let names = super::wait(store.list())??;
    PackageId::newest(name, names.iter().map(String::as_str)).ok_or_else(|| {
        Failure::new(format!("{} has no package of {name:?}", store.url()))
            .with_hint("publish one with `modelseal push`, or name another store")
    })
}
