//! The tests' builder: a folder of lists, a mock gateway, and the program.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use lipasend::mock_gateway::{Gateway, GatewayOptions, Tally};
use tempfile::TempDir;

/// The sender in all tests.
pub(crate) const FROM: &str = "254110090747";

/// The longest wait for a condition before the test fails.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Desk {
    folder: TempDir,
    gateway: Option<Gateway>,
}

/// One row of a CSV file, by column.
pub(crate) type Line = HashMap<String, String>;

impl Desk {
    /// Makes an empty folder and a gateway that answers as documented.
    pub(crate) fn new() -> Self {
        Self::with_gateway("")
    }

    /// Makes an empty folder and a gateway with the options of `mock-gateway`.
    pub(crate) fn with_gateway(options: &str) -> Self {
        let mut desk = Self { folder: tempfile::tempdir().unwrap(), gateway: None };
        desk.replace_gateway(options);
        desk
    }

    /// Starts another gateway at the same address.
    pub(crate) fn replace_gateway(&mut self, options: &str) {
        #[derive(clap::Parser)]
        struct MockGateway {
            #[command(flatten)]
            options: GatewayOptions,
        }
        let words = std::iter::once("mock-gateway").chain(options.split_whitespace());
        let mut options = <MockGateway as clap::Parser>::parse_from(words).options;
        options.log_file = Some(self.path("gateway.log"));
        let started = match self.gateway.take() {
            Some(old) => old.restart(options),
            None => Gateway::start(options),
        };
        self.gateway = Some(started.unwrap());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    /// Writes a list of `number` people, each row with its own recipient.
    pub(crate) fn put_people(&self, name: &str, number: usize) -> &Self {
        let mut text = String::from("to,name,phone\n");
        for n in 0..number {
            text.push_str(&format!("2547120{n:05},Person {n},254722{n:06}\n"));
        }
        self.put(name, text)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The rows of a CSV file that the program wrote.
    pub(crate) fn lines(&self, name: &str) -> Vec<Line> {
        let text = self.read(name);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headers = reader.headers().unwrap().clone();
        let line = |record: Result<csv::StringRecord, csv::Error>| {
            let record = record.unwrap();
            headers.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect()
        };
        reader.records().map(line).collect()
    }

    /// Counts the lines of a results file with this status.
    pub(crate) fn count(&self, results: &str, status: &str) -> usize {
        self.lines(results).iter().filter(|line| line["status"] == status).count()
    }

    /// The gateway's log: one JSON object for each request.
    pub(crate) fn log(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.path("gateway.log")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The ids that the gateway accepted as new messages, in order.
    pub(crate) fn accepted(&self) -> Vec<String> {
        let log = self.log();
        let accepted = log.iter().filter(|entry| entry["accepted"] == true);
        accepted.map(|entry| entry["messageId"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn tally(&self) -> Tally {
        self.gateway.as_ref().unwrap().tally()
    }

    pub(crate) fn gateway_url(&self) -> String {
        self.gateway.as_ref().unwrap().url()
    }

    /// `lipasend` with these words in the desk's folder, a key and a gateway in its environment.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lipasend"));
        command
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .env("LIPACHAT_API_KEY", "secret-key-of-the-test")
            .env("LIPACHAT_GATEWAY_URL", self.gateway_url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs `lipasend` as typed.
    pub(crate) fn run(&self, line: &str) -> Ended {
        self.run_with(line, &[])
    }

    /// Runs `lipasend` with these variables set.
    pub(crate) fn run_with(&self, line: &str, variables: &[(&str, &str)]) -> Ended {
        let output = self.command(line).envs(variables.iter().copied()).output().unwrap();
        let set: Vec<String> =
            variables.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        Ended::of(&format!("{}{line}", set.concat()), output)
    }

    /// Sends a list without limits.
    pub(crate) fn send(&self, line: &str) -> Ended {
        self.run(&format!("send {line} {QUICK}"))
    }

    /// Runs `lipasend` with words that may contain anything.
    pub(crate) fn run_words(&self, words: &[&str]) -> Ended {
        let output = self.command("").args(words).output().unwrap();
        Ended::of(&format!("{words:?}"), output)
    }

    /// Starts `lipasend` and leaves it running.
    pub(crate) fn start(&self, line: &str) -> Running {
        Running { line: line.to_owned(), ..Running::of(self.command(line)) }
    }

    /// Starts `lipasend` with a file as its stderr, to be read while it runs.
    pub(crate) fn start_with_stderr(&self, line: &str, file: &str) -> Running {
        let stderr = fs::File::create(self.path(file)).unwrap();
        let child = self.command(line).stderr(stderr).spawn().unwrap();
        Running { line: line.to_owned(), child }
    }
}

/// Options that send at once, without asking.
pub(crate) const QUICK: &str =
    "--from 254110090747 --yes --rate unlimited --recipient-rate unlimited";

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    line: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(line: &str, output: Output) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let killed = output.status.signal().map(|signal| -signal);
        Self {
            line: line.to_owned(),
            code: output.status.code().or(killed).unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks the exit code, and that stderr has no error and no warning: at most the plan.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        let is_progress = |line: &str| line.contains(" done") || line.contains(": stopping");
        let is_error = |line: &str| line.starts_with("lipasend:") && !is_progress(line);
        assert!(!self.stderr.lines().any(is_error), "stderr of {self:#?}");
        self.code_is(code)
    }

    /// Checks the exit code, and that stderr, or the plan of a check, contains `of`.
    #[track_caller]
    pub(crate) fn complains(self, code: i32, of: &str) -> Self {
        let plan = if self.line.contains("check") { &*self.stdout } else { "" };
        let is_there = self.stderr.contains(of) || plan.contains(of);
        assert!(is_there, "no `{of}` in {}\n{}\n{plan}", self.line, self.stderr);
        self.code_is(code)
    }

    /// Everything that was printed.
    pub(crate) fn printed(&self) -> String {
        [&*self.stderr, &self.stdout].concat()
    }

    /// Checks the exit code only.
    #[track_caller]
    pub(crate) fn code_is(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}\n{}", self.line, self.stdout, self.stderr);
        self
    }

    /// Checks that stdout contains `what`.
    #[track_caller]
    pub(crate) fn says(self, what: &str) -> Self {
        assert!(self.stdout.contains(what), "no `{what}` in {}\n{}", self.line, self.stdout);
        self
    }

    /// Checks that the summary says that this run sent so many messages.
    #[track_caller]
    pub(crate) fn sent(self, messages: u64) -> Self {
        let first = self.stdout.lines().next().unwrap_or_default().replace(',', "");
        let begins = |what: &str| first.starts_with(&format!("{messages} {what}"));
        assert!(begins("sent in ") || begins("of "), "not {messages} sent: {self:#?}");
        self
    }

    /// Checks that the plan of a check says that so many messages are to be sent.
    #[track_caller]
    pub(crate) fn will_send(self, messages: u64) -> Self {
        let says = |what: &str| self.stdout.contains(&format!(" {messages} {what}"));
        assert!(says("to send") || says("can be sent"), "not {messages} to send: {self:#?}");
        self
    }

    /// Returns the summary that `--summary-json -` printed, after checking its sums.
    #[track_caller]
    pub(crate) fn summary(&self) -> serde_json::Value {
        let line = self.stdout.lines().last().unwrap_or_default();
        let summary: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_sums(&summary);
        assert_eq!(summary["exit"], self.code);
        summary
    }
}

/// Checks that the counts of a summary add up.
#[track_caller]
pub(crate) fn assert_sums(summary: &serde_json::Value) {
    let sum = |of: &serde_json::Value, parts: &[&str]| -> u64 {
        parts.iter().map(|part| of[*part].as_u64().unwrap()).sum()
    };
    let (rows, messages) = (&summary["rows"], &summary["messages"]);
    let row_parts = ["used", "duplicate", "rejected", "skipped"];
    assert_eq!(rows["read"], sum(rows, &row_parts), "{rows}");
    let message_parts = ["already_sent", "sent", "refused", "failed", "unknown", "held", "left"];
    assert_eq!(messages["total"], sum(messages, &message_parts), "{messages}");
}

/// A run that has not ended.
pub(crate) struct Running {
    line: String,
    child: Child,
}

impl Running {
    /// Starts a command and leaves it running.
    pub(crate) fn of(mut command: Command) -> Self {
        Self { line: format!("{command:?}"), child: command.spawn().unwrap() }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Returns whether a signal has stopped all its threads; only Linux shows that.
    pub(crate) fn is_stopped(&self) -> bool {
        let Ok(threads) = fs::read_dir(format!("/proc/{}/task", self.child.id())) else {
            return cfg!(not(target_os = "linux"));
        };
        threads.into_iter().all(|thread| {
            let status = fs::read_to_string(thread.unwrap().path().join("status"));
            status.is_ok_and(|status| status.contains("State:\tT"))
        })
    }

    /// Waits until it ends by itself; a run that does not is killed.
    #[track_caller]
    pub(crate) fn ends(mut self) -> Ended {
        let began = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            if began.elapsed() > DEADLINE {
                self.child.kill().unwrap();
                panic!("{} does not end", self.line);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.ended()
    }

    pub(crate) fn ended(self) -> Ended {
        Ended::of(&self.line, self.child.wait_with_output().unwrap())
    }
}

/// Waits until a condition is true.
#[track_caller]
pub(crate) fn until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < DEADLINE, "timed out waiting until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs `test` for each case, all at the same time: for cases that wait more than they compute.
pub(crate) fn at_once<Case: Send>(
    cases: impl IntoIterator<Item = Case>,
    test: impl Fn(Case) + Sync,
) {
    std::thread::scope(|scope| {
        let test = &test;
        let start = |case| scope.spawn(move || test(case));
        let running: Vec<_> = cases.into_iter().map(start).collect();
        for case in running {
            case.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

/// A CSV text without its last columns, as an older version wrote it.
pub(crate) fn without_last_columns(text: &str, columns: usize) -> String {
    let shorter = |line: &str| {
        let ends: Vec<usize> = line.match_indices(',').map(|(at, _)| at).collect();
        format!("{}\n", &line[..ends[ends.len() - columns]])
    };
    text.lines().map(shorter).collect()
}

/// A file of the project.
pub(crate) fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
