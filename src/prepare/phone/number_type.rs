//! The type of a number by the phone metadata: mobile, fixed line and others.

use rlibphonenumber::PhoneNumberType;

use super::number::PhoneNumber;
use super::validate::library_type;

/// The types in the order of [`TYPES`], with their codes.
const TYPES: [(PhoneNumberType, &str); 12] = [
    (PhoneNumberType::Mobile, "mobile"),
    (PhoneNumberType::FixedLineOrMobile, "fixed_line_or_mobile"),
    (PhoneNumberType::FixedLine, "fixed_line"),
    (PhoneNumberType::VoIP, "voip"),
    (PhoneNumberType::TollFree, "toll_free"),
    (PhoneNumberType::PremiumRate, "premium_rate"),
    (PhoneNumberType::SharedCost, "shared_cost"),
    (PhoneNumberType::PersonalNumber, "personal_number"),
    (PhoneNumberType::Pager, "pager"),
    (PhoneNumberType::UAN, "uan"),
    (PhoneNumberType::VoiceMail, "voicemail"),
    (PhoneNumberType::Unknown, "unknown"),
];

/// The type of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NumberType(u8);

impl NumberType {
    /// All types.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).take(TYPES.len()).map(Self)
    }

    /// The type of this number; `unknown` for one in no known range.
    #[must_use]
    pub fn of(number: &PhoneNumber) -> Self {
        let found = library_type(number.as_str()).unwrap_or(PhoneNumberType::Unknown);
        let at = TYPES.iter().position(|(known, _)| *known == found);
        // The last one is that of no known range.
        Self(u8::try_from(at.unwrap_or(TYPES.len() - 1)).unwrap_or(0))
    }

    /// The stable code, as in the JSON report.
    #[must_use]
    pub fn code(self) -> &'static str {
        TYPES[usize::from(self.0)].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_number_is_that_of_the_metadata() {
        for (digits, code) in [
            ("254712345678", "mobile"),
            ("254202012345", "fixed_line"),
            ("12025550123", "fixed_line_or_mobile"),
            ("442079460000", "fixed_line"),
            ("445612345678", "voip"),
            ("18002345678", "toll_free"),
            ("254999999999", "unknown"),
        ] {
            let number = PhoneNumber::from_digits(digits).unwrap();
            assert_eq!(NumberType::of(&number).code(), code, "{digits}");
        }
        assert_eq!(NumberType::all().count(), TYPES.len());
    }
}
