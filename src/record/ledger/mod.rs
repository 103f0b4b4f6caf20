//! The results CSV as the program sees it: one outcome for each messageId.
//!
//! [`Ledger`] is the run's own file; it is open only while its [`Lock`] is held. [`Records`] reads
//! any results file line by line, and [`LedgerState`] is the state of every message after all
//! lines.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

mod append;
mod broken_line;
pub(super) mod columns;
mod compact;
pub(super) mod content;
pub(super) mod entry;
mod put_back;
mod readable;
pub(super) mod reader;
pub(super) mod refusals;
pub(super) mod state;
mod upgrade;

pub use compact::Compaction;
pub use content::{CardKey, Cards, Content};
pub use entry::{Entry, Record, time};
pub use readable::SetAside;
pub use reader::Records;
pub use refusals::Refusals;
pub use state::{LedgerState, MessageState, counts_over};

use super::error::Error;
use super::in_flight::{self, InFlight, InFlightReader};
use super::lock::{self, EndNote, Lock};
use super::memory::{Found, Holdings, Memory};
use super::{fs, names};
use crate::prepare::message::IdKey;
pub use crate::read::own_columns::Column;
use crate::send::outcome::Status;
use append::Appender;
use columns::Layout;
use put_back::RunLines;
use readable::Readable;

/// The number of times that a loss is looked at again while no lock is held.
const PEEK_TRIES: usize = 3;

/// The run's own results.
#[derive(Debug)]
pub struct Ledger {
    state: Arc<LedgerState>,
    /// The number of lines whose id has an earlier line.
    superseded: u64,
    layout: Layout,
    header: Vec<u8>,
    /// The error because of which the file lacks columns that were added since it was created.
    not_upgraded: Option<Error>,
    /// The lines that were taken out of the file when it was opened.
    set_aside: Option<SetAside>,
    file: Appender,
    lock: Lock,
    /// The messages of the file and of this run's outcomes.
    held: Holdings,
    /// The run of the last line of this run.
    last_run: Option<Timestamp>,
    /// The gateway and the start time of the run, once it has begun.
    begun: Option<(String, Timestamp)>,
}

/// The rules by which results are accepted as a run's own.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The gateway of the run.
    pub gateway: &'a str,
    /// `--adopt-gateway`: the results may name another real gateway.
    pub adopt: bool,
    /// `--accept-results`: the results may hold less than is remembered, and lines that cannot be
    /// read are set aside.
    pub accept: bool,
    /// True if another file that is read holds all that is remembered: the results were moved.
    pub moved: bool,
}

/// The state of a ledger that was read without its lock.
#[derive(Debug)]
pub struct Peeked {
    /// The state of every message.
    pub state: LedgerState,
    /// True if another run is writing the results at this moment.
    pub running: bool,
    /// The number of lines that cannot be read, when that is accepted, and the number of messages in
    /// them that are `unknown`.
    pub unreadable: (u64, u64),
}

/// What happened to the lines of a run in the end.
#[derive(Debug)]
pub enum Rescued {
    /// All of them are in the file.
    Written,
    /// Somebody changed the file during the run; the lines that it lacked were written to it again.
    PutBack {
        /// The change.
        error: Error,
        /// The number of lines.
        lines: u64,
    },
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
    /// `unknown`, and that run's in-flight file is removed. A file of an older version gets the
    /// columns that it lacks, if that is [possible](Self::not_upgraded). Nothing is written when
    /// there is an error in a file.
    ///
    /// # Errors
    /// [`Error::OtherGateway`] when the last line or the in-flight file names another gateway and
    /// it is not adopted, or any line a rehearsal. [`Error::LessThanRemembered`] and
    /// [`Error::ShorterThanInFlight`] when outcomes are missing, and [`Error::InFlightLost`] when
    /// messages in flight are, and that is not accepted.
    /// [`Error::Locked`] when the run that left the in-flight file is alive.
    /// [`Error::NotALedger`] and [`Error::Unreadable`] when a file cannot be read. [`Error::Io`].
    pub fn open(mut lock: Lock, opening: &Opening<'_>) -> Result<Self, Error> {
        let path = lock.results().to_owned();
        let in_flight = InFlightReader::open(&path)?;
        if let Some(in_flight) = &in_flight {
            in_flight.check_not_alive()?;
        }
        let found = read_as_own(&path, &lock.memory(), in_flight.as_ref(), opening)?;
        let FoundResults { mut state, records: mut read, readable } = found;
        let set_aside = readable.map(Readable::replace).transpose()?;
        if set_aside.is_some() {
            (state, read) = read_file(&path)?;
        }
        let file = fs::open_private(&path).map_err(Error::io("create", &path))?;
        let records = read.map_or_else(|| Records::open(&path), Ok)?;
        let length = repair_end(&file, &records)?;
        let mut layout = records.layout().clone();
        let mut file = Appender::new(path.clone(), file, length);
        if let Some(in_flight) = in_flight {
            in_flight.recover(&path, opening.gateway, &mut state, |entry| {
                file.take(&layout.line(|column| entry.cell(column)));
            })?;
            file.confirm()?;
            // In this order: a removed file that is remembered would look like a loss.
            lock.forget_in_flight(state.holdings())?;
            in_flight::remove(&names::in_flight_path(&path))?;
        }
        let mut header = records.header().to_owned();
        // Only now, because an in-flight file refers to a length of the old file.
        let not_upgraded = upgrade::upgrade(&mut file, &mut layout, &mut header)?;
        let held = state.holdings();
        lock.remember_without_in_flight(held.clone())?;
        Ok(Self {
            superseded: state.superseded(),
            state: Arc::new(state),
            header,
            layout,
            not_upgraded,
            set_aside,
            file,
            lock,
            held,
            last_run: None,
            begun: None,
        })
    }

    /// Reads the state that [`open`](Self::open) would give, and writes nothing. Another run may be
    /// going on.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn peek(results: &Path, memory: &Memory, opening: &Opening<'_>) -> Result<Peeked, Error> {
        let results = &fs::followed(results);
        let mut memory = memory.clone();
        for _ in 0..PEEK_TRIES {
            match Self::peek_once(results, &memory, opening) {
                // A run that ended meanwhile has removed its in-flight file.
                Err(error) if error.is_loss() => memory = lock::peek_memory(results)?,
                peeked => return peeked,
            }
        }
        Self::peek_once(results, &memory, opening)
    }

    fn peek_once(results: &Path, memory: &Memory, opening: &Opening<'_>) -> Result<Peeked, Error> {
        let in_flight = InFlightReader::open(results)?;
        let found = read_as_own(results, memory, in_flight.as_ref(), opening)?;
        let FoundResults { mut state, readable, .. } = found;
        let running = in_flight.as_ref().is_some_and(InFlightReader::is_alive);
        if let Some(in_flight) = in_flight {
            let results = readable.as_ref().map_or(results, Readable::path);
            in_flight.recover(results, opening.gateway, &mut state, |_| {})?;
        }
        let counts = |lines: &Readable| (lines.unreadable(), lines.unknown());
        let unreadable = readable.as_ref().map_or((0, 0), counts);
        Ok(Peeked { state, running, unreadable })
    }

    /// Reads what is remembered of a results file, without taking its lock.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn remembered(results: &Path) -> Result<Memory, Error> {
        lock::peek_memory(results)
    }

    /// The results file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.lock.results()
    }

    /// The error because of which a file of an older version could not get the columns that it
    /// lacks; outcomes are written without them.
    #[must_use]
    pub fn not_upgraded(&self) -> Option<&Error> {
        self.not_upgraded.as_ref()
    }

    /// The lines that could not be read and were taken out of the file when it was opened.
    #[must_use]
    pub fn set_aside(&self) -> Option<&SetAside> {
        self.set_aside.as_ref()
    }

    /// The state of every message before this run.
    #[must_use]
    pub fn state(&self) -> Arc<LedgerState> {
        Arc::clone(&self.state)
    }

    /// The means to write down how the run ended. The lock is held until it is dropped, too.
    #[must_use]
    pub fn end_note(&self) -> EndNote {
        self.lock.end_note()
    }

    /// Creates the in-flight file of a run that begins now.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Touched`] when somebody changed the results or their lock.
    pub fn begin(&mut self, gateway: &str, run: Timestamp) -> Result<InFlight, Error> {
        // The length goes into the in-flight file, so it must be on the disk.
        self.sync()?;
        self.file.keep_copy();
        self.begun = Some((gateway.to_owned(), run));
        let (length, lock) = (self.file.length(), self.lock.shared_file());
        InFlight::create(self.path(), gateway, length, run, lock)
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
        let before = self.state.get(&IdKey::of(entry.message_id)).map(|known| known.status);
        self.superseded += u64::from(before.is_some());
        self.held.messages += u64::from(before.is_none());
        let newly_sent = entry.status == Status::Sent && before != Some(Status::Sent);
        self.held.sent += u64::from(newly_sent);
        self.held.last_id.clear();
        self.held.last_id.push_str(entry.message_id);
        if self.last_run != Some(entry.run) {
            self.last_run = Some(entry.run);
            self.held.last_run = time(entry.run).into_owned();
        }
        let run = self.held.last_run.as_str();
        let line = self.layout.line(|column| match column {
            // The same in each line of a run.
            Column::Run => Cow::Borrowed(run),
            _ => entry.cell(column),
        });
        self.file.take(&line);
    }

    /// Adds an outcome that a later one of this run supersedes. The message is counted with that
    /// one.
    pub fn take_for_now(&mut self, entry: &Entry<'_>) {
        self.superseded += 1;
        self.file.take(&self.layout.line(|column| entry.cell(column)));
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
    /// [`Error::Io`], or [`Error::Touched`] when somebody changed the results or their lock.
    pub fn sync_if_due(&mut self, now: Instant) -> Result<(), Error> {
        let synced = self.file.sync_if_due(now)?;
        if synced { self.remember() } else { Ok(()) }
    }

    /// Forces what was appended onto the disk.
    ///
    /// # Errors
    /// As [`sync_if_due`](Self::sync_if_due).
    pub fn sync(&mut self) -> Result<(), Error> {
        self.file.confirm()?;
        self.remember()
    }

    /// Writes down how many messages the results hold, in the lock that is still ours.
    fn remember(&mut self) -> Result<(), Error> {
        self.lock.check_unchanged()?;
        // An older memory is safe: it only notices less.
        let _ = self.lock.remember(self.held.clone());
        Ok(())
    }

    /// Tries once more to write what could not be written, and puts back what somebody has removed
    /// from the file during the run.
    ///
    /// # Errors
    /// The lines that are not known to be in the file, to be printed instead.
    pub fn rescue(&mut self) -> Result<Rescued, Unwritten> {
        let error = match self.file.confirm() {
            Ok(()) => return Ok(Rescued::Written),
            Err(error) => error,
        };
        let path = self.lock.results().to_owned();
        let lines = match (&self.begun, self.file.copy()) {
            (Some((gateway, run)), Some(copy)) if matches!(error, Error::Touched { .. }) => {
                let (original, layout) = (self.file.file(), &self.layout);
                RunLines { original, copy, layout, gateway, run: *run }
            }
            _ => return Err(self.unwritten(error, self.file.unconfirmed_lines())),
        };
        match lines.put_back(&path) {
            Ok(lines) => {
                if self.lock.check_unchanged().is_ok() {
                    let _ = self.lock.remember(self.held.clone());
                }
                Ok(Rescued::PutBack { error, lines })
            }
            Err(_) => {
                let missing = lines.missing(&path);
                let lines = missing.unwrap_or_else(|_| self.file.unconfirmed_lines());
                Err(self.unwritten(error, lines))
            }
        }
    }

    fn unwritten(&self, error: Error, lines: Vec<u8>) -> Unwritten {
        let csv = [&self.header[..], &lines].concat();
        Unwritten { error, csv: String::from_utf8_lossy(&csv).into_owned() }
    }

    /// Ends a run in which every message in flight has its outcome: the results are forced onto the
    /// disk, then the in-flight file is removed, then the results are compacted. In this order
    /// nothing is lost, wherever it is interrupted.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Touched`] when somebody changed one of the files; then the in-flight
    /// file stays. A compaction that is not possible is not an error.
    pub fn finish(mut self, in_flight: InFlight) -> Result<Compaction, Error> {
        self.sync()?;
        let unchanged = in_flight.check_unchanged();
        // In this order: a removed file that is remembered would look like a loss. Every message in
        // it has its outcome, so the next run need not miss a changed one either.
        self.lock.forget_in_flight(self.held.clone())?;
        unchanged?;
        in_flight.remove()?;
        Ok(self.compact())
    }

    /// Leaves one line for each id, if any id has more. There must be no in-flight file, because it
    /// refers to a length of this file.
    #[must_use]
    pub fn compact(mut self) -> Compaction {
        let lines = self.held.messages + self.superseded;
        if !compact::is_worth_it(self.superseded, lines, self.file.length()) {
            return Compaction::NotNeeded;
        }
        let (path, length) = (self.lock.results(), self.file.length());
        let compaction = compact::compact(path, self.file.file(), length, &mut self.held);
        if matches!(compaction, Compaction::Dropped(_)) && self.lock.check_unchanged().is_ok() {
            // An older memory names a line that may be gone: then a rotation is not recognised.
            let _ = self.lock.remember(self.held);
        }
        compaction
    }
}

/// The results as a run finds them.
struct FoundResults {
    state: LedgerState,
    /// The file, read to its end; `None` when there is none, or lines of it cannot be read.
    records: Option<Records>,
    /// Set when lines cannot be read and that is accepted.
    readable: Option<Readable>,
}

/// Reads the results, if they exist, to their end.
fn read_file(path: &Path) -> Result<(LedgerState, Option<Records>), Error> {
    let mut records = match Records::open(path) {
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Ok((LedgerState::default(), None));
        }
        opened => opened?,
    };
    Ok((LedgerState::of(&mut records)?, Some(records)))
}

/// Reads what a run finds; with `accept` the lines that cannot be read are left out.
fn find(path: &Path, accept: bool, gateway: &str) -> Result<FoundResults, Error> {
    let torn = |records: &Option<Records>| records.as_ref().is_some_and(Records::has_torn_record);
    match read_file(path) {
        // A run cuts it off: its message is in the in-flight file. It may have been sent when the
        // end of the file is what somebody has cut off.
        Ok((state, records)) if !accept || !torn(&records) => {
            Ok(FoundResults { state, records, readable: None })
        }
        Err(error) if !error.is_of_a_record() => Err(error),
        Err(error) if !accept => Err(error.or_accept()),
        _ => {
            let readable = Readable::of(path, names::folder_of(path), gateway)?;
            Ok(FoundResults { state: readable.state()?, records: None, readable: Some(readable) })
        }
    }
}

/// Reads the results and checks that they may be a run's own; nothing is written to them.
fn read_as_own(
    path: &Path,
    memory: &Memory,
    in_flight: Option<&InFlightReader>,
    opening: &Opening<'_>,
) -> Result<FoundResults, Error> {
    let read = find(path, opening.accept, opening.gateway)?;
    let state = &read.state;
    state.check_gateway(path, opening.gateway, opening.adopt)?;
    if let Some(in_flight) = in_flight {
        in_flight.check_gateway(opening.gateway, opening.adopt)?;
    }
    if opening.accept {
        return Ok(read);
    }
    let Holdings { messages, sent, .. } = state.holdings();
    let found = match read.records.as_ref().map(Records::offset) {
        None => Found::Gone,
        Some(0) => Found::Empty,
        Some(_) => Found::Holding { messages, sent },
    };
    if memory.is_less(found, opening.moved) {
        let (path, memory) = (path.to_owned(), Box::new(memory.clone()));
        return Err(Error::LessThanRemembered { path, found, memory });
    }
    let remembered = memory.in_flight();
    let in_flight_length = in_flight.map_or(0, InFlightReader::length);
    if in_flight_length < remembered {
        let path = names::in_flight_path(path);
        let (found, length) = (in_flight_length, remembered);
        return Err(Error::InFlightLost { path, found, length });
    }
    if let Some(in_flight) = in_flight {
        let length = std::fs::metadata(path).map_or(0, |file| file.len());
        in_flight.check_length(path, length)?;
    }
    Ok(read)
}

/// Cuts a torn line off, gives a whole one its line end, and a new file its header. Returns the
/// length of the file.
///
/// # Errors
/// [`Error::Touched`] when it is not the file that was read any more: then what looks like a torn
/// line may be what somebody has saved. [`Error::Io`].
fn repair_end(file: &File, records: &Records) -> Result<u64, Error> {
    records.check_unchanged()?;
    let path = records.path();
    try_repair_end(file, records).map_err(Error::io("append to", path))
}

fn try_repair_end(file: &File, records: &Records) -> io::Result<u64> {
    let path = records.path();
    if records.torn() > 0 {
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
