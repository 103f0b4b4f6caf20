//! `--hours` in `--timezone`, and what the run does outside of them.

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};

use super::hours::Hours;
use super::zone::Zone;

/// The hours in which messages go.
#[derive(Debug, Clone)]
pub struct OpenHours {
    /// The hours of a week.
    pub hours: Hours,
    /// The zone that they are in.
    pub zone: Zone,
    /// What the run does while they are closed.
    pub outside: Outside,
}

/// What the run does while the hours are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Outside {
    /// It waits until they open
    Wait,
    /// It ends, and the next run goes on
    Exit,
}

impl OpenHours {
    /// The time until which the hours are closed; `None` if they are open at `now`.
    #[must_use]
    pub fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        if self.hours.is_open(now, &self.zone) {
            return None;
        }
        // Hours that never open cannot be typed.
        Some(self.hours.next_change(now, &self.zone).unwrap_or(Timestamp::MAX))
    }

    /// The time at which work that begins at `begin` ends, if it goes on only while the hours are
    /// open; `None` if that is beyond what is worth computing.
    #[must_use]
    pub fn end_of(&self, begin: Timestamp, work: SignedDuration) -> Option<Timestamp> {
        let mut at = self.closed_until(begin).unwrap_or(begin);
        let mut left = work;
        for _ in 0..MOST_CHANGES {
            let Some(close) = self.hours.next_change(at, &self.zone) else {
                return at.checked_add(left).ok();
            };
            let open = close.duration_since(at);
            if left <= open {
                return at.checked_add(left).ok();
            }
            left -= open;
            at = self.hours.next_change(close, &self.zone)?;
        }
        None
    }
}

/// The most times that the hours may close during work: years of it.
const MOST_CHANGES: u32 = 2_000;
