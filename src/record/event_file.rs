//! The file of webhook events: lines are appended, and none that was kept is changed.
//!
//! It is opened for each batch of lines, so renaming it is all that a rotation needs. A batch that
//! could not be written whole is left as it is: its events are answered as not kept, and may come
//! again. For those who read the file, an event that is there twice means the same as once.

use std::borrow::Cow;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::fs;

/// A file of events.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    /// The device and inode of the file whose entry in the folder is known to be on the disk.
    synced: Option<(u64, u64)>,
}

impl EventFile {
    /// Opens the file; it is created for its owner only. A last line that a crash cut gets its end.
    ///
    /// # Errors
    /// When it cannot be written, or is not a regular file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = Self { path: path.to_owned(), synced: None };
        file.append(b"")?;
        Ok(file)
    }

    /// The path, as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether other users may read the file.
    #[must_use]
    pub fn is_readable_by_others(&self) -> bool {
        self.path.metadata().is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
    }

    /// Appends whole lines with one write. They are on the disk when this returns.
    ///
    /// # Errors
    /// When they are not known to be on the disk.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let (file, found) = self.open_regular()?;
        let bytes = match ends_inside_a_line(&file, &found)? {
            true => Cow::Owned([b"\n", lines].concat()),
            false => Cow::Borrowed(lines),
        };
        if !bytes.is_empty() {
            fs::append(&file, &self.path, &bytes)?;
        }
        let inode = Some((found.dev(), found.ino()));
        if self.synced == inode {
            return fs::sync_data(&file, &self.path);
        }
        fs::sync_new(&file, &self.path)?;
        self.synced = inode;
        Ok(())
    }

    /// Opens the file, which is created if it was moved. No link is followed, and a pipe without a
    /// reader is not waited for.
    fn open_regular(&self) -> io::Result<(File, Metadata)> {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600).custom_flags(flags);
        let file = options.open(&self.path)?;
        let found = file.metadata()?;
        match found.is_file() {
            true => Ok((file, found)),
            false => Err(io::Error::other("it is not a regular file")),
        }
    }
}

/// Returns whether the last line has no end.
fn ends_inside_a_line(file: &File, found: &Metadata) -> io::Result<bool> {
    let Some(at) = found.len().checked_sub(1) else { return Ok(false) };
    let mut last = [b'\n'];
    // A file that became shorter in the meantime gives no byte.
    file.read_at(&mut last, at)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use std::fs as std_fs;

    use super::*;
    use crate::record::fs::calls_of;

    #[test]
    fn a_line_is_on_the_disk_before_it_counts_as_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut file = None;
        let created = calls_of(|| file = Some(EventFile::open(&path).unwrap()));
        let folder_synced = "fsync the folder of events.jsonl";
        assert_eq!(created, ["fsync events.jsonl", folder_synced]);
        let mut file = file.unwrap();
        let kept = calls_of(|| file.append(b"{}\n{}\n").unwrap());
        assert_eq!(kept, ["write events.jsonl", "fdatasync events.jsonl"]);
        std_fs::rename(&path, folder.path().join("old.jsonl")).unwrap();
        let rotated = calls_of(|| file.append(b"{}\n").unwrap());
        assert_eq!(rotated, ["write events.jsonl", "fsync events.jsonl", folder_synced]);
        assert_eq!(std_fs::read_to_string(path).unwrap(), "{}\n");
    }

    #[test]
    fn a_line_that_was_cut_does_not_damage_the_next_one() {
        for (before, lines, after) in [
            ("", "{}\n", "{}\n"),
            ("{}\n", "{}\n", "{}\n{}\n"),
            ("{}\n{\"rec", "{}\n", "{}\n{\"rec\n{}\n"),
            ("{", "", "{\n"),
            ("\n", "", "\n"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("events.jsonl");
            std_fs::write(&path, before).unwrap();
            let mut file = EventFile { path: path.clone(), synced: None };
            file.append(lines.as_bytes()).unwrap();
            assert_eq!(std_fs::read_to_string(path).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn a_new_file_is_for_its_owner_only_and_an_open_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        assert!(!EventFile::open(&path).unwrap().is_readable_by_others());
        std_fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        assert!(EventFile::open(&path).unwrap().is_readable_by_others());
    }

    #[test]
    fn only_a_regular_file_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std_fs::write(folder.path().join("target"), "").unwrap();
        std::os::unix::fs::symlink("target", &link).unwrap();
        for path in [&link, folder.path(), Path::new("/dev/null")] {
            assert!(EventFile::open(path).is_err(), "{}", path.display());
        }
    }
}
