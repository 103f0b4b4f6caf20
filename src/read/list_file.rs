//! The bytes of a list, compared between the passes of a run.
//!
//! A run reads a list more than once: the first pass shows what will be sent, a later one sends it.
//! No message that was not shown may be sent. So the first pass keeps a digest of each block that
//! it reads, and a later one compares each block before it hands out a byte of it. Whatever happens
//! to the file, and whenever (another file in its place, other bytes behind the reader, fewer or
//! more of them), the rows of a later pass are those of the first, or reading ends with an error.
//!
//! The [`Stamp`] of a file is looked at between chunks of rows. It shows at once that a file may
//! have changed, also in a place that was read before or will be read much later; whether its
//! content has, the digests tell.
//!
//! The digests are for accidents: who can write to the list can also write to it before the run.

use std::fmt;
use std::fs::{File, Metadata};
use std::hash::BuildHasher;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use foldhash::quality::FixedState;

/// Bytes that are compared at a time: few enough to stay in the processor's cache.
const BLOCK: usize = 64 * 1024;

/// Only compared within one run.
const HASHER: FixedState = FixedState::with_seed(0);

/// The length and the times of a file, and where it is: another stamp means that the file may have
/// been changed or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and the seconds and nanoseconds of the change time, which no program can set.
    #[cfg(unix)]
    place: (u64, u64, i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            place: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
            },
        }
    }
}

/// The digests of a list's blocks, made by the first pass over it.
#[derive(Debug, Default)]
pub(super) struct Digests(Mutex<Blocks>);

#[derive(Debug, Default)]
struct Blocks {
    digests: Vec<u64>,
    /// True if the first pass has read the list to its end.
    complete: bool,
}

/// The error of a list that is not as the first pass read it.
#[derive(Debug)]
pub(super) struct Changed;

impl Changed {
    pub(super) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it was changed while it was read")
    }
}

impl std::error::Error for Changed {}

impl Digests {
    /// Adds the digest of block `number` in the first pass.
    fn add(&self, number: usize, block: &[u8]) {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A pass that was broken off counts for nothing.
        blocks.digests.truncate(number);
        match block {
            [] => blocks.complete = true,
            block => blocks.digests.push(HASHER.hash_one(block)),
        }
    }

    /// Compares block `number` with that of the first pass; the empty block is the list's end.
    fn compare(&self, number: usize, block: &[u8]) -> io::Result<()> {
        let digest = (!block.is_empty()).then(|| HASHER.hash_one(block));
        let blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match blocks.digests.get(number).copied() == digest {
            true => Ok(()),
            false => Err(io::Error::other(Changed)),
        }
    }

    fn is_complete(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).complete
    }
}

/// A list that is being read from its start.
pub struct ListFile {
    file: File,
    blocks: Option<ComparedBlocks>,
}

struct ComparedBlocks {
    digests: Arc<Digests>,
    first_pass: bool,
    /// The number of blocks before this one.
    number: usize,
    block: Box<[u8]>,
    /// The bytes of the block that are not handed out yet.
    rest: Range<usize>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Ended,
    Changed,
}

impl ListFile {
    /// Reads the file without comparing it.
    pub(super) fn plain(file: File) -> Self {
        Self { file, blocks: None }
    }

    /// Reads the file and makes its digests, or compares it with those of a whole first pass.
    pub(super) fn compared(file: File, digests: &Arc<Digests>) -> Self {
        let blocks = ComparedBlocks {
            digests: Arc::clone(digests),
            first_pass: !digests.is_complete(),
            number: 0,
            block: vec![0; BLOCK].into(),
            rest: 0..0,
            state: State::Reading,
        };
        Self { file, blocks: Some(blocks) }
    }

    /// Returns whether the file has no bytes.
    pub(super) fn is_empty(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() == 0)
    }
}

impl Read for ListFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(blocks) = &mut self.blocks else { return self.file.read(out) };
        if blocks.rest.is_empty() {
            blocks.next(&mut self.file)?;
        }
        let count = (&blocks.block[blocks.rest.clone()]).read(out)?;
        blocks.rest.start += count;
        Ok(count)
    }
}

impl ComparedBlocks {
    /// Reads the next block; not a byte of one that has changed is handed out.
    fn next(&mut self, file: &mut File) -> io::Result<()> {
        match self.state {
            State::Reading => {}
            State::Ended => return Ok(()),
            State::Changed => return Err(io::Error::other(Changed)),
        }
        let length = fill(file, &mut self.block)?;
        let block = &self.block[..length];
        if self.first_pass {
            self.digests.add(self.number, block);
        } else if let Err(changed) = self.digests.compare(self.number, block) {
            self.state = State::Changed;
            return Err(changed);
        }
        if block.is_empty() {
            self.state = State::Ended;
        }
        self.rest = 0..length;
        self.number += 1;
        Ok(())
    }
}

/// Reads until the block is full or the file ends; returns the number of bytes.
fn fill(file: &mut File, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match file.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom, Write};

    fn file(content: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    fn read(digests: &Arc<Digests>, content: &[u8]) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        ListFile::compared(file(content), digests).read_to_end(&mut read).map(|_| read)
    }

    /// A list of two whole blocks and a bit.
    fn list() -> Vec<u8> {
        (0..2 * BLOCK + 100).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn the_same_content_is_read_again_and_other_content_is_an_error() {
        let digests = Arc::default();
        let list = list();
        assert_eq!(read(&digests, &list).unwrap(), list);
        assert_eq!(read(&digests, &list).unwrap(), list);
        for at in [0, BLOCK - 1, BLOCK, 2 * BLOCK + 99] {
            let mut other = list.clone();
            other[at] ^= 1;
            assert!(Changed::is(&read(&digests, &other).unwrap_err()), "byte {at}");
        }
        for length in [0, BLOCK, 2 * BLOCK, list.len() - 1] {
            assert!(Changed::is(&read(&digests, &list[..length]).unwrap_err()), "{length} bytes");
        }
        assert!(Changed::is(&read(&digests, &[&list[..], b"x"].concat()).unwrap_err()));
    }

    #[test]
    fn no_byte_of_another_block_is_handed_out() {
        let digests = Arc::default();
        let list = list();
        read(&digests, &list).unwrap();
        let mut other = list.clone();
        other[BLOCK + 5] ^= 1;
        let mut reader = ListFile::compared(file(&other), &digests);
        let mut handed_out = Vec::new();
        let mut some = [0; 1000];
        let error = loop {
            match reader.read(&mut some) {
                Ok(count) => handed_out.extend_from_slice(&some[..count]),
                Err(error) => break error,
            }
        };
        assert!(Changed::is(&error));
        assert_eq!(handed_out, list[..BLOCK]);
        assert!(reader.read(&mut some).is_err(), "and none is afterwards");
    }

    #[test]
    fn a_first_pass_that_was_broken_off_does_not_count() {
        let digests: Arc<Digests> = Arc::default();
        let mut some = [0; 10];
        ListFile::compared(file(b"other content"), &digests).read_exact(&mut some).unwrap();
        assert_eq!(read(&digests, b"content").unwrap(), b"content");
        assert_eq!(read(&digests, b"content").unwrap(), b"content");
        assert!(read(&digests, b"other content").is_err());
    }

    #[test]
    fn an_empty_list_has_an_end_too() {
        let digests = Arc::default();
        assert_eq!(read(&digests, b"").unwrap(), b"");
        assert!(read(&digests, b"x").is_err());
    }

    #[test]
    #[cfg(unix)]
    fn a_file_with_the_same_length_and_time_in_its_place_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, "one").unwrap();
        let before = std::fs::metadata(&path).unwrap();
        std::fs::write(&other, "two").unwrap();
        let times = std::fs::FileTimes::new().set_modified(before.modified().unwrap());
        File::options().write(true).open(&other).unwrap().set_times(times).unwrap();
        std::fs::rename(&other, &path).unwrap();
        let after = std::fs::metadata(&path).unwrap();
        assert_eq!((before.len(), before.modified().ok()), (after.len(), after.modified().ok()));
        assert_ne!(Stamp::of(&before), Stamp::of(&after));
        assert_eq!(Stamp::of(&after), Stamp::of(&std::fs::metadata(&path).unwrap()));
    }
}
