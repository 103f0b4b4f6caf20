//! Bytes become lines: CRLF, LF and lone CR, UTF-8 and UTF-16, with and without byte order mark.
//!
//! Lines come out as UTF-8 or, when the file is neither that nor UTF-16, as they are: the charset
//! of such a line is said inside it, and `value` reads it there.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use memchr::memchr2;

/// A line longer than this (in bytes) is not kept.
pub(super) const LONGEST_LINE: usize = 8 << 20;

const CHUNK: usize = 128 << 10;

/// One line, without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// The text; empty when it is too long.
    pub(super) bytes: &'a [u8],
    /// The line's number as an editor counts, from 1.
    pub(super) number: u64,
    /// How long the line is, in bytes.
    pub(super) length: usize,
    /// Whether a line end follows; only the last line of a file may have none.
    pub(super) ended: bool,
    /// Whether the file is UTF-16, so that the text needs no charset.
    pub(super) unicode: bool,
}

/// Lines of a reader, in one buffer that grows to the longest line.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    /// Read, but not yet given out: `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    /// The line before ended in CR: an LF that follows belongs to it.
    after_cr: bool,
    opened: bool,
    finished: bool,
    utf16: Option<Utf16>,
    /// What the text is said to be in, for first bytes that tell nothing.
    told: Option<&'static Encoding>,
}

/// What UTF-16 needs on its way to UTF-8.
struct Utf16 {
    decoder: Decoder,
    raw: Vec<u8>,
}

impl std::fmt::Debug for Utf16 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.decoder.encoding().name())
    }
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            number: 0,
            after_cr: false,
            opened: false,
            finished: false,
            utf16: None,
            told: None,
        }
    }

    /// The encoding, where the user says so: it decides whether lines are UTF-16.
    pub(super) fn set_told(&mut self, encoding: &'static Encoding) {
        self.told = Some(encoding).filter(|told| [UTF_16LE, UTF_16BE].contains(told));
    }

    /// The next line; `None` at the end of the input.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        let mut dropped = 0;
        loop {
            self.skip_lf();
            let waiting = &self.buffer[self.start..self.end];
            if let Some(found) = memchr2(b'\n', b'\r', &waiting[searched..]) {
                let length = searched + found;
                self.after_cr = waiting[length] == b'\r';
                return Ok(Some(self.give(length, dropped, true)));
            }
            searched = waiting.len();
            if searched > LONGEST_LINE {
                dropped += searched;
                self.start = self.end;
                searched = 0;
            }
            if !self.fill()? {
                let nothing = searched == 0 && dropped == 0;
                return Ok((!nothing).then(|| self.give(searched, dropped, false)));
            }
        }
    }

    /// Passes over the LF of a CRLF, whichever side of a buffer's end it is on.
    fn skip_lf(&mut self) {
        if self.after_cr && self.start < self.end {
            self.after_cr = false;
            if self.buffer[self.start] == b'\n' {
                self.start += 1;
            }
        }
    }

    fn give(&mut self, length: usize, dropped: usize, ended: bool) -> Line<'_> {
        let from = self.start;
        self.start += length + usize::from(ended);
        self.number += 1;
        let kept = if dropped + length > LONGEST_LINE { 0 } else { length };
        Line {
            bytes: &self.buffer[from..from + kept],
            number: self.number,
            length: dropped + length,
            ended,
            unicode: self.utf16.is_some(),
        }
    }

    /// Reads another chunk behind what is waiting; `false` when there is none.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        // UTF-16 may grow by half on its way to UTF-8.
        if self.buffer.len() < self.end + 2 * CHUNK {
            self.buffer.resize(self.end + 2 * CHUNK, 0);
        }
        let waiting = self.end;
        if !self.opened {
            self.opened = true;
            self.open()?;
        }
        // A chunk of one byte may give no character of UTF-16 yet.
        while self.end - self.start == waiting && !self.finished {
            self.read_chunk()?;
        }
        Ok(self.end - self.start > waiting)
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        let free = &mut self.buffer[self.end..];
        let Some(utf16) = &mut self.utf16 else {
            let read = read(&mut self.reader, free)?;
            self.finished = read == 0;
            self.end += read;
            return Ok(());
        };
        utf16.raw.resize(CHUNK, 0);
        let read = read(&mut self.reader, &mut utf16.raw)?;
        self.finished = read == 0;
        self.end += utf16.decode(read, free, self.finished);
        Ok(())
    }

    /// Reads the first bytes and finds out what they are.
    fn open(&mut self) -> io::Result<()> {
        while self.end < 4 {
            match read(&mut self.reader, &mut self.buffer[self.end..CHUNK])? {
                0 => break,
                more => self.end += more,
            }
        }
        let first = &self.buffer[..self.end];
        // All cards begin with ASCII, and in UTF-16 that has zeros.
        let told = || self.told.filter(|_| first.contains(&0)).map(|encoding| (encoding, 0));
        let Some((encoding, mark)) = unicode_of(first).or_else(told) else {
            return Ok(());
        };
        if encoding == UTF_8 {
            self.start = mark;
            return Ok(());
        }
        let decoder = encoding.new_decoder_without_bom_handling();
        let mut utf16 = Utf16 { decoder, raw: first[mark..].to_vec() };
        self.end = utf16.decode(utf16.raw.len(), &mut self.buffer, false);
        self.utf16 = Some(utf16);
        Ok(())
    }
}

impl Utf16 {
    /// Turns the first `length` raw bytes into UTF-8, and says how many bytes of that there are.
    fn decode(&mut self, length: usize, into: &mut [u8], last: bool) -> usize {
        let (_, _, written, _) = self.decoder.decode_to_utf8(&self.raw[..length], into, last);
        written
    }
}

/// The Unicode encoding that a file's first bytes tell, and how many of them are its mark.
///
/// A vCard begins with ASCII letters, so UTF-16 without a mark shows by its zero bytes.
fn unicode_of(first: &[u8]) -> Option<(&'static Encoding, usize)> {
    let zeros = || first.first_chunk::<4>().map(|first| first.map(|byte| byte == 0));
    Encoding::for_bom(first).or_else(|| match zeros()? {
        [true, false, true, false] => Some((UTF_16BE, 0)),
        [false, true, false, true] => Some((UTF_16LE, 0)),
        _ => None,
    })
}

fn read(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
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
