//! The decoded input of a CSV reader: the bytes of the next record, and the number of its line.

use std::io::{self, Read};

use super::boundary::{Boundary, Continuation, MAX_BYTES, find_boundary};
use super::defects;
use super::delimiter::Delimiter;
use crate::read::buffer::RefillBuffer;

/// Bytes held at first: enough for a thousand rows, few enough for the processor's cache.
const CAPACITY: usize = 128 * 1024;

/// The input, record by record. The buffer grows for a long record, up to [`MAX_BYTES`].
pub(super) struct RecordBuffer<R> {
    buffer: RefillBuffer<R>,
    line: u64,
    is_clean: bool,
}

impl<R: Read> RecordBuffer<R> {
    /// A buffer at line 1 of `input`, with its first bytes.
    pub(super) fn new(input: R) -> io::Result<Self> {
        let buffer = RefillBuffer::new(input, CAPACITY);
        let mut records = Self { buffer, line: 1, is_clean: false };
        records.fill()?;
        Ok(records)
    }

    /// The bytes from the next record on.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.unread()
    }

    /// The line on which they begin, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The input after [`Self::bytes`].
    pub(super) fn continuation(&self) -> Continuation {
        if self.buffer.ended() {
            Continuation::End
        } else if self.bytes().len() >= MAX_BYTES {
            Continuation::OverLimit
        } else {
            Continuation::More
        }
    }

    /// Returns `true` if [`Self::bytes`] certainly contain no control character that is not allowed
    /// in a cell.
    pub(super) fn is_clean(&self) -> bool {
        self.is_clean
    }

    /// Takes `bytes`, which contain `lines` line breaks.
    pub(super) fn advance(&mut self, bytes: usize, lines: u64) {
        self.buffer.take(bytes);
        self.line += lines;
    }

    /// Finds the end of the next record, and reads as much of the input as that needs.
    pub(super) fn find_boundary(&mut self, delimiter: Delimiter) -> io::Result<Boundary> {
        loop {
            match find_boundary(self.bytes(), delimiter, self.continuation()) {
                Boundary::Incomplete => self.fill()?,
                boundary => return Ok(boundary),
            }
        }
    }

    /// Skips empty lines; returns `false` at the end of the input.
    pub(super) fn skip_empty_lines(&mut self) -> io::Result<bool> {
        loop {
            match self.bytes() {
                [b'\r', b'\n', ..] => self.advance(2, 1),
                [b'\r'] if !self.buffer.ended() => self.fill()?,
                [b'\r' | b'\n', ..] => self.advance(1, 1),
                [] if self.buffer.ended() => return Ok(false),
                [] => self.fill()?,
                _ => return Ok(true),
            }
        }
    }

    /// Skips the rest of the line, whatever its length, but not its line break.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.bytes();
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            self.advance(end.unwrap_or(bytes.len()), 0);
            if end.is_some() || self.buffer.ended() {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Ends the input, so that nothing is read after an error.
    pub(super) fn close(&mut self) {
        self.buffer.close();
    }

    /// Reads until the buffer is full or the input ends, so that a record that comes in many small
    /// reads is not scanned again for each of them.
    fn fill(&mut self) -> io::Result<()> {
        while self.buffer.fill()? > 0 && !self.buffer.is_full() {}
        if self.buffer.ended() {
            self.buffer.drop_last(length_of_end_mark(self.bytes()));
        }
        // Once for a thousand rows: in a loop over the bytes of one row, its start and end cost
        // most.
        self.is_clean = !defects::may_contain_control(self.bytes());
        Ok(())
    }
}

/// The length of the mark with which programs of DOS end a text: Ctrl-Z, as often as it fills a
/// block, and the line break behind it.
fn length_of_end_mark(bytes: &[u8]) -> usize {
    const CTRL_Z: u8 = 0x1A;
    let rest = bytes.trim_ascii_end();
    match rest.last() {
        Some(&CTRL_Z) => {
            let marks = rest.iter().rev().take_while(|byte| **byte == CTRL_Z).count();
            bytes.len() - rest.len() + marks
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ctrl_z_at_the_end_is_dropped() {
        for (text, length) in [
            ("a\r\n\x1A", 1),
            ("a\x1A", 1),
            ("a\r\n\x1A\r\n", 3),
            ("a\n\x1A\x1A\x1A", 3),
            ("\x1A", 1),
            ("a\n", 0),
            ("a\x1Ab\n", 0),
            ("", 0),
        ] {
            assert_eq!(length_of_end_mark(text.as_bytes()), length, "{text:?}");
        }
    }

    #[test]
    fn empty_lines_are_counted_as_in_an_editor() {
        let mut records = RecordBuffer::new(&b"\n\r\n\r\r\nx"[..]).unwrap();
        assert!(records.skip_empty_lines().unwrap());
        assert_eq!((records.line(), records.bytes()), (5, &b"x"[..]));
        records.advance(1, 0);
        assert!(!records.skip_empty_lines().unwrap());
    }

    #[test]
    fn a_line_break_at_the_end_of_the_buffer_is_one() {
        for extra in 0..3 {
            let text = "x".repeat(CAPACITY - 1 - extra) + "\r\n" + &"y".repeat(40);
            let mut records = RecordBuffer::new(text.as_bytes()).unwrap();
            let Boundary::Complete(span) = records.find_boundary(Delimiter::COMMA).unwrap() else {
                panic!("not complete with {extra}")
            };
            records.advance(span.end, span.lines);
            assert!(records.skip_empty_lines().unwrap());
            assert_eq!((records.line(), records.bytes()[0]), (2, b'y'));
        }
    }

    #[test]
    fn the_buffer_does_not_grow_beyond_its_limit() {
        let mut records = RecordBuffer::new(io::repeat(b'x')).unwrap();
        assert_eq!(records.find_boundary(Delimiter::COMMA).unwrap(), Boundary::TooLong);
        assert!(records.bytes().len() <= 2 * MAX_BYTES);
    }

    #[test]
    fn a_line_of_any_length_is_skipped() {
        let text = "x".repeat(3 * MAX_BYTES) + "\r\nnext";
        let mut records = RecordBuffer::new(text.as_bytes()).unwrap();
        records.skip_line().unwrap();
        assert!(records.skip_empty_lines().unwrap());
        assert_eq!((records.line(), records.bytes()), (2, &b"next"[..]));
    }
}
