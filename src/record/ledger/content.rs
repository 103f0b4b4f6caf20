//! The content of a message, to find out whether two messages are the same.
//!
//! Only hashes are kept: two texts with the same hash are taken for one text.

use std::hash::BuildHasher;
use std::num::{NonZeroU32, NonZeroU64};

use foldhash::quality::FixedState;

use crate::prepare::message::IdKey;

/// The seed is the same everywhere in the program, and its hashes are never written down.
const HASHER: FixedState = FixedState::with_seed(0);

/// The key of a card in a campaign: a hash of the campaign, the sender, the recipient and the
/// card's numbers in any order. It stays the same when only the name on the card is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardKey(NonZeroU64);

/// The content of a message: two messages with the same id must agree in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    card: CardKey,
    /// `None` when a spreadsheet saved the name in another encoding.
    name: Option<NonZeroU32>,
}

impl Content {
    /// The content of a message; numbers are digits only, texts are as they are sent.
    #[must_use]
    pub fn of<'a>(
        campaign: &str,
        from: &str,
        to: &str,
        name: &str,
        phones: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let phones = phones.into_iter().fold(0, |sum, phone| with_number(sum, phone.as_bytes()));
        let ends = [campaign, from, to].map(str::as_bytes);
        Self { card: card_key(ends, phones), name: Some(name_key(name.as_bytes())) }
    }

    /// The content in the cells of a results line; `None` when a spreadsheet has changed its
    /// numbers (`2.54712E+11`).
    pub(super) fn of_cells(
        campaign: &[u8],
        from: &[u8],
        to: &[u8],
        name: &[u8],
        phone: &[u8],
    ) -> Option<Self> {
        let mut phones = phone.split(|byte| *byte == b' ');
        let phones =
            phones.try_fold(0, |sum, phone| is_number(phone).then(|| with_number(sum, phone)))?;
        (is_number(from) && is_number(to)).then(|| Self {
            card: card_key([campaign, from, to], phones),
            name: std::str::from_utf8(name).ok().map(|_| name_key(name)),
        })
    }

    /// The content that these keys were [taken from](Self::card).
    pub(in crate::record) fn from_keys(card: CardKey, name: Option<NonZeroU32>) -> Self {
        Self { card, name }
    }

    pub(in crate::record) fn name(&self) -> Option<NonZeroU32> {
        self.name
    }

    /// The key that a message with another name has too.
    #[must_use]
    pub fn card(&self) -> CardKey {
        self.card
    }

    /// Returns whether two contents are the same, as far as both names are known.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let names = self.name.zip(other.name);
        self.card == other.card && names.is_none_or(|(one, another)| one == another)
    }
}

fn card_key(ends: [&[u8]; 3], phones: u64) -> CardKey {
    CardKey(NonZeroU64::new(HASHER.hash_one((ends, phones))).unwrap_or(NonZeroU64::MIN))
}

/// Adds a number of the card: a sum does not depend on their order.
fn with_number(sum: u64, phone: &[u8]) -> u64 {
    sum.wrapping_add(HASHER.hash_one(phone))
}

fn is_number(cell: &[u8]) -> bool {
    !cell.is_empty() && cell.iter().all(u8::is_ascii_digit)
}

/// Half of a hash: names are compared only between messages that agree in everything else.
fn name_key(name: &[u8]) -> NonZeroU32 {
    let half = u32::try_from(HASHER.hash_one(name) >> 32).unwrap_or_default();
    NonZeroU32::new(half).unwrap_or(NonZeroU32::MIN)
}

/// Sent messages by their card. A new id with the card of a sent message that the input no longer
/// has is that message, edited.
#[derive(Debug, Default)]
pub struct SentCards(Vec<(CardKey, IdKey)>);

impl SentCards {
    /// Sorts sent messages by their card.
    #[must_use]
    pub fn of(sent: impl IntoIterator<Item = (IdKey, CardKey)>) -> Self {
        let mut cards: Vec<_> = sent.into_iter().map(|(id, card)| (card, id)).collect();
        cards.sort_unstable();
        Self(cards)
    }

    /// Returns whether nothing was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ids of the messages that sent a card.
    pub fn with(&self, card: CardKey) -> impl Iterator<Item = IdKey> {
        let first = self.0.partition_point(|(sent, _)| *sent < card);
        self.0[first..].iter().take_while(move |(sent, _)| *sent == card).map(|(_, id)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn content(campaign: &str, to: &str, name: &str, phones: &str) -> Content {
        Content::of(campaign, "254110090747", to, name, phones.split(' '))
    }

    #[test]
    fn a_card_key_depends_on_everything_but_the_name_and_the_order_of_numbers() {
        let card = content("spring", "254712345678", "Jane", "254700000001 254700000002");
        for (other, same_card, agrees) in [
            (content("spring", "254712345678", "Jane", "254700000001 254700000002"), true, true),
            (content("spring", "254712345678", "Jane", "254700000002 254700000001"), true, true),
            (content("spring", "254712345678", "Joan", "254700000001 254700000002"), true, false),
            (content("autumn", "254712345678", "Jane", "254700000001 254700000002"), false, false),
            (content("spring", "254712345679", "Jane", "254700000001 254700000002"), false, false),
            (content("spring", "254712345678", "Jane", "254700000001"), false, false),
            (content("spring", "254712345678", "Jane", "254700000001 254700000001"), false, false),
        ] {
            assert_eq!(
                (card.card() == other.card(), card.agrees_with(&other)),
                (same_card, agrees)
            );
        }
    }

    #[test]
    fn a_results_line_has_its_content_unless_a_spreadsheet_changed_the_numbers() {
        let sent = Content::of("", "254110090747", "254712345678", "Zoë", ["1234567"]);
        let agrees = |to: &str, name: &[u8], phone: &str| {
            let cells = [to.as_bytes(), name, phone.as_bytes()];
            let content = Content::of_cells(b"", b"254110090747", cells[0], cells[1], cells[2]);
            content.map(|content| content.agrees_with(&sent))
        };
        assert_eq!(agrees("254712345678", "Zoë".as_bytes(), "1234567"), Some(true));
        assert_eq!(agrees("254712345678", b"Zo\xeb", "1234567"), Some(true));
        assert_eq!(agrees("254712345678", b"Zoe", "1234567"), Some(false));
        assert_eq!(agrees("2.54712E+11", "Zoë".as_bytes(), "1234567"), None);
        assert_eq!(agrees("254712345678", "Zoë".as_bytes(), "1.2E+06"), None);
        assert_eq!(agrees("", b"", ""), None);
    }

    #[test]
    fn the_end_of_one_text_and_the_start_of_the_next_make_a_difference() {
        assert_ne!(content("ab", "c", "", "1").card(), content("a", "bc", "", "1").card());
        assert_ne!(content("", "abc", "", "1").card(), content("abc", "", "", "1").card());
    }

    #[test]
    fn similar_names_and_numbers_have_different_keys() {
        let texts: Vec<String> = (0..20_000).map(|number| format!("2547{number:08}")).collect();
        let names: HashSet<_> = texts.iter().map(|text| name_key(text.as_bytes())).collect();
        let cards: HashSet<_> =
            texts.iter().map(|text| content("", text, "", "1").card()).collect();
        assert_eq!(cards.len(), texts.len());
        assert!(names.len() + 3 > texts.len(), "{} of {}", names.len(), texts.len());
    }

    #[test]
    fn a_card_that_was_sent_under_another_id_is_found() {
        let card = |to: &str| Content::of("", "1", to, "Jane", ["2"]).card();
        let ids = ["a", "b", "c"].map(IdKey::of);
        let cards = SentCards::of([(ids[0], card("7")), (ids[1], card("8")), (ids[2], card("7"))]);
        let mut found: Vec<IdKey> = cards.with(card("7")).collect();
        let mut expected = vec![ids[0], ids[2]];
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(cards.with(card("9")).count(), 0);
    }
}
