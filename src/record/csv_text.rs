//! The text of the CSV files that we write: the byte order mark, cells and lines.

use crate::read::formula::escape_formula;
use crate::units::printable::printable;

/// The byte order mark of UTF-8, by which spreadsheets recognise the encoding.
pub const BOM: &[u8] = b"\xEF\xBB\xBF";

/// One CSV line with its line end, quoted where it must be.
pub(super) fn csv_line<T: AsRef<str>>(
    delimiter: u8,
    crlf: bool,
    cells: impl IntoIterator<Item = T>,
) -> Vec<u8> {
    let mut line = Vec::with_capacity(512);
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(delimiter);
        }
        push_cell(&mut line, cell.as_ref().as_bytes(), delimiter);
    }
    line.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
    line
}

/// Adds a cell, quoted as RFC 4180 says. The writer of the csv crate would have to be created for
/// each line, and the one thread that all senders wait for writes two lines a message.
pub fn push_cell(line: &mut Vec<u8>, cell: &[u8], delimiter: u8) {
    // Most cells are short. Without an early end the compiler looks at 16 bytes at once.
    let is_special = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
    if !cell.iter().fold(false, |found, byte| found | is_special(*byte)) {
        return line.extend_from_slice(cell);
    }
    line.push(b'"');
    for byte in cell {
        if *byte == b'"' {
            line.push(b'"');
        }
        line.push(*byte);
    }
    line.push(b'"');
}

/// Adds a cell of a report, in which control characters are shown as `\u{1b}` and formulas have a
/// `'` in front. A report has many cells, and nearly all of them are plain.
pub fn push_text(line: &mut Vec<u8>, text: &str) {
    match is_plain(text.as_bytes()) {
        true => line.extend_from_slice(text.as_bytes()),
        false => push_cell(line, escape_formula(&printable(text)).as_bytes(), b','),
    }
}

/// Returns whether the text begins with a letter or digit and has only characters that stay as they
/// are.
fn is_plain(text: &[u8]) -> bool {
    text.first().is_none_or(u8::is_ascii_alphanumeric)
        && text.iter().fold(true, |plain, byte| {
            plain & (matches!(byte, b' '..=b'~') & !matches!(byte, b'"' | b','))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_a_report_is_on_one_line_and_runs_nothing() {
        for (text, cell) in [
            ("", ""),
            ("Ann O'Hara", "Ann O'Hara"),
            ("Zoë", "Zoë"),
            ("Doe, Ann", "\"Doe, Ann\""),
            ("=cmd()", "'=cmd()"),
            ("+254712345678", "+254712345678"),
            ("+1 2", "'+1 2"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("\u{202e}=1", "\\u{202e}=1"),
            ("a\r\nb\tc", "a\\u{d}\\u{a}b\\u{9}c"),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("👩\u{200d}🌾", "👩\u{200d}🌾"),
        ] {
            let mut line = Vec::new();
            push_text(&mut line, text);
            assert_eq!(String::from_utf8(line).unwrap(), cell);
        }
    }
}
