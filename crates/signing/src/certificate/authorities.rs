//! Roots, and the search for a path from a certificate to one of them.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage, RevocationOptionsBuilder,
};

use super::algorithms::{ALGORITHMS, is_signed_by_itself};
use super::{Certificate, CertificateError};
use crate::error::excerpt;

/// Roots, and certificates that may complete a path to one of them.
#[derive(Debug)]
pub(super) struct Authorities {
    pub(super) roots: Vec<Certificate>,
    pub(super) intermediates: Vec<Certificate>,
}

impl Authorities {
    /// Sorts the roots from the others. A root is of an authority and signed with its own key.
    pub(super) fn new(certificates: Vec<Certificate>) -> Result<Self, CertificateError> {
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
        Ok(Self { roots, intermediates })
    }

    /// Checks that a path leads from `leaf`, over `others`, to a root, and that every certificate
    /// of it is valid `at` that time, the root too.
    pub(super) fn check(
        &self,
        leaf: &Certificate,
        others: &[Certificate],
        usage: KeyUsage,
        lists: &[CertRevocationList<'_>],
        at: Timestamp,
    ) -> Result<(), CertificateError> {
        leaf.check_validity(at)?;
        let others: Vec<CertificateDer<'_>> =
            others.iter().chain(&self.intermediates).map(|it| it.der.clone()).collect();
        let find = |roots: &[&Certificate]| self.find_path(leaf, &others, roots, usage, lists, at);
        // A path to a root that is not valid counts as little as none, but is another message.
        let (valid, dead): (Vec<&Certificate>, Vec<&Certificate>) =
            self.roots.iter().partition(|root| root.check_validity(at).is_ok());
        let verdict = find(&valid);
        if let Err(CertificateError::UnknownIssuer { .. }) = verdict {
            for root in dead {
                if find(&[root]).is_ok() {
                    root.check_validity(at)?;
                }
            }
        }
        verdict
    }

    fn find_path(
        &self,
        leaf: &Certificate,
        others: &[CertificateDer<'_>],
        roots: &[&Certificate],
        usage: KeyUsage,
        lists: &[CertRevocationList<'_>],
        at: Timestamp,
    ) -> Result<(), CertificateError> {
        let subject = leaf.shown();
        let chain = |error: webpki::Error| CertificateError::Chain {
            subject: leaf.shown(),
            why: error.to_string(),
        };
        let end_entity = EndEntityCert::try_from(&leaf.der).map_err(chain)?;
        let anchors = roots
            .iter()
            .map(|root| webpki::anchor_from_trusted_cert(&root.der))
            .collect::<Result<Vec<TrustAnchor<'_>>, _>>()
            .map_err(chain)?;
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        // Without a list there is nothing to ask; with one, a certificate that no list covers is
        // refused.
        let lists: Vec<&CertRevocationList<'_>> = lists.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists)
            .map(|options| options.with_expiration_policy(ExpirationPolicy::Enforce).build())
            .ok();
        let verdict = end_entity.verify_for_usage(
            &ALGORITHMS,
            &anchors,
            others,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            usage,
            revocation,
            None,
        );
        let time = |time: UnixTime| {
            let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
            Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
        };
        Err(match verdict {
            Ok(_) => return Ok(()),
            Err(webpki::Error::UnknownIssuer) => CertificateError::UnknownIssuer {
                subject,
                issuer: excerpt(&leaf.issuer),
                roots: self.roots.iter().map(|root| root.subject.clone()).collect(),
            },
            Err(webpki::Error::CertExpired { not_after, .. }) => {
                CertificateError::Expired { subject: None, not_after: time(not_after), at }
            }
            Err(webpki::Error::CertNotValidYet { not_before, .. }) => {
                CertificateError::NotYetValid { subject: None, not_before: time(not_before), at }
            }
            Err(webpki::Error::CertRevoked) => CertificateError::Revoked { subject },
            Err(webpki::Error::UnknownRevocationStatus | webpki::Error::CrlExpired { .. }) => {
                CertificateError::NoRevocationList { subject }
            }
            Err(error) => chain(error),
        })
    }
}
