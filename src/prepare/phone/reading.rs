//! The ways to read the digits of a cell, and the choice between them: with the country code that
//! the digits begin with, or as a national number of the region.

use super::normalize::{Normalized, Prefix};
use super::options::{NumberStyle, PhoneCheck, PhoneOptions};
use super::problem::{PhoneProblem, ProblemKind};
use super::region::Region;
use super::unicode::Ascii;
use super::validate::{self, Validity, validate};
use crate::read::note::NoteKind;

/// One way to read digits.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    /// The number, and how far it exists.
    pub(super) validity: Validity,
    /// The region that gave the country code, if the digits have none.
    pub(super) region: Option<Region>,
    /// The repair that this reading makes to the digits.
    pub(super) repair: Option<NoteKind>,
}

/// Returns the best reading.
///
/// # Errors
/// `Ambiguous` if two readings are equally good, `NoCountryCode` if there is none.
pub(super) fn choose(
    normalized: &Normalized,
    options: &PhoneOptions,
) -> Result<Reading, PhoneProblem> {
    let digits = normalized.digits.as_str();
    if normalized.prefix != Prefix::None {
        return international(normalized, options.check);
    }
    if digits.starts_with('0') || options.numbers == NumberStyle::National {
        return match options.region {
            Some(region) => Ok(national(digits, region)),
            None => Err(no_country_code(digits, options.suggest)),
        };
    }
    let own_code = international(normalized, options.check)?;
    match options.region.filter(|_| options.numbers == NumberStyle::Auto) {
        Some(region) => match national(digits, region) {
            national if may_double_code(digits, &own_code, &national, region) => {
                Err(ambiguous(&own_code, &national))
            }
            national => better(own_code, national, options.check),
        },
        None if own_code.validity.valid_number().is_some() => Ok(own_code),
        None => match no_country_code(digits, options.suggest) {
            problem if problem.candidate.is_some() && options.region.is_none() => Err(problem),
            _ => Ok(own_code),
        },
    }
}

/// The reading in which the digits begin with a country code.
fn international(normalized: &Normalized, check: PhoneCheck) -> Result<Reading, PhoneProblem> {
    let reading = with_own_code(normalized.digits.as_str());
    let Some(with_zero) = normalized.with_zero() else {
        return Ok(reading);
    };
    let dropped = Reading { repair: Some(NoteKind::TrunkZero), ..reading };
    // Italy's zero is no trunk zero, but people write `+39 (0)6` as well. With the zero, a number
    // that lacks a digit can look possible, so only a valid number keeps it.
    match with_own_code(with_zero.as_str()) {
        kept if kept.validity.valid_number().is_some() => better(dropped, kept, check),
        _ => Ok(dropped),
    }
}

fn with_own_code(digits: &str) -> Reading {
    let validity = validate(digits);
    let rewritten = validity.number().filter(|number| number.as_bytes() != digits.as_bytes());
    let repair = rewritten.map(|number| repair_between(digits, number.as_str()));
    Reading { validity, region: None, repair }
}

/// The reading as a national number of the region.
fn national(digits: &str, region: Region) -> Reading {
    let code = region.calling_code().to_string();
    let validity = validate(Ascii::joined(&[&code, digits]).as_str());
    let lost_zero = region.has_trunk_zero() && !digits.starts_with('0');
    let repair = if lost_zero { NoteKind::LostZero } else { NoteKind::Completed };
    Reading { validity, region: Some(region), repair: Some(repair) }
}

/// Returns what the metadata changed in digits that begin with a country code.
fn repair_between(digits: &str, number: &str) -> NoteKind {
    let same = digits.bytes().zip(number.bytes()).take_while(|(a, b)| a == b).count();
    let zero_removed = digits[same..].strip_prefix('0') == Some(&number[same..]);
    if zero_removed { NoteKind::TrunkZero } else { NoteKind::Rewritten }
}

/// Returns whether the national reading may put the region's code before digits that already have
/// it: they begin with the code and have the length of a mobile number after it. The metadata ages
/// and mobile ranges grow, so that such a number with the code twice is valid proves nothing: it
/// may be a stranger's.
fn may_double_code(digits: &str, own_code: &Reading, national: &Reading, region: Region) -> bool {
    matches!(own_code.validity, Validity::Possible(_))
        && national.validity.valid_number().is_some()
        && digits.starts_with(&region.calling_code().to_string())
        && validate::has_mobile_length(digits)
}

fn ambiguous(one: &Reading, other: &Reading) -> PhoneProblem {
    PhoneProblem {
        kind: ProblemKind::Ambiguous,
        candidate: one.validity.number(),
        other: other.validity.number(),
        region: other.region,
    }
}

/// Returns the reading with the better validity; the first if both give the same number.
fn better(one: Reading, other: Reading, check: PhoneCheck) -> Result<Reading, PhoneProblem> {
    let rank = |reading: &Reading| match reading.validity {
        Validity::Valid { .. } => 2,
        Validity::Possible(_) => 1,
        Validity::Impossible => 0,
    };
    let (first, second) = (rank(&one), rank(&other));
    // Two readings that are only possible are both rejected unless the user accepts possible ones.
    let both_acceptable =
        first == second && (first == 2 || (first == 1 && check == PhoneCheck::Possible));
    if both_acceptable && one.validity.number() != other.validity.number() {
        return Err(ambiguous(&one, &other));
    }
    Ok(if second > first { other } else { one })
}

/// The problem of a national number without a region, with the number that it is in `suggest`.
fn no_country_code(digits: &str, suggest: Option<Region>) -> PhoneProblem {
    let candidate = suggest.and_then(|region| national(digits, region).validity.valid_number());
    PhoneProblem {
        candidate,
        region: suggest.filter(|_| candidate.is_some()),
        ..ProblemKind::NoCountryCode.into()
    }
}
