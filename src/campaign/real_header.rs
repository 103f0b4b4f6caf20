//! The header of a list that has other lines above it: a report's title, the account, the dates.

use crate::prepare::mapping::{InputRole, MapRule, Mapping};
use crate::read::{Raw, Record, SourceReader};

/// The rows that are looked at; titles are shorter.
const ROWS: usize = 30;

const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// The line of the first row below the first one that maps as a header, if there is one: then the
/// lines above it are no part of the list.
pub(super) fn below_title(
    rows: SourceReader,
    name: &str,
    role: InputRole,
    rules: &[MapRule],
) -> Option<u64> {
    let rows = rows.take(ROWS).map_while(Result::ok);
    rows.map(Raw::into_record).find_map(|record| match record {
        Record::Row(row) | Record::Broken { row, .. } => {
            let cells: Vec<&str> = row.cells.iter().collect();
            let maps = |cells: &[&str]| {
                Mapping::of_header(cells, name, role, rules).is_ok_and(|map| !map.is_headerless())
            };
            let is_header = match cells[..] {
                // The separator was found from the title, which has none.
                _ if maps(&cells) => true,
                [only] => SEPARATORS.iter().any(|separator| {
                    let cells: Vec<&str> = only.split(*separator).collect();
                    cells.len() > 1 && maps(&cells)
                }),
                _ => false,
            };
            is_header.then_some(row.place.line)
        }
        Record::Card(_) | Record::Skipped { .. } => None,
    })
}
