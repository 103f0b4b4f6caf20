//! Where one message stands after its attempts so far: a small state machine without clock or
//! network.
//!
//! Doubt is sticky: once an attempt may have been accepted, in this run or an earlier one, the
//! message can only end `sent` or `unknown`, whatever later attempts are told.

use std::time::Duration;

use super::{Failure, Kind, Reply, Status};

/// How often a message is tried within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first (`--retries`).
    pub retries: u32,
    /// Never repeat what may have been accepted (`--on-unknown hold`).
    pub hold_unknown: bool,
}

/// What follows from an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The message is done with in this run; this is its ledger line's status.
    Settled(Status),
    /// Try again, with the same messageId, not before this wait is over.
    Retry(Duration),
}

/// One message's attempts, summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    attempts: u32,
    doubt: bool,
    earned: Option<Status>,
}

impl Attempts {
    /// Before this run's first attempt. `earlier` is what the ledger says, a recovered in-flight
    /// message being `unknown` there. Any other status means that nothing was sent.
    #[must_use]
    pub fn new(earlier: Option<Status>) -> Self {
        let doubt = earlier == Some(Status::Unknown);
        Self { attempts: 0, doubt, earned: doubt.then_some(Status::Unknown) }
    }

    /// Takes note of an attempt's answer and says what follows. `random` is uniform in 0..1.
    pub fn on_result(
        &mut self,
        answer: Result<&Reply, &Failure>,
        retry_policy: RetryPolicy,
        random: f64,
    ) -> Next {
        self.attempts = self.attempts.saturating_add(1);
        let failure = match answer {
            Ok(_) => return self.settle(Status::Sent),
            // Only an attempt that may have been accepted can be what the gateway has already.
            Err(failure) if failure.kind == Kind::Duplicate && self.doubt => {
                return self.settle(Status::Sent);
            }
            Err(failure) => failure,
        };
        self.doubt |= !failure.surely_not_sent();
        let status = failure.final_status(self.doubt);
        self.earned = Some(status);
        match failure.delay(self.attempts, random) {
            Some(wait) if self.may_repeat(retry_policy) => Next::Retry(wait),
            _ => Next::Settled(status),
        }
    }

    /// Attempts of this run.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What the message is when the run ends now; `None` when nothing was tried.
    #[must_use]
    pub fn status_so_far(&self) -> Option<Status> {
        self.earned
    }

    fn settle(&mut self, status: Status) -> Next {
        self.earned = Some(status);
        Next::Settled(status)
    }

    fn may_repeat(&self, retry_policy: RetryPolicy) -> bool {
        self.attempts <= retry_policy.retries && !(retry_policy.hold_unknown && self.doubt)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Code, Receipt};
    use super::*;
    use proptest::prelude::*;

    const PATIENT: RetryPolicy = RetryPolicy { retries: 9, hold_unknown: false };

    const KINDS: [Kind; 17] = [
        Kind::NotConnected,
        Kind::Throttled,
        Kind::PairLimited,
        Kind::TooEarly,
        Kind::Unavailable,
        Kind::Lost,
        Kind::Unreadable,
        Kind::WindowClosed,
        Kind::Undeliverable,
        Kind::UserLimited,
        Kind::CountryBlocked,
        Kind::Refused,
        Kind::Duplicate,
        Kind::Unauthorised,
        Kind::AccountStopped,
        Kind::SenderUnusable,
        Kind::SetUp,
    ];

    fn failure(kind: Kind) -> Failure {
        Failure::unanswered(kind, Code::Word("test"), "")
    }

    fn reply() -> Reply {
        Reply {
            receipt: Receipt { gateway_status: "SENT".into(), ..Receipt::default() },
            http_status: 200,
            pause: None,
        }
    }

    /// Lets the failures follow each other until the message is settled.
    fn ends(earlier: Option<Status>, told: &[Kind]) -> Status {
        let mut attempts = Attempts::new(earlier);
        for kind in told {
            if let Next::Settled(status) = attempts.on_result(Err(&failure(*kind)), PATIENT, 0.0) {
                return status;
            }
        }
        attempts.status_so_far().expect("at least one attempt")
    }

    #[test]
    fn what_a_message_ends_as() {
        use Kind::*;
        use Status::*;
        #[rustfmt::skip]
        let cases: [(Option<Status>, &[Kind], Status); 33] = [
            (None,          &[NotConnected, Throttled],            Failed),
            (None,          &[Throttled, Kind::Refused],           Status::Refused),
            (None,          &[NotConnected, Unauthorised],         Failed),
            (None,          &[Lost],                               Unknown),
            // Doubt is sticky.
            (None,          &[Lost, Kind::Refused],                Unknown),
            (None,          &[Lost, Throttled, Undeliverable],     Unknown),
            (None,          &[Unavailable, NotConnected],          Unknown),
            (None,          &[Unreadable, Unauthorised],           Unknown),
            (None,          &[Unavailable, SetUp],                 Unknown),
            (Some(Unknown), &[NotConnected],                       Unknown),
            (Some(Unknown), &[Kind::Refused],                      Unknown),
            (Some(Unknown), &[WindowClosed],                       Unknown),
            // What an earlier run knew for certain leaves no doubt.
            (Some(Failed),  &[NotConnected],                       Failed),
            (Some(Failed),  &[Kind::Refused],                      Status::Refused),
            (Some(Status::Refused), &[Undeliverable],              Status::Refused),
            // A duplicate is a refusal while all attempts before it surely sent nothing.
            (None,          &[Duplicate],                          Status::Refused),
            (None,          &[NotConnected, Duplicate],            Status::Refused),
            (None,          &[Throttled, Duplicate],               Status::Refused),
            (None,          &[PairLimited, Duplicate],             Status::Refused),
            (None,          &[TooEarly, Throttled, Duplicate],     Status::Refused),
            (Some(Failed),  &[Duplicate],                          Status::Refused),
            (Some(Failed),  &[Throttled, Duplicate],               Status::Refused),
            (Some(Status::Refused), &[Duplicate],                  Status::Refused),
            // It is an acceptance after an attempt that may have been accepted.
            (None,          &[Lost, Duplicate],                    Sent),
            (None,          &[Unreadable, Duplicate],              Sent),
            (None,          &[Unavailable, Duplicate],             Sent),
            (None,          &[Lost, Throttled, Duplicate],         Sent),
            (None,          &[Throttled, Lost, Duplicate],         Sent),
            (Some(Failed),  &[Lost, Duplicate],                    Sent),
            (None,          &[Unavailable, NotConnected, Duplicate], Sent),
            (Some(Unknown), &[Duplicate],                          Sent),
            (Some(Unknown), &[NotConnected, Duplicate],            Sent),
            (Some(Unknown), &[Throttled, Duplicate],               Sent),
        ];
        for (earlier, told, status) in cases {
            assert_eq!(ends(earlier, told), status, "{earlier:?} then {told:?}");
        }
    }

    #[test]
    fn an_acceptance_ends_every_doubt() {
        for earlier in [None, Some(Status::Unknown), Some(Status::Failed)] {
            let mut attempts = Attempts::new(earlier);
            let lost = attempts.on_result(Err(&failure(Kind::Lost)), PATIENT, 0.0);
            assert!(matches!(lost, Next::Retry(_)));
            let reply = attempts.on_result(Ok(&reply()), PATIENT, 0.0);
            assert_eq!(reply, Next::Settled(Status::Sent));
            assert_eq!(attempts.attempts(), 2);
        }
    }

    #[test]
    fn the_tries_are_used_up_one_by_one() {
        let retry_policy = RetryPolicy { retries: 2, hold_unknown: false };
        let mut attempts = Attempts::new(None);
        let mut hear = || attempts.on_result(Err(&failure(Kind::NotConnected)), retry_policy, 1.0);
        assert_eq!(hear(), Next::Retry(Duration::from_millis(500)));
        assert_eq!(hear(), Next::Retry(Duration::from_secs(1)));
        assert_eq!(hear(), Next::Settled(Status::Failed));
    }

    #[test]
    fn hold_repeats_only_what_was_surely_not_sent() {
        let hold = RetryPolicy { retries: 4, hold_unknown: true };
        for kind in [Kind::Lost, Kind::Unavailable, Kind::Unreadable] {
            let next = Attempts::new(None).on_result(Err(&failure(kind)), hold, 0.0);
            assert_eq!(next, Next::Settled(Status::Unknown), "{kind:?}");
        }
        for kind in [Kind::NotConnected, Kind::Throttled, Kind::TooEarly] {
            let next = Attempts::new(None).on_result(Err(&failure(kind)), hold, 0.0);
            assert!(matches!(next, Next::Retry(_)), "{kind:?}");
        }
    }

    #[test]
    fn nothing_is_earned_before_the_first_attempt() {
        assert_eq!(Attempts::new(None).status_so_far(), None);
        assert_eq!(Attempts::new(Some(Status::Failed)).status_so_far(), None);
        assert_eq!(Attempts::new(Some(Status::Unknown)).status_so_far(), Some(Status::Unknown));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn after_doubt_only_sent_or_unknown(
            told in prop::collection::vec(prop::sample::select(&KINDS[..]), 1..8),
            resumed in any::<bool>(),
        ) {
            let mut attempts = Attempts::new(resumed.then_some(Status::Unknown));
            let mut doubt = resumed;
            for kind in told {
                doubt |= !kind.surely_not_sent();
                let next = attempts.on_result(Err(&failure(kind)), PATIENT, 0.5);
                let earned = attempts.status_so_far().expect("an attempt was made");
                prop_assert!(!doubt || matches!(earned, Status::Sent | Status::Unknown));
                if next == Next::Settled(earned) {
                    break;
                }
            }
        }
    }
}
