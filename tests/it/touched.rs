//! What people do to the files of a run, during it and between runs.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::desk::{Desk, Ended, QUICK, at_once, until};

const RESULTS: &str = "people.results.csv";
const LOCK: &str = "people.results.csv.lock";
const IN_FLIGHT: &str = "people.results.csv.inflight";

/// Options of a run that posts 100 messages a second.
const PACED: &str = "--from 254110090747 --yes --rate 100/s --recipient-rate unlimited";

/// A paced run of 200 messages during which `touch` is called with the results as they were 20
/// messages earlier. The run is stopped meanwhile: what `touch` does in several steps is one change.
fn touched_during_a_run(touch: impl FnOnce(&Desk, Vec<u8>)) -> (Desk, Ended) {
    let desk = Desk::with_gateway("--latency 20ms");
    desk.put_people("people.csv", 200);
    let running = desk.start(&format!("send people.csv {PACED}"));
    until("some are recorded", || desk.has(RESULTS) && desk.read(RESULTS).lines().count() > 20);
    let seen = fs::read(desk.path(RESULTS)).unwrap();
    until("more are recorded", || desk.read(RESULTS).lines().count() > 60);
    running.signal("STOP");
    until("it stands still", || running.is_stopped());
    touch(&desk, seen);
    running.signal("CONT");
    let ended = running.ended();
    (desk, ended)
}

/// The accepted ids that neither the results nor `text` show.
fn lost(desk: &Desk, text: &str) -> usize {
    let results = fs::read_to_string(desk.path(RESULTS)).unwrap_or_default();
    let known = |id: &String| results.contains(id.as_str()) || text.contains(id.as_str());
    desk.accepted().iter().filter(|id| !known(id)).count()
}

#[test]
fn results_that_are_changed_during_a_run_end_it_and_no_outcome_is_lost() {
    type Touch = fn(&Path, Vec<u8>);
    let touches: [(&str, Touch, &str); 6] = [
        ("saved in place", |path, seen| fs::write(path, seen).unwrap(), "changed during the run"),
        ("emptied", |path, _| fs::write(path, "").unwrap(), "changed during the run"),
        (
            "replaced",
            |path, seen| {
                fs::write(path.with_extension("save"), seen).unwrap();
                fs::rename(path.with_extension("save"), path).unwrap();
            },
            "replaced by another file during the run",
        ),
        ("deleted", |path, _| fs::remove_file(path).unwrap(), "deleted or moved during the run"),
        (
            "moved",
            |path, _| fs::rename(path, path.with_file_name("old.csv")).unwrap(),
            "deleted or moved during the run",
        ),
        (
            "saved by a spreadsheet",
            |path, seen| {
                let text = String::from_utf8(seen).unwrap();
                fs::write(path, text.replace(',', ";").replace('\n', "\r\n")).unwrap();
            },
            "changed during the run",
        ),
    ];
    at_once(touches, |(name, touch, message)| {
        let (desk, ended) = touched_during_a_run(|desk, seen| touch(&desk.path(RESULTS), seen));
        let ended = ended.code_is(4).says(message);
        assert!(desk.has(IN_FLIGHT), "{name}: the next run must know what was in flight");
        assert!(desk.accepted().len() < 200, "{name}: the run went on");
        assert_eq!(lost(&desk, &ended.stderr), 0, "{name}");
        assert_eq!(lost(&desk, ""), 0, "{name}: what was missing is in the results again");
        let next = desk.send("people.csv --on-unknown hold --accept-results");
        assert!([0, 3].contains(&next.code), "{name}: {next:#?}");
        assert_eq!(desk.tally().repeats, 0, "{name}: nothing is posted again");
    });
}

/// A run that was killed, and results in which an editor has left a half line in the middle and a
/// quote that is never closed. Returns the number of messages whose lines are broken.
fn desk_with_broken_lines() -> (Desk, usize) {
    let desk = Desk::with_gateway("--latency 20ms");
    desk.put_people("people.csv", 200);
    let running = desk.start(&format!("send people.csv {PACED}"));
    until("some are recorded", || desk.has(RESULTS) && desk.read(RESULTS).lines().count() > 40);
    running.signal("KILL");
    running.ended().code_is(-9);
    let text = desk.read(RESULTS);
    let broken = text.lines().enumerate().map(|(number, line)| match number {
        7 => format!("{}\n", &line[line.len() / 2..]),
        // Without a line end, and the next line behind it.
        12 => line[..60].to_owned(),
        20 => format!("{}\n", line.replacen(",Person", ",\"Person", 1)),
        _ => format!("{line}\n"),
    });
    desk.put(RESULTS, broken.collect::<String>());
    (desk, 4)
}

#[test]
fn broken_lines_in_results_do_not_end_a_run_that_accepts_them_and_are_kept() {
    let (desk, broken) = desk_with_broken_lines();
    let before = desk.read(RESULTS);
    for line in ["send people.csv --from 254110090747 --yes", "check people.csv"] {
        let ended = desk.run(line).complains(4, "people.results.csv line 8: ");
        ended.complains(4, "or add --accept-results to go on without the lines");
        assert_eq!(desk.read(RESULTS), before, "nothing is written");
    }
    desk.run("check people.csv --accept-results")
        .says("3 lines of people.results.csv cannot be read");
    assert_eq!(desk.read(RESULTS), before, "nothing is written by a check");
    desk.send("people.csv --on-unknown hold --accept-results")
        .code_is(3)
        .says("3 lines of people.results.csv could not be read and stand in people.results.csv.unreadable now");
    assert_eq!(desk.tally().repeats, 0, "the in-flight file knew what was posted");
    assert!(desk.count(RESULTS, "unknown") >= broken);
    assert_eq!(lost(&desk, ""), 0);
    let broken_lines = desk.read("people.results.csv.unreadable");
    // The 13th line has swallowed the next one.
    for number in [7, 12, 19] {
        let line = before.lines().nth(number).unwrap();
        assert!(broken_lines.contains(line), "{line} is not in {broken_lines}");
    }
    assert_eq!(broken_lines.lines().next(), before.lines().next());
    // From now on the file is like any other.
    desk.send("people.csv --on-unknown hold").code_is(3).says("nothing to send");
    assert_eq!(desk.tally().repeats, 0);
}

#[test]
fn a_message_whose_line_is_broken_is_not_sent_as_a_new_one() {
    type Break = fn(&str) -> String;
    let breaks: [(&str, Break); 5] = [
        ("a quote that is never closed", |line| line.replacen(",Person", ",\"Person", 1) + "\n"),
        ("zeros", |line| line.replacen(",sent,", ",\0\0\0\0,", 1) + "\n"),
        ("no line end", str::to_owned),
        ("half of it", |line| format!("{}\n", &line[..line.len() / 2])),
        ("another status", |line| line.replacen(",sent,", ",gesendet,", 1) + "\n"),
    ];
    at_once(breaks, |(name, break_line)| {
        // In the middle and at the end, where a half line is torn off.
        for number in [7, 20] {
            let desk = sent_list();
            let lines = desk.read(RESULTS);
            let lines = lines.lines().enumerate().map(|(at, line)| match at == number {
                true => break_line(line),
                false => format!("{line}\n"),
            });
            desk.put(RESULTS, lines.collect::<String>());
            let next = desk.send("people.csv --on-unknown hold --accept-results");
            assert!([0, 3].contains(&next.code), "{name} {number}: {next:#?}");
            assert_eq!(desk.tally().requests, 20, "{name} {number}: {next:#?}");
            desk.send("people.csv --accept-results").code_is(0);
            assert_eq!(desk.tally().distinct_ids, 20, "{name} {number}");
        }
    });
}

#[test]
fn a_broken_header_of_results_is_never_accepted() {
    let desk = sent_list();
    let text = desk.read(RESULTS);
    for broken in [text.replacen("status", "\"status", 1), text.replacen('\n', "\r", 1)] {
        desk.put(RESULTS, &broken);
        desk.send("people.csv --accept-results").code_is(4);
        assert_eq!(desk.read(RESULTS), broken);
    }
    assert_eq!(desk.tally().requests, 20);
}

#[test]
fn a_changed_mode_or_a_second_name_of_the_results_is_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let (desk, ended) = touched_during_a_run(|desk, _| {
        let path = desk.path(RESULTS);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        fs::hard_link(&path, desk.path("backup")).unwrap();
        fs::copy(&path, desk.path("copy")).unwrap();
    });
    ended.exits(0);
    assert_eq!(desk.count(RESULTS, "sent"), 200);
}

#[test]
fn without_its_lock_file_a_run_ends_and_a_second_one_does_not_begin() {
    let desk = Desk::with_gateway("--latency 20ms");
    desk.put_people("people.csv", 200);
    let first = desk.start(&format!("send people.csv {PACED}"));
    until("some are recorded", || desk.has(RESULTS) && desk.read(RESULTS).lines().count() > 20);
    // It is alive, and cannot notice anything yet.
    first.signal("STOP");
    fs::remove_file(desk.path(LOCK)).unwrap();
    desk.send("people.csv").complains(11, "another run holds people.results.csv.inflight");
    first.signal("CONT");
    first
        .ended()
        .code_is(4)
        .says("people.results.csv.lock was replaced by another file during the run");
    assert_eq!(desk.tally().repeats, 0);
    assert_eq!(lost(&desk, ""), 0);
    desk.send("people.csv").code_is(0);
    assert_eq!(desk.accepted().len(), 200);
    assert_eq!(desk.tally().repeats, 0);
}

#[test]
fn an_in_flight_file_that_is_changed_during_a_run_ends_it() {
    let (desk, ended) =
        touched_during_a_run(|desk, _| fs::write(desk.path(IN_FLIGHT), "").unwrap());
    ended.code_is(4).says("people.results.csv.inflight was changed during the run");
    assert_eq!(lost(&desk, ""), 0);
}

/// A list of 20 that was sent.
fn sent_list() -> Desk {
    let desk = Desk::new();
    desk.put_people("people.csv", 20);
    desk.send("people.csv").exits(0);
    desk
}

#[test]
fn results_with_a_stray_quote_in_the_header_are_an_error_at_every_run() {
    let desk = sent_list();
    let text = desk.read(RESULTS);
    let (header, lines) = text.split_once('\n').unwrap();
    let lines: String = lines.lines().map(|line| format!("{line},\n")).collect();
    for header in [format!("{header},size 5\""), format!("{header},\"size 5")] {
        desk.put(RESULTS, format!("{header}\n{lines}"));
        for _ in 0..3 {
            desk.send("people.csv").complains(4, "people.results.csv line 1: ");
            desk.run("check people.csv").complains(4, "people.results.csv line 1: ");
        }
        desk.run("report people.results.csv").complains(4, "people.results.csv line 1: ");
    }
    assert_eq!(desk.tally().requests, 20);
}

#[test]
fn results_that_are_gone_emptied_or_shorter_are_an_error_until_they_are_accepted() {
    for (name, keep) in [("gone", None), ("emptied", Some(0)), ("shorter", Some(11))] {
        let desk = sent_list();
        let text = desk.read(RESULTS);
        let kept = |lines: usize| -> String { text.split_inclusive('\n').take(lines).collect() };
        match keep {
            Some(lines) => {
                desk.put(RESULTS, kept(lines));
            }
            None => fs::remove_file(desk.path(RESULTS)).unwrap(),
        }
        let missing = if keep == Some(11) { 10 } else { 20 };
        let message = format!("messages that would go out again: {missing}");
        desk.send("people.csv").complains(4, &message).complains(4, "--accept-results");
        desk.run("check people.csv").complains(4, &message);
        assert_eq!(desk.tally().requests, 20, "{name}");
        assert_eq!(desk.has(RESULTS), keep.is_some(), "{name}: nothing is written");
        desk.send("people.csv --accept-results").exits(0).sent(missing);
        desk.send("people.csv").exits(0).says("nothing to send");
    }
}

#[test]
fn a_rehearsal_accepts_its_results_as_they_are() {
    let desk = Desk::new();
    desk.put_people("people.csv", 2);
    for _ in 0..2 {
        desk.run("send people.csv --rehearse --rate unlimited").exits(0).sent(2);
        fs::remove_file(desk.path("people.rehearsal.results.csv")).unwrap();
    }
}

#[test]
fn a_status_that_is_changed_by_hand_counts_when_it_is_accepted() {
    let desk = sent_list();
    desk.put(RESULTS, desk.read(RESULTS).replacen(",sent,", ",failed,", 1));
    desk.send("people.csv").complains(4, "messages that would go out again: 1");
    desk.send("people.csv --accept-results").exits(0).sent(1);
}

#[test]
fn a_lock_of_an_older_version_beside_no_results_is_an_error() {
    for results in [None, Some(""), Some("\0\0\0")] {
        let desk = Desk::new();
        desk.put_people("people.csv", 2);
        desk.put(LOCK, "pid 17 on desk since 2026-10-01T08:00:00Z\n");
        if let Some(text) = results {
            desk.put(RESULTS, text);
        }
        desk.send("people.csv").complains(4, "an earlier run wrote it");
        desk.send("people.csv --accept-results").exits(0);
    }
}

#[test]
fn rotated_results_still_count() {
    let desk = sent_list();
    fs::rename(desk.path(RESULTS), desk.path("people.results.2026-11.csv")).unwrap();
    desk.run("check people.csv").exits(0).will_send(0);
    desk.send("people.csv").exits(0).says("nothing to send: 20 messages");
    fs::create_dir(desk.path("archive")).unwrap();
    fs::rename(desk.path("people.results.2026-11.csv"), desk.path("archive/old.csv")).unwrap();
    desk.send("people.csv --ledger archive/old.csv").exits(0).says("nothing to send: 20 messages");
    assert_eq!(desk.tally().requests, 20);
    let refusing = Desk::with_gateway("--fault 400:code=131026=100%");
    refusing.put_people("people.csv", 3);
    refusing.send("people.csv").exits(3);
    fs::rename(refusing.path(RESULTS), refusing.path("people.results.2026-11.csv")).unwrap();
    refusing.send("people.csv").exits(3).says("3 refused");
    assert_eq!(refusing.tally().requests, 3, "what was refused is left alone");
    refusing.send("people.csv --retry-refused=131026").exits(3);
    assert_eq!(refusing.tally().requests, 6);
    let moved = sent_list();
    fs::rename(moved.path(RESULTS), moved.path("old.csv")).unwrap();
    moved.send("people.csv").complains(4, "name the file that it was moved to with --ledger");
    moved.send("people.csv --ledger old.csv").exits(0).says("nothing to send: 20 messages");
}

#[test]
fn an_older_copy_with_the_last_id_does_not_stand_for_results_that_are_gone() {
    let desk = Desk::with_gateway("--script 5:500,6:500");
    desk.put_people("people.csv", 5);
    desk.send("people.csv --concurrency 1 --retries 0").code_is(3);
    fs::copy(desk.path(RESULTS), desk.path("people.results.copy.csv")).unwrap();
    desk.put_people("people.csv", 9);
    desk.send("people.csv --concurrency 1 --retries 0").code_is(3);
    // The last line is that of the message that was unknown when the copy was made.
    desk.send("people.csv").code_is(0);
    let last = desk.read(LOCK).lines().nth(1).unwrap().to_owned();
    assert_eq!(last.split(' ').take(3).collect::<Vec<_>>(), ["ledger", "9", "9"]);
    let id = last.rsplit(' ').next().unwrap().to_owned();
    assert!(desk.read("people.results.copy.csv").contains(&id));
    let requests = desk.tally().requests;
    fs::rename(desk.path(RESULTS), desk.path("moved")).unwrap();
    let message = "people.results.csv is gone";
    desk.send("people.csv").complains(4, message);
    desk.run("check people.csv").complains(4, message);
    desk.send("people.csv --ledger moved").code_is(0).says("nothing to send: 9 messages");
    assert_eq!(desk.tally().requests, requests);
}

#[test]
fn rotated_results_do_not_stand_for_later_ones_that_are_gone() {
    let desk = Desk::with_gateway("--script 5:500");
    desk.put_people("people.csv", 5);
    desk.send("people.csv --concurrency 1 --retries 0").code_is(3);
    fs::rename(desk.path(RESULTS), desk.path("people.results.2026-11.csv")).unwrap();
    // The new file holds one message, which is unknown in the old one.
    desk.send("people.csv").code_is(0);
    assert_eq!(desk.count(RESULTS, "sent"), 1);
    fs::rename(desk.path(RESULTS), desk.path("moved")).unwrap();
    desk.send("people.csv").complains(4, "people.results.csv is gone");
    fs::rename(desk.path("moved"), desk.path("people.results.2026-12.csv")).unwrap();
    desk.send("people.csv").code_is(0).says("nothing to send: 5 messages");
    assert_eq!(desk.tally().requests, 6);
}

#[test]
fn results_of_which_only_a_part_of_the_header_is_left_are_empty() {
    let desk = sent_list();
    let spreadsheet = desk.read(RESULTS).trim_start_matches('\u{feff}').replace(',', ";");
    for text in [desk.read(RESULTS), spreadsheet] {
        for length in [3, 9, 40] {
            desk.put(RESULTS, &text.as_bytes()[..length]);
            desk.send("people.csv").complains(4, "people.results.csv is empty");
        }
    }
    desk.send("people.csv --accept-results").sent(20);
}

#[test]
fn files_of_zeros_after_a_power_cut_are_new_files() {
    for (name, length) in [(IN_FLIGHT, 71), (RESULTS, 170), (LOCK, 90)] {
        let desk = Desk::new();
        desk.put_people("people.csv", 3);
        desk.put(name, vec![0; length]);
        desk.run("check people.csv").exits(0);
        desk.send("people.csv").exits(0);
        assert_eq!(desk.count(RESULTS, "sent"), 3, "{name}");
    }
    let desk = sent_list();
    desk.put(RESULTS, vec![0; 100]);
    desk.send("people.csv").complains(4, "messages that would go out again: 20");
}

#[test]
fn what_a_dead_run_left_in_flight_is_an_error_when_it_cannot_be_read() {
    let desk = Desk::with_gateway("--latency 30s");
    desk.put_people("people.csv", 4);
    let running = desk.start(&format!("send people.csv {QUICK}"));
    until("all are at the gateway", || desk.tally().requests == 4);
    running.signal("KILL");
    running.ended().code_is(-9);
    let whole = desk.read(IN_FLIGHT);
    for (from, to) in [
        (",Person 0", ",\"Person 0"),
        (",Person 2", ",\"Person 2"),
        ("Person 1", "\0\0\0\0\0\0\0\0"),
    ] {
        desk.put(IN_FLIGHT, whole.replacen(from, to, 1));
        desk.send("people.csv --on-unknown hold").complains(4, "people.results.csv.inflight line");
        assert!(desk.has(IN_FLIGHT), "{to}");
    }
    // An editor's byte order mark and line ends make no difference.
    desk.put(IN_FLIGHT, format!("\u{feff}{}", whole.replace('\n', "\r\n")));
    desk.run("check people.csv").code_is(0).says("4 messages in flight");
    for cut in [None, Some(0), Some(20)] {
        match cut {
            Some(length) => fs::write(desk.path(IN_FLIGHT), &whole[..length]).unwrap(),
            None => fs::remove_file(desk.path(IN_FLIGHT)).unwrap(),
        }
        desk.send("people.csv --on-unknown hold").complains(4, "messages that it had in flight");
        desk.run("check people.csv").complains(4, "messages that it had in flight");
    }
    desk.put(IN_FLIGHT, &whole);
    fs::remove_file(desk.path(RESULTS)).unwrap();
    desk.send("people.csv --on-unknown hold").complains(4, "outcomes are missing");
    desk.send("people.csv --on-unknown hold --accept-results").code_is(3).says("4 unknown");
    assert_eq!(desk.tally().requests, 4);
}

#[test]
fn a_file_in_place_of_the_lock_that_is_not_ours_is_refused_and_not_changed() {
    type Make = fn(&Path, &Path);
    let makes: [Make; 3] = [
        |precious, lock| std::os::unix::fs::symlink(precious, lock).unwrap(),
        |precious, lock| fs::hard_link(precious, lock).unwrap(),
        |precious, lock| assert!(fs::copy(precious, lock).unwrap() > 0),
    ];
    for make in makes {
        let desk = Desk::new();
        desk.put_people("people.csv", 1).put("precious.txt", "precious\n");
        make(&desk.path("precious.txt"), &desk.path(LOCK));
        desk.send("people.csv").complains(2, "people.results.csv.lock is not a lock file");
        assert_eq!(desk.read(LOCK), "precious\n");
        assert_eq!(desk.read("precious.txt"), "precious\n");
        assert_eq!(desk.tally().requests, 0);
    }
}

#[test]
fn the_lock_file_remembers_what_the_results_hold() {
    let desk = sent_list();
    let last = |desk: &Desk| desk.lines(RESULTS).last().unwrap()["message_id"].clone();
    let second = |desk: &Desk| desk.read(LOCK).lines().nth(1).unwrap().to_owned();
    assert_eq!(second(&desk), format!("ledger 20 20 {}", last(&desk)));
    desk.put("people.csv", format!("{}254733000000,New,254722999999\n", desk.read("people.csv")));
    desk.send("people.csv").exits(0);
    assert_eq!(second(&desk), format!("ledger 21 21 {}", last(&desk)));
    let ids: HashSet<String> = desk.accepted().into_iter().collect();
    assert_eq!(ids.len(), 21);
}

#[test]
fn runs_of_one_campaign_in_one_folder_wait_for_each_other() {
    for hold in ["", "--on-unknown hold"] {
        let desk = Desk::with_gateway("--latency 20ms");
        desk.put_people("people.csv", 60).put_people("copy.csv", 60);
        let first = desk.start(&format!("send people.csv {PACED} {hold}"));
        until("it sends", || desk.tally().requests >= 5);
        let others =
            ["copy.csv", "people.csv --results other.csv", "people.csv --results x.results.csv"];
        let others: Vec<_> =
            others.map(|line| desk.start(&format!("send {line} {PACED} {hold}"))).into();
        first.ended().exits(0);
        for other in others {
            other
                .ended()
                .complains(0, "waiting for the run of ")
                .says("nothing to send: 60 messages");
        }
        assert_eq!((desk.accepted().len(), desk.tally().repeats), (60, 0), "{hold}");
    }
}

#[test]
fn a_run_that_waits_for_a_neighbour_too_long_ends_with_exit_code_11() {
    let desk = Desk::with_gateway("--latency 30s");
    desk.put_people("people.csv", 1).put_people("copy.csv", 1);
    let first = desk.start(&format!("send people.csv {QUICK}"));
    until("it is at the gateway", || desk.tally().requests == 1);
    desk.send("copy.csv --lock-wait 0s")
        .complains(11, "another run holds people.results.csv.lock: pid");
    desk.run("check people.csv").says("1 message in flight: a run is going on");
    // Another campaign is not held up.
    let third = desk.start(&format!("send copy.csv --campaign spring {QUICK}"));
    until("it is at the gateway", || desk.tally().requests == 2);
    for run in [first, third] {
        run.signal("KILL");
        run.ended().code_is(-9);
    }
}

#[test]
fn runs_that_begin_at_the_same_moment_send_each_message_once() {
    let desk = Desk::with_gateway("--latency 5ms");
    desk.put_people("people.csv", 40);
    let runs: Vec<_> = (0..5)
        .map(|n| desk.start(&format!("send people.csv --results r{n}.results.csv {QUICK}")))
        .collect();
    for run in runs {
        run.ended().code_is(0);
    }
    assert_eq!((desk.accepted().len(), desk.tally().repeats), (40, 0));
}

/// Makes `d/a.results.csv` a link to a file in `o`, which does not exist yet.
fn linked_results() -> Desk {
    let desk = Desk::with_gateway("--latency 20ms");
    for folder in ["d", "o"] {
        fs::create_dir(desk.path(folder)).unwrap();
    }
    desk.put_people("d/a.csv", 60).put_people("d/b.csv", 60);
    std::os::unix::fs::symlink("../o/a.results.csv", desk.path("d/a.results.csv")).unwrap();
    desk
}

#[test]
fn results_that_are_a_link_keep_every_promise() {
    let desk = linked_results();
    let first = desk.start(&format!("send d/a.csv {PACED}"));
    until("it sends", || desk.tally().requests >= 5);
    desk.run("check d/a.csv").exits(0).says("in flight: a run is going on");
    let second = desk.start(&format!("send d/b.csv {PACED}"));
    first.ended().exits(0);
    second.ended().complains(0, "waiting for the run of ").says("nothing to send: 60 messages");
    assert_eq!((desk.accepted().len(), desk.tally().repeats), (60, 0));
    assert!(desk.path("d/a.results.csv").is_symlink());
    assert!(desk.has("o/a.results.csv.lock") && !desk.has("d/a.results.csv.lock"));
    desk.send("d/a.csv").exits(0).says("nothing to send: 60 messages");

    let mut desk = linked_results();
    desk.replace_gateway("--latency 30s");
    let running = desk.start(&format!("send d/a.csv {QUICK}"));
    until("some are at the gateway", || desk.tally().requests >= 4);
    running.signal("KILL");
    running.ended().code_is(-9);
    desk.replace_gateway("");
    desk.run("check d/a.csv").says("in flight: the last run ended without a summary");
    let ended = desk.send("d/b.csv --on-unknown hold").code_is(3);
    assert_eq!(desk.tally().repeats, 0, "{}", ended.stdout);
}

#[test]
fn results_with_another_name_are_read_when_their_run_was_waited_for() {
    let desk = Desk::with_gateway("--latency 20ms");
    desk.put_people("people.csv", 40);
    let monday = desk.start(&format!("send people.csv --results monday.csv {PACED}"));
    until("it sends", || desk.tally().requests >= 5);
    let tuesday = desk.start(&format!("send people.csv --results tuesday.csv {PACED}"));
    monday.ended().exits(0);
    tuesday.ended().complains(0, "waiting for the run of monday.csv").says("nothing to send: 40");
    assert_eq!(desk.tally().requests, 40);
}

#[test]
fn results_of_another_list_that_are_gone_are_told() {
    let desk = sent_list();
    fs::remove_file(desk.path(RESULTS)).unwrap();
    desk.put_people("other.csv", 1);
    desk.send("other.csv").exits(0).says("people.results.csv is gone: what it held (20 messages)");
}

#[test]
fn the_files_of_another_user_do_not_stop_a_run() {
    use std::os::unix::fs::PermissionsExt;
    let desk = sent_list();
    for name in [".lipasend.lock", LOCK, RESULTS] {
        fs::set_permissions(desk.path(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    // Root may read everything.
    if fs::read(desk.path(RESULTS)).is_err() {
        desk.put_people("other.csv", 1);
        desk.send("other.csv").exits(0);
    }
}
