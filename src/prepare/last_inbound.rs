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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastInbound {
    /// They wrote at this time.
    At(Timestamp),
    /// There is this text, which is not read as a time.
    Unreadable(Box<str>),
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
    let unmarked;
    let cell = text;
    let text = match text.as_bytes() {
        [b'0'..=b'9', ..] => text,
        _ => {
            unmarked = without_marks(text);
            &unmarked
        }
    };
    match parse(text.as_bytes(), zone) {
        Some(time) if (FIRST_SECOND..END_SECOND).contains(&time.as_second()) => {
            LastInbound::At(time)
        }
        _ => LastInbound::Unreadable(cell.into()),
    }
}

/// A cell without the marks that programs leave around a text: `'` in front of it, or `="…"`.
fn without_marks(cell: &str) -> String {
    let inner = unwrapped(cell);
    match inner.strip_prefix('\'') {
        Some(rest) => unwrapped(rest).trim().to_owned(),
        None => inner.trim().to_owned(),
    }
}

/// Reads a time. Each function on the way of the usual form has one call only, so that the compiler
/// makes one function of them.
fn parse(text: &[u8], zone: &TimeZone) -> Option<Timestamp> {
    let (minute, rest) = match text.split_first_chunk() {
        Some((minute, rest)) => (Some(*minute), rest),
        None => (midnight(text), &[][..]),
    };
    match minute.and_then(Wall::read) {
        Some(wall) => parse_rest(wall, rest, zone),
        None => parse_unix(text),
    }
}

/// The start of a day, whose date is given alone.
fn midnight(date: &[u8]) -> Option<[u8; 16]> {
    let date: [u8; 10] = date.try_into().ok()?;
    let mut text = *b"0000-00-00T00:00";
    text[..10].copy_from_slice(&date);
    Some(text)
}

/// A date and a time to the minute, as a clock shows them.
#[derive(Debug, Clone, Copy)]
struct Wall {
    date: Date,
    hour: i8,
    minute: i8,
}

impl Wall {
    /// Reads `2026-11-27T14:05`. Each half is compared with its form in one step: what differs from
    /// it is the digit where the form has a `0`, and nothing elsewhere.
    fn read(mut text: [u8; 16]) -> Option<Self> {
        if let separator @ (b't' | b' ') = &mut text[10] {
            *separator = b'T';
        }
        let (both, _) = text.as_chunks();
        let [date, time] = both else { return None };
        let [y1, _, y2, _, _, month, ..] = pairs(*date, *b"0000-00-")?;
        let [day, _, _, hour, _, _, minute, _] = pairs(*time, *b"00T00:00")?;
        let date = Date::new(100 * i16::from(y1) + i16::from(y2), month as i8, day as i8).ok()?;
        (hour < 24 && minute < 60).then_some(Self { date, hour: hour as i8, minute: minute as i8 })
    }

    fn second(self, second: i8, nanosecond: i32) -> DateTime {
        self.date.at(self.hour, self.minute, second, nanosecond)
    }

    /// The second in Unix time at which the clock of UTC shows this minute.
    fn unix(self) -> i64 {
        86_400 * unix_day(self.date) + 3600 * i64::from(self.hour) + 60 * i64::from(self.minute)
    }
}

/// The numbers that each byte and the next one are, as two digits. `None` if the text does not have
/// digits exactly where the form has a `0`, and the form's bytes elsewhere.
fn pairs(text: [u8; 8], form: [u8; 8]) -> Option<[u8; 8]> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The addition sets the high bit of a digit's byte from 10 on, and of another byte from 1 on.
    // Only a byte that has its high bit already can carry into the next one.
    let limits = u64::from_le_bytes(form.map(|byte| if byte == b'0' { 0x76 } else { 0x7f }));
    let digits = u64::from_le_bytes(text) ^ u64::from_le_bytes(form);
    if (digits | digits.wrapping_add(limits)) & HIGH != 0 {
        return None;
    }
    Some((10 * digits + (digits >> 8)).to_le_bytes())
}

/// Reads what stands behind the minute: `:09.5+03:00`.
fn parse_rest(wall: Wall, text: &[u8], zone: &TimeZone) -> Option<Timestamp> {
    let (second, nanosecond, rest) = match text {
        [b':', s1, s2, rest @ ..] => {
            let (nanosecond, rest) = parse_fraction(rest)?;
            (two(*s1, *s2)?, nanosecond, rest)
        }
        _ => (0, 0, text),
    };
    if second > 60 {
        return None;
    }
    // A leap second is not in Unix time.
    let second = second.min(59);
    let offset = match rest {
        [] => return to_timestamp(wall.second(second, nanosecond), zone),
        [b'Z' | b'z'] | b" UTC" => 0,
        _ => i64::from(parse_offset(rest)?.seconds()),
    };
    Timestamp::new(wall.unix() + i64::from(second) - offset, nanosecond).ok()
}

/// The days from 1970-01-01 to a date from the year 0 on. Counted in years from March, a leap day is
/// the last one; 400 years more, which have 146,097 days, keep the year 0 above zero.
fn unix_day(date: Date) -> i64 {
    // None of them is negative.
    let (year, month, day) = (date.year() as u32, date.month() as u32, date.day() as u32);
    let before_march = month < 3;
    let year = year + 400 - u32::from(before_march);
    let month = if before_march { month + 9 } else { month - 3 };
    let day = (153 * month + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + day;
    i64::from(days) - 146_097 - 719_468
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
mod tests;
