//! The ways to read the digits of a cell, and the choice between them: with the country code that
//! the digits begin with, behind an exit code of the region, or as a national number of the region.

use super::known_changes;
use super::normalize::{Normalized, Prefix};
use super::number::PhoneNumber;
use super::options::{NumberStyle, PhoneCheck, PhoneOptions, Role};
use super::problem::{PhoneProblem, ProblemKind};
use super::region::Region;
use super::suggestion;
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
    /// True if the number is of a country that the list may not have.
    outside: bool,
}

/// Returns the best reading.
///
/// # Errors
/// `Ambiguous` if two readings are equally good, `NoCountryCode` if there is none, `ForeignLine` or
/// `UnknownLine` if the only one is somebody's fixed line elsewhere, `UnknownCountry` if it is of a
/// country that the list hardly has, `OtherCountry` if it is of one that the list may not have.
pub(super) fn choose(
    normalized: &Normalized,
    role: Role,
    options: &PhoneOptions,
) -> Result<Reading, PhoneProblem> {
    let reading = match normalized.prefix {
        Prefix::Plus | Prefix::International => international(normalized, options),
        Prefix::DoubleZero => dialled(normalized, options),
        _ if normalized.digits.as_bytes().starts_with(b"0") => behind_zero(normalized, options),
        _ => match options.numbers {
            NumberStyle::National => of_region(normalized, options),
            NumberStyle::International => international(normalized, options),
            NumberStyle::Auto if normalized.prefix == Prefix::Area => in_area(normalized, options),
            NumberStyle::Auto => bare(normalized, role, options),
        },
    }?;
    if reading.outside {
        return Err(other_country(&reading));
    }
    match with_code_once(&reading) {
        Some(once) => Err(PhoneProblem {
            candidate: reading.validity.number(),
            other: Some(once),
            ..ProblemKind::Ambiguous.into()
        }),
        None => Ok(reading),
    }
}

/// Returns the mobile number without the second country code of a number that is a fixed line with
/// it: some mobile numbers with the code twice look like a fixed line.
fn with_code_once(reading: &Reading) -> Option<PhoneNumber> {
    let number = reading.validity.number().filter(|_| is_fixed_line(reading))?;
    suggestion::without_doubled_code(number.as_str())
}

/// The reading of digits behind `00`, which can be a part of the region's exit code (`001` in
/// Singapore).
fn dialled(normalized: &Normalized, options: &PhoneOptions) -> Result<Reading, PhoneProblem> {
    let after_zeros = international(normalized, options)?;
    match behind_exit_code(normalized, options) {
        Some(other) if is_valid(&other) => better(after_zeros, other, options.check),
        _ => Ok(after_zeros),
    }
}

/// The reading of digits behind a single `0`: that of a national number, or the first of the
/// region's exit code (`011` in the United States).
fn behind_zero(normalized: &Normalized, options: &PhoneOptions) -> Result<Reading, PhoneProblem> {
    let national = of_region(normalized, options)?;
    match behind_exit_code(normalized, options) {
        Some(other) if is_valid(&other) => better(national, other, options.check),
        _ => Ok(national),
    }
}

/// The reading of digits that begin with an area code in brackets: a national number. Some put the
/// country code into brackets; that is taken where it is a country that something speaks for.
fn in_area(normalized: &Normalized, options: &PhoneOptions) -> Result<Reading, PhoneProblem> {
    let own_code = international(normalized, options)?;
    let is_known = match options.region {
        Some(region) => region.has_code_of(normalized.digits.as_str()),
        None => is_of_known_country(&own_code, options),
    };
    match (of_region(normalized, options), is_valid(&own_code) && is_known) {
        (Ok(national), true) if !is_valid(&national) => Ok(own_code),
        (Err(_), true) => Ok(own_code),
        (national, _) => national,
    }
}

/// The reading of bare digits, which is tried both ways when there is a region.
fn bare(
    normalized: &Normalized,
    role: Role,
    options: &PhoneOptions,
) -> Result<Reading, PhoneProblem> {
    let digits = normalized.digits.as_str();
    let own_code = international(normalized, options)?;
    let Some(region) = options.region else {
        return without_region(own_code, digits, role, options);
    };
    let national = national(digits, region, options);
    let has_own_code = region.has_code_of(digits);
    if has_own_code && is_mobile(&own_code) && is_fixed_line(&national) {
        return Ok(own_code);
    }
    if has_own_code && may_double_code(digits, &own_code, &national) {
        return Err(ambiguous(&own_code, &national));
    }
    let best = better(own_code, national, options.check)?;
    if best.region.is_none()
        && is_valid(&best)
        && !has_own_code
        && !is_mobile(&best)
        && must_be_valid(options.check)
    {
        return Err(PhoneProblem { region: Some(region), ..ProblemKind::ForeignLine.into() });
    }
    if !is_valid(&best)
        && let Some(other) = behind_exit_code(normalized, options).filter(is_valid)
    {
        return Ok(other);
    }
    Ok(best)
}

/// The reading of bare digits when there is no region: a fixed line, or a number of a role that is
/// in doubt, only in a country that something speaks for, because national numbers look like those
/// of other countries.
fn without_region(
    own_code: Reading,
    digits: &str,
    role: Role,
    options: &PhoneOptions,
) -> Result<Reading, PhoneProblem> {
    let is_known = || !must_be_valid(options.check) || is_of_known_country(&own_code, options);
    let needs_known = is_fixed_line(&own_code) || options.doubted.contains(role);
    if is_valid(&own_code) && (!needs_known || is_known()) {
        return Ok(own_code);
    }
    let other = own_code.validity.number();
    match no_country_code(digits, options) {
        problem if is_fixed_line(&own_code) => {
            Err(PhoneProblem { kind: ProblemKind::UnknownLine, other, ..problem })
        }
        problem if is_valid(&own_code) => {
            Err(PhoneProblem { kind: ProblemKind::UnknownCountry, other, ..problem })
        }
        problem if problem.candidate.is_some() => Err(problem),
        _ => Ok(own_code),
    }
}

/// The reading in which the digits begin with a country code.
fn international(normalized: &Normalized, options: &PhoneOptions) -> Result<Reading, PhoneProblem> {
    let digits = normalized.digits.as_str();
    let reading = match normalized.validity {
        Some(validity) => of_validity(digits, validity, options),
        None => with_own_code(digits, options),
    };
    let Some(with_zero) = normalized.with_zero() else {
        return Ok(reading);
    };
    let dropped = Reading { repair: Some(NoteKind::TrunkZero), ..reading };
    // Italy's zero is no trunk zero, but people write `+39 (0)6` as well. With the zero, a number
    // that lacks a digit can look possible, so only a valid number keeps it.
    match with_own_code(with_zero.as_str(), options) {
        kept if is_valid(&kept) => better(dropped, kept, options.check),
        _ => Ok(dropped),
    }
}

fn with_own_code(digits: &str, options: &PhoneOptions) -> Reading {
    if let Some((now, repair)) = known_changes::rewritten(digits) {
        return reading(validate(now.as_str()), None, Some(repair), options);
    }
    of_validity(digits, validate(digits), options)
}

fn of_validity(digits: &str, validity: Validity, options: &PhoneOptions) -> Reading {
    let rewritten = validity.number().filter(|number| number.as_bytes() != digits.as_bytes());
    let repair = rewritten.map(|number| repair_between(digits, number.as_str()));
    reading(validity, None, repair, options)
}

/// The reading as a national number of the region.
fn national(digits: &str, region: Region, options: &PhoneOptions) -> Reading {
    let code = region.calling_code().to_string();
    let with_code = Ascii::joined(&[&code, digits]);
    let with_code = with_code.as_str();
    let validity = match known_changes::rewritten(with_code) {
        Some((now, _)) => validate(now.as_str()),
        None => validate(with_code),
    };
    let lost_zero = region.has_trunk_zero() && !digits.starts_with('0');
    let repair = if lost_zero { NoteKind::LostZero } else { NoteKind::Completed };
    reading(validity, Some(region), Some(repair), options)
}

/// The reading behind an exit code of the region, for digits that begin with one.
fn behind_exit_code(normalized: &Normalized, options: &PhoneOptions) -> Option<Reading> {
    let region = options.region?;
    let has_zeros = normalized.zeros > 0 || normalized.digits.as_bytes().starts_with(b"00");
    if region.exits_with_zeros() && !has_zeros {
        return None;
    }
    let dialled = normalized.as_dialled();
    let digits = dialled.as_str();
    let length = region.exit_code_length(digits)?;
    let reading = with_own_code(&digits[length..], options);
    Some(Reading { repair: Some(NoteKind::DoubleZero), ..reading })
}

fn reading(
    validity: Validity,
    region: Option<Region>,
    repair: Option<NoteKind>,
    options: &PhoneOptions,
) -> Reading {
    let outside = options.countries.is_some() && is_outside(validity, options);
    Reading { validity, region, repair, outside }
}

/// Returns whether the number is of another country than those that the list may have. A number in
/// no known range has no country, only a calling code.
fn is_outside(validity: Validity, options: &PhoneOptions) -> bool {
    let (Some(countries), Some(number)) = (options.countries, validity.number()) else {
        return false;
    };
    match Region::of(&number) {
        Some(region) => !countries.contains(region),
        None => !countries.iter().any(|region| region.has_code_of(number.as_str())),
    }
}

fn is_of_known_country(reading: &Reading, options: &PhoneOptions) -> bool {
    let region = reading.validity.valid_number().and_then(|number| Region::of(&number));
    region.is_some_and(|region| options.known.contains(region))
}

/// The reading as a national number, if there is a region.
fn of_region(normalized: &Normalized, options: &PhoneOptions) -> Result<Reading, PhoneProblem> {
    let digits = normalized.digits.as_str();
    match options.region {
        Some(region) => Ok(national(digits, region, options)),
        None => Err(no_country_code(digits, options)),
    }
}

fn is_valid(reading: &Reading) -> bool {
    matches!(reading.validity, Validity::Valid { .. })
}

fn is_mobile(reading: &Reading) -> bool {
    reading.validity.mobile_number().is_some()
}

fn is_fixed_line(reading: &Reading) -> bool {
    matches!(reading.validity, Validity::Valid { line: validate::Line::Fixed, .. })
}

/// Returns whether the readings that we chose must be valid.
fn must_be_valid(check: PhoneCheck) -> bool {
    matches!(check, PhoneCheck::Auto | PhoneCheck::Valid)
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
fn may_double_code(digits: &str, own_code: &Reading, national: &Reading) -> bool {
    matches!(own_code.validity, Validity::Possible(_))
        && is_valid(national)
        && validate::has_mobile_length(digits)
}

fn ambiguous(one: &Reading, other: &Reading) -> PhoneProblem {
    PhoneProblem {
        candidate: one.validity.number(),
        other: other.validity.number(),
        region: other.region,
        ..ProblemKind::Ambiguous.into()
    }
}

fn other_country(reading: &Reading) -> PhoneProblem {
    PhoneProblem {
        region: reading.validity.number().and_then(|number| Region::of(&number)),
        ..ProblemKind::OtherCountry.into()
    }
}

/// Returns the reading with the better validity; the first if both give the same number.
fn better(one: Reading, other: Reading, check: PhoneCheck) -> Result<Reading, PhoneProblem> {
    let rank = |reading: &Reading| match reading.validity {
        Validity::Impossible => 0,
        _ if reading.outside => 1,
        Validity::Possible(_) => 2,
        Validity::Valid { .. } => 3,
    };
    let (first, second) = (rank(&one), rank(&other));
    // Two readings that are only possible are both rejected unless the user accepts possible ones.
    let both_acceptable =
        first == second && (first == 3 || (first == 2 && check == PhoneCheck::Possible));
    if both_acceptable && one.validity.number() != other.validity.number() {
        return Err(ambiguous(&one, &other));
    }
    Ok(if second > first { other } else { one })
}

/// The problem of a national number without a region, with the number that it is in the region to
/// suggest.
fn no_country_code(digits: &str, options: &PhoneOptions) -> PhoneProblem {
    let suggest = options.suggest.filter(|_| options.region.is_none());
    let national = suggest.map(|region| national(digits, region, options));
    let candidate = national
        .filter(|national| !national.outside)
        .and_then(|national| national.validity.valid_number());
    PhoneProblem {
        candidate,
        region: suggest.filter(|_| candidate.is_some()),
        ..ProblemKind::NoCountryCode.into()
    }
}
