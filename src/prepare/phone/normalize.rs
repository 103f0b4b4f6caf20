//! From a cell's text to the digits in it: separators, marks and artefacts are removed, and a text
//! without a single number is rejected. Which country the digits belong to is decided in `reading`.

use super::artefacts::{self, Artefact, MIN_NUMBER_DIGITS};
use super::number::PhoneNumber;
use super::problem::ProblemKind;
use super::separators::without_separators;
use super::unicode::{self, Ascii};
use super::validate::Validity;
use super::{chat_address, dates, marks};
use crate::read::note::{NoteKind, NoteSet};

/// What stands in front of the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// `+`: the cell says that a country code follows.
    Plus,
    /// `00` or `000`: dialled in front of a country code.
    DoubleZero,
    /// A country code follows, as something else than a `+` in front says: a `+` at the end or
    /// behind `00`, an address of WhatsApp.
    International,
    /// `(area)`: the first digits stand in brackets.
    Area,
    /// Nothing: bare digits.
    None,
}

/// The digits of a cell, normalised.
#[derive(Clone, Copy)]
pub(super) struct Normalized {
    /// The digits, without `00` in front and without a `(0)` after the country code.
    pub(super) digits: Ascii,
    /// What stands in front of them.
    pub(super) prefix: Prefix,
    /// The number of zeros that were removed in front.
    pub(super) zeros: usize,
    /// The place of a `(0)` that was removed: the length of the country code in front of it.
    pub(super) zero_at: Option<usize>,
    /// True if an extension was removed.
    pub(super) extension: bool,
    /// The blanks, line ends and slashes between the digits, which may stand between two numbers.
    pub(super) gaps: Gaps,
    /// The repairs.
    pub(super) repairs: NoteSet,
    /// The validity of the digits as they are, if it is known already: it costs the most.
    pub(super) validity: Option<Validity>,
}

/// What stands between the digits of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Gaps {
    /// The number of gaps that are blanks only.
    pub(super) blanks: usize,
    /// True if there is a line end.
    pub(super) lines: bool,
    /// True if the last digits stand in brackets, or some behind a hyphen between blanks.
    pub(super) tail: bool,
    /// The number of slashes.
    pub(super) slashes: usize,
}

impl Normalized {
    /// `zero_at` is the place of a `(0)` in `digits`, which may still begin with `00`.
    pub(super) fn new(digits: &str, prefix: Prefix, zero_at: Option<usize>) -> Self {
        let code_first = without_double_zero(digits);
        let removed = digits.len() - code_first.len();
        let mut repairs = NoteSet::default();
        let prefix = match (removed > 0, prefix) {
            (false, prefix) => prefix,
            (true, Prefix::International) => {
                repairs.insert(NoteKind::DoubleZero);
                Prefix::International
            }
            (true, _) => {
                repairs.insert(NoteKind::DoubleZero);
                Prefix::DoubleZero
            }
        };
        Self {
            digits: Ascii::joined(&[code_first]),
            prefix,
            zeros: removed,
            zero_at: zero_at.map(|at| at - removed),
            extension: false,
            gaps: Gaps::default(),
            repairs,
            validity: None,
        }
    }

    /// Returns whether nothing says that a country code follows.
    pub(super) fn is_bare(&self) -> bool {
        matches!(self.prefix, Prefix::None | Prefix::Area)
    }

    /// The digits with a `(0)` kept as a zero, if there was one.
    pub(super) fn with_zero(&self) -> Option<Ascii> {
        let (code, rest) = self.digits.as_str().split_at_checked(self.zero_at?)?;
        Some(Ascii::joined(&[code, "0", rest]))
    }

    /// The digits with the zeros that were removed in front.
    pub(super) fn as_dialled(&self) -> Ascii {
        Ascii::joined(&[&"000"[..self.zeros.min(3)], self.digits.as_str()])
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

/// Finds the digits of a cell that is nothing but digits, with a `+` in front or not. Most cells are.
pub(super) fn plain(text: &str) -> Option<Normalized> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty()
        || digits.len() > PhoneNumber::MAX_DIGITS
        || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let prefix = if digits.len() < text.len() { Prefix::Plus } else { Prefix::None };
    Some(Normalized::new(digits, prefix, None))
}

/// Finds the digits of a cell that begins with `+` and has single blanks or hyphens between its
/// digits: `+254 712 345 678`. Only one of two numbers would begin with `+`, so there is one.
pub(super) fn grouped(text: &str) -> Option<Normalized> {
    let groups = text.strip_prefix('+').filter(|groups| groups.len() < unicode::MAX_CHARACTERS)?;
    let mut digits = Ascii::EMPTY;
    let mut blanks = 0;
    let mut last = b'+';
    for byte in groups.bytes() {
        match byte {
            b'0'..=b'9' => digits.push(byte),
            b' ' | b'-' if last.is_ascii_digit() => blanks += usize::from(byte == b' '),
            _ => return None,
        }
        last = byte;
    }
    if !last.is_ascii_digit() {
        return None;
    }
    let normalized = Normalized::new(digits.as_str(), Prefix::Plus, None);
    Some(Normalized { gaps: Gaps { blanks, ..Gaps::default() }, ..normalized })
}

fn normalize_marked(text: &str) -> Result<Normalized, ProblemKind> {
    if let Some(digits) = chat_address::digits(text) {
        let digits = digits.get(..unicode::MAX_CHARACTERS).unwrap_or(digits);
        return Ok(Normalized::new(digits, Prefix::International, None));
    }
    let ascii = unicode::to_ascii(text).ok_or(ProblemKind::TooLong)?;
    let unmarked = marks::remove(ascii.as_str());
    if dates::is_date(unmarked.number) {
        return Err(ProblemKind::Date);
    }
    let number = artefacts::without_decimals(unmarked.number);
    if dates::has_fraction(number) {
        return Err(ProblemKind::Fraction);
    }
    if is_negative(number) {
        return Err(ProblemKind::Negative);
    }
    let mut normalized = match without_separators(number) {
        Err(ProblemKind::Sign) => without_artefact(number)?,
        normalized => normalized?,
    };
    if unmarked.quoted || number.len() < unmarked.number.len() {
        normalized.repairs.insert(NoteKind::Spreadsheet);
    }
    Ok(normalized)
}

/// Returns whether it is a number below zero as a spreadsheet writes it: a hyphen directly before
/// digits of which none is a leading zero. Where other signs stand the hyphen is one of them.
fn is_negative(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or_default();
    digits.len() >= MIN_NUMBER_DIGITS
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_artefact(text: &str) -> Result<Normalized, ProblemKind> {
    match artefacts::remove(text)? {
        Artefact::Spreadsheet(digits) => {
            let mut normalized = without_separators(digits.as_str())?;
            normalized.repairs.insert(NoteKind::Spreadsheet);
            if normalized.prefix == Prefix::Plus {
                normalized.prefix = Prefix::International;
            }
            Ok(normalized)
        }
        Artefact::Extension(number) => without_separators(number)
            .map(|normalized| Normalized { extension: true, ..normalized })
            .map_err(|_| ProblemKind::NotPossible),
    }
}

/// Removes `00` or `000`. More zeros are no prefix and stay.
pub(super) fn without_double_zero(digits: &str) -> &str {
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
            ("00+254712345678", Prefix::International, "254712345678"),
            ("254712345678+", Prefix::International, "254712345678"),
            ("254 712 345 678 +", Prefix::International, "254712345678"),
            ("wa.me/254712345678", Prefix::International, "254712345678"),
            ("+6.2811223344556E+13", Prefix::International, "62811223344556"),
            ("(254) 712345678", Prefix::Area, "254712345678"),
            ("(011) 4321-5678", Prefix::Area, "01143215678"),
            ("(254712345678)", Prefix::None, "254712345678"),
            ("0000254712345678", Prefix::None, "0000254712345678"),
            ("0712 345 678", Prefix::None, "0712345678"),
            ("(0)712 345 678", Prefix::Area, "0712345678"),
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
            ("MOB:+254712345678", Letters),
            ("+254712345678 / +254712345679", Several),
            ("0712345678/0722345678", Several),
            ("+254712345678\n+254712345679", Several),
            ("254712345678\r\n254712345679", Several),
            ("0712345678; 0722345678", Several),
            ("2.54713E+11", Exponent),
            ("+254712345678*", Sign),
            ("*121#", Sign),
            ("+254712\u{0}345678", Sign),
            ("12+254712", Sign),
            ("2026-03-09", Date),
            ("46123.375", Fraction),
            ("-254712345678", Negative),
            ("-254712345678.0", Negative),
            ("+254712345678, +254712345679, +25471234567", TooLong),
        ];
        for (text, problem) in table {
            assert_eq!(normalized(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn a_slash_can_stand_in_a_number() {
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
