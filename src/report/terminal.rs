//! Writes to stdout (data and the summary) and to stderr (everything else).
//!
//! Only the progress bar, the mock gateway's log and clap's help write to them directly. A closed
//! stream (`| head`) is not an error: the records are in the files.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;

use terminal_size::{Height, Width, terminal_size_of};

use super::format::folded;

/// Writes one line of data to stdout.
pub fn data(text: &str) {
    let _ = writeln!(io::stdout(), "{}", text.trim_end());
}

/// Writes a report to stdout, folded on a terminal.
pub fn report(text: &str) {
    data(&fitted(text, terminal_size_of(io::stdout())));
}

/// Writes a report to stderr, folded on a terminal.
pub fn report_to_stderr(text: &str) {
    line(&fitted(text, terminal_size_of(io::stderr())));
}

fn fitted(text: &str, size: Option<(Width, Height)>) -> String {
    match size {
        Some((width, _)) => folded(text, usize::from(width.0).max(MIN_WIDTH)),
        None => text.to_owned(),
    }
}

/// Narrower terminals fold lines themselves.
const MIN_WIDTH: usize = 40;

/// Writes data to stdout that must not be lost.
///
/// # Errors
/// When it cannot be written, except to a closed stream.
pub fn write_data(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    match writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()) {
        Err(error) if is_closed(&error, &stdout) => Ok(()),
        written => written,
    }
}

/// The system's error number for a terminal that was closed (`EIO`), on Linux and macOS; a disk that
/// fails has the same.
const INPUT_OUTPUT_ERROR: i32 = 5;

/// Returns whether a write failed because nobody can read the stream any more: a pipe without a
/// reader, or a terminal that was closed.
fn is_closed(error: &io::Error, stream: &impl AsFd) -> bool {
    let is_device = || {
        let file = stream.as_fd().try_clone_to_owned().map(File::from);
        file.and_then(|file| file.metadata()).is_ok_and(|found| found.file_type().is_char_device())
    };
    error.kind() == io::ErrorKind::BrokenPipe
        || (error.raw_os_error() == Some(INPUT_OUTPUT_ERROR) && is_device())
}

/// Writes one line to stderr.
pub fn line(text: &str) {
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}

/// Returns whether stdout is a terminal.
#[must_use]
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Returns whether stderr is a terminal.
#[must_use]
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Returns whether stdin and stderr are terminals, so that the user can be asked.
#[must_use]
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question. Everything but `y` and `yes` is a no.
#[must_use]
pub fn ask(question: &str) -> bool {
    let mut stderr = io::stderr();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    asked.is_ok()
        && io::stdin().lock().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
