//! The state of every message after all lines of a results file.

use std::io;
use std::num::NonZeroU32;
use std::path::Path;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;

use super::content::{CardKey, Content, ContentReader};
use super::entry::{Entry, time};
use super::reader::Records;
use super::refusals::Refusals;
use crate::prepare::message::IdKey;
use crate::read::own_columns::Column;
use crate::record::error::Error;
use crate::record::memory::Holdings;
use crate::record::names::REHEARSAL;
use crate::send::outcome::Status;

/// The number of lines that are read before they go into the index. Its slots are far apart in
/// memory; looked up one right after the other, they are fetched in parallel.
const BATCH: usize = 2048;

/// More senders than this are not numbers, but a damaged column.
const MOST_SENDERS: usize = 16;

/// The state of a message after all runs so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageState {
    /// Its status.
    pub status: Status,
    /// The number of posts over all runs; 65,535 stands for more.
    pub attempts: u32,
}

/// Returns whether a line with the status `new` counts where `old` counted before.
///
/// `sent` stays. `unknown` can only become `sent`: what may have been accepted is not undone by a
/// later refusal. Otherwise the last line counts.
#[must_use]
pub fn counts_over(new: Status, old: Status) -> bool {
    match old {
        Status::Sent => false,
        Status::Unknown => matches!(new, Status::Sent | Status::Unknown),
        Status::Refused | Status::Failed => true,
    }
}

/// The [`MessageState`] and the [`Content`] of one id, packed into 16 bytes.
#[derive(Debug, Clone, Copy)]
struct Known {
    card: Option<CardKey>,
    name: Option<NonZeroU32>,
    attempts: u16,
    status: Status,
}

impl Known {
    fn new(status: Status, attempts: u64, content: Option<Content>) -> Self {
        Self {
            card: content.map(|content| content.card()),
            name: content.and_then(|content| content.name()),
            attempts: u16::try_from(attempts).unwrap_or(u16::MAX),
            status,
        }
    }

    fn of_entry(entry: &Entry<'_>) -> Self {
        let phones = entry.phone.split(' ');
        let content = Content::of(entry.campaign, entry.from, entry.to, entry.name, phones);
        Self::new(entry.status, u64::from(entry.attempts), Some(content))
    }

    fn message(&self) -> MessageState {
        MessageState { status: self.status, attempts: u32::from(self.attempts) }
    }

    fn content(&self) -> Option<Content> {
        self.card.map(|card| Content::from_keys(card, self.name))
    }

    /// Adds a later line of the same id.
    fn follow(&mut self, later: Self) {
        let attempts = self.attempts.max(later.attempts);
        if counts_over(later.status, self.status) {
            *self = later;
        }
        self.attempts = attempts;
    }
}

/// The state of every message of a results file.
#[derive(Debug, Default)]
pub struct LedgerState {
    ids: Index<Known>,
    /// The number of lines whose id has an earlier line.
    superseded: u64,
    in_flight: usize,
    refusals: Refusals,
    gateways: Gateways,
    senders: Senders,
    /// The id of the last line, and the start time of its run.
    last_id: Vec<u8>,
    last_run: Vec<u8>,
}

/// The gateways that the lines name.
#[derive(Debug, Default)]
struct Gateways {
    /// The last line's.
    last: Vec<u8>,
    /// True if any line is of a rehearsal.
    rehearsed: bool,
}

impl Gateways {
    fn note(&mut self, gateway: &[u8]) {
        if self.last != gateway {
            self.last = gateway.to_owned();
            self.rehearsed |= gateway == REHEARSAL.as_bytes();
        }
    }
}

/// The numbers that the lines were sent from.
#[derive(Debug, Default)]
struct Senders {
    all: Vec<Vec<u8>>,
    /// The last line's place among them.
    last: usize,
}

impl Senders {
    fn note(&mut self, from: &[u8]) {
        if self.all.get(self.last).is_some_and(|last| last == from) {
            return;
        }
        self.last = self.all.iter().position(|known| known == from).unwrap_or(self.all.len());
        if self.last == self.all.len() && self.last < MOST_SENDERS {
            self.all.push(from.to_owned());
        }
    }
}

impl LedgerState {
    /// Reads a results file without its in-flight file, and writes nothing. For a file that does
    /// not exist the state is empty.
    ///
    /// # Errors
    /// As [`Ledger::open`](super::Ledger::open).
    pub fn read(path: &Path, gateway: &str, adopt: bool) -> Result<Self, Error> {
        let mut records = match Records::open(path) {
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            opened => opened?,
        };
        let state = Self::of(&mut records)?;
        state.check_gateway(path, gateway, adopt)?;
        Ok(state)
    }

    /// The state of a message; `None` for one that is new.
    #[must_use]
    pub fn get(&self, id: &IdKey) -> Option<MessageState> {
        self.ids.get(id).map(Known::message)
    }

    /// The refusals whose code matters to later messages.
    #[must_use]
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// The content of a message, if its numbers are intact or its card id is recorded.
    #[must_use]
    pub fn content(&self, id: &IdKey) -> Option<Content> {
        self.ids.get(id).and_then(Known::content)
    }

    /// Every message with this status, with its card.
    pub fn cards(&self, status: Status) -> impl Iterator<Item = (IdKey, CardKey)> {
        let these = self.ids.iter().filter(move |(_, known)| known.status == status);
        these.filter_map(|(id, known)| known.card.map(|card| (*id, card)))
    }

    /// The number of messages that are sent, or may be, and whose numbers a spreadsheet has damaged,
    /// so that their cards are not known.
    #[must_use]
    pub fn damaged(&self) -> u64 {
        let damaged = |known: &Known| {
            matches!(known.status, Status::Sent | Status::Unknown) && known.card.is_none()
        };
        self.ids.iter().filter(|(_, known)| damaged(known)).count() as u64
    }

    /// The number of messages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether there is no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// The number of messages, of sent ones among them, and the last id.
    pub(super) fn holdings(&self) -> Holdings {
        let sent = self.ids.iter().filter(|(_, known)| known.status == Status::Sent).count();
        Holdings {
            messages: self.ids.len() as u64,
            sent: sent as u64,
            last_id: String::from_utf8_lossy(&self.last_id).into_owned(),
            last_run: String::from_utf8_lossy(&self.last_run).into_owned(),
            in_flight: 0,
        }
    }

    /// The number of messages that another run left in flight, so that they are `unknown`.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The numbers, other than `ours`, that messages of these results were sent from.
    pub fn other_senders(&self, ours: &str) -> impl Iterator<Item = &str> {
        let numbers = self.senders.all.iter().filter_map(|from| std::str::from_utf8(from).ok());
        numbers.filter(move |from| {
            !from.is_empty() && *from != ours && from.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    /// The number of lines whose id has an earlier line.
    pub(super) fn superseded(&self) -> u64 {
        self.superseded
    }

    /// The state after all records.
    pub(super) fn of(records: &mut Records) -> Result<Self, Error> {
        let mut state = Self { ids: Index::with_capacity(records.expected()), ..Self::default() };
        let mut contents = ContentReader::default();
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            state.read_batch(records, &mut contents, &mut batch)?;
            if batch.is_empty() {
                return Ok(state);
            }
            for (id, known) in batch.drain(..) {
                state.superseded += u64::from(state.ids.put(id, known, Known::follow));
            }
        }
    }

    /// Reads records until the batch is full; an empty batch is the end of the file.
    fn read_batch(
        &mut self,
        records: &mut Records,
        contents: &mut ContentReader,
        batch: &mut Vec<(IdKey, Known)>,
    ) -> Result<(), Error> {
        while batch.len() < BATCH {
            let Some(record) = records.next_record()? else {
                break;
            };
            self.gateways.note(record.bytes(Column::Gateway));
            self.senders.note(record.bytes(Column::From));
            self.last_id.clear();
            self.last_id.extend_from_slice(record.bytes(Column::MessageId));
            self.last_run.clear();
            self.last_run.extend_from_slice(record.bytes(Column::Run));
            match record.outcome() {
                Ok((id, status)) => {
                    self.refusals.note(&record, id, status);
                    let attempts = record.number(Column::Attempts).unwrap_or(0);
                    let content = contents.read(&record.card_cells());
                    batch.push((id, Known::new(status, attempts, content)));
                }
                Err(reason) => {
                    let line = record.line;
                    return Err(records.unreadable(line, reason));
                }
            }
        }
        Ok(())
    }

    /// Adds a message that another run left in flight.
    pub(in crate::record) fn take_in_flight(&mut self, entry: &Entry<'_>) {
        let (id, known) = (IdKey::of(entry.message_id), Known::of_entry(entry));
        self.superseded += u64::from(self.ids.put(id, known, Known::follow));
        self.in_flight += 1;
        self.last_id = entry.message_id.as_bytes().to_owned();
        self.last_run = time(entry.run).as_bytes().to_owned();
    }

    /// Checks that the file is this gateway's: the last line counts, because an adopted file names
    /// the old host further up. A rehearsal and a real run never share a file, so that nothing that
    /// was rehearsed counts as sent.
    pub(super) fn check_gateway(&self, path: &Path, ours: &str, adopt: bool) -> Result<(), Error> {
        let last = String::from_utf8_lossy(&self.gateways.last);
        let rehearsal = ours == REHEARSAL;
        let theirs = match self.gateways.rehearsed && !rehearsal {
            true => REHEARSAL.into(),
            false if self.is_empty() || last == ours || (adopt && !rehearsal) => return Ok(()),
            false => last,
        };
        Err(Error::other_gateway(path, &theirs, ours))
    }
}

/// A value for each id: 16 bytes of id, the value, and 5 to 12 bytes of hash table. A map that
/// holds the values itself would keep room for twice as many.
#[derive(Debug)]
pub(in crate::record) struct Index<V> {
    /// The place of each id in `held`.
    places: HashTable<u32>,
    held: Vec<(IdKey, V)>,
}

impl<V> Default for Index<V> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}

impl<V> Index<V> {
    fn with_capacity(ids: usize) -> Self {
        Self { places: HashTable::with_capacity(ids), held: Vec::with_capacity(ids) }
    }

    pub(in crate::record) fn get(&self, id: &IdKey) -> Option<&V> {
        let place = self.places.find(id.spread(), |place| self.held[*place as usize].0 == *id)?;
        Some(&self.held[*place as usize].1)
    }

    /// Puts a value under an id, or merges it into the one that is there already. Returns whether
    /// there was one.
    pub(in crate::record) fn put(
        &mut self,
        id: IdKey,
        value: V,
        merge: impl FnOnce(&mut V, V),
    ) -> bool {
        let Self { places, held } = self;
        let same = |place: &u32| held[*place as usize].0 == id;
        match places.entry(id.spread(), same, |place| held[*place as usize].0.spread()) {
            Slot::Occupied(place) => {
                merge(&mut held[*place.get() as usize].1, value);
                true
            }
            Slot::Vacant(place) => {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{Failed, Refused, Sent, Unknown};

    #[test]
    fn sent_wins_unknown_stays_and_otherwise_the_last_line_counts() {
        for (lines, counts) in [
            (&[Failed][..], Failed),
            (&[Failed, Refused], Refused),
            (&[Refused, Failed], Failed),
            (&[Failed, Unknown], Unknown),
            (&[Failed, Sent], Sent),
            (&[Sent, Failed], Sent),
            (&[Sent, Unknown, Refused], Sent),
            (&[Unknown, Failed], Unknown),
            (&[Unknown, Refused, Failed], Unknown),
            (&[Unknown, Failed, Sent, Unknown], Sent),
        ] {
            let mut known = Known::new(lines[0], 1, None);
            for (at, status) in lines.iter().enumerate().skip(1) {
                known.follow(Known::new(*status, at as u64 + 1, None));
            }
            let attempts = u32::try_from(lines.len()).unwrap();
            assert_eq!(known.message(), MessageState { status: counts, attempts }, "{lines:?}");
        }
    }

    #[test]
    fn a_message_takes_32_bytes_beside_the_index() {
        assert_eq!(size_of::<(IdKey, Known)>(), 32);
    }

    #[test]
    fn an_index_returns_what_was_put_in() {
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
}
