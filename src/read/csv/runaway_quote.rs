//! Finds rows inside a quoted cell: when a closing quote is missing, the next quote of a later row
//! closes the cell, and the rows between become a part of it. This can only be guessed.

use memchr::{memchr_iter, memchr2};

use super::boundary::Quote;
use super::delimiter::Delimiter;
use super::width::Width;

/// The fewest digits of a phone number with its country code.
const MIN_DIGITS: usize = 7;

/// Returns `true` if the cell that `quote` opens in `record` contains rows: one of its lines has as
/// many cells as the header, and one of these is a phone number. A comma in prose has a blank after
/// it, which a delimiter has only in a file that `is_spaced`. The last line of the cell ends like a
/// row in any case, so it counts only when the first one, without the quote, would be a row too.
pub(super) fn contains_rows(
    record: &[u8],
    quote: &Quote,
    delimiter: Delimiter,
    width: Width,
    is_spaced: bool,
) -> bool {
    let before = &record[..quote.at.min(record.len())];
    let after = record.get(quote.closes..).unwrap_or_default();
    let is_spaced =
        is_spaced || [before, after].iter().any(|part| has_spaced_cells(part, delimiter));
    let delimiters = |line: &[u8]| memchr_iter(delimiter.as_byte(), line).count();
    let is_row = |line: &[u8]| {
        width.fits_count(1 + delimiters(line)) && (is_spaced || !has_spaced_cells(line, delimiter))
    };
    let line_at = |start: usize| {
        let rest = record.get(start..).unwrap_or_default();
        &rest[..memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())]
    };
    let opening_cells = 1 + delimiters_outside(before, delimiter) + delimiters(line_at(quote.at));
    let mut start = quote.next_line;
    while start < quote.closes.min(record.len()) {
        let line = line_at(start);
        let inside = &line[..line.len().min(quote.closes - start)];
        let closing = inside.len() < line.len();
        if contains_number(inside, delimiter)
            && is_row(line)
            && (!closing || width.fits_count(opening_cells))
        {
            return true;
        }
        start += line.len() + 1;
    }
    false
}

/// The number of delimiters outside of quotes.
fn delimiters_outside(record: &[u8], delimiter: Delimiter) -> usize {
    let mut inside = false;
    let counts = record.iter().filter(|byte| {
        inside ^= **byte == b'"';
        !inside && **byte == delimiter.as_byte()
    });
    counts.count()
}

/// Returns `true` if a blank follows a delimiter.
fn has_spaced_cells(line: &[u8], delimiter: Delimiter) -> bool {
    line.windows(2).any(|pair| pair == [delimiter.as_byte(), b' '])
}

/// Returns `true` if one of the cells is a phone number and nothing else.
fn contains_number(line: &[u8], delimiter: Delimiter) -> bool {
    line.split(|byte| *byte == delimiter.as_byte()).any(|cell| {
        let digits = cell.iter().filter(|byte| byte.is_ascii_digit()).count();
        digits >= MIN_DIGITS
            && cell.iter().all(|byte| byte.is_ascii_digit() || b"+-(). '\"".contains(byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::csv::boundary::{Boundary, Continuation, find_boundary};

    fn contains(header: &str, record: &str) -> bool {
        let boundary = find_boundary(record.as_bytes(), Delimiter::COMMA, Continuation::End);
        let Boundary::Complete(span) = boundary else { panic!("{record:?} is {boundary:?}") };
        let width = Width::of(&header.split(',').collect());
        let quote = span.multiline.expect("a cell of several lines");
        let is_spaced = header.contains(", ");
        let record = &record.as_bytes()[..span.content];
        contains_rows(record, &quote, Delimiter::COMMA, width, is_spaced)
    }

    #[test]
    fn a_missing_quote_is_distinguished_from_a_cell_of_several_lines() {
        for (header, record, expected) in [
            ("to,name,phone,note", "1,A,2,\"VIP\n254712345602,B,3,late\n4,C,5,12\"", true),
            ("to,name,phone,note", "1,A,2,\"VIP\r\n254712345602,B,3,late\r\n4,C,5,12\"", true),
            ("to,name,phone", "1,\"A,2\n254712345602,B,3\n4,C\",5", true),
            ("to,name,phone", "1,\"A,2\n254712345603,B\",5", true),
            ("to,name,phone", "1,A,\"254712345601\n254712345602,B,254712345603\"", true),
            ("to,name,phone", "1,\"A\nB, C\",254712345601", false),
            ("note,name,phone", "\"12 Moi Avenue\nNairobi\",A,254712345601", false),
            ("note,name,phone", "\"call\n0712 345 678\",A,254712345601", false),
            ("note,name,phone", "\"a, b, c\nNairobi\",A,254712345601", false),
            (
                "to,note,phone",
                "1,\"call 0712345678, please,\nor 0712345679, or write\nA\",2",
                false,
            ),
            ("to,name,note", "1,A,\"twins\nBob, 0712345699, too\n(both)\"", false),
            ("to,name,note", "1, A,\"VIP\n254712345602, B, late\nx\"", true),
            ("name, to", "\"A, 254712345601\nB, 254712345602\nC\", 254712345603", true),
            ("name,to", "\"A, 254712345601\nB, 254712345602\nC\", 254712345603", true),
            ("to,name", "254712345601,\"A\nB\"", false),
            ("name", "\"254712345601\n254712345602\"", false),
        ] {
            assert_eq!(contains(header, record), expected, "{record:?}");
        }
    }
}
