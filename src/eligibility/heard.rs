//! When each recipient last wrote, as far as the lists and the event files say.

use hashbrown::hash_table::Entry;
use hashbrown::{HashMap, HashTable};
use jiff::{SignedDuration, Timestamp};

use crate::prepare::last_inbound::LastInbound;
use crate::prepare::phone::{PhoneNumber, canonical};

/// What is known of when one recipient last wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heard {
    /// The latest time that was not in the future when it was read.
    pub latest: Option<Timestamp>,
    /// The earliest time that was in the future.
    pub future: Option<Timestamp>,
    /// True if a time could not be read.
    pub unreadable: bool,
}

impl Heard {
    /// The last time that counts at `now`: one that is no more than `margin` in the future.
    #[must_use]
    pub fn last(&self, now: Timestamp, margin: SignedDuration) -> Option<Timestamp> {
        let come = self.future.filter(|future| future.duration_since(now) <= margin);
        self.latest.max(come)
    }

    /// Returns whether a time was given that does not count at `now`.
    #[must_use]
    pub fn is_bad(&self, now: Timestamp, margin: SignedDuration) -> bool {
        self.unreadable || self.future.is_some_and(|future| future.duration_since(now) > margin)
    }
}

/// The times of all recipients, to the second: about 25 bytes for each. A recipient has a position,
/// so that what is known of it is found again without another search.
#[derive(Debug, Default)]
pub struct HeardTimes {
    /// The positions of all recipients, by their keys.
    positions: HashTable<Position>,
    recipients: Vec<Recipient>,
    /// The few recipients with a time that cannot be read or is in the future.
    bad: HashMap<Position, Bad>,
    /// True if a time was added.
    are_any: bool,
    /// Times after this one are in the future.
    horizon: Timestamp,
}

/// The position of a recipient in [`HeardTimes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position(u32);

#[derive(Debug, Clone, Copy)]
struct Recipient {
    key: u64,
    /// The latest time in seconds, or [`NEVER`].
    latest: i64,
}

/// No time is known.
const NEVER: i64 = i64::MIN;

#[derive(Debug, Clone, Default)]
struct Bad {
    future: Option<Timestamp>,
    /// The first text that could not be read.
    unreadable: Option<Box<str>>,
}

impl HeardTimes {
    /// Makes an empty set; times after `horizon` are in the future.
    #[must_use]
    pub fn new(horizon: Timestamp) -> Self {
        Self { horizon, ..Self::default() }
    }

    /// Adds a time at which a recipient wrote. The latest counts. Returns the recipient's position.
    pub fn add(&mut self, to: &PhoneNumber, wrote: LastInbound) -> Position {
        self.are_any = true;
        let position = self.position(to);
        match wrote {
            LastInbound::At(at) if !self.is_future(at) => {
                if let Some(recipient) = self.recipients.get_mut(position.index()) {
                    recipient.latest = recipient.latest.max(at.as_second());
                }
            }
            LastInbound::At(at) => {
                let bad = self.bad.entry(position).or_default();
                bad.future = Some(bad.future.map_or(at, |known| known.min(at)));
            }
            LastInbound::Unreadable(text) => {
                self.bad.entry(position).or_default().unreadable.get_or_insert(text);
            }
        }
        position
    }

    /// Returns whether a time is in the future.
    #[must_use]
    pub fn is_future(&self, at: Timestamp) -> bool {
        at > self.horizon
    }

    /// The position of a recipient, which gets one if it has none.
    pub fn position(&mut self, to: &PhoneNumber) -> Position {
        let key = key(to);
        if self.positions.len() == self.positions.capacity() {
            self.grow();
        }
        let Self { positions, recipients, .. } = self;
        let next = Position::of(recipients.len());
        let is_it = |at: &Position| recipients.get(at.index()).is_some_and(|at| at.key == key);
        match positions.entry(hash(key), is_it, |at| hash_at(recipients, *at)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                place.insert(next);
                recipients.push(Recipient { key, latest: NEVER });
                next
            }
        }
    }

    /// What is known of a recipient.
    #[must_use]
    pub fn get(&self, to: &PhoneNumber) -> Heard {
        self.find(to).map_or_else(Heard::default, |position| self.at(position))
    }

    /// The text that was given for a recipient's time and could not be read.
    #[must_use]
    pub fn unreadable(&self, to: &PhoneNumber) -> Option<&str> {
        self.bad.get(&self.find(to)?)?.unreadable.as_deref()
    }

    fn find(&self, to: &PhoneNumber) -> Option<Position> {
        let key = key(to);
        let is_it = |at: &Position| self.recipients.get(at.index()).is_some_and(|at| at.key == key);
        self.positions.find(hash(key), is_it).copied()
    }

    /// What is known of the recipient at a position.
    #[must_use]
    pub fn at(&self, position: Position) -> Heard {
        let latest = self.recipients.get(position.index()).map_or(NEVER, |known| known.latest);
        let latest = Timestamp::from_second(latest).ok().filter(|_| latest != NEVER);
        let bad = match self.bad.is_empty() {
            true => None,
            false => self.bad.get(&position),
        };
        Heard {
            latest,
            future: bad.and_then(|bad| bad.future),
            unreadable: bad.is_some_and(|bad| bad.unreadable.is_some()),
        }
    }

    /// Returns whether nothing is known of anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.are_any
    }

    /// The number of recipients with a time in the future.
    #[must_use]
    pub fn in_future(&self) -> u64 {
        self.bad.values().filter(|bad| bad.future.is_some()).count() as u64
    }

    /// Makes a table of four times the size, or of twice the size once that is more than a million bytes. The
    /// table's own growth would look up each key in the order of the table, which is no order in
    /// memory.
    fn grow(&mut self) {
        let Self { positions, recipients, .. } = self;
        let factor = if recipients.len() < 1 << 18 { 4 } else { 2 };
        *positions = HashTable::with_capacity(factor * recipients.len());
        for (index, recipient) in recipients.iter().enumerate() {
            let position = Position::of(index);
            positions.insert_unique(hash(recipient.key), position, |at| hash_at(recipients, *at));
        }
    }
}

impl Position {
    /// Nobody's position. More recipients than have one would not fit into memory.
    pub const NONE: Self = Self(u32::MAX);

    fn of(index: usize) -> Self {
        u32::try_from(index).map_or(Self::NONE, Self)
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

fn hash_at(recipients: &[Recipient], at: Position) -> u64 {
    recipients.get(at.index()).map_or(0, |recipient| hash(recipient.key))
}

/// The hash of a key: both halves of a product, so that each digit changes all of its bits. A
/// general hasher takes longer, and this is asked for each row.
fn hash(key: u64) -> u64 {
    let product = u128::from(key) * 0x9e37_79b9_7f4a_7c15;
    product as u64 ^ (product >> 64) as u64
}

/// The key of a recipient. Events name the number that an account was registered with, which may be
/// an old form of that in the list.
fn key(to: &PhoneNumber) -> u64 {
    canonical(to).packed()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_latest_time_that_is_not_in_the_future_counts() {
        let margin = SignedDuration::from_secs(300);
        let to = PhoneNumber::from_digits("254712345678").unwrap();
        use LastInbound::At;
        let unreadable = || LastInbound::Unreadable("soon".into());
        #[rustfmt::skip]
        let table: [(&[LastInbound], i64, Option<i64>, bool); 8] = [
            (&[],                                  1000, None,       false),
            (&[At(at(500))],                       1000, Some(500),  false),
            (&[At(at(500)), At(at(900)), At(at(700))], 1000, Some(900), false),
            (&[At(at(1300))],                      1000, Some(1300), false),
            (&[At(at(1301))],                      1000, None,       true),
            // Once its time has come it counts.
            (&[At(at(1500)), At(at(1400))],        1100, Some(1400), false),
            (&[unreadable()],                      1000, None,       true),
            (&[unreadable(), At(at(900))],         1000, Some(900),  true),
        ];
        for (times, now, last, bad) in table {
            let mut heard = HeardTimes::new(at(1300));
            for time in times {
                heard.add(&to, time.clone());
            }
            let heard = heard.get(&to);
            assert_eq!(heard.last(at(now), margin), last.map(at), "{times:?}");
            assert_eq!(heard.is_bad(at(now), margin), bad, "{times:?}");
        }
    }

    #[test]
    fn each_of_many_recipients_keeps_its_position() {
        let to = |n: i64| PhoneNumber::from_digits(&format!("2547{n:08}")).unwrap();
        let mut heard = HeardTimes::new(at(10_000));
        assert_eq!(heard.get(&to(1)), Heard::default());
        // One of whom nothing is known has a position too.
        let unknown = heard.position(&to(9_999));
        assert!(heard.is_empty());
        let positions: Vec<Position> =
            (0..5_000).map(|n| heard.add(&to(n), LastInbound::At(at(n)))).collect();
        assert!(!heard.is_empty());
        for (n, position) in (0..).zip(positions) {
            let known = Heard { latest: Some(at(n)), ..Heard::default() };
            assert_eq!((heard.get(&to(n)), heard.at(position)), (known, known), "{n}");
            assert_eq!(heard.position(&to(n)), position);
        }
        assert_eq!(heard.at(unknown), Heard::default());
        assert_eq!(heard.get(&to(7_777)), Heard::default());
        assert_eq!(heard.at(Position::NONE), Heard::default());
        heard.add(&to(9_999), LastInbound::Unreadable("soon".into()));
        assert!(heard.at(unknown).unreadable);
        assert_eq!(heard.unreadable(&to(9_999)), Some("soon"));
        assert_eq!(heard.unreadable(&to(1)), None);
    }

    #[test]
    fn the_hashes_of_similar_numbers_are_spread() {
        const COUNT: u64 = 1 << 14;
        for (prefix, step) in [("2547", 1), ("2547", 100), ("49151000", 1), ("1", 7), ("", 1)] {
            let hashes = (1..=COUNT).map(|n| {
                let to = PhoneNumber::from_digits(&format!("{prefix}{}", n * step)).unwrap();
                hash(key(&to))
            });
            let hashes: Vec<u64> = hashes.collect();
            // The table takes the low bits for the place, and the seven high ones to compare.
            let places: HashSet<u64> = hashes.iter().map(|hash| hash % COUNT).collect();
            let high: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
            // Of random places 63 in 100 are taken.
            assert!(places.len() as u64 > COUNT * 58 / 100, "{prefix} {step}: {}", places.len());
            assert_eq!(high.len(), 128, "{prefix} {step}");
        }
    }
}
