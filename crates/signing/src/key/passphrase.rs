//! Private keys under a passphrase: PKCS#8 `ENCRYPTED PRIVATE KEY` (RFC 5958) with PBES2 (RFC 8018).

use std::fmt;

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::SecretDocument;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use zeroize::Zeroizing;

use crate::KeyError;

pub(super) const LABEL: &str = "ENCRYPTED PRIVATE KEY";

/// Memory that a file may ask scrypt to take. OpenSSL writes keys that take 16 MiB.
const SCRYPT_BYTES_MAX: u64 = 256 << 20;
/// Steps (cost times block size times parallelisation) that a file may ask of scrypt: about a
/// second. OpenSSL writes keys that take 2^17.
const SCRYPT_STEPS_MAX: u64 = 1 << 22;
/// Iterations that a file may ask of PBKDF2: a few seconds. OpenSSL writes 2,048, Python 20,000.
const PBKDF2_ITERATIONS_MAX: u64 = 5_000_000;

/// What is written: scrypt with 16 MiB, the most that OpenSSL reads without further options, five
/// times over (OWASP, "Password Storage Cheat Sheet", the line for 16 MiB).
const SCRYPT: (u8, u32, u32) = (14, 8, 5);

/// The passphrase of a private key. It is wiped from memory when dropped, and `Debug` shows nothing
/// of it.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the bytes as they are: cutting off the end of a line is the caller's part.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// The PKCS#8 DER inside.
///
/// The cost of the key derivation stands in the file, so it is bounded first: a file could ask for
/// terabytes of memory or for years.
pub(super) fn decrypt(der: &[u8], passphrase: &Passphrase) -> Result<SecretDocument, KeyError> {
    let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| KeyError::Encryption)?;
    let parameters = info.encryption_algorithm.pbes2().ok_or(KeyError::Encryption)?;
    let too_costly = |asked: String| Err(KeyError::TooCostly { asked });
    match &parameters.kdf {
        Kdf::Scrypt(scrypt) => {
            let (blocks, lanes) = (u64::from(scrypt.block_size), u64::from(scrypt.parallelization));
            let per_lane = scrypt.cost_parameter.saturating_mul(blocks);
            let bytes = per_lane.saturating_mul(128);
            if bytes > SCRYPT_BYTES_MAX || per_lane.saturating_mul(lanes) > SCRYPT_STEPS_MAX {
                return too_costly(format!("scrypt with {bytes} bytes of memory, {lanes} times"));
            }
        }
        Kdf::Pbkdf2(pbkdf2) => {
            let iterations = u64::from(pbkdf2.iteration_count);
            if iterations > PBKDF2_ITERATIONS_MAX {
                return too_costly(format!("PBKDF2 with {iterations} iterations"));
            }
        }
        _ => return Err(KeyError::Encryption),
    }
    info.decrypt(&*passphrase.0).map_err(|_| KeyError::Passphrase)
}

/// The PEM text of `pkcs8` under `passphrase`, with a new salt: AES-256-CBC under scrypt.
pub(super) fn encrypt(
    pkcs8: &[u8],
    passphrase: &Passphrase,
) -> Result<Zeroizing<String>, KeyError> {
    if passphrase.is_empty() {
        return Err(KeyError::Passphrase);
    }
    const LIBRARY: KeyError = KeyError::Library("encrypt the private key");
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    for bytes in [&mut salt, &mut iv] {
        getrandom::fill(bytes).map_err(|error| KeyError::NoRandomness(error.to_string()))?;
    }
    let (log_n, r, p) = SCRYPT;
    let scrypt = scrypt::Params::new(log_n, r, p).map_err(|_| LIBRARY)?;
    let parameters =
        Parameters::generate_scrypt_aes256cbc(scrypt, &salt, iv).map_err(|_| LIBRARY)?;
    let info = pkcs8::PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| LIBRARY)?;
    let document = info.encrypt_with_params(parameters, &*passphrase.0).map_err(|_| LIBRARY)?;
    document.to_pem(LABEL, pkcs8::LineEnding::LF).map_err(|_| LIBRARY)
}
