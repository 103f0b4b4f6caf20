//! File operations beyond `std::fs`: private creation, and the writes, syncs and renames whose
//! order decides what a crash leaves behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::names;

/// Opens a file for reading and appending; if it does not exist, it is created for its owner only.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    private_options().read(true).append(true).create(true).open(path)
}

/// Creates an empty file for its owner only. A file that exists already is an error.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    private_options().read(true).append(true).create_new(true).open(path)
}

/// Creates the file that is to [replace] the one at `path`, and returns its name too. One
/// that a killed run left behind is removed.
pub(super) fn create_replacement(path: &Path) -> io::Result<(File, PathBuf)> {
    let new = names::new_path(path);
    remove_if_there(&new)?;
    Ok((create_private(&new)?, new))
}

/// Writes bytes behind the end of a file.
pub(super) fn append(mut file: &File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    record("write", path);
    file.write_all(bytes)
}

/// Forces the content of a file onto the disk.
pub(super) fn sync_data(file: &File, path: &Path) -> io::Result<()> {
    record("fdatasync", path);
    file.sync_data()
}

/// Forces a new file and its entry in the folder onto the disk.
pub(super) fn sync_new(file: &File, path: &Path) -> io::Result<()> {
    record("fsync", path);
    file.sync_all()?;
    sync_folder_of(path)
}

/// Replaces the file at `path` by the whole `file` that was written as `new`. After a crash at any
/// moment one of the two is there.
pub(super) fn replace(file: &File, new: &Path, path: &Path) -> io::Result<()> {
    record("fsync", new);
    file.sync_all()?;
    record("rename to", path);
    fs::rename(new, path)?;
    sync_folder_of(path)
}

/// Removes a file for good.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    record("remove", path);
    remove_if_there(path)?;
    sync_folder_of(path)
}

/// Removes a file if it exists.
pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Makes a creation, rename or removal in the file's folder survive a power cut.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    record("fsync the folder of", path);
    match cfg!(unix) {
        true => File::open(names::folder_of(path))?.sync_all(),
        false => Ok(()),
    }
}

fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Opens the regular file at `path` for reading and writing; if it does not exist, it is created
/// for its owner only. `None` for a link, a folder, a pipe or a device: no link is followed.
pub(super) fn open_or_create_unlinked(path: &Path) -> io::Result<Option<File>> {
    let mut options = private_options();
    options.read(true).write(true);
    let there = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A link that appears at this moment is an error here, not followed.
            match options.create_new(true).open(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return open_or_create_unlinked(path);
                }
                created => return created.map(Some),
            }
        }
        there => there?,
    };
    if !there.is_file() {
        return Ok(None);
    }
    let file = options.open(path)?;
    Ok(is_same_file(&there, &file.metadata()?).then_some(file))
}

/// The most links that are followed one after the other.
const MOST_LINKS: usize = 40;

/// The file that a path leads to through symbolic links, whether or not it exists.
pub(super) fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            Ok(target) => path = names::folder_of(&path).join(target),
            Err(_) => break,
        }
    }
    path
}

/// A change that somebody made to a file while a run has it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    /// It was deleted or moved.
    Gone,
    /// Another file is at its path.
    Replaced,
    /// It has this length now, in bytes, which is not what was written.
    Length(u64),
}

/// Returns what happened to the open `file` at `path`, which this run left `length` bytes long;
/// `None` when it is as it was. No link is followed.
pub(super) fn touched(path: &Path, file: &File, length: u64) -> io::Result<Option<Touched>> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Touched::Gone)),
        found => found?,
    };
    Ok(match is_same_file(&found, &file.metadata()?) {
        false => Some(Touched::Replaced),
        true => Some(found.len()).filter(|found| *found != length).map(Touched::Length),
    })
}

#[cfg(unix)]
fn is_same_file(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere an open file cannot be replaced.
#[cfg(not(unix))]
fn is_same_file(_one: &fs::Metadata, _other: &fs::Metadata) -> bool {
    true
}

/// Writes a whole file over its old content, so that no reader finds it empty in between.
pub(super) fn overwrite(file: &File, path: &Path, text: &str) -> io::Result<()> {
    record("overwrite", path);
    write_at_start(file, text.as_bytes())?;
    match file.metadata()?.len() > text.len() as u64 {
        true => file.set_len(text.len() as u64),
        false => Ok(()),
    }
}

#[cfg(unix)]
fn write_at_start(file: &File, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, 0)
}

#[cfg(not(unix))]
fn write_at_start(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    io::Seek::rewind(&mut file)?;
    file.write_all(bytes)
}

/// Gives `copy` the mode and owner of `original`.
pub(super) fn copy_access(original: &File, copy: &File) -> io::Result<()> {
    let access = original.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let made = copy.metadata()?;
        if (made.uid(), made.gid()) != (access.uid(), access.gid()) {
            fchown(copy, Some(access.uid()), Some(access.gid()))?;
        }
    }
    copy.set_permissions(access.permissions())
}

#[cfg(not(test))]
fn record(_call: &str, _path: &Path) {}

#[cfg(test)]
fn record(call: &str, path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy();
    CALLS.with_borrow_mut(|calls| calls.push(format!("{call} {name}")));
}

#[cfg(test)]
thread_local! {
    static CALLS: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Returns what `work` wrote, synced, renamed and removed, in order.
#[cfg(test)]
pub(super) fn calls_of(work: impl FnOnce()) -> Vec<String> {
    CALLS.take();
    work();
    CALLS.take()
}
