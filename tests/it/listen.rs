//! `lipasend listen`: what is answered 200 is in the file, whatever dies, and nobody stops it.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, Ended, Running, at_once, until};

const PATH: &str = "/hooks/0123456789abcdef";
pub(super) const EVENTS: &str = "events.jsonl";

/// A listener that has not ended.
pub(super) struct Listener {
    running: Running,
    address: String,
}

impl Desk {
    /// The command line of a listener at a free port.
    pub(super) fn listen_line(&self, options: &str) -> String {
        let _ = fs::remove_file(self.path("port"));
        format!(
            "listen --listen 127.0.0.1:0 --port-file port --events {EVENTS} --path {PATH} {options}"
        )
    }

    /// Starts a listener; it listens when this returns.
    fn listen(&self, options: &str) -> Listener {
        let line = self.listen_line(options);
        self.listening(self.start(&line))
    }

    /// Starts a listener by a shell that does `first`.
    fn listen_after(&self, first: &str) -> Listener {
        let program = self.command(&self.listen_line(""));
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\"")]);
        shell.arg(program.get_program()).args(program.get_args()).current_dir(self.path(""));
        shell.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.listening(Running::of(shell))
    }

    pub(super) fn listening(&self, running: Running) -> Listener {
        until("it listens", || self.has("port"));
        Listener { running, address: self.read("port").trim().to_owned() }
    }

    /// The bodies of the lines of a file of events, without those that a crash cut.
    fn bodies(&self, name: &str) -> Vec<Value> {
        let lines = self.read(name);
        let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.map(|line| line["body"].clone()).collect()
    }
}

impl Listener {
    fn client(&self) -> Client {
        Client(BufReader::new(self.connect()))
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        // A test that waits for nothing must fail, not hang.
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream
    }

    /// Sends the bytes on a connection of their own and returns the status of the answer.
    pub(super) fn status_of(&self, request: &[u8]) -> u16 {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        Client(BufReader::new(stream)).answer().unwrap()
    }

    #[track_caller]
    pub(super) fn ends(self, signal: &str) -> Ended {
        self.running.signal(signal);
        self.running.ends()
    }
}

/// A client that keeps its connection.
struct Client(BufReader<TcpStream>);

impl Client {
    fn post(&mut self, body: &str) -> io::Result<u16> {
        self.0.get_mut().write_all(&post(body))?;
        self.answer()
    }

    /// Reads one answer with its body.
    fn answer(&mut self) -> io::Result<u16> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body)?;
        Ok(head.split(' ').nth(1).unwrap().parse().unwrap())
    }
}

fn request(method: &str, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}").into()
}

pub(super) fn post(body: &str) -> Vec<u8> {
    request("POST", PATH, body)
}

/// A body that is JSON and has this length.
fn json_of(length: usize) -> String {
    format!("\"{}\"", "x".repeat(length - 2))
}

#[test]
fn each_request_gets_its_status_and_only_events_become_lines() {
    let desk = Desk::new();
    let listener = desk.listen("");
    let chunked = |body: &str| {
        let head = format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
        format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes()
    };
    let expecting = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9000000\r\n\r\n"
    );
    for (request, status) in [
        (post(r#"{"n": 1}"#), 200),
        (post("[\n  {\"n\": 2},\r\n  {\"n\": 3}\n]\n"), 200),
        (request("POST", &format!("{PATH}?from=gateway"), r#"{"n": 4}"#), 200),
        (chunked(r#"{"n": 5}"#), 200),
        (post(""), 400),
        (post("n=1&text=hello"), 400),
        (post("{\"n\": 1"), 400),
        (request("POST", "/", r#"{"n": 1}"#), 404),
        (request("POST", &format!("{PATH}/"), r#"{"n": 1}"#), 404),
        (request("GET", "/favicon.ico", ""), 404),
        (request("GET", PATH, ""), 405),
        (request("PUT", PATH, r#"{"n": 1}"#), 405),
        (post(&json_of((1 << 20) + 1)), 413),
        (chunked(&json_of(3 << 20)), 413),
        (expecting.into_bytes(), 413),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), 400),
    ] {
        let shown = String::from_utf8_lossy(&request[..request.len().min(200)]);
        assert_eq!(listener.status_of(&request), status, "{shown}");
    }
    assert_eq!(
        desk.bodies(EVENTS),
        [json!({"n": 1}), json!([{"n": 2}, {"n": 3}]), json!({"n": 4}), json!({"n": 5})]
    );
    assert_eq!(desk.read(EVENTS).lines().count(), 4);
    let mode = fs::metadata(desk.path(EVENTS)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let address = listener.address.clone();
    let ended = listener.ends("TERM").code_is(0);
    let screen = format!(
        "listening on http://{address}, events go to events.jsonl\n\
         lipasend: a request was answered 400: a body that is not JSON (later ones are only counted)\n\
         lipasend: a request was answered 404: another path than --path (later ones are only counted)\n\
         lipasend: a request was answered 405: another method than POST (later ones are only counted)\n\
         lipasend: a request was answered 413: a body above 1 MiB (later ones are only counted)\n"
    );
    assert_eq!(ended.stderr, screen);
    let counts = "4 events kept, 11 requests refused (3 another path than --path, \
                  2 another method than POST, 3 a body above 1 MiB, 3 a body that is not JSON)\n";
    assert_eq!(ended.stdout, counts);
}

#[test]
fn kept_events_open_the_windows_of_a_later_run() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    let listener = desk.listen("");
    let event = |from: &str, text: &str| {
        json!({"messageId": "m", "from": from, "type": "TEXT", "text": text}).to_string()
    };
    let mut client = listener.client();
    assert_eq!(client.post(&event("254712000000", "hello")).unwrap(), 200);
    // The longest body that is taken is a line that is read.
    let long = event("254712000001", "");
    let long = event("254712000001", &"x".repeat((1 << 20) - long.len()));
    assert_eq!((long.len(), client.post(&long).unwrap()), (1 << 20, 200));
    let status = json!({"event": "MESSAGE_STATUS", "messageStatus": {"status": "READ"}});
    assert_eq!(client.post(&status.to_string()).unwrap(), 200);
    drop(client);
    listener.ends("INT").code_is(0).says("3 events kept");
    let line = "check people.csv --from 254110090747 --inbound events.jsonl --report r.csv";
    desk.run(line).says("2 open").will_send(2);
    let decisions: Vec<String> =
        desk.lines("r.csv").iter().map(|line| line["decision"].clone()).collect();
    assert_eq!(decisions, ["send", "send", "held"]);
}

#[test]
fn a_killed_listener_has_lost_no_event_that_it_answered() {
    let desk = Desk::new();
    let answered = Mutex::new(Vec::new());
    for round in 0..6 {
        let listener = desk.listen("");
        let before = answered.lock().unwrap().len();
        let enough = || answered.lock().unwrap().len() >= before + 40 * (round + 1);
        thread::scope(|scope| {
            for client in 0..8 {
                let mut connection = listener.client();
                let answered = &answered;
                scope.spawn(move || {
                    for n in 0.. {
                        let id = format!("{round}-{client}-{n}");
                        match connection.post(&json!({"id": id}).to_string()) {
                            Ok(200) => answered.lock().unwrap().push(id),
                            Ok(status) => panic!("{status}"),
                            Err(_) => break,
                        }
                    }
                });
            }
            until("enough are answered", enough);
            listener.running.signal("KILL");
        });
        listener.running.ended();
    }
    let kept: Vec<String> =
        desk.bodies(EVENTS).iter().map(|body| body["id"].as_str().unwrap().to_owned()).collect();
    let kept: std::collections::HashSet<String> = kept.into_iter().collect();
    let answered = answered.into_inner().unwrap();
    let lost: Vec<&String> = answered.iter().filter(|id| !kept.contains(*id)).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", answered.len());
}

#[test]
fn a_line_that_a_crash_cut_is_ended_before_the_next_one() {
    let desk = Desk::new();
    desk.put(EVENTS, "{\"received_at\":\"2026-11-27T08:00:00Z\",\"body\":{\"n\":1}}\n{\"receiv");
    let listener = desk.listen("");
    assert_eq!(listener.status_of(&post(r#"{"n":2}"#)), 200);
    let ended = listener.ends("TERM").code_is(0);
    assert!(ended.stderr.contains("events.jsonl can be read by others (chmod 600 events.jsonl)"));
    assert_eq!(desk.read(EVENTS).lines().nth(1), Some("{\"receiv"));
    assert_eq!(desk.bodies(EVENTS), [json!({"n": 1}), json!({"n": 2})]);
}

#[test]
fn a_full_disk_is_answered_503_and_loses_no_answered_event() {
    let desk = Desk::new();
    // No file may be longer than this, which is the same to a program as a full disk.
    let listener = desk.listen_after("ulimit -f 16");
    let mut client = listener.client();
    let mut kept = Vec::new();
    let refused = (0..1000).find(|n| {
        let body = json!({"n": n, "text": "x".repeat(300)});
        match client.post(&body.to_string()).unwrap() {
            200 => kept.push(body),
            status => assert_eq!(status, 503),
        }
        kept.len() as u64 <= *n
    });
    assert!(refused.is_some_and(|n| n > 20), "{refused:?}");
    assert_eq!(client.post("{}").unwrap(), 503);
    assert_eq!(desk.bodies(EVENTS)[..kept.len()], kept);
    // Room again.
    fs::rename(desk.path(EVENTS), desk.path("old.jsonl")).unwrap();
    assert_eq!(client.post(r#"{"n": "new"}"#).unwrap(), 200);
    assert_eq!(desk.bodies(EVENTS), [json!({"n": "new"})]);
    drop(client);
    let ended = listener.ends("TERM").code_is(0).says("2 the event could not be written");
    let reported = ended.stderr.matches("events.jsonl cannot be written: File too large").count();
    assert_eq!(reported, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("events.jsonl can be written again"), "{}", ended.stderr);
}

#[test]
fn a_renamed_file_is_followed_by_a_new_one() {
    let desk = Desk::new();
    let listener = desk.listen("");
    let mut client = listener.client();
    for n in 0..4 {
        assert_eq!(client.post(&json!({"n": n}).to_string()).unwrap(), 200);
        fs::rename(desk.path(EVENTS), desk.path(&format!("{n}.jsonl"))).unwrap();
    }
    drop(client);
    listener.ends("TERM").code_is(0);
    for n in 0..4 {
        let name = format!("{n}.jsonl");
        assert_eq!(desk.bodies(&name), [json!({"n": n})]);
        let mode = fs::metadata(desk.path(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// What a client sends that never sends the rest.
fn beginnings() -> Vec<Vec<u8>> {
    let whole = post(r#"{"n": 1}"#);
    let head = whole.len() - 8;
    vec![vec![], b"P".to_vec(), whole[..head - 2].to_vec(), whole[..head + 3].to_vec()]
}

#[test]
fn slow_and_half_open_clients_stop_nobody() {
    let desk = Desk::new();
    let listener = desk.listen("--connections 3 --request-timeout 1h");
    let mut slow = Vec::new();
    for beginning in beginnings().iter().cycle().take(20) {
        let mut stream = listener.connect();
        stream.write_all(beginning).unwrap();
        slow.push(stream);
        assert_eq!(listener.status_of(&post("{}")), 200);
    }
    assert_eq!(desk.bodies(EVENTS).len(), 20);
    // The ones that have waited longest were closed.
    for mut stream in slow.into_iter().take(15) {
        let ended = stream.read_to_end(&mut Vec::new());
        let is_reset = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionReset;
        assert!(ended.as_ref().map_or_else(is_reset, |length| *length == 0), "{ended:?}");
    }
    listener.ends("TERM").code_is(0);
}

#[test]
fn clients_that_are_too_slow_are_closed() {
    let desk = Desk::new();
    let listener = desk.listen("--request-timeout 500ms");
    at_once(beginnings(), |beginning| {
        let mut stream = listener.connect();
        stream.write_all(&beginning).unwrap();
        assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap_or(0), 0);
    });
    // One that sends and sends, and does not read the answers.
    let mut stream = listener.connect();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let request = request("GET", "/", "");
    let error = (0..).find_map(|_| stream.write_all(&request).err()).unwrap();
    assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "it is still open");
    // One whose request and pauses are in time stays connected.
    let mut client = listener.client();
    assert_eq!(client.post("{}").unwrap(), 200);
    drop(client);
    listener.ends("TERM").code_is(0);
}

#[test]
fn a_request_that_has_begun_is_finished_before_the_end() {
    for signal in ["TERM", "INT", "HUP"] {
        let desk = Desk::new();
        let listener = desk.listen("");
        let mut idle = listener.client();
        assert_eq!(idle.post(r#"{"n": 1}"#).unwrap(), 200);
        let mut begun = listener.connect();
        let whole = post(r#"{"n": 2}"#);
        let (first, rest) = whole.split_at(whole.len() - 3);
        begun.write_all(first).unwrap();
        // An answer on a later connection: the beginning was read.
        assert_eq!(listener.status_of(&post(r#"{"n": 3}"#)), 200);
        listener.running.signal(signal);
        until("no more are accepted", || TcpStream::connect(&listener.address).is_err());
        begun.write_all(rest).unwrap();
        assert_eq!(Client(BufReader::new(begun)).answer().unwrap(), 200);
        listener.running.ends().code_is(0).says("3 events kept");
        assert_eq!(desk.bodies(EVENTS), [1, 3, 2].map(|n| json!({"n": n})));
    }
}

#[test]
fn what_cannot_be_used_is_an_error_that_does_not_repeat_the_path() {
    let desk = Desk::new();
    desk.put("target", "kept");
    symlink(desk.path("target"), desk.path("link")).unwrap();
    assert!(Command::new("mkfifo").arg(desk.path("pipe")).status().unwrap().success());
    let right = format!("--path {PATH}");
    for (line, problem) in [
        (format!("--listen 0.0.0.0:8080 --events e {right}"), "behind a TLS proxy"),
        (format!("--listen 8080 --events e {right}"), "try 127.0.0.1:8080"),
        ("--events e --path /short-12345".to_owned(), "openssl rand -hex 16"),
        ("--events e --path hooks/0123456789abcdef".to_owned(), "must begin with /"),
        ("--events e --path /hooks/0123456789abcdef%20".to_owned(), "only letters"),
        (format!("--events link {right}"), "name another file with --events"),
        (format!("--events pipe {right}"), "a regular file is needed"),
        (format!("--events /dev/full {right}"), "a regular file is needed"),
        (format!("--events - {right}"), "needs the name of a file"),
        (format!("--events . {right}"), "name another file with --events"),
        (format!("--events nowhere/e {right}"), "there is no folder"),
        (format!("--events people.results.csv {right}"), "would be overwritten"),
        (format!("--events e --port-file e {right}"), "would be overwritten"),
        (format!("--events e --connections 0 {right}"), "--connections"),
        (format!("--events e --request-timeout 0 {right}"), "no time at all"),
        (right.clone(), "--events"),
        ("--events e".to_owned(), "--path"),
    ] {
        let ended = desk.run(&format!("listen {line}")).complains(2, problem);
        for secret in ["0123456789abcdef", "short-12345"] {
            assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
        }
    }
    assert_eq!(desk.read("target"), "kept");
}

#[test]
fn the_path_may_come_from_the_environment() {
    let desk = Desk::new();
    let line = desk.listen_line("").replace(&format!("--path {PATH}"), "");
    let mut command = desk.command(&line);
    command.env("LIPASEND_PATH", PATH);
    let listener = desk.listening(Running::of(command));
    assert_eq!(listener.status_of(&post("{}")), 200);
    assert!(!listener.ends("TERM").code_is(0).stderr.contains(PATH));
    desk.run_with("listen --events e", &[("LIPASEND_PATH", "/too-short-1")])
        .complains(2, "too short to be a secret");
}

#[test]
fn a_second_listener_at_the_same_address_ends_with_an_error() {
    let desk = Desk::new();
    let listener = desk.listen("");
    let line = format!("listen --listen {} --events e --path {PATH}", listener.address);
    desk.run(&line).complains(1, "in use");
    listener.ends("TERM").code_is(0).says("0 events kept");
}

#[test]
#[cfg(target_os = "linux")] // only there the limit is known beforehand
fn too_few_open_files_are_an_error_at_the_start() {
    let desk = Desk::new();
    let line = format!("--events e --path {PATH}");
    let program = env!("CARGO_BIN_EXE_lipasend");
    let command = format!("ulimit -n 60; exec {program} listen {line}");
    let output = Command::new("bash").args(["-c", &command]).current_dir(desk.path("")).output();
    let ended = Ended::of(&command, output.unwrap());
    ended.complains(2, "too few open files for --connections 256");
}
