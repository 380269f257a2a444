//! What releases before Model Signing 1.0 wrote: read behind
//! [`OldFormats`](crate::OldFormats), never written.

use std::fmt::Write as _;

use crate::error::excerpt;
use crate::json::{Members, Value};
use crate::key::SignatureCheck;
use crate::seal::bundle::{PAYLOAD_TYPE, pae};
use crate::{Digest, Limits, OldFormats, PublicKey, SealError};

/// The predicate of 0.2: the files are the subjects.
pub(super) const PREDICATE_TYPE: &str = "https://model_signing/Digests/v0.1";

/// Checks a signature of `payload`: as the specification says, and as 0.2 did where that is
/// accepted. Says whether it took the second.
pub(super) fn check(
    key: &PublicKey,
    payload: &[u8],
    signature: &[u8],
    limits: &Limits,
) -> (SignatureCheck, bool) {
    match (key.check(&pae(payload), signature), limits.old_formats) {
        (SignatureCheck::Invalid, OldFormats::AcceptModelSigning0_2) => {
            // SHA-256 on every curve.
            let hash = Digest::of(&old_pae(payload));
            (key.check_hashed(hash.as_bytes(), signature), true)
        }
        (verdict, _) => (verdict, false),
    }
}

/// What 0.2 signed: another word at the start, and the payload as Python prints bytes.
fn old_pae(payload: &[u8]) -> Vec<u8> {
    // Python quotes with ' unless that stands in the bytes and " does not.
    let quote = if payload.contains(&b'\'') && !payload.contains(&b'"') { '"' } else { '\'' };
    let mut text =
        format!("DSSEV1 {} {PAYLOAD_TYPE} {} b{quote}", PAYLOAD_TYPE.len(), payload.len());
    for byte in payload {
        match *byte {
            b'\\' => text += "\\\\",
            b'\t' => text += "\\t",
            b'\n' => text += "\\n",
            b'\r' => text += "\\r",
            byte if char::from(byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            0x20..=0x7E => text.push(char::from(*byte)),
            byte => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push(quote);
    text.into_bytes()
}

/// The files of a statement of 0.2: names and digests, always SHA-256 of whole files.
pub(super) fn read_subjects(
    subjects: Vec<Value>,
    top: Members,
    ignored: &mut impl FnMut(String),
) -> Result<Vec<(String, Digest)>, SealError> {
    top.ignore_rest().for_each(&mut *ignored);
    let mut files = Vec::with_capacity(subjects.len());
    for subject in subjects {
        let mut subject = subject.object()?;
        let name = subject.take("name")?.text()?;
        let mut digests = subject.take("digest")?.object()?;
        let digest = digests.take("sha256")?;
        let at = digest.at.clone();
        let digest = digest
            .text()?
            .parse()
            .map_err(|problem| SealError::DigestText { at: excerpt(&at), problem })?;
        digests.ignore_rest().chain(subject.ignore_rest()).for_each(&mut *ignored);
        files.push((name, digest));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::old_pae;

    /// What `repr` of Python 3 gives.
    #[test]
    fn bytes_as_python_prints_them() {
        let repr = |bytes: &[u8]| {
            let text = String::from_utf8(old_pae(bytes)).unwrap_or_default();
            text.splitn(5, ' ').nth(4).unwrap_or_default().to_owned()
        };
        assert_eq!(repr(b"{}"), "b'{}'");
        assert_eq!(repr(b"a\\b\t\n\r\0\x7f\xff~ "), r"b'a\\b\t\n\r\x00\x7f\xff~ '");
        assert_eq!(repr(b"it's"), "b\"it's\"");
        assert_eq!(repr(b"it's \"so\""), "b'it\\'s \"so\"'");
    }
}
