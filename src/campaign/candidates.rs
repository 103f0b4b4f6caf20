//! The messages of the first pass that are to be sent unless a rule for when they may go stops them.
//!
//! They are decided on after the last row, because a later row may say that a recipient wrote later.
//! The engine decides again before each post; this is what the plan shows.

use jiff::{SignedDuration, Timestamp};

use crate::eligibility::Eligibility;
use crate::eligibility::caps::CapAnswer;
use crate::eligibility::held::Held;
use crate::eligibility::session::Session;
use crate::prepare::message::{IdKey, Message};
use crate::prepare::phone::PhoneNumber;
use crate::read::Place;
use crate::report::decided::Decided;
use crate::report::when::WhenCounts;
use crate::send::rate::Rate;

/// One message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) id: IdKey,
    pub(super) to: PhoneNumber,
    /// The contact's row.
    pub(super) place: Place,
    /// True if no number of its card has a WhatsApp id.
    pub(super) without_wa_id: bool,
    /// Its number among all messages of the run.
    pub(super) number: u32,
    /// Set when it is sent only if the recipient wrote after this time.
    pub(super) refused_at: Option<Timestamp>,
}

impl Candidate {
    pub(super) fn of(message: &Message, number: u32, refused_at: Option<Timestamp>) -> Self {
        let (id, place) = (message.id.key(), message.contact.place);
        let phones = &message.contact.phones;
        let without_wa_id = phones.iter().all(|phone| phone.wa_id.is_none());
        Self { id, to: message.to, place, without_wa_id, number, refused_at }
    }
}

/// What is planned for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Planned {
    /// It is sent.
    Send,
    /// It stays refused: its recipient did not write since.
    Refused,
    /// It is held.
    Held(Held),
    /// It is left for a later run: `--daily-cap` is reached before it.
    Left,
}

impl From<Planned> for Decided {
    fn from(planned: Planned) -> Self {
        match planned {
            Planned::Send => Self::Send,
            Planned::Refused => Self::Refused,
            Planned::Held(held) => Self::Held(held),
            Planned::Left => Self::LeftByDailyCap,
        }
    }
}

/// Decides on all candidates in order, as if each one were accepted, and counts.
pub(super) fn decide(
    candidates: Vec<Candidate>,
    eligibility: &Eligibility,
    rate: Rate,
    now: Timestamp,
    mut planned: impl FnMut(&Candidate, Planned),
) -> WhenCounts {
    let mut counts = WhenCounts::default();
    let mut caps = eligibility.caps.clone();
    counts.recipients_today = caps.recipients_today(now);
    let begin = eligibility.closed_until(now).unwrap_or(now);
    let mut before = 0;
    for candidate in candidates {
        let Candidate { id, to, refused_at, .. } = candidate;
        if refused_at.is_some_and(|at| !eligibility.wrote_since(&to, at)) {
            planned(&candidate, Planned::Refused);
            continue;
        }
        let session = eligibility.session(&to, now);
        counts.count_session(session);
        let rule = eligibility.session.as_ref();
        let plan = match session.and_then(|session| rule?.held(session)) {
            Some(held) => Planned::Held(held),
            None => match caps.ask(id, to, now) {
                CapAnswer::RecipientFull => Planned::Held(Held::RecipientCap),
                CapAnswer::DayFull => Planned::Left,
                CapAnswer::Go | CapAnswer::Wait => Planned::Send,
            },
        };
        match plan {
            Planned::Held(held) => *counts.held.entry(held).or_default() += 1,
            Planned::Left => counts.left += 1,
            Planned::Send => {
                caps.settle(id, to, Some(now));
                let turn = SignedDuration::try_from(rate.time_for(before)).unwrap_or_default();
                let turn = begin.checked_add(turn).unwrap_or(Timestamp::MAX);
                let closes = matches!(session, Some(Session::Open { until }) if until <= turn);
                counts.closing += u64::from(closes);
                before += 1;
            }
            Planned::Refused => {}
        }
        planned(&candidate, plan);
    }
    counts
}
