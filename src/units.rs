//! Values that several folders share: durations, numbers as text, ranges of rows, and texts of
//! others as they are [printed](printable). `chunks` is a list for millions of elements.

pub mod chunks;
pub mod nearest;
pub mod printable;

use std::fmt::{self, Display};
use std::io;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

/// Parses a duration like `30s`, `5m`, `2h`, `1h30m` or `200ms`; a bare number is seconds.
///
/// # Errors
/// Any other text.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let parsed = text.parse::<SignedDuration>().ok().and_then(|d| Duration::try_from(d).ok());
    parsed.ok_or_else(|| format!("`{text}` is not a time like 30s, 5m or 2h"))
}

/// Parses a duration that must not be 0.
///
/// # Errors
/// As [`parse_duration`], and for 0.
pub fn parse_positive_duration(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err(format!("`{text}` is no time at all (try 30s)")),
        some => Ok(some),
    }
}

/// Formats a duration for people: `45 s`, `20 min 30 s`, `3 h 5 min`.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = duration.as_secs() + u64::from(duration.subsec_millis() >= 500);
    match whole {
        _ if seconds < 10.0 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..86_400 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        86_400..172_800 => format!("1 day {} h", whole % 86_400 / 3600),
        _ => format!("{} days {} h", whole / 86_400, whole % 86_400 / 3600),
    }
}

/// Adds the file or address to an error, which the system leaves out.
pub(crate) fn in_context(place: impl Display, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{place}: {error}"))
}

/// A number with a comma between thousands: `12,300`.
#[must_use]
pub fn show_number(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", show_number(number / 1000), number % 1000),
    }
}

/// A range of rows, counted from 1 within an input, both ends included: `100-200`, `100-`, `-200`
/// or `7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRange {
    first: u64,
    last: u64,
}

impl RowRange {
    /// Returns whether row `number` is in the range.
    #[must_use]
    pub fn contains(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

impl fmt::Display for RowRange {
    /// Shows the range as it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (first, last) if first == last => write!(f, "{first}"),
            (first, u64::MAX) => write!(f, "{first}-"),
            (first, last) => write!(f, "{first}-{last}"),
        }
    }
}

impl FromStr for RowRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let explain = || format!("`{text}` is not a range of rows like 100-200, 100- or -200");
        let end = |text: &str, open: u64| match text.trim() {
            "" => Ok(open),
            text => text.parse().map_err(|_| explain()),
        };
        let (first, last) = match text.split_once('-') {
            Some((first, last)) if text.trim() != "-" => (end(first, 1)?, end(last, u64::MAX)?),
            Some(_) => return Err(explain()),
            None => (end(text, 0)?, end(text, 0)?),
        };
        match first >= 1 && last >= first {
            true => Ok(Self { first, last }),
            false => Err(explain()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_formatted_for_people() {
        let table = [
            (0, "0.0 s"),
            (4_200, "4.2 s"),
            (45_000, "45 s"),
            (1_230_000, "20 min 30 s"),
            (11_100_000, "3 h 5 min"),
            (97_200_000, "1 day 3 h"),
            (180_000_000, "2 days 2 h"),
        ];
        for (millis, text) in table {
            assert_eq!(show_duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1_002, "1,002"), (1_234_567, "1,234,567")] {
            assert_eq!(show_number(number), text);
        }
    }

    #[test]
    fn durations_are_parsed_in_all_their_forms() {
        let table = [("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("200ms", 200)];
        for (text, millis) in table.into_iter().chain([("7", 7_000), ("1h30m", 5_400_000)]) {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "x", "-5s", "5 parsecs"] {
            assert!(parse_duration(text).is_err(), "{text}");
            assert!(parse_positive_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn row_ranges_include_both_ends() {
        let table = [("2-4", 2, 4), ("2-", 2, u64::MAX), ("-4", 1, 4), ("7", 7, 7)];
        for (text, first, last) in table {
            assert_eq!(text.parse(), Ok(RowRange { first, last }), "{text}");
        }
        for text in ["", "-", "0", "0-3", "4-2", "a-b", "1-2-3"] {
            assert!(text.parse::<RowRange>().is_err(), "{text}");
        }
    }
}
