//! The first messages of a run: refusals that may concern all messages.
//!
//! When the first 20 messages are all refused for the same reason, the set-up is wrong and not the
//! messages; when that reason is a closed 24-hour window, no window is open. As long as that is
//! possible, refused messages are held here, and no more messages are posted than it takes to find
//! out that no window is open. Pure.

use super::breaker::{Halt, MANY};
use crate::send::outcome::{Code, FailureKind, Outcome, Status};

/// The evidence that a message's outcome gives about the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The message was accepted, now or before: the set-up is right.
    Sent,
    /// The message was refused, for a reason that does not concern it alone.
    Refused(Code),
    /// The message was refused because the recipient's window is closed.
    Closed,
    /// Nothing.
    None,
}

impl Evidence {
    pub(super) fn of(outcome: &Outcome) -> Self {
        match (&outcome.result, outcome.status) {
            (_, Status::Sent) => Self::Sent,
            // The gateway accepted it before.
            (Err(failure), _) if failure.kind == FailureKind::Duplicate => Self::Sent,
            (Err(failure), Status::Refused) if failure.kind == FailureKind::WindowClosed => {
                Self::Closed
            }
            (Err(failure), Status::Refused) if !failure.kind.concerns_one_message() => {
                Self::Refused(failure.code)
            }
            _ => Self::None,
        }
    }
}

/// The action for messages after their last attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StartupDecision<T> {
    /// Nothing yet: the message is held.
    Hold,
    /// Settle these with their outcomes.
    Settle(Vec<T>),
    /// The set-up is wrong: these failed, and a later run tries them again.
    WrongSetUp(Vec<T>),
    /// No window is open: these failed, and a later run tries them again.
    NoSession(Vec<T>),
}

/// Holds the refused messages at the beginning of a run.
#[derive(Debug)]
pub(super) struct Startup<T> {
    held: Vec<T>,
    /// The reason for which all of them were refused.
    reason: Option<Reason>,
    phase: Phase,
    halt: Halt,
}

/// The reason for a refusal that may concern all messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    SetUp(Code),
    NoSession,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Early,
    Over,
    /// All messages that are refused for the reason failed.
    Stopped,
}

impl<T> Startup<T> {
    /// With `--halt never` nothing is held; a wrong set-up is looked for with `--halt auto` only.
    pub(super) fn new(halt: Halt) -> Self {
        let phase = if halt == Halt::Never { Phase::Over } else { Phase::Early };
        Self { held: Vec::new(), reason: None, phase, halt }
    }

    /// Takes a message after its last attempt.
    pub(super) fn on_outcome(&mut self, item: T, evidence: Evidence) -> StartupDecision<T> {
        let reason = match evidence {
            Evidence::Refused(code) => Some(Reason::SetUp(code)),
            Evidence::Closed => Some(Reason::NoSession),
            Evidence::Sent => None,
            Evidence::None => return StartupDecision::Settle(vec![item]),
        };
        let looked_for = |reason| self.halt == Halt::Auto || reason == Reason::NoSession;
        let is_first = self.held.is_empty() && reason.is_some_and(looked_for);
        match self.phase {
            Phase::Early if is_first || (reason.is_some() && reason == self.reason) => {
                self.reason = reason;
                self.hold(item)
            }
            Phase::Early => {
                self.held.push(item);
                StartupDecision::Settle(self.end(false))
            }
            Phase::Stopped if reason.is_some() && reason == self.reason => self.stopped(vec![item]),
            Phase::Stopped | Phase::Over => StartupDecision::Settle(vec![item]),
        }
    }

    /// Ends the holding and returns what is held; `all_failed` because the run stops for it.
    pub(super) fn end(&mut self, all_failed: bool) -> Vec<T> {
        if self.phase == Phase::Early {
            self.phase = if all_failed { Phase::Stopped } else { Phase::Over };
        }
        std::mem::take(&mut self.held)
    }

    /// The most messages that may be under way now; `None` when this sets no limit. Before the first
    /// evidence it is the number of `senders`, which keeps all of them busy, or 20. As long as all
    /// evidence says that no window is open, it is what is missing of 20: each post to a closed
    /// window may count against the sender.
    pub(super) fn most_under_way(&self, senders: usize) -> Option<u64> {
        match (self.phase, self.reason) {
            (Phase::Early, None) => Some(u64::from(MANY).max(senders as u64)),
            (Phase::Early, Some(Reason::NoSession)) => {
                Some(u64::from(MANY).saturating_sub(self.held.len() as u64))
            }
            _ => None,
        }
    }

    /// The messages that are held.
    pub(super) fn held(&mut self) -> &mut [T] {
        &mut self.held
    }

    fn hold(&mut self, item: T) -> StartupDecision<T> {
        self.held.push(item);
        match self.held.len() < MANY as usize {
            true => StartupDecision::Hold,
            false => {
                let held = self.end(true);
                self.stopped(held)
            }
        }
    }

    fn stopped(&self, items: Vec<T>) -> StartupDecision<T> {
        match self.reason {
            Some(Reason::NoSession) => StartupDecision::NoSession(items),
            _ => StartupDecision::WrongSetUp(items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: Evidence = Evidence::Refused(Code::Http(400));
    const WORSE: Evidence = Evidence::Refused(Code::Http(422));

    /// Gives the messages 0, 1, 2 … this evidence, each so often; returns the decisions that are
    /// not `Hold`.
    fn decisions(
        startup: &mut Startup<usize>,
        evidence: &[(usize, Evidence)],
    ) -> Vec<(usize, StartupDecision<usize>)> {
        let each = evidence.iter().flat_map(|(times, one)| std::iter::repeat_n(*one, *times));
        let all = each.enumerate().map(|(n, one)| (n, startup.on_outcome(n, one)));
        all.filter(|(_, decision)| *decision != StartupDecision::Hold).collect()
    }

    #[test]
    fn twenty_first_messages_refused_for_one_reason_mean_a_wrong_set_up() {
        let mut startup = Startup::new(Halt::Auto);
        let found = decisions(&mut startup, &[(23, BAD), (1, WORSE)]);
        let mut expected = vec![(19, StartupDecision::WrongSetUp((0..20).collect()))];
        expected.extend((20..23).map(|n| (n, StartupDecision::WrongSetUp(vec![n]))));
        expected.push((23, StartupDecision::Settle(vec![23])));
        assert_eq!(found, expected);
    }

    #[test]
    fn one_other_outcome_settles_the_messages_held_before_it() {
        for other in [Evidence::Sent, WORSE] {
            let mut startup = Startup::new(Halt::Auto);
            let found = decisions(&mut startup, &[(19, BAD), (1, other), (30, BAD)]);
            assert_eq!(found[0], (19, StartupDecision::Settle((0..20).collect())), "{other:?}");
            let each_by_itself = (20..50).map(|n| (n, StartupDecision::Settle(vec![n])));
            assert!(found.into_iter().skip(1).eq(each_by_itself));
        }
    }

    #[test]
    fn an_outcome_without_evidence_is_settled_and_not_counted() {
        let mut startup = Startup::new(Halt::Auto);
        let found = decisions(&mut startup, &[(19, BAD), (9, Evidence::None), (1, BAD)]);
        let refused: Vec<usize> = (0..19).chain([28]).collect();
        assert_eq!(found.last(), Some(&(28, StartupDecision::WrongSetUp(refused))));
        assert_eq!(found.len(), 10);
    }

    #[test]
    fn what_is_held_at_the_end_is_returned() {
        for (wrong, later) in [
            (false, StartupDecision::Settle(vec![7])),
            (true, StartupDecision::WrongSetUp(vec![7])),
        ] {
            let mut startup = Startup::new(Halt::Auto);
            assert_eq!(decisions(&mut startup, &[(3, BAD)]), []);
            assert_eq!(startup.end(wrong), [0, 1, 2]);
            assert_eq!(startup.on_outcome(7, BAD), later);
        }
    }

    #[test]
    fn twenty_closed_windows_mean_that_none_is_open() {
        for (halt, stops) in [
            (Halt::Auto, true),
            (Halt::Failed(5), true),
            (Halt::Share(1), true),
            (Halt::Never, false),
        ] {
            let mut startup = Startup::new(halt);
            let found = decisions(&mut startup, &[(19, Evidence::Closed), (9, Evidence::None)]);
            assert_eq!(found.iter().all(|(at, _)| *at >= 19), stops, "{halt}");
            let mut startup = Startup::new(halt);
            let found = decisions(&mut startup, &[(21, Evidence::Closed)]);
            let no_session = [
                (19, StartupDecision::NoSession((0..20).collect())),
                (20, StartupDecision::NoSession(vec![20])),
            ];
            assert_eq!(found == no_session, stops, "{halt}");
        }
        for other in [Evidence::Sent, BAD] {
            let mut startup = Startup::new(Halt::Auto);
            let found = decisions(&mut startup, &[(19, Evidence::Closed), (1, other)]);
            assert_eq!(found, [(19, StartupDecision::Settle((0..20).collect()))]);
        }
    }

    #[test]
    fn while_no_window_may_be_open_the_messages_under_way_are_limited() {
        use Evidence::{Closed, None as Nothing, Sent};
        type Given = [(usize, Evidence)];
        #[rustfmt::skip]
        let table: [(&Given, usize, Option<u64>); 10] = [
            (&[],                            16, Some(20)),
            (&[],                            64, Some(64)),
            (&[(5, Nothing)],                64, Some(64)),
            (&[(1, Closed)],                 64, Some(19)),
            (&[(19, Closed), (3, Nothing)],  16, Some(1)),
            (&[(1, Sent)],                   16, None),
            (&[(19, Closed), (1, Sent)],     16, None),
            (&[(3, Closed), (1, BAD)],       16, None),
            (&[(3, BAD)],                    16, None),
            (&[(20, Closed)],                16, None),
        ];
        for (evidence, senders, most) in table {
            let mut startup = Startup::new(Halt::Auto);
            decisions(&mut startup, evidence);
            assert_eq!(startup.most_under_way(senders), most, "{evidence:?} {senders}");
        }
        assert_eq!(Startup::<usize>::new(Halt::Never).most_under_way(16), None);
    }

    #[test]
    fn nothing_is_held_when_refusals_do_not_stop_the_run() {
        let mut startup = Startup::new(Halt::Never);
        assert_eq!(decisions(&mut startup, &[(30, BAD)]).len(), 30);
    }
}
