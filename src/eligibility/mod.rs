//! May this message go now? The 24-hour rule, opt-outs, hours and caps.
//!
//! Everything is decided here from values, with the time as an argument; files, threads and
//! terminals are not known. The plan asks once for each message, and the engine asks again before
//! each post, so both decide the same way.
//!
//! - `heard`: when each recipient last wrote; `row_times`: what the rows of the lists say of that
//! - `session`: the 24-hour rule
//! - `inbound`: who wrote and when, from webhook events
//! - `opt_out`: the numbers that nothing is sent to; `opt_out_words`: STOP and START
//! - `caps`: `--daily-cap` and `--recipient-cap`
//! - `hours`: weekly hours, which `hours_text` parses; `open_hours`: `--hours` in `--timezone`; `zone`: time zones
//! - `held`: the reasons why a message is not sent now

pub mod caps;
pub mod heard;
pub mod held;
pub mod hours;
mod hours_text;
pub mod inbound;
pub mod open_hours;
pub mod opt_out;
mod opt_out_words;
pub mod row_times;
pub mod session;
pub mod zone;

use jiff::Timestamp;

use self::caps::Caps;
use self::heard::HeardTimes;
use self::held::Held;
use self::open_hours::OpenHours;
use self::session::{Missing, SessionRule};
use crate::prepare::phone::PhoneNumber;

/// All rules of a run, and what they need to know.
#[derive(Debug, Default)]
pub struct Eligibility {
    /// The 24-hour rule; `None` with `--session-window off`.
    pub session: Option<SessionRule>,
    /// When the recipients last wrote.
    pub heard: HeardTimes,
    /// The hours in which messages go; `None` for all.
    pub hours: Option<OpenHours>,
    /// The caps, with the messages of earlier runs.
    pub caps: Caps,
}

impl Eligibility {
    /// Decides whether the 24-hour rule holds a message at `now`.
    #[must_use]
    pub fn held(&self, to: &PhoneNumber, now: Timestamp) -> Option<Held> {
        let rule = self.session?;
        rule.held(rule.session(self.heard.get(to), now))
    }

    /// Returns whether the 24-hour rule can hold a message.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        self.session.is_some_and(|rule| rule.missing == Missing::Hold || !self.heard.is_empty())
    }

    /// Returns whether anything but opt-outs can stop a message.
    #[must_use]
    pub fn may_stop(&self) -> bool {
        self.may_hold() || self.hours.is_some() || !self.caps.are_none()
    }

    /// Returns whether the recipient is known to have written after `at`.
    #[must_use]
    pub fn wrote_since(&self, to: &PhoneNumber, at: Timestamp) -> bool {
        self.heard.get(to).wrote_since(at)
    }

    /// The time until which the hours are closed; `None` if they are open at `now`.
    #[must_use]
    pub fn closed_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.hours.as_ref()?.closed_until(now)
    }
}
