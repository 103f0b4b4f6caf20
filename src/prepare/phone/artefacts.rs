//! What spreadsheets and telephones make of a number: decimals, groups of thousands, powers of ten,
//! extensions. And the texts that hold no single number.

use super::problem::ProblemKind;
use super::unicode::{Ascii, LETTER};

/// A run of at least this many digits can be a number by itself; a shorter one may be an area code.
pub(super) const MIN_NUMBER_DIGITS: usize = 7;

/// A longer run of digits after a label may be a second number.
const MAX_EXTENSION_DIGITS: usize = 6;

/// Words that announce an extension, in lower case.
const EXTENSION_WORDS: [&str; 9] =
    ["x", "ext", "xt", "extn", "extension", "int", "anexo", "dob", "isub"];

/// Signs that announce an extension: those between a number and the digits that a telephone dials
/// after it. Commas in other places are groups of digits, more `#` a mask.
const EXTENSION_SIGNS: [&str; 4] = ["#", ",", ",,", ";"];

/// An artefact that was removed, with the text of the number that remains.
pub(super) enum Artefact<'t> {
    /// The digits that a spreadsheet wrote in groups of thousands or as a power of ten.
    Spreadsheet(Ascii),
    /// The number in front of an extension.
    Extension(&'t str),
}

/// Removes the `.0`, `.00` or `,0` that a spreadsheet writes after a number. Where other dots or
/// commas stand, such a zero is a digit (`+420 932.7522.239.0`).
pub(super) fn without_decimals(text: &str) -> &str {
    let zeros = text.len() - text.trim_end_matches('0').len();
    let whole = &text[..text.len() - zeros];
    match whole.strip_suffix(['.', ',']) {
        Some(number) if (1..=2).contains(&zeros) && has_no_point(number) => number,
        _ => text,
    }
}

/// Returns the number in a text that is more than digits and separators.
///
/// # Errors
/// The kind of problem when the text holds no single number, or not all of its digits.
pub(super) fn remove(text: &str) -> Result<Artefact<'_>, ProblemKind> {
    if let Some(digits) = in_thousands(text) {
        return Ok(Artefact::Spreadsheet(digits));
    }
    if let Some(digits) = power_of_ten(text) {
        return digits.map(Artefact::Spreadsheet);
    }
    if count_numbers(text) > 1 {
        return Err(ProblemKind::Several);
    }
    if let Some(number) = before_extension(text) {
        return Ok(Artefact::Extension(number));
    }
    let has_letter = text.bytes().any(|b| b.is_ascii_alphabetic() || b == LETTER);
    Err(if has_letter { ProblemKind::Letters } else { ProblemKind::Sign })
}

/// Returns whether the text has digits, and neither dot nor comma.
fn has_no_point(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && !text.contains(['.', ','])
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// Returns whether the text is digits without separators, with a `+` in front or not.
fn is_unbroken(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && all_digits(digits)
}

/// Returns the digits of `254,712,345,678`: a first group and at least two groups of three, because
/// after a single comma there may be an extension.
fn in_thousands(text: &str) -> Option<Ascii> {
    let whole = text.strip_suffix(".00").or(text.strip_suffix(".0")).unwrap_or(text);
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let fits = (1..=3).contains(&first.len())
        && all_digits(first)
        && groups.clone().count() >= 2
        && groups.all(|group| group.len() == 3 && all_digits(group));
    let mut digits = Ascii::EMPTY;
    whole.bytes().filter(u8::is_ascii_digit).for_each(|digit| digits.push(digit));
    fits.then_some(digits)
}

/// Returns the digits of `2.54712345678E+11`, with a `+` in front if it has one: `None` if the text
/// is no power of ten, an error if it is no whole number or digits of it are missing.
fn power_of_ten(text: &str) -> Option<Result<Ascii, ProblemKind>> {
    let (mantissa, exponent) = text.split_once(['E', 'e'])?;
    let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let (whole, fraction) = match mantissa.split_once(['.', ',']) {
        Some(parts) => parts,
        None if power.len() < exponent.len() => (mantissa, ""),
        None => return None,
    };
    if !is_unbroken(whole) || !all_digits(fraction) || !all_digits(power) || power.len() > 3 {
        return None;
    }
    let places: usize = power.parse().ok()?;
    if places > 0 && exponent.starts_with('-') {
        return Some(Err(ProblemKind::Fraction));
    }
    Some(match fraction.split_at_checked(places) {
        None => Err(ProblemKind::Exponent),
        Some((digits, after)) if after.bytes().all(|b| b == b'0') => {
            Ok(Ascii::joined(&[whole, digits]))
        }
        Some(_) => Err(ProblemKind::Fraction),
    })
}

/// Counts the runs of digits that are long enough to be a number each.
fn count_numbers(text: &str) -> usize {
    let separator = |b: &u8| matches!(b, b' ' | b'-' | b'.' | b'(' | b')');
    text.as_bytes()
        .split(|b| !b.is_ascii_digit() && !separator(b))
        .filter(|run| run.iter().filter(|b| b.is_ascii_digit()).count() >= MIN_NUMBER_DIGITS)
        .count()
}

/// Returns the number in front of one extension or several.
fn before_extension(text: &str) -> Option<&str> {
    let is_number =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '.' | '(' | ')' | '/');
    let (number, mut rest) = text.split_at(text.find(|c| !is_number(c))?);
    while !rest.is_empty() {
        let (label, after) = rest.split_at(rest.find(|c: char| c.is_ascii_digit())?);
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if !is_extension_label(label) || digits > MAX_EXTENSION_DIGITS {
            return None;
        }
        rest = after[digits..].trim_start_matches('#');
    }
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    (digits >= MIN_NUMBER_DIGITS).then_some(number)
}

fn is_extension_label(text: &str) -> bool {
    let word = text.trim_matches([' ', '.', ':', ',', ';', '-', '=', '#']).to_ascii_lowercase();
    match word.as_str() {
        "" => EXTENSION_SIGNS.contains(&text.trim()),
        word => EXTENSION_WORDS.contains(&word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_removed_only_where_there_is_no_other_dot_or_comma() {
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

    /// The number that remains, and whether an extension was removed.
    fn removed(text: &str) -> Result<(String, bool), ProblemKind> {
        remove(text).map(|artefact| match artefact {
            Artefact::Spreadsheet(digits) => (digits.as_str().to_owned(), false),
            Artefact::Extension(number) => (number.trim_end().to_owned(), true),
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
            ("+6.2811223344556E+13", "+62811223344556"),
            ("255.754000123E9", "255754000123"),
        ] {
            assert_eq!(removed(text), Ok((digits.to_owned(), false)), "{text}");
        }
        for missing in ["2.54713E+11", "2,54713E+11", "2.54E11", "3E+11", "25.4712345E+10"] {
            assert_eq!(removed(missing), Err(ProblemKind::Exponent), "{missing}");
        }
        // No digit is missing; these are no whole numbers.
        for fraction in ["2.547123456789E+11", "2.5E-3"] {
            assert_eq!(removed(fraction), Err(ProblemKind::Fraction), "{fraction}");
        }
    }

    #[test]
    fn groups_of_thousands_are_no_extension() {
        for (text, digits) in [
            ("712,345,678", "712345678"),
            ("254,712,345,678", "254712345678"),
            ("254,712,345,678.00", "254712345678"),
        ] {
            assert_eq!(removed(text), Ok((digits.to_owned(), false)), "{text}");
        }
        for text in ["+254712345678,123,456", "712,345", "2547,123,456", "712,34,678"] {
            assert!(in_thousands(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_e_without_a_whole_power_is_a_letter() {
        for text in ["+37390019e80", "3E11", "2.5E", "E5"] {
            assert_eq!(removed(text), Err(ProblemKind::Letters), "{text}");
        }
    }

    #[test]
    fn an_extension_is_removed_and_a_second_number_is_not() {
        let number = Ok(("+254712345678".to_owned(), true));
        for after in [
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
            assert_eq!(removed(&format!("+254712345678{after}")), number, "{after}");
        }
        for after in [
            " or +254712345679",
            ",254712345679",
            ";x254712345679",
            " / x254712345679",
            "+254712345679",
        ] {
            let text = format!("+254712345678{after}");
            assert_eq!(removed(&text), Err(ProblemKind::Several), "{after}");
        }
        for after in [" home", "x", " ext 5 a", ";foo=bar", "-l1hs1", "?12"] {
            let text = format!("+254712345678{after}");
            assert_eq!(removed(&text), Err(ProblemKind::Letters), "{after}");
        }
        assert_eq!(removed("+254712345678*"), Err(ProblemKind::Sign));
        // Masks, groups of digits and times are no extensions.
        for text in ["+25475######3", "+255,754,000,123", "25,57,54,00,01,23", "254754000123:12"] {
            assert_eq!(removed(text), Err(ProblemKind::Sign), "{text}");
        }
    }
}
