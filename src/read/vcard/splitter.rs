//! Lines become cards: where each begins and ends, and which of its lines are worth keeping.
//!
//! A broken card must not cost its neighbours, so `BEGIN:VCARD` and `END:VCARD` are heeded wherever
//! they stand (glued to each other or to a line that was cut off, in the middle of quoted-printable),
//! save inside the text of an AGENT. One that may be text itself (`NOTE:see BEGIN:VCARD`) is heeded
//! when the next line bears it out. A BEGIN inside a card may be a nested card or the next one after
//! a lost END: the outer card waits, and only an END of its own shows which it was.

mod doubt;
mod keep;

use std::collections::VecDeque;

use super::begun::{Doubt, Last, Open};
use super::card::RawCard;
use super::charset::Charset;
use super::flaw::CardError;
use super::lines::{LONGEST_LINE, Line};
use super::markers::{self, Mark, has_glued_begin, is_begin, opens_agent, split_mark};
use super::property::{Name, strip_prefix};
use crate::read::{Place, SourceId};

/// A card larger than this (in bytes) is not read.
const LARGEST_CARD: usize = 32 << 20;

/// How many cards may be open at once; nested cards are rare, many lost ENDs are not.
const DEEPEST: usize = 4;

/// Takes lines, gives cards.
#[derive(Debug)]
pub(super) struct Finder {
    source: SourceId,
    /// The charset that the user names for lines that name none.
    told: Option<Charset>,
    seen: u64,
    /// Outermost first; lines go to the last.
    open: Vec<Open>,
    ready: VecDeque<RawCard>,
    last: Last,
    /// How many blank lines came since the last line that is none.
    blanks: u32,
    /// How many of them stand before the line that is being looked at.
    gap: u32,
    /// The first line of a card whose BEGIN is missing.
    stray: Option<u64>,
    doubt: Option<Doubt>,
    /// The line is UTF-16 in a file that is not.
    wide: bool,
}

impl Finder {
    pub(super) fn new(source: SourceId) -> Self {
        Self {
            source,
            told: None,
            seen: 0,
            open: Vec::new(),
            ready: VecDeque::new(),
            last: Last::default(),
            blanks: 0,
            gap: 0,
            stray: None,
            doubt: None,
            wide: false,
        }
    }

    /// The charset of lines that name none, where the user says so.
    pub(super) fn set_told(&mut self, charset: Charset) {
        self.told = Some(charset);
    }

    /// How many cards have begun.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// The next card that is complete.
    pub(super) fn next_ready(&mut self) -> Option<RawCard> {
        self.ready.pop_front()
    }

    /// Takes the next line of the file.
    pub(super) fn take(&mut self, line: &Line<'_>) {
        self.weigh(line);
        if line.bytes.trim_ascii().is_empty() {
            return self.take_blank(line.bytes);
        }
        self.gap = std::mem::take(&mut self.blanks);
        if let Some(doubt) = self.doubt {
            self.settle(doubt, line.bytes);
        }
        if self.passes_over(line.bytes) || self.take_other_encoding(line) {
            return;
        }
        if self.last.name == Some(Name::Agent) {
            if matches!(line.bytes, [b' ' | b'\t', ..]) {
                self.last.awaits_agent = false;
                self.last.agent_begins = is_begin(line.bytes).then_some(line.number);
                if !has_glued_begin(line.bytes) {
                    return;
                }
            } else if let Some(number) = self.last.agent_begins {
                self.begin(number, line.unicode);
            }
        }
        self.take_text(line.bytes, line);
    }

    /// The file ends: so do the cards that are still open.
    pub(super) fn finish(&mut self) {
        if matches!(self.doubt.take(), Some(Doubt { mark: Mark::End, .. })) {
            self.end();
        }
        self.close_all();
        self.give_stray(CardError::NoBegin);
    }

    /// Whether a line can only go on with a property that nobody needs: a photo has thousands.
    fn passes_over(&self, line: &[u8]) -> bool {
        let unneeded = self.last.name == Some(Name::Other) && !self.last.quoted_printable;
        let may_be_mark = |last: u8| last.is_ascii_whitespace() || last.eq_ignore_ascii_case(&b'D');
        unneeded && matches!(line, [b' ', .., last] if !may_be_mark(*last))
    }

    /// Takes a line that is in another encoding than the file: its cards are given up, not lost.
    fn take_other_encoding(&mut self, line: &Line<'_>) -> bool {
        if !line.unicode {
            let Some(text) = markers::narrow(line.bytes) else { return false };
            // The second half of a line end is no line.
            if !text.trim_ascii().is_empty() {
                self.wide = true;
                self.take_text(&text, line);
                self.wide = false;
            }
            return true;
        }
        let cards = markers::misread_cards(line.bytes);
        if cards == 0 {
            return false;
        }
        let mark = split_mark(line.bytes).map(|(_, mark)| mark);
        if mark == Some(Mark::End) && !self.open.is_empty() {
            self.end();
        }
        for _ in 0..cards {
            self.give_up(line, CardError::OtherEncoding, true);
        }
        if mark == Some(Mark::Begin) {
            self.begin(line.number, line.unicode);
        }
        true
    }

    /// A card begins that cannot be read. `ends`: its END is in the same line.
    fn give_up(&mut self, line: &Line<'_>, flaw: CardError, ends: bool) {
        self.begin(line.number, line.unicode);
        self.open.last_mut().into_iter().for_each(|open| open.card.spoil(flaw));
        if ends {
            self.end();
        }
    }

    /// Takes a line apart at the marks glued to its end, then heeds them.
    fn take_text(&mut self, text: &[u8], line: &Line<'_>) {
        if self.goes_on_behind_end(text) {
            return self.go_on(text, !line.ended);
        }
        let mut marks = Vec::new();
        let mut rest = text;
        while let Some((before, mark)) = split_mark(rest) {
            if marks.is_empty() && opens_agent(before, mark) {
                return self.add_agent(mark, line.number);
            }
            marks.push(mark);
            rest = before;
        }
        if self.holds_cards(rest) {
            return self.give_up_cards(text, line);
        }
        if let [mark] = marks[..]
            && self.is_doubtful(mark, text, rest)
        {
            let alone = rest.trim_ascii().is_empty();
            if !alone {
                self.add(rest, line.number, true);
            }
            self.doubt = Some(Doubt { mark, number: line.number, unicode: line.unicode, alone });
            return;
        }
        if marks.is_empty() || !rest.trim_ascii().is_empty() {
            self.add(rest, line.number, !marks.is_empty() || !line.ended);
        }
        for mark in marks.iter().rev() {
            match mark {
                Mark::Begin => self.begin(line.number, line.unicode),
                Mark::End => self.end(),
            }
        }
    }

    /// Gives up the cards that a line holds; one that begins with the line's end is none of them.
    fn give_up_cards(&mut self, text: &[u8], line: &Line<'_>) {
        let (whole, next_begins) = match split_mark(text) {
            Some((before, Mark::Begin)) => (before, true),
            _ => (text, false),
        };
        for ends in markers::cards_in_line(whole) {
            self.give_up(line, CardError::OneLine, ends);
        }
        if next_begins {
            self.begin(line.number, line.unicode);
        }
    }

    /// Whether a line is whole cards, or the beginning of one with more behind its BEGIN.
    fn holds_cards(&self, text: &[u8]) -> bool {
        match self.open.is_empty() {
            true => markers::has_begin(text),
            false => !self.is_soft_broken(text) && strip_prefix(text, Mark::Begin.text()).is_some(),
        }
    }

    /// An AGENT: the text of a card or, when it ends in BEGIN, perhaps the first line of one.
    fn add_agent(&mut self, mark: Mark, number: u64) {
        let awaits_agent = mark == Mark::Begin;
        self.last = Last {
            name: Some(Name::Agent),
            awaits_agent,
            agent_begins: awaits_agent.then_some(number),
            ..Last::default()
        };
    }

    /// A card begins: what is open waits for its own END.
    fn begin(&mut self, number: u64, unicode: bool) {
        let agent = self.last.awaits_agent && !self.open.is_empty();
        self.last = Last::default();
        self.give_stray(CardError::NoBegin);
        if !agent {
            self.seen += 1;
        }
        if self.open.len() == DEEPEST {
            let outermost = self.open.remove(0);
            self.close(outermost);
        }
        let place = Place { source: self.source, line: number };
        let mut card = RawCard::new(place, unicode, self.told);
        if self.wide {
            card.spoil(CardError::OtherEncoding);
        }
        self.open.push(Open {
            card,
            size: 0,
            agent,
            held: None,
            resumed: false,
            version: false,
            cut: false,
            filled: false,
        });
    }

    /// A card ends, and the one around it goes on.
    fn end(&mut self) {
        self.last = Last::default();
        let Some(ended) = self.open.pop() else {
            return self.give_stray(CardError::NoBegin);
        };
        match self.open.last_mut() {
            Some(around) if ended.agent => {
                around.card.agent_left_out();
                around.held = Some(ended.card);
                return;
            }
            Some(around) => around.resumed = true,
            None => {}
        }
        self.ready.push_back(ended.card);
    }

    /// Ends every open card: none of them has an END.
    fn close_all(&mut self) {
        for open in std::mem::take(&mut self.open) {
            self.close(open);
        }
    }

    fn close(&mut self, mut open: Open) {
        open.card.lost_end();
        if open.cut {
            open.card.spoil(CardError::CutOff);
        }
        self.ready.push_back(open.card);
        self.ready.extend(open.held);
    }

    /// Lines that no card holds may not vanish without a word.
    fn give_stray(&mut self, flaw: CardError) {
        if let Some(line) = self.stray.take() {
            let mut card = RawCard::new(Place { source: self.source, line }, false, None);
            card.spoil(flaw);
            self.ready.push_back(card);
        }
    }

    /// Keeps count of the open card's size.
    fn weigh(&mut self, line: &Line<'_>) {
        let Some(open) = self.open.last_mut() else {
            if line.length > LONGEST_LINE {
                self.stray.get_or_insert(line.number);
                self.give_stray(CardError::LineTooLong);
            }
            return;
        };
        open.size = open.size.saturating_add(line.length);
        if line.length > LONGEST_LINE {
            open.card.spoil(CardError::LineTooLong);
        } else if open.size > LARGEST_CARD {
            open.card.spoil(CardError::CardTooLarge);
        }
    }
}
