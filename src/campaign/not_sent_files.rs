//! Writes the messages that were not sent to their inputs' not-sent files.
//!
//! The messages that this run posts are written when they end; `unsent_rest` writes the others.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::beside_files::{WrittenFiles, beside, check_name, flag};
use super::inputs::{Input, Inputs};
use crate::config::Config;
use crate::eligibility::heard::{Heard, HeardTimes};
use crate::eligibility::held::Held;
use crate::eligibility::session::Missing;
use crate::exit::Fatal;
use crate::prepare::message::Message;
use crate::read::{Place, SourceId};
use crate::record::Error;
use crate::record::names::Beside;
use crate::record::not_sent::{Columns, NotSent, Unsent};
use crate::record::output_file::OutputFile;
use crate::report::next_step::{held_next_step, next_step};
use crate::send::outcome::Status;

/// The not-sent files of a run, one for each input.
#[derive(Debug, Default)]
pub(super) struct NotSentFiles {
    planned: HashMap<SourceId, Planned>,
    files: HashMap<SourceId, NotSent>,
    has_times: bool,
    /// The first error of a write; nothing more is written then.
    error: Option<Error>,
}

/// The file of an input before its columns are known.
#[derive(Debug)]
struct Planned {
    output: OutputFile,
    source: String,
    whole: bool,
}

/// The reason why a message was not sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Why<'a> {
    status: &'a str,
    code: &'a str,
    reason: &'a str,
    next_step: &'a str,
}

impl<'a> Why<'a> {
    /// It is held.
    pub(super) fn held(held: Held) -> Self {
        Self {
            status: "held",
            code: held.code(),
            reason: held.meaning(),
            next_step: held_next_step(held),
        }
    }

    /// It ended with this status.
    pub(super) fn ended(status: Status, code: &'a str, reason: &'a str) -> Self {
        Self { status: status.as_str(), code, reason, next_step: next_step(status, code) }
    }
}

impl NotSentFiles {
    /// Plans a file beside each input, or the one that `--not-sent` names. A check and a rehearsal
    /// have none without `--not-sent`.
    ///
    /// # Errors
    /// When one file is to take the messages of several inputs, or cannot take any.
    pub(super) fn new(inputs: &Inputs, config: &Config) -> Result<Self, Fatal> {
        let all: Vec<&Input> = inputs.inputs.iter().collect();
        let paths: Vec<PathBuf> = match &config.files.not_sent {
            None if !config.target.is_real() => return Ok(Self::default()),
            Some(path) if !path.as_os_str().is_empty() => match all.len() {
                1 => {
                    check_name(Beside::NotSent, path)?;
                    vec![path.clone()]
                }
                _ => {
                    return Err(Fatal::usage(
                        "--not-sent is one file, and there are several inputs: leave it out, and \
                         each input's messages are written beside it",
                    ));
                }
            },
            _ => beside(Beside::NotSent, &all, &config.files.results),
        };
        let whole = config.reading.rows.is_none() && config.reading.sample.is_none();
        let mut planned = HashMap::new();
        for (input, path) in all.into_iter().zip(&paths) {
            let output = OutputFile::open(flag(Beside::NotSent), path)?;
            let source = input.source.name.clone();
            planned.insert(input.source.id, Planned { output, source, whole });
        }
        let has_times = inputs.have_last_inbound() || needs_times(config);
        Ok(Self { planned, has_times, ..Self::default() })
    }

    /// The paths of the files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let begun = self.files.values().map(NotSent::path);
        self.planned.values().map(|planned| planned.output.path()).chain(begun)
    }

    /// Sets the most numbers of a card, which the files have columns for, and the campaign.
    pub(super) fn begin(&mut self, numbers: usize, campaign: &str) {
        let columns = Columns { numbers, last_inbound: self.has_times };
        for (id, Planned { output, source, whole }) in self.planned.drain() {
            self.files.insert(id, NotSent::new(output, &source, campaign, columns, whole));
        }
    }

    /// Writes one message, if its input has a not-sent file. An error is reported at the end: the
    /// outcomes are in the results.
    pub(super) fn write(
        &mut self,
        inputs: &Inputs,
        heard: &HeardTimes,
        message: &Message,
        why: Why<'_>,
    ) {
        let Some(place) = place_in_input(inputs, message) else { return };
        let Some(file) = self.files.get_mut(&place.source) else { return };
        if self.error.is_some() {
            return;
        }
        let Why { status, code, reason, next_step } = why;
        let last_inbound = match self.has_times {
            true => last_inbound(heard, message, code),
            false => String::new(),
        };
        let line = place.line;
        let last_inbound = &*last_inbound;
        let unsent = Unsent { message, line, last_inbound, status, code, reason, next_step };
        self.error = file.write(&unsent).err();
    }

    /// Returns whether there is no file to write to.
    pub(super) fn are_none(&self) -> bool {
        self.files.is_empty()
    }

    /// Moves the files into place. Every message that was not sent is in them.
    ///
    /// # Errors
    /// When one cannot be written.
    pub(super) fn finish(self) -> Result<WrittenFiles, Fatal> {
        if let Some(error) = self.error {
            return Err(error.into());
        }
        let mut written = WrittenFiles::default();
        for (_, file) in self.files {
            written.add(Beside::NotSent, file.finish()?);
        }
        Ok(written)
    }
}

/// Returns whether a message may be held because of when its recipient last wrote, whatever the
/// lists have. A file with that column is held by it when it is given back without these options.
fn needs_times(config: &Config) -> bool {
    let when = &config.when;
    let holds_unknown = when.window.is_some() && when.missing == Some(Missing::Hold);
    !when.inbound.is_empty() || holds_unknown
}

/// The cell that says when the recipient of a message last wrote. For a message that is held because
/// of a time that does not count, it is this time, as the list has it: else the file would let it go.
fn last_inbound(heard: &HeardTimes, message: &Message, code: &str) -> String {
    let Heard { latest, future, .. } = heard.get(&message.to);
    let unreadable = heard.unreadable(&message.to);
    let shown = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let bad = || unreadable.map(str::to_owned).or(shown(future));
    let cell = match code == Held::LastInboundBad.code() {
        true => bad().or(shown(latest)),
        false => shown(latest).or_else(bad),
    };
    cell.unwrap_or_default()
}

/// The row of a message in the run's inputs: the contact's, or the recipient's where a card is
/// sent to everybody in them.
fn place_in_input(inputs: &Inputs, message: &Message) -> Option<Place> {
    let is_input = |place: &Place| inputs.inputs.iter().any(|one| one.source.id == place.source);
    Some(message.contact.place).filter(is_input).or(message.to_place.filter(is_input))
}
