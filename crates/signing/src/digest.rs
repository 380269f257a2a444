//! Digests: SHA-256 for everything that the seal itself hashes, and the three hashes that Model
//! Signing names for the files of a model.

use std::fmt;
use std::str::FromStr;

use blake2::Blake2b512;
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

/// A hash that Model Signing names for the files of a model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum HashType {
    /// SHA-256 (FIPS 180-4), which every verifier knows.
    #[default]
    Sha256,
    /// BLAKE2b with 64 bytes of output and no key (RFC 7693).
    Blake2b,
    /// BLAKE3 with 32 bytes of output and no key.
    Blake3,
}

impl HashType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Blake2b, Self::Blake3];

    /// The name in seals: `sha256`, `blake2b` or `blake3`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Blake2b => "blake2b",
            Self::Blake3 => "blake3",
        }
    }

    /// The hash with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash_type| hash_type.name() == name)
    }

    /// Bytes of a digest.
    pub fn digest_bytes(self) -> usize {
        match self {
            Self::Sha256 | Self::Blake3 => 32,
            Self::Blake2b => 64,
        }
    }
}

impl fmt::Display for HashType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The digest of a file, or of a part of it, that knows which hash it is of. Its text form is
/// lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FileDigest {
    /// SHA-256.
    Sha256(Digest),
    /// BLAKE2b-512.
    Blake2b([u8; 64]),
    /// BLAKE3.
    Blake3([u8; 32]),
}

impl FileDigest {
    /// The digest of `bytes`.
    pub fn of(hash_type: HashType, bytes: &[u8]) -> Self {
        let mut hasher = FileHasher::new(hash_type);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Which hash it is of.
    pub fn hash_type(&self) -> HashType {
        match self {
            Self::Sha256(_) => HashType::Sha256,
            Self::Blake2b(_) => HashType::Blake2b,
            Self::Blake3(_) => HashType::Blake3,
        }
    }

    /// The raw bytes, [`HashType::digest_bytes`] of them.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(digest) => digest.as_bytes(),
            Self::Blake2b(bytes) => bytes,
            Self::Blake3(bytes) => bytes,
        }
    }

    /// Reads exactly the lower-case hexadecimal digits that this hash has.
    ///
    /// # Errors
    /// [`HexError`] for any other text.
    pub fn from_hex(hash_type: HashType, text: &str) -> Result<Self, HexError> {
        Ok(match hash_type {
            HashType::Sha256 => Self::Sha256(Digest(read_hex(text)?)),
            HashType::Blake2b => Self::Blake2b(read_hex(text)?),
            HashType::Blake3 => Self::Blake3(read_hex(text)?),
        })
    }
}

impl From<Digest> for FileDigest {
    fn from(digest: Digest) -> Self {
        Self::Sha256(digest)
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(self.as_bytes(), f)
    }
}

impl fmt::Debug for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{self}", self.hash_type())
    }
}

/// A [`FileDigest`] in the making, for bytes that arrive in pieces.
#[derive(Clone, Debug)]
pub struct FileHasher(Hasher);

#[derive(Clone, Debug)]
enum Hasher {
    Sha256(DigestStream),
    Blake2b(Box<Blake2b512>),
    Blake3(Box<blake3::Hasher>),
}

impl FileHasher {
    /// Starts with no bytes.
    pub fn new(hash_type: HashType) -> Self {
        Self(match hash_type {
            HashType::Sha256 => Hasher::Sha256(DigestStream::new()),
            HashType::Blake2b => Hasher::Blake2b(Box::default()),
            HashType::Blake3 => Hasher::Blake3(Box::default()),
        })
    }

    /// Appends `bytes`. BLAKE3 hashes the pieces of one call side by side: at least 128 KiB a call
    /// make it fast.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Blake2b(hasher) => hasher.update(bytes),
            Hasher::Blake3(hasher) => {
                hasher.update(bytes);
            }
        }
    }

    /// The digest of everything appended.
    pub fn finish(self) -> FileDigest {
        match self.0 {
            Hasher::Sha256(hasher) => FileDigest::Sha256(hasher.finish()),
            Hasher::Blake2b(hasher) => FileDigest::Blake2b(hasher.finalize().into()),
            Hasher::Blake3(hasher) => FileDigest::Blake3(*hasher.finalize().as_bytes()),
        }
    }
}

/// Text that is not exactly so many lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {digits} lower-case hexadecimal digits, found {found:?}")]
pub struct HexError {
    /// How many digits were expected.
    pub digits: usize,
    /// The beginning of the text.
    pub found: String,
}

/// Writes bytes as lower-case hexadecimal digits.
pub(crate) fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Reads exactly 2 `N` lower-case hexadecimal digits: one digest has one text.
pub(crate) fn read_hex<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let refused = || HexError { digits: 2 * N, found: crate::error::excerpt(text) };
    if text.len() != 2 * N {
        return Err(refused());
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
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

    /// "abc": FIPS 180-4, RFC 7693 appendix A, the test vectors of BLAKE3.
    const ABC: [&str; 3] = [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
        "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
    ];

    #[test]
    fn pieces_give_the_digest_of_the_whole() {
        let mut stream = DigestStream::new();
        stream.update(b"a");
        stream.update(b"bc");
        assert_eq!(stream.finish(), Digest::of(b"abc"));
        assert_eq!(Digest::of(b"abc").to_string(), ABC[0]);
        for (hash_type, expected) in HashType::ALL.into_iter().zip(ABC) {
            let mut hasher = FileHasher::new(hash_type);
            hasher.update(b"");
            hasher.update(b"ab");
            hasher.update(b"c");
            let digest = hasher.finish();
            assert_eq!(digest.to_string(), expected);
            assert_eq!(digest, FileDigest::of(hash_type, b"abc"));
            assert_eq!(FileDigest::from_hex(hash_type, expected), Ok(digest));
            assert_eq!(digest.as_bytes().len(), hash_type.digest_bytes());
            assert_eq!(HashType::from_name(hash_type.name()), Some(digest.hash_type()));
        }
    }

    #[test]
    fn one_digest_has_one_text() {
        assert_eq!(ABC[0].parse(), Ok(Digest::of(b"abc")));
        for bad in [
            ABC[0].to_uppercase().as_str(),
            &ABC[0][1..],
            "",
            &format!("{}0", ABC[0]),
            &format!("+{}", &ABC[0][1..]),
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
        assert!(FileDigest::from_hex(HashType::Blake2b, ABC[0]).is_err());
    }
}
