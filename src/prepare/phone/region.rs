//! A region of libphonenumber's metadata: a country or territory with its calling code.

use std::fmt;
use std::str::FromStr;

use super::country_names::{self, CountryText};
use super::number::PhoneNumber;
use super::validate::{self, Dialling};

/// A region in the metadata, named by its two letters (ISO 3166-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region {
    code: rlibphonenumber::Region,
    calling_code: u16,
    has_trunk_zero: bool,
    exits_with_zeros: bool,
}

impl Region {
    /// Returns the region of a number, if the number is in a known range.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        validate::region_of(number).map(Self::from)
    }

    /// The two letters of the region (`KE`), in ASCII.
    #[must_use]
    pub fn letters(&self) -> [u8; 2] {
        let mut letters = [0; 2];
        letters.iter_mut().zip(self.code.as_region_str().bytes()).for_each(|(at, b)| *at = b);
        letters
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

    /// The country's name in English; its two letters where none is known.
    #[must_use]
    pub fn name(&self) -> String {
        country_names::english(*self).map_or_else(|| self.to_string(), str::to_owned)
    }

    /// Returns the length of the region's exit code, if the digits begin with one.
    pub(super) fn exit_code_length(&self, digits: &str) -> Option<usize> {
        validate::exit_code_length(self.code, digits)
    }

    /// Returns whether `0` is the trunk prefix of national numbers.
    pub(super) fn has_trunk_zero(&self) -> bool {
        self.has_trunk_zero
    }

    /// Returns whether the region's exit code is nothing but zeros.
    pub(super) fn exits_with_zeros(&self) -> bool {
        self.exits_with_zeros
    }

    /// Returns the region with these two letters.
    pub(super) fn of_code(letters: &str) -> Option<Self> {
        rlibphonenumber::Region::from_code(letters).ok().and_then(Self::known)
    }

    /// Returns the main region of a calling code (`254`), if it belongs to a region.
    pub(super) fn of_calling_code(digits: &str) -> Option<Self> {
        validate::main_region(digits).and_then(Self::known)
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
        validate::dialling(code).map(Self::from)
    }
}

impl From<Dialling> for Region {
    fn from(dialling: Dialling) -> Self {
        let Dialling { region, calling_code, has_trunk_zero, exits_with_zeros } = dialling;
        Self { code: region, calling_code, has_trunk_zero, exits_with_zeros }
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        let text = text.trim();
        if let Some(region) = Self::of_code(&text.to_ascii_uppercase()) {
            return Ok(region);
        }
        match CountryText::read(text) {
            CountryText::Region(region) => Ok(region),
            _ => Err(UnknownRegion { given: text.to_owned() }),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)
    }
}

/// A text that names no region of the metadata, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRegion {
    given: String,
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = &self.given;
        match CountryText::read(given) {
            CountryText::CallingCode(region) => {
                write!(f, "`{given}` is a calling code; did you mean {region}?")
            }
            _ => write!(f, "`{given}` {}", country_names::why_unknown(given)),
        }
    }
}

impl std::error::Error for UnknownRegion {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_given_by_its_two_letters_or_its_name() {
        for (text, shown, calling_code) in [
            ("KE", "KE", 254),
            (" gb ", "GB", 44),
            ("us", "US", 1),
            ("Kz", "KZ", 7),
            ("UK", "GB", 44),
            ("Kenya", "KE", 254),
        ] {
            let region: Region = text.parse().unwrap();
            assert_eq!((region.to_string().as_str(), region.calling_code()), (shown, calling_code));
        }
    }

    #[test]
    fn an_unknown_region_gets_a_suggestion() {
        let unknown = "is no country that is known; write its two letters, like KE for Kenya";
        let table = [
            ("+254", "`+254` is a calling code; did you mean KE?".to_owned()),
            ("Kenyaa", "`Kenyaa` is no country that is known; did you mean Kenya (KE)?".to_owned()),
            ("Congo", "`Congo` is the name of several countries; write CD or CG".to_owned()),
            ("ZZ", format!("`ZZ` {unknown}")),
            ("001", "`001` is a calling code; did you mean US?".to_owned()),
            // As bytes, `W` less `0` is 39, Italy's calling code.
            ("W", format!("`W` {unknown}")),
            ("~＋", format!("`~＋` {unknown}")),
            ("", format!("`` {unknown}")),
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
    fn the_exit_code_depends_on_the_region() {
        let exits_with_zeros = |code: &str| code.parse::<Region>().unwrap().exits_with_zeros();
        assert!(exits_with_zeros("KE") && exits_with_zeros("DE"));
        assert!(!exits_with_zeros("US") && !exits_with_zeros("NG") && !exits_with_zeros("SG"));
    }

    #[test]
    fn the_trunk_zero_depends_on_the_region() {
        let has_trunk_zero = |code: &str| code.parse::<Region>().unwrap().has_trunk_zero();
        assert!(has_trunk_zero("KE") && has_trunk_zero("DE"));
        assert!(!has_trunk_zero("DK") && !has_trunk_zero("IT") && !has_trunk_zero("US"));
    }
}
