//! Checks that no file that a run writes overwrites an input or another file of ours.
//!
//! `config` knows the files that options name; here the lists of folders and the rejects files
//! beside the inputs are added. `--summary-json` is checked before, when it is
//! [opened](super::summary_json).

use super::inputs::Inputs;
use super::reject_files::{self, RejectsWriter};
use super::row_report;
use crate::config::Config;
use crate::config::named_files::keep_results;
use crate::exit::Fatal;
use crate::record::names;
use crate::record::output_file::followed;
use crate::report::report_file::ReportFile;

/// Compares the results, rejects and reports of this run with every file that it reads or writes.
///
/// # Errors
/// When one would overwrite another: exit code 2, before anything is written.
pub(super) fn check(
    config: &Config,
    inputs: &Inputs,
    rejects: &RejectsWriter,
) -> Result<(), Fatal> {
    let results = &config.files.results;
    let mut named = config.files.read.clone();
    for input in inputs.inputs.iter().chain(&inputs.beside) {
        if let Some(path) = &input.source.path {
            named.keep(path, "is read as a list");
        }
    }
    if !config.target.is_check() {
        for path in names::files_of(&followed(results)) {
            named.check("--results", &path)?;
        }
    }
    config.files.ledgers.iter().for_each(|path| named.keep(path, "is a ledger"));
    keep_results(&mut named, results);
    for path in rejects.paths() {
        for path in [path, &names::new_path(path)] {
            named.check(reject_files::FLAG, path)?;
        }
        named.keep(path, "takes the rejects");
    }
    for ReportFile { path, .. } in &config.output.report {
        named.check(row_report::FLAG, path)?;
        named.keep(path, "takes another report");
    }
    Ok(())
}
