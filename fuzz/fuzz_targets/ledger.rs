//! No bytes make the results reader panic or hang, and an outcome that is appended to results that
//! were accepted is read again: nothing in the file can hide it.
#![no_main]

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use lipasend::prepare::message::IdKey;
use lipasend::record::ledger::{Entry, Ledger, LedgerState, Opening};
use lipasend::record::lock::Lock;
use lipasend::record::run_name::RunName;
use lipasend::send::outcome::Status;

const GATEWAY: &str = "localhost:8099";
const ID: &str = "fuzz-1";
const OPENING: Opening<'_> =
    Opening { gateway: GATEWAY, adopt: true, accept: false, moved: false };

fuzz_target!(|bytes: &[u8]| {
    // Files in memory, where there are some: a sync costs nothing there.
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    let folder = folder.expect("a temporary folder");
    let path = folder.path().join("a.results.csv");
    fs::write(&path, bytes).expect("the results are written");
    let lock = Lock::take(&path, &run_name()).expect("nobody else has the lock");
    let Ok(mut ledger) = Ledger::open(lock, &OPENING) else { return };
    ledger.append(&sent()).expect("an outcome is appended");
    let state = LedgerState::read(&path, GATEWAY, true).expect("what was written can be read");
    let message = state.get(&IdKey::of(ID)).expect("the outcome is there");
    assert_eq!(message.status, Status::Sent);
});

fn run_name() -> RunName {
    let [gateway, from, shard] = [GATEWAY, "254110090747", "1/1"].map(str::to_owned);
    RunName { gateway, from, shard, campaign: String::new() }
}

fn sent() -> Entry<'static> {
    Entry {
        message_id: ID,
        campaign: "",
        from: "254110090747",
        to: "254712345678",
        name: "=Ann \"A\", x",
        phone: "254722000111",
        status: Status::Sent,
        wamid: "",
        gateway_status: "SENT",
        gateway_message_id: "",
        http_status: Some(200),
        error_code: "",
        error: "",
        attempts: 1,
        sent_at: Some(Timestamp::UNIX_EPOCH),
        latency_ms: Some(12),
        source: "people.csv",
        line: Some(2),
        gateway: GATEWAY,
        run: Timestamp::UNIX_EPOCH,
        card_id: None,
        to_source: "",
        to_line: None,
    }
}
