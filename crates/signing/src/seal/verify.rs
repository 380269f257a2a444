//! Verification: the one place where bytes become trusted.

use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;

use crate::key::SignatureCheck;
use crate::seal::bundle::pae;
use crate::seal::envelope::{Envelope, KeyClaim};
use crate::seal::old;
use crate::seal::quorum::Seals;
use crate::{
    CertificateError, CertificateTrust, Fingerprint, Keyring, Limits, SealError, Statement,
    TermsError, TrustedKey,
};

/// Whose key made a seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key's name in the keyring.
    pub name: String,
    /// Who holds the key, by the keyring.
    pub owner: String,
    /// The key's fingerprint.
    pub fingerprint: Fingerprint,
}

impl Signer {
    pub(crate) fn of(key: &TrustedKey) -> Self {
        Self {
            name: key.name.clone(),
            owner: key.owner().to_owned(),
            fingerprint: key.public_key.fingerprint(),
        }
    }

    pub(crate) fn describe(&self) -> String {
        format!("{:?} ({})", self.name, self.fingerprint)
    }
}

/// A value that trusted keys vouch for. Only [`verify`] and its siblings make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    pub(super) value: T,
    pub(super) signer: Signer,
    pub(super) cosigners: Vec<Signer>,
    pub(super) remarks: Vec<Remark>,
}

impl<T> Verified<T> {
    /// The value.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// Whose key vouches for it; of several, the first that counts.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Whose keys vouch for it beside the first.
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
    /// A signature besides the first that no further key of the keyring has made: junk, or by
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
    /// A seal that does not count; the others suffice.
    NotCounted {
        /// Whose it is.
        signer: Signer,
        /// Why it does not count.
        cause: TermsError,
    },
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
            Self::NotCounted { signer, cause } => {
                write!(f, "one seal does not count: the key of {} {cause}", signer.describe())
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
///    material; at least one signature
/// 2. the key that the seal names, by hint or by value, looked up in the keyring (named by nothing:
///    every key)
/// 3. payload type; strict base64; strict DER; the first signature: ECDSA over the payload's exact
///    bytes, with the hash of the key's curve
/// 4. the other signatures: those by further keys of the keyring count, each key once; the rest
///    become remarks
/// 5. the terms of the keys at `now`: not revoked, `not_before <= now <= not_after`. After step 3,
///    so that a forgery is called a forgery and not "expired". Then the number of distinct owners
///    that the keyring demands
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
    verify_all(&[bundle], keyring, now, limits)
}

/// Verifies several bundle files over one statement, each like [`verify`]: as many distinct owners
/// as the keyring demands must have sealed it, each key once.
///
/// A seal by a key that is revoked or out of its dates does not count, and stops nothing if the
/// others suffice. Any other fault of any bundle refuses all: nobody can add junk.
///
/// A bundle covers no time, so a key that is revoked for what was sealed after a moment never
/// counts here.
///
/// # Errors
/// [`SealError`] with the first fault.
pub fn verify_all(
    bundles: &[&[u8]],
    keyring: &Keyring,
    now: Timestamp,
    limits: &Limits,
) -> Result<Verified<Statement>, SealError> {
    let seals = Seals::open(bundles, keyring, limits)?;
    seals.judge(keyring, now, limits, |_| Ok(None))
}

/// Verifies like [`verify_all`], and demands that each bundle is, byte for byte, the one that
/// [`seal`](crate::seal) writes for this statement, signature and key.
///
/// A bundle's own bytes are not signed: its white space, its members' order, a second form of the
/// same signature and more could be changed by anybody. Under this function a statement and a key
/// have one seal, and a file that holds it has one sequence of bytes.
///
/// `sealed_at` is called once the signatures hold. It looks up the time that the sealed contents
/// give for themselves, after comparing their digests with the statement.
///
/// # Errors
/// Those of [`verify_all`] and of `sealed_at`, and [`SealError::NotCanonical`].
pub fn verify_canonical<E: From<SealError>>(
    bundles: &[&[u8]],
    keyring: &Keyring,
    now: Timestamp,
    limits: &Limits,
    sealed_at: impl FnOnce(&Statement) -> Result<Option<Timestamp>, E>,
) -> Result<Verified<Statement>, E> {
    let seals = Seals::open(bundles, keyring, limits)?;
    seals.judge(keyring, now, limits, |statement| {
        if seals.have_one_form(bundles, statement) {
            sealed_at(statement)
        } else {
            Err(SealError::NotCanonical.into())
        }
    })
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
    let name = leaf.subject().to_owned();
    let signer = Signer { owner: name.clone(), name, fingerprint: key.fingerprint() };
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

/// A bundle whose signatures keys of the keyring made.
pub(super) struct Opened<'k> {
    pub(super) payload: Vec<u8>,
    pub(super) signatures: Vec<Vec<u8>>,
    /// Whose they are.
    pub(super) keys: Vec<&'k TrustedKey>,
    /// Where signatures are that are nobody's.
    pub(super) others: Vec<usize>,
    pub(super) has_hint: bool,
    pub(super) is_old: bool,
}

/// Steps 1 to 4 of [`verify`].
pub(super) fn open<'k>(
    bundle: &[u8],
    keyring: &'k Keyring,
    limits: &Limits,
) -> Result<Opened<'k>, SealError> {
    let envelope = Envelope::parse(bundle, limits)?;
    let claim = envelope.key_claim()?;
    let candidates = match *claim {
        KeyClaim::Fingerprint(fingerprint) => {
            vec![keyring.find(&fingerprint).ok_or_else(|| SealError::UnknownKey {
                fingerprint,
                trusted: signers(keyring.keys()),
            })?]
        }
        KeyClaim::None => keyring.keys().iter().collect(),
    };
    let has_hint = !matches!(claim, KeyClaim::None);
    let payload = envelope.decode_payload()?;
    let signatures = envelope.decode_signatures()?;
    let first = signatures.first().map_or(&[][..], Vec::as_slice);
    let (key, is_old) = find_signer(&payload, first, &candidates, limits)?
        .ok_or_else(|| mismatch(claim, &candidates))?;
    let (mut keys, mut others) = (vec![key], Vec::new());
    for (index, signature) in signatures.iter().enumerate().skip(1) {
        let is_new = |key: &&TrustedKey| !keys.contains(key);
        let candidates: Vec<&TrustedKey> = keyring.keys().iter().filter(is_new).collect();
        match find_signer(&payload, signature, &candidates, limits) {
            Ok(Some((key, _))) => keys.push(key),
            _ => others.push(index),
        }
    }
    Ok(Opened { payload, signatures, keys, others, has_hint, is_old })
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

fn signers<'a>(keys: impl IntoIterator<Item = &'a TrustedKey>) -> Vec<Signer> {
    keys.into_iter().map(Signer::of).collect()
}
