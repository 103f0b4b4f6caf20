//! What is wrong with a record, in words that say what to do about it.

use super::boundary::{MAX_BYTES, Quote};
use super::dialect::Delimiter;
use crate::read::Cells;
use crate::read::encoding::{Charset, Text};

/// How many cells a row may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Width {
    least: usize,
    most: usize,
}

impl Width {
    /// Any number of cells: before the header is known.
    pub(super) const ANY: Self = Self { least: 0, most: usize::MAX };

    /// As many as the header has; the cells for empty headers at its end may be missing.
    pub(super) fn of(header: &Cells) -> Self {
        Self { least: filled(header), most: header.len() }
    }

    /// Whether a row has the right number of cells, leaving aside empty ones at its end.
    pub(super) fn fits(self, row: &Cells) -> bool {
        row.len() >= self.least && (row.len() <= self.most || filled(row) <= self.most)
    }

    /// Whether a row of so many cells fits, whatever is in them. One cell is no row of a table.
    pub(super) fn holds(self, cells: usize) -> bool {
        cells > 1 && (self.least..=self.most).contains(&cells)
    }

    /// The row without the empty cells behind the header's last one.
    pub(super) fn trimmed(self, row: Cells) -> Cells {
        if row.len() <= self.most { row } else { row.iter().take(self.most).collect() }
    }

    /// Why a row does not fit.
    pub(super) fn reason(self, row: &Cells, delimiter: Delimiter) -> String {
        let (cells, header) = (counted(row.len()), self.most);
        if row.len() < self.least {
            format!(
                "has {cells}, the header has {header}: add the missing ones, or remove the row if \
                 it is only a note or a total"
            )
        } else {
            format!(
                "has {cells}, the header has {header}: put quotes around a cell that holds a \
                 separator ({delimiter})"
            )
        }
    }
}

fn counted(cells: usize) -> String {
    match cells {
        1 => "1 cell".to_owned(),
        _ => format!("{cells} cells"),
    }
}

/// The cells up to the last one that is not blank.
fn filled(cells: &Cells) -> usize {
    let blank_at_end = (0..cells.len())
        .rev()
        .take_while(|index| cells.get(*index).is_some_and(|cell| cell.trim().is_empty()))
        .count();
    cells.len() - blank_at_end
}

/// Whether there is nothing in the row, as in the rows that spreadsheets leave behind.
pub(super) fn is_blank(cells: &Cells) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

/// Why the text of a record cannot be trusted; `None` when nothing is wrong with it.
pub(super) fn of_text(
    bytes: &[u8],
    text: &Text<'_>,
    cells: &Cells,
    header: &Cells,
    charset: Charset,
) -> Option<String> {
    if let Text::Invalid(_) = text {
        return Some(invalid(bytes, cells, header, charset));
    }
    find(cells, is_control).map(|(column, place, found)| {
        format!(
            "has the control character U+{:04X} at character {place} of {}: remove it",
            u32::from(found),
            named(column, header)
        )
    })
}

/// Why a record with an open quote is broken; `line` and `character` are the quote's.
pub(super) fn of_open_quote(line: u64, character: usize) -> String {
    format!(
        "has a quote that is opened at character {character} of line {line} and not closed: \
         close it or remove it"
    )
}

/// Why a record is broken in whose cell rows seem to stand; `line` is the record's.
pub(super) fn of_swallowed_rows(record: &[u8], quote: &Quote, line: u64) -> String {
    let cell = &record[quote.at.min(record.len())..quote.closes.min(record.len())];
    let ends = memchr::memchr2_iter(b'\n', b'\r', cell);
    let lines = ends.filter(|at| !cell[*at..].starts_with(b"\r\n")).count() as u64;
    let opened = line + quote.lines_before;
    format!(
        "has a quote that is opened in line {opened} and closed in line {}, and what is between \
         looks like rows: take that quote out, or put the cell's text in one line",
        opened + lines
    )
}

/// Why a record is broken in which text goes on behind a closing quote, `before` ending with it.
pub(super) fn of_trailing_text(before: &[u8]) -> String {
    format!(
        "has text behind the quote that closes a cell, at character {}: write a quote inside a \
         quoted cell twice, or take the quotes out",
        String::from_utf8_lossy(before).chars().count()
    )
}

/// Why a record is too long.
pub(super) fn of_length() -> String {
    format!("is longer than {} MiB: a line break is missing in it", MAX_BYTES >> 20)
}

/// A quick look at many bytes at once: ASCII control characters, or the byte that begins the
/// others' UTF-8.
pub(super) fn may_hold_control(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |odd, byte| {
        let wanted = (*byte == b'\t') | (*byte == b'\n') | (*byte == b'\r');
        odd | ((*byte < b' ') & !wanted) | (*byte == 0x7F) | (*byte == 0xC2)
    })
}

fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// The first such character: its column and its place in the cell, both from 1.
fn find(cells: &Cells, wanted: impl Fn(char) -> bool) -> Option<(usize, usize, char)> {
    cells.iter().enumerate().find_map(|(column, cell)| {
        let (place, found) = cell.chars().enumerate().find(|(_, c)| wanted(*c))?;
        Some((column + 1, place + 1, found))
    })
}

fn named(column: usize, header: &Cells) -> String {
    match header.get(column - 1).map(str::trim) {
        Some(name) if !name.is_empty() => format!("column {column} (`{name}`)"),
        _ => format!("column {column}"),
    }
}

fn invalid(bytes: &[u8], cells: &Cells, header: &Cells, charset: Charset) -> String {
    let place = match std::str::from_utf8(bytes) {
        Err(error) => format!("byte {} of the row", error.valid_up_to() + 1),
        Ok(_) => find(cells, |c| c == '\u{FFFD}').map_or_else(
            || "the row".to_owned(),
            |(column, place, _)| format!("character {place} of {}", named(column, header)),
        ),
    };
    format!("is not {} at {place}: mend it, or try another --encoding", charset.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Cells {
        text.split(',').collect()
    }

    #[test]
    fn widths() {
        for (header, row, fits) in [
            ("a,b,c", "1,2,3", true),
            ("a,b,c", "1,2,", true),
            ("a,b,c", "1,2,3,, ", true),
            ("a,b,c", "1,2", false),
            ("a,b,c", "1,2,3,4", false),
            ("a,b,,", "1,2", true),
            ("a,b,,", "1,2,3,4", true),
            ("a,b,,", "1", false),
            ("a", "1", true),
            ("a", "1,2", false),
        ] {
            assert_eq!(Width::of(&cells(header)).fits(&cells(row)), fits, "{header} {row}");
        }
        assert!(Width::ANY.fits(&cells("1,2")));
    }

    #[test]
    fn reasons_say_what_to_do() {
        let width = Width::of(&cells("a,b,c"));
        assert_eq!(
            width.reason(&cells("1"), Delimiter::COMMA),
            "has 1 cell, the header has 3: add the missing ones, or remove the row if it is only \
             a note or a total"
        );
        assert_eq!(
            width.reason(&cells("1,2,3,4"), Delimiter::TAB),
            "has 4 cells, the header has 3: put quotes around a cell that holds a separator (TAB)"
        );
    }

    #[test]
    fn text_that_cannot_be_trusted() {
        let header = cells("to,name");
        let auto = Charset::Utf8OrWindows1252;
        for (row, charset, want) in [
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
                "2547,Jane\u{85}".as_bytes(),
                auto,
                Some(
                    "has the control character U+0085 at character 5 of column 2 (`name`): remove it",
                ),
            ),
            (
                b"2547,Zo\xEB",
                Charset::Utf8,
                Some("is not UTF-8 at byte 8 of the row: mend it, or try another --encoding"),
            ),
            (
                "2547,Zo\u{FFFD}".as_bytes(),
                Charset::Transcoded("UTF-16LE"),
                Some(
                    "is not UTF-16LE at character 3 of column 2 (`name`): mend it, or try another \
                     --encoding",
                ),
            ),
        ] {
            let text = charset.text(row);
            let got = of_text(row, &text, &cells(text.as_str()), &header, charset);
            assert_eq!(got.as_deref(), want, "{row:?}");
        }
    }
}
