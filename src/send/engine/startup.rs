//! The first messages of a run: the canary, and refusals that may mean a wrong set-up.
//!
//! A refusal is a message's own affair, unless the first ones are all refused for the same reason.
//! So as long as that is possible refusals are held back here, unsettled. Pure.

use super::breaker::MANY;
use crate::send::outcome::{Code, Outcome, Status};

/// The end of a message, as far as it says something of the set-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// Accepted: the set-up is right.
    Sent,
    /// Refused, and not for the recipient's sake.
    Refused(Code),
    /// It says nothing of the set-up.
    Other,
}

impl Met {
    pub(super) fn of(outcome: &Outcome) -> Self {
        match (&outcome.result, outcome.status) {
            (_, Status::Sent) => Self::Sent,
            (Err(failure), Status::Refused) if !failure.speaks_of_one_message() => {
                Self::Refused(failure.code)
            }
            _ => Self::Other,
        }
    }
}

/// What becomes of messages that are done with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ruling<T> {
    /// It is too early to tell.
    Held,
    /// They are settled as they are.
    Settled(Vec<T>),
    /// The set-up is wrong: they were not sent, and a later run tries them again.
    WrongSetUp(Vec<T>),
}

/// Refusals that are held back at the beginning of a run.
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
    /// Holds refusals back, or none when the user does not want the run to be stopped for them.
    pub(super) fn new(holds: bool) -> Self {
        let phase = if holds { Phase::Early } else { Phase::Over };
        Self { held: Vec::new(), code: None, phase }
    }

    /// A message is done with.
    pub(super) fn meet(&mut self, item: T, met: Met) -> Ruling<T> {
        match (self.phase, met) {
            (Phase::Early, Met::Refused(code)) if self.code.is_none_or(|first| first == code) => {
                self.code = Some(code);
                self.hold(item)
            }
            (Phase::Early, Met::Sent | Met::Refused(_)) => {
                self.held.push(item);
                Ruling::Settled(self.end(false))
            }
            (Phase::WrongSetUp, Met::Refused(code)) if self.code == Some(code) => {
                Ruling::WrongSetUp(vec![item])
            }
            _ => Ruling::Settled(vec![item]),
        }
    }

    /// Nothing more is waited for; what is held is given back.
    pub(super) fn end(&mut self, set_up_is_wrong: bool) -> Vec<T> {
        if self.phase == Phase::Early {
            self.phase = if set_up_is_wrong { Phase::WrongSetUp } else { Phase::Over };
        }
        std::mem::take(&mut self.held)
    }

    fn hold(&mut self, item: T) -> Ruling<T> {
        self.held.push(item);
        match self.held.len() < MANY as usize {
            true => Ruling::Held,
            false => Ruling::WrongSetUp(self.end(true)),
        }
    }
}

/// `--canary N`: the first N messages go alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canary {
    size: u64,
    taken: u64,
    sent: u64,
}

impl Canary {
    pub(super) fn new(size: u64) -> Self {
        Self { size, taken: 0, sent: 0 }
    }

    /// Whether one more message may be taken up.
    pub(super) fn may_take(&self) -> bool {
        self.taken < self.size || self.sent >= self.size
    }

    /// A message was taken up.
    pub(super) fn take(&mut self) {
        self.taken += 1;
    }

    /// A message is done with; `false` when it was one of the canary's and was not sent.
    pub(super) fn survives(&mut self, status: Status) -> bool {
        let passed = self.sent >= self.size;
        self.sent += u64::from(status == Status::Sent);
        passed || status == Status::Sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: Met = Met::Refused(Code::Http(400));
    const WORSE: Met = Met::Refused(Code::Http(422));

    /// Lets the messages 0, 1, 2 … end like this; gives the rulings that are not `Held`.
    fn rulings(opening: &mut Startup<usize>, met: &[(usize, Met)]) -> Vec<(usize, Ruling<usize>)> {
        let each = met.iter().flat_map(|(times, met)| std::iter::repeat_n(*met, *times));
        let all = each.enumerate().map(|(n, met)| (n, opening.meet(n, met)));
        all.filter(|(_, ruling)| *ruling != Ruling::Held).collect()
    }

    #[test]
    fn the_first_twenty_refused_for_one_reason_were_not_sent() {
        let mut opening = Startup::new(true);
        let found = rulings(&mut opening, &[(23, BAD), (1, WORSE)]);
        let mut expected = vec![(19, Ruling::WrongSetUp((0..20).collect()))];
        expected.extend((20..23).map(|n| (n, Ruling::WrongSetUp(vec![n]))));
        expected.push((23, Ruling::Settled(vec![23])));
        assert_eq!(found, expected);
    }

    #[test]
    fn one_that_ends_otherwise_settles_those_before_it() {
        for other in [Met::Sent, WORSE] {
            let mut opening = Startup::new(true);
            let found = rulings(&mut opening, &[(19, BAD), (1, other), (30, BAD)]);
            assert_eq!(found[0], (19, Ruling::Settled((0..20).collect())), "{other:?}");
            let each_by_itself = (20..50).map(|n| (n, Ruling::Settled(vec![n])));
            assert!(found.into_iter().skip(1).eq(each_by_itself));
        }
    }

    #[test]
    fn what_says_nothing_of_the_set_up_is_settled_and_not_counted() {
        let mut opening = Startup::new(true);
        let found = rulings(&mut opening, &[(19, BAD), (9, Met::Other), (1, BAD)]);
        let refused: Vec<usize> = (0..19).chain([28]).collect();
        assert_eq!(found.last(), Some(&(28, Ruling::WrongSetUp(refused))));
        assert_eq!(found.len(), 10);
    }

    #[test]
    fn what_is_held_at_the_end_is_given_back() {
        for (wrong, later) in
            [(false, Ruling::Settled(vec![7])), (true, Ruling::WrongSetUp(vec![7]))]
        {
            let mut opening = Startup::new(true);
            assert_eq!(rulings(&mut opening, &[(3, BAD)]), []);
            assert_eq!(opening.end(wrong), [0, 1, 2]);
            assert_eq!(opening.meet(7, BAD), later);
        }
    }

    #[test]
    fn nothing_is_held_when_the_run_is_not_to_be_stopped() {
        let mut opening = Startup::new(false);
        assert_eq!(rulings(&mut opening, &[(30, BAD)]).len(), 30);
    }

    #[test]
    fn a_canary_goes_alone_until_all_of_it_is_sent() {
        let mut canary = Canary::new(2);
        for _ in 0..2 {
            assert!(canary.may_take());
            canary.take();
        }
        assert!(!canary.may_take());
        assert!(canary.survives(Status::Sent));
        assert!(!canary.may_take());
        assert!(canary.survives(Status::Sent));
        assert!(canary.may_take());
        assert!(canary.survives(Status::Refused), "the others may fail");
    }

    #[test]
    fn a_canary_that_is_not_sent_stops_the_run() {
        for status in [Status::Refused, Status::Failed, Status::Unknown] {
            assert!(!Canary::new(2).survives(status), "{status}");
            assert!(Canary::new(0).survives(status), "without a canary nothing stops");
        }
        assert!(Canary::new(0).may_take());
    }
}
