//! Changes of national numbers that lists have not followed.
//!
//! Two are certain and are made; the others are only suggested, because nobody but the owner of the
//! list knows whether the number is an old one or lacks a digit.

use super::number::PhoneNumber;
use super::unicode::Ascii;
use super::validate::validate;
use crate::read::note::NoteKind;

/// Returns the digits as they are dialled now, with the repair: Mexico's mobile numbers without the
/// `1` that they had until 2019, Colombia's without the zero that was dialled before them until
/// 2021, which libphonenumber takes for a part of a carrier's code.
pub(super) fn rewritten(digits: &str) -> Option<(Ascii, NoteKind)> {
    if digits.len() != 13 || !digits.starts_with('5') {
        return None;
    }
    let (code, national, repair) = match digits.split_at_checked(3)? {
        ("521", national) => ("52", national, NoteKind::Rewritten),
        ("570", national) if national.starts_with('3') => ("57", national, NoteKind::TrunkZero),
        _ => return None,
    };
    let now = Ascii::joined(&[code, national]);
    validate(now.as_str()).valid_number().map(|_| (now, repair))
}

/// Returns the number that an old one with its country code has become.
pub(super) fn successor(digits: &str) -> Option<PhoneNumber> {
    let number = match digits.len() {
        // Brazil: a 9 before the mobile numbers of eight digits, by 2016.
        12 if digits.starts_with("55") && matches!(digits.as_bytes()[4], b'6'..=b'9') => {
            Ascii::joined(&[&digits[..4], "9", &digits[4..]])
        }
        // Benin: 01 before all numbers, November 2024.
        11 if digits.starts_with("229") => Ascii::joined(&["229", "01", &digits[3..]]),
        // Côte d'Ivoire: the code of the operator before its mobile numbers, January 2021.
        11 if digits.starts_with("225") => {
            Ascii::joined(&["225", ivorian_operator(&digits[3..])?, &digits[3..]])
        }
        _ => return None,
    };
    validate(number.as_str()).valid_number()
}

/// The code of the operator of an old mobile number: its second digit tells whose it was.
fn ivorian_operator(national: &str) -> Option<&'static str> {
    match national.as_bytes() {
        [b'2' | b'3', ..] => None,
        [_, b'0'..=b'3', ..] => Some("01"),
        [_, b'4'..=b'6', ..] => Some("05"),
        _ => Some("07"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_changes_are_made() {
        let table = [
            ("5213312345670", Some(("523312345670", NoteKind::Rewritten))),
            ("5703204567891", Some(("573204567891", NoteKind::TrunkZero))),
            ("5210012345670", None),
            ("523312345670", None),
            ("5706012345678", None),
            ("5511987654321", None),
            ("", None),
        ];
        for (old, expected) in table {
            let now = rewritten(old);
            let now = now.as_ref().map(|(digits, repair)| (digits.as_str(), *repair));
            assert_eq!(now, expected, "{old}");
        }
    }

    #[test]
    fn old_numbers_have_a_successor() {
        let table = [
            ("552187650001", Some("5521987650001")),
            ("553491234567", Some("5534991234567")),
            ("22966123400", Some("2290166123400")),
            ("22507891200", Some("2250707891200")),
            ("22504891200", Some("2250504891200")),
            ("22541891200", Some("2250141891200")),
            // A fixed line of Brazil has eight digits still.
            ("552133334444", None),
            ("22521891200", None),
            ("254712345678", None),
            ("", None),
        ];
        for (old, expected) in table {
            let number = successor(old).map(|number| number.to_string());
            assert_eq!(number.as_deref(), expected, "{old}");
        }
    }
}
