//! The options for when a message may go: the 24-hour rule, opt-outs, hours and caps.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::eligibility::caps::RecipientCap;
use crate::eligibility::hours::Hours;
use crate::eligibility::open_hours::Outside;
use crate::eligibility::session::Missing;
use crate::eligibility::zone::Zone;
use crate::units::{parse_duration, parse_positive_duration};

/// Options for when a message may go.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "When a message may go")]
pub struct WhenArgs {
    /// A file of webhook events, one JSON object a line: who wrote when, and who said STOP
    /// (repeatable)
    ///
    /// The last time that a recipient wrote opens their 24-hour window. A column last_inbound_at in
    /// the list does so too; the latest counts.
    #[arg(long, value_name = "FILE")]
    pub inbound: Vec<PathBuf>,

    /// How long a recipient may be written to after they wrote, or off
    #[arg(long, value_name = "TIME|off", default_value = "24h")]
    pub session_window: SessionWindow,

    /// A window that closes within this time counts as closed
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = parse_duration)]
    pub session_margin: Duration,

    /// What is done when nothing says when a recipient last wrote (default: hold when times are
    /// given for others, by a column or --inbound; else send)
    #[arg(long, value_enum)]
    pub session_missing: Option<Missing>,

    /// A list of numbers that are never sent to (repeatable)
    #[arg(long, value_name = "FILE")]
    pub opt_out: Vec<PathBuf>,

    /// Send only in these hours: "Mon-Fri 09:00-18:00, Sat 10:00-14:00"
    #[arg(long, value_name = "HOURS")]
    pub hours: Option<Hours>,

    /// The time zone of --hours, and of times without one (default: the system's)
    #[arg(long, value_name = "ZONE")]
    pub timezone: Option<Zone>,

    /// What the run does outside --hours (default: wait on a terminal, else exit with code 10)
    #[arg(long, value_enum)]
    pub outside: Option<Outside>,

    /// The most recipients of this sender in 24 hours; the others are left for later runs
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub daily_cap: Option<u64>,

    /// The most messages to one recipient in a time, like 2/7d (at most 31d); further ones are held
    #[arg(long, value_name = "N/TIME")]
    pub recipient_cap: Option<RecipientCap>,
}

/// `--session-window`: a time, or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionWindow(pub Option<Duration>);

impl FromStr for SessionWindow {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "off" => Ok(Self(None)),
            time => match parse_positive_duration(time) {
                Ok(time) => Ok(Self(Some(time))),
                Err(error) => Err(format!("{error} (or off)")),
            },
        }
    }
}
