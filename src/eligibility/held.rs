//! The reasons why a message that is right is not sent now.

use std::fmt;

/// The reason why a message is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// Its card was, or may have been, sent under another name.
    Edited,
    /// The recipient's 24-hour window is closed, or closes within the margin.
    SessionClosed,
    /// Nothing says when the recipient last wrote.
    SessionUnknown,
    /// The time at which the recipient last wrote cannot be read, or is in the future.
    LastInboundBad,
    /// The recipient got as many messages as `--recipient-cap` allows.
    RecipientCap,
}

impl Held {
    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::Edited,
        Self::SessionClosed,
        Self::SessionUnknown,
        Self::LastInboundBad,
        Self::RecipientCap,
    ];

    /// The stable code, as in the not-sent file and the summary's JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::SessionClosed => "session_closed",
            Self::SessionUnknown => "session_unknown",
            Self::LastInboundBad => "last_inbound_at_bad",
            Self::RecipientCap => "recipient_cap",
        }
    }

    /// What it means and what to do, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Edited => {
                "the card was, or may have been, sent under another name (--send-changed sends it)"
            }
            Self::SessionClosed => {
                "the recipient's 24-hour window is closed: they must write first"
            }
            Self::SessionUnknown => {
                "nothing says when the recipient last wrote (--session-missing send sends them)"
            }
            Self::LastInboundBad => {
                "the time in last_inbound_at cannot be read or is in the future: correct it, or look at --timezone"
            }
            Self::RecipientCap => {
                "the recipient got as many messages as --recipient-cap allows: run again later"
            }
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
