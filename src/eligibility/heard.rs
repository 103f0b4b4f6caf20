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
        let Some(future) = self.future else { return self.latest };
        let come = (future.duration_since(now) <= margin).then_some(future);
        self.latest.max(come)
    }

    /// Returns whether the recipient wrote after `at`.
    #[must_use]
    pub fn wrote_since(&self, at: Timestamp) -> bool {
        self.latest.is_some_and(|wrote| wrote > at)
    }

    /// Returns whether a time was given that does not count at `now`.
    #[must_use]
    pub fn is_bad(&self, now: Timestamp, margin: SignedDuration) -> bool {
        self.unreadable || self.future.is_some_and(|future| future.duration_since(now) > margin)
    }
}

/// The times of all recipients, to the second: about 25 bytes for each.
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
struct Position(u32);

#[derive(Debug, Clone, Copy)]
struct Recipient {
    key: RecipientKey,
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

/// The key by which a recipient is found. Events name the number that an account was registered
/// with, which may be an old form of that in the list; both have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecipientKey(u64);

impl RecipientKey {
    pub(super) fn of(to: &PhoneNumber) -> Self {
        Self(canonical(to).packed())
    }

    /// The hash of the key: both halves of a product, so that each digit changes all of its bits. A
    /// general hasher takes longer, and this is asked for each row.
    pub(super) fn hash(self) -> u64 {
        let product = u128::from(self.0) * 0x9e37_79b9_7f4a_7c15;
        product as u64 ^ (product >> 64) as u64
    }
}

impl HeardTimes {
    /// Makes an empty set; times after `horizon` are in the future.
    #[must_use]
    pub fn new(horizon: Timestamp) -> Self {
        Self { horizon, ..Self::default() }
    }

    /// Adds a time at which a recipient wrote. The latest counts.
    pub fn add(&mut self, to: &PhoneNumber, wrote: LastInbound) {
        let key = RecipientKey::of(to);
        match wrote {
            LastInbound::At(at) if !self.is_future(at) => self.add_at(key, at),
            LastInbound::At(at) => {
                let bad = self.bad(key);
                bad.future = Some(bad.future.map_or(at, |known| known.min(at)));
            }
            LastInbound::Unreadable(text) => {
                self.bad(key).unreadable.get_or_insert(text);
            }
        }
    }

    /// Adds a time that is not in the future.
    pub(super) fn add_at(&mut self, key: RecipientKey, at: Timestamp) {
        self.are_any = true;
        let position = self.position(key);
        if let Some(recipient) = self.recipients.get_mut(position.index()) {
            recipient.latest = recipient.latest.max(at.as_second());
        }
    }

    fn bad(&mut self, key: RecipientKey) -> &mut Bad {
        self.are_any = true;
        let position = self.position(key);
        self.bad.entry(position).or_default()
    }

    /// Notes that a time is known, which is not added here yet.
    pub(super) fn note_any(&mut self) {
        self.are_any = true;
    }

    /// Returns whether a time is in the future.
    #[must_use]
    pub fn is_future(&self, at: Timestamp) -> bool {
        at > self.horizon
    }

    /// The position of a recipient, which gets one if it has none.
    fn position(&mut self, key: RecipientKey) -> Position {
        if self.positions.len() == self.positions.capacity() {
            self.grow();
        }
        let Self { positions, recipients, .. } = self;
        let next = Position::of(recipients.len());
        let is_it = |at: &Position| recipients.get(at.index()).is_some_and(|at| at.key == key);
        match positions.entry(key.hash(), is_it, |at| hash_at(recipients, *at)) {
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
        self.get_key(RecipientKey::of(to))
    }

    /// What is known of a recipient.
    pub(super) fn get_key(&self, key: RecipientKey) -> Heard {
        self.find(key).map_or_else(Heard::default, |position| self.at(position))
    }

    /// The text that was given for a recipient's time and could not be read.
    #[must_use]
    pub fn unreadable(&self, to: &PhoneNumber) -> Option<&str> {
        self.bad.get(&self.find(RecipientKey::of(to))?)?.unreadable.as_deref()
    }

    fn find(&self, key: RecipientKey) -> Option<Position> {
        let is_it = |at: &Position| self.recipients.get(at.index()).is_some_and(|at| at.key == key);
        self.positions.find(key.hash(), is_it).copied()
    }

    fn at(&self, position: Position) -> Heard {
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

    /// Makes room for `more` recipients.
    pub(super) fn reserve(&mut self, more: usize) {
        self.recipients.reserve_exact(more);
        self.resize(self.recipients.len() + more);
    }

    fn grow(&mut self) {
        let factor = if self.recipients.len() < 1 << 18 { 4 } else { 2 };
        self.resize(factor * self.recipients.len());
    }

    /// Makes a table for so many recipients. The table's own growth would look up each key in the
    /// order of the table, which is no order in memory.
    fn resize(&mut self, capacity: usize) {
        let Self { positions, recipients, .. } = self;
        *positions = HashTable::with_capacity(capacity);
        for (index, recipient) in recipients.iter().enumerate() {
            let position = Position::of(index);
            let hash = recipient.key.hash();
            positions.insert_unique(hash, position, |at| hash_at(recipients, *at));
        }
    }
}

impl Position {
    fn of(index: usize) -> Self {
        // More recipients than have a position would not fit into memory.
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn index(self) -> usize {
        self.0 as usize
    }
}

fn hash_at(recipients: &[Recipient], at: Position) -> u64 {
    recipients.get(at.index()).map_or(0, |recipient| recipient.key.hash())
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
    fn each_of_many_recipients_keeps_its_time() {
        let to = |n: i64| PhoneNumber::from_digits(&format!("2547{n:08}")).unwrap();
        for reserved in [0, 20, 10_000] {
            let mut heard = HeardTimes::new(at(10_000));
            assert_eq!(heard.get(&to(1)), Heard::default());
            assert!(heard.is_empty());
            heard.add(&to(9_999), LastInbound::Unreadable("soon".into()));
            heard.reserve(reserved);
            (0..5_000).for_each(|n| heard.add(&to(n), LastInbound::At(at(n))));
            assert!(!heard.is_empty());
            for n in 0..5_000 {
                let known = Heard { latest: Some(at(n)), ..Heard::default() };
                assert_eq!(heard.get(&to(n)), known, "{n}");
            }
            assert_eq!(heard.get(&to(7_777)), Heard::default());
            assert_eq!(heard.get(&to(9_999)), Heard { unreadable: true, ..Heard::default() });
            assert_eq!(heard.unreadable(&to(9_999)), Some("soon"));
            assert_eq!(heard.unreadable(&to(1)), None);
        }
    }

    #[test]
    fn the_hashes_of_similar_numbers_are_spread() {
        const COUNT: u64 = 1 << 14;
        for (prefix, step) in [("2547", 1), ("2547", 100), ("49151000", 1), ("1", 7), ("", 1)] {
            let hashes = (1..=COUNT).map(|n| {
                let to = PhoneNumber::from_digits(&format!("{prefix}{}", n * step)).unwrap();
                RecipientKey::of(&to).hash()
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
