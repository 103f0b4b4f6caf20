//! What a killed run left in flight: it may have arrived, and is in every form of the report.

use std::fs;

use super::super::desk::{Desk, QUICK, until};
use super::{HEADER, in_all_forms, line};

/// Two runs over five people: one message was sent and one was unknown, then the run was killed
/// while the other four were at the gateway.
fn desk_of_a_killed_run() -> Desk {
    let mut desk = Desk::with_gateway("--script 1:503");
    desk.put_people("people.csv", 5);
    desk.send("people.csv --limit 2 --retries 0 --concurrency 1").code_is(8);
    desk.replace_gateway("--latency 30s");
    let run = desk.start(&format!("send people.csv {QUICK}"));
    until("the rest is at the gateway", || desk.tally().requests == 4);
    run.signal("KILL");
    run.ended().code_is(-9);
    desk
}

/// The names and contents of all files of the desk.
fn files(desk: &Desk) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(desk.path(".")).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn what_a_killed_run_left_in_flight_is_in_every_form() {
    let mut desk = desk_of_a_killed_run();
    let before = files(&desk);
    let shown = desk.run("report people.results.csv").exits(0);
    assert!(files(&desk) == before, "a report changes no file");
    shown
        .says("  sent       1 of 5 tried\n")
        .says("  unknown    4 ")
        .says("  in flight  4 messages may have arrived (counted as unknown): a run ended\n")
        .says(", 4 unknown; no end is recorded\n");
    let (_, json, csv) = in_all_forms(&desk, "people.results.csv");
    assert_eq!((&json["messages"]["unknown"], &json["messages"]["sent"]), (&4.into(), &1.into()));
    assert_eq!(json["codes"][0]["code"], "in_flight");
    let file = &json["files"][0];
    assert_eq!((&file["in_flight"], &file["messages_in_flight"]), (&true.into(), &4.into()));
    let of = |line: &super::Line| (line["status"].clone(), line["attempts"].clone());
    let in_flight: Vec<_> = csv.iter().filter(|line| line["error_code"] == "in_flight").collect();
    let mut attempts: Vec<_> = in_flight.iter().map(|line| of(line)).collect();
    attempts.sort();
    let unknown = |attempts: &str| ("unknown".to_owned(), attempts.to_owned());
    assert_eq!(attempts, [unknown("1"), unknown("1"), unknown("1"), unknown("2")]);
    assert_eq!(csv.len(), 5);

    desk.run("report people.results.csv --not-sent left.csv").exits(0).says("left.csv (4 messages");
    let list = desk.lines("left.csv");
    assert!(list.iter().all(|line| line["status"] == "unknown" && !line["reason"].is_empty()));
    // The next run records the same.
    desk.replace_gateway("");
    desk.send("people.csv --on-unknown hold").code_is(3);
    let (_, json, again) = in_all_forms(&desk, "people.results.csv");
    assert_eq!(json["files"][0]["messages_in_flight"], 0);
    let sorted = |mut lines: Vec<super::Line>| {
        lines.sort_by(|a, b| a["message_id"].cmp(&b["message_id"]));
        lines
    };
    assert_eq!(sorted(csv), sorted(again));
}

#[test]
fn what_is_in_flight_in_one_file_and_sent_in_another_has_arrived() {
    let desk = desk_of_a_killed_run();
    let in_flight = desk.read("people.results.csv.inflight");
    let first = in_flight.lines().nth(1).unwrap();
    let gateway = in_flight.split(',').nth(1).unwrap();
    let id = first.split(',').next().unwrap();
    let (time, run) = ("2026-11-27T15:10:00.500Z", "2026-11-27T15:10:00.000Z");
    let sent = line(id, "sent", "", time, run, gateway);
    desk.put("b.results.csv", format!("{HEADER}\n{sent}"));
    for order in ["people.results.csv b.results.csv", "b.results.csv people.results.csv"] {
        let (screen, json, csv) = in_all_forms(&desk, order);
        assert_eq!((&json["messages"]["sent"], csv.len()), (&2.into(), 5), "{order}");
        assert!(screen.contains("people.results.csv: 3 messages may have arrived"), "{screen}");
    }
}

#[test]
fn an_in_flight_file_that_cannot_be_read_hides_no_message_silently() {
    let desk = desk_of_a_killed_run();
    desk.put("people.results.csv.inflight", "something else\n");
    let (screen, json, _) = in_all_forms(&desk, "people.results.csv");
    assert!(json["files"][0]["messages_in_flight"].is_null());
    let shown = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("which of its messages may have arrived is not known: "), "{screen}");
}
