//! How a number is written: with a sign that a country code follows, or as bare digits.

use super::normalize::{Prefix, normalize};

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
