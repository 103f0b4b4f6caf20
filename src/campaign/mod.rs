//! One run of a campaign, from the inputs to the summary. [`run`] is its table of contents.
//!
//! - `inputs`: opens the lists; `first_look`: the countries that a list speaks for;
//!   `bare_numbers`: whether its numbers without `+` can be trusted; `row_filter`: `--rows` and
//!   `--sample`
//! - `given_back`: inputs that lipasend wrote itself, and the options of their lists
//! - `may_go`: event files, opt-outs and caps; `candidates`: which messages may go by them
//! - `inbound_files`, `opt_out_files`: read the files of `--inbound` and `--opt-out`
//! - `prior_runs`: what earlier runs recorded, and which messages are sent again;
//!   `edited_contacts`: messages whose card an earlier run sent under another name
//! - `other_campaign`: not-sent files that are given back in another campaign
//! - `scan`: one pass over all rows; `preflight`: the first pass, which only checks and counts
//! - `recipient_counts`: which recipients get more than one message
//! - `endpoint`: the client for the configured gateway or for the mock gateway
//! - `test_card`: the first card to one number (`--test-to`)
//! - `unsent_rest`: the messages that were not sent and of which no outcome of the run speaks
//! - `recorder`: writes each outcome; `reject_files`: writes the rows that cannot be used;
//!   `not_sent_files`: writes the messages that were not sent; `beside_files`: what these two have in
//!   common; `row_report`: writes the CSV of `--report`; `json_report`: its JSON
//! - `output_paths`: no file is written over another one
//! - `finished`: what the run has come to; `run_end`: how it ended, for the lock file
//! - `output`: the plan, the question, the summary, the exit code; `summary_json`: the summary of
//!   every end

mod bare_numbers;
mod beside_files;
mod candidates;
mod edited_contacts;
mod endpoint;
mod finished;
mod first_look;
mod given_back;
mod inbound_files;
mod inputs;
mod json_report;
mod may_go;
mod not_sent_files;
mod opt_out_files;
mod other_campaign;
mod output;
mod output_paths;
mod preflight;
mod prior_runs;
mod real_header;
mod recipient_counts;
mod recorder;
mod reject_files;
mod row_filter;
mod row_report;
mod run_end;
mod scan;
mod summary_json;
mod test_card;
mod unsent_rest;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::endpoint::Endpoint;
use self::finished::{Finished, broken_are_unknown};
use self::inputs::Inputs;
use self::json_report::JsonReports;
use self::may_go::MayGo;
use self::not_sent_files::NotSentFiles;
use self::preflight::{Preflight, preflight};
use self::prior_runs::PriorRuns;
use self::recorder::{InFlightWriter, Recorder, RunColumns};
use self::reject_files::RejectsWriter;
use self::row_report::RowReport;
use self::scan::{Known, feed};
pub use self::summary_json::{Ended, SummaryJson};
use self::unsent_rest::Reach;
use crate::config::{Config, Target};
use crate::eligibility::held::Held;
use crate::eligibility::open_hours::Outside;
use crate::exit::{ExitCode, Fatal};
use crate::limits;
use crate::record::in_flight::WHOLE_LIST;
use crate::record::ledger::{Ledger, Opening};
use crate::record::lock::Lock;
use crate::record::memory::Memory;
use crate::record::neighbours::{self, Neighbour, Waiting};
use crate::record::other_ledgers::OtherLedgers;
use crate::record::run_name::RunName;
use crate::report::format::counted;
use crate::report::progress::{Facts, Progress, Showing};
use crate::report::speed::Speed;
use crate::report::tally::{ErrorCounts, NotReached};
use crate::report::terminal;
use crate::send::engine::{self, End, EngineOptions, Setting};
use crate::send::gateway::Gateway;
use crate::signals::Stop;
use crate::units::show_duration;

/// Checks the inputs and, unless this is only a check, sends what is not sent yet.
///
/// # Errors
/// What ends the run before or during sending. What was sent until then is recorded.
pub fn run(config: &Config, stop: &Stop) -> Result<Ended, Fatal> {
    let ended = output::words_at_second_signal(config);
    stop.at_second_signal(move || terminal::last_words(ended));
    if let Some(to) = config.test_to {
        return test_card::send_test(config, to, stop);
    }
    let mut inputs = Inputs::open(config, stop)?;
    match config.target.is_check() {
        true => check(config, &mut inputs, stop),
        false => send(config, &mut inputs, stop),
    }
}

/// Runs the first pass only: prints what would be sent and what is wrong.
fn check(config: &Config, inputs: &mut Inputs, stop: &Stop) -> Result<Ended, Fatal> {
    let mut may_go = MayGo::read(config, inputs)?;
    let (results, gateway) = (&config.files.results, config.target.name());
    let memory = Ledger::remembered(results)?;
    let others = other_ledgers(config, &[], &gateway, &memory)?;
    let own = Ledger::peek(results, &memory, &opening(config, &gateway, &others))?;
    let (in_flight, running, unreadable) = (own.state.in_flight(), own.running, own.unreadable);
    let prior = PriorRuns::new(own.state.into(), others, config, may_go.now)?;
    may_go.add_ledgers(&prior, config, inputs)?;
    may_go.warnings.extend(other_campaign::check(config, inputs, &prior)?);
    let mut rejects = RejectsWriter::new(inputs, config)?;
    let mut not_sent = NotSentFiles::new(inputs, config)?;
    output_paths::check(config, inputs, &rejects, &not_sent)?;
    let mut report = RowReport::open(config)?;
    let json = JsonReports::open(config)?;
    let mut preflight =
        preflight(inputs, config, &prior, &mut may_go, &mut rejects, &mut report, stop)?;
    if not_sent.paths().next().is_some() {
        may_go.hear(preflight.times.take());
    }
    let run = Run::new(config, inputs, &prior, &may_go, &preflight);
    report.finish(&preflight.decisions)?;
    let mut finished = Finished { messages: preflight.messages, ..Finished::default() };
    finished.held = run.planned_held();
    finished.warnings.clone_from(&config.warnings);
    finished.warnings.extend_from_slice(&may_go.warnings);
    finished.note_rejects(rejects.finish()?);
    run.begin_not_sent(&mut not_sent);
    run.write_the_rest(&mut not_sent, Reach::Nothing, stop)?;
    finished.finish_not_sent(not_sent);
    if let (lines @ 1.., unknown) = unreadable {
        finished.warnings.push(format!(
            "{} of {} cannot be read: {} (send sets them aside)",
            counted(lines, "line"),
            results.display(),
            broken_are_unknown(unknown)
        ));
    }
    if in_flight > 0 {
        let messages = counted(in_flight as u64, "message");
        finished.warnings.push(match running {
            true => format!("{messages} in flight: a run is going on"),
            false => format!("{messages} in flight: the last run ended without a summary"),
        });
    }
    run.write_json_reports(json, &finished, run.exit_code(&finished))?;
    run.print_check(&finished)
}

/// Runs both passes: the check, then the sending of what is not sent yet.
fn send(config: &Config, inputs: &mut Inputs, stop: &Stop) -> Result<Ended, Fatal> {
    let mut may_go = MayGo::read(config, inputs)?;
    let mut rejects = RejectsWriter::new(inputs, config)?;
    let mut not_sent = NotSentFiles::new(inputs, config)?;
    output_paths::check(config, inputs, &rejects, &not_sent)?;
    let mut report = RowReport::open(config)?;
    let json = JsonReports::open(config)?;
    let endpoint = Endpoint::open(config)?;
    let gateway_name = config.target.name();
    let began = Instant::now();
    let (lock, waited_for) = take_lock(config, &gateway_name, stop, began)?;
    let waited = began.elapsed();
    let others = other_ledgers(config, &waited_for, &gateway_name, &lock.memory())?;
    let ledger = Ledger::open(lock, &opening(config, &gateway_name, &others))?;
    let own = ledger.state();
    let mut finished = Finished { results: true, ..Finished::default() };
    finished.note_settings(config);
    finished.note_recovered(own.in_flight(), config.engine.retry_policy.hold_unknown);
    finished.note_old_columns(ledger.not_upgraded());
    finished.note_set_aside(&config.files.results, ledger.set_aside());
    // The run may have waited for its lock since the time of the plan.
    let prior = PriorRuns::new(own, others, config, Timestamp::now())?;
    may_go.add_ledgers(&prior, config, inputs)?;
    may_go.warnings.extend(other_campaign::check(config, inputs, &prior)?);
    if !config.output.quiet {
        // Before the question, too.
        may_go.warnings.iter().for_each(|warning| terminal::message(warning));
    }
    let mut preflight =
        preflight(inputs, config, &prior, &mut may_go, &mut rejects, &mut report, stop)?;
    may_go.hear(preflight.times.take());
    let run = Run::new(config, inputs, &prior, &may_go, &preflight);
    run.print_plan();
    report.finish(&preflight.decisions)?;
    finished.messages = preflight.messages;
    finished.held = run.planned_held();
    finished.warnings.extend_from_slice(&may_go.warnings);
    finished.warnings.extend(prior.warnings(preflight.messages.left));
    finished.note_rejects(rejects.finish()?);
    finished.end = run.ends_before_sending();
    run.begin_not_sent(&mut not_sent);
    if preflight.messages.left == 0 || config.limit == Some(0) || finished.end.is_some() {
        let rest = run.write_the_rest(&mut not_sent, Reach::Nothing, stop)?;
        // The plan has counted the held ones.
        finished.count_not_reached(NotReached { held: BTreeMap::new(), ..rest });
        finished.finish_not_sent(not_sent);
        let note = ledger.end_note();
        finished.compact(ledger);
        if preflight.messages.left == 0 {
            run.note_nothing_left(note, &finished);
        }
        return run.end(finished, json);
    }
    let note = ledger.end_note();
    finished.speed = (!json.are_none()).then(Speed::default);
    let sent = run.ask_whether_to_send(stop).and_then(|()| {
        run.send_all(&endpoint.gateway, ledger, stop, waited, &mut not_sent, &mut finished)
    });
    if let Err(fatal) = sent {
        return run.fail(finished, fatal, json);
    }
    run.note_end(note, &finished);
    finished.finish_not_sent(not_sent);
    run.end(finished, json)
}

/// Takes the lock of the results once no other run sends the same messages. Returns the results of
/// the runs that were waited for, too. The wait, which began at `began`, counts for
/// `--max-duration`.
fn take_lock(
    config: &Config,
    gateway: &str,
    stop: &Stop,
    began: Instant,
) -> Result<(Lock, Vec<PathBuf>), Fatal> {
    let run = RunName {
        gateway: gateway.to_owned(),
        from: config.origin.from.as_str().to_owned(),
        shard: WHOLE_LIST.to_owned(),
        campaign: config.origin.campaign.clone(),
    };
    let files = &config.files;
    let most = config.engine.max_duration.unwrap_or(Duration::MAX);
    let mut announce = |other: &Neighbour, longest: Duration| {
        terminal::message(&format!(
            "waiting for the run of {} to end, up to {}: {}",
            other.results.display(),
            show_duration(longest.min(most)),
            other.holder
        ));
    };
    let waiting = Waiting {
        longest: files.lock_wait,
        announce: &mut announce,
        stopped: &|| stop.signal().is_some() || began.elapsed() >= most,
    };
    match neighbours::take_lock(&files.results, &files.ledgers, &run, waiting)? {
        Some(taken) => Ok(taken),
        None if stop.signal().is_some() => Err(Fatal::stopped_before_sending(stop)),
        None => Err(Fatal::new(
            ExitCode::MaxDuration,
            "--max-duration was reached before the other run ended; nothing was sent (run the same command again later)",
        )),
    }
}

/// Reads the other results files that count. One of them may be the own results, moved.
fn other_ledgers(
    config: &Config,
    waited_for: &[PathBuf],
    gateway: &str,
    memory: &Memory,
) -> Result<OtherLedgers, Fatal> {
    let files = &config.files;
    Ok(OtherLedgers::read(&files.results, waited_for, &files.ledgers, gateway, memory)?)
}

fn opening<'a>(config: &Config, gateway: &'a str, others: &OtherLedgers) -> Opening<'a> {
    Opening {
        gateway,
        adopt: config.adopt_gateway,
        // Nothing that was rehearsed can go out again.
        accept: config.files.accept_results || matches!(config.target, Target::Rehearsal),
        moved: others.own_were_moved(),
    }
}

/// Files that a run opens beside its connections: inputs, results, in-flight file, name lookups.
const SPARE_FILES: u64 = 8;

/// A run after its first pass: everything that no longer changes.
struct Run<'a> {
    config: &'a Config,
    inputs: &'a Inputs,
    prior: &'a PriorRuns,
    may_go: &'a MayGo,
    preflight: &'a Preflight,
    began: Timestamp,
}

impl<'a> Run<'a> {
    fn new(
        config: &'a Config,
        inputs: &'a Inputs,
        prior: &'a PriorRuns,
        may_go: &'a MayGo,
        preflight: &'a Preflight,
    ) -> Self {
        Self { config, inputs, prior, may_go, preflight, began: Timestamp::now() }
    }

    /// Begins the not-sent files: it is known now how many numbers the cards have.
    fn begin_not_sent(&self, files: &mut NotSentFiles) {
        files.begin(self.preflight.most_numbers, &self.config.origin.campaign);
    }

    /// The messages that the plan holds, by reason.
    fn planned_held(&self) -> BTreeMap<Held, u64> {
        let mut held = self.preflight.when.held.clone();
        held.extend(self.edited_held());
        held
    }

    /// The messages that are held because their card was, or may have been, sent under another name.
    fn edited_held(&self) -> Option<(Held, u64)> {
        let edited = self.preflight.edited.len() as u64;
        (edited > 0).then_some((Held::Edited, edited))
    }

    /// The reason why the run ends before it asks: the hours are closed, or the daily cap is reached.
    fn ends_before_sending(&self) -> Option<End> {
        let Preflight { messages, when, .. } = self.preflight;
        if messages.left == 0 {
            return None;
        }
        if messages.left == when.left {
            return Some(End::DailyCap(self.may_go.eligibility.caps.next_place(Timestamp::now())));
        }
        let open = self.may_go.eligibility.hours.as_ref()?;
        let until = open.closed_until(Timestamp::now())?;
        (open.outside == Outside::Exit).then_some(End::OutsideHours(until))
    }

    /// Asks once on a terminal before anything is sent to a real gateway; elsewhere `--yes` is
    /// required.
    fn ask_whether_to_send(&self, stop: &Stop) -> Result<(), Fatal> {
        if self.config.output.yes || matches!(self.config.target, Target::Rehearsal) {
            return Ok(());
        }
        if !terminal::can_ask() {
            return Err(Fatal::usage("no terminal to ask on: add --yes to send without asking"));
        }
        match terminal::ask(&self.question(), stop) {
            Some(true) => Ok(()),
            Some(false) => Err(Fatal::usage("nothing was sent")),
            None => Err(Fatal::stopped_before_sending(stop)),
        }
    }

    /// Checks before anything is sent that the system allows a connection for each sender.
    fn check_open_files(&self, messages: u64) -> Result<(), Fatal> {
        let concurrency = self.config.engine.concurrency;
        // A rehearsal has both ends of each connection.
        let each = if matches!(self.config.target, Target::Rehearsal) { 2 } else { 1 };
        let Some(free) = limits::files_left() else { return Ok(()) };
        let most = free.saturating_sub(SPARE_FILES) / each;
        if (concurrency as u64).min(messages) <= most {
            return Ok(());
        }
        let possible = match most {
            0 => ":".to_owned(),
            _ => format!(", {most} would be possible: lower it, or"),
        };
        Err(Fatal::usage(format!(
            "this system allows too few open files for --concurrency {concurrency}{possible} raise the limit (ulimit -n)"
        )))
    }

    /// Sends every message that is due and leaves the files in order. The run has `waited` for
    /// another one before.
    fn send_all(
        &self,
        gateway: &Gateway,
        mut ledger: Ledger,
        stop: &Stop,
        waited: Duration,
        not_sent: &mut NotSentFiles,
        finished: &mut Finished,
    ) -> Result<(), Fatal> {
        let gateway_name = self.config.target.name();
        self.check_open_files(self.to_send())?;
        let file = ledger.begin(&gateway_name, self.began)?;
        let run_columns =
            RunColumns { inputs: self.inputs, gateway: gateway_name, run: self.began };
        let mut in_flight = InFlightWriter { file, run_columns: &run_columns, error: None };
        let mut recorder = self.recorder(ledger, &run_columns, not_sent, waited);
        recorder.speed = finished.speed.take();
        let max_duration = self.config.engine.max_duration;
        let options = EngineOptions {
            max_duration: max_duration.map(|limit| limit.saturating_sub(waited)),
            ..self.config.engine
        };
        let mut fed = Ok(());
        let end = engine::run(
            |hand_over| {
                fed = feed(
                    self.inputs,
                    self.config,
                    Known { prior: self.prior, opt_outs: &self.may_go.opt_outs },
                    &self.may_go.eligibility,
                    &self.preflight.edited,
                    hand_over,
                )
            },
            &mut |jobs| in_flight.write(jobs),
            Setting { gateway, options: &options, eligibility: &self.may_go.eligibility, stop },
            &mut |event| recorder.record(event),
        );
        finished.fatal = fed.err();
        match end {
            Ok(end) => finished.end = Some(end),
            Err(too_few) => finished.fatal = Some(Fatal::usage(too_few.to_string())),
        }
        let ended = std::mem::take(&mut recorder.ended);
        recorder.finish(in_flight, finished);
        let reach = if finished.messages.left > 0 { Reach::Part(&ended) } else { Reach::All };
        finished.note_rest(self.write_the_rest(not_sent, reach, stop), not_sent);
        // The hours closed while the last messages were under way.
        if let Some(End::OutsideHours(_)) = finished.end
            && finished.to_send_again() + finished.messages.failed + finished.messages.unknown == 0
        {
            finished.end = Some(End::Done);
        }
        Ok(())
    }

    /// What the progress is measured by, when sending begins now.
    fn progress_facts(&self, waited: Duration) -> Facts {
        let Config { engine, when, limit, timeout, .. } = self.config;
        let left = engine.max_duration.map(|limit| limit.saturating_sub(waited));
        Facts {
            planned: self.preflight.messages.left - self.preflight.when.left,
            left_by_cap: self.preflight.when.left,
            planned_held: self.preflight.when.held.values().sum(),
            limit: *limit,
            before: self.preflight.before_sending(),
            zone: when.zone.clone(),
            hours: self.may_go.eligibility.hours.clone(),
            ends_at: left.and_then(|left| Timestamp::now().checked_add(left).ok()),
            rate: engine.rate,
            recipient_rate: engine.recipient_rate,
            to_one_takes: self.load().to_one_takes(),
            timeout: *timeout,
        }
    }

    /// The recorder of a run that has `waited` for another one.
    fn recorder<'r>(
        &'r self,
        ledger: Ledger,
        run_columns: &'r RunColumns<'r>,
        not_sent: &'r mut NotSentFiles,
        waited: Duration,
    ) -> Recorder<'r> {
        let output = &self.config.output;
        let messages = self.preflight.before_sending();
        Recorder {
            ledger,
            prior: self.prior,
            run_columns,
            progress: Progress::new(
                self.progress_facts(waited),
                Showing { when: output.progress, every: output.stats, quiet: output.quiet },
            ),
            messages,
            held: self.edited_held().into_iter().collect(),
            listed: output.verbose.then_some(&self.preflight.listed),
            errors: ErrorCounts::new(),
            elapsed: Duration::ZERO,
            plan_holds: !self.preflight.when.held.is_empty(),
            ended: HashSet::new(),
            speed: None,
            not_sent,
            heard: &self.may_go.eligibility.heard,
            error: None,
        }
    }
}
