//! The messages of the first pass that are to be sent unless a rule for when they may go stops them.
//!
//! They are decided on after the last row, because a later row may say that a recipient wrote later.
//! The engine decides again before each post; this is what the plan shows.

use jiff::{SignedDuration, Timestamp};

use super::recipient_counts::RecipientId;
use crate::eligibility::Eligibility;
use crate::eligibility::caps::{CapAnswer, Caps};
use crate::eligibility::heard::Position;
use crate::eligibility::held::Held;
use crate::eligibility::session::Session;
use crate::prepare::last_inbound::LastInbound;
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
        counted: RecipientId,
        number: u32,
        refused_at: Option<Timestamp>,
    ) -> Self {
        let (id, place) = (message.id.key(), message.contact.place);
        let phones = &message.contact.phones;
        let without_wa_id = phones.iter().all(|phone| phone.wa_id.is_none());
        Self { id, to: message.to, counted, place, without_wa_id, number, refused_at }
    }
}

/// The messages to decide on, in order. There may be millions, so a whole candidate is kept only
/// where a rule or the output needs it.
#[derive(Debug)]
pub(super) struct Candidates {
    list: Vec<Short>,
    whole: Vec<Candidate>,
    keeps_whole: bool,
    /// The recipients of the next rows with a time, and how many of them came up.
    next_rows: Vec<(PhoneNumber, Position)>,
    next: usize,
}

/// The rows that are looked at for a recipient: duplicates and what was sent before come in between.
const AHEAD: usize = 4;

/// What is needed of every candidate: 20 bytes.
#[derive(Debug, Clone, Copy)]
struct Short {
    heard: Position,
    counted: RecipientId,
    number: u32,
    /// The index in `whole`; `u32::MAX` is none.
    whole: u32,
    without_wa_id: bool,
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
        Self { list: Vec::new(), whole: Vec::new(), keeps_whole, next_rows: Vec::new(), next: 0 }
    }

    /// Takes the times of the rows that follow.
    pub(super) fn hear(
        &mut self,
        times: &[(PhoneNumber, LastInbound)],
        eligibility: &mut Eligibility,
    ) {
        let positions =
            times.iter().map(|(to, wrote)| (*to, eligibility.heard.add(to, wrote.clone())));
        self.next_rows.clear();
        self.next_rows.extend(positions);
        self.next = 0;
    }

    /// The position of a recipient. It is most often that of the next row with a time: then this is
    /// no search.
    fn position(&mut self, to: &PhoneNumber, eligibility: &mut Eligibility) -> Position {
        let next = self.next_rows.get(self.next..).unwrap_or_default();
        match next.iter().take(AHEAD).position(|(of_row, _)| of_row == to) {
            Some(ahead) => {
                self.next += ahead + 1;
                next[ahead].1
            }
            None => eligibility.heard.position(to),
        }
    }

    /// Adds one, whose recipient gets a position among those that are known to have written.
    pub(super) fn push(&mut self, candidate: Candidate, eligibility: &mut Eligibility) {
        let heard = match eligibility.session {
            Some(_) => self.position(&candidate.to, eligibility),
            None => Position::NONE,
        };
        let mut whole = u32::MAX;
        if self.keeps_whole || candidate.refused_at.is_some() {
            whole = u32::try_from(self.whole.len()).unwrap_or(u32::MAX);
            self.whole.push(candidate);
        }
        let Candidate { counted, number, without_wa_id, .. } = candidate;
        self.list.push(Short { heard, counted, number, whole, without_wa_id });
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
    let mut counts = WhenCounts::default();
    let mut caps = eligibility.caps.clone();
    counts.recipients_today = caps.recipients_today(now);
    let begin = eligibility.closed_until(now).unwrap_or(now);
    let rule = eligibility.session.as_ref();
    // The turn of the next message, in Unix time.
    let mut turn = begin.as_duration();
    let step = SignedDuration::try_from(rate.time_for(1)).unwrap_or(SignedDuration::MAX);
    for short in &candidates.list {
        let whole = candidates.whole.get(short.whole as usize);
        let Short { counted, number, without_wa_id, .. } = *short;
        let decided = DecidedOn { counted, number, without_wa_id, whole };
        if whole.is_some_and(|whole| !may_be_sent_again(whole, eligibility)) {
            planned(decided, Planned::Refused);
            continue;
        }
        let session = rule.map(|rule| rule.session(eligibility.heard.at(short.heard), now));
        counts.count_session(session);
        let held = session.and_then(|session| rule?.held(session));
        let plan = match (held, whole) {
            (Some(held), _) => Planned::Held(held),
            (None, Some(whole)) => ask_caps(&mut caps, whole, now),
            // It is kept whole when there are caps.
            (None, None) => Planned::Send,
        };
        match plan {
            Planned::Held(held) => *counts.held.entry(held).or_default() += 1,
            Planned::Left => counts.left += 1,
            Planned::Send => {
                let closes = |until: Timestamp| until.as_duration() <= turn;
                let closing = matches!(session, Some(Session::Open { until }) if closes(until));
                counts.closing += u64::from(closing);
                turn = turn.saturating_add(step);
            }
            Planned::Refused => {}
        }
        planned(decided, plan);
    }
    counts
}

/// Returns whether a message was not refused before, or its recipient wrote since.
fn may_be_sent_again(candidate: &Candidate, eligibility: &Eligibility) -> bool {
    candidate.refused_at.is_none_or(|at| eligibility.wrote_since(&candidate.to, at))
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
            // Older times in the rows themselves, of others in between and not in this order.
            let older = [2, 9, 9, 9, 9, 9, 1, 6, 8, 4, 3];
            let older =
                older.map(|to| (candidate(to, None).to, LastInbound::At(at(NOW - 100_000))));
            if own_times {
                all.hear(&older, &mut eligibility);
            }
            candidates.iter().for_each(|one| all.push(*one, &mut eligibility));
            for (to, ago) in wrote {
                let time = LastInbound::At(at(NOW - ago));
                eligibility.heard.add(&candidate(to, None).to, time);
            }
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
