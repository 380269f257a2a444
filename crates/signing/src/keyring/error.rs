//! Why a keyring cannot be used or changed.

use jiff::Timestamp;

use super::FORMAT;
use crate::{Fingerprint, JsonFault, KeyError};

/// A keyring that cannot be used, or a change that it does not permit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// Larger than [`Limits::keyring_bytes_max`](crate::Limits::keyring_bytes_max).
    #[error("the keyring has {bytes} bytes; at most {bytes_max} are allowed")]
    TooLarge {
        /// Its size, in bytes.
        bytes: usize,
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// More keys than
    /// [`Limits::keyring_key_count_max`](crate::Limits::keyring_key_count_max).
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
    /// A number outside of its range.
    #[error("{at}: expected a whole number from {min} to {max}, found {found}")]
    Number {
        /// The place in the document.
        at: &'static str,
        /// The smallest number allowed.
        min: u64,
        /// The largest number allowed.
        max: u64,
        /// The number found.
        found: u64,
    },
    /// A word that is none of those expected.
    #[error("{at}: expected one of {expected}, found {found:?}")]
    Word {
        /// The place in the document.
        at: String,
        /// The words.
        expected: String,
        /// The beginning of the text.
        found: String,
    },
    /// A text that is empty, too long or not printable.
    #[error(
        "names, owners, comments and reasons must be printable text of 1 to {bytes_max} bytes, found {found:?}"
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
    /// The place of a shared secret that can be none. What was found is not shown: it may be the
    /// secret.
    #[error(
        "the shared key {name:?}: key_file must be a path, key_env the name of an environment variable (letters, digits, _)"
    )]
    Secret {
        /// The name of the entry.
        name: String,
    },
    /// A time that is not RFC 3339.
    #[error("{at}: expected a time such as 2026-01-31T00:00:00Z, found {found:?}")]
    Time {
        /// The place in the document.
        at: String,
        /// The beginning of the text.
        found: String,
    },
    /// A revocation without the state, or the state without a revocation.
    #[error("the key {name:?}: the state \"revoked\" and the member \"revoked\" go together")]
    Revocation {
        /// The name of the entry.
        name: String,
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
    /// Two entries for one shared secret under one scheme.
    #[error("the shared keys {first:?} and {second:?} are one key")]
    DuplicateHmacKey {
        /// Name of the earlier entry.
        first: String,
        /// Name of the later entry.
        second: String,
    },
    /// There is no key of this name.
    #[error("the keyring has no key {name:?}; it has {}", list(names))]
    NoSuchKey {
        /// The name asked for.
        name: String,
        /// The names that there are.
        names: Vec<String>,
    },
    /// A change that the state of a key does not permit.
    #[error("the key {name:?} is {state}: {why}")]
    State {
        /// The name of the entry.
        name: String,
        /// The word for its state.
        state: &'static str,
        /// Why the change is refused.
        why: &'static str,
    },
    /// After the change no key would sign any more.
    #[error("{name:?} is the last active key: without it nothing can be sealed any more")]
    LastActive {
        /// The name of the entry.
        name: String,
    },
    /// The version cannot be counted up.
    #[error("the keyring's version {version} is the last there is")]
    LastVersion {
        /// The version.
        version: u64,
    },
}

fn list(names: &[String]) -> String {
    const SHOWN_MAX: usize = 10;
    if names.is_empty() {
        return "none".to_owned();
    }
    let shown: Vec<String> = names.iter().take(SHOWN_MAX).map(|name| format!("{name:?}")).collect();
    let more = if names.len() > SHOWN_MAX { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}
