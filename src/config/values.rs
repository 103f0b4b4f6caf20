//! The forms of values that options have in common: durations, and which rows are meant.

use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

/// Reads `30s`, `5m`, `2h`, `1h30m`, `200ms`; a bare number is seconds.
///
/// # Errors
/// Anything else, in words for the user.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let parsed = text.parse::<SignedDuration>().ok().and_then(|d| Duration::try_from(d).ok());
    parsed.ok_or_else(|| format!("`{text}` is not a time like 30s, 5m or 2h"))
}

/// The same for a time that must not be nothing.
///
/// # Errors
/// As [`parse_duration`], and for 0.
pub fn parse_some_time(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err(format!("`{text}` is no time at all (try 30s)")),
        some => Ok(some),
    }
}

/// A time as people say it: `45 s`, `20 min 30 s`, `3 h 5 min`.
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

/// Rows counted from 1 within an input: `100-200`, `100-`, `-200` or `7`; both ends are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRange {
    first: u64,
    last: u64,
}

impl RowRange {
    /// Whether the `number`th row is meant.
    #[must_use]
    pub fn contains(self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
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

/// So many rows chosen at random (`--sample`), the same ones each time.
///
/// A row's number is mixed with the seed into a number that looks like chance and that no other row
/// has; the rows with the smallest of them are chosen. So nothing but a limit is kept, and a row
/// that is appended to the input pushes at most one other out of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowSample {
    seed: u64,
    limit: u64,
}

impl RowSample {
    /// `wanted` of the rows 1 to `total`; all of them when there are no more. Takes about 100 ns a
    /// row.
    #[must_use]
    pub fn draw(wanted: u64, total: u64, seed: u64) -> Self {
        let chosen_below = |limit| {
            let sample = Self { seed, limit };
            (1..=total).filter(|number| sample.contains(*number)).count() as u64
        };
        let (mut low, mut high) = (0, u64::MAX);
        while low < high {
            let middle = low + (high - low) / 2;
            match chosen_below(middle) >= wanted {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        Self { seed, limit: low }
    }

    /// Whether the `number`th row is chosen.
    #[must_use]
    pub fn contains(self, number: u64) -> bool {
        mixed(number, self.seed) < self.limit
    }
}

/// splitmix64: for each seed a bijection of all numbers. Changing it changes everybody's samples.
fn mixed(number: u64, seed: u64) -> u64 {
    let spread = |state: u64| {
        let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    };
    spread(number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(spread(seed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_exactly_as_many_rows_as_were_asked_for() {
        for (wanted, total) in [(1, 1), (1, 100), (7, 100), (99, 100), (100, 100)] {
            for seed in 0..5 {
                let sample = RowSample::draw(wanted, total, seed);
                let chosen = (1..=total).filter(|number| sample.contains(*number)).count();
                assert_eq!(chosen as u64, wanted, "{wanted} of {total}");
            }
        }
        let all = RowSample::draw(101, 100, 0);
        assert!((1..=100).all(|number| all.contains(number)));
    }

    #[test]
    fn a_sample_stays_the_same_and_the_seed_decides_it() {
        let chosen = |total, seed| -> Vec<u64> {
            let sample = RowSample::draw(3, total, seed);
            (1..=total).filter(|number| sample.contains(*number)).collect()
        };
        assert_eq!(chosen(100, 0), PINNED);
        assert_ne!(chosen(100, 1), PINNED);
        let appended = chosen(101, 0);
        assert!(PINNED.iter().filter(|number| appended.contains(number)).count() >= 2);
    }

    /// What every release chooses: three of a hundred rows without a seed.
    const PINNED: [u64; 3] = [34, 54, 95];

    #[test]
    fn durations_are_shown_as_people_say_them() {
        let table = [
            (0, "0.0 s"),
            (45, "45 s"),
            (1230, "20 min 30 s"),
            (11_100, "3 h 5 min"),
            (97_200, "1 day 3 h"),
            (180_000, "2 days 2 h"),
        ];
        for (seconds, shown) in table {
            assert_eq!(show_duration(Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn durations_are_read_as_people_type_them() {
        let table = [("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("200ms", 200)];
        for (text, millis) in table.into_iter().chain([("7", 7_000), ("1h30m", 5_400_000)]) {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "x", "-5s", "5 parsecs"] {
            assert!(parse_duration(text).is_err(), "{text}");
            assert!(parse_some_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_told_as_people_say_them() {
        let table = [(0, "0.0 s"), (4_200, "4.2 s"), (45_000, "45 s"), (1_230_000, "20 min 30 s")];
        for (millis, text) in table.into_iter().chain([(11_100_000, "3 h 5 min")]) {
            assert_eq!(show_duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn row_ranges_mean_both_ends() {
        let table = [("2-4", 2, 4), ("2-", 2, u64::MAX), ("-4", 1, 4), ("7", 7, 7)];
        for (text, first, last) in table {
            assert_eq!(text.parse(), Ok(RowRange { first, last }), "{text}");
        }
        for text in ["", "-", "0", "0-3", "4-2", "a-b", "1-2-3"] {
            assert!(text.parse::<RowRange>().is_err(), "{text}");
        }
    }
}
