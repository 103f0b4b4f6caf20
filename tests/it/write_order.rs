//! The order of writes, syncs and posts, as the system calls of the program show it.

use std::collections::HashMap;
use std::fs;
use std::process::{Command, Stdio};

use super::desk::{Desk, Ended, QUICK, Running, until};
use super::listen::{EVENTS, post};

const RESULTS: &str = "people.results.csv";
const IN_FLIGHT: &str = "people.results.csv.inflight";

#[test]
#[ignore = "needs strace"]
fn what_is_posted_is_on_the_disk_first() {
    let desk = Desk::new();
    desk.put_people("people.csv", 12);
    let trace = Trace::of_send(&desk);

    let created = [("write", RESULTS), ("fsync", RESULTS), ("fsync", "")];
    let begun = [("write", IN_FLIGHT), ("fsync", IN_FLIGHT), ("fsync", "")];
    let begun = trace.in_order(trace.in_order(0, &created), &begun);
    let ids = desk.accepted();
    assert_eq!(ids.len(), 12);
    for id in &ids {
        let written = trace.first(begun, "write", IN_FLIGHT, id);
        let synced = trace.first(written, "fdatasync", IN_FLIGHT, "");
        let posted = trace.first(0, "sendto", "socket", id);
        assert!(synced < posted, "{id} was posted before it was on the disk\n{trace:?}");
        trace.first(posted, "write", RESULTS, id);
    }
    assert_eq!(trace.count("sendto", "POST "), trace.count("sendto", "messageId"), "{trace:?}");

    let last = trace.last("write", RESULTS);
    let removed = [("fdatasync", RESULTS), ("unlink", IN_FLIGHT), ("fsync", "")];
    trace.in_order(last, &removed);
    assert!(last < trace.first(0, "unlink", IN_FLIGHT, ""), "{trace:?}");
}

#[test]
#[ignore = "needs strace"]
fn compacted_results_are_on_the_disk_before_they_replace_the_old_ones() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    desk.send("people.csv").exits(0);
    desk.put(RESULTS, desk.read(RESULTS).replace(",sent,", ",failed,"));
    let trace = Trace::of_send(&desk);

    let new = "people.results.csv.new";
    let replaced = [
        ("unlink", IN_FLIGHT),
        ("fsync", ""),
        ("write", new),
        ("fsync", new),
        ("rename", new),
        ("fsync", ""),
    ];
    trace.in_order(trace.last("write", RESULTS), &replaced);
    assert!(trace.last("write", new) < trace.last("fsync", new), "{trace:?}");
    assert_eq!(desk.count(RESULTS, "sent"), 3);
}

#[test]
#[ignore = "needs strace"]
fn an_event_is_on_the_disk_before_it_is_answered() {
    let desk = Desk::new();
    let listen = desk.command(&desk.listen_line(""));
    let mut strace = Trace::strace(&desk, &listen);
    // The program itself is the child, so that a signal reaches it.
    strace.arg("-D").arg(listen.get_program()).args(listen.get_args());
    let listener = desk.listening(Running::of(strace));
    let ids = ["first-event", "second-event", "third-event"];
    for id in ids {
        assert_eq!(listener.status_of(&post(&format!("{{\"id\": \"{id}\"}}"))), 200);
    }
    listener.ends("TERM").code_is(0);
    until("the trace is whole", || desk.read("trace.txt").contains("+++ exited with 0 +++"));
    let trace = Trace::read(&desk);
    for (n, id) in ids.iter().enumerate() {
        let written = trace.first(0, "write", EVENTS, id);
        let synced = trace.first(written, "fdatasync", EVENTS, "");
        let answered = trace.place(n, |call| call.is_to_socket("HTTP/1.1 200"));
        assert!(synced < answered, "{id} was answered before it was on the disk\n{trace:?}");
    }
}

/// The system calls of one run, in the order in which they ended; what goes to a socket counts from
/// its start.
#[derive(Debug)]
struct Trace(Vec<Call>);

#[derive(Debug, Clone)]
struct Call {
    name: String,
    /// Its first argument: a path, or a file descriptor with its path.
    target: String,
    text: String,
}

impl Trace {
    fn of_send(desk: &Desk) -> Self {
        let line = format!("send people.csv {QUICK} --concurrency 2 --accept-results");
        let send = desk.command(&line);
        let mut strace = Self::strace(desk, &send);
        strace.arg(send.get_program()).args(send.get_args());
        Ended::of(&line, strace.output().expect("strace is installed")).exits(0);
        Self::read(desk)
    }

    /// The program `strace` in the folder and environment of `of`.
    fn strace(desk: &Desk, of: &Command) -> Command {
        let mut strace = Command::new("strace");
        strace
            .args(["-f", "-y", "-s", "4096", "-o", "trace.txt", "-e"])
            .arg("trace=write,fsync,fdatasync,rename,unlink,sendto,writev")
            .current_dir(desk.path(""))
            .envs(of.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        strace
    }

    fn read(desk: &Desk) -> Self {
        let mut running = HashMap::new();
        let trace = fs::read_to_string(desk.path("trace.txt")).unwrap();
        Self(trace.lines().filter_map(|line| call_that_counts(line, &mut running)).collect())
    }

    /// The place of the first such call at or behind the place `from`.
    fn first(&self, from: usize, name: &str, target: &str, text: &str) -> usize {
        let is = |call: &Call| call.is(name, target) && call.text.contains(text);
        let found = (from..self.0.len()).find(|at| is(&self.0[*at]));
        found.unwrap_or_else(|| {
            panic!("no {name} of {target} with {text:?} behind {from}\n{self:?}")
        })
    }

    /// The place of the nth such call, from 0.
    fn place(&self, nth: usize, is: impl Fn(&Call) -> bool) -> usize {
        let found = (0..self.0.len()).filter(|at| is(&self.0[*at])).nth(nth);
        found.unwrap_or_else(|| panic!("no call {nth}\n{self:?}"))
    }

    fn last(&self, name: &str, target: &str) -> usize {
        let found = self.0.iter().rposition(|call| call.is(name, target));
        found.unwrap_or_else(|| panic!("no {name} of {target}\n{self:?}"))
    }

    /// Finds one call after the other, and returns the place of the last one.
    fn in_order(&self, from: usize, calls: &[(&str, &str)]) -> usize {
        calls.iter().fold(from, |from, (name, target)| self.first(from, name, target, ""))
    }

    fn count(&self, name: &str, text: &str) -> usize {
        self.0.iter().filter(|call| call.name == name && call.text.contains(text)).count()
    }
}

impl Call {
    /// Returns whether it is such a call of this file in the desk's folder, or of the folder itself
    /// (`""`).
    fn is(&self, name: &str, target: &str) -> bool {
        let in_folder = match target {
            "socket" => self.target.contains("<socket:"),
            "" => !self.target.contains("people"),
            _ => self.target.trim_end_matches(['>', '"']).ends_with(target),
        };
        self.name == name && in_folder
    }

    /// Returns whether it sends this text.
    fn is_to_socket(&self, text: &str) -> bool {
        self.target.contains("<socket:") && self.text.contains(text)
    }
}

/// A line of the trace: `PID name(args) = 0`, or in two parts `PID name(args <unfinished ...>` and
/// `PID <... name resumed>) = 0`.
fn call_that_counts(line: &str, running: &mut HashMap<String, Call>) -> Option<Call> {
    let (pid, rest) = line.split_once(' ')?;
    let rest = rest.trim_start();
    if rest.starts_with("<... ") {
        return running.remove(pid);
    }
    let (name, arguments) = rest.split_once('(')?;
    let target = arguments.split([',', ')', ' ']).next()?.to_owned();
    let call = Call { name: name.to_owned(), target, text: arguments.to_owned() };
    if !matches!(name, "sendto" | "writev") && arguments.ends_with("<unfinished ...>") {
        running.insert(pid.to_owned(), call);
        return None;
    }
    Some(call)
}
