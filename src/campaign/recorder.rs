//! The one writer: every outcome goes through here into the ledger, the counts and the progress.
//! Beside it, [`Notes`] writes down what is about to be posted.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Finished;
use super::inputs::Inputs;
use super::prior_runs::PriorRuns;
use crate::exit::Fatal;
use crate::prepare::message::{Contact, Message};
use crate::record::Error;
use crate::record::in_flight::InFlight;
use crate::record::ledger::{Entry, Ledger};
use crate::report::progress::Progress;
use crate::report::tally::{ErrorCount, ErrorCounts, MessageCounts};
use crate::report::terminal;
use crate::send::engine::{Event, Job};
use crate::send::outcome::{Outcome, Receipt, Status};

/// Writes down what becomes of each message.
pub(super) struct Recorder<'a> {
    pub(super) ledger: Ledger,
    pub(super) prior: &'a PriorRuns,
    pub(super) heading: &'a Heading<'a>,
    pub(super) progress: Progress,
    pub(super) messages: MessageCounts,
    /// This run's failures by code.
    pub(super) errors: ErrorCounts,
    pub(super) elapsed: Duration,
    /// What kept us from writing.
    pub(super) trouble: Option<Error>,
}

/// What all lines of a run have in common.
pub(super) struct Heading<'a> {
    pub(super) lists: &'a Inputs,
    /// The gateway as the ledger names it.
    pub(super) gateway: String,
    /// When the run began.
    pub(super) run: Timestamp,
}

impl Recorder<'_> {
    /// Takes note of an event; breaks when that was not possible.
    pub(super) fn note(&mut self, event: Event<'_>) -> ControlFlow<()> {
        let noted = match event {
            Event::Settled(job, outcome) => {
                self.settle(job, outcome);
                Ok(())
            }
            Event::Heard => self.ledger.flush(),
            Event::Tick(pulse) => {
                self.elapsed = pulse.elapsed;
                self.progress.show(&pulse, &self.messages);
                self.ledger.flush().and_then(|()| self.ledger.sync_if_due(Instant::now()))
            }
        };
        match noted {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.trouble.get_or_insert(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Puts the files in order after sending, and hands the counts over.
    pub(super) fn finish(mut self, notes: Notes<'_>, finished: &mut Finished) {
        self.progress.finish();
        finished.messages = self.messages;
        finished.elapsed = self.elapsed;
        finished.errors = std::mem::take(&mut self.errors);
        if let Err(unwritten) = self.ledger.rescue() {
            // The last resort: what is known must not be lost with the disk.
            terminal::line(&unwritten.csv);
            let text = format!(
                "{}; the outcomes above could not be written: save them as a file and add it with --ledger",
                unwritten.error
            );
            finished.fatal = Some(Fatal::internal(text));
            return;
        }
        if let Some(error) = self.trouble.or(notes.trouble) {
            finished.fatal = Some(error.into());
        }
        match self.ledger.finish(notes.in_flight) {
            Ok(compaction) => finished.note_compaction(&compaction),
            Err(error) => finished.fatal = Some(error.into()),
        }
    }

    fn settle(&mut self, job: &Job, outcome: &Outcome) {
        self.messages.settle(outcome.status);
        if let Err(failure) = &outcome.result
            && outcome.status != Status::Sent
        {
            let none = ErrorCount { messages: 0, meaning: failure.kind.sentence() };
            self.errors.entry(failure.code.to_string()).or_insert(none).messages += 1;
        }
        let earlier = self.prior.attempts(&job.message.id.key());
        let phone = numbers(&job.message.contact);
        let words = Words::of(outcome);
        let entry = Entry {
            status: outcome.status,
            wamid: words.wamid,
            gateway_status: words.gateway_status,
            gateway_message_id: words.gateway_message_id,
            http_status: words.http_status,
            error_code: &words.error_code,
            error: &words.error,
            attempts: earlier.saturating_add(outcome.attempts),
            sent_at: Some(outcome.sent_at),
            latency_ms: Some(u64::try_from(outcome.latency.as_millis()).unwrap_or(u64::MAX)),
            ..self.heading.entry(&job.message, &phone)
        };
        self.ledger.take(&entry);
    }
}

/// Notes messages before they are posted: the one writer of the in-flight file.
pub(super) struct Notes<'a> {
    pub(super) in_flight: InFlight,
    pub(super) heading: &'a Heading<'a>,
    /// What kept us from writing.
    pub(super) trouble: Option<Error>,
}

impl Notes<'_> {
    /// Puts messages that are about to be posted onto the disk; breaks when that was not possible.
    pub(super) fn take(&mut self, jobs: &[Box<Job>]) -> ControlFlow<()> {
        let phones: Vec<String> = jobs.iter().map(|job| numbers(&job.message.contact)).collect();
        let messages = jobs.iter().map(|job| &job.message).zip(&phones);
        let entries: Vec<Entry<'_>> =
            messages.map(|(message, phone)| self.heading.entry(message, phone)).collect();
        match self.in_flight.append(&entries) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.trouble.get_or_insert(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Heading<'_> {
    /// A message's line before anything is known of its outcome.
    fn entry<'e>(&'e self, message: &'e Message, phone: &'e str) -> Entry<'e> {
        Entry {
            message_id: message.id.as_str(),
            campaign: &message.origin.campaign,
            from: message.origin.from.as_str(),
            to: message.to.as_str(),
            name: &message.contact.name,
            phone,
            status: Status::Unknown,
            wamid: "",
            gateway_status: "",
            gateway_message_id: "",
            http_status: None,
            error_code: "",
            error: "",
            attempts: 0,
            sent_at: None,
            latency_ms: None,
            source: self.lists.source_name(message.contact.place.source),
            line: Some(message.contact.place.line),
            gateway: &self.gateway,
            run: self.run,
        }
    }
}

/// All of a card's numbers, separated by blanks.
fn numbers(contact: &Contact) -> String {
    let numbers: Vec<&str> = contact.phones.iter().map(|phone| phone.number.as_str()).collect();
    numbers.join(" ")
}

/// An outcome's reply or failure, as the columns have it.
struct Words<'a> {
    wamid: &'a str,
    gateway_status: &'a str,
    gateway_message_id: &'a str,
    http_status: Option<u16>,
    error_code: String,
    error: String,
}

impl<'a> Words<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        match &outcome.result {
            Ok(reply) => Self::of_receipt(&reply.receipt, Some(reply.http_status)),
            // A repeat that the gateway knew: the answer to the first one was lost.
            Err(failure) if outcome.status == Status::Sent => Self {
                gateway_status: "duplicate",
                ..Self::of_receipt(&failure.receipt, failure.http_status)
            },
            Err(failure) => Self {
                error_code: failure.code.to_string(),
                error: failure.in_full(),
                ..Self::of_receipt(&failure.receipt, failure.http_status)
            },
        }
    }

    fn of_receipt(receipt: &'a Receipt, http_status: Option<u16>) -> Self {
        Self {
            wamid: receipt.wamid.as_deref().unwrap_or_default(),
            gateway_status: &receipt.gateway_status,
            gateway_message_id: receipt.gateway_message_id.as_deref().unwrap_or_default(),
            http_status,
            error_code: String::new(),
            error: String::new(),
        }
    }
}
