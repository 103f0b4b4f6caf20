//! What spreadsheets, telephones and people put into a number's cell that is not the number, and
//! the kinds of cells that hold no one number.

use super::normalize::{self, FEWEST_DIGITS, Written};
use super::problem::ProblemKind;
use super::unicode::{Ascii, LETTER};
use crate::read::note::NoteKind;

/// Longer runs of digits behind a label may be a second number.
const MOST_EXTENSION_DIGITS: usize = 6;

/// Words and signs that announce an extension, in lower case.
const EXTENSION_LABELS: [&str; 10] =
    ["", "x", "ext", "xt", "extn", "extension", "int", "anexo", "dob", "isub"];

/// Takes the `.0`, `.00`, `,0` away that a spreadsheet leaves behind a number. Where other dots or
/// commas stand, such a zero is a digit (`+420 932.7522.239.0`).
pub(super) fn without_decimals(text: &str) -> &str {
    let zeros = text.len() - text.trim_end_matches('0').len();
    let whole = &text[..text.len() - zeros];
    match whole.strip_suffix(['.', ',']) {
        Some(number) if (1..=2).contains(&zeros) && has_no_point(number) => number,
        _ => text,
    }
}

/// Reads a text that is more than digits and separators: a power of ten with all its digits, or a
/// number with an extension. `None` when there is nothing to say but that it is no number.
pub(super) fn mend(text: &str) -> Option<Result<Written, ProblemKind>> {
    if let Some(digits) = in_thousands(text) {
        return Some(spreadsheet(&digits));
    }
    if let Some(digits) = power_of_ten(text) {
        return Some(digits.and_then(|digits| spreadsheet(&digits)));
    }
    if count_numbers(text) > 1 {
        return Some(Err(ProblemKind::Several));
    }
    if let Some(number) = before_extension(text) {
        return normalize::spell(number)
            .ok()
            .map(|written| Ok(Written { extension: true, ..written }));
    }
    let is_letter = |b: u8| b.is_ascii_alphabetic() || b == LETTER;
    text.bytes().any(is_letter).then_some(Err(ProblemKind::Letters))
}

fn spreadsheet(digits: &Ascii) -> Result<Written, ProblemKind> {
    let mut written = normalize::spell(digits.as_str())?;
    written.repairs.insert(NoteKind::Spreadsheet);
    Ok(written)
}

/// Digits, and no dot or comma among them.
fn has_no_point(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && !text.contains(['.', ','])
}

/// Digits with or without `+`, and no separator.
fn is_unbroken(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Undoes `254,712,345,678`: groups of three behind a first one, and at least two of them, because
/// behind a single comma an extension may stand.
fn in_thousands(text: &str) -> Option<Ascii> {
    let whole = text.strip_suffix(".00").or(text.strip_suffix(".0")).unwrap_or(text);
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let fits = (1..=3).contains(&first.len())
        && is_digits(first)
        && groups.clone().count() >= 2
        && groups.all(|group| group.len() == 3 && is_digits(group));
    let mut digits = Ascii::EMPTY;
    whole.bytes().filter(u8::is_ascii_digit).for_each(|digit| digits.push(digit));
    fits.then_some(digits)
}

/// The digits in a WhatsApp address: `https://wa.me/254712345678`, `254712345678@c.us`.
pub(super) fn in_chat_address(text: &str) -> Option<&str> {
    let text = text.trim();
    let link = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or(text);
    let digits = link
        .strip_prefix("wa.me/")
        .or_else(|| text.strip_suffix("@c.us"))
        .or_else(|| text.strip_suffix("@s.whatsapp.net"))?;
    is_unbroken(digits).then(|| digits.trim_start_matches('+'))
}

/// Undoes `2.54712345678E+11`: `None` if the text is nothing of the kind, an error if digits of
/// the number are gone.
fn power_of_ten(text: &str) -> Option<Result<Ascii, ProblemKind>> {
    let (mantissa, exponent) = text.split_once(['E', 'e'])?;
    let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = match mantissa.split_once(['.', ',']) {
        Some(parts) => parts,
        None if power.len() < exponent.len() => (mantissa, ""),
        None => return None,
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !is_unbroken(whole) || !all_digits(fraction) || !all_digits(power) || power.len() > 3 {
        return None;
    }
    let places: usize = power.parse().ok()?;
    // Nothing was shifted, so nothing is gone.
    if places == 0 && fraction.bytes().all(|b| b == b'0') {
        return Some(Ok(Ascii::joined(&[whole])));
    }
    let complete = fraction
        .split_at_checked(places)
        .filter(|(_, behind)| behind.bytes().all(|b| b == b'0'))
        .filter(|_| places > 0 && whole.len() == 1 && !exponent.starts_with('-'));
    Some(complete.map(|(digits, _)| Ascii::joined(&[whole, digits])).ok_or(ProblemKind::Exponent))
}

/// How many runs of digits are long enough to be a number each.
fn count_numbers(text: &str) -> usize {
    let separator = |b: &u8| matches!(b, b' ' | b'-' | b'.' | b'(' | b')');
    text.as_bytes()
        .split(|b| !b.is_ascii_digit() && !separator(b))
        .filter(|run| run.iter().filter(|b| b.is_ascii_digit()).count() >= FEWEST_DIGITS)
        .count()
}

/// The number in front of an extension, or of several.
fn before_extension(text: &str) -> Option<&str> {
    let is_number =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '.' | '(' | ')' | '/');
    let (number, mut rest) = text.split_at(text.find(|c| !is_number(c))?);
    while !rest.is_empty() {
        let (label, behind) = rest.split_at(rest.find(|c: char| c.is_ascii_digit())?);
        let digits = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if !is_extension_label(label) || digits > MOST_EXTENSION_DIGITS {
            return None;
        }
        rest = behind[digits..].trim_start_matches('#');
    }
    number.bytes().any(|b| b.is_ascii_digit()).then_some(number)
}

fn is_extension_label(text: &str) -> bool {
    let word = text.trim_matches([' ', '.', ':', ',', ';', '-', '=', '#']).to_ascii_lowercase();
    EXTENSION_LABELS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_go_only_where_no_other_dot_stands() {
        let table = [
            ("254712345678.0", "254712345678"),
            ("+254712345678.00", "+254712345678"),
            ("254712345678,0", "254712345678"),
            ("254712345678.000", "254712345678.000"),
            ("+420 932.7522.239.0", "+420 932.7522.239.0"),
            ("+686 620.00", "+686 620"),
            ("0171 1234567.0", "0171 1234567"),
            ("030/1234567.0", "030/1234567"),
            ("+254 712 345 678.0", "+254 712 345 678"),
            ("+254 712 345 678,0", "+254 712 345 678"),
            ("712 345 678,00", "712 345 678"),
            ("712-345-678.00", "712-345-678"),
            ("254712345600", "254712345600"),
            (".0", ".0"),
        ];
        for (text, expected) in table {
            assert_eq!(without_decimals(text), expected);
        }
    }

    fn mended(text: &str) -> Option<Result<(String, bool), ProblemKind>> {
        mend(text).map(|result| {
            result.map(|written| (written.digits.as_str().to_owned(), written.extension))
        })
    }

    #[test]
    fn a_power_of_ten_needs_all_its_digits() {
        for (text, digits) in [
            ("2.54712345678E+11", "254712345678"),
            ("2,54712345678e11", "254712345678"),
            ("4.53441207900E+09", "4534412079"),
            ("254712345678E+0", "254712345678"),
            ("254712345678.00E+00", "254712345678"),
        ] {
            assert_eq!(mended(text), Some(Ok((digits.to_owned(), false))), "{text}");
        }
        for gone in [
            "2.54713E+11",
            "2,54713E+11",
            "2.54E11",
            "3E+11",
            "2.547123456789E+11",
            "2.5E-3",
            "25.4712345E+10",
        ] {
            assert_eq!(mended(gone), Some(Err(ProblemKind::Exponent)), "{gone}");
        }
    }

    #[test]
    fn thousands_separators_are_no_extension() {
        for (text, digits) in [
            ("712,345,678", "712345678"),
            ("254,712,345,678", "254712345678"),
            ("254,712,345,678.00", "254712345678"),
        ] {
            assert_eq!(mended(text), Some(Ok((digits.to_owned(), false))), "{text}");
        }
        for text in ["+254712345678,123,456", "712,345", "2547,123,456", "712,34,678"] {
            assert!(in_thousands(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_chat_address_holds_a_number() {
        for text in [
            "https://wa.me/254712345678",
            "wa.me/+254712345678",
            " 254712345678@c.us",
            "254712345678@s.whatsapp.net",
        ] {
            assert_eq!(in_chat_address(text), Some("254712345678"), "{text}");
        }
        for text in ["254712345678", "wa.me/", "wa.me/message/ABC", "ann@c.us", "1@g.us"] {
            assert_eq!(in_chat_address(text), None, "{text}");
        }
    }

    #[test]
    fn a_letter_e_alone_is_no_power_of_ten() {
        for text in ["+37390019e80", "3E11", "2.5E", "E5"] {
            assert_eq!(mended(text), Some(Err(ProblemKind::Letters)), "{text}");
        }
    }

    #[test]
    fn extensions_are_told_from_second_numbers() {
        let base = Some(Ok(("254712345678".to_owned(), true)));
        for behind in [
            "x12",
            " ext. 5",
            " EXT:7",
            ";ext=9",
            ";ext=1;isub=12345",
            ";isub=12345",
            ",9",
            ",,12#",
            " #7",
            " int 13",
            " anexo 9",
            " dob. 44",
            " extn 12",
            " ext9 ext9",
        ] {
            assert_eq!(mended(&format!("+254712345678{behind}")), base, "{behind}");
        }
        for behind in [
            " or +254712345679",
            ",254712345679",
            ";x254712345679",
            " / x254712345679",
            "+254712345679",
        ] {
            assert_eq!(
                mended(&format!("+254712345678{behind}")),
                Some(Err(ProblemKind::Several)),
                "{behind}"
            );
        }
        for behind in [" home", "x", " ext 5 a", ";foo=bar", "-l1hs1", "?12"] {
            assert_eq!(
                mended(&format!("+254712345678{behind}")),
                Some(Err(ProblemKind::Letters)),
                "{behind}"
            );
        }
        assert_eq!(mended("+254712345678*"), None);
    }
}
