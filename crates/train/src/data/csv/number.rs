//! What the text of one cell means.

/// The meaning of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    /// No value.
    Missing,
    /// A finite number.
    Number(f64),
    /// A number beyond all bounds: `inf`, or more than a double can hold.
    Infinite,
    /// Anything else.
    Text,
}

/// Spellings of a missing value besides the empty cell; case does not count.
const MISSING: [&[u8]; 5] = [b"na", b"n/a", b"nan", b"null", b"none"];

/// Powers of ten that a double holds exactly.
const EXACT_POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

impl Cell {
    /// Reads a cell. Bytes that are not UTF-8 are [`Cell::Text`].
    pub(super) fn read(bytes: &[u8]) -> Self {
        if let Some(number) = short_decimal(bytes) {
            return Self::Number(number);
        }
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() || MISSING.iter().any(|word| bytes.eq_ignore_ascii_case(word)) {
            return Self::Missing;
        }
        match str::from_utf8(bytes).ok().and_then(|text| text.parse::<f64>().ok()) {
            // "+nan" and the like, which no list above knows.
            Some(number) if number.is_nan() => Self::Text,
            Some(number) if number.is_infinite() => Self::Infinite,
            Some(number) => Self::Number(number),
            None => Self::Text,
        }
    }
}

/// `digits` or `digits.digits` with at most 15 digits and perhaps a minus sign, which is what
/// nearly all cells look like.
///
/// Both the digits as a whole number and the power of ten are exact doubles, so their
/// quotient is the double nearest to the decimal: the same result as the general parser's.
fn short_decimal(bytes: &[u8]) -> Option<f64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut whole = 0u64;
    let mut point = None;
    for (position, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(position),
            _ => return None,
        }
    }
    let digit_count = digits.len() - usize::from(point.is_some());
    if digit_count == 0 || digit_count > 15 {
        return None;
    }
    let decimals = point.map_or(0, |point| digits.len() - 1 - point);
    let number = whole as f64 / EXACT_POWERS[decimals];
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read() {
        for missing in ["", "  ", "NA", "n/a", " NaN", "NULL", "none"] {
            assert_eq!(Cell::read(missing.as_bytes()), Cell::Missing, "{missing:?}");
        }
        let numbers = [
            ("1.0", 1.0),
            ("-0.5", -0.5),
            (" 12 ", 12.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("+1e3", 1000.0),
            ("123456789.012345", 123_456_789.012_345),
            ("1234567890123456789", 1.234_567_890_123_456_8e18),
            ("0.1", 0.1),
        ];
        for (text, number) in numbers {
            assert_eq!(Cell::read(text.as_bytes()), Cell::Number(number), "{text:?}");
        }
        for infinite in ["inf", "-Infinity", "1e999"] {
            assert_eq!(Cell::read(infinite.as_bytes()), Cell::Infinite, "{infinite:?}");
        }
        for text in ["yes", "1,5", "-", ".", "1.2.3", "0x10", "+nan", "nones", "1_000"] {
            assert_eq!(Cell::read(text.as_bytes()), Cell::Text, "{text:?}");
        }
        assert_eq!(Cell::read(b"\xff"), Cell::Text);
    }

    #[test]
    fn the_short_way_equals_the_long_one() {
        let mut random = crate::random::Mt19937::new(1);
        for _ in 0..20_000 {
            let whole = random.up_to(999_999_999_999_999) >> random.up_to(45);
            let text = format!("{whole}");
            let point = random.up_to(text.len() as u64) as usize;
            let text = format!("-{}.{}", &text[..point], &text[point..]);
            let expected: f64 = text.parse().unwrap();
            assert_eq!(short_decimal(text.as_bytes()), Some(expected), "{text}");
        }
    }
}
