//! `--hours` in `--timezone`, and what the run does outside of them.

use clap::ValueEnum;
use jiff::Timestamp;

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
}
