//! No bytes make the spreadsheet reader panic or hang; its rows come in the sheet's order and fit the
//! header. The first byte says which part of a spreadsheet the others are; the rest of it is sound.
#![no_main]

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use lipasend::read::spreadsheet::{SheetChoice, SheetReader};
use lipasend::read::{Record, SourceId};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

const RELATIONS: &str = "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" \
    Target=\"xl/workbook.xml\"/><Relationship Id=\"b\" Type=\"x/worksheet\" Target=\"sheet.xml\"/>\
    </Relationships>";
const BOOK: &str = "<workbook><sheets><sheet name=\"A\" r:id=\"b\"/></sheets></workbook>";
const SHEET: &str = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row \
    r=\"2\"><c r=\"A2\" s=\"0\"><v>46353.5</v></c></row></sheetData></worksheet>";
const TEXTS: &str = "<sst><si><t>phone</t></si></sst>";
const STYLES: &str = "<styleSheet><cellXfs><xf numFmtId=\"14\"/></cellXfs></styleSheet>";

/// An .xlsx file in which the part `broken` has this content.
fn xlsx(broken: &str, content: &[u8]) -> Vec<u8> {
    let parts = [
        ("_rels/.rels", RELATIONS),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/workbook.xml", BOOK),
        ("xl/sheet.xml", SHEET),
        ("xl/sharedStrings.xml", TEXTS),
        ("xl/styles.xml", STYLES),
    ];
    packed(parts.map(|(name, sound)| {
        (name, if name == broken { content } else { sound.as_bytes() })
    }))
}

fn packed<const N: usize>(parts: [(&str, &[u8]); N]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in parts {
        archive.start_file(name, stored).expect("a part");
        archive.write_all(content).expect("a part");
    }
    archive.finish().expect("an archive").into_inner()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, content)) = bytes.split_first() else { return };
    let file = match kind {
        b'c' => xlsx("xl/sheet.xml", content),
        b't' => xlsx("xl/sharedStrings.xml", content),
        b's' => xlsx("xl/styles.xml", content),
        b'w' => xlsx("xl/workbook.xml", content),
        b'r' => xlsx("_rels/.rels", content),
        b'o' => packed([
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", content),
        ]),
        _ => bytes.to_vec(),
    };
    let choice = SheetChoice::default();
    let sheet = match SheetReader::open(Cursor::new(file), SourceId(0), "a.xlsx", &choice) {
        Ok(sheet) => sheet,
        Err(error) => return assert!(error.to_string().starts_with("a.xlsx ")),
    };
    let width = sheet.header().cells.len();
    let mut last = sheet.header().place.line;
    // Blank rows between two rows may be very many.
    for record in sheet.take(10_000) {
        let place = match record {
            Ok(Record::Row(row)) => {
                assert!(row.cells.len() <= width, "a row is wider than the header");
                row.place
            }
            Ok(Record::Broken { row, code, .. }) => {
                assert_eq!(code, "row_broken");
                row.place
            }
            Ok(Record::Skipped { place, .. }) => place,
            Ok(Record::Card(_)) => panic!("a table has no cards"),
            Err(error) => return assert!(error.to_string().starts_with("a.xlsx ")),
        };
        assert!(place.line > last, "row {} comes after row {last}", place.line);
        last = place.line;
    }
});
