//! Whole CSV files: delimiters, encodings, damage, and files made at random.

use std::fmt::Write as _;
use std::io::{self, Read};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::read::encoding::EncodingChoice;
use crate::read::error::ReadError;
use crate::read::note::NoteKind;
use crate::read::{Record, SourceId};

fn options(encoding: &str, delimiter: Option<Delimiter>) -> CsvOptions {
    CsvOptions { name: "people.csv".to_owned(), encoding: encoding.parse().unwrap(), delimiter }
}

fn open(bytes: &[u8]) -> Result<CsvReader<&[u8]>, ReadError> {
    CsvReader::open(bytes, SourceId(7), &options("auto", None))
}

/// One line for each record, the header first: its line number, then its cells between `|`, or the
/// reason why it is broken.
fn shown_with(bytes: &[u8], options: &CsvOptions) -> Vec<String> {
    let reader = CsvReader::open(bytes, SourceId(7), options).unwrap();
    let header = Record::Row(reader.header().clone());
    std::iter::once(header).chain(reader.map(Result::unwrap)).map(|r| shown_record(&r)).collect()
}

fn shown(text: &str) -> Vec<String> {
    shown_with(text.as_bytes(), &options("auto", None))
}

fn shown_record(record: &Record) -> String {
    let joined = |row: &crate::read::Row| row.cells.iter().collect::<Vec<_>>().join("|");
    match record {
        Record::Row(row) => format!("{} {}", row.place.line, joined(row)),
        Record::Broken { row, code, reason } => {
            assert_eq!(*code, "row_broken");
            format!("{} ! {reason} <{}>", row.place.line, joined(row))
        }
        Record::Skipped { place, reason } => format!("{} - {reason}", place.line),
        Record::Card(card) => panic!("{card:?}"),
    }
}

#[test]
fn delimiters_and_line_breaks_are_found() {
    for text in [
        "to,name\n254,Jane\n",
        "to;name\r\n254;Jane\r\n",
        "to\tname\r254\tJane\r",
        "to|name\n254|Jane",
        "\"to\",\"name\"\n\"254\",\"Jane\"\n",
        "\u{FEFF}to,name\n254,Jane\n",
        "\u{FEFF}\"to\",name\r\n254,\"Jane\"",
    ] {
        assert_eq!(shown(text), ["1 to|name", "2 254|Jane"], "{text:?}");
    }
    assert_eq!(shown("sep=;\r\nto;name\r\n1,5;x"), ["2 to|name", "3 1,5|x"]);
    assert_eq!(shown("\u{FEFF}sep=\t\nto\tname\n1\tx"), ["2 to|name", "3 1|x"]);
    assert_eq!(
        shown("254712345678\n\n+254 733 000 111\n"),
        ["1 254712345678", "3 +254 733 000 111"]
    );
}

#[test]
fn facts_name_the_encoding_and_the_delimiter() {
    let facts = open(b"sep=;\r\nto;name\r\n1;x").unwrap().facts();
    assert_eq!((facts.encoding, facts.delimiter), ("UTF-8", Delimiter::SEMICOLON));
    let facts = open(b"\xFF\xFEa\0\t\0b\0\n\0").unwrap().facts();
    assert_eq!((facts.encoding, facts.delimiter), ("UTF-16LE", Delimiter::TAB));
}

#[test]
fn options_have_priority_over_what_is_found() {
    let semicolon = options("auto", Some(Delimiter::SEMICOLON));
    assert_eq!(shown_with(b"a,b\n1,2\n", &semicolon), ["1 a,b", "2 1,2"]);
    assert_eq!(shown_with(b"sep=,\na,b;c\n", &semicolon), ["2 a,b|c"]);
    let caret = options("auto", Some("^".parse().unwrap()));
    assert_eq!(shown_with(b"a^b\n1^\"2^3\"\n", &caret), ["1 a|b", "2 1|2^3"]);
    let polish = options("windows-1250", None);
    assert_eq!(shown_with(b"name\n\xA3ukasz\n", &polish), ["1 name", "2 Łukasz"]);
    let japanese = options("shift_jis", None);
    assert_eq!(shown_with(b"\x83\x7C,a\n1,2\n", &japanese), ["1 ポ|a", "2 1|2"]);
}

#[test]
fn lines_are_counted_as_in_an_editor() {
    assert_eq!(
        shown("\r\n\na,b\r\n\"x\r\ny\rz\",1\r\r\rc,2\n\n\"p\n\nq\",\"r\ns\"\nd,3"),
        ["3 a|b", "4 x\r\ny\rz|1", "9 c|2", "11 p\n\nq|r\ns", "15 d|3"]
    );
}

#[test]
fn blank_rows_are_skipped() {
    assert_eq!(
        shown("a,b\n,\n  \n1,2\n\"\",\" \"\n,,,,\n"),
        ["1 a|b", "2 - empty row", "3 - empty row", "4 1|2", "5 - empty row", "6 - empty row"]
    );
    assert_eq!(shown(",,\n\na,b\n1,2")[0], "3 a|b");
}

#[test]
fn a_row_with_too_many_cells_is_broken() {
    assert_eq!(
        shown("a,b,c\n1,2,3,4\n1,2,3,,\n"),
        [
            "1 a|b|c",
            "2 ! has 4 cells, the header has 3: put quotes around a cell that contains the \
             delimiter (,) <1|2|3|4>",
            "3 1|2|3",
        ]
    );
}

/// Outlook and converters of spreadsheets leave out the empty cells at a row's end.
#[test]
fn a_row_whose_last_cells_are_missing_is_read() {
    assert_eq!(shown("a,b,c\n1,2\n1,2,\nTotal\n"), ["1 a|b|c", "2 1|2", "3 1|2|", "4 Total"]);
    assert_eq!(shown("a,b,,\n1,2\n1,2,,x\n1\n"), ["1 a|b||", "2 1|2", "3 1|2||x", "4 1"]);
    // The rows inside of a cell have missing cells too.
    let rows = shown("a,b,c,d,e\n1,2,\"3\n254712345602,5,6\n7,8,9\",10\n1,2,3,4,5\n");
    assert!(rows[1].contains("! has a quote that is opened in line 2"), "{rows:?}");
    assert_eq!(rows[2..], ["5 1|2|3|4|5"]);
}

#[test]
fn an_open_quote_breaks_one_row() {
    let open = |character: usize, line: usize| {
        format!(
            "has a quote that is opened at character {character} of line {line} and not closed: \
             close it or remove it"
        )
    };
    let header = "id,name,to\n";
    for (rows, want) in [
        // Never closed.
        (
            "1,\"Jane,254\n2,Bob,255\n3,Eve,256\n",
            vec![
                format!("2 ! {} <1|\"Jane|254>", open(3, 2)),
                "3 2|Bob|255".into(),
                "4 3|Eve|256".into(),
            ],
        ),
        // Closed by the quote that opens the next quoted cell.
        (
            "1,\"Jane,254\n2,Bob,255\n3,\"Eve, E\",256\n",
            vec![
                format!("2 ! {} <1|\"Jane|254>", open(3, 2)),
                "3 2|Bob|255".into(),
                "4 3|Eve, E|256".into(),
            ],
        ),
        // Behind a blank.
        (
            "1, \"Jane,254\n2,Bob,255\n3, \"Eve, E\",256\n",
            vec![
                format!("2 ! {} <1| \"Jane|254>", open(4, 2)),
                "3 2|Bob|255".into(),
                "4 3|Eve, E|256".into(),
            ],
        ),
        // Closed by a quote at the end of a cell.
        (
            "1,\"Jane,254\r\n2,Bob,255\r\n3,Eve\",256,257\r\n4,Ann,258",
            vec![
                format!("2 ! {} <1|\"Jane|254>", open(3, 2)),
                "3 2|Bob|255".into(),
                format!(
                    "4 ! has 4 cells, the header has 3: put quotes around a cell that contains the \
                     delimiter (,) <3|Eve\"|256|257>"
                ),
                "5 4|Ann|258".into(),
            ],
        ),
        // In the second line of its row, after letters of two bytes.
        (
            "1,\"Zoë\nÑandú\",\"254\n2,Bob,255\n",
            vec![format!("2 ! {} <1|Zoë\nÑandú|\"254>", open(8, 3)), "4 2|Bob|255".into()],
        ),
        // In the last row.
        (
            "1,Bob,255\n2,\"Jane",
            vec!["2 1|Bob|255".into(), format!("3 ! {} <2|\"Jane>", open(3, 3))],
        ),
    ] {
        assert_eq!(shown(&format!("{header}{rows}"))[1..], want, "{rows:?}");
    }
}

#[test]
fn a_cell_of_several_lines_in_a_row_with_missing_cells_stays_one_row() {
    assert_eq!(shown("a,b,c\n1,\"x\ny\"\n2,3,4\n"), ["1 a|b|c", "2 1|x\ny", "4 2|3|4"]);
}

#[test]
fn a_record_that_is_too_long_is_broken() {
    let long = "x".repeat(3 << 20);
    let text = format!("a,b\n1,2\n3,{long}\r\n4,5\n");
    let got = shown(&text);
    assert_eq!([&got[1], &got[3]], ["2 1|2", "4 4|5"]);
    assert!(got[2].starts_with("3 ! is longer than 1 MiB: a line break is missing in it <3|xxx"));
    let lines = "x\n".repeat(5_000);
    let got = shown(&format!("a,b\n1,\"{lines}\",2\n"));
    assert_eq!(got.len(), 1 + 5_000 + 1);
    assert!(got[1].starts_with("2 ! has a quote that is opened at character 3 of line 2"));
    let open = format!("a,b\n1,\"{}{long}", "4,5\n".repeat(3));
    let got = shown(&open);
    assert_eq!(got[2..4], ["3 4|5", "4 4|5"]);
    assert!(got[4].starts_with("5 ! is longer than 1 MiB"));
}

#[test]
fn a_control_character_breaks_only_its_row() {
    assert_eq!(
        shown("to,name\n1,Ja\0ne\n2,B\tob\n3,\u{1A}\n4,Ann\n"),
        [
            "1 to|name",
            "2 ! has the control character U+0000 at character 3 of column 2 (`name`): remove it \
             <1|Ja\0ne>",
            "3 2|B\tob",
            "4 ! has the control character U+001A at character 1 of column 2 (`name`): remove it \
             <3|\u{1A}>",
            "5 4|Ann",
        ]
    );
}

#[test]
fn a_row_that_is_not_utf_8_is_read_as_windows_1252() {
    let bytes = b"name,to\nZo\xEB,1\nZo\xC3\xAB,2\n\"\x80 \x93a\x94\",3\nJane,4\n";
    let mut reader = open(bytes).unwrap();
    let rows: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
    let shown: Vec<_> = rows.iter().map(shown_record).collect();
    assert_eq!(shown, ["2 Zoë|1", "3 Zoë|2", "4 € “a”|3", "5 Jane|4"]);
    let noted = |record: &Record| matches!(record, Record::Row(row) if row.notes == [NoteKind::Windows1252]);
    assert_eq!(rows.iter().map(noted).collect::<Vec<_>>(), [true, false, true, false]);
    assert_eq!(reader.facts().windows_1252_rows, 2);
}

#[test]
fn windows_1252_is_found_after_many_ascii_rows() {
    let mut bytes = b"name,to\n".to_vec();
    bytes.extend_from_slice(&b"Jane,1\n".repeat(100_000));
    bytes.extend_from_slice(b"Zo\xEB,2\n");
    let last = open(&bytes).unwrap().last().unwrap().unwrap();
    assert_eq!(shown_record(&last), "100002 Zoë|2");
}

#[test]
fn with_encoding_utf_8_a_row_in_another_encoding_is_broken() {
    assert_eq!(
        shown_with(b"name,to\nZo\xEB,1\nZo\xC3\xAB,2\n", &options("utf-8", None)),
        [
            "1 name|to",
            "2 ! is not UTF-8 at byte 3 of the row: fix it, or try another --encoding <Zoë|1>",
            "3 Zoë|2"
        ]
    );
    let lone_surrogate = b"\xFF\xFEa\0,\0b\0\n\0\x00\xD8,\x001\0\n\0";
    assert_eq!(
        shown_with(lone_surrogate, &options("auto", None))[1],
        "2 ! is not UTF-16LE at character 1 of column 1 (`a`): fix it, or try another --encoding \
         <\u{FFFD}|1>"
    );
}

#[test]
fn an_input_that_is_not_csv_is_an_error() {
    for (bytes, want) in [
        (&b""[..], "people.csv is empty: export the list again"),
        (b"\xEF\xBB\xBF", "people.csv is empty: export the list again"),
        (b"\n \r\n,,\n", "people.csv holds only blank lines: export the list again"),
        (b"sep=;\n", "people.csv holds only blank lines: export the list again"),
        (
            b"PK\x03\x04 xl/",
            "people.csv is a spreadsheet, not a table of text: give it a name that ends in .xlsx or .ods, or --format xlsx",
        ),
        (b"\x1F\x8B\x08", "people.csv is a compressed archive: unpack it and give the file inside"),
        (b"BEGIN:VCARD\n", "people.csv holds vCards: give it a name that ends in .vcf"),
        (
            b"\nto,na\0me\n1,2\n",
            "the header of people.csv (line 2) has the control character U+0000 at character 3 of \
             column 2: remove it",
        ),
        (
            b"to,\"name\n1,2\n",
            "the header of people.csv (line 1) has a quote that is opened at character 4 of line 1 \
             and not closed: close it or remove it",
        ),
    ] {
        let error = CsvReader::open(bytes, SourceId(0), &options("auto", None)).err().unwrap();
        assert_eq!(error.to_string(), want);
    }
}

/// A reader that fails after `0` bytes.
struct Failing(usize);

impl Read for Failing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::Error::other("input/output error"));
        }
        let count = self.0.min(out.len()).min(6);
        out[..count].copy_from_slice(&b"ab,cd\n"[..count]);
        self.0 -= count;
        Ok(count)
    }
}

#[test]
fn a_read_error_is_returned_once() {
    let error = CsvReader::open(Failing(60), SourceId(0), &options("auto", None)).err().unwrap();
    assert_eq!(error.to_string(), "people.csv cannot be read: input/output error");
    let mut reader =
        CsvReader::open(Failing(600_000), SourceId(0), &options("auto", None)).unwrap();
    let results: Vec<_> = reader.by_ref().collect();
    assert!(results.len() > 20_000);
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1);
    assert!(results.last().unwrap().is_err());
}

#[test]
fn the_samples_are_read() {
    for (file, encoding, delimiter, columns, rows, windows_1252) in [
        ("google.csv", "UTF-8", ",", 30, 6, 0),
        ("google_old.csv", "UTF-16LE", ",", 38, 5, 0),
        ("outlook.csv", "UTF-8", ",", 61, 5, 0),
        ("hubspot.csv", "UTF-8", ",", 12, 6, 0),
        ("salesforce.csv", "UTF-8", ",", 10, 10, 0),
        ("mailchimp.csv", "UTF-8", ",", 27, 5, 0),
        ("pipedrive.csv", "UTF-8", ",", 11, 5, 0),
        ("excel_semicolon_windows1252.csv", "UTF-8", ";", 5, 6, 5),
        ("excel_unicode.txt", "UTF-16LE", "TAB", 4, 6, 0),
        ("numbers.txt", "UTF-8", ",", 1, 7, 0),
    ] {
        let path = format!("{}/samples/csv/{file}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).unwrap();
        let mut reader = open(&bytes).unwrap();
        assert_eq!(reader.header().cells.len(), columns, "{file}");
        let records: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
        let good = records.iter().filter(|record| matches!(record, Record::Row(_))).count();
        let facts = reader.facts();
        let got = (facts.encoding, facts.delimiter.to_string(), good, facts.windows_1252_rows);
        assert_eq!(got, (encoding, delimiter.to_owned(), rows, windows_1252), "{file}");
    }
}

/// A CSV file to be written and read again.
#[derive(Debug, Clone)]
struct Written {
    rows: Vec<Vec<String>>,
    delimiter: Delimiter,
    line_break: &'static str,
    encoding: &'static str,
    always_quoted: bool,
    blanks_before_quotes: bool,
    last_break: bool,
}

fn written() -> impl Strategy<Value = Written> {
    let cell = prop_oneof![
        4 => "[a-zA-Zëñ0-9+ ]{1,12}",
        2 => "[a-z0-9,;|\t\"\r\n€ë]{0,8}",
        1 => Just(String::new()),
    ];
    let rows = (1..6_usize).prop_flat_map(move |width| vec(vec(cell.clone(), width), 1..30));
    let delimiter =
        select(vec![Delimiter::COMMA, Delimiter::SEMICOLON, Delimiter::TAB, Delimiter::PIPE]);
    let line_break = select(vec!["\n", "\r\n", "\r"]);
    let encoding = select(vec!["utf-8", "bom", "utf-16le", "utf-16be", "windows-1252"]);
    (rows, delimiter, line_break, encoding, any::<[bool; 3]>())
        .prop_map(|(rows, delimiter, line_break, encoding, choices)| Written {
            rows,
            delimiter,
            line_break,
            encoding,
            always_quoted: choices[0],
            blanks_before_quotes: choices[1],
            last_break: choices[2],
        })
        .prop_filter("Windows-1252 that is valid UTF-8 is read as UTF-8", |file| {
            !file.is_ambiguous()
        })
}

impl Written {
    /// Returns whether a cell in Windows-1252 is valid UTF-8 too, and not ASCII: `ë€€` is `뀀`.
    fn is_ambiguous(&self) -> bool {
        let ambiguous = |cell: &String| {
            let bytes = encoding_rs::WINDOWS_1252.encode(cell).0;
            !cell.is_ascii() && std::str::from_utf8(&bytes).is_ok()
        };
        self.encoding == "windows-1252" && self.rows.iter().flatten().any(ambiguous)
    }

    fn text(&self) -> String {
        let delimiter = char::from(self.delimiter.as_byte());
        let quoted = |cell: &String| {
            let special = cell.contains([delimiter, '"', '\r', '\n']);
            if self.always_quoted || special {
                let blank = if self.blanks_before_quotes { " " } else { "" };
                format!("{blank}\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        };
        let mut text = String::new();
        for (index, row) in self.rows.iter().enumerate() {
            let cells: Vec<_> = row.iter().map(quoted).collect();
            let end =
                if index + 1 < self.rows.len() || self.last_break { self.line_break } else { "" };
            write!(text, "{}{end}", cells.join(&delimiter.to_string())).unwrap();
        }
        text
    }

    fn bytes(&self) -> Vec<u8> {
        let text = self.text();
        let marked = format!("\u{FEFF}{text}");
        match self.encoding {
            "bom" => marked.into_bytes(),
            "utf-16le" => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            "utf-16be" => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            "windows-1252" => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            _ => text.into_bytes(),
        }
    }

    /// The line and the cells of each row that is not blank, by a naive count.
    fn expected(&self) -> Vec<(u64, Vec<String>)> {
        let mut line = 1;
        let mut rows = Vec::new();
        for row in &self.rows {
            if !row.iter().all(|cell| cell.trim().is_empty()) {
                rows.push((line, row.clone()));
            }
            let breaks =
                row.iter().map(|cell| cell.replace("\r\n", "\n").matches(['\r', '\n']).count());
            line += 1 + breaks.sum::<usize>() as u64;
        }
        rows
    }
}

fn read_back(bytes: &[u8], delimiter: Option<Delimiter>) -> Vec<(u64, Vec<String>)> {
    let Ok(reader) = CsvReader::open(bytes, SourceId(0), &options("auto", delimiter)) else {
        return Vec::new();
    };
    let header = Record::Row(reader.header().clone());
    let row = |record| match record {
        Record::Row(row) => {
            let cells = row.cells.iter().map(str::to_owned).collect();
            Some((row.place.line, cells))
        }
        Record::Skipped { .. } | Record::Card(_) => None,
        Record::Broken { row, reason, .. } => panic!("line {}: {reason}", row.place.line),
    };
    std::iter::once(header).chain(reader.map(Result::unwrap)).filter_map(row).collect()
}

/// The number of lines of the text that are not empty, and the number of records read from it.
fn lines_and_records(text: &str) -> (usize, usize) {
    let normal = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines = normal.split('\n').filter(|line| !line.is_empty()).count();
    let mut records = 0;
    if let Ok(reader) = open(text.as_bytes()) {
        records += 1 + reader.map(Result::unwrap).count();
    }
    (lines, records)
}

#[test]
fn windows_1252_that_is_valid_utf_8_is_read_as_utf_8() {
    let rows = vec![vec!["name".to_owned()], vec!["ë€€".to_owned()]];
    let file = Written {
        rows,
        delimiter: Delimiter::COMMA,
        line_break: "\n",
        encoding: "windows-1252",
        always_quoted: false,
        blanks_before_quotes: false,
        last_break: true,
    };
    assert!(file.is_ambiguous());
    assert_eq!(read_back(&file.bytes(), Some(file.delimiter))[1].1, ["뀀"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_written_file_is_read_back(file in written()) {
        prop_assume!(!file.text().starts_with("sep="));
        let got = read_back(&file.bytes(), Some(file.delimiter));
        prop_assert_eq!(got, file.expected());
    }

    #[test]
    fn the_delimiter_is_found(mut file in written()) {
        // A header of plain words, and no row that is shorter: a delimiter is found by these.
        let width = file.rows[0].len();
        prop_assume!(width > 1);
        file.rows.insert(0, (0..width).map(|column| format!("column {column}")).collect());
        file.rows.insert(1, vec!["x".to_owned(); width]);
        file.rows.retain(|row| !row.iter().all(|cell| cell.trim().is_empty()));
        let facts = open(&file.bytes()).unwrap().facts();
        prop_assert_eq!(facts.delimiter, file.delimiter);
    }

    #[test]
    fn no_bytes_panic_or_hang(bytes in vec(select(b"a1,;\"\"\r\n\n\0\xEB\xFF\xFE \t|".to_vec()), 0..400)) {
        if let Ok(reader) = open(&bytes) {
            let lines = bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n')).count();
            prop_assert!(reader.count() <= lines);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..400)) {
        if let Ok(reader) = open(&bytes) {
            prop_assert!(reader.count() <= bytes.len());
        }
    }

    #[test]
    fn no_row_is_lost_after_an_open_quote(rows in vec("[a-z]{1,5}, ?\"?[a-z]{1,5}", 1..60)) {
        let text = format!("name,to\n{}\n", rows.join("\n"));
        let (lines, records) = lines_and_records(&text);
        prop_assert_eq!(lines, records);
    }

    #[test]
    fn a_damaged_row_does_not_change_the_others(
        before in vec("[a-z]{1,5},[0-9]{1,5}", 0..10),
        damaged in "[a-z,;\"\0\u{7F}ë ]{0,12}",
        after in vec("[a-z]{1,5},[0-9]{1,5}", 1..10),
    ) {
        let good = |rows: &[String]| rows.iter().map(|row| row.replace(',', "|")).collect::<Vec<_>>();
        let text = format!("name,to\n{}\n{damaged}\n{}\n", before.join("\n"), after.join("\n"));
        let rows = shown_with(text.as_bytes(), &options("auto", Some(Delimiter::COMMA)));
        let cells = rows.iter().filter_map(|line| line.split_once(' ')).map(|(_, cells)| cells.to_owned());
        let cells: Vec<String> = cells.collect();
        prop_assert!(cells.ends_with(&good(&after)), "{rows:?}");
        prop_assert_eq!(&cells[1..=before.len()], &good(&before)[..]);
    }
}

#[test]
fn the_default_is_to_find_encoding_and_delimiter() {
    let options = CsvOptions::default();
    assert_eq!((options.encoding, options.delimiter), (EncodingChoice::Auto, None));
}
