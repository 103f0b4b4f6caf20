//! The summary after a run, as text and as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::format::{COMMAND, add_line, counted, show_rate};
use super::next_step::{
    by_number, code_meaning, held_next_step, held_words, next_step, refused_words,
};
use super::tally::{ErrorCounts, MessageCounts, NotReached, RowCounts, Tally};
use crate::eligibility::held::Held;
use crate::record::ledger::time;
use crate::send::outcome::Status;
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
    /// They by code.
    pub refused_codes: BTreeMap<String, u64>,
    /// The messages that an earlier run left unknown and this one leaves alone.
    pub unknown_before: u64,
    /// The messages that were not reached and are counted as held, refused, failed or unknown.
    pub not_reached: &'a NotReached,
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
    /// The options of this run that must not be given again with a not-sent file.
    pub leave_out: Vec<&'static str>,
    /// The options that the messages of the not-sent files need to be sent, beside those of this run.
    pub give_also: Vec<&'static str>,
    /// The command that sends what is left.
    pub go_on: Option<String>,
    /// Warnings.
    pub warnings: &'a [String],
}

impl Summary<'_> {
    /// The summary of sending as text.
    #[must_use]
    pub fn show(&self) -> String {
        let mut text = self.headline();
        text.push('\n');
        if let Some(ended) = &self.ended {
            add_line(&mut text, "stopped", ended);
        }
        add_line(&mut text, "messages", self.show_messages());
        text.push_str(&self.show_not_sent());
        self.show_rejects(&mut text);
        self.show_lists(&mut text);
        if let Some(results) = self.results {
            add_line(&mut text, "results", results.display());
        }
        for warning in self.warnings {
            add_line(&mut text, "warning", warning);
        }
        if let Some(command) = &self.go_on {
            add_line(&mut text, COMMAND, command);
        }
        // Without a line the blank one stands for nothing.
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// What a check has to say behind its plan.
    #[must_use]
    pub fn show_check(&self) -> String {
        let mut text = String::new();
        self.show_rejects(&mut text);
        self.show_lists(&mut text);
        for warning in self.warnings {
            add_line(&mut text, "warning", warning);
        }
        text
    }

    /// The first line.
    fn headline(&self) -> String {
        let messages = &self.messages;
        if self.elapsed.is_zero() {
            return match messages.already_sent {
                _ if messages.left + self.not_reached.to_send() > 0 => {
                    "nothing was sent\n".to_owned()
                }
                0 => "nothing to send\n".to_owned(),
                number => format!("nothing to send: {} sent before\n", counted(number, "message")),
            };
        }
        sent_in(messages, self.elapsed)
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

    /// The messages that did not go out, by reason; with those that were sent they are all.
    fn show_not_sent(&self) -> String {
        let held = self.held.iter().map(|(held, number)| {
            let (words, next) = (held_words(*held), held_next_step(*held));
            (*number, format!("{words} (held): {next}"))
        });
        let (mut not_sent, mut unknown): (Vec<_>, Vec<_>) = (held.collect(), Vec::new());
        for (code, error) in self.errors {
            let meaning = code_meaning(code).unwrap_or(error.meaning);
            for (status, number) in error.by_status() {
                let list = if status == Status::Unknown { &mut unknown } else { &mut not_sent };
                list.push((number, format!("{meaning} ({code}): {}", next_step(status, code))));
            }
        }
        for list in [&mut not_sent, &mut unknown] {
            list.sort_by(|(a, what), (b, other)| b.cmp(a).then(what.cmp(other)));
        }
        self.add_refused_before(&mut not_sent);
        let NotReached { need_the_option, failed, unknown: in_doubt, .. } = *self.not_reached;
        let wrote_since = self.not_reached.refused() - need_the_option;
        not_sent.extend([
            (need_the_option, "not reached, refused before: --retry-refused sends them".to_owned()),
            (
                wrote_since,
                "not reached, refused before; they wrote since: the next run sends them".to_owned(),
            ),
            (failed, "not reached, failed before: the next run sends them".to_owned()),
        ]);
        unknown.extend([
            (in_doubt, "not reached, unknown before: the next run tries them again".to_owned()),
            (self.unknown_before, "may have been sent before, left alone".to_owned()),
        ]);
        let left = vec![(self.messages.left, "not reached: the next run sends them".to_owned())];
        let mut groups = [("not sent", not_sent), ("unknown", unknown), ("left", left)];
        groups.iter_mut().for_each(|(_, list)| list.retain(|(number, _)| *number > 0));
        let numbers = groups.iter().flat_map(|(_, list)| list.iter().map(|(number, _)| number));
        let digits = numbers.map(|number| show_number(*number).len()).max().unwrap_or(0);
        let mut text = String::new();
        for (label, list) in groups {
            for (index, (number, what)) in list.into_iter().enumerate() {
                let label = if index == 0 { label } else { "" };
                add_line(&mut text, label, format!("{:>digits$}  {what}", show_number(number)));
            }
        }
        text
    }

    /// Adds the messages that an earlier run left refused and that this one left alone, by code.
    fn add_refused_before(&self, lines: &mut Vec<(u64, String)>) {
        let again = &self.not_reached.refused_codes;
        for (code, number) in by_number(&self.refused_codes) {
            let words = match refused_words(code) {
                Some(words) => format!("{words}, refused before: "),
                None => "refused before: ".to_owned(),
            };
            let alone = number - again.get(code).copied().unwrap_or(0);
            lines.push((alone, format!("{words}{}", next_step(Status::Refused, code))));
        }
    }

    /// The files of what was not sent.
    fn show_lists(&self, text: &mut String) {
        let without = match self.leave_out.is_empty() {
            true => String::new(),
            false => format!(", without {}", self.leave_out.join(" and ")),
        };
        let also: String = self.give_also.iter().map(|option| format!(" and {option}")).collect();
        let kinds = match self.kinds_not_sent().as_slice() {
            [kinds @ .., last] if !kinds.is_empty() => format!("{} and {last}", kinds.join(", ")),
            kinds => kinds.concat(),
        };
        for path in self.not_sent {
            let what = format!("{kinds} ones; send it with the same options{also}{without}");
            add_line(text, "list", format!("{}   {what}", path.display()));
        }
    }

    /// The kinds of messages that the not-sent files have.
    fn kinds_not_sent(&self) -> Vec<&'static str> {
        let MessageCounts { refused, failed, unknown, held, .. } = self.messages;
        [("refused", refused), ("failed", failed), ("unknown", unknown), ("held", held)]
            .into_iter()
            .filter_map(|(kind, number)| (number > 0).then_some(kind))
            .collect()
    }

    fn show_rejects(&self, text: &mut String) {
        let rows = match self.rejects {
            [_] => format!("{}: correct them", counted(self.tally.rows.rejected, "row")),
            _ => "correct its rows".to_owned(),
        };
        for rejects in self.rejects {
            let what = format!("{rows}, then send it in place of its list");
            add_line(text, "fix", format!("{}   {what}", rejects.display()));
        }
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
            refused_before_codes: &self.refused_codes,
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
                .map(|(reason, kind)| (reason.code(), kind.number))
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
fn sent_in(messages: &MessageCounts, elapsed: Duration) -> String {
    let MessageCounts { total, already_sent, sent, .. } = *messages;
    let rate = match elapsed.as_secs_f64() {
        seconds if seconds > 0.2 && sent > 1 => format!(", {}", show_rate(sent as f64 / seconds)),
        _ => String::new(),
    };
    let time = format!("in {}{rate}", show_duration(elapsed));
    let [now, all, together] = [sent, total, sent + already_sent].map(show_number);
    match already_sent {
        0 => format!("{now} of {all} sent {time}\n"),
        _ => format!("{now} sent {time}; with those before {together} of {all}\n"),
    }
}

/// The format of `--summary-json`. Keys may be added, but are never renamed.
#[derive(Serialize)]
struct Json<'a> {
    rows: RowCounts,
    messages: MessageCounts,
    /// The number of `messages.refused` that an earlier run left refused; the others are new.
    refused_before: u64,
    /// The number of `refused_before` for each error code.
    refused_before_codes: &'a BTreeMap<String, u64>,
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
        for (sent, already_sent, millis, line) in [
            (1_200, 0, 60_000, "1,200 of 1,200 sent in 1 min 0 s, 20.0/s\n"),
            (2, 0, 200, "2 of 1,200 sent in 0.2 s\n"),
            (4, 0, 120_000, "4 of 1,200 sent in 2 min 0 s, 2/min\n"),
            (1, 3, 3_000, "1 sent in 3.0 s; with those before 4 of 1,200\n"),
        ] {
            let messages = MessageCounts { total: 1_200, sent, already_sent, ..Default::default() };
            assert_eq!(sent_in(&messages, Duration::from_millis(millis)), line);
        }
    }
}
