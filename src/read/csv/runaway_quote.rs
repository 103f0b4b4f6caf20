//! Rows that a quote has swallowed: when a quote is opened and forgotten, one of a later row closes it,
//! and what lies between becomes a cell of several lines. Whether that is so can only be guessed;
//! what is done with such a record is the table's.

use memchr::{memchr_iter, memchr2};

use super::boundary::Quote;
use super::defects::Width;
use super::dialect::Delimiter;

/// Fewer digits are no telephone number with its code.
const LEAST_DIGITS: usize = 7;

/// Whether whole rows stand in the cell that `quote` opens in `record`: a line in it has as many cells
/// as the header, and a telephone number among those that are inside. Prose has blanks behind its
/// commas, and rows only in a table that is `spaced`. The closing line ends as its own row does in any
/// case, so it is a sign only when the opening line, were it not for the quote, would be a row too.
pub(super) fn swallows_rows(
    record: &[u8],
    quote: &Quote,
    delimiter: Delimiter,
    width: Width,
    spaced: bool,
) -> bool {
    let before = &record[..quote.at.min(record.len())];
    let behind = record.get(quote.closes..).unwrap_or_default();
    let spaced = spaced || [before, behind].iter().any(|part| has_spaced_cells(part, delimiter));
    let separators = |line: &[u8]| memchr_iter(delimiter.as_byte(), line).count();
    let is_row = |line: &[u8]| {
        width.holds(1 + separators(line)) && (spaced || !has_spaced_cells(line, delimiter))
    };
    let line_at = |start: usize| {
        let rest = record.get(start..).unwrap_or_default();
        &rest[..memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())]
    };
    let opening_cells = 1 + separators_outside(before, delimiter) + separators(line_at(quote.at));
    let mut start = quote.next_line;
    while start < quote.closes.min(record.len()) {
        let line = line_at(start);
        let inside = &line[..line.len().min(quote.closes - start)];
        let closing = inside.len() < line.len();
        if holds_number(inside, delimiter)
            && is_row(line)
            && (!closing || width.holds(opening_cells))
        {
            return true;
        }
        start += line.len() + 1;
    }
    false
}

/// The separators that are not inside of quotes.
fn separators_outside(record: &[u8], delimiter: Delimiter) -> usize {
    let mut inside = false;
    let counts = record.iter().filter(|byte| {
        inside ^= **byte == b'"';
        !inside && **byte == delimiter.as_byte()
    });
    counts.count()
}

/// Whether a blank stands behind a separator.
fn has_spaced_cells(line: &[u8], delimiter: Delimiter) -> bool {
    line.windows(2).any(|pair| pair == [delimiter.as_byte(), b' '])
}

/// Whether one of the cells is a telephone number and nothing else.
fn holds_number(line: &[u8], delimiter: Delimiter) -> bool {
    line.split(|byte| *byte == delimiter.as_byte()).any(|cell| {
        let digits = cell.iter().filter(|byte| byte.is_ascii_digit()).count();
        digits >= LEAST_DIGITS
            && cell.iter().all(|byte| byte.is_ascii_digit() || b"+-(). '\"".contains(byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::csv::boundary::{Behind, Frame, frame};

    fn swallows(header: &str, record: &str) -> bool {
        let Frame::Whole(whole) = frame(record.as_bytes(), Delimiter::COMMA, Behind::Nothing)
        else {
            panic!("no record: {record:?}");
        };
        let width = Width::of(&header.split(',').collect());
        let quote = whole.spanning.expect("a cell of several lines");
        let spaced = header.contains(", ");
        let record = &record.as_bytes()[..whole.content];
        swallows_rows(record, &quote, Delimiter::COMMA, width, spaced)
    }

    #[test]
    fn a_forgotten_quote_is_told_from_a_cell_of_several_lines() {
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
            assert_eq!(swallows(header, record), expected, "{record:?}");
        }
    }
}
