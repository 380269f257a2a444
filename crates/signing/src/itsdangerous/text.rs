//! base64url without padding (RFC 4648 section 5), read strictly or as Python reads it.

use base64ct::{Base64UrlUnpadded, Encoding as _};

pub(super) fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Characters of `bytes` bytes.
pub(super) fn encoded_chars(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Seconds as the shortest big-endian number; 0 is the empty text.
pub(super) fn encode_seconds(seconds: u64) -> String {
    let zeros = seconds.leading_zeros() as usize / 8;
    encode(&seconds.to_be_bytes()[zeros..])
}

/// Seconds from the bytes of a time, at most 8.
pub(super) fn seconds(bytes: &[u8]) -> Option<u64> {
    let mut padded = [0; 8];
    let start = padded.len().checked_sub(bytes.len())?;
    padded[start..].copy_from_slice(bytes);
    Some(u64::from_be_bytes(padded))
}

/// The alphabet and nothing else, no padding, spare bits zero: one value has one text.
pub(super) fn decode_strict(text: &[u8]) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(std::str::from_utf8(text).ok()?).ok()
}

/// What `itsdangerous.encoding.base64_decode` makes of a text.
///
/// It pads with `=` to a multiple of 4 bytes, whatever they are, and calls `binascii.a2b_base64`
/// without its strict mode: bytes outside the alphabet are skipped, `+` and `/` stand for `-` and
/// `_`, spare bits are ignored, and nothing is read behind padding that completes a group.
pub(super) fn decode_as_python(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.len().wrapping_neg() % 4;
    let (mut bytes, mut group, mut group_chars, mut pads) = (Vec::new(), 0_u32, 0, 0);
    for character in text.iter().copied().chain(std::iter::repeat_n(b'=', padding)) {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' if group_chars >= 2 => {
                pads += 1;
                if group_chars + pads >= 4 {
                    return Some(bytes);
                }
                continue;
            }
            _ => continue,
        };
        pads = 0;
        group = (group << 6 | u32::from(value)) & 0xFFF;
        group_chars = (group_chars + 1) % 4;
        match group_chars {
            2 => bytes.push((group >> 4) as u8),
            3 => bytes.push((group >> 2) as u8),
            0 => bytes.push(group as u8),
            _ => {}
        }
    }
    (group_chars == 0).then_some(bytes)
}
