//! `--method certificate`: an ECDSA key in a file, with a certificate that says whose it is.

use std::path::PathBuf;

use clap::Args;
use modelseal_signing::{Certificate, SealError, SigningKey, Statement, seal_with_certificate};

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

impl CertificateOptions {
    /// The signer's certificate and those above it; nothing without the first one.
    pub(super) fn chain(&self) -> Result<Option<Vec<Certificate>>, Failure> {
        let Some(leaf) = &self.signing_certificate else { return Ok(None) };
        read(std::iter::once(leaf).chain(&self.certificate_chain)).map(Some)
    }
}

pub(super) fn signer(
    arguments: &Arguments,
) -> Result<impl FnOnce(&Statement) -> Result<Signed, Failure> + use<>, Failure> {
    let chain = arguments.certificate.chain()?.ok_or_else(|| {
        Failure::usage("--signing-certificate is missing").with_hint("see --help")
    })?;
    let key = key::load(arguments)?;
    Ok(move |statement: &Statement| seal(statement, &key, &chain))
}

/// Signs with a key, wherever it is, and the certificate that says whose it is.
pub(super) fn seal(
    statement: &Statement,
    key: &dyn SigningKey,
    chain: &[Certificate],
) -> Result<Signed, Failure> {
    let bundle =
        seal_with_certificate(statement, key, chain, clock::now()).map_err(
            |error| match error {
                // What is wrong is the certificate given, not a seal.
                SealError::Certificate(error) => {
                    Failure::new(error.to_string()).with_hint(error.hint())
                }
                other => other.into(),
            },
        )?;
    let subject = chain.first().map(|leaf| leaf.subject().to_owned()).unwrap_or_default();
    Ok(Signed { bundle, signer: format!("the certificate of {subject:?}") })
}
