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
    /// The second number that an ambiguous cell may mean.
    pub other: Option<PhoneNumber>,
    /// The region whose country code completes the candidate (of an ambiguous cell, `other`).
    pub region: Option<Region>,
}

/// The kinds of errors in a cell that should hold a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The cell is empty.
    Missing,
    /// No such country code or length, or a sign that is no part of a number.
    NotPossible,
    /// A possible length, but in no range of the metadata.
    NotValid,
    /// Letters.
    Letters,
    /// A power of ten from a spreadsheet; the last digits are missing.
    Exponent,
    /// An extension, which no message can reach.
    Extension,
    /// More than one number.
    Several,
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
    /// The stable reason code for the role: `to_letters`, `phone_letters`, … A WhatsApp id has one
    /// code for both roles.
    #[must_use]
    pub fn code(self, role: Role) -> &'static str {
        let (to, card) = match self {
            Self::Missing => ("to_missing", "phone_missing"),
            Self::NotPossible => ("to_not_possible", "phone_not_possible"),
            Self::NotValid => ("to_not_valid", "phone_not_valid"),
            Self::Letters => ("to_letters", "phone_letters"),
            Self::Exponent => ("to_exponent", "phone_exponent"),
            Self::Extension => ("to_extension", "phone_extension"),
            Self::Several => ("to_several", "phone_several"),
            Self::Ambiguous => ("to_ambiguous", "phone_ambiguous"),
            Self::NoCountryCode => ("to_no_country_code", "phone_no_country_code"),
            Self::TooLong => ("to_too_long", "phone_too_long"),
            Self::WaIdBad => ("wa_id_bad", "wa_id_bad"),
        };
        match role {
            Role::To => to,
            Role::Card => card,
        }
    }
}

impl PhoneProblem {
    /// The stable reason code for the role.
    #[must_use]
    pub fn code(&self, role: Role) -> &'static str {
        self.kind.code(role)
    }
}

impl From<ProblemKind> for PhoneProblem {
    fn from(kind: ProblemKind) -> Self {
        Self { kind, candidate: None, other: None, region: None }
    }
}

impl fmt::Display for PhoneProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ProblemKind::Missing => f.write_str("is empty; give a number with its country code, like +254712345678"),
            ProblemKind::NotPossible => match self.candidate {
                Some(number) => write!(f, "is not a possible number; did you mean +{number}?"),
                None => f.write_str(
                    "is not a possible number; check its digits and write it with + and its country code",
                ),
            },
            ProblemKind::NotValid => self.not_valid(f),
            ProblemKind::Letters => match self.candidate {
                Some(number) => write!(f, "has letters; write the number alone, +{number}"),
                None => f.write_str("has letters; write the number in digits only"),
            },
            ProblemKind::Exponent => f.write_str(
                "was cut to a power of ten by a spreadsheet and its last digits are gone; \
                 make the column text there and enter or export the number again",
            ),
            ProblemKind::Extension => self.extension(f),
            ProblemKind::Several => f.write_str(
                "holds more than one number; keep one here and give the others a row of their own \
                 (or on a card a column of their own, like phone_2)",
            ),
            ProblemKind::Ambiguous => self.ambiguous(f),
            ProblemKind::NoCountryCode => self.no_country_code(f),
            ProblemKind::TooLong => f.write_str("is longer than 40 characters; keep one number and nothing else"),
            ProblemKind::WaIdBad => f.write_str(
                "is not a WhatsApp id, which is 8 to 15 digits with the country code; fix it or leave it empty",
            ),
        }
    }
}

impl PhoneProblem {
    fn not_valid(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.candidate, self.region) {
            (Some(number), Some(region)) => {
                write!(f, "would be {number} by the region {region}, which is in no range in use")?
            }
            (Some(number), None) => write!(f, "would be {number}, which is in no range in use")?,
            (None, _) => f.write_str("is in no range that its country uses")?,
        }
        write!(
            f,
            ", by {METADATA_VERSION}; check its digits (lists age: --phone-check possible lets all such numbers pass)"
        )
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
                write!(f, "can be {one} or {other}; write the right one with + and without (0)")
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
        ];
        for (kind, name) in table {
            assert_eq!(kind.code(Role::To), format!("to_{name}"));
            assert_eq!(kind.code(Role::Card), format!("phone_{name}"));
        }
        assert_eq!((WaIdBad.code(Role::To), WaIdBad.code(Role::Card)), ("wa_id_bad", "wa_id_bad"));
    }
}
