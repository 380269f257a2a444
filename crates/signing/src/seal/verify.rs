//! Verification: the one place where bytes become trusted.

use std::fmt;
use std::iter;
use std::ops::Deref;

use jiff::Timestamp;

use crate::key::SignatureCheck;
use crate::seal::bundle::{self, pae};
use crate::seal::envelope::{Envelope, KeyClaim};
use crate::seal::old;
use crate::{
    CertificateError, CertificateTrust, Fingerprint, Keyring, Limits, SealError, Statement,
    TrustedKey,
};

/// Whose key made a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key's name in the keyring.
    pub name: String,
    /// The key's fingerprint.
    pub fingerprint: Fingerprint,
}

impl Signer {
    fn of(key: &TrustedKey) -> Self {
        Self { name: key.name.clone(), fingerprint: key.public_key.fingerprint() }
    }

    pub(crate) fn describe(&self) -> String {
        format!("{:?} ({})", self.name, self.fingerprint)
    }
}

/// A value that a trusted key vouches for. Only [`verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    signer: Signer,
    cosigners: Vec<Signer>,
    remarks: Vec<Remark>,
}

impl<T> Verified<T> {
    /// The value.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// Whose key vouches for it.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Whose keys vouch for it besides: distinct keys, valid at the time of checking.
    pub fn cosigners(&self) -> &[Signer] {
        &self.cosigners
    }

    /// What was accepted and is still worth telling.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Something about a seal that is accepted and worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// The seal names no key, so all trusted keys were tried.
    NoHint,
    /// A signature besides the first that no further trusted and valid key has made: junk, or by
    /// somebody who is not trusted here. It counts for nothing.
    OtherSignature {
        /// Its index in the bundle.
        index: usize,
    },
    /// The seal holds a time stamp, and no authority is trusted for it: the certificate was checked
    /// as of now.
    TimestampIgnored,
    /// A seal of a release before 1.0, which [`OldFormats`](crate::OldFormats) lets in.
    OldFormat,
    /// A signed member that this version does not know, and that the specification says to ignore.
    IgnoredMember {
        /// Its place in the statement.
        at: String,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHint => {
                f.write_str("the seal names no key (an old form); all trusted keys were tried")
            }
            Self::OtherSignature { index } => write!(
                f,
                "bundle.dsseEnvelope.signatures[{index}]: not by another key that is trusted, ignored"
            ),
            Self::TimestampIgnored => f.write_str(
                "the seal holds a time stamp, but no authority is trusted for it; checked as of now",
            ),
            Self::OldFormat => f.write_str(
                "the seal is of Model Signing 0.2, which says less and signs more weakly; ask for a new one",
            ),
            Self::IgnoredMember { at } => write!(f, "{at}: unknown member, ignored"),
        }
    }
}

/// Verifies a bundle file against the keys that the caller trusts.
///
/// In this order, so that each step works on bytes that the step before has bounded or
/// authenticated:
///
/// 1. size limit; strict JSON within the limits; media type; a public key and nothing else as
///    material; at least one signature
/// 2. the key that the seal names, by hint or by value, looked up in the keyring (named by nothing:
///    every key)
/// 3. payload type; strict base64; strict DER; the first signature: ECDSA over the payload's exact
///    bytes, with the hash of the key's curve
/// 4. the key's validity at `now`: not revoked, `not_before <= now <= not_after`. After step 3, so
///    that a forgery is called a forgery and not "expired"
/// 5. the other signatures: those by further trusted keys that are valid make cosigners, each key
///    once; the rest become remarks
/// 6. the statement: types, one subject, 1 to `resource_count_max` resources, one hash for all of
///    them, clean and unique names, shards without gaps, clean ignored paths, the root digest over
///    the listed order
///
/// What it does not do: look at files. The caller compares each resource with its file, refuses
/// files that are not listed, and refuses links whatever
/// [`Serialization::allow_symlinks`](crate::Serialization::allow_symlinks) says unless its user
/// wants them.
///
/// # Errors
/// [`SealError`] with the first fault; [`SealError::kind`] sorts them.
pub fn verify(
    bundle: &[u8],
    keyring: &Keyring,
    now: Timestamp,
    limits: &Limits,
) -> Result<Verified<Statement>, SealError> {
    check(bundle, keyring, now, limits).map(|checked| checked.verified)
}

/// Verifies like [`verify`], and then demands that the bundle is, byte for byte, the one that
/// [`seal`](crate::seal) writes for this statement, signature and key.
///
/// A bundle's own bytes are not signed: its white space, its members' order, a second form of the
/// same signature and more could be changed by anybody. Under this function a statement and a key
/// have one seal, and a file that holds it has one sequence of bytes.
///
/// # Errors
/// Those of [`verify`], and [`SealError::NotCanonical`].
pub fn verify_canonical(
    bundle: &[u8],
    keyring: &Keyring,
    now: Timestamp,
    limits: &Limits,
) -> Result<Verified<Statement>, SealError> {
    let Checked { verified, payload, signatures } = check(bundle, keyring, now, limits)?;
    let low_s = |(signer, signature): (&Signer, &Vec<u8>)| {
        keyring.find(&signer.fingerprint).is_some_and(|key| key.public_key.has_low_s(signature))
    };
    let material = bundle::key_material(&verified.signer.fingerprint);
    let signers = || iter::once(&verified.signer).chain(&verified.cosigners);
    let one_form = signers().count() == signatures.len()
        && signers().zip(&signatures).all(low_s)
        && verified.cosigners.is_sorted_by_key(|signer| signer.fingerprint)
        && verified.get().to_json().as_bytes() == payload
        && bundle::write(&payload, &signatures, &material) == bundle;
    if one_form { Ok(verified) } else { Err(SealError::NotCanonical) }
}

/// Verifies a bundle file that was made with a certificate against the roots that the caller
/// trusts.
///
/// As [`verify`], but whose key it is comes from the first certificate of the bundle, and is
/// believed only after [`CertificateTrust`] has accepted that certificate at `now`, or at the time
/// of a time stamp that it trusts. The name of the [`Signer`] is the certificate's subject.
///
/// # Errors
/// [`SealError`] with the first fault; [`SealError::kind`] sorts them.
pub fn verify_with_certificates(
    bundle: &[u8],
    trust: &CertificateTrust,
    now: Timestamp,
    limits: &Limits,
) -> Result<Verified<Statement>, SealError> {
    let envelope = Envelope::parse(bundle, limits)?;
    let chain = envelope.certificates()?;
    let leaf = chain.first().ok_or(CertificateError::NoPem)?;
    let key = leaf.public_key()?;
    let signer = Signer { name: leaf.subject().to_owned(), fingerprint: key.fingerprint() };
    let payload = envelope.decode_payload()?;
    let signatures = envelope.decode_signatures()?;
    let signature = signatures.first().map_or(&[][..], Vec::as_slice);
    match key.check(&pae(&payload), signature) {
        SignatureCheck::Valid => {}
        SignatureCheck::NotStrictDer => return Err(SealError::SignatureEncoding),
        SignatureCheck::Invalid => return Err(SealError::Signature { signer }),
    }
    let mut remarks = Vec::new();
    let at = trust.time_of(&envelope.timestamps()?, signature, now)?;
    remarks.extend(at.is_none().then_some(Remark::TimestampIgnored));
    trust.check(&chain, at.unwrap_or(now))?;
    remarks.extend((1..signatures.len()).map(|index| Remark::OtherSignature { index }));
    let value = Statement::parse(&payload, limits, &mut remarks)?;
    Ok(Verified { value, signer, cosigners: Vec::new(), remarks })
}

/// What was verified, and the bytes that it was read from.
struct Checked {
    verified: Verified<Statement>,
    payload: Vec<u8>,
    signatures: Vec<Vec<u8>>,
}

fn check(
    bundle: &[u8],
    keyring: &Keyring,
    now: Timestamp,
    limits: &Limits,
) -> Result<Checked, SealError> {
    let envelope = Envelope::parse(bundle, limits)?;
    let mut remarks = Vec::new();
    let claim = envelope.key_claim()?;
    let candidates = match *claim {
        KeyClaim::Fingerprint(fingerprint) => {
            vec![keyring.find(&fingerprint).ok_or_else(|| SealError::UnknownKey {
                fingerprint,
                trusted: signers(keyring.keys()),
            })?]
        }
        KeyClaim::None => {
            remarks.push(Remark::NoHint);
            keyring.keys().iter().collect()
        }
    };
    let payload = envelope.decode_payload()?;
    let signatures = envelope.decode_signatures()?;
    let first = signatures.first().map_or(&[][..], Vec::as_slice);
    let (key, is_old) = find_signer(&payload, first, &candidates, limits)?
        .ok_or_else(|| mismatch(claim, &candidates))?;
    remarks.extend(is_old.then_some(Remark::OldFormat));
    check_validity(key, now)?;
    let mut counted = vec![key];
    for (index, signature) in signatures.iter().enumerate().skip(1) {
        let is_new = |key: &&TrustedKey| !counted.contains(key) && check_validity(key, now).is_ok();
        let candidates: Vec<&TrustedKey> = keyring.keys().iter().filter(is_new).collect();
        match find_signer(&payload, signature, &candidates, limits) {
            Ok(Some((key, _))) => counted.push(key),
            _ => remarks.push(Remark::OtherSignature { index }),
        }
    }
    let value = Statement::parse(&payload, limits, &mut remarks)?;
    let cosigners = signers(counted.into_iter().skip(1));
    let verified = Verified { value, signer: Signer::of(key), cosigners, remarks };
    Ok(Checked { verified, payload, signatures })
}

/// Finds the candidate that made the signature, and whether it did so as old releases did.
fn find_signer<'a>(
    payload: &[u8],
    signature: &[u8],
    candidates: &[&'a TrustedKey],
    limits: &Limits,
) -> Result<Option<(&'a TrustedKey, bool)>, SealError> {
    // Curves differ in how long r and s may be: what is no signature on one is one on another.
    let mut on_some_curve = candidates.is_empty();
    for key in candidates {
        match old::check(&key.public_key, payload, signature, limits) {
            (SignatureCheck::Valid, is_old) => return Ok(Some((key, is_old))),
            (SignatureCheck::NotStrictDer, _) => {}
            (SignatureCheck::Invalid, _) => on_some_curve = true,
        }
    }
    if on_some_curve { Ok(None) } else { Err(SealError::SignatureEncoding) }
}

fn mismatch(claim: &KeyClaim, candidates: &[&TrustedKey]) -> SealError {
    match (claim, candidates) {
        (KeyClaim::Fingerprint(_), [named]) => SealError::Signature { signer: Signer::of(named) },
        _ => SealError::NoKeyFits { trusted: signers(candidates.iter().copied()) },
    }
}

/// Checks the key's dates and revocation. The seal itself carries no date that could be trusted.
fn check_validity(key: &TrustedKey, now: Timestamp) -> Result<(), SealError> {
    let signer = Signer::of(key);
    if let Some(revoked) = &key.revoked {
        return Err(SealError::Revoked { signer, at: revoked.at, reason: revoked.reason.clone() });
    }
    match (key.not_before, key.not_after) {
        (Some(not_before), _) if now < not_before => {
            Err(SealError::NotYetValid { signer, not_before, now })
        }
        (_, Some(not_after)) if now > not_after => {
            Err(SealError::Expired { signer, not_after, now })
        }
        _ => Ok(()),
    }
}

fn signers<'a>(keys: impl IntoIterator<Item = &'a TrustedKey>) -> Vec<Signer> {
    keys.into_iter().map(Signer::of).collect()
}
