//! No file that a run writes may take the place of a list, or of another file of ours.
//!
//! Paths are compared by the file they lead to, however they are spelled.

use std::path::{Path, PathBuf};

use super::inputs::Inputs;
use super::reject_files::RejectsWriter;
use crate::config::Config;
use crate::exit::Fatal;
use crate::record::names;

/// Checks every file that this run is going to write against all that are there to be read.
///
/// # Errors
/// When one would overwrite another: exit code 2, before anything is written.
pub(super) fn check(config: &Config, lists: &Inputs, rejects: &RejectsWriter) -> Result<(), Fatal> {
    let files = &config.files;
    let mut taken = Taken::default();
    for list in lists.inputs.iter().chain(&lists.beside) {
        if let Some(path) = &list.source.path {
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
    match &config.telling.summary_json {
        Some(path) if path.as_os_str() != "-" => {
            taken.claim("--summary-json", path)?;
            has_folder("--summary-json", path)
        }
        _ => Ok(()),
    }
}

/// Found out at the end, it would be too late: everything is sent by then.
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

/// Files that must stay what they are, and what they are.
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

/// The file that a path leads to; where there is none yet, the place it would be made at.
fn target(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let folder = names::folder_of(path);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    folder.join(path.file_name().unwrap_or_default())
}
