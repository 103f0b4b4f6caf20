//! The reasons why a record is broken, each with the way to fix it.

use super::boundary::{MAX_BYTES, Quote};
use crate::read::Cells;
use crate::read::encoding::{DecodedText, RecordDecoder};

/// The reason for a record whose text is in another encoding or has control characters; `None` for
/// valid text.
pub(super) fn of_text(
    bytes: &[u8],
    text: &DecodedText<'_>,
    cells: &Cells,
    header: &Cells,
    decoder: RecordDecoder,
) -> Option<String> {
    if let DecodedText::Invalid(_) = text {
        return Some(invalid(bytes, cells, header, decoder));
    }
    find(cells, is_control).map(|(column, place, found)| {
        if let (DecodedText::Windows1252(_), '\u{80}'..='\u{9f}') = (text, found) {
            return format!(
                "is neither UTF-8 nor Windows-1252 at character {place} of {}: save the list as CSV \
                 UTF-8, or name its encoding (for MS-DOS --encoding cp850 or cp437, for Cyrillic \
                 cp866)",
                named(column, header)
            );
        }
        format!(
            "has the control character U+{:04X} at character {place} of {}: remove it",
            u32::from(found),
            named(column, header)
        )
    })
}

/// The reason for a record with an open quote; `line` and `character` are the quote's.
pub(super) fn of_open_quote(line: u64, character: usize) -> String {
    format!(
        "has a quote that is opened at character {character} of line {line} and not closed: \
         close it or remove it"
    )
}

/// The reason for a record with rows inside a quoted cell; `line` is the record's.
pub(super) fn of_runaway_quote(record: &[u8], quote: &Quote, line: u64) -> String {
    let cell = &record[quote.at.min(record.len())..quote.closes.min(record.len())];
    let ends = memchr::memchr2_iter(b'\n', b'\r', cell);
    let lines = ends.filter(|at| !cell[*at..].starts_with(b"\r\n")).count() as u64;
    let opened = line + quote.lines_before;
    format!(
        "has a quote that is opened in line {opened} and closed in line {}, and the lines between \
         look like rows: remove that quote, or put the cell's text in one line",
        opened + lines
    )
}

/// The reason for a record with text after a closing quote, with which `before` ends.
pub(super) fn of_text_after_quote(before: &[u8]) -> String {
    format!(
        "has text after the quote that closes a cell, at character {}: write a quote inside a \
         quoted cell twice, or remove the quotes",
        String::from_utf8_lossy(before).chars().count()
    )
}

/// The reason for a record that is too long.
pub(super) fn of_length() -> String {
    format!("is longer than {} MiB: a line break is missing in it", MAX_BYTES >> 20)
}

/// Returns `true` if `bytes` contain an ASCII control character, or the byte with which the UTF-8
/// of the other ones begins. Fast, for many records at once.
pub(super) fn may_contain_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, byte| {
        let allowed = (*byte == b'\t') | (*byte == b'\n') | (*byte == b'\r');
        found | ((*byte < b' ') & !allowed) | (*byte == 0x7F) | (*byte == 0xC2)
    })
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// The first character that `is_wanted`: its column and its place in the cell, both from 1.
fn find(cells: &Cells, is_wanted: impl Fn(char) -> bool) -> Option<(usize, usize, char)> {
    cells.iter().enumerate().find_map(|(column, cell)| {
        let (place, found) = cell.chars().enumerate().find(|(_, c)| is_wanted(*c))?;
        Some((column + 1, place + 1, found))
    })
}

fn named(column: usize, header: &Cells) -> String {
    match header.get(column - 1).map(str::trim) {
        Some(name) if !name.is_empty() => format!("column {column} (`{name}`)"),
        _ => format!("column {column}"),
    }
}

fn invalid(bytes: &[u8], cells: &Cells, header: &Cells, decoder: RecordDecoder) -> String {
    let place = match std::str::from_utf8(bytes) {
        Err(error) => format!("byte {} of the row", error.valid_up_to() + 1),
        Ok(_) => find(cells, |c| c == '\u{FFFD}').map_or_else(
            || "the row".to_owned(),
            |(column, place, _)| format!("character {place} of {}", named(column, header)),
        ),
    };
    format!("is not {} at {place}: fix it, or try another --encoding", decoder.encoding_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Cells {
        text.split(',').collect()
    }

    #[test]
    fn invalid_text_and_control_characters_are_found() {
        let header = cells("to,name");
        let auto = RecordDecoder::Utf8OrWindows1252;
        for (row, decoder, want) in [
            (&b"2547,Jane"[..], auto, None),
            (b"2547,J\ta\r\nne", auto, None),
            ("2547,Zoë\u{A0}°".as_bytes(), auto, None),
            (
                b"2547,Ja\0ne",
                auto,
                Some(
                    "has the control character U+0000 at character 3 of column 2 (`name`): remove it",
                ),
            ),
            (
                b"2547,Jane,\x7F",
                auto,
                Some("has the control character U+007F at character 1 of column 3: remove it"),
            ),
            (
                b"2547,J\x81rgen",
                auto,
                Some(
                    "is neither UTF-8 nor Windows-1252 at character 2 of column 2 (`name`): save \
                     the list as CSV UTF-8, or name its encoding (for MS-DOS --encoding cp850 or \
                     cp437, for Cyrillic cp866)",
                ),
            ),
            (
                "2547,Jane\u{85}".as_bytes(),
                auto,
                Some(
                    "has the control character U+0085 at character 5 of column 2 (`name`): remove it",
                ),
            ),
            (
                b"2547,Zo\xEB",
                RecordDecoder::Utf8,
                Some("is not UTF-8 at byte 8 of the row: fix it, or try another --encoding"),
            ),
            (
                "2547,Zo\u{FFFD}".as_bytes(),
                RecordDecoder::Transcoded("UTF-16LE"),
                Some(
                    "is not UTF-16LE at character 3 of column 2 (`name`): fix it, or try another \
                     --encoding",
                ),
            ),
        ] {
            let text = decoder.decode(row);
            let got = of_text(row, &text, &cells(text.as_str()), &header, decoder);
            assert_eq!(got.as_deref(), want, "{row:?}");
        }
    }
}
