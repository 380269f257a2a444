//! One key of a keyring as commands show it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use modelseal_signing::{Fingerprint, HmacKey, KeyState, Keyring, SecretSource, Terms, TrustedKey};
use serde::Serialize;

/// A key as it is reported.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub(super) name: String,
    owner: String,
    pub(super) state: &'static str,
    /// Of a public key; a shared one has none.
    pub(super) fingerprint: Option<Fingerprint>,
    /// Where a shared secret lies.
    secret: Option<String>,
    not_before: Option<Timestamp>,
    pub(super) not_after: Option<Timestamp>,
    revoked: Option<Revoked>,
    comment: Option<String>,
}

#[derive(Debug, Serialize)]
struct Revoked {
    at: Timestamp,
    reason: String,
    after: Option<Timestamp>,
}

impl Entry {
    /// All keys of a keyring, from the oldest to the newest, the shared ones last.
    pub(super) fn all(keyring: &Keyring) -> Vec<Self> {
        let public = keyring.keys().iter().map(Self::public);
        public.chain(keyring.hmac_keys().iter().map(Self::shared)).collect()
    }

    fn public(key: &TrustedKey) -> Self {
        let mut entry = Self::of(&key.name, &key.terms);
        entry.fingerprint = Some(key.public_key.fingerprint());
        entry
    }

    fn shared(key: &HmacKey) -> Self {
        let mut entry = Self::of(&key.name, &key.terms);
        entry.secret = Some(match &key.secret {
            SecretSource::File(path) => format!("file {path}"),
            SecretSource::Environment(variable) => format!("environment {variable}"),
        });
        entry
    }

    fn of(name: &str, terms: &Terms) -> Self {
        let revoked = match &terms.state {
            KeyState::Revoked(revocation) => Some(Revoked {
                at: revocation.at,
                reason: revocation.reason.clone(),
                after: revocation.after,
            }),
            _ => None,
        };
        Self {
            name: name.to_owned(),
            owner: terms.owner.clone().unwrap_or_else(|| name.to_owned()),
            state: terms.state.word(),
            fingerprint: None,
            secret: None,
            not_before: terms.not_before,
            not_after: terms.not_after,
            revoked,
            comment: terms.comment.clone(),
        }
    }

    /// How many distinct owners have an active key.
    pub(super) fn signing_owners(keyring: &Keyring) -> usize {
        let active = keyring.keys().iter().filter(|key| key.terms.state == KeyState::Active);
        active.map(TrustedKey::owner).collect::<BTreeSet<_>>().len()
    }

    /// A table for people: one line a key.
    pub(super) fn table(keys: &[Self]) -> String {
        let width = |text: fn(&Self) -> &str, title: &str| {
            let widest = keys.iter().map(|key| text(key).chars().count()).max();
            widest.unwrap_or_default().max(title.len())
        };
        let (name, owner) = (width(|key| &key.name, "NAME"), width(|key| &key.owner, "OWNER"));
        let mut lines = vec![format!(
            "  {:name$}  {:owner$}  {:<11}  {:<20}  KEY",
            "NAME", "OWNER", "STATE", "UNTIL"
        )];
        for key in keys {
            let until = key.not_after.map_or_else(|| "-".to_owned(), |time| time.to_string());
            let which = match (&key.fingerprint, &key.secret) {
                (Some(fingerprint), _) => fingerprint.to_string(),
                (None, secret) => secret.clone().unwrap_or_default(),
            };
            // Names come from a file: they must not lay out the table.
            let [key_name, key_owner] =
                [&key.name, &key.owner].map(|text| crate::voice::visible(text));
            lines.push(format!(
                "  {key_name:name$}  {key_owner:owner$}  {:<11}  {until:<20}  {which}{}",
                key.state,
                key.why()
            ));
        }
        lines.join("\n")
    }

    fn why(&self) -> String {
        match &self.revoked {
            Some(Revoked { reason, after: Some(after), .. }) => {
                format!("  (what was sealed after {after}: {reason})")
            }
            Some(Revoked { reason, .. }) => format!("  ({reason})"),
            None => String::new(),
        }
    }
}
