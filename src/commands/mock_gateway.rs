//! `lipasend mock-gateway`: runs the mock gateway until SIGINT or SIGTERM.

use std::io;
use std::thread;

use crossbeam_channel::bounded;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::{ExitCode, Fatal};
use crate::mock_gateway::{self, GatewayOptions};
use crate::report::terminal;

pub(super) fn run(options: GatewayOptions) -> Result<ExitCode, Fatal> {
    let failed = |error: io::Error| Fatal::internal(format!("the mock gateway: {error}"));
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let (sender, stop) = bounded(1);
    let waits = move || {
        // The mock gateway may have ended by itself, and then this is not received.
        signals.forever().next().map(|_| sender.send(()))
    };
    thread::Builder::new().spawn(waits).map_err(failed)?;
    let tally = mock_gateway::run(options, &stop, io::stdout()).map_err(failed)?;
    // The same counts end the log on stdout. They are repeated here when that goes to a file.
    if !terminal::stdout_is_terminal() {
        terminal::line(&tally.to_string());
    }
    Ok(ExitCode::Success)
}
