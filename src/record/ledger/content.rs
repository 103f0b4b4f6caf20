//! The content of a message, to find out whether two messages are the same.
//!
//! Only hashes are kept: two texts with the same hash are taken for one text.

use std::hash::BuildHasher;
use std::num::{NonZeroU32, NonZeroU64};

use foldhash::quality::FixedState;
use uuid::Uuid;

use crate::prepare::message::{CardId, IdKey};

/// The seed is the same everywhere in the program, and its hashes are never written down.
const HASHER: FixedState = FixedState::with_seed(0);

/// The key of a card in a campaign: a hash of the campaign, the sender, the recipient and the
/// card's numbers in any order. It stays the same when only the name on the card is corrected.
///
/// When a spreadsheet has damaged those, it is a hash of the [`CardId`] instead. The lowest bit
/// tells the two kinds apart, so that a key stays as small as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardKey(NonZeroU64);

impl CardKey {
    /// The bit that is set in the key of a card id.
    const OF_ID: NonZeroU64 = NonZeroU64::MIN;

    /// The key of a card of which only the id is known.
    #[must_use]
    pub fn of_id(id: &CardId) -> Self {
        Self::of_id_text(id.as_str().as_bytes())
    }

    fn of_id_text(id: &[u8]) -> Self {
        let hash = NonZeroU64::new(IdKey::of_bytes(id).spread());
        Self(hash.unwrap_or(Self::OF_ID) | Self::OF_ID)
    }

    fn of_numbers(ends: [&[u8]; 3], phones: u64) -> Self {
        let hash = HASHER.hash_one((ends, phones)) & !Self::OF_ID.get();
        Self(NonZeroU64::new(hash).unwrap_or(Self::OF_ID.saturating_add(1)))
    }

    fn is_of_id(self) -> bool {
        self.0.get() & Self::OF_ID.get() != 0
    }
}

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
        Self { card: CardKey::of_numbers(ends, phones), name: Some(name_key(name.as_bytes())) }
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

    /// Returns whether two contents are the same, as far as both are known.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let comparable = self.card.is_of_id() == other.card.is_of_id();
        let names = self.name.zip(other.name);
        (self.card == other.card || !comparable)
            && names.is_none_or(|(one, another)| one == another)
    }
}

/// The cells of a results line that say which card went to whom.
#[derive(Debug, Clone, Copy)]
pub(in crate::record) struct CardCells<'a> {
    pub(in crate::record) campaign: &'a [u8],
    pub(in crate::record) from: &'a [u8],
    pub(in crate::record) to: &'a [u8],
    pub(in crate::record) name: &'a [u8],
    pub(in crate::record) phone: &'a [u8],
    pub(in crate::record) card_id: &'a [u8],
}

impl<'a> CardCells<'a> {
    /// The card id that belongs to the other cells; `None` when a spreadsheet has damaged them.
    pub(super) fn computed_id(&self) -> Option<CardId> {
        card_id_of([self.campaign, self.from, self.to, self.phone])
    }

    /// The content, by the card's numbers where they are whole, else by its id.
    fn content(&self, campaign_is_whole: bool) -> Option<Content> {
        let sure = campaign_is_whole && !self.may_be_rounded();
        let card = match self.by_numbers() {
            Some(card) if sure || self.is_consistent() => Some(card),
            _ => self.recorded_id().map(CardKey::of_id_text),
        };
        let name = std::str::from_utf8(self.name).ok().map(|_| name_key(self.name));
        card.map(|card| Content { card, name })
    }

    fn by_numbers(&self) -> Option<CardKey> {
        let whole = |sum, phone| is_number(phone).then(|| with_number(sum, phone));
        let phones = numbers_in(self.phone).try_fold(0, whole)?;
        (is_number(self.from) && is_number(self.to))
            .then(|| CardKey::of_numbers([self.campaign, self.from, self.to], phones))
    }

    fn recorded_id(&self) -> Option<&'a [u8]> {
        let is_uuid = self.card_id.len() == 36 && Uuid::try_parse_ascii(self.card_id).is_ok();
        is_uuid.then_some(self.card_id)
    }

    /// Returns whether the card id is that of the other cells. A line without one has nothing that
    /// they can be compared with.
    fn is_consistent(&self) -> bool {
        let is_same = |id| self.computed_id().is_some_and(|own| own.as_str().as_bytes() == id);
        self.recorded_id().is_none_or(is_same)
    }

    /// Returns whether a number ends as those do that a spreadsheet saved as `2.54712E+11` and
    /// somebody changed back to digits.
    fn may_be_rounded(&self) -> bool {
        [self.from, self.to, self.phone].iter().any(|number| number.ends_with(b"00000"))
    }
}

/// The card id of a campaign, a sender, a recipient and a card's numbers, in the form of the
/// results' cells; `None` when a spreadsheet has damaged them.
pub(in crate::record) fn card_id_of([campaign, from, to, phone]: [&[u8]; 4]) -> Option<CardId> {
    let whole = is_number(from) && is_number(to) && numbers_in(phone).all(is_number);
    let campaign = std::str::from_utf8(campaign).ok().filter(|_| whole)?;
    Some(CardId::new(campaign, from, to, numbers_in(phone)))
}

fn numbers_in(phone: &[u8]) -> impl Iterator<Item = &[u8]> {
    phone.split(|byte| *byte == b' ')
}

/// Reads the content of one results line after the other.
#[derive(Debug, Default)]
pub(in crate::record) struct ContentReader {
    /// The last line's campaign.
    campaign: Vec<u8>,
    /// Whether that is the name with which the messages were sent, as far as it is known.
    campaign_is_whole: Option<bool>,
}

impl ContentReader {
    /// The content of the next line; `None` when a spreadsheet has damaged its numbers
    /// (`2.54712E+11`) and it has no card id.
    ///
    /// A spreadsheet changes a campaign's name (`2026-03` to `Mar-26`) in all lines. So the name is
    /// compared with the card id only where it is another one than in the line before: computing an
    /// id takes as long as reading a line.
    pub(in crate::record) fn read(&mut self, cells: &CardCells<'_>) -> Option<Content> {
        if self.campaign != cells.campaign {
            cells.campaign.clone_into(&mut self.campaign);
            self.campaign_is_whole = None;
        }
        if self.campaign_is_whole.is_none()
            && cells.recorded_id().is_some()
            && cells.by_numbers().is_some()
        {
            self.campaign_is_whole = Some(cells.is_consistent());
        }
        cells.content(self.campaign_is_whole.unwrap_or(true))
    }
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

/// Messages by their card.
#[derive(Debug, Default)]
pub struct Cards(Vec<(CardKey, IdKey)>);

impl Cards {
    /// Sorts messages by their card.
    #[must_use]
    pub fn of(messages: impl IntoIterator<Item = (IdKey, CardKey)>) -> Self {
        let mut cards: Vec<_> = messages.into_iter().map(|(id, card)| (card, id)).collect();
        cards.sort_unstable();
        Self(cards)
    }

    /// Returns whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether of any card only the id is known.
    #[must_use]
    pub fn have_ids(&self) -> bool {
        self.0.iter().any(|(card, _)| card.is_of_id())
    }

    /// The ids of the messages with a card.
    pub fn with(&self, card: CardKey) -> impl Iterator<Item = IdKey> {
        let first = self.0.partition_point(|(other, _)| *other < card);
        self.0[first..].iter().take_while(move |(other, _)| *other == card).map(|(_, id)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn content_of(campaign: &str, to: &str, name: &str, phones: &str) -> Content {
        Content::of(campaign, "254110090747", to, name, phones.split(' '))
    }

    #[test]
    fn a_card_key_depends_on_everything_but_the_name_and_the_order_of_numbers() {
        let card = content_of("spring", "254712345678", "Jane", "254700000001 254700000002");
        for (other, same_card, agrees) in [
            (content_of("spring", "254712345678", "Jane", "254700000001 254700000002"), true, true),
            (content_of("spring", "254712345678", "Jane", "254700000002 254700000001"), true, true),
            (
                content_of("spring", "254712345678", "Joan", "254700000001 254700000002"),
                true,
                false,
            ),
            (
                content_of("autumn", "254712345678", "Jane", "254700000001 254700000002"),
                false,
                false,
            ),
            (
                content_of("spring", "254712345679", "Jane", "254700000001 254700000002"),
                false,
                false,
            ),
            (content_of("spring", "254712345678", "Jane", "254700000001"), false, false),
            (
                content_of("spring", "254712345678", "Jane", "254700000001 254700000001"),
                false,
                false,
            ),
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
            let (to, phone) = (to.as_bytes(), phone.as_bytes());
            let content = ContentReader::default().read(&CardCells { to, name, phone, ..CELLS });
            content.map(|content| content.agrees_with(&sent))
        };
        assert_eq!(agrees("254712345678", "Zoë".as_bytes(), "1234567"), Some(true));
        assert_eq!(agrees("254712345678", b"Zo\xeb", "1234567"), Some(true));
        assert_eq!(agrees("254712345678", b"Zoe", "1234567"), Some(false));
        assert_eq!(agrees("2.54712E+11", "Zoë".as_bytes(), "1234567"), None);
        assert_eq!(agrees("254712345678", "Zoë".as_bytes(), "1.2E+06"), None);
        assert_eq!(agrees("", b"", ""), None);
    }

    /// A line of a file without card ids.
    const CELLS: CardCells<'static> = CardCells {
        campaign: b"",
        from: b"254110090747",
        to: b"254712345678",
        name: b"Jane",
        phone: b"1234567",
        card_id: b"",
    };

    #[test]
    fn a_card_is_known_by_its_numbers_and_else_by_its_id() {
        let id = CardId::new("2026-03", CELLS.from, CELLS.to, [CELLS.phone]);
        let card_id = id.as_str().as_bytes();
        let whole = CardCells { campaign: b"2026-03", card_id, ..CELLS };
        let numbers = content_of("2026-03", "254712345678", "Jane", "1234567").card();
        let rounded = content_of("", "254712300000", "Jane", "1234567").card();
        let by_id = CardKey::of_id(&id);
        for (cells, card) in [
            (whole, Some(numbers)),
            (CardCells { card_id: b"", ..whole }, Some(numbers)),
            (CardCells { to: b"2.54712E+11", ..whole }, Some(by_id)),
            (CardCells { from: b"2.5411E+11", ..whole }, Some(by_id)),
            (CardCells { phone: b"1.2E+06", ..whole }, Some(by_id)),
            // Changed back to digits, but not to the same ones.
            (CardCells { to: b"254712000000", ..whole }, Some(by_id)),
            (CardCells { from: b"254110000000", ..whole }, Some(by_id)),
            (CardCells { phone: b"1200000", ..whole }, Some(by_id)),
            (CardCells { campaign: b"Mar-26", ..whole }, Some(by_id)),
            (CardCells { campaign: b"M\xe4rz", ..whole }, Some(by_id)),
            (CardCells { to: b"254712300000", ..CELLS }, Some(rounded)),
            (CardCells { to: b"2.54712E+11", ..CELLS }, None),
            (CardCells { to: b"2.54712E+11", card_id: b"x", ..whole }, None),
            (CardCells { card_id: b"x", ..whole }, Some(numbers)),
        ] {
            let content = ContentReader::default().read(&cells);
            assert_eq!(content.map(|content| content.card()), card, "{cells:?}");
        }
    }

    #[test]
    fn a_damaged_campaign_is_noticed_in_each_of_its_lines() {
        let id = |campaign: &str| CardId::new(campaign, CELLS.from, CELLS.to, [CELLS.phone]);
        let ids = ["2026-03", "Mar-26", "x"].map(id);
        let mut reader = ContentReader::default();
        for (campaign, sent_as, by_id) in [
            ("Mar-26", 0, true),
            ("Mar-26", 0, true),
            ("x", 2, false),
            ("x", 2, false),
            ("Mar-26", 1, false),
            ("2026-03", 0, false),
        ] {
            let (campaign, card_id) = (campaign.as_bytes(), ids[sent_as].as_str().as_bytes());
            let content = reader.read(&CardCells { campaign, card_id, ..CELLS }).unwrap();
            assert_eq!(content.card().is_of_id(), by_id, "{campaign:?} sent as {sent_as}");
        }
    }

    #[test]
    fn contents_that_are_known_in_different_ways_differ_by_their_names_only() {
        let id = CardId::new("", CELLS.from, CELLS.to, [CELLS.phone]);
        let card_id = id.as_str().as_bytes();
        let damaged = CardCells { to: b"2.5E+11", card_id, ..CELLS };
        let damaged = ContentReader::default().read(&damaged).unwrap();
        let of = |name: &str, phones: &str| content_of("", "254712345678", name, phones);
        assert!(damaged.agrees_with(&of("Jane", "1234567")));
        assert!(!damaged.agrees_with(&of("Joan", "1234567")));
        assert!(damaged.agrees_with(&damaged));
    }

    #[test]
    fn the_end_of_one_text_and_the_start_of_the_next_make_a_difference() {
        assert_ne!(content_of("ab", "c", "", "1").card(), content_of("a", "bc", "", "1").card());
        assert_ne!(content_of("", "abc", "", "1").card(), content_of("abc", "", "", "1").card());
    }

    #[test]
    fn similar_names_and_numbers_have_different_keys() {
        let texts: Vec<String> = (0..20_000).map(|number| format!("2547{number:08}")).collect();
        let names: HashSet<_> = texts.iter().map(|text| name_key(text.as_bytes())).collect();
        let cards: HashSet<_> =
            texts.iter().map(|text| content_of("", text, "", "1").card()).collect();
        assert_eq!(cards.len(), texts.len());
        assert!(names.len() + 3 > texts.len(), "{} of {}", names.len(), texts.len());
    }

    #[test]
    fn a_card_under_another_id_is_found() {
        let card = |to: &str| Content::of("", "1", to, "Jane", ["2"]).card();
        let ids = ["a", "b", "c"].map(IdKey::of);
        let cards = Cards::of([(ids[0], card("7")), (ids[1], card("8")), (ids[2], card("7"))]);
        let mut found: Vec<IdKey> = cards.with(card("7")).collect();
        let mut expected = vec![ids[0], ids[2]];
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(cards.with(card("9")).count(), 0);
    }
}
