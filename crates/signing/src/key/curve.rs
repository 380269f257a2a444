//! The three curves of Model Signing. Each fixes its hash: a seal cannot choose one.

use std::fmt;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::KeyError;

/// A curve of FIPS 186-5 with the hash that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Curve {
    /// P-256 with SHA-256.
    #[default]
    P256,
    /// P-384 with SHA-384.
    P384,
    /// P-521 with SHA-512.
    P521,
}

/// Runs `$result` for the variant that `$value` has, with `curve` as the crate of its curve.
macro_rules! on_curve {
    ($type:ident, $value:expr, $key:pat => $result:expr) => {
        $crate::key::curve::on_curve!(@ $type, $value, $key => $result, P256 p256, P384 p384, P521 p521)
    };
    (@ $type:ident, $value:expr, $key:pat => $result:expr, $($variant:ident $curve:ident),+) => {
        match $value {
            $($type::$variant($key) => {
                #[allow(unused_imports, reason = "some results name nothing of the curve's crate")]
                use $curve as curve;
                $result
            })+
        }
    };
}
pub(crate) use on_curve;

impl Curve {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The name: `P-256`, `P-384` or `P-521`.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// The curve with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name().eq_ignore_ascii_case(name))
    }

    /// Bytes of a coordinate and of a scalar: 32, 48 or 66.
    pub fn scalar_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Hashes a message with the hash of this curve: what a device that signs digests is given.
    pub fn hash(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256 => Sha256::digest(message).to_vec(),
            Self::P384 => Sha384::digest(message).to_vec(),
            Self::P521 => Sha512::digest(message).to_vec(),
        }
    }

    /// A signature as devices give it, r and s side by side with [`Curve::scalar_bytes`] each, as
    /// the strict DER with the lower s that seals hold.
    ///
    /// # Errors
    /// [`KeyError::Device`] if it has another length or r or s is out of range.
    pub fn signature_from_raw(self, raw: &[u8]) -> Result<Vec<u8>, KeyError> {
        let der = match self {
            Self::P256 => p256::ecdsa::Signature::from_slice(raw)
                .map(|it| it.normalize_s().to_der().as_bytes().to_vec()),
            Self::P384 => p384::ecdsa::Signature::from_slice(raw)
                .map(|it| it.normalize_s().to_der().as_bytes().to_vec()),
            Self::P521 => p521::ecdsa::Signature::from_slice(raw)
                .map(|it| it.normalize_s().to_der().as_bytes().to_vec()),
        };
        der.map_err(|_| KeyError::Device(format!(
            "expected a signature of 2 times {} bytes on the curve {self}, found {} bytes that are none",
            self.scalar_bytes(), raw.len()
        )))
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
