//! The report of results files, for `lipasend report`. Several files are one total: the same message
//! in two files counts once. Rehearsals and other gateways are counted apart.
//!
//! - `messages`: reads the files; what counts of each message; `texts`: the texts that they share
//! - `sections`: the counts of each gateway
//! - `rest`: what is known of the messages of a list that are not in its results
//! - `screen`, `json`: the report for people and for programs
//! - `lines`: the report with a line for each message
//! - `not_sent`: the list of what was not sent
//! - `replaceable`: what may be written over
//! - `since`: `--since`

mod json;
mod lines;
mod messages;
mod not_sent;
pub mod replaceable;
mod rest;
mod screen;
mod sections;
pub mod since;
mod texts;

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use self::messages::{FileRead, Message, Reading};
use self::rest::Rest;
use self::sections::{FileRuns, Section, sections};
use crate::eligibility::zone::Zone;
use crate::exit::Fatal;
use crate::record::in_flight::InFlightRun;
use crate::record::lock;
use crate::record::output_file::OutputFile;
use crate::record::run_ends::RunEnds;
use crate::report::report_file::ReportForm;

/// The most results files of one report: the number of a file has two bytes.
const MOST_FILES: usize = u16::MAX as usize;

/// One results file.
#[derive(Debug)]
struct FileFacts {
    path: PathBuf,
    /// The number of its lines.
    lines: u64,
    /// The run of which there is an in-flight file beside it.
    in_flight: Option<InFlightRun>,
    /// The messages that a killed run left in flight: they may have arrived. `None` if that is not
    /// known, because a run is going on or the in-flight file cannot be read.
    messages_in_flight: Option<u64>,
    /// The messages of its list that are not in it.
    rest: Rest,
    /// The number of messages of its list, as the last run over the whole list counted; 0 if that is
    /// not recorded.
    of_list: u64,
}

/// The report, counted.
struct Report<'a> {
    files: &'a [FileFacts],
    sections: &'a [Section],
    since: Option<Timestamp>,
    /// The messages that are left out because their time is not known.
    without_time: usize,
    zone: &'a Zone,
    /// The files that were written, with their labels.
    written: &'a [(&'static str, String)],
}

impl Report<'_> {
    /// Returns whether a message is counted.
    fn counts(&self, message: &Message) -> bool {
        is_since(message, self.since)
    }
}

fn is_since(message: &Message, since: Option<Timestamp>) -> bool {
    since.is_none_or(|since| {
        message.last_attempt().is_some_and(|time| time >= since.as_millisecond())
    })
}

/// Results files that were read and counted.
pub struct Results {
    reading: Reading,
    files: Vec<FileFacts>,
    sections: Vec<Section>,
    since: Option<Timestamp>,
    without_time: usize,
    zone: Zone,
    written: Vec<(&'static str, String)>,
}

impl Results {
    /// Reads the files. With `since` only messages count whose last attempt was then or later.
    ///
    /// # Errors
    /// When one cannot be read or is no results file.
    pub fn read(paths: &[PathBuf], since: Option<Timestamp>, zone: Zone) -> Result<Self, Fatal> {
        if paths.len() > MOST_FILES {
            return Err(Fatal::usage(format!("more than {MOST_FILES} results files (name fewer)")));
        }
        let mut reading = Reading::default();
        let mut files = Vec::with_capacity(paths.len());
        let mut runs = Vec::with_capacity(paths.len());
        for path in paths {
            let FileRead { lines, last_run, in_flight } = reading.add_file(path)?;
            let ends = lock::peek_ends(path)?;
            let rest = Rest::of(ends.as_ref(), &last_run, in_flight.is_some());
            let whole = ends.as_ref().and_then(RunEnds::last_of_whole_list);
            let of_list = whole.and_then(|end| end.extent.total).unwrap_or(0);
            let alive = matches!(in_flight, Some(InFlightRun::Alive)).then_some(last_run);
            let knows_ends =
                in_flight.is_some() || ends.as_ref().is_some_and(|ends| ends.last().is_some());
            let path = path.clone();
            files.push(FileFacts {
                path,
                lines,
                in_flight,
                messages_in_flight: None,
                rest,
                of_list,
            });
            runs.push(FileRuns { ends, alive, knows_ends });
        }
        for (number, file) in (0..).zip(&mut files) {
            file.messages_in_flight = match file.in_flight {
                None => Some(0),
                Some(InFlightRun::Dead(_)) => Some(reading.messages.in_flight(number, file.lines)),
                Some(InFlightRun::Alive | InFlightRun::Unreadable(_)) => None,
            };
        }
        let sections = sections(&reading, |message| is_since(message, since), &runs);
        let is_without = |message: &&Message| since.is_some() && message.last_attempt().is_none();
        let without_time = reading.messages.iter().filter(is_without).count();
        Ok(Self { reading, files, sections, since, without_time, zone, written: Vec::new() })
    }

    fn report(&self) -> Report<'_> {
        Report {
            files: &self.files,
            sections: &self.sections,
            since: self.since,
            without_time: self.without_time,
            zone: &self.zone,
            written: &self.written,
        }
    }

    /// The report for people.
    #[must_use]
    pub fn screen(&self) -> String {
        screen::show(&self.report())
    }

    /// Writes the report in this form to `out`, which errors call `name`; a CSV has a line for each
    /// message.
    ///
    /// # Errors
    /// When it cannot be written, or the results cannot be read again for the lines.
    pub fn write(&self, form: ReportForm, out: &mut dyn Write, name: &str) -> Result<(), Fatal> {
        match form {
            ReportForm::Csv => lines::write_report(out, name, &self.report(), &self.reading),
            ReportForm::Json => {
                let failed = |error: &dyn std::fmt::Display| lines::cannot_write(name, error);
                let json = json::json(&self.report()).map_err(|error| failed(&error))?;
                out.write_all(json.as_bytes()).map_err(|error| failed(&error))
            }
        }
    }

    /// Writes the list of what was not sent.
    ///
    /// # Errors
    /// As [`write`](Self::write), and when the messages are of several campaigns or senders.
    pub fn write_not_sent(&mut self, output: OutputFile) -> Result<(), Fatal> {
        let what = not_sent::write(output, &self.report(), &self.reading)?;
        self.written.push(("list", what));
        Ok(())
    }

    /// Shows that the report is in this file, too.
    pub fn note_report(&mut self, path: &Path) {
        self.written.push(("report", path.display().to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_campaign_cannot_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.results.csv");
        for (line, problem) in [
            (",sent,h", "line 2: the message_id is missing"),
            ("a,Sent!,h", "line 2: the status `Sent!` is none of"),
        ] {
            std::fs::write(&path, format!("message_id,status,gateway\n{line}\n")).unwrap();
            let zone = "UTC".parse().unwrap();
            let error = Results::read(std::slice::from_ref(&path), None, zone).err().unwrap();
            assert!(error.to_string().contains(problem), "{error}");
        }
    }
}
