//! Two numbers in one cell with nothing but blanks, a line end or a slash between them.

use super::artefacts::MIN_NUMBER_DIGITS;
use super::marks;
use super::normalize::{self, Gaps, Normalized};
use super::number::PhoneNumber;
use super::options::{PhoneCheck, PhoneOptions, Role};
use super::parse;
use super::unicode;

/// The fewest digits of a part that can be a number by itself. Islands have such short ones.
const MIN_PART_DIGITS: usize = 4;

/// At most this many digits on a second line are the last ones of a second number.
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
    let Gaps { blanks, lines, slashes } = normalized.gaps;
    if blanks != 1 && !lines && !slashes {
        return false;
    }
    any_split(text, |one, other, between| {
        let is_candidate = between == Between::Line || (blanks == 1 && have_same_form(one, other));
        let is_rest = lines
            && between == Between::Line
            && digits(other) <= MAX_SHORTENED_DIGITS
            && is_whole(one, options);
        is_rest || (is_candidate && are_whole(one, other, options))
    })
}

/// Returns whether a text that cannot be read as one number is two: two valid ones, or more digits
/// than a number has, in two parts that are spelled in the same way.
pub(super) fn may_be_two(text: &str, normalized: &Normalized, options: &PhoneOptions) -> bool {
    let Gaps { blanks, lines, slashes } = normalized.gaps;
    if blanks == 0 && !lines && !slashes {
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
        let trimmed = |part: &'_ str| -> (usize, usize) {
            let start = part.len() - part.trim_start_matches([' ', '-', '.', '/', '\n']).len();
            let end = part.trim_end_matches([' ', '-', '.', '/', '\n']).len();
            (start, end.max(start))
        };
        let (one, other) = number.split_at(at);
        let (first, second) = (trimmed(one), trimmed(other));
        condition(&one[first.0..first.1], &other[second.0..second.1], between)
    })
}

fn are_whole(one: &str, other: &str, options: &PhoneOptions) -> bool {
    digits(one) >= MIN_PART_DIGITS
        && digits(other) >= MIN_PART_DIGITS
        && is_whole(one, options)
        && is_whole(other, options)
}

/// Returns whether the text is a valid number by itself.
fn is_whole(text: &str, options: &PhoneOptions) -> bool {
    let options = PhoneOptions { check: PhoneCheck::Valid, ..*options };
    normalize::normalize(text)
        .is_ok_and(|normalized| parse::read(&normalized, Role::Card, &options).is_ok())
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
