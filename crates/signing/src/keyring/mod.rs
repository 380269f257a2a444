//! The keyring: which keys a reader trusts, under which names and terms, and how many must agree.
//!
//! ```json
//! {"format": "modelseal-keyring-v1", "version": 3, "required_seals": 1,
//!  "keys": [{"name": "alice", "state": "verify-only",
//!            "public_key": "-----BEGIN PUBLIC KEY-----\n...",
//!            "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"},
//!           {"name": "alice-2", "owner": "alice", "state": "active", "public_key": "..."}]}
//! ```
//!
//! Keys stand from the oldest to the newest. The version counts the changes and never goes back:
//! whoever remembers the highest one that was seen refuses an older keyring, in which a key that
//! is revoked by now is still trusted.

mod change;
mod error;
mod hmac;
mod read;
mod sealed;
mod terms;
mod write;

pub use change::LastActive;
pub use error::KeyringError;
pub use hmac::{HmacKey, HmacScheme, SecretSource};
pub use sealed::SealedKeyringError;
pub use terms::{KeyState, Revocation, Terms, TermsError};

use crate::error::excerpt;
use crate::{Fingerprint, Limits, PublicKey};

const FORMAT: &str = "modelseal-keyring-v1";

/// The highest version: the largest whole number that every JSON reader keeps exactly.
const VERSION_MAX: u64 = (1 << 53) - 1;

/// The most seals that can be demanded.
const REQUIRED_SEALS_MAX: u64 = 16;

/// A public key that a reader trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// Its name; unique in a keyring.
    pub name: String,
    /// The key.
    pub public_key: PublicKey,
    /// Under which terms it is trusted.
    pub terms: Terms,
}

impl TrustedKey {
    /// An active key that is valid without limit of time.
    pub fn new(name: impl Into<String>, public_key: PublicKey) -> Self {
        Self { name: name.into(), public_key, terms: Terms::default() }
    }

    /// Who holds the key: its owner, or its own name.
    pub fn owner(&self) -> &str {
        self.terms.owner.as_ref().unwrap_or(&self.name)
    }
}

/// Trusted keys, from the oldest to the newest; names and fingerprints are unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    version: u64,
    required_seals: usize,
    keys: Vec<TrustedKey>,
    hmac_keys: Vec<HmacKey>,
}

impl Default for Keyring {
    fn default() -> Self {
        Self { version: 0, required_seals: 1, keys: Vec::new(), hmac_keys: Vec::new() }
    }
}

impl Keyring {
    /// A keyring that trusts nobody: version 0, one seal required.
    pub fn new() -> Self {
        Self::default()
    }

    /// How often the keyring was changed.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// From how many distinct owners a package needs seals; at least one.
    pub fn required_seals(&self) -> usize {
        self.required_seals
    }

    /// The same keyring, satisfied by one seal: for whoever checks a package before adding one.
    pub fn satisfied_by_one(&self) -> Self {
        Self { required_seals: 1, ..self.clone() }
    }

    /// The public keys, from the oldest to the newest.
    pub fn keys(&self) -> &[TrustedKey] {
        &self.keys
    }

    /// The references to shared secrets, from the oldest to the newest.
    pub fn hmac_keys(&self) -> &[HmacKey] {
        &self.hmac_keys
    }

    /// The public key with this fingerprint.
    pub fn find(&self, fingerprint: &Fingerprint) -> Option<&TrustedKey> {
        self.keys.iter().find(|key| key.public_key.fingerprint() == *fingerprint)
    }

    /// The public key with this name.
    pub fn find_name(&self, name: &str) -> Option<&TrustedKey> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Adds a public key as the newest.
    ///
    /// # Errors
    /// [`KeyringError`] if its name or key is there already, a text of it is not printable, or it
    /// is never valid.
    pub fn add(&mut self, key: TrustedKey) -> Result<(), KeyringError> {
        self.add_within(key, &Limits::default())
    }

    /// Adds a reference to a shared secret as the newest.
    ///
    /// # Errors
    /// [`KeyringError`] as for [`Keyring::add`], and if it is no place where a secret can lie.
    pub fn add_hmac(&mut self, key: HmacKey) -> Result<(), KeyringError> {
        self.add_hmac_within(key, &Limits::default())
    }

    fn add_within(&mut self, key: TrustedKey, limits: &Limits) -> Result<(), KeyringError> {
        self.check_new(&key.name, &key.terms, limits)?;
        let fingerprint = key.public_key.fingerprint();
        if let Some(first) = self.find(&fingerprint) {
            return Err(KeyringError::DuplicateKey {
                first: first.name.clone(),
                second: key.name,
                fingerprint,
            });
        }
        self.keys.push(key);
        Ok(())
    }

    fn add_hmac_within(&mut self, key: HmacKey, limits: &Limits) -> Result<(), KeyringError> {
        self.check_new(&key.name, &key.terms, limits)?;
        if !key.secret.is_clean(limits.name_bytes_max) {
            return Err(KeyringError::Secret { name: excerpt(&key.name) });
        }
        key.scheme.check(limits)?;
        let same = |other: &&HmacKey| (&other.secret, &other.scheme) == (&key.secret, &key.scheme);
        if let Some(first) = self.hmac_keys.iter().find(same) {
            let (first, second) = (first.name.clone(), key.name);
            return Err(KeyringError::DuplicateHmacKey { first, second });
        }
        self.hmac_keys.push(key);
        Ok(())
    }

    /// The rules for every kind of key.
    fn check_new(&self, name: &str, terms: &Terms, limits: &Limits) -> Result<(), KeyringError> {
        check_texts(name, terms, limits)?;
        let names = self.keys.iter().map(|key| &key.name);
        if names.chain(self.hmac_keys.iter().map(|key| &key.name)).any(|other| other == name) {
            return Err(KeyringError::DuplicateName { name: name.to_owned() });
        }
        check_dates(name, terms)
    }
}

fn check_dates(name: &str, terms: &Terms) -> Result<(), KeyringError> {
    match (terms.not_before, terms.not_after) {
        (Some(not_before), Some(not_after)) if not_before > not_after => {
            Err(KeyringError::NeverValid { name: name.to_owned(), not_before, not_after })
        }
        _ => Ok(()),
    }
}

/// Control characters would let a keyring draw on the terminal of whoever lists it.
fn check_texts(name: &str, terms: &Terms, limits: &Limits) -> Result<(), KeyringError> {
    let reason = match &terms.state {
        KeyState::Revoked(revocation) => Some(revocation.reason.as_str()),
        _ => None,
    };
    let texts = [Some(name), terms.owner.as_deref(), terms.comment.as_deref(), reason];
    texts.into_iter().flatten().try_for_each(|text| check_text(text, limits))
}

fn check_text(text: &str, limits: &Limits) -> Result<(), KeyringError> {
    let bytes_max = limits.name_bytes_max;
    if text.is_empty() || text.len() > bytes_max || text.contains(char::is_control) {
        return Err(KeyringError::Text { found: excerpt(text), bytes_max });
    }
    Ok(())
}
