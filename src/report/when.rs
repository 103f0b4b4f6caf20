//! What the plan says about when messages may go: the 24-hour rule, the hours and the caps.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::format::{add_line, counted};
use crate::eligibility::caps::{CapLimits, RecipientCap};
use crate::eligibility::held::Held;
use crate::eligibility::hours::show_until;
use crate::eligibility::open_hours::{OpenHours, Outside};
use crate::eligibility::session::{Missing, Session};
use crate::send::rate::Rate;
use crate::units::{show_duration, show_number};

/// The messages to be sent, by what is known of their recipients' windows, and those that a rule
/// holds or leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhenCounts {
    /// The window is open.
    pub open: u64,
    /// It is closed.
    pub closed: u64,
    /// Nothing is known.
    pub unknown: u64,
    /// The time that is given does not count.
    pub bad: u64,
    /// Messages to be sent whose window closes before their turn.
    pub closing: u64,
    /// Messages that are held, by reason.
    pub held: BTreeMap<Held, u64>,
    /// Messages that `--daily-cap` leaves for later.
    pub left: u64,
    /// Recipients of this sender in the last 24 hours.
    pub recipients_today: u64,
}

impl WhenCounts {
    /// Counts the state of one message's window.
    pub fn count_session(&mut self, session: Option<Session>) {
        *match session {
            Some(Session::Open { .. }) => &mut self.open,
            Some(Session::Closed) => &mut self.closed,
            Some(Session::Unknown) => &mut self.unknown,
            Some(Session::Bad) => &mut self.bad,
            None => return,
        } += 1;
    }
}

/// What event files hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventFacts {
    /// Messages from recipients to this sender.
    pub inbound: u64,
    /// Messages to other business numbers, which open no window.
    pub other_number: u64,
    /// Events about the status of a message.
    pub statuses: u64,
    /// Lines that are none of these, or have no time.
    pub other_lines: u64,
    /// The time of the newest message to this sender.
    pub newest: Option<Timestamp>,
}

/// The facts about when messages may go.
#[derive(Debug)]
pub struct WhenPlan<'a> {
    /// The counts.
    pub counts: &'a WhenCounts,
    /// What is done where no time is known; `None` without the 24-hour rule.
    pub missing: Option<Missing>,
    /// True if it is known of anybody when they last wrote.
    pub knows_times: bool,
    /// Recipients whose time is in the future.
    pub in_future: u64,
    /// A list's column that may hold these times.
    pub likely_column: Option<&'a str>,
    /// What the event files hold, if there are any.
    pub events: Option<EventFacts>,
    /// The hours in which messages go.
    pub hours: Option<&'a OpenHours>,
    /// The name of the zone of times without one.
    pub zone: String,
    /// The caps.
    pub caps: CapLimits,
    /// The highest rate of the run.
    pub rate: Rate,
    /// The time of the plan.
    pub now: Timestamp,
}

/// So many recipients with a time in the future mean that the zone may be wrong.
const MANY_IN_FUTURE: u64 = 3;

impl WhenPlan<'_> {
    /// Adds the lines of the plan; `to_send` messages are to be sent, and `people` can be sent a card.
    pub fn show(&self, text: &mut String, to_send: u64, people: u64) {
        self.show_session(text, to_send, people);
        self.show_events(text);
        if let Some(hours) = self.hours {
            add_line(text, "hours", self.show_hours(hours));
        }
        self.show_caps(text);
    }

    fn show_session(&self, text: &mut String, to_send: u64, people: u64) {
        let Some(missing) = self.missing else { return };
        let counts = self.counts;
        if !self.knows_times && missing == Missing::Send {
            if to_send > 0 {
                let try_it = self.likely_column.map(|header| {
                    format!(
                        " (try --map \"last_inbound_at={header}\" if that is when they last wrote)"
                    )
                });
                let what = format!(
                    "nothing says when these people last wrote; outside 24 hours WhatsApp refuses the card, 131047{}",
                    try_it.unwrap_or_default()
                );
                add_line(text, "24 hours", what);
            }
            return;
        }
        let held = |number: u64, what: &str| match number {
            0 => String::new(),
            _ => format!(", {} {what} (held)", show_number(number)),
        };
        let unknown = match (counts.unknown, missing) {
            (number @ 1.., Missing::Send) => format!(", {} unknown", show_number(number)),
            (0, _) => String::new(),
            (number, _) => format!(
                ", {} unknown (held; --session-missing send sends them)",
                show_number(number)
            ),
        };
        let messages = counts.open + counts.closed + counts.unknown + counts.bad;
        if messages == 0 {
            return;
        }
        // The first line counts people: here they may be fewer, or get several messages.
        let mut line = match messages == people {
            true => String::new(),
            false => format!("{}: ", counted(messages, "message")),
        };
        line += &format!("{} open{}", show_number(counts.open), held(counts.closed, "closed"));
        line += &unknown;
        line += &held(counts.bad, "with a time that cannot be used");
        if counts.closing > 0 {
            let closed = self.hours.and_then(|hours| hours.closed_until(self.now));
            let why = match (closed, self.rate) {
                (Some(_), _) => "before the hours open and their turn comes".to_owned(),
                (None, Rate::Unlimited) => "before their turn".to_owned(),
                (None, rate) => format!("before their turn at {rate}: raise --rate"),
            };
            line += &format!("; {} will close {why}", show_number(counts.closing));
        }
        add_line(text, "24 hours", line);
        let mut zone = format!("times without a zone are read in {}", self.zone);
        if self.in_future >= MANY_IN_FUTURE {
            zone += &format!(
                "; {} lie in the future: is --timezone right?",
                counted(self.in_future, "time")
            );
        }
        add_line(text, "", zone);
    }

    fn show_events(&self, text: &mut String) {
        let Some(events) = self.events else { return };
        let mut line = counted(events.inbound, "inbound message");
        for (number, what) in
            [(events.other_number, "to other numbers"), (events.statuses, "about statuses")]
        {
            if number > 0 {
                line += &format!(", {} {what}", show_number(number));
            }
        }
        if events.other_lines > 0 {
            line += &format!(", {}", counted(events.other_lines, "other line"));
        }
        if let Some(newest) = events.newest {
            let age = self.now.duration_since(newest);
            line += &match std::time::Duration::try_from(age) {
                Ok(age) => format!("; the newest is {} old", show_duration(age)),
                Err(_) => "; the newest is in the future".to_owned(),
            };
        }
        add_line(text, "events", line);
    }

    fn show_hours(&self, open: &OpenHours) -> String {
        let OpenHours { hours, zone, outside } = open;
        let open_at = format!("{hours} in {zone}");
        let Some(until) = open.closed_until(self.now) else { return open_at };
        let until = show_until(until, self.now, zone);
        // What follows from the hours comes first: the end of a line may be cut.
        match outside {
            Outside::Wait => {
                format!("closed now, the run waits until {until}; open {open_at}")
            }
            Outside::Exit => format!(
                "closed until {until}, so nothing is sent now (--outside wait waits); open {open_at}"
            ),
        }
    }

    fn show_caps(&self, text: &mut String) {
        let CapLimits { daily, recipient } = self.caps;
        if let Some(most) = daily {
            let mut line = format!(
                "{} in 24 hours, {} so far",
                counted(most, "recipient"),
                show_number(self.counts.recipients_today)
            );
            if self.counts.left > 0 {
                line += &format!("; {} left for later", counted(self.counts.left, "message"));
            }
            add_line(text, "daily cap", line);
        }
        if let Some(RecipientCap { most, within }) = recipient {
            let held = self.counts.held.get(&Held::RecipientCap).copied().unwrap_or(0);
            let mut line = format!(
                "{} to one recipient in {}",
                counted(u64::from(most), "message"),
                show_period(within)
            );
            if held > 0 {
                line += &format!("; {} held", show_number(held));
            }
            add_line(text, "recipients", line);
        }
    }
}

fn show_period(period: SignedDuration) -> String {
    match period.as_hours().unsigned_abs() {
        hours if hours % 24 == 0 => counted(hours / 24, "day"),
        hours => counted(hours, "hour"),
    }
}
