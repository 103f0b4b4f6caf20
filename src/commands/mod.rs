//! The subcommands, one file each.

mod check;
mod mock_gateway;
mod report;
mod send;

use std::path::Path;

use crate::campaign;
use crate::cli::{CampaignArgs, Command};
use crate::config::Config;
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

/// Runs a campaign, sending (`send`) or not (`check`).
fn run_campaign(args: CampaignArgs, check: bool) -> Result<ExitCode, Fatal> {
    let summary = args.output.summary_json.clone();
    let (results, rejects) = (args.files.results.clone(), args.files.rejects.clone());
    let ended = Config::resolve(args, check).and_then(|config| campaign::run(&config));
    ended.inspect_err(|fatal| {
        let taken = [results.as_deref(), rejects.as_deref()];
        leave_no_old_summary(summary.as_deref(), &taken, fatal);
    })
}

/// Replaces an earlier run's `--summary-json` file when this run ends before it can write its own.
///
/// `taken` are the files that options name for something else: they are never overwritten.
pub(crate) fn leave_no_old_summary(summary: Option<&Path>, taken: &[Option<&Path>], fatal: &Fatal) {
    if let Some(path) = summary {
        campaign::leave_no_old_summary(path, taken, fatal);
    }
}
