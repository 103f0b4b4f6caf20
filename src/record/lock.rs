//! `RESULTS.lock`: only one run at a time writes a results file, and what those results held.
//!
//! The lock is the operating system's, so it ends with the process, however the process ends. The
//! lines of the file are:
//!
//! 1. the holder, for people; it is never relied on
//! 2. `ledger MESSAGES SENT LAST_ID`, the [memory](super::memory) of the results
//! 3. `run GATEWAY SENDER SHARD CAMPAIGN`, [what the run sends](RunName)
//! 4. `in-flight LENGTH`, the memory of the in-flight file
//! 5. `last-run TIME`, the run that wrote the last line of the results
//! 6. `ended RUN EXIT WORD …`, [how a run ended](super::run_ends), for each of the last runs
//!
//! The file is never emptied, renamed or removed, and no link is followed: a file of that name that is
//! not ours is refused.

use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::error::Error;
use super::memory::{Holdings, Memory};
use super::run_ends::{RunEnd, RunEnds};
use super::run_name::RunName;
use super::{fs, names};

/// More bytes than any run writes into the file: the name of a campaign has no limit of its own.
const TEXT_BYTES: u64 = 1024 * 1024;

/// The first characters of a lock file that a run has written to.
pub(super) const OURS: &str = "pid ";

/// The lock of one results file, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    results: PathBuf,
    file: SharedFile,
}

/// The lock file, for the two threads of a run that write to it.
#[derive(Debug, Clone)]
pub(super) struct SharedFile(Arc<Mutex<LockFile>>);

/// The lock file of this run.
#[derive(Debug)]
struct LockFile {
    path: PathBuf,
    /// The lock ends when it is closed.
    file: File,
    /// The first line.
    holder: String,
    /// The third line.
    run: String,
    memory: Memory,
    ends: RunEnds,
    /// The length of the text that this run wrote, in bytes.
    length: u64,
}

impl Lock {
    /// Takes the lock of a results file for a run.
    ///
    /// # Errors
    /// [`Error::Locked`] names the holder; [`Error::NotOurs`] when a file of that name is a link or
    /// not a lock file; [`Error::Io`] when it cannot be written.
    pub fn take(results: &Path, run: &RunName) -> Result<Self, Error> {
        // All names of one file have one lock, and a compaction must not replace the link.
        let results = fs::followed(results);
        let path = names::lock_path(&results);
        let opened = fs::open_or_create_unlinked(&path).map_err(Error::io("create", &path))?;
        let file = opened.ok_or_else(|| Error::not_ours(&path))?;
        let taken = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => false,
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", &path)(source)),
        };
        let text = read_text(&file).map_err(Error::io("read", &path))?;
        // A file that was removed before it was locked keeps nobody out.
        let length = file.metadata().map_err(Error::io("read", &path))?.len();
        let removed = matches!(Error::if_touched(&path, &file, length), Err(Error::Touched { .. }));
        if !taken || removed {
            let holder = text.lines().next().unwrap_or_default().trim().to_owned();
            return Err(Error::Locked { path, holder });
        }
        let memory = memory_in(&text).ok_or_else(|| Error::not_ours(&path))?;
        let (pid, host) = (std::process::id(), host());
        let holder = format!("{OURS}{pid} on {host} since {:.0}\n", Timestamp::now());
        let run = run.to_line();
        let ends = RunEnds::of_text(&text);
        let mut file = LockFile { path, file, holder, run, memory, ends, length: 0 };
        file.write()?;
        Ok(Self { results, file: SharedFile(Arc::new(Mutex::new(file))) })
    }

    /// The results file that is locked, symbolic links followed.
    #[must_use]
    pub fn results(&self) -> &Path {
        &self.results
    }

    /// What the results held when a run last wrote them.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.file.get().memory.clone()
    }

    /// The means to write down how the run ended, when all its files are in order. The lock is held
    /// until it is dropped, too.
    #[must_use]
    pub(super) fn end_note(&self) -> EndNote {
        EndNote(self.file.clone())
    }

    /// The file, for the thread that writes the in-flight file.
    pub(super) fn shared_file(&self) -> SharedFile {
        self.file.clone()
    }

    /// Writes down what the results hold now. The length of the in-flight file stays: the thread that
    /// writes that file [changes it](SharedFile::remember_in_flight).
    pub(super) fn remember(&mut self, held: Holdings) -> Result<(), Error> {
        let mut file = self.file.get();
        let in_flight = file.memory.in_flight();
        file.memory = Memory::Held(Holdings { in_flight, ..held });
        file.write()
    }

    /// Writes down what the results hold now, and that there is no in-flight file.
    pub(super) fn remember_without_in_flight(&mut self, held: Holdings) -> Result<(), Error> {
        let mut file = self.file.get();
        file.memory = Memory::Held(Holdings { in_flight: 0, ..held });
        file.write()
    }

    /// Writes down, on the disk, that there is no in-flight file any more.
    pub(super) fn forget_in_flight(&mut self, held: Holdings) -> Result<(), Error> {
        self.remember_without_in_flight(held)?;
        let file = self.file.get();
        fs::sync_data(&file.file, &file.path).map_err(Error::io("sync", &file.path))
    }

    /// Checks that the file at the path is still the one that is locked: with another one, a second
    /// run would not be kept out.
    ///
    /// # Errors
    /// [`Error::Touched`] when it is not; [`Error::Io`].
    pub(super) fn check_unchanged(&self) -> Result<(), Error> {
        self.file.get().check_unchanged()
    }
}

impl SharedFile {
    fn get(&self) -> MutexGuard<'_, LockFile> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down that the in-flight file is `length` bytes long.
    ///
    /// # Errors
    /// [`Error::Touched`] when somebody has changed the lock file; [`Error::Io`].
    pub(super) fn remember_in_flight(&self, length: u64) -> Result<(), Error> {
        let mut file = self.get();
        file.check_unchanged()?;
        let Memory::Held(held) = &mut file.memory else { return Ok(()) };
        held.in_flight = length;
        // An older memory is safe: it only notices less.
        let _ = file.write();
        Ok(())
    }
}

/// Writes down in the lock file how a run ended.
#[derive(Debug)]
pub struct EndNote(SharedFile);

impl EndNote {
    /// Adds the end of a run. Without it, only a report says less.
    pub fn write(self, end: RunEnd) {
        let mut file = self.0.get();
        if file.check_unchanged().is_ok() {
            file.ends.add(end);
            let _ = file.write();
        }
    }

    /// Adds the end of a run that had nothing to send, unless the ends of earlier runs show already
    /// that the list has no more: the lines are few, and those of runs that sent something say more.
    pub fn write_nothing_left(self, end: RunEnd) {
        if !self.0.get().ends.nothing_is_left() {
            self.write(end);
        }
    }
}

impl LockFile {
    fn write(&mut self) -> Result<(), Error> {
        let mut text = self.holder.clone();
        match &self.memory {
            // A run that is killed from here on leaves a file that remembers nothing, not one of
            // an older version.
            Memory::Nothing => Holdings::default().push_line(&mut text),
            Memory::Uncounted => {}
            Memory::Held(held) => held.push_line(&mut text),
        }
        text.push_str(&self.run);
        if let Memory::Held(held) = &self.memory {
            held.push_more_lines(&mut text);
        }
        self.ends.push_lines(&mut text);
        fs::overwrite(&self.file, &self.path, &text).map_err(Error::io("write", &self.path))?;
        self.length = text.len() as u64;
        Ok(())
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        Error::if_touched(&self.path, &self.file, self.length)
    }
}

/// Reads what the lock file of a results file remembers, without taking it. A file that is not ours
/// remembers nothing.
///
/// # Errors
/// [`Error::Io`].
pub(super) fn peek_memory(results: &Path) -> Result<Memory, Error> {
    Ok(peek_text(results)?.and_then(|text| memory_in(&text)).unwrap_or(Memory::Nothing))
}

/// Reads how the last runs of a results file ended, without taking its lock; `None` when there is no
/// lock file.
///
/// # Errors
/// [`Error::Io`].
pub fn peek_ends(results: &Path) -> Result<Option<RunEnds>, Error> {
    Ok(peek_text(results)?.map(|text| RunEnds::of_text(&text)))
}

/// Reads the lock file of a results file; `None` when there is none that can be read.
fn peek_text(results: &Path) -> Result<Option<String>, Error> {
    let path = path_of(results);
    match std::fs::symlink_metadata(&path) {
        Ok(there) if there.is_file() => {}
        _ => return Ok(None),
    }
    match File::open(&path).and_then(|file| read_text(&file)) {
        // The results beside it cannot be read by this user either.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        text => text.map(Some).map_err(Error::reading("read", &path)),
    }
}

/// The lock file of a results file, symbolic links followed.
pub(super) fn path_of(results: &Path) -> PathBuf {
    names::lock_path(&fs::followed(results))
}

/// The memory in a lock file's text; `None` when the file is not ours.
fn memory_in(text: &str) -> Option<Memory> {
    match text.trim_matches('\0').is_empty() {
        // New, or all zeros after a power cut: nothing was synced, so nothing was sent.
        true => Some(Memory::Nothing),
        // One that was cut in the middle of these characters is still ours.
        false => (text.starts_with(OURS) || OURS.starts_with(text)).then(|| Memory::of_text(text)),
    }
}

/// The text of a lock file.
pub(super) fn read_text(file: &File) -> io::Result<String> {
    let mut bytes = Vec::new();
    io::Read::take(file, TEXT_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name of this machine. In a folder that is shared over the network the process id alone does
/// not identify the holder.
fn host() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this host".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ledger::tests::run_name as run;
    use crate::record::run_ends::HowEnded;
    use crate::record::run_extent::RunExtent;

    #[test]
    fn the_error_of_a_second_run_names_the_holder() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("a.results.csv");
        let first = Lock::take(&results, &run()).unwrap();
        let refused = Lock::take(&results, &run()).unwrap_err();
        let Error::Locked { path, holder } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(*path, folder.path().join("a.results.csv.lock"));
        assert!(holder.starts_with(&format!("pid {} on ", std::process::id())), "{holder}");
        assert!(refused.to_string().contains(holder));
        drop(first);
        Lock::take(&results, &run()).unwrap();
    }

    #[test]
    #[cfg(unix)]
    fn two_names_of_one_file_have_one_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("a.results.csv"), folder.path().join("link.csv"));
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let _first = Lock::take(&real, &run()).unwrap();
        let refused = Lock::take(&link, &run());
        assert!(matches!(refused, Err(Error::Locked { .. })), "{refused:?}");
    }

    #[test]
    #[cfg(unix)]
    fn the_lock_file_is_private_and_stays() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        drop(Lock::take(&folder.path().join("a"), &run()).unwrap());
        let mode = std::fs::metadata(folder.path().join("a.lock")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_memory_is_kept_when_the_lock_is_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        let (results, path) = (folder.path().join("a"), folder.path().join("a.lock"));
        let mut lock = Lock::take(&results, &run()).unwrap();
        assert_eq!(lock.memory(), Memory::Nothing);
        let (last_id, last_run) = ("id-200".to_owned(), "2026-03-01T08:00:00.000Z".to_owned());
        let held = Holdings { messages: 200, sent: 180, last_id, last_run, in_flight: 0 };
        lock.remember(held.clone()).unwrap();
        lock.check_unchanged().unwrap();
        drop(lock);
        assert_eq!(peek_memory(&results).unwrap(), Memory::Held(held.clone()));
        assert_eq!(Lock::take(&results, &run()).unwrap().memory(), Memory::Held(held));
        for (text, memory) in [
            ("", Memory::Nothing),
            ("\0\0\0\0", Memory::Nothing),
            ("pid 7 on desk since 2026\n", Memory::Uncounted),
            ("pid 7 on", Memory::Uncounted),
            ("p", Memory::Uncounted),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Lock::take(&results, &run()).unwrap().memory(), memory);
        }
    }

    #[test]
    fn the_ends_of_runs_stay_beside_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("a");
        let mut lock = Lock::take(&results, &run()).unwrap();
        let held = Holdings { messages: 2, sent: 1, last_id: "b".into(), ..Holdings::default() };
        lock.remember(held.clone()).unwrap();
        let note = lock.end_note();
        drop(lock);
        assert!(Lock::take(&results, &run()).is_err(), "the note holds the lock");
        note.write(RunEnd {
            run: "2026-03-01T08:00:00.000Z".to_owned(),
            exit: 130,
            word: HowEnded::Interrupted.word().to_owned(),
            extent: RunExtent::default(),
        });
        let mut lock = Lock::take(&results, &run()).unwrap();
        lock.remember_without_in_flight(held.clone()).unwrap();
        drop(lock);
        assert_eq!(peek_memory(&results).unwrap(), Memory::Held(held));
        let ends = peek_ends(&results).unwrap().unwrap();
        let end = ends.get("2026-03-01T08:00:00.000Z").unwrap();
        assert_eq!((end.exit, end.how()), (130, Some(HowEnded::Interrupted)));
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_is_not_ours_is_refused_and_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (results, path) = (folder.path().join("a"), folder.path().join("a.lock"));
        let precious = folder.path().join("precious");
        std::fs::write(&precious, "precious\n").unwrap();
        type Make = fn(&Path, &Path);
        let makes: [Make; 5] = [
            |precious, path| std::os::unix::fs::symlink(precious, path).unwrap(),
            |_, path| std::os::unix::fs::symlink("nowhere", path).unwrap(),
            |precious, path| std::fs::hard_link(precious, path).unwrap(),
            |_, path| std::fs::write(path, "mine").unwrap(),
            |_, path| std::os::unix::net::UnixListener::bind(path).map(drop).unwrap(),
        ];
        for make in makes {
            make(&precious, &path);
            let refused = Lock::take(&results, &run());
            assert!(matches!(refused, Err(Error::NotOurs { .. })), "{refused:?}");
            assert_eq!(std::fs::read_to_string(&precious).unwrap(), "precious\n");
            assert_eq!(peek_memory(&results).unwrap(), Memory::Nothing);
            std::fs::remove_file(&path).unwrap();
        }
        assert!(!folder.path().join("nowhere").exists());
    }

    #[test]
    fn a_lock_file_that_somebody_has_changed_is_noticed() {
        type Change = fn(&Path);
        let changes: [Change; 3] = [
            |path| std::fs::remove_file(path).unwrap(),
            |path| std::fs::write(path, "").unwrap(),
            |path| std::fs::rename(path, path.with_extension("old")).unwrap(),
        ];
        for change in changes {
            let folder = tempfile::tempdir().unwrap();
            let lock = Lock::take(&folder.path().join("a"), &run()).unwrap();
            change(&folder.path().join("a.lock"));
            let error = lock.check_unchanged().unwrap_err();
            assert!(error.is_touched(), "{error}");
        }
    }

    #[test]
    fn the_error_names_a_missing_folder() {
        let error = Lock::take(Path::new("/nowhere/at/all.csv"), &run()).unwrap_err();
        assert!(
            error.to_string().starts_with("cannot create /nowhere/at/all.csv.lock: "),
            "{error}"
        );
    }
}
