//! What the files of this wing need of the operating system beyond `std::fs`: privacy at creation,
//! entries that outlive a power cut, and whether a path still leads to the file we hold.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::names;

/// Opens for reading and appending; a file that is not there yet is made, for its owner only.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    private_options().read(true).append(true).create(true).open(path)
}

/// Makes a new, empty file for its owner only; one that is there already is an error.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    private_options().read(true).append(true).create_new(true).open(path)
}

/// Makes a new file beside `path` that is to take its place, and gives its name. Half of one that a
/// dying run left behind goes.
pub(super) fn create_successor(path: &Path) -> io::Result<(File, PathBuf)> {
    let new = with_suffix(path, ".new");
    remove_if_there(&new)?;
    Ok((create_private(&new)?, new))
}

/// Removes a file; that it is not there is as good.
pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// The path with more text behind its last component: `a.csv` and `.lock` give `a.csv.lock`.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut whole = OsString::from(path);
    whole.push(suffix);
    PathBuf::from(whole)
}

/// Makes a creation, rename or removal in the path's folder outlive a power cut.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
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

/// Whether `path` still leads to the open `file`, not to nothing or to another one.
#[cfg(unix)]
pub(super) fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let held = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (held.dev(), held.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether `path` still leads to the open `file`: elsewhere an open file cannot be taken away.
#[cfg(not(unix))]
pub(super) fn leads_to(_path: &Path, _file: &File) -> io::Result<bool> {
    Ok(true)
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
