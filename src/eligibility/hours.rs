//! The hours of the week in which messages may go.
//!
//! A week of hours is compared with the clock on the wall of a zone: an hour that the clock repeats
//! counts twice, and one that it leaves out does not exist.

use std::fmt;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::zone::Zone;

pub(super) const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

pub(super) const MINUTES_OF_A_DAY: u16 = 1440;

const SECONDS_OF_A_DAY: i64 = 86_400;

/// Times of one day in minutes since its midnight, the end not included. A range over midnight
/// ends behind [`MINUTES_OF_A_DAY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Range {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// The hours in which messages may go: for each day of the week the ranges that begin on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    /// Monday first. The ranges of a day are in order and do not touch each other.
    days: [Vec<Range>; 7],
}

impl Hours {
    /// Adds a range to the day with this index, Monday being 0.
    pub(super) fn add(&mut self, day: usize, range: Range) {
        let ranges = &mut self.days[day];
        ranges.push(range);
        ranges.sort();
        // Ranges that overlap or touch are one.
        ranges.dedup_by(|next, kept| {
            let touch = next.start <= kept.end;
            kept.end = if touch { kept.end.max(next.end) } else { kept.end };
            touch
        });
        // A range of a day or more cannot be shown as a start and an end.
        if let Some(last) = ranges.last_mut()
            && last.end > MINUTES_OF_A_DAY
            && last.end - last.start >= MINUTES_OF_A_DAY
        {
            let next_day = Range { start: 0, end: last.end - MINUTES_OF_A_DAY };
            last.end = MINUTES_OF_A_DAY;
            self.add((day + 1) % 7, next_day);
        }
    }

    /// Returns whether a message may go at this time.
    #[must_use]
    pub fn is_open(&self, at: Timestamp, zone: &Zone) -> bool {
        self.is_open_on_the_wall(zone.time_zone().to_datetime(at))
    }

    fn is_open_on_the_wall(&self, wall: DateTime) -> bool {
        let day = day_of(wall);
        let minute = minutes(wall);
        let open = |day: usize, minute: u16| {
            self.days[day].iter().any(|range| (range.start..range.end).contains(&minute))
        };
        open(day, minute) || open((day + 6) % 7, minute + MINUTES_OF_A_DAY)
    }

    /// Returns the first time after `after` from which the hours are open and were closed, or the
    /// other way round; `None` if they are always open.
    #[must_use]
    pub fn next_change(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let was_open = self.is_open(after, zone);
        let mut from = after;
        // Up to the next transition of the zone the clock on the wall runs as any other clock.
        for transition in zone.time_zone().following(after) {
            let until = transition.timestamp();
            match self.change_on_an_even_clock(from, zone, was_open) {
                Some(change) if change < until => return Some(change),
                // Open at every time of the week: no clock changes that.
                None => return None,
                Some(_) if self.is_open(until, zone) != was_open => return Some(until),
                Some(_) => from = until,
            }
        }
        self.change_on_an_even_clock(from, zone, was_open)
    }

    /// The first change after `from`, if the offset of the zone stays what it is at `from`.
    fn change_on_an_even_clock(
        &self,
        from: Timestamp,
        zone: &Zone,
        was_open: bool,
    ) -> Option<Timestamp> {
        let wall = zone.time_zone().to_datetime(from);
        let second = SECONDS_OF_A_DAY * day_of(wall) as i64
            + 60 * i64::from(minutes(wall))
            + i64::from(wall.second());
        let week = 7 * SECONDS_OF_A_DAY;
        let wait = |day: usize, minute: u16| {
            let boundary = SECONDS_OF_A_DAY * day as i64 + 60 * i64::from(minute);
            (boundary - second).rem_euclid(week)
        };
        let mut waits: Vec<i64> = (0..7)
            .flat_map(|day| self.days[day].iter().flat_map(move |r| [(day, r.start), (day, r.end)]))
            .map(|(day, minute)| wait(day, minute))
            .collect();
        waits.sort_unstable();
        let change = waits.into_iter().find(|wait| {
            let then = wall.saturating_add(SignedDuration::from_secs(*wait));
            self.is_open_on_the_wall(then) != was_open
        })?;
        let second = from.as_second().checked_add(change)?;
        Timestamp::from_second(second).ok()
    }
}

/// Days with the same ranges stand together: `Mon-Fri 09:00-12:00,14:00-18:00; Sat 09:00-12:00`.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (first, ranges) in self.days.iter().enumerate() {
            if ranges.is_empty() || self.days[..first].contains(ranges) {
                continue;
            }
            write!(f, "{separator}{} ", show_days(|day| self.days[day] == *ranges))?;
            for (n, Range { start, end }) in ranges.iter().enumerate() {
                let comma = if n > 0 { "," } else { "" };
                write!(f, "{comma}{}-{}", show_minute(*start), show_end(*end))?;
            }
            separator = "; ";
        }
        Ok(())
    }
}

/// The days for which `is_in` is true: `daily`, or days and ranges of days: `Mon,Wed-Fri`.
fn show_days(is_in: impl Fn(usize) -> bool) -> String {
    if (0..7).all(&is_in) {
        return "daily".to_owned();
    }
    let firsts = (0..7).filter(|day| is_in(*day) && !is_in((day + 6) % 7));
    let runs = firsts.map(|first| {
        let length = (1..7).take_while(|n| is_in((first + n) % 7)).count();
        match length {
            0 => DAY_NAMES[first].to_owned(),
            _ => format!("{}-{}", DAY_NAMES[first], DAY_NAMES[(first + length) % 7]),
        }
    });
    runs.collect::<Vec<_>>().join(",")
}

fn show_minute(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The end of a range: midnight at its end is `24:00`, and one over midnight is on the next day.
fn show_end(end: u16) -> String {
    show_minute(if end > MINUTES_OF_A_DAY { end - MINUTES_OF_A_DAY } else { end })
}

/// The index of the day in the week, Monday being 0.
fn day_of(wall: DateTime) -> usize {
    usize::from(wall.weekday().to_monday_zero_offset().unsigned_abs())
}

/// The minutes since midnight that the clock shows.
fn minutes(wall: DateTime) -> u16 {
    60 * u16::from(wall.hour().unsigned_abs()) + u16::from(wall.minute().unsigned_abs())
}

/// Formats a time to come for people: `18:00`, `tomorrow 09:00`, `Mon 09:00` within six days, else
/// `2026-12-24 09:00`.
#[must_use]
pub fn show_until(at: Timestamp, now: Timestamp, zone: &Zone) -> String {
    let at = zone.time_zone().to_datetime(at);
    let today = zone.time_zone().to_datetime(now).date();
    let time = show_minute(minutes(at));
    match at.date().duration_since(today).as_secs() / SECONDS_OF_A_DAY {
        0 => time,
        1 => format!("tomorrow {time}"),
        2..=6 => format!("{} {time}", DAY_NAMES[day_of(at)]),
        _ => format!("{} {time}", at.date()),
    }
}

/// As [`show_until`], with the seconds if it is less than an hour away.
#[must_use]
pub fn show_second(at: Timestamp, now: Timestamp, zone: &Zone) -> String {
    match at.duration_since(now).as_hours() {
        0 => {
            let local = zone.time_zone().to_datetime(at);
            format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())
        }
        _ => show_until(at, now, zone),
    }
}

#[cfg(test)]
mod tests;
