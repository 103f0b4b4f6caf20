//! What a run leaves that does not reach every message: the not-sent file, the counts, and what the
//! screen says to do.

use std::collections::BTreeMap;

use super::desk::Desk;

/// The number of lines of a not-sent file with each status.
fn statuses(desk: &Desk, name: &str) -> BTreeMap<String, usize> {
    let mut statuses = BTreeMap::new();
    for line in desk.lines(name) {
        *statuses.entry(line["status"].clone()).or_default() += 1;
    }
    statuses
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(status, number)| ((*status).to_owned(), *number)).collect()
}

/// A desk on which all of six people have this status.
fn desk_with_six(status: &str) -> Desk {
    let answer = match status {
        "unknown" => "503",
        "failed" => "429",
        _ => "400:code=131026",
    };
    let desk = Desk::with_gateway(&format!("--fault {answer}=100%"));
    desk.put_people("people.csv", 6);
    desk.send("people.csv --retries 0 --halt never").code_is(3);
    assert_eq!(statuses(&desk, "people.not-sent.csv"), counts(&[(status, 6)]));
    desk
}

#[test]
fn however_a_run_ends_the_not_sent_file_has_what_the_results_have() {
    // Hours that are not now.
    let later = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(2)).unwrap();
    let closed = format!("--timezone UTC --hours {}", later.strftime("%H:00-%H:59"));
    for (before, gateway, options, code, expected) in [
        ("unknown", "", "--limit 3", 8, &[("unknown", 3)][..]),
        // Once it may have been accepted, a message stays unknown.
        ("unknown", "--script 2:400:code=131026", "--limit 3", 8, &[("unknown", 4)]),
        ("unknown", "", "--limit 0", 8, &[("unknown", 6)]),
        ("unknown", "", &*closed, 10, &[("unknown", 6)]),
        ("unknown", "", "--max-duration 0s", 10, &[("unknown", 6)]),
        ("unknown", "--script 3:401", "", 7, &[("unknown", 4)]),
        ("failed", "", "--daily-cap 5", 9, &[("failed", 1)]),
        ("failed", "--script 2:400:code=131026", "--limit 3", 8, &[("failed", 3), ("refused", 1)]),
        ("refused", "", "--retry-refused --limit 3", 8, &[("refused", 3)]),
        ("refused", "", "--limit 3", 3, &[("refused", 6)]),
    ] {
        let mut desk = desk_with_six(before);
        desk.replace_gateway(gateway);
        desk.send(&format!("people.csv --concurrency 1 {options}")).code_is(code);
        let file = statuses(&desk, "people.not-sent.csv");
        assert_eq!(file, counts(expected), "{options}");
        let mut results = statuses(&desk, "people.results.csv");
        results.remove("sent");
        assert_eq!(file, results, "{options}");
        // The file given back sends the rest, each message under its id.
        desk.replace_gateway("");
        let all = expected.iter().map(|(_, number)| *number as u64).sum();
        desk.send("people.not-sent.csv --retry-refused").code_is(0).sent(all);
        assert_eq!(desk.count("people.results.csv", "sent"), 6, "{options}");
    }
}

/// The counts of messages that are not zero, in a summary or a JSON report.
fn messages(summary: &serde_json::Value) -> BTreeMap<String, usize> {
    let counts = summary["messages"].as_object().unwrap().iter();
    let counts = counts.map(|(key, number)| (key.clone(), number.as_u64().unwrap() as usize));
    counts.filter(|(key, number)| key != "total" && *number > 0).collect()
}

#[test]
fn messages_that_were_not_reached_are_counted_as_what_they_are() {
    let later = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(2)).unwrap();
    let closed = format!("--timezone UTC --hours {} --limit 3", later.strftime("%H:00-%H:59"));
    let retry_closed = format!("{closed} --retry-refused");
    for (before, options, code, expected) in [
        ("unknown", "--limit 3", 8, &[("sent", 3), ("unknown", 3)][..]),
        ("failed", "--limit 3", 8, &[("sent", 3), ("failed", 3)]),
        ("unknown", &*closed, 10, &[("unknown", 6)]),
        ("refused", &*retry_closed, 10, &[("refused", 6)]),
        ("refused", "--retry-refused --limit 3", 8, &[("refused", 3), ("sent", 3)]),
    ] {
        let mut desk = desk_with_six(before);
        desk.replace_gateway("");
        let files = "--summary-json s.json --report r.json";
        let ended = desk.send(&format!("people.csv {options} {files}")).code_is(code);
        for file in ["s.json", "r.json"] {
            let summary: serde_json::Value = serde_json::from_str(&desk.read(file)).unwrap();
            assert_eq!(messages(&summary), counts(expected), "{file} {options}");
            assert_eq!(summary["messages"]["total"], 6);
        }
        assert!(!ended.stdout.contains(" left"), "{}", ended.stdout);
        // `report` says the same.
        let screen = desk.run("report people.results.csv --report n.json").code_is(0);
        let report: serde_json::Value = serde_json::from_str(&desk.read("n.json")).unwrap();
        assert_eq!(messages(&report), counts(expected), "{}", screen.stdout);
    }
}

#[test]
fn messages_that_the_plan_holds_are_held_whether_they_are_reached_or_not() {
    let later = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(2)).unwrap();
    let closed = format!("--timezone UTC --hours {}", later.strftime("%H:00-%H:59"));
    for (options, code, sent, held, left) in [
        ("", 8, 8, 12, 4),
        (&*closed, 10, 0, 12, 12),
        // The day is full before the other recipients have their two messages.
        ("--daily-cap 1", 9, 2, 2, 20),
    ] {
        let desk = Desk::new();
        let cards = (0..24).map(|n| format!("2547120000{:02},Card {n},254722000{n:03}\n", n / 4));
        desk.put("people.csv", format!("to,name,phone\n{}", cards.collect::<String>()));
        let line = format!("people.csv --recipient-cap 2/7d --limit 8 {options}");
        let ended = desk.send(&line).code_is(code);
        assert_eq!(statuses(&desk, "people.not-sent.csv"), counts(&[("held", held)]), "{options}");
        let sum = format!("24 = {sent} sent + 0 sent before + {held} held + {left} left\n");
        ended.says(&sum).says(&format!("{left}  not reached: the next run sends them"));
    }
}

#[test]
fn the_first_line_of_a_plan_counts_held_people_apart() {
    let desk = Desk::new();
    let now = jiff::Timestamp::now();
    let old = now.checked_add(jiff::SignedDuration::from_hours(-30)).unwrap();
    let row = |n: usize| {
        let wrote = if n < 13 { now } else { old };
        format!("2547120000{n:02},Person {n},254722000{n:03},{wrote}\n")
    };
    let rows: String = (0..40).map(row).collect();
    desk.put("people.csv", format!("to,name,phone,last_inbound_at\n{rows}"));
    desk.run("check people.csv")
        .says("people.csv   40 people: 13 can be sent now, 27 held\n")
        .says("  messages   40 = 13 to send + 27 held\n");
    // Four cards for each of six people.
    let cards = (0..24).map(|n| format!("2547120000{:02},Card {n},254722000{n:03}\n", n / 4));
    desk.put("cards.csv", format!("to,name,phone\n{}", cards.collect::<String>()));
    desk.run("check cards.csv --recipient-cap 1/7d")
        .says("cards.csv   24 rows for 6 people: 6 can be sent now, 18 held\n");
    desk.run("check cards.csv").says("cards.csv   24 rows for 6 people: 24 can be sent\n");
}
