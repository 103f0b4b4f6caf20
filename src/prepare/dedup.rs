//! The messages of this run that occurred before, each with its row.
//!
//! Ten million messages must fit into memory, so an id costs 21 bytes (its key, and the place of
//! its row in five) and 6 to 12 of index.

use std::collections::HashMap;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::message::{IdKey, Message};
use crate::read::{Place, SourceId};

/// The relation of a message to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occurrence {
    /// It is the first one with its id.
    First,
    /// The same message is at that place.
    Duplicate(Place),
    /// Its own id is used at that place for other content.
    Conflict(Place),
}

/// The messages that occurred so far.
#[derive(Debug, Default)]
pub struct SeenMessages {
    /// The index of each key in `first_rows`.
    index: HashTable<u32>,
    first_rows: FirstRows,
    /// The content keys of messages with an id of their own.
    own_contents: HashMap<IdKey, IdKey>,
    lines: GlobalLines,
}

impl SeenMessages {
    /// Adds the message of the row at `here`, if no message with its id occurred before.
    pub fn insert(&mut self, message: &Message, here: Place) -> Occurrence {
        let key = message.id.key();
        let Some(place) = self.insert_key(key, here) else {
            if message.id.is_own() {
                self.own_contents.insert(key, message.content_key());
            }
            return Occurrence::First;
        };
        match self.own_contents.get(&key) {
            Some(content) if *content != message.content_key() => Occurrence::Conflict(place),
            _ => Occurrence::Duplicate(place),
        }
    }

    /// Returns whether a message with this id occurred.
    #[must_use]
    pub fn contains(&self, key: &IdKey) -> bool {
        self.index.find(key.spread(), |at| self.first_rows.get(*at).key == *key).is_some()
    }

    /// Reads the index at each of these keys. The index is larger than the processor's caches; read
    /// one after the other, its parts are loaded at the same time.
    pub fn prefetch(&self, keys: impl Iterator<Item = IdKey>) {
        std::hint::black_box(keys.filter(|key| self.contains(key)).count());
    }

    /// Adds the key, or returns the place of the first row with it.
    fn insert_key(&mut self, key: IdKey, here: Place) -> Option<Place> {
        if self.index.len() == self.index.capacity() {
            self.grow();
        }
        let rows = &mut self.first_rows;
        let is_same = |at: &u32| rows.get(*at).key == key;
        match self.index.entry(key.spread(), is_same, |at| rows.get(*at).key.spread()) {
            Entry::Occupied(at) => Some(self.lines.unpack(rows.get(*at.get()).line)),
            Entry::Vacant(free) => {
                free.insert(rows.push(FirstRow { key, line: self.lines.pack(here) }));
                None
            }
        }
    }

    /// Doubles the index. It is filled again in the order of the rows: the table would read their
    /// keys in its own order, from all over the memory (measured: a tenth of a check's time).
    fn grow(&mut self) {
        let rows = &self.first_rows;
        // Frees the old index first. The next size of a table is twice the old one.
        self.index = HashTable::new();
        self.index = HashTable::with_capacity(rows.len + 1);
        for (at, row) in (0..).zip(rows.chunks.iter().flatten()) {
            self.index.insert_unique(row.key.spread(), at, |at| rows.get(*at).key.spread());
        }
    }
}

/// The key of a message and the line of the first row with it.
#[derive(Debug, Clone, Copy)]
struct FirstRow {
    key: IdKey,
    line: [u8; 5],
}

/// A list that grows in chunks: a `Vec` would need twice the memory while it moves.
#[derive(Debug, Default)]
struct FirstRows {
    chunks: Vec<Vec<FirstRow>>,
    len: usize,
}

impl FirstRows {
    const CHUNK: usize = 4096;

    fn get(&self, at: u32) -> &FirstRow {
        &self.chunks[at as usize / Self::CHUNK][at as usize % Self::CHUNK]
    }

    /// Adds a row and returns its index. Memory ends long before 2³² rows.
    fn push(&mut self, row: FirstRow) -> u32 {
        let at = self.len;
        if at.is_multiple_of(Self::CHUNK) {
            self.chunks.push(Vec::with_capacity(Self::CHUNK));
        }
        self.chunks[at / Self::CHUNK].push(row);
        self.len += 1;
        u32::try_from(at).unwrap_or(u32::MAX)
    }
}

/// Places as one number: the lines of all sources, counted through in the order in which they
/// occur.
#[derive(Debug, Default)]
struct GlobalLines {
    /// The number of each source's line 0, ascending.
    starts: Vec<(u64, SourceId)>,
    /// The lowest number that no line has.
    next: u64,
}

impl GlobalLines {
    fn pack(&mut self, place: Place) -> [u8; 5] {
        let start = match self.starts.iter().rev().find(|(_, source)| *source == place.source) {
            Some((start, _)) => *start,
            None => {
                self.starts.push((self.next, place.source));
                self.next
            }
        };
        let line = start + place.line;
        self.next = self.next.max(line + 1);
        let [a, b, c, d, e, ..] = line.to_le_bytes();
        [a, b, c, d, e]
    }

    fn unpack(&self, [a, b, c, d, e]: [u8; 5]) -> Place {
        let line = u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]);
        let after = self.starts.partition_point(|(start, _)| *start <= line);
        let (start, source) = self.starts[after.saturating_sub(1)];
        Place { source, line: line - start }
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
    fn a_duplicate_gets_the_place_of_the_first() {
        let mut seen = SeenMessages::default();
        let places = [(0, 2), (0, 1_000_000), (1, 1), (1, 7), (2, 0)];
        for (n, (source, line)) in places.iter().enumerate() {
            let new = message(&format!("n{n}"));
            assert_eq!(seen.insert(&new, place(*source, *line)), Occurrence::First);
        }
        for (n, (source, line)) in places.iter().enumerate() {
            let again = message(&format!("n{n}"));
            let first = Occurrence::Duplicate(place(*source, *line));
            assert_eq!(seen.insert(&again, place(2, 50)), first);
        }
    }

    /// The user's own ids may be consecutive numbers, the worst case for a hash.
    #[test]
    fn twenty_thousand_consecutive_ids_are_all_found_again() {
        let numbered = |n: u64| {
            let id = MessageId::own(&format!("00000000-0000-0000-0000-{n:012}")).unwrap();
            Message { id, ..message("Ann") }
        };
        let mut seen = SeenMessages::default();
        for n in 0..20_000 {
            assert_eq!(seen.insert(&numbered(n), place(0, n)), Occurrence::First, "{n}");
            let len = seen.first_rows.len;
            assert!(seen.index.capacity() <= 2 * len + 1, "the index doubles: {len}");
        }
        for n in 0..20_000 {
            let first = Occurrence::Duplicate(place(0, n));
            assert_eq!(seen.insert(&numbered(n), place(0, 99_999)), first, "{n}");
        }
        assert!(seen.contains(&numbered(19_999).id.key()));
        assert!(!seen.contains(&numbered(20_000).id.key()));
    }

    #[test]
    fn an_own_id_with_other_content_is_a_conflict() {
        let own = |message: Message| Message { id: MessageId::own("a1").unwrap(), ..message };
        let mut seen = SeenMessages::default();
        let first = place(0, 2);
        assert_eq!(seen.insert(&own(message("Ann")), first), Occurrence::First);
        assert_eq!(seen.insert(&own(message("Ann")), place(0, 3)), Occurrence::Duplicate(first));
        assert_eq!(seen.insert(&own(message("Bob")), place(0, 4)), Occurrence::Conflict(first));
    }
}
