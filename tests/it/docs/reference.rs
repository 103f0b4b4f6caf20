//! docs/reference.md has everything that the program has, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lipasend::eligibility::held::Held;
use lipasend::exit::ExitCode;
use lipasend::prepare::phone::{NumberType, ProblemKind, Role};
use lipasend::read::SkipReason;
use lipasend::read::note::NoteKind;
use lipasend::report::decided::Decided;
use lipasend::report::next_step::OWN_CODES;

use super::super::desk::{Desk, Ended, QUICK, project};
use super::copy_samples;

/// Words of the sources that look like codes, but that no user meets.
const INTERNAL: [&str; 8] = [
    "name_part",      // a use of a column in the JSON report
    "left_out",       // another one
    "recipient_rate", // a limit in the JSON report
    "all_proxy",      // lower case of ALL_PROXY
    "https_proxy",    // lower case of HTTPS_PROXY
    "no_proxy",       // lower case of NO_PROXY
    "api_key_file",   // an option's name inside clap
    "unix_seconds",   // a function that writes a field
];

/// The part of the reference under a heading, up to the next heading of any level.
fn section(heading: &str) -> String {
    let text = fs::read_to_string(project("docs/reference.md")).unwrap();
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).expect(heading);
    rest.split("\n#").next().unwrap().to_owned()
}

/// The rows of the tables in a text, cell by cell, without their headers.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &&str| line.starts_with("|---");
    let row = |line: &str| {
        let line = line.replace("\\|", "\u{0}");
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().replace('\u{0}', "|")).collect::<Vec<_>>()
    };
    let starts = (0..lines.len()).filter(|at| is_rule(&lines[*at]));
    starts
        .flat_map(|at| lines[at + 1..].iter().take_while(|line| line.starts_with('|')))
        .map(|line| row(line))
        .collect()
}

/// The words in backticks in the first column of a section's tables.
pub(crate) fn first_column(heading: &str) -> Vec<String> {
    rows(&section(heading)).iter().flat_map(|row| in_backticks(&row[0])).collect()
}

fn in_backticks(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// An option in `--help`.
#[derive(Debug, Default, PartialEq)]
struct HelpOption {
    default: Option<String>,
    values: Vec<String>,
}

/// The options of a subcommand by how the reference writes them: `--yes`, `-y`.
fn options_of_help(command: &str) -> BTreeMap<String, HelpOption> {
    let help = Desk::new().run(&format!("help {command}")).exits(0).stdout;
    let mut options: BTreeMap<String, HelpOption> = BTreeMap::new();
    let mut last = String::new();
    for line in help.lines() {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if text.starts_with('-') && !text.starts_with("- ") && indent <= 6 {
            last = match text.split_once(", ") {
                Some((short, long)) if short.len() == 2 => format!("`{long}`, `{short}`"),
                _ => format!("`{text}`"),
            };
            options.insert(last.clone(), HelpOption::default());
        } else if let Some(option) = options.get_mut(&last) {
            if let Some(default) = text.strip_prefix("[default: ") {
                option.default = Some(default.trim_end_matches(']').to_owned());
            } else if let Some((value, _)) =
                text.strip_prefix("- ").and_then(|value| value.split_once(':'))
            {
                option.values.push(value.to_owned());
            }
        }
    }
    options.remove("`--help`, `-h`");
    options
}

/// Compares a subcommand's options with tables of the reference.
fn check_options(command: &str, headings: &[&str]) {
    let help = options_of_help(command);
    let tables: Vec<Vec<String>> = headings.iter().flat_map(|at| rows(&section(at))).collect();
    let described: BTreeMap<&str, &Vec<String>> =
        tables.iter().filter(|row| row[0].starts_with("`--")).map(|row| (&*row[0], row)).collect();
    let names: BTreeSet<&str> = help.keys().map(String::as_str).collect();
    assert_eq!(described.keys().copied().collect::<BTreeSet<_>>(), names, "{command}");
    for (name, option) in help {
        let row = described[&*name];
        if let Some(default) = option.default {
            let cell = row[1].replace('`', "");
            assert_eq!(cell, default, "the default of {name}");
        }
        for value in option.values {
            assert!(in_backticks(&row[2]).contains(&value), "the value {value} of {name}");
        }
    }
}

#[test]
fn options() {
    let headings = [
        "### Who gets what",
        "### Reading the lists",
        "### When a message may go",
        "### Sending",
        "### Files",
        "### Gateway",
        "### Output",
    ];
    check_options("send", &headings);
    check_options("check", &headings);
    check_options("listen", &["## Options of `listen`"]);
    check_options("mock-gateway", &["## The mock gateway"]);
}

#[test]
fn commands() {
    let help = Desk::new().run("--help").exits(0).stdout;
    let listed = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let listed: BTreeSet<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let described = first_column("## Commands");
    let described: BTreeSet<&str> =
        described.iter().filter_map(|command| command.split(' ').nth(1)).collect();
    assert_eq!(described, listed);
}

#[test]
fn faults_of_the_mock_gateway() {
    let shown = Desk::new().run("mock-gateway --fault nonsense=1%").code_is(2).stderr;
    let listed = shown.split("599, ").nth(1).unwrap().lines().next().unwrap();
    let listed: BTreeSet<&str> = listed.split(", ").collect();
    let tables = rows(&section("## The mock gateway"));
    let kinds: Vec<String> = tables
        .iter()
        .filter(|row| row.len() == 3 && ["yes", "no"].contains(&&*row[2]))
        .flat_map(|row| in_backticks(&row[0]))
        .collect();
    assert_eq!(kinds.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed);
}

/// Every exit code. A new one does not compile before it is in this list.
const EXIT_CODES: [ExitCode; 14] = [
    ExitCode::Success,
    ExitCode::Internal,
    ExitCode::Usage,
    ExitCode::Incomplete,
    ExitCode::Input,
    ExitCode::Unavailable,
    ExitCode::SetUp,
    ExitCode::Limit,
    ExitCode::DailyCap,
    ExitCode::MaxDuration,
    ExitCode::Locked,
    ExitCode::HungUp,
    ExitCode::Interrupted,
    ExitCode::Terminated,
];

fn is_listed(code: ExitCode) -> bool {
    match code {
        ExitCode::Success
        | ExitCode::Internal
        | ExitCode::Usage
        | ExitCode::Incomplete
        | ExitCode::Input
        | ExitCode::Unavailable
        | ExitCode::SetUp
        | ExitCode::Limit
        | ExitCode::DailyCap
        | ExitCode::MaxDuration
        | ExitCode::Locked
        | ExitCode::HungUp
        | ExitCode::Interrupted
        | ExitCode::Terminated => EXIT_CODES.contains(&code),
    }
}

#[test]
fn exit_codes() {
    assert!(EXIT_CODES.into_iter().all(is_listed));
    let numbers: Vec<String> = EXIT_CODES.map(|code| code.number().to_string()).to_vec();
    let described: Vec<String> =
        rows(&section("## Exit codes")).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(described, numbers);
    let mut order = EXIT_CODES.to_vec();
    order.sort_unstable();
    let order: Vec<String> = order.iter().map(|code| code.number().to_string()).collect();
    let text = section("## Exit codes");
    assert!(text.contains(&format!("counts: {}.", order.join(", "))), "{order:?}");
}

#[test]
fn columns_and_json_fields() {
    let desk = Desk::new();
    copy_samples(&desk.path(""));
    desk.run("send samples/contacts.csv --rehearse --rate unlimited --summary-json s.json")
        .code_is(3);
    let header = |file: &str| -> Vec<String> {
        let text = desk.read(file);
        let line = text.trim_start_matches('\u{feff}').lines().next().unwrap();
        line.split(',').map(str::to_owned).collect()
    };
    let results = header("samples/contacts.rehearsal.results.csv");
    assert_eq!(first_column("## Columns of the results"), results);
    let rejects = header("samples/contacts.rejects.csv");
    let own = header("samples/contacts.csv").len();
    assert_eq!(first_column("## Columns of the rejects"), rejects[own..]);
    desk.run("check samples/contacts.csv --report r.csv").code_is(3);
    assert_eq!(first_column("## Columns of a report"), header("r.csv"));
    desk.put("old.csv", "to,name,phone,phone_2,last_inbound_at\n254712000001,A,254722000001,254722000002,2000-01-01T00:00:00Z\n");
    desk.run("check old.csv --not-sent").code_is(0);
    assert_eq!(first_column("## Columns of the not-sent file"), header("old.not-sent.csv"));

    let summary: serde_json::Value = serde_json::from_str(&desk.read("s.json")).unwrap();
    let mut fields = BTreeSet::new();
    for (field, value) in summary.as_object().unwrap() {
        match value.as_object().filter(|_| ["rows", "messages"].contains(&&**field)) {
            Some(inner) => fields.extend(inner.keys().map(|key| format!("{field}.{key}"))),
            None => {
                fields.insert(field.clone());
            }
        }
    }
    let described: BTreeSet<String> = first_column("## JSON summary").into_iter().collect();
    assert_eq!(described, fields);
}

/// The sources without their tests, as one text.
fn sources() -> String {
    let mut folders = vec![project("src")];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
                let file = fs::read_to_string(path).unwrap();
                let is_tests = |line: &&str| line.ends_with("mod tests {");
                file.lines().take_while(|line| !is_tests(line)).for_each(|line| {
                    text.push_str(line);
                    text.push('\n');
                });
            }
        }
    }
    text
}

/// The string literals of the sources that look like codes: `to_letters`.
fn codes_of_sources(sources: &str) -> BTreeSet<&str> {
    let is_code = |text: &&str| {
        text.contains('_')
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.ends_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    sources.split('"').filter(is_code).collect()
}

#[test]
fn notes() {
    let described: BTreeSet<String> = first_column("## Notes").into_iter().collect();
    let kinds = NoteKind::ALL.iter().map(|kind| kind.code().to_owned());
    assert_eq!(described, kinds.collect());
}

#[test]
fn number_types() {
    let codes: Vec<String> = NumberType::all().map(|kind| kind.code().to_owned()).collect();
    assert_eq!(first_column("## Number types"), codes);
}

/// Each code that can stand in results, rejects, reports and not-sent files has its line in a table.
#[test]
fn every_code_of_a_file_stands_in_its_table() {
    let has = |heading: &str, codes: Vec<String>| {
        let text = section(heading);
        let described: Vec<String> = rows(&text)
            .into_iter()
            .flat_map(|row| {
                row[0].split(',').map(|code| code.trim().replace('`', "")).collect::<Vec<_>>()
            })
            .collect();
        let missing: Vec<_> = codes.iter().filter(|code| !described.contains(code)).collect();
        assert!(missing.is_empty(), "not in {heading}: {missing:?} (it has {described:?})");
    };
    let own = OWN_CODES.map(|(code, _)| code.to_owned());
    has("## Error codes", own.to_vec());
    let roles = [Role::To, Role::Card];
    let codes = roles.iter().flat_map(|role| ProblemKind::ALL.map(|kind| kind.code(*role)));
    has("## Reject codes", codes.map(str::to_owned).collect());
    has("## Skip reasons", SkipReason::ALL.map(|reason| reason.code().to_owned()).to_vec());
    has("## Reasons for holding", Held::ALL.map(|held| held.code().to_owned()).to_vec());
    let columns = section("## Columns of a report");
    for decided in [Decided::LeftByDailyCap, Decided::Refused, Decided::Unknown] {
        let code = format!("`{}`", decided.code());
        assert!(columns.contains(&code), "no {code} in the columns of a report");
    }
}

const CODES: [&str; 4] = ["## Reject codes", "## Skip reasons", "## Notes", "## Error codes"];

#[test]
fn codes_that_the_sources_have() {
    let sources = sources();
    let text = fs::read_to_string(project("docs/reference.md")).unwrap();
    let described: BTreeSet<String> = in_backticks(&text).into_iter().collect();
    let missing: Vec<&str> = codes_of_sources(&sources)
        .into_iter()
        .filter(|code| !described.contains(*code) && !INTERNAL.contains(code))
        .collect();
    assert!(missing.is_empty(), "not in docs/reference.md: {missing:?}");
    let variables = sources.split('"').filter(|text| text.starts_with("LIPACHAT_"));
    let missing: Vec<&str> = variables.filter(|name| !described.contains(*name)).collect();
    assert!(missing.is_empty(), "not in docs/reference.md: {missing:?}");
    for code in CODES.into_iter().flat_map(first_column) {
        let exists = code.starts_with("http_") || sources.contains(&format!("\"{code}\""));
        assert!(exists, "docs/reference.md has `{code}`, the sources do not");
    }
}

/// Every code that the samples and a list of odd rows bring out, the one-word ones among them.
#[test]
fn codes_that_the_program_gives() {
    let desk = Desk::new();
    copy_samples(&desk.path(""));
    desk.put(
        "odd.csv",
        "to,name,phone\n\
         0712345678,Ann,254722000111\n\
         712345678,Ben,254722000112\n\
         254712345678.0,Caro,254722000113\n\
         254700000000,Daudi,254722000114\n\
         +54 9 11 2345-6789,Eva,+54 11 15-2345-6789\n\
         \n",
    );
    desk.put("latin.csv", b"to,name,phone\n254712345678,Zo\xeb,254722000111\n");
    let mut given = BTreeSet::new();
    let cards = "samples/android.vcf samples/google.vcf samples/iphone.vcf samples/nextcloud.vcf \
                 samples/outlook.vcf samples/whatsapp.vcf samples/csv/google.csv --to 447911123456";
    for list in [
        "samples/contacts.csv",
        "samples/contacts.csv --rows 1-9 --sample 3",
        "odd.csv --region KE",
        "latin.csv",
        cards,
    ] {
        let ended = desk.run(&format!("check {list} --summary-json s.json"));
        assert!([0, 3].contains(&ended.code), "{ended:?}");
        let summary: serde_json::Value = serde_json::from_str(&desk.read("s.json")).unwrap();
        for field in ["reject_codes", "skipped_reasons", "remarks"] {
            given.extend(summary[field].as_object().unwrap().keys().cloned());
        }
    }
    let described: BTreeSet<String> = CODES.into_iter().flat_map(first_column).collect();
    let missing: Vec<_> = given.difference(&described).collect();
    assert!(missing.is_empty(), "not in docs/reference.md: {missing:?}");
    for note in ["completed", "lost_zero", "spreadsheet", "rounded", "rewritten"] {
        assert!(given.contains(note), "no row here has the note {note}: {given:?}");
    }
}

/// The Python of the recipe prints what the page says, and the program has the same ids.
#[test]
fn the_message_id_in_python_is_that_of_the_program() {
    let text = fs::read_to_string(project("docs/reference.md")).unwrap();
    let block = |language: &str| {
        let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
        rest.split("```").next().unwrap()
    };
    let (script, printed) = (block("python"), block("text"));

    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone,phone_2\n\
         254712345678,Test User,254712345678,\n\
         4915112345678,\"Zoë \"\"Zo\"\" O'Néill \\ Söhne\",254712345678,442079460958\n",
    );
    let ids = |campaign: &str| -> Vec<String> {
        let line = "check people.csv --phone-check possible --show 2 -q";
        let shown = desk.run_with(line, &[("LIPASEND_CAMPAIGN", campaign)]).exits(0).stdout;
        let ids = shown.split("\"messageId\": \"").skip(1);
        ids.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let (plain, easter) = (ids(""), ids("easter 2026"));
    let expected = format!("{}\n{}\n{}\n", plain[0], easter[0], plain[1]);
    assert_eq!(printed, expected);

    match python(script) {
        Some(output) => assert_eq!(output, printed),
        None => println!("skipped: there is no python3 to run the recipe with"),
    }
}

/// The same for the card id, which is in the results.
#[test]
fn the_card_id_in_python_is_that_of_the_program() {
    let text = fs::read_to_string(project("docs/reference.md")).unwrap();
    let (_, text) = text.split_once("### The card id\n").unwrap();
    let block = |language: &str| {
        let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
        rest.split("```").next().unwrap()
    };
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone,phone_2\n\
         254712345678,Test User,254712345678,\n\
         4915112345678,Zoë,254712345678,442079460958\n",
    );
    let ids = |campaign: &str| -> Vec<String> {
        let line = format!("send people.csv --phone-check possible {QUICK}");
        desk.run_with(&line, &[("LIPASEND_CAMPAIGN", campaign)]).exits(0);
        let lines = desk.lines("people.results.csv").into_iter();
        let mut lines: Vec<_> = lines.filter(|line| line["campaign"] == campaign).collect();
        lines.sort_by_key(|line| line["line"].clone());
        lines.into_iter().map(|line| line["card_id"].clone()).collect()
    };
    let (plain, easter) = (ids(""), ids("easter 2026"));
    let expected = format!("{}\n{}\n{}\n", plain[0], easter[0], plain[1]);
    assert_eq!(block("text"), expected);
    match python(block("python")) {
        Some(output) => assert_eq!(output, expected),
        None => println!("skipped: there is no python3 to run the recipe with"),
    }
}

fn python(script: &str) -> Option<String> {
    let interpreter = || std::env::split_paths(&std::env::var_os("PATH")?).find_map(python_in);
    let mut child = Command::new(interpreter()?)
        .arg("-")
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    Some(Ended::of("python3", child.wait_with_output().unwrap()).exits(0).stdout)
}

fn python_in(folder: PathBuf) -> Option<PathBuf> {
    let path: PathBuf = folder.join("python3");
    Path::is_file(&path).then_some(path)
}
