//! Which rejects file a rejected row goes to, and with which columns.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::inputs::{Input, Inputs};
use crate::config::Config;
use crate::exit::Fatal;
use crate::prepare::row::Reject;
use crate::read::SourceId;
use crate::read::formula::unescape_formula;
use crate::read::vcard::Card;
use crate::record::names;
use crate::record::rejects::{self, Rejects, Written};

/// The numbers that have columns in the rejects of vCards: as many as nearly every card has. The
/// cells of more numbers go behind the reason, where they can be seen.
const CARD_NUMBERS: usize = 5;

/// The rejects files of a run, one for each list; nothing is written where none is wanted.
#[derive(Debug)]
pub(super) struct RejectsWriter {
    files: HashMap<SourceId, Rejects>,
}

impl RejectsWriter {
    /// Rejects files beside their inputs, or at the place that was said; none for a check unless
    /// one was said.
    ///
    /// # Errors
    /// When one file is to take the rejects of several lists.
    pub(super) fn new(lists: &Inputs, config: &Config) -> Result<Self, Fatal> {
        let all: Vec<&Input> = lists.inputs.iter().chain(&lists.beside).collect();
        let paths: Vec<PathBuf> = match &config.files.rejects {
            None if config.target.is_check() => Vec::new(),
            None => beside(&all, &config.files.results),
            Some(path) if lists.inputs.len() == 1 => {
                let others = lists.beside.iter().filter_map(|list| list.source.path.clone());
                let others: Vec<PathBuf> = others.collect();
                [vec![path.clone()], names::rejects_paths(&others)].concat()
            }
            Some(_) => {
                return Err(Fatal::usage(
                    "--rejects is one file, and there are several inputs: leave it out, and each \
                     input's rejects are written beside it",
                ));
            }
        };
        let files =
            all.iter().zip(&paths).map(|(list, path)| (list.source.id, rejects_of(list, path)));
        Ok(Self { files: files.collect() })
    }

    /// Where rejects would be written.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.values().map(Rejects::path)
    }

    /// Writes one rejected row, when rejects are written at all.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub(super) fn write(&mut self, lists: &Inputs, reject: &Reject) -> Result<(), Fatal> {
        let Some(file) = self.files.get_mut(&reject.place.source) else { return Ok(()) };
        let why = rejects::Reject {
            source: lists.source_name(reject.place.source),
            line: reject.place.line,
            code: reject.code,
            reason: &reject.reason,
        };
        let guarded = lists.list(reject.place.source).is_some_and(|list| list.mapping.is_guarded());
        Ok(file.write(reject.cells.iter().map(|cell| meant(cell, guarded)), &why)?)
    }

    /// Puts the files in their places, and says which there are.
    ///
    /// # Errors
    /// When one cannot be put there.
    pub(super) fn finish(self) -> Result<WrittenRejects, Fatal> {
        let mut written = WrittenRejects::default();
        for (_, file) in self.files {
            if let Written::At { path, kept, .. } = file.finish()? {
                written.kept.extend(kept.map(|kept| (path.clone(), kept)));
                written.paths.push(path);
            }
        }
        written.paths.sort();
        written.kept.sort();
        Ok(written)
    }
}

/// The rejects files that a run left.
#[derive(Debug, Default)]
pub(super) struct WrittenRejects {
    /// Where they are.
    pub(super) paths: Vec<PathBuf>,
    /// Of those that took the place of a file that somebody had mended: that file's new name.
    pub(super) kept: Vec<(PathBuf, PathBuf)>,
}

/// A cell as it was meant: one that has its guard already gets no second one when it is written.
fn meant(cell: &str, guarded: bool) -> &str {
    if guarded { unescape_formula(cell) } else { cell }
}

/// Beside each input; what came from standard input is put beside the results.
fn beside(lists: &[&Input], results: &Path) -> Vec<PathBuf> {
    let stdin = results.with_file_name("stdin.csv");
    let inputs: Vec<PathBuf> = lists
        .iter()
        .map(|list| list.source.path.clone().unwrap_or_else(|| stdin.clone()))
        .collect();
    names::rejects_paths(&inputs)
}

/// A list's rejects have its own columns; a vCard's, and a list's without a header, have ours.
fn rejects_of(list: &Input, path: &Path) -> Rejects {
    let delimiter = list.facts.map_or(b',', |facts| facts.delimiter.as_byte());
    let header: Vec<String> = match list.facts {
        Some(_) if !list.mapping.is_headerless() => {
            let guarded = list.mapping.is_guarded();
            list.header.iter().map(|cell| meant(cell, guarded).to_owned()).collect()
        }
        Some(_) => list_columns(list),
        None => Card::columns(CARD_NUMBERS),
    };
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    Rejects::new(path, &header, delimiter)
}

/// A list without a header gets one to be fed back with: `to`, and a name for each further cell. A
/// list of contacts has no `to`, and gets none: with `--to` it would contradict itself.
fn list_columns(list: &Input) -> Vec<String> {
    let to = list.mapping.to_column();
    let name = |cell| if Some(cell) == to { "to".to_owned() } else { format!("cell_{}", cell + 1) };
    (0..list.header.len()).map(name).collect()
}
