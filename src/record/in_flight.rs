//! What a run was about to post when it died.
//!
//! Each batch of messages is written here, and onto the disk, before the first of them is posted. So
//! after a crash every message that may have gone out without a line in the ledger is found here,
//! and gets one: `unknown`. The first line holds the version, the gateway, the ledger's length when
//! the run began, and the run; each further one a message, its id first.
//!
//! A torn last line belongs to a batch that was never posted.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::ledger::columns::{Layout, csv_line};
use super::ledger::{
    Column, Compaction, Entry, Ledger, LedgerState, MessageState, Record, Records, ids_behind,
    other_gateway,
};
use super::{Error, fs};
use crate::prepare::message::IdKey;
use crate::send::outcome::Status;

/// The first words of the file: another version is not read.
const VERSION: &str = "lipasend-inflight 1";

/// More than any first line is long.
const FIRST_LINE_BYTES: u64 = 4096;

/// What is written of each message: enough for a line of the ledger.
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
    /// Begins the file of a run, behind all that the ledger holds now. What an earlier run left must
    /// have been [recovered](recover) before: it is never overwritten.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn begin(ledger: &Ledger, gateway: &str, run: Timestamp) -> Result<Self, Error> {
        let path = path_beside(ledger.path());
        let first = [VERSION, gateway, &ledger.length().to_string(), &run.to_string()];
        let (file, length) = begin_file(&path, first).map_err(Error::io("create", &path))?;
        Ok(Self { path, file, layout: Layout::of(&COLUMNS), length })
    }

    /// Writes a batch of messages that are about to be posted. Only when it returns may the first of
    /// them be. Of each entry only the fields before the outcome, and the place, are used.
    ///
    /// # Errors
    /// [`Error::Io`]: then none of the batch may be posted.
    pub fn append<'a, 'e: 'a>(
        &mut self,
        batch: impl IntoIterator<Item = &'a Entry<'e>>,
    ) -> Result<(), Error> {
        let written = self.write(batch);
        if written.is_err() {
            // None of it will be posted; if it cannot be cut off, it is taken for unknown.
            let _ = self.file.set_len(self.length);
        }
        written.map_err(Error::io("append to", &self.path))
    }

    fn write<'a, 'e: 'a>(
        &mut self,
        batch: impl IntoIterator<Item = &'a Entry<'e>>,
    ) -> io::Result<()> {
        let mut lines = Vec::new();
        for entry in batch {
            lines.extend(self.layout.line(|column| entry.cell(column)));
        }
        self.file.write_all(&lines)?;
        self.file.sync_data()?;
        self.length += lines.len() as u64;
        Ok(())
    }

    /// Ends a run in which every message has its outcome: the ledger is forced onto the disk, then
    /// this file goes, then the ledger is compacted. In this order, so that wherever it is cut off
    /// nothing is lost.
    ///
    /// # Errors
    /// [`Error::Io`]. A compaction that is not possible is not an error.
    pub fn finish(self, mut ledger: Ledger) -> Result<Compaction, Error> {
        ledger.sync()?;
        remove(&self.path)?;
        Ok(ledger.compact())
    }
}

fn begin_file(path: &Path, first: [&str; 4]) -> io::Result<(File, u64)> {
    let line = csv_line(b',', false, first);
    let mut file = fs::create_private(path)?;
    file.write_all(&line)?;
    file.sync_all()?;
    fs::sync_folder_of(path)?;
    Ok((file, line.len() as u64))
}

/// Gives each message that an earlier run left in flight an `unknown` line in the ledger, and
/// removes that run's file. Says how many there were.
///
/// # Errors
/// [`Error::OtherGateway`] when that run sent to another gateway and `adopt` is not given;
/// [`Error::Unreadable`] when the file is damaged; [`Error::Io`].
pub fn recover(ledger: &mut Ledger, gateway: &str, adopt: bool) -> Result<usize, Error> {
    let path = path_beside(ledger.path());
    let Some(mut input) = open_if_there(&path)? else { return Ok(0) };
    let recovered = match read_first_line(&mut input, &path)? {
        Some(dead) => {
            dead.check_gateway(&path, gateway, adopt)?;
            dead.recover(input, &path, gateway, ledger)?
        }
        None => 0,
    };
    ledger.sync()?;
    remove(&path)?;
    Ok(recovered)
}

/// What a check must know: the messages that a run left in flight are `unknown` in `standings`, and
/// nothing is written. Says how many there are. The run may still be going on.
///
/// # Errors
/// As [`recover`].
pub fn peek(
    results: &Path,
    gateway: &str,
    adopt: bool,
    ledger_state: &mut LedgerState,
) -> Result<usize, Error> {
    let path = path_beside(results);
    let Some(mut input) = open_if_there(&path)? else { return Ok(0) };
    match read_first_line(&mut input, &path)? {
        Some(dead) => {
            dead.check_gateway(&path, gateway, adopt)?;
            dead.peek(input, &path, results, ledger_state)
        }
        None => Ok(0),
    }
}

/// Each message that a run has in flight beside other results, or left so, if its gateway `counts`, as
/// far as they can be read. What is sent in those results is for the caller to leave out.
///
/// # Errors
/// As [`recover`], but for another gateway.
pub(super) fn ids_beside(
    results: &Path,
    counts: impl Fn(&str) -> bool,
    mut found: impl FnMut(IdKey),
) -> Result<(), Error> {
    let path = path_beside(results);
    let Some(mut input) = open_if_there(&path)? else { return Ok(()) };
    match read_first_line(&mut input, &path)?.filter(|run| counts(&run.gateway)) {
        Some(run) => run.each_open(input, &path, results, |_, key| {
            found(key);
            Ok(())
        }),
        None => Ok(()),
    }
}

fn open_if_there(path: &Path) -> Result<Option<BufReader<File>>, Error> {
    match File::open(path) {
        Ok(file) => Ok(Some(BufReader::new(file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::reading("open", path)(error)),
    }
}

/// The run that left the file, as its first line tells.
struct DeadRun {
    gateway: String,
    length: u64,
    run: Timestamp,
}

impl DeadRun {
    fn told(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split(',').collect();
        let [VERSION, gateway, length, run] = cells[..] else {
            return None;
        };
        let (length, run) = (length.parse().ok()?, run.parse().ok()?);
        Some(Self { gateway: gateway.to_owned(), length, run })
    }

    fn check_gateway(&self, path: &Path, ours: &str, adopt: bool) -> Result<(), Error> {
        let rehearsal = [self.gateway.as_str(), ours].contains(&super::ledger::REHEARSAL);
        match self.gateway == ours || (adopt && !rehearsal) {
            true => Ok(()),
            false => Err(other_gateway(path, &self.gateway, ours)),
        }
    }

    /// The lines get this run's name of the gateway, by which the ledger is known from now on.
    fn recover(
        &self,
        input: impl Read,
        path: &Path,
        gateway: &str,
        ledger: &mut Ledger,
    ) -> Result<usize, Error> {
        let results = ledger.path().to_owned();
        let mut recovered = 0;
        self.each_open(input, path, &results, |record, key| {
            let before = ledger.ledger_state().get(&key);
            if !is_sent(before) {
                let attempts = before.map_or(0, |standing| standing.attempts).saturating_add(1);
                append_unknown(ledger, record, attempts, gateway, self.run)?;
                recovered += 1;
            }
            Ok(())
        })?;
        Ok(recovered)
    }

    /// What [`recover`](Self::recover) would write, taken into `standings` alone.
    fn peek(
        &self,
        input: impl Read,
        path: &Path,
        results: &Path,
        ledger_state: &mut LedgerState,
    ) -> Result<usize, Error> {
        let mut open = 0;
        self.each_open(input, path, results, |record, key| {
            if !is_sent(ledger_state.get(&key)) {
                ledger_state.note_in_flight(key, record);
                open += 1;
            }
            Ok(())
        })?;
        Ok(open)
    }

    /// Visits each message that has no line in `results` since the run began, once. One that is sent by
    /// an earlier line is for the visitor to leave out.
    fn each_open(
        &self,
        input: impl Read,
        path: &Path,
        results: &Path,
        mut visit: impl FnMut(&Record<'_>, IdKey) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut done = match results.exists() {
            true => ids_behind(results, self.length)?,
            false => HashSet::new(),
        };
        let mut records = Records::bare(input, path, Layout::of(&COLUMNS), 2);
        while let Some(record) = records.next_record()? {
            let key = IdKey::of(&record.text(Column::MessageId));
            if record.raw.ends_with(b"\n") && done.insert(key) {
                visit(&record, key)?;
            }
        }
        Ok(())
    }
}

fn is_sent(standing: Option<MessageState>) -> bool {
    standing.is_some_and(|standing| standing.status == Status::Sent)
}

/// At least one attempt is assumed; when it was, nobody knows.
fn append_unknown(
    ledger: &mut Ledger,
    record: &Record<'_>,
    attempts: u32,
    gateway: &str,
    run: Timestamp,
) -> Result<(), Error> {
    let cells = COLUMNS.map(|column| record.text(column));
    let [message_id, campaign, from, to, name, phone, source, _] =
        cells.each_ref().map(|cell| &**cell);
    ledger.append_recovered(&Entry {
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
        line: record.number(Column::Line),
        gateway,
        run,
    })
}

/// Reads the first line; `None` when the run died before it was whole, and so before any post.
fn read_first_line(input: &mut impl BufRead, path: &Path) -> Result<Option<DeadRun>, Error> {
    let mut line = String::new();
    let read = input.take(FIRST_LINE_BYTES).read_line(&mut line);
    read.map_err(Error::reading("read", path))?;
    match line.strip_suffix('\n').map(DeadRun::told) {
        Some(Some(dead)) => Ok(Some(dead)),
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

/// The in-flight file of a results file.
#[must_use]
pub fn path_beside(results: &Path) -> PathBuf {
    fs::with_suffix(results, ".inflight")
}

fn remove(path: &Path) -> Result<(), Error> {
    let removed = fs::remove_if_there(path).and_then(|()| fs::sync_folder_of(path));
    removed.map_err(Error::io("remove", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ledger::MessageState;
    use crate::record::lock::Lock;
    use std::time::Duration;

    const HOST: &str = "gateway.lipachat.com";

    fn run() -> Timestamp {
        "2026-03-01T08:00:00Z".parse().unwrap()
    }

    fn entry(id: &str, status: Status) -> Entry<'_> {
        Entry {
            message_id: id,
            campaign: "",
            from: "254110090747",
            to: "254712345678",
            name: "=Doe, \"J\"",
            phone: "254700000001",
            status,
            wamid: "",
            gateway_status: "",
            gateway_message_id: "",
            http_status: None,
            error_code: "",
            error: "",
            attempts: 2,
            sent_at: None,
            latency_ms: None,
            source: "contacts.csv",
            line: Some(7),
            gateway: HOST,
            run: run(),
        }
    }

    struct Desk(tempfile::TempDir);

    impl Desk {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn results(&self) -> PathBuf {
            self.0.path().join("a.results.csv")
        }

        fn inflight(&self) -> PathBuf {
            self.0.path().join("a.results.csv.inflight")
        }

        fn open(&self) -> Ledger {
            let lock = Lock::take(&self.results(), Duration::ZERO).unwrap();
            Ledger::open(lock, HOST, false).unwrap()
        }

        /// A run that writes `before`, begins, puts `flying` in flight, writes `after` and dies.
        fn dead_run(&self, before: &[(&str, Status)], flying: &[&str], after: &[(&str, Status)]) {
            let mut ledger = self.open();
            for (id, status) in before {
                ledger.append(&entry(id, *status)).unwrap();
            }
            let mut inflight = InFlight::begin(&ledger, HOST, run()).unwrap();
            let batch: Vec<Entry<'_>> =
                flying.iter().map(|id| entry(id, Status::Unknown)).collect();
            inflight.append(&batch).unwrap();
            for (id, status) in after {
                ledger.append(&entry(id, *status)).unwrap();
            }
        }

        /// What the next run recovers, and how the messages then stand.
        fn recovered(&self, ids: &[&str]) -> (usize, Vec<Option<Status>>) {
            let mut ledger = self.open();
            let recovered = recover(&mut ledger, HOST, false).unwrap();
            assert!(!self.inflight().exists());
            drop(ledger);
            let ledger = self.open();
            let status = |id: &&str| Some(ledger.ledger_state().get(&IdKey::of(id))?.status);
            (recovered, ids.iter().map(status).collect())
        }
    }

    #[test]
    fn the_first_line_and_the_ids_are_the_designs() {
        let desk = Desk::new();
        desk.dead_run(&[], &["id-1", "id-2"], &[]);
        let header = Layout::our_header().len();
        let expected = format!(
            "lipasend-inflight 1,{HOST},{header},2026-03-01T08:00:00Z\n\
             id-1,,254110090747,254712345678,\"'=Doe, \"\"J\"\"\",254700000001,contacts.csv,7\n\
             id-2,,254110090747,254712345678,\"'=Doe, \"\"J\"\"\",254700000001,contacts.csv,7\n"
        );
        assert_eq!(std::fs::read_to_string(desk.inflight()).unwrap(), expected);
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
            assert_eq!(
                desk.recovered(&["a"]),
                (0, vec![status]),
                "a second recovery finds nothing"
            );
        }
    }

    #[test]
    fn a_recovered_line_tells_all_that_is_known() {
        let desk = Desk::new();
        desk.dead_run(&[("a", Status::Failed)], &["a"], &[]);
        let mut ledger = desk.open();
        recover(&mut ledger, HOST, false).unwrap();
        let standing = MessageState { status: Status::Unknown, attempts: 3 };
        assert_eq!(ledger.ledger_state().get(&IdKey::of("a")), Some(standing));
        let text = std::fs::read_to_string(desk.results()).unwrap();
        let last = text.lines().last().unwrap();
        assert_eq!(
            last,
            "a,,254110090747,254712345678,\"'=Doe, \"\"J\"\"\",254700000001,unknown,,,,,in_flight,\
             the run ended before its answer came,3,,,contacts.csv,7,gateway.lipachat.com,\
             2026-03-01T08:00:00.000Z"
        );
    }

    #[test]
    fn wherever_the_file_is_cut_off_each_whole_line_is_recovered() {
        let desk = Desk::new();
        desk.dead_run(&[], &["a", "b"], &[]);
        let whole = std::fs::read(desk.inflight()).unwrap();
        for cut in 0..=whole.len() {
            let desk = Desk::new();
            drop(desk.open());
            std::fs::write(desk.inflight(), &whole[..cut]).unwrap();
            let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
            let (recovered, _) = desk.recovered(&[]);
            assert_eq!(recovered, lines.saturating_sub(1), "cut at {cut}");
        }
    }

    #[test]
    fn a_ledger_that_was_saved_or_deleted_since_proves_nothing() {
        use Status::{Failed, Sent, Unknown};
        let desk = Desk::new();
        desk.dead_run(&[("a", Failed)], &["a", "b"], &[("a", Failed), ("b", Sent)]);
        let saved = std::fs::read_to_string(desk.results()).unwrap().replace('\n', "\r\n");
        std::fs::write(desk.results(), saved).unwrap();
        assert_eq!(desk.recovered(&["a", "b"]), (1, vec![Some(Unknown), Some(Sent)]));

        let desk = Desk::new();
        desk.dead_run(&[("a", Failed)], &["a"], &[("a", Sent)]);
        std::fs::remove_file(desk.results()).unwrap();
        assert_eq!(desk.recovered(&["a"]), (1, vec![Some(Unknown)]));
    }

    #[test]
    fn what_an_earlier_run_left_is_never_overwritten() {
        let desk = Desk::new();
        desk.dead_run(&[], &["a"], &[]);
        let ledger = desk.open();
        assert!(InFlight::begin(&ledger, HOST, run()).is_err());
        assert!(desk.inflight().exists());
    }

    #[test]
    fn another_gateway_or_another_file_is_an_error_and_stays() {
        let first = |gateway: &str| {
            format!("{VERSION},{gateway},160,2026-03-01T08:00:00Z\na,,1,2,J,3,x,1\n")
        };
        for (content, adopt, passes) in [
            (first(HOST), false, true),
            (first("old.host"), false, false),
            (first("old.host"), true, true),
            (first("rehearsal"), true, false),
            ("something else\n".to_owned(), false, false),
            ("x".repeat(10_000), false, false),
            (format!("{}a,b\nc,,1,2,J,3,x,1\n", first(HOST)), false, false),
        ] {
            let desk = Desk::new();
            let mut ledger = desk.open();
            std::fs::write(desk.inflight(), &content).unwrap();
            let result = recover(&mut ledger, HOST, adopt);
            assert_eq!((result.is_ok(), desk.inflight().exists()), (passes, !passes), "{content}");
        }
    }

    #[test]
    fn a_clean_end_leaves_one_line_for_each_id_and_no_file() {
        let desk = Desk::new();
        let mut ledger = desk.open();
        ledger.append(&entry("a", Status::Failed)).unwrap();
        drop(ledger);
        let mut ledger = desk.open();
        let mut inflight = InFlight::begin(&ledger, HOST, run()).unwrap();
        inflight.append([&entry("a", Status::Unknown)]).unwrap();
        ledger.append(&entry("a", Status::Sent)).unwrap();
        assert!(matches!(inflight.finish(ledger).unwrap(), Compaction::Dropped(1)));
        assert!(!desk.inflight().exists());
        assert_eq!(std::fs::read_to_string(desk.results()).unwrap().lines().count(), 2);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_batch_that_cannot_be_written_is_an_error() {
        let file = File::options().append(true).open("/dev/full").unwrap();
        let path = PathBuf::from("/dev/full");
        let layout = Layout::of(&COLUMNS);
        let mut inflight = InFlight { path, file, layout, length: 0 };
        let error = inflight.append([&entry("a", Status::Unknown)]).unwrap_err();
        assert!(error.to_string().starts_with("cannot append to /dev/full: "), "{error}");
    }
}
