//! Messages: `Draft → Message` ends here.
//!
//! A contact is the content of a card; a message is one contact to one recipient, from one sender,
//! in one campaign. The number and the name are validated by `phone` and `name`; the id is in
//! `message_id`.

use std::sync::Arc;

use compact_str::CompactString;
use smallvec::SmallVec;

pub use super::message_id::{CardId, IdKey, MessageId};
use super::phone::PhoneNumber;
use crate::read::Place;

/// The part that all messages of a run have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The campaign's name as sent (see [`super::name::clean`]); empty by default.
    pub campaign: String,
    /// The sender.
    pub from: PhoneNumber,
}

/// The content of a card. Short texts need no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name shown on the card.
    pub name: CompactString,
    /// Its numbers, at least one.
    pub phones: Phones,
    /// The row or card that it comes from.
    pub place: Place,
}

/// A card's numbers; the first needs no allocation.
pub type Phones = SmallVec<[CardPhone; 1]>;

/// One number on a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardPhone {
    /// The number.
    pub number: PhoneNumber,
    /// Its type in free words (`Cell`, `Work`), if any.
    pub kind: Option<CompactString>,
    /// Its WhatsApp user id, if any; without one the card shows "Invite to WhatsApp".
    pub wa_id: Option<PhoneNumber>,
}

/// One contact to one recipient, from one sender, in one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id the gateway sees and the ledger keeps.
    pub id: MessageId,
    /// Campaign and sender.
    pub origin: Arc<Origin>,
    /// The recipient.
    pub to: PhoneNumber,
    /// The recipient's row, when it is not the contact's.
    pub to_place: Option<Place>,
    /// The card.
    pub contact: Arc<Contact>,
}

impl Message {
    /// The message of one contact to one recipient, with the id made by the recipe.
    #[must_use]
    pub fn new(origin: &Arc<Origin>, to: PhoneNumber, contact: &Arc<Contact>) -> Self {
        Self::with_id(recipe_id(origin, to, contact), origin, to, contact)
    }

    /// The message under a row's own id.
    #[must_use]
    pub fn with_id(
        id: MessageId,
        origin: &Arc<Origin>,
        to: PhoneNumber,
        contact: &Arc<Contact>,
    ) -> Self {
        Self { id, origin: Arc::clone(origin), to, to_place: None, contact: Arc::clone(contact) }
    }

    /// The message with the row that names its recipient, if that is not the contact's.
    #[must_use]
    pub fn with_recipient_row(self, to_place: Option<Place>) -> Self {
        Self { to_place, ..self }
    }

    /// The id of the card to this recipient.
    #[must_use]
    pub fn card_id(&self) -> CardId {
        let phones = self.contact.phones.iter().map(|phone| phone.number.as_bytes());
        let Origin { campaign, from } = &*self.origin;
        CardId::new(campaign, from.as_bytes(), self.to.as_bytes(), phones)
    }

    /// The key of the id that the recipe makes, even if the row has its own id. Two messages have
    /// the same one only if their content and recipient are the same.
    #[must_use]
    pub fn content_key(&self) -> IdKey {
        match self.id.is_own() {
            false => self.id.key(),
            true => recipe_id(&self.origin, self.to, &self.contact).key(),
        }
    }
}

fn recipe_id(origin: &Origin, to: PhoneNumber, contact: &Contact) -> MessageId {
    let phones = contact.phones.iter().map(|phone| phone.number);
    MessageId::by_recipe(&origin.campaign, origin.from, to, &contact.name, phones)
}
