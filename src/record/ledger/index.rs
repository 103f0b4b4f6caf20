//! What is kept in memory of each message: 16 bytes of id, 16 bytes of value, 5 to 12 of index.
//!
//! Ids and cards are kept as hashes of their texts. Two texts that meet by chance are not told
//! apart; at ten million messages the odds of one such pair of ids are below 1 in 10²².

use std::num::{NonZeroU32, NonZeroU64};

use crate::prepare::message::IdKey;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::hash::{SEEDS, hashed, mixed};

/// The campaign, the sender, the recipient and the card's numbers in any order: what a message
/// still has in common with itself when only the name on the card was corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardKey(NonZeroU64);

/// What a message says, as far as one id must not stand for two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    card: CardKey,
    /// `None` when a spreadsheet saved the name in an encoding of its own.
    name: Option<NonZeroU32>,
}

impl Content {
    /// The content of a message; numbers are digits only, texts as they are sent.
    #[must_use]
    pub fn of<'a>(
        campaign: &str,
        from: &str,
        to: &str,
        name: &str,
        phones: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let ends = [campaign, from, to].map(str::as_bytes);
        let phones = phones.into_iter().map(str::as_bytes);
        Self { card: card_key(ends, phones.fold(0, with_number)), name: name_key(name.as_bytes()) }
    }

    /// The content that a line of the ledger tells, unless a spreadsheet has spoiled its numbers
    /// (`2.54712E+11`).
    pub(super) fn told(
        campaign: &[u8],
        from: &[u8],
        to: &[u8],
        name: &[u8],
        phone: &[u8],
    ) -> Option<Self> {
        let mut phones = phone.split(|byte| *byte == b' ');
        let numbers =
            phones.try_fold(0, |sum, phone| digits(phone).then(|| with_number(sum, phone)))?;
        (digits(from) && digits(to)).then(|| Self {
            card: card_key([campaign, from, to], numbers),
            name: std::str::from_utf8(name).ok().and_then(|_| name_key(name)),
        })
    }

    pub(super) fn from_keys(card: CardKey, name: Option<NonZeroU32>) -> Self {
        Self { card, name }
    }

    pub(super) fn name(&self) -> Option<NonZeroU32> {
        self.name
    }

    /// What it has in common with itself under another name.
    #[must_use]
    pub fn card(&self) -> CardKey {
        self.card
    }

    /// Whether both say the same, as far as both are known.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        let names = self.name.zip(other.name);
        self.card == other.card && names.is_none_or(|(one, another)| one == another)
    }
}

fn card_key(ends: [&[u8]; 3], numbers: u64) -> CardKey {
    let ends = ends.into_iter().fold(0, hashed);
    let key = NonZeroU64::new(mixed(ends ^ SEEDS[0], numbers ^ SEEDS[1]));
    CardKey(key.unwrap_or(NonZeroU64::MIN))
}

/// A sum, because the order of a card's numbers does not matter.
fn with_number(sum: u64, phone: &[u8]) -> u64 {
    sum.wrapping_add(hashed(0, phone))
}

fn digits(cell: &[u8]) -> bool {
    !cell.is_empty() && cell.iter().all(u8::is_ascii_digit)
}

/// Half of a hash: names are compared only between messages that have all else in common.
fn name_key(name: &[u8]) -> Option<NonZeroU32> {
    let half = u32::try_from(hashed(0, name) >> 32).ok();
    half.and_then(NonZeroU32::new).or(Some(NonZeroU32::MIN))
}

/// A value for each id, found by its key.
#[derive(Debug)]
pub(in crate::record) struct Index<V> {
    places: HashTable<u32>,
    held: Vec<(IdKey, V)>,
}

impl<V> Default for Index<V> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<V> Index<V> {
    pub(in crate::record) fn with_capacity(ids: usize) -> Self {
        Self { places: HashTable::with_capacity(ids), held: Vec::with_capacity(ids) }
    }

    pub(in crate::record) fn get(&self, id: &IdKey) -> Option<&V> {
        let place = self.places.find(id.spread(), |place| self.holds(*place, id))?;
        self.held.get(*place as usize).map(|(_, value)| value)
    }

    pub(in crate::record) fn get_mut(&mut self, id: &IdKey) -> Option<&mut V> {
        let place = *self.places.find(id.spread(), |place| self.holds(*place, id))?;
        self.held.get_mut(place as usize).map(|(_, value)| value)
    }

    /// Puts a value under an id, or lets `merge` take it into the one that is there already. Says
    /// whether there was one.
    pub(in crate::record) fn put(
        &mut self,
        id: IdKey,
        value: V,
        merge: impl FnOnce(&mut V, V),
    ) -> bool {
        let Self { places, held } = self;
        let at = |place: &u32| held.get(*place as usize);
        let same = |place: &u32| at(place).is_some_and(|(held, _)| *held == id);
        let rehash = |place: &u32| at(place).map_or(0, |(held, _)| held.spread());
        match places.entry(id.spread(), same, rehash) {
            Entry::Occupied(place) => {
                if let Some((_, there)) = held.get_mut(*place.get() as usize) {
                    merge(there, value);
                }
                true
            }
            Entry::Vacant(place) => {
                place.insert(u32::try_from(held.len()).unwrap_or(u32::MAX));
                held.push((id, value));
                false
            }
        }
    }

    pub(in crate::record) fn len(&self) -> usize {
        self.held.len()
    }

    pub(in crate::record) fn iter(&self) -> impl Iterator<Item = &(IdKey, V)> {
        self.held.iter()
    }

    fn holds(&self, place: u32, id: &IdKey) -> bool {
        self.held.get(place as usize).is_some_and(|(held, _)| held == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_canonical_uuid_is_its_own_key() {
        let id = "ca739107-4b0d-4581-acb1-4c4af70555de";
        assert_eq!(IdKey::of(id).0[..4], [0xca, 0x73, 0x91, 0x07]);
        let others = [
            "CA739107-4B0D-4581-ACB1-4C4AF70555DE",
            "ca7391074b0d4581acb14c4af70555de",
            "ca739107-4b0d-4581-acb1-4c4af70555dg",
            "order-1",
            "",
        ];
        let mut keys: Vec<IdKey> = others.iter().map(|id| IdKey::of(id)).collect();
        keys.push(IdKey::of(id));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), others.len() + 1);
    }

    #[test]
    fn an_index_gives_back_what_it_took() {
        let mut index = Index::default();
        let id = |number: u32| IdKey::of(&format!("00000000-0000-0000-0000-{number:012}"));
        for number in 0..5000 {
            assert!(index.get(&id(number)).is_none());
            assert!(!index.put(id(number), number, |_, _| {}));
        }
        assert!(index.put(id(7), 63, |value, more| *value += more));
        assert_eq!(index.len(), 5000);
        assert_eq!(index.get(&id(7)), Some(&70));
        assert_eq!(index.get(&id(4999)), Some(&4999));
    }

    fn content(campaign: &str, to: &str, name: &str, phones: &str) -> Content {
        Content::of(campaign, "254110090747", to, name, phones.split(' '))
    }

    #[test]
    fn a_card_is_the_same_under_another_name_and_in_another_order() {
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
    fn a_line_tells_what_was_sent_unless_a_spreadsheet_spoiled_it() {
        let told = |to: &str, name: &[u8], phone: &str| {
            Content::told(b"", b"254110090747", to.as_bytes(), name, phone.as_bytes())
        };
        let sent = Content::of("", "254110090747", "254712345678", "Zoë", ["1234567"]);
        let agrees = |content: Option<Content>| content.map(|told| told.agrees_with(&sent));
        assert_eq!(agrees(told("254712345678", "Zoë".as_bytes(), "1234567")), Some(true));
        assert_eq!(agrees(told("254712345678", b"Zo\xeb", "1234567")), Some(true));
        assert_eq!(agrees(told("254712345678", b"Zoe", "1234567")), Some(false));
        assert_eq!(agrees(told("2.54712E+11", "Zoë".as_bytes(), "1234567")), None);
        assert_eq!(agrees(told("254712345678", "Zoë".as_bytes(), "1.2E+06")), None);
        assert_eq!(agrees(told("", b"", "")), None);
    }
}
