//! `--method certificate`: an ECDSA key in a file, with a certificate that says whose it is.

use std::path::PathBuf;

use clap::Args;
use modelseal_signing::{SealError, Statement, seal_with_certificate};

use super::{Arguments, Signed, key};
use crate::certificates::read;
use crate::clock;
use crate::failure::Failure;

/// Which certificate.
#[derive(Debug, Clone, Args)]
pub(crate) struct CertificateOptions {
    /// The signer's certificate, PEM, of --method certificate
    #[arg(long, alias = "signing_certificate", value_name = "FILE")]
    signing_certificate: Option<PathBuf>,
    /// Certificates between the signer's and a root, PEM; may be repeated
    #[arg(long, alias = "certificate_chain", value_name = "FILE")]
    certificate_chain: Vec<PathBuf>,
}

pub(super) fn signer(
    arguments: &Arguments,
) -> Result<impl FnOnce(&Statement) -> Result<Signed, Failure> + use<>, Failure> {
    let CertificateOptions { signing_certificate, certificate_chain } = &arguments.certificate;
    let leaf = signing_certificate.as_ref().ok_or_else(|| {
        Failure::usage("--signing-certificate is missing").with_hint("see --help")
    })?;
    let chain = read(std::iter::once(leaf).chain(certificate_chain))?;
    let key = key::load(key::path(arguments)?)?;
    let now = clock::now();
    Ok(move |statement: &Statement| {
        let bundle =
            seal_with_certificate(statement, &key, &chain, now).map_err(|error| match error {
                // What is wrong is the certificate given, not a seal.
                SealError::Certificate(error) => {
                    Failure::new(error.to_string()).with_hint(error.hint())
                }
                other => other.into(),
            })?;
        let subject = chain.first().map(|leaf| leaf.subject().to_owned()).unwrap_or_default();
        Ok(Signed { bundle, signer: format!("the certificate of {subject:?}") })
    })
}
