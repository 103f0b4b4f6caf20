//! The JSON report of `check` and `send`: it fits its schema and has the figures of the summary, the
//! CSV and the results.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::super::desk::{Desk, Line, QUICK, assert_sums, project, until};
use super::super::json_schema;
use super::{LIST, assert_is_the_summary};

/// Reads a JSON report, after checking it against the schema and its sums.
#[track_caller]
fn json_report(desk: &Desk, name: &str) -> Value {
    let report: Value = serde_json::from_str(&desk.read(name)).unwrap();
    let schema = fs::read_to_string(project("docs/report.schema.json")).unwrap();
    json_schema::check(&serde_json::from_str(&schema).unwrap(), &report).unwrap();
    assert_sums(&report);
    report
}

/// The numbers of a list of objects by their codes.
fn by_code(list: &Value, number: &str) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for one in list.as_array().unwrap() {
        *sums.entry(one["code"].as_str().unwrap().to_owned()).or_default() +=
            one[number].as_u64().unwrap();
    }
    sums
}

/// Checks that a JSON report has the figures of the JSON summary of the same run.
#[track_caller]
fn assert_has_the_summary(report: &Value, summary: &Value) {
    for key in ["rows", "messages", "refused_before", "exit", "stopped", "rejects", "not_sent"] {
        assert_eq!(report[key], summary[key], "{key}");
    }
    for (list, number, counts) in [
        ("rejected", "rows", "reject_codes"),
        ("skipped", "rows", "skipped_reasons"),
        ("notes", "number", "remarks"),
        ("held", "messages", "held_reasons"),
        ("codes", "messages", "error_codes"),
    ] {
        let counts = summary[counts].as_object().unwrap().iter();
        let counts = counts.map(|(code, number)| (code.clone(), number.as_u64().unwrap()));
        let counts: BTreeMap<String, u64> = counts.filter(|(_, number)| *number > 0).collect();
        assert_eq!(by_code(&report[list], number), counts, "{list}");
    }
}

/// Runs with every form of report, and checks that they agree. Returns the JSON and the CSV.
#[track_caller]
fn in_all_forms(desk: &Desk, line: &str, code: i32) -> (Value, Vec<Line>) {
    let forms = "--report r.json --report r.csv --summary-json s.json";
    desk.run(&format!("{line} {forms}")).code_is(code);
    let report = json_report(desk, "r.json");
    let summary: Value = serde_json::from_str(&desk.read("s.json")).unwrap();
    assert_has_the_summary(&report, &summary);
    let lines = desk.lines("r.csv");
    let of = |verdict: &'static str| lines.iter().filter(move |line| line["verdict"] == verdict);
    for (verdict, list) in [("rejected", "rejected"), ("skipped", "skipped")] {
        let mut codes: BTreeMap<String, u64> = BTreeMap::new();
        of(verdict).for_each(|line| *codes.entry(line["code"].clone()).or_default() += 1);
        assert_eq!(codes, by_code(&report[list], "rows"), "{verdict}");
    }
    assert_eq!(report["duplicates"]["rows"], of("duplicate").count());
    (report, lines)
}

#[test]
fn text_json_and_csv_of_a_campaign_with_every_verdict_agree() {
    let desk = Desk::with_gateway("--script 1:400:code=131026");
    desk.put("list.csv", LIST);
    desk.put(
        "first.csv",
        "to,name,phone\n254712000008,Finn,254722000008\n254712000009,Gil,254722000009\n",
    );
    desk.send("first.csv --results list.results.csv --concurrency 1").code_is(3);
    for verbose in ["", "--verbose"] {
        let line = format!("check list.csv --rows 1-8 --session-missing send {verbose}");
        let (report, lines) = in_all_forms(&desk, &line, 3);
        assert_is_the_summary(&lines, &report);
        assert_eq!(report["report"], "check");
        let rejected = &report["rejected"][0];
        let example = rejected["example"].as_str().unwrap();
        let place = &rejected["first"][0];
        let of_place = lines.iter().find(|line| {
            line["source"] == place["source"].as_str().unwrap()
                && line["line"].parse().ok() == place["line"].as_u64()
        });
        assert_eq!(of_place.unwrap()["reason"], example, "{verbose}");
        assert_eq!(
            report["duplicates"]["repeats"],
            serde_json::json!({"source": "list.csv", "line": 2})
        );
        assert_eq!(report["notes"][0]["first"].as_array().unwrap().len(), 1);
        let columns = report["lists"][0]["columns"].as_array().unwrap();
        let fields: Vec<&str> = columns.iter().map(|one| one["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["to", "name", "phone", "phone_2", "last_inbound_at"]);
        assert_eq!(report["countries"]["recipients"], serde_json::json!({"KE": 4}));
        let session = &report["eligibility"]["session"];
        assert_eq!((&session["closed"], &session["bad"]), (&1.into(), &1.into()));
        assert_eq!(report["pace"]["messages"], report["messages"]["left"]);
    }
    let text = fs::read(desk.path("r.json")).unwrap();
    assert!(text.starts_with(b"{\n  \"version\": 1,\n  \"report\": \"check\",\n"));
    assert_eq!(fs::metadata(desk.path("r.json")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_json_report_of_a_send_has_what_its_results_have() {
    let desk =
        Desk::with_gateway("--script 1:400:code=131026,2:lost,3:400:code=131047,4:400:code=131026");
    desk.put_people("people.csv", 40);
    let line = format!("send people.csv {QUICK} --concurrency 1 --retries 0 --limit 30");
    let (report, _) = in_all_forms(&desk, &line, 8);
    assert_eq!(report["report"], "send");
    let words = |code: &Value| format!("{} {} {}", code["status"], code["code"], code["messages"]);
    let codes: Vec<String> = report["codes"].as_array().unwrap().iter().map(words).collect();
    assert_eq!(
        codes,
        ["\"refused\" \"131026\" 2", "\"refused\" \"131047\" 1", "\"unknown\" \"lost\" 1"]
    );
    assert_eq!((&report["run"]["end"], &report["run"]["exit"]), (&"limit".into(), &8.into()));
    desk.run("report people.results.csv --report of.json").code_is(0);
    let results: Value = serde_json::from_str(&desk.read("of.json")).unwrap();
    for key in ["latency_ms", "rate", "gateway", "codes"] {
        assert_eq!(report[key], results[key], "{key}");
    }
    assert_eq!(report["run"]["start"], results["runs"][0]["start"]);
    assert_eq!(report["run"]["end"], results["runs"][0]["end"]);
    assert_eq!(report["latency_ms"]["messages"], 30);
    in_all_forms(&desk, &format!("send people.csv {QUICK}"), 3);
    // Now only what is refused is left: nothing is posted, and there is no rate.
    let (report, _) = in_all_forms(&desk, &format!("send people.csv {QUICK}"), 3);
    assert_eq!((&report["rate"], &report["run"]["end"]), (&Value::Null, &"done".into()));
    assert_eq!(report["refused_before"], 3);
}

#[test]
fn a_json_report_is_written_at_every_end_after_the_first_pass() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    let closed = "--hours 00:00-00:01 --timezone";
    let zone = closed_zone();
    for (line, code, end) in [
        (format!("send people.csv {} --report r.json", QUICK.replace("--yes ", "")), 2, "error"),
        (format!("send people.csv {QUICK} --limit 0 --report r.json"), 8, "limit"),
        (
            format!("send people.csv {QUICK} {closed} {zone} --outside exit --report r.json"),
            10,
            "outside_hours",
        ),
        (format!("send people.csv {QUICK} --daily-cap 2 --report r.json"), 9, "daily_cap"),
        (format!("send people.csv {QUICK} --recipient-cap 1/7d --report r.json"), 0, "done"),
    ] {
        desk.run(&line).code_is(code);
        let report = json_report(&desk, "r.json");
        assert_eq!((&report["run"]["end"], &report["exit"]), (&end.into(), &code.into()), "{line}");
    }
    let before = desk.read("r.json");
    desk.run("check none.csv --report r.json").code_is(4);
    assert_eq!(desk.read("r.json"), before);
}

/// A zone in which it is not the first minute of the day.
fn closed_zone() -> &'static str {
    let minute = jiff::Timestamp::now().as_second() / 60 % (24 * 60);
    if minute < 60 { "Etc/GMT-12" } else { "UTC" }
}

#[test]
fn a_run_that_a_signal_ends_writes_its_json_report() {
    let desk = Desk::new();
    desk.put_people("people.csv", 500);
    let running =
        desk.start("send people.csv --from 254110090747 --yes --rate 20/s --report r.json");
    until("messages arrive", || desk.tally().accepted > 2);
    running.signal("TERM");
    running.ends().code_is(143);
    let report = json_report(&desk, "r.json");
    assert_eq!(report["run"]["end"], "terminated");
    assert_eq!(report["messages"]["sent"], report["latency_ms"]["messages"]);
}

#[test]
fn a_json_report_overwrites_nothing_but_a_report() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1).put("other.json", "{\"a\": 1}\n").put("empty.json", "");
    for (options, why) in [
        ("--report other.json", "is no report"),
        ("--report r.json --summary-json r.json", "would be overwritten"),
        ("--report no/r.json", "there is no folder"),
    ] {
        desk.run(&format!("check people.csv {options}")).complains(2, why);
    }
    assert_eq!(desk.read("other.json"), "{\"a\": 1}\n");
    for _ in 0..2 {
        desk.run("check people.csv --report empty.json").code_is(0);
        json_report(&desk, "empty.json");
    }
    desk.run("check people.csv --report r.json --report s.json --report r.csv").code_is(0);
    assert_eq!(desk.read("r.json"), desk.read("s.json"));
    assert_eq!(desk.lines("r.csv").len(), 1);
}

#[test]
fn names_of_every_kind_break_no_json_report() {
    let desk = Desk::new();
    desk.put(
        "odd.csv",
        "to,phone,name,co\u{202e}lumn\n254712000001,letters \u{1b}[2J \u{202e},=cmd(),x\n",
    );
    desk.run("check odd.csv --report r.json").code_is(3);
    let text = desk.read("r.json");
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
    let report = json_report(&desk, "r.json");
    assert_eq!(report["rejected"][0]["rows"], 1);
}

#[test]
fn a_json_report_counts_the_types_of_the_recipients_numbers() {
    let desk = Desk::new();
    let list = "to,name,phone\n\
                254712000001,Ann,254722000001\n\
                254712000001,Ben,254722000002\n\
                254712000002,Caro,254722000003\n\
                +254202012345,Dan,254722000004\n\
                +12025550123,Eve,254722000005\n\
                +445612345678,Finn,254722000006\n\
                letters,Gil,254722000007\n";
    desk.put("people.csv", list).put("card.csv", "name,phone\nAmani,254722000111\n");
    for (line, code) in [
        ("check people.csv", 3),
        ("check people.csv --card card.csv", 3),
        ("check card.csv --recipients people.csv", 3),
    ] {
        let (report, _) = in_all_forms(&desk, line, code);
        let expected = serde_json::json!({
            "mobile": 2, "fixed_line": 1, "fixed_line_or_mobile": 1, "voip": 1
        });
        assert_eq!(report["number_types"], expected, "{line}");
    }
}
