//! What a reader trusts when a seal was made with a certificate, and the check of a chain.

use jiff::Timestamp;
use webpki::{CertRevocationList, KeyUsage, OwnedCertRevocationList};

use super::authorities::Authorities;
use super::{CODE_SIGNING, Certificate, CertificateError, pem_blocks, timestamp};

/// Who must have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Exactly this subject, e-mail address, host name or URI.
    Named(String),
    /// Whoever a trusted root, or an authority below it, gave a certificate for code signing. Right
    /// for a root that certifies the signers of models and nobody else.
    AnybodyBelowTheRoots,
}

/// Roots, and what else is asked of a signer.
///
/// A signer's certificate is accepted if
///
/// - its path leads to one of the roots, with intermediates from the seal or given here; a root in
///   the seal is nothing but a certificate, and an intermediate is never trusted by itself
/// - every certificate of the path, the root too, is valid at the time of checking
/// - its own usage is signing (key usage `digitalSignature`, extended key usage `codeSigning`, each
///   where it is there, one of them at least), and no authority of the path excludes that
/// - it has the expected [`Identity`]
/// - where revocation lists are given: none names a certificate of the path, and each of them but
///   the root is covered by a list of its issuer that is not outdated
#[derive(Debug)]
pub struct CertificateTrust {
    authorities: Authorities,
    identity: Identity,
    revocation_lists: Vec<CertRevocationList<'static>>,
    timestamp_authorities: Option<Authorities>,
}

impl CertificateTrust {
    /// Trusts the roots among `certificates`; the others may only complete a path.
    ///
    /// # Errors
    /// [`CertificateError::NoRoot`] if there is no root among them.
    pub fn new(
        certificates: Vec<Certificate>,
        identity: Identity,
    ) -> Result<Self, CertificateError> {
        let authorities = Authorities::new(certificates)?;
        let (revocation_lists, timestamp_authorities) = (Vec::new(), None);
        Ok(Self { authorities, identity, revocation_lists, timestamp_authorities })
    }

    /// Trusts the roots among `certificates` to say when a signature was made. Where a seal holds
    /// time stamps (RFC 3161), each must then be valid, and the signer's certificate must have been
    /// valid at the earliest of their times instead of now. Without this call they count for
    /// nothing.
    ///
    /// # Errors
    /// [`CertificateError::NoRoot`] if there is no root among them.
    pub fn with_timestamp_authorities(
        mut self,
        certificates: Vec<Certificate>,
    ) -> Result<Self, CertificateError> {
        self.timestamp_authorities = Some(Authorities::new(certificates)?);
        Ok(self)
    }

    /// Adds the revocation lists of a file, PEM or DER.
    ///
    /// # Errors
    /// [`CertificateError::DamagedRevocationList`].
    pub fn with_revocation_lists(mut self, bytes: &[u8]) -> Result<Self, CertificateError> {
        let damaged = |why: String| CertificateError::DamagedRevocationList { why };
        let blocks = match std::str::from_utf8(bytes) {
            Ok(text) => pem_blocks(text, "X509 CRL")
                .filter(|blocks| !blocks.is_empty())
                .ok_or_else(|| damaged("expected PEM blocks X509 CRL".to_owned()))?
                .iter()
                .map(|block| block.as_bytes().to_vec())
                .collect(),
            Err(_) => vec![bytes.to_vec()],
        };
        for block in blocks {
            let list = OwnedCertRevocationList::from_der(&block).map_err(|error| {
                // A list of version 1 has no version, and so is no list of version 2.
                damaged(format!("expected the DER of a list of version 2 (RFC 5280), {error:?}"))
            })?;
            self.revocation_lists.push(list.into());
        }
        Ok(self)
    }

    /// The roots.
    pub fn roots(&self) -> &[Certificate] {
        &self.authorities.roots
    }

    /// The time at which the signer's certificate must be valid: that of the earliest time stamp
    /// over `signature`, or now. `None` says that there are time stamps that nobody is trusted for.
    pub(crate) fn time_of(
        &self,
        timestamps: &[Vec<u8>],
        signature: &[u8],
        now: Timestamp,
    ) -> Result<Option<Timestamp>, CertificateError> {
        let Some(authorities) = &self.timestamp_authorities else {
            return Ok(timestamps.is_empty().then_some(now));
        };
        let mut earliest = now;
        for response in timestamps {
            earliest = earliest.min(timestamp::check(response, signature, authorities, now)?);
        }
        Ok(Some(earliest))
    }

    /// Checks a signer's certificate, the first of `chain`; the others may complete its path.
    pub(crate) fn check(
        &self,
        chain: &[Certificate],
        at: Timestamp,
    ) -> Result<(), CertificateError> {
        let (leaf, others) = chain.split_first().ok_or(CertificateError::NoPem)?;
        leaf.check_usage()?;
        let usage = KeyUsage::required_if_present(CODE_SIGNING.as_bytes());
        self.authorities.check(leaf, others, usage, &self.revocation_lists, at)?;
        match &self.identity {
            Identity::AnybodyBelowTheRoots => Ok(()),
            Identity::Named(expected) if leaf.is_called(expected) => Ok(()),
            Identity::Named(expected) => {
                let mut found = leaf.names.clone();
                found.push(leaf.subject.clone());
                Err(CertificateError::Identity { expected: expected.clone(), found })
            }
        }
    }
}
