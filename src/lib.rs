//! lipasend sends contact cards in bulk through the LipaChat WhatsApp gateway.
//!
//! The way of the data, each stage made only from the one before:
//!
//! `bytes → Row → Draft → Message → in the ledger? → Reply | Failure → Outcome → Entry → Summary`
//!
//! - [`read`]: bytes become rows (CSV records and vCards, each with its place)
//! - [`prepare`]: rows become messages (columns mapped, numbers read, ids made); pure
//! - [`send`]: messages become outcomes (paced, repeated, never twice)
//! - [`record`]: outcomes become lines that survive (ledger, in-flight, rejects, lock)
//! - [`report`]: what will happen, happens and happened
//! - [`campaign`] walks the whole way; [`mock_gateway`] is the stand-in gateway at its other end
//! - [`cli`], [`config`], [`error`]: what was asked for, and how it ends

pub mod campaign;
pub mod cli;
pub mod config;
pub mod error;
pub mod prepare;
pub mod read;
pub mod record;
pub mod mock_gateway;
pub mod report;
pub mod send;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use crossbeam_channel::bounded;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cli::{CampaignArgs, Command};
use crate::config::Config;
use crate::config::file::{self, ParseError};
use crate::error::{ExitCode, Fatal};
use crate::report::terminal;

/// Runs the program for a command line, `lipasend` itself in front.
#[must_use]
pub fn run(line: Vec<OsString>) -> ExitCode {
    let _ = file_size_limits_are_errors();
    let ended = match file::parse(&line) {
        Ok(cli) => run_command(cli.command),
        Err(ParseError::Line(error)) => {
            if error.use_stderr() {
                let fatal = Fatal::usage("the command line cannot be used");
                leave_no_old_summary(file::summary_asked_for(&line), &[], &fatal);
            }
            return show_usage(&error);
        }
        Err(ParseError::File(error)) => {
            leave_no_old_summary(file::summary_asked_for(&line), &[], &error);
            Err(error)
        }
    };
    ended.unwrap_or_else(|error| {
        terminal::report_aside(&format!("lipasend: {error}"));
        error.code
    })
}

/// A file that may grow no further (`ulimit -f`) is to be an error of the write, as a full disk is,
/// and not the end of the program.
#[cfg(unix)]
fn file_size_limits_are_errors() -> io::Result<()> {
    let heard = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, heard).map(|_| ())
}

#[cfg(not(unix))]
fn file_size_limits_are_errors() -> io::Result<()> {
    Ok(())
}

fn run_command(command: Command) -> Result<ExitCode, Fatal> {
    match command {
        Command::Send(args) => run_campaign(*args, false),
        Command::Check(args) => run_campaign(*args, true),
        Command::Report(args) => {
            terminal::report(&report::results::show(&args.results)?);
            Ok(ExitCode::Success)
        }
        Command::MockGateway(options) => mock_gateway(*options),
    }
}

fn run_campaign(args: CampaignArgs, check: bool) -> Result<ExitCode, Fatal> {
    let summary = args.telling.summary_json.clone();
    let (results, rejects) = (args.files.results.clone(), args.files.rejects.clone());
    let ended = Config::resolve(args, check).and_then(|config| campaign::run(&config));
    ended.inspect_err(|fatal| {
        leave_no_old_summary(summary, &[results.as_deref(), rejects.as_deref()], fatal);
    })
}

fn leave_no_old_summary(summary: Option<PathBuf>, taken: &[Option<&Path>], fatal: &Fatal) {
    if let Some(path) = summary {
        campaign::leave_no_old_summary(&path, taken, fatal);
    }
}

/// Runs the stand-in gateway until a signal comes.
fn mock_gateway(options: mock_gateway::GatewayOptions) -> Result<ExitCode, Fatal> {
    let failed = |error: io::Error| Fatal::internal(format!("the stand-in gateway: {error}"));
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let (come, stop) = bounded(1);
    thread::spawn(move || {
        // The gateway may have ended by itself.
        signals.forever().next().map(|_| come.send(()))
    });
    let tally = mock_gateway::run(options, &stop, io::stdout()).map_err(failed)?;
    // stdout ends with it too: who sends that to a file still sees here what came.
    if !terminal::stdout_is_read() {
        terminal::line(&tally.to_string());
    }
    Ok(ExitCode::Success)
}

/// clap's own words: help and version go to stdout and are a success.
fn show_usage(error: &clap::Error) -> ExitCode {
    // A reader that has gone away is no error.
    let _ = error.print();
    if error.use_stderr() { ExitCode::Usage } else { ExitCode::Success }
}
