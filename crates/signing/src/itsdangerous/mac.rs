//! The hashes that a signature may be made with, behind one object-safe HMAC (RFC 2104).

use std::fmt;
use std::str::FromStr;

use hmac::digest::Key;
use hmac::{Hmac, KeyInit as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};
use zeroize::{Zeroize as _, Zeroizing};

/// A hash by its name in Python's `hashlib`; used for the derivation of the key and for the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Hash {
    /// SHA-1, the default of itsdangerous. An HMAC does not need what SHA-1 has lost.
    #[default]
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Names the hash's type `$H` in `$body`.
macro_rules! with_hash {
    ($hash:expr, $H:ident => $body:expr) => {
        match $hash {
            Hash::Sha1 => {
                type $H = Sha1;
                $body
            }
            Hash::Sha224 => {
                type $H = Sha224;
                $body
            }
            Hash::Sha256 => {
                type $H = Sha256;
                $body
            }
            Hash::Sha384 => {
                type $H = Sha384;
                $body
            }
            Hash::Sha512 => {
                type $H = Sha512;
                $body
            }
        }
    };
}

impl Hash {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in Python's `hashlib`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Bytes of a digest.
    pub(super) fn bytes(self) -> usize {
        with_hash!(self, H => H::output_size())
    }

    /// The digest of the parts, one after the other.
    pub(super) fn digest(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        with_hash!(self, H => {
            let mut hash = H::new();
            parts.iter().for_each(|part| hash.update(part));
            Zeroizing::new(hash.finalize().to_vec())
        })
    }

    /// An HMAC that has seen no message yet. A key longer than the hash's block is hashed first.
    pub(super) fn mac(self, key: &[u8]) -> Box<dyn Mac> {
        with_hash!(self, H => {
            let mut block = Key::<Hmac<H>>::default();
            match block.get_mut(..key.len()) {
                Some(start) => start.copy_from_slice(key),
                None => block[..H::output_size()].copy_from_slice(&H::digest(key)),
            }
            let mac = Hmac::<H>::new(&block);
            block.zeroize();
            Box::new(mac)
        })
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Hash {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|hash| hash.name() == name);
        known.ok_or_else(|| "expected sha1, sha224, sha256, sha384 or sha512".to_owned())
    }
}

/// An HMAC in the making.
pub(super) trait Mac {
    /// Appends a part of the message.
    fn update(&mut self, bytes: &[u8]);
    /// The tag of the message.
    fn finish(self: Box<Self>) -> Vec<u8>;
    /// Whether this is the tag of the message, in a time that does not depend on where they differ.
    fn verify(self: Box<Self>, tag: &[u8]) -> bool;
}

impl<M: hmac::Mac> Mac for M {
    fn update(&mut self, bytes: &[u8]) {
        hmac::Mac::update(self, bytes);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.finalize().into_bytes().to_vec()
    }

    fn verify(self: Box<Self>, tag: &[u8]) -> bool {
        self.verify_slice(tag).is_ok()
    }
}
