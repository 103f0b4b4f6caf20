//! Appends to the results: whole lines in one write, kept until they are on the disk.
//!
//! A line stays in memory until it is synced and the file at its path is the one that was written.
//! So when the disk is full, the missing lines can be written once more, and else be printed. All
//! lines of the run are kept in a second file without a name, because somebody who saves the file
//! during the run may overwrite those that were synced long ago. A sync that failed is not tried
//! again: the second one may succeed although the system has dropped the data
//! (<https://lwn.net/Articles/752063/>).

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::record::error::Error;
use crate::record::{fs, names};

/// The longest time before a line is synced.
const SYNC_EVERY: Duration = Duration::from_millis(200);

/// The end of a results file.
#[derive(Debug)]
pub(super) struct Appender {
    path: PathBuf,
    file: File,
    /// The file's length up to the last whole line.
    length: u64,
    /// True if a failed write may have left half a line behind that.
    torn: bool,
    /// Lines in the file that are not confirmed to be on the disk.
    unconfirmed: Vec<u8>,
    /// Lines that could not be written.
    backlog: Vec<u8>,
    confirmed_at: Option<Instant>,
    /// True if a sync failed: the unconfirmed lines may be lost.
    sync_failed: bool,
    /// Every line of the run, in a file without a name; `None` when it could not be kept.
    copy: Option<File>,
    /// The number of bytes of unconfirmed lines and backlog, in this order, that the copy has.
    copied: usize,
}

impl Appender {
    /// Appends behind the first `length` bytes of a file that is open for appending.
    pub(super) fn new(path: PathBuf, file: File, length: u64) -> Self {
        Self {
            path,
            file,
            length,
            torn: false,
            unconfirmed: Vec::new(),
            backlog: Vec::new(),
            confirmed_at: None,
            sync_failed: false,
            copy: None,
            copied: 0,
        }
    }

    /// Keeps a copy of every line from here on. Without room for it the run goes on: the copy is
    /// needed only when somebody changes the results.
    pub(super) fn keep_copy(&mut self) {
        self.copy = tempfile::tempfile_in(names::folder_of(&self.path)).ok();
        self.copied = self.unconfirmed.len() + self.backlog.len();
    }

    /// The copy of every line up to the last [`confirm`](Self::confirm), if it could be kept.
    pub(super) fn copy(&self) -> Option<&File> {
        self.copy.as_ref()
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Goes on behind the first `length` bytes of a file that has replaced this one. No line may be
    /// [unconfirmed](Self::confirm).
    pub(super) fn continue_in(&mut self, file: File, length: u64) {
        (self.file, self.length) = (file, length);
    }

    /// Adds a line, to be written by the next [`flush`](Self::flush).
    pub(super) fn take(&mut self, line: &[u8]) {
        self.backlog.extend_from_slice(line);
    }

    /// Writes the added lines, and those that could not be written before, in one write.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if self.backlog.is_empty() {
            return Ok(());
        }
        self.write_backlog()
    }

    /// [Confirms](Self::confirm) the lines if the last time was 200 ms ago or more; returns whether
    /// it did.
    pub(super) fn sync_if_due(&mut self, now: Instant) -> Result<bool, Error> {
        let due =
            self.confirmed_at.is_none_or(|at| now.saturating_duration_since(at) >= SYNC_EVERY);
        if self.unconfirmed.is_empty() || !due {
            return Ok(false);
        }
        self.confirmed_at = Some(now);
        self.confirm().map(|()| true)
    }

    /// Makes sure that all lines are on the disk, in the file at the path, and that nobody has
    /// changed that file: writing to one that was deleted would still succeed.
    pub(super) fn confirm(&mut self) -> Result<(), Error> {
        self.copy_unconfirmed();
        self.write_backlog()?;
        self.sync().map_err(Error::io("sync", &self.path))?;
        Error::if_touched(&self.path, &self.file, self.length)?;
        self.unconfirmed.clear();
        self.copied = 0;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.sync_failed {
            return Err(io::Error::other(
                "the disk failed, and may have dropped what it was given",
            ));
        }
        fs::sync_data(&self.file, &self.path).inspect_err(|_| self.sync_failed = true)
    }

    /// The lines that are not confirmed to be in the file.
    pub(super) fn unconfirmed_lines(&self) -> Vec<u8> {
        [&self.unconfirmed[..], &self.backlog[..]].concat()
    }

    fn write_backlog(&mut self) -> Result<(), Error> {
        if self.backlog.is_empty() {
            return Ok(());
        }
        if self.torn {
            self.file.set_len(self.length).map_err(Error::io("append to", &self.path))?;
        }
        // A line behind what somebody has saved would be lost in the middle of it.
        Error::if_touched(&self.path, &self.file, self.length)?;
        self.torn = true;
        if let Err(error) = fs::append(&self.file, &self.path, &self.backlog) {
            self.torn = self.file.set_len(self.length).is_err();
            return Err(Error::io("append to", &self.path)(error));
        }
        self.torn = false;
        self.length += self.backlog.len() as u64;
        self.unconfirmed.append(&mut self.backlog);
        Ok(())
    }

    /// Adds the lines to the copy that it lacks. Not with each write: until a line is confirmed it is
    /// in memory.
    fn copy_unconfirmed(&mut self) {
        let lines = [&self.unconfirmed, &self.backlog];
        let mut copied = self.copied;
        if let Some(copy) = &mut self.copy {
            for lines in lines {
                let known = copied.min(lines.len());
                copied -= known;
                if copy.write_all(&lines[known..]).is_err() {
                    self.copy = None;
                    break;
                }
            }
        }
        self.copied = lines.iter().map(|lines| lines.len()).sum();
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
    fn lines_are_kept_until_they_are_confirmed() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder);
        append(&mut appender, b"one\n").unwrap();
        assert_eq!(appender.unconfirmed_lines(), b"one\n");
        let start = Instant::now();
        appender.sync_if_due(start).unwrap();
        assert_eq!(appender.unconfirmed_lines(), b"");
        append(&mut appender, b"two\n").unwrap();
        appender.sync_if_due(start + Duration::from_millis(199)).unwrap();
        assert_eq!(appender.unconfirmed_lines(), b"two\n");
        appender.sync_if_due(start + SYNC_EVERY).unwrap();
        assert_eq!(appender.unconfirmed_lines(), b"");
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
        assert!(error.to_string().contains("deleted or moved during the run"), "{error}");
        assert_eq!(appender.unconfirmed_lines(), b"one\n");
    }

    #[test]
    fn every_line_is_in_the_copy() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder);
        append(&mut appender, b"before\n").unwrap();
        appender.keep_copy();
        append(&mut appender, b"one\n").unwrap();
        appender.confirm().unwrap();
        append(&mut appender, b"two\n").unwrap();
        appender.take(b"three\n");
        appender.confirm().unwrap();
        appender.take(b"four\n");
        std::fs::write(folder.path().join("a.results.csv"), "saved by somebody").unwrap();
        appender.confirm().unwrap_err();
        let mut copy = appender.copy().unwrap();
        let mut lines = String::new();
        io::Seek::rewind(&mut copy).unwrap();
        io::Read::read_to_string(&mut copy, &mut lines).unwrap();
        assert_eq!(lines, "one\ntwo\nthree\nfour\n");
        let in_folder = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(in_folder, 1, "the copy has no name");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error_and_the_lines_are_kept_for_the_next_try() {
        let path = PathBuf::from("/dev/full");
        let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        let mut appender = Appender::new(path, file, 0);
        let error = append(&mut appender, b"one\n").unwrap_err();
        assert!(error.to_string().starts_with("cannot append to /dev/full: "), "{error}");
        append(&mut appender, b"two\n").unwrap_err();
        assert_eq!(appender.unconfirmed_lines(), b"one\ntwo\n");

        let folder = tempfile::tempdir().unwrap();
        appender.path = folder.path().join("a.results.csv");
        appender.file = fs::open_private(&appender.path).unwrap();
        appender.confirm().unwrap();
        assert_eq!(std::fs::read(&appender.path).unwrap(), b"one\ntwo\n");
        assert_eq!(appender.unconfirmed_lines(), b"");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn after_a_failed_sync_the_lines_stay_unconfirmed() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder);
        let (disk, path) = (appender.file, appender.path);
        // It takes every write and cannot be synced.
        appender.path = "/dev/null".into();
        appender.file = std::fs::OpenOptions::new().append(true).open("/dev/null").unwrap();
        append(&mut appender, b"one\n").unwrap();
        appender.confirm().unwrap_err();
        (appender.file, appender.path) = (disk, path);
        let error = appender.confirm().unwrap_err();
        assert!(error.to_string().ends_with("dropped what it was given"), "{error}");
        assert_eq!(appender.unconfirmed_lines(), b"one\n");
    }

    #[test]
    fn half_a_line_is_cut_off_before_the_next_try() {
        let folder = tempfile::tempdir().unwrap();
        let mut appender = appender(&folder);
        append(&mut appender, b"one\n").unwrap();
        appender.file.write_all(b"tw").unwrap();
        appender.torn = true;
        append(&mut appender, b"two\n").unwrap();
        assert_eq!(std::fs::read(&appender.path).unwrap(), b"one\ntwo\n");
    }
}
