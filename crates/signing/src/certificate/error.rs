//! Why a certificate was refused.

use jiff::Timestamp;

use crate::error::{SealErrorKind, excerpt};
use crate::{Fingerprint, KeyError};

/// Why a certificate, or a seal made with one, was refused. Names from certificates are shortened
/// and escaped in messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named in the message above them")]
pub enum CertificateError {
    /// No block `CERTIFICATE` in a PEM text.
    #[error("expected at least one PEM block CERTIFICATE, found none that is complete")]
    NoPem,
    /// Not the DER of a certificate (RFC 5280).
    #[error("certificate {index} of the chain is damaged: {why}")]
    Damaged { index: usize, why: String },
    /// Not the PEM or DER of a revocation list.
    #[error("the revocation list is damaged: {why}")]
    DamagedRevocationList { why: String },
    /// No certificate, or more than
    /// [`Limits::certificate_count_max`](crate::Limits::certificate_count_max).
    #[error("expected 1 to {count_max} certificates, found {found}")]
    Count { found: usize, count_max: usize },
    /// What is trusted holds no root.
    #[error(
        "none of the {given} trusted certificates is a root: a certificate of an authority, signed with its own key"
    )]
    NoRoot { given: usize },
    /// The signer's key is of a kind that does not sign models.
    #[error("the certificate of {subject:?}: {source}")]
    Key { subject: String, source: KeyError },
    /// The private key belongs to another certificate.
    #[error(
        "the private key {key} does not fit the certificate of {subject:?}, whose key is {certificate}"
    )]
    OtherKey { subject: String, certificate: Fingerprint, key: Fingerprint },
    /// The certificate may not sign models.
    #[error("the certificate of {subject:?} {problem}")]
    Usage { subject: String, problem: UsageProblem },
    /// The certificate is of somebody else.
    #[error("expected a signer called {expected:?}, found {}", names(found))]
    Identity { expected: String, found: Vec<String> },
    /// No path from the signer's certificate to a trusted root.
    #[error(
        "the certificate of {subject:?} (issued by {issuer:?}) leads to none of the trusted roots ({})",
        names(roots)
    )]
    UnknownIssuer { subject: String, issuer: String, roots: Vec<String> },
    /// A certificate on the path is not valid yet.
    #[error("{} is valid from {not_before}; it is {at}", whose(subject))]
    NotYetValid { subject: Option<String>, not_before: Timestamp, at: Timestamp },
    /// A certificate on the path is not valid any more.
    #[error("{} was valid until {not_after}; it is {at}", whose(subject))]
    Expired { subject: Option<String>, not_after: Timestamp, at: Timestamp },
    /// A certificate on the path was revoked.
    #[error("the certificate of {subject:?}, or one between it and its root, was revoked")]
    Revoked { subject: String },
    /// Revocation lists were given, and none is of an issuer on the path, or it is too old.
    #[error(
        "no revocation list that is valid now covers the certificate of {subject:?} and every one between it and \
         its root"
    )]
    NoRevocationList { subject: String },
    /// A time stamp that proves nothing.
    #[error("the time stamp is refused: {why}")]
    Timestamp { why: &'static str },
    /// Another fault of the path.
    #[error("the certificates of {subject:?} make no valid chain: {why}")]
    Chain { subject: String, why: String },
}

/// Why a certificate may not sign models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsageProblem {
    /// Neither a key usage nor an extended key usage.
    #[error("says nothing about what its key is for (no key usage, no extended key usage)")]
    None,
    /// A key usage without `digitalSignature`.
    #[error("is not for signatures: its key usage has no digitalSignature")]
    NoDigitalSignature,
    /// An extended key usage without `codeSigning`: a certificate of a web server, for instance.
    #[error("is not for signing models: its extended key usage has no codeSigning")]
    NoCodeSigning,
    /// A certificate of an authority.
    #[error("is that of an authority, which signs certificates and no models")]
    Authority,
}

impl CertificateError {
    /// The family of this cause.
    pub(crate) fn kind(&self) -> SealErrorKind {
        match self {
            Self::NotYetValid { .. } | Self::Expired { .. } => SealErrorKind::ExpiredKey,
            Self::Revoked { .. } | Self::NoRevocationList { .. } => SealErrorKind::RevokedKey,
            Self::Usage { .. }
            | Self::Identity { .. }
            | Self::UnknownIssuer { .. }
            | Self::NoRoot { .. }
            | Self::Chain { .. } => SealErrorKind::UnknownKey,
            _ => SealErrorKind::Malformed,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoPem | Self::Damaged { .. } | Self::DamagedRevocationList { .. } => {
                "check that the file is complete and in PEM"
            }
            Self::Count { .. } => "leave out the certificates that do not belong to the signer",
            Self::NoRoot { .. } => {
                "give the self-signed certificate of the authority; one in between is never trusted by itself"
            }
            Self::Key { .. } => "ask for a certificate of a key on the curve P-256, P-384 or P-521",
            Self::OtherKey { .. } => "give the private key that the certificate was issued for",
            Self::Usage { .. } => "ask the authority for a certificate for code signing",
            Self::Identity { .. } => {
                "do not use the model unless you know the signer that was found and accept it instead"
            }
            Self::UnknownIssuer { .. } => {
                "check that the root is the signer's authority, and that no certificate in between is missing"
            }
            Self::NotYetValid { .. } | Self::Expired { .. } => {
                "check this machine's clock; then ask for a seal with a certificate that is valid now"
            }
            Self::Revoked { .. } => {
                "do not use the model: ask for a seal with the signer's new certificate"
            }
            Self::NoRevocationList { .. } => {
                "fetch the newest list of every authority between the signer and the root"
            }
            Self::Timestamp { .. } => {
                "check that the time stamp's authority is the one that you trust, or leave it out and verify as of now"
            }
            Self::Chain { .. } => "ask the signer for the chain that its authority gave out",
        }
    }
}

fn names(found: &[String]) -> String {
    const SHOWN_MAX: usize = 5;
    if found.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> =
        found.iter().take(SHOWN_MAX).map(|name| format!("{:?}", excerpt(name))).collect();
    let more = if found.len() > SHOWN_MAX { ", …" } else { "" };
    shown.join(", ") + more
}

fn whose(subject: &Option<String>) -> String {
    match subject {
        Some(subject) => format!("the certificate of {subject:?}"),
        None => "a certificate between the signer's and its root".to_owned(),
    }
}
