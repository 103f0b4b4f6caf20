use std::collections::HashSet;
use std::process::Command;

use super::desk::{Desk, Ended, QUICK, at_once, until};

/// A run of three messages was killed while all of them were at the gateway.
fn desk_of_a_dead_run() -> Desk {
    let desk = Desk::with_gateway("--latency 30s");
    desk.put_people("people.csv", 3);
    let running = desk.start(&format!("send people.csv {QUICK}"));
    until("all are at the gateway", || desk.tally().requests == 3);
    running.signal("KILL");
    running.ended().code_is(-9);
    desk
}

fn as_set(ids: Vec<String>) -> HashSet<String> {
    ids.into_iter().collect()
}

#[test]
fn after_a_kill_the_next_run_loses_nothing_and_sends_nothing_twice() {
    let desk = Desk::with_gateway("--latency 20ms");
    desk.put_people("people.csv", 200);
    for stop_at in [20, 60, 110] {
        let running = desk.start(&format!("send people.csv {QUICK} --concurrency 8"));
        until("some are accepted", || desk.tally().accepted >= stop_at);
        running.signal("KILL");
        running.ended().code_is(-9);
    }
    desk.run(&format!("send people.csv {QUICK}")).code_is(0);
    let accepted = desk.accepted();
    assert_eq!(accepted.len(), 200);
    assert_eq!(as_set(accepted.clone()).len(), 200);
    let sent = desk.lines("people.results.csv");
    assert!(sent.iter().all(|line| line["status"] == "sent"));
    assert_eq!(
        as_set(sent.iter().map(|line| line["message_id"].clone()).collect()),
        as_set(accepted)
    );
    assert!(!desk.has("people.results.csv.inflight"));
}

#[test]
fn a_message_in_flight_at_the_crash_is_only_repeated_with_its_id() {
    let mut desk = desk_of_a_dead_run();
    desk.replace_gateway("");
    desk.run(&format!("send people.csv {QUICK} --on-unknown hold"))
        .code_is(3)
        .says("3 unknown")
        .says("3 messages in flight, left as unknown");
    assert_eq!(desk.tally().requests, 0, "held messages are not posted");
    desk.run(&format!("send people.csv {QUICK}")).code_is(0).sent(3);
    assert_eq!(as_set(desk.accepted()).len(), 3);
}

#[test]
fn what_a_dead_run_left_in_flight_is_in_doubt_for_the_other_lists_too() {
    for results in ["other.csv", "people.csv --results new.results.csv"] {
        let mut desk = desk_of_a_dead_run();
        desk.replace_gateway("");
        desk.put("other.csv", desk.read("people.csv"));
        desk.run(&format!("send {results} {QUICK} --on-unknown hold"))
            .code_is(3)
            .says("3 = 0 sent + 0 sent before + 3 unknown");
        assert_eq!(desk.tally().requests, 0, "held messages are not posted");
        desk.replace_gateway("--fault 409=100%");
        desk.run(&format!("send {results} {QUICK}")).code_is(0).says("3 = 3 sent");
    }
}

#[test]
fn after_a_dead_run_the_summary_says_what_was_in_flight() {
    let mut desk = desk_of_a_dead_run();
    desk.replace_gateway("");
    desk.send("people.csv")
        .complains(0, "3 messages in flight, tried")
        .says("3 messages in flight, tried again with the same messageId")
        .sent(3);
    let again = desk.send("people.csv").exits(0);
    assert!(!again.stdout.contains("in flight"), "it says so once: {}", again.stdout);
}

#[test]
fn the_first_signal_drains_and_says_how_to_go_on() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let desk = Desk::with_gateway("--latency 50ms");
        desk.put_people("people.csv", 300);
        let running = desk.start(&format!("send people.csv {QUICK} --concurrency 4"));
        until("some are accepted", || desk.tally().accepted >= 8);
        running.signal(name);
        let ended = running.ended().exits(code).says("continue");
        assert!(ended.stdout.contains(" left"), "{}", ended.stdout);
        let sent = desk.count("people.results.csv", "sent");
        assert_eq!(sent, desk.accepted().len(), "what was under way is recorded");
        assert!(sent < 300);
        assert!(!desk.has("people.results.csv.inflight"));
        desk.send("people.csv").exits(0);
        assert_eq!(desk.tally().repeats, 0, "nothing was in doubt after a clean drain");
    }
}

#[test]
fn the_second_signal_leaves_at_once() {
    let desk = Desk::with_gateway("--latency 30s");
    desk.put_people("people.csv", 3);
    let line = format!("send people.csv {}", QUICK.replace("--quiet ", ""));
    let running = desk.start_with_stderr(&line, "stderr");
    until("all are at the gateway", || desk.tally().requests == 3);
    running.signal("INT");
    // Two signals that are pending at the same time are one.
    until("the first one has arrived", || desk.read("stderr").contains("still in flight: 3"));
    running.signal("INT");
    running.ended().code_is(130);
    assert!(desk.has("people.results.csv.inflight"), "the next run must know");
    let last = "lipasend: ended at once; nothing is lost: run the same command again, what was in flight \
                keeps its id\n";
    assert!(
        desk.read("stderr").replace("\n             ", " ").ends_with(last),
        "{}",
        desk.read("stderr")
    );
}

#[test]
fn a_second_run_at_the_same_time_ends_with_exit_code_11() {
    let mut desk = Desk::with_gateway("--latency 300ms");
    desk.put_people("people.csv", 20);
    let first = desk.start(&format!("send people.csv {QUICK} --concurrency 1"));
    until("it sends", || desk.tally().requests >= 1);
    desk.send("people.csv").complains(11, "another run");
    first.signal("TERM");
    first.ended().exits(143);
    desk.replace_gateway("");
    desk.send("people.csv --lock-wait 1s").exits(0);
}

#[test]
fn a_check_takes_no_lock_and_needs_no_key() {
    let desk = Desk::with_gateway("--latency 300ms");
    desk.put_people("people.csv", 20);
    let first = desk.start(&format!("send people.csv {QUICK} --concurrency 1"));
    until("one is recorded", || {
        desk.has("people.results.csv") && desk.count("people.results.csv", "sent") > 0
    });
    let mut check = desk.command("check people.csv");
    let check = check.env_remove("LIPACHAT_API_KEY").output().unwrap();
    Ended::of("check", check).exits(0);
    first.signal("KILL");
    first.ended();
}

#[test]
fn a_full_disk_stops_the_sending_and_loses_no_outcome() {
    let desk = Desk::new();
    desk.put_people("people.csv", 500);
    // 32 blocks of 512 bytes: room for some sixty outcomes.
    let line = format!("send people.csv {QUICK} --concurrency 4");
    let program = env!("CARGO_BIN_EXE_lipasend");
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -f 32; exec {program} {line}")])
        .current_dir(desk.path(""))
        .env("LIPACHAT_API_KEY", "secret-key-of-the-test")
        .env("LIPACHAT_GATEWAY_URL", desk.gateway_url())
        .output()
        .unwrap();
    let ended = Ended::of(&line, output).code_is(1);
    let accepted = as_set(desk.accepted());
    assert!(accepted.len() < 500, "it went on sending");
    let written = desk.lines("people.results.csv");
    let mut known: HashSet<String> =
        written.iter().map(|line| line["message_id"].clone()).collect();
    let shown = ended.stderr.lines().filter_map(|line| line.split(',').next());
    known.extend(shown.map(str::to_owned));
    assert!(accepted.is_subset(&known), "an outcome was lost\n{}", ended.stderr);
    desk.run(&format!("send people.csv {QUICK}")).code_is(0);
    assert_eq!(as_set(desk.accepted()).len(), 500);
}

#[test]
fn a_torn_last_line_is_cut_off_and_its_message_sent_again_under_its_id() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    desk.send("people.csv").exits(0);
    let text = desk.read("people.results.csv");
    desk.put("people.results.csv", &text[..text.len() - 40]);
    // After a power cut only what was synced is remembered.
    let lock = desk.read("people.results.csv.lock");
    desk.put("people.results.csv.lock", lock.replace("ledger 3 3", "ledger 2 2"));
    desk.send("people.csv").exits(0).sent(1);
    assert_eq!(desk.tally().repeats, 1);
    assert_eq!(desk.count("people.results.csv", "sent"), 3);
}

#[test]
fn a_results_file_that_cannot_be_read_is_never_an_empty_one() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    desk.put("people.results.csv", "id,what\n1,2\n");
    desk.send("people.csv").complains(4, "people.results.csv");
    assert_eq!(desk.tally().requests, 0);
    assert_eq!(desk.read("people.results.csv"), "id,what\n1,2\n");
}

#[test]
fn results_saved_by_a_spreadsheet_still_count() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    desk.send("people.csv").exits(0);
    let text = desk.read("people.results.csv");
    desk.put("people.results.csv", text.replace(',', ";").replace('\n', "\r\n"));
    desk.send("people.csv").exits(0).says("nothing to send: 3 messages");
}

#[test]
fn results_belong_to_one_gateway() {
    let desk = Desk::new();
    desk.put_people("people.csv", 2);
    desk.send("people.csv").exits(0);
    let elsewhere = Desk::new();
    let other = elsewhere.gateway_url();
    let line = format!("send people.csv {QUICK} --gateway {other}");
    desk.run(&line).complains(2, "--adopt-gateway");
    assert_eq!(elsewhere.tally().requests, 0);
    desk.run(&format!("{line} --adopt-gateway")).exits(0).says("nothing to send");
    desk.run(&format!("send people.csv {QUICK} --rehearse --results people.results.csv"))
        .code_is(2);
}

#[test]
fn refused_messages_are_left_alone_unless_asked_for() {
    let mut desk = Desk::with_gateway("--fault 400:code=131026=100%");
    desk.put_people("people.csv", 2);
    desk.send("people.csv").exits(3).says("2 refused");
    desk.replace_gateway("");
    desk.send("people.csv").exits(3).says("2 refused");
    desk.send("people.csv --retry-refused=131047").exits(3);
    assert_eq!(desk.tally().requests, 0);
    desk.send("people.csv --retry-refused=131026").exits(0).sent(2);
    let lines = desk.lines("people.results.csv");
    assert_eq!(lines.len(), 2, "one line an id after a clean end");
    assert!(lines.iter().all(|line| line["attempts"] == "2"), "attempts add up");
}

#[test]
fn a_wrong_key_stops_the_run_and_the_right_one_sends_everything() {
    let mut desk = Desk::with_gateway("--key right");
    desk.put_people("people.csv", 50);
    desk.send("people.csv").exits(7).says("refused the key");
    assert!(desk.tally().requests < 50);
    assert_eq!(desk.accepted().len(), 0);
    let failed = desk.lines("people.results.csv");
    assert!(failed.iter().all(|line| line["status"] == "failed" && line["http_status"] == "401"));
    desk.replace_gateway("");
    desk.send("people.csv").exits(0).sent(50);
}

#[test]
fn what_is_unknown_in_the_folder_is_not_posted_when_unknown_is_held() {
    let desk = Desk::with_gateway("--script 1-3:500");
    desk.put_people("a.csv", 3).put_people("b.csv", 3);
    desk.send("a.csv --retries 0 --halt never").exits(3).says("3 unknown");
    desk.send("b.csv --on-unknown hold").exits(3).says("3 unknown");
    assert_eq!(desk.tally().requests, 3);
    desk.send("b.csv").exits(0).sent(3);
    assert_eq!(as_set(desk.accepted()).len(), 3);
}

/// Starts a gateway that answers each request with the next line of `script`.
fn answer_by(desk: &mut Desk, script: &str) {
    desk.put("script", script);
    let path = desk.path("script");
    desk.replace_gateway(&format!("--script {}", path.display()));
}

/// The status, HTTP status and code of the one message in the results.
fn recorded(desk: &Desk) -> [String; 3] {
    let mut lines = desk.lines("people.results.csv");
    assert_eq!(lines.len(), 1);
    let line = lines.remove(0);
    ["status", "http_status", "error_code"].map(|column| line[column].clone())
}

#[test]
fn a_message_that_was_not_accepted_is_never_recorded_as_sent() {
    let other = r#"400:body={"message":"Duplicate phone numbers in phones"}"#;
    let message = r#"400:body={"message":"Duplicate messageId"}"#;
    let all =
        [(other, "400", "http_400"), (message, "400", "duplicate"), ("409", "409", "duplicate")];
    at_once(all, |(refusal, http_status, code)| {
        // On the first try; after an attempt of this run, and one of an earlier run, that surely
        // sent nothing.
        let mut desk = Desk::new();
        desk.put_people("people.csv", 1);
        answer_by(&mut desk, &format!("1:{refusal}"));
        desk.send("people.csv").exits(3).says("1 refused");
        assert_eq!(recorded(&desk), ["refused", http_status, code]);

        let mut desk = Desk::new();
        desk.put_people("people.csv", 1);
        answer_by(&mut desk, &format!("1:429\n2:{refusal}"));
        desk.send("people.csv").exits(3).says("1 refused");
        assert_eq!(recorded(&desk), ["refused", http_status, code]);

        for (first, exit) in [("401", 7), ("429", 3)] {
            let mut desk = Desk::new();
            desk.put_people("people.csv", 1);
            answer_by(&mut desk, &format!("1-:{first}"));
            desk.send("people.csv --retries 0").exits(exit).says("1 failed");
            answer_by(&mut desk, &format!("1:{refusal}"));
            desk.send("people.csv").exits(3).says("1 refused");
            assert_eq!(recorded(&desk), ["refused", http_status, code], "after {first}");
            assert_eq!(desk.tally().requests, 1);
        }
    });
}

#[test]
fn a_known_duplicate_is_sent_when_an_attempt_may_have_been_accepted() {
    let message = r#"400:body={"message":"Duplicate messageId"}"#;
    let exists = r#"422:body={"message":"messageId already exists"}"#;
    let all =
        [("lost", "409"), ("503:accepted", message), ("408:accepted", exists), ("not-json", "409")];
    at_once(all, |(doubt, duplicate)| {
        let mut desk = Desk::new();
        desk.put_people("people.csv", 1);
        answer_by(&mut desk, &format!("1:{doubt}\n2:{duplicate}"));
        desk.send("people.csv").exits(0).sent(1);

        let mut desk = Desk::new();
        desk.put_people("people.csv", 1);
        answer_by(&mut desk, &format!("1:{doubt}"));
        desk.send("people.csv --retries 0").exits(3).says("1 unknown");
        answer_by(&mut desk, &format!("1:429\n2:{duplicate}"));
        desk.send("people.csv").exits(0).sent(1);
    });
}

#[test]
fn a_duplicate_of_something_else_leaves_a_message_in_doubt_unknown() {
    let mut desk = Desk::new();
    desk.put_people("people.csv", 1);
    answer_by(&mut desk, "1:lost\n2:400:body={\"message\":\"Duplicate phone numbers in phones\"}");
    desk.send("people.csv").exits(3).says("1 unknown");
    assert_eq!(recorded(&desk), ["unknown", "400", "http_400"]);
}

#[test]
fn a_refused_message_that_is_unknown_in_another_results_file_is_in_doubt_when_tried_again() {
    let mut desk = Desk::with_gateway("--script 1:503:accepted");
    desk.put_people("other.csv", 1).put_people("people.csv", 1);
    desk.send("other.csv --retries 0").exits(3).says("1 unknown");
    // As of a version that did not read the other file.
    let refused = desk.read("other.results.csv").replace(",unknown,", ",refused,");
    desk.put("people.results.csv", refused);
    desk.replace_gateway("--fault 409=100%");
    desk.send("people.csv --retry-refused --on-unknown hold").exits(3).says("1 unknown");
    assert_eq!(desk.tally().requests, 0);
    desk.send("people.csv --retry-refused").exits(0).sent(1);
}

#[test]
fn a_check_after_a_crash_knows_what_was_in_flight() {
    let desk = desk_of_a_dead_run();
    let before = desk.read("people.results.csv");
    let check = "check people.csv --from 254110090747";
    desk.run(check).exits(0).says("3 messages in flight");
    let held = desk.run(&format!("{check} --on-unknown hold --summary-json -")).exits(0);
    assert_eq!(held.summary()["messages"]["unknown"], 3);
    assert!(desk.has("people.results.csv.inflight"));
    assert_eq!(desk.read("people.results.csv"), before, "a check writes nothing");
}

#[test]
fn after_a_refused_key_nothing_more_is_posted() {
    let desk = Desk::with_gateway("--key another --latency 50ms");
    desk.put_people("people.csv", 200);
    desk.send("people.csv --concurrency 8").code_is(7).says("once that is fixed");
    assert!(desk.tally().requests <= 8, "{:?}", desk.tally());
}
