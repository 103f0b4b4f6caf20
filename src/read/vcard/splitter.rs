//! Lines become cards: where each card begins and ends.
//!
//! A broken card must not damage its neighbours. So `BEGIN:VCARD` and `END:VCARD` count wherever
//! they stand: joined to each other, at the end of a line that was cut off, in the middle of
//! quoted-printable text; but not in the text of an AGENT. One that may be text itself (`NOTE:see
//! BEGIN:VCARD`) counts when the next line confirms it. A BEGIN inside a card begins a nested card
//! or, where an END is missing, the next one: the outer card stays open, and only an END of its own
//! shows which it was.

use std::collections::VecDeque;

use super::card::RawCard;
use super::card_error::CardError;
use super::charset::Charset;
use super::in_name::HeldLine;
use super::lines::{LONGEST_LINE, Line};
use super::markers::{self, Marker, has_joined_begin, is_begin, opens_agent, split_marker};
use super::property::{PropertyName, strip_prefix};
use super::unfold::LastProperty;
use crate::read::note::NoteKind;
use crate::read::{Place, SourceId};

/// A larger card (in bytes) is rejected.
const LARGEST_CARD: usize = 32 << 20;

/// The most cards that may be open at once. Nested cards are rare, but many ENDs may be missing.
const MAX_OPEN: usize = 4;

/// Takes lines and returns cards.
#[derive(Debug)]
pub(super) struct CardSplitter {
    source: SourceId,
    /// The charset of `--encoding`, for lines that name none.
    given: Option<Charset>,
    begin_count: u64,
    /// The open cards, the outermost first. Lines belong to the last one.
    pub(super) open: Vec<OpenCard>,
    complete: VecDeque<RawCard>,
    pub(super) last: LastProperty,
    /// The number of blank lines since the last line that is not blank.
    pub(super) blank_lines: u32,
    /// The number of blank lines before the current line.
    pub(super) gap: u32,
    /// The first line of a card whose BEGIN is missing.
    pub(super) headless: Option<u64>,
    pub(super) pending: Option<PendingMarker>,
    /// A line that the next one may continue inside its name.
    pub(super) held: Option<HeldLine>,
    /// True if the current line is UTF-16 in a file that is not.
    utf16_line: bool,
}

/// A card that has begun and not ended.
#[derive(Debug)]
pub(super) struct OpenCard {
    pub(super) card: RawCard,
    /// Its size so far, in bytes.
    size: usize,
    /// True if it is the card of an AGENT, which is not a contact of its own.
    is_agent: bool,
    /// The card of its last AGENT: a contact of its own if this card never ends.
    agent: Option<RawCard>,
    /// True if a card inside it has ended, so that its own lines continue.
    resumed: bool,
    /// True if it has a VERSION.
    pub(super) has_version: bool,
    /// True if it has a name or a number.
    pub(super) has_content: bool,
    /// True if its last line may be cut off in a name or a label.
    cut_off: bool,
}

/// A BEGIN or END that may be text: it stands behind other text or in a folded line. The next line
/// decides.
#[derive(Debug, Clone, Copy)]
pub(super) struct PendingMarker {
    marker: Marker,
    line: u64,
    unicode: bool,
    /// True if nothing else is in its line.
    alone: bool,
}

impl CardSplitter {
    pub(super) fn new(source: SourceId) -> Self {
        Self {
            source,
            given: None,
            begin_count: 0,
            open: Vec::new(),
            complete: VecDeque::new(),
            last: LastProperty::default(),
            blank_lines: 0,
            gap: 0,
            headless: None,
            pending: None,
            held: None,
            utf16_line: false,
        }
    }

    /// Sets the charset of lines that name none.
    pub(super) fn set_charset(&mut self, charset: Charset) {
        self.given = Some(charset);
    }

    /// The number of cards that have begun.
    pub(super) fn begin_count(&self) -> u64 {
        self.begin_count
    }

    /// Returns the next complete card.
    pub(super) fn next_card(&mut self) -> Option<RawCard> {
        self.complete.pop_front()
    }

    /// Takes the next line of the file.
    pub(super) fn take(&mut self, line: &Line<'_>) {
        self.check_size(line);
        if line.bytes.trim_ascii().is_empty() {
            return self.take_blank(line.bytes);
        }
        if !self.take_in_name(line) {
            self.take_whole(line);
        }
    }

    /// Takes a line that is not blank and whole up to the end of its name.
    pub(super) fn take_whole(&mut self, line: &Line<'_>) {
        self.gap = std::mem::take(&mut self.blank_lines);
        if let Some(pending) = self.pending.take() {
            self.resolve(pending, line.bytes);
        }
        if self.is_unneeded(line.bytes) || self.take_other_encoding(line) {
            return;
        }
        if self.last.name == Some(PropertyName::Agent) {
            if matches!(line.bytes, [b' ' | b'\t', ..]) {
                self.last.awaits_agent = false;
                self.last.agent_line = is_begin(line.bytes).then_some(line.number);
                if !has_joined_begin(line.bytes) {
                    return;
                }
            } else if let Some(agent_line) = self.last.agent_line {
                self.begin(agent_line, line.unicode);
            }
        }
        self.take_text(line.bytes, line);
    }

    /// Ends the file, and with it the cards that are still open.
    pub(super) fn finish(&mut self) {
        self.finish_held();
        if matches!(self.pending.take(), Some(PendingMarker { marker: Marker::End, .. })) {
            self.end();
        }
        self.close_all();
        self.reject_headless(CardError::NoBegin);
    }

    /// Returns whether a line can only continue a property that is not kept: a photo has thousands.
    fn is_unneeded(&self, line: &[u8]) -> bool {
        let unneeded = self.last.name == Some(PropertyName::Other) && !self.last.quoted_printable;
        let may_be_marker =
            |last: u8| last.is_ascii_whitespace() || last.eq_ignore_ascii_case(&b'D');
        unneeded && matches!(line, [b' ', .., last] if !may_be_marker(*last))
    }

    /// Takes a line in another encoding than the file's: its cards are rejected, not lost.
    fn take_other_encoding(&mut self, line: &Line<'_>) -> bool {
        if !line.unicode {
            let Some(text) = markers::narrow(line.bytes) else { return false };
            // The second half of a line end is no line.
            if !text.trim_ascii().is_empty() {
                self.utf16_line = true;
                self.take_text(&text, line);
                self.utf16_line = false;
            }
            return true;
        }
        let cards = markers::misread_cards(line.bytes);
        if cards == 0 {
            return false;
        }
        let marker = split_marker(line.bytes).map(|(_, marker)| marker);
        if marker == Some(Marker::End) && !self.open.is_empty() {
            self.end();
        }
        for _ in 0..cards {
            self.reject(line, CardError::OtherEncoding, true);
        }
        if marker == Some(Marker::Begin) {
            self.begin(line.number, line.unicode);
        }
        true
    }

    /// Begins a card that cannot be read, and ends it if its END is in the same line.
    fn reject(&mut self, line: &Line<'_>, error: CardError, has_end: bool) {
        self.begin(line.number, line.unicode);
        self.open.last_mut().into_iter().for_each(|open| open.card.reject(error));
        if has_end {
            self.end();
        }
    }

    /// Splits the markers off a line's end, and takes what is before them first.
    fn take_text(&mut self, text: &[u8], line: &Line<'_>) {
        if self.continues_behind_end(text) {
            return self.continue_property(text, !line.ended);
        }
        let mut found = Vec::new();
        let mut rest = text;
        while let Some((before, marker)) = split_marker(rest) {
            if found.is_empty() && opens_agent(before, marker) {
                return self.add_agent(marker, line.number);
            }
            found.push(marker);
            rest = before;
        }
        if self.holds_cards(rest) {
            return self.reject_cards(text, line);
        }
        if let [marker] = found[..]
            && self.may_be_text(marker, text, rest)
        {
            let alone = rest.trim_ascii().is_empty();
            if !alone {
                self.add(rest, line.number, true);
            }
            self.pending =
                Some(PendingMarker { marker, line: line.number, unicode: line.unicode, alone });
            return;
        }
        if found.is_empty() || !rest.trim_ascii().is_empty() {
            self.add(rest, line.number, !found.is_empty() || !line.ended);
        }
        for marker in found.iter().rev() {
            match marker {
                Marker::Begin => self.begin(line.number, line.unicode),
                Marker::End => self.end(),
            }
        }
    }

    /// Returns whether a marker may be text: behind the text of a property that is not kept, or
    /// alone in a line that continues the one before.
    fn may_be_text(&self, marker: Marker, text: &[u8], before: &[u8]) -> bool {
        if self.open.is_empty() {
            return false;
        }
        let last = self.last.name;
        let folded = last.is_some() && matches!(text, [b' ' | b'\t', ..]);
        let soft = self.is_soft_broken(text);
        let unneeded = match before.trim_ascii().is_empty() {
            true if soft => return marker == Marker::End && last == Some(PropertyName::Other),
            true => return folded && last != Some(PropertyName::Agent),
            false if folded || soft => last == Some(PropertyName::Other),
            false => matches!(PropertyName::of(before), Some((PropertyName::Other, _))),
        };
        unneeded
            && (markers::is_separate(before) || (folded && markers::is_rest_of_line_end(before)))
    }

    /// Decides by the next line whether a marker was one. Behind an END comes a BEGIN, behind a
    /// BEGIN come version and name; a text continues its property.
    fn resolve(&mut self, pending: PendingMarker, next: &[u8]) {
        let folded = matches!(next, [b' ' | b'\t', ..]);
        let begins_card = || PropertyName::of(next).is_some_and(|(name, _)| name.is_single());
        match pending.marker {
            Marker::End if markers::opens_with_begin(next) => self.end(),
            Marker::Begin if !folded && begins_card() => self.begin(pending.line, pending.unicode),
            marker => {
                if let Some(open) = self.open.last_mut().filter(|_| marker == Marker::Begin) {
                    open.card.may_be_two();
                }
                if pending.alone {
                    self.continue_property(marker.text(), false);
                }
            }
        }
    }

    /// Returns whether quoted-printable text continues behind an END that begins its line:
    /// `END:VCARD=0D=0A`.
    fn continues_behind_end(&self, text: &[u8]) -> bool {
        self.last.soft_break
            && matches!(strip_prefix(text, Marker::End.text()), Some([b'=', ..]))
            && self.is_soft_broken(text)
    }

    /// Rejects the cards that a line holds, but not one that begins at the line's end.
    fn reject_cards(&mut self, text: &[u8], line: &Line<'_>) {
        let (whole, next_begins) = match split_marker(text) {
            Some((before, Marker::Begin)) => (before, true),
            _ => (text, false),
        };
        for has_end in markers::cards_in_line(whole) {
            self.reject(line, CardError::OneLine, has_end);
        }
        if next_begins {
            self.begin(line.number, line.unicode);
        }
    }

    /// Returns whether a line holds whole cards, or the beginning of one with more behind its
    /// BEGIN.
    fn holds_cards(&self, text: &[u8]) -> bool {
        match self.open.is_empty() {
            true => markers::has_begin(text),
            false => {
                !self.is_soft_broken(text) && strip_prefix(text, Marker::Begin.text()).is_some()
            }
        }
    }

    /// Begins a card inside those that are open.
    fn begin(&mut self, number: u64, unicode: bool) {
        let is_agent = self.last.awaits_agent && !self.open.is_empty();
        self.last = LastProperty::default();
        self.reject_headless(CardError::NoBegin);
        if !is_agent {
            self.begin_count += 1;
        }
        if self.open.len() == MAX_OPEN {
            let outermost = self.open.remove(0);
            self.close(outermost);
        }
        let place = Place { source: self.source, line: number };
        let mut card = RawCard::new(place, unicode, self.given);
        if self.utf16_line {
            card.reject(CardError::OtherEncoding);
        }
        self.open.push(OpenCard {
            card,
            size: 0,
            is_agent,
            agent: None,
            resumed: false,
            has_version: false,
            has_content: false,
            cut_off: false,
        });
    }

    /// Ends a card; the one around it continues.
    fn end(&mut self) {
        self.last = LastProperty::default();
        let Some(ended) = self.open.pop() else {
            return self.reject_headless(CardError::NoBegin);
        };
        match self.open.last_mut() {
            Some(around) if ended.is_agent => {
                around.card.note(NoteKind::AgentLeftOut);
                around.agent = Some(ended.card);
                return;
            }
            Some(around) => around.resumed = true,
            None => {}
        }
        self.complete.push_back(ended.card);
    }

    /// Closes the open cards, none of which has an END.
    pub(super) fn close_all(&mut self) {
        for open in std::mem::take(&mut self.open) {
            self.close(open);
        }
    }

    fn close(&mut self, mut open: OpenCard) {
        open.card.note(NoteKind::LostEnd);
        if open.cut_off {
            open.card.reject(CardError::CutOff);
        }
        self.complete.push_back(open.card);
        self.complete.extend(open.agent);
    }

    /// Rejects the lines outside of cards, so that they are not lost.
    pub(super) fn reject_headless(&mut self, error: CardError) {
        if let Some(line) = self.headless.take() {
            let mut card = RawCard::new(Place { source: self.source, line }, false, None);
            card.reject(error);
            self.complete.push_back(card);
        }
    }

    /// Rejects the open card when it or its line is too long.
    fn check_size(&mut self, line: &Line<'_>) {
        let Some(open) = self.open.last_mut() else {
            if line.length > LONGEST_LINE {
                self.headless.get_or_insert(line.number);
                self.reject_headless(CardError::LineTooLong);
            }
            return;
        };
        open.size = open.size.saturating_add(line.length);
        if line.length > LONGEST_LINE {
            open.card.reject(CardError::LineTooLong);
        } else if open.size > LARGEST_CARD {
            open.card.reject(CardError::CardTooLarge);
        }
    }
}

impl OpenCard {
    /// Takes note that its last line may be cut off. A number is left out at once. A name or a
    /// label makes the card useless, unless an END shows that only the line end is missing.
    pub(super) fn cut_off(&mut self, name: Option<PropertyName>) {
        match name {
            Some(PropertyName::Tel) => self.card.drop_cut_number(),
            Some(PropertyName::Version) | None => {}
            Some(_) => self.cut_off = true,
        }
    }

    /// Returns whether a property shows that END and BEGIN before it are missing.
    pub(super) fn is_over_before(&self, name: PropertyName) -> bool {
        let second_version = name == PropertyName::Version && self.has_version && self.has_content;
        second_version || (self.resumed && name.is_single())
    }
}
