//! The results CSV as the program sees it: one outcome for each messageId.
//!
//! [`Ledger`] is the run's own file, open only while its [`Lock`] is held. [`Records`] reads any
//! results file line by line, for the report and for whoever must not write; [`Standings`] is what
//! its lines come to. [`Heeded`] is what other results files say. The rooms: `columns` (the shape of
//! a file), `entry` (one line written), `read` and `unquote` (lines read), `standing` (what the lines
//! of an id come to), `index` and `hash` (memory), `append`, `compact`, `heeded`.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

mod append;
pub(super) mod columns;
mod compact;
mod entry;
mod hash;
mod index;
mod other_ledgers;
mod reader;
mod state;
mod unquote;

pub use columns::Column;
pub use compact::Compaction;
pub use entry::{Entry, time};
pub use index::{CardKey, Content};
pub use other_ledgers::{OtherLedger, OtherLedgers, SentCards};
pub use reader::{Record, Records};
pub use state::{LedgerState, MessageState, counts_over};

use super::error::Error;
use super::fs;
use super::lock::Lock;
use crate::prepare::message::IdKey;
use append::Appender;
use columns::Layout;
use state::Known;
pub(super) use state::other_gateway;

/// What the `gateway` column of a rehearsal says.
pub const REHEARSAL: &str = "rehearsal";

/// The run's own results.
#[derive(Debug)]
pub struct Ledger {
    ledger_state: Arc<LedgerState>,
    superseded: bool,
    layout: Layout,
    header: Vec<u8>,
    file: Appender,
    lock: Lock,
}

/// Lines that could not be written even at the second try.
#[derive(Debug)]
pub struct Unwritten {
    /// What is in the way.
    pub error: Error,
    /// The lines under their header: a results file, once it is saved.
    pub csv: String,
}

impl Ledger {
    /// Reads the results that `lock` is for, mends a torn end, and makes them ready for appending;
    /// makes them if they are not there.
    ///
    /// # Errors
    /// [`Error::OtherGateway`] when the last line names another gateway and `adopt` is not given, or
    /// any line a rehearsal: nothing is written then. [`Error::NotALedger`] and
    /// [`Error::Unreadable`] when what is there cannot be understood. [`Error::Io`].
    pub fn open(lock: Lock, gateway: &str, adopt: bool) -> Result<Self, Error> {
        let path = lock.results().to_owned();
        let file = match path.exists() {
            true => fs::open_private(&path).map_err(Error::reading("open", &path))?,
            false => fs::open_private(&path).map_err(Error::io("create", &path))?,
        };
        let mut records = Records::open(&path)?;
        let ledger_state = LedgerState::of(&mut records)?;
        ledger_state.check_gateway(&path, gateway, adopt)?;
        let length = mend_end(&file, &records).map_err(Error::io("append to", &path))?;
        Ok(Self {
            superseded: ledger_state.superseded(),
            ledger_state: Arc::new(ledger_state),
            layout: records.layout().clone(),
            header: records.header().to_owned(),
            file: Appender::new(path, file, length),
            lock,
        })
    }

    /// The results file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.lock.results()
    }

    /// How every message stands from earlier runs, to be shared with whoever decides; to be asked
    /// for once everything is [recovered](super::in_flight::recover).
    #[must_use]
    pub fn ledger_state(&self) -> Arc<LedgerState> {
        Arc::clone(&self.ledger_state)
    }

    /// Appends one outcome in one write. Ids that earlier runs did not know are not kept in memory:
    /// a message has one outcome in a run.
    ///
    /// # Errors
    /// [`Error::Io`]; the line is then kept, and tried again with the next one or by
    /// [`rescue`](Self::rescue).
    pub fn append(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        self.take(entry);
        self.flush()
    }

    /// Takes an outcome that [`flush`](Self::flush) writes, together with those that became known
    /// at the same moment.
    pub fn take(&mut self, entry: &Entry<'_>) {
        self.superseded |= self.ledger_state.get(&IdKey::of(entry.message_id)).is_some();
        self.file.take(&self.layout.line(|column| entry.cell(column)));
    }

    /// Writes what was taken, whole lines in one write.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn flush(&mut self) -> Result<(), Error> {
        self.file.flush()
    }

    /// Appends the outcome of an earlier run that it could not write itself.
    pub(super) fn append_recovered(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        self.append(entry)?;
        let Some(ledger_state) = Arc::get_mut(&mut self.ledger_state) else {
            // Whoever decides by them would not learn of the doubt, and the message might go twice.
            unreachable!(
                "what earlier runs left in flight is recovered before ledger_state are shared"
            );
        };
        let (id, known) = (IdKey::of(entry.message_id), Known::of_entry(entry));
        match ledger_state.get(&id) {
            Some(_) => ledger_state.follow(&id, known),
            None => ledger_state.insert(id, known),
        }
        Ok(())
    }

    /// Forces what was appended onto the disk, at most every 200 ms; to be asked at least as often.
    ///
    /// # Errors
    /// [`Error::Io`], also when the file is no longer where it was.
    pub fn sync_if_due(&mut self, now: Instant) -> Result<(), Error> {
        self.file.sync_if_due(now)
    }

    /// Forces what was appended onto the disk.
    ///
    /// # Errors
    /// As [`sync_if_due`](Self::sync_if_due).
    pub fn sync(&mut self) -> Result<(), Error> {
        self.file.confirm()
    }

    /// Tries once more to write what could not be written.
    ///
    /// # Errors
    /// The lines that are not known to be in the file, to be told instead.
    pub fn rescue(&mut self) -> Result<(), Unwritten> {
        self.file.confirm().map_err(|error| {
            let csv = [&self.header[..], &self.file.unsure()].concat();
            Unwritten { error, csv: String::from_utf8_lossy(&csv).into_owned() }
        })
    }

    /// Leaves one line for each id, if any has more. The in-flight file must be gone before, because
    /// it counts in bytes of this file: see [`InFlight::finish`](super::in_flight::InFlight::finish).
    #[must_use]
    pub fn compact(self) -> Compaction {
        match self.superseded {
            true => compact::compact(self.lock.results(), self.file.file()),
            false => Compaction::NotNeeded,
        }
    }

    /// The file's length in bytes.
    pub(super) fn length(&self) -> u64 {
        self.file.length()
    }
}

/// The ids with a line behind the first `length` bytes of a results file, or none when the file is
/// not the one that had this length: it was saved by another program since.
pub(super) fn ids_behind(results: &Path, length: u64) -> Result<HashSet<IdKey>, Error> {
    let mut ids = HashSet::new();
    let mut records = Records::open(results)?;
    if records.jump_to(length)? {
        while let Some(record) = records.next_record()? {
            ids.insert(IdKey::of_bytes(record.bytes(Column::MessageId)));
        }
    }
    Ok(ids)
}

/// Cuts a torn line off, gives a whole one its line end and a new file its header. Gives back the
/// file's length.
fn mend_end(mut file: &File, records: &Records) -> io::Result<u64> {
    if records.offset() < file.metadata()?.len() {
        file.set_len(records.offset())?;
    }
    if records.offset() == 0 {
        file.write_all(records.header())?;
        file.sync_all()?;
        fs::sync_folder_of(records.path())?;
        return Ok(records.header().len() as u64);
    }
    if records.terminated() {
        return Ok(records.offset());
    }
    file.write_all(b"\n")?;
    Ok(records.offset() + 1)
}

#[cfg(test)]
mod tests;
