//! The ledger at a million lines: opening it, looking ids up, appending, compacting.
#![allow(clippy::unwrap_used)] // A bench ends at the first error.

use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use divan::{Bencher, counter::ItemsCount};
use jiff::Timestamp;
use lipasend::prepare::message::{CardId, IdKey};
use lipasend::record::ledger::{Column, Entry, Ledger, LedgerState, Opening};
use lipasend::record::lock::Lock;
use lipasend::record::run_name::RunName;
use lipasend::send::outcome::Status;
use uuid::Uuid;

const LINES: usize = 1_000_000;
const GATEWAY: &str = "gateway.lipachat.com";

fn main() {
    divan::main();
    let _ = fs::remove_dir_all(folder());
}

/// The folder for the files of the bench, half a gigabyte.
fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("lipasend-bench-{}", std::process::id()))
}

fn file(name: &str) -> PathBuf {
    fs::create_dir_all(folder()).unwrap();
    folder().join(name)
}

/// One line as a real run writes it, about 310 bytes long.
fn line(number: usize, name: &str) -> String {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, &number.to_le_bytes());
    let (to, other) = (format!("2547{number:08}"), format!("2541{number:08}"));
    let phones = [to.as_bytes(), other.as_bytes()];
    let card_id = CardId::new("spring", b"254110090747", to.as_bytes(), phones);
    format!(
        "{id},spring,254110090747,2547{number:08},{name},2547{number:08} 2541{number:08},sent,\
         wamid.HBgMMjU0NzEyMzQ1Njc4FQIAERgS{number:012},SENT,,200,,,1,2026-03-01T08:00:00.123Z,104,\
         contacts.csv,{number},{GATEWAY},2026-03-01T07:59:58.000Z,{card_id},,\n",
        card_id = card_id.as_str(),
    )
}

fn ledger_of(lines: usize, path: PathBuf, name: &str) -> PathBuf {
    let mut out = BufWriter::new(fs::File::create(&path).unwrap());
    writeln!(out, "\u{feff}{}", Column::ALL.map(Column::name).join(",")).unwrap();
    for number in 0..lines {
        out.write_all(line(number, name).as_bytes()).unwrap();
    }
    out.flush().unwrap();
    path
}

fn plain() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| ledger_of(LINES, file("plain.csv"), "Wanjiku Kamau"))
}

fn quoted() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| ledger_of(LINES, file("quoted.csv"), "\"Kamau, Wanjiku\""))
}

fn read(path: &Path) -> LedgerState {
    LedgerState::read(path, GATEWAY, false).unwrap()
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn open_a_million_lines(bencher: Bencher<'_, '_>) {
    let path = plain();
    bencher.counter(ItemsCount::new(LINES)).bench_local(|| read(path));
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn open_a_million_lines_with_quotes(bencher: Bencher<'_, '_>) {
    let path = quoted();
    bencher.counter(ItemsCount::new(LINES)).bench_local(|| read(path));
}

#[divan::bench(sample_count = 7, sample_size = 1)]
fn look_up_a_million_ids(bencher: Bencher<'_, '_>) {
    let state = read(plain());
    let ids: Vec<String> = (0..LINES)
        .map(|number| Uuid::new_v5(&Uuid::NAMESPACE_URL, &number.to_le_bytes()).to_string())
        .collect();
    bencher
        .counter(ItemsCount::new(LINES))
        .bench_local(|| ids.iter().filter(|id| state.get(&IdKey::of(id)).is_some()).count());
}

fn entry(id: &str) -> Entry<'_> {
    Entry {
        message_id: id,
        campaign: "spring",
        from: "254110090747",
        to: "254712345678",
        name: "Wanjiku Kamau",
        phone: "254712345678 254112345678",
        status: Status::Sent,
        wamid: "wamid.HBgMMjU0NzEyMzQ1Njc4FQIAERgSMDAwMDAwMDAwMDAw",
        gateway_status: "SENT",
        gateway_message_id: "",
        http_status: Some(200),
        error_code: "",
        error: "",
        attempts: 1,
        sent_at: Some(Timestamp::UNIX_EPOCH),
        latency_ms: Some(104),
        source: "contacts.csv",
        line: Some(1),
        gateway: GATEWAY,
        run: Timestamp::UNIX_EPOCH,
        card_id: None,
        to_source: "",
        to_line: None,
    }
}

fn run_name() -> RunName {
    let [gateway, from, shard] = [GATEWAY, "254110090747", "1/1"].map(str::to_owned);
    RunName { gateway, from, shard, campaign: String::new() }
}

/// Each round begins with fewer lines than the one before left.
const OPENING: Opening<'_> = Opening { gateway: GATEWAY, adopt: false, accept: true, moved: false };

/// As in a run: `sync_if_due` is called after each line, and syncs every 200 ms.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn append_100_000_outcomes(bencher: Bencher<'_, '_>) {
    let path = file("append.csv");
    bencher.counter(ItemsCount::new(100_000_usize)).bench_local(|| {
        let _ = fs::remove_file(&path);
        let lock = Lock::take(&path, &run_name()).unwrap();
        let mut ledger = Ledger::open(lock, &OPENING).unwrap();
        for number in 0..100_000_u32 {
            ledger.append(&entry(&format!("own-{number}"))).unwrap();
            ledger.sync_if_due(Instant::now()).unwrap();
        }
        ledger.sync().unwrap();
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn compact_a_million_lines(bencher: Bencher<'_, '_>) {
    let path = file("compact.csv");
    let fill = || {
        fs::copy(plain(), &path).unwrap();
        let twice: String = (0..1000).map(|number| line(number, "Wanjiku Kamau")).collect();
        fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(twice.as_bytes())
            .unwrap();
        let lock = Lock::take(&path, &run_name()).unwrap();
        Ledger::open(lock, &OPENING).unwrap()
    };
    bencher.counter(ItemsCount::new(LINES)).with_inputs(fill).bench_local_values(Ledger::compact);
}
