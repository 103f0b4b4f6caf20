//! lipasend sends contact cards in bulk through the LipaChat WhatsApp gateway.
//!
//! The data path, each type made only from the one before:
//!
//! `bytes → Row → Draft → Message → in the ledger? → Reply | Failure → Outcome → Entry → Summary`
//!
//! - [`read`]: bytes become rows (CSV records and vCards, each with its place)
//! - [`prepare`]: rows become messages (columns mapped, numbers read, ids computed); pure
//! - [`send`]: messages become outcomes (paced, repeated, never twice)
//! - [`record`]: outcomes become lines on disk (ledger, in-flight file, rejects, lock)
//! - [`report`]: the plan before, the progress during and the summary after a run
//! - [`campaign`]: one run through all of these; [`commands`] has one file per subcommand
//! - [`mock_gateway`]: a local gateway for tests and rehearsals; it uses none of the above
//! - [`cli`], [`config`]: the options as typed, and as resolved; [`exit`]: how a run ends
//! - [`units`], [`signals`], [`limits`]: shared values, signals that end a run, the system's limits
//!
//! A folder uses only folders before it in this order: `read`, `prepare`, `send`, `record`,
//! `report`, `cli`, `config`, `campaign`, `commands`.

pub mod campaign;
pub mod cli;
pub mod commands;
pub mod config;
pub mod exit;
pub mod limits;
pub mod mock_gateway;
pub mod prepare;
pub mod read;
pub mod record;
pub mod report;
pub mod send;
pub mod signals;
pub mod units;

use std::ffi::OsString;

use crate::config::layers::{self, ParseError};
use crate::exit::{ExitCode, Fatal};
use crate::report::terminal;

/// Runs the program for a command line whose first item is the program's name.
#[must_use]
pub fn run(line: Vec<OsString>) -> ExitCode {
    // Without the handler the process ends at a file size limit, as it did before: not fatal.
    let _ = signals::file_size_limit_is_an_error();
    let ended = match layers::parse(&line) {
        Ok(cli) => commands::run(cli.command),
        Err(ParseError::Line(error)) => return show_usage(&line, &error),
        Err(ParseError::File(error)) => {
            commands::leave_no_old_summary(
                layers::summary_asked_for(&line).as_deref(),
                &[],
                &error,
            );
            Err(error)
        }
    };
    ended.unwrap_or_else(|error| {
        terminal::report_to_stderr(&format!("lipasend: {error}"));
        error.code
    })
}

/// Prints clap's own text: help and version go to stdout and are a success, an error is not.
fn show_usage(line: &[OsString], error: &clap::Error) -> ExitCode {
    // A reader of stdout that has closed it is no error.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::Success;
    }
    let fatal = Fatal::usage("the command line cannot be used");
    commands::leave_no_old_summary(layers::summary_asked_for(line).as_deref(), &[], &fatal);
    ExitCode::Usage
}
