//! `lipasend mock-gateway`: runs the mock gateway until SIGINT or SIGTERM.

use std::io;
use std::path::Path;
use std::thread;

use crossbeam_channel::bounded;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::config::unparsed;
use crate::exit::{ExitCode, Fatal};
use crate::mock_gateway::{self, GatewayOptions};
use crate::record::names;
use crate::record::output_file::{NamedFiles, OutputFile, check_is_regular};
use crate::report::terminal;

pub(super) fn run(options: GatewayOptions) -> Result<ExitCode, Fatal> {
    let _log = check_files(&options)?;
    let failed = |error: io::Error| Fatal::internal(format!("the mock gateway: {error}"));
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let (sender, stop) = bounded(1);
    let waits = move || {
        // The mock gateway may have ended by itself, and then this is not received.
        signals.forever().next().map(|_| sender.send(()))
    };
    thread::Builder::new().spawn(waits).map_err(failed)?;
    let tally = mock_gateway::run(options, &stop, terminal::stdout()).map_err(failed)?;
    // The same counts end the log on stdout. They are repeated here when that goes to a file.
    if !terminal::stdout_is_terminal() {
        terminal::line(&tally.to_string());
    }
    Ok(ExitCode::Success)
}

/// Checks the files that are written. Returns the log when it is a pipe: its reader must not see an
/// end before the log is opened.
fn check_files(options: &GatewayOptions) -> Result<Option<OutputFile>, Fatal> {
    let mut named = NamedFiles::default();
    let script = unparsed::value_of_option("script");
    if let Some(script) = &script {
        named.keep(script, "has the faults");
    }
    let mut open = |flag: &str, path: &Path| {
        if names::is_ours(path) || path.as_os_str() == "-" {
            let path = path.display();
            return Err(Fatal::usage(format!("{flag} needs the name of another file, not {path}")));
        }
        named.check(flag, path)?;
        named.keep(path, "is written too");
        OutputFile::open(flag, path)
    };
    if let Some(path) = &options.port_file
        && let OutputFile::Stream(..) = open("--port-file", path)?
    {
        check_is_regular("--port-file", path)?;
    }
    options.log_file.as_ref().map(|path| open("--log-file", path)).transpose()
}
