//! The outcome of a message: the gateway's acceptance, or a failure with its kind, a sentence for
//! the user, and the rules that follow: whether anything was sent, whether and when to try again,
//! whether to slow or stop the run.
//!
//! It uses no other module. `gateway` maps responses to failures; the engine and the pacer start
//! attempts.

mod attempts;
mod backoff;
mod failure;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

pub use attempts::{Attempts, NextStep, RetryPolicy};
pub use failure::{Code, Failure, FailureKind, Retry, StopReason};

/// The status of a message in the ledger: the `status` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The gateway accepted it.
    Sent,
    /// Refused, for a reason that concerns this message and will not change.
    Refused,
    /// Known not to be sent; a later run tries again.
    Failed,
    /// It may have been accepted.
    Unknown,
}

impl Status {
    /// The value of the `status` column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Returns whether the recipient has the message, or may have it.
    #[must_use]
    pub fn may_be_sent(self) -> bool {
        matches!(self, Self::Sent | Self::Unknown)
    }

    /// The status that a cell of the `status` column names. Letter case and blanks around the word
    /// do not matter, because people type these in spreadsheets.
    #[must_use]
    pub fn named(cell: &[u8]) -> Option<Self> {
        let word = cell.trim_ascii();
        [Self::Sent, Self::Refused, Self::Failed, Self::Unknown]
            .into_iter()
            .find(|status| status.as_str().as_bytes().eq_ignore_ascii_case(word))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The ids and the status in a response's `data`, of an acceptance or a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// WhatsApp's own id of the message (`wamid.…`), when the response had one.
    pub wamid: Option<Box<str>>,
    /// The gateway's own status, unchanged: `SENT`, `QUEUED`, `FAILED`, …; empty without one.
    pub gateway_status: Box<str>,
    /// The response's message id, when it is not ours.
    pub gateway_message_id: Option<Box<str>>,
}

/// The gateway's acceptance of a message. Delivery is known only later, by webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The ids and the status in the response.
    pub receipt: Receipt,
    /// The HTTP status, a 2xx.
    pub http_status: u16,
    /// The wait that the headers ask all senders for. Never a reason to post this message again.
    pub pause: Option<Duration>,
}

/// The outcome of a message in a run: its last attempt, and the status after all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The message's status from now on.
    pub status: Status,
    /// The number of attempts in this run.
    pub attempts: u32,
    /// The result of the last attempt.
    pub result: Result<Reply, Failure>,
    /// When the last attempt began.
    pub sent_at: Timestamp,
    /// The time until its result.
    pub latency: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_it_is_written() {
        for status in [Status::Sent, Status::Refused, Status::Failed, Status::Unknown] {
            assert_eq!(Status::named(status.as_str().as_bytes()), Some(status));
        }
        assert_eq!(Status::named(b" SENT "), Some(Status::Sent));
        assert_eq!(Status::named(b"delivered"), None);
        assert_eq!(Status::named(b""), None);
    }
}
