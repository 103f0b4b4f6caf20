use std::fs;

use super::desk::{Desk, Ended, QUICK, until};

/// Cells that a spreadsheet could run.
const FORMULAS: [&str; 9] = [
    "=1+1",
    "+1+cmd|' /C calc'!A0",
    "+2HYPERLINK(\"\"x\"\")",
    "-2+3",
    "@SUM(1)",
    "\u{ff1d}1",
    " =1+1",
    "\u{a0}+1 2",
    "\u{feff}@x",
];

/// Returns whether a cell begins like a formula, behind what a program may drop.
fn could_run(cell: &str) -> bool {
    let start = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let number =
        cell.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    start.starts_with(['=', '+', '-', '@', '\u{ff1d}']) && !number
}

#[test]
fn a_cell_that_a_spreadsheet_could_run_has_an_apostrophe_in_every_file() {
    let desk = Desk::with_gateway("--latency 30s");
    let mut list = "to,name,phone,=note\n".to_owned();
    for (n, formula) in FORMULAS.iter().enumerate() {
        list += &format!("25471200000{n},\"{formula}\",254722000111,x\n");
        list += &format!("0712,\"{formula}\",+254-712-345-678,\"{formula}\"\n");
    }
    desk.put("=a.csv", list);
    let running = desk.start(&format!("send =a.csv {QUICK}"));
    until("all are at the gateway", || desk.tally().requests == FORMULAS.len() as u64);
    running.signal("KILL");
    running.ended().code_is(-9);
    let in_flight = desk.read("=a.results.csv.inflight");
    desk.put("inflight.csv", in_flight.split_once('\n').unwrap().1);
    desk.send("=a.csv --on-unknown hold").code_is(3);
    for name in ["inflight.csv", "=a.results.csv", "=a.rejects.csv"] {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_path(desk.path(name))
            .unwrap();
        let mut formulas = 0;
        for record in reader.records().map(Result::unwrap) {
            for cell in record.iter().map(|cell| cell.trim_start_matches("\u{feff}message_id")) {
                assert!(!could_run(cell), "{cell:?} in {name}");
                formulas += usize::from(cell.starts_with('\''));
            }
        }
        assert!(formulas >= 2 * FORMULAS.len() - 2, "{formulas} cells in {name} have one");
    }
}

#[test]
fn the_rejects_of_a_list_with_formulas_are_read_as_they_were() {
    let desk = Desk::new();
    let rows = FORMULAS.map(|formula| format!("0712,\"{formula}\",+254-722-000-111\n"));
    desk.put("a.csv", format!("to,name,phone\n{}", rows.concat()));
    desk.send("a.csv").exits(3);
    let mut rejects = desk.read("a.rejects.csv");
    for n in 0..FORMULAS.len() {
        rejects = rejects.replacen("\n0712,", &format!("\n25471200000{n},"), 1);
    }
    desk.put("a.rejects.csv", rejects);
    desk.send("a.rejects.csv").exits(0);
    let sent: Vec<String> =
        desk.lines("a.results.csv").iter().map(|line| line["name"].clone()).collect();
    for formula in FORMULAS {
        let name = formula.replace("\"\"", "\"");
        let name = name.trim_start_matches('\u{feff}').trim();
        assert!(sent.contains(&format!("'{name}")), "{name} in {sent:?}");
    }
}

/// Every character that acts on a terminal, but for the line breaks.
fn controls() -> String {
    let ranges = ['\u{1}'..='\u{9}', '\u{b}'..='\u{c}', '\u{e}'..='\u{1f}', '\u{7f}'..='\u{9f}']
        .into_iter()
        .chain(['\u{61c}'..='\u{61c}', '\u{200e}'..='\u{200f}', '\u{2028}'..='\u{202e}'])
        .chain(['\u{2066}'..='\u{2069}', '\u{feff}'..='\u{feff}', '\u{e0020}'..='\u{e0022}']);
    ranges.flatten().collect()
}

/// What a stranger could write to set the clipboard and to add a line that looks like ours.
const ATTACK: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{202e}\nlipasend: sent";

fn acts_on_a_terminal(c: char) -> bool {
    c.is_control() || controls().contains(c)
}

impl Ended {
    /// Checks that nothing in the output acts on a terminal, and that no line is a stranger's.
    #[track_caller]
    fn is_printable(&self) -> &Self {
        for output in [&self.stdout, &self.stderr] {
            let found: Vec<char> =
                output.chars().filter(|c| *c != '\n' && acts_on_a_terminal(*c)).collect();
            assert!(found.is_empty(), "{found:?} in {output:?}");
            assert!(!output.lines().any(|line| line.starts_with("lipasend: sent")), "{output}");
        }
        self
    }

    /// Checks that a character of the attack is shown escaped.
    #[track_caller]
    fn shows(&self, escaped: &str) {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(all.contains(escaped), "no {escaped} in {all}");
    }
}

#[test]
fn nothing_in_a_list_or_card_acts_on_the_terminal() {
    let desk = Desk::new();
    let controls = controls();
    desk.put(
        "card.vcf",
        format!("BEGIN:VCARD\nVERSION:3.0\nFN:Jane\nTEL:{controls}0712\nEND:VCARD\n"),
    );
    desk.put("b.csv", format!("to,name,phone\n\"{ATTACK}0712x\",Jane,1\n\u{202e}0712x,Jane,1\n"));
    desk.put(
        "c.csv",
        format!("to,\"name{ATTACK}\",phone,name\n254712345678,x,{controls}1,\u{2066}A\n"),
    );
    desk.put("d.csv", format!("recipient{controls},nmae\n1,2\n"));
    desk.put("e.csv", format!("to,name,phone,type\n254712345678,Ann,254722000111,\"W{ATTACK}\"\n"));
    desk.put("f.csv", "to,name,phone,\"x\nlipasend: sent\"\n254712345678,Ann,254722000111,1\n");
    for line in
        ["card.vcf --to 254712345678", "f.csv", "b.csv", "c.csv", "d.csv", "e.csv", "e.csv b.csv"]
    {
        for options in ["", "--verbose", "--show 3", "--summary-json -"] {
            let results = "--results r.results.csv";
            desk.run(&format!("check {line} {results} {options}")).is_printable();
        }
    }
    desk.run("check card.vcf --to 254712345678 --verbose").shows("\\u{1b}");
    desk.run("check f.csv").shows("\"x\\u{a}lipasend: sent\"");
    desk.run("check b.csv").shows("\\u{202e}0712x");
}

#[test]
fn nothing_in_results_acts_on_the_terminal() {
    let desk = Desk::new();
    let evil = format!("\"{}\"", controls());
    let cells =
        format!("a,refused,{evil},{evil},{evil},2026{evil},{evil},1\n").replace("2026\"", "\"2026");
    desk.put(
        "a.results.csv",
        format!("message_id,status,gateway,error_code,error,sent_at,run,attempts\n{cells}"),
    );
    desk.run("report a.results.csv").code_is(0).is_printable().shows("\\u{1b}");
    desk.put_people("people.csv", 1);
    desk.run("check people.csv").is_printable();
    desk.put("b.results.csv", format!("message_id,status,gateway\na,\"{ATTACK}\",h\n"));
    desk.run("report b.results.csv").code_is(4).is_printable();
}

#[test]
fn nothing_in_a_file_name_acts_on_the_terminal() {
    let desk = Desk::new();
    let name = format!("{ATTACK}.csv");
    desk.put_people(&name, 1);
    let sent = desk.run_words(&["send", &name, "--from", "254110090747", "--yes"]);
    sent.is_printable().shows("\\u{1b}]52;c;ZXZpbA==\\u{7}\\u{202e}\\u{a}lipasend: sent.csv");
    let results = format!("{ATTACK}.results.csv");
    let line = desk.lines(&results).remove(0);
    assert_eq!(line["source"], "\\u{1b}]52;c;ZXZpbA==\\u{7}\\u{202e}\\u{a}lipasend: sent.csv");
    desk.run_words(&["report", &results]).is_printable();
    desk.run_words(&["check", &name, "--summary-json", "-"]).is_printable();
    desk.run_words(&["check", "none\u{1b}\u{202e}.csv"])
        .is_printable()
        .shows("none\\u{1b}\\u{202e}");
    fs::create_dir(desk.path("folder\n\u{1b}")).unwrap();
    desk.run_words(&["check", "folder\n\u{1b}"]).is_printable();
    desk.run_words(&["check", &name, "--ledger", "gone\u{9b}\n.csv"]).is_printable();
    // The command that goes on can be copied to a shell.
    let limited = desk.run_words(&["check", "--verbose", &name, "--limit", "0"]);
    limited.is_printable();
}

#[test]
fn nothing_typed_acts_on_the_terminal() {
    let desk = Desk::new();
    desk.put_people("people.csv", 1);
    for option in ["--rate", "--from", "--map", "--halt", "--rows", "--gateway", "--to", "--region"]
    {
        desk.run_words(&["send", "people.csv", option, ATTACK]).is_printable();
        let variable = format!("LIPASEND_{}", &option[2..].to_uppercase());
        desk.run_with("send people.csv", &[(&variable, ATTACK)]).is_printable();
        desk.put("c.toml", format!("{} = {:?}\n", &option[2..], "\u{9b}\u{202e}1"));
        desk.run("send people.csv --config c.toml").is_printable();
    }
    desk.run_words(&["send", "people.csv", "--rate", "\u{202e}1"])
        .is_printable()
        .shows("\\u{202e}1");
    desk.run_words(&["send", "people.csv", &format!("--x{ATTACK}")])
        .is_printable()
        .shows("\\u{1b}]52");
    desk.run_words(&[ATTACK]).is_printable();
    desk.put("c.toml", format!("\"{}\" = 1\n", "a\u{202e}\u{9b}"));
    desk.run("send people.csv --config c.toml").is_printable().shows("\\u{202e}");
    desk.run_words(&["check", "people.csv", "--campaign", "x\u{202e}"]).is_printable();
}

#[test]
fn nothing_in_an_answer_acts_on_the_terminal() {
    let mut desk = Desk::new();
    desk.put_people("people.csv", 1);
    let body = serde_json::json!({"message": controls(), "code": "\u{1b}\u{202e}x"});
    let script = desk.path("script");
    desk.put("script", format!("1-:400:body={body}"));
    desk.replace_gateway(&format!("--script {}", script.display()));
    desk.run("send people.csv --from 254110090747 --yes --verbose").is_printable();
    desk.run("report people.results.csv").is_printable();
}

#[test]
fn nothing_in_a_request_acts_on_the_terminal_of_the_mock_gateway() {
    use std::io::Write as _;
    let desk = Desk::new();
    let running = desk.start("mock-gateway --port-file port --log-file m.log --log");
    until("it listens", || desk.has("port") && desk.read("port").contains(':'));
    let body = serde_json::json!({
        "messageId": controls(), "to": "254712345678", "from": "254110090747",
        "name": {"formattedName": "Jane"}, "phones": [{"phone": "254722000111"}],
    });
    let body = body.to_string();
    let mut stream = std::net::TcpStream::connect(desk.read("port").trim()).unwrap();
    write!(
        stream,
        "POST /api/v1/whatsapp/contact HTTP/1.1\r\nHost: x\r\napiKey: k\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    // JSON of serde escapes only the first 32.
    assert!(body.contains('\u{202e}'));
    until("it is logged", || desk.has("m.log") && desk.read("m.log").contains('\n'));
    running.signal("TERM");
    running.ends().is_printable().shows("\\u202e");
    assert!(!desk.read("m.log").contains(|c| c != '\n' && acts_on_a_terminal(c)));
}

#[test]
fn names_of_every_script_are_shown_as_they_are() {
    let desk = Desk::new();
    let names = ["محمد", "נועה", "می\u{200c}خواهم", "👩\u{200d}🔧", "李雷"];
    let rows: Vec<String> =
        names.iter().enumerate().map(|(n, name)| format!("25471200000{n},{name},0\n")).collect();
    desk.put(
        "people.csv",
        format!("to,name,phone\n{}254712345678,{},254722000111\n", rows.concat(), names[2]),
    );
    let checked = desk.run("check people.csv");
    checked.is_printable().shows(names[2]);
}

#[test]
fn a_fax_by_its_type_gets_no_card_and_is_on_none() {
    for header in ["phone,type,name", "Phone,Phone Type,Name", "Phone,Phone Label,Name"] {
        a_fax_is_left_out(header);
    }
}

fn a_fax_is_left_out(header: &str) {
    let desk = Desk::new();
    desk.put("card.csv", "name,phone\nDuka,+254722000111\n");
    let list = "+254202000451,work fax,Ann\n+254733000452,Cell,Bob\n";
    desk.put("people.csv", format!("{header}\n{list}"));
    let checked = desk.run("check people.csv --card card.csv --show 9").code_is(3);
    assert!(!checked.stdout.contains("254202000451"), "{}", checked.stdout);
    assert!(checked.stdout.contains("\"to\": \"254733000452\""), "{}", checked.stdout);
    checked.complains(3, "is a fax's number by its label");
    let on_cards = desk.run("check people.csv --to +254722000111 --show 9").code_is(3);
    assert!(!on_cards.stdout.contains("254202000451"), "{}", on_cards.stdout);
    on_cards.complains(3, "1  no number for the card");
}
