//! `lipasend send`: checks the lists, then sends what is not sent yet.

use crate::cli::CampaignArgs;
use crate::exit::{ExitCode, Fatal};
use crate::signals::Stop;

pub(super) fn run(args: CampaignArgs, stop: &Stop) -> Result<ExitCode, Fatal> {
    super::run_campaign(args, false, stop)
}
