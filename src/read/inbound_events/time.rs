//! The time of an event: RFC 3339, or Unix seconds or milliseconds.

use jiff::Timestamp;

/// Unix times from here on are milliseconds: as seconds this is the year 5138, as milliseconds 1973.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Unix times from here on are neither.
const TOO_LATE: i64 = MILLISECONDS_FROM * 1_000;

/// Parses the text of a time; `None` for any other text, and for one without a zone.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // Both are a cheap "no" for RFC 3339.
    if let Some(time) = text.parse().ok().or_else(|| fractional(text)) {
        return unix(time);
    }
    text.parse().ok()
}

/// The whole part of a number as JSON may write it: `1795788300.25`, `1.7957883e9`.
#[allow(clippy::cast_possible_truncation)] // A number that is too large is not a time.
fn fractional(text: &str) -> Option<i64> {
    let starts_well = text.starts_with(|c: char| c.is_ascii_digit());
    text.parse().ok().filter(|_| starts_well).map(|time: f64| time as i64)
}

fn unix(time: i64) -> Option<Timestamp> {
    match time {
        ..=0 | TOO_LATE.. => None,
        MILLISECONDS_FROM.. => Timestamp::from_millisecond(time).ok(),
        _ => Timestamp::from_second(time).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_zone_or_is_a_unix_time() {
        let table = [
            ("2026-11-27T14:05:00Z", Some("2026-11-27T14:05:00Z")),
            ("2026-11-27T17:05:00+03:00", Some("2026-11-27T14:05:00Z")),
            ("2026-11-27t14:05:00.25z", Some("2026-11-27T14:05:00.25Z")),
            ("2026-11-27 14:05:00Z", Some("2026-11-27T14:05:00Z")),
            (" 1795788300 ", Some("2026-11-27T14:05:00Z")),
            ("1795788300.75", Some("2026-11-27T14:05:00Z")),
            ("1795788300250", Some("2026-11-27T14:05:00.25Z")),
            ("2026-11-27T14:05:00", None),
            ("2026-11-27", None),
            ("27/11/2026 14:05", None),
            ("0", None),
            ("-5", None),
            ("1.7957883e9", Some("2026-11-27T14:05:00Z")),
            ("1e400", None),
            ("nan", None),
            ("infinity", None),
            ("1795788300250000", None),
            ("99999999999999999999", None),
            ("", None),
            (".5", None),
            ("now", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), expected.map(|time| time.parse().unwrap()), "{text}");
        }
    }
}
