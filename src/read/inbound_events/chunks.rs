//! A file in chunks of whole lines. The memory does not grow with the file, nor with a line.

use std::io::{self, Read};

use super::MAX_LINE;

/// The bytes of a chunk, at least; then it goes on to the end of a line.
const CHUNK: usize = 1 << 20;

/// The least room for a read: what decodes the file writes whole characters only.
const LEAST_ROOM: usize = 16;

/// Whole lines of a file.
pub(super) struct Chunk {
    /// The lines with their ends.
    pub(super) bytes: Vec<u8>,
    /// True if the file ends behind it.
    pub(super) is_last: bool,
}

/// The chunks of a file.
pub(super) struct Chunks<R> {
    input: R,
    /// The beginning of the line that the last chunk did not end with.
    begun: Vec<u8>,
    /// True while the rest of a line that is too long is passed over.
    in_long_line: bool,
    too_long: u64,
    ended: bool,
}

impl<R: Read> Chunks<R> {
    /// The chunks of `input`.
    pub(super) fn new(input: R) -> Self {
        let begun = Vec::new();
        Self { input, begun, in_long_line: false, too_long: 0, ended: false }
    }

    /// The number of lines that were too long for a chunk and are in none.
    pub(super) fn too_long(&self) -> u64 {
        self.too_long
    }

    /// Returns the next chunk, which is never empty.
    pub(super) fn next(&mut self) -> io::Result<Option<Chunk>> {
        while !self.ended {
            let mut bytes = std::mem::take(&mut self.begun);
            self.ended = fill(&mut self.input, &mut bytes)?;
            self.drop_long_line(&mut bytes);
            if !self.ended {
                self.keep_whole_lines(&mut bytes);
            }
            if !bytes.is_empty() {
                return Ok(Some(Chunk { bytes, is_last: self.ended }));
            }
        }
        Ok(None)
    }

    /// Removes what belongs to a line that is too long.
    fn drop_long_line(&mut self, bytes: &mut Vec<u8>) {
        if self.in_long_line {
            let end = memchr::memchr(b'\n', bytes);
            self.in_long_line = end.is_none();
            bytes.drain(..end.map_or(bytes.len(), |end| end + 1));
        }
    }

    /// Keeps the beginning of the last line for the next chunk, unless it is too long already.
    fn keep_whole_lines(&mut self, bytes: &mut Vec<u8>) {
        let whole = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        self.begun = bytes.split_off(whole);
        if self.begun.len() > MAX_LINE {
            self.begun.clear();
            self.in_long_line = true;
            self.too_long += 1;
        }
    }
}

/// Adds up to [`CHUNK`] bytes. Returns whether the input has ended.
fn fill(input: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut length = bytes.len();
    bytes.resize(length + CHUNK, 0);
    let mut ended = false;
    while !ended && bytes.len() - length >= LEAST_ROOM {
        match input.read(&mut bytes[length..]) {
            Ok(count) => {
                length += count;
                ended = count == 0;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of all chunks, and the number of those that were too long.
    fn lines(content: &[u8]) -> (Vec<usize>, u64) {
        let mut chunks = Chunks::new(content);
        let mut lengths = Vec::new();
        while let Some(chunk) = chunks.next().unwrap() {
            assert!(chunk.is_last || chunk.bytes.ends_with(b"\n"));
            assert!(chunk.bytes.len() <= MAX_LINE + CHUNK);
            lengths.extend(chunk.bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::len));
        }
        (lengths, chunks.too_long())
    }

    fn line(length: usize) -> Vec<u8> {
        let mut line = vec![b'x'; length - 1];
        line.push(b'\n');
        line
    }

    #[test]
    fn every_line_is_in_one_chunk() {
        let lengths = [10, CHUNK, 1, 300, CHUNK - 7, 5, CHUNK / 2, 20];
        let content = lengths.map(line).concat();
        assert_eq!(lines(&content), (lengths.to_vec(), 0));
        assert_eq!(lines(&content[..content.len() - 1]).0.last(), Some(&19));
        assert_eq!(lines(b""), (vec![], 0));
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        for length in [3 * CHUNK, 4 * CHUNK + 5, 9 * CHUNK - 1] {
            let content = [line(10), line(length), line(20), line(length), line(30)].concat();
            assert_eq!(lines(&content), (vec![10, 20, 30], 2), "{length}");
        }
        assert_eq!(lines(&vec![b'x'; 5 * CHUNK]).1, 1);
    }
}
