//! The ledger from outside: the files before and after.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::prepare::message::CardId;
use crate::record::other_ledgers::OtherLedgers;
use crate::record::run_name::RunName;
use crate::send::outcome::Status;

pub(crate) const HOST: &str = "gateway.lipachat.com";

pub(crate) fn run() -> Timestamp {
    "2026-03-01T08:00:00Z".parse().unwrap()
}

pub(crate) fn run_name() -> RunName {
    let [gateway, from, shard] = [HOST, "254110090747", "1/1"].map(str::to_owned);
    RunName { gateway, from, shard, campaign: "spring".to_owned() }
}

pub(crate) fn entry(id: &str, status: Status) -> Entry<'_> {
    Entry {
        message_id: id,
        campaign: "spring",
        from: "254110090747",
        to: "254712345678",
        name: "Jane Doe",
        phone: "254700000001 254700000002",
        status,
        wamid: "wamid.HBg",
        gateway_status: "SENT",
        gateway_message_id: "",
        http_status: Some(200),
        error_code: "",
        error: "",
        attempts: 1,
        sent_at: Some(run()),
        latency_ms: Some(104),
        source: "contacts.csv",
        line: Some(2),
        gateway: HOST,
        run: run(),
        card_id: Some(CardId::new(
            "spring",
            b"254110090747",
            b"254712345678",
            [&b"254700000001"[..], b"254700000002"],
        )),
        to_source: "people.csv",
        to_line: Some(7),
    }
}

/// The card id of each [`entry`].
pub(crate) const CARD_ID: &str = "d635d4d7-07c1-5241-9140-ef31bd92093b";

/// A folder with one results file in it.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn with(content: impl AsRef<[u8]>) -> Self {
        let desk = Self::new();
        desk.put("a.results.csv", content);
        desk
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.folder.path().join("a.results.csv")
    }

    pub(crate) fn text(&self) -> String {
        fs::read_to_string(self.results()).unwrap()
    }

    pub(crate) fn open_for(&self, gateway: &str, adopt: bool) -> Result<Ledger, Error> {
        let lock = Lock::take(&self.results(), &run_name()).unwrap();
        Ledger::open(lock, &opening(gateway, adopt))
    }

    pub(crate) fn open(&self) -> Ledger {
        self.open_for(HOST, false).unwrap()
    }

    pub(crate) fn status(&self, id: &str) -> Option<Status> {
        let state = LedgerState::read(&self.results(), HOST, false).unwrap();
        state.get(&IdKey::of(id)).map(|message| message.status)
    }
}

pub(crate) fn opening(gateway: &str, adopt: bool) -> Opening<'_> {
    Opening { gateway, adopt, accept: false, moved: false }
}

/// A short results file, with a column of the user's own. The columns that would be added to a file
/// without them are the first ones.
pub(crate) fn short(lines: &[&str]) -> String {
    let mut text = "\u{feff}card_id,to_source,to_line,message_id,status,gateway,note\n".to_owned();
    for line in lines {
        text.push_str(",,,");
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[test]
fn a_new_ledger_has_the_header_and_each_line_every_cell() {
    let desk = Desk::new();
    let mut ledger = desk.open();
    ledger.append(&entry("id-1", Status::Sent)).unwrap();
    let header = String::from_utf8(Layout::our_header()).unwrap();
    let line = "id-1,spring,254110090747,254712345678,Jane Doe,254700000001 254700000002,sent,\
                wamid.HBg,SENT,,200,,,1,2026-03-01T08:00:00.000Z,104,contacts.csv,2,\
                gateway.lipachat.com,2026-03-01T08:00:00.000Z,";
    assert_eq!(desk.text(), format!("{header}{line}{CARD_ID},people.csv,7\n"));
    assert_eq!(ledger.file.length(), desk.text().len() as u64);
}

#[test]
#[cfg(unix)]
fn a_new_ledger_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    drop(desk.open());
    assert_eq!(fs::metadata(desk.results()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_next_run_reads_what_a_run_wrote() {
    let desk = Desk::new();
    let mut ledger = desk.open();
    let mut failed = entry("id-2", Status::Failed);
    failed.attempts = 5;
    ledger.append(&entry("id-1", Status::Sent)).unwrap();
    ledger.append(&failed).unwrap();
    drop(ledger);
    let ledger = desk.open();
    let state = ledger.state();
    let get = |id: &str| state.get(&IdKey::of(id));
    assert_eq!(get("id-1"), Some(MessageState { status: Status::Sent, attempts: 1 }));
    assert_eq!(get("id-2"), Some(MessageState { status: Status::Failed, attempts: 5 }));
    assert_eq!(get("id-3"), None);
    let content = Content::of(
        "spring",
        "254110090747",
        "254712345678",
        "Jane Doe",
        ["254700000001", "254700000002"],
    );
    assert_eq!(state.content(&IdKey::of("id-2")), Some(content));
    let sent: Vec<_> = state.cards(Status::Sent).collect();
    assert_eq!(sent, [(IdKey::of("id-1"), content.card())]);
}

#[test]
fn wherever_the_file_is_cut_off_its_whole_lines_count_and_it_can_be_continued() {
    let desk = Desk::new();
    let mut ledger = desk.open();
    let mut awkward = entry("id-2", Status::Sent);
    (awkward.name, awkward.error) = ("=Doe, \"J\"", "two\nlines");
    for entry in [entry("id-1", Status::Sent), awkward, entry("id-3", Status::Sent)] {
        ledger.append(&entry).unwrap();
    }
    drop(ledger);
    let whole = desk.text().into_bytes();
    let ends: Vec<usize> = (1..=3)
        .map(|number| {
            let next = format!("\nid-{},", number + 1);
            let at = whole.windows(next.len()).position(|part| part == next.as_bytes());
            at.map_or(whole.len(), |at| at + 1)
        })
        .collect();
    for cut in 0..=whole.len() {
        let desk = Desk::with(&whole[..cut]);
        desk.open().append(&entry("id-4", Status::Sent)).unwrap();
        for (id, end) in ["id-1", "id-2", "id-3"].into_iter().zip(&ends) {
            if cut >= *end {
                assert_eq!(desk.status(id), Some(Status::Sent), "{id} cut at {cut}");
            }
        }
        assert_eq!(desk.status("id-4"), Some(Status::Sent), "cut at {cut}");
        let mut records = csv::Reader::from_path(desk.results()).unwrap();
        assert!(records.byte_records().all(|record| record.is_ok()), "cut at {cut}");
    }
}

#[test]
fn a_ledger_belongs_to_one_gateway() {
    let renamed = short(&["a,sent,old.host,", "b,sent,new.host,"]);
    let rehearsed = short(&["a,sent,rehearsal,"]);
    let mixed = short(&["a,sent,rehearsal,", "b,sent,h,"]);
    for (content, gateway, adopt, stranger) in [
        (short(&[]), "h", false, None),
        (short(&["a,sent,h,"]), "h", false, None),
        (short(&["a,sent,h,"]), "h:8080", false, Some("h")),
        (short(&["a,sent,h,"]), "h:8080", true, None),
        (renamed.clone(), "new.host", false, None),
        (renamed, "old.host", false, Some("new.host")),
        (rehearsed.clone(), "rehearsal", false, None),
        (rehearsed.clone(), "h", false, Some("rehearsal")),
        (rehearsed, "h", true, Some("rehearsal")),
        (mixed, "h", false, Some("rehearsal")),
        (short(&["a,sent,h,"]), "rehearsal", true, Some("h")),
    ] {
        let torn = format!("{content}torn");
        let desk = Desk::with(&torn);
        let found = match desk.open_for(gateway, adopt) {
            Ok(_) => None,
            Err(Error::OtherGateway { theirs, ours, .. }) => {
                assert_eq!(ours, gateway);
                assert_eq!(desk.text(), torn, "nothing may be written");
                Some(theirs)
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(found.as_deref(), stranger, "{content}");
    }
}

#[test]
fn a_ledger_that_cannot_be_read_is_never_an_empty_one() {
    for (content, expected) in [
        ("name,phone\nJane,0712\n".to_owned(), "is not a results file of lipasend"),
        ("\0".repeat(500), "is not a results file of lipasend"),
        (short(&["a,sent,h,", ",sent,h,"]), "line 3: the message_id is missing"),
        (short(&["a,sent,h,", "b,Sent!,h,", "c,sent,h,"]), "line 3: the status `Sent!` is none of"),
        (short(&["a,sent", "b,sent,h,"]), "line 2: 5 cells where the header has 7"),
        (short(&["a,sent,h,", "b,sent,h,\"open"]), "line 3: a quote that opens here"),
    ] {
        let desk = Desk::with(&content);
        let error = desk.open_for("h", false).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(desk.text(), content);
    }
}

#[test]
fn a_file_that_a_spreadsheet_saved_is_continued_in_its_own_layout() {
    let saved = format!(
        "gateway;note;status;message_id;to_line;to_source;card_id;name\r\n\
         {HOST};call;failed;id-1;;;;J\r\n"
    );
    let desk = Desk::with(&saved);
    let mut ledger = desk.open();
    let mut sent = entry("id-1", Status::Sent);
    sent.name = "Doe; J";
    ledger.append(&sent).unwrap();
    assert_eq!(
        desk.text(),
        format!("{saved}{HOST};;sent;id-1;7;people.csv;{CARD_ID};\"Doe; J\"\r\n")
    );
    drop(ledger);
    assert_eq!(desk.status("id-1"), Some(Status::Sent));
}

#[test]
fn compaction_keeps_the_line_that_counts_unchanged() {
    let desk = Desk::with(short(&[
        "a,failed,h,first",
        "b,sent,h,\"kept, as it is\"",
        "c,unknown,h,",
        "b,failed,h,",
        "a,refused,h,second",
        "c,failed,h,",
        "d,sent,h,",
    ]));
    let ledger = desk.open_for("h", false).unwrap();
    assert!(matches!(ledger.compact(), Compaction::Dropped(3)));
    let kept = ["b,sent,h,\"kept, as it is\"", "c,unknown,h,", "a,refused,h,second", "d,sent,h,"];
    assert_eq!(desk.text(), short(&kept));
    assert!(!desk.results().with_extension("csv.new").exists());
}

#[test]
fn compaction_is_left_out_when_every_id_has_one_line() {
    let desk = Desk::with(short(&["a,failed,h,", "b,sent,h,"]));
    assert!(matches!(desk.open_for("h", false).unwrap().compact(), Compaction::NotNeeded));
    let mut ledger = desk.open_for("h", false).unwrap();
    ledger.append(&entry("c", Status::Sent)).unwrap();
    assert!(matches!(ledger.compact(), Compaction::NotNeeded));
    let mut ledger = desk.open_for(HOST, true).unwrap();
    ledger.append(&entry("a", Status::Sent)).unwrap();
    assert!(matches!(ledger.compact(), Compaction::Dropped(1)));
}

#[test]
#[cfg(unix)]
fn compaction_keeps_the_mode_and_the_link_that_leads_to_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let real = desk.put("real.csv", short(&["a,failed,h,", "a,sent,h,"]));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&real, desk.results()).unwrap();
    assert!(matches!(desk.open_for("h", false).unwrap().compact(), Compaction::Dropped(1)));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(&real).unwrap(), short(&["a,sent,h,"]));
    assert!(desk.results().is_symlink());
}

#[test]
fn a_compaction_that_is_not_possible_changes_nothing() {
    let desk = Desk::with(short(&["a,failed,h,", "a,sent,h,"]));
    fs::create_dir(desk.folder.path().join("a.results.csv.new")).unwrap();
    let ledger = desk.open_for("h", false).unwrap();
    assert!(matches!(ledger.compact(), Compaction::NotPossible(_)));
    assert_eq!(desk.text(), short(&["a,failed,h,", "a,sent,h,"]));
}

#[test]
#[cfg(unix)]
fn what_could_not_be_written_is_returned_as_a_ledger() {
    let desk = Desk::new();
    let mut ledger = desk.open();
    let _in_flight = ledger.begin(HOST, run()).unwrap();
    ledger.append(&entry("id-1", Status::Sent)).unwrap();
    // Nothing can be put back into a folder.
    fs::remove_file(desk.results()).unwrap();
    fs::create_dir(desk.results()).unwrap();
    let unwritten = ledger.rescue().unwrap_err();
    let saved = desk.put("saved.csv", &unwritten.csv);
    let state = LedgerState::read(&saved, HOST, false).unwrap();
    assert!(state.get(&IdKey::of("id-1")).is_some());
    assert_eq!(state.len(), 1);
}

/// A run that has synced `old` and `b`, and then writes `c`, with a change of the results between.
fn run_with_a_change(change: impl FnOnce(&std::path::Path)) -> (Desk, Result<Rescued, Unwritten>) {
    let desk = Desk::new();
    let earlier = "2026-02-01T08:00:00Z".parse().unwrap();
    desk.open().append(&Entry { run: earlier, ..entry("old", Status::Sent) }).unwrap();
    let mut ledger = desk.open();
    let in_flight = ledger.begin(HOST, run()).unwrap();
    for id in ["a", "b"] {
        ledger.append(&entry(id, Status::Sent)).unwrap();
    }
    ledger.sync().unwrap();
    change(&desk.results());
    ledger.take(&entry("c", Status::Refused));
    let rescued = ledger.rescue();
    drop(in_flight);
    (desk, rescued)
}

#[test]
fn outcomes_that_somebody_removed_from_the_results_are_put_back() {
    let without_the_run = |path: &std::path::Path| -> String {
        let text = fs::read_to_string(path).unwrap();
        text.lines().take(2).map(|line| format!("{line}\n")).collect()
    };
    type Change = Box<dyn FnOnce(&std::path::Path)>;
    let replace = move |path: &std::path::Path, text: String| {
        fs::write(path.with_extension("save"), text).unwrap();
        fs::rename(path.with_extension("save"), path).unwrap();
    };
    let changes: [(&str, Change, u64); 6] = [
        (
            "saved in place",
            Box::new(move |path| fs::write(path, without_the_run(path)).unwrap()),
            3,
        ),
        ("replaced", Box::new(move |path| replace(path, without_the_run(path))), 3),
        (
            "replaced with another delimiter",
            Box::new(move |path| {
                replace(path, without_the_run(path).replace(',', ";").replace('\n', "\r\n"))
            }),
            3,
        ),
        ("deleted", Box::new(|path| fs::remove_file(path).unwrap()), 1),
        ("emptied", Box::new(|path| fs::write(path, "").unwrap()), 3),
        (
            "cut in a line",
            Box::new(|path| {
                let text = fs::read_to_string(path).unwrap();
                fs::write(path, &text[..text.len() - 10]).unwrap();
            }),
            2,
        ),
    ];
    for (name, change, lines) in changes {
        let (desk, rescued) = run_with_a_change(change);
        match rescued {
            Ok(Rescued::PutBack { error, lines: put_back }) => {
                assert!(error.is_touched(), "{name}: {error}");
                assert_eq!(put_back, lines, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
        for (id, status) in [("a", Status::Sent), ("b", Status::Sent), ("c", Status::Refused)] {
            assert_eq!(desk.status(id), Some(status), "{name}: {id}");
        }
    }
}

#[test]
fn results_that_hold_less_than_is_remembered_are_an_error() {
    let desk = Desk::new();
    let mut ledger = desk.open();
    for (id, status) in [("a", Status::Sent), ("b", Status::Failed), ("c", Status::Sent)] {
        ledger.append(&entry(id, status)).unwrap();
    }
    ledger.sync().unwrap();
    drop(ledger);
    let whole = desk.text();
    let lock = fs::read_to_string(names::lock_path(&desk.results())).unwrap();
    assert_eq!(lock.lines().nth(1), Some("ledger 3 2 c"));
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let not_sent = whole.replace(",sent,", ",failed,");
    for text in [None, Some(String::new()), Some(lines[..3].concat()), Some(not_sent)] {
        let _ = fs::remove_file(desk.results());
        if let Some(text) = &text {
            desk.put("a.results.csv", text);
        }
        let error = desk.open_for(HOST, false).unwrap_err();
        assert!(matches!(error, Error::LessThanRemembered { .. }), "{error}");
        assert_eq!(fs::read_to_string(desk.results()).ok(), text, "nothing is written");
    }
    fs::remove_file(desk.results()).unwrap();
    let open = |opening: Opening<'_>| {
        let lock = Lock::take(&desk.results(), &run_name()).unwrap();
        Ledger::open(lock, &opening).map(|ledger| ledger.state().len())
    };
    let rules = opening(HOST, false);
    assert_eq!(open(Opening { moved: true, ..rules }).unwrap(), 0);
    desk.put("a.results.csv", lines[..2].concat());
    assert_eq!(open(rules).unwrap(), 1, "after the rotation nothing is remembered");
    fs::remove_file(desk.results()).unwrap();
    open(rules).unwrap_err();
    assert_eq!(open(Opening { accept: true, ..rules }).unwrap(), 0);
}

#[test]
fn after_a_compaction_the_lock_remembers_the_last_line_that_is_left() {
    let desk = Desk::new();
    let mut ledger = desk.open();
    for (id, status) in [("a", Status::Unknown), ("b", Status::Sent)] {
        ledger.append(&entry(id, status)).unwrap();
    }
    drop(ledger);
    let mut ledger = desk.open();
    let later = "2026-03-02T08:00:00Z".parse().unwrap();
    let in_flight = ledger.begin(HOST, later).unwrap();
    // It does not count behind an outcome in doubt, and is dropped.
    ledger.append(&Entry { run: later, ..entry("a", Status::Failed) }).unwrap();
    let compaction = ledger.finish(in_flight).unwrap();
    assert!(matches!(compaction, Compaction::Dropped(1)), "{compaction:?}");
    let memory = Ledger::remembered(&desk.results()).unwrap();
    assert_eq!(memory.last_line(), Some(("b", "2026-03-01T08:00:00.000Z")));
}

#[test]
fn what_is_saved_after_the_file_was_read_is_not_cut_off() {
    let read = short(&["a,sent,h,", "b,sent,h,", "c,se"]);
    for saved in ["", &read[..9], &read.replace('\n', "\r\n"), &format!("{read}nt,h,\n")] {
        let desk = Desk::with(&read);
        let mut records = Records::open(&desk.results()).unwrap();
        LedgerState::of(&mut records).unwrap();
        let file = crate::record::fs::open_private(&desk.results()).unwrap();
        desk.put("a.results.csv", saved);
        let error = repair_end(&file, &records).unwrap_err();
        assert!(error.is_touched(), "{error}");
        assert_eq!(desk.text(), saved);
        desk.put("a.results.csv", &read);
        repair_end(&file, &records).unwrap();
        assert_eq!(desk.text(), short(&["a,sent,h,", "b,sent,h,"]));
    }
}

#[test]
fn lines_that_end_in_a_lone_cr_are_never_an_empty_ledger() {
    let whole = short(&["a,sent,h,", "b,sent,h,"]);
    for text in [whole.replace('\n', "\r"), whole.replacen('\n', "\r", 1)] {
        let desk = Desk::with(text.clone());
        let error = desk.open_for("h", false).unwrap_err().to_string();
        assert!(error.contains("line 1: its lines end as an old Macintosh's do"), "{error}");
        assert_eq!(desk.text(), text);
        desk.put("b.results.csv", text);
        fs::remove_file(desk.results()).unwrap();
        OtherLedgers::read(&desk.results(), &[], &[], "h", &Memory::Nothing).unwrap_err();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn whatever_is_appended_is_read_back_the_same(
        texts in prop::collection::vec(("(['=+@;,\"\t\r\n\\-a]|.){0,12}", ".*", "['=\"\n,]{0,6}"), 1..4),
        header in prop::sample::select(vec!["", "status;error\t;error;note;gateway;message_id;campaign;name\r\n"]),
    ) {
        let desk = Desk::with(header);
        let mut ledger = desk.open();
        for (name, error, campaign) in &texts {
            let mut entry = entry("id", Status::Refused);
            (entry.name, entry.error, entry.campaign) = (name, error, campaign);
            ledger.append(&entry).unwrap();
        }
        let mut records = Records::open(&desk.results()).unwrap();
        for (name, error, campaign) in &texts {
            let record = records.next_record().unwrap().unwrap();
            // A record is one line.
            let in_one_line = |text: &str| text.replace(['\n', '\r', '\0'], " ");
            prop_assert_eq!(record.text(Column::Name), in_one_line(name));
            prop_assert_eq!(record.text(Column::Error), in_one_line(error));
            prop_assert_eq!(record.text(Column::Campaign), in_one_line(campaign));
            prop_assert_eq!(record.status(), Some(Status::Refused));
        }
        prop_assert!(records.next_record().unwrap().is_none());
    }
}
