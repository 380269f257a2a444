//! The keyring: which public keys a reader trusts, under which name, and when.
//!
//! ```json
//! {"format": "modelseal-keyring-v1",
//!  "keys": [{"name": "alice", "public_key": "-----BEGIN PUBLIC KEY-----\n...",
//!            "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z",
//!            "revoked": {"at": "2026-06-01T00:00:00Z", "reason": "laptop stolen"}}]}
//! ```
//!
//! The three last members of a key may be absent. Keys stand from the oldest to the newest.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::error::excerpt;
use crate::json::{self, JsonFault, Members, quote};
use crate::{Fingerprint, KeyError, Limits, PublicKey};

const FORMAT: &str = "modelseal-keyring-v1";

/// A public key that a reader trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// Whose key it is; unique in a keyring.
    pub name: String,
    /// The key.
    pub public_key: PublicKey,
    /// The first moment at which seals of this key are accepted.
    pub not_before: Option<Timestamp>,
    /// The last moment at which seals of this key are accepted.
    pub not_after: Option<Timestamp>,
    /// Set when the key must not be trusted any more.
    pub revoked: Option<Revocation>,
}

/// Why and when a key was revoked. A revoked key refuses every seal, also older ones and also
/// before `at`: a seal carries no trustworthy date, so whoever stole the key can write any date
/// into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When it was revoked, for people to read.
    pub at: Timestamp,
    /// The reason, for people to read.
    pub reason: String,
}

impl TrustedKey {
    /// A key that is valid without limit of time.
    pub fn new(name: impl Into<String>, public_key: PublicKey) -> Self {
        Self { name: name.into(), public_key, not_before: None, not_after: None, revoked: None }
    }
}

/// Trusted keys, from the oldest to the newest; names and fingerprints are unique.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    keys: Vec<TrustedKey>,
}

/// A keyring that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// Larger than [`Limits::keyring_bytes_max`].
    #[error("the keyring has {bytes} bytes; at most {bytes_max} are allowed")]
    TooLarge {
        /// Its size, in bytes.
        bytes: usize,
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// More keys than [`Limits::keyring_key_count_max`].
    #[error("the keyring has {count} keys; at most {count_max} are allowed")]
    TooManyKeys {
        /// Number of keys.
        count: usize,
        /// The limit.
        count_max: usize,
    },
    /// Not the JSON of a keyring.
    #[error(transparent)]
    Json(#[from] JsonFault),
    /// Another format or version.
    #[error("expected a keyring of the format {FORMAT:?}, found {found:?}")]
    Format {
        /// The format that the file names.
        found: String,
    },
    /// A name that is empty, too long or not printable.
    #[error(
        "a key's name and a revocation's reason must be printable text of 1 to {bytes_max} bytes, found {found:?}"
    )]
    Text {
        /// The beginning of the text.
        found: String,
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// A member that is no public key.
    #[error("the public key of {name:?}: {source}")]
    Key {
        /// The name of the entry.
        name: String,
        /// What is wrong with the key.
        source: KeyError,
    },
    /// A time that is not RFC 3339.
    #[error("{at}: expected a time such as 2026-01-31T00:00:00Z, found {found:?}")]
    Time {
        /// The place in the document.
        at: String,
        /// The beginning of the text.
        found: String,
    },
    /// A key that is never valid.
    #[error(
        "the key {name:?} is never valid: not_before {not_before} lies after not_after {not_after}"
    )]
    NeverValid {
        /// The name of the entry.
        name: String,
        /// Start of validity.
        not_before: Timestamp,
        /// End of validity.
        not_after: Timestamp,
    },
    /// Two entries with one name.
    #[error("two keys have the name {name:?}")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Two entries with one key: the dates or the revocation of one of them would not count.
    #[error("the keys {first:?} and {second:?} are one key, {fingerprint}")]
    DuplicateKey {
        /// Name of the earlier entry.
        first: String,
        /// Name of the later entry.
        second: String,
        /// The fingerprint of both.
        fingerprint: Fingerprint,
    },
}

impl Keyring {
    /// A keyring that trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a keyring file, strictly: every unknown or repeated member is refused.
    ///
    /// # Errors
    /// [`KeyringError`] with the first fault.
    pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Self, KeyringError> {
        let bytes_max = limits.keyring_bytes_max;
        if bytes.len() > bytes_max {
            return Err(KeyringError::TooLarge { bytes: bytes.len(), bytes_max });
        }
        let mut file = json::parse("keyring", bytes, limits)?.object()?;
        let format = file.take("format")?.text()?;
        if format != FORMAT {
            return Err(KeyringError::Format { found: excerpt(&format) });
        }
        let entries = file.take("keys")?.list()?;
        file.finish()?;
        let count_max = limits.keyring_key_count_max;
        if entries.len() > count_max {
            return Err(KeyringError::TooManyKeys { count: entries.len(), count_max });
        }
        let mut keyring = Self::new();
        for entry in entries {
            keyring.add_within(read_key(entry.object()?)?, limits)?;
        }
        Ok(keyring)
    }

    /// The file's text: indented, in fixed order, with a newline at the end. Equal keyrings give
    /// equal text.
    pub fn to_json(&self) -> String {
        let entries: Vec<String> = self.keys.iter().map(write_key).collect();
        let keys = if entries.is_empty() {
            String::new()
        } else {
            format!("\n{}\n  ", entries.join(",\n"))
        };
        format!("{{\n  \"format\": {},\n  \"keys\": [{keys}]\n}}\n", quote(FORMAT))
    }

    /// Adds a key as the newest.
    ///
    /// # Errors
    /// [`KeyringError`] if its name or key is there already, its name is not printable, or it is
    /// never valid.
    pub fn add(&mut self, key: TrustedKey) -> Result<(), KeyringError> {
        self.add_within(key, &Limits::default())
    }

    /// The keys, from the oldest to the newest.
    pub fn keys(&self) -> &[TrustedKey] {
        &self.keys
    }

    /// The key with this fingerprint.
    pub fn find(&self, fingerprint: &Fingerprint) -> Option<&TrustedKey> {
        self.keys.iter().find(|key| key.public_key.fingerprint() == *fingerprint)
    }

    fn add_within(&mut self, key: TrustedKey, limits: &Limits) -> Result<(), KeyringError> {
        let bytes_max = limits.name_bytes_max;
        let texts = [Some(&key.name), key.revoked.as_ref().map(|revoked| &revoked.reason)];
        // Control characters would let a keyring draw on the terminal of whoever lists it.
        let unfit = |text: &&String| {
            text.is_empty() || text.len() > bytes_max || text.contains(char::is_control)
        };
        if let Some(text) = texts.into_iter().flatten().find(unfit) {
            return Err(KeyringError::Text { found: excerpt(text), bytes_max });
        }
        if let (Some(not_before), Some(not_after)) = (key.not_before, key.not_after)
            && not_before > not_after
        {
            return Err(KeyringError::NeverValid { name: key.name, not_before, not_after });
        }
        if self.keys.iter().any(|other| other.name == key.name) {
            return Err(KeyringError::DuplicateName { name: key.name });
        }
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
}

fn read_key(mut entry: Members) -> Result<TrustedKey, KeyringError> {
    let name = entry.take("name")?.text()?;
    let pem = entry.take("public_key")?.text()?;
    let public_key = PublicKey::from_pem(&pem)
        .map_err(|source| KeyringError::Key { name: excerpt(&name), source })?;
    let not_before = entry.take_optional("not_before").map(read_time).transpose()?;
    let not_after = entry.take_optional("not_after").map(read_time).transpose()?;
    let revoked = entry.take_optional("revoked").map(read_revocation).transpose()?;
    entry.finish()?;
    Ok(TrustedKey { name, public_key, not_before, not_after, revoked })
}

fn read_revocation(value: json::Value) -> Result<Revocation, KeyringError> {
    let mut revoked = value.object()?;
    let at = read_time(revoked.take("at")?)?;
    let reason = revoked.take("reason")?.text()?;
    revoked.finish()?;
    Ok(Revocation { at, reason })
}

fn read_time(value: json::Value) -> Result<Timestamp, KeyringError> {
    let at = value.at.clone();
    let text = value.text()?;
    text.parse().map_err(|_| KeyringError::Time { at, found: excerpt(&text) })
}

fn write_key(key: &TrustedKey) -> String {
    let mut text = format!("    {{\n      \"name\": {}", quote(&key.name));
    let mut member = |name: &str, value: String| {
        // Writing to a String cannot fail.
        let _ = write!(text, ",\n      \"{name}\": {value}");
    };
    member("public_key", quote(&key.public_key.to_pem()));
    if let Some(time) = key.not_before {
        member("not_before", quote(&time.to_string()));
    }
    if let Some(time) = key.not_after {
        member("not_after", quote(&time.to_string()));
    }
    if let Some(Revocation { at, reason }) = &key.revoked {
        let (at, reason) = (quote(&at.to_string()), quote(reason));
        member(
            "revoked",
            format!("{{\n        \"at\": {at},\n        \"reason\": {reason}\n      }}"),
        );
    }
    text + "\n    }"
}
