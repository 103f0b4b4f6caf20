//! Where a record ends, quotes honoured, before anything is taken apart.
//!
//! A quote that is opened and never closed makes the rest of a file one cell. So the end is looked
//! for only so far, and a quoted cell that runs over several lines and whose closing quote is
//! followed by text is not believed: that quote opens a cell of a later row.

use memchr::memchr3;

use super::dialect::Delimiter;

/// The longest record, in bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// The most lines that a quoted cell may go on for.
pub(super) const MAX_LINES: u64 = 1_000;

/// The most lines of all the quoted cells of a record, so that what is looked through again and again
/// behind a forgotten quote has an end.
const MAX_RECORD_LINES: u64 = 2_000;

/// What comes after the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// More bytes, perhaps.
    More,
    /// The end of the input.
    Nothing,
    /// More bytes, but a record that goes on so far is too long.
    TooMuch,
}

/// The next record among the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// It is all there.
    Whole(Whole),
    /// A quote is opened and not closed.
    Open(Quote),
    /// It is too long, without any quote being open.
    Long,
    /// Its end is not among these bytes.
    Unfinished,
}

/// A record that is all there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole {
    /// Its bytes, without the line break at its end.
    pub(super) content: usize,
    /// Its bytes with that line break.
    pub(super) end: usize,
    /// Its lines.
    pub(super) lines: u64,
    /// Whether there is any quote in it.
    pub(super) quoted: bool,
    /// The quote of the first cell that runs over several lines; [`spanning`] gives them all.
    pub(super) spanning: Option<Quote>,
    /// Where text goes on behind a closing quote: which of the two was meant is not to be known.
    pub(super) trailing: Option<usize>,
}

/// A quote that opens a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    /// Where it stands.
    pub(super) at: usize,
    /// How many lines of the record come before its line.
    pub(super) lines_before: u64,
    /// Where the line after its line begins.
    pub(super) next_line: usize,
    /// Where the quote stands that closes the cell; behind all bytes when none does.
    pub(super) closes: usize,
}

/// Finds the end of the record at the start of `bytes`.
pub(super) fn frame(bytes: &[u8], separator: Delimiter, behind: Behind) -> Frame {
    match Scan::new(bytes, separator, behind).record() {
        Ok(whole) => Frame::Whole(whole),
        Err(frame) => frame,
    }
}

/// The quotes of all cells of a whole record that run over several lines.
pub(super) fn spanning(record: &[u8], separator: Delimiter) -> Vec<Quote> {
    let mut scan = Scan::new(record, separator, Behind::Nothing);
    // Whatever it finds, the record is known to be whole.
    let _ = scan.record();
    scan.spanning
}

/// How far the line break at `at` goes: 2 for CRLF, 1 for a lone CR or LF; `None` when the bytes
/// end before that is known.
fn line_break(bytes: &[u8], at: usize, behind: Behind) -> Option<usize> {
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', Some(b'\n')) => Some(2),
        (b'\r', None) if behind != Behind::Nothing => None,
        _ => Some(1),
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    separator: u8,
    behind: Behind,
    lines: u64,
    quoted: bool,
    spanning: Vec<Quote>,
    trailing: Option<usize>,
}

impl<'a> Scan<'a> {
    fn new(bytes: &'a [u8], separator: Delimiter, behind: Behind) -> Self {
        Self {
            bytes,
            separator: separator.as_byte(),
            behind,
            lines: 0,
            quoted: false,
            spanning: Vec::new(),
            trailing: None,
        }
    }

    fn record(&mut self) -> Result<Whole, Frame> {
        let mut at = 0;
        loop {
            let Some(hit) = self.find(at) else {
                return self.end_of_bytes();
            };
            if self.bytes[hit] != b'"' {
                let length = line_break(self.bytes, hit, self.behind);
                return Ok(self.whole(hit, length.ok_or_else(|| self.cut())?));
            }
            self.quoted = true;
            let opens = hit == 0 || self.bytes[hit - 1] == self.separator;
            at = if opens { self.closed(hit)? } else { hit + 1 };
        }
    }

    fn find(&self, from: usize) -> Option<usize> {
        let rest = self.bytes.get(from..)?;
        memchr3(b'\n', b'\r', b'"', rest).map(|offset| from + offset)
    }

    fn whole(&self, content: usize, line_break: usize) -> Whole {
        Whole {
            content,
            end: content + line_break,
            lines: self.lines + 1,
            quoted: self.quoted,
            spanning: self.spanning.first().copied(),
            trailing: self.trailing,
        }
    }

    fn end_of_bytes(&self) -> Result<Whole, Frame> {
        match self.behind {
            Behind::Nothing => Ok(self.whole(self.bytes.len(), 0)),
            Behind::More | Behind::TooMuch => Err(self.cut()),
        }
    }

    fn cut(&self) -> Frame {
        match self.behind {
            Behind::TooMuch => Frame::Long,
            Behind::More | Behind::Nothing => Frame::Unfinished,
        }
    }

    /// Follows the cell that the quote at `open` begins, and gives where it ends.
    fn closed(&mut self, open: usize) -> Result<usize, Frame> {
        let mut quote = Quote {
            at: open,
            lines_before: self.lines,
            next_line: self.bytes.len(),
            closes: self.bytes.len(),
        };
        let mut at = open + 1;
        while let Some(hit) = self.find(at) {
            if self.bytes[hit] != b'"' {
                at = hit + line_break(self.bytes, hit, self.behind).unwrap_or(1);
                self.lines += 1;
                if self.lines == quote.lines_before + 1 {
                    quote.next_line = at;
                }
                let lines = self.lines - quote.lines_before;
                if lines > MAX_LINES || self.lines > MAX_RECORD_LINES {
                    return Err(Frame::Open(self.spanning.first().copied().unwrap_or(quote)));
                }
            } else if self.bytes.get(hit + 1) == Some(&b'"') {
                at = hit + 2;
            } else {
                return self.after(hit + 1, Quote { closes: hit, ..quote });
            }
        }
        match self.behind {
            Behind::More => Err(Frame::Unfinished),
            // Without the line's end there is no next line to go on with.
            Behind::TooMuch if self.lines == quote.lines_before => Err(Frame::Long),
            Behind::Nothing | Behind::TooMuch => Err(Frame::Open(quote)),
        }
    }

    /// Looks at what follows a closing quote.
    fn after(&mut self, at: usize, quote: Quote) -> Result<usize, Frame> {
        let spans = self.lines > quote.lines_before;
        let rest = &self.bytes[at..];
        match rest.get(self.blanks(rest)..).and_then(<[u8]>::first) {
            None if self.behind == Behind::More => return Err(Frame::Unfinished),
            None | Some(b'\n' | b'\r') => {}
            Some(byte) if *byte == self.separator => {}
            Some(_) if spans && self.separator != b' ' => return Err(Frame::Open(quote)),
            Some(_) => self.trailing = self.trailing.or(Some(at)),
        }
        if spans {
            self.spanning.push(quote);
        }
        Ok(at)
    }

    /// How many bytes at the start are blanks: a space, a TAB that separates nothing, a no-break or
    /// zero-width space in UTF-8 or Windows-1252.
    fn blanks(&self, rest: &[u8]) -> usize {
        let mut at = 0;
        loop {
            at += match rest.get(at..).unwrap_or_default() {
                [b'\t', ..] if self.separator != b'\t' => 1,
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

    fn of(text: &str, behind: Behind) -> Frame {
        frame(text.as_bytes(), Delimiter::COMMA, behind)
    }

    /// `content`, `end` and `lines` of a whole record.
    fn whole(text: &str, behind: Behind) -> Option<(usize, usize, u64)> {
        match of(text, behind) {
            Frame::Whole(whole) => Some((whole.content, whole.end, whole.lines)),
            _ => None,
        }
    }

    #[test]
    fn whole_records() {
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
            ("\"a\nb\"", (5, 5, 2)),
        ] {
            assert_eq!(whole(text, Behind::Nothing), Some(want), "{text:?}");
        }
    }

    #[test]
    fn open_quotes() {
        for (text, at, next_line) in [
            ("1,\"Jane,0712\n2,Bob,0713\n", 2, 13),
            ("\"Jane\r\nBob\r\n", 0, 7),
            ("\"Jane", 0, 5),
            // Closed by the quote that opens a later row's cell.
            ("1,\"Jane,0712\n2,Bob\n3,\"Carl\",0714\n", 2, 13),
            // A first cell over two lines is fine; the second one is not closed.
            ("\"a\nb\",\"c\nd\ne", 6, 9),
        ] {
            match of(text, Behind::Nothing) {
                Frame::Open(quote) => {
                    assert_eq!((quote.at, quote.next_line), (at, next_line), "{text:?}");
                }
                other => panic!("{text:?} is {other:?}"),
            }
        }
    }

    #[test]
    fn more_bytes_are_asked_for_whenever_they_could_matter() {
        for text in ["a,b", "a,b\r", "\"a", "\"a\"", "\"a\" ", "\"a\r", ""] {
            assert_eq!(of(text, Behind::More), Frame::Unfinished, "{text:?}");
        }
    }

    #[test]
    fn limits() {
        assert_eq!(of("a,b", Behind::TooMuch), Frame::Long);
        assert_eq!(of("a,\"b", Behind::TooMuch), Frame::Long);
        assert!(matches!(of("a,\"b\nc", Behind::TooMuch), Frame::Open(_)));
        let lines = |count: usize| format!("\"{}\",b\n", "x\n".repeat(count));
        assert_eq!(whole(&lines(1_000), Behind::More), Some((2_004, 2_005, 1_001)));
        assert!(matches!(of(&lines(1_001), Behind::More), Frame::Open(_)));
    }
}
