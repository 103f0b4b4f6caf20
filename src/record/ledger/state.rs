//! What the lines of a ledger come to for each id.

use std::io;
use std::num::NonZeroU32;
use std::path::Path;

use super::REHEARSAL;
use super::columns::Column;
use super::entry::Entry;
use super::index::{CardKey, Content, Index};
use super::reader::{Record, Records};
use crate::prepare::message::IdKey;
use crate::record::error::Error;
use crate::send::outcome::Status;

/// How many lines are read before they go into the index. Places in it are far apart in memory;
/// sought one right after the other they are fetched side by side.
const BATCH: usize = 2048;

/// How a message stands after all runs so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageState {
    /// What became of it.
    pub status: Status,
    /// How often it was posted, over all runs; 65,535 stands for more.
    pub attempts: u32,
}

/// Whether a line with the status `new` counts where `old` counted until now.
///
/// `sent` stays. Doubt can only be lifted by `sent`: what may have been accepted is not undone by a
/// later refusal. Otherwise the last line counts.
#[must_use]
pub fn counts_over(new: Status, old: Status) -> bool {
    match old {
        Status::Sent => false,
        Status::Unknown => matches!(new, Status::Sent | Status::Unknown),
        Status::Refused | Status::Failed => true,
    }
}

/// [`Standing`] and [`Content`] of one id, packed into 16 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    card: Option<CardKey>,
    name: Option<NonZeroU32>,
    attempts: u16,
    pub(super) status: Status,
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

    pub(super) fn of_entry(entry: &Entry<'_>) -> Self {
        let phones = entry.phone.split(' ');
        let content = Content::of(entry.campaign, entry.from, entry.to, entry.name, phones);
        Self::new(entry.status, u64::from(entry.attempts), Some(content))
    }

    fn of_record(record: &Record<'_>, status: Status) -> Self {
        let attempts = record.number(Column::Attempts).unwrap_or(0);
        Self::new(status, attempts, content_of(record))
    }

    pub(super) fn standing(&self) -> MessageState {
        MessageState { status: self.status, attempts: u32::from(self.attempts) }
    }

    pub(super) fn content(&self) -> Option<Content> {
        self.card.map(|card| Content::from_keys(card, self.name))
    }

    /// Takes in a later line of the same id.
    pub(super) fn follow(&mut self, later: Self) {
        let attempts = self.attempts.max(later.attempts);
        if counts_over(later.status, self.status) {
            *self = later;
        }
        self.attempts = attempts;
    }
}

/// What a record says of its message's content.
pub(super) fn content_of(record: &Record<'_>) -> Option<Content> {
    Content::told(
        record.bytes(Column::Campaign),
        record.bytes(Column::From),
        record.bytes(Column::To),
        record.bytes(Column::Name),
        record.bytes(Column::Phone),
    )
}

/// How every message of a results file stands.
#[derive(Debug, Default)]
pub struct LedgerState {
    ids: Index<Known>,
    superseded: bool,
    gateways: Gateways,
    senders: Senders,
}

/// Which gateways the lines name.
#[derive(Debug, Default)]
struct Gateways {
    /// The last line's.
    last: Vec<u8>,
    /// Whether any line is of a rehearsal.
    rehearsed: bool,
}

/// Which numbers the lines were sent from.
#[derive(Debug, Default)]
struct Senders {
    all: Vec<Vec<u8>>,
    /// The last line's among them.
    last: usize,
}

impl Senders {
    fn note(&mut self, from: &[u8]) {
        if self.all.get(self.last).is_some_and(|last| last == from) {
            return;
        }
        self.last = self.all.iter().position(|known| known == from).unwrap_or(self.all.len());
        // More than a few are no senders, but a spoiled column.
        if self.last == self.all.len() && self.last < 16 {
            self.all.push(from.to_owned());
        }
    }
}

impl Gateways {
    fn note(&mut self, gateway: &[u8]) {
        if self.last != gateway {
            self.last = gateway.to_owned();
            self.rehearsed |= gateway == REHEARSAL.as_bytes();
        }
    }
}

impl LedgerState {
    /// Reads a results file that is not to be written; one that is not there says nothing.
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
        let ledger_state = Self::of(&mut records)?;
        ledger_state.check_gateway(path, gateway, adopt)?;
        Ok(ledger_state)
    }

    /// How a message stands; `None` for one that is new.
    #[must_use]
    pub fn get(&self, id: &IdKey) -> Option<MessageState> {
        self.ids.get(id).map(Known::standing)
    }

    /// What a message said, if the file tells.
    #[must_use]
    pub fn content(&self, id: &IdKey) -> Option<Content> {
        self.ids.get(id).and_then(Known::content)
    }

    /// Every message that is sent, with its card.
    pub fn sent(&self) -> impl Iterator<Item = (IdKey, CardKey)> {
        let sent = self.ids.iter().filter(|(_, known)| known.status == Status::Sent);
        sent.filter_map(|(id, known)| known.card.map(|card| (*id, card)))
    }

    /// Messages that are sent, but whose numbers a spreadsheet has cut: their cards are not known.
    #[must_use]
    pub fn spoiled(&self) -> u64 {
        let spoiled = |known: &Known| known.status == Status::Sent && known.card.is_none();
        self.ids.iter().filter(|(_, known)| spoiled(known)).count() as u64
    }

    /// How many messages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// Whether any id has more than one line.
    pub(super) fn superseded(&self) -> bool {
        self.superseded
    }

    pub(super) fn of(records: &mut Records) -> Result<Self, Error> {
        let mut ledger_state =
            Self { ids: Index::with_capacity(records.expected()), ..Self::default() };
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            ledger_state.read_batch(records, &mut batch)?;
            if batch.is_empty() {
                return Ok(ledger_state);
            }
            ledger_state.superseded |= put_batch(&mut ledger_state.ids, &mut batch);
        }
    }

    /// Reads records until the batch is full; an empty batch is the end of the file.
    fn read_batch(
        &mut self,
        records: &mut Records,
        batch: &mut Vec<(IdKey, Known)>,
    ) -> Result<(), Error> {
        while batch.len() < BATCH {
            let Some(record) = records.next_record()? else {
                break;
            };
            self.gateways.note(record.bytes(Column::Gateway));
            self.senders.note(record.bytes(Column::From));
            match record.outcome() {
                Ok((id, status)) => batch.push((id, Known::of_record(&record, status))),
                Err(reason) => {
                    let line = record.line;
                    return Err(records.unreadable(line, reason));
                }
            }
        }
        Ok(())
    }

    /// The numbers, other than `ours`, that messages of these results were sent from.
    pub fn other_senders(&self, ours: &str) -> impl Iterator<Item = &str> {
        let numbers = self.senders.all.iter().filter_map(|from| std::str::from_utf8(from).ok());
        numbers.filter(move |from| {
            !from.is_empty() && *from != ours && from.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    /// Takes in a later line of an id, if the id is known.
    pub(super) fn follow(&mut self, id: &IdKey, later: Known) {
        if let Some(known) = self.ids.get_mut(id) {
            known.follow(later);
            self.superseded = true;
        }
    }

    /// Takes in an id that may be new.
    pub(super) fn insert(&mut self, id: IdKey, known: Known) {
        self.ids.put(id, known, |_, _| {});
    }

    /// Takes in a message that a run left in flight, for a check that writes nothing.
    pub(in crate::record) fn note_in_flight(&mut self, id: IdKey, record: &Record<'_>) {
        let known = Known::of_record(record, Status::Unknown);
        self.ids.put(id, known, |there, later| there.follow(later));
    }

    /// A file belongs to the gateway of its last line (an adopted one names the old host further
    /// up). A rehearsal and a real run never share one: nothing that was rehearsed may count as sent.
    pub(super) fn check_gateway(&self, path: &Path, ours: &str, adopt: bool) -> Result<(), Error> {
        let last = String::from_utf8_lossy(&self.gateways.last);
        let rehearsal = ours == REHEARSAL;
        let theirs = match self.gateways.rehearsed && !rehearsal {
            true => REHEARSAL.into(),
            false if self.is_empty() || last == ours || (adopt && !rehearsal) => return Ok(()),
            false => last,
        };
        Err(other_gateway(path, &theirs, ours))
    }
}

/// Empties the batch into the index; says whether any id of it was there already.
fn put_batch(ids: &mut Index<Known>, batch: &mut Vec<(IdKey, Known)>) -> bool {
    let known = batch.drain(..).map(|(id, known)| ids.put(id, known, Known::follow));
    known.fold(false, |any, one| any | one)
}

/// The error that tells whose the results are.
pub(in crate::record) fn other_gateway(path: &Path, theirs: &str, ours: &str) -> Error {
    Error::OtherGateway { path: path.to_owned(), theirs: theirs.to_owned(), ours: ours.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Status::{Failed, Refused, Sent, Unknown};

    #[test]
    fn sent_wins_doubt_stays_and_otherwise_the_last_line_counts() {
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
            assert_eq!(known.standing(), MessageState { status: counts, attempts }, "{lines:?}");
        }
    }

    #[test]
    fn an_id_takes_no_more_memory_than_promised() {
        assert_eq!(size_of::<(IdKey, Known)>(), 32);
    }
}
