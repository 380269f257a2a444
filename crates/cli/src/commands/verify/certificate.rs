//! `--method certificate`: roots that the caller gives, and who below them must have signed.

use std::path::PathBuf;

use clap::Args;
use modelseal_signing::{
    CertificateTrust, Identity, SealError, Statement, Verified, verify_with_certificates,
};

use super::Arguments;
use crate::certificates::{FILE_BYTES_MAX, read};
use crate::failure::Failure;
use crate::voice::say;
use crate::{clock, files};

/// Whose certificates are trusted.
#[derive(Debug, Clone, Args)]
pub(crate) struct CertificateOptions {
    /// A root that is trusted, and certificates below it, PEM, of --method certificate; may be
    /// repeated. No other root is ever trusted
    #[arg(long, alias = "certificate_chain", value_name = "FILE")]
    certificate_chain: Vec<PathBuf>,
    /// The subject, e-mail address, host name or URI that the signer's certificate must have
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
    /// A root whose time stamps (RFC 3161) are trusted, and certificates below it, PEM: a signature
    /// that was stamped while its certificate was valid stays valid; may be repeated
    #[arg(long, value_name = "FILE")]
    timestamp_chain: Vec<PathBuf>,
    /// A certificate revocation list, PEM or DER; may be repeated
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
}

/// The roots and lists of the options.
pub(super) fn trust(arguments: &Arguments) -> Result<CertificateTrust, Failure> {
    let CertificateOptions { certificate_chain, identity, timestamp_chain, crl } =
        &arguments.certificate;
    if certificate_chain.is_empty() {
        return Err(Failure::usage("--certificate-chain is missing: there is no default root")
            .with_hint("give the root certificate of the signer's authority"));
    }
    let expected = identity.clone().map_or(Identity::AnybodyBelowTheRoots, Identity::Named);
    let refused = |error| Failure::from(SealError::Certificate(error));
    let mut trust = CertificateTrust::new(read(certificate_chain)?, expected).map_err(refused)?;
    if !timestamp_chain.is_empty() {
        trust = trust.with_timestamp_authorities(read(timestamp_chain)?).map_err(refused)?;
    }
    for path in crl {
        let list = files::read(path, FILE_BYTES_MAX)?;
        trust = trust
            .with_revocation_lists(&list)
            .map_err(|error| refused(error).about(path.display()))?;
    }
    Ok(trust)
}

pub(super) fn check(
    arguments: &Arguments,
    trust: &CertificateTrust,
    bundle: &[u8],
) -> Result<Verified<Statement>, Failure> {
    let verified = verify_with_certificates(bundle, trust, clock::now(), &arguments.limits())?;
    if arguments.certificate.identity.is_none() {
        say("note: no --identity was given: everybody whom these roots certify is trusted");
    }
    Ok(verified)
}
