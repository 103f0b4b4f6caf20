//! Messages that were not sent in an earlier run and are given back: which go out, which are held,
//! and what the files and the screen say about the others.

use std::collections::BTreeMap;

use super::desk::{Desk, Line};

/// The messages of a not-sent file: name, status and code.
fn unsent(desk: &Desk, name: &str) -> Vec<String> {
    let show = |line: &Line| format!("{} {} {}", line["name"], line["status"], line["error_code"]);
    let mut shown: Vec<String> = desk.lines(name).iter().map(show).collect();
    shown.sort();
    shown
}

/// A desk on which the first four people were refused, and the gateway takes everything now.
fn desk_with_four_refused() -> Desk {
    let mut desk = Desk::with_gateway("--script 1-4:400:code=131026");
    desk.put_people("people.csv", 5);
    desk.send("people.csv --concurrency 1").code_is(3).sent(1);
    desk.replace_gateway("");
    desk
}

#[test]
fn refused_messages_that_were_not_reached_again_stay_in_the_not_sent_file() {
    for (options, code, sent, left) in [
        ("--limit 1", 8, 1, 3),
        ("--limit 0", 8, 0, 4),
        ("--daily-cap 3", 9, 2, 2),
        ("--daily-cap 1", 9, 0, 4),
    ] {
        let desk = desk_with_four_refused();
        let line = format!("people.csv --retry-refused --concurrency 1 {options}");
        let ended = desk.send(&line).code_is(code);
        assert_eq!(desk.tally().requests, sent, "{options}");
        let wanted: Vec<String> = (sent..4).map(|n| format!("Person {n} refused 131026")).collect();
        assert_eq!(unsent(&desk, "people.not-sent.csv"), wanted, "{options}");
        let lines = desk.lines("people.not-sent.csv");
        assert!(lines.iter().all(|line| line["reason"].contains("131026")), "{lines:?}");
        let ended = ended.says(&format!(
            "  left       {left}  not reached, refused before: --retry-refused sends them\n"
        ));
        assert!(!ended.stdout.contains("the next run sends them"), "{}", ended.stdout);
        // What the summary says is true.
        desk.send("people.csv").code_is(3).says("nothing to send");
        desk.send("people.not-sent.csv --retry-refused").code_is(0).sent(left);
    }
}

#[test]
fn new_and_refused_messages_that_were_not_reached_are_counted_apart() {
    let desk = desk_with_four_refused();
    desk.put_people("people.csv", 7);
    let ended = desk.send("people.csv --retry-refused --limit 1 --concurrency 1").code_is(8);
    ended.says(
        "  left       2  not reached: the next run sends them\n\
         \x20            3  not reached, refused before: --retry-refused sends them\n",
    );
    assert_eq!(desk.lines("people.not-sent.csv").len(), 3);
}

const ANN_AND_ANNE: &str =
    "to,name,phone\n254712345678,Ann,254722000111\n254712345678,Anne,254722000111\n";

#[test]
fn a_refused_name_of_a_card_that_went_out_under_its_other_name_in_that_run_is_sent() {
    for (answer, status, option) in
        [("400:code=131026", "refused", "--retry-refused"), ("429", "failed", "")]
    {
        let mut desk = Desk::with_gateway(&format!("--script 2:{answer}"));
        desk.put("people.csv", ANN_AND_ANNE);
        desk.send("people.csv --concurrency 1 --retries 0").code_is(3).sent(1);
        assert_eq!(desk.lines("people.not-sent.csv")[0]["status"], status);
        desk.replace_gateway("");
        desk.send(&format!("people.not-sent.csv {option}")).code_is(0).sent(1);
        let names: BTreeMap<_, _> = desk
            .lines("people.results.csv")
            .into_iter()
            .map(|line| (line["name"].clone(), line["status"].clone()))
            .collect();
        assert!(names.values().all(|status| status == "sent"), "{names:?}");
    }
}

#[test]
fn a_refused_name_is_held_when_the_other_one_went_out_later_or_nobody_knows_when() {
    // The other name was sent in a run after the refusal.
    let mut desk = Desk::with_gateway("--script 1:400:code=131026");
    let (ann, anne) = (ANN_AND_ANNE.replace("254712345678,Anne,254722000111\n", ""), ANN_AND_ANNE);
    desk.put("people.csv", &ann);
    desk.send("people.csv").code_is(3);
    desk.replace_gateway("");
    desk.put("people.csv", anne);
    desk.send("people.csv").code_is(3).sent(1);
    desk.put("people.csv", &ann);
    desk.send("people.csv --retry-refused").code_is(0).says("1 held");
    // A spreadsheet cut the times of the runs.
    let mut desk = Desk::with_gateway("--script 2:400:code=131026");
    desk.put("people.csv", ANN_AND_ANNE);
    desk.send("people.csv --concurrency 1").code_is(3).sent(1);
    desk.replace_gateway("");
    let results = desk.read("people.results.csv");
    let run = desk.lines("people.results.csv")[0]["run"].clone();
    desk.put("people.results.csv", results.replace(&format!(",{run},"), ",28/11/2026 15:00,"));
    desk.send("people.not-sent.csv --retry-refused").code_is(0).says("1 held");
}
