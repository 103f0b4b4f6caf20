//! A campaign: the whole way from the lists to the summary. `run` is its table of contents.
//!
//! `lists` opens what was given, of which `pick` lets the wanted rows pass; `prior` holds what
//! earlier runs say, `decide` what follows from that, `changed` which cards were sent under another
//! name. `survey` is the first pass over the rows, with `recipients` watching who gets more than one
//! card, and `feed` the second, both along `walk`.
//! `endpoint` is who they are posted to, `journal` writes down what becomes of each message,
//! `rejects` the rows that cannot be used, `places` sees that no file takes another's place, and
//! `outlook` tells all of it.

mod endpoint;
mod feed;
mod inputs;
mod output;
mod output_paths;
mod preflight;
mod prior_runs;
mod recipient_counts;
mod recorder;
mod reject_files;
mod row_filter;
mod scan;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use self::endpoint::Endpoint;
use self::feed::feed;
use self::inputs::Inputs;
pub use self::output::leave_no_old_summary;
use self::preflight::{Preflight, survey};
use self::prior_runs::PriorRuns;
use self::recorder::{Heading, Notes, Recorder};
use self::reject_files::{RejectsWriter, WrittenRejects};
use crate::config::{Config, Target};
use crate::exit::{ExitCode, Fatal};
use crate::record::ledger::{Compaction, Ledger};
use crate::record::lock::Lock;
use crate::report::format::counted;
use crate::report::progress::Progress;
use crate::report::tally::{ErrorCounts, MessageCounts};
use crate::report::terminal;
use crate::send::engine::{self, End};
use crate::send::gateway::Gateway;
use crate::signals::Stop;

/// Checks a campaign's lists and, unless it is only a check, sends what is not sent yet.
///
/// # Errors
/// What ends the run before or in the middle of sending; what was sent until then is recorded.
pub fn run(config: &Config) -> Result<ExitCode, Fatal> {
    let mut lists = Inputs::open(config)?;
    match config.target.is_check() {
        true => check(config, &mut lists),
        false => send(config, &mut lists),
    }
}

/// The first pass alone: says what would be sent and what is wrong.
fn check(config: &Config, lists: &mut Inputs) -> Result<ExitCode, Fatal> {
    let (results, gateway) = (&config.files.results, config.target.name());
    let own = Ledger::peek(results, &gateway, config.adopt_gateway)?;
    let in_flight = own.in_flight();
    let prior = PriorRuns::open(own.into(), config)?;
    let mut rejects = RejectsWriter::new(lists, config)?;
    output_paths::check(config, lists, &rejects)?;
    let survey = survey(lists, config, &prior, &mut rejects)?;
    let run = Run::new(config, lists, &prior, &survey);
    run.tell_plan();
    let mut finished = Finished { messages: survey.messages, ..Finished::default() };
    finished.note_rejects(rejects.finish()?);
    if in_flight > 0 {
        finished.warnings.push(format!(
            "{} in flight: a run is still going on, or ended without a summary",
            counted(in_flight as u64, "message")
        ));
    }
    run.tell_summary(&finished)
}

/// Both passes: the check, and then the sending of what is not sent yet.
fn send(config: &Config, lists: &mut Inputs) -> Result<ExitCode, Fatal> {
    let mut rejects = RejectsWriter::new(lists, config)?;
    output_paths::check(config, lists, &rejects)?;
    let endpoint = Endpoint::open(config)?;
    let lock = Lock::take(&config.files.results, config.files.lock_wait)?;
    let gateway_name = config.target.name();
    let ledger = Ledger::open(lock, &gateway_name, config.adopt_gateway)?;
    let own = ledger.state();
    let mut finished = Finished { results: true, ..Finished::default() };
    finished.note_recovered(own.in_flight(), config.rules.retry_policy.hold_unknown);
    let prior = PriorRuns::open(own, config)?;
    let survey = survey(lists, config, &prior, &mut rejects)?;
    let run = Run::new(config, lists, &prior, &survey);
    run.tell_plan();
    finished.messages = survey.messages;
    finished.note_rejects(rejects.finish()?);
    if survey.messages.left == 0 || config.limit == Some(0) {
        finished.compact(ledger);
        return run.tell_summary(&finished);
    }
    run.ask_whether_to_send()?;
    run.send_all(&endpoint.gateway, ledger, &mut finished)?;
    run.tell_summary(&finished)
}

/// A run after its first pass: everything that stays the same from here on.
struct Run<'a> {
    config: &'a Config,
    lists: &'a Inputs,
    prior: &'a PriorRuns,
    survey: &'a Preflight,
    began: Timestamp,
}

/// What a run came to.
#[derive(Debug, Default)]
struct Finished {
    messages: MessageCounts,
    errors: ErrorCounts,
    end: Option<End>,
    /// Trouble that ends the run with a code of its own.
    fatal: Option<Fatal>,
    elapsed: Duration,
    rejects: Vec<PathBuf>,
    warnings: Vec<String>,
    /// Whether there is a results file to name.
    results: bool,
}

impl<'a> Run<'a> {
    fn new(
        config: &'a Config,
        lists: &'a Inputs,
        prior: &'a PriorRuns,
        survey: &'a Preflight,
    ) -> Self {
        Self { config, lists, prior, survey, began: Timestamp::now() }
    }

    /// On a terminal, sending for real asks once; elsewhere it must have been said before.
    fn ask_whether_to_send(&self) -> Result<(), Fatal> {
        if self.config.telling.yes || matches!(self.config.target, Target::Rehearsal) {
            return Ok(());
        }
        if !terminal::can_ask() {
            return Err(Fatal::usage(
                "nobody is there to confirm: add --yes to send without asking",
            ));
        }
        match terminal::ask(&self.question()) {
            true => Ok(()),
            false => Err(Fatal::usage("nothing was sent")),
        }
    }

    /// Sends everything that is to be sent and puts the files in order.
    fn send_all(
        &self,
        gateway: &Gateway,
        ledger: Ledger,
        finished: &mut Finished,
    ) -> Result<(), Fatal> {
        let gateway_name = self.config.target.name();
        let in_flight = ledger.begin(&gateway_name, self.began)?;
        let heading = Heading { lists: self.lists, gateway: gateway_name, run: self.began };
        let mut notes = Notes { in_flight, heading: &heading, trouble: None };
        let telling = &self.config.telling;
        let total = self.survey.messages.left.min(self.config.limit.unwrap_or(u64::MAX));
        let mut journal = Recorder {
            ledger,
            prior: self.prior,
            heading: &heading,
            progress: Progress::new(
                total,
                finished.messages,
                telling.progress,
                telling.stats,
                telling.quiet,
            ),
            messages: finished.messages,
            errors: ErrorCounts::new(),
            elapsed: Duration::ZERO,
            trouble: None,
        };
        let stop = Stop::listen()
            .map_err(|error| Fatal::internal(format!("cannot listen for signals: {error}")))?;
        let mut fed = Ok(());
        let end = engine::run(
            |hand_over| {
                fed = feed(self.lists, self.config, self.prior, &self.survey.held, hand_over)
            },
            &mut |jobs| notes.take(jobs),
            gateway,
            &self.config.rules,
            &stop,
            &mut |event| journal.note(event),
        );
        finished.fatal = fed.err();
        finished.end = Some(end);
        journal.finish(notes, finished);
        Ok(())
    }
}

impl Finished {
    fn note_recovered(&mut self, recovered: usize, hold_unknown: bool) {
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
        // At once, because what was recovered is told only once, and this run may yet end early.
        terminal::report_aside(&format!("lipasend: {warning}"));
        self.warnings.push(warning);
    }

    fn note_rejects(&mut self, written: WrittenRejects) {
        for (path, kept) in &written.kept {
            self.warnings.push(format!(
                "{} had been changed: that file is now {} (give it as input if it was mended)",
                path.display(),
                kept.display()
            ));
        }
        self.rejects = written.paths;
    }

    fn compact(&mut self, ledger: Ledger) {
        let compaction = ledger.compact();
        self.note_compaction(&compaction);
    }

    fn note_compaction(&mut self, compaction: &Compaction) {
        if let Compaction::NotPossible(error) = compaction {
            self.warnings.push(format!("the results keep superseded lines: {error}"));
        }
    }
}

/// Writes a file that a person asked for, or stdout for `-`.
fn write_or_tell(path: &std::path::Path, text: &str) -> Result<(), Fatal> {
    if path.as_os_str() == "-" {
        return terminal::whole(text).map_err(|error| {
            Fatal::internal(format!("the summary cannot be written to standard output: {error}"))
        });
    }
    fs::write(path, format!("{text}\n"))
        .map_err(|error| Fatal::internal(format!("{} cannot be written: {error}", path.display())))
}
