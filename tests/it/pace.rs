//! Rates, pauses, retries and limits, with the whole program and the mock gateway.

use super::desk::{Desk, Line, QUICK, at_once};

#[test]
fn transient_failures_are_tried_again_with_the_same_id() {
    let faults =
        ["503", "500", "408", "429", "425", "lost", "reset-read", "not-json", "truncated", "empty"];
    at_once(faults, |fault| {
        let desk = Desk::with_gateway(&format!("--script 1:{fault}"));
        desk.put_people("people.csv", 1);
        desk.send("people.csv").exits(0).sent(1);
        assert_eq!(desk.accepted().len(), 1, "{fault}");
        let log = desk.log();
        assert!(log.iter().all(|entry| entry["messageId"] == log[0]["messageId"]), "{fault}");
        assert_eq!(desk.lines("people.results.csv")[0]["attempts"], "2", "{fault}");
    });
}

#[test]
fn a_message_in_doubt_ends_unknown_until_the_gateway_has_accepted_it() {
    for (then, status) in [("400:code=131026", "unknown"), ("401", "unknown"), ("409", "sent")] {
        let desk = Desk::with_gateway(&format!("--script 1:500,2:{then}"));
        desk.put_people("people.csv", 1);
        desk.send("people.csv").code_is(match then {
            "409" => 0,
            "401" => 7,
            _ => 3,
        });
        assert_eq!(desk.lines("people.results.csv")[0]["status"], status, "{then}");
    }
}

#[test]
fn retries_are_limited_and_the_next_run_tries_again() {
    let mut desk = Desk::with_gateway("--fault 429=100%");
    desk.put_people("people.csv", 1);
    desk.send("people.csv --retries 1").exits(3).says("1 failed");
    desk.replace_gateway("--fault 503=100%");
    desk.send("people.csv --retries 0").exits(3).says("1 unknown");
    desk.replace_gateway("");
    desk.send("people.csv").exits(0).sent(1);
    assert_eq!(desk.lines("people.results.csv")[0]["attempts"], "4");
}

#[test]
fn definitive_refusals_are_not_tried_again() {
    for (fault, code) in [
        ("400", "http_400"),
        ("422", "http_422"),
        ("400:code=131047", "131047"),
        ("409", "duplicate"),
    ] {
        let desk = Desk::with_gateway(&format!("--script 1:{fault}"));
        desk.put_people("people.csv", 1);
        desk.send("people.csv").exits(3).says("1 refused");
        assert_eq!(desk.tally().requests, 1, "{fault}");
        assert_eq!(desk.lines("people.results.csv")[0]["error_code"], code, "{fault}");
    }
}

#[test]
fn a_wrong_address_stops_the_run() {
    for fault in ["404", "405", "redirect"] {
        let desk = Desk::with_gateway(&format!("--fault {fault}=100%"));
        desk.put_people("people.csv", 40);
        desk.send("people.csv --concurrency 2").exits(7);
        assert!(desk.tally().requests < 40, "{fault}");
        assert_eq!(
            desk.count("people.results.csv", "failed"),
            desk.lines("people.results.csv").len()
        );
    }
}

#[test]
fn an_unpaid_account_stops_the_run() {
    for (fault, code) in [("402", "http_402"), ("400:code=131042", "131042")] {
        let mut desk = Desk::with_gateway(&format!("--fault {fault}=100%"));
        desk.put_people("people.csv", 40);
        desk.send("people.csv --concurrency 2").exits(7).says("the account is stopped");
        assert!(desk.tally().requests < 40, "{fault}");
        let lines = desk.lines("people.results.csv");
        let failed = |line: &Line| line["status"] == "failed" && line["error_code"] == code;
        assert!(!lines.is_empty() && lines.iter().all(failed), "{lines:?}");
        desk.replace_gateway("");
        desk.send("people.csv").exits(0).sent(40);
    }
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let other = Desk::new();
    let to = other.gateway_url();
    let desk = Desk::with_gateway(&format!("--fault redirect:to={to}=100%"));
    desk.put_people("people.csv", 3);
    desk.send("people.csv").exits(7);
    assert_eq!(other.tally().requests, 0);
}

#[test]
fn without_a_connection_a_message_has_failed_and_is_not_in_doubt() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    let line = format!("send people.csv {QUICK} --gateway http://127.0.0.1:1 --retries 1");
    desk.run(&line).exits(3).says("1 failed");
    assert_eq!(desk.lines("people.results.csv")[0]["error_code"], "not_connected");
}

#[test]
fn all_senders_pause_when_the_gateway_asks_for_it() {
    let desk = Desk::with_gateway("--script 5:429:retry-after=1 --latency 20ms");
    desk.put_people("people.csv", 100);
    desk.send("people.csv --concurrency 4").exits(0);
    let log = desk.log();
    let at = |entry: &serde_json::Value| entry["since_start_us"].as_u64().unwrap();
    let throttled = log.iter().find(|entry| entry["status"] == 429).map(at).unwrap();
    // Without a pause all would be sent after half a second; a few are sent before the response is
    // handled.
    let first_attempts = log.iter().filter(|entry| entry["repeat"] == false);
    let after_pause = first_attempts.filter(|entry| at(entry) >= throttled + 1_000_000).count();
    assert!(after_pause >= 30, "{after_pause}");
    assert_eq!(desk.accepted().len(), 100);
}

#[test]
fn after_limit_the_next_run_sends_the_rest() {
    let desk = Desk::new();
    desk.put_people("people.csv", 10);
    desk.send("people.csv --limit 4").exits(8).says("6 left");
    desk.send("people.csv --limit 4").exits(8).says("2 left");
    desk.send("people.csv --limit 4").exits(0).sent(2);
    assert_eq!(desk.accepted().len(), 10);
    assert_eq!(desk.tally().repeats, 0);
}

#[test]
fn after_max_duration_the_next_run_sends_the_rest() {
    let desk = Desk::with_gateway("--latency 20ms");
    desk.put_people("people.csv", 1000);
    desk.send("people.csv --max-duration 300ms --concurrency 2").exits(10).says("left");
    desk.send("people.csv --concurrency 200").exits(0);
    assert_eq!(desk.accepted().len(), 1000);
    assert_eq!(desk.tally().repeats, 0);
}

#[test]
fn one_recipient_waits_while_others_go_on() {
    let desk = Desk::new();
    let mut text = String::from("to,name,phone\n");
    for n in 0..2 {
        text.push_str(&format!("254712345678,Card {n},254722000111\n"));
    }
    for n in 0..50 {
        text.push_str(&format!("2547120{n:05},Card,254722000111\n"));
    }
    desk.put("people.csv", text);
    desk.run("send people.csv --from 254110090747 --yes --rate unlimited --recipient-rate 1/3s")
        .exits(0);
    let log = desk.log();
    let to_one: Vec<usize> = (0..log.len()).filter(|n| log[*n]["to"] == "254712345678").collect();
    assert_eq!(to_one.len(), 2);
    assert!(to_one[1] >= 50, "the second card comes last: {to_one:?}");
}
