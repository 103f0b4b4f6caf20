//! `lipasend check`: the same as `send --dry-run`; it needs no key and takes no lock.

use crate::cli::CampaignArgs;
use crate::exit::{ExitCode, Fatal};

pub(super) fn run(args: CampaignArgs) -> Result<ExitCode, Fatal> {
    super::run_campaign(args, true)
}
