//! The subcommands, one file each.

mod check;
mod listen;
mod mock_gateway;
mod report;
mod send;

use std::ffi::OsString;

use serde_json::Value;

use crate::campaign::{self, Ended, SummaryJson};
use crate::cli::{CampaignArgs, Command};
use crate::config::Config;
use crate::config::hidden_keys::HiddenKeys;
use crate::config::named_files::all_but_summary;
use crate::config::unparsed::Unparsed;
use crate::exit::{ExitCode, Fatal};
use crate::report::event_log::{self, LogEvent, LogFormat};
use crate::report::terminal;
use crate::signals::Stop;

/// Runs one subcommand.
///
/// # Errors
/// Everything that ends the run before its end, with its exit code.
pub fn run(command: Command, stop: &Stop) -> Result<ExitCode, Fatal> {
    match command {
        Command::Send(args) => send::run(*args, stop),
        Command::Check(args) => check::run(*args, stop),
        Command::Report(args) => report::run(&args),
        Command::Listen(options) => listen::run(&options, stop),
        Command::MockGateway(options) => mock_gateway::run(*options),
    }
}

/// Begins a command before anything is printed: from then on `send`, `check` and `listen` end cleanly
/// after a signal, and the event log of a campaign is on.
///
/// # Errors
/// When the signals cannot be handled.
pub fn begin(command: &Command) -> Result<Stop, Fatal> {
    let (args, name) = match command {
        Command::Send(args) => (args, "send"),
        Command::Check(args) => (args, "check"),
        Command::Listen(_) => return listen_for_signals(),
        Command::Report(_) | Command::MockGateway(_) => return Ok(Stop::default()),
    };
    let stop = listen_for_signals()?;
    if args.output.log_format == LogFormat::Json {
        event_log::turn_on();
        let version = env!("CARGO_PKG_VERSION");
        event_log::write(&LogEvent::Start { version, command: name, inputs: &args.inputs });
    }
    Ok(stop)
}

fn listen_for_signals() -> Result<Stop, Fatal> {
    Stop::listen().map_err(|error| Fatal::internal(format!("cannot listen for signals: {error}")))
}

/// Ends the event log with the error, if there is one, and the counts.
fn end_event_log(result: Result<ExitCode, Fatal>, summary: &str) -> Result<ExitCode, Fatal> {
    if !event_log::is_on() {
        return result;
    }
    let exit = result.unwrap_or_else(|fatal| {
        terminal::error(&fatal.message);
        fatal.code
    });
    let summary: Value = serde_json::from_str(summary).unwrap_or_default();
    let (rows, messages) = (&summary["rows"], &summary["messages"]);
    event_log::write(&LogEvent::End { exit: exit.number(), rows, messages });
    Ok(exit)
}

/// Runs a campaign, sending (`send`) or not (`check`), and writes its summary.
fn run_campaign(mut args: CampaignArgs, check: bool, stop: &Stop) -> Result<ExitCode, Fatal> {
    let keys = HiddenKeys::of_options(&args);
    let hidden = |fatal: Fatal| Fatal::new(fatal.code, keys.hide(&fatal.message));
    let summary = args.output.summary_json.clone();
    let summary = match SummaryJson::open(summary.as_deref(), &all_but_summary(&args)) {
        Ok(summary) => summary,
        Err(fatal) => {
            let ended = Ended::before_counting(hidden(fatal));
            return end_event_log(ended.result, &ended.json);
        }
    };
    if summary.is_on_stdout() {
        args.output.summary_json = Some("-".into());
    }
    let ended = Config::resolve(args, check, stop).and_then(|config| campaign::run(&config, stop));
    let ended = ended.unwrap_or_else(|fatal| Ended::before_counting(hidden(fatal)));
    let json = ended.json.clone();
    // An error of the command is shown without the keys that its options may hold.
    end_event_log(summary.write(ended).map_err(hidden), &json)
}

/// Ends a command line that cannot be parsed: its summary is written as that of a run.
///
/// # Errors
/// Always: `fatal`, and why its summary cannot be written.
pub fn end_unparsed(line: &[OsString], fatal: Fatal) -> Result<ExitCode, Fatal> {
    let Unparsed { summary, named } = Unparsed::read(line);
    match SummaryJson::open(summary.as_deref(), &named) {
        Ok(summary) => summary.write(Ended::before_counting(fatal)),
        // The first error is the one to be fixed first.
        Err(_) => Err(fatal),
    }
}
