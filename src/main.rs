//! The program: runs the library and turns its end into an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(lipasend::run(std::env::args_os().collect()).number())
}
