//! `--summary-json`: how the end of a run becomes one line of JSON, however the run ends.
//!
//! The destination is opened before anything else, so that a wrong one ends the run at once. A run
//! then always writes once: with its own counts, or with zeros when it ended before it had any.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::exit::{ExitCode, Fatal};
use crate::record::names;
use crate::record::output_file::{Destination, NamedFiles, check_no_name_of_ours, would_overwrite};
use crate::report::summary::Summary;
use crate::report::tally::{ErrorCounts, MessageCounts, NotReached, Tally};
use crate::report::terminal;

const FLAG: &str = "--summary-json";

/// The end of a run: its summary as JSON, and its exit code or the error that is still to be shown.
pub struct Ended {
    /// The summary, on one line.
    pub json: String,
    /// The exit code, or an error that the summary has too.
    pub result: Result<ExitCode, Fatal>,
}

impl Ended {
    /// A run that ended before it counted anything.
    #[must_use]
    pub fn before_counting(fatal: Fatal) -> Self {
        let json = json_without_counts(fatal.code, Some(fatal.message.clone()));
        Self { json, result: Err(fatal) }
    }
}

/// The summary of a run that counted nothing, as JSON.
pub(super) fn json_without_counts(exit: ExitCode, stopped: Option<String>) -> String {
    let summary = Summary {
        tally: &Tally::default(),
        messages: MessageCounts::default(),
        refused_before: 0,
        refused_codes: BTreeMap::new(),
        unknown_before: 0,
        not_reached: &NotReached::default(),
        run: None,
        finished_at: Timestamp::now(),
        held: &BTreeMap::new(),
        errors: &ErrorCounts::new(),
        exit: exit.number(),
        ended: stopped,
        elapsed: Duration::ZERO,
        results: None,
        rejects: &[],
        not_sent: &[],
        leave_out: Vec::new(),
        give_also: Vec::new(),
        go_on: None,
        warnings: &[],
    };
    // Numbers and texts can always be written as JSON.
    summary.to_json().unwrap_or_default()
}

/// The place for the summary of one run.
#[derive(Debug)]
pub struct SummaryJson(Option<Destination>);

impl SummaryJson {
    /// Opens the place, if there is one, before the run begins. `named` are the other files of the
    /// command.
    ///
    /// # Errors
    /// When it cannot be written, or another file would be overwritten: exit code 2.
    pub fn open(path: Option<&Path>, named: &NamedFiles) -> Result<Self, Fatal> {
        let Some(path) = path else { return Ok(Self(None)) };
        let destination = Destination::open(FLAG, path)?;
        if let Destination::File(file) = &destination {
            named.check(FLAG, path)?;
            check_replaceable(path)?;
            file.check_writable(FLAG)?;
        }
        Ok(Self(Some(destination)))
    }

    /// Returns whether the summary goes to standard output, which has nothing else then.
    #[must_use]
    pub fn is_on_stdout(&self) -> bool {
        matches!(self.0, Some(Destination::Stdout))
    }

    /// Writes the summary. When that fails the run ends with 1, the most severe code.
    ///
    /// # Errors
    /// The run's own error, and that the summary cannot be written.
    pub fn write(self, ended: Ended) -> Result<ExitCode, Fatal> {
        let line = format!("{}\n", ended.json);
        let written = match self.0 {
            None => Ok(()),
            Some(Destination::Stdout) => terminal::write_json(&ended.json)
                .map_err(|error| ("standard output".to_owned(), error)),
            Some(Destination::File(mut file)) => {
                let path = file.path().display().to_string();
                file.write(line.as_bytes()).map_err(|error| (path, error))
            }
        };
        let Err((path, error)) = written else { return ended.result };
        let unwritten = format!("the summary cannot be written to {path}: {error}");
        Err(match ended.result {
            Ok(_) => Fatal::internal(unwritten),
            Err(fatal) => Fatal::internal(format!("{fatal}; {unwritten}")),
        })
    }
}

/// Checks that a file which exists is a summary, or none that could be missed: a forgotten file
/// name makes the next word of the command line the summary's.
fn check_replaceable(path: &Path) -> Result<(), Fatal> {
    check_no_name_of_ours(FLAG, path)?;
    match fs::metadata(path) {
        Ok(there) if there.is_file() && !may_be_a_summary(path) => {
            Err(would_overwrite(FLAG, path, "is no summary"))
        }
        _ => Ok(()),
    }
}

/// Returns whether a file is empty, is called `….json`, or begins like JSON and is no list by its
/// name.
fn may_be_a_summary(path: &Path) -> bool {
    let mut first = [0];
    let begins = File::open(path).and_then(|mut file| file.read(&mut first));
    let is_called = |ending: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
    match begins {
        Ok(0) => true,
        Ok(_) => {
            is_called("json")
                || (first == *b"{" && !names::INPUT_ENDINGS.iter().any(|e| is_called(e)))
        }
        Err(_) => false,
    }
}
