//! The files of other runs beside a results file.
//!
//! Results may be a symbolic link to a file in another folder, on another disk for example. Their
//! lock and in-flight file are beside that file, and the results of other lists may be in either
//! folder, so both are looked at.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::{fs, lock, names};

/// The files of other runs in the folders of a results file, in the order of their names.
#[derive(Debug, Default)]
pub(super) struct FolderFiles {
    /// Files with the name of results, also those of which only the lock file is left.
    pub(super) results: Vec<PathBuf>,
    /// Lock files, also of results that are links to another folder.
    pub(super) locks: Vec<PathBuf>,
}

impl FolderFiles {
    /// Lists the files beside `results`, whether or not that file exists.
    ///
    /// # Errors
    /// [`Error::Io`] when a folder cannot be listed.
    pub(super) fn beside(results: &Path) -> Result<Self, Error> {
        let mut files = Self::default();
        for folder in folders_of(results) {
            for entry in std::fs::read_dir(&folder).map_err(Error::reading("list", &folder))? {
                let name = entry.map_err(Error::reading("list", &folder))?.file_name();
                files.add(names::in_folder(&folder, &name));
            }
        }
        let own = fs::followed(results);
        let (own, own_lock) = (real(&own), real(&names::lock_path(&own)));
        sort_without(&mut files.results, &own);
        sort_without(&mut files.locks, &own_lock);
        Ok(files)
    }

    fn add(&mut self, path: PathBuf) {
        if names::is_results(&path) {
            self.locks.push(lock::path_of(&path));
            // A folder, a pipe or a device with that name holds no results.
            if !std::fs::metadata(&path).is_ok_and(|there| !there.is_file()) {
                self.results.push(path);
            }
        } else if names::is_lock(&path) {
            let results = path.with_extension("");
            // Results that are gone are known by their lock file.
            if names::is_results(&results) && !results.exists() {
                self.results.push(results);
            }
            self.locks.push(path);
        }
    }
}

/// The folder of a results file and, when that is a link, the folder of the file that it leads to.
pub(super) fn folders_of(results: &Path) -> Vec<PathBuf> {
    let given = names::folder_of(results).to_owned();
    let followed = fs::followed(results);
    let folder = names::folder_of(&followed).to_owned();
    match real(&given) == real(&folder) {
        true => vec![given],
        false => vec![given, folder],
    }
}

/// Sorts files by name, and leaves out `own` and further names of the same file.
fn sort_without(files: &mut Vec<PathBuf>, own: &Path) {
    files.sort();
    let mut seen = vec![own.to_owned()];
    files.retain(|path| {
        let path = real(&fs::followed(path));
        let new = !seen.contains(&path);
        if new {
            seen.push(path);
        }
        new
    });
}

/// The path without links, as far as it exists.
fn real(path: &Path) -> PathBuf {
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

    #[test]
    #[cfg(unix)]
    fn links_are_followed_and_each_file_is_listed_once() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        for folder in ["d", "o"] {
            std::fs::create_dir(at(folder)).unwrap();
        }
        let link = |to: &str, from: &str| std::os::unix::fs::symlink(to, at(from)).unwrap();
        link("../o/a.results.csv", "d/a.results.csv");
        link("b.results.csv", "d/also-b.results.csv");
        for name in ["d/b.results.csv", "o/c.results.csv", "d/people.csv", "o/monday.csv"] {
            std::fs::write(at(name), "").unwrap();
        }
        std::fs::write(at("o/monday.csv.lock"), "pid 7 on desk\n").unwrap();
        let root_path = root.path().canonicalize().unwrap();
        let shown = |path: &PathBuf| {
            let folder = names::folder_of(path).canonicalize().unwrap();
            let whole = folder.join(path.file_name().unwrap());
            whole.strip_prefix(&root_path).unwrap().display().to_string()
        };
        let names = |paths: &[PathBuf]| -> Vec<String> {
            let mut shown: Vec<String> = paths.iter().map(shown).collect();
            shown.sort();
            shown
        };
        // A run of d/a.csv, whose results are a link to a file that does not exist yet.
        let files = FolderFiles::beside(&at("d/a.results.csv")).unwrap();
        let results = ["d/also-b.results.csv", "o/c.results.csv"];
        assert_eq!(names(&files.results), results);
        let locks = ["d/b.results.csv.lock", "o/c.results.csv.lock", "o/monday.csv.lock"];
        assert_eq!(names(&files.locks), locks);
        // A run of d/b.csv sees the lock where that of a is.
        let files = FolderFiles::beside(&at("d/b.results.csv")).unwrap();
        assert_eq!(names(&files.results), ["d/a.results.csv"]);
        assert_eq!(names(&files.locks), ["o/a.results.csv.lock"]);
    }
}
