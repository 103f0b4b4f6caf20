//! Which messages of this run came up before, and where.
//!
//! Ten million messages must fit, so an id costs 21 bytes (its key and the place of its row in
//! five) and a little room between them: 26 to 33 bytes at any number of messages.

use std::collections::HashMap;

use super::message::{IdKey, Message};
use crate::read::{Place, SourceId};

/// The table grows shard by shard, so that growing never needs twice the memory.
const SHARDS: usize = 64;

/// What a message meets among those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meeting {
    /// It is new, and remembered from now on.
    New,
    /// The same message stands at that place.
    Duplicate(Place),
    /// Its own id stands at that place with other content.
    Conflict(Place),
}

/// All messages that came up so far.
#[derive(Debug, Default)]
pub struct Seen {
    shards: Shards,
    own_contents: HashMap<IdKey, IdKey>,
    lines: GlobalLines,
}

impl Seen {
    /// Looks the message of the row at `here` up, and remembers it when it is new.
    pub fn meet(&mut self, message: &Message, here: Place) -> Meeting {
        let key = message.id.key();
        match self.first_place(key, here) {
            None => {
                if message.id.is_own() {
                    self.own_contents.insert(key, message.content_key());
                }
                Meeting::New
            }
            Some(place) => match self.own_contents.get(&key) {
                Some(content) if *content != message.content_key() => Meeting::Conflict(place),
                _ => Meeting::Duplicate(place),
            },
        }
    }

    /// Looks ahead to where `keys` will be met. Each lies somewhere else in a memory that no cache
    /// holds: looked for right one after the other they are fetched side by side, and not each in
    /// its turn.
    pub fn look_ahead(&self, keys: impl Iterator<Item = IdKey>) {
        let touched = keys.filter_map(|key| self.shards.of(&key).at_home(&key)).map(u32::from);
        std::hint::black_box(touched.sum::<u32>());
    }

    /// Whether a message with this id came up.
    #[must_use]
    pub fn contains(&self, key: &IdKey) -> bool {
        self.shards.of(key).find(key).is_ok()
    }

    /// How many different messages came up.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.0.iter().map(|shard| shard.used).sum()
    }

    /// Whether none came up yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn first_place(&mut self, key: IdKey, here: Place) -> Option<Place> {
        let line = self.lines.pack(here);
        let first = self.shards.of_mut(&key).find_or_insert(Slot { key, line })?;
        Some(self.lines.unpack(first))
    }
}

/// A message's key and the line of its row, which is never 0 where there is one.
#[derive(Debug, Clone, Copy)]
struct Slot {
    key: IdKey,
    line: [u8; 5],
}

impl Slot {
    const FREE: Self = Self { key: IdKey([0; 16]), line: [0; 5] };

    fn is_free(&self) -> bool {
        self.line == Self::FREE.line
    }
}

#[derive(Debug)]
struct Shards([Shard; SHARDS]);

impl Default for Shards {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Shard::default()))
    }
}

impl Shards {
    fn of(&self, key: &IdKey) -> &Shard {
        &self.0[Self::number(key)]
    }

    fn of_mut(&mut self, key: &IdKey) -> &mut Shard {
        &mut self.0[Self::number(key)]
    }

    /// By the hash's low bits; the high ones give the place in the shard.
    fn number(key: &IdKey) -> usize {
        usize::from(key.spread().to_le_bytes()[0]) % SHARDS
    }
}

/// A table of slots, each as near behind the place that its hash gives as there was room. Kept
/// between 64 and 80 hundredths full, which a table that doubles cannot be.
#[derive(Debug, Default)]
struct Shard {
    slots: Vec<Slot>,
    used: usize,
}

impl Shard {
    /// The line that is known of the slot's key, or puts the slot there.
    fn find_or_insert(&mut self, slot: Slot) -> Option<[u8; 5]> {
        if (self.used + 1) * 5 > self.slots.len() * 4 {
            self.grow();
        }
        match self.find(&slot.key) {
            Ok(known) => Some(known.line),
            Err(free) => {
                self.slots[free] = slot;
                self.used += 1;
                None
            }
        }
    }

    /// The slot of `key`, or the place where it would be put; past the end in an empty table.
    fn find(&self, key: &IdKey) -> Result<&Slot, usize> {
        let mut at = self.home(key);
        while let Some(slot) = self.slots.get(at) {
            if slot.is_free() {
                return Err(at);
            }
            if slot.key == *key {
                return Ok(slot);
            }
            at = (at + 1) % self.slots.len();
        }
        Err(at)
    }

    /// Where `key` stands if there was room.
    fn home(&self, key: &IdKey) -> usize {
        let wanted = u128::from(key.spread()) * self.slots.len() as u128;
        usize::try_from(wanted >> 64).unwrap_or_default()
    }

    /// A byte of what stands there.
    fn at_home(&self, key: &IdKey) -> Option<u8> {
        self.slots.get(self.home(key)).map(|slot| slot.line[0])
    }

    /// A quarter more room. The places keep their order, so this runs through the memory once.
    fn grow(&mut self) {
        let room = (self.slots.len() + self.slots.len() / 4).max(16);
        let old = std::mem::replace(&mut self.slots, vec![Slot::FREE; room]);
        for slot in old.into_iter().filter(|slot| !slot.is_free()) {
            if let Err(free) = self.find(&slot.key) {
                self.slots[free] = slot;
            }
        }
    }
}

/// Places as one number from 1: the lines of all sources counted through, in the order they are
/// met.
#[derive(Debug, Default)]
struct GlobalLines {
    /// The number in front of each source's first line, ascending.
    bases: Vec<(u64, SourceId)>,
    highest: u64,
}

impl GlobalLines {
    fn pack(&mut self, place: Place) -> [u8; 5] {
        let base = match self.bases.iter().rev().find(|(_, source)| *source == place.source) {
            Some((base, _)) => *base,
            None => {
                self.bases.push((self.highest, place.source));
                self.highest
            }
        };
        let line = base + place.line + 1;
        self.highest = self.highest.max(line);
        let [a, b, c, d, e, ..] = line.to_le_bytes();
        [a, b, c, d, e]
    }

    fn unpack(&self, [a, b, c, d, e]: [u8; 5]) -> Place {
        let line = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
        let next = self.bases.partition_point(|(base, _)| *base < line);
        let (base, source) = self.bases[next.saturating_sub(1)];
        Place { source, line: line - base - 1 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::prepare::message::{CardPhone, Contact, MessageId, Origin};
    use crate::prepare::phone::PhoneNumber;

    fn place(source: u32, line: u64) -> Place {
        Place { source: SourceId(source), line }
    }

    fn message(name: &str) -> Message {
        let number = PhoneNumber::from_digits("254712345678").unwrap();
        let origin = Origin { campaign: String::new(), from: number };
        let contact = Contact {
            name: name.into(),
            phones: [CardPhone { number, kind: None, wa_id: None }].into(),
            place: place(0, 1),
        };
        Message::new(&Arc::new(origin), number, &Arc::new(contact))
    }

    #[test]
    fn the_second_one_is_told_where_the_first_one_stands() {
        let mut seen = Seen::default();
        let places = [(0, 2), (0, 1_000_000), (1, 1), (1, 7), (2, 1)];
        for (n, (source, line)) in places.iter().enumerate() {
            let new = message(&format!("n{n}"));
            assert_eq!(seen.meet(&new, place(*source, *line)), Meeting::New);
        }
        for (n, (source, line)) in places.iter().enumerate() {
            let again = message(&format!("n{n}"));
            let first = Meeting::Duplicate(place(*source, *line));
            assert_eq!(seen.meet(&again, place(2, 50)), first);
        }
        assert_eq!(seen.len(), places.len());
    }

    /// Ids of the user's own may be numbered through: the worst that a table can get.
    #[test]
    fn nothing_is_forgotten_and_nothing_made_up() {
        let numbered = |n: u64| {
            let id = MessageId::own(&format!("00000000-0000-0000-0000-{n:012}")).unwrap();
            Message { id, ..message("Ann") }
        };
        let mut seen = Seen::default();
        for n in 0..20_000 {
            assert_eq!(seen.meet(&numbered(n), place(0, n)), Meeting::New, "{n}");
        }
        for n in 0..20_000 {
            let first = Meeting::Duplicate(place(0, n));
            assert_eq!(seen.meet(&numbered(n), place(0, 99_999)), first, "{n}");
        }
        assert_eq!(seen.len(), 20_000);
        assert!(!seen.contains(&numbered(20_000).id.key()));
    }

    #[test]
    fn an_own_id_with_other_content_is_a_conflict() {
        let own = |message: Message| Message { id: MessageId::own("a1").unwrap(), ..message };
        let mut seen = Seen::default();
        let first = place(0, 2);
        assert_eq!(seen.meet(&own(message("Ann")), first), Meeting::New);
        assert_eq!(seen.meet(&own(message("Ann")), place(0, 3)), Meeting::Duplicate(first));
        assert_eq!(seen.meet(&own(message("Bob")), place(0, 4)), Meeting::Conflict(first));
    }
}
