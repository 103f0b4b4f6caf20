//! vCards, as people have them: 2.1, 3.0 and 4.0, from phones, mail programs and address books.
//!
//! The way of a card, one file a step:
//!
//! | file | step |
//! |---|---|
//! | `lines` | bytes become lines: line ends, UTF-16, byte order marks |
//! | `marks` | BEGIN and END in a line, and their disguises |
//! | `find` | lines become cards; what no message needs (photos, addresses) is passed over unread |
//! | `property` | a line becomes name, parameters and value |
//! | `value` | quoted-printable, charset and escapes become text |
//! | `charset` | what a CHARSET names, and whether it is true |
//! | `name`, `number` | which name the card shows; what a TEL says |
//! | `clean` | the same card as a small clean 4.0 card, through `vcard_parser` and compared |
//! | `card` | all of it in order: a [`RawCard`] becomes a [`Record`] |
//!
//! `vcard_parser` 0.2.3 reads one small clean 4.0 card faultlessly and little else, so it is never
//! given more than that. Finding cards is sequential and cheap; turning one into a row is pure and
//! dear, so that the caller may do it on many threads:
//!
//! ```
//! use lipasend::read::{SourceId, vcard::{Cards, RawCard}};
//!
//! let file = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Otieno;Achieng\r\nTEL;CELL:0712 345 678\r\nEND:VCARD\r\n";
//! let mut cards = Cards::new(file.as_bytes(), SourceId(0));
//! let records = cards.by_ref().map(|card| card.map(RawCard::into_record)).collect::<Result<Vec<_>, _>>()?;
//! assert_eq!((records.len(), cards.cards_seen()), (1, 1));
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Left to others: whether a number is one, what the name may hold, who receives the card.

mod begun;
mod card;
mod charset;
mod flaw;
mod lines;
mod markers;
mod name;
mod property;
mod round_trip;
mod splitter;
mod tel;
mod value;

use std::io::{self, Read};

pub use card::{Card, DecodedCard, Phone, RawCard};
pub use name::NameSource;
pub use tel::Number;

#[cfg(doc)]
use super::Record;
use super::SourceId;
use super::encoding::EncodingChoice;
use charset::Charset;
use lines::Lines;
use splitter::Finder;

/// The cards of one input, in the order in which they end.
///
/// That is the order of the file, but for a card that holds other cards or has lost its END: it
/// comes behind them. Memory is bounded by one card (a few, when cards are nested), not by the
/// input.
///
/// # Errors
///
/// An item is an error only when the input cannot be read; the iterator then ends. A broken card
/// is a [`RawCard`] like every other, and becomes a [`Record::Broken`].
#[derive(Debug)]
pub struct Cards<R> {
    lines: Lines<R>,
    finder: Finder,
    ended: bool,
}

impl<R: Read> Cards<R> {
    /// Reads cards from `reader`, which needs no buffer of its own.
    pub fn new(reader: R, source: SourceId) -> Self {
        Self { lines: Lines::new(reader), finder: Finder::new(source), ended: false }
    }

    /// Takes the user's word for the charset of every value that names none.
    #[must_use]
    pub fn in_encoding(mut self, choice: EncodingChoice) -> Self {
        if let EncodingChoice::Only(encoding) = choice {
            self.lines.set_told(encoding);
            Charset::of(encoding).into_iter().for_each(|charset| self.finder.set_told(charset));
        }
        self
    }

    /// How many `BEGIN:VCARD` were found so far; 0 at the end: the input is no vCard file.
    #[must_use]
    pub fn cards_seen(&self) -> u64 {
        self.finder.seen()
    }

    /// Reads on until a card is complete or the input ends.
    fn read_one(&mut self) -> io::Result<Option<RawCard>> {
        loop {
            if let Some(card) = self.finder.next_ready() {
                return Ok(Some(card));
            }
            if self.ended {
                return Ok(None);
            }
            match self.lines.next_line()? {
                Some(line) => self.finder.take(&line),
                None => {
                    self.ended = true;
                    self.finder.finish();
                }
            }
        }
    }
}

impl<R: Read> Iterator for Cards<R> {
    type Item = io::Result<RawCard>;

    fn next(&mut self) -> Option<Self::Item> {
        let card = self.read_one();
        self.ended |= card.is_err();
        card.transpose()
    }
}

/// Whether a file that begins with these bytes (some hundred are enough) is a vCard file.
#[must_use]
pub fn looks_like_vcard(first_bytes: &[u8]) -> bool {
    let mut lines = Lines::new(first_bytes);
    while let Ok(Some(line)) = lines.next_line() {
        let text = line.bytes.trim_ascii();
        if !text.is_empty() {
            return markers::is_begin(text);
        }
    }
    false
}

#[cfg(test)]
mod tests;
