//! The reports and the not-sent file: which rows and messages they list, with which words, and that
//! the not-sent file given back sends what was left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::desk::{Desk, Line, QUICK};

/// A list with rows of every verdict.
const LIST: &str = "to,name,phone,phone_2,last_inbound_at\n\
    254712000001,Ann,254722000001,254722000011,2000-01-01T00:00:00Z\n\
    254712000002,Ben,254722000002,letters,2999-01-01T00:00:00Z\n\
    0712000003,Caro,254722000003,,\n\
    254712000001,Ann,254722000001,254722000011,\n\
    ,,,,\n\
    254712000006,\"=cmd(), \u{202e}x\",254722000006,,\n\
    +254254712000007,Eve,254722000007,,\n\
    254712000008,Finn,254722000008,,\n\
    254712000009,Gil,254722000009,,\n";

/// The lines of a report as text, without the ids.
fn shown(lines: &[Line]) -> Vec<String> {
    let columns = ["source", "line", "verdict", "code", "suggestion", "to", "country", "name"];
    let columns = columns.iter().chain(&["phones", "decision", "notes"]);
    let columns: Vec<&str> = columns.copied().collect();
    let shown = |line: &Line| {
        columns.iter().map(|column| line[*column].as_str()).collect::<Vec<_>>().join("|")
    };
    lines.iter().map(shown).collect()
}

/// Counts the rows of a report by verdict and the messages by decision, as a person would.
fn counts(lines: &[Line]) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let mut rows: BTreeSet<(String, String, String)> = BTreeSet::new();
    let mut decisions = BTreeMap::new();
    for line in lines {
        let of = |column: &str| line[column].clone();
        rows.insert((of("source"), of("line"), of("verdict")));
        if !line["to_source"].is_empty() {
            rows.insert((of("to_source"), of("to_line"), of("verdict")));
        }
        if !line["decision"].is_empty() {
            *decisions.entry(of("decision")).or_default() += 1;
        }
    }
    let mut verdicts = BTreeMap::new();
    for (_, _, verdict) in rows {
        *verdicts.entry(verdict).or_default() += 1;
    }
    (verdicts, decisions)
}

#[track_caller]
fn assert_is_the_summary(lines: &[Line], summary: &Value) {
    let (verdicts, decisions) = counts(lines);
    let number = |counts: &BTreeMap<String, usize>, what: &str| {
        counts.get(what).copied().unwrap_or(0) as u64
    };
    for verdict in ["used", "duplicate", "rejected", "skipped"] {
        assert_eq!(summary["rows"][verdict], number(&verdicts, verdict), "{verdict}");
    }
    let messages = &summary["messages"];
    for (decision, counts) in [
        ("send", &["left"][..]),
        ("already_sent", &["already_sent"]),
        ("held", &["held"]),
        ("leave", &["refused", "unknown"]),
    ] {
        let sum: u64 = counts.iter().map(|count| messages[*count].as_u64().unwrap()).sum();
        assert_eq!(number(&decisions, decision), sum, "{decision}");
    }
}

#[test]
fn a_report_has_every_verdict_and_decision() {
    let desk = Desk::with_gateway("--script 1:400:code=131026");
    desk.put("list.csv", LIST);
    desk.put(
        "first.csv",
        "to,name,phone\n254712000008,Finn,254722000008\n254712000009,Gil,254722000009\n",
    );
    desk.send("first.csv --results list.results.csv --concurrency 1").code_is(3);
    let ended = desk.run(
        "check list.csv --rows 1-8 --report r.csv --session-missing send --summary-json s.json",
    );
    ended.code_is(3);
    let lines = desk.lines("r.csv");
    assert_eq!(
        shown(&lines),
        [
            "list.csv|2|used|session_closed||254712000001|KE|Ann|254722000001 254722000011|held|",
            "list.csv|3|used|last_inbound_at_bad||254712000002|KE|Ben|254722000002|held|phone_left_out(phone_letters)",
            "list.csv|4|rejected|to_no_country_code|||||||",
            "list.csv|5|duplicate||||||||",
            "list.csv|6|skipped|empty|||||||",
            "list.csv|7|used|||254712000006|KE|'=cmd(), x|254722000006|send|odd_name",
            "list.csv|8|rejected|to_not_possible|+254712000007||||||",
            "list.csv|9|used|refused||254712000008|KE|Finn|254722000008|leave|",
            "list.csv|10|skipped|outside_rows|||||||",
        ]
    );
    assert_eq!(lines[3]["reason"], "the same message as list.csv:2");
    let summary: Value = serde_json::from_str(&desk.read("s.json")).unwrap();
    assert_is_the_summary(&lines, &summary);
    let text = fs::read(desk.path("r.csv")).unwrap();
    assert!(
        text.starts_with(b"\xEF\xBB\xBFsource,line,verdict,code,reason,suggestion,to,country,")
    );
    assert!(!text.contains(&b'\r') && text.ends_with(b"\n"));
    assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), lines.len() + 1);
    assert_eq!(fs::metadata(desk.path("r.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    desk.run("check list.csv --report r.csv --summary-json s.json").code_is(3);
    let lines = desk.lines("r.csv");
    assert_eq!(
        shown(&lines)[8],
        "list.csv|10|used|||254712000009|KE|Gil|254722000009|already_sent|"
    );
    let summary: Value = serde_json::from_str(&desk.read("s.json")).unwrap();
    assert_is_the_summary(&lines, &summary);
}

#[test]
fn a_report_lists_each_card_of_each_recipient_with_both_rows() {
    let desk = Desk::new();
    desk.put("cards.csv", "name,phone\nAnn,254722000001\nBen,254722000002\nBad,letters\n");
    desk.put("people.csv", "phone\n254712000001\n254712000002\n254712000001\n254712000004\n");
    desk.put("stop.txt", "254712000004\n");
    for line in [
        "people.csv --card cards.csv",
        "cards.csv --recipients people.csv",
        "cards.csv --recipients people.csv --to 254712000001",
    ] {
        desk.run(&format!("check {line} --opt-out stop.txt --report r.csv --summary-json s.json"))
            .code_is(3);
        let lines = desk.lines("r.csv");
        let sent: BTreeSet<(String, String)> = lines
            .iter()
            .filter(|line| line["decision"] == "send")
            .map(|line| (line["name"].clone(), line["to"].clone()))
            .collect();
        assert_eq!(sent.len(), 4, "{line}");
        let summary: Value = serde_json::from_str(&desk.read("s.json")).unwrap();
        assert_is_the_summary(&lines, &summary);
    }
}

#[test]
fn a_report_is_written_before_the_question_and_by_every_way_to_name_it() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3).put("c.toml", "report = [\"c.csv\", \"d.csv\"]\n");
    let unasked = QUICK.replace("--yes ", "");
    desk.run(&format!("send people.csv {unasked} --report r.csv")).complains(2, "add --yes");
    assert_eq!(desk.lines("r.csv").len(), 3);
    desk.run("check people.csv --config c.toml").code_is(0);
    desk.run_with("check people.csv", &[("LIPASEND_REPORT", "e.csv")]).code_is(0);
    for name in ["c.csv", "d.csv", "e.csv"] {
        assert_eq!(desk.read(name), desk.read("r.csv"), "{name}");
    }
    let ended = desk.run("check people.csv --report -").code_is(0);
    assert_eq!(ended.stdout, desk.read("r.csv"));
    assert!(ended.stderr.contains("checked: 3 messages to send"), "{}", ended.stderr);
    let files: Vec<_> = fs::read_dir(desk.path("")).unwrap().collect();
    let names = files.into_iter().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.ends_with(".new")));
}

#[test]
fn a_report_overwrites_nothing_but_a_report() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1).put("other.csv", "a,b\n1,2\n").put("empty.csv", "");
    for (options, why) in [
        ("--report people.csv", "would be overwritten"),
        ("--report other.csv", "is no report"),
        ("--report x.results.csv", "has the name of a results"),
        ("--report r.csv --report ./r.csv", "takes another report"),
        ("--report r.csv --summary-json r.csv", "would be overwritten"),
        ("--report r.csv --rejects r.csv", "would be overwritten"),
        ("--report - --summary-json -", "goes to standard output"),
        ("--report - --show 1", "goes to standard output"),
        ("--report r.html", "the page comes with a later version"),
        ("--report r.txt", ".csv or .json"),
    ] {
        desk.run(&format!("check people.csv {options}")).complains(2, why);
    }
    assert_eq!(desk.read("other.csv"), "a,b\n1,2\n");
    for _ in 0..2 {
        desk.run("check people.csv --report empty.csv").code_is(0);
        assert_eq!(desk.lines("empty.csv").len(), 1);
    }
}

#[test]
fn names_of_every_kind_break_no_report() {
    let desk = Desk::new();
    let long = "x".repeat(500);
    let names =
        ["=cmd()", "\u{202e}Ann", "a\u{1b}[2Jb", "👩\u{200d}🌾", "\"Doe, \"\"J\"\"\"", "@x", &long];
    let mut list = "to,name,phone\n".to_owned();
    for (index, name) in names.iter().enumerate() {
        list.push_str(&format!("25471200000{index},{name},25472200000{index}\n"));
    }
    desk.put("odd.csv", list);
    desk.run("check odd.csv --report r.csv").code_is(3);
    let text = desk.read("r.csv");
    assert_eq!(text.lines().count(), names.len() + 1);
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']));
    assert_eq!(desk.lines("r.csv").len(), names.len());
    assert!(text.contains(",'=cmd(),") && text.contains(",'@x,"));
}
