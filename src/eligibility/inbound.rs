//! Who wrote to the sender and when, and who opted out by it, from webhook events.
//!
//! Events come out of order and repeat. Who opted out is found by each form of the number
//! ([`canonical`]), because events carry the number that the account was registered with; the times
//! are, too.

use hashbrown::{HashMap, HashSet};
use jiff::Timestamp;

use super::heard::HeardTimes;
use super::opt_out_words::Word;
use crate::prepare::last_inbound::LastInbound;
use crate::prepare::phone::{PhoneNumber, canonical, parse_account};
use crate::read::inbound_events::{InboundEvent, LineCounts};

/// Counts of events. Each event is in one of them, and those of `future` are in `inbound` too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Messages and calls of people to the sender, with a time.
    pub inbound: u64,
    /// Those of `inbound` whose time is in the future.
    pub future: u64,
    /// Messages and calls to another business number.
    pub other_number: u64,
    /// Messages and calls to the sender without a time that can be read.
    pub undated: u64,
    /// Status events, and other events that are no message of a person.
    pub statuses: u64,
    /// Lines that are no event, and messages whose sender is no telephone number.
    pub unread: u64,
    /// Last lines that were still being written.
    pub incomplete: u64,
}

/// What the log keeps of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    from: Option<PhoneNumber>,
    at: Option<Timestamp>,
    to_sender: bool,
    word: Option<Word>,
}

/// Collects events.
#[derive(Debug)]
pub struct InboundLog {
    heard: HeardTimes,
    words: HashMap<PhoneNumber, Words>,
    newest: Option<Timestamp>,
    counts: EventCounts,
    /// The number of events so far: the order of those with one time.
    order: u64,
}

/// What the events say.
#[derive(Debug, Default)]
pub struct Inbound {
    /// When each person wrote to the sender, with what was known before.
    pub heard: HeardTimes,
    opted_out: HashSet<PhoneNumber>,
    /// The time of the newest event that counts.
    pub newest: Option<Timestamp>,
    /// The counts of events.
    pub counts: EventCounts,
}

impl Noted {
    /// Notes an event for the log of `sender`. This is the costly part; it can be done in any
    /// thread.
    #[must_use]
    pub fn of(event: &InboundEvent<'_>, sender: &PhoneNumber) -> Self {
        let is_sender = |to: &str| {
            to == sender.as_str()
                || parse_account(to).is_some_and(|to| canonical(&to) == canonical(sender))
        };
        Self {
            from: parse_account(&event.from),
            at: event.at,
            to_sender: event.to.as_deref().is_none_or(is_sender),
            word: event.text.as_deref().and_then(Word::of),
        }
    }
}

impl InboundLog {
    /// A log without events, whose times are added to those of `heard`.
    #[must_use]
    pub fn new(heard: HeardTimes) -> Self {
        Self {
            heard,
            words: HashMap::new(),
            newest: None,
            counts: EventCounts::default(),
            order: 0,
        }
    }

    /// Adds an event. Those of one file are added in its order.
    pub fn take(&mut self, noted: Noted) {
        self.order += 1;
        let Some(from) = noted.from else {
            self.counts.unread += 1;
            return;
        };
        if let Some(word) = noted.word {
            self.take_word(from, word, noted);
        }
        match noted.at {
            _ if !noted.to_sender => self.counts.other_number += 1,
            None => self.counts.undated += 1,
            Some(at) => {
                self.counts.inbound += 1;
                self.heard.add(&from, LastInbound::At(at));
                match self.heard.is_future(at) {
                    true => self.counts.future += 1,
                    false => self.newest = self.newest.max(Some(at)),
                }
            }
        }
    }

    /// Adds what the reader counted.
    pub fn count(&mut self, lines: LineCounts) {
        self.counts.statuses += lines.statuses;
        self.counts.unread += lines.unread;
        self.counts.incomplete += lines.incomplete;
    }

    /// A STOP counts wherever it was written to, and whenever. What lifts it must have been written
    /// to the sender, and not in the future.
    fn take_word(&mut self, from: PhoneNumber, word: Word, noted: Noted) {
        let is_future = noted.at.is_some_and(|at| self.heard.is_future(at));
        if word == Word::Start && (!noted.to_sender || is_future) {
            return;
        }
        let words = self.words.entry(canonical(&from)).or_default();
        words.add(word, noted.at, self.order);
    }

    /// Returns what the events say.
    #[must_use]
    pub fn finish(self) -> Inbound {
        let Self { heard, words, newest, counts, .. } = self;
        let is_out = |(number, words): (PhoneNumber, Words)| words.say_stop().then_some(number);
        let opted_out = words.into_iter().filter_map(is_out).collect();
        Inbound { heard, opted_out, newest, counts }
    }
}

impl Inbound {
    /// Returns whether the owner of a number opted out.
    #[must_use]
    pub fn has_opted_out(&self, to: &PhoneNumber) -> bool {
        !self.opted_out.is_empty() && self.opted_out.contains(&canonical(to))
    }

    /// Everybody who opted out, each by the [`canonical`] number.
    pub fn all_opted_out(&self) -> impl Iterator<Item = &PhoneNumber> {
        self.opted_out.iter()
    }
}

/// The last words of one person. Those without a time are kept apart: nothing says which of them and
/// one with a time is the later one.
#[derive(Debug, Default)]
struct Words {
    dated: Last<(Timestamp, u64)>,
    undated: Last<u64>,
}

#[derive(Debug)]
struct Last<T> {
    stop: Option<T>,
    start: Option<T>,
}

impl<T> Default for Last<T> {
    fn default() -> Self {
        Self { stop: None, start: None }
    }
}

impl<T: Ord + Copy> Last<T> {
    fn add(&mut self, word: Word, when: T) {
        let last = match word {
            Word::Stop => &mut self.stop,
            Word::Start => &mut self.start,
        };
        *last = (*last).max(Some(when));
    }

    fn say_stop(&self) -> bool {
        self.stop > self.start
    }
}

impl Words {
    fn add(&mut self, word: Word, at: Option<Timestamp>, order: u64) {
        match at {
            Some(at) => self.dated.add(word, (at, order)),
            None => self.undated.add(word, order),
        }
    }

    fn say_stop(&self) -> bool {
        self.dated.say_stop() || self.undated.say_stop()
    }
}

#[cfg(test)]
mod tests;
