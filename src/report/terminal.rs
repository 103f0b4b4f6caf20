//! The two streams: data and the final summary go to stdout, everything else to stderr.
//!
//! Nothing else writes to them but the bar (`progress`), the stand-in gateway's log and clap's help;
//! and nothing else knows how wide a terminal is. A reader that has gone away (`| head`) is no error:
//! what is recorded is in the files.

use std::io::{self, BufRead, IsTerminal, Write};

use terminal_size::{Height, Width, terminal_size_of};

use super::format::folded;

/// One line of data to stdout.
pub fn data(text: &str) {
    let _ = writeln!(io::stdout(), "{}", text.trim_end());
}

/// A report to stdout, folded where a person reads it.
pub fn report(text: &str) {
    data(&fitted(text, terminal_size_of(io::stdout())));
}

/// A report to stderr, folded where a person reads it.
pub fn report_aside(text: &str) {
    line(&fitted(text, terminal_size_of(io::stderr())));
}

fn fitted(text: &str, screen: Option<(Width, Height)>) -> String {
    match screen {
        Some((width, _)) => folded(text, usize::from(width.0).max(NARROWEST)),
        None => text.to_owned(),
    }
}

/// Narrower screens fold lines themselves.
const NARROWEST: usize = 40;

/// Data to stdout that a program waits for.
///
/// # Errors
/// When it cannot be written, but for a reader that has gone away.
pub fn whole(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    match writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// One line to stderr.
pub fn line(text: &str) {
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}

/// Whether a person reads stdout.
#[must_use]
pub fn stdout_is_read() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person reads stderr.
#[must_use]
pub fn stderr_is_read() -> bool {
    io::stderr().is_terminal()
}

/// Whether a person sits at stdin and reads stderr, so that something can be asked.
#[must_use]
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question that only a clear yes answers with yes.
#[must_use]
pub fn ask(question: &str) -> bool {
    let mut stderr = io::stderr();
    let asked = write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    asked.is_ok()
        && io::stdin().lock().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
