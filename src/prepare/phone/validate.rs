//! Whether a number exists, by libphonenumber's metadata. The input is ASCII digits only.
//!
//! `PhoneNumberUtil::parse` spends most of its time on regular expressions for punctuation and
//! extensions, which are already removed here. So its other steps are called one by one: 0.3 µs
//! instead of 0.8. The results are the same but for one rule: digits that are valid as they are
//! stay so (tests compare them).

use std::borrow::Cow;

use rlibphonenumber::interfaces::AsOriginal;
use rlibphonenumber::{
    NumberLengthType, PhoneNumberType, PhoneNumberUtil, Region, ValidationError,
};

use super::number::PhoneNumber;
use super::unicode::Ascii;

/// The metadata in the crate `rlibphonenumber` (its Readme names the version). It ages, so messages
/// name it.
pub(super) const METADATA_VERSION: &str = "libphonenumber 9.0.42";

thread_local! {
    // One for all threads does not scale: its regular expressions are passed from thread to thread.
    // It is `None` only if the metadata in the library is broken; then every number is impossible.
    static METADATA: Option<Metadata> = PhoneNumberUtil::new().ok().map(Metadata::new);
}

struct Metadata {
    library: PhoneNumberUtil,
    /// The numbers below 1000 that are country calling codes: looked up up to three times a number.
    calling_codes: Vec<bool>,
    /// The regions that are alone with their calling code, by that code.
    sole_regions: Vec<Option<Dialling>>,
}

/// How a region is dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialling {
    /// The region.
    pub(super) region: Region,
    /// Its country calling code (254).
    pub(super) calling_code: u16,
    /// True if `0` is the trunk prefix of its national numbers.
    pub(super) has_trunk_zero: bool,
    /// True if its exit code is nothing but zeros.
    pub(super) exits_with_zeros: bool,
}

impl Metadata {
    fn new(library: PhoneNumberUtil) -> Self {
        let known = |code| library.get_region_for_country_code(code).is_some();
        let sole = |code| {
            let mut regions = library.get_regions_for_country_calling_code(code)?;
            let region = regions.next().filter(|_| regions.len() == 0)?;
            dialling_in(&library, region)
        };
        let calling_codes = (0..1000).map(known).collect();
        let sole_regions = (0..1000).map(sole).collect();
        Self { calling_codes, sole_regions, library }
    }

    /// Returns the region that is alone with the calling code that the digits begin with.
    fn sole_region(&self, digits: &[u8]) -> Option<Dialling> {
        let mut code = 0;
        digits.iter().take(3).find_map(|digit| {
            code = code * 10 + usize::from(digit.wrapping_sub(b'0') % 10);
            *self.sole_regions.get(code)?
        })
    }

    /// Splits digits into country calling code and national number. No code is a prefix of another.
    fn split<'a>(&self, digits: &'a str) -> Option<(i32, &'a str)> {
        let mut code = 0;
        for (at, digit) in digits.bytes().enumerate().take(3) {
            let value = digit.checked_sub(b'0').filter(|&value| value < 10)?;
            code = code * 10 + usize::from(value);
            if *self.calling_codes.get(code)? {
                return Some((i32::try_from(code).ok()?, &digits[at + 1..]));
            }
            if code == 0 {
                return None;
            }
        }
        None
    }
}

/// The kind of line that a range of numbers is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Mobile telephones, or mobile telephones and fixed lines alike.
    Mobile,
    /// Fixed lines only.
    Fixed,
    /// Something else: internet telephony, free calls, pagers.
    Other,
}

/// The validity of a number by the metadata. The number is without a trunk prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Validity {
    /// In a range that its country uses.
    Valid { number: PhoneNumber, line: Line },
    /// In no such range, but of a length that its country uses.
    Possible(PhoneNumber),
    /// No such country code, or no such length there.
    Impossible,
}

impl Validity {
    /// The number, unless it is impossible.
    pub(super) fn number(&self) -> Option<PhoneNumber> {
        match *self {
            Self::Valid { number, .. } | Self::Possible(number) => Some(number),
            Self::Impossible => None,
        }
    }

    /// The number, if it is valid.
    pub(super) fn valid_number(&self) -> Option<PhoneNumber> {
        self.number().filter(|_| matches!(self, Self::Valid { .. }))
    }

    /// The number, if it is valid and that of a mobile telephone.
    pub(super) fn mobile_number(&self) -> Option<PhoneNumber> {
        self.number().filter(|_| matches!(self, Self::Valid { line: Line::Mobile, .. }))
    }
}

/// Validates digits that begin with a country code. A trunk prefix after it is removed where the
/// country has one.
pub(super) fn validate(digits: &str) -> Validity {
    with_metadata(|metadata| validity(metadata, digits)).unwrap_or(Validity::Impossible)
}

/// Returns whether the digits are a country calling code and nothing more.
pub(super) fn is_calling_code(digits: &str) -> bool {
    with_metadata(|metadata| metadata.split(digits).map(|(_, rest)| rest.is_empty()))
        .unwrap_or(false)
}

/// Returns the main region of a calling code (`254`), if it belongs to a region.
pub(super) fn main_region(calling_code: &str) -> Option<Region> {
    with_metadata(|metadata| match metadata.split(calling_code)? {
        (code, "") => metadata.library.get_region_for_country_code(code),
        _ => None,
    })
    .filter(|&region| region != Region::World)
}

/// Returns the region of a number, if it is in a known range.
pub(super) fn region_of(number: &PhoneNumber) -> Option<Dialling> {
    with_metadata(|metadata| {
        if let Some(sole) = metadata.sole_region(number.as_bytes()) {
            return Some(sole);
        }
        let (code, national) = metadata.split(number.as_str())?;
        let number = library_number(code, national)?;
        dialling_in(&metadata.library, metadata.library.get_region_for_number(&number)?)
    })
}

/// Returns whether digits that begin with a country code have the length of a mobile number there.
pub(super) fn has_mobile_length(digits: &str) -> bool {
    with_metadata(|metadata| {
        let (code, national) = metadata.split(digits)?;
        let number = library_number(code, national)?;
        let library = &metadata.library;
        Some(library.is_possible_number_for_type_with_reason(&number, PhoneNumberType::Mobile))
    })
    .is_some_and(|length| length == Ok(NumberLengthType::IsPossible))
}

/// Returns the length of a region's exit code, if the digits begin with one (`011` in the United
/// States).
pub(super) fn exit_code_length(region: Region, digits: &str) -> Option<usize> {
    with_metadata(|metadata| {
        let metadata = metadata.library.as_original().get_metadata_for_region(region)?;
        let pattern = metadata.international_prefix().original_base();
        // That of most countries is one code, `00` or `000`.
        if !pattern.is_empty() && pattern.bytes().all(|b| b.is_ascii_digit()) {
            return digits.starts_with(pattern).then_some(pattern.len());
        }
        let exit_code = metadata.international_prefix().anchor_start().ok()??;
        exit_code.find(digits).map(|found| found.end())
    })
}

/// Returns how a region is dialled, if the metadata has it.
pub(super) fn dialling(region: Region) -> Option<Dialling> {
    with_metadata(|metadata| dialling_in(&metadata.library, region))
}

fn dialling_in(library: &PhoneNumberUtil, region: Region) -> Option<Dialling> {
    let calling_code = u16::try_from(library.get_country_code_for_region(region)?).ok()?;
    let metadata = library.as_original().get_metadata_for_region(region)?;
    let has_trunk_zero = metadata.original.national_prefix() == "0";
    let exit_code = metadata.international_prefix().original_base();
    let exits_with_zeros = !exit_code.is_empty() && exit_code.bytes().all(|b| b == b'0');
    Some(Dialling { region, calling_code, has_trunk_zero, exits_with_zeros })
}

/// The library's type of a number; `None` for digits that begin with no country calling code.
pub(super) fn library_type(digits: &str) -> Option<PhoneNumberType> {
    with_metadata(|metadata| {
        let (code, national) = metadata.split(digits)?;
        Some(metadata.library.get_number_type(&library_number(code, national)?))
    })
}

fn with_metadata<T>(query: impl FnOnce(&Metadata) -> Option<T>) -> Option<T> {
    METADATA.with(|metadata| metadata.as_ref().and_then(query))
}

fn validity(metadata: &Metadata, digits: &str) -> Option<Validity> {
    let (code, given) = metadata.split(digits)?;
    let util = &metadata.library;
    // Digits that are valid as they are stay as they are. `parse` would shorten some of them: a
    // number of Belarus can begin with the country's trunk prefix.
    if let Some(line) = known_range(util, code, given) {
        let number = PhoneNumber::from_digits(digits)?;
        return Some(Validity::Valid { number, line });
    }
    let calling_code = &digits[..digits.len() - given.len()];
    if let Some((national, line)) = behind_plain_trunk_prefix(util, code, given) {
        let number = PhoneNumber::from_digits(Ascii::joined(&[calling_code, national]).as_str())?;
        return Some(Validity::Valid { number, line });
    }
    let national = without_trunk_prefix(util, code, given)?;
    let number = PhoneNumber::from_digits(Ascii::joined(&[calling_code, &national]).as_str())?;
    if *national != *given
        && let Some(line) = known_range(util, code, &national)
    {
        return Some(Validity::Valid { number, line });
    }
    // A number that can only be dialled locally is of no use with a country code.
    (length(util, code, &national)? == Ok(NumberLengthType::IsPossible))
        .then_some(Validity::Possible(number))
}

/// Returns the national number behind a trunk prefix that is nothing but digits, as `0` is, if it is
/// in a range of the code's main region. Then [`without_trunk_prefix`] gives the same number, with
/// four more searches by regular expressions.
fn behind_plain_trunk_prefix<'a>(
    util: &PhoneNumberUtil,
    code: i32,
    national: &'a str,
) -> Option<(&'a str, Line)> {
    let region = util.get_region_for_country_code(code)?;
    let metadata = util.as_original().get_metadata_for_region_or_calling_code(code, region)?;
    // Digits, with `|` between several prefixes: the first one that fits counts.
    let prefixes = metadata.national_prefix_for_parsing().original_base();
    if prefixes.is_empty() || !prefixes.bytes().all(|b| b.is_ascii_digit() || b == b'|') {
        return None;
    }
    let rest = prefixes.split('|').find_map(|prefix| national.strip_prefix(prefix))?;
    range_in(util, code, region, rest).map(|line| (rest, line))
}

/// Returns the national number without its trunk prefix. As in `parse`, the prefix stays where the
/// rest would be too short.
fn without_trunk_prefix<'a>(
    util: &PhoneNumberUtil,
    code: i32,
    national: &'a str,
) -> Option<Cow<'a, str>> {
    let region = util.get_region_for_country_code(code)?;
    let library = util.as_original();
    let metadata = library.get_metadata_for_region_or_calling_code(code, region)?;
    let prefix = metadata.national_prefix_for_parsing().anchor_start().ok()?;
    if !prefix.is_some_and(|prefix| prefix.is_match(national)) {
        return Some(Cow::Borrowed(national));
    }
    let (rest, _) =
        library.maybe_strip_national_prefix_and_carrier_code(metadata, national).ok()?;
    let too_short = matches!(
        length(util, code, &rest)?,
        Ok(NumberLengthType::IsPossibleLocalOnly)
            | Err(ValidationError::TooShort | ValidationError::InvalidLength)
    );
    Some(if too_short { Cow::Borrowed(national) } else { rest })
}

/// Looks a national number up in the ranges of its country; `None` for no range. Regions that share a calling code are searched in the metadata's
/// order, as in `get_number_type`.
fn known_range(util: &PhoneNumberUtil, code: i32, national: &str) -> Option<Line> {
    let mut regions = util.get_regions_for_country_calling_code(code)?;
    if regions.len() == 1 {
        return range_in(util, code, regions.next()?, national);
    }
    for region in regions {
        let metadata = util.as_original().get_metadata_for_region(region)?;
        let range = range_in(util, code, region, national);
        let has_leading_digits = || {
            metadata
                .leading_digits()
                .anchor_start()
                .ok()
                .flatten()
                .is_some_and(|digits| digits.is_match(national))
        };
        if range.is_some() || has_leading_digits() {
            return range;
        }
    }
    None
}

fn range_in(util: &PhoneNumberUtil, code: i32, region: Region, national: &str) -> Option<Line> {
    let library = util.as_original();
    let metadata = library.get_metadata_for_region_or_calling_code(code, region)?;
    let matches = |desc| library.is_number_matching_desc(national, desc).unwrap_or(false);
    if !matches(&metadata.general_desc) {
        return None;
    }
    // Most numbers are mobile, so this is tried first, whatever other type such a number also has.
    let mobile = match metadata.original.same_mobile_and_fixed_line_pattern() {
        true => &metadata.fixed_line,
        false => &metadata.mobile,
    };
    if matches(mobile) {
        return Some(Line::Mobile);
    }
    match library.get_number_type_helper(national, metadata).ok()? {
        PhoneNumberType::Unknown => None,
        PhoneNumberType::FixedLine => Some(Line::Fixed),
        PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile => Some(Line::Mobile),
        _ => Some(Line::Other),
    }
}

/// Returns the library's result for the length; `None` for what can be no national number at all.
fn length(
    util: &PhoneNumberUtil,
    code: i32,
    national: &str,
) -> Option<Result<NumberLengthType, ValidationError>> {
    Some(util.is_possible_number_with_reason(&library_number(code, national)?))
}

fn library_number(code: i32, national: &str) -> Option<rlibphonenumber::PhoneNumber> {
    // If all digits are zeros, the library counts the last one as the number.
    let zeros =
        national.bytes().take_while(|&b| b == b'0').count().min(national.len().checked_sub(1)?);
    Some(rlibphonenumber::PhoneNumber {
        country_code: code,
        national_number: national.parse().ok()?,
        italian_leading_zero: (zeros > 0).then_some(true),
        number_of_leading_zeros: i32::try_from(zeros).ok().filter(|&zeros| zeros > 1),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rlibphonenumber::PhoneNumberFormat;

    use super::*;

    /// The validity by the library's public functions alone.
    fn by_parse(metadata: &Metadata, digits: &str) -> Validity {
        let util = &metadata.library;
        let unchanged = metadata
            .split(digits)
            .filter(|(_, national)| national.len() > 1)
            .and_then(|(code, national)| library_number(code, national))
            .filter(|number| util.is_valid_number(number));
        if let (Some(valid), Some(number)) = (unchanged, PhoneNumber::from_digits(digits)) {
            return Validity::Valid { number, line: line(util.get_number_type(&valid)) };
        }
        let Ok(parsed) = util.parse(format!("+{digits}"), None) else {
            return Validity::Impossible;
        };
        let text = util.format(&parsed, PhoneNumberFormat::E164);
        let Some(number) = PhoneNumber::from_digits(&text[1..]) else {
            return Validity::Impossible;
        };
        match util.get_number_type(&parsed) {
            PhoneNumberType::Unknown => match util.is_possible_number_with_reason(&parsed) {
                Ok(NumberLengthType::IsPossible) => Validity::Possible(number),
                _ => Validity::Impossible,
            },
            kind => Validity::Valid { number, line: line(kind) },
        }
    }

    fn line(kind: PhoneNumberType) -> Line {
        match kind {
            PhoneNumberType::FixedLine => Line::Fixed,
            PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile => Line::Mobile,
            _ => Line::Other,
        }
    }

    /// The same, but for the type: ranges of mobile telephones come first here, those of paid
    /// services in the library.
    fn without_type(validity: Validity) -> Validity {
        match validity {
            Validity::Valid { number, line: Line::Mobile | Line::Other } => {
                Validity::Valid { number, line: Line::Other }
            }
            other => other,
        }
    }

    fn same_as_parse(digits: &str) {
        let expected = with_metadata(|metadata| Some(by_parse(metadata, digits)))
            .expect("the metadata is there");
        assert_eq!(without_type(validate(digits)), without_type(expected), "{digits}");
    }

    #[test]
    fn the_examples_of_every_region_get_the_same_validity_as_by_parse() {
        use PhoneNumberType::*;
        let regions =
            with_metadata(|known| Some(known.library.get_supported_regions().collect::<Vec<_>>()))
                .unwrap();
        assert!(regions.len() > 240, "the metadata has all regions");
        for region in regions {
            for kind in [FixedLine, Mobile, TollFree, PremiumRate, VoIP, PersonalNumber, UAN] {
                let example = with_metadata(|Metadata { library, .. }| {
                    library.get_example_number_for_type_and_region(region, kind).ok()
                });
                let Some(example) = example else { continue };
                let national = rlibphonenumber::get_national_significant_number_owned(&example);
                for prefix in ["", "0", "00", "1", "8", "9", "15", "06"] {
                    same_as_parse(&format!("{}{prefix}{national}", example.country_code));
                }
                same_as_parse(&format!("{}{}", example.country_code, &national[1..]));
                same_as_parse(&format!("{}{national}0", example.country_code));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_digits_get_the_same_validity_as_by_parse(all in proptest::collection::vec("[0-9]{0,20}", 40)) {
            all.iter().for_each(|digits| same_as_parse(digits));
        }

        /// The countries have trunk prefixes of plain digits, several of them or a pattern.
        #[test]
        fn digits_behind_a_trunk_prefix_get_the_same_validity_as_by_parse(
            all in proptest::collection::vec(
                "(254|256|49|44|234|91|55|54|52|61|81|86|90|7|1|375|261|39)(0|00|005|06|8|1|9)[1-9][0-9]{5,10}",
                40,
            ),
        ) {
            all.iter().for_each(|digits| same_as_parse(digits));
        }
    }

    #[test]
    fn every_number_has_the_region_that_the_library_gives_it() {
        let types = [PhoneNumberType::FixedLine, PhoneNumberType::Mobile];
        let mut compared = 0;
        with_metadata(|Metadata { library, .. }| {
            for region in library.get_supported_regions() {
                for kind in types {
                    let example = library.get_example_number_for_type_and_region(region, kind);
                    let Ok(example) = example else { continue };
                    let national = rlibphonenumber::get_national_significant_number_owned(&example);
                    let digits = format!("{}{national}", example.country_code);
                    let found = PhoneNumber::from_digits(&digits).as_ref().and_then(region_of);
                    let found = found.map(|found| found.region);
                    assert_eq!(found, library.get_region_for_number(&example), "{digits}");
                    compared += 1;
                }
            }
            Some(())
        });
        assert!(compared > 400);
    }

    #[test]
    fn a_regions_exit_code_is_found() {
        let length = |region: &str, digits| {
            exit_code_length(Region::from_code(region).expect("it is a region"), digits)
        };
        for (region, digits, expected) in [
            ("US", "011254", Some(3)),
            ("KE", "000254", Some(3)),
            ("DE", "00254", Some(2)),
            ("DE", "011254", None),
            ("NG", "009254", Some(3)),
            ("SG", "001254", Some(3)),
            ("US", "254", None),
        ] {
            assert_eq!(length(region, digits), expected, "{region} {digits}");
        }
    }

    #[test]
    fn calling_codes_are_known() {
        for code in ["1", "7", "44", "254", "870"] {
            assert!(is_calling_code(code), "{code}");
        }
        for other in ["", "0", "2", "25", "2547", "210"] {
            assert!(!is_calling_code(other), "{other}");
        }
    }

    #[test]
    fn the_metadata_version_belongs_to_the_crate_in_use() {
        let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
        assert!(
            lock.replace('\r', "").contains("name = \"rlibphonenumber\"\nversion = \"2.2.15\"\n"),
            "set METADATA_VERSION by the Readme of the new rlibphonenumber"
        );
    }
}
