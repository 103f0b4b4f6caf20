//! The results CSV as the program sees it: one outcome for each messageId.
//!
//! [`Ledger`] is the run's own file; it is open only while its [`Lock`] is held. [`Records`] reads
//! any results file line by line, and [`LedgerState`] is the state of every message after all
//! lines.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

mod append;
pub(super) mod columns;
mod compact;
pub(super) mod content;
pub(super) mod entry;
pub(super) mod reader;
pub(super) mod state;

pub use compact::Compaction;
pub use content::{CardKey, Content, SentCards};
pub use entry::{Entry, Record, time};
pub use reader::Records;
pub use state::{LedgerState, MessageState, counts_over};

use super::error::Error;
use super::in_flight::{self, InFlight, InFlightReader};
use super::lock::Lock;
use super::{fs, names};
use crate::prepare::message::IdKey;
pub use crate::read::own_columns::Column;
use append::Appender;
use columns::Layout;

/// The run's own results.
#[derive(Debug)]
pub struct Ledger {
    state: Arc<LedgerState>,
    superseded: bool,
    layout: Layout,
    header: Vec<u8>,
    file: Appender,
    lock: Lock,
}

/// Lines that could not be written, not even at the second try.
#[derive(Debug)]
pub struct Unwritten {
    /// Why.
    pub error: Error,
    /// The lines under their header: saved as a file, they are results.
    pub csv: String,
}

impl Ledger {
    /// Opens the results that `lock` is for, and creates them if they do not exist.
    ///
    /// A torn last line is cut off. Each message that an earlier run left in flight gets a line
    /// `unknown`, and that run's in-flight file is removed.
    ///
    /// # Errors
    /// [`Error::OtherGateway`] when the last line or the in-flight file names another gateway and
    /// `adopt` is not given, or any line a rehearsal. [`Error::NotALedger`] and
    /// [`Error::Unreadable`] when a file cannot be read. [`Error::Io`].
    pub fn open(lock: Lock, gateway: &str, adopt: bool) -> Result<Self, Error> {
        let path = lock.results().to_owned();
        let file = match path.exists() {
            true => fs::open_private(&path).map_err(Error::reading("open", &path))?,
            false => fs::open_private(&path).map_err(Error::io("create", &path))?,
        };
        let mut records = Records::open(&path)?;
        let mut state = LedgerState::of(&mut records)?;
        state.check_gateway(&path, gateway, adopt)?;
        let length = repair_end(&file, &records).map_err(Error::io("append to", &path))?;
        let layout = records.layout().clone();
        let mut file = Appender::new(path.clone(), file, length);
        if let Some(in_flight) = InFlightReader::open(&path)? {
            in_flight.check_gateway(gateway, adopt)?;
            in_flight.recover(&path, gateway, &mut state, |entry| {
                file.take(&layout.line(|column| entry.cell(column)));
            })?;
            file.confirm()?;
            in_flight::remove(&names::in_flight_path(&path))?;
        }
        Ok(Self {
            superseded: state.superseded(),
            state: Arc::new(state),
            header: records.header().to_owned(),
            layout,
            file,
            lock,
        })
    }

    /// Reads the state that [`open`](Self::open) would give, and writes nothing. Another run may be
    /// going on.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn peek(results: &Path, gateway: &str, adopt: bool) -> Result<LedgerState, Error> {
        let mut state = LedgerState::read(results, gateway, adopt)?;
        if let Some(in_flight) = InFlightReader::open(results)? {
            in_flight.check_gateway(gateway, adopt)?;
            in_flight.recover(results, gateway, &mut state, |_| {})?;
        }
        Ok(state)
    }

    /// The results file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.lock.results()
    }

    /// The state of every message before this run.
    #[must_use]
    pub fn state(&self) -> Arc<LedgerState> {
        Arc::clone(&self.state)
    }

    /// Creates the in-flight file of a run that begins now.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn begin(&self, gateway: &str, run: Timestamp) -> Result<InFlight, Error> {
        InFlight::create(self.path(), gateway, self.file.length(), run)
    }

    /// Appends one outcome in one write.
    ///
    /// # Errors
    /// As [`flush`](Self::flush).
    pub fn append(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        self.take(entry);
        self.flush()
    }

    /// Adds an outcome that the next [`flush`](Self::flush) writes. The [state](Self::state) does
    /// not change: a message has one outcome in a run.
    pub fn take(&mut self, entry: &Entry<'_>) {
        self.superseded |= self.state.get(&IdKey::of(entry.message_id)).is_some();
        self.file.take(&self.layout.line(|column| entry.cell(column)));
    }

    /// Adds an outcome that a later one of this run supersedes.
    pub fn take_for_now(&mut self, entry: &Entry<'_>) {
        self.take(entry);
        self.superseded = true;
    }

    /// Writes the added outcomes, whole lines in one write.
    ///
    /// # Errors
    /// [`Error::Io`]; the lines are kept, and written by the next flush or by
    /// [`rescue`](Self::rescue).
    pub fn flush(&mut self) -> Result<(), Error> {
        self.file.flush()
    }

    /// Forces what was appended onto the disk, at most every 200 ms; to be called at least as
    /// often.
    ///
    /// # Errors
    /// [`Error::Io`], also when the file is no longer at its path.
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
    /// The lines that are not known to be in the file, to be printed instead.
    pub fn rescue(&mut self) -> Result<(), Unwritten> {
        self.file.confirm().map_err(|error| {
            let csv = [&self.header[..], &self.file.unconfirmed_lines()].concat();
            Unwritten { error, csv: String::from_utf8_lossy(&csv).into_owned() }
        })
    }

    /// Ends a run in which every message in flight has its outcome: the results are forced onto the
    /// disk, then the in-flight file is removed, then the results are compacted. In this order
    /// nothing is lost, wherever it is interrupted.
    ///
    /// # Errors
    /// [`Error::Io`]. A compaction that is not possible is not an error.
    pub fn finish(mut self, in_flight: InFlight) -> Result<Compaction, Error> {
        self.sync()?;
        in_flight.remove()?;
        Ok(self.compact())
    }

    /// Leaves one line for each id, if any id has more. There must be no in-flight file, because it
    /// refers to a length of this file.
    #[must_use]
    pub fn compact(self) -> Compaction {
        match self.superseded {
            true => compact::compact(self.lock.results(), self.file.file()),
            false => Compaction::NotNeeded,
        }
    }
}

/// Cuts a torn line off, gives a whole one its line end, and a new file its header. Returns the
/// length of the file.
fn repair_end(file: &File, records: &Records) -> io::Result<u64> {
    let path = records.path();
    if records.offset() < file.metadata()?.len() {
        file.set_len(records.offset())?;
    }
    if records.offset() == 0 {
        fs::append(file, path, records.header())?;
        fs::sync_new(file, path)?;
        return Ok(records.header().len() as u64);
    }
    if records.terminated() {
        return Ok(records.offset());
    }
    fs::append(file, path, b"\n")?;
    Ok(records.offset() + 1)
}

#[cfg(test)]
pub(super) mod tests;
