//! SHA-256 digests and their lower-case hexadecimal text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest (FIPS 180-4). Its text form is 64 lower-case hexadecimal digits.
///
/// Comparison is the plain one: digests here are public, in the seal and computed from files that
/// the attacker may read, so the time that a comparison takes tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 32 raw bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// A digest in the making, for bytes that arrive in pieces.
#[derive(Clone, Debug, Default)]
pub struct DigestStream(Sha256);

impl DigestStream {
    /// Starts with no bytes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything appended.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// Text that is not 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits, found {found:?}")]
pub struct HexError {
    /// The beginning of the text.
    pub found: String,
}

/// Writes 32 bytes as lower-case hexadecimal digits.
pub(crate) fn write_hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Reads exactly 64 lower-case hexadecimal digits: one digest has one text.
pub(crate) fn read_hex(text: &str) -> Result<[u8; 32], HexError> {
    let refused = || HexError { found: crate::error::excerpt(text) };
    let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| refused())?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        });
        *byte = high.zip(low).map(|(high, low)| high << 4 | low).ok_or_else(refused)?;
    }
    Ok(bytes)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        read_hex(text).map(Self)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = HexError;

    fn try_from(text: String) -> Result<Self, HexError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn pieces_give_the_digest_of_the_whole() {
        let mut stream = DigestStream::new();
        stream.update(b"a");
        stream.update(b"bc");
        assert_eq!(stream.finish(), Digest::of(b"abc"));
        assert_eq!(Digest::of(b"abc").to_string(), ABC);
    }

    #[test]
    fn one_digest_has_one_text() {
        assert_eq!(ABC.parse(), Ok(Digest::of(b"abc")));
        for bad in [
            ABC.to_uppercase().as_str(),
            &ABC[1..],
            "",
            &format!("{ABC}0"),
            &format!("+{}", &ABC[1..]),
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
