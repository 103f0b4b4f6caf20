//! From a cell's text to the digits written in it: separators and marks go, damage is undone, and
//! what holds no one number is refused. Whose digits they are is `read`'s question.

use super::artefacts;
use super::number::PhoneNumber;
use super::problem::ProblemKind;
use super::unicode::{self, Ascii};
use super::validate;
use crate::read::note::{NoteKind, NoteSet};

/// Two runs of at least this many digits on both sides of a `/` or a line end are two numbers; a
/// shorter one may be an area code.
pub(super) const FEWEST_DIGITS: usize = 7;

/// So few digits behind the only `/` or line end, and a whole number before it, are no part of that
/// number: they are the last digits of a second one (`0171 1234567/8`).
const MOST_SHORTENED: usize = 3;

/// What the digits have in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `+`: the writer says that a country code follows.
    Plus,
    /// `00` or `000`: dialled in front of a country code.
    DoubleZero,
    /// Nothing.
    Bare,
}

/// The digits of a cell, as they were written.
#[derive(Clone, Copy)]
pub(super) struct Written {
    /// The digits, without `00` in front and without a `(0)` behind the country code.
    pub(super) digits: Ascii,
    /// What stood in front of them.
    pub(super) form: Form,
    /// The length of the country code that a `(0)` followed.
    pub(super) zero_after: Option<usize>,
    /// Whether an extension stood behind them.
    pub(super) extension: bool,
    /// What was mended.
    pub(super) repairs: NoteSet,
}

impl Written {
    /// The digits with the `(0)` as a zero, where there was one.
    pub(super) fn with_zero(&self) -> Option<Ascii> {
        let (code, rest) = self.digits.as_str().split_at_checked(self.zero_after?)?;
        Some(Ascii::joined(&[code, "0", rest]))
    }
}

/// Finds the digits in a cell.
///
/// # Errors
/// The kind of problem when there is not exactly one number in it.
pub(super) fn normalize(text: &str) -> Result<Written, ProblemKind> {
    match plain(text) {
        Some(written) => Ok(written),
        None => clean_of_marks(text),
    }
}

/// Most cells are clean: digits, a `+` in front or not. They need no second look.
fn plain(text: &str) -> Option<Written> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty()
        || digits.len() > PhoneNumber::MOST_DIGITS
        || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    Some(with_form(digits, digits.len() < text.len(), None))
}

fn clean_of_marks(text: &str) -> Result<Written, ProblemKind> {
    let ascii = unicode::ascii(text)?;
    let bare = without_last_separator(ascii.as_str().trim());
    let body = without_marks(bare);
    let number = artefacts::without_decimals(body);
    let mut written =
        spell(number).or_else(|problem| artefacts::mend(number).unwrap_or(Err(problem)))?;
    if number.len() < bare.len() && !bare.starts_with("tel:") {
        written.repairs.insert(NoteKind::Spreadsheet);
    }
    Ok(written)
}

/// Takes away one comma or semicolon that a list of numbers left behind its only one.
fn without_last_separator(text: &str) -> &str {
    text.strip_suffix([',', ';']).map_or(text, str::trim_end)
}

/// Takes away what spreadsheets and their users put around a number, and `tel:`.
fn without_marks(text: &str) -> &str {
    let mark = |c: char| c.is_ascii_whitespace() || matches!(c, '\'' | '`' | '"' | '=');
    let text = text.trim_start_matches(mark);
    let text = text.strip_prefix("tel:").unwrap_or(text);
    text.trim_start().trim_end_matches(|c: char| c.is_ascii_whitespace() || c == '"')
}

/// Reads digits with separators between them, and nothing else.
pub(super) fn spell(text: &str) -> Result<Written, ProblemKind> {
    let mut digits = Ascii::EMPTY;
    let (mut plus, mut zero_after, mut first_run, mut breaks) = (false, None, None, 0);
    let mut rest = text.bytes().enumerate();
    while let Some((at, byte)) = rest.next() {
        match byte {
            b'0'..=b'9' => digits.push(byte),
            b'+' if digits.len() == 0 => plus = true,
            b'(' if zero_after.is_none()
                && text[at..].starts_with("(0)")
                && ends_a_country_code(plus, &digits) =>
            {
                zero_after = Some(digits.len());
                // The zero and the bracket behind it.
                rest.nth(1);
            }
            b'/' | b'\n' => {
                breaks += 1;
                let whole = Some(digits.len()).filter(|&len| len >= FEWEST_DIGITS);
                first_run = first_run.or(whole);
            }
            b' ' | b'-' | b'.' | b'(' | b')' => {}
            _ => return Err(ProblemKind::NotPossible),
        }
    }
    if digits.len() == 0 {
        return Err(ProblemKind::Missing);
    }
    let behind = first_run.map_or(0, |first| digits.len() - first);
    if behind >= FEWEST_DIGITS || (breaks == 1 && (1..=MOST_SHORTENED).contains(&behind)) {
        return Err(ProblemKind::Several);
    }
    Ok(with_form(digits.as_str(), plus, zero_after))
}

fn ends_a_country_code(plus: bool, digits: &Ascii) -> bool {
    let digits = digits.as_str();
    let code = without_double_zero(digits);
    (plus || code.len() < digits.len() || !digits.starts_with('0'))
        && validate::is_calling_code(code)
}

fn with_form(digits: &str, plus: bool, zero_after: Option<usize>) -> Written {
    let code_first = without_double_zero(digits);
    let cut = digits.len() - code_first.len();
    let mut repairs = NoteSet::default();
    let form = match (cut > 0, plus) {
        (true, _) => {
            repairs.insert(NoteKind::DoubleZero);
            Form::DoubleZero
        }
        (false, true) => Form::Plus,
        (false, false) => Form::Bare,
    };
    let digits = Ascii::joined(&[code_first]);
    Written { digits, form, zero_after: zero_after.map(|len| len - cut), extension: false, repairs }
}

/// Takes away `00` or `000`. More zeros are no prefix of anything, and stay.
fn without_double_zero(digits: &str) -> &str {
    let rest = digits.trim_start_matches('0');
    match digits.len() - rest.len() {
        2 | 3 => rest,
        _ => digits,
    }
}

/// Whether digits can be a number at all, by their count.
pub(super) fn long_enough(digits: &str) -> bool {
    (8..=PhoneNumber::MOST_DIGITS).contains(&digits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> Result<(Form, String), ProblemKind> {
        normalize(text).map(|written| (written.form, written.digits.as_str().to_owned()))
    }

    #[test]
    fn separators_and_marks_go() {
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
            assert_eq!(cleaned(text), Ok((Form::Plus, "254712345678".into())), "{text:?}");
        }
    }

    #[test]
    fn the_short_way_for_clean_cells_comes_to_the_same() {
        for text in [
            "254712345678",
            "+254712345678",
            "0712345678",
            "00254712345678",
            "+00254712345678",
            "0000",
            "+1",
        ] {
            let (short, long) = (plain(text).unwrap(), clean_of_marks(text).ok().unwrap());
            assert_eq!((short.form, short.digits.as_str()), (long.form, long.digits.as_str()));
            assert_eq!((short.repairs, short.zero_after), (long.repairs, long.zero_after));
        }
        for text in ["", "+", "++1", "25 4", "254+", "1234567890123456"] {
            assert!(plain(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_stands_in_front_is_kept_in_mind() {
        let table = [
            ("00254712345678", Form::DoubleZero, "254712345678"),
            ("000254712345678", Form::DoubleZero, "254712345678"),
            ("+00254712345678", Form::DoubleZero, "254712345678"),
            ("0000254712345678", Form::Bare, "0000254712345678"),
            ("0712 345 678", Form::Bare, "0712345678"),
            ("(0)712 345 678", Form::Bare, "0712345678"),
            ("254712345678", Form::Bare, "254712345678"),
            ("254 (0)712 345 678", Form::Bare, "254712345678"),
            ("0044 (0)7911 123456", Form::DoubleZero, "447911123456"),
            ("+44 20 (0)7911 123", Form::Plus, "442007911123"),
            ("2.54712345678E+11", Form::Bare, "254712345678"),
        ];
        for (text, form, digits) in table {
            assert_eq!(cleaned(text), Ok((form, digits.into())), "{text}");
        }
    }

    #[test]
    fn a_zero_in_brackets_can_be_put_back() {
        let with_zero =
            |text| normalize(text).unwrap().with_zero().map(|digits| digits.as_str().to_owned());
        assert_eq!(with_zero("+39 (0)6 1234567").as_deref(), Some("39061234567"));
        assert_eq!(with_zero("0039(0)6 1234567").as_deref(), Some("39061234567"));
        assert_eq!(with_zero("+39 06 1234567"), None);
    }

    #[test]
    fn what_holds_no_one_number_is_refused() {
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
            assert_eq!(cleaned(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn the_last_digits_of_a_second_number_are_not_glued_to_the_first() {
        for text in [
            "+254 712 345 678 / 9",
            "0171 1234567/8",
            "030 123456/7",
            "030 123456/789",
            "+254 712 345 678\n9",
        ] {
            assert_eq!(cleaned(text), Err(ProblemKind::Several), "{text:?}");
        }
        for text in ["0171/1234567", "+49 34321/123456", "030/12/34/567", "+254/712/345/678"] {
            assert!(cleaned(text).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn an_area_code_before_a_slash_is_no_number() {
        assert_eq!(cleaned("+49 34321/123456"), Ok((Form::Plus, "4934321123456".into())));
        assert_eq!(cleaned("0171/1234567"), Ok((Form::Bare, "01711234567".into())));
    }

    #[test]
    fn spreadsheets_are_named_and_separators_are_not() {
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
