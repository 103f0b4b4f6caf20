//! Which messages of this run came up before, and where.
//!
//! Ten million messages must fit, so an id costs 21 bytes and the table's slack: its key and the
//! place of its row in five bytes.

use std::collections::HashMap;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::message::{IdKey, Message};
use crate::read::{Place, SourceId};

/// The table grows shard by shard, so that growing never needs twice the memory.
const SHARDS: usize = 16;

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
    shards: [HashTable<Slot>; SHARDS],
    own_contents: HashMap<IdKey, IdKey>,
    lines: GlobalLines,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    key: IdKey,
    line: [u8; 5],
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

    /// Whether a message with this id came up.
    #[must_use]
    pub fn contains(&self, key: &IdKey) -> bool {
        self.shards[shard(key)].find(key.spread(), |slot| slot.key == *key).is_some()
    }

    /// How many different messages came up.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(HashTable::len).sum()
    }

    /// Whether none came up yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn first_place(&mut self, key: IdKey, here: Place) -> Option<Place> {
        let line = self.lines.pack(here);
        let table = &mut self.shards[shard(&key)];
        let found = table.entry(key.spread(), |slot| slot.key == key, |slot| slot.key.spread());
        match found {
            Entry::Occupied(slot) => Some(self.lines.unpack(slot.get().line)),
            Entry::Vacant(free) => {
                free.insert(Slot { key, line });
                None
            }
        }
    }
}

fn shard(key: &IdKey) -> usize {
    usize::from(key.0[15]) % SHARDS
}

/// Places as one number: the lines of all sources counted through, in the order they are met.
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
        let line = base + place.line;
        self.highest = self.highest.max(line);
        let [a, b, c, d, e, ..] = line.to_le_bytes();
        [a, b, c, d, e]
    }

    fn unpack(&self, [a, b, c, d, e]: [u8; 5]) -> Place {
        let line = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
        let next = self.bases.partition_point(|(base, _)| *base < line);
        let (base, source) = self.bases[next.saturating_sub(1)];
        Place { source, line: line - base }
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
