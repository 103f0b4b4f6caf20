//! When one person wrote.

use jiff::Timestamp;

/// The times at which one person wrote that matter. Times in the future, because of a clock that is
/// wrong, are kept apart: such a time does not count now, but it may later. 16 bytes, because there
/// may be millions; times are to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrote {
    /// The latest time that is not in the future.
    latest: i64,
    /// The earliest time that is in the future.
    future: i64,
}

const NO_LATEST: i64 = i64::MIN;
const NO_FUTURE: i64 = i64::MAX;

impl Default for Wrote {
    fn default() -> Self {
        Self { latest: NO_LATEST, future: NO_FUTURE }
    }
}

impl Wrote {
    /// Adds a time. Those after `horizon` are in the future.
    pub fn add(&mut self, at: Timestamp, horizon: Timestamp) {
        let millisecond = at.as_millisecond();
        match at <= horizon {
            true => self.latest = self.latest.max(millisecond),
            false => self.future = self.future.min(millisecond),
        }
    }

    /// Adds the times of another form of the person's number.
    pub fn merge(&mut self, other: Self) {
        self.latest = self.latest.max(other.latest);
        self.future = self.future.min(other.future);
    }

    /// The latest time that was not in the future.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.latest).ok().filter(|_| self.latest != NO_LATEST)
    }

    /// The earliest time that was in the future.
    #[must_use]
    pub fn future(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(self.future).ok().filter(|_| self.future != NO_FUTURE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_latest_time_and_the_earliest_future_one_are_kept() {
        let horizon = 1_000;
        let table: [(&[i64], Option<i64>, Option<i64>); 6] = [
            (&[], None, None),
            (&[500], Some(500), None),
            (&[500, 900, 700], Some(900), None),
            (&[1_000, 1_001], Some(1_000), Some(1_001)),
            (&[2_000, 1_500, 1_700], None, Some(1_500)),
            (&[1_500, -5, 2_000], Some(-5), Some(1_500)),
        ];
        for (times, latest, future) in table {
            let mut all = Wrote::default();
            times.iter().for_each(|time| all.add(at(*time), at(horizon)));
            assert_eq!((all.latest(), all.future()), (latest.map(at), future.map(at)), "{times:?}");
            // In any order, and in parts.
            let mut merged = Wrote::default();
            for time in times.iter().rev() {
                let mut one = Wrote::default();
                one.add(at(*time), at(horizon));
                merged.merge(one);
            }
            assert_eq!(merged, all, "{times:?}");
        }
    }
}
