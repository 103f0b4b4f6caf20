//! `--since`: the time from which messages are counted.

use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use crate::eligibility::zone::Zone;
use crate::units::parse_duration;

/// A time, as the user gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// A time with its offset.
    At(Timestamp),
    /// A date, or a date and a time, in the zone of the report.
    Local(DateTime),
    /// So long ago.
    Ago(SignedDuration),
}

impl Since {
    /// The time, for a report made `now`.
    ///
    /// # Errors
    /// When there is no such time.
    pub fn time(self, now: Timestamp, zone: &Zone) -> Result<Timestamp, String> {
        let time = match self {
            Self::At(time) => Ok(time),
            Self::Local(local) => zone.time_zone().to_ambiguous_timestamp(local).compatible(),
            Self::Ago(ago) => now.checked_sub(ago),
        };
        time.map_err(|_| "there is no such time".to_owned())
    }
}

impl FromStr for Since {
    type Err = String;

    /// Parses `2026-11-27T08:00:00Z`, `2026-11-27`, `2026-11-27 08:00`, `24h` or `7d`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        if text.len() >= "2026-11-27".len()
            && let Ok(local) = text.parse()
        {
            return Ok(Self::Local(local));
        }
        ago(text).map(Self::Ago).ok_or_else(|| {
            format!("`{text}` is not a time like 2026-11-27, 2026-11-27T08:00:00Z, 24h or 7d")
        })
    }
}

/// A duration; days too.
fn ago(text: &str) -> Option<SignedDuration> {
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.trim().parse::<i64>().ok()) {
        return days
            .checked_mul(24)
            .filter(|hours| (0..876_000).contains(hours))
            .map(SignedDuration::from_hours);
    }
    // A bare number could be a year.
    text.chars().any(|c| c.is_ascii_alphabetic()).then_some(())?;
    SignedDuration::try_from(parse_duration(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_a_date_or_how_long_ago() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let zone: Zone = "Africa/Nairobi".parse().unwrap();
        for (text, time) in [
            ("2026-11-27T08:00:00Z", "2026-11-27T08:00:00Z"),
            ("2026-11-27T08:00:00+03:00", "2026-11-27T05:00:00Z"),
            ("2026-11-27", "2026-11-26T21:00:00Z"),
            ("2026-11-27 08:00", "2026-11-27T05:00:00Z"),
            ("2026-11-27T08:00", "2026-11-27T05:00:00Z"),
            ("24h", "2026-11-27T12:00:00Z"),
            (" 7d ", "2026-11-21T12:00:00Z"),
            ("90m", "2026-11-28T10:30:00Z"),
            ("0s", "2026-11-28T12:00:00Z"),
        ] {
            let since: Since = text.parse().unwrap();
            assert_eq!(since.time(now, &zone).unwrap().to_string(), time, "{text}");
        }
        for text in
            ["", "x", "2026", "11/27/2026", "2026-13-01", "-3h", "d", "9999999999999999999d"]
        {
            let error = text.parse::<Since>().unwrap_err();
            assert!(error.contains("is not a time like 2026-11-27"), "{text}: {error}");
        }
        assert!(Since::Ago(SignedDuration::MAX).time(now, &zone).is_err());
    }
}
