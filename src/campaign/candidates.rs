//! The messages of the first pass that are to be sent unless a rule for when they may go stops them.
//!
//! They are decided on after the last row, because a later row may say that a recipient wrote later.
//! The engine decides again before each post; this is what the plan shows.

use jiff::{SignedDuration, Timestamp};

use super::recipient_counts::RecipientId;
use crate::eligibility::Eligibility;
use crate::eligibility::caps::{CapAnswer, Caps};
use crate::eligibility::heard::Heard;
use crate::eligibility::held::Held;
use crate::eligibility::row_times::{RowIndex, RowTimes};
use crate::eligibility::session::{Session, SessionRuleAt};
use crate::prepare::last_inbound::LastInbound;
use crate::prepare::message::{IdKey, Message};
use crate::prepare::phone::PhoneNumber;
use crate::read::Place;
use crate::report::decided::Decided;
use crate::report::when::WhenCounts;
use crate::send::rate::Rate;
use crate::units::chunks::Chunks;

/// One message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) id: IdKey,
    pub(super) to: PhoneNumber,
    /// The row that names its recipient, among those with a time.
    pub(super) row: RowIndex,
    /// Its recipient among those that are counted.
    pub(super) counted: RecipientId,
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
    pub(super) fn of(
        message: &Message,
        row: RowIndex,
        counted: RecipientId,
        number: u32,
        refused_at: Option<Timestamp>,
    ) -> Self {
        let (id, place) = (message.id.key(), message.contact.place);
        let phones = &message.contact.phones;
        let without_wa_id = phones.iter().all(|phone| phone.wa_id.is_none());
        let to = message.to;
        Self { id, to, row, counted, place, without_wa_id, number, refused_at }
    }
}

/// The messages to decide on, in order. There may be millions, so a whole candidate is kept only
/// where a rule or the output needs it.
#[derive(Debug)]
pub(super) struct Candidates {
    list: Chunks<Short>,
    whole: Vec<Candidate>,
    keeps_whole: bool,
    /// When the recipients of the rows last wrote.
    times: RowTimes,
}

/// What is needed of every candidate: 16 bytes.
#[derive(Debug, Clone, Copy)]
struct Short {
    row: RowIndex,
    counted: RecipientId,
    number: u32,
    without_wa_id: bool,
    /// True if the whole candidate is kept too.
    is_whole: bool,
}

/// A message that was decided on.
#[derive(Debug, Clone, Copy)]
pub(super) struct DecidedOn<'a> {
    pub(super) counted: RecipientId,
    pub(super) number: u32,
    pub(super) without_wa_id: bool,
    /// The whole candidate, if it is kept.
    pub(super) whole: Option<&'a Candidate>,
}

impl Candidates {
    /// No candidates. Whole ones are kept for caps, and where the output lists (`lists`) them.
    pub(super) fn new(eligibility: &Eligibility, lists: bool) -> Self {
        let keeps_whole = lists || !eligibility.caps.are_none();
        Self {
            list: Chunks::default(),
            whole: Vec::new(),
            keeps_whole,
            times: RowTimes::new(&eligibility.heard),
        }
    }

    /// Adds the recipient of the row that follows, and when they last wrote, if the row says so.
    pub(super) fn recipient(
        &mut self,
        to: &PhoneNumber,
        wrote: Option<&LastInbound>,
        eligibility: &mut Eligibility,
    ) -> RowIndex {
        self.times.add(to, wrote, &mut eligibility.heard)
    }

    /// What is known of the recipient of a row. Before [`settle`](Self::settle) other rows may say
    /// more.
    pub(super) fn heard(&self, row: RowIndex, eligibility: &Eligibility) -> Heard {
        self.times.get(row, &eligibility.heard)
    }

    pub(super) fn push(&mut self, candidate: Candidate) {
        let is_whole = self.keeps_whole || candidate.refused_at.is_some();
        if is_whole {
            self.whole.push(candidate);
        }
        let Candidate { row, counted, number, without_wa_id, .. } = candidate;
        self.list.push(Short { row, counted, number, without_wa_id, is_whole });
    }

    /// Takes into account what all rows say, after the last one.
    pub(super) fn settle(&mut self, eligibility: &mut Eligibility) {
        self.times.settle(&mut eligibility.heard);
    }

    /// Returns the times of all rows.
    pub(super) fn into_times(self) -> RowTimes {
        self.times
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
            Planned::Refused => Self::WindowClosed,
            Planned::Held(held) => Self::Held(held),
            Planned::Left => Self::LeftByDailyCap,
        }
    }
}

/// Decides on all candidates in order, as if each one were accepted, and counts.
pub(super) fn decide(
    candidates: &Candidates,
    eligibility: &Eligibility,
    rate: Rate,
    now: Timestamp,
    mut planned: impl FnMut(DecidedOn<'_>, Planned),
) -> WhenCounts {
    let mut turns = Turns::new(eligibility, rate, now);
    let mut all_whole = candidates.whole.iter();
    for chunk in candidates.list.chunks() {
        for &Short { row, counted, number, without_wa_id, is_whole } in chunk {
            let whole = if is_whole { all_whole.next() } else { None };
            let heard = candidates.heard(row, eligibility);
            let plan = turns.next(heard, whole);
            planned(DecidedOn { counted, number, without_wa_id, whole }, plan);
        }
    }
    turns.counts
}

/// Decides on one message after another.
struct Turns {
    counts: WhenCounts,
    caps: Caps,
    rule: Option<SessionRuleAt>,
    now: Timestamp,
    /// A window that began at this time or before, in Unix time, closes before the turn of the next
    /// message.
    closing: SignedDuration,
    /// The time between two turns.
    step: SignedDuration,
}

impl Turns {
    fn new(eligibility: &Eligibility, rate: Rate, now: Timestamp) -> Self {
        let mut caps = eligibility.caps.clone();
        let recipients_today = caps.recipients_today(now);
        let begin = eligibility.closed_until(now).unwrap_or(now);
        let rule = eligibility.session;
        Self {
            counts: WhenCounts { recipients_today, ..WhenCounts::default() },
            caps,
            rule: rule.map(|rule| rule.at(now)),
            now,
            closing: rule.map_or(SignedDuration::MIN, |rule| rule.closed_since(begin)),
            step: SignedDuration::try_from(rate.time_for(1)).unwrap_or(SignedDuration::MAX),
        }
    }

    /// Decides on a message, whose recipient last wrote as `heard` says, and counts it.
    fn next(&mut self, heard: Heard, whole: Option<&Candidate>) -> Planned {
        if whole.is_some_and(|whole| !may_be_sent_again(whole, heard)) {
            return Planned::Refused;
        }
        let session = self.rule.map(|rule| rule.session(heard));
        self.counts.count_session(session);
        let held = session.and_then(|session| self.rule?.held(session));
        let plan = match (held, whole) {
            (Some(held), _) => Planned::Held(held),
            (None, Some(whole)) => ask_caps(&mut self.caps, whole, self.now),
            // It is kept whole when there are caps.
            (None, None) => Planned::Send,
        };
        match plan {
            Planned::Held(held) => *self.counts.held.entry(held).or_default() += 1,
            Planned::Left => self.counts.left += 1,
            Planned::Send => {
                let closes = |since: Timestamp| since.as_duration() <= self.closing;
                let closes = matches!(session, Some(Session::Open { since }) if closes(since));
                self.counts.closing += u64::from(closes);
                self.closing = self.closing.saturating_add(self.step);
            }
            Planned::Refused => {}
        }
        plan
    }
}

/// Returns whether a message was not refused before, or its recipient wrote since.
fn may_be_sent_again(candidate: &Candidate, heard: Heard) -> bool {
    candidate.refused_at.is_none_or(|at| heard.wrote_since(at))
}

/// Asks the caps for a place, and takes it.
fn ask_caps(caps: &mut Caps, candidate: &Candidate, now: Timestamp) -> Planned {
    let Candidate { id, to, .. } = *candidate;
    match caps.ask(id, to, now) {
        CapAnswer::RecipientFull => Planned::Held(Held::RecipientCap),
        CapAnswer::DayFull => Planned::Left,
        CapAnswer::Go | CapAnswer::Wait => {
            caps.settle(id, to, Some(now));
            Planned::Send
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eligibility::heard::HeardTimes;
    use crate::eligibility::session::{Missing, SessionRule};
    use crate::read::SourceId;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn candidate(to: u64, refused_at: Option<Timestamp>) -> Candidate {
        Candidate {
            number: 0,
            id: IdKey::of(&to.to_string()),
            to: PhoneNumber::from_digits(&format!("2547{to:08}")).unwrap(),
            row: RowIndex::NONE,
            counted: RecipientId::NONE,
            place: Place { source: SourceId(0), line: to },
            without_wa_id: to == 1,
            refused_at,
        }
    }

    #[test]
    fn a_short_candidate_is_decided_on_as_a_whole_one() {
        const NOW: i64 = 1_000_000;
        // Who wrote so many seconds ago. It is known only after the candidates are added.
        let wrote = [(1, 100), (2, 90_000), (3, -1_000), (4, 86_096), (6, 50)];
        let refused = [(1, None), (2, None), (3, None), (4, None), (5, None)];
        let refused = refused.into_iter().chain([(6, Some(at(NOW - 60))), (7, Some(at(NOW)))]);
        let candidates: Vec<Candidate> = refused.map(|(to, at)| candidate(to, at)).collect();
        let expected = [
            Planned::Send,
            Planned::Held(Held::SessionClosed),
            Planned::Held(Held::LastInboundBad),
            Planned::Send,
            Planned::Held(Held::SessionUnknown),
            Planned::Send,
            Planned::Refused,
        ];
        for (lists, own_times) in [(false, false), (true, false), (false, true), (true, true)] {
            let session = SessionRule {
                window: SignedDuration::from_hours(24),
                margin: SignedDuration::from_mins(5),
                missing: Missing::Hold,
            };
            let mut eligibility = Eligibility { session: Some(session), ..Eligibility::default() };
            eligibility.heard = HeardTimes::new(at(NOW + 300));
            let mut all = Candidates::new(&eligibility, lists);
            // Older times in the rows themselves, and others' rows in between.
            let older = LastInbound::At(at(NOW - 100_000));
            for one in &candidates {
                let other = candidate(9, None).to;
                all.recipient(&other, Some(&older), &mut eligibility);
                let own = (own_times && one.to != candidate(5, None).to).then_some(&older);
                let row = all.recipient(&one.to, own, &mut eligibility);
                all.push(Candidate { row, ..*one });
            }
            // Later rows of the same recipients.
            for (to, ago) in wrote {
                let time = LastInbound::At(at(NOW - ago));
                all.recipient(&candidate(to, None).to, Some(&time), &mut eligibility);
            }
            all.settle(&mut eligibility);
            let mut found = Vec::new();
            let rate = "1/5s".parse().unwrap();
            let counts = decide(&all, &eligibility, rate, at(NOW), |decided, planned| {
                assert_eq!(decided.whole.is_some(), lists || found.len() > 4);
                assert_eq!(decided.without_wa_id, found.is_empty());
                found.push(planned);
            });
            assert_eq!(found, expected, "{lists} {own_times}");
            // The window of the fourth closes after four seconds; its turn is after five.
            assert_eq!((counts.open, counts.closing), (3, 1));
            assert_eq!((counts.closed, counts.unknown, counts.bad), (1, 1, 1));
        }
    }
}
