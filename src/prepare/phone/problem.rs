//! The errors of a cell without a usable number: stable codes, and a message that says what to do.

use std::fmt;

use super::number::PhoneNumber;
use super::options::Role;
use super::region::Region;
use super::validate::METADATA_VERSION;

/// The error of a cell without a usable number. `Display` is a lowercase fragment for after the
/// column's name ("has letters; …"), without the cell's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhoneProblem {
    /// The kind of error.
    pub kind: ProblemKind,
    /// The number that the cell may mean, if there is one.
    pub candidate: Option<PhoneNumber>,
    /// The second number that an ambiguous cell may mean, or the number of a country that nothing
    /// speaks for.
    pub other: Option<PhoneNumber>,
    /// The region whose country code completes the candidate (of an ambiguous cell, `other`).
    pub region: Option<Region>,
    /// The first character that is no part of a number.
    pub sign: Option<char>,
}

/// The kinds of errors in a cell that should hold a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The cell is empty.
    Missing,
    /// No such country code or length, for digits without `+` or `00`.
    NotPossible,
    /// No such country code or length, for digits that say that a country code follows.
    NotPossibleWithCode,
    /// A sign that is no part of a number.
    Sign,
    /// A possible length, but in no range of the metadata.
    NotValid,
    /// The same, written with `+`, which `--phone-check auto` accepts.
    NotValidWithPlus,
    /// Written with `+`, in no range of the metadata, and no mobile number has its length.
    WrongLength,
    /// A form that the country has replaced.
    OldForm,
    /// Not valid in the region, and a fixed line of another country.
    ForeignLine,
    /// A fixed line of a country that nothing else speaks for.
    UnknownLine,
    /// A number of a country that nothing else speaks for, where most numbers fit no country.
    UnknownCountry,
    /// A number of a country that the list may not have.
    OtherCountry,
    /// A date.
    Date,
    /// A number with a fraction.
    Fraction,
    /// Letters.
    Letters,
    /// A power of ten from a spreadsheet; the last digits are missing.
    Exponent,
    /// An extension, which no message can reach.
    Extension,
    /// A number below zero.
    Negative,
    /// More than one number.
    Several,
    /// A number, and a few digits behind it.
    MoreDigits,
    /// Two valid readings that differ.
    Ambiguous,
    /// A national number, without a region to complete it.
    NoCountryCode,
    /// More than 40 characters.
    TooLong,
    /// An explicit WhatsApp id without 8 to 15 digits.
    WaIdBad,
}

impl ProblemKind {
    /// All kinds.
    pub const ALL: [Self; 24] = [
        Self::Missing,
        Self::NotPossible,
        Self::NotPossibleWithCode,
        Self::Sign,
        Self::NotValid,
        Self::NotValidWithPlus,
        Self::WrongLength,
        Self::OldForm,
        Self::ForeignLine,
        Self::UnknownLine,
        Self::UnknownCountry,
        Self::OtherCountry,
        Self::Date,
        Self::Fraction,
        Self::Letters,
        Self::Exponent,
        Self::Extension,
        Self::Negative,
        Self::Several,
        Self::MoreDigits,
        Self::Ambiguous,
        Self::NoCountryCode,
        Self::TooLong,
        Self::WaIdBad,
    ];

    /// The stable reason code for the role: `to_letters`, `phone_letters`, … A WhatsApp id has one
    /// code for both roles.
    #[must_use]
    pub fn code(self, role: Role) -> &'static str {
        let (to, card) = match self {
            Self::Missing => ("to_missing", "phone_missing"),
            Self::NotPossible | Self::NotPossibleWithCode | Self::Sign | Self::Negative => {
                ("to_not_possible", "phone_not_possible")
            }
            Self::NotValid
            | Self::NotValidWithPlus
            | Self::WrongLength
            | Self::OldForm
            | Self::ForeignLine => ("to_not_valid", "phone_not_valid"),
            Self::Letters => ("to_letters", "phone_letters"),
            Self::Exponent => ("to_exponent", "phone_exponent"),
            Self::Extension => ("to_extension", "phone_extension"),
            Self::Several | Self::MoreDigits => ("to_several", "phone_several"),
            Self::Ambiguous => ("to_ambiguous", "phone_ambiguous"),
            Self::OtherCountry => ("to_other_country", "phone_other_country"),
            Self::Date | Self::Fraction => ("to_date", "phone_date"),
            Self::NoCountryCode | Self::UnknownLine | Self::UnknownCountry => {
                ("to_no_country_code", "phone_no_country_code")
            }
            Self::TooLong => ("to_too_long", "phone_too_long"),
            Self::WaIdBad => ("wa_id_bad", "wa_id_bad"),
        };
        match role {
            Role::To => to,
            Role::Card => card,
        }
    }

    /// Returns whether the digits were read, and are no number.
    pub(super) fn is_about_digits(self) -> bool {
        matches!(
            self,
            Self::NotPossible
                | Self::NotPossibleWithCode
                | Self::NotValid
                | Self::NotValidWithPlus
                | Self::WrongLength
                | Self::ForeignLine
        )
    }

    /// Returns whether the digits are no number of any country.
    #[must_use]
    pub fn fits_no_country(self) -> bool {
        matches!(self, Self::NoCountryCode | Self::NotPossible | Self::NotValid)
    }

    /// Returns whether a whole number may stand somewhere in the text.
    pub(super) fn may_hold_a_number(self) -> bool {
        self.is_about_digits() || matches!(self, Self::Sign | Self::Letters | Self::TooLong)
    }
}

impl PhoneProblem {
    /// The stable reason code for the role.
    #[must_use]
    pub fn code(&self, role: Role) -> &'static str {
        self.kind.code(role)
    }
}

impl PhoneProblem {
    /// The number that the cell is likely to mean; `None` when nothing speaks for one alone.
    #[must_use]
    pub fn suggestion(&self) -> Option<PhoneNumber> {
        match self.kind {
            ProblemKind::Missing
            | ProblemKind::Ambiguous
            | ProblemKind::OtherCountry
            | ProblemKind::Exponent
            | ProblemKind::Date
            | ProblemKind::Fraction
            | ProblemKind::Several
            | ProblemKind::WaIdBad => None,
            ProblemKind::NoCountryCode => self.region.and(self.candidate),
            _ => self.candidate,
        }
    }
}

impl From<ProblemKind> for PhoneProblem {
    fn from(kind: ProblemKind) -> Self {
        Self { kind, candidate: None, other: None, region: None, sign: None }
    }
}

impl fmt::Display for PhoneProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ProblemKind::Missing => {
                f.write_str("is empty; give a number with its country code, like +254712345678")
            }
            ProblemKind::Extension => self.extension(f),
            ProblemKind::Ambiguous => self.ambiguous(f),
            ProblemKind::NoCountryCode => self.no_country_code(f),
            ProblemKind::OtherCountry => self.other_country(f),
            ProblemKind::Exponent => f.write_str(
                "was cut to a power of ten by a spreadsheet and its last digits are gone; \
                 make the column text there and enter or export the number again",
            ),
            ProblemKind::Date => f.write_str("is a date; write a telephone number there"),
            ProblemKind::Fraction => f.write_str(
                "is a number with a fraction, like the date and time of a spreadsheet; \
                 write a telephone number there",
            ),
            ProblemKind::Negative => f.write_str(
                "is a negative number, like the result of a calculation; write the telephone number there",
            ),
            ProblemKind::Several => f.write_str(
                "holds more than one number; keep one here and give the others a row of their own \
                 (or on a card a column of their own, like phone_2)",
            ),
            ProblemKind::WaIdBad => f.write_str(
                "is not a WhatsApp id, which is 8 to 15 digits with the country code; fix it or leave it empty",
            ),
            ProblemKind::Letters
            | ProblemKind::Sign
            | ProblemKind::TooLong
            | ProblemKind::MoreDigits => {
                self.what_does_not_belong(f)?;
                match self.candidate {
                    Some(number) => write!(f, "; write the number alone, +{number}"),
                    None if self.kind == ProblemKind::TooLong => {
                        f.write_str("; keep one number and nothing else")
                    }
                    None => f.write_str("; write the number in digits only"),
                }
            }
            _ => {
                self.not_a_number(f)?;
                match self.candidate {
                    Some(number) => write!(f, "; did you mean +{number}?"),
                    None => self.way_out(f),
                }
            }
        }
    }
}

impl PhoneProblem {
    fn what_does_not_belong(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.sign) {
            (ProblemKind::Letters, _) => f.write_str("has letters"),
            (ProblemKind::MoreDigits, _) => f.write_str("holds a number and more digits"),
            (ProblemKind::TooLong, _) => f.write_str("is longer than 40 characters"),
            // Two of these are a flag, and each alone is a letter in a box.
            (_, Some('\u{1F1E6}'..='\u{1F1FF}')) => f.write_str("has a flag"),
            (_, Some(sign)) if sign.is_control() => {
                write!(f, "has the control character U+{:04X}", u32::from(sign))
            }
            (_, Some(sign)) => write!(f, "has `{sign}` where no number has it"),
            (_, None) => f.write_str("has a sign that is no part of a number"),
        }
    }

    fn not_a_number(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, self.region) {
            (ProblemKind::OldForm, _) => f.write_str("is in a form that its country has replaced"),
            (ProblemKind::UnknownLine, _) => f.write_str(
                "has no `+` and is a fixed line of a country that no option and no number with + names",
            ),
            (ProblemKind::UnknownCountry, _) => f.write_str(
                "has no `+` and fits a country that no option and no number with + names, while most numbers of the list fit none",
            ),
            (ProblemKind::ForeignLine, Some(region)) => write!(
                f,
                "is no number of the region {region}, and with its own country code no mobile number"
            ),
            (ProblemKind::WrongLength, _) => write!(
                f,
                "is in no range that its country uses, by {METADATA_VERSION}, and does not have the length of a mobile number there"
            ),
            (ProblemKind::NotValid | ProblemKind::NotValidWithPlus, Some(region)) => {
                write!(f, "is in no range that the region {region} uses, by {METADATA_VERSION}")
            }
            (ProblemKind::NotValid | ProblemKind::NotValidWithPlus, None) => {
                write!(f, "is in no range that its country uses, by {METADATA_VERSION}")
            }
            (_, Some(region)) => write!(f, "is not a possible number of the region {region}"),
            (_, None) => f.write_str("is not a possible number"),
        }
    }

    fn way_out(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.kind, self.region) {
            (ProblemKind::NotValidWithPlus, _) => {
                "; check its digits (new ranges may be missing there: --phone-check auto accepts a number with + that has the length of a mobile number)"
            }
            (ProblemKind::WrongLength | ProblemKind::NotPossibleWithCode, _) => "; check its digits",
            (_, Some(_)) => "; check its digits and write it with + and its country code",
            (_, None) => {
                "; check its digits and write it with + and its country code, or give --region for national numbers"
            }
        })
    }

    fn other_country(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.region {
            Some(region) => write!(
                f,
                "is a number of {region}, which --countries does not name; add {region} there or remove the number"
            ),
            None => f.write_str("is of no country that --countries names; check its digits"),
        }
    }

    fn extension(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("has an extension, which no message can reach; leave it out")?;
        self.candidate.map_or(Ok(()), |number| write!(f, " and it is {number}"))
    }

    fn ambiguous(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(one), Some(other)) = (self.candidate, self.other) else {
            return f.write_str("can be read in two ways; write it with + and its country code");
        };
        match self.region {
            Some(region) => write!(
                f,
                "can be {one} with its own country code or {other} in the region {region}; \
                 write the right one with +, or give --numbers international or --numbers national"
            ),
            None => {
                write!(
                    f,
                    "can be {one} or {other}; write the right one with + and nothing else in front"
                )
            }
        }
    }

    fn no_country_code(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.candidate, self.region) {
            (Some(number), Some(region)) => {
                write!(f, "has no country code; with --region {region} it would be {number}")
            }
            _ => f.write_str(
                "has no country code; write it with one, like +254712345678, or give --region",
            ),
        }
    }
}

impl std::error::Error for PhoneProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_codes_do_not_change() {
        use ProblemKind::*;
        let table = [
            (Missing, "missing"),
            (NotPossible, "not_possible"),
            (NotValid, "not_valid"),
            (Letters, "letters"),
            (Exponent, "exponent"),
            (Extension, "extension"),
            (Several, "several"),
            (Ambiguous, "ambiguous"),
            (NoCountryCode, "no_country_code"),
            (TooLong, "too_long"),
            (OtherCountry, "other_country"),
            (Date, "date"),
        ];
        for (kind, name) in table {
            assert_eq!(kind.code(Role::To), format!("to_{name}"));
            assert_eq!(kind.code(Role::Card), format!("phone_{name}"));
        }
        assert_eq!((WaIdBad.code(Role::To), WaIdBad.code(Role::Card)), ("wa_id_bad", "wa_id_bad"));
    }
}
