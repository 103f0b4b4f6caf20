//! `lipasend listen`: keeps the gateway's webhook events until a signal.

use crate::exit::{ExitCode, Fatal};
use crate::limits;
use crate::listen::{self, ListenOptions};
use crate::record::event_file::EventFile;
use crate::record::output_file::{NamedFiles, OutputFile, check_is_regular, check_no_name_of_ours};
use crate::report::terminal;
use crate::signals::Stop;

/// The open files beside the connections.
const OTHER_FILES: u64 = 16;

pub(super) fn run(options: &ListenOptions, stop: &Stop) -> Result<ExitCode, Fatal> {
    options.path.check().map_err(Fatal::usage)?;
    check_limit(u64::from(options.connections))?;
    check_files(options)?;
    let events = options.events.display();
    let file = EventFile::open(&options.events).map_err(|error| {
        Fatal::usage(format!(
            "{events} cannot be written: {error} (name another file with --events)"
        ))
    })?;
    let tally = listen::run(options, file, stop)
        .map_err(|error| Fatal::internal(format!("cannot listen: {error}")))?;
    terminal::report(&tally.to_string())?;
    Ok(ExitCode::Success)
}

/// Checks that the system allows so many connections.
fn check_limit(connections: u64) -> Result<(), Fatal> {
    match limits::files_left() {
        Some(left) if left < connections + OTHER_FILES => Err(Fatal::usage(format!(
            "too few open files for --connections {connections}: {} are possible (lower it, or raise the limit: ulimit -n)",
            left.saturating_sub(OTHER_FILES)
        ))),
        _ => Ok(()),
    }
}

/// Checks that the files to write are none of another use.
fn check_files(options: &ListenOptions) -> Result<(), Fatal> {
    let mut named = NamedFiles::default();
    let files = [("--events", Some(&options.events)), ("--port-file", options.port_file.as_ref())];
    for (flag, path) in files {
        let Some(path) = path else { continue };
        if path.as_os_str() == "-" {
            return Err(Fatal::usage(format!("{flag} needs the name of a file, not -")));
        }
        check_no_name_of_ours(flag, path)?;
        check_is_regular(flag, path)?;
        named.check(flag, path)?;
        named.keep(path, "is written too");
        OutputFile::open(flag, path)?;
    }
    Ok(())
}
