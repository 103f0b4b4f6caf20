//! When a message may go: the 24-hour rule, opt-outs, hours and caps, through whole runs.

use jiff::{SignedDuration, Timestamp};

use lipasend::report::format::folded;

use super::desk::{Desk, QUICK, until};

/// A time `hours` ago, as a list gives it.
fn ago(hours: f64) -> String {
    let ago = SignedDuration::from_millis((hours * 3_600_000.0) as i64);
    (Timestamp::now() - ago).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn number(n: usize) -> String {
    format!("25471200{n:04}")
}

/// A list of people who each wrote at their time; an empty one is not known.
fn wrote(times: &[&str]) -> String {
    let mut text = String::from("to,name,phone,last_inbound_at\n");
    for (n, time) in times.iter().enumerate() {
        text.push_str(&format!("{},Person {n},25472200{n:04},{time}\n", number(n)));
    }
    text
}

/// The recipients of all requests, sorted.
fn recipients(desk: &Desk) -> Vec<String> {
    let mut to: Vec<String> =
        desk.log().iter().map(|entry| entry["to"].as_str().unwrap().to_owned()).collect();
    to.sort();
    to
}

#[test]
fn only_messages_within_the_window_go() {
    let desk = Desk::new();
    let times = [&*ago(1.0), &ago(23.8), &ago(24.1), "", "yesterday", &ago(-2.0), &ago(23.95)];
    desk.put("people.csv", wrote(&times));
    let ended = desk.run(&format!("send people.csv {QUICK} --summary-json -")).code_is(3);
    assert_eq!(recipients(&desk), [number(0), number(1)]);
    let summary = ended.summary();
    assert_eq!(summary["messages"]["held"], 5);
    assert_eq!(summary["held_reasons"]["session_closed"], 2);
    assert_eq!(summary["held_reasons"]["session_unknown"], 1);
    assert_eq!(summary["held_reasons"]["last_inbound_at_bad"], 2);
    assert_eq!(desk.lines("people.results.csv").len(), 2, "held messages are not in the results");
    desk.run(&format!("send people.csv {QUICK} --session-missing send")).code_is(3);
    assert_eq!(recipients(&desk), [number(0), number(1), number(3)]);
    desk.run(&format!("send people.csv {QUICK} --session-window off")).code_is(0);
    assert_eq!(desk.accepted().len(), 7);
}

#[test]
fn a_check_decides_as_the_run_does() {
    let desk = Desk::new();
    desk.put("people.csv", wrote(&[&ago(1.0), &ago(30.0), "", "soon"]));
    let ended = desk.run("check people.csv --summary-json - --verbose").code_is(0);
    let summary = ended.summary();
    assert_eq!(summary["messages"]["left"], 1);
    assert_eq!(summary["messages"]["held"], 3);
    for (line, held) in [(3, "session_closed"), (4, "session_unknown"), (5, "last_inbound_at_bad")]
    {
        assert_eq!(summary["held_reasons"][held], 1);
        let said = format!("people.csv:{line} held, {held}: {}", number(line - 2));
        assert!(ended.stderr.contains(&said), "{}", ended.stderr);
    }
}

#[test]
fn the_latest_time_of_a_recipient_counts_in_whatever_row() {
    let desk = Desk::new();
    let list = format!(
        "to,name,phone,last_inbound_at\n254712000001,Ann,254722000111,{}\n254712000001,Bob,254722000222,{}\n254712000001,Cid,254722000333,\n",
        ago(50.0),
        ago(2.0)
    );
    desk.put("people.csv", list);
    desk.send("people.csv").code_is(0).sent(3);
}

#[test]
fn the_recipients_file_gives_the_times_too() {
    let desk = Desk::new();
    desk.put("cards.csv", "name,phone\nAnn,254722000111\n");
    let recipients_file = format!(
        "to,last_inbound_at\n254712000001,{}\n254712000002,{}\n254712000003,\n",
        ago(1.0),
        ago(25.0)
    );
    desk.put("people.csv", &recipients_file);
    desk.send("cards.csv --recipients people.csv").code_is(3).sent(1);
    // The rows are the recipients of a card.
    desk.put("others.csv", recipients_file.replace("2547120", "2547130"));
    desk.send("others.csv --card cards.csv").code_is(3).says("2 held");
    assert_eq!(recipients(&desk), ["254712000001", "254713000001"]);
}

#[test]
fn where_the_rows_name_no_recipient_the_column_says_nothing() {
    let desk = Desk::new();
    desk.put("cards.csv", format!("name,phone,last_inbound_at\nAnn,254722000111,{}\n", ago(50.0)));
    let ended = desk.run("check cards.csv --to 254712000001").code_is(0);
    assert!(ended.stdout.contains("\"last_inbound_at\""), "{ended:?}");
    assert!(ended.stdout.contains("nothing says when these people last wrote"), "{ended:?}");
}

#[test]
fn a_last_message_is_only_suggested() {
    let desk = Desk::new();
    let list = wrote(&[&ago(50.0)]).replace("last_inbound_at", "Last Message");
    desk.put("people.csv", list);
    let ended = desk.run("check people.csv").code_is(0);
    let hint = "(try --map \"last_inbound_at=Last Message\" if that is when they last wrote)";
    assert!(ended.stdout.contains(hint), "{ended:?}");
    desk.run_words(&["check", "people.csv", "--map", "last_inbound_at=Last Message"])
        .code_is(0)
        .will_send(0);
}

#[test]
fn what_will_close_before_its_turn_is_said_and_held_at_its_turn() {
    let desk = Desk::new();
    // The window of the second closes after so many seconds.
    let closes_in =
        |seconds: f64| wrote(&[&ago(1.0), &ago(24.0 - (300.0 + seconds) / 3600.0), &ago(1.0)]);
    // Its turn comes after 20 minutes.
    desk.put("people.csv", closes_in(600.0));
    let ended = desk.run("check people.csv --from 254110090747 --rate 3/h").code_is(0);
    assert!(ended.stdout.contains("3 open; 1 will close before their turn at "), "{ended:?}");
    // Its turn comes after two seconds. On a busy machine it may be closed in the plan already.
    desk.put("people.csv", closes_in(1.0));
    let line = "people.csv --from 254110090747 --rate 1/2s";
    let ended = desk.run(&format!("send {line} --yes --summary-json -")).code_is(3);
    assert_eq!(recipients(&desk), [number(0), number(2)]);
    assert_eq!(ended.summary()["held_reasons"]["session_closed"], 1);
}

#[test]
fn the_time_of_a_row_with_anothers_message_id_does_not_count() {
    let desk = Desk::new();
    let (old, new) = (ago(100.0), ago(1.0));
    desk.put(
        "people.csv",
        format!(
            "to,name,phone,message_id,last_inbound_at\n\
             254712345601,Ann,254722000001,m1,{old}\n\
             254712345602,Ben,254722000002,m2,{new}\n\
             254712345601,Ann,254722000001,m2,{new}\n"
        ),
    );
    desk.run("check people.csv --from 254110090747")
        .code_is(3)
        .says("24 hours   1 open, 1 closed (held)");
}

#[test]
fn each_held_message_is_listed_once() {
    let desk = Desk::new();
    desk.put("people.csv", wrote(&[&ago(1.0), &ago(30.0), ""]));
    let ended = desk.run("send people.csv --from 254110090747 --yes --verbose").code_is(3);
    let listed = ended.stderr.lines().filter(|line| line.contains(" held, "));
    assert_eq!(listed.count(), 2, "{}", ended.stderr);
}

#[test]
fn a_message_refused_for_a_closed_window_goes_again_when_the_recipient_wrote_since() {
    let mut desk = Desk::with_gateway("--script 1:400:code=131047,2:400:code=131026");
    desk.put("people.csv", wrote(&[&ago(1.0), &ago(1.0), &ago(1.0)]));
    desk.send("people.csv --concurrency 1").code_is(3).says("2 refused");
    desk.replace_gateway("");
    desk.send("people.csv").code_is(3).says("2 refused (2 before)");
    let later = ago(-1.0 / 3600.0);
    desk.put("people.csv", wrote(&[&later, &later, &later]));
    until("the recipient wrote after the attempt", || Timestamp::now() > later.parse().unwrap());
    desk.send("people.csv").code_is(3).sent(1).says("1 refused (1 before)");
    let twice = recipients(&desk).iter().filter(|to| **to == number(0)).count();
    assert_eq!((twice, desk.log().len()), (2, 4));
}

#[test]
fn a_recipients_limit_is_not_tried_again_within_a_day() {
    let mut desk = Desk::with_gateway("--script 1:400:code=131049,2:400:code=131026");
    desk.put_people("people.csv", 2);
    desk.send("people.csv --concurrency 1").code_is(3).says("2 refused");
    desk.replace_gateway("");
    desk.send("people.csv --retry-refused").code_is(3).sent(1).says("1 refused");
    let day_before = ago(25.0).replace('Z', ".000Z");
    let results = desk.read("people.results.csv");
    let line = results.lines().find(|line| line.contains("131049")).unwrap();
    let sent_at = line.split(',').find(|cell| cell.len() == 24 && cell.ends_with('Z')).unwrap();
    desk.put("people.results.csv", results.replace(line, &line.replace(sent_at, &day_before)));
    desk.send("people.csv --retry-refused").code_is(0).sent(1);
}

#[test]
fn twenty_closed_windows_stop_the_run_and_fail() {
    let desk = Desk::with_gateway("--fault 400:code=131047=100%");
    desk.put_people("people.csv", 72);
    desk.send("people.csv").code_is(7).says("no window is open");
    assert_eq!(desk.count("people.results.csv", "failed"), 20);
    let lines = desk.lines("people.results.csv");
    assert!(lines.iter().all(|line| line["error_code"] == "session_closed"));
    desk.send("people.csv --halt never").code_is(3).says("72 refused");
}

#[test]
fn no_more_than_twenty_messages_find_out_that_no_window_is_open() {
    // All connections post at once and wait for their answers.
    let fault = "--fault 400:code=131047=100% --latency 100ms";
    for (concurrency, posts) in [(16, 20), (4, 20), (32, 32)] {
        let desk = Desk::with_gateway(fault);
        desk.put_people("people.csv", 72);
        desk.send(&format!("people.csv --concurrency {concurrency}")).code_is(7);
        assert_eq!(desk.log().len(), posts, "{concurrency} connections");
        assert_eq!(desk.count("people.results.csv", "failed"), posts);
    }
    // An answer that is another one ends the doubt.
    let desk = Desk::with_gateway("--script 1-19:400:code=131047 --latency 100ms");
    desk.put_people("people.csv", 72);
    desk.send("people.csv").code_is(3).sent(53);
}

#[test]
fn who_stopped_messages_is_never_sent_to_again() {
    let mut desk = Desk::with_gateway("--script 1:400:code=131050");
    desk.put("one.csv", "to,name,phone\n254712000001,Ann,254722000111\n");
    desk.send("one.csv").code_is(3);
    desk.replace_gateway("");
    desk.put(
        "two.csv",
        "to,name,phone\n+254 712 000 001,Bob,254722000222\n254712000002,Cid,254722000333\n",
    );
    let ended = desk.run(&format!("send two.csv {QUICK} --summary-json -")).code_is(0);
    assert_eq!(ended.summary()["skipped_reasons"]["opted_out"], 1);
    assert_eq!(recipients(&desk), ["254712000001", "254712000002"]);
    desk.put("cards.csv", "name,phone\nDan,254722000444\n");
    desk.send("cards.csv --to 254712000001").complains(2, "every recipient has opted out");
    desk.send("cards.csv --to 254712000001,254712000003")
        .code_is(0)
        .says("left out because of an opt-out: 1 number of --to");
    let ended = desk.run("send cards.csv --from 254110090747 --to 254712000001,254712000003 -y -v");
    assert!(ended.stderr.contains("--to 254712000001 skipped: opted out"), "{}", ended.stderr);
    let before_plan = ended.stderr.find("left out because of an opt-out").unwrap();
    assert!(before_plan < ended.stderr.find("messages ").unwrap());
}

#[test]
fn caps_hold_over_runs_and_ledgers() {
    let desk = Desk::new();
    desk.put_people("a.csv", 6);
    desk.send("a.csv --daily-cap 4").code_is(9).says("2 left");
    desk.send("a.csv --daily-cap 4").code_is(9).says("nothing was sent");
    // The other list's results are read too.
    desk.put(
        "b.csv",
        "to,name,phone\n254712000000,Ann,254722000111\n254799000001,Bob,254722000222\n",
    );
    desk.send("b.csv --daily-cap 4").code_is(9).sent(1).says("1 left");
    desk.send("b.csv --daily-cap 5").code_is(0).sent(1);
    desk.send("a.csv --daily-cap 7").code_is(0).sent(2);
}

#[test]
fn a_recipient_gets_no_more_messages_than_the_cap() {
    let desk = Desk::new();
    let list = |names: &[&str]| {
        let rows = names.iter().map(|name| format!("254712000001,{name},254722000111\n"));
        format!("to,name,phone\n{}", rows.collect::<String>())
    };
    desk.put("a.csv", list(&["Ann", "Bob", "Cid"]));
    let ended = desk.run(&format!("send a.csv {QUICK} --recipient-cap 2/7d --summary-json -"));
    let summary = ended.code_is(3).summary();
    assert_eq!(
        (&summary["messages"]["sent"], &summary["messages"]["held"]),
        (&2.into(), &1.into())
    );
    assert_eq!(summary["held_reasons"]["recipient_cap"], 1);
    desk.put("b.csv", list(&["Dan"]).replace("254722000111", "254722000222"));
    desk.send("b.csv --recipient-cap 2/7d").code_is(3).says("1 held");
    // Of any sender.
    desk.run("send b.csv --from 254799000111 --yes --recipient-cap 2/7d").code_is(3);
    desk.send("b.csv --recipient-cap 3/7d").code_is(0);
    assert_eq!(desk.accepted().len(), 3);
}

#[test]
fn a_refused_message_gives_its_place_to_another() {
    let desk = Desk::with_gateway("--script 1-2:400:code=131026");
    desk.put_people("people.csv", 6);
    desk.send("people.csv --daily-cap 3 --concurrency 1").code_is(9).sent(3);
    assert_eq!(desk.count("people.results.csv", "refused"), 2);
}

#[test]
fn the_limit_counts_messages_that_are_posted() {
    let desk = Desk::new();
    desk.put("people.csv", wrote(&["", "", &ago(1.0), &ago(2.0), &ago(3.0)]));
    desk.send("people.csv --limit 2").code_is(8).sent(2).says("2 held");
}

#[test]
fn a_canary_takes_others_for_those_that_are_held() {
    let desk = Desk::new();
    desk.put("people.csv", wrote(&["", &ago(1.0), "", &ago(2.0), &ago(3.0)]));
    desk.send("people.csv --canary 2").code_is(3).sent(3);
}

#[test]
fn outside_the_hours_a_run_ends_or_waits() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    // The hours of a minute that is not now.
    let now = jiff::tz::TimeZone::UTC.to_datetime(Timestamp::now());
    let from = now.checked_add(SignedDuration::from_hours(2)).unwrap();
    let to = from.checked_add(SignedDuration::from_mins(30)).unwrap();
    let hours = format!("{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M"));
    let words = |more: &'static [&'static str]| {
        let mut words: Vec<&str> = vec!["send", "people.csv", "--yes", "--from", "254110090747"];
        words.extend(["--timezone", "UTC", "--hours"]);
        words.push(&hours);
        words.extend(more);
        words.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let run = |words: Vec<String>| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        desk.run_words(&words)
    };
    run(words(&[])).code_is(10).says("nothing was sent").says("3 left");
    // Waiting counts for --max-duration.
    run(words(&["--outside", "wait", "--max-duration", "1s"])).code_is(10).says("3 left");
    let waiting = desk.start_with_stderr(&words(&["--outside", "wait"]).join(" "), "stderr");
    until("it says until when it waits", || {
        desk.read("stderr").contains(&format!("outside {hours} until"))
    });
    waiting.signal("TERM");
    waiting.ended().code_is(143);
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn a_test_card_goes_to_one_number_and_is_not_recorded() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    desk.put("cards.csv", "name,phone\nAnn,254722000111\n");
    desk.put("card.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nTEL:+254722000111\nEND:VCARD\n");
    desk.put("numbers.txt", "254712000001\n254712000002\n");
    for list in ["people.csv", "cards.csv", "card.vcf", "numbers.txt --card card.vcf"] {
        desk.run(&format!("send {list} --from 254110090747 --yes --test-to 254733000111"))
            .code_is(0)
            .says("the test card was accepted (")
            .says("\nnothing else was sent, and nothing is recorded\n");
    }
    assert_eq!(recipients(&desk), ["254733000111"; 4]);
    assert_eq!(desk.accepted().len(), 4, "each one has a new id");
    assert!(!desk.has("people.results.csv") && !desk.has("cards.results.csv"));
    desk.run("send people.csv --from 254110090747 --test-to 254733000111")
        .complains(2, "no terminal to ask on");
    desk.run("check people.csv --test-to 254733000111").complains(2, "use lipasend send");
    desk.run("send numbers.txt --from 254110090747 --yes --test-to 254733000111")
        .complains(4, "its first line is data");
}

#[test]
fn a_test_card_that_failed_is_shown_as_not_sent_or_in_doubt() {
    for (fault, exit, shown) in [
        ("400", 3, "the test card was not sent: the gateway refused the request (http 400)"),
        ("400:code=131047", 3, "the test card was not sent: the recipient's 24-hour window is"),
        ("401", 7, "the test card was not sent: the key is wrong or lacks a permission (http 401)"),
        (
            "500",
            3,
            "the test card may have arrived: the gateway failed; it may have been sent (http",
        ),
        ("lost", 3, "the test card may have arrived: the answer was lost; it may have been sent"),
    ] {
        let desk = Desk::with_gateway(&format!("--fault {fault}=100%"));
        desk.put_people("people.csv", 3);
        let line = "send people.csv --from 254110090747 --yes --test-to 254733000111";
        let ended = desk.run(line).code_is(exit);
        assert!(ended.stdout.starts_with(shown), "{fault}: {}", ended.stdout);
        assert!(ended.stdout.ends_with("\nnothing else was sent, and nothing is recorded\n"));
        assert_eq!(desk.tally().requests, 1, "{fault}");
    }
}

#[test]
fn what_is_not_a_rule_is_an_error_with_the_way_out() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for (flag, value, says) in [
        ("--timezone", "Africa/Nairobbi", "did you mean Africa/Nairobi"),
        ("--hours", "Mom-Fri 09:00-18:00", "Mon"),
        ("--hours", "09:00-09:00", "09:00-09:00"),
        ("--daily-cap", "0", "0 is not in 1.."),
        ("--recipient-cap", "0/7d", "allows no message"),
        ("--recipient-cap", "2/32d", "31 days"),
        ("--session-window", "never", "(or off)"),
        ("--session-margin", "24h", "no window would ever be open"),
        ("--session-missing", "hld", "hold"),
    ] {
        desk.run_words(&["check", "people.csv", flag, value]).complains(2, says);
    }
}

/// One event, as a webhook stored it.
fn event(from: &str, at: &str, text: &str) -> String {
    format!(
        r#"{{"received_at":"{at}","body":{{"messageId":"x","from":"{from}","to":"254110090747","type":"TEXT","text":"{text}"}}}}"#
    ) + "\n"
}

#[test]
fn event_files_open_windows_and_stop_messages() {
    let desk = Desk::new();
    desk.put("people.csv", wrote(&["", &ago(40.0), "", "", &ago(2.0)]));
    let other = event(&number(3), &ago(1.0), "Hi").replace("254110090747", "254799000111");
    let events = event(&number(0), &ago(1.0), "Hello")
        + &event(&number(1), &ago(2.0), "Yes")
        + &event(&number(2), &ago(2.0), " stop all! ")
        + &other
        + r#"{"event":"MESSAGE_STATUS","messageStatus":{"messageId":"x","status":"READ"}}"#
        + "\nno event\n"
        + r#"{"from":"cut"#;
    desk.put("events.jsonl", events);
    let line = format!("{QUICK} --inbound events.jsonl --summary-json -");
    let ended = desk.run(&format!("send people.csv {line}")).code_is(3);
    assert_eq!(recipients(&desk), [number(0), number(1), number(4)]);
    let summary = ended.summary();
    assert_eq!(summary["held_reasons"]["session_unknown"], 1);
    assert_eq!(summary["skipped_reasons"]["opted_out"], 1);
    let ended = desk.run("check people.csv --from 254110090747 --inbound events.jsonl");
    let said =
        "3 inbound messages, 1 to other numbers, 1 about statuses, 2 other lines; the newest is";
    assert!(ended.stdout.contains(said), "{ended:?}");
    // A later START lifts a STOP.
    desk.put("later.jsonl", event(&number(2), &ago(0.5), "START"));
    desk.send("people.csv --inbound events.jsonl --inbound later.jsonl").code_is(3);
    assert_eq!(desk.accepted().len(), 4);
}

#[test]
fn an_event_opens_the_window_of_a_number_in_another_form() {
    let desk = Desk::new();
    desk.put("people.csv", "to,name,phone\n+52 55 1234 5678,Ann,254722000111\n");
    desk.put("events.jsonl", event("5215512345678", &ago(1.0), "Hola"));
    desk.send("people.csv --inbound events.jsonl").code_is(0).sent(1);
}

#[test]
fn an_opted_out_number_is_never_sent_to_in_any_spelling() {
    let desk = Desk::new();
    desk.put_people("people.csv", 6);
    desk.put("out.csv", "Name,Phone\nAnn,0712 000 000\nBob,+254 (0)712-000-001\n");
    desk.put("more.txt", "00254712000002\n254712000003\n");
    let line = "--opt-out out.csv --opt-out more.txt --summary-json -";
    let ended = desk.run(&format!("send people.csv {QUICK} --region KE {line}")).code_is(0);
    assert_eq!(ended.summary()["skipped_reasons"]["opted_out"], 4);
    assert_eq!(recipients(&desk), ["254712000004", "254712000005"]);
    desk.put("cards.csv", "name,phone\nDan,254722000444\n");
    desk.put("numbers.txt", "254712000000\n254712000005\n");
    let line = format!("send cards.csv {QUICK} --region KE {line} --recipients numbers.txt");
    let ended = desk.run(&line).code_is(0);
    assert_eq!(ended.summary()["skipped_reasons"]["opted_out"], 1);
    desk.put("numbers.txt", "0712000000\n0712000005\n");
    desk.run(
        &line
            .replace("cards.csv", "numbers.txt")
            .replace("--recipients numbers.txt", "--card cards.csv"),
    )
    .code_is(0);
    assert_eq!(recipients(&desk).len(), 3);
}

#[test]
fn event_and_opt_out_files_that_cannot_be_used_end_the_run() {
    let desk = Desk::new();
    desk.put_people("people.csv", 2);
    desk.put("short.txt", "254712000000\n12345\n");
    for (options, says) in [
        ("--opt-out none.csv", "none.csv"),
        ("--opt-out short.txt", "short.txt:2: \"12345\" has too few digits"),
        ("--inbound none.jsonl", "none.jsonl cannot be read: there is no such file"),
        ("--inbound people.csv", "people.csv is not a file of events"),
    ] {
        desk.run(&format!("check people.csv {options}")).complains(4, says);
        desk.send(&format!("people.csv {options}")).complains(4, says);
    }
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn a_plan_with_every_rule_and_many_mistakes_fits_a_screen() {
    let desk = Desk::new();
    let mut list = "to,name,phone,city,note\n".to_owned();
    let bad = ["0712345678", "nobody", "2.54712E+11", "25471234567890123", "12/05/2020", ""];
    for n in 0..300 {
        let to = if n % 10 == 3 { bad[n / 10 % 6].to_owned() } else { number(n) };
        let name = if n % 37 == 5 { String::new() } else { format!("Person {n}") };
        let phone = if n % 41 == 6 { "x".to_owned() } else { format!("+254 (0)72200{n:04}") };
        list.push_str(&format!("{to},{name},{phone},Nairobi,x\n"));
    }
    desk.put("people.csv", list).put("stop.csv", format!("{}\n", number(1)));
    let event = |n: usize| {
        let at = (Timestamp::now() - SignedDuration::from_hours(n as i64)).as_second();
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{{"field":"messages","value":{{"metadata":{{"display_phone_number":"254110090747"}},"messages":[{{"from":"{}","id":"w{n}","timestamp":"{at}","type":"text","text":{{"body":"hi"}}}}]}}}}]}}]}}"#,
            number(n)
        )
    };
    let events: Vec<String> = (0..100).map(event).collect();
    desk.put("events.ndjson", events.join("\n"));
    // The hours are closed at any time of the test: they are those of a day of another week day.
    let day = Timestamp::now() + SignedDuration::from_hours(72);
    let hours = day.strftime("%a 09:00-18:00").to_string();
    let line = "people.csv --from 254110090747 --campaign May --inbound events.ndjson --opt-out \
                stop.csv --timezone Africa/Nairobi --daily-cap 100 --recipient-cap 2/7d \
                --session-missing send --region UG --rejects r.csv";
    let words: Vec<&str> =
        ["check", "--hours", &hours].into_iter().chain(line.split(' ')).collect();
    let ended = desk.run_words(&words).code_is(3);
    let screen = folded(&ended.stdout, 80);
    assert!(screen.lines().count() <= 24, "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    let hours = "  hours      closed until ";
    let not_shown = "  not shown  events, example, not used, campaign (--verbose)\n";
    for part in [hours, not_shown, " more kinds to fix, ", "r.csv   ", "next: "] {
        assert!(screen.contains(part), "no `{part}` in\n{screen}");
    }
}

#[test]
fn the_plan_says_when_windows_are_counted_by_message() {
    let desk = Desk::new();
    desk.put("people.csv", wrote(&[&ago(1.0), &ago(30.0), ""]));
    desk.run("check people.csv").says("24 hours   1 open, 1 closed (held), 1 unknown (held");
    // Two cards to each of the three people are six messages.
    desk.put("cards.csv", "name,phone\nAmani,254722000111\nBaraka,254722000222\n");
    desk.run("check people.csv --card cards.csv")
        .says("people.csv   3 people: ")
        .says("24 hours   6 messages: 2 open, 2 closed (held), 2 unknown (held");
}

#[test]
fn a_reached_daily_cap_says_when_it_has_a_place_again() {
    let desk = Desk::new();
    desk.put_people("people.csv", 5);
    let says = "run again after tomorrow ";
    let again = ", when the next place is free";
    desk.send("people.csv --daily-cap 2").code_is(9).sent(2).says(says).says(again);
    desk.send("people.csv --daily-cap 2").code_is(9).says(says).says(again);
}
