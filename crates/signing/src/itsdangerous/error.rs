//! Why a signed text was refused.

use std::io;

use crate::SealErrorKind;

/// Why a signed text was refused. The value is not in it: an unverified value has no way out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsignError {
    /// Nothing that could be a signature.
    #[error("there is no signature: no separator {separator:?} in the last {searched} bytes")]
    NoSeparator {
        /// The separator.
        separator: String,
        /// How many bytes were looked at.
        searched: usize,
    },
    /// What stands behind the last separator is no signature of this hash.
    #[error(
        "expected {expected} characters of base64url without padding behind the last separator, found {found} bytes: \
         {excerpt:?}"
    )]
    Encoding {
        /// Characters of a signature.
        expected: usize,
        /// Bytes behind the last separator.
        found: usize,
        /// Their beginning.
        excerpt: String,
    },
    /// No key made it over this value, with these parameters.
    #[error(
        "the signature does not match: it was made with none of the keys over these bytes ({keys} tried)"
    )]
    Mismatch {
        /// How many keys were tried.
        keys: usize,
    },
    /// Signed correctly, but without a time.
    #[error("the signature holds, but a time was expected in front of it and there is none")]
    NoTime,
    /// Signed correctly, but what stands in the place of the time is none.
    #[error("the signature holds, but {excerpt:?} in front of it is no time")]
    Time {
        /// Its beginning.
        excerpt: String,
    },
    /// Signed correctly, too long ago.
    #[error("the signature is {age} seconds old; at most {age_max} are allowed")]
    TooOld {
        /// Seconds since it was made.
        age: u64,
        /// Seconds that are allowed.
        age_max: u64,
    },
    /// Signed correctly, at a time that has not come yet.
    #[error("the signature was made {seconds} seconds in the future")]
    FromTheFuture {
        /// Seconds until then.
        seconds: u64,
    },
    /// The source failed.
    #[error("the signed bytes cannot be read: {0}")]
    Read(#[source] io::Error),
    /// The sink failed.
    #[error("the value cannot be written: {0}")]
    Write(#[source] io::Error),
}

impl UnsignError {
    /// The family of this cause; none if reading or writing failed.
    pub fn kind(&self) -> Option<SealErrorKind> {
        match self {
            Self::Mismatch { .. } => Some(SealErrorKind::Tampered),
            Self::TooOld { .. } | Self::FromTheFuture { .. } => Some(SealErrorKind::ExpiredKey),
            Self::Read(_) | Self::Write(_) => None,
            _ => Some(SealErrorKind::Malformed),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoSeparator { .. } => {
                "nobody signed this, or with another separator: ask its maker"
            }
            Self::Encoding { .. } => {
                "do not use it: something was appended to the signature or changed in it; if the hash is another one, \
                 name it"
            }
            Self::Mismatch { .. } => {
                "do not use it: the bytes were changed, or keys, salt, derivation or hash are not those of its maker"
            }
            Self::NoTime | Self::Time { .. } => {
                "it was signed without a time: verify it without asking for one, or ask its maker"
            }
            Self::TooOld { .. } => "ask its maker to sign again",
            Self::FromTheFuture { .. } => "check the clocks of this machine and of its maker's",
            Self::Read(_) | Self::Write(_) => "check the file and the disk",
        }
    }
}
