use super::desk::{Desk, Line};

/// Ten kinds of mistakes, and one good row.
const MISTAKES: &str = "\
to,name,phone
254712345678,Good,254722000111
0712345678,No country code,254722000111
,No recipient,254722000111
2.54713E+11,Digits gone,254722000111
+254 7l2 345 678,A letter,254722000111
+25471234,Too short,254722000111
+254712345670 / +254712345671,Two numbers,254722000111
+254712345678 ext. 5,An extension,254722000111
254712345678,,254722000111
254712345678,No number,
254712345678,Bad number,12
254712345678,Too few
254712345678,Too,254722000111,many
254110090747,The sender,254722000111
254712345678,Good,+254 722 000 111
";

#[test]
fn every_row_of_a_broken_list_is_listed_with_its_reason() {
    let desk = Desk::new();
    desk.put("people.csv", MISTAKES);
    let ended = desk.run("check people.csv --rejects r.csv --summary-json -").exits(3);
    let summary = ended.summary();
    assert_eq!(summary["rows"]["read"], 15);
    assert_eq!(summary["rows"]["used"], 1);
    assert_eq!(summary["rows"]["duplicate"], 1);
    assert_eq!(summary["rows"]["rejected"], 13);
    let rejects = desk.lines("r.csv");
    let shown: Vec<(&str, &str)> =
        rejects.iter().map(|line| (&*line["line"], &*line["reject_code"])).collect();
    assert_eq!(
        shown,
        [
            ("3", "to_no_country_code"),
            ("4", "to_missing"),
            ("5", "to_exponent"),
            ("6", "to_letters"),
            ("7", "to_not_possible"),
            ("8", "to_several"),
            ("9", "to_extension"),
            ("10", "name_missing"),
            ("11", "phone_missing"),
            ("12", "phone_not_possible"),
            ("13", "phone_missing"),
            ("14", "row_broken"),
            ("15", "to_is_sender"),
        ]
    );
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn the_request_is_shown_as_it_would_be_sent() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone,type,wa_id\n254712345678,Ann,254722000111,Cell,254722000111\n",
    );
    let ended = desk.run("check people.csv --show 1 --to-format e164").exits(0);
    let json: String = ended.stdout.lines().take_while(|line| *line != "}").collect();
    let request: serde_json::Value = serde_json::from_str(&format!("{json}}}")).unwrap();
    assert_eq!(request["to"], "+254712345678");
    assert_eq!(request["phones"][0]["waId"], "254722000111");
}

#[test]
fn fixed_rejects_are_given_back_and_only_they_are_sent() {
    let desk = Desk::new();
    desk.put("people.csv", "to;name;phone;city\n254712345678;=Ann;254722000111;Nairobi\n0712345679;-Bob;254722000222;=1+1\n");
    desk.send("people.csv").exits(3);
    let rejects = desk.read("people.rejects.csv");
    assert!(
        rejects.starts_with("\u{feff}to;name;phone;city;source;line;reject_code;reject_reason\n")
    );
    assert!(rejects.contains("0712345679;'-Bob;254722000222;'=1+1;people.csv;3;"), "{rejects}");
    desk.put("people.rejects.csv", rejects.replace("0712345679", "254712345679"));
    desk.send("people.rejects.csv").exits(0).sent(1);
    let lines = desk.lines("people.results.csv");
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["name"], "'-Bob", "guarded in our file");
    let log = desk.log();
    assert_eq!(log.len(), 2);
    desk.send("people.csv").exits(3);
    assert_eq!(desk.tally().requests, 2);
}

/// Cells that a spreadsheet could run as formulas, and one that looks as if it were escaped
/// already.
const COULD_RUN: [&str; 6] = ["=1+1", "-x", "'=y", "@z", "+abc", "\tt"];

/// The notes of a rejects file, by the name in the same row.
fn notes(desk: &Desk, file: &str) -> Vec<(String, String)> {
    let note = |line: &Line| (line["name"].clone(), line["@note"].clone());
    desk.lines(file).iter().map(|line| note(&unescape_header(line))).collect()
}

/// Removes the escape of the header.
fn unescape_header(line: &Line) -> Line {
    let plain = |(header, cell): (&String, &String)| {
        (header.trim_start_matches('\'').to_owned(), cell.clone())
    };
    line.iter().map(plain).collect()
}

#[test]
fn a_row_rejected_again_and_again_keeps_its_cells() {
    for header in ["to,name,phone,@note", "Send To,name,Mobile,@note"] {
        let desk = Desk::new();
        let mut text = format!("{header}\n");
        for (n, note) in COULD_RUN.iter().enumerate() {
            text.push_str(&format!("071234567{n},Person {n},254722000111,\"{note}\"\n"));
        }
        desk.put("people.csv", text);
        desk.run("check people.csv --rejects people.rejects.csv").exits(3);
        let first = notes(&desk, "people.rejects.csv");
        assert_eq!(first.len(), COULD_RUN.len());
        for (from, to, fixed) in
            [("people.rejects.csv", "b.rejects.csv", 0), ("b.rejects.csv", "c.rejects.csv", 1)]
        {
            let rejects = desk.read(from).replacen(&format!("071234567{fixed}"), "254712345678", 1);
            desk.put(from, rejects);
            desk.run(&format!("check {from} --rejects {to}")).exits(3);
            assert_eq!(notes(&desk, to), first[fixed + 1..], "{header}");
        }
        let headers = desk.read("c.rejects.csv").lines().next().unwrap().to_owned();
        assert!(headers.contains(",'@note,"), "{headers}");
    }
}

#[test]
fn rejects_that_the_user_has_changed_are_kept() {
    let desk = Desk::new();
    desk.put("people.csv", "to,name,phone\n0712345679,Bob,254722000222\n");
    desk.send("people.csv").exits(3);
    desk.put("people.rejects.csv", "half fixed");
    desk.send("people.csv").exits(3).says(
        "people.rejects.csv had been changed: that file is now people.rejects.bak.csv (give it",
    );
    assert_eq!(desk.read("people.rejects.bak.csv"), "half fixed");
    let again = desk.send("people.csv").exits(3);
    assert!(!again.stdout.contains("had been changed"), "{}", again.stdout);
}

#[test]
fn a_region_completes_national_numbers() {
    let desk = Desk::new();
    desk.put("people.csv", "to,name,phone\n0712345678,Ann,722000111\n");
    desk.send("people.csv --region KE").exits(0);
    let line = desk.lines("people.results.csv").remove(0);
    assert_eq!((&*line["to"], &*line["phone"]), ("254712345678", "254722000111"));
}

#[test]
fn one_bad_number_among_good_ones_is_left_out_with_a_note() {
    let desk = Desk::new();
    desk.put("people.csv", "to,name,phone,phone_2\n254712345678,Ann,12,254722000111\n");
    desk.run("check people.csv").complains(0, "1  a number that cannot be used");
    desk.send("people.csv").exits(0);
    assert_eq!(desk.lines("people.results.csv")[0]["phone"], "254722000111");
}

#[test]
fn rows_are_selected_by_number() {
    let desk = Desk::new();
    desk.put_people("people.csv", 10);
    let summary = desk.send("people.csv --rows 3-5 --summary-json -").exits(0).summary();
    assert_eq!(summary["rows"]["skipped"], 7);
    assert_eq!(summary["skipped_reasons"]["outside_rows"], 7);
    let log = desk.log();
    let mut to: Vec<_> = log.iter().map(|entry| entry["to"].as_str().unwrap()).collect();
    to.sort_unstable();
    assert_eq!(to, ["254712000002", "254712000003", "254712000004"]);
}

/// The recipients of the rows, in order.
fn receivers(desk: &Desk, results: &str) -> Vec<String> {
    let mut to: Vec<String> = desk.lines(results).iter().map(|line| line["to"].clone()).collect();
    to.sort_unstable();
    to
}

#[test]
fn a_sample_is_the_same_few_rows_each_time() {
    let desk = Desk::new();
    desk.put_people("people.csv", 100);
    let summary = desk.send("people.csv --sample 5 --summary-json -").exits(0).summary();
    assert_eq!(summary["rows"]["used"], 5);
    assert_eq!(summary["skipped_reasons"]["not_sampled"], 95);
    desk.send("people.csv --sample 5").exits(0).says("nothing to send: 5 messages sent before");
    let few = receivers(&desk, "people.results.csv");
    desk.send("people.csv --sample 5 --seed 1 --results other.csv").exits(0);
    assert_ne!(receivers(&desk, "other.csv"), few);
    desk.send("people.csv").exits(0);
    assert_eq!(desk.count("people.results.csv", "sent") + desk.count("other.csv", "sent"), 100 + 5);
}

#[test]
fn a_sample_is_drawn_from_the_rows_asked_for_of_all_inputs() {
    let desk = Desk::new();
    desk.put_people("a.csv", 20).put("b.csv", desk.read("a.csv").replace("2547120", "2547121"));
    let line = "check a.csv b.csv --rows 11-15 --sample 6 --results r.csv --summary-json -";
    let summary = desk.run(line).exits(0).summary();
    assert_eq!(summary["rows"]["used"], 6);
    assert_eq!(summary["skipped_reasons"]["outside_rows"], 30);
    assert_eq!(summary["skipped_reasons"]["not_sampled"], 4);
    desk.run("check a.csv --sample 0").complains(2, "--sample");
}

#[test]
fn rows_are_selected_from_the_input_only() {
    let desk = Desk::new();
    desk.put_people("people.csv", 10).put("card.csv", "name,phone\nAnn,254722000111\n");
    let summary =
        desk.run("check people.csv --card card.csv --rows 4-6 --summary-json -").exits(0).summary();
    assert_eq!(summary["messages"]["left"], 3);
    desk.run("check people.csv --card card.csv --sample 2").exits(0).will_send(2);
}

#[test]
fn another_card_to_the_same_recipient_is_a_note() {
    let desk = Desk::new();
    let list = "to,name,phone\n254712345678,Ann,254722000111\n\
                254712345678,Bob,254722000222\n+254 712 345 678,Ann,254722000111\n";
    desk.put("people.csv", list);
    desk.send("people.csv").exits(0).sent(2);
    // With --to it is what was asked for.
    desk.put("cards.csv", "name,phone\nAnn,254722000111\nBob,254722000222\n");
    let ended = desk.run("check cards.csv --to 254712345678").code_is(0);
    assert!(!ended.printed().contains("another card"), "{ended:?}");
}

#[test]
fn rows_read_as_windows_1252_are_counted_beside_the_encoding() {
    let desk = Desk::new();
    let list = b"to,name,phone,Stra\xdfe\n254712345678,Zo\xeb,254722000111,x\nbroken \xfc\n";
    desk.put("people.csv", list);
    desk.run("check people.csv")
        .complains(3, "read as    UTF-8, 3 rows read as Windows-1252, commas")
        .complains(3, "2  not UTF-8: check the names");
    desk.run("check people.csv --encoding windows-1252")
        .complains(3, "read as    windows-1252, commas");
}

#[test]
fn the_summary_counts_what_was_refused_before() {
    let desk = Desk::with_gateway("--fault failed:code=131047=100%");
    desk.put_people("people.csv", 2);
    desk.send("people.csv").exits(3);
    let summary = desk.send("people.csv --summary-json -").exits(3).summary();
    assert_eq!(summary["error_codes"], serde_json::json!({}));
    assert_eq!(
        (&summary["messages"]["refused"], &summary["refused_before"]),
        (&2.into(), &2.into())
    );
    assert_eq!(summary["refused_before_codes"], serde_json::json!({"131047": 2}));
}

#[test]
fn an_empty_row_is_nobody() {
    let desk = Desk::new();
    let first_line = |list: &str, line: &str| {
        desk.put("people.csv", list).put("card.csv", "name,phone\nAmani,254722000111\n,\n");
        let ended = desk.run(&format!("check people.csv {line}"));
        ended.stdout.lines().next().unwrap_or_default().to_owned()
    };
    let list = "to,name,phone\n254712345678,Ann,254722000111\n,,\nx,Bob,254722000222\n , ,\n";
    assert_eq!(first_line(list, ""), "people.csv   2 people: 1 can be sent, 1 needs fixing");
    assert_eq!(
        first_line("to\n254712345678\n", "--card card.csv"),
        "people.csv   1 person: 1 can be sent",
        "an empty row of the cards is not one of the people"
    );
    assert_eq!(
        first_line("to,name,phone\n,,\n,,\n", ""),
        "people.csv   no people: the rows below the header are empty"
    );
}
