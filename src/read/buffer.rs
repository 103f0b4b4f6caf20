//! A buffer that is refilled from a reader. Unread bytes stay in one piece, so that a record or a
//! line is a slice of it.

use std::io::{self, Read};
use std::ops::Range;

/// The least room for a read: [`DecodingReader`](super::encoding::DecodingReader) writes whole
/// characters only.
const LEAST_ROOM: usize = 16;

/// Bytes read from `input` and not yet taken. It grows while nothing is taken.
pub(crate) struct RefillBuffer<R> {
    input: R,
    bytes: Vec<u8>,
    unread: Range<usize>,
    /// The bytes that were taken last; valid until the buffer is filled again.
    taken: Range<usize>,
    ended: bool,
}

impl<R: Read> RefillBuffer<R> {
    /// An empty buffer for `capacity` bytes of `input`.
    pub(crate) fn new(input: R, capacity: usize) -> Self {
        Self { input, bytes: vec![0; capacity], unread: 0..0, taken: 0..0, ended: false }
    }

    /// The bytes that are read and not yet taken.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.unread.clone()]
    }

    /// Returns `true` if no bytes come after [`Self::unread`].
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Returns `true` if the buffer must grow before more is read.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() - self.unread.end < LEAST_ROOM
    }

    /// Takes the first `count` unread bytes, or all if they are fewer.
    pub(crate) fn take(&mut self, count: usize) -> &[u8] {
        self.taken = self.unread.start..self.unread.end.min(self.unread.start + count);
        self.unread.start = self.taken.end;
        self.taken()
    }

    /// The bytes that were taken last; empty after the buffer was filled again.
    pub(crate) fn taken(&self) -> &[u8] {
        &self.bytes[self.taken.clone()]
    }

    /// The input, for what concerns the whole of it.
    pub(crate) fn input(&self) -> &R {
        &self.input
    }

    /// Drops the unread bytes and returns the input, so that it can be read from another place.
    pub(crate) fn restart(&mut self) -> &mut R {
        (self.unread, self.taken, self.ended) = (0..0, 0..0, false);
        &mut self.input
    }

    /// Drops the last `count` unread bytes.
    pub(crate) fn drop_last(&mut self, count: usize) {
        self.unread.end = self.unread.end.saturating_sub(count).max(self.unread.start);
    }

    /// Drops the unread bytes and ends the input.
    pub(crate) fn close(&mut self) {
        (self.unread, self.ended) = (0..0, true);
    }

    /// Reads once, and returns the number of bytes read: 0 only at the end of the input.
    pub(crate) fn fill(&mut self) -> io::Result<usize> {
        if self.unread.start > 0 {
            self.bytes.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        self.taken = 0..0;
        if self.is_full() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.bytes[self.unread.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(count) => {
                    self.unread.end += count;
                    self.ended = count == 0;
                    return Ok(count);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_in_order_while_the_buffer_moves_and_grows() {
        let input: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for taken_at_once in [1, 7, 30, 1000] {
            let mut buffer = RefillBuffer::new(&input[..], 32);
            let mut output = Vec::new();
            while !buffer.ended() {
                while buffer.unread().len() < taken_at_once && !buffer.ended() {
                    buffer.fill().unwrap();
                }
                output.extend_from_slice(buffer.take(taken_at_once));
            }
            assert_eq!(output, input, "{taken_at_once} at once");
        }
    }

    #[test]
    fn an_interrupted_read_is_repeated() {
        struct Interrupted(bool);
        impl Read for Interrupted {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                self.0 = !self.0;
                if self.0 {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                out[0] = b'x';
                Ok(1)
            }
        }
        let mut buffer = RefillBuffer::new(Interrupted(false), 32);
        assert_eq!(buffer.fill().unwrap(), 1);
        assert_eq!(buffer.unread(), b"x");
    }
}
