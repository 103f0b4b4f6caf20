//! Two runs at once: a run begins only when no other one sends the same messages.
//!
//! Each run reads the results of the others in its folder only when it begins. Two runs of one
//! campaign that go on at the same time would each send what the other one sends. So a run takes its
//! own lock and looks at the other locks of the folder, both while it holds the lock of the folder;
//! if a run of the same gateway, sender and campaign is alive, it gives its lock back and waits.
//! The lock of the folder is held only for this look.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::Error;
use super::folder::{self, FolderFiles};
use super::lock::{self, Lock};
use super::run_name::RunName;
use super::{fs, names};

/// The delay before the locks are looked at again.
const POLL: Duration = Duration::from_millis(100);

/// The longest wait for another run in the folder when none is given.
const WAIT: Duration = Duration::from_secs(600);

/// A run that is alive and may send the same messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its results.
    pub results: PathBuf,
    /// The text about it in its lock file.
    pub holder: String,
}

/// How a run waits for another one.
pub struct Waiting<'a> {
    /// The longest wait, if one is given. A run on the same results is waited for only then;
    /// another one for ten minutes otherwise.
    pub longest: Option<Duration>,
    /// Called once before it waits, with the longest wait.
    pub announce: &'a mut dyn FnMut(&Neighbour, Duration),
    /// Returns whether the wait is to end.
    pub stopped: &'a dyn Fn() -> bool,
}

/// Takes the lock of a results file once no other run sends the same messages: neither in the folder
/// nor with one of `ledgers` (`--ledger`) as its results.
///
/// Returns the lock and the results of the runs that were waited for: they are read although they
/// may not have the name of results. `None` when the wait was stopped.
///
/// # Errors
/// [`Error::Locked`] when another run is still alive after the wait; [`Error::NotOurs`] when a lock
/// file is not one; [`Error::NoFolder`]; [`Error::Io`].
pub fn take_lock(
    results: &Path,
    ledgers: &[PathBuf],
    run: &RunName,
    waiting: Waiting<'_>,
) -> Result<Option<(Lock, Vec<PathBuf>)>, Error> {
    let started = Instant::now();
    let mut announced = false;
    let mut waited_for: Vec<PathBuf> = Vec::new();
    loop {
        let (held, longest) = match try_take(results, ledgers, run)? {
            Attempt::Taken(lock) => return Ok(Some((lock, waited_for))),
            Attempt::Own(held) => (held, waiting.longest.unwrap_or_default()),
            Attempt::Neighbour(held) => {
                if !waited_for.contains(&held.results) {
                    waited_for.push(held.results.clone());
                }
                (held, waiting.longest.unwrap_or(WAIT))
            }
        };
        if started.elapsed() >= longest {
            let path = names::lock_path(&held.results);
            return Err(Error::Locked { path, holder: held.holder });
        }
        if (waiting.stopped)() {
            return Ok(None);
        }
        if !announced {
            (waiting.announce)(&held, longest);
            announced = true;
        }
        std::thread::sleep(POLL);
    }
}

enum Attempt {
    Taken(Lock),
    /// Another run writes the same results.
    Own(Neighbour),
    /// Another run writes other results.
    Neighbour(Neighbour),
}

fn try_take(results: &Path, ledgers: &[PathBuf], run: &RunName) -> Result<Attempt, Error> {
    let folders = lock_folders(results)?;
    let lock = match Lock::take(results, run) {
        Err(Error::Locked { holder, .. }) => {
            return Ok(Attempt::Own(Neighbour { results: results.to_owned(), holder }));
        }
        lock => lock?,
    };
    let neighbour = alive(results, ledgers, run)?;
    drop(folders);
    Ok(match neighbour {
        // The lock is given back, so that two runs never wait for each other.
        Some(neighbour) => Attempt::Neighbour(neighbour),
        None => Attempt::Taken(lock),
    })
}

/// Waits for the lock of each folder that other runs are looked for in: it is held only for a
/// moment. Always in the same order, so that two runs do not wait for each other.
fn lock_folders(results: &Path) -> Result<Vec<File>, Error> {
    let mut folders = folder::folders_of(results);
    folders.sort_by_key(|folder| folder.canonicalize().ok());
    let mut locks = Vec::new();
    for folder in folders {
        let path = names::in_folder(&folder, names::FOLDER_LOCK.as_ref());
        let file = match fs::open_or_create_unlinked(&path) {
            // Another user's: runs of two users are not kept apart by it.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NoFolder { path: results.to_owned() });
            }
            opened => opened.map_err(Error::io("create", &path))?,
        };
        let file = file.ok_or_else(|| Error::not_ours(&path))?;
        file.lock().map_err(Error::io("lock", &path))?;
        locks.push(file);
    }
    Ok(locks)
}

/// A run that is alive and may send the same messages as `run`, whose results are `own`.
fn alive(own: &Path, ledgers: &[PathBuf], run: &RunName) -> Result<Option<Neighbour>, Error> {
    let mut locks = FolderFiles::beside(own)?.locks;
    let own = lock::path_of(own).canonicalize().ok();
    let others = ledgers.iter().map(|ledger| lock::path_of(ledger));
    locks.extend(others.filter(|lock| own.is_none() || lock.canonicalize().ok() != own));
    for path in locks {
        if let Some((holder, other)) = holder_of(&path)?
            // A run of an older version does not say what it sends.
            && other.is_none_or(|other| run.overlaps(&other))
        {
            return Ok(Some(Neighbour { results: path.with_extension(""), holder }));
        }
    }
    Ok(None)
}

/// The holder of a lock file and what it sends; `None` when nobody holds it, or it is not ours.
fn holder_of(path: &Path) -> Result<Option<(String, Option<RunName>)>, Error> {
    match std::fs::symlink_metadata(path) {
        Ok(there) if there.is_file() => {}
        _ => return Ok(None),
    }
    let file = match File::open(path) {
        // Another user's: this one cannot read the results beside it either.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(Error::reading("open", path))?,
    };
    let text = lock::read_text(&file).map_err(Error::reading("read", path))?;
    if !text.starts_with(lock::OURS) {
        return Ok(None);
    }
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => {
            let mut lines = text.lines();
            let holder = lines.next().unwrap_or_default().trim().to_owned();
            Ok(Some((holder, lines.take(3).find_map(RunName::parse))))
        }
        Err(TryLockError::Error(error)) => Err(Error::reading("lock", path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::run_name::tests::run;

    fn take(results: &Path, run: &RunName, wait: Option<Duration>) -> Result<Lock, Error> {
        take_with(results, &[], run, wait)
    }

    fn take_with(
        results: &Path,
        ledgers: &[PathBuf],
        run: &RunName,
        longest: Option<Duration>,
    ) -> Result<Lock, Error> {
        let mut announce = |_: &Neighbour, _: Duration| {};
        let waiting = Waiting { longest, announce: &mut announce, stopped: &|| false };
        take_lock(results, ledgers, run, waiting).map(|taken| taken.unwrap().0)
    }

    #[test]
    fn a_run_waits_for_another_one_of_the_same_campaign_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.results.csv"), folder.path().join("b.results.csv"));
        let spring = run("h", "1", "1/1", "spring");
        let first = take(&a, &spring, None).unwrap();
        let error = take(&b, &spring, Some(Duration::ZERO)).unwrap_err();
        let Error::Locked { path, holder } = error else { panic!("{error}") };
        assert_eq!(path, folder.path().join("a.results.csv.lock"));
        assert!(holder.starts_with(&format!("pid {} on ", std::process::id())), "{holder}");
        // Another campaign is not held up, and a run that waits holds nothing.
        drop(take(&b, &run("h", "1", "1/1", "autumn"), None).unwrap());

        let (sender, waits) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let spring = &spring;
            let second = scope.spawn(move || {
                let mut announce = |neighbour: &Neighbour, longest| {
                    sender.send((neighbour.results.clone(), longest)).unwrap();
                };
                let stopped = || false;
                let waiting = Waiting { longest: None, announce: &mut announce, stopped: &stopped };
                take_lock(&b, &[], spring, waiting)
            });
            assert_eq!(waits.recv().unwrap(), (a.clone(), WAIT));
            drop(first);
            let (_, waited_for) = second.join().unwrap().unwrap().unwrap();
            assert_eq!(waited_for, [a]);
        });
    }

    #[test]
    fn a_wait_can_be_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.results.csv"), folder.path().join("b.results.csv"));
        let name = run("h", "1", "1/1", "");
        let _alive = take(&a, &name, None).unwrap();
        let mut announce = |_: &Neighbour, _: Duration| {};
        let waiting = Waiting { longest: None, announce: &mut announce, stopped: &|| true };
        assert!(take_lock(&b, &[], &name, waiting).unwrap().is_none());
    }

    #[test]
    fn a_run_on_the_same_results_is_waited_for_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("a.results.csv");
        let name = run("h", "1", "1/1", "");
        let first = take(&results, &name, None).unwrap();
        assert!(matches!(take(&results, &name, None), Err(Error::Locked { .. })));
        std::thread::scope(|scope| {
            let second = scope.spawn(|| take(&results, &name, Some(Duration::from_secs(60))));
            drop(first);
            second.join().unwrap().unwrap();
        });
    }

    #[test]
    fn other_lock_files_make_no_difference_and_an_older_run_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            File::open(folder.path().join(name)).unwrap()
        };
        let name = run("h", "1", "1/1", "");
        let results = folder.path().join("a.results.csv");
        let foreign = put("yarn.lock", "# yarn\n");
        foreign.lock().unwrap();
        put("dead.results.csv.lock", "pid 1 on desk\nledger 0 0 -\nrun h 1 1/1 \n");
        std::fs::create_dir(folder.path().join("x.lock")).unwrap();
        drop(take(&results, &name, None).unwrap());
        let older = put("old.results.csv.lock", "pid 1 on desk since 2026\n");
        older.lock().unwrap();
        let refused = take(&results, &name, Some(Duration::ZERO));
        assert!(matches!(refused, Err(Error::Locked { .. })), "{refused:?}");
    }

    #[test]
    fn a_run_on_a_ledger_that_is_read_is_waited_for() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let name = run("h", "1", "1/1", "");
        let other = there.path().join("old.csv");
        let _alive = take(&other, &name, None).unwrap();
        let results = here.path().join("a.results.csv");
        drop(take(&results, &name, None).unwrap());
        // The own results as a ledger are no neighbour.
        drop(take_with(&results, std::slice::from_ref(&results), &name, None).unwrap());
        let refused = take_with(&results, &[other], &name, Some(Duration::ZERO));
        assert!(matches!(refused, Err(Error::Locked { .. })), "{refused:?}");
    }
}
