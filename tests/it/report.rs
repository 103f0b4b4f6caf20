//! `report`: the figures of results files, the same in every form, and the list of what was not sent.

mod in_flight;
mod not_sent;

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::desk::{Desk, Ended, Line, project};
use super::json_schema;

const HEADER: &str = "message_id,campaign,from,to,name,phone,status,error_code,error,attempts,sent_at,latency_ms,source,line,gateway,run";

/// A line of results: the id, the status, the code, the error, the time and the gateway.
fn line(id: &str, status: &str, code: &str, time: &str, run: &str, gateway: &str) -> String {
    let error = if code.is_empty() { "" } else { "an error (http 400): Bob" };
    format!(
        "{id},,254110090747,254712345678,Ann,254722000111,{status},{code},{error},1,{time},120,people.csv,2,{gateway},{run}\n"
    )
}

/// Results with these lines.
fn results(lines: &[String]) -> String {
    format!("\u{feff}{HEADER}\n{}", lines.concat())
}

impl Ended {
    /// Checks everything that was printed.
    #[track_caller]
    fn shows_report(self, expected: &str) {
        let expected = expected.trim_start_matches('\n');
        let shown = self.exits(0).stdout;
        assert!(shown == expected, "printed\n{shown}\nand not\n{expected}");
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
        assert!(shown.lines().count() <= 24, "{shown}");
    }
}

/// Runs `report`, and returns the screen, the JSON and the CSV.
fn in_all_forms(desk: &Desk, line: &str) -> (String, Value, Vec<Line>) {
    let shown = desk.run(&format!("report {line} --timezone UTC --report r.json --report r.csv"));
    let json = serde_json::from_str(&desk.read("r.json")).unwrap();
    let schema = fs::read_to_string(project("docs/report.schema.json")).unwrap();
    json_schema::check(&serde_json::from_str(&schema).unwrap(), &json).unwrap();
    (shown.exits(0).stdout, json, desk.lines("r.csv"))
}

#[test]
fn several_files_are_one_total_and_the_screen_answers_who_did_not_get_it() {
    let desk = Desk::new();
    let (one, two, real) =
        ("2026-11-27T15:10:00.123Z", "2026-11-27T15:11:00.456Z", "gateway.example");
    let at = |second: u32| format!("2026-11-27T15:10:{second:02}.500Z");
    let mut first: Vec<String> =
        (0..6).map(|n| line(&format!("id-{n}"), "sent", "", &at(n), one, real)).collect();
    first.extend((6..9).map(|n| line(&format!("id-{n}"), "refused", "131047", &at(n), one, real)));
    first.push(line("id-9", "refused", "131026", &at(9), one, real));
    first.push(line("id-10", "unknown", "lost", &at(10), one, real));
    // A later line of another file, which does not undo what may have been sent.
    let second = [
        line("id-6", "sent", "", "2026-11-27T15:11:02.000Z", two, real),
        line("id-10", "refused", "131026", "2026-11-27T15:11:03.000Z", two, real),
        line("id-0", "failed", "http_503", "2026-11-27T15:11:04.000Z", two, real),
        line("id-11", "failed", "not_connected", "2026-11-27T15:11:05.000Z", two, real),
    ];
    desk.put("Customers.results.csv", results(&first)).put("b.results.csv", results(&second));
    desk.run("report Customers.results.csv b.results.csv --timezone Africa/Nairobi").shows_report(
        "
Customers and 1 other file   27 Nov 2026 18:10-18:11 Africa/Nairobi, 2 runs
  sent       7 of 12 tried
  not sent   2 session closed (131047): they must write first, then
             --retry-refused=131047
             1 no connection (not_connected): check the network and --gateway,
               then run again
             1 not reachable on WhatsApp (131026): check that the number is on
               WhatsApp
  unknown    1 answer lost (lost): it may have arrived; run again: it keeps its
             id
  runs       18:10  6 sent, 3 refused, 1 unknown
             18:11  1 sent, 1 failed
  latency    p50 120 ms, p95 120 ms, p99 120 ms, max 120 ms
  rate       46/min on average; at most 1 in a second, 10 in a clock minute
  left       not recorded here: the list may have more
  gateway    gateway.example
  results    Customers.results.csv
             b.results.csv
",
    );
    // In whichever order they are given.
    let (_, there, _) = in_all_forms(&desk, "Customers.results.csv b.results.csv");
    let (_, back, _) = in_all_forms(&desk, "b.results.csv Customers.results.csv");
    assert_eq!(there["messages"], back["messages"]);
    assert_eq!(there["codes"], back["codes"]);
}

#[test]
fn rehearsals_and_other_gateways_are_counted_apart() {
    let desk = Desk::new();
    let (time, run) = ("2026-11-27T15:10:00Z", "2026-11-27T15:09:00.000Z");
    let of = |gateway: &str, ids: std::ops::Range<u32>, status: &str| {
        results(
            &ids.map(|n| line(&format!("id-{n}"), status, "", time, run, gateway))
                .collect::<Vec<_>>(),
        )
    };
    desk.put("a.results.csv", of("real.example", 0..2, "sent"))
        .put("b.results.csv", of("other.example", 0..3, "failed"))
        .put("a.rehearsal.results.csv", of("rehearsal", 0..9, "sent"));
    let files = "a.results.csv a.rehearsal.results.csv b.results.csv";
    let (screen, json, csv) = in_all_forms(&desk, files);
    let titles: Vec<&str> = screen.lines().filter(|line| !line.starts_with(' ')).collect();
    let when = "27 Nov 2026 15:10 UTC, 1 run";
    assert_eq!(
        titles,
        [
            &format!("a and 2 other files   {when}"),
            &format!("counted apart: real.example   {when}"),
            &format!("counted apart: rehearsed   {when}"),
        ]
    );
    assert_eq!(
        (&json["gateway"], &json["messages"]["failed"]),
        (&"other.example".into(), &3.into())
    );
    let others = json["other_gateways"].as_array().unwrap();
    let totals: Vec<_> = others
        .iter()
        .map(|part| (part["rehearsal"] == true, part["messages"]["total"].as_u64()))
        .collect();
    assert_eq!(totals, [(false, Some(2)), (true, Some(9))]);
    assert_eq!(csv.len(), 14);
    // A rehearsal alone is shown as one.
    let alone = desk.run("report a.rehearsal.results.csv --timezone UTC").exits(0).stdout;
    assert!(
        alone.starts_with("a   27 Nov") && alone.contains("nothing of this was sent"),
        "{alone}"
    );
    // One file whose gateway was renamed in between is one ledger.
    let renamed = results(&[
        line("id-1", "failed", "http_503", time, run, "old.example"),
        line("id-1", "sent", "", time, run, "new.example"),
    ]);
    desk.put("c.results.csv", renamed);
    let (_, json, _) = in_all_forms(&desk, "c.results.csv");
    assert_eq!((&json["messages"]["total"], &json["gateway"]), (&1.into(), &"new.example".into()));
    assert_eq!(json["other_gateways"], Value::Array(Vec::new()));
}

#[test]
fn a_gateway_that_was_renamed_is_one_in_all_files_of_a_report() {
    let desk = Desk::new();
    let (one, two) = ("2026-11-27T15:10:00.000Z", "2026-11-28T15:10:00.000Z");
    let (old, new) = ("old.example", "new.example");
    desk.put(
        "a.results.csv",
        results(&[
            line("id-1", "failed", "http_503", one, one, old),
            line("id-2", "failed", "http_503", one, one, old),
            line("id-3", "sent", "", one, one, old),
        ]),
    );
    // The last line of a file has the present name.
    desk.put(
        "b.results.csv",
        results(&[
            line("id-4", "failed", "http_503", one, one, old),
            line("id-1", "sent", "", two, two, new),
        ]),
    );
    desk.put("c.results.csv", results(&[line("id-2", "sent", "", two, two, new)]));
    desk.put(
        "a.rehearsal.results.csv",
        results(&[line("id-4", "sent", "", two, two, "rehearsal")]),
    );
    for files in [
        "a.results.csv b.results.csv c.results.csv",
        "c.results.csv b.results.csv a.results.csv",
        "a.results.csv c.results.csv a.rehearsal.results.csv b.results.csv",
    ] {
        let (screen, json, csv) = in_all_forms(&desk, &format!("{files} --not-sent n.csv"));
        let messages = &json["messages"];
        assert_eq!((&messages["total"], &messages["sent"]), (&4.into(), &3.into()), "{files}");
        assert_eq!((&json["gateway"], &json["earlier_names"][0]), (&new.into(), &old.into()));
        let others = json["other_gateways"].as_array().unwrap().len();
        assert_eq!((others, csv.len()), (usize::from(files.contains("rehearsal")), 4 + others));
        assert!(screen.contains("  gateway    new.example (before: old.example)\n"), "{screen}");
        assert_eq!(desk.lines("n.csv").len(), 1, "{files}");
    }
    // Without the file that has both names nothing says that they are one.
    let (_, json, _) = in_all_forms(&desk, "a.results.csv c.results.csv");
    assert_eq!(json["other_gateways"].as_array().unwrap().len(), 1);
}

#[test]
fn the_figures_are_the_same_in_every_form_and_an_independent_count() {
    let desk =
        Desk::with_gateway("--script 3:400:code=131047,7:400:code=131026,9:400:code=131047,11:400");
    desk.put_people("people.csv", 20);
    desk.send("people.csv --concurrency 1 --limit 10 --campaign spring").code_is(8);
    desk.send("people.csv --concurrency 1 --campaign spring").code_is(3);
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    let lines = desk.lines("people.results.csv");
    for line in &lines {
        *statuses.entry(line["status"].clone()).or_default() += 1;
        *codes.entry(line["error_code"].clone()).or_default() += 1;
    }
    let (screen, json, csv) = in_all_forms(&desk, "people.results.csv");
    let messages = &json["messages"];
    assert_eq!(messages["total"], 20);
    for status in ["sent", "refused", "failed", "unknown"] {
        let number = statuses.get(status).copied().unwrap_or(0);
        assert_eq!(messages[status], number, "{status}");
        assert_eq!(csv.iter().filter(|line| line["status"] == status).count() as u64, number);
    }
    assert_eq!((statuses["sent"], statuses["refused"]), (16, 4));
    for code in json["codes"].as_array().unwrap() {
        let name = code["code"].as_str().unwrap();
        assert_eq!(code["messages"], codes[name], "{name}");
        assert_eq!(
            csv.iter().filter(|line| line["error_code"] == name).count() as u64,
            codes[name]
        );
        let shown = format!(
            "{} ({name}): {}",
            code["meaning"].as_str().unwrap(),
            code["next_step"].as_str().unwrap()
        );
        assert!(
            screen
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .contains(&format!("{} {shown}", codes[name])),
            "{shown} in {screen}"
        );
    }
    assert!(screen.contains("  campaign   spring\n  sent       16 of 20  "), "{screen}");
    let runs = json["runs"].as_array().unwrap();
    let ends: Vec<_> = runs
        .iter()
        .map(|run| {
            (
                run["end"].as_str().unwrap(),
                run["exit"].as_u64().unwrap(),
                run["messages"]["total"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(ends, [("limit", 8, 10), ("done", 3, 10)]);
    assert!(screen.contains(" sent, 3 refused; stopped at --limit\n"), "{screen}");
    assert!(
        screen.contains(" sent, 1 refused; finished\n") && !screen.contains("  left "),
        "{screen}"
    );
    for (name, line) in csv.iter().map(|line| (&line["message_id"], line)) {
        let of = lines.iter().find(|line| line["message_id"] == *name).unwrap();
        for column in [
            "campaign",
            "from",
            "to",
            "name",
            "phone",
            "status",
            "error_code",
            "attempts",
            "sent_at",
            "latency_ms",
            "source",
            "line",
            "run",
            "gateway",
        ] {
            assert_eq!(line[column], of[column], "{column} of {name}");
        }
        assert_eq!(line["reason"], of["error"]);
        assert_eq!(line["next_step"].is_empty(), line["status"] == "sent");
    }
    let buckets: u64 = json["rate"]["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["messages"].as_u64().unwrap())
        .sum();
    assert_eq!((buckets, json["latency_ms"]["messages"].as_u64()), (20, Some(20)));
}

#[test]
fn only_what_was_last_attempted_since_a_time_counts() {
    let desk = Desk::new();
    let run = "2026-11-27T08:00:00.000Z";
    let at = |id: &str, status: &str, time: &str| line(id, status, "", time, run, "h");
    desk.put(
        "a.results.csv",
        results(&[
            at("a", "sent", "2026-11-26T20:59:59.999Z"),
            at("b", "sent", "2026-11-26T21:00:00.000Z"),
            at("c", "failed", "2026-11-25T08:00:00Z"),
            at("c", "failed", "2026-11-27T08:00:00Z"),
        ]),
    );
    let count = |since: &str| {
        desk.run(&format!("report a.results.csv --timezone Africa/Nairobi --report r.json --not-sent n.csv {since}")).exits(0);
        let json: Value = serde_json::from_str(&desk.read("r.json")).unwrap();
        (json["messages"]["total"].as_u64().unwrap(), desk.lines("n.csv").len())
    };
    assert_eq!(count(""), (3, 1));
    assert_eq!(count("--since 2026-11-27"), (2, 1));
    assert_eq!(count("--since 2026-11-26T21:00:00.001Z"), (1, 1));
    assert_eq!(count("--since 2026-11-28"), (0, 0));
    let screen = desk.run("report a.results.csv --since 2026-11-28 --timezone UTC").exits(0).stdout;
    assert!(screen.contains("nothing is recorded since 28 Nov 2026 00:00"), "{screen}");
    desk.run("report a.results.csv --since yesterday")
        .complains(2, "`yesterday` is not a time like");
}

#[test]
fn a_message_that_was_sent_again_since_a_time_in_another_file_counts() {
    let desk = Desk::new();
    let at = |status: &str, time: &str| results(&[line("a", status, "", time, time, "h")]);
    let (before, since) = ("2026-11-26T08:00:00.000Z", "2026-11-27T13:00:00.000Z");
    desk.put("a.results.csv", at("sent", before));
    for status in ["sent", "unknown", "refused"] {
        desk.put("b.results.csv", at(status, since));
        for files in ["a.results.csv b.results.csv", "b.results.csv a.results.csv"] {
            let (screen, json, csv) = in_all_forms(&desk, &format!("{files} --since 2026-11-27"));
            assert!(screen.contains("  sent       1 of 1 tried\n"), "{status} {files} {screen}");
            assert_eq!((&json["messages"]["sent"], csv.len()), (&1.into(), 1));
            assert_eq!(csv[0]["sent_at"], before, "the line that counts is the same as without");
        }
    }
    // In one file too: the line that counts over the last one is older.
    let both = results(&[
        line("a", "sent", "", before, before, "h"),
        line("a", "failed", "", since, since, "h"),
    ]);
    desk.put("c.results.csv", both);
    let (_, json, _) = in_all_forms(&desk, "c.results.csv --since 2026-11-27");
    assert_eq!(json["messages"]["sent"], 1);
}

/// A message that a run recorded after a crash has no `sent_at`: its `run` is a later time.
#[test]
fn a_message_without_a_time_is_in_no_rate_and_not_since_a_time() {
    let desk = Desk::new();
    let run = "2026-11-27T08:00:00.000Z";
    let lines = [
        line("a", "sent", "", "2026-11-27T08:00:01.000Z", run, "h"),
        line("b", "sent", "", "2026-11-27T08:00:03.000Z", run, "h"),
        line("c", "unknown", "lost", "", run, "h"),
        line("d", "unknown", "lost", "", run, "h"),
    ];
    desk.put("a.results.csv", results(&lines));
    let (screen, json, _) = in_all_forms(&desk, "a.results.csv");
    assert!(
        screen.contains(
            "  rate       30/min on average; at most 1 in a second, 2 in a clock minute\n"
        )
    );
    assert_eq!((&json["messages"]["total"], &json["messages"]["unknown"]), (&4.into(), &2.into()));
    assert_eq!(json["first"], "2026-11-27T08:00:01.000Z");
    assert_eq!(json["rate"]["buckets"][0]["messages"], 2);
    let (screen, json, csv) = in_all_forms(&desk, "a.results.csv --since 2026-11-27");
    assert_eq!((&json["messages"]["total"], csv.len()), (&2.into(), 2));
    let shown = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("since then; 2 messages without a time are left out"), "{screen}");
    desk.put("b.results.csv", results(&lines[2..3]));
    desk.run("report b.results.csv --since 2026-11-27 --timezone UTC")
        .says("nothing is recorded since 27 Nov 2026 00:00; 1 message without a\n             time is left out");
    // In several files such a line is ordered by the start of its run.
    let of = |name: &str, status: &str, run: &str| {
        desk.put(name, results(&[line("e", status, "", "", run, "h")]));
    };
    of("c.results.csv", "failed", "2026-11-28T08:00:00.000Z");
    of("d.results.csv", "refused", run);
    let (_, json, _) = in_all_forms(&desk, "c.results.csv d.results.csv");
    assert_eq!(json["messages"]["failed"], 1);
}

#[test]
fn a_report_is_never_written_over_another_file() {
    let desk = Desk::new();
    desk.put("a.results.csv", results(&[line("a", "sent", "", "", "", "h")]));
    let before = desk.read("a.results.csv");
    for (option, problem) in [
        ("--report a.results.csv", "a.results.csv holds results and would be overwritten"),
        ("--not-sent ./a.results.csv", "holds results and would be overwritten"),
        ("--report r.csv --not-sent r.csv", "r.csv takes a report and would be overwritten"),
        ("--report r.html", "the page comes with a later version"),
        ("--report - --report -", "only one report can go to standard output"),
        ("--report r.txt", "must end in .csv or .json"),
        ("--not-sent .", "it is a folder"),
        ("--not-sent -", "needs the name of a file"),
        ("--report none/r.csv", "there is no folder none"),
    ] {
        desk.run(&format!("report a.results.csv {option}")).complains(2, problem);
    }
    assert_eq!(desk.read("a.results.csv"), before);
    assert!(!desk.has("r.csv"));
    let printed = desk.run("report a.results.csv --report - --report r.csv").exits(0).stdout;
    assert_eq!(printed, desk.read("r.csv"), "nothing else is on standard output");
    use std::os::unix::fs::PermissionsExt;
    desk.run("report a.results.csv --report r.csv --report r.json --not-sent n.csv").exits(0);
    for name in ["r.csv", "r.json", "n.csv"] {
        assert_eq!(fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(
        desk.read("r.csv").starts_with("\u{feff}message_id,")
            && desk.read("n.csv").starts_with("\u{feff}to,")
    );
}

#[test]
fn report_replaces_only_an_empty_file_or_one_of_the_same_kind() {
    let desk = Desk::new();
    let (run, time) = ("2026-11-27T08:00:00.000Z", "2026-11-27T08:00:01.000Z");
    let of = |status: &str| results(&[line("a", status, "", time, run, "h")]);
    desk.put("a.results.csv", of("failed"));
    let list = "to,name,phone\n254712345678,Ann,254722000111\n";
    desk.put("list.csv", list).put("list.json", "{\"version\":1}");
    desk.put("old.csv", of("sent"));
    desk.run("report a.results.csv --report r.csv --not-sent n.csv").exits(0);
    desk.put("a.csv", desk.read("n.csv"));
    let before = ["list.csv", "list.json", "old.csv", "a.csv"].map(|name| desk.read(name));
    let name = "has the name of a results, rejects or not-sent file and would be overwritten";
    for (option, problem) in [
        ("--report list.csv", "list.csv is no report of results and would be overwritten"),
        ("--report list.json", "list.json is no report and would be overwritten"),
        ("--report old.csv", "old.csv is no report of results and would be overwritten"),
        ("--report n.csv", "n.csv is no report of results and would be overwritten"),
        ("--not-sent list.csv", "list.csv is no list of what was not sent and would be"),
        ("--not-sent old.csv", "old.csv is no list of what was not sent and would be"),
        ("--not-sent r.csv", "r.csv is no list of what was not sent and would be"),
        ("--not-sent a.csv", "a.csv is the list of the results and would be overwritten"),
        ("--report b.results.csv", name),
        ("--not-sent b.rejects.csv", name),
        ("--not-sent a.not-sent.csv", name),
    ] {
        desk.run(&format!("report a.results.csv {option}")).complains(2, problem);
    }
    assert_eq!(["list.csv", "list.json", "old.csv", "a.csv"].map(|name| desk.read(name)), before);
    desk.put("r.csv", "").put("n.csv", "").put("r.json", "");
    for _ in 0..2 {
        desk.run("report a.results.csv --report r.csv --report r.json --not-sent n.csv").exits(0);
        assert_eq!((desk.lines("r.csv").len(), desk.lines("n.csv").len()), (1, 1));
        desk.put("r.json", desk.read("r.json").replace(':', ": ").replace(',', ",\n  "));
    }
    assert!(!desk.has("n.bak.csv"), "an empty file and one that nobody has changed are not kept");
}

/// Names that a spreadsheet, a terminal or a CSV reader could trip over.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "=cmd()",
        "'=1",
        "+254",
        "-2+3",
        "@x",
        "Ann, \"Bo\"",
        "Zoë 👩‍👩‍👧 é",
        "שלום العربية",
        "; DROP",
    ]
    .map(str::to_owned)
    .into();
    names.push("x".repeat(500));
    names
}

#[test]
fn texts_of_others_break_no_form() {
    let desk = Desk::new();
    let mut names = names();
    names.push("a\u{1b}]0;x\u{7}\u{202e}b".to_owned());
    let mut file = csv::Writer::from_path(desk.path("a.results.csv")).unwrap();
    file.write_record(HEADER.split(',')).unwrap();
    for (n, name) in names.iter().enumerate() {
        let escaped = lipasend::read::formula::escape_formula(name);
        let (id, run) = (format!("id-{n}"), "2026-11-27T15:10:00.000Z");
        let cells = [
            &*id,
            &escaped,
            "254110090747",
            "254712345678",
            &escaped,
            "254722000111",
            "failed",
            &escaped,
            &escaped,
            "1",
            "",
            "",
            &escaped,
            "2",
            "h",
            run,
        ];
        file.write_record(cells).unwrap();
    }
    file.flush().unwrap();
    let (screen, json, csv) = in_all_forms(&desk, "a.results.csv");
    assert_eq!(
        (json["messages"]["failed"].as_u64(), csv.len()),
        (Some(names.len() as u64), names.len())
    );
    for (line, name) in csv.iter().zip(&names) {
        let shown = name
            .replace('\u{1b}', "\\u{1b}")
            .replace('\u{7}', "\\u{7}")
            .replace('\u{202e}', "\\u{202e}");
        let escaped = lipasend::read::formula::escape_formula(&shown);
        assert_eq!(line["name"], escaped, "{name:?}");
        assert!(!line.values().any(|cell| cell.starts_with(['=', '@', '-'])), "{line:?}");
    }
    for text in [&screen, &desk.read("r.json"), &desk.read("r.csv")] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text}");
    }
    let codes = json["codes"].as_array().unwrap();
    assert!(names.iter().all(|name| codes.iter().any(|code| code["code"] == **name)), "{codes:?}");
}

#[test]
fn results_without_messages_and_of_older_versions_are_counted() {
    let desk = Desk::new();
    desk.put("empty.results.csv", results(&[]));
    let (screen, json, csv) = in_all_forms(&desk, "empty.results.csv");
    assert_eq!(
        screen,
        "empty\n  sent       nothing is recorded\n  results    empty.results.csv\n  report     r.json\n             r.csv\n"
    );
    assert_eq!((json["messages"]["total"].as_u64(), csv.len()), (Some(0), 0));
    desk.put("old.results.csv", "message_id,status,gateway,run\na,sent,h,x\nb,failed,h,x\n");
    desk.run("report old.results.csv --timezone UTC").shows_report(
        "
old   1 run
  sent       1 of 2 tried
  not sent   1 failed without a code: run again
  runs       x  1 sent, 1 failed
  left       not recorded here: the list may have more
  gateway    h
  results    old.results.csv
",
    );
    desk.put("broken.results.csv", "message_id,status,gateway,run\na,sent\nb,failed,h,x\n");
    desk.run("report broken.results.csv").complains(4, "broken.results.csv line 2: ");
}

/// A report of one results file: the screen without its first line, and what JSON has of each run.
fn of_one(desk: &Desk, results: &str) -> (String, Vec<(Value, Value, Value)>) {
    let (screen, json, _) = in_all_forms(desk, results);
    let runs = json["runs"].as_array().unwrap().iter();
    let runs = runs.map(|run| (run["part"].clone(), run["left"].clone(), run["held"].clone()));
    (screen, runs.collect())
}

#[test]
fn a_run_over_a_part_of_the_list_says_so_and_has_no_share_of_it() {
    let desk = Desk::new();
    desk.put_people("people.csv", 20);
    for (option, end, left) in [
        (
            "--rows 1-10",
            "finished rows 1-10",
            "the last run was for rows 1-10, the list may have more",
        ),
        (
            "--sample 10",
            "finished a sample of 10 rows",
            "the last run was for a sample of 10 rows, the list",
        ),
    ] {
        let name = option.replace([' ', '-'], "");
        let send = format!("people.csv --campaign {name} --results {name}.results.csv");
        desk.send(&format!("{send} {option}")).exits(0);
        let results = format!("{name}.results.csv");
        let (screen, runs) = of_one(&desk, &results);
        let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(screen.contains("  sent       10 of 10 tried\n"), "{screen}");
        assert!(screen.contains(&format!("  10 sent; {end}\n")), "{screen}");
        assert!(words.contains(&format!("left not recorded here: {left}")), "{screen}");
        let part = end.strip_prefix("finished ").unwrap();
        assert_eq!(runs, [(part.into(), 0.into(), 0.into())]);
        // The rest of the list.
        desk.send(&send).exits(0);
        let (screen, runs) = of_one(&desk, &results);
        assert!(
            screen.contains("  sent       20 of 20  ████████████████████  100 %\n"),
            "{screen}"
        );
        assert!(screen.contains(" 10 sent; finished\n") && !screen.contains("  left "), "{screen}");
        assert_eq!(runs[1], (Value::Null, 0.into(), 0.into()));
    }
    desk.send("people.csv --limit 10").code_is(8);
    let (screen, runs) = of_one(&desk, "people.results.csv");
    assert!(screen.contains("  sent       10 of 10 tried\n"), "{screen}");
    assert!(screen.contains("  left       10 messages not reached by the last run: run again\n"));
    assert_eq!(runs, [(Value::Null, 10.into(), 0.into())]);
}

#[test]
fn the_rejects_file_is_not_the_whole_list_and_a_run_without_messages_may_show_that_nothing_is_left()
{
    let desk = Desk::new();
    desk.put_people("people.csv", 4).put_people("more.csv", 5);
    desk.send("people.csv --limit 3").code_is(8);
    desk.put("people.rejects.csv", desk.read("more.csv").replace("Person 4", "Zuri"));
    desk.send("people.rejects.csv --rows 5").exits(0);
    let (screen, runs) = of_one(&desk, "people.results.csv");
    assert!(screen.contains("  1 sent; finished rows 5 of the rejects file\n"), "{screen}");
    assert!(
        screen.contains("  left       1 message not reached by the last run over the whole list"),
        "{screen}"
    );
    assert_eq!(runs[1].0, "rows 5 of the rejects file");
    // What was left has gone from the list.
    desk.put_people("people.csv", 3);
    desk.send("people.csv").exits(0).says("nothing to send");
    let (screen, runs) = of_one(&desk, "people.results.csv");
    assert!(screen.contains("  100 %\n") && !screen.contains("  left "), "{screen}");
    assert_eq!(runs.len(), 2);
}

#[test]
fn held_messages_are_no_part_of_the_results_and_there_is_no_share_without_them() {
    let desk = Desk::new();
    desk.put_people("people.csv", 4).put("in.jsonl", "");
    desk.send("people.csv --limit 1").code_is(8);
    desk.send(
        "people.csv --session-window 24h --session-missing hold --inbound in.jsonl --send-changed",
    )
    .code_is(3);
    let (screen, _) = of_one(&desk, "people.results.csv");
    assert!(screen.contains("  sent       1 of 1 tried\n"), "{screen}");
    assert!(
        screen.contains("  held       3 messages, by the last run over the whole list: see the not-sent\n             file\n"),
        "{screen}"
    );
}

#[test]
fn the_end_of_one_campaign_is_not_that_of_another_one_in_the_same_file() {
    let desk = Desk::new();
    desk.put_people("people.csv", 4);
    desk.send("people.csv --limit 1").code_is(8);
    desk.send("people.csv --campaign spring").exits(0);
    let (screen, _) = of_one(&desk, "people.results.csv");
    assert!(screen.contains("  sent       5 of 5 tried\n"), "{screen}");
    assert!(
        screen.contains("  left       not recorded here: the list may have more\n"),
        "{screen}"
    );
}

#[test]
fn lines_of_an_older_lock_file_are_read() {
    let desk = Desk::new();
    desk.put_people("people.csv", 2);
    desk.send("people.csv").exits(0);
    let lock = desk.read("people.results.csv.lock");
    assert!(lock.contains(" 0 done left=0 total=2\n"), "{lock}");
    desk.put("people.results.csv.lock", lock.replace(" left=0 total=2", ""));
    let (screen, runs) = of_one(&desk, "people.results.csv");
    assert!(screen.contains("  100 %\n") && screen.contains("  2 sent; finished\n"), "{screen}");
    assert_eq!(runs, [(Value::Null, Value::Null, Value::Null)]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_report_that_cannot_be_written_is_an_error_with_the_name_of_its_file() {
    let desk = Desk::new();
    // More than a buffer holds.
    let lines = (0..9000).map(|n| line(&format!("id-{n}"), "sent", "", "", "x", "h"));
    desk.put("a.results.csv", results(&lines.collect::<Vec<_>>()));
    for name in ["full.csv", "full.json"] {
        std::os::unix::fs::symlink("/dev/full", desk.path(name)).unwrap();
        desk.run(&format!("report a.results.csv --report {name}"))
            .complains(1, name)
            .complains(1, "No space left on device");
    }
}

#[test]
fn a_refusal_without_a_code_is_shown_as_one_with_its_text() {
    let desk = Desk::new();
    let header = "message_id,status,error_code,error,gateway,run\n";
    desk.put("a.results.csv", format!("{header}a,sent,,,h,x\nb,refused,,some: Bob,h,x\n"));
    desk.run("report a.results.csv")
        .says("  not sent   1 refused without a code, \"some\": see `error` in the results; once");
    desk.put("b.results.csv", format!("{header}c,refused,,other,h,x\n"));
    desk.run("report a.results.csv b.results.csv")
        .says("  not sent   2 refused without a code: see `error` in the results; once it is");
}

#[test]
fn a_run_that_did_not_end_in_order_has_no_end() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    desk.send("people.csv --limit 1").code_is(8);
    let left = "  left       2 messages not reached by the last run: run again\n";
    desk.run("report people.results.csv").says("  1 sent; stopped at --limit\n").says(left);
    let killed = desk.start("send people.csv --from 254110090747 --yes --rate 1/60s");
    super::desk::until("a message is sent", || desk.count("people.results.csv", "sent") == 2);
    killed.signal("KILL");
    killed.ended().code_is(-9);
    desk.run("report people.results.csv")
        .says("  1 sent; stopped at --limit\n")
        .says("  1 sent, 1 unknown; no end is recorded\n")
        .says("  left       not recorded here: the list may have more\n")
        .says("  in flight  1 message may have arrived");
    desk.send("people.csv").code_is(0);
    let shown = desk.run("report people.results.csv").says("  1 sent; finished\n");
    shown.says("  1 sent; no end is recorded\n").says("100 %");
}

#[test]
fn the_first_run_is_shown_as_going_on_and_when_it_was_killed_without_an_end() {
    let desk = Desk::new();
    desk.put_people("people.csv", 3);
    let first = desk.start("send people.csv --from 254110090747 --yes --rate 1/60s");
    super::desk::until("a message is sent", || {
        desk.has("people.results.csv") && desk.count("people.results.csv", "sent") == 1
    });
    desk.run("report people.results.csv")
        .says("  1 sent; still going on\n")
        .says("  in flight  a run is going on\n");
    first.signal("KILL");
    first.ended().code_is(-9);
    let no_end = "  1 sent; no end is recorded\n";
    desk.run("report people.results.csv")
        .says("  1 sent, 1 unknown; no end is recorded\n")
        .says("  in flight  1 message may have arrived");
    desk.send("people.csv").code_is(0);
    desk.run("report people.results.csv").says(no_end).says("  2 sent; finished\n");
}

#[test]
fn runs_of_one_minute_are_shown_with_seconds() {
    let desk = Desk::new();
    let run = |second: u32| format!("2026-11-27T15:10:{second:02}.500Z");
    let at = |id: &str, second: u32| line(id, "sent", "", &run(second), &run(second), "h");
    desk.put("a.results.csv", results(&[at("a", 5), at("b", 40)]));
    desk.run("report a.results.csv --timezone UTC")
        .says("  runs       15:10:05  1 sent\n             15:10:40  1 sent\n");
}

#[test]
fn no_share_is_shown_when_messages_of_the_list_are_in_other_results() {
    let desk = Desk::with_gateway("--script 1:400:code=131026");
    desk.put_people("people.csv", 5);
    desk.send("people.csv --limit 3 --concurrency 1").code_is(8);
    desk.send("people.csv --results second.results.csv").code_is(3).sent(2);
    desk.run("report second.results.csv")
        .says("  sent       2 of 2 tried\n")
        .says("  left       3 messages of the list in other results: report them too\n");
    desk.run("report second.results.csv people.results.csv").says("  sent       4 of 5 tried\n");
}
