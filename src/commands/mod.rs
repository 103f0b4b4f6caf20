//! The subcommands, one file each.

mod check;
mod mock_gateway;
mod report;
mod send;

use std::ffi::OsString;

use crate::campaign::{self, Ended, SummaryJson};
use crate::cli::{CampaignArgs, Command};
use crate::config::Config;
use crate::config::hidden_keys::HiddenKeys;
use crate::config::named_files::all_but_summary;
use crate::config::unparsed::Unparsed;
use crate::exit::{ExitCode, Fatal};

/// Runs one subcommand.
///
/// # Errors
/// Everything that ends the run before its end, with its exit code.
pub fn run(command: Command) -> Result<ExitCode, Fatal> {
    match command {
        Command::Send(args) => send::run(*args),
        Command::Check(args) => check::run(*args),
        Command::Report(args) => report::run(&args),
        Command::MockGateway(options) => mock_gateway::run(*options),
    }
}

/// Runs a campaign, sending (`send`) or not (`check`), and writes its summary.
fn run_campaign(mut args: CampaignArgs, check: bool) -> Result<ExitCode, Fatal> {
    let keys = HiddenKeys::of_options(&args);
    let hidden = |fatal: Fatal| Fatal::new(fatal.code, keys.hide(&fatal.message));
    let summary = args.output.summary_json.clone();
    let summary = SummaryJson::open(summary.as_deref(), &all_but_summary(&args)).map_err(hidden)?;
    if summary.is_on_stdout() {
        args.output.summary_json = Some("-".into());
    }
    let ended = Config::resolve(args, check).and_then(|config| campaign::run(&config));
    summary.write(ended.unwrap_or_else(|fatal| Ended::before_counting(hidden(fatal))))
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
