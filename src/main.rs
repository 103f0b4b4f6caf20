//! The program: runs the library and turns its end into an exit code.

use std::panic;
use std::process::{self, ExitCode};

use mimalloc::MiMalloc;

/// Rows are read in one thread, prepared in another and let go in a third; the C library's
/// allocator takes a lock for each of these, which halves the speed where waking a thread is dear.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
