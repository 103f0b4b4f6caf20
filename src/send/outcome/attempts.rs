//! The attempts of one message: a state machine without clock or network.
//!
//! Once an attempt may have been accepted, in this run or an earlier one, the message is in doubt:
//! it can only end `sent` or `unknown`, whatever the later results are.

use std::time::Duration;

use super::{Failure, FailureKind, Reply, Status};

/// The rule for attempts within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The attempts after the first (`--retries`).
    pub retries: u32,
    /// True if a message in doubt is not repeated (`--on-unknown hold`).
    pub hold_unknown: bool,
}

/// The next step for a message after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Record it with this status; there are no more attempts in this run.
    Settle(Status),
    /// Post it again after this time, with the same messageId.
    Retry(Duration),
}

/// The state of one message's attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    attempts: u32,
    in_doubt: bool,
    status: Option<Status>,
}

impl Attempts {
    /// Before this run's first attempt. `earlier` is the status in the ledger, where a recovered
    /// in-flight message is `unknown`. Any other status means that nothing was sent.
    #[must_use]
    pub fn new(earlier: Option<Status>) -> Self {
        let in_doubt = earlier == Some(Status::Unknown);
        Self { attempts: 0, in_doubt, status: in_doubt.then_some(Status::Unknown) }
    }

    /// Takes the result of an attempt; returns what to do next. `random` is uniform in 0..1.
    pub fn on_result(
        &mut self,
        result: Result<&Reply, &Failure>,
        policy: RetryPolicy,
        random: f64,
    ) -> NextStep {
        self.attempts = self.attempts.saturating_add(1);
        let failure = match result {
            Ok(_) => return self.settle(Status::Sent),
            // Only an attempt that may have been accepted can be the message that the gateway has.
            Err(failure) if failure.kind == FailureKind::Duplicate && self.in_doubt => {
                return self.settle(Status::Sent);
            }
            Err(failure) => failure,
        };
        self.in_doubt |= !failure.kind.surely_not_sent();
        let status = failure.kind.final_status(self.in_doubt);
        self.status = Some(status);
        match failure.delay(self.attempts, random) {
            Some(wait) if self.may_repeat(policy) => NextStep::Retry(wait),
            _ => NextStep::Settle(status),
        }
    }

    /// The number of attempts in this run.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The status of the message if there are no more attempts; `None` when there was none.
    #[must_use]
    pub fn status_so_far(&self) -> Option<Status> {
        self.status
    }

    fn settle(&mut self, status: Status) -> NextStep {
        self.status = Some(status);
        NextStep::Settle(status)
    }

    fn may_repeat(&self, policy: RetryPolicy) -> bool {
        self.attempts <= policy.retries && !(policy.hold_unknown && self.in_doubt)
    }
}

#[cfg(test)]
mod tests {
    use super::super::failure::tests::TABLE;
    use super::super::{Code, Receipt};
    use super::*;
    use proptest::prelude::*;

    const NINE_RETRIES: RetryPolicy = RetryPolicy { retries: 9, hold_unknown: false };

    fn failure(kind: FailureKind) -> Failure {
        Failure::unanswered(kind, Code::Word("test"), "")
    }

    fn reply() -> Reply {
        Reply {
            receipt: Receipt { gateway_status: "SENT".into(), ..Receipt::default() },
            http_status: 200,
            pause: None,
        }
    }

    /// The status of a message after these failures, or as many of them as there are attempts.
    fn status_after(earlier: Option<Status>, failures: &[FailureKind]) -> Status {
        let mut attempts = Attempts::new(earlier);
        for kind in failures {
            if let NextStep::Settle(status) =
                attempts.on_result(Err(&failure(*kind)), NINE_RETRIES, 0.0)
            {
                return status;
            }
        }
        attempts.status_so_far().expect("at least one attempt")
    }

    #[test]
    fn the_status_after_failures() {
        use FailureKind::*;
        use Status::*;
        #[rustfmt::skip]
        let cases: [(Option<Status>, &[FailureKind], Status); 33] = [
            (None,           &[NotConnected, Throttled],               Failed),
            (None,           &[Throttled, FailureKind::Refused],       Status::Refused),
            (None,           &[NotConnected, Unauthorised],            Failed),
            (None,           &[Lost],                                  Unknown),
            // A message in doubt stays in doubt.
            (None,           &[Lost, FailureKind::Refused],            Unknown),
            (None,           &[Lost, Throttled, Undeliverable],        Unknown),
            (None,           &[Unavailable, NotConnected],             Unknown),
            (None,           &[Unreadable, Unauthorised],              Unknown),
            (None,           &[Unavailable, SetUp],                    Unknown),
            (Some(Unknown),  &[NotConnected],                          Unknown),
            (Some(Unknown),  &[FailureKind::Refused],                  Unknown),
            (Some(Unknown),  &[WindowClosed],                          Unknown),
            // Any other status of an earlier run leaves no doubt.
            (Some(Failed),   &[NotConnected],                          Failed),
            (Some(Failed),   &[FailureKind::Refused],                  Status::Refused),
            (Some(Status::Refused), &[Undeliverable],                         Status::Refused),
            // A duplicate is a refusal while all attempts before it surely sent nothing.
            (None,           &[Duplicate],                             Status::Refused),
            (None,           &[NotConnected, Duplicate],               Status::Refused),
            (None,           &[Throttled, Duplicate],                  Status::Refused),
            (None,           &[PairLimited, Duplicate],                Status::Refused),
            (None,           &[TooEarly, Throttled, Duplicate],        Status::Refused),
            (Some(Failed),   &[Duplicate],                             Status::Refused),
            (Some(Failed),   &[Throttled, Duplicate],                  Status::Refused),
            (Some(Status::Refused), &[Duplicate],                             Status::Refused),
            // It is an acceptance after an attempt that may have been accepted.
            (None,           &[Lost, Duplicate],                       Sent),
            (None,           &[Unreadable, Duplicate],                 Sent),
            (None,           &[Unavailable, Duplicate],                Sent),
            (None,           &[Lost, Throttled, Duplicate],            Sent),
            (None,           &[Throttled, Lost, Duplicate],            Sent),
            (Some(Failed),   &[Lost, Duplicate],                       Sent),
            (None,           &[Unavailable, NotConnected, Duplicate],  Sent),
            (Some(Unknown),  &[Duplicate],                             Sent),
            (Some(Unknown),  &[NotConnected, Duplicate],               Sent),
            (Some(Unknown),  &[Throttled, Duplicate],                  Sent),
        ];
        for (earlier, failures, status) in cases {
            assert_eq!(status_after(earlier, failures), status, "{earlier:?} {failures:?}");
        }
    }

    #[test]
    fn an_acceptance_ends_doubt() {
        for earlier in [None, Some(Status::Unknown), Some(Status::Failed)] {
            let mut attempts = Attempts::new(earlier);
            let lost = attempts.on_result(Err(&failure(FailureKind::Lost)), NINE_RETRIES, 0.0);
            assert!(matches!(lost, NextStep::Retry(_)));
            let reply = attempts.on_result(Ok(&reply()), NINE_RETRIES, 0.0);
            assert_eq!(reply, NextStep::Settle(Status::Sent));
            assert_eq!(attempts.attempts(), 2);
        }
    }

    #[test]
    fn the_attempts_are_limited() {
        let policy = RetryPolicy { retries: 2, hold_unknown: false };
        let mut attempts = Attempts::new(None);
        let mut next = || attempts.on_result(Err(&failure(FailureKind::NotConnected)), policy, 1.0);
        assert_eq!(next(), NextStep::Retry(Duration::from_millis(500)));
        assert_eq!(next(), NextStep::Retry(Duration::from_secs(1)));
        assert_eq!(next(), NextStep::Settle(Status::Failed));
    }

    #[test]
    fn with_hold_only_messages_without_doubt_are_repeated() {
        let hold = RetryPolicy { retries: 4, hold_unknown: true };
        for kind in [FailureKind::Lost, FailureKind::Unavailable, FailureKind::Unreadable] {
            let next = Attempts::new(None).on_result(Err(&failure(kind)), hold, 0.0);
            assert_eq!(next, NextStep::Settle(Status::Unknown), "{kind:?}");
        }
        for kind in [FailureKind::NotConnected, FailureKind::Throttled, FailureKind::TooEarly] {
            let next = Attempts::new(None).on_result(Err(&failure(kind)), hold, 0.0);
            assert!(matches!(next, NextStep::Retry(_)), "{kind:?}");
        }
    }

    #[test]
    fn without_an_attempt_only_doubt_of_an_earlier_run_has_a_status() {
        assert_eq!(Attempts::new(None).status_so_far(), None);
        assert_eq!(Attempts::new(Some(Status::Failed)).status_so_far(), None);
        assert_eq!(Attempts::new(Some(Status::Unknown)).status_so_far(), Some(Status::Unknown));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_message_in_doubt_ends_sent_or_unknown(
            kinds in prop::collection::vec(prop::sample::select(TABLE.map(|row| row.0).to_vec()), 1..8),
            resumed in any::<bool>(),
        ) {
            let mut attempts = Attempts::new(resumed.then_some(Status::Unknown));
            let mut doubt = resumed;
            for kind in kinds {
                doubt |= !kind.surely_not_sent();
                let next = attempts.on_result(Err(&failure(kind)), NINE_RETRIES, 0.5);
                let status = attempts.status_so_far().expect("an attempt was made");
                prop_assert!(!doubt || matches!(status, Status::Sent | Status::Unknown));
                if next == NextStep::Settle(status) {
                    break;
                }
            }
        }
    }
}
