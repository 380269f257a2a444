//! Public keys: read, written, named, and used to check signatures.

use std::fmt;
use std::str::FromStr;

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _, LineEnding};
use serde::{Deserialize, Serialize};

use super::curve::on_curve;
use super::pem::{first_block, wrong_kind};
use crate::digest::{HexError, read_hex, write_hex};
use crate::{Curve, Digest, KeyError};

const EXPECTED: &str = "an ECDSA public key on the curve P-256, P-384 or P-521 (PUBLIC KEY)";

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    point: Point,
    pem: String,
    fingerprint: Fingerprint,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Point {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(p521::ecdsa::VerifyingKey),
}

impl From<p256::ecdsa::VerifyingKey> for Point {
    fn from(key: p256::ecdsa::VerifyingKey) -> Self {
        Self::P256(key)
    }
}

impl From<p384::ecdsa::VerifyingKey> for Point {
    fn from(key: p384::ecdsa::VerifyingKey) -> Self {
        Self::P384(key)
    }
}

impl From<p521::ecdsa::VerifyingKey> for Point {
    fn from(key: p521::ecdsa::VerifyingKey) -> Self {
        Self::P521(key)
    }
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
        let (label, contents) = first_block(text, EXPECTED)?;
        if label.ends_with("PRIVATE KEY") {
            let found = "a private key".to_owned();
            return Err(KeyError::WrongKind { expected: EXPECTED, found });
        }
        if label != "PUBLIC KEY" {
            return Err(wrong_kind(label, contents.as_bytes(), EXPECTED));
        }
        Self::from_der(contents.as_bytes())
    }

    /// Reads the DER of a SubjectPublicKeyInfo (RFC 5480).
    ///
    /// # Errors
    /// [`KeyError`]; for other kinds of keys it names what was found.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let point = None
            .or_else(|| p256::ecdsa::VerifyingKey::from_public_key_der(der).ok().map(Point::P256))
            .or_else(|| p384::ecdsa::VerifyingKey::from_public_key_der(der).ok().map(Point::P384))
            .or_else(|| p521::ecdsa::VerifyingKey::from_public_key_der(der).ok().map(Point::P521));
        Self::new(point.ok_or_else(|| wrong_kind("PUBLIC KEY", der, EXPECTED))?)
    }

    /// Reads a point as SEC 1 writes it (section 2.3.3), the form in which devices keep it.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] if it is no point of the curve.
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        let point = match curve {
            Curve::P256 => p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Point::P256),
            Curve::P384 => p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Point::P384),
            Curve::P521 => p521::ecdsa::VerifyingKey::from_sec1_bytes(point).map(Point::P521),
        };
        Self::new(point.map_err(|_| KeyError::Damaged { expected: EXPECTED })?)
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

    /// The curve, which also fixes the hash.
    pub fn curve(&self) -> Curve {
        match self.point {
            Point::P256(_) => Curve::P256,
            Point::P384(_) => Curve::P384,
            Point::P521(_) => Curve::P521,
        }
    }

    /// Whether a DER signature has the lower of the two values of s, as all that are written
    /// here.
    pub(crate) fn has_low_s(&self, signature: &[u8]) -> bool {
        on_curve!(Point, &self.point, _ => {
            curve::ecdsa::Signature::from_der(signature).is_ok_and(|it| it.normalize_s() == it)
        })
    }

    /// Checks a DER signature of `message`. High and low s are both valid: others write both.
    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> SignatureCheck {
        self.check_hashed(&self.curve().hash(message), signature)
    }

    /// Checks a DER signature of a message that was hashed already.
    pub(crate) fn check_hashed(&self, hash: &[u8], signature: &[u8]) -> SignatureCheck {
        let verdict = on_curve!(Point, &self.point, key => {
            let Ok(signature) = curve::ecdsa::DerSignature::from_bytes(signature) else {
                return SignatureCheck::NotStrictDer;
            };
            key.verify_prehash(hash, &signature)
        });
        match verdict {
            Ok(()) => SignatureCheck::Valid,
            Err(_) => SignatureCheck::Invalid,
        }
    }

    pub(super) fn new(point: Point) -> Result<Self, KeyError> {
        let pem = on_curve!(Point, &point, key => key.to_public_key_pem(LineEnding::LF))
            .map_err(|_| KeyError::Library("encode the public key"))?;
        let fingerprint = Fingerprint(*Digest::of(pem.as_bytes()).as_bytes());
        Ok(Self { point, pem, fingerprint })
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
