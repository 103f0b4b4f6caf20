//! Whether such a number exists, by libphonenumber's metadata. Only digits come in here.
//!
//! `PhoneNumberUtil::parse` spends most of its time on expressions that look for punctuation and
//! extensions, of which nothing is left by now. So its remaining steps are taken here one by one,
//! with the library's own functions: 0.3 µs instead of 0.8, and the same answers but for one rule
//! of ours, that digits which are valid as they stand stay so (tests compare them).

use std::borrow::Cow;

use rlibphonenumber::interfaces::AsOriginal;
use rlibphonenumber::{
    NumberLengthType, PhoneNumberType, PhoneNumberUtil, Region, ValidationError,
};

use super::number::PhoneNumber;
use super::unicode::Ascii;

/// Whose lists of number ranges say what is valid. They age, so messages name them.
pub(super) const METADATA_VERSION: &str = "rlibphonenumber 2.2.15";

thread_local! {
    // A shared one does not scale: its expressions are handed from thread to thread. It is `None`
    // only if the metadata inside the library is broken, and then every number is impossible.
    static METADATA: Option<Metadata> = PhoneNumberUtil::new().ok().map(Metadata::new);
}

/// The library, and which digits are calling codes: that is asked up to three times a number.
struct Metadata {
    library: PhoneNumberUtil,
    calling_codes: Vec<bool>,
}

impl Metadata {
    fn new(library: PhoneNumberUtil) -> Self {
        let known = |code| library.get_region_for_country_code(code).is_some();
        Self { calling_codes: (0..1000).map(known).collect(), library }
    }

    /// Splits the country calling code off: no code is the beginning of another.
    fn split<'a>(&self, digits: &'a str) -> Option<(i32, &'a str)> {
        let mut code = 0;
        for (at, digit) in digits.bytes().enumerate().take(3) {
            code = code * 10 + usize::from(digit.checked_sub(b'0')?);
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

/// What the metadata says about one reading of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// In a known range.
    Valid {
        number: PhoneNumber,
        /// In a range of fixed lines only.
        fixed_line: bool,
    },
    /// In no known range, but of a length that its country has.
    Possible(PhoneNumber),
    /// No such country, or no such length there.
    Impossible,
}

impl Verdict {
    /// The number, unless it is impossible.
    pub(super) fn number(&self) -> Option<PhoneNumber> {
        match *self {
            Self::Valid { number, .. } | Self::Possible(number) => Some(number),
            Self::Impossible => None,
        }
    }

    /// The number, if it is valid.
    pub(super) fn valid(&self) -> Option<PhoneNumber> {
        self.number().filter(|_| matches!(self, Self::Valid { .. }))
    }
}

/// Judges digits that begin with a country code. A trunk prefix behind it is taken away where its
/// country has one.
pub(super) fn judge(digits: &str) -> Verdict {
    asked(|metadata| verdict(metadata, digits)).unwrap_or(Verdict::Impossible)
}

/// Whether these digits are a country calling code, no more and no less.
pub(super) fn is_calling_code(digits: &str) -> bool {
    asked(|metadata| metadata.split(digits).map(|(_, rest)| rest.is_empty())).unwrap_or(false)
}

/// The chief region of a calling code (`254`), if it belongs to one.
pub(super) fn main_region(calling_code: &str) -> Option<Region> {
    asked(|metadata| match metadata.split(calling_code)? {
        (code, "") => metadata.library.get_region_for_country_code(code),
        _ => None,
    })
    .filter(|&region| region != Region::World)
}

/// The region of digits that begin with a country code, if their range is known.
pub(super) fn region_of(digits: &str) -> Option<Region> {
    asked(|metadata| {
        let (code, national) = metadata.split(digits)?;
        metadata.library.get_region_for_number(&in_the_librarys_words(code, national)?)
    })
}

/// Whether digits that begin with a country code have the length of a mobile number there.
pub(super) fn has_mobile_length(digits: &str) -> bool {
    asked(|metadata| {
        let (code, national) = metadata.split(digits)?;
        let number = in_the_librarys_words(code, national)?;
        let library = &metadata.library;
        Some(library.is_possible_number_for_type_with_reason(&number, PhoneNumberType::Mobile))
    })
    .is_some_and(|length| length == Ok(NumberLengthType::IsPossible))
}

/// A region's calling code, and whether its national numbers are dialled with a `0` in front.
pub(super) fn dialling(region: Region) -> Option<(u16, bool)> {
    asked(|Metadata { library: util, .. }| {
        let code = util.get_country_code_for_region(region)?;
        let prefix = util.as_original().get_ndd_prefix_for_region(region, true)?;
        Some((u16::try_from(code).ok()?, prefix == "0"))
    })
}

fn asked<T>(question: impl FnOnce(&Metadata) -> Option<T>) -> Option<T> {
    METADATA.with(|metadata| metadata.as_ref().and_then(question))
}

fn verdict(metadata: &Metadata, digits: &str) -> Option<Verdict> {
    let (code, given) = metadata.split(digits)?;
    let util = &metadata.library;
    // Digits that are valid as they stand stay as they stand. `parse` would cut some of them,
    // where a number of Belarus, say, begins with what is a trunk prefix elsewhere in the country.
    if let Some(fixed_line) = known_range(util, code, given) {
        let number = PhoneNumber::from_digits(digits)?;
        return Some(Verdict::Valid { number, fixed_line });
    }
    let national = without_trunk_prefix(util, code, given)?;
    let calling_code = &digits[..digits.len() - given.len()];
    let number = PhoneNumber::from_digits(Ascii::joined(&[calling_code, &national]).as_str())?;
    if *national != *given
        && let Some(fixed_line) = known_range(util, code, &national)
    {
        return Some(Verdict::Valid { number, fixed_line });
    }
    // A number that can only be dialled within its town is of no use with a country code.
    (length(util, code, &national)? == Ok(NumberLengthType::IsPossible))
        .then_some(Verdict::Possible(number))
}

/// The national number without what is dialled in front of it only inside the country. The
/// prefix stays where the rest would be too short, as in `parse`.
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

/// Whether the number is in a known range: `Some(true)` for one of fixed lines only, `None` for
/// none. The regions that share a calling code are asked in the metadata's order, as in
/// `get_number_type`.
fn known_range(util: &PhoneNumberUtil, code: i32, national: &str) -> Option<bool> {
    let mut regions = util.get_regions_for_country_calling_code(code)?;
    if regions.len() == 1 {
        return range_in(util, code, regions.next()?, national);
    }
    for region in regions {
        let metadata = util.as_original().get_metadata_for_region(region)?;
        let range = range_in(util, code, region, national);
        let its_own = || {
            metadata
                .leading_digits()
                .anchor_start()
                .ok()
                .flatten()
                .is_some_and(|own| own.is_match(national))
        };
        if range.is_some() || its_own() {
            return range;
        }
    }
    None
}

fn range_in(util: &PhoneNumberUtil, code: i32, region: Region, national: &str) -> Option<bool> {
    let library = util.as_original();
    let metadata = library.get_metadata_for_region_or_calling_code(code, region)?;
    let matches = |desc| library.is_number_matching_desc(national, desc).unwrap_or(false);
    if !matches(&metadata.general_desc) {
        return None;
    }
    // Most numbers are mobile, and this one question tells. Whatever rarer kinds such a number may
    // be of as well, it is valid, and not only a fixed line.
    let mobile = match metadata.original.same_mobile_and_fixed_line_pattern() {
        true => &metadata.fixed_line,
        false => &metadata.mobile,
    };
    if matches(mobile) {
        return Some(false);
    }
    match library.get_number_type_helper(national, metadata).ok()? {
        PhoneNumberType::Unknown => None,
        kind => Some(kind == PhoneNumberType::FixedLine),
    }
}

/// What the library says about the length; `None` for what can be no national number at all.
fn length(
    util: &PhoneNumberUtil,
    code: i32,
    national: &str,
) -> Option<Result<NumberLengthType, ValidationError>> {
    Some(util.is_possible_number_with_reason(&in_the_librarys_words(code, national)?))
}

fn in_the_librarys_words(code: i32, national: &str) -> Option<rlibphonenumber::PhoneNumber> {
    // Of nothing but zeros, the library counts the last one as the number.
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

    /// The same question, answered by the library's front doors.
    fn by_parse(metadata: &Metadata, digits: &str) -> Verdict {
        let util = &metadata.library;
        let as_it_stands = metadata
            .split(digits)
            .filter(|(_, national)| national.len() > 1)
            .and_then(|(code, national)| in_the_librarys_words(code, national))
            .filter(|number| util.is_valid_number(number));
        if let (Some(valid), Some(number)) = (as_it_stands, PhoneNumber::from_digits(digits)) {
            let fixed_line = util.get_number_type(&valid) == PhoneNumberType::FixedLine;
            return Verdict::Valid { number, fixed_line };
        }
        let Ok(parsed) = util.parse(format!("+{digits}"), None) else {
            return Verdict::Impossible;
        };
        let text = util.format(&parsed, PhoneNumberFormat::E164);
        let Some(number) = PhoneNumber::from_digits(&text[1..]) else {
            return Verdict::Impossible;
        };
        match util.get_number_type(&parsed) {
            PhoneNumberType::Unknown => match util.is_possible_number_with_reason(&parsed) {
                Ok(NumberLengthType::IsPossible) => Verdict::Possible(number),
                _ => Verdict::Impossible,
            },
            kind => Verdict::Valid { number, fixed_line: kind == PhoneNumberType::FixedLine },
        }
    }

    fn same_as_parse(digits: &str) {
        let expected =
            asked(|metadata| Some(by_parse(metadata, digits))).expect("the metadata is there");
        assert_eq!(judge(digits), expected, "{digits}");
    }

    #[test]
    fn agrees_with_parse_on_every_regions_examples() {
        use PhoneNumberType::*;
        let regions =
            asked(|known| Some(known.library.get_supported_regions().collect::<Vec<_>>())).unwrap();
        assert!(regions.len() > 240, "the metadata knows the world");
        for region in regions {
            for kind in [FixedLine, Mobile, TollFree, PremiumRate, VoIP, PersonalNumber, UAN] {
                let example = asked(|Metadata { library, .. }| {
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
        fn agrees_with_parse_on_any_digits(all in proptest::collection::vec("[0-9]{0,20}", 40)) {
            all.iter().for_each(|digits| same_as_parse(digits));
        }
    }

    #[test]
    fn knows_calling_codes() {
        for code in ["1", "7", "44", "254", "870"] {
            assert!(is_calling_code(code), "{code}");
        }
        for other in ["", "0", "2", "25", "2547", "210"] {
            assert!(!is_calling_code(other), "{other}");
        }
    }

    #[test]
    fn the_version_named_is_the_one_built_in() {
        let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
        let (name, version) = METADATA_VERSION.split_once(' ').unwrap();
        let package = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert!(
            lock.replace('\r', "").contains(&package),
            "{METADATA_VERSION} is not what Cargo.lock says"
        );
    }
}
