//! A cell's text becomes a phone number, or the reason why it does not.

use super::normalize::{self, Normalized, Prefix};
use super::number::PhoneNumber;
use super::options::{NumberStyle, PhoneCheck, PhoneOptions, Role};
use super::problem::{PhoneProblem, ProblemKind};
use super::reading::{self, Reading};
use super::region::Region;
use super::validate::{self, Line, Validity};
use super::{known_changes, several, suggestion};
use crate::read::note::{NoteKind, NoteSet};

/// The fewest digits of a number that is not validated.
pub(super) const MIN_DIGITS: usize = 8;

/// The number in a cell, with what was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedNumber {
    /// The number.
    pub number: PhoneNumber,
    /// The repairs, apart from separators, and the warnings.
    pub notes: NoteSet,
    /// The region that gave the country code, if the digits had none.
    pub completed: Option<Region>,
    /// Whether the cell says that a country code follows, by `+` or `00` or an address of WhatsApp.
    pub with_sign: bool,
}

/// Parses the number in a cell.
///
/// # Errors
/// What is wrong with it and what to do; the caller adds the column and the cell's text.
pub fn parse_number(
    text: &str,
    role: Role,
    options: &PhoneOptions,
) -> Result<ParsedNumber, PhoneProblem> {
    match normalize::plain(text) {
        // Most cells: nothing is made of them but their digits.
        Some(digits) => usual(&digits, role, options)
            .or_else(|validity| read(&Normalized { validity, ..digits }, role, options))
            .map_err(|problem| {
                let problem = suggestion::old_form(problem, &digits, options);
                suggestion::for_digits(problem, &digits, options)
            }),
        None => normalize::grouped(text)
            .and_then(|digits| usual(&digits, role, options).ok())
            .map_or_else(|| parse_marked(text, role, options), Ok),
    }
}

/// Reads the usual cell, a mobile number with its country code that can be read in no other way.
/// This is [`read`] for such a cell, and costs less.
///
/// # Errors
/// Any other cell, with the validity of its digits if that was looked up.
fn usual(
    normalized: &Normalized,
    role: Role,
    options: &PhoneOptions,
) -> Result<ParsedNumber, Option<Validity>> {
    let has_one_reading = match normalized.prefix {
        Prefix::Plus => true,
        Prefix::None => {
            options.region.is_none()
                && options.numbers == NumberStyle::Auto
                && !options.doubted.contains(role)
                && !normalized.digits.as_bytes().starts_with(b"0")
        }
        _ => false,
    };
    if !has_one_reading || options.countries.is_some() {
        return Err(None);
    }
    let digits = normalized.digits.as_str();
    if known_changes::rewritten(digits).is_some() {
        return Err(None);
    }
    match validate::validate(digits) {
        Validity::Valid { number, line: Line::Mobile }
            if number.as_bytes() == digits.as_bytes() =>
        {
            let mut notes = normalized.repairs;
            notes.extend(is_rounded(normalized).then_some(NoteKind::Rounded));
            let with_sign = !normalized.is_bare();
            Ok(ParsedNumber { number, notes, completed: None, with_sign })
        }
        validity => Err(Some(validity)),
    }
}

/// Parses a cell with more in it than digits and a `+` in front.
fn parse_marked(
    text: &str,
    role: Role,
    options: &PhoneOptions,
) -> Result<ParsedNumber, PhoneProblem> {
    let normalized = match normalize::normalize(text) {
        Ok(normalized) => normalized,
        Err(kind) => return Err(suggestion::for_text(kind.into(), text, options)),
    };
    match read(&normalized, role, options) {
        Ok(_) if several::are_two(text, &normalized, options) => Err(ProblemKind::Several.into()),
        Ok(parsed) => match several::before_more_digits(text, &normalized, options) {
            None => Ok(parsed),
            candidate => Err(PhoneProblem { candidate, ..ProblemKind::MoreDigits.into() }),
        },
        Err(_) if several::may_be_two(text, &normalized, options) => {
            Err(ProblemKind::Several.into())
        }
        Err(problem) => {
            let problem = suggestion::old_form(problem, &normalized, options);
            let problem = suggestion::for_text(problem, text, options);
            Err(suggestion::for_digits(problem, &normalized, options))
        }
    }
}

/// Reads the digits of a cell, which holds one number.
pub(super) fn read(
    normalized: &Normalized,
    role: Role,
    options: &PhoneOptions,
) -> Result<ParsedNumber, PhoneProblem> {
    let best = reading::choose(normalized, role, options);
    if normalized.extension && role == Role::To {
        return Err(PhoneProblem {
            candidate: best.ok().and_then(|best| best.validity.valid_number()),
            ..ProblemKind::Extension.into()
        });
    }
    match accept(&best?, normalized, options) {
        Err(_) if options.check == PhoneCheck::Off && has_country_code(normalized) => {
            unchecked(normalized)
        }
        result => result,
    }
}

/// Accepts a reading that is good enough for the options. One that we chose (no `+`, broken over
/// two lines, or without its extension) must be valid: the number that is only possible may be a
/// stranger's.
fn accept(
    reading: &Reading,
    normalized: &Normalized,
    options: &PhoneOptions,
) -> Result<ParsedNumber, PhoneProblem> {
    let (number, warning) = match reading.validity {
        Validity::Valid { number, line } => {
            (number, (line == Line::Fixed).then_some(NoteKind::FixedLine))
        }
        Validity::Possible(number) => match refusal(&number, normalized, options.check) {
            None if is_whole(&number) => (number, Some(NoteKind::PossibleNotValid)),
            None => return Err(not_possible(normalized)),
            Some(kind) => {
                return Err(PhoneProblem { region: tried(normalized, options), ..kind.into() });
            }
        },
        Validity::Impossible => {
            return Err(PhoneProblem {
                region: tried(normalized, options),
                ..not_possible(normalized)
            });
        }
    };
    let extension = normalized.extension.then_some(NoteKind::ExtensionDropped);
    let rounded = is_rounded(normalized).then_some(NoteKind::Rounded);
    let mut notes = normalized.repairs;
    notes.extend([reading.repair, warning, extension, rounded].into_iter().flatten());
    let with_sign = !normalized.is_bare();
    Ok(ParsedNumber { number, notes, completed: reading.region, with_sign })
}

/// Returns whether a number that is only possible is read again as itself. Of several trunk zeros
/// only one was removed.
fn is_whole(number: &PhoneNumber) -> bool {
    validate::validate(number.as_str()).number() == Some(*number)
}

/// Returns why a number that is only possible is refused, if it is.
fn refusal(
    number: &PhoneNumber,
    normalized: &Normalized,
    check: PhoneCheck,
) -> Option<ProblemKind> {
    let chosen_by_us =
        normalized.prefix != Prefix::Plus || normalized.extension || normalized.gaps.lines;
    match check {
        PhoneCheck::Possible | PhoneCheck::Off => None,
        PhoneCheck::Valid if !chosen_by_us => Some(ProblemKind::NotValidWithPlus),
        PhoneCheck::Auto if !chosen_by_us => {
            let is_good = validate::has_mobile_length(number.as_str())
                && known_changes::successor(number.as_str()).is_none();
            (!is_good).then_some(ProblemKind::WrongLength)
        }
        _ => Some(ProblemKind::NotValid),
    }
}

/// Returns the region in which the digits were tried as a national number.
fn tried(normalized: &Normalized, options: &PhoneOptions) -> Option<Region> {
    options.region.filter(|_| normalized.is_bare() && options.numbers != NumberStyle::International)
}

fn not_possible(normalized: &Normalized) -> PhoneProblem {
    match normalized.is_bare() {
        true => ProblemKind::NotPossible.into(),
        false => ProblemKind::NotPossibleWithCode.into(),
    }
}

/// Returns whether a spreadsheet may have rounded the number: it shows a large number as a power of
/// ten, and saved as CSV and opened again, that is a whole number that ends in zeros.
fn is_rounded(normalized: &Normalized) -> bool {
    normalized.prefix == Prefix::None && normalized.digits.as_bytes().ends_with(b"00000")
}

/// Returns whether the digits may begin with a country code, which is never `0`.
fn has_country_code(normalized: &Normalized) -> bool {
    !normalized.is_bare() || !normalized.digits.as_bytes().starts_with(b"0")
}

/// Returns the digits as a number that is not validated.
fn unchecked(normalized: &Normalized) -> Result<ParsedNumber, PhoneProblem> {
    PhoneNumber::from_digits(normalized.digits.as_str())
        .filter(|number| number.as_bytes().len() >= MIN_DIGITS)
        .map(|number| ParsedNumber {
            number,
            notes: normalized.repairs,
            completed: None,
            with_sign: !normalized.is_bare(),
        })
        .ok_or_else(|| ProblemKind::NotPossible.into())
}
