//! The summary after a run, as text and as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::findings::show_findings;
use super::format::{COMMAND, add_line, counted, explained};
use super::plan::show_rows;
use super::tally::{ErrorCounts, MessageCounts, RowCounts, Tally};
use crate::eligibility::held::Held;
use crate::read::Place;
use crate::record::ledger::time;
use crate::units::printable::printable_json;
use crate::units::{show_duration, show_number};

/// The summary of a run.
#[derive(Debug)]
pub struct Summary<'a> {
    /// The counts of rows.
    pub tally: &'a Tally,
    /// The counts of messages.
    pub messages: MessageCounts,
    /// The messages among the refused ones that an earlier run left refused.
    pub refused_before: u64,
    /// The held messages by reason.
    pub held: &'a BTreeMap<Held, u64>,
    /// This run's failures by code.
    pub errors: &'a ErrorCounts,
    /// The exit code.
    pub exit: u8,
    /// The reason why sending ended early, and what to do about it.
    pub ended: Option<String>,
    /// When the run began.
    pub run: Option<Timestamp>,
    /// When the run ended.
    pub finished_at: Timestamp,
    /// The time that sending took.
    pub elapsed: Duration,
    /// The results file, if there is one.
    pub results: Option<&'a Path>,
    /// The rejects files that were written.
    pub rejects: &'a [std::path::PathBuf],
    /// The not-sent files that were written.
    pub not_sent: &'a [std::path::PathBuf],
    /// The command that sends what is left.
    pub go_on: Option<String>,
    /// Warnings.
    pub warnings: &'a [String],
    /// True if names and numbers may be shown.
    pub show_values: bool,
    /// True if the plan has shown what is wrong with the rows.
    pub findings_shown: bool,
    /// True if this was a check.
    pub check: bool,
}

impl Summary<'_> {
    /// The summary as text; `place` formats a place.
    #[must_use]
    pub fn show(&self, place: &dyn Fn(Place) -> String) -> String {
        let mut text = self.headline();
        if let Some(ended) = &self.ended {
            add_line(&mut text, "stopped", ended);
        }
        if !self.check {
            show_rows(&mut text, self.tally);
            add_line(&mut text, "messages", self.show_messages());
        }
        text.push_str(&show_errors(self.errors));
        if !self.check {
            text.push_str(&show_held(self.held));
        }
        if !self.check && self.messages.refused > 0 {
            let what = "not tried again, except with --retry-refused, or --retry-refused=CODE for one code";
            add_line(&mut text, "refused", what);
        }
        if !self.findings_shown {
            show_findings(&mut text, self.tally, self.show_values, place);
        }
        if let Some(results) = self.results {
            add_line(&mut text, "results", results.display());
        }
        for rejects in self.rejects {
            let what = "fix the rows there and send that file with the same options";
            add_line(&mut text, "rejects", format!("{} ({what})", rejects.display()));
        }
        for not_sent in self.not_sent {
            let what = "each message with the reason and what to do";
            add_line(&mut text, "not sent", format!("{} ({what})", not_sent.display()));
        }
        if self.check && self.rejects.is_empty() && self.tally.rows.rejected > 0 {
            let what = "written to a file for you to fix when the list is sent, or now with --rejects FILE";
            add_line(&mut text, "rejects", what);
        }
        for warning in self.warnings {
            add_line(&mut text, "warning", warning);
        }
        if let Some(command) = &self.go_on {
            add_line(&mut text, COMMAND, command);
        }
        text
    }

    /// The first line.
    fn headline(&self) -> String {
        let messages = &self.messages;
        if self.check {
            let rejected = match self.tally.rows.rejected {
                0 => "no row is rejected".to_owned(),
                number => format!("{} rejected", counted(number, "row")),
            };
            return format!("checked: {} to send, {rejected}\n", counted(messages.left, "message"));
        }
        if self.elapsed.is_zero() {
            return match messages.already_sent {
                _ if messages.left > 0 => "nothing was sent\n".to_owned(),
                0 => "nothing to send\n".to_owned(),
                number => format!("nothing to send: {} sent before\n", counted(number, "message")),
            };
        }
        sent_in(messages.sent, self.elapsed)
    }

    /// The messages as a sum, which shows that none is missing.
    fn show_messages(&self) -> String {
        let messages = &self.messages;
        let mut text = format!(
            "{} = {} sent + {} sent before",
            show_number(messages.total),
            show_number(messages.sent),
            show_number(messages.already_sent)
        );
        let refused = match self.refused_before {
            0 => "refused".to_owned(),
            before => format!("refused ({} before)", show_number(before)),
        };
        for (number, what) in [
            (messages.refused, &*refused),
            (messages.failed, "failed"),
            (messages.unknown, "unknown"),
            (messages.held, "held"),
            (messages.left, "left"),
        ] {
            if number > 0 {
                text.push_str(&format!(" + {} {what}", show_number(number)));
            }
        }
        text
    }

    /// The summary as JSON on one line that can be printed.
    ///
    /// # Errors
    /// As of `serde_json`; it has none for numbers and texts.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let json = serde_json::to_string(&Json {
            rows: self.tally.rows,
            messages: self.messages,
            refused_before: self.refused_before,
            held_unknown: self.tally.edited.held_in_doubt(),
            held_reasons: Held::ALL
                .map(|held| (held.code(), self.held.get(&held).copied().unwrap_or(0)))
                .into(),
            run: self.run.map(time),
            finished_at: time(self.finished_at),
            exit: self.exit,
            stopped: self.ended.as_deref(),
            reject_codes: self
                .tally
                .rejects
                .iter()
                .map(|(code, kind)| (*code, kind.number))
                .collect(),
            skipped_reasons: self
                .tally
                .skipped
                .iter()
                .map(|(reason, number)| (reason.code(), *number))
                .collect(),
            remarks: self
                .tally
                .notes
                .iter()
                .map(|(kind, notes)| (kind.code(), notes.number))
                .collect(),
            error_codes: self
                .errors
                .iter()
                .map(|(code, error)| (code.as_str(), error.messages))
                .collect(),
            elapsed_ms: u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
            results: self.results.map(|path| path.display().to_string()),
            rejects: self.rejects.iter().map(|path| path.display().to_string()).collect(),
            not_sent: self.not_sent.iter().map(|path| path.display().to_string()).collect(),
            warnings: self.warnings,
        })?;
        Ok(printable_json(&json).into_owned())
    }
}

/// The first line after sending. The rate of a few messages or of a moment would mean nothing.
fn sent_in(sent: u64, elapsed: Duration) -> String {
    let rate = match elapsed.as_secs_f64() {
        seconds if seconds > 0.2 && sent > 1 => format!(", {:.1}/s", sent as f64 / seconds),
        _ => String::new(),
    };
    format!("sent {} in {}{rate}\n", counted(sent, "message"), show_duration(elapsed))
}

/// The held messages by reason, each with its meaning.
fn show_held(held: &BTreeMap<Held, u64>) -> String {
    explained("held", held.iter().map(|(held, number)| (*number, held.code(), held.meaning())))
}

/// The failures by code, each with its meaning.
fn show_errors(errors: &ErrorCounts) -> String {
    let errors = errors.iter().map(|(code, error)| (error.messages, &**code, error.meaning));
    explained("errors", errors)
}

/// The format of `--summary-json`. Keys may be added, but are never renamed.
#[derive(Serialize)]
struct Json<'a> {
    rows: RowCounts,
    messages: MessageCounts,
    /// The number of `messages.refused` that an earlier run left refused; the others are new.
    refused_before: u64,
    /// The number of `messages.held` whose earlier form is `unknown`; they count for the exit code.
    held_unknown: u64,
    /// The number of `messages.held` for each reason.
    held_reasons: BTreeMap<&'static str, u64>,
    /// As in the results' `run` column; null when the run ended before its first pass was done.
    run: Option<Cow<'a, str>>,
    finished_at: Cow<'a, str>,
    exit: u8,
    stopped: Option<&'a str>,
    reject_codes: BTreeMap<&'static str, u64>,
    skipped_reasons: BTreeMap<&'static str, u64>,
    remarks: BTreeMap<&'static str, u64>,
    error_codes: BTreeMap<&'a str, u64>,
    elapsed_ms: u64,
    results: Option<String>,
    rejects: Vec<String>,
    not_sent: Vec<String>,
    warnings: &'a [String],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_shown_when_it_means_something() {
        for (sent, millis, line) in [
            (1_200, 60_000, "sent 1,200 messages in 1 min 0 s, 20.0/s\n"),
            (2, 200, "sent 2 messages in 0.2 s\n"),
            (1, 3_000, "sent 1 message in 3.0 s\n"),
        ] {
            assert_eq!(sent_in(sent, Duration::from_millis(millis)), line);
        }
    }
}
