//! The part of the input that is being looked at: always a whole record, and the line it is on.

use std::io::{self, Read};

use super::boundary::{Behind, Frame, MAX_BYTES, frame};
use super::defects;
use super::dialect::Delimiter;

/// Bytes held at first; enough for a thousand rows, and they stay in the processor's cache.
const ROOM: usize = 128 * 1024;

/// Bytes that a read is given room for: a decoder wants to write a character or two at once.
const LEAST_ROOM: usize = 16;

/// A window that moves over the decoded input. It grows for a long record, up to [`MAX_BYTES`].
pub(super) struct Window<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    line: u64,
    clean: bool,
}

impl<R: Read> Window<R> {
    /// A window at line 1 of `input`, with its first bytes in it.
    pub(super) fn new(input: R) -> io::Result<Self> {
        let mut window = Self {
            input,
            buffer: vec![0; ROOM],
            start: 0,
            end: 0,
            ended: false,
            line: 1,
            clean: false,
        };
        window.fill()?;
        Ok(window)
    }

    /// The bytes in front of the reader.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The line on which they begin, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// What comes after [`Self::bytes`].
    pub(super) fn behind(&self) -> Behind {
        if self.ended {
            Behind::Nothing
        } else if self.end - self.start >= MAX_BYTES {
            Behind::TooMuch
        } else {
            Behind::More
        }
    }

    /// Whether there is surely no control character in [`Self::bytes`] that must not be in a cell.
    pub(super) fn is_clean(&self) -> bool {
        self.clean
    }

    /// Goes on by `bytes`, which hold `lines` line breaks.
    pub(super) fn advance(&mut self, bytes: usize, lines: u64) {
        self.start = (self.start + bytes).min(self.end);
        self.line += lines;
    }

    /// The record at the start of the window, with as much of the input as it needs.
    pub(super) fn frame(&mut self, delimiter: Delimiter) -> io::Result<Frame> {
        loop {
            match frame(self.bytes(), delimiter, self.behind()) {
                Frame::Unfinished => self.fill()?,
                frame => return Ok(frame),
            }
        }
    }

    /// Passes over empty lines; `false` at the end of the input.
    pub(super) fn skip_empty_lines(&mut self) -> io::Result<bool> {
        loop {
            match self.bytes() {
                [b'\r', b'\n', ..] => self.advance(2, 1),
                [b'\r'] if !self.ended => self.fill()?,
                [b'\r' | b'\n', ..] => self.advance(1, 1),
                [] if self.ended => return Ok(false),
                [] => self.fill()?,
                _ => return Ok(true),
            }
        }
    }

    /// Passes over the rest of the line, whatever its length, but not over its line break.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.bytes();
            match memchr::memchr2(b'\n', b'\r', bytes) {
                Some(offset) => {
                    self.advance(offset, 0);
                    return Ok(());
                }
                None => {
                    self.start = self.end;
                    if self.ended {
                        return Ok(());
                    }
                    self.fill()?;
                }
            }
        }
    }

    /// Ends the input here, so that nothing is read after an error.
    pub(super) fn close(&mut self) {
        (self.start, self.end, self.ended) = (0, 0, true);
    }

    /// Moves what is left to the front and reads until the buffer is full or the input ends, so
    /// that an input that comes in drops is not framed anew for each drop.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.buffer.len() - self.end < LEAST_ROOM {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while self.buffer.len() - self.end >= LEAST_ROOM {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // Once for a thousand rows, because a loop over one row's bytes is mostly its start and end.
        self.clean = !defects::may_hold_control(self.bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_are_counted_as_an_editor_counts() {
        let mut window = Window::new(&b"\n\r\n\r\r\nx"[..]).unwrap();
        assert!(window.skip_empty_lines().unwrap());
        assert_eq!((window.line(), window.bytes()), (5, &b"x"[..]));
        window.advance(1, 0);
        assert!(!window.skip_empty_lines().unwrap());
    }

    #[test]
    fn a_line_break_cut_by_the_window_is_one() {
        for extra in 0..3 {
            let text = "x".repeat(ROOM - 1 - extra) + "\r\n" + &"y".repeat(40);
            let mut window = Window::new(text.as_bytes()).unwrap();
            let Frame::Whole(whole) = window.frame(Delimiter::COMMA).unwrap() else {
                panic!("not whole with {extra}")
            };
            window.advance(whole.end, whole.lines);
            assert!(window.skip_empty_lines().unwrap());
            assert_eq!((window.line(), window.bytes()[0]), (2, b'y'));
        }
    }

    #[test]
    fn it_does_not_grow_beyond_its_limit() {
        let mut window = Window::new(io::repeat(b'x')).unwrap();
        assert_eq!(window.frame(Delimiter::COMMA).unwrap(), Frame::Long);
        assert!(window.buffer.len() <= 2 * MAX_BYTES);
    }

    #[test]
    fn a_line_of_any_length_is_passed_over() {
        let text = "x".repeat(3 * MAX_BYTES) + "\r\nnext";
        let mut window = Window::new(text.as_bytes()).unwrap();
        window.skip_line().unwrap();
        assert!(window.skip_empty_lines().unwrap());
        assert_eq!((window.line(), window.bytes()), (2, &b"next"[..]));
    }
}
