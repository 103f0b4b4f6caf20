//! The program: runs the library and turns its end into an exit code.

use std::panic;
use std::process::{self, ExitCode};

fn main() -> ExitCode {
    end_on_panic();
    ExitCode::from(lipasend::run(std::env::args_os().collect()).number())
}

/// A thread that panics must not leave the others waiting for it: the run ends as after a kill, and
/// the next one takes it up.
fn end_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        report(panic);
        #[allow(clippy::exit)]
        process::exit(1);
    }));
}
