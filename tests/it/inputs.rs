use std::io::Write;
use std::process::Stdio;

use super::desk::{Desk, Ended, QUICK};

const CARD: &str = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Amani Travel\r\nTEL;VALUE=uri;TYPE=\"voice,cell\":tel:+254-722-000-111\r\nEND:VCARD\r\n";

#[test]
fn a_column_of_numbers_is_not_suggested_as_the_name() {
    let desk = Desk::new();
    desk.put(
        "a.csv",
        "No,Name,Phone No.,Contact\n1,Ann,+254712345678,0722000111\n2,Bob,+254712345679,\n",
    );
    desk.run("check a.csv --to 254733456789").complains(
        4,
        "two columns of a.csv could be `name`: `Name` and `Contact`, which holds numbers (try --map name=Name)",
    );
    desk.put("a.csv", "Name,Phone No.,Contact\nDuka,+254712345678,Ann\n");
    desk.run("check a.csv --to 254733456789")
        .complains(4, "(try --map name=Name or --map name=Contact)");
}

#[test]
fn a_card_goes_to_everybody_on_a_list() {
    let desk = Desk::new();
    desk.put("card.vcf", CARD);
    desk.put("list.txt", "254712345678\n+254 733 456 789\n254712345678\n");
    let summary = desk.send("list.txt --card card.vcf --summary-json -").exits(0).summary();
    assert_eq!(summary["rows"]["read"], 4, "a card and three recipients");
    assert_eq!(summary["rows"]["duplicate"], 1);
    assert_eq!(summary["messages"]["sent"], 2);
}

#[test]
fn a_card_that_stands_twice_in_the_card_file_is_a_duplicate() {
    let desk = Desk::with_gateway("");
    desk.put("cards.vcf", [CARD, &CARD.replace("Amani", "Baraka"), CARD].concat());
    desk.put("list.csv", "to\n254712345678\n254712345679\n");
    let line = "list.csv --card cards.vcf --summary-json -";
    let summary = desk.send(line).exits(0).summary();
    assert_eq!(summary["rows"]["read"], 5, "three cards and two recipients");
    assert_eq!(summary["rows"]["duplicate"], 1);
    assert_eq!(summary["rows"]["used"], 4);
    assert_eq!(summary["messages"]["sent"], 4);
}

#[test]
fn several_cards_go_out_card_by_card() {
    let desk = Desk::new();
    desk.put("cards.vcf", [CARD, &CARD.replace("Amani", "Baraka")].concat());
    desk.put("list.csv", "name,phone\nAnn,254712345678\nBob,254733456789\n");
    desk.send("list.csv --card cards.vcf --concurrency 1").exits(0).sent(4);
    let log = desk.log();
    let to: Vec<_> = log.iter().map(|entry| entry["to"].as_str().unwrap()).collect();
    assert_eq!(to, ["254712345678", "254733456789", "254712345678", "254733456789"]);
}

#[test]
fn contacts_go_to_the_numbers_given() {
    let desk = Desk::new();
    desk.put("cards.vcf", [CARD, &CARD.replace("Amani", "Baraka")].concat());
    desk.put("list.csv", "phone\n254733456789\n254712345678\n");
    desk.send("cards.vcf --to 254712345678 --recipients list.csv").exits(0).sent(4);
}

#[test]
fn contacts_without_a_recipient_are_an_error_that_says_what_to_type() {
    let desk = Desk::new();
    desk.put("card.vcf", CARD).put("people.csv", "name,phone\nAnn,254722000111\n");
    desk.send("card.vcf").complains(2, "--to NUMBER or --recipients FILE");
    for way_out in ["--to NUMBER", "--recipients FILE", "--card FILE", "--map to="] {
        desk.send("people.csv").complains(4, way_out);
    }
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn a_recipient_in_a_row_is_never_replaced_by_one_on_the_command_line() {
    let desk = Desk::new();
    desk.put("people.csv", "to,name,phone\n254733456789,Ann,254722000111\n");
    desk.put("list.csv", "phone\n254712345678\n");
    for flags in ["--to 254712345678", "--recipients list.csv"] {
        desk.send(&format!("people.csv {flags}")).complains(4, "--map to==");
    }
    assert_eq!(desk.tally().requests, 0);
    desk.send("people.csv --to 254712345678 --map to==").exits(0).sent(1);
    assert_eq!(desk.log()[0]["to"], "254712345678");
}

#[test]
fn fixed_rejects_of_contacts_go_to_the_recipient_on_the_command_line() {
    let desk = Desk::new();
    desk.put("people.csv", "254722000111,Ann\nnobody,Bob\n");
    let flags = "--to 254712345678 --map phone=1 --map name=2";
    desk.send(&format!("people.csv {flags}")).exits(3);
    let fixed = desk.read("people.rejects.csv");
    desk.put("people.rejects.csv", fixed.replace("nobody", "254722000112"));
    desk.send(&format!("people.rejects.csv {flags}")).exits(0).sent(1);
}

#[test]
fn own_ids_with_a_list_of_recipients_are_an_error() {
    let desk = Desk::new();
    desk.put("people.csv", "message_id,name,phone\na1,Ann,254722000111\n");
    desk.send("people.csv --to 254712345678").complains(4, "remove the column");
}

#[test]
fn a_missing_column_is_an_error_that_names_what_is_there() {
    let desk = Desk::new();
    desk.put("people.csv", "to,name,handy\n254712345678,Ann,254722000111\n");
    desk.send("people.csv").complains(
        4,
        "column `phone` not found in people.csv\n  it has: to, name, handy\n  try --map phone=handy",
    );
    desk.send("people.csv --map phone=Handy").exits(0).sent(1);
}

/// Statements and reports have lines of their own above the header.
#[test]
fn lines_above_the_header_are_named() {
    let desk = Desk::new();
    for title in [
        "Short Name,Kiosk Ltd\nTill,4012345\n\n",
        "Report of May\n\n\n",
        "Till,Kiosk Ltd,400123456\nFrom,1 May,\nTo,31 May,\n",
    ] {
        let row = "254712345678,Ann,254722000111";
        desk.put("people.csv", format!("{title}to,name,phone\n{row}\n"));
        desk.send("people.csv").complains(
            4,
            "people.csv has its header in line 4: remove what stands above the real one",
        );
        desk.put("people.csv", format!("{title}{row}\n"));
        let ended = desk.send("people.csv").code_is(4);
        assert!(!ended.stderr.contains("in line"), "{}", ended.stderr);
    }
    desk.put("card.vcf", CARD).put("list.csv", "Our list\n\nphone\n254712345678\n");
    desk.send("list.csv --card card.vcf").complains(4, "list.csv has its header in line 3");
    assert_eq!(desk.tally().requests, 0);
}

#[test]
fn a_folder_means_its_lists_without_our_own_files() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("lists")).unwrap();
    desk.put_people("lists/a.csv", 2)
        .put("lists/b.csv", "to,name,phone\n254712345678,Ann,254722000111\nx,y,z\n");
    desk.send("lists --results all.results.csv").exits(3).sent(3);
    assert!(desk.has("lists/b.rejects.csv"));
    desk.send("lists --results all.results.csv").exits(3).says("0 sent + 3 sent before");
}

#[test]
fn a_check_of_several_lists_reads_the_results_in_their_folder() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("lists")).unwrap();
    desk.put_people("lists/a.csv", 2).put_people("lists/b.csv", 1);
    desk.send("lists --results lists/all.results.csv").exits(0);
    for lists in ["lists", "lists/a.csv lists/b.csv"] {
        desk.run(&format!("check {lists} --from 254110090747")).exits(0).will_send(0);
    }
}

#[test]
fn standard_input_is_read_twice() {
    let desk = Desk::new();
    let line = format!("send - --format csv --results all.results.csv {QUICK}");
    let mut child = desk.command(&line).stdin(Stdio::piped()).spawn().unwrap();
    let list = b"to,name,phone\n254712345678,Ann,254722000111\n";
    child.stdin.take().unwrap().write_all(list).unwrap();
    Ended::of(&line, child.wait_with_output().unwrap()).exits(0).sent(1);
}

#[test]
fn a_file_that_is_no_list_is_an_error_with_the_way_out() {
    let table: [(&str, &[u8], &str); 9] = [
        ("a.xlsx", b"PK\x03\x04xl/workbook.xml", "a.xlsx is damaged (its end is missing)"),
        ("b.csv", b"PK\x03\x04\x14\0\0\0", "b.csv is a"),
        ("c.csv", b"", "c.csv is empty"),
        ("d.csv", b"\n  \n", "d.csv holds only blank lines"),
        ("e.csv", b"%PDF-1.4\n", "e.csv is a PDF"),
        ("f.vcf", b"nothing of the kind", "f.vcf holds no vCard"),
        ("g.doc", b"x", "--format"),
        ("i.pdf", b"%PDF-1.4\n", "i.pdf is a PDF"),
        ("h.csv", b"to,name,phone\n", "1"),
    ];
    let desk = Desk::new();
    for (name, bytes, sentence) in &table[..8] {
        desk.put(name, bytes);
        desk.send(&format!("{name} --to 254712345678")).complains(4, sentence);
    }
    desk.send("missing.csv")
        .complains(4, "missing.csv cannot be read: there is no such file (is it");
    let (name, bytes, _) = table[8];
    desk.put(name, bytes);
    desk.send(name).exits(0).says("nothing to send");
}

/// Excel's "CSV (MS-DOS)" is in a code page that is neither UTF-8 nor Windows-1252.
#[test]
fn a_list_in_a_code_page_of_ms_dos_is_read_with_its_encoding() {
    let desk = Desk::new();
    let list = b"to,name,phone\n254712345678,J\x81rgen,254722000111\n254712345679,Zo\x89 Mu\xA4oz,254722000111\n";
    desk.put("people.csv", list).put("card.vcf", CARD);
    desk.run("check people.csv --verbose")
        .complains(3, "is neither UTF-8 nor Windows-1252 at character 2 of column 2 (`name`)")
        .complains(3, "1 odd_name");
    desk.send("people.csv --encoding IBM850").exits(0).sent(2);
    let sent: Vec<String> =
        desk.lines("people.results.csv").iter().map(|line| line["name"].clone()).collect();
    assert!(sent.contains(&"Jürgen".to_owned()) && sent.contains(&"Zoë Muñoz".to_owned()));
    desk.send("card.vcf --to 254712345678 --encoding cp437").complains(4, "leave --encoding out");
}

#[test]
fn a_control_character_costs_only_its_row() {
    let desk = Desk::new();
    desk.put(
        "people.csv",
        "to,name,phone\n254712345678,A\0nn,254722000111\n254712345679,Bob,254722000222\n",
    );
    desk.send("people.csv").exits(3).sent(1);
    assert_eq!(desk.lines("people.rejects.csv")[0]["reject_code"], "row_broken");
}

#[test]
fn rejected_cards_are_given_back_as_rows_of_our_own_columns() {
    let desk = Desk::new();
    let bad = CARD.replace("Amani", "Baraka").replace("+254-722-000-111", "0722 000 222");
    desk.put("cards.vcf", [CARD, &bad].concat());
    desk.send("cards.vcf --to 254712345678").exits(3).sent(1);
    let rejects = desk.read("cards.rejects.csv");
    assert!(rejects.starts_with("\u{feff}name,phone,type,wa_id,phone_2,"), "{rejects}");
    desk.put("cards.rejects.csv", rejects.replace("0722 000 222", "+254722000222"));
    desk.send("cards.rejects.csv --to 254712345678").exits(0).sent(1);
    let lines = desk.lines("cards.results.csv");
    assert_eq!(lines[1]["name"], "Baraka Travel");
    assert_eq!(lines[1]["phone"], "254722000222");
}

#[test]
fn every_card_of_a_messy_file_is_accounted_for() {
    let desk = Desk::new();
    let group = CARD.replace("FN:", "KIND:group\r\nFN:");
    let numberless = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nobody\r\nEND:VCARD\r\n";
    let torn = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Torn\r\nTEL:+254722000333\r\n";
    let nameless = "BEGIN:VCARD\r\nVERSION:2.1\r\nTEL;CELL:+254722000444\r\nTEL;FAX:+254201234567\r\nEND:VCARD\r\n";
    desk.put("cards.vcf", [CARD, &group, numberless, torn, nameless, CARD].concat());
    let line = "check cards.vcf --to 254712345678 --verbose --summary-json -";
    let ended = desk.run(line).code_is(3);
    let summary = ended.summary();
    assert_eq!(summary["rows"]["read"], 6);
    assert_eq!(summary["rows"]["used"], 3);
    assert_eq!(summary["rows"]["duplicate"], 1);
    assert_eq!(summary["rows"]["rejected"], 1);
    assert_eq!(summary["skipped_reasons"]["group_card"], 1);
    for note in ["lost_end", "name_from_number", "fax_left_out", "no_number"] {
        assert_eq!(summary["remarks"][note], 1, "{note}");
        assert!(ended.stderr.contains(&format!("1 {note}: ")), "{}", ended.stderr);
    }
}

#[test]
fn rows_and_map_apply_to_the_input_only() {
    let desk = Desk::new();
    desk.put("card.vcf", CARD);
    desk.put("list.csv", "Nummer\n254712345678\n254733456789\n254745678901\n");
    desk.send("list.csv --card card.vcf --map to=Nummer --rows 2-3").exits(0).sent(2);
    desk.put("card.csv", "name,phone\nAnn,254722000999\n");
    desk.send("list.csv --card card.csv --map to=Nummer").exits(0).sent(3);
}

#[test]
fn a_list_without_a_header_gets_one_in_its_rejects() {
    let desk = Desk::new();
    desk.put("card.vcf", CARD).put("list.csv", "254712345678,Ann\n0712,Bob\n");
    desk.send("list.csv --card card.vcf").exits(3);
    let rejects = desk.read("list.rejects.csv");
    assert!(rejects.starts_with("\u{feff}to,cell_2,source,line,"), "{rejects}");
    desk.put("list.rejects.csv", rejects.replace("0712,Bob", "254733456789,Bob"));
    desk.send("list.rejects.csv --card card.vcf").exits(0).sent(1);
}

#[test]
fn a_recipient_that_is_also_a_flag_is_skipped_with_that_reason() {
    let desk = Desk::new();
    desk.put("card.vcf", CARD).put("list.csv", "phone\n254712345678\n254733456789\n");
    let line = "card.vcf --to 254712345678 --recipients list.csv --summary-json -";
    let summary = desk.send(line).exits(0).summary();
    assert_eq!(summary["skipped_reasons"]["given_as_to"], 1);
    assert_eq!(summary["messages"]["sent"], 2);
}

#[test]
fn cards_cannot_be_the_recipients_of_a_card() {
    let desk = Desk::new();
    desk.put("a.vcf", CARD).put("b.vcf", CARD);
    desk.send("a.vcf --card b.vcf").complains(2, "did you mean --card a.vcf");
}

#[test]
fn cards_in_one_line_or_of_another_encoding_are_rejected() {
    let desk = Desk::new();
    let in_one_line = "BEGIN:VCARD VERSION:3.0 FN:Q TEL:0712345678 END:VCARD\r\n";
    let wide: Vec<u8> = CARD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mixed = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:One\r\nTEL:+254722000333\r\nVERSION:3.0\r\nFN:Two\r\n\
                 TEL:+254722000444\r\nEND:VCARD\r\n";
    let cards = [CARD.as_bytes(), in_one_line.as_bytes(), &wide, mixed.as_bytes()].concat();
    desk.put("cards.vcf", cards);
    let ended = desk.run("check cards.vcf --to 254712345678 --summary-json -").code_is(3);
    let summary = ended.summary();
    assert_eq!(summary["rows"]["read"], 5);
    assert_eq!(summary["rows"]["used"], 2);
    assert_eq!(summary["rows"]["rejected"], 3);
}
