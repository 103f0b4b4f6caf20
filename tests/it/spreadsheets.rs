//! Spreadsheets: what their cells mean, which sheet is read, and files that no program should trust.

use std::io::Cursor;

use lipasend::read::spreadsheet::{SheetChoice, SheetReader};
use lipasend::read::{Record, SourceId};

use super::desk::{Desk, QUICK};
use super::workbook::{ods_parts, packed, sheet_data, xlsx, xlsx_parts};

const HEADER: &[&str] = &["to", "name", "phone"];
const ANN: &[&str] = &["=254712345678", "Ann", "=254722000111"];
const BEN: &[&str] = &["=254712345679", "Ben", "=254722000112"];

/// Every row of a sheet, the header too: `number: cell|cell`, or what became of it.
fn rows(file: Vec<u8>) -> Vec<String> {
    let reader =
        SheetReader::open(Cursor::new(file), SourceId(0), "a.xlsx", &SheetChoice::default());
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => return vec![error.to_string()],
    };
    let cells = |row: &lipasend::read::Row| {
        let notes: String = row.notes.iter().map(|note| format!(" ({})", note.code())).collect();
        let cells: Vec<&str> = row.cells.iter().collect();
        format!("{}: {}{notes}", row.place.line, cells.join("|"))
    };
    let mut all = vec![cells(reader.header())];
    all.extend(reader.by_ref().map(|record| match record {
        Ok(Record::Row(row)) => cells(&row),
        Ok(Record::Broken { row, reason, .. }) => format!("{}: broken: {reason}", row.place.line),
        Ok(Record::Skipped { place, reason }) => format!("{}: {reason}", place.line),
        Ok(Record::Card(_)) => "a card".to_owned(),
        Err(error) => error.to_string(),
    }));
    all
}

/// An .ods file with one sheet of these rows.
fn ods(table: &str) -> Vec<u8> {
    packed(&ods_parts(&format!("<table:table table:name=\"People\">{table}</table:table>")))
}

#[test]
fn a_cell_of_xlsx_is_the_text_that_a_person_sees() {
    let styles = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"0000000000\"/></numFmts><cellXfs>\
        <xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"14\"/><xf numFmtId=\"10\"/></cellXfs>";
    let texts = "<si><t>Zoë &amp; Co</t></si><si><r><t xml:space=\"preserve\">two </t></r><r><t>runs</t></r><rPh><t>x</t></rPh></si>";
    let cells = [
        ("<c r=\"B2\"><v>2.54712345678E11</v></c>", "254712345678"),
        ("<c r=\"B2\" s=\"1\"><v>712345678</v></c>", "0712345678"),
        ("<c r=\"B2\" s=\"2\"><v>46353</v></c>", "2026-11-27"),
        ("<c r=\"B2\" s=\"2\"><v>46353.5868055556</v></c>", "2026-11-27 14:05"),
        ("<c r=\"B2\" s=\"3\"><v>254712345678</v></c>", "254712345678"),
        ("<c r=\"B2\" t=\"s\"><v>0</v></c>", "Zoë & Co"),
        ("<c r=\"B2\" t=\"s\"><v>1</v></c>", "two runs"),
        ("<c r=\"B2\" t=\"inlineStr\"><is><t>0712</t></is></c>", "0712"),
        ("<c r=\"B2\" t=\"str\"><f>A1&amp;A1</f><v>cached</v></c>", "cached"),
        ("<c r=\"B2\"><f>1+1</f><v>2</v></c>", "2"),
        ("<c r=\"B2\" t=\"b\"><v>1</v></c>", "TRUE"),
        ("<c r=\"B2\" t=\"e\"><v>#N/A</v></c>", ""),
        ("<c r=\"B2\" t=\"e\"><v>#SPILL!</v></c>", ""),
        ("<c r=\"B2\"/>", ""),
        ("<c r=\"B2\"><v>12345678901234567</v></c>", "1.2345678901234568E+16"),
        ("<c r=\"B2\"><v>254712345678.25</v></c>", "254712345678.25"),
    ];
    for (cell, expected) in cells {
        let data = format!(
            "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c>\
             <c r=\"C1\"><v>3</v></c></row><row r=\"2\"><c r=\"A2\"><v>7</v></c>{cell}\
             <c r=\"C2\"><v>9</v></c></row></sheetData>"
        );
        let file = packed(&xlsx_parts(&[("People", "visible", &data)], styles, texts));
        assert_eq!(rows(file), ["1: 1||3".to_owned(), format!("2: 7|{expected}|9")], "{cell}");
    }
}

#[test]
fn a_cell_of_ods_is_the_text_that_a_person_sees() {
    for (attributes, shown, expected) in [
        ("office:value-type=\"float\" office:value=\"254712345678\"", "2.5E+11", "254712345678"),
        ("office:value-type=\"float\" office:value=\"712345678\"", "0712345678", "0712345678"),
        ("office:value-type=\"percentage\" office:value=\"0.5\"", "50%", "0.5"),
        (
            "office:value-type=\"date\" office:date-value=\"2026-11-27T14:05:00\"",
            "x",
            "2026-11-27 14:05",
        ),
        ("office:value-type=\"boolean\" office:boolean-value=\"true\"", "WAHR", "TRUE"),
        (
            "office:value-type=\"string\"",
            "a<text:s text:c=\"2\"/>b</text:p><text:p>&lt;c&#233;",
            "a  b\n<cé",
        ),
        ("office:value-type=\"string\" calcext:value-type=\"error\"", "#N/A", ""),
        ("office:value-type=\"float\" office:value=\"0\"", "Err:502", ""),
    ] {
        let file = ods(&format!(
            "<table:table-row><table:table-cell office:value-type=\"string\"><office:annotation>\
             <text:p>a comment</text:p></office:annotation><text:p>A</text:p></table:table-cell>\
             <table:table-cell/><table:table-cell office:value-type=\"string\"><text:p>C</text:p>\
             </table:table-cell></table:table-row>\n<table:table-row><table:table-cell \
             office:value-type=\"string\"><text:p>7</text:p></table:table-cell><table:table-cell \
             {attributes}><text:p>{shown}</text:p></table:table-cell></table:table-row>"
        ));
        let expected = match expected {
            "" => "2: 7".to_owned(),
            text => format!("2: 7|{text}"),
        };
        assert_eq!(rows(file), ["1: A||C".to_owned(), expected], "{attributes}");
    }
}

#[test]
fn rows_keep_the_numbers_of_the_sheet() {
    let data = "<sheetData><row r=\"3\"><c r=\"B3\"><v>1</v></c></row><row r=\"4\"><c r=\"A4\" s=\"1\"/></row>\
        <row r=\"6\" hidden=\"1\"><c r=\"B6\"><v>2</v></c><c r=\"XFD6\"><v>3</v></c></row>\
        <row r=\"1048576\"><c r=\"A1048576\"/></row></sheetData>";
    let file = packed(&xlsx_parts(&[("People", "visible", data)], "", ""));
    let expected = ["3: |1", "4: empty row", "5: empty row", "6: |2 (hidden_row)"];
    assert_eq!(rows(file), expected);
    let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let file = ods(&format!(
        "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell/></table:table-row>\
         <table:table-row><table:table-cell table:number-columns-repeated=\"1\"/>{}</table:table-row>\
         <table:table-row-group><table:table-row table:number-rows-repeated=\"2\"><table:table-cell/>\
         </table:table-row></table:table-row-group><table:table-row table:visibility=\"filter\">\
         <table:covered-table-cell/>{}</table:table-row><table:table-row \
         table:number-rows-repeated=\"1048570\"><table:table-cell/></table:table-row>",
        cell("1"),
        cell("2"),
    ));
    assert_eq!(rows(file), expected);
}

#[test]
fn the_sheet_is_the_first_visible_one_or_the_one_that_is_named() {
    let desk = Desk::new();
    let (ann, ben) = (sheet_data(&[HEADER, ANN]), sheet_data(&[HEADER, BEN, BEN, ANN]));
    let sheets =
        [("Old", "hidden", &*ben), ("People", "visible", &*ann), ("Zed", "veryHidden", &*ben)];
    desk.put("a.xlsx", packed(&xlsx_parts(&sheets, "", "")));
    let table = |name: &str, style: &str| {
        let row = |cells: [&str; 3]| {
            let cell =
                |text| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
            format!("<table:table-row>{}</table:table-row>", cells.map(cell).concat())
        };
        let header = row(["to", "name", "phone"]);
        let ann = row(["254712345678", "Ann", "254722000111"]);
        let rows = if style == "ta1" { ann } else { ann.repeat(3) };
        format!(
            "<table:table table:name=\"{name}\" table:style-name=\"{style}\">{header}{rows}</table:table>"
        )
    };
    let tables = [table("Old", "ta2"), table("People", "ta1"), table("Zed", "ta2")].concat();
    desk.put("a.ods", packed(&ods_parts(&tables)));
    for file in ["a.xlsx", "a.ods"] {
        let check = |sheet: &str| desk.run(&format!("check {file} {sheet}"));
        for (sheet, name, read) in
            [("", "People", 1), ("--sheet 1", "Old", 3), ("--sheet zed", "Zed", 3)]
        {
            let ended = check(sheet);
            assert!(ended.stdout.contains(&format!("sheet      \"{name}\"")), "{ended:?}");
            let people = if read == 1 { "person" } else { "people" };
            assert!(ended.stdout.contains(&format!("   {read} {people}: ")), "{ended:?}");
        }
        check("--sheet Peple").complains(
            4,
            "has no sheet `Peple`: its sheets are 1 `Old` (hidden), 2 `People`, 3 `Zed` (hidden); did you mean `People`?",
        );
    }
    let hidden = xlsx_parts(&[("Old", "hidden", &ann)], "", "");
    desk.put("b.xlsx", packed(&hidden)).run("check b.xlsx").complains(4, "no visible sheet");
}

#[test]
fn the_header_is_the_first_row_that_maps_and_what_is_above_is_said() {
    let desk = Desk::new();
    let title: &[&str] = &["Members", "of the choir"];
    let data = sheet_data(&[title, &["Nairobi"], &[], &["to", "name", "phone", ""], ANN])
        + "<mergeCells><mergeCell ref=\"A1:C1\"/><mergeCell ref=\"C4:D4\"/></mergeCells>";
    desk.put("a.xlsx", packed(&xlsx_parts(&[("People", "visible", &data)], "", "")));
    let ended = desk.run("check a.xlsx");
    assert!(ended.stdout.contains("row 4; 2 rows above it not used"), "{ended:?}");
    assert!(ended.stdout.contains("merged cells in the header (C4:D4)"), "{ended:?}");
    assert_eq!(ended.code, 0);
    desk.put("b.xlsx", xlsx(&[title, &["Recipient!", "Who"], ANN]));
    desk.run("check b.xlsx").complains(4, "Members");
}

#[test]
fn sheets_that_are_not_read_are_named() {
    let desk = Desk::new();
    let people = sheet_data(&[HEADER, ANN]);
    let sheets = [
        ("People", "visible", &*people),
        ("Old", "hidden", &*people),
        ("Staff &amp; Co", "visible", &*people),
    ];
    desk.put("a.xlsx", packed(&xlsx_parts(&sheets, "", "")));
    let ended = desk.run("check a.xlsx");
    assert!(ended.stdout.contains("sheet      \"People\"; not read: `Staff & Co`\n"), "{ended:?}");
    let chosen = desk.run("check a.xlsx --sheet people");
    assert!(!chosen.stdout.contains("not read"), "{chosen:?}");
    for cover in [&[&["Our customers"] as &[&str], &["See the other sheet"]] as &[_], &[]] {
        let cover = sheet_data(cover);
        let sheets = [("Read me", "visible", &*cover), ("People", "visible", &*people)];
        desk.put("b.xlsx", packed(&xlsx_parts(&sheets, "", "")));
        desk.run("check b.xlsx").complains(4, "others are `People`");
    }
}

#[test]
fn a_file_of_another_kind_is_called_by_its_kind() {
    let desk = Desk::new();
    let document = |path: &str, root: &str| {
        let relation = format!(
            "<Relationships><Relationship Id=\"r\" Type=\"a/officeDocument\" Target=\"{path}\"/></Relationships>"
        );
        let parts = [("[Content_Types].xml", "<Types/>"), ("_rels/.rels", &relation), (path, root)];
        packed(&parts.map(|(name, content)| (name.to_owned(), content.to_owned())))
    };
    for (file, sentence) in [
        (
            b"<html><table><tr><td>to".to_vec(),
            "is a web page: open it in a spreadsheet program and save it as .xlsx",
        ),
        (
            b"<?xml version=\"1.0\"?><Workbook/>".to_vec(),
            "is XML: open it in a spreadsheet program and save it as .xlsx",
        ),
        (b"%PDF-1.7".to_vec(), "is a PDF"),
        (packed(&[("a.csv".to_owned(), String::new())]), "is a compressed archive"),
        (document("word/document.xml", "<w:document/>"), "is not an .xlsx or .ods file"),
    ] {
        for name in ["a.xls", "a.xlsx", "a.ods"] {
            desk.put(name, &file).run(&format!("check {name}")).complains(4, sentence);
        }
    }
}

#[test]
fn a_shared_text_is_never_taken_for_another_one() {
    let desk = Desk::new();
    let data = "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>\
        <c r=\"C1\" t=\"s\"><v>2</v></c></row><row r=\"2\"><c r=\"A2\" t=\"s\">\n<v>\n3\n</v>\n</c></row></sheetData>";
    let texts = "<si><t>to</t></si><si><t>name</t></si><si><t>phone</t></si><si><t>x</t></si>";
    desk.put("a.xlsx", packed(&xlsx_parts(&[("People", "visible", data)], "", texts)));
    desk.run("check a.xlsx").complains(4, "is damaged (a cell of it is in no usual form)");
}

#[test]
fn our_own_files_that_were_saved_as_spreadsheets_are_passed_over_in_a_folder() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("lists")).unwrap();
    desk.put("lists/a.xlsx", xlsx(&[HEADER, ANN]));
    desk.put("lists/a.results.xlsx", xlsx(&[HEADER, BEN]));
    desk.put("lists/a.rejects.ods", xlsx(&[HEADER, BEN]));
    // The other way round: a spreadsheet under the name of a table.
    desk.put("lists/b.csv", xlsx(&[HEADER, &["=254712345680", "Cleo", "=254722000113"]]));
    desk.run("check lists").exits(0).will_send(2);
}

#[test]
fn a_second_header_in_another_order_ends_the_run_as_in_csv() {
    let desk = Desk::new();
    desk.put("a.xlsx", xlsx(&[HEADER, ANN, &["phone", "name", "to"], BEN]));
    desk.run("check a.xlsx").complains(4, "a.xlsx line 3 is a second header");
}

/// A program that writes spreadsheets without calculating them leaves no value.
#[test]
fn a_formula_whose_value_was_not_saved_is_the_reason_of_the_reject() {
    let desk = Desk::new();
    let of_xlsx = xlsx(&[
        &["to", "name", "phone", "total"],
        &["<c><f>A9&amp;A8</f></c>", "Ann", "=254722000111", "=1"],
        &["=254712345679", "<c><f>B9</f><v></v></c>", "=254722000112", "=1"],
        &["=254712345670", "Cee", "=254722000113", "<c><f>SUM(D2:D3)</f></c>"],
    ]);
    let cell = |text: &str| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
    let row = |cells: [&str; 4]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let formula = "<table:table-cell table:formula=\"of:=[.A9]\"/>";
    let row_of = |cells: [&str; 4]| {
        let cells = cells.map(|text| if text == "=" { formula.to_owned() } else { cell(text) });
        row(cells.each_ref().map(String::as_str))
    };
    let of_ods = [
        row_of(["to", "name", "phone", "total"]),
        row_of(["=", "Ann", "254722000111", "1"]),
        row_of(["254712345679", "=", "254722000112", "1"]),
        row_of(["254712345670", "Cee", "254722000113", "="]),
    ];
    desk.put("a.xlsx", of_xlsx).put("a.ods", ods(&of_ods.concat()));
    for file in ["a.xlsx", "a.ods"] {
        let ended = desk.run(&format!("check {file}")).exits(3);
        let what = "\"#UNSAVED!\" stands for a formula whose value was not saved (open and save the spreadsheet in a spreadsheet program)";
        let ended = ended.says("3 people: 1 can be sent, 2 need fixing\n");
        for line in [
            format!("row 2, to_missing: column `to`: {what} and no number; write the number there"),
            "1  no name for the card  row 3  e.g. #UNSAVED!".to_owned(),
        ] {
            assert!(ended.stdout.contains(&line), "{}", ended.stdout);
        }
    }
}

#[test]
fn a_negative_number_is_no_telephone_number() {
    let desk = Desk::new();
    desk.put("a.xlsx", xlsx(&[HEADER, ANN, &["=-254712345679", "Ben", "=254722000112"]]));
    desk.run("check a.xlsx").exits(3).says(
        "row 3, to_not_possible: column `to`: \"-254712345679\" is a negative number, like the result of a calculation; write the telephone number there",
    );
}

#[test]
fn a_spreadsheet_may_be_the_recipients_the_card_and_in_a_folder() {
    let desk = Desk::new();
    desk.put("to.xlsx", xlsx(&[&["=254712345678"], &["=254712345679"]]));
    desk.put("card.xlsx", xlsx(&[&["name", "phone"], &["Ann", "=254722000111"]]));
    desk.run("check card.xlsx --recipients to.xlsx").exits(0).will_send(2);
    desk.run("check to.xlsx --card card.xlsx").exits(0).will_send(2);
    // The sheet of the input says nothing about the other file.
    desk.run("check to.xlsx --card card.xlsx --sheet people").exits(0);
    let named = xlsx_parts(
        &[("Cards", "visible", &sheet_data(&[&["name", "phone"], &["Ann", "=254722000111"]]))],
        "",
        "",
    );
    desk.put("cards.xlsx", packed(&named));
    desk.run("check to.xlsx --card cards.xlsx --sheet People").exits(0);
    std::fs::create_dir(desk.path("lists")).unwrap();
    desk.put("lists/a.xlsx", xlsx(&[HEADER, ANN]));
    // Excel's own file beside one that is open.
    desk.put("lists/~$a.xlsx", "user");
    desk.put("lists/b.csv", "to,name,phone\n254712345679,Ben,254722000112\n");
    desk.run("check lists").exits(0).will_send(2);
    desk.put("named.csv", xlsx(&[HEADER, ANN]));
    desk.run("check named.csv").exits(0).will_send(1);
}

#[test]
fn a_sheet_is_sent_once_and_its_rejects_come_back_as_csv() {
    let desk = Desk::new();
    let bad: &[&str] = &["=254712345680", "Cleo", "=254722000113.5"];
    desk.put("a.xlsx", xlsx(&[HEADER, ANN, bad, BEN]));
    desk.send("a.xlsx").exits(3).sent(2);
    assert_eq!(desk.count("a.results.csv", "sent"), 2);
    let rejects = desk.lines("a.rejects.csv");
    assert_eq!((rejects[0]["name"].as_str(), rejects[0]["line"].as_str()), ("Cleo", "3"));
    assert!(rejects[0]["reject_reason"].contains("fraction"), "{rejects:?}");
    desk.send("a.xlsx").exits(3).says("2 sent before");
    let fixed = desk.read("a.rejects.csv").replace("254722000113.5", "254722000113");
    desk.put("a.rejects.csv", fixed);
    desk.send("a.rejects.csv").exits(0).sent(1);
}

#[test]
fn standard_input_may_be_a_spreadsheet() {
    use std::io::Write;
    let desk = Desk::new();
    let line = format!("send - --format xlsx --results all.results.csv {QUICK}");
    let mut child = desk.command(&line).stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&xlsx(&[HEADER, ANN])).unwrap();
    let ended = super::desk::Ended::of(&line, child.wait_with_output().unwrap());
    ended.exits(0).sent(1);
}

#[test]
fn a_file_that_no_program_should_trust_is_an_error_with_the_way_out() {
    let people = |data: &str, styles: &str, texts: &str| {
        packed(&xlsx_parts(&[("People", "visible", data)], styles, texts))
    };
    let replaced = |name: &str, content: &str| {
        let mut parts = xlsx_parts(&[("People", "visible", &sheet_data(&[HEADER, ANN]))], "", "");
        parts.retain(|(part, _)| part != name);
        parts.push((name.to_owned(), content.to_owned()));
        packed(&parts)
    };
    let whole = xlsx(&[HEADER, ANN]);
    let container = |entry: &str| {
        let name: Vec<u8> = entry.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], &[0; 600], &name, &[0; 90]].concat()
    };
    let entities =
        "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><sst/>";
    let deep = format!("<sst>{}</sst>", "<si><r>".repeat(100_000));
    let far = "<sheetData><row r=\"1048577\"><c r=\"A1048577\"><v>1</v></c></row></sheetData>";
    let wide = "<sheetData><row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row></sheetData>";
    let back = "<sheetData><row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData>";
    let mut declared = whole.clone();
    // The unpacked length of the first part, in the archive's own list of its parts.
    let list = memchr::memmem::rfind(&declared, b"PK\x01\x02").unwrap();
    declared[list + 24..list + 28].copy_from_slice(&0xFFFF_0000_u32.to_le_bytes());
    let table = |content: &str| packed(&ods_parts(content));
    for (file, sentence) in [
        (container("EncryptedPackage"), "is protected with a password: save a copy without one"),
        (container("Workbook"), "another kind (.xls, .xlsb or .numbers): save it as .xlsx"),
        (replaced("xl/workbook.bin", ""), "another kind (.xls, .xlsb or .numbers)"),
        (b"to,name,phone\n".to_vec(), "is not an .xlsx or .ods file"),
        (whole[..whole.len() / 2].to_vec(), "is damaged"),
        (whole[..whole.len() - 30].to_vec(), "is damaged"),
        (declared, "is larger than 1 GiB when it is unpacked"),
        (replaced("xl/sharedStrings.xml", entities), "declares XML entities"),
        (replaced("xl/workbook.xml", entities), "declares XML entities"),
        (replaced("xl/sharedStrings.xml", "<sst uniqueCount=\"9999999999\"/>"), "500 MB of memory"),
        (replaced("xl/sharedStrings.xml", &deep), "is damaged"),
        (replaced("xl/workbook.xml", "<workbook/>"), "its sheets are none"),
        (replaced("_rels/.rels", "<Relationships/>"), "is damaged (it has no workbook)"),
        (replaced("xl/_rels/workbook.xml.rels", "<a"), "is damaged"),
        (people("", "", ""), "is damaged"),
        (people("<sheetData/>", "", ""), "has no rows in its sheet `People`"),
        (people(far, "", ""), "has more than 1,048,576 rows"),
        (people(wide, "", ""), "is damaged"),
        (people(back, "", ""), "is damaged (row 1 comes after row 2)"),
        (table(""), "its sheets are none"),
        (table("<table:table table:name=\"a\"><table:table-row>"), "is damaged"),
        (
            table(
                "<table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"4294967295\">\
                 <table:table-cell table:number-columns-repeated=\"16384\"><text:p>1</text:p>\
                 </table:table-cell></table:table-row></table:table>",
            ),
            "has more than 1,048,576 rows",
        ),
        (
            table(
                "<table:table table:name=\"a\"><table:table-row><table:table-cell><text:p>&lol;</text:p></table:table-cell></table:table-row></table:table>",
            ),
            "declares XML entities",
        ),
    ] {
        let desk = Desk::new();
        desk.put("a.xlsx", file).run("check a.xlsx --to 254712345678").complains(4, sentence);
    }
}

#[test]
fn a_text_that_many_cells_share_costs_only_its_row() {
    let texts = format!("<si><t>{}</t></si>", "a".repeat(30_000));
    let cells: String = (0..60)
        .map(|at| {
            format!(
                "<c r=\"{}{}2\" t=\"s\"><v>0</v></c>",
                ["", "A", "B"][at / 26],
                char::from(b'A' + (at % 26) as u8)
            )
        })
        .collect();
    let data = format!(
        "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"2\">{cells}</row>\
         <row r=\"3\"><c r=\"A3\"><v>3</v></c></row></sheetData>"
    );
    let file = packed(&xlsx_parts(&[("People", "visible", &data)], "", &texts));
    let expected = ["1: 1", "2: broken: has more than 1 MiB of text: shorten its cells", "3: 3"];
    assert_eq!(rows(file), expected);
}

/// The sentence with which reading a file ends, without its rows.
fn end_of(file: Vec<u8>) -> String {
    let reader =
        SheetReader::open(Cursor::new(file), SourceId(0), "a.ods", &SheetChoice::default());
    let error = match reader {
        Ok(rows) => rows.filter_map(Result::err).last(),
        Err(error) => Some(error),
    };
    error.map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_small_file_that_repeats_its_rows_and_cells_ends_soon() {
    let cell = |text: &str, times: u32| {
        format!(
            "<table:table-cell table:number-columns-repeated=\"{times}\"><text:p>{text}</text:p></table:table-cell>"
        )
    };
    let row = |cells: &str| {
        format!("<table:table-row table:number-rows-repeated=\"1048576\">{cells}</table:table-row>")
    };
    let much = "a.ods has more than 1 GiB of text in a sheet";
    for text in ["a".repeat(60), " ".repeat(60)] {
        let ended = end_of(ods(&row(&cell(&text, 16_384))));
        assert!(ended.starts_with(much), "{ended}");
    }
    let long = cell(&"a".repeat(1 << 20), 1).repeat(2) + &cell("a", u32::MAX).repeat(1_000);
    assert!(end_of(ods(&row(&long))).starts_with(much));
    let ended = end_of(ods(&"<table:table-row/>".repeat(1_048_577)));
    assert!(ended.starts_with("a.ods has more than 1,048,576 rows"), "{ended}");
    let data = format!("<sheetData>{}</sheetData>", "<row/>".repeat(1_048_577));
    let ended = end_of(packed(&xlsx_parts(&[("People", "visible", &data)], "", "")));
    assert!(ended.starts_with("a.ods has more than 1,048,576 rows"), "{ended}");
}

#[test]
fn a_wide_row_may_stand_above_the_header() {
    let desk = Desk::new();
    let wide = "<table:table-row><table:table-cell table:number-columns-repeated=\"1000\">\
        <text:p>x</text:p></table:table-cell></table:table-row>";
    let cells = |texts: [&str; 3]| {
        let cell = |text| format!("<table:table-cell><text:p>{text}</text:p></table:table-cell>");
        format!("<table:table-row>{}</table:table-row>", texts.map(cell).concat())
    };
    let header = cells(["to", "name", "phone"]);
    let ann = cells(["254712345678", "Ann", "254722000111"]);
    desk.put("a.ods", ods(&format!("{wide}{header}{ann}")));
    let ended = desk.run("check a.ods");
    assert_eq!(ended.code, 0);
    assert!(ended.stdout.contains("row 2; 1 row above it not used"), "{ended:?}");
}

/// A CSV file as LibreOffice saves it: no byte-order mark, quotes around each text, and numbers
/// without.
fn saved_by_libreoffice(text: &str, separator: char) -> String {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let cell = |cell: &str| match cell.bytes().all(|b| b.is_ascii_digit()) {
        true => cell.to_owned(),
        false => format!("\"{}\"", cell.replace('"', "\"\"")),
    };
    let line = |record: Result<csv::StringRecord, csv::Error>| {
        let cells: Vec<String> = record.unwrap().iter().map(cell).collect();
        cells.join(&separator.to_string()) + "\n"
    };
    reader.records().map(line).collect()
}

#[test]
fn results_and_rejects_that_libreoffice_has_saved_are_read_back() {
    for separator in [',', ';'] {
        let desk = Desk::new();
        let quoted: &[&str] = &["=254712345680", "Zoë, \"Z\" O", "254722000113 x"];
        desk.put(
            "a.xlsx",
            xlsx(&[HEADER, ANN, quoted, &["+254712345681", "Cleo", "+254722000114"]]),
        );
        desk.send("a.xlsx").exits(3).sent(2);
        for file in ["a.results.csv", "a.rejects.csv"] {
            desk.put(file, saved_by_libreoffice(&desk.read(file), separator));
        }
        desk.put("b.rejects.csv", desk.read("a.rejects.csv").replace("113 x", "113"));
        desk.send("a.xlsx").exits(3).says("2 sent before");
        desk.send("b.rejects.csv").exits(0).sent(1);
        assert_eq!(desk.lines("b.results.csv")[0]["name"], "Zoë, \"Z\" O");
    }
}

#[test]
fn nobody_of_another_spreadsheet_gets_a_message_while_one_is_sent() {
    let people = |name: &str| {
        let rows: Vec<[String; 3]> = (0..4_000)
            .map(|n| [format!("=2547120{n:05}"), format!("{name} {n}"), format!("=254722{n:06}")])
            .collect();
        let rows: Vec<Vec<&str>> =
            rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
        xlsx(&[&[HEADER], rows.as_slice()].concat())
    };
    let desk = Desk::with_gateway("--latency 5ms");
    desk.put("people.xlsx", people("Person"));
    let running = desk.start(&format!("send people.xlsx {QUICK}"));
    super::desk::until("it sends", || desk.tally().accepted > 0);
    desk.put("new", people("Strang"));
    std::fs::rename(desk.path("new"), desk.path("people.xlsx")).unwrap();
    running.ends().code_is(4).says("was changed while lipasend was reading it");
    assert!(!desk.read("people.results.csv").contains("Strang"));
}
