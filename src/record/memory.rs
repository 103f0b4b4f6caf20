//! The number of messages that results held when a run last wrote them, and the length of the
//! in-flight file, kept in the lock file.
//!
//! Results that hold fewer were emptied, cut, restored from an older copy or moved away, and an
//! in-flight file that is shorter was removed or cut. A run that took them as they are would send
//! again what they no longer show. [`Memory::is_less`] and [`Memory::in_flight`] are the rules; they
//! know no files.

use std::fmt::Write;

/// The first word of the line about the results.
const MARK: &str = "ledger";

/// The first word of the line about the in-flight file.
const IN_FLIGHT_MARK: &str = "in-flight ";

/// The first word of the line about the last line of the results.
const LAST_RUN_MARK: &str = "last-run ";

/// The id in the line when there is no message.
const NO_ID: &str = "-";

/// The messages that results hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    /// The number of messages.
    pub messages: u64,
    /// The number of them that are `sent`.
    pub sent: u64,
    /// The messageId of the last line; empty without a message.
    pub last_id: String,
    /// The run's start time in that line, as it stands there; empty when it is not known.
    pub last_run: String,
    /// The length of the in-flight file, in bytes; 0 without one.
    pub in_flight: u64,
}

impl Holdings {
    /// Adds the line to a lock file's text: `ledger MESSAGES SENT LAST_ID`.
    pub(super) fn push_line(&self, text: &mut String) {
        let id = if self.last_id.is_empty() { NO_ID } else { &self.last_id };
        // Writing to a String does not fail.
        let _ = writeln!(text, "{MARK} {} {} {id}", self.messages, self.sent);
    }

    /// Adds the lines `in-flight LENGTH` and `last-run TIME`.
    pub(super) fn push_more_lines(&self, text: &mut String) {
        let _ = writeln!(text, "{IN_FLIGHT_MARK}{}", self.in_flight);
        let _ = writeln!(text, "{LAST_RUN_MARK}{}", self.last_run);
    }

    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let [MARK, messages, sent, id] = words[..] else { return None };
        let last_id = if id == NO_ID { "" } else { id };
        Some(Self {
            messages: messages.parse().ok()?,
            sent: sent.parse().ok()?,
            last_id: last_id.to_owned(),
            last_run: String::new(),
            in_flight: 0,
        })
    }
}

fn without_cr(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

/// What a lock file remembers of the results beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// Nothing: no run has written to the lock file yet.
    Nothing,
    /// That a run held it, but not what the results held: it is of an older version.
    Uncounted,
    /// What the results held.
    Held(Holdings),
}

/// The results file as a run finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// There is no file.
    Gone,
    /// It has no whole header: no bytes, zeros, or the beginning of a header.
    Empty,
    /// It holds messages.
    Holding {
        /// The number of messages.
        messages: u64,
        /// The number of them that are `sent`.
        sent: u64,
    },
}

impl Memory {
    /// Reads the text of a lock file behind its first line.
    pub(super) fn of_text(text: &str) -> Self {
        // A line without its end may be half a line: then nothing is known. What is behind the
        // fifth line is the rest of a longer text.
        let lines = text.split_inclusive('\n').skip(1).take(4);
        // An editor may have saved it with CRLF.
        let mut lines = lines.map_while(|line| line.strip_suffix('\n')).map(without_cr);
        let Some(mut held) = lines.next().and_then(Holdings::parse) else {
            return Self::Uncounted;
        };
        let in_flight = lines.find_map(|line| line.strip_prefix(IN_FLIGHT_MARK)?.parse().ok());
        held.in_flight = in_flight.unwrap_or(0);
        let last_run = lines.next().and_then(|line| line.strip_prefix(LAST_RUN_MARK));
        last_run.unwrap_or_default().clone_into(&mut held.last_run);
        Self::Held(held)
    }

    /// The length that the in-flight file had, in bytes; 0 when there was none, or when that is not
    /// known.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        match self {
            Self::Held(held) => held.in_flight,
            Self::Nothing | Self::Uncounted => 0,
        }
    }

    /// The id that the last line of the results had and the start time of its run, which may be
    /// empty, if the line is known.
    #[must_use]
    pub fn last_line(&self) -> Option<(&str, &str)> {
        match self {
            Self::Held(held) if !held.last_id.is_empty() => Some((&held.last_id, &held.last_run)),
            _ => None,
        }
    }

    /// Returns whether the results hold less than is remembered. `moved`: another file that is read
    /// holds all of it, so nothing is lost when the results are gone.
    #[must_use]
    pub fn is_less(&self, found: Found, moved: bool) -> bool {
        let held = match self {
            Self::Nothing => return false,
            Self::Uncounted => return !matches!(found, Found::Holding { .. }),
            Self::Held(held) => held,
        };
        let (messages, sent) = match found {
            Found::Gone if moved => return false,
            Found::Gone | Found::Empty => (0, 0),
            Found::Holding { messages, sent } => (messages, sent),
        };
        messages < held.messages || sent < held.sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(messages: u64, sent: u64) -> Memory {
        Memory::Held(Holdings { messages, sent, last_id: "id-9".into(), ..Holdings::default() })
    }

    #[test]
    fn results_that_hold_less_than_is_remembered_are_recognised() {
        use Found::{Empty, Gone};
        let holding = |messages, sent| Found::Holding { messages, sent };
        for (memory, found, moved, less) in [
            (Memory::Nothing, Gone, false, false),
            (Memory::Nothing, Empty, false, false),
            (Memory::Nothing, holding(3, 2), false, false),
            (Memory::Uncounted, Gone, false, true),
            (Memory::Uncounted, Empty, false, true),
            (Memory::Uncounted, holding(0, 0), false, false),
            (Memory::Uncounted, holding(3, 2), false, false),
            (held(0, 0), Gone, false, false),
            (held(0, 0), Empty, false, false),
            (held(3, 2), Gone, false, true),
            (held(3, 2), Gone, true, false),
            (held(3, 2), Empty, true, true),
            (held(3, 2), holding(0, 0), true, true),
            (held(3, 2), holding(2, 2), false, true),
            (held(3, 2), holding(3, 1), false, true),
            (held(3, 2), holding(4, 1), false, true),
            (held(3, 2), holding(3, 2), false, false),
            (held(3, 2), holding(9, 9), false, false),
        ] {
            assert_eq!(memory.is_less(found, moved), less, "{memory:?} {found:?} {moved}");
        }
    }

    #[test]
    fn the_lines_are_read_back_and_half_a_line_says_nothing() {
        for holdings in [
            Holdings::default(),
            Holdings {
                messages: 200,
                sent: 180,
                last_id: "invoice:17.a".into(),
                last_run: "2026-03-01T08:00:00.000Z".into(),
                in_flight: 512,
            },
        ] {
            let mut text = "pid 7 on desk since 2026\n".to_owned();
            holdings.push_line(&mut text);
            let first = text.len();
            text.push_str("run h 1 1/1 spring\n");
            holdings.push_more_lines(&mut text);
            let fourth = text.find(LAST_RUN_MARK).unwrap();
            assert_eq!(Memory::of_text(&text), Memory::Held(holdings.clone()));
            let saved = text.replace('\n', "\r\n");
            assert_eq!(Memory::of_text(&saved), Memory::Held(holdings.clone()));
            for cut in 0..text.len() {
                let in_flight = if cut < fourth { 0 } else { holdings.in_flight };
                let last_run = String::new();
                let memory = match cut < first {
                    true => Memory::Uncounted,
                    false => Memory::Held(Holdings { in_flight, last_run, ..holdings.clone() }),
                };
                assert_eq!(Memory::of_text(&text[..cut]), memory, "{}", &text[..cut]);
            }
        }
    }

    #[test]
    fn text_that_is_left_behind_the_lines_makes_no_difference() {
        let text = "pid 7 on desk\nledger 1 1 a\nrun h 1 1/1 \nin-flight 0\n";
        let last_id = "a".to_owned();
        let held = Holdings { messages: 1, sent: 1, last_id, ..Holdings::default() };
        assert_eq!(Memory::of_text(&format!("{text}in-flight 9\n")), Memory::Held(held.clone()));
        let text = format!("{text}last-run r\nlast-run s\n");
        assert_eq!(Memory::of_text(&text), Memory::Held(Holdings { last_run: "r".into(), ..held }));
        assert_eq!(Memory::of_text("pid 7 on desk\nledger 1 x a\n"), Memory::Uncounted);
    }
}
