//! From a cell's text to the digits in it: separators, marks and artefacts are removed, and a text
//! without a single number is rejected. Which country the digits belong to is decided in `reading`.

use super::artefacts::{self, Artefact, MIN_NUMBER_DIGITS};
use super::number::PhoneNumber;
use super::problem::ProblemKind;
use super::unicode::{self, Ascii};
use super::validate;
use crate::read::note::{NoteKind, NoteSet};

/// At most this many digits after the only `/` or line end, with a whole number before it, are the
/// last digits of a second number (`0171 1234567/8`).
const MAX_SHORTENED_DIGITS: usize = 3;

/// The sign in front of the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// `+`: the cell says that a country code follows.
    Plus,
    /// `00` or `000`: dialled in front of a country code.
    DoubleZero,
    /// Nothing: bare digits.
    None,
}

/// The digits of a cell, normalised.
#[derive(Clone, Copy)]
pub(super) struct Normalized {
    /// The digits, without `00` in front and without a `(0)` after the country code.
    pub(super) digits: Ascii,
    /// The sign in front of them.
    pub(super) prefix: Prefix,
    /// The place of a `(0)` that was removed: the length of the country code in front of it.
    pub(super) zero_at: Option<usize>,
    /// True if an extension was removed.
    pub(super) extension: bool,
    /// The repairs.
    pub(super) repairs: NoteSet,
}

impl Normalized {
    /// `zero_at` is the place of a `(0)` in `digits`, which may still begin with `00`.
    fn new(digits: &str, plus: bool, zero_at: Option<usize>) -> Self {
        let code_first = without_double_zero(digits);
        let removed = digits.len() - code_first.len();
        let mut repairs = NoteSet::default();
        let prefix = match (removed > 0, plus) {
            (true, _) => {
                repairs.insert(NoteKind::DoubleZero);
                Prefix::DoubleZero
            }
            (false, true) => Prefix::Plus,
            (false, false) => Prefix::None,
        };
        Self {
            digits: Ascii::joined(&[code_first]),
            prefix,
            zero_at: zero_at.map(|at| at - removed),
            extension: false,
            repairs,
        }
    }

    /// The digits with a `(0)` kept as a zero, if there was one.
    pub(super) fn with_zero(&self) -> Option<Ascii> {
        let (code, rest) = self.digits.as_str().split_at_checked(self.zero_at?)?;
        Some(Ascii::joined(&[code, "0", rest]))
    }
}

/// Finds the digits of the number in a cell.
///
/// # Errors
/// The kind of problem when the cell does not hold exactly one number.
pub(super) fn normalize(text: &str) -> Result<Normalized, ProblemKind> {
    match plain(text) {
        Some(normalized) => Ok(normalized),
        None => normalize_marked(text),
    }
}

/// The fast path: most cells are nothing but digits, with a `+` in front or not.
fn plain(text: &str) -> Option<Normalized> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty()
        || digits.len() > PhoneNumber::MAX_DIGITS
        || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    Some(Normalized::new(digits, digits.len() < text.len(), None))
}

fn normalize_marked(text: &str) -> Result<Normalized, ProblemKind> {
    let ascii = unicode::to_ascii(text).ok_or(ProblemKind::TooLong)?;
    let marked = without_last_separator(ascii.as_str().trim());
    let number = artefacts::without_decimals(without_marks(marked));
    let mut normalized = match without_separators(number) {
        Err(ProblemKind::NotPossible) => without_artefact(number)?,
        normalized => normalized?,
    };
    if number.len() < marked.len() && !marked.starts_with("tel:") {
        normalized.repairs.insert(NoteKind::Spreadsheet);
    }
    Ok(normalized)
}

/// Removes one comma or semicolon at the end, which a list of numbers leaves after its only one.
fn without_last_separator(text: &str) -> &str {
    text.strip_suffix([',', ';']).map_or(text, str::trim_end)
}

/// Removes what spreadsheets and their users put around a number, and `tel:` (RFC 3966).
fn without_marks(text: &str) -> &str {
    let mark = |c: char| c.is_ascii_whitespace() || matches!(c, '\'' | '`' | '"' | '=');
    let text = text.trim_start_matches(mark);
    let text = text.strip_prefix("tel:").unwrap_or(text);
    text.trim_start().trim_end_matches(|c: char| c.is_ascii_whitespace() || c == '"')
}

fn without_artefact(text: &str) -> Result<Normalized, ProblemKind> {
    match artefacts::remove(text)? {
        Artefact::Spreadsheet(digits) => {
            let mut normalized = without_separators(digits.as_str())?;
            normalized.repairs.insert(NoteKind::Spreadsheet);
            Ok(normalized)
        }
        Artefact::Extension(number) => without_separators(number)
            .map(|normalized| Normalized { extension: true, ..normalized })
            .map_err(|_| ProblemKind::NotPossible),
    }
}

/// Normalises a text of digits and separators only; anything else in it is an error.
fn without_separators(text: &str) -> Result<Normalized, ProblemKind> {
    let mut digits = Ascii::EMPTY;
    let (mut plus, mut zero_at, mut first_run, mut breaks) = (false, None, None, 0);
    let mut rest = text.bytes().enumerate();
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'0'..=b'9' => digits.push(byte),
            b'+' if digits.len() == 0 => plus = true,
            b'(' if zero_at.is_none()
                && text[at..].starts_with("(0)")
                && is_country_code(plus, digits.as_str()) =>
            {
                zero_at = Some(digits.len());
                // Passes over `0)`.
                rest.nth(1);
            }
            b'/' | b'\n' => {
                breaks += 1;
                let whole = Some(digits.len()).filter(|&len| len >= MIN_NUMBER_DIGITS);
                first_run = first_run.or(whole);
            }
            b' ' | b'-' | b'.' | b'(' | b')' => {}
            _ => return Err(ProblemKind::NotPossible),
        }
    }
    if digits.len() == 0 {
        return Err(ProblemKind::Missing);
    }
    let after = first_run.map_or(0, |first| digits.len() - first);
    if after >= MIN_NUMBER_DIGITS || (breaks == 1 && (1..=MAX_SHORTENED_DIGITS).contains(&after)) {
        return Err(ProblemKind::Several);
    }
    Ok(Normalized::new(digits.as_str(), plus, zero_at))
}

/// Returns whether the digits before a `(0)` are a country code, so that it is a trunk zero.
fn is_country_code(plus: bool, digits: &str) -> bool {
    let code = without_double_zero(digits);
    (plus || code.len() < digits.len() || !digits.starts_with('0'))
        && validate::is_calling_code(code)
}

/// Removes `00` or `000`. More zeros are no prefix and stay.
fn without_double_zero(digits: &str) -> &str {
    let rest = digits.trim_start_matches('0');
    match digits.len() - rest.len() {
        2 | 3 => rest,
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(text: &str) -> Result<(Prefix, String), ProblemKind> {
        normalize(text).map(|number| (number.prefix, number.digits.as_str().to_owned()))
    }

    #[test]
    fn separators_and_marks_are_removed() {
        for text in [
            "+254712345678",
            " + 254 712-345.678 ",
            "(+254) 712/345678",
            "+-254712345678",
            "++254712345678",
            "＋２５４ ７１２ ３４５ ６７８",
            "+٢٥٤٧١٢٣٤٥٦٧٨",
            "\u{202A}+254\u{A0}712\u{200B}345\u{202F}678\u{202C}",
            "tel:+254-712-345-678",
            "'+254712345678",
            "`+254712345678\"",
            "=\"+254712345678\"",
            "’+254712345678",
            "+254712345678.0",
            "+254 (0)712345678",
            "+254712345678;",
            "+254712345678 ,",
            "+254712345678\u{FE0F}",
        ] {
            assert_eq!(normalized(text), Ok((Prefix::Plus, "254712345678".into())), "{text:?}");
        }
    }

    #[test]
    fn the_fast_path_gives_the_same_result() {
        for text in [
            "254712345678",
            "+254712345678",
            "0712345678",
            "00254712345678",
            "+00254712345678",
            "0000",
            "+1",
        ] {
            let (short, long) = (plain(text).unwrap(), normalize_marked(text).ok().unwrap());
            assert_eq!((short.prefix, short.digits.as_str()), (long.prefix, long.digits.as_str()));
            assert_eq!((short.repairs, short.zero_at), (long.repairs, long.zero_at));
        }
        for text in ["", "+", "++1", "25 4", "254+", "1234567890123456"] {
            assert!(plain(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_prefix_of_the_digits_is_kept() {
        let table = [
            ("00254712345678", Prefix::DoubleZero, "254712345678"),
            ("000254712345678", Prefix::DoubleZero, "254712345678"),
            ("+00254712345678", Prefix::DoubleZero, "254712345678"),
            ("0000254712345678", Prefix::None, "0000254712345678"),
            ("0712 345 678", Prefix::None, "0712345678"),
            ("(0)712 345 678", Prefix::None, "0712345678"),
            ("254712345678", Prefix::None, "254712345678"),
            ("254 (0)712 345 678", Prefix::None, "254712345678"),
            ("0044 (0)7911 123456", Prefix::DoubleZero, "447911123456"),
            ("+44 20 (0)7911 123", Prefix::Plus, "442007911123"),
            ("2.54712345678E+11", Prefix::None, "254712345678"),
        ];
        for (text, prefix, digits) in table {
            assert_eq!(normalized(text), Ok((prefix, digits.into())), "{text}");
        }
    }

    #[test]
    fn a_zero_in_brackets_can_be_kept() {
        let with_zero =
            |text| normalize(text).unwrap().with_zero().map(|digits| digits.as_str().to_owned());
        assert_eq!(with_zero("+39 (0)6 1234567").as_deref(), Some("39061234567"));
        assert_eq!(with_zero("0039(0)6 1234567").as_deref(), Some("39061234567"));
        assert_eq!(with_zero("+39 06 1234567"), None);
    }

    #[test]
    fn a_cell_without_a_single_number_is_rejected() {
        use ProblemKind::*;
        let table = [
            ("", Missing),
            (" \u{FEFF} ", Missing),
            ("=\"\"", Missing),
            ("-", Missing),
            ("1-800-FLOWERS", Letters),
            ("n/a", Letters),
            ("TEL:+254712345678", Letters),
            ("+254712345678 / +254712345679", Several),
            ("0712345678/0722345678", Several),
            ("+254712345678\n+254712345679", Several),
            ("254712345678\r\n254712345679", Several),
            ("0712345678; 0722345678", Several),
            ("2.54713E+11", Exponent),
            ("+254712345678*", NotPossible),
            ("*121#", NotPossible),
            ("+254712\u{0}345678", NotPossible),
            ("12+254712", NotPossible),
            ("+254712345678, +254712345679, +25471234567", TooLong),
        ];
        for (text, problem) in table {
            assert_eq!(normalized(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn the_last_digits_of_a_second_number_are_not_joined_to_the_first() {
        for text in [
            "+254 712 345 678 / 9",
            "0171 1234567/8",
            "030 123456/7",
            "030 123456/789",
            "+254 712 345 678\n9",
        ] {
            assert_eq!(normalized(text), Err(ProblemKind::Several), "{text:?}");
        }
        for (text, prefix, digits) in [
            ("0171/1234567", Prefix::None, "01711234567"),
            ("+49 34321/123456", Prefix::Plus, "4934321123456"),
            ("030/12/34/567", Prefix::None, "0301234567"),
            ("+254/712/345/678", Prefix::Plus, "254712345678"),
        ] {
            assert_eq!(normalized(text), Ok((prefix, digits.into())), "{text:?}");
        }
    }

    #[test]
    fn a_spreadsheets_marks_are_a_repair_and_separators_are_not() {
        let spreadsheet = |text| normalize(text).unwrap().repairs.contains(NoteKind::Spreadsheet);
        for damaged in ["'0712345678", "=\"0712345678\"", "254712345678.0", "2.54712345678E+11"] {
            assert!(spreadsheet(damaged), "{damaged}");
        }
        for whole in
            [" +254 712 345 678\n", "tel:+254712345678", "(0712) 345-678", "+254712345678 x5"]
        {
            assert!(!spreadsheet(whole), "{whole}");
        }
    }
}
