//! vCards, as people have them: 2.1, 3.0 and 4.0, from phones, mail programs and address books.
//!
//! From bytes to a contact, one file a step:
//!
//! | file | step |
//! |---|---|
//! | `lines` | bytes become lines: line ends, UTF-16, byte order marks |
//! | `splitter` | lines become cards, at BEGIN and END (`markers`) |
//! | `in_name` | folds inside a name are joined first (`property_names`) |
//! | `unfold` | lines become properties; what no message needs (photos, addresses) is not kept |
//! | `property` | a property is split into name, parameters and value |
//! | `spelling` | ENCODING and CHARSET in the spellings of real files |
//! | `value`, `charset` | quoted-printable, base64, charset and escapes become text |
//! | `encoded_word` | words of mail headers in a name become text |
//! | `name`, `tel` | the name to show, and the numbers with their types |
//! | `round_trip` | name and numbers go through `vcard_parser` as a small clean 4.0 card |
//! | `card`, `card_error` | the steps in order: a [`RawCard`] becomes a [`Card`] or a reject |
//!
//! `vcard_parser` 0.2.3 reads a small clean 4.0 card without fault and little else, so it is never
//! given more than that. Splitting a file into cards is sequential and cheap; turning one into a
//! contact is pure and expensive, and can be done on many threads:
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

mod card;
mod card_error;
mod charset;
mod encoded_word;
mod in_name;
mod lines;
mod markers;
mod name;
mod property;
mod property_names;
mod round_trip;
mod spelling;
mod splitter;
mod tel;
mod unfold;
mod value;

use std::io::{self, Read};

pub use self::card_error::card_reasons;
pub use card::{Card, DecodedCard, Phone, RawCard};
pub use name::NameSource;
pub use tel::Number;

#[cfg(doc)]
use super::Record;
use super::SourceId;
use super::encoding::{EncodingChoice, FileEncoding};
use charset::Charset;
use lines::Lines;
use splitter::CardSplitter;

/// The cards of one input, in the order in which they end.
///
/// That is the order of the file, but a card that holds other cards or has no END comes behind
/// them. Memory is bounded by one card (a few, if cards are nested), not by the input.
///
/// # Errors
///
/// An item is an error only when the input cannot be read; the iterator then ends. A broken card
/// is a [`RawCard`] like every other, and becomes a [`Record::Broken`].
pub struct Cards<R> {
    lines: Lines<R>,
    splitter: CardSplitter,
    ended: bool,
}

impl<R: Read> Cards<R> {
    /// Reads cards from `reader`, which needs no buffer of its own.
    pub fn new(reader: R, source: SourceId) -> Self {
        Self { lines: Lines::new(reader), splitter: CardSplitter::new(source), ended: false }
    }

    /// Sets the charset of values that name none.
    #[must_use]
    pub fn in_encoding(mut self, choice: EncodingChoice) -> Self {
        if let EncodingChoice::Only(FileEncoding::Web(encoding)) = choice {
            self.lines.set_named(encoding);
            Charset::of(encoding)
                .into_iter()
                .for_each(|charset| self.splitter.set_charset(charset));
        }
        self
    }

    /// The number of `BEGIN:VCARD` so far; 0 at the end means that the input is no vCard file.
    #[must_use]
    pub fn cards_seen(&self) -> u64 {
        self.splitter.begin_count()
    }

    /// Reads until a card is complete or the input ends.
    fn next_card(&mut self) -> io::Result<Option<RawCard>> {
        loop {
            if let Some(card) = self.splitter.next_card() {
                return Ok(Some(card));
            }
            if self.ended {
                return Ok(None);
            }
            match self.lines.next_line()? {
                Some(line) => self.splitter.take(&line),
                None => {
                    self.ended = true;
                    self.splitter.finish();
                }
            }
        }
    }
}

impl<R: Read> Iterator for Cards<R> {
    type Item = io::Result<RawCard>;

    fn next(&mut self) -> Option<Self::Item> {
        let card = self.next_card();
        self.ended |= card.is_err();
        card.transpose()
    }
}

/// Returns whether a file that begins with these bytes (some hundred are enough) is a vCard file.
#[must_use]
pub fn looks_like_vcard(first_bytes: &[u8]) -> bool {
    let mut lines = Lines::new(first_bytes);
    let mut first = Vec::new();
    while let Ok(Some(line)) = lines.next_line() {
        let text = line.bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match first.is_empty() {
            true => first = text.to_vec(),
            false => match in_name::is_folded_begin(&first, line.bytes) {
                Some(joined) => first = joined,
                None => return false,
            },
        }
        if markers::is_begin(&first) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
