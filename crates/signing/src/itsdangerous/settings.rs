//! What both sides must agree on: keys, salt, separator, derivation, hash.

use std::str::FromStr;

use zeroize::Zeroizing;

use super::Hash;

/// Everything but the keys. The defaults are those of itsdangerous.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// A label for the purpose; the same key with another salt makes other signatures. Default
    /// `itsdangerous.Signer`, also for signatures with a time: give each purpose its own.
    pub salt: Vec<u8>,
    /// What stands between value, time and signature. Default `.`
    pub separator: Separator,
    /// How the key of the HMAC is made. Default [`KeyDerivation::DjangoConcat`].
    pub derivation: KeyDerivation,
    /// The hash, for the derivation and for the HMAC. Default [`Hash::Sha1`].
    pub hash: Hash,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            salt: b"itsdangerous.Signer".to_vec(),
            separator: Separator(b".".to_vec()),
            derivation: KeyDerivation::default(),
            hash: Hash::default(),
        }
    }
}

impl Settings {
    pub(super) fn derive(&self, key: &[u8]) -> Zeroizing<Vec<u8>> {
        match self.derivation {
            KeyDerivation::Concat => self.hash.digest(&[&self.salt, key]),
            KeyDerivation::DjangoConcat => self.hash.digest(&[&self.salt, b"signer", key]),
            KeyDerivation::Hmac => {
                let mut mac = self.hash.mac(key);
                mac.update(&self.salt);
                Zeroizing::new(mac.finish())
            }
            KeyDerivation::None => Zeroizing::new(key.to_vec()),
        }
    }
}

/// How the key of the HMAC is made of a secret key K and the salt S; H is the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum KeyDerivation {
    /// H(S ‖ K)
    Concat,
    /// H(S ‖ `signer` ‖ K)
    #[default]
    DjangoConcat,
    /// HMAC(K, S)
    Hmac,
    /// K itself: the salt then separates nothing.
    None,
}

impl KeyDerivation {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Concat, Self::DjangoConcat, Self::Hmac, Self::None];

    /// The name in itsdangerous.
    pub fn name(self) -> &'static str {
        match self {
            Self::Concat => "concat",
            Self::DjangoConcat => "django-concat",
            Self::Hmac => "hmac",
            Self::None => "none",
        }
    }
}

impl FromStr for KeyDerivation {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|derivation| derivation.name() == name);
        known.ok_or_else(|| "expected concat, django-concat, hmac or none".to_owned())
    }
}

/// Bytes that separate value, time and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Separator(Vec<u8>);

impl Separator {
    /// Takes any bytes of which at least one cannot stand in base64url text.
    ///
    /// itsdangerous refuses only what is a part of its alphabet's own listing, such as `A` or `-`;
    /// with `AA` it makes, now and then, a signature that it cannot read.
    ///
    /// # Errors
    /// [`SeparatorError`] otherwise.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, SeparatorError> {
        let bytes = bytes.into();
        let in_text = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_=".contains(byte);
        if bytes.iter().all(in_text) {
            return Err(SeparatorError { found: String::from_utf8_lossy(&bytes).into_owned() });
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Separator {
    type Err = SeparatorError;

    fn from_str(text: &str) -> Result<Self, SeparatorError> {
        Self::new(text)
    }
}

/// A separator that could be a part of a signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a separator needs a character that no signature has; {found:?} has only A-Z, a-z, 0-9, '-', '_' and '='"
)]
pub struct SeparatorError {
    found: String,
}

/// One or more secret keys, oldest first: the last one signs, all of them verify.
///
/// They have no `Debug`, and are wiped from memory when dropped.
pub struct SecretKeys(Vec<Zeroizing<Vec<u8>>>);

impl SecretKeys {
    /// Takes the keys, oldest first.
    ///
    /// # Errors
    /// [`SecretKeysError`] without any key, or with an empty one: everybody knows that key.
    pub fn new(oldest_first: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, SecretKeysError> {
        let keys: Vec<_> = oldest_first.into_iter().map(Zeroizing::new).collect();
        if keys.is_empty() {
            return Err(SecretKeysError::NoKey);
        }
        match keys.iter().position(|key| key.is_empty()) {
            Some(position) => Err(SecretKeysError::EmptyKey { number: position + 1 }),
            None => Ok(Self(keys)),
        }
    }

    /// Reads one key a line, oldest first, as a file or an environment variable holds them. The
    /// line feed is no part of a key, every other byte is.
    ///
    /// # Errors
    /// [`SecretKeysError`]; a carriage return at the end of a line is refused, too: nobody sees it,
    /// and it would be a part of the key.
    pub fn from_lines(text: &[u8]) -> Result<Self, SecretKeysError> {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        if text.is_empty() {
            return Err(SecretKeysError::NoKey);
        }
        let lines = || text.split(|byte| *byte == b'\n');
        if let Some(line) = lines().position(|line| line.ends_with(b"\r")) {
            return Err(SecretKeysError::CarriageReturn { number: line + 1 });
        }
        Self::new(lines().map(<[u8]>::to_vec))
    }

    /// How many there are: at least one.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn oldest_first(&self) -> &[Zeroizing<Vec<u8>>] {
        &self.0
    }
}

/// A list of keys that cannot be used. Messages never hold key material.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeysError {
    /// Nothing to sign with.
    #[error("expected at least one key, found none")]
    NoKey,
    /// A key without a byte.
    #[error("key {number} is empty; expected one key a line, oldest first")]
    EmptyKey {
        /// Counted from 1, the oldest.
        number: usize,
    },
    /// Line ends of another system.
    #[error("key {number} ends with a carriage return; expected lines that end with a line feed")]
    CarriageReturn {
        /// Counted from 1, the oldest.
        number: usize,
    },
}
