//! No bytes make the CSV reader panic or hang; its rows come in the file's order and fit the header.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lipasend::read::csv::{CsvOptions, CsvReader};
use lipasend::read::{Record, SourceId};

fuzz_target!(|bytes: &[u8]| {
    let Ok(table) = CsvReader::open(bytes, SourceId(0), &CsvOptions::default()) else { return };
    let width = table.header().cells.len();
    let mut last = table.header().place.line;
    for record in table {
        let record = record.expect("reading from memory does not fail");
        let place = match &record {
            Record::Row(row) => {
                assert!(row.cells.len() <= width, "a row is wider than the header");
                row.place
            }
            Record::Broken { row, code, .. } => {
                assert_eq!(*code, "row_broken");
                row.place
            }
            Record::Skipped { place, .. } => *place,
            Record::Card(_) => panic!("a table has no cards"),
        };
        assert!(place.line > last, "line {} comes after line {last}", place.line);
        last = place.line;
    }
});
