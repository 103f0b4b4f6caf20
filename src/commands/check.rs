//! `lipasend check`: the same as `send --dry-run`; it needs no key and takes no lock.

use crate::cli::CampaignArgs;
use crate::exit::{ExitCode, Fatal};
use crate::signals::Stop;

pub(super) fn run(args: CampaignArgs, stop: &Stop) -> Result<ExitCode, Fatal> {
    super::run_campaign(args, true, stop)
}
