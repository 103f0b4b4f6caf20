//! When messages may go, in a JSON report: the 24-hour rule, the hours and the caps.

use serde::Serialize;

use super::text_of;
use crate::eligibility::caps::RecipientCap;
use crate::eligibility::open_hours::{OpenHours, Outside};
use crate::eligibility::session::Missing;
use crate::report::when::{EventFacts, WhenPlan};

/// The facts of the plan. The messages held at the end are elsewhere.
#[derive(Serialize)]
pub(super) struct Eligibility {
    zone: String,
    session: Option<Session>,
    events: Option<Events>,
    hours: Option<Hours>,
    daily_cap: Option<DailyCap>,
    recipient_cap: Option<RecipientCapJson>,
}

/// The messages by the state of their recipients' windows.
#[derive(Serialize)]
struct Session {
    missing: &'static str,
    open: u64,
    closed: u64,
    unknown: u64,
    bad: u64,
    closing: u64,
    in_future: u64,
}

#[derive(Serialize)]
struct Events {
    inbound: u64,
    other_number: u64,
    statuses: u64,
    other_lines: u64,
    newest: Option<String>,
}

#[derive(Serialize)]
struct Hours {
    hours: String,
    zone: String,
    outside: &'static str,
    closed_until: Option<String>,
}

#[derive(Serialize)]
struct DailyCap {
    most: u64,
    so_far: u64,
    left: u64,
}

#[derive(Serialize)]
struct RecipientCapJson {
    most: u32,
    within_hours: i64,
}

impl Eligibility {
    pub(super) fn of(when: &WhenPlan<'_>) -> Self {
        let counts = when.counts;
        Self {
            zone: when.zone.clone(),
            session: when.missing.map(|missing| Session {
                missing: match missing {
                    Missing::Send => "send",
                    Missing::Hold => "hold",
                },
                open: counts.open,
                closed: counts.closed,
                unknown: counts.unknown,
                bad: counts.bad,
                closing: counts.closing,
                in_future: when.in_future,
            }),
            events: when.events.map(Events::of),
            hours: when.hours.map(|open| Hours::of(open, when)),
            daily_cap: when.caps.daily.map(|most| DailyCap {
                most,
                so_far: counts.recipients_today,
                left: counts.left,
            }),
            recipient_cap: when.caps.recipient.map(|RecipientCap { most, within }| {
                RecipientCapJson { most, within_hours: within.as_hours() }
            }),
        }
    }
}

impl Events {
    fn of(facts: EventFacts) -> Self {
        let EventFacts { inbound, other_number, statuses, other_lines, newest } = facts;
        Self { inbound, other_number, statuses, other_lines, newest: newest.map(text_of) }
    }
}

impl Hours {
    fn of(open: &OpenHours, when: &WhenPlan<'_>) -> Self {
        let OpenHours { hours, zone, outside } = open;
        Self {
            hours: hours.to_string(),
            zone: zone.to_string(),
            outside: match outside {
                Outside::Wait => "wait",
                Outside::Exit => "exit",
            },
            closed_until: open.closed_until(when.now).map(text_of),
        }
    }
}
