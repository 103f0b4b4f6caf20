//! The reports and the not-sent file: which rows and messages they list, with which words, and that
//! the not-sent file given back sends what was left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::desk::{Desk, Line, QUICK};

mod json;

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
            "list.csv|4|rejected|to_no_country_code||||Caro|||",
            "list.csv|5|duplicate|||254712000001|KE|Ann|||",
            "list.csv|6|skipped|empty|||||||",
            "list.csv|7|used|||254712000006|KE|'=cmd(), x|254722000006|send|odd_name",
            "list.csv|8|rejected|to_not_possible|+254712000007|||Eve|||",
            "list.csv|9|used|131026||254712000008|KE|Finn|254722000008|leave|",
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
    assert!(ended.stderr.contains("3 people: 3 can be sent"), "{}", ended.stderr);
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
        ("--report people.not-sent.csv", "has the name of a results"),
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

/// The lines of a not-sent file as text.
fn unsent(desk: &Desk, name: &str) -> Vec<String> {
    let lines = desk.lines(name);
    let columns = ["to", "name", "source", "line", "status", "error_code"];
    let shown = |line: &Line| columns.map(|column| line[column].as_str()).join("|");
    let mut lines: Vec<String> = lines.iter().map(shown).collect();
    lines.sort();
    lines
}

/// The ids of the requests in the gateway's log, in order.
fn posted(desk: &Desk) -> Vec<String> {
    let id = |entry: &Value| entry["messageId"].as_str().unwrap().to_owned();
    desk.log().iter().map(id).collect()
}

/// The ids in the results with this status, sorted.
fn ids(desk: &Desk, results: &str, status: &str) -> Vec<String> {
    let lines = desk.lines(results);
    let of_status = lines.iter().filter(|line| line["status"] == status);
    let mut ids: Vec<String> = of_status.map(|line| line["message_id"].clone()).collect();
    ids.sort();
    ids
}

#[test]
fn the_not_sent_file_given_back_sends_what_was_left_under_the_same_ids() {
    let mut desk = Desk::with_gateway("--script 1:400:code=131026,2:401,3-:401");
    desk.put(
        "cards.vcf",
        "BEGIN:VCARD\nVERSION:3.0\nFN:\"Ann\" ~A\nTEL;TYPE=CELL;waid=254722000001:+254722000001\n\
         TEL;TYPE=WORK:+254722000002\nTEL;TYPE=HOME:+254722000003\nEND:VCARD\n\
         BEGIN:VCARD\nVERSION:3.0\nFN:=cmd()\nTEL:+447911123456\nEND:VCARD\n",
    );
    desk.put("people.csv", "phone\n254712000001\n254712000002\n254712000003\n");
    let first = "cards.vcf --recipients people.csv --campaign spring --concurrency 1";
    desk.send(first).code_is(7);
    let failed = ids(&desk, "cards.results.csv", "failed");
    assert_eq!(
        unsent(&desk, "cards.not-sent.csv"),
        [
            "+254712000001|\"Ann\" ~A|cards.vcf|1|refused|131026",
            "+254712000002|\"Ann\" ~A|cards.vcf|1|failed|http_401",
        ]
    );
    let text = desk.read("cards.not-sent.csv");
    let header = "\u{feff}to,name,phone,type,wa_id,phone_2,type_2,wa_id_2,phone_3,type_3,wa_id_3,\
                  message_id,source,line,status,error_code,reason,next_step\n";
    assert!(text.starts_with(header), "{text}");
    let mode = fs::metadata(desk.path("cards.not-sent.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // All but the refused message fail now, each for its own reason.
    desk.replace_gateway("--fault 400=100%");
    desk.send(first).code_is(3);
    let lines = desk.lines("cards.not-sent.csv");
    assert!(lines.iter().all(|line| line["status"] == "refused" && !line["next_step"].is_empty()));
    let refused = ids(&desk, "cards.results.csv", "refused");
    assert_eq!(lines.len(), refused.len());
    desk.replace_gateway("");
    let before = posted(&desk).len();
    desk.send("cards.not-sent.csv --campaign spring --retry-refused").code_is(0);
    let mut again = posted(&desk).split_off(before);
    again.sort();
    assert_eq!(again, refused);
    assert!(failed.iter().all(|id| refused.contains(id)));
    assert!(desk.has("cards.not-sent.csv") && !desk.has("cards.not-sent.2.csv"));
    assert_eq!(ids(&desk, "cards.results.csv", "sent").len(), 6);
    let sent: Vec<Value> = desk.log();
    let ann = sent.iter().rev().find(|entry| entry["to"] == "254712000001");
    assert!(ann.is_some(), "{sent:?}");
    // With nothing left, the next run removes the file.
    desk.send(first).code_is(0);
    assert!(!desk.has("cards.not-sent.csv"));
}

#[test]
fn refused_held_and_unknown_messages_stay_in_the_not_sent_file() {
    let mut desk = Desk::with_gateway("--script 1:400:code=131026,2:lost");
    let list = "to,name,phone,message_id,last_inbound_at\n\
        254712000001,Ann,254722000001,own-1,2999-01-01T00:00:00Z\n";
    desk.put("first.csv", list.replace("2999-01-01T00:00:00Z", ""));
    let open = "--session-missing send --concurrency 1 --retries 0 --on-unknown hold";
    desk.send(&format!("first.csv --results p.results.csv {open}")).code_is(3);
    desk.replace_gateway("--script 1:lost");
    desk.put("second.csv", "to,name,phone\n254712000002,Ben,254722000002\n");
    desk.send(&format!("second.csv --results p.results.csv {open}")).code_is(3);
    desk.put(
        "p.csv",
        format!(
            "{}254712000002,Ben,254722000002,,\n254712000003,Caro,254722000003,,2000-01-01T00:00:00Z\n\
             254712000004,Dan,254722000004,,\n",
            list.replace("2999-01-01T00:00:00Z", "")
        ),
    );
    let expected = [
        "+254712000001|Ann|p.csv|2|refused|131026",
        "+254712000002|Ben|p.csv|3|unknown|lost",
        "+254712000003|Caro|p.csv|4|held|session_closed",
    ];
    desk.run(&format!("check p.csv {open} --not-sent --summary-json s.json")).code_is(0);
    assert_eq!(unsent(&desk, "p.not-sent.csv"), expected);
    let summary: Value = serde_json::from_str(&desk.read("s.json")).unwrap();
    assert_eq!(summary["not_sent"], serde_json::json!(["p.not-sent.csv"]));
    let ended = desk.send(&format!("p.csv {open}")).code_is(3);
    assert_eq!(unsent(&desk, "p.not-sent.csv"), expected);
    assert!(ended.stdout.contains("  list       p.not-sent.csv   "), "{}", ended.stdout);
    let lines = desk.lines("p.not-sent.csv");
    let line = |name: &str| lines.iter().find(|line| line["name"] == name).unwrap();
    assert_eq!(line("Ann")["message_id"], "own-1");
    assert_eq!(line("Ben")["message_id"], "");
    assert!(line("Ben")["reason"].starts_with("the answer was lost"));
    assert_eq!(line("Caro")["last_inbound_at"], "2000-01-01T00:00:00Z");
    assert_eq!(line("Caro")["next_step"], "they must write first; run again");
    // Given back, the held one stays held: its window is still closed.
    let before = posted(&desk).len();
    desk.send(&format!("p.not-sent.csv {open}")).code_is(3);
    assert_eq!(posted(&desk).len(), before);
    let shifted = expected.iter().enumerate();
    let shifted = shifted.map(|(at, line)| {
        line.replace(&format!("|p.csv|{}|", at + 2), &format!("|p.not-sent.csv|{}|", at + 2))
    });
    let again: Vec<String> = unsent(&desk, "p.not-sent.2.csv");
    assert_eq!(again.len(), shifted.len());
    assert!(again.iter().all(|line| line.contains("|p.not-sent.csv|")), "{again:?}");
}

#[test]
fn a_message_held_for_a_time_that_cannot_be_read_keeps_that_text() {
    let desk = Desk::new();
    let soon = "2999-01-01T00:00:00Z";
    desk.put(
        "p.csv",
        format!(
            "to,name,phone,last_inbound_at\n254712000001,Ann,254722000001,27/11/2026\n\
             254712000002,Ben,254722000002,{soon}\n254712000003,Caro,254722000003,\"soon, I think\"\n"
        ),
    );
    for list in ["p.csv", "p.not-sent.csv"] {
        desk.send(&format!("{list} --session-missing send")).code_is(3);
    }
    assert_eq!(desk.tally().requests, 0);
    for file in ["p.not-sent.csv", "p.not-sent.2.csv"] {
        let lines = desk.lines(file);
        let cells: Vec<&str> = lines.iter().map(|line| line["last_inbound_at"].as_str()).collect();
        assert_eq!(cells, ["27/11/2026", soon, "soon, I think"]);
        assert!(lines.iter().all(|line| line["error_code"] == "last_inbound_at_bad"));
    }
}

#[test]
fn messages_held_by_events_are_held_again_when_the_not_sent_file_is_given_back() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    let event = |n: usize, at: &str| {
        format!(
            r#"{{"received_at":"{at}","body":{{"messageId":"x","from":"{}","to":"254110090747","type":"TEXT","text":"Hi"}}}}"#,
            desk.lines("people.csv")[n]["to"]
        )
    };
    let now = jiff::Timestamp::now().to_string();
    let old = ["2026-01-01T03:00:00+03:00", "2025-01-01T00:00:00Z"].map(|at| event(0, at));
    desk.put("events.jsonl", [old.join("\n"), event(2, &now)].join("\n"));
    desk.send("people.csv --inbound events.jsonl").code_is(3).sent(1);
    for list in ["people.not-sent.csv", "people.not-sent.2.csv"] {
        let lines = desk.lines(list);
        let columns = ["last_inbound_at", "error_code"];
        let shown: Vec<[&str; 2]> =
            lines.iter().map(|line| columns.map(|column| line[column].as_str())).collect();
        let expected = [["2026-01-01T00:00:00Z", "session_closed"], ["", "session_unknown"]];
        assert_eq!(shown, expected, "{list}");
        desk.send(list).code_is(3).says("nothing to send");
    }
    // Without any time, `--session-missing hold` alone holds them; so does its file.
    desk.put_people("others.csv", 2);
    desk.send("others.csv --campaign other --session-missing hold").code_is(3);
    desk.send("others.not-sent.csv --campaign other").code_is(3).says("nothing to send");
    assert_eq!(desk.accepted().len(), 1);
}

#[test]
fn an_interrupted_run_lists_what_ended_so_far() {
    let desk = Desk::with_gateway("--script 1-3:400:code=131026 --latency 20ms");
    desk.put_people("people.csv", 500);
    let run = desk.start(&format!("send people.csv {QUICK} --concurrency 1"));
    super::desk::until("three are answered", || desk.log().len() > 4);
    run.signal("INT");
    run.ends().code_is(130);
    assert_eq!(unsent(&desk, "people.not-sent.csv").len(), 3);
}

#[test]
fn a_run_that_ends_before_it_reached_them_leaves_the_not_sent_file() {
    let mut desk = Desk::with_gateway("--fault 401=100%");
    desk.put_people("people.csv", 3);
    desk.send("people.csv --concurrency 1").code_is(7);
    let before = desk.read("people.not-sent.csv");
    assert!(before.contains(",failed,http_401,"), "{before}");
    desk.send("people.csv --limit 0").code_is(8);
    assert_eq!(desk.read("people.not-sent.csv"), before);
    desk.replace_gateway("");
    desk.send("people.csv").code_is(0);
    assert!(!desk.has("people.not-sent.csv"));
}

#[test]
fn an_edited_or_foreign_not_sent_file_is_kept() {
    let desk = Desk::with_gateway("--fault 400:code=131026=100%");
    desk.put_people("people.csv", 2).put_people("people.txt", 1);
    desk.send("people.csv").code_is(3);
    let edited = desk.read("people.not-sent.csv") + "mine\n";
    desk.put("people.not-sent.csv", &edited);
    desk.send("people.csv").code_is(3).says("people.not-sent.bak.csv");
    assert_eq!(desk.read("people.not-sent.bak.csv"), edited);
    assert_eq!(desk.lines("people.not-sent.csv").len(), 2);
    desk.send("people.txt --campaign other").code_is(3);
    assert_eq!(desk.lines("people.not-sent.2.csv").len(), 1);
    desk.send("people.csv --rows 1").code_is(3).says("1 unsent message not written");
    assert_eq!(desk.lines("people.not-sent.csv").len(), 2);
    fs::create_dir(desk.path("folder")).unwrap();
    for name in ["people.csv", "people.not-sent.csv", "people.not-sent.2.csv"] {
        fs::copy(desk.path(name), desk.path(&format!("folder/{name}"))).unwrap();
    }
    let ended = desk.run("check folder --summary-json -").code_is(0);
    assert_eq!(ended.summary()["rows"]["read"], 2);
    for (options, why) in [
        ("--not-sent -", "needs the name of a file"),
        ("--not-sent people.csv", "would be overwritten"),
        ("--not-sent r.csv --rejects r.csv", "would be overwritten"),
    ] {
        desk.send(&format!("people.csv {options}")).complains(2, why);
    }
}

#[test]
fn a_not_sent_file_never_takes_the_name_of_results_or_rejects() {
    let desk = Desk::new();
    desk.put_people("a.csv", 1).put("b.results.csv", "old\n");
    let name = "has the name of a results or rejects file and would be overwritten";
    for command in ["check", "send"] {
        for file in ["b.results.csv", "none.results.csv", "b.rejects.csv"] {
            let line = format!("{command} a.csv {QUICK} --not-sent {file}");
            desk.run(&line).complains(2, &format!("{file} {name}"));
        }
        let line = format!("{command} a.csv {QUICK} --rejects b.not-sent.csv");
        desk.run(&line).complains(2, "b.not-sent.csv has the name of a results or not-sent file");
    }
    assert_eq!(desk.read("b.results.csv"), "old\n");
    desk.send("a.csv --not-sent b.not-sent.csv --rejects b.rejects.csv").code_is(0).sent(1);
}

#[test]
fn the_not_sent_file_of_a_card_for_a_whole_list_is_that_of_the_list() {
    let desk = Desk::with_gateway("--fault 400:code=131026=100%");
    desk.put("card.csv", "name,phone\nAnn,254722000001\n");
    desk.put("list.csv", "phone\n254712000001\n254712000002\n");
    desk.send("list.csv --card card.csv").code_is(3);
    assert_eq!(
        unsent(&desk, "list.not-sent.csv"),
        [
            "+254712000001|Ann|list.csv|2|refused|131026",
            "+254712000002|Ann|list.csv|3|refused|131026",
        ]
    );
    assert!(!desk.has("card.not-sent.csv"));
}

#[test]
fn a_not_sent_file_holds_whole_messages() {
    let desk = Desk::new();
    let long = "x".repeat(500);
    desk.put(
        "odd.vcf",
        format!(
            "BEGIN:VCARD\nVERSION:3.0\nFN:\"Ann\"\nTEL;TYPE=CELL;waid=254722000001:+254722000001\n\
             TEL;TYPE=\"WORK,VOICE\":+254722000002\nTEL;TYPE=HOME:+447911123456\n\
             item1.TEL:+254733000003\nitem1.X-ABLabel:=Boat\\, blue\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nFN:~Ben\nTEL:0722000004\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nFN:=cmd()\nTEL:0722000005\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nFN:'quoted'\nTEL:0722000006\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nFN:👩\u{200d}🌾 ليلى\nTEL:0722000007\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nFN:\"\"\" a\\, b\nTEL:0722000008\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nTEL:0722000009\nEND:VCARD\n\
             BEGIN:VCARD\nVERSION:3.0\nFN:{long}\nTEL:0722000010\nEND:VCARD\n"
        ),
    );
    desk.put("rows.csv", "to,name,phone,message_id\n0712000001,Caro,0722000011,own-1\n");
    for (list, number) in
        [("odd.vcf --to 254712000001 --to 0712000002 --region KE", 16), ("rows.csv --region KE", 1)]
    {
        let name = list.split('.').next().unwrap();
        desk.run(&format!("check {list} --session-missing hold --not-sent")).code_is(0);
        assert_eq!(desk.lines(&format!("{name}.not-sent.csv")).len(), number);
        let payloads = |list: &str| {
            let ended =
                desk.run(&format!("check {list} --show 100 --session-missing send")).code_is(0);
            let shown = serde_json::Deserializer::from_str(&ended.stdout).into_iter();
            let mut shown: Vec<String> = shown
                .map_while(|json: Result<Value, _>| json.ok().map(|j| j.to_string()))
                .collect();
            shown.sort();
            shown
        };
        let whole = payloads(list);
        assert_eq!(whole.len(), number);
        // Digits that another region or style would read in another way stay what they are.
        for options in ["", " --region DE --numbers national"] {
            assert_eq!(payloads(&format!("{name}.not-sent.csv{options}")), whole, "{options}");
        }
    }
}

#[test]
fn rows_that_became_no_message_have_what_can_be_read_of_them() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone\n\
         254712000001,Ann,254722000001\n\
         254712000001,Ann,254722000001\n\
         254712000002,Ben,letters\n\
         0712000003,Caro,254722000003\n\
         254712000004,,254722000004\n\
         254712000005,Eve,254722000005\n\
         ,,\n",
    );
    desk.put("stop.csv", "254712000005\n");
    desk.run("check people.csv --opt-out stop.csv --report r.csv").code_is(3);
    let lines = desk.lines("r.csv");
    let shown: Vec<String> = lines
        .iter()
        .map(|line| {
            ["line", "verdict", "to", "country", "name"].map(|column| &*line[column]).join("|")
        })
        .collect();
    let expected = [
        "2|used|254712000001|KE|Ann",
        "3|duplicate|254712000001|KE|Ann",
        "4|rejected|254712000002|KE|Ben",
        "5|rejected|||Caro",
        "6|rejected|254712000004|KE|",
        "7|skipped|254712000005|KE|Eve",
        "8|skipped|||",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn notes_on_the_rows_of_cards_and_recipients_are_in_every_form() {
    let desk = Desk::new();
    let card = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Amani\r\nTEL:+254722000111\r\nTEL:+254202000111\r\n\
                TEL:+254202000112\r\nEND:VCARD\r\n";
    desk.put("card.vcf", card).put("to.csv", "to\n+254 (0)712000001\n254712000002\n");
    let notes = |line: &str| {
        desk.run(&format!("check {line} --report r.csv --report r.json")).code_is(0);
        let report: Value = serde_json::from_str(&desk.read("r.json")).unwrap();
        let notes = report["notes"].as_array().unwrap().iter();
        let notes =
            notes.map(|note| format!("{} {} {}", note["code"], note["number"], note["rows"]));
        let lines = desk.lines("r.csv").into_iter().map(|line| line["notes"].clone());
        (notes.collect::<Vec<_>>(), lines.collect::<Vec<_>>())
    };
    let counted = ["\"fixed_line\" 2 1", "\"trunk_zero\" 1 1"].map(str::to_owned).to_vec();
    for line in ["to.csv --card card.vcf", "card.vcf --recipients to.csv"] {
        let (report, mut lines) = notes(line);
        assert_eq!(report, counted, "{line}");
        for line in &mut lines {
            let mut notes: Vec<&str> = line.split(' ').collect();
            notes.sort_unstable();
            *line = notes.join(" ");
        }
        assert_eq!(lines, ["fixed_line trunk_zero", "fixed_line"], "{line}");
    }
    // The screen counts rows.
    desk.run("check to.csv --card card.vcf").says(" 1  a fixed line, which is rarely on WhatsApp");
}
