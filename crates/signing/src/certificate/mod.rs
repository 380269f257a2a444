//! X.509 certificates (RFC 5280) that sign models: read, and checked against roots that the caller
//! gives.
//!
//! There is no default root, and nothing in a seal becomes one. [`CertificateTrust`] says what is
//! checked.

mod algorithms;
mod authorities;
mod error;
mod timestamp;
mod trust;

use std::fmt;

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode as _, Document, Encode as _};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};

pub use error::{CertificateError, UsageProblem};
pub use trust::{CertificateTrust, Identity};

use crate::error::excerpt;
use crate::{KeyError, PublicKey};

/// `id-kp-codeSigning` (RFC 5280, 4.2.1.12).
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");

/// A certificate. Reading one proves nothing about it.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    subject: String,
    issuer: String,
    names: Vec<String>,
    not_before: Timestamp,
    not_after: Timestamp,
    public_key_der: Vec<u8>,
    is_authority: bool,
    /// Whether the key usage has `digitalSignature`, if there is a key usage.
    digital_signature: Option<bool>,
    /// Whether the extended key usage has `codeSigning`, if there is one.
    code_signing: Option<bool>,
    /// The one usage of the extended key usage, if there is exactly one and it is critical.
    only_usage: Option<ObjectIdentifier>,
    /// Issuer and serial number as a `SEQUENCE` has them: how messages of CMS name a certificate.
    issuer_and_serial: Vec<u8>,
    /// The bytes that the issuer signed, its signature, and the DER of what names its algorithm.
    signed: Vec<u8>,
    signature: Vec<u8>,
    signature_algorithm: Vec<u8>,
}

impl Certificate {
    /// Reads the certificates of a PEM text, in their order. Everything else in it is ignored.
    ///
    /// # Errors
    /// [`CertificateError::NoPem`] if there is none, [`CertificateError::Damaged`].
    pub fn from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        let blocks = pem_blocks(text, "CERTIFICATE").ok_or_else(|| CertificateError::Damaged {
            index: 0,
            why: "not strict PEM".to_owned(),
        })?;
        if blocks.is_empty() {
            return Err(CertificateError::NoPem);
        }
        blocks
            .iter()
            .enumerate()
            .map(|(index, der)| Self::from_der(der.as_bytes(), index))
            .collect()
    }

    /// Reads the DER of one certificate; `index` is its place in a chain, for messages.
    ///
    /// # Errors
    /// [`CertificateError::Damaged`].
    pub fn from_der(der: &[u8], index: usize) -> Result<Self, CertificateError> {
        Self::read(der).map_err(|why| CertificateError::Damaged { index, why })
    }

    fn read(der: &[u8]) -> Result<Self, String> {
        let text = |error: x509_cert::der::Error| error.to_string();
        let certificate = x509_cert::Certificate::from_der(der).map_err(text)?;
        let fields = certificate.tbs_certificate();
        let validity = fields.validity();
        let time = |time: &x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
            Timestamp::from_second(seconds).map_err(|error| error.to_string())
        };
        let constraints = fields.get_extension::<BasicConstraints>().map_err(text)?;
        let key_usage = fields.get_extension::<KeyUsage>().map_err(text)?;
        let extended = fields.get_extension::<ExtendedKeyUsage>().map_err(text)?;
        let other_names = fields.get_extension::<SubjectAltName>().map_err(text)?;
        let names = other_names.map(|(_, names)| names.0).unwrap_or_default();
        let name = |name: &GeneralName| match name {
            GeneralName::Rfc822Name(name)
            | GeneralName::DnsName(name)
            | GeneralName::UniformResourceIdentifier(name) => Some(name.as_str().to_owned()),
            _ => None,
        };
        // `SEQUENCE { OID, parameters }`, without the outer tag and length.
        let algorithm = certificate.signature_algorithm();
        let mut signature_algorithm = algorithm.oid.to_der().map_err(text)?;
        if let Some(parameters) = &algorithm.parameters {
            signature_algorithm.extend(parameters.to_der().map_err(text)?);
        }
        let only_usage = extended.as_ref().and_then(|(critical, usages)| match &usages.0[..] {
            [only] if *critical => Some(*only),
            _ => None,
        });
        let mut issuer_and_serial = fields.issuer().to_der().map_err(text)?;
        issuer_and_serial.extend(fields.serial_number().to_der().map_err(text)?);
        Ok(Self {
            der: CertificateDer::from(der.to_vec()),
            subject: fields.subject().to_string(),
            issuer: fields.issuer().to_string(),
            names: names.iter().filter_map(name).collect(),
            not_before: time(&validity.not_before)?,
            not_after: time(&validity.not_after)?,
            public_key_der: fields.subject_public_key_info().to_der().map_err(text)?,
            is_authority: constraints.is_some_and(|(_, constraints)| constraints.ca),
            digital_signature: key_usage.map(|(_, usage)| usage.digital_signature()),
            code_signing: extended.map(|(_, usages)| usages.0.contains(&CODE_SIGNING)),
            only_usage,
            issuer_and_serial,
            signed: fields.to_der().map_err(text)?,
            signature: certificate.signature().raw_bytes().to_vec(),
            signature_algorithm,
        })
    }

    /// The subject's distinguished name (RFC 4514).
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The issuer's distinguished name (RFC 4514).
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The subject's alternative names that are e-mail addresses, host names or URIs.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The first moment at which it is valid.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last moment at which it is valid.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The DER, as it was read.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The key that it is about.
    ///
    /// # Errors
    /// [`CertificateError::Key`] if it is of a kind that does not sign models.
    pub fn public_key(&self) -> Result<PublicKey, CertificateError> {
        PublicKey::from_der(&self.public_key_der)
            .map_err(|source: KeyError| CertificateError::Key { subject: self.shown(), source })
    }

    /// Whether the subject or one of the names is exactly `name`.
    fn is_called(&self, name: &str) -> bool {
        self.subject == name || self.names.iter().any(|other| other == name)
    }

    /// Checks that it may sign models: not an authority; `digitalSignature` where there is a key
    /// usage; `codeSigning` where there is an extended key usage; one of the two at least.
    pub(crate) fn check_usage(&self) -> Result<(), CertificateError> {
        let problem = match (self.is_authority, self.digital_signature, self.code_signing) {
            (true, ..) => UsageProblem::Authority,
            (_, Some(false), _) => UsageProblem::NoDigitalSignature,
            (_, _, Some(false)) => UsageProblem::NoCodeSigning,
            (_, None, None) => UsageProblem::None,
            _ => return Ok(()),
        };
        Err(CertificateError::Usage { subject: self.shown(), problem })
    }

    pub(crate) fn check_validity(&self, at: Timestamp) -> Result<(), CertificateError> {
        let (subject, not_before, not_after) =
            (Some(self.shown()), self.not_before, self.not_after);
        if at < not_before {
            return Err(CertificateError::NotYetValid { subject, not_before, at });
        }
        if at > not_after {
            return Err(CertificateError::Expired { subject, not_after, at });
        }
        Ok(())
    }

    /// The subject, short enough for a message.
    pub(crate) fn shown(&self) -> String {
        excerpt(&self.subject)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({:?})", self.subject)
    }
}

/// The contents of every block with this label.
fn pem_blocks(text: &str, label: &str) -> Option<Vec<Document>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(&begin) {
        let block = &rest[start..];
        let length = block.find(&end)? + end.len();
        blocks.push(Document::from_pem(&block[..length]).ok()?.1);
        rest = &block[length..];
    }
    Some(blocks)
}
