//! Verification: the one place where bytes become trusted.

use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;

use crate::bundle::{self, Envelope, KeyClaim, pae};
use crate::key::SignatureCheck;
use crate::{Fingerprint, Keyring, Limits, PublicKey, SealError, Statement, TrustedKey};

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
///    material; exactly one signature
/// 2. the key that the seal names, by hint or by value, looked up in the keyring (named by nothing:
///    every key)
/// 3. payload type; strict base64; strict DER; ECDSA over the payload's exact bytes
/// 4. the key's validity at `now`: not revoked, `not_before <= now <= not_after`. After step 3, so
///    that a forgery is called a forgery and not "expired"
/// 5. the statement: types, one subject, 1 to `resource_count_max` resources, SHA-256 of whole
///    files, no links, clean and unique names, clean ignored paths, the root digest over the listed
///    order
///
/// What it does not do: look at files. The caller compares each resource with its file and refuses
/// files that are not listed.
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
    let Checked { verified, payload, signature } = check(bundle, keyring, now, limits)?;
    let one_form = PublicKey::has_low_s(&signature)
        && verified.get().to_json().as_bytes() == payload
        && bundle::write(&payload, &signature, &verified.signer().fingerprint) == bundle;
    if one_form { Ok(verified) } else { Err(SealError::NotCanonical) }
}

/// What was verified, and the bytes that it was read from.
struct Checked {
    verified: Verified<Statement>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

fn check(
    bundle: &[u8],
    keyring: &Keyring,
    now: Timestamp,
    limits: &Limits,
) -> Result<Checked, SealError> {
    let envelope = Envelope::parse(bundle, limits)?;
    let mut remarks = Vec::new();
    let candidates = match envelope.key {
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
    let signature = envelope.decode_signature()?;
    let key = match find_signer(&pae(&payload), &signature, &candidates)? {
        Some(key) => key,
        None => return Err(mismatch(&envelope.key, &candidates)),
    };
    check_validity(key, now)?;
    let value = Statement::parse(&payload, limits, &mut remarks)?;
    let verified = Verified { value, signer: Signer::of(key), remarks };
    Ok(Checked { verified, payload, signature })
}

/// Finds the candidate that made the signature.
fn find_signer<'a>(
    message: &[u8],
    signature: &[u8],
    candidates: &[&'a TrustedKey],
) -> Result<Option<&'a TrustedKey>, SealError> {
    for key in candidates {
        match key.public_key.check(message, signature) {
            SignatureCheck::Valid => return Ok(Some(key)),
            SignatureCheck::NotStrictDer => return Err(SealError::SignatureEncoding),
            SignatureCheck::Invalid => {}
        }
    }
    Ok(None)
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
