//! The number that a refused cell may mean. It is named only when it follows from the digits, from
//! what the user said, or from the list's own numbers with `+`.

use super::known_changes;
use super::normalize::{self, Normalized, Prefix};
use super::number::PhoneNumber;
use super::options::{PhoneCheck, PhoneOptions, Role};
use super::parse;
use super::problem::{PhoneProblem, ProblemKind};
use super::region::Region;
use super::unicode::{self, Ascii, LETTER};
use super::validate::validate;

/// A text is searched up to here: what is longer is no telephone cell.
const MAX_SEARCHED: usize = 120;

/// The fewest digits of a number in a longer text.
const MIN_DIGITS: usize = 7;

/// At most this many digits may stand beside the number (`254712345678 (2)`).
const MAX_OTHER_DIGITS: usize = 4;

/// Turns the problem of an old number into one that names the new one.
pub(super) fn old_form(
    problem: PhoneProblem,
    normalized: &Normalized,
    options: &PhoneOptions,
) -> PhoneProblem {
    if !problem.kind.is_about_digits() {
        return problem;
    }
    let digits = normalized.digits.as_str();
    let number = options
        .region
        .or(options.suggest)
        .filter(|_| normalized.is_bare())
        .and_then(|region| known_changes::successor(with_code(region, digits).as_str()))
        .or_else(|| known_changes::successor(digits));
    match within(number, options) {
        None => problem,
        candidate => PhoneProblem { candidate, ..ProblemKind::OldForm.into() },
    }
}

/// Adds the number that the digits may mean to a problem that names none.
pub(super) fn for_digits(
    problem: PhoneProblem,
    normalized: &Normalized,
    options: &PhoneOptions,
) -> PhoneProblem {
    if problem.candidate.is_some() || !problem.kind.is_about_digits() {
        return problem;
    }
    let digits = normalized.digits.as_str();
    let number = match normalized.is_bare() {
        true => None,
        false => without_doubled_code(digits),
    };
    let number = number.or_else(|| {
        behind_stray_zero(digits, normalized.prefix, options.region.or(options.suggest)?)
    });
    PhoneProblem { candidate: within(number, options), ..problem }
}

fn within(number: Option<PhoneNumber>, options: &PhoneOptions) -> Option<PhoneNumber> {
    number.filter(|number| match options.countries {
        Some(countries) => Region::of(number).is_some_and(|region| countries.contains(region)),
        None => true,
    })
}

fn with_code(region: Region, digits: &str) -> Ascii {
    Ascii::joined(&[&region.calling_code().to_string(), digits])
}

/// Returns the mobile number in `254254712345678`.
pub(super) fn without_doubled_code(digits: &str) -> Option<PhoneNumber> {
    let once = (1..=3).find_map(|length| {
        let (code, rest) = digits.split_at_checked(length)?;
        rest.strip_prefix(code).map(|_| rest)
    })?;
    validate(once).mobile_number()
}

/// The number in `+0712345678` and `0254712345678`, which have a zero too many.
fn behind_stray_zero(digits: &str, prefix: Prefix, region: Region) -> Option<PhoneNumber> {
    let rest = digits.strip_prefix('0').filter(|rest| !rest.starts_with('0'))?;
    if region.has_code_of(rest)
        && let Some(number) = validate(rest).mobile_number()
    {
        return Some(number);
    }
    let is_national = prefix == Prefix::Plus;
    is_national.then(|| validate(with_code(region, digits).as_str()).mobile_number()).flatten()
}

/// Adds what stands in the text to a problem that names no number: the only whole number in it, or
/// the sign that does not belong there.
pub(super) fn for_text(problem: PhoneProblem, text: &str, options: &PhoneOptions) -> PhoneProblem {
    if problem.candidate.is_some() || !problem.kind.may_hold_a_number() {
        return problem;
    }
    PhoneProblem {
        candidate: in_text(text, options),
        sign: (problem.kind == ProblemKind::Sign).then(|| first_sign(text)).flatten(),
        ..problem
    }
}

/// Returns the first character that is no part of a number.
fn first_sign(text: &str) -> Option<char> {
    let text = text.trim();
    let is_sign = |c: &char| match unicode::ascii_of(*c) {
        Some(byte) => !byte.is_ascii_digit() && !b"+ -.()/\n'`\"=".contains(&byte),
        None => false,
    };
    let misplaced = |c: &char| unicode::ascii_of(*c).is_some_and(|b| b"+'`\"=".contains(&b));
    text.chars().find(is_sign).or_else(|| text.chars().skip(1).find(misplaced))
}

/// A run of digits and separators in a text, and what stands around it.
#[derive(Clone, Copy)]
struct Run {
    text: Ascii,
    digits: usize,
    /// True if a letter touches the digits.
    touched: bool,
}

/// Returns the whole valid number in a text, if there is exactly one.
fn in_text(text: &str, options: &PhoneOptions) -> Option<PhoneNumber> {
    if text.len() > unicode::MAX_CHARACTERS && !has_long_run(text) {
        return None;
    }
    let mut long = None;
    let mut others = 0;
    // `[+254] 733000456`: the long run alone is another number.
    let mut has_code_apart = false;
    for run in runs(text) {
        match run.digits >= MIN_DIGITS {
            true if long.is_some() => return None,
            true => long = Some(run),
            false => others += run.digits,
        }
        has_code_apart |= run.digits < MIN_DIGITS && run.text.as_bytes().contains(&b'+');
    }
    let options = PhoneOptions {
        region: options.region.or(options.suggest),
        check: PhoneCheck::Valid,
        ..*options
    };
    match long {
        _ if is_other_address(text) => None,
        Some(_) if has_code_apart => in_groups(text, &options),
        Some(run) if !run.touched && others <= MAX_OTHER_DIGITS && !is_masked(text) => {
            in_run(run.text.as_str(), &options)
        }
        Some(_) => None,
        None => in_groups(text, &options),
    }
}

/// Returns whether enough digits for a number stand together. It costs little, and most long texts
/// have no number.
fn has_long_run(text: &str) -> bool {
    let mut digits = 0;
    text.bytes().take(MAX_SEARCHED).any(|byte| {
        match byte {
            b'0'..=b'9' => digits += 1,
            b' ' | b'-' | b'.' | b'(' | b')' | b'/' => {}
            _ => digits = 0,
        }
        digits == MIN_DIGITS
    })
}

/// Returns the valid number whose groups of digits have commas or the like between them.
fn in_groups(text: &str, options: &PhoneOptions) -> Option<PhoneNumber> {
    let ascii = unicode::to_ascii(text)?;
    let is_group_sign = |b: u8| b.is_ascii_digit() || b"+ -.()[]/,;:_|~".contains(&b);
    if !ascii.as_bytes().iter().all(|&b| is_group_sign(b)) {
        return None;
    }
    let mut digits = Ascii::EMPTY;
    let kept = |b: &&u8| b.is_ascii_digit() || **b == b'+';
    ascii.as_bytes().iter().filter(kept).for_each(|&b| digits.push(b));
    let normalized = normalize::plain(digits.as_str())?;
    parse::read(&normalized, Role::Card, options).ok().map(|parsed| parsed.number)
}

/// Returns whether digits are hidden: `+25471######8`.
fn is_masked(text: &str) -> bool {
    let is_mask = |signs: &[u8]| signs[0] == signs[1] && b"#*xX".contains(&signs[0]);
    let is_long_mask = |signs: &[u8]| matches!(signs, b"..." | b"---");
    let bytes = text.as_bytes();
    bytes.windows(2).any(is_mask)
        || bytes.windows(3).any(is_long_mask)
        || (!text.is_ascii() && (text.contains('…') || text.contains("••")))
}

/// Returns whether a text is an address of WhatsApp whose digits are no telephone number: that of a
/// group, a channel, or an account that hides its number.
fn is_other_address(text: &str) -> bool {
    let domains = ["@g.us", "@lid", "@newsletter", "@broadcast"];
    text.contains('@') && domains.iter().any(|domain| text.contains(domain))
}

/// The runs of digits and separators in the first characters of a text.
fn runs(text: &str) -> Vec<Run> {
    const EMPTY: Run = Run { text: Ascii::EMPTY, digits: 0, touched: false };
    let mut all = Vec::new();
    let mut run = EMPTY;
    let mut before = b' ';
    for byte in text.chars().take(MAX_SEARCHED).filter_map(unicode::ascii_of).chain([b' ', b';']) {
        if byte.is_ascii_digit() || b"+ -.()/\n".contains(&byte) {
            if run.digits == 0 && byte.is_ascii_digit() {
                run.touched = is_letter(before);
            }
            run.digits += usize::from(byte.is_ascii_digit());
            if run.text.len() < unicode::MAX_CHARACTERS {
                run.text.push(byte);
            } else {
                run.touched = true;
            }
        } else {
            run.touched |= is_letter(byte) && before.is_ascii_digit();
            if run.digits > 0 {
                all.push(run);
            }
            run = EMPTY;
        }
        before = byte;
    }
    all
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == LETTER
}

/// Returns the valid number that a run of digits and separators is, without a few digits in front
/// of it or behind it.
fn in_run(text: &str, options: &PhoneOptions) -> Option<PhoneNumber> {
    let text = text.trim_matches([' ', '-', '.', '/', '\n']);
    let whole = |part: &str| {
        let normalized = normalize::normalize(part).ok()?;
        parse::read(&normalized, Role::Card, options).ok().map(|parsed| parsed.number)
    };
    if let Some(number) = whole(text) {
        return Some(number);
    }
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
    let few = |part: &str| (1..=MAX_OTHER_DIGITS).contains(&digits(part));
    let behind = text
        .char_indices()
        .filter(|(_, c)| matches!(c, ' ' | '-' | '/' | '(' | '\n'))
        .map(|(at, _)| text.split_at(at))
        .find(|(_, rest)| few(rest));
    if let Some(number) = behind.and_then(|(front, _)| whole(front)) {
        return Some(number);
    }
    // Without a `+`, a few digits in front are rather a country code.
    let front = text.split_once('+').filter(|(front, _)| few(front));
    front.and_then(|(front, _)| whole(&text[front.len()..]))
}
