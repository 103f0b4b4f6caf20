//! The only writer to stdout (data and the summary) and to stderr (everything else).
//!
//! Whatever is printed passes [`printable`](crate::units::printable) here, so that no text of an
//! input, a file name or an answer can act on the terminal: clippy.toml forbids the two streams
//! elsewhere, but for the event log, which takes the place of all text on stderr. A line break
//! passes only where a function prints several lines, which are built from texts of one line
//! ([`add_line`](super::format::add_line)). The progress bar has only our own words; a text of clap
//! is [printed](usage) from words that are printable.
//!
//! A closed stream (`| head`) is not an error: the records are in the files.

#![allow(clippy::disallowed_methods)] // this is the one place

use std::fs::File;
use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::FileTypeExt;

use terminal_size::{Height, Width, terminal_size_of};

use super::event_log::{self, LogEvent};
use super::format::{folded, on_lines};
use crate::exit::Fatal;
use crate::signals::Stop;
use crate::units::printable::{printable, printable_json, printable_lines, printable_records};

/// Writes JSON to stdout.
///
/// # Errors
/// When it cannot be written, except to a closed stream.
pub fn write_json(json: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    let json = printable_json(json.trim_end());
    match writeln!(stdout, "{json}").and_then(|()| stdout.flush()) {
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

/// Writes the lines of a report to stdout, folded on a terminal.
///
/// # Errors
/// When it cannot be written, except to a closed stream: exit code 1.
pub fn report(lines: &str) -> Result<(), Fatal> {
    let mut stdout = io::stdout();
    let text = fitted(lines, terminal_size_of(io::stdout()));
    match writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()) {
        Err(error) if is_closed(&error, &stdout) => Ok(()),
        written => written.map_err(|error| unwritten(&error)),
    }
}

/// The error of a result that cannot be written to stdout: a full disk, for example.
fn unwritten(error: &io::Error) -> Fatal {
    Fatal::internal(format!("the result cannot be written to standard output: {error}"))
}

/// Writes the lines of a report to stderr, folded on a terminal; nothing with an event log, which has
/// the same facts.
pub fn report_to_stderr(lines: &str) {
    if event_log::is_on() {
        return;
    }
    let text = fitted(lines, terminal_size_of(io::stderr()));
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}

/// Writes a warning to stderr, folded on a terminal, or to the event log.
pub fn message(text: &str) {
    show_message(text, false);
}

/// Writes an error to stderr, folded on a terminal, or to the event log.
pub fn error(text: &str) {
    show_message(text, true);
}

/// Writes a warning before the process ends at once. On a terminal it gets its own line, below a bar
/// that is still there.
pub fn last_words(text: &str) {
    if !event_log::is_on() && stderr_is_terminal() {
        let _ = writeln!(io::stderr());
    }
    message(text);
}

fn show_message(text: &str, is_error: bool) {
    if event_log::is_on() {
        return event_log::write_message(text, is_error);
    }
    let text = format!("lipasend: {text}");
    let text = printable(&text);
    match is_error {
        true => report_to_stderr(&on_lines(&text)),
        false => report_to_stderr(&text),
    }
}

/// Writes one line to stderr; nothing with an event log.
pub fn line(text: &str) {
    if event_log::is_on() {
        return;
    }
    let _ = writeln!(io::stderr(), "{}", printable(text.trim_end()));
}

/// Writes what the progress bar draws to stderr: its own words and control sequences.
pub(super) fn draw(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr();
    stderr.write_all(text.as_bytes())
}

/// The columns of the terminal that stderr is.
pub(super) fn stderr_width() -> Option<usize> {
    terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0))
}

/// Returns whether the terminal says that it cannot move its cursor.
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Returns whether colours may be used on a terminal: `NO_COLOR` is not set.
pub(super) fn has_colours() -> bool {
    !is_dumb() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes CSV records to stderr, to be saved as a file.
pub fn records(csv: &str) {
    let csv = csv.trim_start_matches('\u{feff}').trim_end();
    if event_log::is_on() {
        return event_log::write(&LogEvent::Unwritten { csv });
    }
    let _ = writeln!(io::stderr(), "{}", printable_records(csv));
}

/// Prints a text of clap: help and version to stdout, an error to stderr. The words of the command
/// line that it repeats must be printable, because it is printed with clap's own colours.
///
/// # Errors
/// When help or version cannot be written, except to a closed stream: exit code 1.
pub fn usage(text: &clap::Error) -> Result<(), Fatal> {
    match text.print().and_then(|()| io::stdout().flush()) {
        Err(error) if !text.use_stderr() && !is_closed(&error, &io::stdout()) => {
            Err(unwritten(&error))
        }
        _ => Ok(()),
    }
}

/// Stdout, for lines that are JSON or numbers and have been made printable.
#[must_use]
pub fn stdout() -> io::Stdout {
    io::stdout()
}

/// Stdout, for data that has been made printable. What nobody reads any more is dropped.
#[must_use]
pub fn data() -> impl Write {
    Data(BufWriter::new(io::stdout()))
}

struct Data(BufWriter<io::Stdout>);

impl Data {
    fn unless_closed<T>(written: io::Result<T>, all: T) -> io::Result<T> {
        match written {
            Err(error) if is_closed(&error, &io::stdout()) => Ok(all),
            written => written,
        }
    }
}

impl Write for Data {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::unless_closed(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::unless_closed(self.0.flush(), ())
    }
}

fn fitted(lines: &str, size: Option<(Width, Height)>) -> String {
    let lines = printable_lines(lines);
    match size {
        Some((width, _)) => folded(&lines, usize::from(width.0).max(MIN_WIDTH)),
        None => lines.into_owned(),
    }
}

/// Narrower terminals fold lines themselves.
const MIN_WIDTH: usize = 40;

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

/// Returns whether stdin and stderr are terminals, so that the user can be asked: not with an event
/// log.
#[must_use]
pub fn can_ask() -> bool {
    !event_log::is_on() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question. Everything but `y` and `yes` is a no; `None` when a signal comes before the
/// answer.
#[must_use]
pub fn ask(question: &str, stop: &Stop) -> Option<bool> {
    let mut stderr = io::stderr();
    let asked = write!(stderr, "{} [y/N] ", printable(question)).and_then(|()| stderr.flush());
    if asked.is_err() {
        return Some(false);
    }
    let read = || {
        let mut line = String::new();
        let _ = io::stdin().lock().read_line(&mut line);
        line
    };
    let line = stop.unless_stopped(read).unwrap_or_default();
    // Ctrl-C and Ctrl-D end no line.
    if !line.as_ref().is_some_and(|line| line.ends_with('\n')) {
        let _ = writeln!(stderr);
    }
    Some(matches!(line?.trim().to_lowercase().as_str(), "y" | "yes"))
}
