use std::path::Path;

use bytes::Bytes;
use clap::Args;
use modelseal_package::{Limits, PackageId};
use modelseal_signing::{Fingerprint, Keyring};
use modelseal_store::{Put, Store};
use serde::Serialize;

use crate::failure::Failure;
use crate::files;
use crate::options::{PackageArgument, ProjectOption, StoreOption, TrustOption, verify};
use crate::voice::{Format, report};

/// Publish a package in the store: verified first, and never changed afterwards
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal push --store file:///srv/models")]
pub(crate) struct Arguments {
    #[command(flatten)]
    package: PackageArgument,
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
    store: String,
    /// `false`: the same bytes were there already.
    created: bool,
    size: usize,
    fingerprint: Fingerprint,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let (file, id) = arguments.package.resolve(&arguments.project)?;
    let keyring = arguments.trust.load(&arguments.project)?;
    let store = arguments.store.open(&arguments.project)?;
    let value = publish(&file, id, &keyring, &store)?;
    report(format, &value, || {
        let what = if value.created { "published" } else { "already published:" };
        format!("{what} {} ({} bytes)\n  store    {}", value.package, value.size, value.store)
    })
}

/// Verifies a package file and puts those very bytes into the store.
pub(super) fn publish_file(
    file: &Path,
    id: PackageId,
    keyring: &Keyring,
    store: &Store,
) -> Result<(), Failure> {
    publish(file, id, keyring, store).map(drop)
}

fn publish(
    file: &Path,
    id: PackageId,
    keyring: &Keyring,
    store: &Store,
) -> Result<Report, Failure> {
    let limits = Limits::default();
    let bytes = Bytes::from(files::read(file, limits.archive_bytes_max)?);
    let size = bytes.len();
    let package = verify(bytes.clone(), &id, keyring, &limits)?;
    let put = super::wait(store.put_if_absent(&id.file_name(), bytes))??;
    Ok(Report {
        package: id,
        store: store.url().to_owned(),
        created: put == Put::Created,
        size,
        fingerprint: package.signer().fingerprint,
    })
}
