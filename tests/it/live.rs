use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::desk::{Desk, Ended, QUICK, Running, assert_sums, project, until};

/// The events that a run wrote to stderr.
fn events(ended: &Ended) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    ended.stderr.lines().map(parse).collect()
}

fn named<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

/// Checks that the last event is the only end, has this exit code, and counts that add up.
#[track_caller]
fn assert_ends(events: &[Value], exit: i32) {
    let end = events.last().unwrap();
    assert_eq!((&end["event"], &end["exit"]), (&"end".into(), &exit.into()), "{events:#?}");
    assert_eq!(named(events, "end").len(), 1);
    assert_sums(end);
}

const PEOPLE: &str = "to,name,phone\n\
    254712000001,Jane Roe,254722000001\n\
    254712000002,Ann Other,254722000002\n\
    x,Mister Bad,254722000003\n\
    254712000004,Zuri,254722000004\n";

#[test]
fn an_error_that_ends_a_run_is_one_event_with_quiet_too() {
    for more in ["", " --quiet"] {
        let desk = Desk::with_gateway("--fault 401=100%");
        desk.put_people("people.csv", 1);
        let ended = desk.send(&format!("people.csv --log-format json{more}")).code_is(7);
        assert_eq!(named(&events(&ended), "error").len(), 1, "{ended:#?}");
    }
}

#[test]
fn the_event_log_has_every_message_and_reject_and_nothing_else_is_on_stderr() {
    let desk = Desk::with_gateway("--script 2:400:code=131026");
    desk.put("people.csv", PEOPLE);
    let line = "people.csv --log-format json --verbose --concurrency 1";
    let events = events(&desk.send(line).code_is(3));
    assert_eq!(events[0]["event"], "start");
    let rejected = named(&events, "rejected");
    assert_eq!((rejected.len(), &rejected[0]["line"]), (1, &4.into()));
    assert_eq!(named(&events, "plan")[0]["to_send"], 3);
    let results = desk.lines("people.results.csv");
    for (status, number) in [("sent", 2), ("refused", 1)] {
        let settled = named(&events, status);
        assert_eq!(settled.len(), number, "{events:#?}");
        for event in settled {
            let id = event["message_id"].as_str().unwrap();
            let line = results.iter().find(|line| line["message_id"] == id).unwrap();
            assert_eq!(line["status"], status);
            assert_eq!(line["line"], event["line"].to_string());
            assert_eq!(line["latency_ms"], event["latency_ms"].to_string());
            assert_eq!(line["error_code"], event["error_code"].as_str().unwrap_or_default());
        }
    }
    assert_ends(&events, 3);
    assert_eq!(events.last().unwrap()["messages"]["refused"], 1);
}

#[test]
fn the_event_log_has_no_names_and_no_numbers() {
    let desk = Desk::with_gateway("--script 2:400:code=131026");
    desk.put("people.csv", PEOPLE);
    for line in [
        format!("send people.csv {QUICK} --log-format json --verbose"),
        "check people.csv --log-format json --verbose".to_owned(),
        format!("send people.csv {QUICK} --log-format json --to 2547120000011111111"),
        "send people.csv --log-format json --yes --from 25471200000x".to_owned(),
    ] {
        let ended = desk.run(&line);
        for private in ["Jane", "Roe", "Mister", "Zuri", "2547", "0712", FROM] {
            assert!(!ended.stderr.contains(private), "{private}: {}", ended.stderr);
        }
        assert_ends(&events(&ended), ended.code);
    }
}

const FROM: &str = super::desk::FROM;

#[test]
fn the_end_event_comes_after_every_error_and_signal() {
    let desk = Desk::with_gateway("--latency 100ms");
    desk.put_people("people.csv", 100).put("bad.csv", "a,b\n1,2\n");
    for (line, exit) in [
        ("send people.csv --rate 10/s", 2),         // there is no sender
        ("send people.csv --from 254110090747", 2), // there is nobody to ask
        ("send none.csv --from 254110090747 --yes", 4),
        ("check bad.csv", 4),
        ("check people.csv --summary-json people.csv", 2),
    ] {
        let events = events(&desk.run(&format!("{line} --log-format json")).code_is(exit));
        assert_eq!(named(&events, "error").len(), 1, "{line}: {events:#?}");
        assert_ends(&events, exit);
    }
    let quick = QUICK.replace("--rate unlimited", "--rate 10/s");
    let line = format!("send people.csv {quick} --log-format json");
    let running = desk.start(&line);
    until("a message was accepted", || desk.tally().accepted > 0);
    running.signal("INT");
    let events = events(&running.ends());
    assert_ends(&events, 130);
    assert_eq!(named(&events, "stopping").len(), 1, "{events:#?}");
}

#[test]
fn a_second_signal_is_in_the_event_log() {
    for (options, why) in [
        ("", "run the same command again, what was in flight keeps its id"),
        ("--on-unknown hold", "what was in flight is unknown (--on-unknown hold)"),
    ] {
        let desk = Desk::with_gateway("--latency 30s");
        desk.put_people("people.csv", 1);
        let line = format!("send people.csv {QUICK} --log-format json {options}");
        let running = desk.start_with_stderr(&line, "stderr");
        until("it is at the gateway", || desk.tally().requests == 1);
        running.signal("INT");
        until("the first signal has arrived", || desk.read("stderr").contains("stopping"));
        running.signal("TERM");
        running.ended().code_is(143);
        let last = format!("\"message\":\"ended at once; nothing is lost: {why}\"}}\n");
        assert!(desk.read("stderr").ends_with(&last), "{}", desk.read("stderr"));
    }
}

#[test]
fn messages_that_wait_for_their_recipients_turn_are_an_event() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone\n254712000001,A,254722000001\n254712000001,B,254722000002\n",
    );
    let quick = QUICK.replace("--recipient-rate unlimited", "--recipient-rate 1/7s");
    let line = format!("send people.csv {quick}");
    let events = events(&desk.run(&format!("{line} --log-format json")).code_is(0));
    let blocked = named(&events, "blocked");
    assert_eq!(blocked.len(), 1, "{events:#?}");
    assert_eq!(blocked[0]["reason"], "recipient_rate");
    assert!(blocked[0]["until"].is_string());
}

#[test]
fn what_follows_an_unanswered_question_has_its_own_line() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    // The terminal gives an end of file, as for Ctrl-D.
    let Some(shown) = on_a_terminal(&desk, &format!("send people.csv --from {FROM}")) else {
        return;
    };
    assert!(shown.contains("Send? [y/N] "), "{shown:?}");
    assert!(shown.contains("\nlipasend: nothing was sent"), "{shown:?}");
}

#[test]
fn every_held_message_has_its_event() {
    let desk = Desk::new();
    desk.put("people.csv", PEOPLE);
    desk.send("people.csv").code_is(3);
    let more = "254712000005,New One,254722000005,2020-01-01 08:00\n";
    let list: String = PEOPLE.lines().map(|line| format!("{line},2099-01-01 08:00\n")).collect();
    let list = list.replace("phone,2099-01-01 08:00", "phone,last_inbound_at");
    desk.put("people.csv", list.replace("Jane Roe", "Jane R. Roe") + more);
    for (line, exit) in [
        (format!("send people.csv {QUICK} --log-format json"), 3),
        ("check people.csv --log-format json".to_owned(), 3),
    ] {
        let events = events(&desk.run(&line).code_is(exit));
        let codes: BTreeSet<&str> = named(&events, "held")
            .into_iter()
            .map(|event| event["error_code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, BTreeSet::from(["edited", "session_closed"]), "{line}");
        let held = &events.last().unwrap()["messages"]["held"];
        assert_eq!((named(&events, "held").len(), held), (2, &2.into()), "{line}");
    }
}

#[test]
fn a_test_message_has_its_event() {
    for (gateway, exit, status, code) in [
        ("", 0, "sent", Value::Null),
        ("--fault 400:code=131026=100%", 3, "refused", "131026".into()),
        ("--fault 503=100%", 3, "unknown", "http_503".into()),
    ] {
        let desk = Desk::with_gateway(gateway);
        desk.put("people.csv", PEOPLE);
        let line = "people.csv --test-to 254712000009 --log-format json";
        let events = events(&desk.send(line).code_is(exit));
        let ended = named(&events, status);
        assert_eq!((ended.len(), &ended[0]["error_code"]), (1, &code), "{events:#?}");
        assert_eq!((&ended[0]["line"], &ended[0]["attempts"]), (&2.into(), &1.into()));
        assert_ends(&events, exit);
    }
}

#[test]
fn the_plan_event_has_parts_of_a_second() {
    let desk = Desk::new();
    desk.put_people("people.csv", 8);
    let events = events(&desk.run("check people.csv --log-format json").code_is(0));
    assert_eq!(named(&events, "plan")[0]["takes_s"], 0.8);
}

/// A run with a summary whose key command shows that it has begun, and that does not end by itself.
fn unfinished(desk: &Desk, key: &str, line: &str) -> Running {
    let key = format!("touch begun; {key}");
    let json = format!("--from {FROM} --yes --log-format json --summary-json s.json");
    let mut command = desk.command(&format!("send {line} {json}"));
    command.args(["--api-key-command", &key]).stdin(Stdio::piped());
    let running = Running::of(command);
    until("its key command has begun", || desk.has("begun"));
    running
}

#[test]
fn a_signal_before_the_list_is_read_ends_a_run_as_any_other() {
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        // The list comes from a pipe that stays open, or the key is waited for.
        for (key, line) in [
            ("echo secret-key-of-the-test", "- --format csv --results r.csv"),
            ("sleep 30", "people.csv"),
        ] {
            let desk = Desk::new();
            desk.put_people("people.csv", 3);
            let running = unfinished(&desk, key, line);
            running.signal(signal);
            let ended = running.ends().code_is(exit);
            assert_ends(&events(&ended), exit);
            let summary: Value = serde_json::from_str(&desk.read("s.json")).unwrap();
            assert_eq!(summary["exit"], exit, "{line}");
            assert_eq!(desk.tally().requests, 0);
        }
    }
}

#[test]
fn the_log_format_may_be_a_variable_or_stand_in_the_file() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1).put("c.toml", "log-format = \"json\"\n");
    let by_file = desk.run("check people.csv --config c.toml").code_is(0);
    assert_ends(&events(&by_file), 0);
    let variables = [("LIPASEND_LOG_FORMAT", "json"), ("LIPASEND_RAET", "1")];
    let by_variable = desk.run_with("check people.csv", &variables).code_is(0);
    assert_ends(&events(&by_variable), 0);
    assert_eq!(named(&events(&by_variable), "warning").len(), 1);
}

/// The fields of each event in docs/reports.md.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(project("docs/reports.md")).unwrap();
    let section = text.split("## The event log").nth(1).unwrap().split("\n## ").next().unwrap();
    let words = |cell: &str| -> BTreeSet<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let mut documented = BTreeMap::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').collect();
        for event in words(cells[1]) {
            documented.insert(event, words(cells[3]));
        }
    }
    documented
}

#[test]
fn every_field_of_an_event_is_documented() {
    let documented = documented();
    let mut seen = BTreeSet::new();
    let desk = Desk::with_gateway("--script 3:400:code=131026,30-51:503");
    desk.put("people.csv", PEOPLE).put_people("many.csv", 60).put("in.jsonl", "");
    let quick = QUICK.replace("--rate unlimited", "--rate 100/s");
    let line = format!("send many.csv people.csv {quick} --log-format json --stats 50ms");
    let mut all = events(&desk.run(&format!("{line} --results r.csv --concurrency 2")));
    let hold = "--session-window 24h --session-missing hold";
    all.extend(events(&desk.run(&format!("{line} --results h.csv {hold} --inbound in.jsonl"))));
    all.extend(events(&desk.run("check none.csv --log-format json")));
    for event in all {
        let fields: BTreeSet<String> = event.as_object().unwrap().keys().cloned().collect();
        let name = event["event"].as_str().unwrap();
        let mut known = documented[name].clone();
        if known.remove("progress") {
            known.extend(documented["progress"].iter().cloned());
        }
        known.extend(["time".to_owned(), "event".to_owned()]);
        assert_eq!(fields, known, "{event}");
        let time = event["time"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
        seen.insert(name.to_owned());
    }
    for name in
        ["start", "plan", "rejected", "sent", "refused", "progress", "blocked", "error", "end"]
    {
        assert!(seen.contains(name), "no {name}: {seen:?}");
    }
}

#[test]
fn without_a_terminal_there_is_a_line_when_messages_stop_and_when_they_go_on() {
    let desk = Desk::with_gateway("--script 11-31:503");
    desk.put_people("people.csv", 100);
    let quick = QUICK.replace("--rate unlimited", "--rate 100/s");
    let line = format!("send people.csv {quick} --retries 20 --concurrency 4");
    let ended = desk.run(&line).exits(0);
    let is_progress = |line: &&str| line.starts_with("lipasend: ");
    let lines: Vec<&str> = ended.stderr.lines().filter(is_progress).collect();
    assert_eq!(lines.len(), 2, "{}", ended.stderr);
    assert!(lines[0].contains("of 100 done; errors from the gateway for "), "{}", lines[0]);
    assert!(lines[0].ends_with("; nothing is lost"), "{}", lines[0]);
    assert!(lines[1].ends_with("; going on"), "{}", lines[1]);
}

#[test]
fn a_quiet_run_shows_no_progress() {
    let desk = Desk::with_gateway("--script 11-31:503");
    desk.put_people("people.csv", 100);
    let ended = desk.send("people.csv --retries 20 --concurrency 4 --quiet --stats 10ms").exits(0);
    assert_eq!(ended.printed(), "");
}

/// Runs `lipasend` on a terminal of `script` and returns everything that it printed there; `None`
/// where there is no such `script`.
fn on_a_terminal(desk: &Desk, line: &str) -> Option<String> {
    let works = Command::new("script").args(["-qec", "true", "/dev/null"]).output();
    if !works.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let program = desk.command("").get_program().to_str().unwrap().to_owned();
    let mut command = Command::new("script");
    command.args(["-qec", &format!("stty cols 60 rows 24; {program} {line}"), "/dev/null"]);
    command.current_dir(desk.path("")).stdin(Stdio::null());
    command.env("LIPACHAT_API_KEY", "k").env("LIPACHAT_GATEWAY_URL", desk.gateway_url());
    let output = command.env("TERM", "xterm").env_remove("NO_COLOR").output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_run_that_is_stopping_has_no_bar_any_more() {
    let desk = Desk::with_gateway("--latency 2s");
    desk.put_people("people.csv", 30);
    let line = format!("send people.csv {}", QUICK.replace("--rate unlimited", "--rate 30/s"));
    let Some(shown) = on_a_terminal(&desk, &format!("{line} --max-duration 1s")) else { return };
    let (before, after) = shown.split_once("lipasend: stopping; still in flight: ").unwrap();
    assert!(before.ends_with("\r\u{1b}[K"), "{shown:?}");
    let lines: Vec<&str> = after.split("\r\n").collect();
    assert!(lines[0].ends_with(" messages"), "{shown:?}");
    assert!(lines[1].contains(" of 30 sent in "), "there is a bar after it: {shown:?}");
}

#[test]
fn the_bar_on_a_terminal_stays_on_one_line_and_leaves_nothing_behind() {
    let desk = Desk::with_gateway("--fault 400:code=131026=every=5");
    desk.put_people("people.csv", 30);
    let line = format!("send people.csv {}", QUICK.replace("--rate unlimited", "--rate 20/s"));
    let Some(shown) = on_a_terminal(&desk, &line) else { return };
    let drawn: Vec<&str> = shown.split("\r\u{1b}[K").collect();
    assert!(drawn.len() > 3, "{shown:?}");
    assert!(shown.contains("of 30") && shown.contains("\u{1b}[31m"), "{shown:?}");
    for bar in &drawn[1..drawn.len() - 1] {
        assert!(!bar.contains('\n'), "{bar:?}");
        let codes = ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[0m"];
        let text = codes.iter().fold((*bar).to_owned(), |text, code| text.replace(code, ""));
        assert!(text.chars().count() <= 57, "{text}");
    }
    assert!(drawn.last().unwrap().starts_with("24 of 30 sent"), "{shown:?}");

    let Some(quiet) = on_a_terminal(&desk, &format!("{line} --quiet --campaign quiet")) else {
        return;
    };
    assert_eq!(quiet, "");
}
