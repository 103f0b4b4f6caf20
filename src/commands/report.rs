//! `lipasend report`: prints what results files contain.

use crate::cli::ReportArgs;
use crate::exit::{ExitCode, Fatal};
use crate::report::{results, terminal};

pub(super) fn run(args: &ReportArgs) -> Result<ExitCode, Fatal> {
    terminal::report(&results::show(&args.results)?);
    Ok(ExitCode::Success)
}
