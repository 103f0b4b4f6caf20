//! The log, with which a ledger is compared.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::client::{exchange, log_lines, post, send};
use crate::mock_gateway::{Gateway, GatewayOptions, run};

#[test]
fn a_line_has_everything_about_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let gateway = Gateway::start(GatewayOptions {
        script: Some("2:lost,3:500,6:reset,8:truncated".parse().unwrap()),
        log_file: Some(path.clone()),
        ..GatewayOptions::default()
    });
    let gateway = gateway.unwrap();
    for id in ["a", "b", "c", "c", "b", "d"] {
        send(&gateway, id);
    }
    exchange(&gateway, &post("{}"));
    send(&gateway, "d");
    gateway.stop().unwrap();
    let lines = log_lines(&path);
    let keys = ["n", "messageId", "status", "fault", "accepted", "repeat", "duplicate"];
    let values: Vec<Value> =
        lines.iter().map(|line| keys.map(|key| line[key].clone()).to_vec().into()).collect();
    let expected = [
        json!([1, "a", 200, null, true, false, false]),
        json!([2, "b", null, "lost", true, false, false]),
        json!([3, "c", 500, "500", false, false, false]),
        json!([4, "c", 200, null, true, true, false]),
        json!([5, "b", 200, null, false, true, true]),
        json!([6, null, null, "reset", false, false, false]),
        json!([7, null, 400, null, false, false, false]),
        json!([8, "d", 200, "truncated", true, false, false]),
    ];
    assert_eq!(values, expected);
    assert_eq!(lines[0]["to"], "254712345678");
    assert_eq!(lines[6]["why"], "missing field `messageId` at line 1 column 2");
    let times: Vec<f64> = lines.iter().map(|line| line["time"].as_f64().unwrap()).collect();
    assert!(times.is_sorted() && times[0] > 1.7e9, "{times:?}");
    assert!(lines.iter().all(|line| line["since_start_us"].is_u64()));
}

#[test]
fn an_accepted_message_is_in_the_log_before_its_response() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log_file = Some(path.clone());
    let gateway = Gateway::start(GatewayOptions { log_file, ..GatewayOptions::default() }).unwrap();
    let mut accepted = HashSet::new();
    for number in 0..50 {
        let id = format!("m-{number}");
        send(&gateway, &id);
        accepted.insert(id);
        let logged = log_lines(&path);
        let logged = logged.iter().filter(|line| line["accepted"] == true);
        let logged: HashSet<String> =
            logged.map(|line| line["messageId"].as_str().unwrap().to_owned()).collect();
        assert_eq!(logged, accepted);
    }
}

#[test]
fn a_second_gateway_appends_to_the_same_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    for _ in 0..2 {
        let log_file = Some(path.clone());
        let gateway =
            Gateway::start(GatewayOptions { log_file, ..GatewayOptions::default() }).unwrap();
        send(&gateway, "m-1");
        gateway.stop().unwrap();
    }
    assert_eq!(log_lines(&path).len(), 2);
}

/// Collects what is printed; fails after `lines_left` lines.
#[derive(Clone, Default)]
struct Screen {
    text: Arc<Mutex<Vec<u8>>>,
    lines_left: Option<usize>,
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(left) = &mut self.lines_left {
            let full = io::Error::new(io::ErrorKind::StorageFull, "full");
            *left = left
                .checked_sub(bytes.iter().filter(|byte| **byte == b'\n').count())
                .ok_or(full)?;
        }
        self.text.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_run_prints_its_address_its_lines_and_its_counts() {
    for (log, lines) in [(false, 2), (true, 3)] {
        let screen = Screen::default();
        let options = GatewayOptions { log, ..GatewayOptions::default() };
        let gateway = Gateway::start_printing(options, Some(Box::new(screen.clone()))).unwrap();
        let first = format!("listening on {}\n", gateway.url());
        assert_eq!(screen.text(), first);
        send(&gateway, "m-1");
        let tally = gateway.stop().unwrap();
        let printed = screen.text();
        assert_eq!(printed.lines().count(), lines, "{printed}");
        assert_eq!(printed.lines().last().unwrap(), tally.to_string());
    }
}

#[test]
fn a_request_that_cannot_be_logged_is_not_answered() {
    let screen = Screen { lines_left: Some(2), ..Screen::default() };
    let options = GatewayOptions { log: true, ..GatewayOptions::default() };
    let gateway = Gateway::start_printing(options, Some(Box::new(screen))).unwrap();
    assert_eq!(send(&gateway, "m-1").status(), 200);
    let received = send(&gateway, "m-2");
    assert_eq!((received.bytes.as_slice(), received.reset), (&b""[..], true));
    // The gateway ends by itself, otherwise this would never return.
    gateway.wait(&crossbeam_channel::never());
    assert_eq!(gateway.stop().unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn a_run_ends_on_the_stop_message() {
    let folder = tempfile::tempdir().unwrap();
    let port_file = folder.path().join("port");
    let (stop, stopped) = crossbeam_channel::bounded(1);
    stop.send(()).unwrap();
    let screen = Screen::default();
    let options =
        GatewayOptions { port_file: Some(port_file.clone()), ..GatewayOptions::default() };
    let tally = run(options, &stopped, screen.clone()).unwrap();
    assert_eq!(tally.requests, 0);
    let address = std::fs::read_to_string(port_file).unwrap();
    let first = format!("listening on http://{}/api/v1/whatsapp/contact\n", address.trim());
    assert_eq!(screen.text(), format!("{first}{tally}\n"));
}
