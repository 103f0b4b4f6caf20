//! The only writer of outcomes: into the ledger, the not-sent files, the counts and the progress. [`InFlightWriter`] is
//! the only writer of the in-flight file.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::finished::Finished;
use super::inputs::Inputs;
use super::not_sent_files::{NotSentFiles, Why};
use super::prior_runs::PriorRuns;
use crate::eligibility::heard::HeardTimes;
use crate::eligibility::held::Held;
use crate::exit::Fatal;
use crate::prepare::message::{CardId, Contact, IdKey, Message};
use crate::read::Place;
use crate::record::Error;
use crate::record::in_flight::InFlight;
use crate::record::ledger::{Entry, Ledger, Rescued};
use crate::report::event_log::{self, LogEvent, Settled};
use crate::report::format::counted;
use crate::report::progress::Progress;
use crate::report::speed::Speed;
use crate::report::tally::{ErrorCount, ErrorCounts, MessageCounts};
use crate::report::terminal;
use crate::send::engine::{Event, Job};
use crate::send::outcome::{Outcome, Receipt, Status};

/// Records each message's outcome.
pub(super) struct Recorder<'a> {
    pub(super) ledger: Ledger,
    pub(super) prior: &'a PriorRuns,
    pub(super) run_columns: &'a RunColumns<'a>,
    pub(super) progress: Progress,
    pub(super) messages: MessageCounts,
    /// The held messages by reason.
    pub(super) held: BTreeMap<Held, u64>,
    /// With `--verbose`, the held messages that the plan has listed; the others are printed.
    pub(super) listed: Option<&'a HashSet<IdKey>>,
    /// This run's failures by code.
    pub(super) errors: ErrorCounts,
    pub(super) elapsed: Duration,
    /// True if the plan holds messages until their turn.
    pub(super) plan_holds: bool,
    /// The messages that this run settled or held, among those that earlier runs tried; all of them
    /// if the plan holds any.
    pub(super) ended: HashSet<IdKey>,
    /// How fast the outcomes came, for a report that shows it.
    pub(super) speed: Option<Speed>,
    /// Where messages that are not sent are written.
    pub(super) not_sent: &'a mut NotSentFiles,
    /// When the recipients last wrote.
    pub(super) heard: &'a HeardTimes,
    /// The first error of a write.
    pub(super) error: Option<Error>,
}

/// The columns that are the same in all lines of a run.
pub(super) struct RunColumns<'a> {
    pub(super) inputs: &'a Inputs,
    /// The ledger's name for the gateway.
    pub(super) gateway: String,
    /// The run's start time.
    pub(super) run: Timestamp,
}

impl<'a> Recorder<'a> {
    /// Records an event; breaks when a write failed.
    pub(super) fn record(&mut self, event: Event<'_>) -> ControlFlow<()> {
        let written = match event {
            Event::Settled(job, outcome) => {
                self.settle(job, outcome);
                Ok(())
            }
            Event::ForNow(message, outcome) => {
                let columns = OutcomeColumns::of(outcome);
                let phone = numbers(&message.contact);
                let card_id = Some(message.card_id());
                let entry = self.outcome_entry(message, card_id, &phone, outcome, &columns);
                self.ledger.take_for_now(&entry);
                Ok(())
            }
            Event::Held(job, held) => {
                self.hold(job, held);
                Ok(())
            }
            Event::Flush => self.ledger.flush(),
            Event::Tick(pulse) => {
                self.elapsed = pulse.elapsed;
                self.progress.show(&pulse, &self.messages);
                self.ledger.flush().and_then(|()| self.ledger.sync_if_due(Instant::now()))
            }
        };
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error.get_or_insert(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Completes the files after sending and moves the counts to `finished`.
    pub(super) fn finish(mut self, in_flight: InFlightWriter<'_>, finished: &mut Finished) {
        self.progress.finish();
        finished.messages = self.messages;
        finished.elapsed = self.elapsed;
        finished.speed = self.speed.take();
        finished.errors = std::mem::take(&mut self.errors);
        finished.held = std::mem::take(&mut self.held);
        match self.ledger.rescue() {
            Ok(Rescued::Written) => {}
            Ok(Rescued::PutBack { error, lines }) => {
                finished.fatal = Some(put_back(error, lines));
                return;
            }
            Err(unwritten) => {
                // The outcomes must not be lost with the file.
                terminal::records(&unwritten.csv);
                let error = Fatal::from(unwritten.error);
                let text = format!(
                    "{error}; the outcomes above could not be written: save them as a file and add it with --ledger"
                );
                finished.fatal = Some(Fatal::new(error.code, text));
                return;
            }
        }
        // The in-flight file stays when somebody has changed what this run relies on.
        let touched = self.error.as_ref().is_some_and(Error::is_touched);
        if let Some(error) = self.error.or(in_flight.error) {
            finished.fatal = Some(error.into());
        }
        if touched {
            return;
        }
        match self.ledger.finish(in_flight.file) {
            Ok(compaction) => finished.note_compaction(&compaction),
            Err(error) => finished.fatal = Some(error.into()),
        }
    }

    /// Counts a message that is held. Held messages are not in the results.
    fn hold(&mut self, job: &Job, held: Held) {
        self.messages.hold();
        self.note_ended(&job.message);
        *self.held.entry(held).or_default() += 1;
        let message = &job.message;
        log_held(self.run_columns.inputs, message, held);
        self.not_sent.write(self.run_columns.inputs, self.heard, message, Why::held(held));
        if self.listed.is_some_and(|listed| !listed.contains(&message.id.key())) {
            let place = self.run_columns.inputs.show_place(message.contact.place);
            self.progress.print(&format!("{place} held, {held}: {}", message.to));
        }
    }

    fn note_ended(&mut self, message: &Message) {
        let id = message.id.key();
        if self.plan_holds || self.prior.was_tried(&id) {
            self.ended.insert(id);
        }
    }

    fn settle(&mut self, job: &Job, outcome: &Outcome) {
        self.messages.settle(outcome.status);
        self.note_ended(&job.message);
        if let Err(failure) = &outcome.result
            && outcome.status != Status::Sent
        {
            let none = ErrorCount::none(failure.kind.sentence());
            self.errors.entry(failure.code.to_string()).or_insert(none).count(outcome.status);
        }
        if let Some(speed) = &mut self.speed {
            speed.count(outcome.sent_at, latency_ms(outcome));
        }
        let phone = numbers(&job.message.contact);
        let columns = OutcomeColumns::of(outcome);
        if outcome.status != Status::Sent {
            let why = Why::ended(outcome.status, &columns.error_code, &columns.error);
            self.not_sent.write(self.run_columns.inputs, self.heard, &job.message, why);
        }
        log_settled(self.run_columns.inputs, &job.message, outcome);
        let entry = self.outcome_entry(&job.message, job.card_id, &phone, outcome, &columns);
        self.ledger.take(&entry);
    }

    /// A message's line with its outcome.
    fn outcome_entry<'e>(
        &self,
        message: &'e Message,
        card_id: Option<CardId>,
        phone: &'e str,
        outcome: &Outcome,
        columns: &'e OutcomeColumns<'_>,
    ) -> Entry<'e>
    where
        'a: 'e,
    {
        let earlier = self.prior.attempts(&message.id.key());
        Entry {
            status: outcome.status,
            wamid: columns.wamid,
            gateway_status: columns.gateway_status,
            gateway_message_id: columns.gateway_message_id,
            http_status: columns.http_status,
            error_code: &columns.error_code,
            error: &columns.error,
            attempts: earlier.saturating_add(outcome.attempts),
            sent_at: Some(outcome.sent_at),
            latency_ms: Some(latency_ms(outcome)),
            card_id,
            ..self.run_columns.entry(message, phone)
        }
    }
}

/// Writes the event of a message that is held.
pub(super) fn log_held(inputs: &Inputs, message: &Message, held: Held) {
    if !event_log::is_on() {
        return;
    }
    let Place { source, line } = message.contact.place;
    let source = inputs.source_name(source);
    let message_id = message.id.as_str();
    event_log::write(&LogEvent::Held { message_id, source, line, error_code: held.code() });
}

/// Writes the event of a message that ended. The gateway's own words may hold names.
pub(super) fn log_settled(inputs: &Inputs, message: &Message, outcome: &Outcome) {
    if !event_log::is_on() {
        return;
    }
    let Place { source, line } = message.contact.place;
    let failure = outcome.result.as_ref().err().filter(|_| outcome.status != Status::Sent);
    let columns = OutcomeColumns::of(outcome);
    let settled = Settled {
        message_id: message.id.as_str(),
        source: inputs.source_name(source),
        line,
        error_code: failure.map(|_| columns.error_code.as_str()),
        meaning: failure.map(|failure| failure.kind.sentence()),
        http_status: columns.http_status,
        attempts: outcome.attempts,
        latency_ms: latency_ms(outcome),
    };
    event_log::write(&match outcome.status {
        Status::Sent => LogEvent::Sent(settled),
        Status::Refused => LogEvent::Refused(settled),
        Status::Failed => LogEvent::Failed(settled),
        Status::Unknown => LogEvent::Unknown(settled),
    });
}

/// The error of a run whose results somebody changed, after its outcomes are in the file again.
fn put_back(error: Error, lines: u64) -> Fatal {
    let error = Fatal::from(error);
    let outcomes = match lines {
        0 => "all outcomes of this run are in it".to_owned(),
        _ => format!(
            "{} of this run {} missing in it and {} written to it again",
            counted(lines, "outcome"),
            if lines == 1 { "was" } else { "were" },
            if lines == 1 { "was" } else { "were" },
        ),
    };
    Fatal::new(
        error.code,
        format!("{error}; {outcomes} (look at it, then run the same command again)"),
    )
}

/// Writes messages to the in-flight file before they are posted.
pub(super) struct InFlightWriter<'a> {
    pub(super) file: InFlight,
    pub(super) run_columns: &'a RunColumns<'a>,
    /// The first error of a write.
    pub(super) error: Option<Error>,
}

impl InFlightWriter<'_> {
    /// Writes messages that are about to be posted to disk; breaks when that failed.
    pub(super) fn write(&mut self, jobs: &[Box<Job>]) -> ControlFlow<()> {
        let phones: Vec<String> = jobs.iter().map(|job| numbers(&job.message.contact)).collect();
        let messages = jobs.iter().map(|job| &job.message).zip(&phones);
        let entries: Vec<Entry<'_>> =
            messages.map(|(message, phone)| self.run_columns.entry(message, phone)).collect();
        match self.file.append(&entries) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error.get_or_insert(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl RunColumns<'_> {
    /// A message's line before its outcome is known.
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
            source: self.inputs.source_name(message.contact.place.source),
            line: Some(message.contact.place.line),
            gateway: &self.gateway,
            run: self.run,
            card_id: None,
            to_source: message.to_place.map_or("", |place| self.inputs.source_name(place.source)),
            to_line: message.to_place.map(|place| place.line),
        }
    }
}

fn latency_ms(outcome: &Outcome) -> u64 {
    u64::try_from(outcome.latency.as_millis()).unwrap_or(u64::MAX)
}

/// All of a card's numbers, separated by blanks.
fn numbers(contact: &Contact) -> String {
    let numbers: Vec<&str> = contact.phones.iter().map(|phone| phone.number.as_str()).collect();
    numbers.join(" ")
}

/// The columns that come from an outcome's reply or failure.
struct OutcomeColumns<'a> {
    wamid: &'a str,
    gateway_status: &'a str,
    gateway_message_id: &'a str,
    http_status: Option<u16>,
    error_code: String,
    error: String,
}

impl<'a> OutcomeColumns<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        match &outcome.result {
            Ok(reply) => Self::of_receipt(&reply.receipt, Some(reply.http_status)),
            // The gateway knew the repeat: the answer to an earlier attempt was lost.
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
