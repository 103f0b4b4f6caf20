//! Fault tests: campaigns with random faults, kill -9 and SIGTERM, each compared with the gateway's
//! log.
//!
//! `cargo test --release --test survival -- --ignored --nocapture` does 200 campaigns and prints
//! the table; `LIPASEND_SURVIVAL_RUNS=12` does a few. A campaign is a function of its number: when
//! one fails, `LIPASEND_SURVIVAL_FIRST=17 LIPASEND_SURVIVAL_RUNS=1` begins with that one.

#![allow(clippy::unwrap_used)] // a test has nobody to tell an error to
#![expect(clippy::print_stdout, reason = "the figures are what this test is for")]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::ops::AddAssign;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use lipasend::mock_gateway::{Gateway, GatewayOptions};
use tempfile::TempDir;

/// Clean runs after which a campaign without an end is a failure.
const CLEAN_RUNS: u32 = 8;

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

/// The figures of one campaign, or of all.
#[derive(Debug, Default, Clone, Copy)]
struct Figures {
    campaigns: u64,
    runs: u64,
    killed: u64,
    terminated: u64,
    faults: u64,
    messages: u64,
    accepted: u64,
    /// Ids that the gateway took as new more than once.
    twice: u64,
    /// Requests with an id that had been there before.
    repeats: u64,
    /// Those of them whose earlier request had been answered, and was not in flight in a run that
    /// was killed.
    needless: u64,
    /// Messages that the gateway never accepted, and ids that belong to no message.
    missing: u64,
    strangers: u64,
    /// Results lines that contradict the gateway's log.
    disagreeing: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.campaigns += other.campaigns;
        self.runs += other.runs;
        self.killed += other.killed;
        self.terminated += other.terminated;
        self.faults += other.faults;
        self.messages += other.messages;
        self.accepted += other.accepted;
        self.twice += other.twice;
        self.repeats += other.repeats;
        self.needless += other.needless;
        self.missing += other.missing;
        self.strangers += other.strangers;
        self.disagreeing += other.disagreeing;
    }
}

impl Figures {
    fn is_sound(&self) -> bool {
        self.twice + self.needless + self.missing + self.strangers + self.disagreeing == 0
    }

    fn table(&self) -> String {
        [
            ("campaigns", self.campaigns),
            ("runs of the program", self.runs),
            ("  of these killed", self.killed),
            ("  of these terminated", self.terminated),
            ("requests with a fault", self.faults),
            ("messages", self.messages),
            ("accepted at the gateway", self.accepted),
            ("accepted more than once as new", self.twice),
            ("requests that repeated an id", self.repeats),
            ("  of these neither in flight nor in doubt", self.needless),
            ("messages missing at the end", self.missing),
            ("accepted under an id of no message", self.strangers),
            ("results lines that disagree with the gateway", self.disagreeing),
        ]
        .map(|(what, number)| format!("{what:<46}{number:>9}"))
        .join("\n")
    }
}

#[test]
#[ignore = "minutes; see the head of this file"]
fn after_any_kill_nothing_is_lost_and_nothing_is_sent_twice() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("LIPASEND_SURVIVAL_FIRST").unwrap_or(0);
    let last = first + number("LIPASEND_SURVIVAL_RUNS").unwrap_or(200);
    let next = AtomicU64::new(first);
    let total = Mutex::new(Figures::default());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let mine = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < last);
                for seed in std::iter::from_fn(mine) {
                    let figures = Campaign::new(seed).survive();
                    assert!(figures.is_sound(), "campaign {seed}\n{}", figures.table());
                    *total.lock().unwrap() += figures;
                }
            });
        }
    });
    println!("{}", total.lock().unwrap().table());
}

/// One list, one gateway with faults, and runs that are killed.
struct Campaign {
    folder: TempDir,
    gateway: Gateway,
    rng: Rng,
    figures: Figures,
    /// Ids that killed runs have left in flight.
    in_flight: HashSet<String>,
}

impl Campaign {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let folder = tempfile::tempdir().unwrap();
        let messages = rng.u64(50..400);
        let mut list = String::from("to,name,phone\n");
        for n in 0..messages {
            list.push_str(&format!("2547120{n:05},Person {n},254722{n:06}\n"));
        }
        fs::write(folder.path().join("people.csv"), list).unwrap();
        let mut options = GatewayOptions {
            seed,
            log_file: Some(folder.path().join("gateway.log")),
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
        let gateway = Gateway::start(options).unwrap();
        let figures = Figures { campaigns: 1, messages, ..Figures::default() };
        Self { folder, gateway, rng, figures, in_flight: HashSet::new() }
    }

    /// Runs that are killed or terminated, then runs that are left alone until all is sent.
    fn survive(mut self) -> Figures {
        for _ in 0..self.rng.usize(1..5) {
            self.interrupted_run();
            self.compare_results();
        }
        let mut left = CLEAN_RUNS;
        while self.run("--retry-refused").wait().unwrap().code() != Some(0) {
            left -= 1;
            assert!(left > 0, "after {CLEAN_RUNS} clean runs not all is sent");
            self.compare_results();
        }
        self.compare_results();
        self.compare_gateway();
        self.figures
    }

    fn run(&mut self, more: &str) -> Child {
        self.figures.runs += 1;
        let concurrency = self.rng.u8(1..32);
        let rate = ["unlimited", "400/s"][self.rng.usize(0..2)];
        let line = format!(
            "send people.csv --from 254110090747 --yes --quiet --recipient-rate unlimited \
             --rate {rate} --concurrency {concurrency} --retries 6 {more}"
        );
        Command::new(env!("CARGO_BIN_EXE_lipasend"))
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .env("LIPACHAT_API_KEY", "secret-key-of-the-test")
            .env("LIPACHAT_GATEWAY_URL", self.gateway.url())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// A run that gets a signal at a random moment; it may have ended by itself before.
    fn interrupted_run(&mut self) {
        let mut run = self.run("");
        thread::sleep(Duration::from_millis(self.rng.u64(1..600)));
        let signal = ["KILL", "KILL", "TERM"][self.rng.usize(0..3)];
        if run.try_wait().unwrap().is_none() {
            let pid = run.id().to_string();
            Command::new("kill").args(["-s", signal, &pid]).status().unwrap();
        }
        let status = run.wait().unwrap();
        self.figures.killed += u64::from(status.signal() == Some(9));
        self.figures.terminated += u64::from(status.code() == Some(143));
        let left = self.left_in_flight();
        self.in_flight.extend(left);
    }

    /// The ids that the last run left in flight; the next run records them as unknown.
    fn left_in_flight(&self) -> HashSet<String> {
        let left = fs::read_to_string(self.path("people.results.csv.inflight")).unwrap_or_default();
        let ids = left.lines().skip(1).filter_map(|line| line.split(',').next());
        ids.map(str::to_owned).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The gateway's log, in order.
    fn log(&self) -> Vec<Seen> {
        let text = fs::read_to_string(self.path("gateway.log")).unwrap_or_default();
        let whole = text.lines().filter(|line| line.ends_with('}'));
        whole.filter_map(|line| Seen::of(&serde_json::from_str(line).unwrap())).collect()
    }

    /// Every id's last line (`sent` wins) against what the gateway has accepted.
    fn compare_results(&mut self) {
        let Ok(text) = fs::read_to_string(self.path("people.results.csv")) else { return };
        let mut statuses: HashMap<String, String> = HashMap::new();
        // A torn last line is none.
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let mut reader = csv::Reader::from_reader(whole.trim_start_matches('\u{feff}').as_bytes());
        for record in reader.records() {
            let record = record.unwrap();
            let status = statuses.entry(record[0].to_owned()).or_default();
            if status != "sent" {
                record[6].clone_into(status);
            }
        }
        let log = self.log();
        let accepted: HashSet<&str> =
            log.iter().filter(|seen| seen.accepted).map(|seen| &*seen.id).collect();
        let in_flight = self.left_in_flight();
        let disagrees = |(id, status): &(&String, &String)| match status.as_str() {
            "sent" => !accepted.contains(id.as_str()),
            // An earlier run's word, if the last one was killed with the message in flight.
            "failed" | "refused" => accepted.contains(id.as_str()) && !in_flight.contains(*id),
            "unknown" => false,
            other => panic!("no status: {other}"),
        };
        for (id, _) in statuses.iter().filter(disagrees) {
            self.figures.disagreeing += 1;
            let log = fs::read_to_string(self.path("gateway.log")).unwrap();
            println!("after run {}, the results and the gateway's log:", self.figures.runs);
            for line in text.lines().chain(log.lines()).filter(|line| line.contains(&**id)) {
                println!("  {line}");
            }
        }
    }

    /// At the end: every message accepted once, and nothing repeated without need.
    fn compare_gateway(&mut self) {
        let mut asked: HashMap<String, Seen> = HashMap::new();
        let mut accepted: HashMap<String, u64> = HashMap::new();
        for seen in self.log() {
            self.figures.faults += u64::from(seen.had_fault);
            *accepted.entry(seen.id.clone()).or_default() += u64::from(seen.accepted);
            if let Some(before) = asked.get(&seen.id) {
                self.figures.repeats += 1;
                let in_doubt = before.had_fault || self.in_flight.contains(&seen.id);
                self.figures.needless += u64::from(!in_doubt);
            }
            asked.insert(seen.id.clone(), seen);
        }
        accepted.retain(|_, times| *times > 0);
        let twice = accepted.values().filter(|times| **times > 1).count();
        let text = fs::read_to_string(self.path("people.results.csv")).unwrap();
        let known: HashSet<&str> = text.lines().filter_map(|line| line.split(',').next()).collect();
        let strangers = accepted.keys().filter(|id| !known.contains(id.as_str())).count();
        self.figures.accepted += accepted.len() as u64;
        self.figures.twice += twice as u64;
        self.figures.strangers += strangers as u64;
        self.figures.missing += self.figures.messages.abs_diff(accepted.len() as u64);
    }
}

/// A request as the gateway logged it.
struct Seen {
    id: String,
    accepted: bool,
    /// True if it had a fault, so that its answer was not a plain acceptance.
    had_fault: bool,
}

impl Seen {
    /// `None` for a request that was not read, and so has no id.
    fn of(line: &serde_json::Value) -> Option<Self> {
        Some(Self {
            id: line["messageId"].as_str()?.to_owned(),
            accepted: line["accepted"] == true,
            had_fault: !line["fault"].is_null(),
        })
    }
}
