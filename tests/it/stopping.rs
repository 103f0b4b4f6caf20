use std::ops::RangeInclusive;

use super::desk::{Desk, QUICK, at_once, until};

#[test]
fn a_wrong_set_up_stops_the_run_and_the_right_one_sends_everything() {
    let mut desk = Desk::with_gateway("--fault 400=100% --latency 10ms");
    desk.put_people("people.csv", 200);
    desk.send("people.csv").exits(7).says("the set-up is wrong");
    assert!(desk.tally().requests < 60, "it went on: {}", desk.tally());
    let lines = desk.lines("people.results.csv");
    assert!(lines.len() >= 20);
    assert!(lines.iter().all(|line| line["status"] == "failed"), "nothing was sent: {lines:?}");
    desk.replace_gateway("");
    desk.send("people.csv").exits(0).sent(200);
}

#[test]
fn refusals_for_different_reasons_or_after_a_success_do_not_stop_the_run() {
    for script in ["1-18:400,19:422,30-47:400", "1-19:400,30-48:422"] {
        let desk = Desk::with_gateway(&format!("--script {script}"));
        desk.put_people("people.csv", 60);
        desk.send("people.csv --concurrency 1").exits(3);
        let refused = 60 - desk.accepted().len();
        assert_eq!(desk.count("people.results.csv", "refused"), refused, "{script}");
    }
}

#[test]
fn a_short_list_may_be_refused_completely() {
    let desk = Desk::with_gateway("--fault 400=100%");
    desk.put_people("people.csv", 19);
    desk.send("people.csv").exits(3).says("19 refused");
}

/// When the twentieth answer arrives, the only sender may have posted one or two more; the
/// gateway's latency gives the dispatcher time to process it.
const FEW_UNDER_WAY: RangeInclusive<usize> = 20..=23;

#[test]
fn twenty_refusals_in_a_row_stop_the_run_unless_they_are_about_the_recipients() {
    let desk = Desk::with_gateway("--script 5-:422 --latency 10ms");
    desk.put_people("people.csv", 100);
    desk.send("people.csv --concurrency 1").exits(7).says("--halt auto");
    let refused = desk.count("people.results.csv", "refused");
    assert_eq!((desk.accepted().len(), desk.tally().refused), (4, refused as u64));
    assert!(FEW_UNDER_WAY.contains(&refused), "{refused} refused");

    for code in ["131026", "131049", "130403", "130497"] {
        let desk = Desk::with_gateway(&format!("--fault 400:code={code}=100%"));
        desk.put_people("people.csv", 50);
        desk.send("people.csv").exits(3).says("50 refused");
    }
}

#[test]
fn twenty_unreadable_answers_in_a_row_stop_the_run() {
    let desk = Desk::with_gateway("--fault not-json=100% --latency 10ms");
    desk.put_people("people.csv", 100);
    desk.send("people.csv --concurrency 1 --retries 1").exits(5).says("--halt auto");
    assert!(FEW_UNDER_WAY.contains(&(desk.tally().requests as usize)), "{}", desk.tally());
}

#[test]
fn the_user_sets_how_many_may_fail() {
    for (rule, code, requests) in
        [("fail=5", 7, 5), ("fail=25%", 7, 20), ("never", 3, 60), ("auto", 7, 20)]
    {
        let desk = Desk::with_gateway("--fault 422=100% --latency 10ms");
        desk.put_people("people.csv", 60);
        desk.send(&format!("people.csv --concurrency 1 --halt {rule}")).code_is(code);
        let under_way = desk.tally().requests - requests;
        assert!(under_way <= 3, "{rule}: {under_way} more");
    }
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    desk.run(&format!("send people.csv {QUICK} --halt maybe")).complains(2, "fail=20 or fail=10%");
}

#[test]
fn a_gateway_that_is_down_for_a_while_loses_no_message() {
    let desk = Desk::with_gateway("--script 11-31:503");
    desk.put_people("people.csv", 100);
    // More tries than a message can use up around the last 503, however late its answers are read.
    desk.send("people.csv --retries 4 --concurrency 4").exits(0).sent(100);
}

#[test]
fn a_gateway_that_is_down_is_reported_at_once() {
    let desk = Desk::with_gateway("--fault 503=100%");
    desk.put_people("people.csv", 100);
    // The run ends long before the first line that --stats would print.
    let line = format!("send people.csv {} --retry-for 1s", QUICK.replace("--quiet ", ""));
    desk.run(&line).complains(5, "of 100 done; errors from the gateway for");
}

#[test]
fn a_gateway_that_stays_down_is_probed_until_retry_for_ends() {
    at_once(["503", "lost", "reset"], |fault| {
        let mut desk = Desk::with_gateway(&format!("--fault {fault}=100%"));
        desk.put_people("people.csv", 300);
        desk.send("people.csv --retry-for 2s").exits(5).says("the gateway was down");
        // Twenty to notice, those released by then, and a probe or two.
        assert!(desk.tally().requests < 20 + 80 + 5, "{fault}: {}", desk.tally());
        desk.replace_gateway("--duplicates 409");
        desk.send("people.csv").exits(0);
        assert_eq!(desk.count("people.results.csv", "sent"), 300);
    });
}

#[test]
fn a_gateway_that_is_down_uses_up_no_tries() {
    let desk = Desk::with_gateway("--fault 503=100%");
    desk.put_people("people.csv", 300);
    desk.send("people.csv --retry-for 2s --retries 4").exits(5);
    let lines = desk.lines("people.results.csv");
    assert!(lines.iter().all(|line| line["status"] == "unknown"));
    assert!(lines.len() < 20 + 80 + 5, "{} messages were tried", lines.len());
}

#[test]
fn ctrl_c_and_the_time_limit_end_a_wait_for_the_gateway() {
    let desk = Desk::with_gateway("--fault 503=100%");
    desk.put_people("people.csv", 300);
    let running = desk.start(&format!("send people.csv {QUICK}"));
    until("it noticed", || desk.tally().requests >= 20);
    running.signal("INT");
    running.ended().exits(130);
    desk.send("people.csv --max-duration 2s").exits(10);
}

#[test]
fn a_canary_goes_first_and_the_others_only_if_it_is_sent() {
    let desk = Desk::with_gateway("--latency 10ms");
    desk.put_people("people.csv", 40);
    desk.send("people.csv --canary 3").exits(0).sent(40);
    let mut desk = Desk::with_gateway("--fault 400=100% --latency 10ms");
    desk.put_people("people.csv", 40);
    desk.send("people.csv --canary 3").exits(7).says("failed");
    assert!(desk.tally().requests <= 3);
    desk.replace_gateway("");
    desk.send("people.csv --canary 3").exits(0).sent(40);
}

#[test]
fn a_refusal_that_concerns_one_recipient_does_not_fail_the_canary() {
    for code in ["131026", "131049", "130403", "130497"] {
        let desk = Desk::with_gateway(&format!("--script 2-3:400:code={code} --latency 5ms"));
        desk.put_people("people.csv", 40);
        desk.send("people.csv --canary 3").exits(3).says("38 sent").says("2 refused");
    }
    // The list may end before the canary is full.
    for (fault, refused) in [("--fault 400:code=131026=100%", 4), ("--script 1:400:code=131026", 1)]
    {
        let desk = Desk::with_gateway(fault);
        desk.put_people("people.csv", 4);
        let sent = format!("{refused} refused");
        desk.send("people.csv --canary 4").exits(3).says(&sent);
        assert_eq!(desk.tally().requests, 4);
    }
}

#[test]
fn a_refused_message_of_the_canary_is_replaced_by_one() {
    let desk = Desk::with_gateway("--script 1:400:code=131026,3:422 --latency 20ms");
    desk.put_people("people.csv", 40);
    desk.send("people.csv --canary 2").exits(7).says("--canary");
    assert_eq!(desk.tally().requests, 3, "one took the place, and no other message was posted");
}

#[test]
fn a_canary_that_may_have_been_accepted_fails() {
    let desk = Desk::with_gateway("--script 1:not-json");
    desk.put_people("people.csv", 40);
    let line = "people.csv --canary 1 --retries 0";
    desk.send(line).exits(7).says("1 unknown").says("39 left");
}

#[test]
fn a_message_in_doubt_that_its_recipient_cannot_get_does_not_fail_the_canary_of_each_run() {
    let desk = Desk::with_gateway("--script 1:not-json,2:400:code=131026");
    desk.put_people("people.csv", 40);
    desk.send("people.csv --limit 1 --retries 0").exits(8).says("1 unknown");
    let canary = "people.csv --canary 2 --concurrency 1";
    desk.send(canary).exits(3).says("39 sent").says("1 unknown");
    // The same in one run.
    let desk = Desk::with_gateway("--script 1:503,2:400:code=131026");
    desk.put_people("people.csv", 40);
    desk.send("people.csv --canary 1").exits(3).says("39 sent").says("1 unknown");
}

#[test]
fn a_storm_of_429_ends_after_retry_for() {
    let all = [
        "--rate 2/s",
        "--rate unlimited",
        "--concurrency 1",
        "--limit 1 --retries 99",
        "--halt fail=100",
        "--halt fail=50%",
    ];
    at_once(all, |options| {
        let desk = Desk::with_gateway("--fault 429=100%");
        desk.put_people("people.csv", 300);
        let quick = QUICK.replace("--rate unlimited", "");
        let ended = desk.run(&format!("send people.csv {quick} {options} --retry-for 2s"));
        ended.code_is(5).says("(429)").says(", with a lower --rate");
        assert_eq!(desk.count("people.results.csv", "sent"), 0, "{options}");
    });
    // A pause that is longer than the time ends it too, after a single answer.
    let desk = Desk::with_gateway(LONG_PAUSE);
    desk.put_people("people.csv", 1);
    let paused = desk.send("people.csv --retry-for 1s").exits(5).says("1 failed");
    paused.says("longer than --retry-for 1.0 s: run again after it");
}

#[test]
fn a_pause_that_is_longer_than_the_run_may_wait_says_when_the_run_ends() {
    let desk = Desk::with_gateway("--script 1-:429:retry-after=40");
    desk.put_people("people.csv", 9);
    let ended = desk.send("people.csv --retry-for 2s --concurrency 1");
    let ended = ended.exits(5).says("the pause after \"too many requests\" (429) lasts until ");
    let is_wait = |line: &&str| line.contains("pause until ") && line.ends_with("(--retry-for)");
    assert_eq!(ended.stderr.lines().filter(is_wait).count(), 1, "{}", ended.stderr);
}

#[test]
fn a_run_that_stops_by_itself_names_no_second_ctrl_c() {
    let desk = Desk::with_gateway("--fault 401=100% --latency 200ms");
    desk.put_people("people.csv", 60);
    let quick = QUICK.replace("--rate unlimited", "--rate 40/s");
    let ended = desk.run(&format!("send people.csv {quick}")).code_is(7);
    assert!(ended.stderr.contains("stopping; still in flight: "), "{}", ended.stderr);
    assert!(!ended.stderr.contains("Ctrl-C"), "{}", ended.stderr);
}

#[test]
fn what_is_not_trouble_does_not_end_a_run_after_retry_for() {
    // One recipient's turn comes every second, and the answer before a turn is trouble.
    let recipient = ("--rate unlimited --recipient-rate 1/s", ["254712345678"; 3], "1:503,3:503");
    // The rate itself.
    let others = ["254712345671", "254712345672", "254712345673"];
    let rate = ("--rate 1/s --recipient-rate unlimited", others, "1:503,2:503");
    at_once([recipient, rate], |(rates, recipients, script)| {
        let desk = Desk::with_gateway(&format!("--script {script}"));
        let row = |(n, to)| format!("{to},Person,25472200011{n}\n");
        let rows: String = recipients.iter().enumerate().map(row).collect();
        desk.put("people.csv", format!("to,name,phone\n{rows}"));
        let options = "--from 254110090747 --yes --retry-for 900ms";
        desk.run(&format!("send people.csv {options} {rates}")).exits(0);
    });
}

#[test]
fn while_the_canary_is_in_flight_nothing_else_is_sent() {
    let desk = Desk::with_gateway("--script 2:429");
    desk.put_people("people.csv", 40);
    desk.send("people.csv --canary 2").exits(0);
    let mut first: Vec<_> = desk.log()[..3].iter().map(|post| post["to"].to_string()).collect();
    first.sort();
    first.dedup();
    assert_eq!(first, ["\"254712000000\"", "\"254712000001\""]);
}

/// Every answer asks for a pause of an hour.
const LONG_PAUSE: &str = "--script 1-:429:retry-after=3600";

#[test]
fn ctrl_c_ends_a_long_pause_at_once() {
    let desk = Desk::with_gateway(LONG_PAUSE);
    desk.put_people("people.csv", 100);
    let running = desk.start(&format!("send people.csv {QUICK} --concurrency 1"));
    until("the pause begins", || desk.tally().requests >= 1);
    running.signal("INT");
    let ended = running.ended().exits(130);
    let posted = desk.tally().requests as usize;
    assert!(posted < 10, "nothing goes out in the pause but what is on its way: {posted}");
    ended.says(&format!("{posted} failed + {} left", 100 - posted));
    let lines = desk.lines("people.results.csv");
    assert!(lines.iter().all(|line| line["status"] == "failed" && line["http_status"] == "429"));
}

#[test]
fn the_time_limit_counts_while_everything_waits() {
    let desk = Desk::with_gateway(LONG_PAUSE);
    desk.put_people("people.csv", 1);
    desk.send("people.csv --max-duration 300ms").exits(10).says("1 failed");
    assert_eq!(desk.tally().requests, 1);
}

#[test]
fn a_message_in_doubt_is_unknown_when_the_run_stops() {
    let desk = Desk::with_gateway("--script 1:503:retry-after=3600");
    desk.put_people("people.csv", 5);
    desk.send("people.csv --max-duration 300ms --concurrency 1").exits(10).says("1 unknown");
}

#[test]
fn known_duplicates_do_not_stop_the_run() {
    let desk = Desk::with_gateway("--duplicates 409 --script 1-40:503:accepted");
    desk.put_people("people.csv", 40);
    desk.send("people.csv --retries 0 --halt never").exits(3).says("40 unknown");
    desk.send("people.csv").exits(0).says("40 = 40 sent");

    let desk = Desk::with_gateway("--fault 409=100%");
    desk.put_people("people.csv", 40);
    desk.send("people.csv").exits(3).says("40 refused");
}

/// As after `--accept-results` with a part of the results: most messages are known.
#[test]
fn refusals_among_known_duplicates_do_not_stop_the_run() {
    let desk = Desk::with_gateway("--fault 409=60% --fault 400=40%");
    desk.put_people("people.csv", 200);
    desk.send("people.csv").exits(3).says("200 refused");
}

#[test]
fn a_signal_before_anything_is_sent_ends_the_run_with_a_summary() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let desk = Desk::with_gateway("--latency 30s");
        desk.put_people("people.csv", 1).put_people("copy.csv", 1);
        let first = desk.start(&format!("send people.csv {QUICK}"));
        until("it is at the gateway", || desk.tally().requests == 1);
        let waiting = desk.start(&format!("send copy.csv --summary-json s.json {QUICK}"));
        until("it has a lock file", || desk.has("copy.results.csv.lock"));
        waiting.signal(signal);
        waiting.ended().complains(code, "stopped by a signal before anything was sent");
        let summary: serde_json::Value = serde_json::from_str(&desk.read("s.json")).unwrap();
        assert_eq!(summary["exit"], code);
        first.signal("KILL");
        first.ended().code_is(-9);
    }
}

#[test]
fn the_wait_for_another_run_counts_for_the_time_limit() {
    let mut desk = Desk::with_gateway("--latency 30s");
    desk.put_people("people.csv", 1).put_people("copy.csv", 3);
    let first = desk.start(&format!("send people.csv {QUICK}"));
    until("it is at the gateway", || desk.tally().requests == 1);
    let line = format!("send copy.csv {QUICK} --max-duration");
    desk.run(&format!("{line} 300ms")).complains(10, "--max-duration was reached before");
    assert_eq!(desk.tally().requests, 1);
    // A shorter wait ends as without the limit.
    desk.run(&format!("{line} 60s --lock-wait 300ms")).complains(11, "another run");
    first.signal("KILL");
    first.ended().code_is(-9);
    desk.replace_gateway("");
    desk.run(&format!("{line} 60s")).code_is(0);
}
