//! Reads the time at which a recipient last wrote.
//!
//! Only forms that mean one time are read. A date with slashes or dots may have its day or its
//! month first, and a number of another length may be a phone number or a day of a spreadsheet: such
//! a time is unreadable, and its message is held rather than sent outside its 24 hours.
//!
//! Every row of a list has such a time, so the layouts are read by hand: a general parser takes
//! longer than all else that is done with the cell.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

use super::name_cell::unwrapped;

/// The time at which a recipient last wrote, as a list gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastInbound {
    /// They wrote at this time.
    At(Timestamp),
    /// There is a text that is not read as a time.
    Unreadable,
}

/// 2000-01-01, in UTC.
const FIRST_SECOND: i64 = 946_684_800;

/// 2201-01-01, in UTC: a time from then on is a mistake.
const END_SECOND: i64 = 7_289_654_400;

/// Reads the text of a cell, which is not empty and has no blanks around it.
///
/// Read are RFC 3339; a date and a time without an offset, which are in `zone`; a date alone, which
/// is the start of that day there; and Unix seconds and milliseconds. Of a time that the clock
/// repeats it is the first, because a later one could make a closed window look open.
#[must_use]
pub fn parse_last_inbound(text: &str, zone: &TimeZone) -> LastInbound {
    let time = match text.as_bytes() {
        [b'0'..=b'9', ..] => parse(text.as_bytes(), zone),
        _ => without_marks(text, zone),
    };
    match time {
        Some(time) if (FIRST_SECOND..END_SECOND).contains(&time.as_second()) => {
            LastInbound::At(time)
        }
        _ => LastInbound::Unreadable,
    }
}

/// Reads a cell with the marks that programs leave around a text: `'` in front of it, or `="…"`.
fn without_marks(cell: &str, zone: &TimeZone) -> Option<Timestamp> {
    let inner = unwrapped(cell);
    match inner.strip_prefix('\'') {
        Some(rest) => parse(unwrapped(rest).trim().as_bytes(), zone),
        None => parse(inner.trim().as_bytes(), zone),
    }
}

fn parse(text: &[u8], zone: &TimeZone) -> Option<Timestamp> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = text else {
        return parse_unix(text);
    };
    let year = 100 * i16::from(two(*y1, *y2)?) + i16::from(two(*y3, *y4)?);
    let date = Date::new(year, two(*m1, *m2)?, two(*d1, *d2)?).ok()?;
    match rest {
        [] => to_timestamp(date.at(0, 0, 0, 0), zone),
        [b' ' | b'T' | b't', rest @ ..] => parse_time(date, rest, zone),
        _ => None,
    }
}

/// Reads what stands behind the date: `14:05`, `14:05:09.5+03:00`.
fn parse_time(date: Date, text: &[u8], zone: &TimeZone) -> Option<Timestamp> {
    let [h1, h2, b':', m1, m2, rest @ ..] = text else { return None };
    let (hour, minute) = (two(*h1, *h2)?, two(*m1, *m2)?);
    let (second, nanosecond, rest) = match rest {
        [b':', s1, s2, rest @ ..] => {
            let (nanosecond, rest) = parse_fraction(rest)?;
            (two(*s1, *s2)?, nanosecond, rest)
        }
        _ => (0, 0, rest),
    };
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // A leap second is not in Unix time.
    let second = second.min(59);
    let offset = match rest {
        [] => return to_timestamp(date.at(hour, minute, second, nanosecond), zone),
        [b'Z' | b'z'] | b" UTC" => 0,
        _ => i64::from(parse_offset(rest)?.seconds()),
    };
    let minutes = 60 * i64::from(hour) + i64::from(minute);
    let of_day = 60 * minutes + i64::from(second);
    Timestamp::new(86_400 * unix_day(date) + of_day - offset, nanosecond).ok()
}

/// The days from 1970-01-01 to a date. Counted in years from March, a leap day is the last one.
fn unix_day(date: Date) -> i64 {
    let before_march = date.month() < 3;
    let year = i64::from(date.year()) - i64::from(before_march);
    let month = i64::from(date.month()) + if before_march { 9 } else { -3 };
    let day = (153 * month + 2) / 5 + i64::from(date.day()) - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day - 719_468
}

/// Reads an offset: `+03:00`, `-0330`, `+03`. One may stand behind a blank.
fn parse_offset(text: &[u8]) -> Option<Offset> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, rest) = match text {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (two(*h1, *h2)?, two(*m1, *m2)?),
        [h1, h2] => (two(*h1, *h2)?, 0),
        _ => return None,
    };
    let seconds = 3600 * i32::from(hours) + 60 * i32::from(minutes);
    let is_offset = hours < 24 && minutes < 60;
    Offset::from_seconds(sign * seconds).ok().filter(|_| is_offset)
}

/// Reads a fraction of a second, if one is next, in nanoseconds; gives the rest of the text too.
fn parse_fraction(text: &[u8]) -> Option<(i32, &[u8])> {
    let [b'.' | b',', digits @ ..] = text else { return Some((0, text)) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = digits.split_at(length);
    (length > 0).then(|| (nanoseconds(fraction), rest))
}

/// The nanoseconds of a fraction's digits. Those behind the ninth say nothing here.
fn nanoseconds(digits: &[u8]) -> i32 {
    let digits = digits.iter().chain(std::iter::repeat(&b'0'));
    digits.take(9).fold(0, |sum, digit| 10 * sum + i32::from(digit - b'0'))
}

/// Reads Unix seconds, of ten digits, or milliseconds, of thirteen, with or without a fraction.
fn parse_unix(text: &[u8]) -> Option<Timestamp> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = text.split_at(length);
    let (nanosecond, rest) = parse_fraction(rest)?;
    if !rest.is_empty() || text.contains(&b',') {
        return None;
    }
    let number = || whole.iter().fold(0, |sum, digit| 10 * sum + i64::from(digit - b'0'));
    match length {
        10 => Timestamp::new(number(), nanosecond).ok(),
        13 => Timestamp::from_millisecond(number()).ok(),
        _ => None,
    }
}

/// The time at which the clock of the zone shows this: the first of two, and where it leaves this
/// out, what it shows as much later.
fn to_timestamp(wall: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(wall).ok()
}

/// The number that two digits are.
fn two(tens: u8, ones: u8) -> Option<i8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| (10 * tens + ones) as i8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn times_are_read_in_these_forms() {
        for (text, utc) in [
            // RFC 3339.
            ("2026-11-27T14:05:09Z", "2026-11-27T14:05:09Z"),
            ("2026-11-27t14:05:09z", "2026-11-27T14:05:09Z"),
            ("2026-11-27 14:05:09Z", "2026-11-27T14:05:09Z"),
            ("2026-11-27T14:05Z", "2026-11-27T14:05:00Z"),
            ("2026-11-27T14:05:09.5Z", "2026-11-27T14:05:09.5Z"),
            ("2026-11-27T14:05:09.123456789Z", "2026-11-27T14:05:09.123456789Z"),
            ("2026-11-27T14:05:09.1234567891Z", "2026-11-27T14:05:09.123456789Z"),
            ("2026-11-27T14:05:09+03:00", "2026-11-27T11:05:09Z"),
            ("2026-11-27T14:05:09-03:30", "2026-11-27T17:35:09Z"),
            ("2026-11-27T01:05:09.25+03:00", "2026-11-26T22:05:09.25Z"),
            ("2026-11-27T14:05:09-00:00", "2026-11-27T14:05:09Z"),
            ("2026-12-31T23:59:60Z", "2026-12-31T23:59:59Z"),
            // As databases write it.
            ("2026-11-27 14:05:09+03", "2026-11-27T11:05:09Z"),
            ("2026-11-27 14:05:09.123456+00", "2026-11-27T14:05:09.123456Z"),
            ("2026-11-27 14:05:09 +0300", "2026-11-27T11:05:09Z"),
            ("2026-11-27 14:05:09 UTC", "2026-11-27T14:05:09Z"),
            // Without an offset: in Nairobi.
            ("2026-11-27 14:05", "2026-11-27T11:05:00Z"),
            ("2026-11-27T14:05", "2026-11-27T11:05:00Z"),
            ("2026-11-27T14:05:09", "2026-11-27T11:05:09Z"),
            ("2026-11-27 14:05:09.75", "2026-11-27T11:05:09.75Z"),
            ("2026-11-27 14:05:09,750", "2026-11-27T11:05:09.75Z"),
            ("2024-02-29 00:00", "2024-02-28T21:00:00Z"),
            // A day.
            ("2026-11-27", "2026-11-26T21:00:00Z"),
            // Unix time.
            ("1795788309", "2026-11-27T14:05:09Z"),
            ("1795788309.0", "2026-11-27T14:05:09Z"),
            ("1795788309.5", "2026-11-27T14:05:09.5Z"),
            ("1795788309123", "2026-11-27T14:05:09.123Z"),
            ("1795788309123.0", "2026-11-27T14:05:09.123Z"),
            // Marks around it.
            ("'2026-11-27 14:05", "2026-11-27T11:05:00Z"),
            ("'1795788309", "2026-11-27T14:05:09Z"),
            ("=\"2026-11-27 14:05\"", "2026-11-27T11:05:00Z"),
            ("'=\"1795788309\"", "2026-11-27T14:05:09Z"),
            ("\"2026-11-27 14:05\"", "2026-11-27T11:05:00Z"),
            // The first and the last time that is one.
            ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
            ("2200-12-31T23:59:59Z", "2200-12-31T23:59:59Z"),
        ] {
            let at = LastInbound::At(utc.parse().unwrap());
            assert_eq!(parse_last_inbound(text, &zone("Africa/Nairobi")), at, "{text}");
        }
    }

    #[test]
    fn what_may_be_another_time_or_none_is_unreadable() {
        for text in [
            "27/11/2026",
            "11/27/2026 14:05",
            "2026/11/27",
            "27.11.2026",
            "27-11-2026",
            "2026.11.27 14:05",
            "27 Nov 2026",
            "Nov 27, 2026",
            "2026-Nov-27",
            "Fri, 27 Nov 2026 14:05:09 +0300",
            "2026-11-27 02:05 PM",
            "2026-11-27 2:05",
            "2026-11-27 14:05:09 EAT",
            "2026-11-27 14:05:09 GMT+3",
            "2026-11-27 14.05",
            "2026-11-27T14",
            "2026-11-27T",
            "2026-11-27Z",
            "2026-11-27  14:05",
            "2026-11-27 14:05:",
            "2026-11-27 14:05:09.",
            "2026-11-27 14:05.5",
            "2026-11-27T14:05:09Z?",
            "2026-11-27T14:05:09+3",
            "2026-11-27T14:05:09+03:60",
            "2026-11-27T14:05:09+24:00",
            "2026-11-27T14:05:09+03:00:00",
            "2026-11-27T14:05:09+03:00[Africa/Nairobi]",
            "2026-11-27T24:00:00",
            "2026-11-27T14:60:00",
            "2026-11-27T14:05:61",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-11-00",
            "20261127",
            "20261127140509",
            "2026-1-7",
            "26-11-27",
            "14:05:00",
            "14:05",
            // A phone number, a day of a spreadsheet, a number that a spreadsheet has cut.
            "254712345678",
            "+254712345678",
            "0712345678",
            "+1795788309",
            "46353.5868055556",
            "46353",
            "1.79579E+09",
            "1795788309,5",
            "1795788309.",
            "1795788309.5s",
            "1795788309123456",
            "-1795788309",
            "'-1795788309",
            "-2026-11-27",
            // Before 2000 and after 2200.
            "1999-12-31T23:59:59Z",
            "2201-01-01T00:00:00Z",
            "0000-00-00 00:00:00",
            "1900-01-00",
            "0946684799",
            "7289654400",
            "9999999999",
            "0946684799999",
            "7289654400000",
            // Words.
            "yesterday",
            "never",
            "-",
            "'",
            "''",
            "=\"\"",
            "=NOW()",
            "２０２６-11-27",
            "2026-11-27 14:0５",
            "é",
        ] {
            let zone = zone("Africa/Nairobi");
            assert_eq!(parse_last_inbound(text, &zone), LastInbound::Unreadable, "{text}");
        }
    }

    #[test]
    fn a_changed_clock_gives_the_first_time_that_can_be_meant() {
        for (text, name, utc) in [
            // Repeated: the first pass.
            ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
            ("2026-04-05 01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"),
            // Left out: as long after the change.
            ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29T01:30:00Z"),
            // Days that begin at one o'clock, and a day that there was not.
            ("2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00Z"),
            ("2026-09-06", "America/Santiago", "2026-09-06T04:00:00Z"),
            ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
            ("2026-11-27", "Asia/Kathmandu", "2026-11-26T18:15:00Z"),
            ("2026-11-27 14:05", "UTC", "2026-11-27T14:05:00Z"),
        ] {
            let at = LastInbound::At(utc.parse().unwrap());
            assert_eq!(parse_last_inbound(text, &zone(name)), at, "{text} {name}");
        }
    }

    /// A text that is a time, or nearly one.
    fn time_like() -> impl Strategy<Value = String> {
        let date = "(19|20|21|22)[0-9]{2}-[01][0-9]-[0-3][0-9]";
        let time = "[T t][0-2][0-9]:[0-6][0-9](:[0-6][0-9]([.,][0-9]{1,9})?)?";
        let offset = "(Z|z|[+-][01][0-9]:[0-5][0-9]|[+-][01][0-9][0-5][0-9]|[+-][01][0-9])?";
        proptest::string::string_regex(&format!("{date}({time}{offset})?")).unwrap()
    }

    proptest! {
        #[test]
        fn a_time_is_what_a_general_parser_makes_of_it(
            text in time_like(),
            name in proptest::sample::select(&["UTC", "Africa/Nairobi", "Europe/Berlin", "Asia/Kathmandu"][..]),
        ) {
            let zone = zone(name);
            let local = || zone.to_timestamp(text.parse().ok()?).ok();
            let expected = text.parse().ok().or_else(|| match text.contains(['Z', 'z']) {
                true => None,
                false => local(),
            });
            let is_near = |at: &Timestamp| {
                (FIRST_SECOND..END_SECOND).contains(&at.as_second())
            };
            let expected = expected.filter(is_near).map_or(LastInbound::Unreadable, LastInbound::At);
            prop_assert_eq!(parse_last_inbound(&text, &zone), expected, "{}", text);
        }

        #[test]
        fn unix_time_is_read_to_the_nanosecond(second in 1_000_000_000..END_SECOND, fraction in 0..1_000_000_000_i32) {
            let at = LastInbound::At(Timestamp::new(second, fraction).unwrap());
            prop_assert_eq!(parse_last_inbound(&format!("{second}.{fraction:09}"), &TimeZone::UTC), at);
            let at = Timestamp::from_millisecond(second * 1000 + i64::from(fraction / 1_000_000)).unwrap();
            let text = at.as_millisecond().to_string();
            prop_assert_eq!(parse_last_inbound(&text, &TimeZone::UTC), LastInbound::At(at));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "[0-9TZ:.,+=\"' \u{e9}-]{0,28}") {
            let _ = parse_last_inbound(&text, &TimeZone::UTC);
        }
    }
}
