//! Checks that no file that a run writes overwrites an input or another file of ours.
//!
//! `config` knows the files that options name; here the lists of folders and the rejects and
//! not-sent files beside the inputs are added. `--summary-json` is checked before, when it is
//! [opened](super::summary_json).

use super::beside_files::flag;
use super::inputs::Inputs;
use super::not_sent_files::NotSentFiles;
use super::reject_files::RejectsWriter;
use super::row_report;
use crate::config::Config;
use crate::config::named_files::keep_results;
use crate::exit::Fatal;
use crate::record::names::{self, Beside};
use crate::record::output_file::followed;
use crate::report::report_file::ReportFile;

/// Compares the results, rejects, not-sent files and reports of this run with every file that it reads or writes.
///
/// # Errors
/// When one would overwrite another: exit code 2, before anything is written.
pub(super) fn check(
    config: &Config,
    inputs: &Inputs,
    rejects: &RejectsWriter,
    not_sent: &NotSentFiles,
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
    let rejects = rejects.paths().map(|path| (Beside::Rejects, path, "takes the rejects"));
    let not_sent = not_sent.paths();
    let not_sent =
        not_sent.map(|path| (Beside::NotSent, path, "takes the messages that are not sent"));
    for (kind, path, what) in rejects.chain(not_sent) {
        for path in [path, &names::new_path(path)] {
            named.check(flag(kind), path)?;
        }
        named.keep(path, what);
    }
    for ReportFile { path, .. } in &config.output.report {
        named.check(row_report::FLAG, path)?;
        named.keep(path, "takes another report");
    }
    Ok(())
}
