//! The log, one JSON line for each POST, and the counts that end it. The module's documentation
//! lists the keys of a line.

use std::borrow::Cow;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::units::printable::printable_json;
use crate::units::{in_context, show_number};

/// The stream that a gateway prints to, usually stdout.
pub(super) type Output = Box<dyn Write + Send>;

/// The log line of a POST.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogEntry<'a> {
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

/// The log: to a file, to the output, to both or to neither.
#[derive(Default)]
pub(super) struct RequestLog {
    file: Option<File>,
    output: Option<Output>,
    /// True if the output gets the lines too, and not only the address and the counts.
    print_lines: bool,
    line: Vec<u8>,
}

impl RequestLog {
    /// Opens the log; lines are appended to the file.
    pub(super) fn open(
        file: Option<&Path>,
        output: Option<Output>,
        print_lines: bool,
    ) -> io::Result<Self> {
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            // It has the recipients' numbers.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let opened = options.append(true).create(true).open(path);
            opened.map_err(|error| in_context(path.display(), &error))
        };
        Ok(Self { file: file.map(open).transpose()?, output, print_lines, line: Vec::new() })
    }

    /// Prints the gateway's URL.
    pub(super) fn announce(&mut self, url: &str) -> io::Result<()> {
        self.print(format_args!("listening on {url}"))
    }

    /// Writes a line, without a buffer.
    pub(super) fn record(&mut self, entry: &LogEntry<'_>) -> io::Result<()> {
        let output = self.output.as_mut().filter(|_| self.print_lines);
        if self.file.is_none() && output.is_none() {
            return Ok(());
        }
        self.line.clear();
        serde_json::to_writer(&mut self.line, entry)?;
        // A client could otherwise write to the terminal that shows the log.
        if let Ok(Cow::Owned(printable)) = std::str::from_utf8(&self.line).map(printable_json) {
            self.line = printable.into_bytes();
        }
        self.line.push(b'\n');
        if let Some(output) = output {
            output.write_all(&self.line)?;
            output.flush()?;
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(&self.line))
    }

    /// Prints the counts.
    pub(super) fn finish(&mut self, tally: &Tally) -> io::Result<()> {
        self.print(format_args!("{tally}"))
    }

    fn print(&mut self, text: fmt::Arguments<'_>) -> io::Result<()> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        writeln!(output, "{text}")?;
        output.flush()
    }
}

/// A gateway's counts. Every POST to the endpoint is exactly one of accepted, duplicate and
/// refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// POSTs to the endpoint.
    pub requests: u64,
    /// Different messageIds in valid requests.
    pub distinct_ids: u64,
    /// Valid requests whose messageId had been seen before.
    pub repeats: u64,
    /// Requests accepted as a new message, also when a fault then lost the response.
    pub accepted: u64,
    /// Repeats of an accepted message.
    pub duplicates: u64,
    /// The others: requests that are not valid, and faults that accept nothing.
    pub refused: u64,
    /// Requests with a fault.
    pub faults: u64,
    /// Requests that were not POSTs to the endpoint.
    pub elsewhere: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [requests, ids, repeats] =
            [self.requests, self.distinct_ids, self.repeats].map(show_number);
        write!(f, "saw {requests} requests, {ids} distinct ids, {repeats} repeats")?;
        let [accepted, duplicates, refused] =
            [self.accepted, self.duplicates, self.refused].map(show_number);
        write!(f, " ({accepted} accepted, {duplicates} duplicates, {refused} refused)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_one_line() {
        let tally = Tally {
            requests: 1_204,
            distinct_ids: 1_200,
            repeats: 4,
            accepted: 1_200,
            duplicates: 3,
            refused: 1,
            ..Tally::default()
        };
        let line = "saw 1,204 requests, 1,200 distinct ids, 4 repeats \
                    (1,200 accepted, 3 duplicates, 1 refused)";
        assert_eq!(tally.to_string(), line);
    }
}
