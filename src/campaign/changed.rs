//! Messages whose card was sent before, under an id that the lists have no more: a corrected name,
//! say. They are held back, because the recipient has that card already.
//!
//! Which ids the lists have is known only after the first pass, so whatever may turn out to be
//! changed is put aside until then.

use super::book::{Book, content};
use crate::prepare::message::{IdKey, Message};
use crate::prepare::phone::PhoneNumber;
use crate::prepare::seen::Seen;
use crate::read::Place;
use crate::record::ledger::{CardKey, SentCards};

/// New messages whose card was sent before.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Made when the first new message comes up: most runs have either results or new messages.
    sent: Option<SentCards>,
    aside: Vec<Aside>,
}

/// What is remembered of a message that was put aside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aside {
    pub(super) id: IdKey,
    pub(super) to: PhoneNumber,
    /// Its contact's place.
    pub(super) place: Place,
    card: CardKey,
}

impl Changed {
    /// Puts a new message aside when its card was sent before.
    pub(super) fn put_aside(&mut self, message: &Message, book: &Book) -> bool {
        let sent = self.sent.get_or_insert_with(|| book.sent_cards());
        if sent.is_empty() {
            return false;
        }
        let card = content(message).card();
        if sent.with(card).next().is_none() {
            return false;
        }
        let (id, place) = (message.id.key(), message.contact.place);
        self.aside.push(Aside { id, to: message.to, place, card });
        true
    }

    /// Tells those that are changed from those that are one more card of a sent one that the lists
    /// still have. `seen` is all that the lists have.
    pub(super) fn decide(self, seen: &Seen) -> (Vec<Aside>, Vec<Aside>) {
        let sent = self.sent.unwrap_or_default();
        let gone = |aside: &Aside| sent.with(aside.card).any(|id| !seen.contains(&id));
        self.aside.into_iter().partition(gone)
    }
}
