//! The files that a run writes where the user says (`--rejects`, `--summary-json`): what may be at
//! such a path, and that no file of the same command is overwritten.
//!
//! Only a regular file is replaced. A device or a pipe is written to as it is. A link to a file, a
//! folder, a disk and a socket are refused.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::names;
use crate::exit::Fatal;

/// The longest time that a full pipe is waited for.
const FULL_PIPE: Duration = Duration::from_secs(10);

/// The delay before a full pipe is tried again.
const POLL: Duration = Duration::from_millis(10);

/// The number of bytes that are written at once.
const BLOCK: usize = 256 * 1024;

/// Where an output goes that may also go to standard output.
#[derive(Debug)]
pub enum Destination {
    /// Standard output: `-`, or a link to it (`/dev/stdout`).
    Stdout,
    /// A file.
    File(OutputFile),
}

/// The error that `path` is something else than what `flag` writes.
#[must_use]
pub fn would_overwrite(flag: &str, path: &Path, what: &str) -> Fatal {
    let path = path.display();
    Fatal::usage(format!("{path} {what} and would be overwritten (name another file with {flag})"))
}

/// Checks that `path` has not the name of a results, rejects or not-sent file.
///
/// # Errors
/// When it has: exit code 2.
pub fn check_no_name_of_ours(flag: &str, path: &Path) -> Result<(), Fatal> {
    match names::is_ours(path) {
        true => {
            let what = "has the name of a results, rejects or not-sent file";
            Err(would_overwrite(flag, path, what))
        }
        false => Ok(()),
    }
}

impl Destination {
    /// Finds out what is at `path`, which the user gave with `flag`.
    ///
    /// # Errors
    /// As [`OutputFile::open`].
    pub fn open(flag: &str, path: &Path) -> Result<Self, Fatal> {
        if path.as_os_str() == "-" || leads_to_stdout(path) {
            return Ok(Self::Stdout);
        }
        OutputFile::open(flag, path).map(Self::File)
    }
}

/// An output file.
#[derive(Debug)]
pub enum OutputFile {
    /// A regular file, or none yet: it is replaced when the new one is whole.
    Regular(PathBuf),
    /// A device or a pipe, which is open and is written to.
    Stream(PathBuf, Stream),
}

impl OutputFile {
    /// Finds out what is at `path`, which the user gave with `flag`. A pipe is opened, so that its
    /// reader sees one output.
    ///
    /// # Errors
    /// When nothing can be written there: exit code 2.
    pub fn open(flag: &str, path: &Path) -> Result<Self, Fatal> {
        let unusable = |why: String| {
            let path = path.display();
            Fatal::usage(format!(
                "{path} cannot be written, because {why} (name another file with {flag})"
            ))
        };
        match find(path) {
            Ok(Found::Nothing) if path.file_name().is_none() => {
                Err(unusable("it is not the name of a file".to_owned()))
            }
            Ok(Found::Nothing | Found::Regular) => {
                let folder = names::folder_of(path);
                match folder.is_dir() {
                    true => Ok(Self::Regular(path.to_owned())),
                    false => Err(unusable(format!("there is no folder {}", folder.display()))),
                }
            }
            Ok(Found::Stream) => match Stream::open(path) {
                Ok(stream) => Ok(Self::Stream(path.to_owned(), stream)),
                Err(error) => Err(unusable(cannot_open(&error))),
            },
            Ok(Found::Other(what)) => Err(unusable(format!("it is {what}"))),
            Err(error) => Err(unusable(error.to_string())),
        }
    }

    /// The path, as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Regular(path) | Self::Stream(path, _) => path,
        }
    }

    /// Checks that a file can be made in the folder. At the end of the run it would be too late.
    ///
    /// # Errors
    /// When it cannot: exit code 2.
    pub fn check_writable(&self, flag: &str) -> Result<(), Fatal> {
        let Self::Regular(path) = self else { return Ok(()) };
        match tempfile::tempfile_in(names::folder_of(path)) {
            Ok(_) => Ok(()),
            Err(error) => Err(Fatal::usage(format!(
                "{} cannot be written: {error} (name another file with {flag})",
                path.display()
            ))),
        }
    }

    /// Writes the whole content. A regular file is replaced at once, so that a reader never sees a
    /// part of it, and is for its owner only.
    ///
    /// # Errors
    /// When it cannot be written; a regular file is then still the old one.
    pub fn write(&mut self, content: &[u8]) -> io::Result<()> {
        match self {
            Self::Stream(_, stream) => stream.write_all(content),
            Self::Regular(path) => {
                let new = tempfile::Builder::new()
                    .prefix(".lipasend-")
                    .suffix(".new")
                    .tempfile_in(names::folder_of(path))?;
                new.as_file().write_all(content)?;
                super::fs::replace(new.as_file(), new.path(), path)
            }
        }
    }

    /// Writes what `content` writes, as [`write`](Self::write) does, without all of it in memory.
    ///
    /// # Errors
    /// That of `content`, or an error that names the file; a regular file is then still the old one.
    pub fn write_with(
        &mut self,
        content: impl FnOnce(&mut dyn Write) -> Result<(), Fatal>,
    ) -> Result<(), Fatal> {
        let shown = self.path().display().to_string();
        let failed =
            |error: io::Error| Fatal::internal(format!("{shown} cannot be written: {error}"));
        match self {
            Self::Stream(_, stream) => {
                let mut out = BufWriter::new(stream);
                content(&mut out)?;
                out.flush().map_err(failed)
            }
            Self::Regular(path) => {
                let new = tempfile::Builder::new()
                    .prefix(".lipasend-")
                    .suffix(".new")
                    .tempfile_in(names::folder_of(path));
                let new = new.map_err(&failed)?;
                let mut out = BufWriter::with_capacity(BLOCK, new.as_file());
                content(&mut out)?;
                out.flush().map_err(&failed)?;
                drop(out);
                super::fs::replace(new.as_file(), new.path(), path).map_err(failed)
            }
        }
    }
}

fn cannot_open(error: &io::Error) -> String {
    match error.raw_os_error() == Some(libc::ENXIO) {
        true => "it is a pipe that nobody reads".to_owned(),
        false => error.to_string(),
    }
}

/// An open device or pipe.
#[derive(Debug)]
pub struct Stream(File);

impl Stream {
    /// Opens it without waiting: a pipe without a reader is an error.
    fn open(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        OpenOptions::new().write(true).custom_flags(flags).open(path).map(Self)
    }
}

impl Write for Stream {
    /// Writes a part; a full pipe is waited for.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let began = Instant::now();
        loop {
            match self.0.write(bytes) {
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock && began.elapsed() < FULL_PIPE =>
                {
                    std::thread::sleep(POLL);
                }
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The thing at a path.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Regular,
    /// A device or a pipe.
    Stream,
    /// Something that is never written to.
    Other(&'static str),
}

fn find(path: &Path) -> io::Result<Found> {
    use std::os::unix::fs::FileTypeExt;
    let there = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        there => there?,
    };
    let is_link = there.is_symlink();
    let kind = match fs::metadata(path) {
        Err(error) if is_link && error.kind() == io::ErrorKind::NotFound => {
            return Ok(Found::Other("a link to a file that does not exist"));
        }
        leads_to => leads_to?.file_type(),
    };
    Ok(match kind {
        _ if kind.is_dir() => Found::Other("a folder"),
        _ if kind.is_block_device() => Found::Other("a disk"),
        _ if kind.is_socket() => Found::Other("a socket"),
        _ if kind.is_fifo() || kind.is_char_device() => Found::Stream,
        _ if is_link => Found::Other("a link to another file; give the name of that file"),
        _ => Found::Regular,
    })
}

/// Returns whether a path is a link to this process's standard output.
fn leads_to_stdout(path: &Path) -> bool {
    let leads_to = |path: &Path| fs::metadata(path).ok().map(|found| inode(&found));
    path.is_symlink()
        && leads_to(path).is_some()
        && leads_to(path) == leads_to(Path::new("/dev/stdout"))
}

/// The file that a path leads to when it is a link to a file.
#[must_use]
pub fn followed(path: &Path) -> PathBuf {
    match path.is_symlink() {
        true => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        false => path.to_owned(),
    }
}

/// Checks that a file which is opened and kept at `path` (results) is a regular file, or none yet.
/// Links are followed.
///
/// # Errors
/// When it is a device, a pipe or standard output: exit code 2.
pub fn check_is_regular(flag: &str, path: &Path) -> Result<(), Fatal> {
    let what = match fs::metadata(path) {
        _ if path.as_os_str() == "-" => "standard output",
        Ok(found) if !found.is_file() && !found.is_dir() => "a device or a pipe",
        // A folder, and what cannot be read, is said when it is opened.
        _ => return Ok(()),
    };
    let path = path.display();
    Err(Fatal::usage(format!("{flag} {path}: that is {what}, and a regular file is needed")))
}

/// The files of one command, each with its use.
#[derive(Debug, Clone, Default)]
pub struct NamedFiles(Vec<NamedFile>);

#[derive(Debug, Clone)]
struct NamedFile {
    /// The path that it leads to, or where it would be made.
    path: PathBuf,
    /// The device and inode of one that exists: two names can be of one file.
    inode: Option<(u64, u64)>,
    what: &'static str,
}

impl NamedFiles {
    /// Adds a file that must not be overwritten. What is not a regular file never is.
    pub fn keep(&mut self, path: &Path, what: &'static str) {
        self.0.extend(NamedFile::at(path, what));
    }

    /// Checks that writing to `path` overwrites none of the files.
    ///
    /// # Errors
    /// When it does: exit code 2.
    pub fn check(&self, flag: &str, path: &Path) -> Result<(), Fatal> {
        let Some(output) = NamedFile::at(path, "") else { return Ok(()) };
        match self.0.iter().find(|file| file.is_same(&output)) {
            None => Ok(()),
            Some(NamedFile { what, .. }) => Err(Fatal::usage(format!(
                "{} {what} and would be overwritten (name another file with {flag})",
                path.display()
            ))),
        }
    }
}

impl NamedFile {
    fn at(path: &Path, what: &'static str) -> Option<Self> {
        let found = fs::metadata(path).ok();
        if found.as_ref().is_some_and(|found| !found.is_file()) || path.as_os_str() == "-" {
            return None;
        }
        Some(Self { path: target(path), inode: found.as_ref().map(inode), what })
    }

    fn is_same(&self, other: &Self) -> bool {
        self.path == other.path || (self.inode.is_some() && self.inode == other.inode)
    }
}

fn inode(found: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

/// Returns the file that a path leads to, or the path where it would be made.
fn target(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let folder = names::folder_of(path);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    folder.join(path.file_name().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn pipe(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn only_files_devices_and_read_pipes_are_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "old").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("none"), at("dangling")).unwrap();
        symlink("/dev/null", at("to null")).unwrap();
        pipe(&at("pipe"));
        for (name, why) in [
            ("link", "it is a link to another file"),
            ("dangling", "it is a link to a file that does not exist"),
            ("pipe", "it is a pipe that nobody reads"),
            (".", "it is a folder"),
            ("no/where", "there is no folder"),
        ] {
            let error = OutputFile::open("--rejects", &at(name)).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("--rejects"), "{name}: {error}");
        }
        for name in ["/dev/null", "to null"] {
            let mut output = OutputFile::open("--rejects", &at(name)).unwrap();
            assert!(matches!(output, OutputFile::Stream(..)), "{name}");
            output.write(b"x").unwrap();
        }
        assert!(matches!(Destination::open("", Path::new("-")), Ok(Destination::Stdout)));
        assert_eq!(fs::read_to_string(at("file")).unwrap(), "old");
    }

    #[test]
    fn a_pipe_gets_everything_although_it_is_often_full() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        pipe(&path);
        let reader = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let mut output = OutputFile::open("--rejects", &path).unwrap();
        let content = vec![b'x'; 300_000];
        std::thread::scope(|scope| {
            let read = scope.spawn(|| {
                let mut read = vec![0; content.len()];
                io::Read::read_exact(&mut &reader, &mut read).unwrap();
                read
            });
            output.write(&content).unwrap();
            assert_eq!(read.join().unwrap(), content);
        });
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.json");
        fs::write(&path, "old and longer").unwrap();
        let before = File::open(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        OutputFile::open("", &path).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(io::read_to_string(before).unwrap(), "old and longer");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_known_by_each_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("key"), "k").unwrap();
        fs::hard_link(at("key"), at("hard")).unwrap();
        symlink(at("key"), at("soft")).unwrap();
        symlink(folder.path(), at("folder")).unwrap();
        let mut named = NamedFiles::default();
        named.keep(&at("key"), "has the API key");
        named.keep(&at("new"), "takes the rejects");
        named.keep(Path::new("/dev/null"), "is a device");
        for name in ["key", "hard", "soft", "folder/key", "new", "folder/new", "./new"] {
            let error = named.check("--summary-json", &at(name)).unwrap_err().to_string();
            assert!(error.contains("would be overwritten"), "{name}: {error}");
        }
        for name in ["other", "folder/other", "/dev/null"] {
            named.check("--summary-json", &at(name)).unwrap();
        }
    }

    #[test]
    fn results_need_a_regular_file() {
        check_is_regular("--results", Path::new("/nowhere")).unwrap();
        for path in ["-", "/dev/null"] {
            let error = check_is_regular("--results", Path::new(path)).unwrap_err().to_string();
            assert!(error.contains("a regular file is needed"), "{error}");
        }
    }
}
