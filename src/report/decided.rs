//! What the plan decides about each message. Pure.

use super::next_step::{code_meaning, next_step};
use crate::eligibility::held::Held;
use crate::send::outcome::Status;

/// The decision about a message before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It is sent.
    Send,
    /// It is to be sent, but not in this run: `--daily-cap` is reached before it.
    LeftByDailyCap,
    /// An earlier run sent it.
    AlreadySent,
    /// An earlier run recorded it as refused, and it is left alone.
    Refused,
    /// An earlier run recorded it as refused because its recipient's 24-hour window was closed, and no
    /// row says that they wrote since.
    WindowClosed,
    /// It may have been sent by an earlier run, and it is left alone (`--on-unknown hold`).
    Unknown,
    /// It is held.
    Held(Held),
}

impl Decided {
    /// The word in the column `decision` of a report.
    #[must_use]
    pub fn decision(self) -> &'static str {
        match self {
            Self::Send | Self::LeftByDailyCap => "send",
            Self::AlreadySent => "already_sent",
            Self::Refused | Self::WindowClosed | Self::Unknown => "leave",
            Self::Held(_) => "held",
        }
    }

    /// The code of the reason; empty for a message that is sent or was sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Send | Self::AlreadySent => "",
            Self::LeftByDailyCap => "daily_cap",
            Self::Refused => "refused",
            Self::WindowClosed => WINDOW_CLOSED,
            Self::Unknown => "unknown",
            Self::Held(held) => held.code(),
        }
    }

    /// The reason in words; empty without a code.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Send | Self::AlreadySent => "",
            Self::LeftByDailyCap => "--daily-cap is reached before it: run again later",
            Self::Refused => "an earlier run recorded it as refused (--retry-refused sends it)",
            Self::WindowClosed => {
                "refused before: session closed; they must write first, then --retry-refused=131047"
            }
            Self::Unknown => "an earlier run may have sent it (--on-unknown retry sends it again)",
            Self::Held(held) => held.meaning(),
        }
    }
}

/// The code of a refusal because the 24-hour window is closed (WhatsApp's error code).
pub const WINDOW_CLOSED: &str = "131047";

/// Why a message stays refused, for a report: what its code means and what to do. The gateway's own
/// words (`error`) stand for a code that is not known.
#[must_use]
pub fn refused_before(code: &str, error: &str) -> String {
    let meaning = code_meaning(code).unwrap_or(error);
    let next = next_step(Status::Refused, code);
    match meaning {
        "" => format!("refused before: {next}"),
        meaning => format!("refused before: {meaning}; {next}"),
    }
}

/// The decisions about all messages, by their number in the list's order: two bytes a message.
#[derive(Debug, Default)]
pub struct Decisions(Vec<Slot>);

#[derive(Debug, Clone, Copy)]
struct Slot {
    decided: Decided,
    /// True if the decision came after the last row.
    was_open: bool,
}

impl Decisions {
    /// The number of the next message.
    #[must_use]
    pub fn next_number(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Adds the next message; `None` is open until the last row is read.
    pub fn push(&mut self, decided: Option<Decided>) {
        let was_open = decided.is_none();
        self.0.push(Slot { decided: decided.unwrap_or(Decided::Send), was_open });
    }

    /// Decides on a message that was open.
    pub fn settle(&mut self, number: u32, decided: Decided) {
        if let Some(slot) = self.0.get_mut(number as usize) {
            slot.decided = decided;
        }
    }

    /// The decision about the message with this number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<Decided> {
        self.0.get(number as usize).map(|slot| slot.decided)
    }

    /// The decisions that came after the last row, in the list's order.
    pub fn opened(&self) -> impl Iterator<Item = Decided> {
        self.0.iter().filter(|slot| slot.was_open).map(|slot| slot.decided)
    }

    /// Returns whether a decision is one of those that `wanted` accepts.
    #[must_use]
    pub fn any(&self, wanted: impl Fn(Decided) -> bool) -> bool {
        self.0.iter().any(|slot| wanted(slot.decided))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_decision_has_its_words() {
        for (decided, decision, code) in [
            (Decided::Send, "send", ""),
            (Decided::LeftByDailyCap, "send", "daily_cap"),
            (Decided::AlreadySent, "already_sent", ""),
            (Decided::Refused, "leave", "refused"),
            (Decided::WindowClosed, "leave", "131047"),
            (Decided::Unknown, "leave", "unknown"),
            (Decided::Held(Held::SessionClosed), "held", "session_closed"),
        ] {
            assert_eq!((decided.decision(), decided.code()), (decision, code));
            assert_eq!(decided.reason().is_empty(), code.is_empty());
        }
    }

    #[test]
    fn a_message_that_was_refused_before_has_its_reason() {
        for (code, error, reason) in [
            (
                "131026",
                "x",
                "refused before: not reachable on WhatsApp; check that the number is on WhatsApp",
            ),
            ("131047", "x", Decided::WindowClosed.reason()),
            (
                "132000",
                "no template",
                "refused before: no template; see `error` in the results; once it is solved, --retry-refused",
            ),
            (
                "",
                "",
                "refused before: see `error` in the results; once it is solved, --retry-refused",
            ),
        ] {
            assert_eq!(refused_before(code, error), reason);
        }
    }

    #[test]
    fn open_messages_are_decided_by_their_number() {
        let mut decisions = Decisions::default();
        decisions.push(Some(Decided::AlreadySent));
        let number = decisions.next_number();
        decisions.push(None);
        decisions.push(None);
        decisions.settle(number, Decided::Held(Held::Edited));
        let opened: Vec<Decided> = decisions.opened().collect();
        assert_eq!(opened, [Decided::Held(Held::Edited), Decided::Send]);
        assert_eq!(decisions.get(0), Some(Decided::AlreadySent));
        assert_eq!(decisions.get(3), None);
        assert!(size_of::<Slot>() <= 2);
    }
}
