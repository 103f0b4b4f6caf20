//! The whole program on lists of the sizes it is made for: rows, cards and messages a second,
//! memory, how even the pace is, how long a finished campaign takes to say so.
//!
//! `cargo bench --bench figures` runs all of it in about two minutes; `-- check cards` only these.
//! For `send` and `resume` it needs nginx (Debian: nginx-light), which answers at once and takes
//! little of the processor; the mock gateway serves where it may be slow. What is printed
//! belongs to the machine of that moment: compare within one run.

#![expect(clippy::print_stdout, reason = "the figures are what this bench is for")]

use std::fmt::Write as _;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use lipasend::mock_gateway;
use tempfile::TempDir;

/// The number of times each figure is taken; the middle one is printed, with the best and the
/// worst.
const TAKES: usize = 3;

const FROM: &str = "254110090747";

const FIGURES: [(&str, fn()); 5] =
    [("check", check), ("cards", cards), ("send", send), ("resume", resume), ("rate", rate)];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs this as a test, and a figure is none.
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with('-')).collect();
    for (name, take) in FIGURES {
        if wanted.is_empty() || wanted.iter().any(|word| *word == name) {
            take();
        }
    }
}

/// `check` of a million rows with two numbers each, in four ways of writing.
fn check() {
    let desk = Desk::new();
    desk.put("rows.csv", |file| rows(file, 1_000_000));
    let line = format!("check rows.csv --from {FROM} --quiet");
    desk.figure("check, 1,000,000 rows, two numbers a row", 1_000_000, "rows", &line, |_| {});
}

/// `check` of 100,000 cards, without photos and with one in every twentieth.
fn cards() {
    let desk = Desk::new();
    desk.put("plain.vcf", |file| address_book(file, 100_000, None));
    desk.put("photos.vcf", |file| address_book(file, 100_000, Some(20)));
    for (name, what) in [
        ("plain.vcf", "check, 100,000 cards of 430 bytes"),
        ("photos.vcf", "check, the same with 100 KiB of photo in every twentieth"),
    ] {
        let line = format!("check {name} --from {FROM} --to +254712345678 --quiet");
        desk.figure(what, 100_000, "cards", &line, |_| {});
    }
}

/// 150,000 messages to a gateway that answers at once, each outcome recorded.
fn send() {
    let desk = Desk::new();
    let Some(nginx) = Nginx::start(desk.path()) else { return };
    desk.put("rows.csv", |file| rows(file, 150_000));
    let line = unlimited("rows.csv", &nginx.url);
    let what = "send, 150,000 messages, 32 connections";
    desk.figure(what, 150_000, "messages", &line, Desk::forget);
}

/// The second run of a campaign of a million messages: nothing is left to do.
fn resume() {
    let desk = Desk::new();
    let Some(nginx) = Nginx::start(desk.path()) else { return };
    desk.put("rows.csv", |file| rows(file, 1_000_000));
    let line = unlimited("rows.csv", &nginx.url);
    desk.run(&line);
    desk.figure("resume over 1,000,000 lines, none left", 1_000_000, "lines", &line, |_| {});
}

/// 20 seconds at 1,000/s to a gateway that takes 300 ms: what it saw, by its own log.
fn rate() {
    let desk = Desk::new();
    desk.put("rows.csv", |file| rows(file, 20_000));
    let options = mock_gateway::GatewayOptions {
        latency: "300ms".parse().expect("a latency"),
        log_file: Some(desk.path().join("gateway.log")),
        ..mock_gateway::GatewayOptions::default()
    };
    let gateway = mock_gateway::Gateway::start(options).expect("a gateway");
    desk.run(&format!(
        "send rows.csv --from {FROM} --gateway {} --rate 1000/s --recipient-rate unlimited \
         --concurrency 400 --yes --quiet",
        gateway.url()
    ));
    gateway.stop().expect("its log");
    let log = fs::read_to_string(desk.path().join("gateway.log")).expect("a log");
    let mut times: Vec<f64> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line of JSON"))
        .map(|entry| entry["time"].as_f64().expect("a time"))
        .collect();
    times.sort_by(f64::total_cmp);
    let mean = (times.len() - 1) as f64 / (times[times.len() - 1] - times[0]);
    let fullest = (0..times.len())
        .map(|first| times.partition_point(|time| *time < times[first] + 1.0) - first)
        .max()
        .unwrap_or(0);
    println!(
        "send --rate 1000/s, 300 ms latency: {} requests, {mean:.1}/s, fullest second {fullest}",
        times.len()
    );
}

fn unlimited(list: &str, gateway: &str) -> String {
    format!(
        "send {list} --from {FROM} --gateway {gateway} --rate unlimited --recipient-rate unlimited \
         --concurrency 32 --yes --quiet"
    )
}

/// A folder with lists, in which the program is run.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, name: &str, write: impl FnOnce(&mut String)) {
        let mut text = String::new();
        write(&mut text);
        fs::write(self.path().join(name), text).expect("room for a list");
    }

    /// Removes what a campaign left, so that the next one starts anew.
    fn forget(&self) {
        for entry in fs::read_dir(self.path()).expect("a folder").flatten() {
            if entry.file_name().to_string_lossy().contains(".results.csv") {
                fs::remove_file(entry.path()).expect("a file of ours");
            }
        }
    }

    /// Runs the program: seconds, and the most memory it had, in megabytes (0 where that is not
    /// known).
    fn run(&self, line: &str) -> (f64, u64) {
        let started = Instant::now();
        let mut program = Command::new(env!("CARGO_BIN_EXE_lipasend"))
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env("LIPACHAT_API_KEY", "key-for-the-figures")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program");
        let mut peak = 0;
        let ended = loop {
            peak = peak.max(peak_memory(&program));
            match program.try_wait().expect("a child") {
                Some(ended) => break ended,
                None => thread::sleep(Duration::from_millis(2)),
            }
        };
        let seconds = started.elapsed().as_secs_f64();
        assert!(ended.success(), "`lipasend {line}` ended with {ended}");
        (seconds, peak)
    }

    fn figure(&self, what: &str, count: u32, unit: &str, line: &str, before: fn(&Self)) {
        let mut takes = Vec::new();
        let mut peak = 0;
        for _ in 0..TAKES {
            before(self);
            let (seconds, memory) = self.run(line);
            takes.push(seconds);
            peak = peak.max(memory);
        }
        takes.sort_by(f64::total_cmp);
        let (best, middle, worst) = (takes[0], takes[TAKES / 2], takes[TAKES - 1]);
        println!(
            "{what}: {middle:.2} s ({best:.2} to {worst:.2}), {:.0} {unit}/s, {peak} MB",
            f64::from(count) / middle
        );
    }
}

/// The high-water mark of a process's memory in megabytes, as Linux shows it.
fn peak_memory(program: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    kilobytes.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0)
        / 1024
}

/// An nginx of our own that gives the documented answer to everything.
struct Nginx {
    url: String,
    server: Child,
}

impl Nginx {
    fn start(folder: &Path) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let at = folder.display();
        let config = format!(
            "daemon off; master_process off; pid {at}/nginx.pid; error_log {at}/nginx.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {at};\n\
             server {{ listen {address}; location / {{ default_type application/json;\n\
             return 200 '{ANSWER}'; }} }} }}\n"
        );
        fs::write(folder.join("nginx.conf"), config).expect("room for a file");
        let started = Command::new("nginx")
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .arg("-p")
            .arg(folder)
            .stderr(Stdio::null())
            .spawn();
        let Ok(server) = started else {
            println!("send, resume: left out, there is no nginx (Debian: nginx-light)");
            return None;
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "nginx does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        Some(Self { url: format!("http://{address}/"), server })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The gateway's documented answer to a message that it took.
const ANSWER: &str = r#"{"timestamp":"2026-01-01T00:00:00.000000","data":{"messageId":"7addc006","waId":"wamid.HBgMMjU0NzEyMzQ1Njc4FQIAERgSODU5","status":"SENT","statusDesc":"Message sent successfully"},"status":"success","message":"","errors":null}"#;

const NAMES: [&str; 8] = [
    "Amina Wanjiku",
    "Juma Otieno",
    "Zoë Müller",
    "Fatma Hassan",
    "Łukasz Nowak",
    "Grace Achieng",
    "Aïcha Diallo",
    "Peter Kamau",
];

/// Rows with a recipient of their own and two numbers on the card, all different.
fn rows(text: &mut String, count: usize) {
    text.push_str("to,name,phone,type,phone_2,type_2\n");
    for n in 0..count {
        let [to, first, second] = [("71", n), ("72", n + 1), ("73", n + 2)]
            .map(|(operator, way)| spelled(operator, n, way));
        let _ = writeln!(text, "{to},{} {n},{first},CELL,{second},WORK", NAMES[n % NAMES.len()]);
    }
}

/// A Kenyan number in one of the ways in which people write it with its country code.
fn spelled(operator: &str, n: usize, way: usize) -> String {
    let (million, thousand, one) = (n / 1_000_000 % 10, n / 1000 % 1000, n % 1000);
    match way % 4 {
        0 => format!("+254{operator}{million}{thousand:03}{one:03}"),
        1 => format!("254{operator}{million}{thousand:03}{one:03}"),
        2 => format!("+254 {operator}{million} {thousand:03} {one:03}"),
        _ => format!("+254 ({operator}{million}) {thousand:03}-{one:03}"),
    }
}

/// Cards as a telephone exports them, with a photo in every `photo_every`th.
fn address_book(text: &mut String, count: usize, photo_every: Option<usize>) {
    let photo = "/9j/4AAQSkZJRgABAQ".repeat(100 * 1024 / 18);
    for n in 0..count {
        let name = NAMES[n % NAMES.len()];
        let _ = write!(
            text,
            "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//iPhone OS 17.1//EN\r\nN:;{name} {n};;;\r\n\
             FN:{name} {n}\r\nORG:Acme Traders Ltd;Sales\r\nEMAIL;type=INTERNET;type=pref:person.{n}@example.com\r\n\
             TEL;type=CELL;type=VOICE;type=pref:+254 71{:07}\r\nitem1.TEL:+254 72{:07}\r\n\
             item1.X-ABLabel:_$!<Work>!$_\r\nADR;type=HOME:;;12 Moi Avenue;Nairobi;;00100;Kenya\r\n\
             NOTE:Met at the fair\\, wants prices\r\nREV:2023-05-01T10:00:00Z\r\n",
            n % 10_000_000,
            n * 7 % 10_000_000
        );
        if photo_every.is_some_and(|every| n % every == 0) {
            text.push_str("PHOTO;ENCODING=b;TYPE=JPEG:");
            for line in photo.as_bytes().chunks(74) {
                text.push_str(std::str::from_utf8(line).expect("ASCII"));
                text.push_str("\r\n ");
            }
            text.truncate(text.len() - 1);
        }
        text.push_str("END:VCARD\r\n");
    }
}
