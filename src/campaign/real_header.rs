//! The header of a list that has other lines above it: a report's title, the account, the dates. In a
//! sheet it is found; in a CSV file, where it may be data, the error names its line.

use crate::exit::Fatal;
use crate::prepare::mapping::{self, InputRole, MapRule, Mapping, MappingError};
use crate::read::csv::Delimiter;
use crate::read::{Cells, Raw, Record, SourceReader};

/// The rows that are looked at; titles are shorter.
const ROWS: usize = 30;

/// The number of the row that is the header of a sheet: the first one that maps. When none does, it
/// is the first with several cells, as above it there may be a title. A row of a plain list of
/// numbers is no header unless it has one cell only, or is the first.
pub(super) fn line_in_sheet(
    rows: &[(u64, &Cells)],
    map: impl Fn(&Cells) -> Result<Mapping, MappingError>,
) -> Option<u64> {
    let filled = |row: &Cells| row.iter().filter(|cell| !cell.trim().is_empty()).count();
    let is_header = |(index, (_, row)): &(usize, &(u64, &Cells))| {
        let (is_first, row) = (*index == 0, *row);
        (is_first || !row.iter().any(is_value))
            && map(row)
                .is_ok_and(|mapping| !mapping.is_headerless() || *index == 0 || filled(row) == 1)
    };
    let several = || rows.iter().find(|(_, row)| filled(row) > 1);
    let found = rows.iter().enumerate().find(is_header).map(|(_, row)| row);
    found.or_else(several).map(|(line, _)| *line)
}

/// Returns whether a cell holds a telephone number or an e-mail address: then its row is no header,
/// although another cell of it (`Mobile`, the kind of the number) may be one. A register has dates
/// in its header.
fn is_value(cell: &str) -> bool {
    let cell = cell.trim();
    let is_address = || {
        let parts = cell.split_once('@');
        parts.is_some_and(|(who, place)| !who.is_empty() && place.contains('.'))
    };
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let is_date = digits <= 8 && cell.matches(['-', '/', '.']).count() == 2;
    (mapping::looks_like_number(cell) && !is_date) || is_address()
}

/// The error of a list whose header is below a title, or else `error` itself.
pub(super) fn error(
    error: &MappingError,
    rows: SourceReader,
    role: InputRole,
    rules: &[MapRule],
) -> Fatal {
    let name = &error.source;
    if !error.may_be_a_title() {
        return Fatal::input(beside_numbers(error, rows).unwrap_or_else(|| error.to_string()));
    }
    Fatal::input(match below_title(rows, name, role, rules) {
        Some(line) => {
            format!("{name} has its header in line {line}: remove what stands above the real one")
        }
        None => error.to_string(),
    })
}

/// The error where two columns could be the name, and the rows show that one of them holds numbers.
fn beside_numbers(error: &MappingError, rows: SourceReader) -> Option<String> {
    let rows = rows.take(ROWS).map_while(Result::ok).map(Raw::into_record);
    let rows: Vec<Record> = rows.collect();
    let holds_numbers = |column: usize| {
        let cells = rows.iter().filter_map(|record| match record {
            Record::Row(row) => row.cells.get(column).map(str::trim),
            _ => None,
        });
        let mut cells = cells.filter(|cell| !cell.is_empty()).peekable();
        cells.peek().is_some() && cells.all(mapping::looks_like_number)
    };
    error.beside_numbers(holds_numbers)
}

/// The line of the first row below the first one that maps as a header, if there is one: then the
/// lines above it are no part of the list.
fn below_title(rows: SourceReader, name: &str, role: InputRole, rules: &[MapRule]) -> Option<u64> {
    let rows = rows.take(ROWS).map_while(Result::ok);
    rows.map(Raw::into_record).find_map(|record| match record {
        Record::Row(row) | Record::Broken { row, .. } => {
            let cells: Vec<&str> = row.cells.iter().collect();
            let maps = |cells: &[&str]| {
                !cells.iter().any(|cell| is_value(cell))
                    && Mapping::of_header(cells, name, role, rules)
                        .is_ok_and(|map| !map.is_headerless())
            };
            let is_header = match cells[..] {
                // The separator was found from the title, which has none.
                _ if maps(&cells) => true,
                [only] => Delimiter::USUAL.iter().any(|delimiter| {
                    let cells: Vec<&str> = only.split(char::from(delimiter.as_byte())).collect();
                    cells.len() > 1 && maps(&cells)
                }),
                _ => false,
            };
            is_header.then_some(row.place.line)
        }
        Record::Card(_) | Record::Skipped { .. } => None,
    })
}
