//! The failures of one attempt: their kinds, sentences and codes, and what follows from each.
//!
//! All rules are methods of [`FailureKind`], so that one table shows them.

use std::fmt;
use std::time::Duration;

use super::{Receipt, Status, backoff};

/// The kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// No connection was made, or nothing of the request went over it.
    NotConnected,
    /// A rate limit of the gateway or of WhatsApp was reached.
    Throttled,
    /// Too many messages from this sender to this recipient.
    PairLimited,
    /// HTTP 425: nothing was taken yet.
    TooEarly,
    /// The gateway, or a server behind it, failed.
    Unavailable,
    /// The request was written, and no response came.
    Lost,
    /// A response came from which neither acceptance nor refusal can be read.
    Unreadable,
    /// The recipient's 24-hour window is closed.
    WindowClosed,
    /// WhatsApp cannot deliver to this recipient.
    Undeliverable,
    /// This recipient received as many messages as WhatsApp allows for now.
    UserLimited,
    /// The recipient's country may not be messaged.
    CountryBlocked,
    /// The request itself is wrong.
    Refused,
    /// The gateway already has this messageId.
    Duplicate,
    /// The key is wrong or lacks a permission.
    Unauthorised,
    /// The account is restricted, locked, unpaid or spam-limited.
    AccountStopped,
    /// The sender's number cannot be used.
    SenderUnusable,
    /// The address, a proxy or a certificate is wrong.
    SetUp,
    /// This system lets the process open no more files or connections.
    OwnLimit,
}

/// The rule by which a message is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Never: the failure concerns this message and will not change.
    Never,
    /// Not in this run: something must be fixed first.
    NextRun,
    /// In this run, after exponential back-off with jitter.
    Backoff,
    /// In this run, after 4ⁿ seconds; other recipients do not wait.
    PairBackoff,
}

/// The reason why a failure stops the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// The key is wrong or lacks a permission.
    Key,
    /// The account is stopped.
    Account,
    /// The sender's number cannot be used.
    Sender,
    /// The gateway's address, a proxy or a certificate is wrong.
    SetUp,
    /// This system lets the process open no more files or connections.
    OwnLimit,
}

impl FailureKind {
    /// All kinds.
    pub const ALL: [Self; 18] = [
        Self::NotConnected,
        Self::Throttled,
        Self::PairLimited,
        Self::TooEarly,
        Self::Unavailable,
        Self::Lost,
        Self::Unreadable,
        Self::WindowClosed,
        Self::Undeliverable,
        Self::UserLimited,
        Self::CountryBlocked,
        Self::Refused,
        Self::Duplicate,
        Self::Unauthorised,
        Self::AccountStopped,
        Self::SenderUnusable,
        Self::SetUp,
        Self::OwnLimit,
    ];

    /// Returns whether this attempt certainly sent nothing.
    #[must_use]
    pub fn surely_not_sent(self) -> bool {
        !matches!(self, Self::Unavailable | Self::Lost | Self::Unreadable)
    }

    /// Returns the rule by which the message is tried again.
    #[must_use]
    pub fn retry(self) -> Retry {
        match self {
            Self::NotConnected
            | Self::Throttled
            | Self::TooEarly
            | Self::Unavailable
            | Self::Lost
            | Self::Unreadable => Retry::Backoff,
            Self::PairLimited => Retry::PairBackoff,
            Self::WindowClosed
            | Self::Undeliverable
            | Self::UserLimited
            | Self::CountryBlocked
            | Self::Refused
            | Self::Duplicate => Retry::Never,
            Self::Unauthorised
            | Self::AccountStopped
            | Self::SenderUnusable
            | Self::SetUp
            | Self::OwnLimit => Retry::NextRun,
        }
    }

    /// The reason why the run must stop, if it must.
    #[must_use]
    pub fn stops_run(self) -> Option<StopReason> {
        match self {
            Self::Unauthorised => Some(StopReason::Key),
            Self::AccountStopped => Some(StopReason::Account),
            Self::SenderUnusable => Some(StopReason::Sender),
            Self::SetUp => Some(StopReason::SetUp),
            Self::OwnLimit => Some(StopReason::OwnLimit),
            _ => None,
        }
    }

    /// Returns whether the failure concerns one message or its recipient only, so that it never
    /// counts for `--halt`. A duplicate does: for a message in doubt it is an acceptance.
    #[must_use]
    pub fn concerns_one_message(self) -> bool {
        matches!(
            self,
            Self::PairLimited
                | Self::WindowClosed
                | Self::Undeliverable
                | Self::UserLimited
                | Self::CountryBlocked
                | Self::Duplicate
        )
    }

    /// Returns whether a refusal says something about one recipient and nothing about the others.
    #[must_use]
    pub fn concerns_its_recipient(self) -> bool {
        matches!(
            self,
            Self::WindowClosed | Self::Undeliverable | Self::UserLimited | Self::CountryBlocked
        )
    }

    /// The status of a message after this as its last attempt; `in_doubt` says whether an attempt
    /// before it may have been accepted.
    #[must_use]
    pub fn final_status(self, in_doubt: bool) -> Status {
        if in_doubt || !self.surely_not_sent() {
            return Status::Unknown;
        }
        match self.retry() {
            Retry::Never => Status::Refused,
            Retry::NextRun | Retry::Backoff | Retry::PairBackoff => Status::Failed,
        }
    }

    /// The meaning of the failure, as a lowercase fragment for users.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotConnected => "not connected to the gateway",
            Self::Throttled => "the gateway's rate limit was reached",
            Self::PairLimited => "too many messages from this sender to this recipient",
            Self::TooEarly => "the gateway was not ready yet",
            Self::Unavailable => "the gateway failed; it may have been sent",
            Self::Lost => "the answer was lost; it may have been sent",
            Self::Unreadable => "the answer could not be understood; it may have been sent",
            Self::WindowClosed => {
                "the recipient's 24-hour window is closed (they must write to the sender first)"
            }
            Self::Undeliverable => "this recipient cannot be reached on WhatsApp",
            Self::UserLimited => {
                "this recipient can get no more messages for now (try again after 24 hours)"
            }
            Self::CountryBlocked => "the recipient's country may not be messaged",
            Self::Refused => "the gateway refused the request",
            Self::Duplicate => "the gateway already has this messageId",
            Self::Unauthorised => "the key is wrong or lacks a permission",
            Self::AccountStopped => {
                "the account is restricted, locked or unpaid (see the gateway's settings page)"
            }
            Self::SenderUnusable => "the sender's number cannot be used (check --from)",
            Self::SetUp => {
                "the gateway cannot be reached with this set-up (check --gateway, the proxy and --ca-file)"
            }
            Self::OwnLimit => "this system allows no more open files (lower --concurrency)",
        }
    }
}

/// The value of the results' `error_code` column: WhatsApp's code when there is one (`131047`),
/// else the HTTP status (`http_503`), else a word.
///
/// The words are `not_connected`, `certificate`, `no_tls`, `proxy`, `lost`, `unreadable`,
/// `duplicate`, `status_failed`, `status_rejected`, `status_expired` and `payload`. They are part
/// of the file format, and values of `--retry-refused=CODE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A WhatsApp error code.
    Whatsapp(u32),
    /// An HTTP status.
    Http(u16),
    /// One of the words above.
    Word(&'static str),
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whatsapp(code) => write!(f, "{code}"),
            Self::Http(status) => write!(f, "http_{status}"),
            Self::Word(word) => f.write_str(word),
        }
    }
}

/// One attempt's failure. Its `Display` is a sentence that is safe to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure.
    pub kind: FailureKind,
    /// The value of the `error_code` column.
    pub code: Code,
    /// The HTTP status, when a response came.
    pub http_status: Option<u16>,
    /// The wait that `Retry-After` or the rate-limit headers ask for.
    pub wait: Option<Duration>,
    /// The ids and the status in the response.
    pub receipt: Receipt,
    /// The gateway's own text, or the system's. It may name people: it belongs into the results
    /// file and not into a log.
    pub detail: Box<str>,
}

impl Failure {
    /// A failure without an HTTP response.
    #[must_use]
    pub fn unanswered(kind: FailureKind, code: Code, detail: impl Into<Box<str>>) -> Self {
        Self {
            kind,
            code,
            http_status: None,
            wait: None,
            receipt: Receipt::default(),
            detail: detail.into(),
        }
    }

    /// The sentence with the detail behind it, for the results' `error` column.
    #[must_use]
    pub fn in_full(&self) -> String {
        match &*self.detail {
            "" => self.to_string(),
            detail => format!("{self}: {detail}"),
        }
    }

    /// The delay before the next attempt, after `attempts` of them (1 for the first), or `None`
    /// when there is none in this run. `random` is uniform in 0..1. The wait that the gateway asked
    /// for counts when it is longer.
    #[must_use]
    pub fn delay(&self, attempts: u32, random: f64) -> Option<Duration> {
        let own = match self.kind.retry() {
            Retry::Never | Retry::NextRun => return None,
            Retry::Backoff => backoff::jittered(attempts, random),
            Retry::PairBackoff => backoff::pair(attempts),
        };
        Some(own.max(self.wait.unwrap_or_default()))
    }

    /// The time that all senders pause, if the gateway asked for it. The pair limit concerns one
    /// recipient only.
    #[must_use]
    pub fn pauses_run(&self) -> Option<Duration> {
        self.wait.filter(|_| self.kind != FailureKind::PairLimited)
    }

    /// Returns whether the whole run is slowed: it was too fast, or an overloaded gateway asked to
    /// wait.
    #[must_use]
    pub fn slows_run(&self) -> bool {
        match self.kind {
            FailureKind::Throttled => true,
            FailureKind::Unavailable | FailureKind::TooEarly => self.wait.is_some(),
            _ => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Code::Whatsapp(code) => write!(f, "{} (whatsapp code {code})", self.kind.sentence()),
            Code::Http(status) => write!(f, "{} (http {status})", self.kind.sentence()),
            Code::Word(_) => f.write_str(self.kind.sentence()),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use Retry::{Backoff, Never, NextRun, PairBackoff};
    use Status::{Failed, Refused, Unknown};

    /// FailureKind, surely not sent, retry, stops the run, concerns one message, final status
    /// without doubt.
    type Row = (FailureKind, bool, Retry, Option<StopReason>, bool, Status);

    #[rustfmt::skip]
    pub(in crate::send::outcome) const TABLE: [Row; 18] = [
        (FailureKind::NotConnected,   true,  Backoff,     None,                      false, Failed),
        (FailureKind::Throttled,      true,  Backoff,     None,                      false, Failed),
        (FailureKind::PairLimited,    true,  PairBackoff, None,                      true,  Failed),
        (FailureKind::TooEarly,       true,  Backoff,     None,                      false, Failed),
        (FailureKind::Unavailable,    false, Backoff,     None,                      false, Unknown),
        (FailureKind::Lost,           false, Backoff,     None,                      false, Unknown),
        (FailureKind::Unreadable,     false, Backoff,     None,                      false, Unknown),
        (FailureKind::WindowClosed,   true,  Never,       None,                      true,  Refused),
        (FailureKind::Undeliverable,  true,  Never,       None,                      true,  Refused),
        (FailureKind::UserLimited,    true,  Never,       None,                      true,  Refused),
        (FailureKind::CountryBlocked, true,  Never,       None,                      true,  Refused),
        (FailureKind::Refused,        true,  Never,       None,                      false, Refused),
        (FailureKind::Duplicate,      true,  Never,       None,                      true,  Refused),
        (FailureKind::Unauthorised,   true,  NextRun,     Some(StopReason::Key),     false, Failed),
        (FailureKind::AccountStopped, true,  NextRun,     Some(StopReason::Account), false, Failed),
        (FailureKind::SenderUnusable, true,  NextRun,     Some(StopReason::Sender),  false, Failed),
        (FailureKind::SetUp,          true,  NextRun,     Some(StopReason::SetUp),   false, Failed),
        (FailureKind::OwnLimit,       true,  NextRun,     Some(StopReason::OwnLimit), false, Failed),
    ];

    fn failure(kind: FailureKind, wait: Option<u64>) -> Failure {
        Failure {
            wait: wait.map(Duration::from_secs),
            ..Failure::unanswered(kind, Code::Http(400), "")
        }
    }

    #[test]
    fn the_rules_of_each_kind() {
        for (kind, sure, retry, stops, one_message, status) in TABLE {
            assert_eq!(kind.surely_not_sent(), sure, "{kind:?}");
            assert_eq!(kind.retry(), retry, "{kind:?}");
            assert_eq!(kind.stops_run(), stops, "{kind:?}");
            assert_eq!(kind.concerns_one_message(), one_message, "{kind:?}");
            assert_eq!(kind.final_status(false), status, "{kind:?}");
            assert_eq!(kind.final_status(true), Unknown, "{kind:?} after doubt");
        }
    }

    #[test]
    fn sentences_are_distinct_lowercase_fragments() {
        let mut seen = std::collections::HashSet::new();
        assert_eq!(TABLE.map(|(kind, ..)| kind), FailureKind::ALL);
        for (kind, ..) in TABLE {
            let sentence = kind.sentence();
            assert!(seen.insert(sentence), "{sentence}");
            assert!(sentence.starts_with(|c: char| c.is_ascii_lowercase()), "{sentence}");
            assert!(!sentence.ends_with('.'), "{sentence}");
        }
    }

    #[test]
    fn codes_are_written_as_in_the_results() {
        assert_eq!(Code::Whatsapp(131_047).to_string(), "131047");
        assert_eq!(Code::Http(503).to_string(), "http_503");
        assert_eq!(Code::Word("lost").to_string(), "lost");
    }

    #[test]
    fn the_text_for_logs_has_no_detail() {
        let refused = Failure {
            detail: "no such person: Jane".into(),
            ..failure(FailureKind::Refused, None)
        };
        assert_eq!(refused.to_string(), "the gateway refused the request (http 400)");
        assert_eq!(
            refused.in_full(),
            "the gateway refused the request (http 400): no such person: Jane"
        );
    }

    #[test]
    fn the_longer_of_back_off_and_requested_wait_counts() {
        let seconds = Duration::from_secs;
        #[rustfmt::skip]
        let cases = [
            (FailureKind::Throttled,   Some(7),  1, Some(seconds(7))),
            (FailureKind::Unavailable, None,     3, Some(seconds(2))),
            (FailureKind::Unavailable, Some(1),  3, Some(seconds(2))),
            (FailureKind::PairLimited, Some(1),  2, Some(seconds(16))),
            (FailureKind::PairLimited, Some(90), 2, Some(seconds(90))),
            (FailureKind::Refused,     Some(7),  1, None),
            (FailureKind::SetUp,       Some(7),  1, None),
        ];
        for (kind, wait, attempts, delay) in cases {
            let found = failure(kind, wait).delay(attempts, 1.0);
            assert_eq!(found, delay, "{kind:?} {wait:?} after {attempts}");
        }
    }

    #[test]
    fn which_failures_slow_and_pause_the_run() {
        #[rustfmt::skip]
        let cases = [
            (FailureKind::Throttled,   None,    true,  None),
            (FailureKind::Throttled,   Some(5), true,  Some(5)),
            (FailureKind::Unavailable, None,    false, None),
            (FailureKind::Unavailable, Some(5), true,  Some(5)),
            (FailureKind::PairLimited, Some(5), false, None),
            (FailureKind::Refused,     Some(5), false, Some(5)),
            (FailureKind::Lost,        None,    false, None),
        ];
        for (kind, wait, slows, pause) in cases {
            let failure = failure(kind, wait);
            assert_eq!(failure.slows_run(), slows, "{kind:?} {wait:?}");
            assert_eq!(failure.pauses_run(), pause.map(Duration::from_secs), "{kind:?} {wait:?}");
        }
    }
}
