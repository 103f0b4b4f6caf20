//! `--canary N`: the first N messages go alone, and the others only when N of them are sent. Pure.
//!
//! A refusal that concerns one recipient says nothing about the others, so another message takes
//! that one's place. When the list ends before N are sent, there is nothing left to hold back.

use crate::send::outcome::{Outcome, Status};

/// Counts the messages of the canary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canary {
    size: u64,
    /// Messages that were taken and not replaced.
    taken: u64,
    sent: u64,
}

impl Canary {
    pub(super) fn new(size: u64) -> Self {
        Self { size, taken: 0, sent: 0 }
    }

    /// Returns whether one more message may be taken.
    pub(super) fn may_take(&self) -> bool {
        self.taken < self.size || self.has_passed()
    }

    /// Counts a message that was taken.
    pub(super) fn take(&mut self) {
        self.taken += 1;
    }

    /// Puts a message back that was taken and is not posted: another one takes its place.
    pub(super) fn put_back(&mut self) {
        self.taken = self.taken.saturating_sub(1);
    }

    /// Takes the outcome of a message; `false` when it fails the canary.
    pub(super) fn on_settled(&mut self, outcome: &Outcome) -> bool {
        if self.has_passed() {
            return true;
        }
        if concerns_its_recipient(outcome) {
            self.taken -= 1;
            return true;
        }
        let sent = outcome.status == Status::Sent;
        self.sent += u64::from(sent);
        sent
    }

    fn has_passed(&self) -> bool {
        self.sent >= self.size
    }
}

/// Returns whether the last answer refused the message for a reason that concerns its recipient
/// only. The message may be in doubt because of an earlier attempt: as it stays so, it would fail
/// the canary of each run.
fn concerns_its_recipient(outcome: &Outcome) -> bool {
    let failure = outcome.result.as_ref().err();
    outcome.status != Status::Sent
        && failure.is_some_and(|failure| failure.kind.concerns_its_recipient())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::send::outcome::{Code, Failure, FailureKind, Receipt, Reply};

    fn outcome(status: Status, kind: Option<FailureKind>) -> Outcome {
        let reply = Reply { receipt: Receipt::default(), http_status: 200, pause: None };
        let failure = |kind| Failure::unanswered(kind, Code::Word("test"), "");
        Outcome {
            status,
            attempts: 1,
            result: kind.map_or(Ok(reply), |kind| Err(failure(kind))),
            sent_at: Timestamp::UNIX_EPOCH,
            latency: Duration::ZERO,
        }
    }

    /// Takes as many messages as it may, at most `most`.
    fn take(canary: &mut Canary, most: usize) -> usize {
        (0..most).take_while(|_| canary.may_take().then(|| canary.take()).is_some()).count()
    }

    #[test]
    fn it_goes_alone_until_all_of_it_is_sent() {
        let sent = outcome(Status::Sent, None);
        let mut canary = Canary::new(2);
        assert_eq!(take(&mut canary, 9), 2);
        assert!(canary.on_settled(&sent));
        assert_eq!(take(&mut canary, 9), 0);
        assert!(canary.on_settled(&sent));
        assert_eq!(take(&mut canary, 9), 9);
        let refused = outcome(Status::Refused, Some(FailureKind::Refused));
        assert!(canary.on_settled(&refused), "messages after the canary may fail");
    }

    #[test]
    fn another_message_takes_the_place_of_one_that_its_recipient_cannot_get() {
        use FailureKind::{CountryBlocked, Undeliverable, UserLimited, WindowClosed};
        let mut canary = Canary::new(2);
        take(&mut canary, 2);
        for kind in [Undeliverable, WindowClosed, UserLimited, CountryBlocked] {
            assert!(canary.on_settled(&outcome(Status::Refused, Some(kind))), "{kind:?}");
            assert_eq!(take(&mut canary, 9), 1, "{kind:?}");
        }
        // It may have been accepted at an earlier attempt.
        assert!(canary.on_settled(&outcome(Status::Unknown, Some(Undeliverable))));
        assert_eq!(take(&mut canary, 9), 1);
        assert!(canary.on_settled(&outcome(Status::Sent, None)));
        assert_eq!(take(&mut canary, 9), 0);
        assert!(canary.on_settled(&outcome(Status::Sent, None)));
        assert_eq!(take(&mut canary, 9), 9);
    }

    #[test]
    fn any_other_outcome_fails_it() {
        use FailureKind::{Duplicate, Lost, PairLimited, Refused};
        #[rustfmt::skip]
        let cases = [
            (Status::Refused, Refused), (Status::Refused, Duplicate), (Status::Failed, PairLimited),
            (Status::Unknown, Lost), (Status::Unknown, Refused),
        ];
        for (status, kind) in cases {
            let outcome = outcome(status, Some(kind));
            assert!(!Canary::new(2).on_settled(&outcome), "{status} {kind:?}");
            assert!(Canary::new(0).on_settled(&outcome), "without a canary nothing stops");
        }
        assert_eq!(take(&mut Canary::new(0), 9), 9);
    }
}
