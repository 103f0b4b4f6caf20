//! What all campaigns have: a list, a gateway with random faults, and the program.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fastrand::Rng;
use lipasend::mock_gateway::{Gateway, GatewayOptions};
use tempfile::TempDir;

/// The results of every campaign.
pub(crate) const RESULTS: &str = "people.results.csv";
pub(crate) const IN_FLIGHT: &str = "people.results.csv.inflight";
pub(crate) const LOCK: &str = "people.results.csv.lock";

const LOG: &str = "gateway.log";

/// The faults, each in up to 4 % of the requests. For each kind it is defined whether the gateway
/// has accepted the message.
const FAULTS: [&str; 17] = [
    "500",
    "503:accepted",
    "408",
    "425",
    "429",
    "400",
    "400:code=131026",
    "failed",
    "reset",
    "reset-read",
    "lost",
    "lost:fin",
    "reset-mid",
    "truncated",
    "not-json",
    "oversized",
    "close",
];

/// One list and one gateway with faults.
pub(crate) struct Desk {
    folder: TempDir,
    gateway: Gateway,
}

impl Desk {
    pub(crate) fn new(seed: u64, rng: &mut Rng, messages: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut list = String::from("to,name,phone\n");
        for n in 0..messages {
            list.push_str(&format!("2547120{n:05},Person {n},254722{n:06}\n"));
        }
        fs::write(folder.path().join("people.csv"), list).unwrap();
        let mut options = GatewayOptions {
            seed,
            log_file: Some(folder.path().join(LOG)),
            latency: ["0ms", "1ms..20ms", "30ms"][rng.usize(0..3)].parse().unwrap(),
            close_after: rng.bool().then(|| rng.u64(1..50)),
            ..GatewayOptions::default()
        };
        // Known repeats are answered in one of three ways; as new they are never accepted, so
        // that only a second id can make a message go out twice.
        let duplicates = ["replay", "409", "text"][rng.usize(0..3)];
        options.duplicates = clap::ValueEnum::from_str(duplicates, true).unwrap();
        for _ in 0..rng.usize(1..6) {
            let fault = format!("{}={}%", FAULTS[rng.usize(0..FAULTS.len())], rng.u8(1..5));
            options.faults.push(fault.parse().unwrap());
        }
        Self { folder, gateway: Gateway::start(options).unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of all files.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// `lipasend send people.csv` with these words.
    pub(crate) fn send(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lipasend"));
        command
            .args("send people.csv --from 254110090747 --yes --quiet".split(' '))
            .args("--recipient-rate unlimited --retries 6".split(' '))
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .env("LIPACHAT_API_KEY", "secret-key-of-the-test")
            .env("LIPACHAT_GATEWAY_URL", self.gateway.url())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// The number of requests that the gateway has logged.
    pub(crate) fn requests(&self) -> usize {
        memchr::memchr_iter(b'\n', &fs::read(self.path(LOG)).unwrap_or_default()).count()
    }

    /// The gateway's log, in order, without its first `skipped` requests.
    pub(crate) fn log(&self, skipped: usize) -> Vec<Seen> {
        let text = fs::read_to_string(self.path(LOG)).unwrap_or_default();
        let whole = text.lines().skip(skipped).filter(|line| line.ends_with('}'));
        whole.filter_map(|line| Seen::of(&serde_json::from_str(line).unwrap())).collect()
    }

    /// The lines of the gateway's log that name an id.
    pub(crate) fn log_of(&self, id: &str) -> String {
        let text = fs::read_to_string(self.path(LOG)).unwrap_or_default();
        text.lines().filter(|line| line.contains(id)).map(|line| format!("  {line}\n")).collect()
    }

    /// [`statuses`] of a file; of one that is not there, none.
    pub(crate) fn statuses(&self, name: &str) -> HashMap<String, String> {
        statuses(&fs::read(self.path(name)).unwrap_or_default())
    }

    /// The ids in an in-flight file.
    pub(crate) fn in_flight(&self, name: &str) -> HashSet<String> {
        ids_in_flight(&fs::read(self.path(name)).unwrap_or_default())
    }
}

/// Every id of results with its last status (`sent` wins). A torn last line is none.
pub(crate) fn statuses(results: &[u8]) -> HashMap<String, String> {
    let mut statuses: HashMap<String, String> = HashMap::new();
    let text = String::from_utf8_lossy(results);
    let delimiter = if text.lines().next().is_some_and(|l| l.contains(';')) { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let columns = reader.headers().unwrap().len();
    for record in reader.records().map(Result::unwrap).filter(|record| record.len() == columns) {
        let status = statuses.entry(record[0].to_owned()).or_default();
        if status != "sent" {
            record[6].clone_into(status);
        }
    }
    statuses
}

/// The ids that are `sent`.
pub(crate) fn sent_ids(statuses: &HashMap<String, String>) -> HashSet<String> {
    let sent = statuses.iter().filter(|(_, status)| *status == "sent");
    sent.map(|(id, _)| id.clone()).collect()
}

/// The ids in an in-flight file.
pub(crate) fn ids_in_flight(file: &[u8]) -> HashSet<String> {
    let text = String::from_utf8_lossy(file);
    let whole = text.split_inclusive('\n').skip(1).filter(|line| line.ends_with('\n'));
    whole.filter_map(|line| line.split(',').next()).map(str::to_owned).collect()
}

/// A request as the gateway logged it.
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) accepted: bool,
    /// True if it had a fault, so that its answer was not a plain acceptance.
    pub(crate) had_fault: bool,
}

impl Seen {
    /// `None` for a request that was not read, and so has no id.
    fn of(line: &serde_json::Value) -> Option<Self> {
        Some(Self {
            id: line["messageId"].as_str()?.to_owned(),
            to: line["to"].as_str()?.to_owned(),
            accepted: line["accepted"] == true,
            had_fault: !line["fault"].is_null(),
        })
    }
}
