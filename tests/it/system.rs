//! The system around a run: closed terminals, and limits on threads and open files.

use std::process::{Command, Stdio};

use super::desk::{Desk, Ended, QUICK, until};

const RESULTS: &str = "people.results.csv";

impl Desk {
    /// `lipasend` as typed, started by a shell that does `first`.
    fn command_after(&self, first: &str, line: &str) -> Command {
        let program = self.command(line);
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]);
        shell.arg(program.get_program()).args(program.get_args());
        let set = program.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let path = std::env::var_os("PATH").unwrap_or_default();
        shell.env_clear().env("PATH", path).envs(set).current_dir(self.path(""));
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }

    fn run_after(&self, first: &str, line: &str) -> Ended {
        let output = self.command_after(first, line).output().unwrap();
        Ended::of(&format!("{first}; {line}"), output)
    }
}

fn signal(name: &str, process: &std::process::Child) {
    let pid = process.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

#[test]
fn a_closed_terminal_ends_the_run_as_cleanly_as_sigterm() {
    let desk = Desk::with_gateway("--latency 50ms");
    desk.put_people("people.csv", 300);
    let running = desk.start(&format!("send people.csv {QUICK} --concurrency 4"));
    until("some are accepted", || desk.tally().accepted >= 8);
    // The system sends one and the shell another.
    running.signal("HUP");
    running.signal("HUP");
    running.ended().exits(129).says("the terminal was closed (SIGHUP)");
    assert_eq!(desk.count(RESULTS, "sent"), desk.accepted().len());
    assert!(desk.accepted().len() < 300);
    assert!(!desk.has("people.results.csv.inflight"));
    desk.send("people.csv").exits(0);
    assert_eq!(desk.tally().repeats, 0, "nothing was in doubt after a clean drain");
}

#[test]
fn output_that_nobody_reads_any_more_changes_nothing() {
    let desk = Desk::with_gateway("--latency 20ms");
    desk.put_people("people.csv", 300);
    let line = format!(
        "send people.csv {} --concurrency 4 --progress always --summary-json -",
        QUICK.replace("--quiet ", "")
    );
    let mut running = desk.command(&line).spawn().unwrap();
    until("some are accepted", || desk.tally().accepted >= 8);
    drop((running.stdout.take(), running.stderr.take()));
    signal("HUP", &running);
    assert_eq!(running.wait().unwrap().code(), Some(129));
    assert_eq!(desk.count(RESULTS, "sent"), desk.accepted().len());
    assert!(!desk.has("people.results.csv.inflight"));
}

/// Runs a program in a terminal of its own, closes that when the file `posted` has enough lines, and
/// exits as the program does.
const CLOSED_TERMINAL: &str = r"
import os, pty, select, sys
posted, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)
while not os.path.exists(posted) or open(posted).read().count('\n') < 8:
    if select.select([terminal], [], [], 0.01)[0]:
        os.read(terminal, 65536)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
";

#[test]
fn a_terminal_that_is_closed_loses_no_outcome_and_no_exit_code() {
    if Command::new("python3").arg("--version").output().is_err() {
        return println!("skipped: there is no python3 to open a terminal with");
    }
    for more in ["", "--summary-json -", "--verbose", "--quiet"] {
        let desk = Desk::with_gateway("--latency 20ms");
        desk.put_people("people.csv", 300);
        let quick = QUICK.replace("--quiet ", "");
        let line = format!("send people.csv {quick} --concurrency 4 {more}");
        let program = desk.command(&line);
        let set = program.get_envs().filter_map(|(name, value)| Some((name, value?)));
        let ended = Command::new("python3")
            .args(["-c", CLOSED_TERMINAL, "gateway.log"])
            .arg(program.get_program())
            .args(program.get_args())
            .envs(set)
            .current_dir(desk.path(""))
            .status()
            .unwrap();
        assert_eq!(ended.code(), Some(129), "{more}");
        assert_eq!(desk.count(RESULTS, "sent"), desk.accepted().len(), "{more}");
        assert!(desk.accepted().len() < 300);
        assert!(!desk.has("people.results.csv.inflight"));
    }
}

#[test]
#[cfg(target_os = "linux")] // elsewhere the system does not show what is ignored
fn signals_that_were_ignored_at_the_start_are_left_alone() {
    for (name, code) in [("HUP", 129), ("INT", 130)] {
        for (ignored, code) in [("trap '' HUP INT", 0), ("true", code)] {
            let desk = Desk::with_gateway("--latency 10ms");
            desk.put_people("people.csv", 100);
            let line = format!("send people.csv {QUICK} --concurrency 2");
            let running = desk.command_after(ignored, &line).spawn().unwrap();
            until("some are accepted", || desk.tally().accepted >= 8);
            signal(name, &running);
            Ended::of(&line, running.wait_with_output().unwrap()).exits(code);
        }
    }
    let desk = Desk::with_gateway("--latency 20ms");
    desk.put_people("people.csv", 300);
    let line = format!("send people.csv {QUICK} --concurrency 2");
    let running = desk.command_after("trap '' TERM", &line).spawn().unwrap();
    until("some are accepted", || desk.tally().accepted >= 8);
    signal("TERM", &running);
    Ended::of(&line, running.wait_with_output().unwrap()).exits(143);
}

#[test]
#[cfg(target_os = "linux")] // only there the limit is known beforehand
fn too_few_open_files_are_an_error_before_anything_is_sent() {
    for (gateway, possible) in [("", 1..25_u32), ("--rehearse", 0..13)] {
        let desk = Desk::new();
        desk.put_people("people.csv", 100);
        let line = format!("send people.csv {QUICK} --concurrency 64 {gateway}");
        let ended = desk.run_after("ulimit -n 30", &line).complains(2, "--concurrency 64");
        let number = ended.stderr.split("64, ").nth(1).unwrap().split(' ').next().unwrap();
        assert!(possible.contains(&number.parse().unwrap()), "{}", ended.stderr);
        assert!(ended.stderr.contains("ulimit -n"), "{}", ended.stderr);
        assert_eq!(desk.tally().requests, 0);
        assert!(!desk.has("people.results.csv.inflight"));
        assert!(!desk.has(RESULTS) || desk.lines(RESULTS).is_empty());
    }
    let desk = Desk::new();
    desk.put_people("people.csv", 100);
    let none = desk.run_after("ulimit -n 12", &format!("send people.csv {QUICK}"));
    none.complains(2, "too few open files for --concurrency 16: raise the limit (ulimit -n)");
    desk.run_after("ulimit -n 60", &format!("send people.csv {QUICK} --concurrency 16")).exits(0);
    desk.put_people("few.csv", 5);
    let few = format!("send few.csv {QUICK} --concurrency 64 --campaign other");
    desk.run_after("ulimit -n 30", &few).exits(0);
}

#[test]
#[cfg(target_os = "linux")]
fn too_few_open_files_during_the_run_are_not_a_gateway_that_is_down() {
    // Each message needs a connection of its own, because the others still wait for answers.
    let mut desk = Desk::with_gateway("--latency 2s");
    desk.put_people("people.csv", 100);
    let line = "send people.csv --from 254110090747 --yes --rate 5/s --concurrency 16";
    let running = desk.command(line).spawn().unwrap();
    until("the first one is posted", || desk.tally().requests >= 1);
    let folder = format!("/proc/{}/fd", running.id());
    let limit = format!("--nofile={}:1024", std::fs::read_dir(folder).unwrap().count());
    let pid = format!("--pid={}", running.id());
    assert!(Command::new("prlimit").args([pid, limit]).status().unwrap().success());
    let ended = Ended::of(line, running.wait_with_output().unwrap()).code_is(1);
    ended.says("too few open files for --concurrency 16").says("ulimit -n");
    let posted = desk.tally().requests as usize;
    assert!(posted < 10, "{posted}");
    let sent = desk.count(RESULTS, "sent");
    assert_eq!((sent, desk.lines(RESULTS).len()), (posted, posted), "others are untouched");
    assert!(!desk.has("people.results.csv.inflight"));
    desk.replace_gateway("");
    desk.send("people.csv").exits(0);
    assert_eq!(desk.accepted().len(), 100);
}

#[test]
fn too_few_threads_are_an_error_before_anything_is_sent() {
    // The limit on processes (`ulimit -u`) does not bind root. Here there is no room for a stack, so
    // that not even the threads that prepare rows can be started.
    let desk = Desk::new();
    desk.put_people("people.csv", 100);
    let line = format!("send people.csv {QUICK} --concurrency 3");
    let ended = desk.run_with(&line, &[("RUST_MIN_STACK", "70368744177664")]).exits(2);
    ended.says("too few threads for --concurrency 3").says("ulimit -u");
    assert_eq!(desk.tally().requests, 0);
    assert!(!desk.has("people.results.csv.inflight"));
    assert!(desk.lines(RESULTS).is_empty());
    desk.send("people.csv").exits(0);
}
