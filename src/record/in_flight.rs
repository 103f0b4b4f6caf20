//! `RESULTS.inflight`: the messages that a run is about to post.
//!
//! Each batch is written here, and forced onto the disk, before its first message is posted. So
//! after a crash every message that may have been posted without a line in the results is found
//! here, and gets one: `unknown`. The first line holds the version, the gateway, the shard, the
//! length of the results when the run began, and the run's start time; each further line is a
//! message.
//!
//! A torn last line, or zeros in its place after a power cut, belongs to a batch that was never
//! posted. The file is locked while its run is alive: it keeps a second run out although somebody
//! has removed the lock file.

mod lost_answers;

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::csv_text::{BOM, csv_line};
use super::error::Error;
use super::ledger::columns::Layout;
use super::ledger::content::card_id_of;
use super::ledger::entry::{Entry, Record};
use super::ledger::reader::{Records, ids_of_run};
use super::ledger::state::LedgerState;
use super::lock::SharedFile;
use super::names::REHEARSAL;
use super::{fs, names};
use crate::prepare::message::IdKey;
use crate::read::own_columns::Column;
use crate::read::plain_file;
use crate::send::outcome::Status;

pub use self::lost_answers::{InFlightRun, LostAnswers, run_in_flight};

/// The first words of the file. A file of another version than these two is not read.
const VERSION: &str = "lipasend-inflight 2";

/// The first words of a file without a shard.
const VERSION_1: &str = "lipasend-inflight 1";

/// The shard of a run that sends the whole list.
pub const WHOLE_LIST: &str = "1/1";

/// More bytes than any first line has.
const FIRST_LINE_BYTES: u64 = 4096;

/// The columns of each message: enough for a line of the results.
const COLUMNS: [Column; 8] = [
    Column::MessageId,
    Column::Campaign,
    Column::From,
    Column::To,
    Column::Name,
    Column::Phone,
    Column::Source,
    Column::Line,
];

/// The in-flight file of this run.
#[derive(Debug)]
pub struct InFlight {
    path: PathBuf,
    file: File,
    layout: Layout,
    /// The file's length up to the last whole batch, on the disk.
    length: u64,
    /// The lock file, which remembers the length.
    lock: SharedFile,
}

impl InFlight {
    /// Creates the file of a run whose results are `results_length` bytes long when it begins. The
    /// file of an earlier run is never overwritten: it is an error.
    pub(super) fn create(
        results: &Path,
        gateway: &str,
        results_length: u64,
        run: Timestamp,
        lock: SharedFile,
    ) -> Result<Self, Error> {
        let path = names::in_flight_path(results);
        let shard = WHOLE_LIST.to_owned();
        let first = FirstLine { gateway: gateway.to_owned(), shard, results_length, run, lacks: 0 }
            .to_line();
        let created = fs::create_private(&path).and_then(|file| {
            // A reader may hold a shared lock for a moment.
            file.lock()?;
            fs::append(&file, &path, &first)?;
            fs::sync_new(&file, &path)?;
            Ok(file)
        });
        let file = created.map_err(Error::io("create", &path))?;
        let length = first.len() as u64;
        lock.remember_in_flight(length)?;
        Ok(Self { path, file, layout: Layout::of(&COLUMNS), length, lock })
    }

    /// Checks that nobody has changed the file.
    ///
    /// # Errors
    /// [`Error::Touched`] when somebody has; [`Error::Io`].
    pub(super) fn check_unchanged(&self) -> Result<(), Error> {
        Error::if_touched(&self.path, &self.file, self.length)
    }

    /// Writes a batch of messages that are about to be posted. Only when it returns may the first
    /// of them be. Of each entry only the message and its place are used, not the outcome.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Touched`] when somebody changed the file: then none of the batch
    /// may be posted.
    pub fn append<'a, 'e: 'a>(
        &mut self,
        batch: impl IntoIterator<Item = &'a Entry<'e>>,
    ) -> Result<(), Error> {
        self.check_unchanged()?;
        let mut lines = Vec::new();
        for entry in batch {
            lines.extend(self.layout.line(|column| entry.cell(column)));
        }
        let written = fs::append(&self.file, &self.path, &lines)
            .and_then(|()| fs::sync_data(&self.file, &self.path));
        match written {
            Ok(()) => self.length += lines.len() as u64,
            // None of it will be posted; if it cannot be cut off, it will be taken for unknown.
            Err(_) => drop(self.file.set_len(self.length)),
        }
        written.map_err(Error::io("append to", &self.path))?;
        // Before the first post of the batch: a file that is cut after a crash is noticed.
        self.lock.remember_in_flight(self.length)
    }

    /// Removes the file: every message in it has its line in the results, on the disk.
    pub(super) fn remove(self) -> Result<(), Error> {
        remove(&self.path)
    }
}

/// The in-flight file of another run, which was killed or is still going on.
pub(super) struct InFlightReader {
    path: PathBuf,
    input: BufReader<File>,
    /// `None` when the run was killed before this line was whole, and so before its first post.
    first: Option<FirstLine>,
    alive: bool,
    /// The file's length without zeros at its end.
    length: u64,
}

impl InFlightReader {
    /// Opens the in-flight file of a results file, if there is one.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when the first line is not ours; [`Error::Io`].
    pub(super) fn open(results: &Path) -> Result<Option<Self>, Error> {
        let path = names::in_flight_path(results);
        let file = match plain_file::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(Error::reading("open", &path))?,
        };
        // Only for this moment: the run that made the file holds it as long as it is alive.
        let alive = match file.try_lock_shared() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(error)) => return Err(Error::reading("lock", &path)(error)),
        };
        if !alive {
            file.unlock().map_err(Error::reading("unlock", &path))?;
        }
        let length = length_without_zeros(&file).map_err(Error::reading("read", &path))?;
        let mut input = BufReader::new(file);
        let first = FirstLine::read(&mut input, &path)?;
        Ok(Some(Self { path, input, first, alive, length }))
    }

    /// The length of the file without zeros at its end, in bytes; 0 without a whole first line.
    pub(super) fn length(&self) -> u64 {
        self.first.as_ref().map_or(0, |first| self.length + first.lacks)
    }

    /// Returns whether the run that made the file is still going on.
    pub(super) fn is_alive(&self) -> bool {
        self.alive
    }

    /// Checks that no other run is writing these results, although this one holds their lock:
    /// somebody has removed the lock file.
    pub(super) fn check_not_alive(&self) -> Result<(), Error> {
        match self.alive {
            false => Ok(()),
            true => Err(Error::Locked { path: self.path.clone(), holder: String::new() }),
        }
    }

    /// Checks that the results, `found` bytes long, are not shorter than when the run began.
    pub(super) fn check_length(&self, results: &Path, found: u64) -> Result<(), Error> {
        match self.first.as_ref().map(|first| first.results_length) {
            Some(length) if found < length => {
                Err(Error::ShorterThanInFlight { path: results.to_owned(), found, length })
            }
            _ => Ok(()),
        }
    }

    /// The gateway that the run sends to; `None` when it posted nothing.
    pub(super) fn gateway(&self) -> Option<&str> {
        self.first.as_ref().map(|first| first.gateway.as_str())
    }

    /// When the run began; `None` when it posted nothing.
    pub(super) fn run(&self) -> Option<Timestamp> {
        self.first.as_ref().map(|first| first.run)
    }

    /// Checks that the run sent to this run's gateway, or that the other name is adopted.
    pub(super) fn check_gateway(&self, ours: &str, adopt: bool) -> Result<(), Error> {
        let Some(theirs) = self.gateway() else { return Ok(()) };
        let rehearsal = [theirs, ours].contains(&REHEARSAL);
        match theirs == ours || (adopt && !rehearsal) {
            true => Ok(()),
            false => Err(Error::other_gateway(&self.path, theirs, ours)),
        }
    }

    /// Calls `visit` once for each message that has no line in `results` since the run began. One
    /// that was sent before that is among them.
    pub(super) fn each_open(
        self,
        results: &Path,
        mut visit: impl FnMut(&Record<'_>, IdKey),
    ) -> Result<(), Error> {
        let Some(first) = self.first else { return Ok(()) };
        let mut done = match results.exists() {
            true => ids_of_run(results, first.results_length, first.run)?,
            false => HashSet::new(),
        };
        let mut records = Records::bare(self.input, &self.path, Layout::of(&COLUMNS), 2);
        while let Some(record) = records.next_record()? {
            let id = IdKey::of(&record.text(Column::MessageId));
            if record.raw.ends_with(b"\n") && done.insert(id) {
                visit(&record, id);
            }
        }
        Ok(())
    }

    /// Takes each message that is not known to be sent into `state` as `unknown`, and passes the
    /// line that the results lack to `write`. The lines carry this run's name of the gateway.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when the file is damaged; [`Error::Io`].
    pub(super) fn recover(
        self,
        results: &Path,
        gateway: &str,
        state: &mut LedgerState,
        mut write: impl FnMut(&Entry<'_>),
    ) -> Result<(), Error> {
        let Some(run) = self.first.as_ref().map(|first| first.run) else { return Ok(()) };
        self.each_open(results, |record, id| {
            let before = state.get(&id);
            if before.is_some_and(|message| message.status == Status::Sent) {
                return;
            }
            // At least one attempt is assumed.
            let attempts = before.map_or(0, |message| message.attempts).saturating_add(1);
            let cells = COLUMNS.map(|column| record.text(column));
            let cells = cells.each_ref().map(|cell| &**cell);
            let entry = unknown_entry(cells, attempts, gateway, run);
            write(&entry);
            state.take_in_flight(&entry);
        })
    }
}

/// The first line of an in-flight file.
#[derive(Debug, PartialEq, Eq)]
struct FirstLine {
    gateway: String,
    shard: String,
    results_length: u64,
    run: Timestamp,
    /// The number of bytes that a line of version 1 lacks: the lock remembers the length of a file
    /// of version 2, also when somebody has changed it for an older program.
    lacks: u64,
}

impl FirstLine {
    fn to_line(&self) -> Vec<u8> {
        let (length, run) = (self.results_length.to_string(), self.run.to_string());
        csv_line(b',', false, [VERSION, &self.gateway, &self.shard, &length, &run])
    }

    fn parse(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split(',').collect();
        let (gateway, shard, length, run) = match cells[..] {
            [VERSION, gateway, shard, length, run] => (gateway, shard, length, run),
            [VERSION_1, gateway, length, run] => (gateway, WHOLE_LIST, length, run),
            _ => return None,
        };
        Some(Self {
            gateway: gateway.to_owned(),
            shard: shard.to_owned(),
            results_length: length.parse().ok()?,
            run: run.parse().ok()?,
            lacks: if cells[0] == VERSION_1 { 1 + WHOLE_LIST.len() as u64 } else { 0 },
        })
    }

    /// Reads the line; `None` when it is torn, or all zeros after a power cut: it was not synced,
    /// so nothing was posted.
    fn read(input: &mut impl BufRead, path: &Path) -> Result<Option<Self>, Error> {
        let mut bytes = Vec::new();
        let read = input.by_ref().take(FIRST_LINE_BYTES).read_until(b'\n', &mut bytes);
        read.map_err(Error::reading("read", path))?;
        // An editor may have saved it with a byte order mark.
        let line = String::from_utf8_lossy(bytes.strip_prefix(BOM).unwrap_or(&bytes));
        // A longer line, or one with other line ends, is not what is left of the first line.
        let is_one_line = (bytes.len() as u64) < FIRST_LINE_BYTES && !line.contains('\r');
        let torn = || {
            is_one_line && [VERSION, VERSION_1].iter().any(|version| begins_like(&line, version))
        };
        // An editor may have saved it with CRLF.
        let whole = line.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        match whole.map(Self::parse) {
            Some(Some(first)) => Ok(Some(first)),
            None if torn() || are_zeros(input, &bytes).map_err(Error::reading("read", path))? => {
                Ok(None)
            }
            _ => Err(Error::Unreadable {
                path: path.to_owned(),
                line: 1,
                reason: format!(
                    "this is not `{VERSION}` (finish that run with the program that began it)"
                ),
            }),
        }
    }
}

/// The length of a file without zeros at its end, where it was not synced before a power cut. The
/// file is at its beginning then.
fn length_without_zeros(mut file: &File) -> io::Result<u64> {
    let mut length = file.metadata()?.len();
    let mut bytes = [0; 4096];
    while length > 0 {
        let start = length.saturating_sub(bytes.len() as u64);
        let block = &mut bytes[..usize::try_from(length - start).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(block)?;
        match block.iter().rposition(|byte| *byte != 0) {
            Some(last) => {
                length = start + last as u64 + 1;
                break;
            }
            None => length = start,
        }
    }
    file.rewind()?;
    Ok(length)
}

/// Returns whether one text begins with the other.
fn begins_like(line: &str, version: &str) -> bool {
    version.starts_with(line) || line.starts_with(version)
}

/// Returns whether a file holds nothing but zeros, `begin` at its beginning.
fn are_zeros(rest: &mut impl BufRead, begin: &[u8]) -> io::Result<bool> {
    let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    if !zeros(begin) {
        return Ok(false);
    }
    loop {
        let length = match rest.fill_buf()? {
            [] => return Ok(true),
            bytes if !zeros(bytes) => return Ok(false),
            bytes => bytes.len(),
        };
        rest.consume(length);
    }
}

/// The line of a message whose outcome is lost, from its cells in the order of [`COLUMNS`].
fn unknown_entry<'a>(
    [message_id, campaign, from, to, name, phone, source, line]: [&'a str; COLUMNS.len()],
    attempts: u32,
    gateway: &'a str,
    run: Timestamp,
) -> Entry<'a> {
    Entry {
        message_id,
        campaign,
        from,
        to,
        name,
        phone,
        status: Status::Unknown,
        wamid: "",
        gateway_status: "",
        gateway_message_id: "",
        http_status: None,
        error_code: "in_flight",
        error: "the run ended before its answer came",
        attempts,
        sent_at: None,
        latency_ms: None,
        source,
        line: line.parse().ok(),
        gateway,
        run,
        card_id: card_id_of([campaign, from, to, phone].map(str::as_bytes)),
        to_source: "",
        to_line: None,
    }
}

/// Removes the in-flight file at `path`.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    fs::remove(path).map_err(Error::io("remove", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ledger::tests::{Desk, HOST, run, run_name, short};
    use crate::record::ledger::{Compaction, Ledger, MessageState, Opening, tests};
    use crate::record::lock::Lock;
    use crate::record::memory::Memory;

    fn entry(id: &str, status: Status) -> Entry<'_> {
        Entry { name: "=Doe, \"J\"", attempts: 2, ..tests::entry(id, status) }
    }

    impl Desk {
        fn in_flight(&self) -> PathBuf {
            names::in_flight_path(&self.results())
        }

        /// A run that writes `before`, begins, puts `flying` in flight, writes `after` and is
        /// killed.
        fn dead_run(&self, before: &[(&str, Status)], flying: &[&str], after: &[(&str, Status)]) {
            let mut ledger = self.open();
            let earlier = "2026-02-01T08:00:00Z".parse().unwrap();
            for (id, status) in before {
                ledger.append(&Entry { run: earlier, ..entry(id, *status) }).unwrap();
            }
            let mut in_flight = ledger.begin(HOST, run()).unwrap();
            let batch: Vec<Entry<'_>> =
                flying.iter().map(|id| entry(id, Status::Unknown)).collect();
            in_flight.append(&batch).unwrap();
            for (id, status) in after {
                ledger.append(&entry(id, *status)).unwrap();
            }
        }

        /// The number of messages that the next run recovers, and the status of each id after it.
        fn recovered(&self, ids: &[&str]) -> (usize, Vec<Option<Status>>) {
            let before = (self.in_flight().exists(), self.read_or_empty());
            let memory = Ledger::remembered(&self.results()).unwrap();
            let peeked = Ledger::peek(&self.results(), &memory, &tests::opening(HOST, false));
            let peeked = peeked.unwrap().state;
            assert_eq!((self.in_flight().exists(), self.read_or_empty()), before, "peek wrote");
            let status = |state: &LedgerState| -> Vec<_> {
                ids.iter().map(|id| Some(state.get(&IdKey::of(id))?.status)).collect()
            };
            let recovered = self.open().state().in_flight();
            assert!(!self.in_flight().exists());
            let state = self.open().state();
            assert_eq!((peeked.in_flight(), status(&peeked)), (recovered, status(&state)));
            (recovered, status(&state))
        }

        fn read_or_empty(&self) -> Vec<u8> {
            std::fs::read(self.results()).unwrap_or_default()
        }
    }

    #[test]
    fn the_first_line_and_the_messages_are_as_documented() {
        let desk = Desk::new();
        desk.dead_run(&[], &["id-1", "id-2"], &[]);
        let header = Layout::our_header().len();
        let message = "spring,254110090747,254712345678,\"'=Doe, \"\"J\"\"\",\
                       254700000001 254700000002,contacts.csv,2";
        let expected = format!(
            "lipasend-inflight 2,{HOST},1/1,{header},2026-03-01T08:00:00Z\n\
             id-1,{message}\nid-2,{message}\n"
        );
        assert_eq!(std::fs::read_to_string(desk.in_flight()).unwrap(), expected);
    }

    #[test]
    fn a_message_without_a_line_of_the_dead_run_is_unknown() {
        use Status::{Failed, Refused, Sent, Unknown};
        for (before, flying, after, recovered, status) in [
            (&[][..], &["a"][..], &[][..], 1, Some(Unknown)),
            (&[], &["a"], &[("a", Sent)], 0, Some(Sent)),
            (&[], &["a"], &[("a", Failed)], 0, Some(Failed)),
            (&[("a", Failed)], &["a"], &[], 1, Some(Unknown)),
            (&[("a", Refused)], &["a"], &[("b", Sent)], 1, Some(Unknown)),
            (&[("a", Sent)], &["a"], &[], 0, Some(Sent)),
            (&[], &["a", "a"], &[], 1, Some(Unknown)),
            (&[("a", Failed)], &[], &[], 0, Some(Failed)),
        ] {
            let desk = Desk::new();
            desk.dead_run(before, flying, after);
            assert_eq!(desk.recovered(&["a"]), (recovered, vec![status]), "{before:?} {after:?}");
            assert_eq!(desk.recovered(&["a"]), (0, vec![status]), "recovered twice");
        }
    }

    #[test]
    fn a_recovered_line_holds_all_that_is_known() {
        let desk = Desk::new();
        desk.dead_run(&[("a", Status::Failed)], &["a"], &[]);
        let recovered = MessageState { status: Status::Unknown, attempts: 3 };
        assert_eq!(desk.open().state().get(&IdKey::of("a")), Some(recovered));
        assert_eq!(
            desk.text().lines().last().unwrap(),
            "a,spring,254110090747,254712345678,\"'=Doe, \"\"J\"\"\",254700000001 254700000002,unknown,\
             ,,,,in_flight,the run ended before its answer came,3,,,contacts.csv,2,\
             gateway.lipachat.com,2026-03-01T08:00:00.000Z,\
             d635d4d7-07c1-5241-9140-ef31bd92093b,,"
        );
    }

    #[test]
    fn wherever_the_file_is_cut_off_each_whole_line_is_recovered() {
        let desk = Desk::new();
        desk.dead_run(&[], &["a", "b"], &[]);
        let whole = std::fs::read(desk.in_flight()).unwrap();
        for cut in 0..=whole.len() {
            let desk = Desk::new();
            drop(desk.open());
            std::fs::write(desk.in_flight(), &whole[..cut]).unwrap();
            let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
            let (recovered, _) = desk.recovered(&[]);
            assert_eq!(recovered, lines.saturating_sub(1), "cut at {cut}");
        }
    }

    #[test]
    fn in_results_that_were_saved_since_the_lines_of_the_run_count() {
        use Status::{Failed, Sent, Unknown};
        let desk = Desk::new();
        desk.dead_run(&[("a", Failed)], &["a", "b", "c"], &[("b", Failed), ("c", Sent)]);
        let saved = desk.text().replace('\n', "\r\n");
        std::fs::write(desk.results(), saved).unwrap();
        let status = [Some(Unknown), Some(Failed), Some(Sent)];
        assert_eq!(desk.recovered(&["a", "b", "c"]), (1, status.to_vec()));
    }

    #[test]
    fn results_that_are_shorter_than_when_the_run_began_are_an_error() {
        use Status::{Failed, Sent};
        let whole = Desk::new();
        whole.dead_run(&[("a", Failed), ("b", Sent)], &["c"], &[]);
        let text = whole.text();
        let in_flight = std::fs::read(whole.in_flight()).unwrap();
        for length in [None, Some(0), Some(100), Some(text.len() - 1)] {
            let desk = Desk::new();
            std::fs::write(desk.in_flight(), &in_flight).unwrap();
            if let Some(length) = length {
                desk.put("a.results.csv", &text[..length]);
            }
            let found = length.unwrap_or(0) as u64;
            let open = |accept| {
                let lock = Lock::take(&desk.results(), &run_name()).unwrap();
                Ledger::open(lock, &Opening { accept, ..tests::opening(HOST, false) })
            };
            match open(false).unwrap_err() {
                Error::ShorterThanInFlight { found: shown, length, .. } => {
                    assert_eq!((shown, length), (found, text.len() as u64));
                }
                error => panic!("{error}"),
            }
            assert_eq!(desk.results().exists(), length.is_some(), "nothing is written");
            assert!(desk.in_flight().exists());
            let accepted = open(true).unwrap().state();
            assert_eq!(accepted.get(&IdKey::of("c")).unwrap().status, Status::Unknown);
        }
    }

    #[test]
    fn a_file_that_an_editor_saved_with_crlf_is_read() {
        let desk = Desk::new();
        desk.dead_run(&[], &["a", "b"], &[("a", Status::Sent)]);
        let text = std::fs::read_to_string(desk.in_flight()).unwrap();
        std::fs::write(desk.in_flight(), text.replace('\n', "\r\n")).unwrap();
        let statuses = vec![Some(Status::Sent), Some(Status::Unknown)];
        assert_eq!(desk.recovered(&["a", "b"]), (1, statuses));
    }

    #[test]
    fn a_file_that_somebody_removed_or_cut_after_a_crash_is_an_error() {
        let whole = Desk::new();
        whole.dead_run(&[], &["a", "b"], &[("a", Status::Sent)]);
        let in_flight = std::fs::read(whole.in_flight()).unwrap();
        let lock = std::fs::read(names::lock_path(&whole.results())).unwrap();
        // The lock remembers the length at the beginning of the run, and after each sync.
        let remembered = in_flight.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for length in [None, Some(0), Some(remembered - 1)] {
            let desk = Desk::with(whole.text());
            std::fs::write(names::lock_path(&desk.results()), &lock).unwrap();
            if let Some(length) = length {
                let zeros = vec![0; in_flight.len() - length];
                std::fs::write(desk.in_flight(), [&in_flight[..length], &zeros].concat()).unwrap();
                desk.open_for(HOST, false).unwrap_err();
                std::fs::write(desk.in_flight(), &in_flight[..length]).unwrap();
            }
            let error = desk.open_for(HOST, false).unwrap_err();
            assert!(matches!(error, Error::InFlightLost { .. }), "{error}");
            let lock = Lock::take(&desk.results(), &run_name()).unwrap();
            Ledger::open(lock, &Opening { accept: true, ..tests::opening(HOST, false) }).unwrap();
            desk.open();
        }
    }

    #[test]
    fn a_whole_line_with_too_few_cells_is_an_error() {
        let desk = Desk::new();
        desk.dead_run(&[], &["a", "b"], &[]);
        let text = std::fs::read_to_string(desk.in_flight()).unwrap();
        for (from, to) in
            [(",contacts.csv,2", "\0contacts.csv,2"), ("254712345678", "\"254712345678")]
        {
            let at = text.rfind(from).unwrap();
            std::fs::write(
                desk.in_flight(),
                format!("{}{to}{}", &text[..at], &text[at + from.len()..]),
            )
            .unwrap();
            let error = desk.open_for(HOST, false).unwrap_err();
            assert!(matches!(error, Error::Unreadable { .. }), "{error}");
            assert!(desk.in_flight().exists());
        }
    }

    #[test]
    fn a_file_of_version_1_is_recovered() {
        let desk = Desk::new();
        desk.dead_run(&[], &["a", "b"], &[("b", Status::Sent)]);
        let text = std::fs::read_to_string(desk.in_flight()).unwrap();
        std::fs::write(
            desk.in_flight(),
            text.replacen("2,gateway.lipachat.com,1/1,", "1,gateway.lipachat.com,", 1),
        )
        .unwrap();
        let status = [Some(Status::Unknown), Some(Status::Sent)];
        assert_eq!(desk.recovered(&["a", "b"]), (1, status.to_vec()));
    }

    #[test]
    fn zeros_after_a_power_cut_say_that_nothing_was_posted() {
        for zeros in [1, 71, 10_000] {
            let desk = Desk::new();
            drop(desk.open());
            std::fs::write(desk.in_flight(), vec![0; zeros]).unwrap();
            assert_eq!(desk.recovered(&[]), (0, vec![]));
        }
        let desk = Desk::new();
        desk.dead_run(&[], &["a"], &[]);
        let mut bytes = std::fs::read(desk.in_flight()).unwrap();
        bytes.extend([0; 500]);
        std::fs::write(desk.in_flight(), bytes).unwrap();
        assert_eq!(desk.recovered(&["a"]), (1, vec![Some(Status::Unknown)]));
    }

    #[test]
    fn the_file_of_a_run_that_is_alive_keeps_another_run_out() {
        let desk = Desk::new();
        let mut ledger = desk.open();
        let mut in_flight = ledger.begin(HOST, run()).unwrap();
        in_flight.append([&entry("a", Status::Unknown)]).unwrap();
        // Without its lock file the second run can lock a new one.
        std::fs::remove_file(names::lock_path(&desk.results())).unwrap();
        let before = (desk.read_or_empty(), std::fs::read(desk.in_flight()).unwrap());
        let second = desk.open_for(HOST, false);
        assert!(matches!(second, Err(Error::Locked { .. })), "{second:?}");
        assert_eq!((desk.read_or_empty(), std::fs::read(desk.in_flight()).unwrap()), before);
        let peeked =
            Ledger::peek(&desk.results(), &Memory::Nothing, &tests::opening(HOST, false)).unwrap();
        assert!(peeked.running);
        let error = ledger.finish(in_flight).unwrap_err();
        assert!(error.is_touched(), "{error}");
        assert!(desk.in_flight().exists());
    }

    #[test]
    fn a_batch_is_not_posted_when_somebody_has_changed_the_file() {
        type Change = fn(&Path);
        let changes: [Change; 3] = [
            |path| std::fs::remove_file(path).unwrap(),
            |path| std::fs::write(path, "").unwrap(),
            |path| {
                let copy = path.with_extension("copy");
                std::fs::copy(path, &copy).unwrap();
                std::fs::rename(copy, path).unwrap();
            },
        ];
        for change in changes {
            let desk = Desk::new();
            let mut in_flight = desk.open().begin(HOST, run()).unwrap();
            in_flight.append([&entry("a", Status::Unknown)]).unwrap();
            change(&desk.in_flight());
            let error = in_flight.append([&entry("b", Status::Unknown)]).unwrap_err();
            assert!(error.is_touched(), "{error}");
        }
    }

    #[test]
    fn the_file_of_an_earlier_run_is_never_overwritten() {
        let desk = Desk::new();
        let mut ledger = desk.open();
        std::fs::write(desk.in_flight(), "").unwrap();
        assert!(ledger.begin(HOST, run()).is_err());
        assert!(desk.in_flight().exists());
    }

    #[test]
    fn another_gateway_or_another_file_is_an_error_and_stays() {
        let first = |gateway: &str| {
            format!("{VERSION},{gateway},1/1,30,2026-03-01T08:00:00Z\na,,1,2,J,3,x,1\n")
        };
        for (content, adopt, passes) in [
            (first("h"), false, true),
            (first("old.host"), false, false),
            (first("old.host"), true, true),
            (first("rehearsal"), true, false),
            ("something else\n".to_owned(), false, false),
            ("x".repeat(10_000), false, false),
            (format!("{}a,b\nc,,1,2,J,3,x,1\n", first("h")), false, false),
            (format!("{}b,,1,2,\"J,3,x,1\nc,,1,2,\"K,3,x,1\n", first("h")), false, false),
            (first("h").replace(VERSION, "lipasend-inflight 3"), false, false),
        ] {
            let desk = Desk::with(short(&["a,sent,h,"]));
            std::fs::write(desk.in_flight(), &content).unwrap();
            let peeked =
                Ledger::peek(&desk.results(), &Memory::Nothing, &tests::opening("h", adopt));
            assert_eq!(peeked.is_ok(), passes, "{content}");
            assert_eq!(desk.open_for("h", adopt).is_ok(), passes, "{content}");
            assert_eq!(desk.in_flight().exists(), !passes, "{content}");
        }
    }

    #[test]
    fn a_clean_end_leaves_one_line_for_each_id_and_no_file() {
        let desk = Desk::new();
        desk.open().append(&entry("a", Status::Failed)).unwrap();
        let mut ledger = desk.open();
        let mut in_flight = ledger.begin(HOST, run()).unwrap();
        in_flight.append([&entry("a", Status::Unknown)]).unwrap();
        ledger.append(&entry("a", Status::Sent)).unwrap();
        assert!(matches!(ledger.finish(in_flight).unwrap(), Compaction::Dropped(1)));
        assert!(!desk.in_flight().exists());
        assert_eq!(desk.text().lines().count(), 2);
    }

    #[test]
    fn each_step_is_on_the_disk_before_the_next_one() {
        let desk = Desk::new();
        let calls = fs::calls_of(|| drop(desk.open()));
        assert_eq!(
            calls,
            [
                "overwrite a.results.csv.lock",
                "write a.results.csv",
                "fsync a.results.csv",
                "fsync the folder of a.results.csv",
                "overwrite a.results.csv.lock",
            ]
        );
        let calls = fs::calls_of(|| desk.dead_run(&[], &["a"], &[("b", Status::Sent)]));
        assert_eq!(
            calls,
            [
                "overwrite a.results.csv.lock",
                "overwrite a.results.csv.lock",
                "fdatasync a.results.csv",
                "overwrite a.results.csv.lock",
                "write a.results.csv.inflight",
                "fsync a.results.csv.inflight",
                "fsync the folder of a.results.csv.inflight",
                "overwrite a.results.csv.lock",
                "write a.results.csv.inflight",
                "fdatasync a.results.csv.inflight",
                "overwrite a.results.csv.lock",
                "write a.results.csv",
            ]
        );
        let calls = fs::calls_of(|| drop(desk.open()));
        assert_eq!(
            calls,
            [
                "overwrite a.results.csv.lock",
                "write a.results.csv",
                "fdatasync a.results.csv",
                "overwrite a.results.csv.lock",
                "fdatasync a.results.csv.lock",
                "remove a.results.csv.inflight",
                "fsync the folder of a.results.csv.inflight",
                "overwrite a.results.csv.lock",
            ]
        );
        let mut ledger = desk.open();
        let mut in_flight = ledger.begin(HOST, run()).unwrap();
        in_flight.append([&entry("a", Status::Unknown)]).unwrap();
        ledger.append(&entry("a", Status::Sent)).unwrap();
        let calls = fs::calls_of(|| drop(ledger.finish(in_flight)));
        assert_eq!(
            calls,
            [
                "fdatasync a.results.csv",
                "overwrite a.results.csv.lock",
                "overwrite a.results.csv.lock",
                "fdatasync a.results.csv.lock",
                "remove a.results.csv.inflight",
                "fsync the folder of a.results.csv.inflight",
                "fsync a.results.csv.new",
                "rename to a.results.csv",
                "fsync the folder of a.results.csv",
                "overwrite a.results.csv.lock",
            ]
        );
    }

    #[test]
    fn a_batch_that_is_cut_off_or_spoiled_a_moment_after_it_was_written_is_an_error() {
        type Spoil = fn(&[u8], usize) -> Vec<u8>;
        let spoils: [(&str, Spoil); 4] = [
            (" bytes, but the last run ended with ", |file, first| file[..first].to_vec()),
            (" bytes, but the last run ended with ", |file, _| file[..file.len() - 1].to_vec()),
            (" bytes, but the last run ended with ", |file, first| {
                [&file[..first], &vec![0; file.len() - first]].concat()
            }),
            ("line 1: ", |file, _| String::from_utf8_lossy(file).replace('\n', "\r").into_bytes()),
        ];
        for (expected, spoil) in spoils {
            let desk = Desk::new();
            // The run is killed before it syncs anything.
            desk.dead_run(&[], &["a", "b"], &[]);
            let file = std::fs::read(desk.in_flight()).unwrap();
            let first = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
            std::fs::write(desk.in_flight(), spoil(&file, first)).unwrap();
            let memory = Ledger::remembered(&desk.results()).unwrap();
            let opening = tests::opening(HOST, false);
            let error = Ledger::peek(&desk.results(), &memory, &opening).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_batch_that_cannot_be_written_or_synced_is_an_error() {
        // The first takes no bytes, the second cannot be synced.
        for device in ["/dev/full", "/dev/null"] {
            let file = File::options().append(true).open(device).unwrap();
            let path = PathBuf::from(device);
            let folder = tempfile::tempdir().unwrap();
            let lock = Lock::take(&folder.path().join("a"), &run_name()).unwrap().shared_file();
            let (layout, length) = (Layout::of(&COLUMNS), 0);
            let mut in_flight = InFlight { path, file, layout, length, lock };
            let error = in_flight.append([&entry("a", Status::Unknown)]).unwrap_err();
            assert!(error.to_string().starts_with(&format!("cannot append to {device}: ")));
        }
    }
}
