//! The 24-hour rule: a contact card may be sent only within 24 hours after the recipient last wrote
//! (WhatsApp Business Platform, customer service windows).

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};

use super::heard::Heard;
use super::held::Held;

/// The rule of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRule {
    /// How long the window stays open after the recipient wrote.
    pub window: SignedDuration,
    /// A window that closes within this time is taken as closed, and a time that is no further in
    /// the future as now.
    pub margin: SignedDuration,
    /// What is done where nothing says when the recipient last wrote.
    pub missing: Missing,
}

/// What is done with a message whose recipient's last time is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Missing {
    /// It is sent
    Send,
    /// It is held
    Hold,
}

/// The state of one recipient's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// A message may be posted.
    Open {
        /// The time at which the recipient last wrote.
        since: Timestamp,
    },
    /// The window is closed, or closes within the margin.
    Closed,
    /// Nothing says when the recipient last wrote.
    Unknown,
    /// The time that is given cannot be read, or is in the future.
    Bad,
}

impl SessionRule {
    /// The state of a window at `now`. A time that counts opens it, whatever else was given.
    #[must_use]
    pub fn session(&self, heard: Heard, now: Timestamp) -> Session {
        self.at(now).session(heard)
    }

    /// The rule at one time, to ask it often.
    #[must_use]
    pub fn at(self, now: Timestamp) -> SessionRuleAt {
        SessionRuleAt { closed: self.closed_since(now), rule: self, now }
    }

    /// The latest time, in Unix time, at which a recipient wrote whose window is closed at `now`, or
    /// closes within the margin.
    #[must_use]
    pub fn closed_since(&self, now: Timestamp) -> SignedDuration {
        now.as_duration().saturating_sub(self.window.saturating_sub(self.margin))
    }

    /// Decides whether a message is held at `now`.
    #[must_use]
    pub fn held(&self, session: Session) -> Option<Held> {
        match (session, self.missing) {
            (Session::Open { .. }, _) | (Session::Unknown, Missing::Send) => None,
            (Session::Closed, _) => Some(Held::SessionClosed),
            (Session::Unknown, Missing::Hold) => Some(Held::SessionUnknown),
            (Session::Bad, _) => Some(Held::LastInboundBad),
        }
    }
}

/// The rule at one time.
#[derive(Debug, Clone, Copy)]
pub struct SessionRuleAt {
    rule: SessionRule,
    now: Timestamp,
    closed: SignedDuration,
}

impl SessionRuleAt {
    /// Decides whether a message is held.
    #[must_use]
    pub fn held(&self, session: Session) -> Option<Held> {
        self.rule.held(session)
    }

    /// The state of a window.
    #[must_use]
    pub fn session(&self, heard: Heard) -> Session {
        let Self { rule, now, closed } = *self;
        match heard.last(now, rule.margin) {
            Some(since) if since.as_duration() > closed => Session::Open { since },
            _ if heard.is_bad(now, rule.margin) => Session::Bad,
            Some(_) => Session::Closed,
            None => Session::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    #[test]
    fn the_window_is_open_for_24_hours_less_the_margin() {
        let hours = SignedDuration::from_hours;
        let rule = |margin, missing| SessionRule {
            window: hours(24),
            margin: SignedDuration::from_mins(margin),
            missing,
        };
        let wrote = |text: &str| Heard { latest: Some(at(text)), ..Heard::default() };
        let future = |text: &str| Heard { future: Some(at(text)), ..Heard::default() };
        let unreadable = Heard { unreadable: true, ..Heard::default() };
        let both = Heard { unreadable: true, ..wrote("27T10:00:00") };
        let (closed, unknown, bad) =
            (Some(Held::SessionClosed), Some(Held::SessionUnknown), Some(Held::LastInboundBad));
        #[rustfmt::skip]
        let table = [
            (wrote("27T10:00:00"), 5, "27T10:00:00", None),
            (wrote("27T10:00:00"), 5, "28T09:54:59", None),
            (wrote("27T10:00:00"), 5, "28T09:55:00", closed),
            (wrote("27T10:00:00"), 0, "28T09:59:59", None),
            (wrote("27T10:00:00"), 0, "28T10:00:00", closed),
            (wrote("27T10:00:00"), 0, "28T10:00:01", closed),
            (wrote("26T10:00:00"), 5, "28T10:00:00", closed),
            (Heard::default(),     5, "28T10:00:00", unknown),
            (future("28T10:05:00"), 5, "28T10:00:00", None),
            (future("28T10:05:01"), 5, "28T10:00:00", bad),
            (unreadable,           5, "28T10:00:00", bad),
            // Another source says that it is open.
            (both,                 5, "27T11:00:00", None),
            (both,                 5, "28T11:00:00", bad),
        ];
        for (heard, margin, now, held) in table {
            for missing in [Missing::Hold, Missing::Send] {
                let rule = rule(margin, missing);
                let held =
                    held.filter(|held| *held != Held::SessionUnknown || missing == Missing::Hold);
                assert_eq!(
                    rule.held(rule.session(heard, at(now))),
                    held,
                    "{heard:?} {now} {missing:?}"
                );
            }
        }
    }
}
