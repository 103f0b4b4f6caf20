//! Which rejects file a rejected row goes to, and with which columns.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::lists::{List, Lists};
use crate::config::Config;
use crate::error::Fatal;
use crate::prepare::row::Reject;
use crate::read::SourceId;
use crate::read::guard::unguarded;
use crate::record::names;
use crate::record::rejects::{self, Rejects, Written};

/// Cells of a vCard in front of its numbers, and of each number.
const CARD_COLUMNS: [&str; 4] = ["name", "phone", "type", "wa_id"];

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
    pub(super) fn new(lists: &Lists, config: &Config) -> Result<Self, Fatal> {
        let all: Vec<&List> = lists.inputs.iter().chain(&lists.beside).collect();
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
        if let Some(input) = all
            .iter()
            .find(|list| list.source.path.as_ref().is_some_and(|path| paths.contains(path)))
        {
            let name = &input.source.name;
            return Err(Fatal::usage(format!("{name} is an input; rejects would overwrite it")));
        }
        let files =
            all.iter().zip(&paths).map(|(list, path)| (list.source.id, rejects_of(list, path)));
        Ok(Self { files: files.collect() })
    }

    /// Writes one rejected row, when rejects are written at all.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub(super) fn write(&mut self, lists: &Lists, reject: &Reject) -> Result<(), Fatal> {
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
    pub(super) fn finish(self) -> Result<Vec<PathBuf>, Fatal> {
        let mut written = Vec::new();
        for (_, file) in self.files {
            if let Written::At { path, .. } = file.finish()? {
                written.push(path);
            }
        }
        written.sort();
        Ok(written)
    }
}

/// A cell as it was meant: one that has its guard already gets no second one when it is written.
fn meant(cell: &str, guarded: bool) -> &str {
    if guarded { unguarded(cell) } else { cell }
}

/// Beside each input; what came from standard input is put beside the results.
fn beside(lists: &[&List], results: &Path) -> Vec<PathBuf> {
    let stdin = results.with_file_name("stdin.csv");
    let inputs: Vec<PathBuf> = lists
        .iter()
        .map(|list| list.source.path.clone().unwrap_or_else(|| stdin.clone()))
        .collect();
    names::rejects_paths(&inputs)
}

/// A list's rejects have its own columns; a vCard's, and a list's without a header, have ours.
fn rejects_of(list: &List, path: &Path) -> Rejects {
    let delimiter = list.facts.map_or(b',', |facts| facts.delimiter.as_byte());
    let header: Vec<&str> = match list.facts {
        Some(_) if !list.mapping.is_headerless() => {
            let guarded = list.mapping.is_guarded();
            list.header.iter().map(|cell| meant(cell, guarded)).collect()
        }
        Some(_) => vec!["to"],
        None => CARD_COLUMNS.to_vec(),
    };
    Rejects::new(path, &header, delimiter)
}
