//! The resolved options for when a message may go.

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::cli::WhenArgs;
use crate::eligibility::caps::CapLimits;
use crate::eligibility::open_hours::{OpenHours, Outside};
use crate::eligibility::session::Missing;
use crate::eligibility::zone::Zone;
use crate::exit::Fatal;
use crate::report::terminal;

/// When a message may go.
#[derive(Debug)]
pub struct When {
    /// Files of webhook events.
    pub inbound: Vec<PathBuf>,
    /// Lists of numbers that are never sent to.
    pub opt_outs: Vec<PathBuf>,
    /// How long a window stays open; `None` without the 24-hour rule.
    pub window: Option<SignedDuration>,
    /// The margin before it closes.
    pub margin: SignedDuration,
    /// What is done where no time is known, if the user says so.
    pub missing: Option<Missing>,
    /// The hours in which messages go.
    pub hours: Option<OpenHours>,
    /// The zone of times without one.
    pub zone: Zone,
    /// The caps.
    pub caps: CapLimits,
}

impl When {
    /// Resolves the options.
    ///
    /// # Errors
    /// When no window could ever be open: exit code 2.
    pub fn resolve(args: &WhenArgs) -> Result<Self, Fatal> {
        if args.session_window.0.is_some_and(|window| window <= args.session_margin) {
            return Err(Fatal::usage(
                "--session-margin is as long as --session-window, so no window would ever be open (give a shorter one)",
            ));
        }
        let zone = args.timezone.clone().unwrap_or_else(Zone::system);
        let outside = args.outside.unwrap_or(match terminal::stderr_is_terminal() {
            true => Outside::Wait,
            false => Outside::Exit,
        });
        let signed = |time| SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let hours = args.hours.clone();
        Ok(Self {
            inbound: args.inbound.clone(),
            opt_outs: args.opt_out.clone(),
            window: args.session_window.0.map(signed),
            margin: signed(args.session_margin),
            missing: args.session_missing,
            hours: hours.map(|hours| OpenHours { hours, zone: zone.clone(), outside }),
            zone,
            caps: CapLimits { daily: args.daily_cap, recipient: args.recipient_cap },
        })
    }
}
