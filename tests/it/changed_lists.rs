use std::collections::HashSet;
use std::fs::{self, File, FileTimes};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use super::desk::{Desk, Ended, QUICK, at_once, until};

/// Enough people that the list is not read to its end when the first messages are accepted.
const PEOPLE: usize = 4000;

/// Sends a list, and calls `change` when the first messages are accepted.
fn sent_while(change: impl Fn(&Desk)) -> (Desk, Ended) {
    let desk = Desk::with_gateway("--latency 5ms");
    desk.put_people("people.csv", PEOPLE);
    let running = desk.start(&format!("send people.csv {QUICK}"));
    until("it sends", || desk.tally().accepted > 0);
    change(&desk);
    let ended = running.ends();
    (desk, ended)
}

/// Puts another file in the list's place at once, with the time of the list.
fn replace(desk: &Desk, content: &str) {
    let time = fs::metadata(desk.path("people.csv")).unwrap().modified().unwrap();
    desk.put("new", content);
    set_time(desk, "new", time);
    fs::rename(desk.path("new"), desk.path("people.csv")).unwrap();
}

fn set_time(desk: &Desk, name: &str, time: SystemTime) {
    let file = File::options().write(true).open(desk.path(name)).unwrap();
    file.set_times(FileTimes::new().set_modified(time)).unwrap();
}

#[test]
fn an_input_that_changes_while_it_is_sent_is_noticed() {
    let (desk, ended) = sent_while(|desk| {
        desk.put_people("people.csv", PEOPLE + 1);
    });
    let ended = ended.code_is(4).says("was changed while lipasend was reading it");
    assert!(ended.stdout.contains(" left"), "it went on: {}", ended.stdout);
    desk.send("people.csv").exits(0);
    assert_eq!(HashSet::<String>::from_iter(desk.accepted()).len(), PEOPLE + 1);
    assert_eq!(desk.tally().repeats, 0);
}

#[test]
fn nobody_of_another_list_with_the_same_length_and_time_gets_a_message() {
    let (desk, ended) =
        sent_while(|desk| replace(desk, &desk.read("people.csv").replace("Person", "Strang")));
    ended.code_is(4).says("was changed while lipasend was reading it");
    let names = desk.lines("people.results.csv").into_iter().map(|line| line["name"].clone());
    let strangers: Vec<String> = names.filter(|name| name.starts_with("Strang")).collect();
    assert_eq!(strangers, [""; 0]);
}

#[test]
fn nobody_of_other_rows_written_into_the_open_list_gets_a_message() {
    use std::os::unix::fs::FileExt;
    let (desk, ended) = sent_while(|desk| {
        let time = fs::metadata(desk.path("people.csv")).unwrap().modified().unwrap();
        let other = desk.read("people.csv").replace("Person", "Strang");
        let file = File::options().write(true).open(desk.path("people.csv")).unwrap();
        file.write_all_at(other.as_bytes(), 0).unwrap();
        set_time(desk, "people.csv", time);
    });
    ended.code_is(4);
    assert!(!desk.read("people.results.csv").contains("Strang"));
}

#[test]
fn a_list_that_is_gone_ends_the_run() {
    let (_, ended) = sent_while(|desk| fs::remove_file(desk.path("people.csv")).unwrap());
    ended.code_is(4).says("people.csv");
}

#[test]
fn a_list_that_is_only_touched_or_replaced_by_the_same_is_sent_to_its_end() {
    let changes: [fn(&Desk); 4] = [
        |desk| set_time(desk, "people.csv", SystemTime::now() + Duration::from_secs(60)),
        |desk| replace(desk, &desk.read("people.csv")),
        |desk| fs::hard_link(desk.path("people.csv"), desk.path("backup")).unwrap(),
        |desk| {
            let mode = fs::Permissions::from_mode(0o600);
            fs::set_permissions(desk.path("people.csv"), mode).unwrap();
        },
    ];
    at_once(changes, |change| {
        let (desk, ended) = sent_while(change);
        ended.exits(0).sent(4_000);
        assert_eq!(desk.tally().requests, PEOPLE as u64);
    });
}

#[test]
fn a_list_with_rows_of_several_cards_is_compared_in_each_round() {
    let desk = Desk::with_gateway("--latency 5ms");
    desk.put_people("people.csv", PEOPLE / 2);
    desk.put("cards.csv", "name,phone\nShop,254722000111\nHelp,254722000222\n");
    let running = desk.start(&format!("send people.csv --card cards.csv {QUICK}"));
    until("it sends", || desk.tally().accepted > 0);
    replace(&desk, &desk.read("people.csv"));
    running.ends().exits(0).sent(4_000);
}
