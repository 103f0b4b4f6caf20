//! `RESULTS.inflight`: the messages that a run is about to post.
//!
//! Each batch is written here, and forced onto the disk, before its first message is posted. So
//! after a crash every message that may have been posted without a line in the results is found
//! here, and gets one: `unknown`. The first line holds the version, the gateway, the length of the
//! results when the run began, and the run's start time; each further line is a message.
//!
//! A torn last line belongs to a batch that was never posted.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::error::Error;
use super::ledger::columns::{Layout, csv_line};
use super::ledger::entry::{Entry, Record};
use super::ledger::reader::{Records, ids_behind};
use super::ledger::state::LedgerState;
use super::names::REHEARSAL;
use super::{fs, names};
use crate::prepare::message::IdKey;
use crate::read::own_columns::Column;
use crate::read::plain_file;
use crate::send::outcome::Status;

/// The first words of the file. A file of another version is not read.
const VERSION: &str = "lipasend-inflight 1";

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
    /// The file's length up to the last whole batch.
    length: u64,
}

impl InFlight {
    /// Creates the file of a run whose results are `results_length` bytes long when it begins. The
    /// file of an earlier run is never overwritten: it is an error.
    pub(super) fn create(
        results: &Path,
        gateway: &str,
        results_length: u64,
        run: Timestamp,
    ) -> Result<Self, Error> {
        let path = names::in_flight_path(results);
        let first = FirstLine { gateway: gateway.to_owned(), results_length, run }.to_line();
        let created = fs::create_private(&path).and_then(|file| {
            fs::append(&file, &path, &first)?;
            fs::sync_new(&file, &path)?;
            Ok(file)
        });
        let file = created.map_err(Error::io("create", &path))?;
        Ok(Self { path, file, layout: Layout::of(&COLUMNS), length: first.len() as u64 })
    }

    /// Writes a batch of messages that are about to be posted. Only when it returns may the first
    /// of them be. Of each entry only the message and its place are used, not the outcome.
    ///
    /// # Errors
    /// [`Error::Io`]: then none of the batch may be posted.
    pub fn append<'a, 'e: 'a>(
        &mut self,
        batch: impl IntoIterator<Item = &'a Entry<'e>>,
    ) -> Result<(), Error> {
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
        written.map_err(Error::io("append to", &self.path))
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
        let mut input = BufReader::new(file);
        let first = FirstLine::read(&mut input, &path)?;
        Ok(Some(Self { path, input, first }))
    }

    /// The gateway that the run sends to; `None` when it posted nothing.
    pub(super) fn gateway(&self) -> Option<&str> {
        self.first.as_ref().map(|first| first.gateway.as_str())
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
            true => ids_behind(results, first.results_length)?,
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
    results_length: u64,
    run: Timestamp,
}

impl FirstLine {
    fn to_line(&self) -> Vec<u8> {
        let (length, run) = (self.results_length.to_string(), self.run.to_string());
        csv_line(b',', false, [VERSION, &self.gateway, &length, &run])
    }

    fn parse(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split(',').collect();
        let [VERSION, gateway, length, run] = cells[..] else {
            return None;
        };
        let (results_length, run) = (length.parse().ok()?, run.parse().ok()?);
        Some(Self { gateway: gateway.to_owned(), results_length, run })
    }

    /// Reads the line; `None` when it is torn.
    fn read(input: &mut impl BufRead, path: &Path) -> Result<Option<Self>, Error> {
        let mut line = String::new();
        let read = input.take(FIRST_LINE_BYTES).read_line(&mut line);
        read.map_err(Error::reading("read", path))?;
        match line.strip_suffix('\n').map(Self::parse) {
            Some(Some(first)) => Ok(Some(first)),
            None if VERSION.starts_with(&line) || line.starts_with(VERSION) => Ok(None),
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
    }
}

/// Removes the in-flight file at `path`.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    fs::remove(path).map_err(Error::io("remove", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ledger::tests::{Desk, HOST, run, short};
    use crate::record::ledger::{Compaction, Ledger, MessageState, tests};

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
            for (id, status) in before {
                ledger.append(&entry(id, *status)).unwrap();
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
            let peeked = Ledger::peek(&self.results(), HOST, false).unwrap();
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
            "lipasend-inflight 1,{HOST},{header},2026-03-01T08:00:00Z\n\
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
             gateway.lipachat.com,2026-03-01T08:00:00.000Z"
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
    fn results_that_were_saved_or_deleted_since_prove_nothing() {
        use Status::{Failed, Sent, Unknown};
        let desk = Desk::new();
        desk.dead_run(&[("a", Failed)], &["a", "b"], &[("a", Failed), ("b", Sent)]);
        let saved = desk.text().replace('\n', "\r\n");
        std::fs::write(desk.results(), saved).unwrap();
        assert_eq!(desk.recovered(&["a", "b"]), (1, vec![Some(Unknown), Some(Sent)]));

        let desk = Desk::new();
        desk.dead_run(&[("a", Failed)], &["a"], &[("a", Sent)]);
        std::fs::remove_file(desk.results()).unwrap();
        assert_eq!(desk.recovered(&["a"]), (1, vec![Some(Unknown)]));
    }

    #[test]
    fn the_file_of_an_earlier_run_is_never_overwritten() {
        let desk = Desk::new();
        let ledger = desk.open();
        std::fs::write(desk.in_flight(), "").unwrap();
        assert!(ledger.begin(HOST, run()).is_err());
        assert!(desk.in_flight().exists());
    }

    #[test]
    fn another_gateway_or_another_file_is_an_error_and_stays() {
        let first = |gateway: &str| {
            format!("{VERSION},{gateway},160,2026-03-01T08:00:00Z\na,,1,2,J,3,x,1\n")
        };
        for (content, adopt, passes) in [
            (first("h"), false, true),
            (first("old.host"), false, false),
            (first("old.host"), true, true),
            (first("rehearsal"), true, false),
            ("something else\n".to_owned(), false, false),
            ("x".repeat(10_000), false, false),
            (format!("{}a,b\nc,,1,2,J,3,x,1\n", first("h")), false, false),
        ] {
            let desk = Desk::with(short(&["a,sent,h,"]));
            std::fs::write(desk.in_flight(), &content).unwrap();
            assert_eq!(Ledger::peek(&desk.results(), "h", adopt).is_ok(), passes, "{content}");
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
            ["write a.results.csv", "fsync a.results.csv", "fsync the folder of a.results.csv",]
        );
        let calls = fs::calls_of(|| desk.dead_run(&[], &["a"], &[("b", Status::Sent)]));
        assert_eq!(
            calls,
            [
                "write a.results.csv.inflight",
                "fsync a.results.csv.inflight",
                "fsync the folder of a.results.csv.inflight",
                "write a.results.csv.inflight",
                "fdatasync a.results.csv.inflight",
                "write a.results.csv",
            ]
        );
        let calls = fs::calls_of(|| drop(desk.open()));
        assert_eq!(
            calls,
            [
                "write a.results.csv",
                "fdatasync a.results.csv",
                "remove a.results.csv.inflight",
                "fsync the folder of a.results.csv.inflight",
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
                "remove a.results.csv.inflight",
                "fsync the folder of a.results.csv.inflight",
                "fsync a.results.csv.new",
                "rename to a.results.csv",
                "fsync the folder of a.results.csv",
            ]
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_batch_that_cannot_be_written_or_synced_is_an_error() {
        // The first takes no bytes, the second cannot be synced.
        for device in ["/dev/full", "/dev/null"] {
            let file = File::options().append(true).open(device).unwrap();
            let path = PathBuf::from(device);
            let mut in_flight = InFlight { path, file, layout: Layout::of(&COLUMNS), length: 0 };
            let error = in_flight.append([&entry("a", Status::Unknown)]).unwrap_err();
            assert!(error.to_string().starts_with(&format!("cannot append to {device}: ")));
        }
    }
}
