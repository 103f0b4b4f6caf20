//! What a run has come to: counts, files, warnings, and how it ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::beside_files::WrittenFiles;
use super::not_sent_files::NotSentFiles;
use crate::config::Config;
use crate::eligibility::held::Held;
use crate::exit::Fatal;
use crate::record::Error;
use crate::record::ledger::{Compaction, Ledger, SetAside};
use crate::report::format::counted;
use crate::report::speed::Speed;
use crate::report::tally::{ErrorCounts, MessageCounts, NotReached};
use crate::report::terminal;
use crate::send::engine::End;

/// The result of a run.
#[derive(Debug, Default)]
pub(super) struct Finished {
    pub(super) messages: MessageCounts,
    /// The messages that were not reached and are counted as what they are.
    pub(super) not_reached: NotReached,
    /// The held messages by reason.
    pub(super) held: BTreeMap<Held, u64>,
    pub(super) errors: ErrorCounts,
    pub(super) end: Option<End>,
    /// An error that ends the run with its own exit code.
    pub(super) fatal: Option<Fatal>,
    pub(super) elapsed: Duration,
    /// How fast the outcomes came, if a report shows it.
    pub(super) speed: Option<Speed>,
    pub(super) rejects: Vec<PathBuf>,
    pub(super) not_sent: Vec<PathBuf>,
    pub(super) warnings: Vec<String>,
    /// True if there is a results file to show.
    pub(super) results: bool,
}

impl Finished {
    pub(super) fn note_recovered(&mut self, recovered: usize, hold_unknown: bool) {
        if recovered == 0 {
            return;
        }
        let outcome = match hold_unknown {
            true => "left as unknown (--on-unknown hold)",
            false => "tried again with the same messageId (--on-unknown hold leaves them)",
        };
        let warning = format!(
            "the last run ended without a summary: {} in flight, {outcome}",
            counted(recovered as u64, "message")
        );
        // Printed at once: only this run knows of it, and it may end before its summary.
        terminal::message(&warning);
        self.warnings.push(warning);
    }

    pub(super) fn note_old_columns(&mut self, why: Option<&Error>) {
        if let Some(error) = why {
            self.warnings.push(format!(
                "the results do not get the columns card_id, to_source and to_line: {error}"
            ));
        }
    }

    pub(super) fn note_set_aside(&mut self, results: &Path, set_aside: Option<&SetAside>) {
        if let Some(SetAside { path, lines, unknown }) = set_aside {
            self.warnings.push(format!(
                "{} of {} could not be read and stand in {} now: {}",
                counted(*lines, "line"),
                results.display(),
                path.display(),
                broken_are_unknown(*unknown)
            ));
        }
    }

    pub(super) fn note_settings(&mut self, config: &Config) {
        self.warnings.clone_from(&config.warnings);
        if !config.output.quiet {
            // Before the question, too.
            config.warnings.iter().for_each(|warning| terminal::message(warning));
        }
    }

    pub(super) fn note_rejects(&mut self, written: WrittenFiles) {
        self.warnings.extend(written.warnings);
        self.rejects = written.paths;
    }

    /// Counts messages that were not reached as held, refused, failed or unknown: they are not new.
    pub(super) fn count_not_reached(&mut self, not_reached: NotReached) {
        self.messages.count_not_reached(&not_reached);
        for (held, number) in &not_reached.held {
            *self.held.entry(*held).or_default() += number;
        }
        self.not_reached = not_reached;
    }

    /// The messages that were not reached and that the same command sends.
    pub(super) fn to_send_again(&self) -> u64 {
        self.messages.left + self.not_reached.to_send()
    }

    /// Takes the messages that were not reached. Without them the not-sent files would not be whole,
    /// so those of the earlier run stay.
    pub(super) fn note_rest(
        &mut self,
        rest: Result<NotReached, Fatal>,
        not_sent: &mut NotSentFiles,
    ) {
        match rest {
            Ok(rest) => self.count_not_reached(rest),
            Err(error) => {
                *not_sent = NotSentFiles::default();
                self.fatal.get_or_insert(error);
            }
        }
    }

    /// Puts the not-sent files into place. When one cannot be written, the results are whole.
    pub(super) fn finish_not_sent(&mut self, files: NotSentFiles) {
        match files.finish() {
            Ok(written) => {
                self.warnings.extend(written.warnings);
                self.not_sent = written.paths;
            }
            Err(error) => {
                self.fatal.get_or_insert(error);
            }
        }
    }

    pub(super) fn compact(&mut self, ledger: Ledger) {
        let compaction = ledger.compact();
        self.note_compaction(&compaction);
    }

    pub(super) fn note_compaction(&mut self, compaction: &Compaction) {
        if let Compaction::NotPossible(error) = compaction {
            self.warnings.push(format!("the results keep superseded lines: {error}"));
        }
    }
}

/// What counts of lines that cannot be read.
pub(super) fn broken_are_unknown(unknown: u64) -> String {
    match unknown {
        0 => "nothing that they say counts".to_owned(),
        _ => format!("{} in them may have been sent (unknown)", counted(unknown, "message")),
    }
}
