//! Writes each rejected row to its input's rejects file, with that input's columns.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::beside_files::{WrittenFiles, beside, check_name, flag};
use super::inputs::{Input, Inputs};
use crate::config::Config;
use crate::exit::Fatal;
use crate::prepare::row::Reject;
use crate::read::formula::unescape_formula;
use crate::read::vcard::Card;
use crate::read::{Facts, SourceId};
use crate::record::beside_file::List;
use crate::record::names::Beside;
use crate::record::output_file::OutputFile;
use crate::record::rejects::{self, Rejects};

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
    /// When one file is to take the rejects of several inputs, or cannot take any.
    pub(super) fn new(inputs: &Inputs, config: &Config) -> Result<Self, Fatal> {
        let all: Vec<&Input> = inputs.inputs.iter().chain(&inputs.beside).collect();
        let paths: Vec<PathBuf> = match &config.files.rejects {
            None if config.target.is_check() => Vec::new(),
            None => beside(Beside::Rejects, &all, &config.files.results),
            Some(path) if inputs.inputs.len() == 1 => {
                check_name(Beside::Rejects, path)?;
                let others: Vec<&Input> = inputs.beside.iter().collect();
                [vec![path.clone()], beside(Beside::Rejects, &others, &config.files.results)]
                    .concat()
            }
            Some(_) => {
                return Err(Fatal::usage(
                    "--rejects is one file, and there are several inputs: leave it out, and each \
                     input's rejects are written beside it",
                ));
            }
        };
        let part_only = config.reading.rows.is_some() || config.reading.sample.is_some();
        let mut files = HashMap::new();
        for (index, (input, path)) in all.into_iter().zip(&paths).enumerate() {
            let whole = !part_only || index >= inputs.inputs.len();
            let output = OutputFile::open(flag(Beside::Rejects), path)?;
            files.insert(input.source.id, rejects_of(input, output, whole));
        }
        Ok(Self { files })
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
    pub(super) fn finish(self) -> Result<WrittenFiles, Fatal> {
        let mut written = WrittenFiles::default();
        for (_, file) in self.files {
            written.add(Beside::Rejects, file.finish()?);
        }
        Ok(written)
    }
}

/// A cell without the `'` of an earlier escape, so that writing it does not add a second one.
fn unescaped(cell: &str, escaped: bool) -> &str {
    if escaped { unescape_formula(cell) } else { cell }
}

/// Makes an input's rejects file: with its own columns, or with ours for vCards and for a table
/// without a header.
fn rejects_of(input: &Input, output: OutputFile, whole: bool) -> Rejects {
    let delimiter = match &input.facts {
        Some(Facts::Csv(facts)) => facts.delimiter.as_byte(),
        Some(Facts::Sheet(_)) | None => b',',
    };
    let header: Vec<String> = match input.facts {
        Some(_) if !input.mapping.is_headerless() => {
            let may_be_escaped = input.mapping.may_be_escaped();
            input.header.iter().map(|cell| unescaped(cell, may_be_escaped).to_owned()).collect()
        }
        Some(_) => list_columns(input),
        None => Card::columns(CARD_NUMBERS),
    };
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let source = &input.source.name;
    Rejects::new(output, &List { source, header: &header, delimiter, campaign: "", whole })
}

/// Columns for a table without a header, so that its rejects can be given back: `to` if a cell is
/// the recipient, and `cell_N` for the others.
fn list_columns(input: &Input) -> Vec<String> {
    let to = input.mapping.to_column();
    let name = |cell| if Some(cell) == to { "to".to_owned() } else { format!("cell_{}", cell + 1) };
    (0..input.header.len()).map(name).collect()
}
