//! The event log (`--log-format json`): one JSON object a line on stderr, and nothing else there.
//!
//! Whether it is on is one value of the process, as stderr is one stream. Events have ids, files and
//! lines, but no names and no numbers.

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::tally::{MessageCounts, RowCounts};
use crate::units::printable::printable_json;

/// The form of what is written to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// Text for people
    #[default]
    Text,
    /// One JSON object for each event, and nothing else
    Json,
}

static ON: AtomicBool = AtomicBool::new(false);

/// The warnings and errors that were written.
static WRITTEN: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// An event, by its name in the log.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
#[allow(missing_docs)] // the fields are described in docs/reports.md
pub enum LogEvent<'a> {
    /// The program has read its options.
    Start { version: &'static str, command: &'static str, inputs: &'a [PathBuf] },
    /// All rows are read.
    Plan { rows: RowCounts, messages: MessageCounts, to_send: u64, takes_s: Option<f64> },
    /// A message was accepted.
    Sent(Settled<'a>),
    /// A message was refused.
    Refused(Settled<'a>),
    /// A message is known not to be sent.
    Failed(Settled<'a>),
    /// A message may have been sent.
    Unknown(Settled<'a>),
    /// A message is held.
    Held { message_id: &'a str, source: &'a str, line: u64, error_code: &'a str },
    /// A row was rejected.
    Rejected { source: &'a str, line: u64, error_code: &'a str },
    /// The counts at an interval.
    Progress(Counts),
    /// No message goes out.
    Blocked {
        reason: &'static str,
        #[serde(serialize_with = "optional")]
        until: Option<Timestamp>,
        #[serde(flatten)]
        counts: Counts,
    },
    /// The run stops: no more messages begin, and those in flight are waited for.
    Stopping {
        in_flight: u64,
        #[serde(flatten)]
        counts: Counts,
    },
    /// Messages go out again.
    Resumed(Counts),
    /// Something to look at.
    Warning { message: &'a str },
    /// Why the run ends.
    Error { message: &'a str },
    /// Outcomes that are in no file: the only event with names and numbers.
    Unwritten { csv: &'a str },
    /// The end of the run.
    End { exit: u8, rows: &'a Value, messages: &'a Value },
}

/// A message that has ended.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Settled<'a> {
    pub message_id: &'a str,
    pub source: &'a str,
    pub line: u64,
    pub error_code: Option<&'a str>,
    pub meaning: Option<&'static str>,
    pub http_status: Option<u16>,
    pub attempts: u32,
    pub latency_ms: u64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Counts {
    pub done: u64,
    pub total: u64,
    /// Messages a second, over the last seconds.
    pub rate: Option<f64>,
    #[serde(serialize_with = "optional")]
    pub done_at: Option<Timestamp>,
    pub refused: u64,
    pub failed: u64,
    pub unknown: u64,
    pub held: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(serialize_with = "time")]
    time: Timestamp,
    #[serde(flatten)]
    event: &'a LogEvent<'a>,
}

/// Writes events from now on, and no text.
pub fn turn_on() {
    ON.store(true, Ordering::Relaxed);
}

/// Returns whether events are written.
#[must_use]
pub fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Writes an event, if events are written. A caller that has to prepare one asks [`is_on`] first.
pub fn write(event: &LogEvent<'_>) {
    if is_on() {
        write_line(&as_json(event, Timestamp::now()));
    }
}

#[allow(clippy::disallowed_methods)] // the log is the other writer to stderr beside `terminal`
fn write_line(json: &str) {
    let _ = writeln!(io::stderr(), "{}", printable_json(json));
}

/// Writes a warning or an error once, without what may be somebody's number.
pub(super) fn write_message(text: &str, is_error: bool) {
    let text = without_numbers(text);
    let message = text.as_str();
    let is_new = {
        let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
        written.get_or_insert_default().insert(text.clone())
    };
    match (is_new, is_error) {
        (false, _) => {}
        (true, true) => write(&LogEvent::Error { message }),
        (true, false) => write(&LogEvent::Warning { message }),
    }
}

fn as_json(event: &LogEvent<'_>, time: Timestamp) -> String {
    // Numbers and texts can always be written as JSON.
    serde_json::to_string(&Line { time, event }).unwrap_or_default()
}

/// Milliseconds in UTC, always in the same form.
fn time<S: Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    serializer.serialize_str(&PRINTER.timestamp_to_string(moment))
}

fn optional<S: Serializer>(moment: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => time(moment, to),
        None => to.serialize_none(),
    }
}

/// The fewest digits of what may be a person's number. Dates and codes have less.
const NUMBER: usize = 9;

/// The text with `…` for each row of nine digits or more, blanks between them or not.
fn without_numbers(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut digits = String::new();
    let end = |digits: &mut String, shown: &mut String| {
        let blanks = digits.len() - digits.trim_end().len();
        match digits.bytes().filter(u8::is_ascii_digit).count() {
            NUMBER.. => {
                shown.push('…');
                shown.extend(std::iter::repeat_n(' ', blanks));
            }
            _ => shown.push_str(digits),
        }
        digits.clear();
    };
    for c in text.chars() {
        let goes_on =
            c.is_ascii_digit() || (c == ' ' && !digits.is_empty() && !digits.ends_with(' '));
        if !goes_on {
            end(&mut digits, &mut shown);
            shown.push(c);
        } else {
            digits.push(c);
        }
    }
    end(&mut digits, &mut shown);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_that_begins_with_its_time() {
        let event = LogEvent::Rejected { source: "a.csv", line: 3, error_code: "to_missing" };
        let json = as_json(&event, "2026-11-27T08:00:00Z".parse().unwrap());
        assert_eq!(
            json,
            r#"{"time":"2026-11-27T08:00:00.000Z","event":"rejected","source":"a.csv","line":3,"error_code":"to_missing"}"#
        );
        let settled = Settled {
            message_id: "m",
            source: "a.csv",
            line: 2,
            error_code: None,
            meaning: None,
            http_status: Some(200),
            attempts: 1,
            latency_ms: 12,
        };
        let json = as_json(&LogEvent::Sent(settled), "2026-11-27T08:00:00.5Z".parse().unwrap());
        assert!(
            json.starts_with(
                r#"{"time":"2026-11-27T08:00:00.500Z","event":"sent","message_id":"m""#
            )
        );
    }

    #[test]
    fn a_message_has_no_number_in_it() {
        for (text, shown) in [
            ("--to \"0712 345 678\" is too short", "--to \"…\" is too short"),
            ("--to +254712345678 is", "--to +… is"),
            ("since 2026-11-27 08:00, 12 rows", "since 2026-11-27 08:00, 12 rows"),
            ("people-20261127.csv:31", "people-20261127.csv:31"),
            ("254712345678", "…"),
        ] {
            assert_eq!(without_numbers(text), shown);
        }
    }
}
