//! Writes each rejected row to its input's rejects file, with that input's columns.

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

/// The numbers of a vCard that have columns of their own in its rejects file; nearly every card has
/// no more. Further cells are written after the reason, where they can be seen.
const CARD_NUMBERS: usize = 5;

/// The rejects files of a run, one for each input; none for a check without `--rejects`.
#[derive(Debug)]
pub(super) struct RejectsWriter {
    files: HashMap<SourceId, Rejects>,
}

impl RejectsWriter {
    /// Plans a rejects file beside each input, or the one that `--rejects` names; none for a check
    /// without `--rejects`.
    ///
    /// # Errors
    /// When one file is to take the rejects of several inputs.
    pub(super) fn new(inputs: &Inputs, config: &Config) -> Result<Self, Fatal> {
        let all: Vec<&Input> = inputs.inputs.iter().chain(&inputs.beside).collect();
        let paths: Vec<PathBuf> = match &config.files.rejects {
            None if config.target.is_check() => Vec::new(),
            None => beside(&all, &config.files.results),
            Some(path) if inputs.inputs.len() == 1 => {
                let others = inputs.beside.iter().filter_map(|input| input.source.path.clone());
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
            all.iter().zip(&paths).map(|(input, path)| (input.source.id, rejects_of(input, path)));
        Ok(Self { files: files.collect() })
    }

    /// The paths of the rejects files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.values().map(Rejects::path)
    }

    /// Writes one rejected row, if its input has a rejects file.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub(super) fn write(&mut self, inputs: &Inputs, reject: &Reject) -> Result<(), Fatal> {
        let Some(file) = self.files.get_mut(&reject.place.source) else { return Ok(()) };
        let why = rejects::Reject {
            source: inputs.source_name(reject.place.source),
            line: reject.place.line,
            code: reject.code,
            reason: &reject.reason,
        };
        let may_be_escaped =
            inputs.input(reject.place.source).is_some_and(|input| input.mapping.may_be_escaped());
        Ok(file.write(reject.cells.iter().map(|cell| unescaped(cell, may_be_escaped)), &why)?)
    }

    /// Moves the files into place and returns their paths.
    ///
    /// # Errors
    /// When one cannot be moved there.
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

/// The rejects files that a run wrote.
#[derive(Debug, Default)]
pub(super) struct WrittenRejects {
    /// Their paths.
    pub(super) paths: Vec<PathBuf>,
    /// Files of the same name that the user had changed, each with its new name.
    pub(super) kept: Vec<(PathBuf, PathBuf)>,
}

/// A cell without the `'` of an earlier escape, so that writing it does not add a second one.
fn unescaped(cell: &str, escaped: bool) -> &str {
    if escaped { unescape_formula(cell) } else { cell }
}

/// Returns a path beside each input; for standard input, beside the results.
fn beside(inputs: &[&Input], results: &Path) -> Vec<PathBuf> {
    let stdin = results.with_file_name("stdin.csv");
    let inputs: Vec<PathBuf> = inputs
        .iter()
        .map(|input| input.source.path.clone().unwrap_or_else(|| stdin.clone()))
        .collect();
    names::rejects_paths(&inputs)
}

/// Makes an input's rejects file: with its own columns, or with ours for vCards and for a table
/// without a header.
fn rejects_of(input: &Input, path: &Path) -> Rejects {
    let delimiter = input.facts.map_or(b',', |facts| facts.delimiter.as_byte());
    let header: Vec<String> = match input.facts {
        Some(_) if !input.mapping.is_headerless() => {
            let may_be_escaped = input.mapping.may_be_escaped();
            input.header.iter().map(|cell| unescaped(cell, may_be_escaped).to_owned()).collect()
        }
        Some(_) => list_columns(input),
        None => Card::columns(CARD_NUMBERS),
    };
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    Rejects::new(path, &header, delimiter)
}

/// Columns for a table without a header, so that its rejects can be given back: `to` if a cell is
/// the recipient, and `cell_N` for the others.
fn list_columns(input: &Input) -> Vec<String> {
    let to = input.mapping.to_column();
    let name = |cell| if Some(cell) == to { "to".to_owned() } else { format!("cell_{}", cell + 1) };
    (0..input.header.len()).map(name).collect()
}
