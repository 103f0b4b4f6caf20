//! Writing to the results: whole lines, each in one write, and nothing forgotten when that fails.
//!
//! A line is kept in memory until it is known to be on the disk and the file to be still where it
//! was. So when the disk is full or somebody has deleted the file, what is missing from it can be
//! tried once more and then be told. The disk is not asked twice whether it has them: after a
//! failure the system may say yes to the second question and have dropped them
//! (<https://lwn.net/Articles/752063/>).

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::record::error::Error;
use crate::record::fs;

/// How long a line may be on its way to the disk.
const SYNC_EVERY: Duration = Duration::from_millis(200);

/// The end of a results file.
#[derive(Debug)]
pub(super) struct Appender {
    path: PathBuf,
    file: File,
    /// The file's length up to the last whole line.
    length: u64,
    /// Whether a write that failed may have left half a line behind that.
    ragged: bool,
    /// Lines in the file since it was last confirmed.
    unconfirmed: Vec<u8>,
    /// Lines that could not be written.
    backlog: Vec<u8>,
    confirmed_at: Option<Instant>,
    /// The disk failed to take what is unconfirmed.
    dropped: bool,
}

impl Appender {
    /// Goes on behind the first `length` bytes of a file that is open for appending.
    pub(super) fn new(path: PathBuf, file: File, length: u64) -> Self {
        Self {
            path,
            file,
            length,
            ragged: false,
            unconfirmed: Vec::new(),
            backlog: Vec::new(),
            confirmed_at: None,
            dropped: false,
        }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Takes one line, to be written by [`flush`](Self::flush) with those beside it.
    pub(super) fn take(&mut self, line: &[u8]) {
        self.backlog.extend_from_slice(line);
    }

    /// Writes what was taken in one write, and what could not be written before it.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if self.backlog.is_empty() {
            return Ok(());
        }
        self.write_backlog().map_err(Error::io("append to", &self.path))
    }

    /// Confirms what was appended when that was last done 200 ms ago.
    pub(super) fn sync_if_due(&mut self, now: Instant) -> Result<(), Error> {
        let due =
            self.confirmed_at.is_none_or(|at| now.saturating_duration_since(at) >= SYNC_EVERY);
        if self.unconfirmed.is_empty() || !due {
            return Ok(());
        }
        self.confirmed_at = Some(now);
        self.confirm()
    }

    /// Makes sure that all lines are on the disk, in the file that the path leads to.
    pub(super) fn confirm(&mut self) -> Result<(), Error> {
        self.write_backlog().map_err(Error::io("append to", &self.path))?;
        self.force().map_err(Error::io("sync", &self.path))?;
        self.check_place()
    }

    fn force(&mut self) -> io::Result<()> {
        if self.dropped {
            return Err(io::Error::other(
                "the disk failed, and may have dropped what it was given",
            ));
        }
        self.file.sync_data().inspect_err(|_| self.dropped = true)
    }

    /// The lines that are not known to be in the file.
    pub(super) fn unsure(&self) -> Vec<u8> {
        [&self.unconfirmed[..], &self.backlog[..]].concat()
    }

    /// A file that was deleted or replaced takes our lines without a word.
    fn check_place(&mut self) -> Result<(), Error> {
        let there = fs::leads_to(&self.path, &self.file);
        match there.map_err(Error::io("look for", &self.path))? {
            true => {
                self.unconfirmed.clear();
                Ok(())
            }
            false => {
                let gone = io::Error::new(
                    io::ErrorKind::NotFound,
                    "it was deleted or replaced during the run",
                );
                Err(Error::io("append to", &self.path)(gone))
            }
        }
    }

    fn write_backlog(&mut self) -> io::Result<()> {
        if self.backlog.is_empty() {
            return Ok(());
        }
        if self.ragged {
            self.file.set_len(self.length)?;
        }
        self.ragged = true;
        if let Err(error) = self.file.write_all(&self.backlog) {
            self.ragged = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        self.ragged = false;
        self.length += self.backlog.len() as u64;
        self.unconfirmed.append(&mut self.backlog);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn append(appender: &mut Appender, line: &[u8]) -> Result<(), Error> {
        appender.take(line);
        appender.flush()
    }

    fn appender(folder: &tempfile::TempDir) -> Appender {
        let path = folder.path().join("a.results.csv");
        let file = fs::open_private(&path).unwrap();
        Appender::new(path, file, 0)
    }

    #[test]
    fn lines_are_unsure_until_they_are_confirmed() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder);
        append(&mut appender, b"one\n").unwrap();
        assert_eq!(appender.unsure(), b"one\n");
        let start = Instant::now();
        appender.sync_if_due(start).unwrap();
        assert_eq!(appender.unsure(), b"");
        append(&mut appender, b"two\n").unwrap();
        appender.sync_if_due(start + Duration::from_millis(199)).unwrap();
        assert_eq!(appender.unsure(), b"two\n");
        appender.sync_if_due(start + SYNC_EVERY).unwrap();
        assert_eq!(appender.unsure(), b"");
        assert_eq!(appender.length(), 8);
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_was_deleted_is_noticed_and_its_last_lines_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder);
        append(&mut appender, b"one\n").unwrap();
        std::fs::remove_file(folder.path().join("a.results.csv")).unwrap();
        let error = appender.confirm().unwrap_err();
        assert!(error.to_string().ends_with("deleted or replaced during the run"), "{error}");
        assert_eq!(appender.unsure(), b"one\n");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told_and_the_lines_are_kept_for_the_next_try() {
        let path = PathBuf::from("/dev/full");
        let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        let mut appender = Appender::new(path, file, 0);
        let error = append(&mut appender, b"one\n").unwrap_err();
        assert!(error.to_string().starts_with("cannot append to /dev/full: "), "{error}");
        append(&mut appender, b"two\n").unwrap_err();
        assert_eq!(appender.unsure(), b"one\ntwo\n");

        let folder = tempfile::tempdir().unwrap();
        appender.path = folder.path().join("a.results.csv");
        appender.file = fs::open_private(&appender.path).unwrap();
        appender.confirm().unwrap();
        assert_eq!(std::fs::read(&appender.path).unwrap(), b"one\ntwo\n");
        assert_eq!(appender.unsure(), b"");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_the_disk_failed_to_take_stays_in_doubt_whatever_it_says_later() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder);
        let disk = appender.file;
        // It takes every write and cannot be synced.
        appender.file = std::fs::OpenOptions::new().append(true).open("/dev/null").unwrap();
        append(&mut appender, b"one\n").unwrap();
        appender.confirm().unwrap_err();
        appender.file = disk;
        let error = appender.confirm().unwrap_err();
        assert!(error.to_string().ends_with("dropped what it was given"), "{error}");
        assert_eq!(appender.unsure(), b"one\n");
    }

    #[test]
    fn half_a_line_is_cut_off_before_the_next_try() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder);
        append(&mut appender, b"one\n").unwrap();
        appender.file.write_all(b"tw").unwrap();
        appender.ragged = true;
        append(&mut appender, b"two\n").unwrap();
        assert_eq!(std::fs::read(&appender.path).unwrap(), b"one\ntwo\n");
    }
}
