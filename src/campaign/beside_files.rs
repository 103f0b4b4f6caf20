//! The files that a run writes beside its lists, to be given as input again: where they go, and what
//! is reported about those of earlier runs.

use std::path::{Path, PathBuf};

use super::inputs::Input;
use crate::exit::Fatal;
use crate::record::beside_file::{Kept, Written};
use crate::record::earlier_file::Earlier;
use crate::record::names::{self, Beside, is_ours_of_another_kind};
use crate::report::format::counted;

/// The option that names the only file of a kind.
pub(super) fn flag(kind: Beside) -> &'static str {
    match kind {
        Beside::Rejects => "--rejects",
        Beside::NotSent => "--not-sent",
    }
}

/// Returns a path beside each input; for standard input, beside the results. A file of another list
/// is passed over.
pub(super) fn beside(kind: Beside, inputs: &[&Input], results: &Path) -> Vec<PathBuf> {
    let stdin = results.with_file_name("stdin.csv");
    let paths: Vec<PathBuf> = inputs
        .iter()
        .map(|input| input.source.path.clone().unwrap_or_else(|| stdin.clone()))
        .collect();
    // One that cannot be read is kept, as one that has been edited.
    let is_own =
        |index: usize, path: &Path| match Earlier::at(kind, path, &inputs[index].source.name, "") {
            Ok(Earlier::None) => None,
            Ok(Earlier::OfAnotherList) => Some(false),
            Ok(Earlier::OfThisList { .. }) | Err(_) => Some(true),
        };
    names::paths_beside(kind, &paths, is_own)
}

/// The files of one kind that a run wrote.
#[derive(Debug, Default)]
pub(super) struct WrittenFiles {
    /// Their paths.
    pub(super) paths: Vec<PathBuf>,
    /// What became of files that were there before.
    pub(super) warnings: Vec<String>,
}

/// Checks that the file which the user named for one kind has not the name of another file of ours:
/// a wrong name must not cost the results.
pub(super) fn check_name(kind: Beside, path: &Path) -> Result<(), Fatal> {
    if !is_ours_of_another_kind(path, kind) {
        return Ok(());
    }
    let what = match kind {
        Beside::Rejects => "a results or not-sent file",
        Beside::NotSent => "a results or rejects file",
    };
    Err(Fatal::usage(format!(
        "{} has the name of {what} and would be overwritten (name another file with {})",
        path.display(),
        flag(kind)
    )))
}

impl WrittenFiles {
    /// Adds what became of one file.
    pub(super) fn add(&mut self, kind: Beside, written: Written) {
        match written {
            Written::Nothing => {}
            Written::At { path, kept, .. } => {
                self.warnings.extend(kept.map(|kept| kept_instead(kind, &path, &kept)));
                self.paths.push(path);
            }
            Written::NotReplaced { path, rows } => {
                self.warnings.push(not_replaced(kind, &path, rows));
            }
        }
        self.paths.sort();
        self.warnings.sort();
    }
}

fn kept_instead(kind: Beside, path: &Path, kept: &Kept) -> String {
    let what = match kind {
        Beside::Rejects => "the rejects",
        Beside::NotSent => "the messages",
    };
    let (path, kept_path) = (path.display(), kept.path.display());
    match (kept.of_another_list, kind) {
        (true, _) => format!("{path} had {what} of another list: that file is now {kept_path}"),
        (false, Beside::Rejects) => format!(
            "{path} had been changed: that file is now {kept_path} (give it as input if you fixed rows in it)"
        ),
        (false, Beside::NotSent) => format!(
            "{path} had been changed or is of another campaign: that file is now {kept_path} (it can be given as input, too)"
        ),
    }
}

fn not_replaced(kind: Beside, path: &Path, rows: u64) -> String {
    let what = match kind {
        Beside::Rejects => counted(rows, "rejected row"),
        Beside::NotSent => counted(rows, "unsent message"),
    };
    format!(
        "{what} not written: {} has those of another run, and a run over part of the list (--rows, --sample) does not replace them (name another file with {})",
        path.display(),
        flag(kind)
    )
}
