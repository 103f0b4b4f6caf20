//! How many messages are in doubt after a crash: at most twice the concurrency, whatever happens.

use super::desk::{Desk, QUICK, at_once, until};

const RESULTS: &str = "people.results.csv";

/// The number of messages that a run has left in flight; the next run records them.
fn left_in_flight(desk: &Desk) -> usize {
    desk.send("people.csv --limit 0 --on-unknown hold").code_is(8);
    let lines = desk.lines(RESULTS);
    let in_flight = lines.iter().filter(|line| line["error_code"] == "in_flight");
    in_flight.filter(|line| line["status"] == "unknown").count()
}

#[test]
fn after_a_kill_at_most_twice_the_concurrency_is_in_doubt() {
    let mut all = 0;
    for (gateway, concurrency, options, requests) in [
        ("--latency 20ms", 16, "", 100),
        ("--latency 1ms", 4, "", 500),
        ("", 1, "", 100),
        ("", 64, "", 1_000),
        ("--latency 20ms", 16, "--rate 1000/s", 100),
        // Messages that wait for their next attempt are among them.
        ("--latency 2ms --fault 503=50%", 8, "--halt never", 60),
        ("--fault lost=30%", 8, "--timeout 50ms --halt never", 30),
        ("--fault 400:code=131056=50%", 8, "", 16),
        ("--fault 429=50%", 8, "", 12),
        // So are those that are held until it is known whether the set-up is wrong.
        ("--latency 10ms --fault 400=100%", 2, "", 12),
    ] {
        let mut desk = Desk::with_gateway(gateway);
        desk.put_people("people.csv", 5_000);
        let line = QUICK.replace("--rate unlimited", "");
        let rate = if options.contains("--rate") { "" } else { "--rate unlimited" };
        let run = desk
            .start(&format!("send people.csv {line} {rate} --concurrency {concurrency} {options}"));
        until("enough was posted", || desk.tally().requests >= requests);
        run.signal("KILL");
        assert_eq!(run.ended().code, -9, "{gateway}");
        desk.replace_gateway("");
        let left = left_in_flight(&desk);
        assert!(left <= 2 * concurrency, "{left} in doubt: {gateway} {concurrency} {options}");
        all += left;
    }
    // One run may be killed between two messages, but not each of them.
    assert!(all > 0, "nothing was under way");
}

#[test]
fn held_refusals_do_not_block_a_run_with_few_senders() {
    for concurrency in [1, 2, 5] {
        let desk = Desk::with_gateway("--script 1-10:400");
        desk.put_people("people.csv", 30);
        desk.send(&format!("people.csv --concurrency {concurrency}")).exits(3).says("20 sent");
        assert_eq!((desk.count(RESULTS, "refused"), desk.lines(RESULTS).len()), (10, 30));
        // Each message is remembered once, though it had an outcome for now.
        desk.send("people.csv").exits(3).says("20 sent before");

        let desk = Desk::with_gateway("--fault 400=100%");
        desk.put_people("people.csv", 30);
        let send = format!("people.csv --concurrency {concurrency}");
        desk.send(&send).exits(7).says("the set-up is wrong");
        assert_eq!(desk.count(RESULTS, "failed"), desk.lines(RESULTS).len());
    }
}

#[test]
fn refusals_held_by_a_killed_run_are_sent_by_the_next_one() {
    let mut desk = Desk::with_gateway("--latency 30ms --fault 400=100%");
    desk.put_people("people.csv", 30);
    let run = desk.start(&format!("send people.csv {QUICK} --concurrency 1"));
    until("some are held", || desk.tally().requests >= 8);
    run.signal("KILL");
    run.ended();
    desk.replace_gateway("");
    desk.send("people.csv").code_is(0);
    assert_eq!(desk.accepted().len(), 30);
}

#[test]
fn a_gateway_that_is_down_for_a_while_loses_no_message_with_any_concurrency() {
    at_once([1, 2, 3, 16], |concurrency| {
        let desk = Desk::with_gateway("--script 5-22:503");
        desk.put_people("people.csv", 60);
        desk.send(&format!("people.csv --concurrency {concurrency}")).exits(0).sent(60);
    });
}

#[test]
fn a_message_that_always_fails_uses_up_its_tries_while_others_are_sent() {
    for concurrency in [1, 4] {
        let desk = Desk::with_gateway("--script 1:503,3-4:503");
        desk.put_people("people.csv", 20);
        let line = format!("people.csv --retries 0 --concurrency {concurrency}");
        desk.send(&line).exits(3).says("3 unknown");
    }
}
