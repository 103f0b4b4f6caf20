//! When each recipient last wrote, as far as the lists and the event files say.

use hashbrown::HashMap;
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

/// The times of all recipients, to the second: 16 bytes and the table's own for each.
#[derive(Debug, Default)]
pub struct HeardTimes {
    /// The latest time of each recipient in seconds, by its [`key`].
    latest: HashMap<u64, i64>,
    /// The few recipients with a time that cannot be read or is in the future.
    bad: HashMap<u64, Bad>,
    /// Times after this one are in the future.
    horizon: Timestamp,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bad {
    future: Option<Timestamp>,
    unreadable: bool,
}

impl HeardTimes {
    /// Makes an empty set; times after `horizon` are in the future.
    #[must_use]
    pub fn new(horizon: Timestamp) -> Self {
        Self { horizon, ..Self::default() }
    }

    /// Adds a time at which a recipient wrote. The latest counts.
    pub fn add(&mut self, to: &PhoneNumber, wrote: LastInbound) {
        let key = key(to);
        match wrote {
            LastInbound::At(at) if at <= self.horizon => {
                let at = at.as_second();
                let latest = self.latest.entry(key).or_insert(at);
                *latest = at.max(*latest);
            }
            LastInbound::At(at) => {
                let bad = self.bad.entry(key).or_default();
                bad.future = Some(bad.future.map_or(at, |known| known.min(at)));
            }
            LastInbound::Unreadable => self.bad.entry(key).or_default().unreadable = true,
        }
    }

    /// What is known of a recipient.
    #[must_use]
    pub fn get(&self, to: &PhoneNumber) -> Heard {
        let key = key(to);
        let latest = self.latest.get(&key).and_then(|at| Timestamp::from_second(*at).ok());
        let bad = match self.bad.is_empty() {
            true => Bad::default(),
            false => self.bad.get(&key).copied().unwrap_or_default(),
        };
        Heard { latest, future: bad.future, unreadable: bad.unreadable }
    }

    /// Returns whether nothing is known of anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.latest.is_empty() && self.bad.is_empty()
    }

    /// The number of recipients with a time in the future.
    #[must_use]
    pub fn in_future(&self) -> u64 {
        self.bad.values().filter(|bad| bad.future.is_some()).count() as u64
    }
}

/// The key of a recipient. Events name the number that an account was registered with, which may be
/// an old form of that in the list.
fn key(to: &PhoneNumber) -> u64 {
    canonical(to).packed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_latest_time_that_is_not_in_the_future_counts() {
        let margin = SignedDuration::from_secs(300);
        let to = PhoneNumber::from_digits("254712345678").unwrap();
        use LastInbound::{At, Unreadable};
        #[rustfmt::skip]
        let table: [(&[LastInbound], i64, Option<i64>, bool); 8] = [
            (&[],                                  1000, None,       false),
            (&[At(at(500))],                       1000, Some(500),  false),
            (&[At(at(500)), At(at(900)), At(at(700))], 1000, Some(900), false),
            (&[At(at(1300))],                      1000, Some(1300), false),
            (&[At(at(1301))],                      1000, None,       true),
            // Once its time has come it counts.
            (&[At(at(1500)), At(at(1400))],        1100, Some(1400), false),
            (&[Unreadable],                        1000, None,       true),
            (&[Unreadable, At(at(900))],           1000, Some(900),  true),
        ];
        for (times, now, last, bad) in table {
            let mut heard = HeardTimes::new(at(1300));
            times.iter().for_each(|time| heard.add(&to, *time));
            let heard = heard.get(&to);
            assert_eq!(heard.last(at(now), margin), last.map(at), "{times:?}");
            assert_eq!(heard.is_bad(at(now), margin), bad, "{times:?}");
        }
    }
}
