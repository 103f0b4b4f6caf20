//! A region of libphonenumber's metadata: a country or territory with its calling code.

use std::fmt;
use std::str::FromStr;

use super::number::PhoneNumber;
use super::validate;

/// A region in the metadata, named by its two letters (ISO 3166-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region {
    code: rlibphonenumber::Region,
    calling_code: u16,
    has_trunk_zero: bool,
}

impl Region {
    /// Returns the region of a number, if the number is in a known range.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        validate::region_of(number.as_str()).and_then(Self::known)
    }

    /// The country calling code (254).
    #[must_use]
    pub fn calling_code(&self) -> u16 {
        self.calling_code
    }

    /// Returns whether digits begin with the region's calling code. No code is a prefix of another.
    pub(super) fn has_code_of(&self, digits: &str) -> bool {
        let after = digits.bytes().take(4).try_fold(0_u16, |code, digit| {
            let code = code * 10 + u16::from(digit.wrapping_sub(b'0') % 10);
            if code == self.calling_code { Err(()) } else { Ok(code) }
        });
        after.is_err()
    }

    /// Returns the length of the region's exit code, if the digits begin with one.
    pub(super) fn exit_code_length(&self, digits: &str) -> Option<usize> {
        validate::exit_code_length(self.code, digits)
    }

    /// Returns whether `0` is the trunk prefix of national numbers.
    pub(super) fn has_trunk_zero(&self) -> bool {
        self.has_trunk_zero
    }

    /// The place of the region's two letters in the alphabet of pairs: AA is 0, ZZ is 675.
    pub(super) fn index(self) -> usize {
        let text = self.code.as_region_str();
        text.bytes().fold(0, |index, letter| index * 26 + usize::from(letter.wrapping_sub(b'A')))
    }

    /// Returns the region whose [`index`](Self::index) this is.
    pub(super) fn at(index: usize) -> Option<Self> {
        let letter = |value: usize| u8::try_from(value).ok().map(|value| char::from(b'A' + value));
        let code = [letter(index / 26)?, letter(index % 26)?].iter().collect::<String>();
        rlibphonenumber::Region::from_code(&code).ok().and_then(Self::known)
    }

    fn known(code: rlibphonenumber::Region) -> Option<Self> {
        let (calling_code, has_trunk_zero) = validate::dialling_codes(code)?;
        Some(Self { code, calling_code, has_trunk_zero })
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        let text = text.trim();
        let unknown = || UnknownRegion { given: text.to_owned(), suggestion: suggestion(text) };
        rlibphonenumber::Region::from_code(&text.to_ascii_uppercase())
            .ok()
            .and_then(Self::known)
            .ok_or_else(unknown)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)
    }
}

/// Returns the region to suggest for a calling code, or for `UK`, which is not the ISO code.
fn suggestion(text: &str) -> Option<Region> {
    if text.eq_ignore_ascii_case("UK") {
        return Region::from_str("GB").ok();
    }
    validate::main_region(text.trim_start_matches('+')).and_then(Region::known)
}

/// A text that names no region of the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRegion {
    given: String,
    suggestion: Option<Region>,
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a known region; ", self.given)?;
        match self.suggestion {
            Some(region) => write!(f, "did you mean {region}?"),
            None => f.write_str("give its two letters, like KE for Kenya"),
        }
    }
}

impl std::error::Error for UnknownRegion {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_given_by_its_two_letters() {
        for (text, shown, calling_code) in
            [("KE", "KE", 254), (" gb ", "GB", 44), ("us", "US", 1), ("Kz", "KZ", 7)]
        {
            let region: Region = text.parse().unwrap();
            assert_eq!((region.to_string().as_str(), region.calling_code()), (shown, calling_code));
        }
    }

    #[test]
    fn an_unknown_region_gets_a_suggestion() {
        let table = [
            ("UK", "`UK` is not a known region; did you mean GB?"),
            ("+254", "`+254` is not a known region; did you mean KE?"),
            ("ZZ", "`ZZ` is not a known region; give its two letters, like KE for Kenya"),
            ("001", "`001` is not a known region; give its two letters, like KE for Kenya"),
            // As bytes, `W` less `0` is 39, Italy's calling code.
            ("W", "`W` is not a known region; give its two letters, like KE for Kenya"),
            ("~＋", "`~＋` is not a known region; give its two letters, like KE for Kenya"),
            ("Kenya", "`Kenya` is not a known region; give its two letters, like KE for Kenya"),
            ("", "`` is not a known region; give its two letters, like KE for Kenya"),
        ];
        for (text, message) in table {
            assert_eq!(text.parse::<Region>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_number_has_a_region() {
        let region =
            |digits| Region::of(&PhoneNumber::from_digits(digits).unwrap()).map(|r| r.to_string());
        assert_eq!(region("254110090747").as_deref(), Some("KE"));
        assert_eq!(region("14165550123").as_deref(), Some("CA"));
        assert_eq!(region("999"), None);
    }

    #[test]
    fn the_trunk_zero_depends_on_the_region() {
        let has_trunk_zero = |code: &str| code.parse::<Region>().unwrap().has_trunk_zero();
        assert!(has_trunk_zero("KE") && has_trunk_zero("DE"));
        assert!(!has_trunk_zero("DK") && !has_trunk_zero("IT") && !has_trunk_zero("US"));
    }
}
