//! What a reader trusts when a seal was made with a certificate, and the check of a chain.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationOptionsBuilder,
};

use super::algorithms::{ALGORITHMS, is_signed_by_itself};
use super::{CODE_SIGNING, Certificate, CertificateError, pem_blocks};

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
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    identity: Identity,
    revocation_lists: Vec<CertRevocationList<'static>>,
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
        let given = certificates.len();
        let is_root = |certificate: &Certificate| {
            certificate.is_authority
                && certificate.subject == certificate.issuer
                && is_signed_by_itself(certificate)
        };
        let (roots, intermediates): (Vec<_>, Vec<_>) = certificates.into_iter().partition(is_root);
        if roots.is_empty() {
            return Err(CertificateError::NoRoot { given });
        }
        Ok(Self { roots, intermediates, identity, revocation_lists: Vec::new() })
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
            let list = OwnedCertRevocationList::from_der(&block)
                .map_err(|error| damaged(error.to_string()))?;
            self.revocation_lists.push(list.into());
        }
        Ok(self)
    }

    /// The roots.
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// Checks a signer's certificate, the first of `chain`; the others may complete its path.
    pub(crate) fn check(
        &self,
        chain: &[Certificate],
        at: Timestamp,
    ) -> Result<(), CertificateError> {
        let Some((leaf, others)) = chain.split_first() else {
            return Err(CertificateError::NoPem);
        };
        leaf.check_usage()?;
        leaf.check_validity(at)?;
        let intermediates: Vec<CertificateDer<'_>> =
            others.iter().chain(&self.intermediates).map(|it| it.der.clone()).collect();
        // A path to a root that is not valid counts as little as none, but is another message.
        let (valid, dead): (Vec<&Certificate>, Vec<&Certificate>) =
            self.roots.iter().partition(|root| root.check_validity(at).is_ok());
        match self.find_path(leaf, &intermediates, &valid, at) {
            Err(CertificateError::UnknownIssuer { .. }) => {
                for root in dead {
                    if self.find_path(leaf, &intermediates, &[root], at).is_ok() {
                        root.check_validity(at)?;
                    }
                }
                Err(self.unknown_issuer(leaf))
            }
            verdict => verdict,
        }?;
        match &self.identity {
            Identity::AnybodyBelowTheRoots => Ok(()),
            Identity::Named(expected) => {
                let mut found = leaf.names.clone();
                found.push(leaf.subject.clone());
                if found.contains(expected) {
                    Ok(())
                } else {
                    Err(CertificateError::Identity { expected: expected.clone(), found })
                }
            }
        }
    }

    fn find_path(
        &self,
        leaf: &Certificate,
        intermediates: &[CertificateDer<'_>],
        roots: &[&Certificate],
        at: Timestamp,
    ) -> Result<(), CertificateError> {
        let subject = || leaf.shown();
        let chain = |error: webpki::Error| CertificateError::Chain {
            subject: subject(),
            why: error.to_string(),
        };
        let end_entity = EndEntityCert::try_from(&leaf.der).map_err(chain)?;
        let anchors = roots
            .iter()
            .map(|root| webpki::anchor_from_trusted_cert(&root.der))
            .collect::<Result<Vec<TrustAnchor<'_>>, _>>()
            .map_err(chain)?;
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let lists: Vec<&CertRevocationList<'_>> = self.revocation_lists.iter().collect();
        // Without a list there is nothing to ask; with one, a certificate that no list covers is
        // refused.
        let revocation = RevocationOptionsBuilder::new(&lists)
            .map(|options| options.with_expiration_policy(ExpirationPolicy::Enforce).build())
            .ok();
        let verdict = end_entity.verify_for_usage(
            &ALGORITHMS,
            &anchors,
            intermediates,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            KeyUsage::required_if_present(CODE_SIGNING.as_bytes()),
            revocation,
            None,
        );
        let time = |time: UnixTime| {
            let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
            Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
        };
        match verdict {
            Ok(_) => Ok(()),
            Err(webpki::Error::UnknownIssuer) => Err(self.unknown_issuer(leaf)),
            Err(webpki::Error::CertExpired { not_after, .. }) => {
                Err(CertificateError::Expired { subject: None, not_after: time(not_after), at })
            }
            Err(webpki::Error::CertNotValidYet { not_before, .. }) => {
                let not_before = time(not_before);
                Err(CertificateError::NotYetValid { subject: None, not_before, at })
            }
            Err(webpki::Error::CertRevoked) => {
                Err(CertificateError::Revoked { subject: subject() })
            }
            Err(webpki::Error::UnknownRevocationStatus | webpki::Error::CrlExpired { .. }) => {
                Err(CertificateError::NoRevocationList { subject: subject() })
            }
            Err(error) => Err(chain(error)),
        }
    }

    fn unknown_issuer(&self, leaf: &Certificate) -> CertificateError {
        CertificateError::UnknownIssuer {
            subject: leaf.shown(),
            issuer: super::excerpt(&leaf.issuer),
            roots: self.roots.iter().map(|root| root.subject.clone()).collect(),
        }
    }
}
