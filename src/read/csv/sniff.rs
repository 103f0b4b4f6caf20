//! Finds the delimiter: in Excel's `sep=` line, or from the header and the first rows.

use super::boundary::{Boundary, Continuation, find_boundary};
use super::delimiter::Delimiter;
use super::fields::RecordSplitter;
use super::width::Width;
use crate::read::Cells;

/// The rows from which the delimiter is found.
const SAMPLE_ROWS: usize = 200;

/// The delimiter that Excel's first line `sep=;` names, and the length of that line without its
/// line break; `None` when `bytes` do not begin with such a line.
pub(super) fn sep_line(bytes: &[u8]) -> Option<(Delimiter, usize)> {
    let length = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    let line = &bytes[..length];
    let bare = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(line);
    let (word, rest) = bare.split_at_checked(4)?;
    let [byte] = rest else { return None };
    let delimiter = Delimiter::new(*byte)?;
    word.eq_ignore_ascii_case(b"sep=").then_some((delimiter, length))
}

/// Finds the delimiter from the first bytes of the input.
///
/// It is the one that gives the header more than one cell and the most rows as many cells as the
/// header. When none divides the header, the file has one column, and the delimiter is one that
/// leaves most rows whole.
pub(super) fn find_delimiter(bytes: &[u8], continuation: Continuation) -> Delimiter {
    // `max_by_key` takes the last of equals, which is the more likely one in this order.
    let best = Delimiter::USUAL.into_iter().rev().max_by_key(|delimiter| {
        Score::of(Sample {
            splitter: RecordSplitter::new(*delimiter),
            delimiter: *delimiter,
            bytes,
            continuation,
        })
    });
    best.unwrap_or(Delimiter::COMMA)
}

/// The measure of how well a delimiter fits; the first field counts most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    /// The header has several cells and, if there are rows, some row has.
    divides: bool,
    /// Rows with as many cells as the header.
    fitting_rows: usize,
    /// Cells of the header.
    cells: usize,
}

impl Score {
    fn of(mut sample: Sample<'_>) -> Self {
        let header = sample.next().unwrap_or_default();
        let width = Width::of(&header);
        let rows: Vec<Cells> = sample.take(SAMPLE_ROWS).collect();
        let divided = rows.is_empty() || rows.iter().any(|row| row.len() > 1);
        Self {
            divides: header.len() > 1 && divided,
            fitting_rows: rows.iter().filter(|row| width.is_whole(row)).count(),
            cells: header.len(),
        }
    }
}

/// The records of the first bytes, split at one of the delimiters.
struct Sample<'a> {
    splitter: RecordSplitter,
    delimiter: Delimiter,
    bytes: &'a [u8],
    continuation: Continuation,
}

impl Iterator for Sample<'_> {
    type Item = Cells;

    fn next(&mut self) -> Option<Cells> {
        let breaks = self.bytes.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        self.bytes = &self.bytes[breaks..];
        if self.bytes.is_empty() {
            return None;
        }
        match find_boundary(self.bytes, self.delimiter, self.continuation) {
            Boundary::Complete(span) => {
                let record = String::from_utf8_lossy(&self.bytes[..span.content]);
                self.bytes = &self.bytes[span.end..];
                Some(self.splitter.split(&record, span.quotes))
            }
            Boundary::OpenQuote(quote) => {
                let lines = String::from_utf8_lossy(&self.bytes[..quote.next_line]);
                self.bytes = &self.bytes[quote.next_line..];
                Some(self.splitter.split_open(lines.trim_end(), quote.at))
            }
            // The sample ends inside this record, which therefore does not count.
            Boundary::TooLong | Boundary::Incomplete => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        find_delimiter(text.as_bytes(), Continuation::End).to_string()
    }

    #[test]
    fn a_sep_line_names_the_delimiter() {
        for (text, want) in [
            ("sep=;\r\nto;name\r\n", Some((Delimiter::SEMICOLON, 5))),
            ("SEP=,", Some((Delimiter::COMMA, 5))),
            ("\"sep=|\"\n", Some((Delimiter::PIPE, 7))),
            ("sep=\t\rto", Some((Delimiter::TAB, 5))),
            ("sep=\n", None),
            ("sep=;;\n", None),
            ("sep=a\n", None),
            ("separator,name\n", None),
            ("", None),
        ] {
            assert_eq!(sep_line(text.as_bytes()), want, "{text:?}");
        }
    }

    #[test]
    fn the_delimiter_is_found_from_the_rows() {
        for (text, want) in [
            ("to,name\n1,a\n", ","),
            ("to;name\n1;a\n", ";"),
            ("to\tname\n1\ta\n", "TAB"),
            ("to|name\n1|a\n", "|"),
            ("to;name", ";"),
            ("\n\n\rto;name\r1;a\r", ";"),
            // The other delimiters occur, in some rows more often than the right one.
            ("to;name\n1;Doe, Jane\n2;Roe, Richard, Dr\n", ";"),
            ("to,name\n1,a;b\n2,c;d;e\n", ","),
            ("name,tags\nJane,a|b|c\nBob,d|e|f\n", ","),
            ("\"name, first\";phone\nJane;1\nBob;2\n", ";"),
            ("\"a;b;c\",phone\n\"Jane;x;y\",1\n\"Bob;x;y\",2\n", ","),
            // Both delimiters divide the header; the rows decide.
            ("name;phone,mobile;city\nJane;1;Nairobi\nBob;2;Kisumu\n", ";"),
            // Spreadsheets leave empty cells at the end of some rows.
            ("to;name;;\n1;a\n2;b;;\n", ";"),
            ("to;name;type\n1;a;\n2;b;\n", ";"),
            ("to;name;type\n1;a,b;\n2;b,c;;;\n", ";"),
            // Damaged rows and footers do not decide.
            ("to;name;type\n1;a\n2;b;Home\nTotal: 1,5\n", ";"),
            ("to;name\n1;\"a\n2;b\n3;c\n", ";"),
            // One column: numbers, and names that hold a comma.
            ("254712345678\n254712345679\n", ","),
            ("phone\n254712345678\n", ","),
            ("name\nDoe, Jane\nRoe, Richard\n", ";"),
            ("name\nDoe; Jane\nRoe; Richard\n", ","),
            ("Doe, Jane\nSmith\nMiller\n", ";"),
            ("", ","),
        ] {
            assert_eq!(found(text), want, "{text:?}");
        }
    }

    #[test]
    fn a_record_cut_by_the_end_of_the_sample_does_not_count() {
        let sample = "to;name\n1;a,b\n2;";
        assert_eq!(find_delimiter(sample.as_bytes(), Continuation::More), Delimiter::SEMICOLON);
    }
}
