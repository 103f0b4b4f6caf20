//! The gateway's log: one JSON line a request, to a file, to a writer, to both or to none. The
//! line's form is told in the wing's opening.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::tally::Tally;

/// A writer of the program, usually its stdout.
pub(super) type Out = Box<dyn Write + Send>;

/// What is logged of a request.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    pub(super) n: u64,
    #[serde(serialize_with = "unix_seconds")]
    pub(super) time: Timestamp,
    #[serde(rename = "since_start_us", serialize_with = "micros")]
    pub(super) since_start: Duration,
    pub(super) message_id: Option<&'a str>,
    pub(super) to: Option<&'a str>,
    pub(super) status: Option<u16>,
    pub(super) fault: Option<&'a str>,
    pub(super) accepted: bool,
    pub(super) repeat: bool,
    pub(super) duplicate: bool,
    pub(super) why: Option<&'a str>,
}

fn unix_seconds<S: serde::Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    let micros = u64::try_from(at.as_microsecond()).unwrap_or(0);
    to.serialize_f64(Duration::from_micros(micros).as_secs_f64())
}

fn micros<S: serde::Serializer>(since: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u128(since.as_micros())
}

/// The error with its place, which the system leaves out.
pub(super) fn placed(place: impl Display, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{place}: {error}"))
}

/// Where the log goes.
#[derive(Default)]
pub(super) struct Journal {
    file: Option<File>,
    out: Option<Out>,
    /// Whether `out` gets the lines too, and not only the first and the last word.
    lines_out: bool,
    line: Vec<u8>,
}

impl Journal {
    /// Opens the log; lines are appended to the file.
    pub(super) fn open(file: Option<&Path>, out: Option<Out>, lines_out: bool) -> io::Result<Self> {
        let open = |path: &Path| {
            let opened = OpenOptions::new().append(true).create(true).open(path);
            opened.map_err(|error| placed(path.display(), &error))
        };
        Ok(Self { file: file.map(open).transpose()?, out, lines_out, line: Vec::new() })
    }

    /// Says where the gateway listens.
    pub(super) fn announce(&mut self, url: &str) -> io::Result<()> {
        self.say(format_args!("listening on {url}"))
    }

    /// Writes a request's line through to the operating system.
    pub(super) fn record(&mut self, line: &Line) -> io::Result<()> {
        let out = self.out.as_mut().filter(|_| self.lines_out);
        if self.file.is_none() && out.is_none() {
            return Ok(());
        }
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        if let Some(out) = out {
            out.write_all(&self.line)?;
            out.flush()?;
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(&self.line))
    }

    /// Says what was seen in all.
    pub(super) fn close(&mut self, tally: &Tally) -> io::Result<()> {
        self.say(format_args!("{tally}"))
    }

    fn say(&mut self, words: std::fmt::Arguments) -> io::Result<()> {
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        writeln!(out, "{words}")?;
        out.flush()
    }
}
