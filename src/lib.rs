//! lipasend sends contact cards in bulk through the LipaChat WhatsApp gateway.
//!
//! The data path, each type made only from the one before:
//!
//! `bytes → Row → Draft → Message → in the ledger? → Reply | Failure → Outcome → Entry → Summary`
//!
//! - [`read`]: bytes become rows (CSV records and vCards, each with its place)
//! - [`prepare`]: rows become messages (columns mapped, numbers read, ids computed); pure
//! - [`eligibility`]: may a recipient be written to now: 24-hour rule, opt-outs, hours, caps; pure
//! - [`send`]: messages become outcomes (paced, repeated, never twice)
//! - [`record`]: outcomes become lines on disk (ledger, in-flight file, rejects, lock)
//! - [`report`]: the plan before, the progress during and the summary after a run
//! - [`listen`]: webhook events become lines on disk, for a later run
//! - [`campaign`]: one run through all of these; [`commands`] has one file per subcommand
//! - [`mock_gateway`]: a local gateway for tests and rehearsals; it uses none of the above
//! - [`cli`], [`config`]: the options as typed, and as resolved; [`exit`]: how a run ends
//! - [`units`], [`signals`], [`limits`]: shared values, signals that end a run, the system's limits;
//!   `loopback`: listening on this machine only
//!
//! A folder uses only folders before it in this order: `read`, `prepare`, `eligibility`, `send`,
//! `record`, `report`, `listen`, `cli`, `config`, `campaign`, `commands`.

pub mod campaign;
pub mod cli;
pub mod commands;
pub mod config;
pub mod eligibility;
pub mod exit;
pub mod limits;
pub mod listen;
mod loopback;
pub mod mock_gateway;
pub mod prepare;
pub mod read;
pub mod record;
pub mod report;
pub mod send;
pub mod signals;
pub mod units;

use std::borrow::Cow;
use std::ffi::OsString;

use crate::config::hidden_keys::HiddenKeys;
use crate::config::layers::{self, ParseError};
use crate::config::suggest;
use crate::exit::{ExitCode, Fatal};
use crate::report::terminal;
use crate::signals::Stop;
use crate::units::printable::printable;

/// Runs the program for a command line whose first item is the program's name.
#[must_use]
pub fn run(line: Vec<OsString>) -> ExitCode {
    // Without the handler the process ends at a file size limit, as it did before: not fatal.
    let _ = signals::file_size_limit_is_an_error();
    let parsed = layers::parse(&line);
    let begun =
        parsed.as_ref().map_or_else(|_| Ok(Stop::default()), |cli| commands::begin(&cli.command));
    suggest::unknown_variables().iter().for_each(|warning| terminal::message(warning));
    let keys = HiddenKeys::of_line(&line);
    let hidden = |fatal: Fatal| Fatal::new(fatal.code, keys.hide(&fatal.message));
    let ended = match parsed {
        Ok(cli) => begun.and_then(|stop| commands::run(cli.command, &stop)),
        Err(ParseError::Line(error)) => return show_usage(&line, &error, &keys),
        Err(ParseError::File(error)) => commands::end_unparsed(&line, hidden(error)),
    };
    ended.map_err(hidden).unwrap_or_else(|error| {
        terminal::error(&error.message);
        error.code
    })
}

/// Ends with clap's own text: help and version go to stdout and are a success, an error is not.
fn show_usage(line: &[OsString], error: &clap::Error, keys: &HiddenKeys) -> ExitCode {
    let text = error.to_string();
    let printed = match keys.hide(&text) {
        Cow::Borrowed(_) => print_usage(line, error),
        Cow::Owned(hidden) => {
            terminal::report_to_stderr(&hidden);
            Ok(())
        }
    };
    if let Err(fatal) = printed {
        terminal::error(&fatal.message);
        return fatal.code;
    }
    if !error.use_stderr() {
        return ExitCode::Success;
    }
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
    let fatal = Fatal::usage(keys.hide(&format!("the command line cannot be used: {first}")));
    match commands::end_unparsed(line, fatal) {
        Ok(code) | Err(Fatal { code: code @ ExitCode::Usage, .. }) => code,
        // The summary cannot be written.
        Err(fatal) => {
            terminal::message(&fatal.message);
            fatal.code
        }
    }
}

/// Prints clap's own text. It repeats words of the command line, so these are made printable before
/// it is printed with clap's colours.
fn print_usage(line: &[OsString], error: &clap::Error) -> Result<(), Fatal> {
    let words = line.iter().map(|word| printable(&word.to_string_lossy()).into_owned().into());
    let words: Vec<OsString> = words.collect();
    if words == line {
        return terminal::usage(error);
    }
    match layers::parse(&words) {
        Err(ParseError::Line(error)) => terminal::usage(&error),
        _ => {
            terminal::report_to_stderr(&error.to_string());
            Ok(())
        }
    }
}
