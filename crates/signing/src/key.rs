//! ECDSA keys on the curve P-256 with SHA-256 (FIPS 186-5): reading, writing, signing, checking.
//!
//! The hash is fixed by the curve, never by a bundle. Only P-256 is implemented; the types hide
//! that, so that P-384 and P-521 can join without a change for callers.

use std::fmt;
use std::str::FromStr;

use p256::SecretKey;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{DerSignature, Signature, SigningKey, VerifyingKey};
use p256::pkcs8::{
    DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
    LineEnding,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::digest::{HexError, read_hex, write_hex};
use crate::pem::{first_block, wrong_kind};
use crate::{Digest, KeyError};

const PRIVATE: &str =
    "an ECDSA private key on the curve P-256 without a password (PRIVATE KEY or EC PRIVATE KEY)";
const PUBLIC: &str = "an ECDSA public key on the curve P-256 (PUBLIC KEY)";

/// A private key. It is wiped from memory when dropped, and `Debug` shows the public key's
/// fingerprint only.
pub struct PrivateKey {
    key: SigningKey,
    public: PublicKey,
}

impl PrivateKey {
    /// Makes a key from the operating system's random bytes.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`] if the system gives none.
    pub fn generate() -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        // About one draw in 2^32 is zero or above the curve's order; drawing again keeps keys
        // uniform.
        loop {
            getrandom::fill(bytes.as_mut_slice())
                .map_err(|error| KeyError::NoRandomness(error.to_string()))?;
            if let Ok(key) = SigningKey::from_slice(bytes.as_slice()) {
                return Self::new(key);
            }
        }
    }

    /// Reads PKCS#8 (`PRIVATE KEY`, RFC 5958) or SEC1 (`EC PRIVATE KEY`, RFC 5915), not encrypted.
    ///
    /// # Errors
    /// [`KeyError`]; for other kinds of keys it names what was found.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, contents) = first_block(text, PRIVATE)?;
        let key = match label {
            "PRIVATE KEY" => SecretKey::from_pkcs8_der(contents.as_bytes()).ok(),
            "EC PRIVATE KEY" => SecretKey::from_sec1_der(contents.as_bytes()).ok(),
            _ => None,
        };
        let key = key.ok_or_else(|| wrong_kind(label, contents.as_bytes(), PRIVATE))?;
        Self::new(SigningKey::from(&key))
    }

    /// The key as PKCS#8 PEM, wiped when dropped.
    ///
    /// # Errors
    /// [`KeyError::Library`] if the library cannot encode it, which no valid key should cause.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| KeyError::Library("encode the private key"))
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    /// Signs `message` (it is hashed here) deterministically as RFC 6979 says, with the lower of
    /// the two values of s; returns DER `SEQUENCE { r, s }`.
    ///
    /// Whoever has a signature (r, s) can write (r, n - s), which is as valid: only one of them
    /// is ever written here.
    ///
    /// # Errors
    /// [`KeyError::Library`] if the library fails, which no valid key should cause.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature: Signature =
            self.key.try_sign(message).map_err(|_| KeyError::Library("sign"))?;
        Ok(signature.normalize_s().to_der().as_bytes().to_vec())
    }

    fn new(key: SigningKey) -> Result<Self, KeyError> {
        let public = PublicKey::new(*key.verifying_key())?;
        Ok(Self { key, public })
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public.fingerprint)
    }
}

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    pem: String,
    fingerprint: Fingerprint,
}

/// What checking a signature found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SignatureCheck {
    Valid,
    Invalid,
    NotStrictDer,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (`PUBLIC KEY`, RFC 5480).
    ///
    /// # Errors
    /// [`KeyError`]; for other kinds of keys it names what was found.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, contents) = first_block(text, PUBLIC)?;
        if label.ends_with("PRIVATE KEY") {
            return Err(KeyError::WrongKind {
                expected: PUBLIC,
                found: "a private key".to_owned(),
            });
        }
        let key = match label {
            "PUBLIC KEY" => VerifyingKey::from_public_key_der(contents.as_bytes()).ok(),
            _ => None,
        };
        Self::new(key.ok_or_else(|| wrong_kind(label, contents.as_bytes(), PUBLIC))?)
    }

    /// The canonical PEM text, the one that [`Fingerprint`] is taken of: base64 in lines of 64
    /// characters, LF after every line, the last one too.
    pub fn to_pem(&self) -> String {
        self.pem.clone()
    }

    /// The name of this key in seals.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Whether a DER signature has the lower of the two values of s, as all that are written
    /// here.
    pub(crate) fn has_low_s(signature: &[u8]) -> bool {
        Signature::from_der(signature).is_ok_and(|signature| signature.normalize_s() == signature)
    }

    /// Checks a DER signature of `message`. High and low s are both valid: others write both.
    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> SignatureCheck {
        let Ok(signature) = DerSignature::from_bytes(signature) else {
            return SignatureCheck::NotStrictDer;
        };
        match self.key.verify(message, &signature) {
            Ok(()) => SignatureCheck::Valid,
            Err(_) => SignatureCheck::Invalid,
        }
    }

    fn new(key: VerifyingKey) -> Result<Self, KeyError> {
        let pem = key
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| KeyError::Library("encode the public key"))?;
        let fingerprint = Fingerprint(*Digest::of(pem.as_bytes()).as_bytes());
        Ok(Self { key, pem, fingerprint })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint)
    }
}

/// SHA-256 of a public key's canonical PEM text: the `hint` of Model Signing bundles. Its text form
/// is 64 lower-case hexadecimal digits; upper case is refused, as the reference does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Fingerprint([u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        read_hex(text).map(Self)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = HexError;

    fn try_from(text: String) -> Result<Self, HexError> {
        text.parse()
    }
}
