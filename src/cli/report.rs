//! The options of `report`.

use std::path::PathBuf;

use clap::Args;

use crate::eligibility::zone::Zone;
use crate::report::report_file::ReportFile;
use crate::report::results::since::Since;

/// `lipasend report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Results files; a message that is in several counts once
    #[arg(required = true, value_name = "RESULTS")]
    pub results: Vec<PathBuf>,

    /// Count only what was last attempted since then: 2026-11-27, 2026-11-27T08:00:00Z, 24h or 7d
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,

    /// The time zone of the times on the screen, and of --since (default: the system's)
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<Zone>,

    /// Write the report to a file too: .csv (a line for each message; also - for standard output) or
    /// .json (repeatable)
    #[arg(long, value_name = "FILE")]
    pub report: Vec<ReportFile>,

    /// Write what was not sent as a list, to be sent again
    #[arg(long, value_name = "FILE")]
    pub not_sent: Option<PathBuf>,
}
