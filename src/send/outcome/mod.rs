//! What became of a message: the gateway's acceptance, or a failure that has a name, a sentence for
//! the user and its own answers to "was anything sent?", "again, and when?", "slow or stop the run?".
//!
//! A leaf: it imports nothing of ours. Which HTTP answer means which failure is `gateway`'s to say;
//! when the next attempt really starts is the engine's and the pacer's.

mod attempts;
mod backoff;
mod failure;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

pub use attempts::{Attempts, Next, RetryPolicy};
pub use failure::{Again, Code, Failure, Kind, StopReason};

/// What the ledger says of a message: the `status` column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The gateway accepted it.
    Sent,
    /// Definitively not taken, for the message's own reason.
    Refused,
    /// Known not to be sent; a later run tries again.
    Failed,
    /// It may have been accepted.
    Unknown,
}

impl Status {
    /// The word in the `status` column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// The status that a cell of the `status` column names; people retype these in spreadsheets, so
    /// letter case and blanks around the word do not matter.
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

/// What an answer tells of the message in its `data`, whatever became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receipt {
    /// WhatsApp's own id of the message (`wamid.…`), when the answer had one.
    pub wamid: Option<Box<str>>,
    /// The gateway's word for it as it came: `SENT`, `QUEUED`, `FAILED`, …; empty without one.
    pub gateway_status: Box<str>,
    /// The answer's message id, only when it is not ours.
    pub gateway_message_id: Option<Box<str>>,
}

/// The gateway accepted the message. Delivery is known only later, by webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it says of the message.
    pub receipt: Receipt,
    /// The HTTP status, a 2xx.
    pub http_status: u16,
    /// How long the answer's headers ask everybody to wait. Never a reason to post this one again.
    pub pause: Option<Duration>,
}

/// What a message came to in a run: its last attempt, and what all of them together mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What the ledger says from now on.
    pub status: Status,
    /// Attempts of this run.
    pub attempts: u32,
    /// What the last attempt was told.
    pub result: Result<Reply, Failure>,
    /// When the last attempt began.
    pub sent_at: Timestamp,
    /// How long its answer took.
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
