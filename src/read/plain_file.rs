//! Opens files that must be plain ones. Opening a named pipe waits for its other end, and reading a
//! device may never end, so both are told instead.

use std::fmt;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// What is at a path in place of a plain file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPlain {
    /// A named pipe, or the pipe of `<(command)`.
    Pipe,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
    /// A folder.
    Folder,
}

impl fmt::Display for NotPlain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pipe => "it is a pipe (save what comes out of it as a file)",
            Self::Socket => "it is a socket, not a file",
            Self::Device => "it is a device, not a file",
            Self::Folder => "it is a folder, not a file",
        })
    }
}

impl std::error::Error for NotPlain {}

impl NotPlain {
    /// The reason why [`open`] failed, if the file is not a plain one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }

    fn of_type(kind: FileType) -> Option<Self> {
        match kind {
            _ if kind.is_file() => None,
            _ if kind.is_dir() => Some(Self::Folder),
            #[cfg(unix)]
            _ if std::os::unix::fs::FileTypeExt::is_fifo(&kind) => Some(Self::Pipe),
            #[cfg(unix)]
            _ if std::os::unix::fs::FileTypeExt::is_socket(&kind) => Some(Self::Socket),
            _ => Some(Self::Device),
        }
    }
}

/// Opens a plain file, or a link to one, for reading.
///
/// # Errors
/// Those of the system, and [`NotPlain`] for anything else.
pub fn open(path: &Path) -> io::Result<File> {
    check(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    // Another file may have taken its place in the meantime.
    check(&file.metadata()?)?;
    Ok(file)
}

/// Opens a file that is read only once: a plain one, or a pipe that this process was started with
/// (`<(command)`, `/dev/stdin`).
///
/// # Errors
/// As [`open`].
pub fn open_once(path: &Path) -> io::Result<File> {
    let inherited =
        ["/dev/fd", "/proc/self/fd", "/dev/stdin"].iter().any(|at| path.starts_with(at));
    if inherited { File::open(path) } else { open(path) }
}

/// Reads a file that is read only once, as [`open_once`] opens it.
///
/// # Errors
/// As [`open`].
pub fn read_once(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_once(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// [`read_once`] for text.
///
/// # Errors
/// As [`open`], and when it is not UTF-8.
pub fn read_text_once(path: &Path) -> io::Result<String> {
    String::from_utf8(read_once(path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn check(metadata: &fs::Metadata) -> io::Result<()> {
    match NotPlain::of_type(metadata.file_type()) {
        None => Ok(()),
        Some(other) => Err(io::Error::new(io::ErrorKind::Unsupported, other)),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_file_or_a_link_to_one_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "x").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        for (path, expected) in [
            (at("file"), None),
            (at("link"), None),
            (at("pipe"), Some(NotPlain::Pipe)),
            (at("socket"), Some(NotPlain::Socket)),
            (folder.path().to_owned(), Some(NotPlain::Folder)),
            ("/dev/null".into(), Some(NotPlain::Device)),
        ] {
            let opened = open(&path).map_err(|error| NotPlain::of(&error));
            assert_eq!(opened.err(), expected.map(Some), "{}", path.display());
        }
        assert_eq!(open(&at("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
