//! The failures of one attempt: names, sentences, codes and the answers that follow from each.
//!
//! All of it is a pure question to [`Kind`], so that every rule can be read in one table.

use std::fmt;
use std::time::Duration;

use super::{Receipt, Status, backoff};

/// The failures by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// No connection was made, or nothing of the request went over it.
    NotConnected,
    /// The gateway or WhatsApp is asked too fast.
    Throttled,
    /// Too many messages from this sender to this recipient.
    PairLimited,
    /// HTTP 425: nothing was taken yet.
    TooEarly,
    /// Trouble at the gateway or behind it.
    Unavailable,
    /// The request was written, and no answer came.
    Lost,
    /// An answer came that says neither yes nor no.
    Unreadable,
    /// The recipient's 24-hour window is closed.
    WindowClosed,
    /// WhatsApp cannot deliver to this recipient.
    Undeliverable,
    /// This recipient has had as many messages as WhatsApp allows for now.
    UserLimited,
    /// The recipient's country may not be messaged.
    CountryBlocked,
    /// The request itself is wrong.
    Refused,
    /// The gateway has seen this messageId before.
    Duplicate,
    /// The key or its permission is refused.
    Unauthorised,
    /// The account is restricted, locked, unpaid or spam-limited.
    AccountStopped,
    /// The sender's number cannot be used.
    SenderUnusable,
    /// The address, a proxy or a certificate is wrong.
    SetUp,
}

/// Whether one more attempt of a message makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Again {
    /// No: the answer is about this message and will stay.
    Never,
    /// Not in this run: somebody must mend something first.
    NextRun,
    /// In this run, after a jittered, growing wait.
    Backoff,
    /// In this run, after 4ⁿ seconds, while other recipients go on.
    PairBackoff,
}

/// Why the whole run must stop at once.
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
}

impl Kind {
    /// Whether it is certain that this attempt sent nothing.
    #[must_use]
    pub fn surely_not_sent(self) -> bool {
        !matches!(self, Self::Unavailable | Self::Lost | Self::Unreadable)
    }

    /// Whether and how to try again.
    #[must_use]
    pub fn again(self) -> Again {
        match self {
            Self::NotConnected
            | Self::Throttled
            | Self::TooEarly
            | Self::Unavailable
            | Self::Lost
            | Self::Unreadable => Again::Backoff,
            Self::PairLimited => Again::PairBackoff,
            Self::WindowClosed
            | Self::Undeliverable
            | Self::UserLimited
            | Self::CountryBlocked
            | Self::Refused
            | Self::Duplicate => Again::Never,
            Self::Unauthorised | Self::AccountStopped | Self::SenderUnusable | Self::SetUp => {
                Again::NextRun
            }
        }
    }

    /// Why the run must stop, if it must.
    #[must_use]
    pub fn stops_run(self) -> Option<StopReason> {
        match self {
            Self::Unauthorised => Some(StopReason::Key),
            Self::AccountStopped => Some(StopReason::Account),
            Self::SenderUnusable => Some(StopReason::Sender),
            Self::SetUp => Some(StopReason::SetUp),
            _ => None,
        }
    }

    /// Whether it says something of one message or its recipient only, and so nothing of the run's
    /// health. A duplicate is one of them: on a repeat in doubt it is an acceptance.
    #[must_use]
    pub fn speaks_of_one_message(self) -> bool {
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

    /// What a message ends as when this was its last attempt; `doubt` is whether an attempt before
    /// it may have been accepted.
    #[must_use]
    pub fn final_status(self, doubt: bool) -> Status {
        if doubt || !self.surely_not_sent() {
            return Status::Unknown;
        }
        match self.again() {
            Again::Never => Status::Refused,
            Again::NextRun | Again::Backoff | Again::PairBackoff => Status::Failed,
        }
    }

    /// What it means: a lowercase fragment for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NotConnected => "not connected to the gateway",
            Self::Throttled => "the gateway was asked too fast",
            Self::PairLimited => "too many messages from this sender to this recipient",
            Self::TooEarly => "the gateway was not ready for it",
            Self::Unavailable => "trouble at the gateway; it may have been sent",
            Self::Lost => "the answer was lost; it may have been sent",
            Self::Unreadable => "the answer could not be understood; it may have been sent",
            Self::WindowClosed => {
                "the recipient's 24-hour window is closed (they must write to the sender first)"
            }
            Self::Undeliverable => "whatsapp cannot deliver to this recipient",
            Self::UserLimited => {
                "this recipient has had enough messages for now (try again after 24 hours)"
            }
            Self::CountryBlocked => "the recipient's country may not be messaged",
            Self::Refused => "the gateway refused the request",
            Self::Duplicate => "the gateway has already seen this messageId",
            Self::Unauthorised => "the key is wrong or lacks a permission",
            Self::AccountStopped => {
                "the account is restricted, locked or unpaid (see the gateway's settings page)"
            }
            Self::SenderUnusable => "the sender's number cannot be used (check --from)",
            Self::SetUp => "the way to the gateway is wrong (check --gateway, proxy and --ca-file)",
        }
    }
}

/// What a failure goes by in the results' `error_code` column: WhatsApp's code when there is one
/// (`131047`), else the HTTP status (`http_503`), else a word.
///
/// The words are `not_connected`, `certificate`, `proxy`, `lost`, `unreadable`, `duplicate`,
/// `status_failed`, `status_rejected`, `status_expired` and `payload`. They are part of the file
/// format: `--retry-refused=CODE` names them.
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
    /// Its name.
    pub kind: Kind,
    /// What it goes by in `error_code`.
    pub code: Code,
    /// The HTTP status, when an answer came.
    pub http_status: Option<u16>,
    /// How long the gateway asked to wait, in `Retry-After` or the rate-limit headers.
    pub wait: Option<Duration>,
    /// What the answer says of the message.
    pub receipt: Receipt,
    /// The gateway's own words, or the system's. They may name people: they belong into the
    /// results file and not into a log.
    pub detail: Box<str>,
}

impl Failure {
    /// A failure without an HTTP answer.
    #[must_use]
    pub fn unanswered(kind: Kind, code: Code, detail: impl Into<Box<str>>) -> Self {
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

    /// Whether it is certain that this attempt sent nothing.
    #[must_use]
    pub fn surely_not_sent(&self) -> bool {
        self.kind.surely_not_sent()
    }

    /// Whether and how to try again.
    #[must_use]
    pub fn again(&self) -> Again {
        self.kind.again()
    }

    /// How long to wait before the next attempt of this message after `attempts` of them (1 for
    /// the first), or `None` when there is none in this run. `random` is uniform in 0..1. What the
    /// gateway asked for is honoured when it is longer.
    #[must_use]
    pub fn delay(&self, attempts: u32, random: f64) -> Option<Duration> {
        let own = match self.again() {
            Again::Never | Again::NextRun => return None,
            Again::Backoff => backoff::jittered(attempts, random),
            Again::PairBackoff => backoff::pair(attempts),
        };
        Some(own.max(self.wait.unwrap_or_default()))
    }

    /// How long every sender should pause, when the gateway said so. The pair limit is one
    /// recipient's affair.
    #[must_use]
    pub fn pauses_run(&self) -> Option<Duration> {
        self.wait.filter(|_| self.kind != Kind::PairLimited)
    }

    /// Whether the whole run should go on more slowly: it was too fast, or a struggling gateway
    /// asked for time.
    #[must_use]
    pub fn slows_run(&self) -> bool {
        match self.kind {
            Kind::Throttled => true,
            Kind::Unavailable | Kind::TooEarly => self.wait.is_some(),
            _ => false,
        }
    }

    /// Why the run must stop, if it must.
    #[must_use]
    pub fn stops_run(&self) -> Option<StopReason> {
        self.kind.stops_run()
    }

    /// Whether it says something of one message only: such a failure never counts for `--halt`.
    #[must_use]
    pub fn speaks_of_one_message(&self) -> bool {
        self.kind.speaks_of_one_message()
    }

    /// What the message ends as when this was its last attempt.
    #[must_use]
    pub fn final_status(&self, doubt: bool) -> Status {
        self.kind.final_status(doubt)
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
mod tests {
    use super::*;
    use Again::{Backoff, Never, NextRun, PairBackoff};
    use Status::{Failed, Refused, Unknown};

    /// Kind, surely not sent, again, stops, speaks of one message, ends as (no doubt before it).
    type Row = (Kind, bool, Again, Option<StopReason>, bool, Status);

    #[rustfmt::skip]
    const ANSWERS: [Row; 17] = [
        (Kind::NotConnected,   true,  Backoff,     None,                      false, Failed),
        (Kind::Throttled,      true,  Backoff,     None,                      false, Failed),
        (Kind::PairLimited,    true,  PairBackoff, None,                      true,  Failed),
        (Kind::TooEarly,       true,  Backoff,     None,                      false, Failed),
        (Kind::Unavailable,    false, Backoff,     None,                      false, Unknown),
        (Kind::Lost,           false, Backoff,     None,                      false, Unknown),
        (Kind::Unreadable,     false, Backoff,     None,                      false, Unknown),
        (Kind::WindowClosed,   true,  Never,       None,                      true,  Refused),
        (Kind::Undeliverable,  true,  Never,       None,                      true,  Refused),
        (Kind::UserLimited,    true,  Never,       None,                      true,  Refused),
        (Kind::CountryBlocked, true,  Never,       None,                      true,  Refused),
        (Kind::Refused,        true,  Never,       None,                      false, Refused),
        (Kind::Duplicate,      true,  Never,       None,                      true,  Refused),
        (Kind::Unauthorised,   true,  NextRun,     Some(StopReason::Key),     false, Failed),
        (Kind::AccountStopped, true,  NextRun,     Some(StopReason::Account), false, Failed),
        (Kind::SenderUnusable, true,  NextRun,     Some(StopReason::Sender),  false, Failed),
        (Kind::SetUp,          true,  NextRun,     Some(StopReason::SetUp),   false, Failed),
    ];

    fn failure(kind: Kind, wait: Option<u64>) -> Failure {
        Failure {
            wait: wait.map(Duration::from_secs),
            ..Failure::unanswered(kind, Code::Http(400), "")
        }
    }

    #[test]
    fn each_kind_gives_its_answers() {
        for (kind, sure, again, stops, recipient, status) in ANSWERS {
            assert_eq!(kind.surely_not_sent(), sure, "{kind:?}");
            assert_eq!(kind.again(), again, "{kind:?}");
            assert_eq!(kind.stops_run(), stops, "{kind:?}");
            assert_eq!(kind.speaks_of_one_message(), recipient, "{kind:?}");
            assert_eq!(kind.final_status(false), status, "{kind:?}");
            assert_eq!(kind.final_status(true), Unknown, "{kind:?} after doubt");
        }
    }

    #[test]
    fn sentences_are_lowercase_fragments_of_their_own() {
        let mut seen = std::collections::HashSet::new();
        for (kind, ..) in ANSWERS {
            let sentence = kind.sentence();
            assert!(seen.insert(sentence), "{sentence}");
            assert!(sentence.starts_with(|c: char| c.is_ascii_lowercase()), "{sentence}");
            assert!(!sentence.ends_with('.'), "{sentence}");
        }
    }

    #[test]
    fn codes_are_written_as_the_results_have_them() {
        assert_eq!(Code::Whatsapp(131_047).to_string(), "131047");
        assert_eq!(Code::Http(503).to_string(), "http_503");
        assert_eq!(Code::Word("lost").to_string(), "lost");
    }

    #[test]
    fn the_gateways_words_are_not_in_the_sentence_for_logs() {
        let refused =
            Failure { detail: "no such person: Jane".into(), ..failure(Kind::Refused, None) };
        assert_eq!(refused.to_string(), "the gateway refused the request (http 400)");
        assert_eq!(
            refused.in_full(),
            "the gateway refused the request (http 400): no such person: Jane"
        );
    }

    #[test]
    fn the_longer_of_own_and_asked_wait_counts() {
        let seconds = Duration::from_secs;
        #[rustfmt::skip]
        let cases = [
            (Kind::Throttled,   Some(7),  1, Some(seconds(7))),
            (Kind::Unavailable, None,     3, Some(seconds(2))),
            (Kind::Unavailable, Some(1),  3, Some(seconds(2))),
            (Kind::PairLimited, Some(1),  2, Some(seconds(16))),
            (Kind::PairLimited, Some(90), 2, Some(seconds(90))),
            (Kind::Refused,     Some(7),  1, None),
            (Kind::SetUp,       Some(7),  1, None),
        ];
        for (kind, wait, attempts, delay) in cases {
            let told = failure(kind, wait).delay(attempts, 1.0);
            assert_eq!(told, delay, "{kind:?} {wait:?} after {attempts}");
        }
    }

    #[test]
    fn who_is_slowed_and_who_pauses() {
        #[rustfmt::skip]
        let cases = [
            (Kind::Throttled,   None,    true,  None),
            (Kind::Throttled,   Some(5), true,  Some(5)),
            (Kind::Unavailable, None,    false, None),
            (Kind::Unavailable, Some(5), true,  Some(5)),
            (Kind::PairLimited, Some(5), false, None),
            (Kind::Refused,     Some(5), false, Some(5)),
            (Kind::Lost,        None,    false, None),
        ];
        for (kind, wait, slows, pause) in cases {
            let failure = failure(kind, wait);
            assert_eq!(failure.slows_run(), slows, "{kind:?} {wait:?}");
            assert_eq!(failure.pauses_run(), pause.map(Duration::from_secs), "{kind:?} {wait:?}");
        }
    }
}
