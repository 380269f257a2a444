//! Several seals over one statement: whose count, and whether they are enough.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::bundle;
use super::verify::{self, Opened, Remark, Signer, Verified};
use crate::{Keyring, Limits, SealError, Statement, Terms, TermsError, TrustedKey};

/// Whose seal does not count, and why.
type NotCounted = (Signer, TermsError);

/// Bundles over one payload, each by other keys.
pub(super) struct Seals<'k>(Vec<Opened<'k>>);

impl<'k> Seals<'k> {
    /// Opens all bundles. One key twice, or another payload, refuses them.
    pub(super) fn open(
        bundles: &[&[u8]],
        keyring: &'k Keyring,
        limits: &Limits,
    ) -> Result<Self, SealError> {
        let mut seals: Vec<Opened<'k>> = Vec::with_capacity(bundles.len());
        for bundle in bundles {
            let next = verify::open(bundle, keyring, limits)?;
            let is_twice = |key: &&&TrustedKey| seals.iter().any(|seal| seal.keys.contains(key));
            if let Some(key) = next.keys.iter().find(is_twice) {
                return Err(SealError::SealedTwice { signer: Signer::of(key) });
            }
            if seals.first().is_some_and(|first| first.payload != next.payload)
                && let Some(key) = next.keys.first()
            {
                return Err(SealError::OtherStatement { signer: Signer::of(key) });
            }
            seals.push(next);
        }
        Ok(Self(seals))
    }

    /// Counts whose keys count at `now`, reads the statement, and counts again by the time under
    /// the seals.
    pub(super) fn judge<E: From<SealError>>(
        &self,
        keyring: &Keyring,
        now: Timestamp,
        limits: &Limits,
        sealed_at: impl FnOnce(&Statement) -> Result<Option<Timestamp>, E>,
    ) -> Result<Verified<Statement>, E> {
        self.count(keyring, |terms| terms.check(now))?;
        let mut remarks = Vec::new();
        if self.0.iter().any(|seal| !seal.has_hint) {
            remarks.push(Remark::NoHint);
        }
        if self.0.iter().any(|seal| seal.is_old) {
            remarks.push(Remark::OldFormat);
        }
        let others = self.0.iter().flat_map(|seal| &seal.others);
        remarks.extend(others.map(|index| Remark::OtherSignature { index: *index }));
        let payload = self.0.first().map(|first| first.payload.as_slice()).unwrap_or_default();
        let value = Statement::parse(payload, limits, &mut remarks)?;
        let sealed_at = sealed_at(&value)?;
        let (counted, refused) = self.count(keyring, |terms| {
            terms.check(now).and_then(|()| terms.check_sealed_at(sealed_at))
        })?;
        let not_counted = |(signer, cause)| Remark::NotCounted { signer, cause };
        remarks.extend(refused.into_iter().map(not_counted));
        let mut counted = counted.into_iter();
        let nobody = || SealError::TooFewSeals {
            required: keyring.required_seals(),
            signers: Vec::new(),
            refused: Vec::new(),
        };
        let signer = counted.next().ok_or_else(nobody)?;
        Ok(Verified { value, signer, cosigners: counted.collect(), remarks })
    }

    /// Whether each bundle is what is written for one signature over this statement.
    pub(super) fn have_one_form(&self, bundles: &[&[u8]], statement: &Statement) -> bool {
        let payload = statement.to_json();
        self.0.iter().zip(bundles).all(|(seal, bundle)| {
            let ([key], [signature]) = (seal.keys.as_slice(), seal.signatures.as_slice()) else {
                return false;
            };
            let material = bundle::key_material(&key.public_key.fingerprint());
            key.public_key.has_low_s(signature)
                && seal.payload == payload.as_bytes()
                && bundle::write(&seal.payload, &seal.signatures, &material) == **bundle
        })
    }

    /// Whose seals count and whose do not, if enough do.
    fn count(
        &self,
        keyring: &Keyring,
        check: impl Fn(&Terms) -> Result<(), TermsError>,
    ) -> Result<(Vec<Signer>, Vec<NotCounted>), SealError> {
        let (mut counted, mut refused) = (Vec::new(), Vec::new());
        for key in self.0.iter().flat_map(|seal| &seal.keys) {
            match check(&key.terms) {
                Ok(()) => counted.push(Signer::of(key)),
                Err(cause) => refused.push((Signer::of(key), cause)),
            }
        }
        let required = keyring.required_seals();
        let owners: BTreeSet<&str> = counted.iter().map(|signer| signer.owner.as_str()).collect();
        if owners.len() >= required {
            return Ok((counted, refused));
        }
        // A single seal that does not count is its own reason.
        if let ([], [_]) = (counted.as_slice(), refused.as_slice())
            && let Some((signer, cause)) = refused.pop()
        {
            return Err(SealError::Refused { signer, cause: Box::new(cause) });
        }
        let mut signers = counted;
        signers.sort_by(|a, b| a.owner.cmp(&b.owner));
        signers.dedup_by(|a, b| a.owner == b.owner);
        Err(SealError::TooFewSeals { required, signers, refused })
    }
}
