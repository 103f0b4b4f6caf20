//! How a number is written: with a sign that a country code follows, or as bare digits.

use super::normalize::{Prefix, normalize};
use super::region::Region;
use super::validate;

/// The fewest digits of a bare number that carries its country code for certain: no national
/// mobile number is as long where its digits are another country's number.
pub const CARRIES_CODE: usize = 12;

/// The fewest digits of a number that may be a national one.
const NATIONAL_DIGITS: usize = 7;

/// The smallest calling code with three digits. Many national numbers begin with the digits of a
/// shorter one.
const LONG_CODE: u16 = 100;

/// Returns whether a cell says that its number begins with a country code: by `+` or `00`.
#[must_use]
pub fn is_international(text: &str) -> bool {
    match text.as_bytes() {
        [b'+', ..] => true,
        // The usual cell, without normalising it.
        bytes if bytes.iter().all(u8::is_ascii_digit) => bytes.starts_with(b"00"),
        _ => normalize(text).is_ok_and(|normalized| !is_national(normalized.prefix)),
    }
}

/// Returns whether a cell holds one number without such a sign.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    normalize(text).is_ok_and(|normalized| is_national(normalized.prefix))
}

/// Returns whether a text has the digits of a national number. `0` and `0000000000` stand for none.
#[must_use]
pub fn may_be_national(text: &str) -> bool {
    let mut digits: Vec<char> = text.chars().filter(|c| c.is_numeric()).collect();
    let is_long = digits.len() >= NATIONAL_DIGITS;
    digits.sort_unstable();
    digits.dedup();
    is_long && digits.len() > 2
}

/// Returns whether a bare number begins with the region's calling code and is no national number of
/// another country: it is too long, or has too few or too many digits behind the code for a number
/// that is read as one of the region.
#[must_use]
pub fn carries_code_of(text: &str, region: Region) -> bool {
    normalize(text).is_ok_and(|normalized| {
        let digits = normalized.digits.as_str();
        region.calling_code() >= LONG_CODE
            && region.has_code_of(digits)
            && (digits.len() >= CARRIES_CODE || !validate::has_mobile_length(digits))
    })
}

fn is_national(prefix: Prefix) -> bool {
    matches!(prefix, Prefix::None | Prefix::Area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_or_two_zeros_say_that_a_country_code_follows() {
        for text in ["+254712345678", "00254712345678", " ＋254 712 345678", "'+254712345678"] {
            assert!(is_international(text) && !is_bare(text), "{text}");
        }
        for text in ["254712345678", "0712 345 678", "=\"0712345678\"", "(0712) 345678"] {
            assert!(is_bare(text) && !is_international(text), "{text}");
        }
        assert!(!is_bare("phone") && !is_international("phone"));
    }
}
