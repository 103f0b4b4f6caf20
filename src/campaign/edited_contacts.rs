//! Messages whose card was sent before, or may have been, under an id that the lists no longer have:
//! a corrected name, for example. They are held, because the recipient may have that card already.
//!
//! A message that an earlier run tried itself is held only if the other one went out in a later run:
//! else somebody wanted both.

use std::collections::HashSet;

use super::candidates::Candidate;
use super::prior_runs::{LastRuns, PriorRuns, content};
use crate::prepare::message::{IdKey, Message};
use crate::record::ledger::{CardKey, Cards};
use crate::report::tally::EarlierForm;

/// Finds edited messages. It takes the whole input to know which ids it has.
#[derive(Debug, Default)]
pub(super) struct EditedContacts {
    /// Made at the first message that may be edited: most runs have either results or new messages.
    earlier: Option<EarlierCards>,
    noticed: Vec<EditedContact>,
}

/// A message whose card an earlier message has.
#[derive(Debug, Clone, Copy)]
pub(super) struct EditedContact {
    /// The message, should it be sent after all.
    pub(super) message: Candidate,
    card: MessageCard,
    /// True if an earlier run recorded it as refused or failed.
    was_tried: bool,
}

impl EditedContacts {
    /// Notices a message that is not known to be sent and not in doubt, if an earlier message has
    /// its card; returns whether it does. `candidate` is the message, should it be sent after all.
    pub(super) fn notice(
        &mut self,
        message: &Message,
        candidate: Candidate,
        was_tried: bool,
        prior: &PriorRuns,
    ) -> bool {
        let earlier = self
            .earlier
            .get_or_insert_with(|| EarlierCards::new(prior.sent_cards(), prior.unknown_cards()));
        let Some(card) = earlier.find(message) else { return false };
        self.noticed.push(EditedContact { message: candidate, card, was_tried });
        true
    }

    /// Returns whether no message is edited if the inputs have these ids, so that further rows
    /// change nothing.
    pub(super) fn are_none(&self, listed: &dyn Fn(IdKey) -> bool) -> bool {
        let Some(earlier) = &self.earlier else { return true };
        let mut cards = self.noticed.iter().map(|contact| contact.card);
        cards.all(|card| earlier.form_of(card, &|id| !listed(id)).is_none())
    }

    /// The messages whose last runs [`decide`](Self::decide) compares: those that an earlier run
    /// tried, and the earlier forms of each that the inputs do not have.
    pub(super) fn to_compare(&self, listed: &dyn Fn(IdKey) -> bool) -> HashSet<IdKey> {
        let Some(earlier) = &self.earlier else { return HashSet::new() };
        let tried = self.noticed.iter().filter(|contact| contact.was_tried);
        let mut ids = HashSet::new();
        for contact in tried {
            let before = ids.len();
            ids.extend(earlier.ids_of(contact.card).filter(|id| !listed(*id)));
            if ids.len() > before {
                ids.insert(contact.message.id);
            }
        }
        ids
    }

    /// Returns every message that was noticed. One with an earlier form is edited; the others are
    /// new, and the messages with their card are still in the inputs. `listed` tells whether the
    /// inputs have an id, in rows that are used or in others; `runs` are those of the messages
    /// [to compare](Self::to_compare).
    pub(super) fn decide(
        self,
        listed: &dyn Fn(IdKey) -> bool,
        runs: &LastRuns,
    ) -> impl Iterator<Item = (EditedContact, Option<EarlierForm>)> {
        let earlier = self.earlier.unwrap_or_default();
        let form = move |contact: &EditedContact| {
            let was_wanted_too =
                |id| contact.was_tried && is_no_later(runs, id, contact.message.id);
            earlier.form_of(contact.card, &|id| !listed(id) && !was_wanted_too(id))
        };
        self.noticed.into_iter().map(move |contact| (contact, form(&contact)))
    }
}

/// Returns whether the last run of `one` is known to be no later than that of `other`.
fn is_no_later(runs: &LastRuns, one: IdKey, other: IdKey) -> bool {
    let run = |id| runs.get(&id).copied().flatten();
    run(one).zip(run(other)).is_some_and(|(one, other)| one <= other)
}

/// The card of a message, as earlier messages may be known by it.
#[derive(Debug, Clone, Copy)]
struct MessageCard {
    by_numbers: CardKey,
    /// Set when an earlier message is known by its card id only.
    by_id: Option<CardKey>,
}

/// The cards of earlier messages.
#[derive(Debug, Default)]
struct EarlierCards {
    sent: Cards,
    unknown: Cards,
    have_ids: bool,
}

impl EarlierCards {
    fn new(sent: Cards, unknown: Cards) -> Self {
        let have_ids = sent.have_ids() || unknown.have_ids();
        Self { sent, unknown, have_ids }
    }

    /// The card of a message, if an earlier message has it.
    fn find(&self, message: &Message) -> Option<MessageCard> {
        if self.sent.is_empty() && self.unknown.is_empty() {
            return None;
        }
        let by_numbers = content(message).card();
        // Computing an id takes longer than all the rest.
        let by_id = self.have_ids.then(|| CardKey::of_id(&message.card_id()));
        let card = MessageCard { by_numbers, by_id };
        self.form_of(card, &|_| true).map(|_| card)
    }

    /// The earlier messages that have a card.
    fn ids_of(&self, card: MessageCard) -> impl Iterator<Item = IdKey> {
        let keys = move || std::iter::once(card.by_numbers).chain(card.by_id);
        [&self.sent, &self.unknown]
            .into_iter()
            .flat_map(move |cards| keys().flat_map(move |key| cards.with(key)))
    }

    /// The form that a card has in earlier messages whose id is `gone`. One that was sent counts
    /// over one that is in doubt: then the recipient has the card.
    fn form_of(&self, card: MessageCard, gone: &dyn Fn(IdKey) -> bool) -> Option<EarlierForm> {
        let is_in = |cards: &Cards| {
            let mut keys = std::iter::once(card.by_numbers).chain(card.by_id);
            keys.any(|key| cards.with(key).any(gone))
        };
        if is_in(&self.sent) {
            return Some(EarlierForm::Sent);
        }
        is_in(&self.unknown).then_some(EarlierForm::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::prepare::dedup::SeenMessages;
    use crate::prepare::message::{CardPhone, Contact, Origin};
    use crate::prepare::phone::PhoneNumber;
    use crate::read::{Place, SourceId};

    fn number(digits: &str) -> PhoneNumber {
        PhoneNumber::from_digits(digits).unwrap()
    }

    fn message(name: &str, phones: &[&str]) -> Message {
        let phone = |digits: &&str| CardPhone { number: number(digits), kind: None, wa_id: None };
        let contact = Contact {
            name: name.into(),
            phones: phones.iter().map(phone).collect(),
            place: Place { source: SourceId(0), line: 1 },
        };
        let origin = Origin { campaign: "spring".to_owned(), from: number("254110090747") };
        Message::new(&Arc::new(origin), number("254712345678"), &Arc::new(contact))
    }

    /// The earlier messages, by their numbers or (`false`) by their card id.
    fn cards(messages: &[(&Message, bool)]) -> Cards {
        Cards::of(messages.iter().map(|(message, by_numbers)| {
            let card = match by_numbers {
                true => content(message).card(),
                false => CardKey::of_id(&message.card_id()),
            };
            (message.id.key(), card)
        }))
    }

    #[test]
    fn a_new_name_is_an_edited_message_when_an_earlier_form_of_it_is_gone() {
        use EarlierForm::{Sent, Unknown};
        let [ann, anne, annie] = ["Ann", "Anne", "Annie"].map(|name| message(name, &["1", "2"]));
        let other = message("Ann", &["1", "3"]);
        for (sent, unknown, listed, form) in [
            (&[][..], &[][..], &[][..], None),
            (&[(&ann, true)], &[], &[], Some(Sent)),
            (&[(&ann, false)], &[], &[], Some(Sent)),
            (&[], &[(&ann, true)], &[], Some(Unknown)),
            (&[], &[(&ann, false)], &[], Some(Unknown)),
            (&[(&other, true), (&other, false)], &[(&other, true), (&other, false)], &[], None),
            // Both cards are in the list.
            (&[(&ann, true)], &[(&ann, false)], &[&ann], None),
            (&[(&ann, true), (&annie, true)], &[], &[&ann], Some(Sent)),
            // The second correction of a name.
            (&[(&annie, true)], &[(&ann, true)], &[], Some(Sent)),
            (&[(&ann, false)], &[(&annie, true)], &[], Some(Sent)),
            (&[(&ann, true)], &[(&annie, true)], &[&ann], Some(Unknown)),
            // In one results file in doubt, in another one sent.
            (&[(&ann, true)], &[(&ann, true)], &[], Some(Sent)),
        ] {
            let mut seen = SeenMessages::default();
            for listed in listed.iter().chain([&&anne]) {
                seen.insert(listed, listed.contact.place);
            }
            let earlier = EarlierCards::new(cards(sent), cards(unknown));
            let card = earlier.find(&anne);
            let gone = |id: IdKey| !seen.contains(&id);
            let found = card.and_then(|card| earlier.form_of(card, &gone));
            assert_eq!(found, form, "{sent:?} {unknown:?} {listed:?}");
        }
    }

    #[test]
    fn the_order_of_the_numbers_counts_only_where_nothing_but_the_card_id_is_known() {
        let (ann, anne) = (message("Ann", &["1", "2"]), message("Anne", &["2", "1"]));
        for (by_numbers, found) in [(true, true), (false, false)] {
            let earlier = EarlierCards::new(cards(&[(&ann, by_numbers)]), Cards::default());
            assert_eq!(earlier.find(&anne).is_some(), found);
        }
    }
}
