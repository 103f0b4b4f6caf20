use super::desk::{Desk, QUICK, until};

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
