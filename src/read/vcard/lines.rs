//! Bytes become lines: CRLF, LF and lone CR, UTF-8 and UTF-16, with and without byte order mark.
//!
//! Lines come out as UTF-8 or, when the file is neither that nor UTF-16, as they are: the charset
//! of such a line is said inside it, and `value` reads it there.

use std::io::{self, Read};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use memchr::memchr2;

use crate::read::buffer::RefillBuffer;
use crate::read::encoding::{DecodingReader, FileEncoding, read_head};

/// A line longer than this (in bytes) is not kept.
pub(super) const LONGEST_LINE: usize = 8 << 20;

/// Bytes held at first.
const CAPACITY: usize = 256 << 10;

/// One line, without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// The text; empty when it is too long.
    pub(super) bytes: &'a [u8],
    /// The line's number as an editor counts, from 1.
    pub(super) number: u64,
    /// The line's length in bytes.
    pub(super) length: usize,
    /// True if a line end follows; only the last line of a file may have none.
    pub(super) ended: bool,
    /// True if the file is UTF-16, so that the text needs no charset.
    pub(super) unicode: bool,
}

/// The lines of a reader, in one buffer that grows to the longest line.
pub(super) struct Lines<R> {
    /// The input, until its encoding is known.
    unopened: Option<R>,
    buffer: Option<RefillBuffer<DecodingReader<R>>>,
    number: u64,
    /// The previous line ended in CR: an LF that follows belongs to it.
    after_cr: bool,
    utf16: bool,
    /// The encoding that the user names, for first bytes that do not show one.
    named: Option<&'static Encoding>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            unopened: Some(reader),
            buffer: None,
            number: 0,
            after_cr: false,
            utf16: false,
            named: None,
        }
    }

    /// Sets the encoding that the user names: it decides whether lines are UTF-16.
    pub(super) fn set_named(&mut self, encoding: &'static Encoding) {
        self.named = Some(encoding).filter(|named| [UTF_16LE, UTF_16BE].contains(named));
    }

    /// The next line; `None` at the end of the input.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.open()?;
        let Some(buffer) = &mut self.buffer else { return Ok(None) };
        let mut searched = 0;
        let mut dropped = 0;
        let (length, ended) = loop {
            // An LF after a CR belongs to the previous line, also in the next block.
            if self.after_cr && !buffer.unread().is_empty() {
                self.after_cr = false;
                if buffer.unread()[0] == b'\n' {
                    buffer.take(1);
                }
            }
            let unread = buffer.unread();
            if let Some(found) = memchr2(b'\n', b'\r', &unread[searched..]) {
                self.after_cr = unread[searched + found] == b'\r';
                break (searched + found, true);
            }
            searched = unread.len();
            if searched > LONGEST_LINE {
                buffer.take(searched);
                dropped += searched;
                searched = 0;
            }
            if buffer.fill()? == 0 {
                if searched + dropped == 0 {
                    return Ok(None);
                }
                break (searched, false);
            }
        };
        self.number += 1;
        let kept = if dropped + length > LONGEST_LINE { 0 } else { length };
        Ok(Some(Line {
            bytes: &buffer.take(length + usize::from(ended))[..kept],
            number: self.number,
            length: dropped + length,
            ended,
            unicode: self.utf16,
        }))
    }

    /// Finds the encoding from the first bytes.
    fn open(&mut self) -> io::Result<()> {
        let Some(mut reader) = self.unopened.take() else { return Ok(()) };
        let head = read_head(&mut reader)?;
        // All cards begin with ASCII, and in UTF-16 that has zeros.
        let named = || self.named.filter(|_| head.contains(&0));
        let encoding = encoding_of(&head).or_else(named).unwrap_or(UTF_8);
        self.utf16 = encoding != UTF_8;
        let text = DecodingReader::new(head, reader, FileEncoding::Web(encoding));
        self.buffer = Some(RefillBuffer::new(text, CAPACITY));
        Ok(())
    }
}

/// The encoding that the first bytes of a file show: by a byte-order mark, or UTF-16 by the zero
/// bytes beside the ASCII letters with which a vCard begins.
fn encoding_of(head: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding);
    }
    match head.first_chunk::<4>()?.map(|byte| byte == 0) {
        [true, false, true, false] => Some(UTF_16BE),
        [false, true, false, true] => Some(UTF_16LE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte a time, the worst that a reader may do.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let some = self.0.len().min(into.len()).min(1);
            into[..some].copy_from_slice(&self.0[..some]);
            self.0 = &self.0[some..];
            Ok(some)
        }
    }

    fn all(reader: impl Read) -> Vec<(u64, String, bool)> {
        let mut lines = Lines::new(reader);
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            all.push((line.number, String::from_utf8_lossy(line.bytes).into_owned(), line.ended));
        }
        all
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn line_ends_and_encodings() {
        let text = "BEG\r\nÑandú\r\r\n\nlast";
        let expected: Vec<_> = ["BEG", "Ñandú", "", "", "last"]
            .iter()
            .zip(1..)
            .map(|(text, number)| (number, (*text).to_owned(), number < 5))
            .collect();
        let marked = format!("\u{feff}{text}");
        for bytes in [
            text.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
        ] {
            assert_eq!(all(&bytes[..]), expected, "{bytes:?}");
            assert_eq!(all(Drip(&bytes)), expected, "{bytes:?}");
        }
    }

    #[test]
    fn nothing_and_next_to_nothing() {
        for (bytes, lines) in
            [("", 0), ("\u{feff}", 0), ("\n", 1), ("\r\n", 1), ("a", 1), ("\r\r", 2)]
        {
            assert_eq!(all(bytes.as_bytes()).len(), lines, "{bytes:?}");
        }
    }

    #[test]
    fn a_line_over_the_cap_is_counted_and_passed_over() {
        let mut bytes = vec![b'x'; LONGEST_LINE + 1];
        bytes.extend(b"\r\nnext\n");
        let mut lines = Lines::new(&bytes[..]);
        let long = lines.next_line().unwrap().unwrap();
        assert_eq!((long.bytes.len(), long.length), (0, LONGEST_LINE + 1));
        let next = lines.next_line().unwrap().unwrap();
        assert_eq!((next.bytes, next.number), (&b"next"[..], 2));
    }
}
