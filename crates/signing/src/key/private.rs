//! Private keys: made, read, written, and used to sign.

use std::fmt;

use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use zeroize::Zeroizing;

use super::curve::on_curve;
use super::passphrase::{self, Passphrase};
use super::pem::{first_block, wrong_kind};
use super::public::PublicKey;
use crate::{Curve, KeyError};

const EXPECTED: &str = "an ECDSA private key on the curve P-256, P-384 or P-521 (PRIVATE KEY, ENCRYPTED PRIVATE KEY or EC PRIVATE KEY)";

/// Something that signs: a [`PrivateKey`] in memory, or a device that never shows its key.
pub trait SigningKey {
    /// The public half.
    fn public_key(&self) -> PublicKey;

    /// Signs `message`, hashed with [`Curve::hash`] of the key's curve; gives the strict DER of
    /// `SEQUENCE { r, s }`. A device that signs digests and answers r and s side by side uses
    /// [`Curve::hash`] and [`Curve::signature_from_raw`].
    ///
    /// # Errors
    /// [`KeyError`] if the key cannot sign.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// A private key. It is wiped from memory when dropped, and `Debug` shows the public key's
/// fingerprint only.
pub struct PrivateKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
}

/// The secret of the first curve whose `$type` reads `$der`.
macro_rules! first_of_curves {
    ($type:ident::$read:ident($der:expr)) => {
        None.or_else(|| p256::$type::$read($der).ok().map(|key| Secret::P256(key.into())))
            .or_else(|| p384::$type::$read($der).ok().map(|key| Secret::P384(key.into())))
            .or_else(|| p521::$type::$read($der).ok().map(|key| Secret::P521(key.into())))
    };
}

impl PrivateKey {
    /// Makes a key on the curve P-256 from the operating system's random bytes.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`] if the system gives none.
    pub fn generate() -> Result<Self, KeyError> {
        Self::generate_on(Curve::P256)
    }

    /// Makes a key on `curve` from the operating system's random bytes.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`] if the system gives none.
    pub fn generate_on(curve: Curve) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new(vec![0_u8; curve.scalar_bytes()]);
        // A draw that is zero or not below the curve's order is thrown away, which keeps keys
        // uniform: about once in 2^32 draws on P-256, and hardly ever on the others.
        loop {
            getrandom::fill(&mut bytes)
                .map_err(|error| KeyError::NoRandomness(error.to_string()))?;
            let secret = match curve {
                Curve::P256 => p256::ecdsa::SigningKey::from_slice(&bytes).map(Secret::P256),
                Curve::P384 => p384::ecdsa::SigningKey::from_slice(&bytes).map(Secret::P384),
                Curve::P521 => {
                    // 66 bytes have 528 bits, a scalar 521.
                    bytes[0] &= 1;
                    p521::ecdsa::SigningKey::from_slice(&bytes).map(Secret::P521)
                }
            };
            if let Ok(secret) = secret {
                return Self::new(secret);
            }
        }
    }

    /// Reads PKCS#8 (`PRIVATE KEY`, RFC 5958) or SEC1 (`EC PRIVATE KEY`, RFC 5915), not encrypted.
    ///
    /// # Errors
    /// [`KeyError::Encrypted`] for a key that [`PrivateKey::from_encrypted_pem`] reads; for other
    /// kinds of keys it names what was found.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, contents) = first_block(text, EXPECTED)?;
        let der = contents.as_bytes();
        let secret = match label {
            passphrase::LABEL => return Err(KeyError::Encrypted),
            "PRIVATE KEY" => Self::from_pkcs8(der),
            "EC PRIVATE KEY" => first_of_curves!(SecretKey::from_sec1_der(der)),
            _ => None,
        };
        Self::new(secret.ok_or_else(|| wrong_kind(label, der, EXPECTED))?)
    }

    /// Reads PKCS#8 under a passphrase (`ENCRYPTED PRIVATE KEY`): PBES2 with AES, and scrypt or
    /// PBKDF2. A key that is not encrypted is read as it is.
    ///
    /// Deriving a key from a passphrase is slow on purpose, and the file says how slow: at most
    /// 256 MiB of memory and a few seconds, which stops a file that would never come to an end.
    ///
    /// # Errors
    /// [`KeyError::Passphrase`] if it is the wrong one, [`KeyError::Encryption`] for another way of
    /// encrypting, [`KeyError::TooCostly`]; otherwise as [`PrivateKey::from_pem`].
    pub fn from_encrypted_pem(text: &str, passphrase: &Passphrase) -> Result<Self, KeyError> {
        let (label, contents) = first_block(text, EXPECTED)?;
        if label != passphrase::LABEL {
            return Self::from_pem(text);
        }
        let decrypted = passphrase::decrypt(contents.as_bytes(), passphrase)?;
        let der = decrypted.as_bytes();
        // The wrong passphrase gives random bytes, and once in a few hundred times their end looks
        // like padding.
        let looks_right = der.first() == Some(&0x30);
        let unfit = || wrong_kind("PRIVATE KEY", der, EXPECTED);
        Self::new(
            Self::from_pkcs8(der)
                .ok_or_else(|| if looks_right { unfit() } else { KeyError::Passphrase })?,
        )
    }

    fn from_pkcs8(der: &[u8]) -> Option<Secret> {
        first_of_curves!(SecretKey::from_pkcs8_der(der))
    }

    /// The key as PKCS#8 PEM, wiped when dropped.
    ///
    /// # Errors
    /// [`KeyError::Library`] if the library cannot encode it, which no valid key should cause.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        on_curve!(Secret, &self.secret, key => key.to_pkcs8_pem(LineEnding::LF))
            .map_err(|_| KeyError::Library("encode the private key"))
    }

    /// The key as PKCS#8 PEM under a passphrase that must not be empty, wiped when dropped. Every
    /// call draws a new salt.
    ///
    /// # Errors
    /// [`KeyError::Passphrase`], [`KeyError::NoRandomness`], or [`KeyError::Library`], which no
    /// valid key should cause.
    pub fn to_encrypted_pem(&self, passphrase: &Passphrase) -> Result<Zeroizing<String>, KeyError> {
        let der = on_curve!(Secret, &self.secret, key => key.to_pkcs8_der())
            .map_err(|_| KeyError::Library("encode the private key"))?;
        passphrase::encrypt(der.as_bytes(), passphrase)
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
        on_curve!(Secret, &self.secret, key => {
            let signature: Result<curve::ecdsa::Signature, _> = key.try_sign(message);
            signature.map(|signature| signature.normalize_s().to_der().as_bytes().to_vec())
        })
        .map_err(|_| KeyError::Library("sign"))
    }

    fn new(secret: Secret) -> Result<Self, KeyError> {
        let public =
            on_curve!(Secret, &secret, key => PublicKey::new((*key.verifying_key()).into()))?;
        Ok(Self { secret, public })
    }
}

impl SigningKey for PrivateKey {
    fn public_key(&self) -> PublicKey {
        self.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.sign(message)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public.fingerprint())
    }
}
