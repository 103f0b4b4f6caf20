//! The words of the program side by side: words.txt has every text that comes from a table, with its
//! code, and then every text in the source. `LIPASEND_UPDATE_DOCS=1 cargo test --test it words` writes
//! the present ones.

mod texts;

use std::fmt::{Display, Write as _};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use lipasend::eligibility::held::Held;
use lipasend::eligibility::open_hours::{OpenHours, Outside};

use lipasend::prepare::mapping::{InputRole, MapRule, Mapping};
use lipasend::prepare::payload::ToFormat;
use lipasend::prepare::phone::{PhoneNumber, PhoneProblem, ProblemKind, Role};
use lipasend::read::SkipReason;
use lipasend::read::error::ReadError;
use lipasend::read::file_kind::FileKind;
use lipasend::read::note::NoteKind;
use lipasend::read::vcard::card_reasons;
use lipasend::record::memory::{Found, Holdings, Memory};
use lipasend::record::run_ends::HowEnded;
use lipasend::record::{Error, Touched};
use lipasend::report::decided::Decided;
use lipasend::report::ended::Ending;
use lipasend::report::next_step::{code_meaning, held_next_step, next_step};
use lipasend::report::plan::CountryColumn;
use lipasend::report::reject_words::{reject_advice, reject_words};
use lipasend::send::engine::{End, EngineOptions, Halt, Halted, TroubleAnswers};
use lipasend::send::gateway::kind_of_code;
use lipasend::send::outcome::{FailureKind, RetryPolicy, Status, StopReason};
use lipasend::send::rate::Rate;
use lipasend::signals::Signal;

use super::desk::project;
use super::docs::reference::first_column;

/// A page of texts.
#[derive(Default)]
struct Page(String);

impl Page {
    fn heading(&mut self, heading: &str) {
        let _ = write!(self.0, "\n## {heading}\n\n");
    }

    fn line(&mut self, code: &str, text: impl Display) {
        let line = format!("{code:<24} {text}");
        let _ = writeln!(self.0, "{}", line.trim_end());
    }
}

#[test]
fn every_text_stands_in_words_txt() {
    let mut page = Page("The texts of the program: those from tables with their codes, then all of the source. See words.rs.\n".to_owned());
    rows(&mut page);
    messages(&mut page);
    ends(&mut page);
    files(&mut page);
    headers(&mut page);
    inputs(&mut page);
    texts::texts(&mut page);
    let path = project("tests/it/words.txt");
    if std::env::var_os("LIPASEND_UPDATE_DOCS").is_some() {
        fs::write(&path, &page.0).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    for (now, before) in page.0.lines().zip(expected.lines()) {
        assert_eq!(now, before, "LIPASEND_UPDATE_DOCS=1 writes words.txt");
    }
    assert_eq!(page.0.lines().count(), expected.lines().count());
}

#[test]
fn every_reject_code_has_words() {
    for code in first_column("## Reject codes") {
        assert_ne!(reject_words(&code), code);
    }
}

/// What rows come to.
fn rows(page: &mut Page) {
    page.heading("Reject codes, with what helps");
    for code in first_column("## Reject codes") {
        let columns = [CountryColumn::None, CountryColumn::Some, CountryColumn::All];
        let mut advice: Vec<&str> =
            columns.into_iter().filter_map(|column| reject_advice(&code, column)).collect();
        advice.dedup();
        let words = [&[reject_words(&code)], &*advice].concat();
        page.line(&code, words.join("; "));
    }
    page.heading("Reasons of a number");
    let number = PhoneNumber::from_digits("254712345678");
    for kind in ProblemKind::ALL {
        let plain = PhoneProblem::from(kind);
        page.line(kind.code(Role::To), plain);
        let likely = PhoneProblem { candidate: number, ..plain };
        if likely.to_string() != plain.to_string() {
            page.line("", likely);
        }
    }
    page.heading("Reasons of a vCard (card_broken)");
    card_reasons().for_each(|reason| page.line("", reason));
    page.heading("Skip reasons");
    SkipReason::ALL.iter().for_each(|reason| page.line(reason.code(), reason.meaning()));
    page.heading("Notes");
    NoteKind::ALL.iter().for_each(|kind| page.line(kind.code(), kind.meaning()));
}

/// What messages come to.
fn messages(page: &mut Page) {
    page.heading("Decisions of the plan");
    let decided = [Decided::LeftByDailyCap, Decided::Refused, Decided::Unknown];
    let held = Held::ALL.map(Decided::Held);
    for decided in decided.into_iter().chain(held) {
        page.line(decided.code(), format!("{}: {}", decided.decision(), decided.reason()));
    }
    page.heading("Held messages, with what to do");
    Held::ALL.iter().for_each(|held| page.line(held.code(), held_next_step(*held)));
    page.heading("Failures");
    FailureKind::ALL.iter().for_each(|kind| page.line(&format!("{kind:?}"), kind.sentence()));
    page.heading("Error codes: status, meaning, what to do");
    for code in first_column("## Error codes") {
        let codes = match &*code {
            "http_3NN" => "http_302",
            "http_4NN" => "http_400",
            "http_5NN" => "http_503",
            code => code,
        };
        code_line(page, codes);
    }
    for code in ["190", "131042", "131037", "130429", "131056", "131047", "131026", "130403"] {
        code_line(page, code);
    }
    for code in ["130497", "131049", "131050", "131000", "131009", "132000"] {
        code_line(page, code);
    }
}

fn code_line(page: &mut Page, code: &str) {
    let status = match (code, kind_of_code(code)) {
        ("in_flight" | "broken_line", _) => Status::Unknown,
        ("session_closed", _) => Status::Failed,
        (_, kind) => kind.map_or(Status::Refused, |kind| kind.final_status(false)),
    };
    let meaning = code_meaning(code).unwrap_or("-");
    page.line(code, format!("{}; {meaning}; {}", status.as_str(), next_step(status, code)));
}

/// How runs end.
fn ends(page: &mut Page) {
    page.heading("Ends of a run");
    HowEnded::ALL.iter().for_each(|how| page.line(how.word(), how.meaning()));
    page.heading("Why sending ended");
    let options = EngineOptions {
        rate: Rate::Unlimited,
        recipient_rate: Rate::Unlimited,
        concurrency: 16,
        retry_policy: RetryPolicy { retries: 4, hold_unknown: false },
        to_format: ToFormat::Digits,
        limit: None,
        max_duration: None,
        halt: Halt::Failed(20),
        retry_for: Duration::from_secs(600),
        canary: 5,
    };
    let zone = "Africa/Nairobi".parse().unwrap();
    let hours = "Mon-Fri 09:00-18:00".parse().unwrap();
    let hours = OpenHours { hours, zone, outside: Outside::Exit };
    let pause = Halted::Paused("2026-11-28T06:00:34Z".parse().unwrap());
    let busy = TroubleAnswers { throttled: 20, ..TroubleAnswers::default() };
    let down = TroubleAnswers { throttled: 1, server_errors: 2, lost: 3, not_connected: 4 };
    let stops = [StopReason::Key, StopReason::Account, StopReason::Sender, StopReason::SetUp];
    let stops = stops.into_iter().chain([StopReason::OwnLimit]).map(End::Refused);
    let halts = [Halted::Down(busy), Halted::Down(down), Halted::Failing, Halted::Refusing]
        .into_iter()
        .chain([pause, Halted::WrongSetUp, Halted::NoSession, Halted::Canary])
        .map(End::Halted);
    let signals = [Signal::Interrupt, Signal::Terminate, Signal::HangUp].map(End::Signal);
    let monday = End::OutsideHours("2026-11-30T06:00:00Z".parse().unwrap());
    let full = End::DailyCap(Some("2026-11-28T13:05:28Z".parse().unwrap()));
    let others = [End::Done, End::MaxDuration, End::DailyCap(None), full, monday];
    for end in stops.chain(halts).chain(signals).chain(others) {
        let now = "2026-11-28T06:00:00Z".parse().unwrap();
        let ending =
            Ending { end, left: 1, options: &options, hours: Some(&hours), zone: &hours.zone, now };
        page.line("", ending.why().unwrap());
    }
    page.heading("Exit codes");
    let text = fs::read_to_string(project("docs/reference.md")).unwrap();
    let (_, table) = text.split_once("\n## Exit codes\n").unwrap();
    for row in table.lines().skip(3).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        page.line(cells[0], cells[1]);
    }
}

/// The errors of our own files.
fn files(page: &mut Page) {
    page.heading("Errors of results, lock and in-flight file");
    let path = || PathBuf::from("people.results.csv");
    let in_flight = || PathBuf::from("people.results.csv.inflight");
    let text = |text: &str| text.to_owned();
    let held = Holdings { messages: 9, sent: 7, last_id: text("id"), ..Holdings::default() };
    let touched = |change| Error::Touched { path: path(), change, length: 500 };
    let less =
        |found, memory| Error::LessThanRemembered { path: path(), found, memory: Box::new(memory) };
    let gateway = |theirs: &str| Error::OtherGateway {
        path: path(),
        theirs: text(theirs),
        ours: text("gateway.example"),
    };
    let locked = |path, holder: &str| Error::Locked { path, holder: text(holder) };
    let full = || io::Error::from(io::ErrorKind::StorageFull);
    let errors = [
        Error::Io { path: path(), action: "append to", reading: false, source: full() },
        Error::Unreadable { path: path(), line: 3, reason: text("the message_id is missing") },
        Error::NotALedger { path: path() },
        gateway("other.example"),
        gateway("rehearsal"),
        locked("people.results.csv.lock".into(), "process 7 since 08:00"),
        locked("people.results.csv.lock".into(), ""),
        locked(in_flight(), ""),
        Error::NoFolder { path: "gone/people.results.csv".into() },
        Error::NotOurs { path: "people.results.csv.lock".into() },
        touched(Touched::Gone),
        touched(Touched::Replaced),
        touched(Touched::Length(400)),
        less(Found::Gone, Memory::Held(held.clone())),
        less(Found::Empty, Memory::Uncounted),
        less(Found::Holding { messages: 4, sent: 2 }, Memory::Held(held)),
        Error::InFlightLost { path: in_flight(), found: 0, length: 300 },
        Error::InFlightLost { path: in_flight(), found: 20, length: 300 },
        Error::ShorterThanInFlight { path: path(), found: 20, length: 300 },
    ];
    errors.iter().for_each(|error| page.line("", error));
}

/// The errors of headers. The texts come from real headers, so each stands behind what causes it.
fn headers(page: &mut Page) {
    page.heading("Errors of headers");
    let own = InputRole::Rows { recipients_given: false };
    let given = InputRole::Rows { recipients_given: true };
    for (header, role, rules) in [
        ("", own, ""),
        ("254712345678", own, ""),
        ("254712345678|Ann|254722000001", own, ""),
        ("to;name;phone", own, ""),
        ("to,name,phone", own, ""),
        ("to|name", own, ""),
        ("to|phone", own, ""),
        ("a|b", given, ""),
        ("a|b", own, ""),
        ("name|phone", own, ""),
        ("Customers|||", own, ""),
        ("to|city", own, ""),
        ("name|phone", own, "to=phone"),
        ("to|name|phone", given, ""),
        ("name|phone", given, "to==254712345678"),
        ("name|phone|message_id", given, ""),
        ("to|name|full name|phone", own, ""),
        ("to|name|phone", own, "to=9"),
        ("to|name|phone", own, "phone=Mobile"),
        ("to|name|phone", own, "country==Narnia"),
        ("to|name|phone", own, "to=name+phone"),
        ("to|name|phone", own, "to=1 to=3"),
        ("to|name|phone", own, "type_3=name"),
    ] {
        let cells: Vec<&str> = header.split('|').collect();
        let parsed: Vec<MapRule> =
            rules.split_whitespace().map(|rule| rule.parse().unwrap()).collect();
        let error = Mapping::of_header(&cells, "people.csv", role, &parsed).unwrap_err();
        let who = if role == given { " (with --to)" } else { "" };
        page.line(&format!("{header} {rules}{who}"), "");
        page.line("", error);
    }
}

/// The errors of inputs that cannot be read.
fn inputs(page: &mut Page) {
    page.heading("Errors of inputs");
    let name = || "people.csv".to_owned();
    let kinds = [FileKind::Spreadsheet, FileKind::OtherSpreadsheet, FileKind::Archive]
        .into_iter()
        .chain([FileKind::Pdf, FileKind::Image, FileKind::Html, FileKind::Xml, FileKind::Json])
        .chain([FileKind::Vcard, FileKind::Empty, FileKind::Blank, FileKind::Binary]);
    let kinds = kinds.map(|kind| ReadError::NotAList { name: name(), kind });
    let reason = "has a quote that is not closed".to_owned();
    let errors = [
        ReadError::Io { name: name(), source: io::ErrorKind::NotFound.into() },
        ReadError::Io { name: name(), source: io::ErrorKind::PermissionDenied.into() },
        ReadError::Pipe { name: name(), format: "csv" },
        ReadError::Changed { name: name() },
        ReadError::NoHeader { name: name(), line: 1, reason },
        ReadError::SecondHeader { name: name(), line: 7 },
        ReadError::CardsInCodePage { name: name() },
        ReadError::NoCards { name: name() },
        ReadError::NoLists { name: "lists".to_owned() },
        ReadError::UnknownFormat { name: name() },
    ];
    errors.into_iter().chain(kinds).for_each(|error| page.line("", error));
}
