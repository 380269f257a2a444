//! Verification in one pass: every key's HMAC state sees the bytes once, the end is held back.

use std::io::{self, Read, Write};

use super::{CHUNK_BYTES, Signer, UnsignError, mac, text};
use crate::error::excerpt;

/// How far in front of its end a separator is looked for: time and signature need at most 99 bytes
/// and two separators. Python has no bound, and accepts any amount of junk in a signature. Keeps
/// memory constant.
pub const TAIL_BYTES_MAX: usize = 64 << 10;

/// How texts are read. The default is strict and takes no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Which spellings of a signature count.
    pub strictness: Strictness,
    /// Whether a time is expected, and which ones are good. Without it a time that stands there is
    /// a part of the value, as in `Signer`.
    pub time: Option<TimeCheck>,
}

/// Which spellings of a signature count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// The one that is written: one value, key and time have one signed text.
    #[default]
    Strict,
    /// Whatever Python decodes to the same bytes: junk, padding, `+` and `/`, spare bits. The value
    /// is authentic all the same, but many texts carry it.
    AsPython,
}

/// Which times are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeCheck {
    /// Seconds since 1970.
    pub now: u64,
    /// Seconds that may have passed; this many are still good. `None` takes any time, also one in
    /// the future, as Python does.
    pub age_max: Option<u64>,
}

/// What is known of a value that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsigned {
    key_number: usize,
    seconds: Option<u64>,
}

impl Unsigned {
    /// Which key made the signature: counted from 1, the oldest.
    pub fn key_number(&self) -> usize {
        self.key_number
    }

    /// When it was signed, in seconds since 1970, if a time was asked for.
    pub fn seconds(&self) -> Option<u64> {
        self.seconds
    }
}

impl Signer {
    /// Verifies `signed` and returns its value.
    ///
    /// # Errors
    /// [`UnsignError`] with the first fault.
    pub fn unsign(
        &self,
        signed: &[u8],
        reading: &Reading,
    ) -> Result<(Vec<u8>, Unsigned), UnsignError> {
        let mut value = Vec::new();
        let unsigned = self.unsign_stream(&mut &*signed, &mut value, reading)?;
        Ok((value, unsigned))
    }

    /// Verifies what `source` gives while its value is copied into `sink`, in constant memory and
    /// one pass: what is in the sink is what was verified, whatever happens to the source
    /// meanwhile.
    ///
    /// The sink receives bytes BEFORE they are verified. They may be looked at only after this has
    /// returned `Ok`: give a temporary file that becomes the real one then, or [`io::sink`].
    ///
    /// # Errors
    /// [`UnsignError`] with the first fault; what the sink has received is then worthless.
    pub fn unsign_stream(
        &self,
        source: &mut dyn Read,
        sink: &mut dyn Write,
        reading: &Reading,
    ) -> Result<Unsigned, UnsignError> {
        let separator = self.settings.separator.as_bytes();
        let mut macs: Vec<_> = self.keys.iter().map(|key| self.settings.hash.mac(key)).collect();
        let tail = feed_all_but_tail(source, sink, &mut macs)?;

        let (signed, signature) =
            split_last(&tail, separator).ok_or_else(|| UnsignError::NoSeparator {
                separator: String::from_utf8_lossy(separator).into_owned(),
                searched: tail.len(),
            })?;
        let tag = self.decode_signature(signature, reading.strictness)?;
        // Newest first: that is the likeliest one.
        let key = macs.into_iter().enumerate().rev().find_map(|(position, mut mac)| {
            mac.update(signed);
            mac.verify(&tag).then_some(position)
        });
        let key = key.ok_or(UnsignError::Mismatch { keys: self.keys.len() })?;

        let (value, seconds) = match &reading.time {
            None => (signed, None),
            Some(check) => {
                let (value, time) = split_last(signed, separator).ok_or(UnsignError::NoTime)?;
                (value, Some(check.accept(time, reading.strictness)?))
            }
        };
        sink.write_all(value).and_then(|()| sink.flush()).map_err(UnsignError::Write)?;
        Ok(Unsigned { key_number: key + 1, seconds })
    }

    fn decode_signature(
        &self,
        signature: &[u8],
        strictness: Strictness,
    ) -> Result<Vec<u8>, UnsignError> {
        let bytes = self.settings.hash.bytes();
        let tag = match strictness {
            Strictness::Strict => text::decode_strict(signature),
            Strictness::AsPython => text::decode_as_python(signature),
        };
        tag.filter(|tag| tag.len() == bytes).ok_or_else(|| UnsignError::Encoding {
            expected: text::encoded_chars(bytes),
            found: signature.len(),
            excerpt: excerpt(&String::from_utf8_lossy(signature)),
        })
    }
}

impl TimeCheck {
    /// The seconds, if they are good.
    fn accept(&self, time: &[u8], strictness: Strictness) -> Result<u64, UnsignError> {
        let seconds = match strictness {
            Strictness::Strict => text::decode_strict(time)
                .and_then(|bytes| text::seconds(&bytes))
                .filter(|seconds| text::encode_seconds(*seconds).as_bytes() == time),
            Strictness::AsPython => {
                text::decode_as_python(time).and_then(|bytes| text::seconds(&bytes))
            }
        };
        let seconds = seconds.ok_or_else(|| UnsignError::Time {
            excerpt: excerpt(&String::from_utf8_lossy(time)),
        })?;
        match (self.age_max, self.now.checked_sub(seconds)) {
            (Some(_), None) => Err(UnsignError::FromTheFuture { seconds: seconds - self.now }),
            (Some(age_max), Some(age)) if age > age_max => {
                Err(UnsignError::TooOld { age, age_max })
            }
            _ => Ok(seconds),
        }
    }
}

/// Gives all bytes of `source` but the last [`TAIL_BYTES_MAX`] to the sink and to every MAC;
/// returns the others.
fn feed_all_but_tail(
    source: &mut dyn Read,
    sink: &mut dyn Write,
    macs: &mut [Box<dyn mac::Mac>],
) -> Result<Vec<u8>, UnsignError> {
    let mut held = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = match source.read(&mut chunk) {
            Ok(0) => return Ok(held),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(UnsignError::Read(error)),
        };
        held.extend_from_slice(&chunk[..count]);
        let certain = held.len().saturating_sub(TAIL_BYTES_MAX);
        for mac in macs.iter_mut() {
            mac.update(&held[..certain]);
        }
        sink.write_all(&held[..certain]).map_err(UnsignError::Write)?;
        held.drain(..certain);
    }
}

/// What stands in front of the last separator, and what behind it.
fn split_last<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(separator.len()).rposition(|window| window == separator)?;
    Some((&bytes[..at], &bytes[at + separator.len()..]))
}
