//! Under which terms a key is trusted: its state, its dates, its revocation.
//!
//! | state | signs | verifies |
//! |---|---|---|
//! | `next` | not yet | from `not_before` on, or at once when there is none |
//! | `active` | yes | within its dates |
//! | `verify-only` | not any more | within its dates |
//! | `revoked` | no | nothing, or only what was sealed before a moment |
//!
//! A `next` key verifies although it does not sign yet: it is handed out ahead of its use, and the
//! day on which a signer begins to use it must not be the day on which every verifier needs a new
//! keyring. Whoever holds a key back from verifiers sets its `not_before`.

use jiff::Timestamp;

use crate::Fingerprint;

/// Under which terms a key is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Where the key stands in its life.
    pub state: KeyState,
    /// Who holds the key, when it is not the key's own name. The seals of one owner count once,
    /// however many keys that owner has: a rotated key must not make one person two.
    pub owner: Option<String>,
    /// The first moment at which seals of this key are accepted.
    pub not_before: Option<Timestamp>,
    /// The last moment at which seals of this key are accepted.
    pub not_after: Option<Timestamp>,
    /// For people to read.
    pub comment: Option<String>,
}

/// Where a key stands in its life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeyState {
    /// Handed out ahead of its use.
    Next,
    /// Signs and verifies.
    #[default]
    Active,
    /// Replaced: what it sealed stays valid until `not_after`.
    VerifyOnly,
    /// Not trusted any more.
    Revoked(Revocation),
}

impl KeyState {
    /// The word for it in a keyring file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::VerifyOnly => "verify-only",
            Self::Revoked(_) => "revoked",
        }
    }
}

/// Why and when a key was revoked.
///
/// Without `after` a revoked key refuses every seal, also older ones: a seal carries no date that
/// a thief of the key could not have chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When it was revoked, for people to read.
    pub at: Timestamp,
    /// The reason, for people to read.
    pub reason: String,
    /// Only what was sealed later than this is refused, by the time that the seal itself covers.
    /// For keys that were retired badly, NOT for stolen ones: a thief can seal with any date.
    pub after: Option<Timestamp>,
}

/// Why a trusted key does not count now. Reads after "the key of ...".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermsError {
    /// The key is revoked.
    #[error("was revoked on {at}: {reason}")]
    Revoked {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// The key is revoked for what was sealed later than a moment.
    #[error("is revoked for seals after {after} ({reason}); this one was made on {sealed_at}")]
    SealedAfter {
        /// The last moment that counts.
        after: Timestamp,
        /// Why.
        reason: String,
        /// The time under the seal.
        sealed_at: Timestamp,
    },
    /// The key is revoked for what was sealed later than a moment, and the seal covers no time.
    #[error("is revoked for seals after {after} ({reason}), and this one says no time")]
    NoTime {
        /// The last moment that counts.
        after: Timestamp,
        /// Why.
        reason: String,
    },
    /// The key is not valid yet.
    #[error("is valid from {not_before}; it is {now}")]
    NotYetValid {
        /// Start of validity.
        not_before: Timestamp,
        /// The time of checking.
        now: Timestamp,
    },
    /// The key is not valid any more.
    #[error("was valid until {not_after}; it is {now}")]
    Expired {
        /// End of validity.
        not_after: Timestamp,
        /// The time of checking.
        now: Timestamp,
    },
}

impl TermsError {
    /// The cause for strangers: what the keyring says of people and dates is not theirs to read.
    pub fn public(&self, key: &Fingerprint) -> String {
        match self {
            Self::Revoked { .. } => format!("the key {key} was revoked"),
            Self::SealedAfter { .. } | Self::NoTime { .. } => {
                format!("the key {key} was revoked before it made this seal")
            }
            Self::NotYetValid { .. } => format!("the key {key} is not valid yet"),
            Self::Expired { .. } => format!("the key {key} is not valid any more"),
        }
    }

    /// Whether the key was revoked, and not only out of its dates.
    pub fn is_revocation(&self) -> bool {
        !matches!(self, Self::NotYetValid { .. } | Self::Expired { .. })
    }
}

impl Terms {
    /// Checks everything that is known before the contents of a seal are: revocation as a whole
    /// and the dates.
    ///
    /// # Errors
    /// [`TermsError`] when the key does not count at `now`.
    pub fn check(&self, now: Timestamp) -> Result<(), TermsError> {
        if let KeyState::Revoked(Revocation { at, reason, after: None }) = &self.state {
            return Err(TermsError::Revoked { at: *at, reason: reason.clone() });
        }
        match (self.not_before, self.not_after) {
            (Some(not_before), _) if now < not_before => {
                Err(TermsError::NotYetValid { not_before, now })
            }
            (_, Some(not_after)) if now > not_after => Err(TermsError::Expired { not_after, now }),
            _ => Ok(()),
        }
    }

    /// Checks the time of sealing, which must lie under the seal itself: `None` when the seal
    /// covers none.
    ///
    /// # Errors
    /// [`TermsError`] when the key is revoked for what was sealed then.
    pub fn check_sealed_at(&self, sealed_at: Option<Timestamp>) -> Result<(), TermsError> {
        let KeyState::Revoked(Revocation { reason, after: Some(after), .. }) = &self.state else {
            return Ok(());
        };
        let (after, reason) = (*after, reason.clone());
        match sealed_at {
            Some(sealed_at) if sealed_at <= after => Ok(()),
            Some(sealed_at) => Err(TermsError::SealedAfter { after, reason, sealed_at }),
            None => Err(TermsError::NoTime { after, reason }),
        }
    }
}
