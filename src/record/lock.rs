//! `RESULTS.lock`: only one run at a time writes a results file.
//!
//! The lock is the operating system's, so it ends with the process, however the process ends. The
//! file's text is only for people: it is never relied on. The file is never removed.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::error::Error;
use super::{fs, names};

/// The delay before a lock that is held is tried again.
const POLL: Duration = Duration::from_millis(100);

/// More bytes than any holder writes about itself.
const HOLDER_BYTES: u64 = 1024;

/// The lock of one results file, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    results: PathBuf,
    /// Kept open only because the lock ends when it is closed.
    _file: File,
}

impl Lock {
    /// Takes the lock of a results file. If another run holds it, it is tried again until `wait` is
    /// over.
    ///
    /// # Errors
    /// [`Error::Locked`] names the holder; [`Error::Io`] when the lock file cannot be written.
    pub fn take(results: &Path, wait: Duration) -> Result<Self, Error> {
        let started = Instant::now();
        loop {
            match Self::try_take(results) {
                Err(Error::Locked { .. }) if started.elapsed() < wait => std::thread::sleep(POLL),
                result => return result,
            }
        }
    }

    fn try_take(results: &Path) -> Result<Self, Error> {
        let results = followed(results);
        let path = names::lock_path(&results);
        let mut file = fs::open_private(&path).map_err(Error::io("create", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = read_holder(&mut file);
                return Err(Error::Locked { path, holder });
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", &path)(source)),
        }
        write_holder(&mut file).map_err(Error::io("write", &path))?;
        Ok(Self { results, _file: file })
    }

    /// The results file that is locked, symbolic links followed.
    #[must_use]
    pub fn results(&self) -> &Path {
        &self.results
    }
}

/// The path behind a symbolic link: all names of one file have one lock, and a compaction must not
/// replace the link.
fn followed(results: &Path) -> PathBuf {
    match results.is_symlink() {
        true => std::fs::canonicalize(results).unwrap_or_else(|_| results.to_owned()),
        false => results.to_owned(),
    }
}

fn write_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    let (pid, host) = (std::process::id(), host());
    let text = format!("pid {pid} on {host} since {:.0}\n", Timestamp::now());
    file.write_all(text.as_bytes())
}

/// The holder's text; empty if it cannot be read.
fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(HOLDER_BYTES).read_to_string(&mut text));
    match read {
        Ok(_) => text.trim().to_owned(),
        Err(_) => String::new(),
    }
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

    #[test]
    fn the_error_of_a_second_run_names_the_holder() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("a.results.csv");
        let first = Lock::take(&results, Duration::ZERO).unwrap();
        let refused = Lock::take(&results, Duration::ZERO).unwrap_err();
        let Error::Locked { path, holder } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(*path, folder.path().join("a.results.csv.lock"));
        assert!(holder.starts_with(&format!("pid {} on ", std::process::id())), "{holder}");
        assert!(refused.to_string().contains(holder));
        drop(first);
        Lock::take(&results, Duration::ZERO).unwrap();
    }

    #[test]
    fn a_waiting_run_gets_the_lock_when_it_is_released() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("a.results.csv");
        let first = Lock::take(&results, Duration::ZERO).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| Lock::take(&results, Duration::from_secs(60)));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }

    #[test]
    #[cfg(unix)]
    fn two_names_of_one_file_have_one_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("a.results.csv"), folder.path().join("link.csv"));
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let _first = Lock::take(&real, Duration::ZERO).unwrap();
        let refused = Lock::take(&link, Duration::ZERO);
        assert!(matches!(refused, Err(Error::Locked { .. })), "{refused:?}");
    }

    #[test]
    #[cfg(unix)]
    fn the_lock_file_is_private_and_stays() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        drop(Lock::take(&folder.path().join("a"), Duration::ZERO).unwrap());
        let mode = std::fs::metadata(folder.path().join("a.lock")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn the_error_names_a_missing_folder() {
        let error = Lock::take(Path::new("/nowhere/at/all.csv"), Duration::ZERO).unwrap_err();
        assert!(
            error.to_string().starts_with("cannot create /nowhere/at/all.csv.lock: "),
            "{error}"
        );
    }
}
