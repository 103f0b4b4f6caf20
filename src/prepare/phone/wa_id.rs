//! Explicit WhatsApp ids of a card's numbers.

use super::known_changes;
use super::normalize::{self, Normalized};
use super::number::PhoneNumber;
use super::options::PhoneOptions;
use super::parse::MIN_DIGITS;
use super::problem::{PhoneProblem, ProblemKind};
use super::unicode::Ascii;
use super::validate::validate;
use crate::read::no_value::is_no_number;

/// Parses an explicit WhatsApp id; `None` for an empty one. It is the id that the account was
/// registered with, so a number with its country code stays as it is, an old form too. Else it is a
/// national number of the region.
///
/// # Errors
/// `wa_id_bad` for what is no id.
pub fn parse_wa_id(
    text: &str,
    options: &PhoneOptions,
) -> Result<Option<PhoneNumber>, PhoneProblem> {
    let bad = || PhoneProblem::from(ProblemKind::WaIdBad);
    if text.is_empty() || is_no_number(text) {
        return Ok(None);
    }
    match normalize::normalize(text) {
        Ok(normalized) if !normalized.extension => {
            id(&normalized, options).map(Some).ok_or_else(bad)
        }
        Err(ProblemKind::Missing) => Ok(None),
        _ => Err(bad()),
    }
}

/// Reads the WhatsApp id of a person who wrote: digits with the country code, with a `+` or as a chat
/// id or not; `None` for what is no telephone number, as the id of a group.
#[must_use]
pub fn parse_account(text: &str) -> Option<PhoneNumber> {
    let normalized = normalize::normalize(text.trim()).ok().filter(|id| !id.extension)?;
    let digits = normalized.digits.as_str();
    PhoneNumber::from_digits(digits).filter(|_| !digits.starts_with('0'))
}

fn id(normalized: &Normalized, options: &PhoneOptions) -> Option<PhoneNumber> {
    let digits = normalized.digits.as_str();
    let as_it_is = PhoneNumber::from_digits(digits)
        .filter(|_| digits.len() >= MIN_DIGITS && !digits.starts_with('0'));
    let region = match options.region {
        Some(region) if normalized.is_bare() && !is_registered(digits) => region,
        _ => return as_it_is,
    };
    let with_code = Ascii::joined(&[&region.calling_code().to_string(), digits]);
    let old = || {
        known_changes::successor(with_code.as_str())
            .and_then(|_| PhoneNumber::from_digits(with_code.as_str()))
    };
    validate(with_code.as_str()).valid_number().or_else(old).or(as_it_is)
}

/// Returns whether the digits are a number with its country code, of today or of the time when the
/// account was registered.
fn is_registered(digits: &str) -> bool {
    validate(digits).valid_number().is_some()
        || known_changes::rewritten(digits).is_some()
        || known_changes::successor(digits).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::options::Role;
    use super::*;

    fn parse(text: &str, region: &str) -> Result<Option<String>, &'static str> {
        let options = PhoneOptions { region: region.parse().ok(), ..PhoneOptions::default() };
        parse_wa_id(text, &options)
            .map(|id| id.map(|id| id.to_string()))
            .map_err(|problem| problem.code(Role::Card))
    }

    #[test]
    fn the_id_that_the_account_was_registered_with_stays() {
        let table = [
            ("", "5213312345670", "5213312345670"),
            ("MX", "5213312345670", "5213312345670"),
            ("MX", "+52 1 33 1234 5670", "5213312345670"),
            ("BR", "552187650001", "552187650001"),
            ("", "+55 21 8765-0001", "552187650001"),
            ("BJ", "22966123400", "22966123400"),
            ("CI", "22507891200", "22507891200"),
            ("KE", "255754000123", "255754000123"),
            ("", "00255754000123", "255754000123"),
            ("", "255754000123@c.us", "255754000123"),
            ("", "255754000123:3@s.whatsapp.net", "255754000123"),
            ("", "12345678", "12345678"),
            ("", "123456789012345", "123456789012345"),
        ];
        for (region, text, id) in table {
            assert_eq!(parse(text, region), Ok(Some(id.to_owned())), "{text} in {region:?}");
        }
    }

    #[test]
    fn other_digits_are_a_national_number_of_the_region() {
        let table = [
            ("KE", "0733000456", "254733000456"),
            ("KE", "733000456", "254733000456"),
            ("KE", "733 000-456", "254733000456"),
            ("BR", "2187650001", "552187650001"),
            // No number of the region.
            ("KE", "99887766", "99887766"),
        ];
        for (region, text, id) in table {
            assert_eq!(parse(text, region), Ok(Some(id.to_owned())), "{text} in {region:?}");
        }
    }

    #[test]
    fn a_person_who_wrote_has_a_number_with_its_country_code() {
        let account = |text| parse_account(text).map(|id| id.to_string());
        for text in [
            "254712345678",
            "+254712345678",
            " +254 712 345 678",
            "00254712345678",
            "254712345678@c.us",
            "254712345678:3@s.whatsapp.net",
        ] {
            assert_eq!(account(text).as_deref(), Some("254712345678"), "{text}");
        }
        assert_eq!(account("5213312345670").as_deref(), Some("5213312345670"));
        for text in ["", "ann", "120363000000000000@g.us", "0712345678", "1234567890123456"] {
            assert_eq!(account(text), None, "{text}");
        }
    }

    #[test]
    fn an_empty_word_is_no_id_and_the_rest_is_none_either() {
        for text in [
            "", " ", "-", "n/a", "N/A", "na", "null", "NULL", "none", "(blank)", "#NV", "<NA>",
            "k.A.",
        ] {
            assert_eq!(parse(text, "KE"), Ok(None), "{text:?}");
        }
        for text in [
            "1234567",
            "1234567890123456",
            "+254712345678 x5",
            "wamid.HBg",
            "2.54713E+11",
            "2026-03-09",
            "ann",
        ] {
            assert_eq!(parse(text, "KE"), Err("wa_id_bad"), "{text}");
        }
        // No WhatsApp id begins with 0.
        assert_eq!(parse("0733000456", ""), Err("wa_id_bad"));
        assert_eq!(parse("0099887766", "KE"), Ok(Some("99887766".to_owned())));
        assert_eq!(parse("0123", "KE"), Err("wa_id_bad"));
    }
}
