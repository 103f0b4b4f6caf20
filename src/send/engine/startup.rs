//! The first messages of a run: refusals that may mean a wrong set-up.
//!
//! When the first 20 messages are all refused for the same reason, the set-up is wrong and not the
//! messages. As long as that is possible, refused messages are held here. Pure.

use super::breaker::MANY;
use crate::send::outcome::{Code, Outcome, Status};

/// The evidence that a message's outcome gives about the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The message was accepted: the set-up is right.
    Sent,
    /// The message was refused, for a reason that does not concern it alone.
    Refused(Code),
    /// Nothing.
    None,
}

impl Evidence {
    pub(super) fn of(outcome: &Outcome) -> Self {
        match (&outcome.result, outcome.status) {
            (_, Status::Sent) => Self::Sent,
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
}

/// Holds the refused messages at the beginning of a run.
#[derive(Debug)]
pub(super) struct Startup<T> {
    held: Vec<T>,
    code: Option<Code>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Early,
    Over,
    WrongSetUp,
}

impl<T> Startup<T> {
    /// With `holds` false (`--halt never` and others) nothing is held.
    pub(super) fn new(holds: bool) -> Self {
        let phase = if holds { Phase::Early } else { Phase::Over };
        Self { held: Vec::new(), code: None, phase }
    }

    /// Takes a message after its last attempt.
    pub(super) fn on_outcome(&mut self, item: T, evidence: Evidence) -> StartupDecision<T> {
        match (self.phase, evidence) {
            (Phase::Early, Evidence::Refused(code))
                if self.code.is_none_or(|first| first == code) =>
            {
                self.code = Some(code);
                self.hold(item)
            }
            (Phase::Early, Evidence::Sent | Evidence::Refused(_)) => {
                self.held.push(item);
                StartupDecision::Settle(self.end(false))
            }
            (Phase::WrongSetUp, Evidence::Refused(code)) if self.code == Some(code) => {
                StartupDecision::WrongSetUp(vec![item])
            }
            _ => StartupDecision::Settle(vec![item]),
        }
    }

    /// Ends the holding and returns what is held.
    pub(super) fn end(&mut self, set_up_is_wrong: bool) -> Vec<T> {
        if self.phase == Phase::Early {
            self.phase = if set_up_is_wrong { Phase::WrongSetUp } else { Phase::Over };
        }
        std::mem::take(&mut self.held)
    }

    /// The messages that are held.
    pub(super) fn held(&mut self) -> &mut [T] {
        &mut self.held
    }

    fn hold(&mut self, item: T) -> StartupDecision<T> {
        self.held.push(item);
        match self.held.len() < MANY as usize {
            true => StartupDecision::Hold,
            false => StartupDecision::WrongSetUp(self.end(true)),
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
        let mut startup = Startup::new(true);
        let found = decisions(&mut startup, &[(23, BAD), (1, WORSE)]);
        let mut expected = vec![(19, StartupDecision::WrongSetUp((0..20).collect()))];
        expected.extend((20..23).map(|n| (n, StartupDecision::WrongSetUp(vec![n]))));
        expected.push((23, StartupDecision::Settle(vec![23])));
        assert_eq!(found, expected);
    }

    #[test]
    fn one_other_outcome_settles_the_messages_held_before_it() {
        for other in [Evidence::Sent, WORSE] {
            let mut startup = Startup::new(true);
            let found = decisions(&mut startup, &[(19, BAD), (1, other), (30, BAD)]);
            assert_eq!(found[0], (19, StartupDecision::Settle((0..20).collect())), "{other:?}");
            let each_by_itself = (20..50).map(|n| (n, StartupDecision::Settle(vec![n])));
            assert!(found.into_iter().skip(1).eq(each_by_itself));
        }
    }

    #[test]
    fn an_outcome_without_evidence_is_settled_and_not_counted() {
        let mut startup = Startup::new(true);
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
            let mut startup = Startup::new(true);
            assert_eq!(decisions(&mut startup, &[(3, BAD)]), []);
            assert_eq!(startup.end(wrong), [0, 1, 2]);
            assert_eq!(startup.on_outcome(7, BAD), later);
        }
    }

    #[test]
    fn nothing_is_held_when_refusals_do_not_stop_the_run() {
        let mut startup = Startup::new(false);
        assert_eq!(decisions(&mut startup, &[(30, BAD)]).len(), 30);
    }
}
