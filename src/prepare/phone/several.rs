//! Two numbers in one cell with nothing but blanks, a line end or a slash between them, and a number
//! with more digits behind it.

use super::artefacts::MIN_NUMBER_DIGITS;
use super::marks;
use super::normalize::{self, Gaps, Normalized};
use super::number::PhoneNumber;
use super::options::{PhoneCheck, PhoneOptions, Role};
use super::parse;
use super::unicode;
use super::validate::validate;

/// The fewest digits of a part that can be a number by itself. Islands have such short ones.
const MIN_PART_DIGITS: usize = 4;

/// At most this many digits behind a number are the last ones of a second number
/// (`0171 1234567/8`), or count or name it (`0171 1234567 (2)`).
const MAX_SHORTENED_DIGITS: usize = 3;

/// What stands between two parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Blank,
    Line,
}

/// Returns whether a text that is read as one number is two: each part is a whole valid number. With
/// a blank between, they must be the only groups, and spelled in the same way.
pub(super) fn are_two(text: &str, normalized: &Normalized, options: &PhoneOptions) -> bool {
    let Gaps { blanks, lines, slashes, .. } = normalized.gaps;
    if blanks != 1 && !lines && slashes == 0 {
        return false;
    }
    any_split(text, |one, other, between| {
        let is_candidate = between == Between::Line || (blanks == 1 && have_same_form(one, other));
        let is_rest = between == Between::Line
            && slashes <= 1
            && digits(one) >= MIN_NUMBER_DIGITS
            && digits(other) <= MAX_SHORTENED_DIGITS
            && is_a_number(one, PhoneCheck::Auto, options);
        is_rest || (is_candidate && are_whole(one, other, options))
    })
}

/// Returns the number in a text that is read as a longer one: a few digits stand in brackets or
/// behind a lonely hyphen at the end.
pub(super) fn before_more_digits(
    text: &str,
    normalized: &Normalized,
    options: &PhoneOptions,
) -> Option<PhoneNumber> {
    if !normalized.gaps.tail {
        return None;
    }
    let ascii = unicode::to_ascii(text)?;
    let text = marks::remove(ascii.as_str()).number;
    let in_brackets = || text.strip_suffix(')').and_then(|text| text.rsplit_once(" ("));
    let behind_hyphen = || text.split_once(" - ").filter(|(_, rest)| !rest.contains(" - "));
    let (front, rest) = in_brackets().or_else(behind_hyphen)?;
    if !(1..=MAX_SHORTENED_DIGITS).contains(&digits(rest)) {
        return None;
    }
    let number = number_in(front, PhoneCheck::Valid, options)?;
    // Behind a fixed line, digits after a hyphen are those of an office.
    validate(number.as_str()).mobile_number()
}

/// Returns whether a text that cannot be read as one number is two: two valid ones, or more digits
/// than a number has, in two parts that are spelled in the same way.
pub(super) fn may_be_two(text: &str, normalized: &Normalized, options: &PhoneOptions) -> bool {
    let Gaps { blanks, lines, slashes, .. } = normalized.gaps;
    if blanks == 0 && !lines && slashes == 0 {
        return false;
    }
    let too_long = normalized.digits.len() > PhoneNumber::MAX_DIGITS;
    any_split(text, |one, other, _| {
        let are_long = || digits(one).min(digits(other)) >= MIN_NUMBER_DIGITS;
        (too_long && are_long() && have_same_form(one, other)) || are_whole(one, other, options)
    })
}

/// Returns whether a way to split the text into two parts fulfils the condition.
fn any_split(text: &str, condition: impl Fn(&str, &str, Between) -> bool) -> bool {
    let Some(ascii) = unicode::to_ascii(text) else {
        return false;
    };
    let number = marks::remove(ascii.as_str()).number;
    number.bytes().enumerate().any(|(at, byte)| {
        let between = match byte {
            b' ' => Between::Blank,
            b'\n' | b'/' => Between::Line,
            _ => return false,
        };
        let (one, other) = number.split_at(at);
        condition(trimmed(one), trimmed(other), between)
    })
}

fn trimmed(part: &str) -> &str {
    part.trim_matches([' ', '-', '.', '/', '\n'])
}

fn are_whole(one: &str, other: &str, options: &PhoneOptions) -> bool {
    digits(one) >= MIN_PART_DIGITS
        && digits(other) >= MIN_PART_DIGITS
        && is_whole(one, options)
        && is_whole(other, options)
}

fn is_whole(text: &str, options: &PhoneOptions) -> bool {
    is_a_number(text, PhoneCheck::Valid, options)
}

fn is_a_number(text: &str, check: PhoneCheck, options: &PhoneOptions) -> bool {
    number_in(text, check, options).is_some()
}

/// Returns the number that the text is by itself.
fn number_in(text: &str, check: PhoneCheck, options: &PhoneOptions) -> Option<PhoneNumber> {
    let options = PhoneOptions { check, ..*options };
    let normalized = normalize::normalize(text).ok()?;
    parse::read(&normalized, Role::Card, &options).ok().map(|parsed| parsed.number)
}

/// Returns whether both begin with `+`, both with `0`, or both with another digit.
fn have_same_form(one: &str, other: &str) -> bool {
    let form =
        |text: &str| text.bytes().find(|b| *b == b'+' || b.is_ascii_digit()).map(|b| b.min(b'1'));
    form(one) == form(other)
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}
