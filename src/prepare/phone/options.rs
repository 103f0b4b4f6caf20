//! What the user decides about numbers: the region, how bare digits are meant, how strictly to judge.

use std::fmt;
use std::str::FromStr;

use super::number::PhoneNumber;
use super::validate;

/// How numbers are read in a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct PhoneRules {
    /// Completes numbers that are written without a country code; without it they are refused.
    pub region: Option<Region>,
    /// How digits without `+`, `00` or `0` in front are meant.
    pub numbers: NumberStyle,
    /// How strictly a number is judged.
    pub check: PhoneCheck,
    /// The region to name in suggestions when there is no `region` (the sender's, say). No number
    /// is ever read by it.
    pub suggest: Option<Region>,
}

/// How digits without `+`, `00` or `0` in front are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum NumberStyle {
    /// Both ways are tried; if both give a valid number and they differ, the number is refused
    #[default]
    Auto,
    /// They begin with a country code
    International,
    /// They are national numbers of --region, their leading zero lost
    National,
}

/// How strictly a number is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum PhoneCheck {
    /// Valid, or written with + and of a possible length (with a warning)
    #[default]
    Auto,
    /// Valid, however it is written
    Valid,
    /// Of a possible length for its country (with a warning when not valid)
    Possible,
    /// 8 to 15 digits are enough
    Off,
}

/// What a number is for. It decides the reason codes, and what becomes of an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The recipient: an extension cannot be sent to, so it is refused.
    To,
    /// A number on the card: an extension is left out with a warning.
    Card,
}

/// A region (mostly a country) that the metadata knows, by its two letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region {
    code: rlibphonenumber::Region,
    calling_code: u16,
    dials_zero: bool,
}

impl Region {
    /// The region that a number belongs to, if it is one that the metadata knows.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Option<Self> {
        validate::region_of(number.as_str()).and_then(Self::known)
    }

    /// Its country calling code (254).
    #[must_use]
    pub fn calling_code(&self) -> u16 {
        self.calling_code
    }

    /// Whether national numbers are dialled with a zero in front that is no part of them.
    pub(super) fn dials_zero(&self) -> bool {
        self.dials_zero
    }

    fn known(code: rlibphonenumber::Region) -> Option<Self> {
        let (calling_code, dials_zero) = validate::dialling(code)?;
        Some(Self { code, calling_code, dials_zero })
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        let text = text.trim();
        let unknown = || UnknownRegion { given: text.to_owned(), meant: meant(text) };
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

/// The region someone meant who gave a calling code, or the one wrong code that everybody gives.
fn meant(text: &str) -> Option<Region> {
    if text.eq_ignore_ascii_case("UK") {
        return Region::from_str("GB").ok();
    }
    validate::main_region(text.trim_start_matches('+')).and_then(Region::known)
}

/// A region that the metadata does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRegion {
    given: String,
    meant: Option<Region>,
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a known region; ", self.given)?;
        match self.meant {
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
    fn a_region_is_two_known_letters() {
        for (text, shown, calling_code) in
            [("KE", "KE", 254), (" gb ", "GB", 44), ("us", "US", 1), ("Kz", "KZ", 7)]
        {
            let region: Region = text.parse().unwrap();
            assert_eq!((region.to_string().as_str(), region.calling_code()), (shown, calling_code));
        }
    }

    #[test]
    fn an_unknown_region_says_what_to_type() {
        let table = [
            ("UK", "`UK` is not a known region; did you mean GB?"),
            ("+254", "`+254` is not a known region; did you mean KE?"),
            ("ZZ", "`ZZ` is not a known region; give its two letters, like KE for Kenya"),
            ("001", "`001` is not a known region; give its two letters, like KE for Kenya"),
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
    fn zero_dialling_is_the_countrys_habit() {
        let dials_zero = |code: &str| code.parse::<Region>().unwrap().dials_zero();
        assert!(dials_zero("KE") && dials_zero("DE"));
        assert!(!dials_zero("DK") && !dials_zero("IT") && !dials_zero("US"));
    }
}
