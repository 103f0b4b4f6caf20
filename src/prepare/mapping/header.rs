//! Headers: the word they normalise to, and how a header differs from data.

/// The letters and digits of a header in lower case: `Phone 1 - Value`, `phone_1_value` and
/// `"Phone1Value"` are the same word. All other characters are dropped: blanks, BOM, quotes,
/// `_ - . : ( ) / *`.
pub(super) fn normalise(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A word and the number at its end: `phone2` is `("phone", Some(2))`. `None` when the number is
/// over 65,535.
pub(super) fn split_number(word: &str) -> Option<(&str, Option<u16>)> {
    let base = word.trim_end_matches(|c: char| c.is_ascii_digit());
    match &word[base.len()..] {
        "" => Some((base, None)),
        digits => Some((base, Some(digits.parse().ok()?))),
    }
}

/// Returns whether a cell of the first line looks like a telephone number and so is not a header:
/// at least six digits, at most three letters (`tel:`, an exponent's `E`) and no `@`.
#[must_use]
pub fn looks_like_number(cell: &str) -> bool {
    let digits = cell.chars().filter(|c| c.is_numeric()).count();
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    digits >= 6 && letters <= 3 && !cell.contains('@')
}

/// A header as it is shown: without BOM, surrounding blanks and quotes.
pub(super) fn shown(header: &str) -> &str {
    header.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_header_normalise_to_one_word() {
        for (header, word) in [
            ("phone_2", "phone2"),
            ("Phone 2", "phone2"),
            (" PHONE-2 ", "phone2"),
            ("\u{feff}\"to\"", "to"),
            ("Phone 1 - Value", "phone1value"),
            ("E-mail Address", "emailaddress"),
            ("TTY/TDD Phone", "ttytddphone"),
            ("waId", "waid"),
            ("Tel.:", "tel"),
            ("\u{a0}Name\u{200b}", "name"),
            ("TÉLÉPHONE", "téléphone"),
            ("***", ""),
        ] {
            assert_eq!(normalise(header), word, "{header}");
        }
    }

    #[test]
    fn a_number_at_the_end_is_split_off() {
        assert_eq!(split_number("phone"), Some(("phone", None)));
        assert_eq!(split_number("phone2"), Some(("phone", Some(2))));
        assert_eq!(split_number("phone65536"), None);
        assert_eq!(split_number("12"), Some(("", Some(12))));
        assert_eq!(split_number("téléphone2"), Some(("téléphone", Some(2))));
    }

    #[test]
    fn a_telephone_number_is_not_a_header() {
        for cell in [
            "254712345678",
            "+254 712 345 678",
            "2.54713E+11",
            "tel:+254712345678",
            "0712-345-678",
            "٢٥٤٧١٢٣٤٥٦٧٨",
        ] {
            assert!(looks_like_number(cell), "{cell}");
        }
        for cell in
            ["Phone 1 - Value", "phone_2", "12345", "", "Amina", "a254712345678@s.whatsapp.net"]
        {
            assert!(!looks_like_number(cell), "{cell}");
        }
    }
}
