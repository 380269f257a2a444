use clap::Args;
use modelseal_package::{Limits, PackageId, UnverifiedPackage};
use modelseal_signing::{Fingerprint, Keyring, PrivateKey};
use modelseal_store::Store;
use serde::Serialize;

use crate::clock;
use crate::failure::Failure;
use crate::options::{ProjectOption, StoreOption, TrustOption};
use crate::private_key::PrivateKeyOption;
use crate::voice::{Format, report};

/// Renew the seals of a store with a new key, without reading the models
///
/// The statement under a seal holds the digest of every file: its signature is checked, and the
/// new key signs the very same statement. Only the seal changes; a file that was changed in the
/// store stays refused. The new seal takes the place of those by other keys of the same owner, or
/// else of those by keys that are not active any more.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: modelseal reseal --store file:///srv/models --private-key ~/.modelseal/alice-2.pem")]
pub(crate) struct Arguments {
    #[command(flatten)]
    private_key: PrivateKeyOption,
    /// Only this package; may be repeated [default: every package of the store]
    #[arg(long = "package", value_name = "NAME-VERSION-DATE")]
    packages: Vec<PackageId>,
    #[command(flatten)]
    store: StoreOption,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

#[derive(Debug, Serialize)]
struct Report {
    store: String,
    fingerprint: Fingerprint,
    renewed: Vec<PackageId>,
    /// Sealed by this key already, or by other active ones.
    unchanged: Vec<PackageId>,
    refused: Vec<Refused>,
}

#[derive(Debug, Serialize)]
struct Refused {
    package: PackageId,
    why: String,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let keyring = arguments.trust.load(&arguments.project)?;
    let store = arguments.store.open(&arguments.project)?;
    let key = arguments.private_key.load()?;
    let packages = match arguments.packages.as_slice() {
        [] => stored(&store)?,
        packages => packages.to_vec(),
    };
    let mut value = Report {
        store: store.url().to_owned(),
        fingerprint: key.public_key().fingerprint(),
        renewed: Vec::new(),
        unchanged: Vec::new(),
        refused: Vec::new(),
    };
    let mut first_failure = None;
    for package in packages {
        match renew(&store, &package, &key, &keyring) {
            Ok(true) => value.renewed.push(package),
            Ok(false) => value.unchanged.push(package),
            // The others are renewed all the same: one bad package must not keep a store back.
            Err(failure) => {
                value.refused.push(Refused { package, why: failure.message().to_owned() });
                first_failure.get_or_insert(failure);
            }
        }
    }
    if let Some(failure) = first_failure {
        let (kept, renewed) = (value.refused.len(), value.renewed.len());
        let message = format!("{kept} package(s) keep their seals, {renewed} were renewed");
        let reasons: Vec<String> =
            value.refused.iter().map(|refused| refused.why.clone()).collect();
        let failure = failure.summed_up(message).with_details(reasons);
        return Err(failure.with_report(serde_json::json!(value)));
    }
    report(format, &value, || {
        format!(
            "renewed {} seal(s) with the key {}, {} needed none\n  store    {}",
            value.renewed.len(),
            value.fingerprint,
            value.unchanged.len(),
            value.store
        )
    })
}

fn stored(store: &Store) -> Result<Vec<PackageId>, Failure> {
    let names = super::wait(store.list())??;
    Ok(names.iter().filter_map(|name| PackageId::from_file_name(name).ok()).collect())
}

/// Whether there was a seal to renew.
fn renew(
    store: &Store,
    id: &PackageId,
    key: &PrivateKey,
    keyring: &Keyring,
) -> Result<bool, Failure> {
    let limits = Limits::default();
    let name = id.file_name();
    let old = super::wait(store.get(&name))??;
    let renewed = UnverifiedPackage::read(old.clone(), &limits)
        .and_then(|package| package.reseal(id, key, keyring, clock::now(), &limits))
        .map_err(|error| Failure::from(error).about(id))?;
    let Some(new) = renewed else { return Ok(false) };
    super::wait(store.replace(&name, &old, new))??;
    Ok(true)
}
