//! The files that the user names for outputs: what is never overwritten, and the summary that every
//! end of a run writes.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::process::Command;

use serde_json::Value;

use super::desk::{Desk, QUICK, assert_sums};

/// A list with one good row and one that is rejected.
const LIST: &str = "to,name,phone\n254712345678,Ann,254722000111\n0712,Bad,1\n";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("people.csv", LIST);
    desk
}

fn make_pipe(desk: &Desk, name: &str) {
    assert!(Command::new("mkfifo").arg(desk.path(name)).status().unwrap().success());
}

fn mode(desk: &Desk, name: &str) -> u32 {
    fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777
}

/// The summary in a file; its counts add up.
#[track_caller]
fn summary(desk: &Desk, name: &str, exit: i32) -> Value {
    let summary: Value = serde_json::from_str(&desk.read(name)).unwrap();
    assert_sums(&summary);
    assert_eq!(summary["exit"], exit);
    summary
}

#[test]
fn no_output_replaces_a_device_a_pipe_or_a_link() {
    let desk = desk();
    desk.put("target", "{\"kept\":1}");
    symlink(desk.path("target"), desk.path("link")).unwrap();
    symlink(desk.path("none"), desk.path("dangling")).unwrap();
    fs::create_dir(desk.path("folder")).unwrap();
    make_pipe(&desk, "pipe");
    for flag in ["--rejects", "--summary-json"] {
        for (name, why) in [
            ("link", "a link to another file"),
            ("dangling", "a link to a file that does not exist"),
            ("folder", "it is a folder"),
            ("pipe", "a pipe that nobody reads"),
            ("no/where", "there is no folder no"),
        ] {
            desk.send(&format!("people.csv {flag} {name}")).complains(2, why);
        }
        desk.send(&format!("people.csv {flag} /dev/null")).code_is(3);
    }
    desk.send("people.csv --results pipe").complains(2, "a regular file is needed");
    desk.run("check people.csv --results /dev/null").complains(2, "a regular file is needed");
    assert_eq!(desk.read("target"), "{\"kept\":1}");
    assert!(desk.path("link").is_symlink() && desk.path("dangling").is_symlink());
    let kind = |path: &str| fs::symlink_metadata(path).unwrap().file_type();
    assert!(kind("/dev/null").is_char_device());
    assert!(kind(desk.path("pipe").to_str().unwrap()).is_fifo());
}

#[test]
fn the_rejects_beside_a_list_replace_no_link_either() {
    let desk = desk();
    desk.put("target", "kept");
    symlink(desk.path("target"), desk.path("people.rejects.csv")).unwrap();
    desk.send("people.csv").complains(2, "another file with --rejects");
    assert_eq!(desk.read("target"), "kept");
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn a_pipe_with_a_reader_gets_rejects_and_summary() {
    let desk = desk();
    for (flag, has) in [
        ("--rejects", ",to_no_country_code,"),
        ("--summary-json", "\"exit\":3"),
        ("--report", ",rejected,to_no_country_code,"),
    ] {
        let _ = fs::remove_file(desk.path("pipe.csv"));
        make_pipe(&desk, "pipe.csv");
        // Opened for both, so that neither side waits for the other.
        let pipe = desk.path("pipe.csv");
        let pipe = fs::OpenOptions::new().read(true).write(true).open(pipe).unwrap();
        desk.send(&format!("people.csv {flag} pipe.csv")).code_is(3);
        let mut got = vec![0; 64 * 1024];
        let length = std::io::Read::read(&mut &pipe, &mut got).unwrap();
        let got = String::from_utf8_lossy(&got[..length]);
        assert!(got.contains(has), "{flag}: {got}");
    }
}

#[test]
fn no_output_overwrites_a_file_of_the_same_command() {
    let desk = desk();
    let files = [
        ("key", "secret-key-of-the-test\n"),
        ("c.toml", "concurrency = 2\n"),
        ("ca.pem", "certificates"),
        ("list.txt", "254712345679\n"),
        ("old.results.csv", ""),
    ];
    for (name, text) in files {
        desk.put(name, text);
    }
    fs::hard_link(desk.path("key"), desk.path("hard")).unwrap();
    symlink(desk.path("key"), desk.path("soft")).unwrap();
    let reads = "--api-key-file key --config c.toml --ca-file ca.pem --ledger old.results.csv";
    for flag in ["--rejects", "--summary-json", "--results"] {
        for name in ["key", "hard", "./c.toml", "ca.pem", "people.csv"] {
            let line = format!("people.csv {reads} {flag} {name}");
            desk.send(&line).complains(2, "would be overwritten");
        }
        desk.send(&format!("people.csv {reads} {flag} soft")).code_is(2);
        desk.send(&format!(
            "people.csv --config c.toml {flag} old.results.csv --ledger old.results.csv"
        ))
        .code_is(if flag == "--results" { 3 } else { 2 });
    }
    for line in [
        "people.csv --recipients list.txt --summary-json list.txt",
        "list.txt --card people.csv --rejects people.csv",
        "people.csv --rejects r.csv --summary-json r.csv",
        "people.csv --rejects r.csv --summary-json r.csv.new",
        "people.csv --rejects r.csv --summary-json r.bak.csv",
        "people.csv --results r.csv --summary-json r.csv.inflight",
        "people.csv --results r.csv --api-key-file r.csv.lock",
        "people.csv --summary-json other.results.csv",
    ] {
        desk.put("r.csv.lock", "secret-key-of-the-test");
        desk.send(line).complains(2, "would be overwritten");
    }
    for (name, text) in files.iter().filter(|(name, _)| *name != "old.results.csv") {
        assert_eq!(desk.read(name), *text, "{name}");
    }
    assert_eq!(desk.read("people.csv"), LIST);
    assert_eq!(desk.read("r.csv.lock"), "secret-key-of-the-test");
}

#[test]
fn a_summary_replaces_no_file_that_is_none() {
    let desk = desk();
    desk.put_people("more.csv", 1).put("notes", "of the user").put("{.csv", "{a},b\n");
    for name in ["more.csv", "notes", "{.csv"] {
        desk.send(&format!("people.csv --summary-json {name}")).complains(2, "is no summary");
        // The name of the summary was forgotten.
        desk.run(&format!("send --summary-json {name} --bogus")).code_is(2);
    }
    assert_eq!(desk.read("notes"), "of the user");
    assert!(desk.read("more.csv").starts_with("to,name"));
    desk.put("s.json", "something old").put("empty", "");
    for name in ["s.json", "empty"] {
        desk.send(&format!("people.csv --summary-json {name}")).code_is(3);
        summary(&desk, name, 3);
    }
}

#[test]
fn a_dash_is_standard_output_for_the_summary_only() {
    let desk = desk();
    for flag in ["--rejects", "--results"] {
        desk.send(&format!("people.csv {flag} -")).code_is(2);
        desk.run(&format!("check people.csv {flag} -")).code_is(2);
    }
    assert!(!desk.has("-"));
    assert_eq!(desk.tally().requests, 0);
    for name in ["-", "/dev/stdout"] {
        let ended = desk.send(&format!("people.csv --summary-json {name}")).code_is(3);
        assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
        ended.summary();
    }
}

/// Command lines that end in all ways, each with its exit code.
const ENDS: [(&str, i32); 13] = [
    ("check good.csv", 0),
    ("check people.csv", 3),
    ("send good.csv --yes", 2),
    ("send people.csv --from 1", 2),
    ("send people.csv --bogus", 2),
    ("send people.csv --rate", 2),
    ("send people.csv --rate fast", 2),
    ("send people.csv --config none.toml", 2),
    ("send people.csv --config bad.toml", 2),
    ("send people.csv --from 254110090747", 2),
    ("send none.csv --from 254110090747 --yes", 4),
    ("send people.csv --from 254110090747 --yes --results bad.csv", 4),
    ("sned people.csv", 2),
];

#[test]
fn every_end_of_a_run_writes_a_whole_private_summary() {
    let desk = desk();
    desk.put_people("good.csv", 1).put("bad.toml", "rat = 1\n").put("bad.csv", "no results\n1\n");
    for (line, code) in ENDS {
        desk.put("s.json", "{\"rows\":\"of an earlier run\"}");
        desk.run(&format!("{line} --summary-json s.json")).code_is(code);
        let keys = summary(&desk, "s.json", code);
        assert_eq!(mode(&desk, "s.json"), 0o600, "{line}");
        for key in ["refused_before", "run", "finished_at", "stopped", "elapsed_ms", "warnings"] {
            assert!(keys.get(key).is_some(), "{line}: no {key}");
        }
        assert!([0, 3].contains(&code) || keys["stopped"].is_string(), "{line}: {keys}");
        fs::remove_file(desk.path("s.json")).unwrap();
        let ended = desk.run(&format!("{line} --summary-json -")).code_is(code);
        assert_eq!(ended.stdout.lines().count(), 1, "{line}: {}", ended.stdout);
        ended.summary();
    }
}

#[test]
fn the_summary_is_found_in_the_environment_and_the_file_of_a_wrong_command_line() {
    let desk = desk();
    desk.put("c.toml", "summary-json = \"s.json\"\n");
    for (line, variables) in [
        ("send people.csv --bogus", &[("LIPASEND_SUMMARY_JSON", "s.json")][..]),
        ("send people.csv --bogus --config c.toml", &[]),
        ("send people.csv --bogus", &[("LIPASEND_CONFIG", "c.toml")]),
        ("send people.csv --from 1 --config c.toml", &[]),
    ] {
        desk.run_with(line, variables).code_is(2);
        summary(&desk, "s.json", 2);
        fs::remove_file(desk.path("s.json")).unwrap();
    }
    desk.run_with("report --bogus", &[("LIPASEND_SUMMARY_JSON", "s.json")]).code_is(2);
    assert!(!desk.has("s.json"), "a report has no summary");
}

#[test]
fn a_wrong_command_line_overwrites_no_file_that_it_names() {
    let desk = desk();
    desk.put("k", "{secret").put("c.toml", "api-key-file = \"k\"\nsummary-json = \"k\"\n");
    for line in [
        "send people.csv --bogus --api-key-file k --summary-json k",
        "send people.csv --bogus --api-key-file=k --summary-json=k",
        "send people.csv --bogus --summary-json people.csv",
        "send people.csv --bogus --config c.toml",
        "send people.csv --bogus --config c.toml --summary-json ./c.toml",
    ] {
        desk.run(line).code_is(2);
        assert_eq!(desk.read("k"), "{secret", "{line}");
        assert_eq!(desk.read("people.csv"), LIST, "{line}");
        assert!(desk.read("c.toml").starts_with("api-key-file"), "{line}");
    }
}

#[test]
fn a_run_that_fails_after_the_check_has_its_counts_in_the_summary() {
    let desk = desk();
    let line = format!("send people.csv {} --summary-json -", QUICK.replace("--yes ", ""));
    let counts = desk.run(&line).complains(2, "--yes").summary();
    assert_eq!(counts["rows"]["read"], 2);
    assert_eq!(counts["rows"]["rejected"], 1);
    assert_eq!(counts["messages"]["left"], 1);
}

#[test]
fn a_summary_that_cannot_be_written_ends_with_exit_code_1() {
    let desk = desk();
    desk.send("people.csv --summary-json /dev/full")
        .complains(1, "the summary cannot be written to /dev/full")
        .sent(1);
    desk.send("none.csv --summary-json /dev/full")
        .complains(1, "none.csv")
        .complains(1, "the summary");
}

#[test]
fn the_rejects_of_another_list_stay() {
    let desk = Desk::new();
    desk.put("a.csv", LIST)
        .put("a.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Jane\nTEL:+254722000001\nEND:VCARD\n");
    desk.send("a.csv").code_is(3);
    let rejects = desk.read("a.rejects.csv");
    desk.send("a.vcf --to 254712000009").exits(0);
    assert_eq!(desk.read("a.rejects.csv"), rejects);
    // With rejects of its own, the other list has a file of its own.
    desk.put("a.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Jane\nTEL:12\nEND:VCARD\n");
    desk.send("a.vcf --to 254712000009 --results b.results.csv").code_is(3);
    assert_eq!(desk.read("a.rejects.csv"), rejects);
    assert_eq!(desk.lines("a.rejects.2.csv")[0]["source"], "a.vcf");
    // Each list removes its own, and only its own.
    desk.put_people("a.csv", 1);
    desk.send("a.csv").exits(0);
    assert!(!desk.has("a.rejects.csv") && desk.has("a.rejects.2.csv"));
    desk.put("a.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Jane\nTEL:+254722000001\nEND:VCARD\n");
    desk.send("./a.vcf --to 254712000009 --results b.results.csv").exits(0);
    assert!(!desk.has("a.rejects.2.csv"));
}

#[test]
fn one_rejects_file_for_two_lists_loses_none() {
    let desk = Desk::new();
    desk.put("a.csv", LIST).put("b.csv", LIST);
    desk.run("check a.csv --rejects r.csv").code_is(3);
    let rejects = desk.read("r.csv");
    desk.run("check b.csv --rejects r.csv")
        .code_is(3)
        .says("r.csv had the rejects of another list");
    assert_eq!(desk.read("r.bak.csv"), rejects);
    assert_eq!(desk.lines("r.csv")[0]["source"], "b.csv");
}

#[test]
fn a_run_over_part_of_the_list_does_not_replace_the_rejects() {
    let desk = desk();
    desk.send("people.csv").code_is(3);
    let rejects = desk.read("people.rejects.csv");
    desk.send("people.csv --rows 1").exits(0);
    desk.send("people.csv --sample 1 --summary-json s.json");
    assert_eq!(desk.read("people.rejects.csv"), rejects);
    desk.put("people.csv", format!("{LIST}0713,Bad,1\n"));
    let partly = "1 rejected row not written: people.rejects.csv has those of another run";
    desk.send("people.csv --rows 3").code_is(3).says(partly);
    assert_eq!(desk.read("people.rejects.csv"), rejects);
    desk.send("people.csv --rows 3 --rejects part.csv").code_is(3);
    assert_eq!(desk.lines("part.csv").len(), 1);
}

#[test]
fn the_mock_gateway_replaces_no_other_file() {
    let desk = desk();
    desk.put("script", "1:500\n").put("target", "kept");
    symlink(desk.path("target"), desk.path("link")).unwrap();
    make_pipe(&desk, "pipe");
    for line in [
        "--script script --log-file script",
        "--script script --port-file script",
        "--port-file p --log-file p",
        "--port-file people.results.csv",
        "--port-file link",
        "--log-file link",
        "--log-file pipe",
        "--port-file /dev/null",
        "--log-file -",
    ] {
        // The address is in use, so that it ends in any case.
        let address = desk.gateway_url().replace("http://", "");
        let address = address.split('/').next().unwrap_or_default();
        desk.run(&format!("mock-gateway --listen {address} {line}")).code_is(2);
    }
    assert_eq!(desk.read("script"), "1:500\n");
    assert_eq!(desk.read("target"), "kept");
}
