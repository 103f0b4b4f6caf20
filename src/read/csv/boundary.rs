//! Finds where a record ends (RFC 4180: a line break inside of quotes does not end it).
//!
//! A quote that is opened and never closed would make the rest of a file one cell. So a record has
//! a limit, and when text follows the closing quote of a cell of several lines, the cell's quote
//! counts as open: the other one opens a cell of a later row.

use std::ops::Range;

use memchr::memchr3;

use super::delimiter::Delimiter;

/// The longest record, in bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// The most line breaks in a quoted cell.
const MAX_CELL_LINES: u64 = 1_000;

/// The most line breaks in all quoted cells of a record. It limits how much is searched again for
/// each row after an open quote.
const MAX_RECORD_LINES: u64 = 2_000;

/// The input after the bytes in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Continuation {
    /// More bytes, perhaps.
    More,
    /// The end of the input.
    End,
    /// More bytes, but a record that continues there is too long.
    OverLimit,
}

/// The end of the record at the start of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Boundary {
    /// The record is complete.
    Complete(RecordSpan),
    /// A quote is opened and not closed.
    OpenQuote(Quote),
    /// The record is too long, and no quote is open.
    TooLong,
    /// The record does not end in these bytes.
    Incomplete,
}

/// The extent of a complete record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordSpan {
    /// Its length without the line break at its end.
    pub(super) content: usize,
    /// Its length with that line break.
    pub(super) end: usize,
    /// Its lines.
    pub(super) lines: u64,
    /// Its quotes.
    pub(super) quotes: Quotes,
    /// The quote of the first cell of several lines; [`multiline_cells`] gives them all.
    pub(super) multiline: Option<Quote>,
    /// The end of a closing quote after which text follows: the cell has two possible meanings.
    pub(super) text_after_quote: Option<usize>,
}

/// The quotes in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// There are none.
    None,
    /// Each quote that opens a cell is its first character.
    First,
    /// Blanks stand before a quote that opens a cell.
    BehindBlanks,
}

/// A quote that opens a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    /// Its offset in the record.
    pub(super) at: usize,
    /// The lines of the record before its line.
    pub(super) lines_before: u64,
    /// The offset of the line after its line.
    pub(super) next_line: usize,
    /// The offset of the quote that closes the cell; the end of all bytes when none does.
    pub(super) closes: usize,
}

/// Finds the end of the record at the start of `bytes`.
pub(super) fn find_boundary(
    bytes: &[u8],
    delimiter: Delimiter,
    continuation: Continuation,
) -> Boundary {
    match Scan::new(bytes, delimiter, continuation).record() {
        Ok(span) => Boundary::Complete(span),
        Err(boundary) => boundary,
    }
}

/// The opening quotes of all cells of several lines in a complete record.
pub(super) fn multiline_cells(record: &[u8], delimiter: Delimiter) -> Vec<Quote> {
    let mut scan = Scan::new(record, delimiter, Continuation::End);
    // The result is known: the record is complete.
    let _ = scan.record();
    scan.multiline
}

/// The blanks before the quotes that open cells in a complete record.
pub(super) fn blanks_before_quotes(record: &[u8], delimiter: Delimiter) -> Vec<Range<usize>> {
    let mut scan = Scan::new(record, delimiter, Continuation::End);
    let _ = scan.record();
    scan.blanks
}

/// The length of the line break at `at`: 2 for CRLF, 1 for a lone CR or LF; `None` when the bytes
/// end before that is known.
fn line_break(bytes: &[u8], at: usize, continuation: Continuation) -> Option<usize> {
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => Some(2),
        (b'\r', None) if continuation != Continuation::End => None,
        _ => Some(1),
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    continuation: Continuation,
    lines: u64,
    has_quotes: bool,
    /// The blanks before quotes that open a cell.
    blanks: Vec<Range<usize>>,
    multiline: Vec<Quote>,
    text_after_quote: Option<usize>,
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8], delimiter: Delimiter, continuation: Continuation) -> Self {
        Self {
            bytes,
            delimiter: delimiter.as_byte(),
            continuation,
            lines: 0,
            has_quotes: false,
            blanks: Vec::new(),
            multiline: Vec::new(),
            text_after_quote: None,
        }
    }

    fn record(&mut self) -> Result<RecordSpan, Boundary> {
        let mut at = 0;
        loop {
            let Some(hit) = self.find(at) else {
                return self.end_of_bytes();
            };
            if self.bytes[hit] != b'"' {
                return match line_break(self.bytes, hit, self.continuation) {
                    Some(length) => Ok(self.span(hit, length)),
                    None => self.end_of_bytes(),
                };
            }
            self.has_quotes = true;
            let opens = hit == 0 || self.bytes[hit - 1] == self.delimiter;
            at = if opens { self.quoted_cell(hit)? } else { self.quote_behind_text(hit)? };
        }
    }

    /// Scans from a quote that is not the first character of its cell. Behind nothing but blanks it
    /// opens the cell; where text follows the closing quote in the same line, it is a plain
    /// character.
    fn quote_behind_text(&mut self, hit: usize) -> Result<usize, Boundary> {
        let Some(start) = self.start_of_blanks(hit) else { return Ok(hit + 1) };
        let before = (self.lines, self.multiline.len(), self.text_after_quote);
        let scanned = self.quoted_cell(hit);
        match scanned {
            Ok(at) if self.text_after_quote == before.2 => {
                self.blanks.push(start..hit);
                Ok(at)
            }
            Err(end @ (Boundary::Incomplete | Boundary::OpenQuote(_))) => Err(end),
            Ok(_) | Err(_) => {
                (self.lines, self.text_after_quote) = (before.0, before.2);
                self.multiline.truncate(before.1);
                Ok(hit + 1)
            }
        }
    }

    /// The start of the blanks before `hit`, if they begin the cell.
    fn start_of_blanks(&self, hit: usize) -> Option<usize> {
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t') && *byte != self.delimiter;
        let blanks = self.bytes[..hit].iter().rev().take_while(|byte| is_blank(byte)).count();
        let start = hit - blanks;
        let begins = start.checked_sub(1).is_none_or(|last| self.bytes[last] == self.delimiter);
        (blanks > 0 && begins).then_some(start)
    }

    fn find(&self, from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        memchr3(b'\n', b'\r', b'"', rest).map(|offset| from + offset)
    }

    fn span(&self, content: usize, line_break: usize) -> RecordSpan {
        RecordSpan {
            content,
            end: content + line_break,
            lines: self.lines + 1,
            quotes: match (self.has_quotes, self.blanks.is_empty()) {
                (false, _) => Quotes::None,
                (true, true) => Quotes::First,
                (true, false) => Quotes::BehindBlanks,
            },
            multiline: self.multiline.first().copied(),
            text_after_quote: self.text_after_quote,
        }
    }

    fn end_of_bytes(&self) -> Result<RecordSpan, Boundary> {
        match self.continuation {
            Continuation::End => Ok(self.span(self.bytes.len(), 0)),
            Continuation::More => Err(Boundary::Incomplete),
            Continuation::OverLimit => Err(Boundary::TooLong),
        }
    }

    /// Scans the cell that the quote at `open` begins, and returns the offset after its closing
    /// quote.
    fn quoted_cell(&mut self, open: usize) -> Result<usize, Boundary> {
        let mut quote = Quote {
            at: open,
            lines_before: self.lines,
            next_line: self.bytes.len(),
            closes: self.bytes.len(),
        };
        let mut at = open + 1;
        while let Some(hit) = self.find(at) {
            if self.bytes[hit] != b'"' {
                at = hit + line_break(self.bytes, hit, self.continuation).unwrap_or(1);
                self.lines += 1;
                if self.lines == quote.lines_before + 1 {
                    quote.next_line = at;
                }
                let lines = self.lines - quote.lines_before;
                if lines > MAX_CELL_LINES || self.lines > MAX_RECORD_LINES {
                    return Err(Boundary::OpenQuote(
                        self.multiline.first().copied().unwrap_or(quote),
                    ));
                }
            } else if self.bytes.get(hit + 1) == Some(&b'"') {
                at = hit + 2;
            } else {
                return self.after_quote(hit + 1, Quote { closes: hit, ..quote });
            }
        }
        match self.continuation {
            Continuation::More => Err(Boundary::Incomplete),
            // The line does not end, so there is no next line to continue with.
            Continuation::OverLimit if self.lines == quote.lines_before => Err(Boundary::TooLong),
            Continuation::End | Continuation::OverLimit => Err(Boundary::OpenQuote(quote)),
        }
    }

    /// Checks what follows a closing quote, and returns `at`, the offset after it.
    fn after_quote(&mut self, at: usize, quote: Quote) -> Result<usize, Boundary> {
        let spans = self.lines > quote.lines_before;
        let rest = &self.bytes[at..];
        match rest.get(self.blanks(rest)..).and_then(<[u8]>::first) {
            None if self.continuation == Continuation::More => return Err(Boundary::Incomplete),
            None | Some(b'\n' | b'\r') => {}
            Some(byte) if *byte == self.delimiter => {}
            Some(_) if spans && self.delimiter != b' ' => return Err(Boundary::OpenQuote(quote)),
            Some(_) => self.text_after_quote = self.text_after_quote.or(Some(at)),
        }
        if spans {
            self.multiline.push(quote);
        }
        Ok(at)
    }

    /// The length of the blanks at the start of `rest`: spaces, TABs that are not the delimiter,
    /// no-break and zero-width spaces in UTF-8 or Windows-1252.
    fn blanks(&self, rest: &[u8]) -> usize {
        let mut at = 0;
        loop {
            at += match rest.get(at..).unwrap_or_default() {
                [b'\t', ..] if self.delimiter != b'\t' => 1,
                [b' ' | 0xA0, ..] => 1,
                [0xC2, 0xA0, ..] => 2,
                [0xE2, 0x80, 0x8B, ..] | [0xEF, 0xBB, 0xBF, ..] => 3,
                _ => return at,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundary(text: &str, continuation: Continuation) -> Boundary {
        find_boundary(text.as_bytes(), Delimiter::COMMA, continuation)
    }

    /// `content`, `end` and `lines` of a complete record.
    fn complete(text: &str, continuation: Continuation) -> Option<(usize, usize, u64)> {
        match boundary(text, continuation) {
            Boundary::Complete(span) => Some((span.content, span.end, span.lines)),
            _ => None,
        }
    }

    #[test]
    fn a_record_ends_at_a_line_break_outside_of_quotes() {
        for (text, want) in [
            ("a,b\nc", (3, 4, 1)),
            ("a,b\r\nc", (3, 5, 1)),
            ("a,b\rc", (3, 4, 1)),
            ("a,b", (3, 3, 1)),
            ("a,b\r", (3, 4, 1)),
            ("5\" pipe,b\nc", (9, 10, 1)),
            ("a\"b\",c\nd", (6, 7, 1)),
            ("\"a\",b\nc", (5, 6, 1)),
            ("\"a\nb\",c\nd", (7, 8, 2)),
            ("\"a\r\nb\rc\n\nd\" ,c\r\nd", (14, 16, 5)),
            ("\"a\"\"\nb\"\"\",c\nd", (11, 12, 2)),
            ("\"\",\"\"\nc", (5, 6, 1)),
            ("\"a\"x\nb\",c\n", (4, 5, 1)),
            ("a, \"b\nc\" ,d\ne", (11, 12, 2)),
            ("a, \"b\" x\nc\",d\ne", (8, 9, 1)),
            ("\"a\nb\"", (5, 5, 2)),
        ] {
            assert_eq!(complete(text, Continuation::End), Some(want), "{text:?}");
        }
    }

    #[test]
    fn a_quote_behind_blanks_opens_a_cell_that_ends_with_a_quote() {
        for (text, want) in [
            ("a, \"b, c\", d", &[(2, 3)][..]),
            (" \"a\"\t,\t \"b\"", &[(0, 1), (6, 8)]),
            ("a,\"b\"", &[]),
            // Text before or behind the quotes.
            ("a, b \"c\", d", &[]),
            ("a, \"The Rock\" Johnson", &[]),
        ] {
            let found = blanks_before_quotes(text.as_bytes(), Delimiter::COMMA);
            let found: Vec<_> =
                found.into_iter().map(|blanks| (blanks.start, blanks.end)).collect();
            assert_eq!(found, want, "{text:?}");
        }
        // A blank that is the delimiter.
        let space = "space".parse().unwrap();
        assert!(blanks_before_quotes(b"a \"b c\"", space).is_empty());
    }

    #[test]
    fn a_quote_that_is_not_closed_is_found() {
        for (text, at, next_line) in [
            ("1,\"Jane,0712\n2,Bob,0713\n", 2, 13),
            ("\"Jane\r\nBob\r\n", 0, 7),
            ("\"Jane", 0, 5),
            // Closed by the quote that opens a cell of a later row.
            ("1,\"Jane,0712\n2,Bob\n3,\"Carl\",0714\n", 2, 13),
            ("1, \"Jane,0712\n2,Bob,0713\n", 3, 14),
            ("1, \"Jane,0712\n2,Bob\n3, \"Carl\",0714\n", 3, 14),
            // The first cell has two lines; the second one is not closed.
            ("\"a\nb\",\"c\nd\ne", 6, 9),
        ] {
            match boundary(text, Continuation::End) {
                Boundary::OpenQuote(quote) => {
                    assert_eq!((quote.at, quote.next_line), (at, next_line), "{text:?}");
                }
                other => panic!("{text:?} is {other:?}"),
            }
        }
    }

    #[test]
    fn a_record_whose_end_could_change_is_incomplete() {
        for text in ["a,b", "a,b\r", "\"a", "\"a\"", "\"a\" ", "\"a\r", ""] {
            assert_eq!(boundary(text, Continuation::More), Boundary::Incomplete, "{text:?}");
        }
    }

    #[test]
    fn a_record_has_a_length_and_a_number_of_lines() {
        assert_eq!(boundary("a,b", Continuation::OverLimit), Boundary::TooLong);
        assert_eq!(boundary("a,\"b", Continuation::OverLimit), Boundary::TooLong);
        assert!(matches!(boundary("a,\"b\nc", Continuation::OverLimit), Boundary::OpenQuote(_)));
        let lines = |count: usize| format!("\"{}\",b\n", "x\n".repeat(count));
        assert_eq!(complete(&lines(1_000), Continuation::More), Some((2_004, 2_005, 1_001)));
        assert!(matches!(boundary(&lines(1_001), Continuation::More), Boundary::OpenQuote(_)));
    }
}
