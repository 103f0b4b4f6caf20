//! The time zone of hours, and of times that are written without an offset.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{self, Offset, TimeZone};

/// A time zone with a name of the IANA database, a fixed offset, or the zone of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Returns the zone of the system, as `TZ` and `/etc/localtime` name it; UTC when it cannot be
    /// found.
    #[must_use]
    pub fn system() -> Self {
        Self(TimeZone::try_system().unwrap_or(TimeZone::UTC))
    }

    /// Returns the rules of the zone.
    #[must_use]
    pub fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}

impl FromStr for Zone {
    type Err = String;

    /// Parses a name like `Africa/Nairobi`, in any letter case, or an offset like `+03:00`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(offset) = offset(text) {
            return Ok(Self(TimeZone::fixed(offset)));
        }
        // `Etc/Unknown` is a zone for jiff, but it is the name for having none.
        let named = TimeZone::get(text).ok().filter(|zone| zone.iana_name().is_some());
        named.map(Self).ok_or_else(|| match likely(text) {
            Some(likely) => format!("unknown time zone `{text}` (did you mean {likely}?)"),
            None => {
                format!("unknown time zone `{text}` (write a name like Africa/Nairobi, or UTC)")
            }
        })
    }
}

/// The name. A zone of the system can have none: it may be a file, or rules in `TZ`.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.iana_name(), self.0.to_fixed_offset()) {
            (Some(name), _) => f.write_str(name),
            (None, Ok(offset)) => f.write_str(&offset_text(offset)),
            (None, Err(_)) => f.write_str("the system's time zone"),
        }
    }
}

/// Parses an offset from UTC: `+3`, `+03`, `+0300` or `+03:00`. No zone is more than 14 hours away.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix(['-', '\u{2212}'])?),
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
        Some(_) => return None,
    };
    let number = |text: &str| {
        let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<i32>().ok().filter(|_| is_number)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = hours * 3600 + minutes * 60;
    let is_possible = minutes < 60 && seconds <= 14 * 3600;
    Offset::from_seconds(sign * seconds).ok().filter(|_| is_possible)
}

/// The form of an offset that a message shows: `+03:00`.
fn offset_text(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Abbreviations that mean one zone only and are not in the database.
const ABBREVIATIONS: [(&str, &str); 4] = [
    ("EAT", "Africa/Nairobi"),
    ("CAT", "Africa/Maputo"),
    ("WAT", "Africa/Lagos"),
    ("SAST", "Africa/Johannesburg"),
];

/// The zone that was probably meant. A city is enough of a name; a third of its letters may be
/// wrong.
fn likely(text: &str) -> Option<String> {
    // Not a name that is near: `Etc/GMT+3` is three hours behind UTC, and `GMT+3` means ahead.
    let is_from_utc = |start: &str| ["UTC", "GMT"].iter().any(|n| start.eq_ignore_ascii_case(n));
    if text.get(..3).is_some_and(is_from_utc) {
        return offset(text[3..].trim()).map(offset_text);
    }
    if let Some((_, zone)) = ABBREVIATIONS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text))
    {
        return Some((*zone).to_owned());
    }
    let wanted = text.to_lowercase().replace(' ', "_");
    let city_length = city(&wanted).chars().count();
    // Nearly every short word is near another one: an abbreviation is not a misspelt `EET`.
    let allowed = if city_length < 5 { 0 } else { city_length / 3 };
    let distance = |name: &str| {
        let name = name.to_lowercase();
        let whole = strsim::osa_distance(&wanted, &name);
        whole.min(strsim::osa_distance(&wanted, city(&name)))
    };
    tz::db()
        .available()
        .map(|name| (distance(name.as_str()), name))
        .filter(|(distance, name)| *distance <= allowed && name.as_str().contains('/'))
        .min()
        .map(|(_, name)| name.as_str().to_owned())
}

/// The last part of a name: `nairobi` of `africa/nairobi`.
fn city(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_zone_is_named_or_an_offset() {
        for (text, shown) in [
            ("Africa/Nairobi", "Africa/Nairobi"),
            ("africa/nairobi", "Africa/Nairobi"),
            (" ASIA/KATHMANDU ", "Asia/Kathmandu"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("UTC", "UTC"),
            ("utc", "UTC"),
            ("+03:00", "+03:00"),
            ("+3", "+03:00"),
            ("+0545", "+05:45"),
            ("-03:30", "-03:30"),
            ("\u{2212}5", "-05:00"),
            ("+14:00", "+14:00"),
            ("+00:00", "UTC"),
        ] {
            let zone: Zone = text.parse().unwrap();
            assert_eq!(zone.to_string(), shown, "{text}");
        }
        let zone: Zone = "+05:45".parse().unwrap();
        let noon: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        assert_eq!(zone.time_zone().to_datetime(noon).to_string(), "2026-11-27T17:45:00");
    }

    #[test]
    fn an_unknown_zone_is_an_error_with_the_likely_one() {
        for (text, likely) in [
            ("Africa/Nairobbi", "Africa/Nairobi"),
            ("Nairobi", "Africa/Nairobi"),
            ("nairobbi", "Africa/Nairobi"),
            ("Afrika/Nairobi", "Africa/Nairobi"),
            ("Africa/Dar es Salaam", "Africa/Dar_es_Salaam"),
            ("New York", "America/New_York"),
            ("Lome", "Africa/Lome"),
            ("Europe/Berln", "Europe/Berlin"),
            ("EAT", "Africa/Nairobi"),
            ("sast", "Africa/Johannesburg"),
            ("UTC+3", "+03:00"),
            ("GMT+03:00", "+03:00"),
            ("gmt -5", "-05:00"),
        ] {
            let error = format!("unknown time zone `{text}` (did you mean {likely}?)");
            assert_eq!(text.parse::<Zone>(), Err(error));
            assert!(likely.parse::<Zone>().is_ok(), "{likely}");
        }
        for text in [
            "",
            "PST",
            "Africa/Mombasa",
            "local",
            "Etc/Unknown",
            "+15:00",
            "+03:60",
            "+3:0",
            "+éé",
            "UTCé",
        ] {
            let error =
                format!("unknown time zone `{text}` (write a name like Africa/Nairobi, or UTC)");
            assert_eq!(text.parse::<Zone>(), Err(error));
        }
    }

    #[test]
    fn a_zone_without_a_name_can_be_shown() {
        let rules = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
        assert_eq!(Zone(rules).to_string(), "the system's time zone");
        assert!(!Zone::system().to_string().is_empty());
    }
}
