//! References to shared secrets (HMAC), for files that another system signs with one.
//!
//! A keyring is handed out to whoever verifies, so it never holds the secret itself: it says in
//! which file or environment variable of the verifier's machine it lies.

use super::{KeyringError, Terms, check_text};
use crate::Limits;
use crate::error::excerpt;

/// A shared secret that a reader trusts, by reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HmacKey {
    /// Its name; unique among all keys of a keyring.
    pub name: String,
    /// Where the secret lies.
    pub secret: SecretSource,
    /// How a signature is made with it.
    pub scheme: HmacScheme,
    /// Under which terms it is trusted.
    pub terms: Terms,
}

/// Where a shared secret lies on the machine that verifies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretSource {
    /// A file; a relative path starts at the keyring's folder.
    File(String),
    /// An environment variable, by name: letters, digits and `_`.
    Environment(String),
}

/// How itsdangerous makes a signature. The words are those of the Python library; what is left
/// out has its default there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HmacScheme {
    /// The salt.
    pub salt: Option<String>,
    /// The digest, such as `sha1` or `sha256`.
    pub digest: Option<String>,
    /// How the key is derived: `concat`, `django-concat`, `hmac` or `none`.
    pub derivation: Option<String>,
    /// What stands between value and signature.
    pub separator: Option<String>,
}

/// What `derivation` may be.
const DERIVATIONS: [&str; 4] = ["concat", "django-concat", "hmac", "none"];

/// What `digest` may be: those of Python's `hashlib` that this program computes.
const DIGESTS: [&str; 5] = ["sha1", "sha224", "sha256", "sha384", "sha512"];

impl SecretSource {
    /// Whether it can name a place: no control characters, and nothing that is no name of an
    /// environment variable (so that the secret itself, pasted there by mistake, is refused).
    pub(super) fn is_clean(&self, bytes_max: usize) -> bool {
        let (text, is_clean) = match self {
            Self::File(path) => (path, !path.contains(char::is_control)),
            Self::Environment(name) => {
                let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
                (
                    name,
                    name.bytes().all(word) && !name.starts_with(|first: char| first.is_numeric()),
                )
            }
        };
        !text.is_empty() && text.len() <= bytes_max && is_clean
    }
}

impl HmacScheme {
    /// Checks that the words are known and the texts printable.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), KeyringError> {
        let word = |at: &str, found: &Option<String>, known: &[&str]| match found {
            Some(found) if !known.contains(&found.as_str()) => Err(KeyringError::Word {
                at: at.to_owned(),
                expected: known.join(", "),
                found: excerpt(found),
            }),
            _ => Ok(()),
        };
        word("digest", &self.digest, &DIGESTS)?;
        word("derivation", &self.derivation, &DERIVATIONS)?;
        let texts = [&self.salt, &self.separator];
        texts.into_iter().flatten().try_for_each(|text| check_text(text, limits))
    }
}
