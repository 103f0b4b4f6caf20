//! The words with which people opt out, and in again.

/// What a text says about further messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// No more messages.
    Stop,
    /// Messages again.
    Start,
}

const STOP: [&[&str]; 8] = [
    &["STOP"],
    &["STOP", "ALL"],
    &["STOPALL"],
    &["UNSUBSCRIBE"],
    &["OPT", "OUT"],
    &["OPTOUT"],
    // Swahili.
    &["ACHA"],
    &["SIMAMISHA"],
];

const START: [&[&str]; 3] = [&["START"], &["UNSTOP"], &["SUBSCRIBE"]];

impl Word {
    /// Reads a whole text: trimmed, in any case, with one final `.` or `!` or without.
    #[must_use]
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_suffix(['.', '!']).unwrap_or(text);
        let is = |words: &&[&str]| {
            let mut given = text.split_whitespace();
            words.iter().all(|word| given.next().is_some_and(|one| one.eq_ignore_ascii_case(word)))
                && given.next().is_none()
        };
        if STOP.iter().any(is) {
            return Some(Self::Stop);
        }
        START.iter().any(is).then_some(Self::Start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_text_is_such_a_word() {
        for text in [
            "STOP",
            "stop",
            "Stop.",
            "StOp!",
            " stop \n",
            "STOP .",
            "STOP ALL",
            "stop \t  all!",
            "stop\u{a0}all",
            "StopAll",
            "unsubscribe",
            "Opt Out",
            "OPTOUT.",
            "acha",
            "Simamisha!",
        ] {
            assert_eq!(Word::of(text), Some(Word::Stop), "{text:?}");
        }
        for text in ["START", "start!", " UnStop.", "subscribe"] {
            assert_eq!(Word::of(text), Some(Word::Start), "{text:?}");
        }
        for text in [
            "",
            " ",
            ".",
            "STOP!!",
            "STOP?",
            "stop it",
            "please stop",
            "don't stop",
            "STOPP",
            "S T O P",
            "opt-out",
            "all stop",
            "STOP ALL NOW",
            "restart",
            "achana",
        ] {
            assert_eq!(Word::of(text), None, "{text:?}");
        }
    }
}
