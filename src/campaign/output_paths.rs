//! Checks that no file that a run writes overwrites an input or another file of ours.
//!
//! Paths are compared by the file they lead to, not by their spelling.

use std::path::{Path, PathBuf};

use super::inputs::Inputs;
use super::reject_files::RejectsWriter;
use crate::config::Config;
use crate::exit::Fatal;
use crate::record::names;

/// Compares every file that this run will write with every file that it reads or writes.
///
/// # Errors
/// When one would overwrite another: exit code 2, before anything is written.
pub(super) fn check(
    config: &Config,
    inputs: &Inputs,
    rejects: &RejectsWriter,
) -> Result<(), Fatal> {
    let files = &config.files;
    let mut taken = Taken::default();
    for input in inputs.inputs.iter().chain(&inputs.beside) {
        if let Some(path) = &input.source.path {
            taken.keep(path, "is read as a list");
        }
    }
    if !config.target.is_check() {
        taken.claim("--results", &files.results)?;
    }
    taken.keep(&files.results, "holds the results");
    for path in [names::lock_path(&files.results), names::in_flight_path(&files.results)] {
        taken.keep(&path, "belongs to the results");
    }
    files.ledgers.iter().for_each(|path| taken.keep(path, "is a ledger"));
    for path in rejects.paths() {
        taken.claim("--rejects", path)?;
        taken.keep(path, "takes the rejects");
    }
    match &config.output.summary_json {
        Some(path) if path.as_os_str() != "-" => {
            taken.claim("--summary-json", path)?;
            has_folder("--summary-json", path)
        }
        _ => Ok(()),
    }
}

/// Checks that a file can be made at `path`. At the end of the run it would be too late.
fn has_folder(flag: &str, path: &Path) -> Result<(), Fatal> {
    let folder = names::folder_of(path);
    match folder.is_dir() && !path.is_dir() {
        true => Ok(()),
        false => Err(Fatal::usage(format!(
            "{} cannot be written, because {} (name another file with {flag})",
            path.display(),
            match folder.is_dir() {
                true => "it is a folder".to_owned(),
                false => format!("there is no folder {}", folder.display()),
            }
        ))),
    }
}

/// Files that must not be overwritten, each with its use.
#[derive(Debug, Default)]
struct Taken(Vec<(PathBuf, &'static str)>);

impl Taken {
    fn keep(&mut self, path: &Path, what: &'static str) {
        self.0.push((target(path), what));
    }

    fn claim(&self, flag: &str, path: &Path) -> Result<(), Fatal> {
        let place = target(path);
        match self.0.iter().find(|(taken, _)| *taken == place) {
            None => Ok(()),
            Some((_, what)) => Err(Fatal::usage(format!(
                "{} {what} and would be overwritten (name another file with {flag})",
                path.display()
            ))),
        }
    }
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
