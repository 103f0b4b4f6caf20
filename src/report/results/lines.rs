//! The report as CSV, with a line for each message. The results are read a second time, so that no
//! text of them is kept in memory.

use std::borrow::Cow;
use std::io::{self, Write};

use super::messages::{Message, Reading};
use super::{FileFacts, Report};
use crate::exit::Fatal;
use crate::record::csv_text::{BOM, push_text};
use crate::record::in_flight::InFlightRun;
use crate::record::ledger::{Column, Record, Records};
use crate::report::next_step::{code_meaning, next_step};
use crate::send::outcome::Status;

/// The columns of the report.
pub(super) const COLUMNS: [&str; 19] = [
    "message_id",
    "campaign",
    "from",
    "to",
    "name",
    "phone",
    "status",
    "error_code",
    "reason",
    "next_step",
    "attempts",
    "sent_at",
    "latency_ms",
    "source",
    "line",
    "run",
    "gateway",
    "to_source",
    "to_line",
];

/// Writes a line for each message that counts to `out`, which errors call `name`.
///
/// # Errors
/// When the results cannot be read again or `out` cannot be written.
pub(super) fn write_report(
    out: &mut dyn Write,
    name: &str,
    report: &Report<'_>,
    reading: &Reading,
) -> Result<(), Fatal> {
    let mut csv = Csv::begin(out, name, &COLUMNS)?;
    for_each_line(
        report,
        reading,
        |_| true,
        |record, _| {
            let status = record.status().unwrap_or(Status::Unknown);
            let text = |column| record.text(column);
            csv.cells(&[
                text(Column::MessageId),
                text(Column::Campaign),
                text(Column::From),
                text(Column::To),
                text(Column::Name),
                text(Column::Phone),
                Cow::Borrowed(status.as_str()),
                code(record, status),
                reason(record, status),
                Cow::Borrowed(next_step(status, record.text(Column::ErrorCode).trim())),
                text(Column::Attempts),
                text(Column::SentAt),
                text(Column::LatencyMs),
                text(Column::Source),
                text(Column::Line),
                text(Column::Run),
                text(Column::Gateway),
                text(Column::ToSource),
                text(Column::ToLine),
            ])
        },
    )?;
    csv.end()
}

/// The error code of a message that was not sent.
pub(super) fn code<'r>(record: &'r Record<'_>, status: Status) -> Cow<'r, str> {
    match status {
        Status::Sent => Cow::Borrowed(""),
        _ => record.text(Column::ErrorCode),
    }
}

/// The reason why a message was not sent: the error in full, or what its code means.
pub(super) fn reason<'r>(record: &'r Record<'_>, status: Status) -> Cow<'r, str> {
    if status == Status::Sent {
        return Cow::Borrowed("");
    }
    let error = record.text(Column::Error);
    match error.is_empty() {
        false => error,
        true => {
            Cow::Borrowed(code_meaning(record.text(Column::ErrorCode).trim()).unwrap_or_default())
        }
    }
}

/// Calls `write` for each line that counts of a message for which `is` holds, in the order of the
/// files; what a killed run left in flight follows the lines of its file.
pub(super) fn for_each_line(
    report: &Report<'_>,
    reading: &Reading,
    is: impl Fn(&Message) -> bool,
    mut write: impl FnMut(&Record<'_>, &Message) -> Result<(), Fatal>,
) -> Result<(), Fatal> {
    let is = |message: &&Message| report.counts(message) && is(message);
    let expected = reading.messages.iter().filter(is).count();
    let mut written = 0;
    let mut visit = |record: &Record<'_>, file: u16, number: u64| {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if let Ok((id, _)) = record.outcome()
            && let Some(message) = reading.messages.of_record(id, file, number).filter(is)
        {
            write(record, message)?;
            written += 1;
        }
        Ok::<_, Fatal>(())
    };
    for (file, FileFacts { path, lines, in_flight, .. }) in (0..).zip(report.files) {
        let mut records = Records::open(path)?;
        // What a run has added meanwhile is not in the counts either.
        for number in 0..*lines {
            let Some(record) = records.next_record()? else { break };
            visit(&record, file, number)?;
        }
        let Some(InFlightRun::Dead(lost)) = in_flight else { continue };
        let (mut records, mut number) = (lost.records(), *lines);
        while let Some(record) = records.next_record()? {
            visit(&record, file, number)?;
            number += 1;
        }
    }
    match written == expected {
        true => Ok(()),
        false => Err(Fatal::input("the results changed while they were read (run report again)")),
    }
}

/// A CSV file while it is written.
struct Csv<'w> {
    name: &'w str,
    out: io::BufWriter<&'w mut dyn Write>,
    line: Vec<u8>,
}

impl<'w> Csv<'w> {
    fn begin(out: &'w mut dyn Write, name: &'w str, header: &[&str]) -> Result<Self, Fatal> {
        let mut csv = Self { name, out: io::BufWriter::new(out), line: BOM.to_vec() };
        csv.cells(header)?;
        Ok(csv)
    }

    /// Adds a line for people: nothing in it acts on a screen.
    fn cells(&mut self, cells: &[impl AsRef<str>]) -> Result<(), Fatal> {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.line.push(b',');
            }
            push_text(&mut self.line, cell.as_ref());
        }
        self.line.push(b'\n');
        let written = self.out.write_all(&self.line);
        self.line.clear();
        written.map_err(|error| cannot_write(self.name, &error))
    }

    fn end(mut self) -> Result<(), Fatal> {
        self.out.flush().map_err(|error| cannot_write(self.name, &error))
    }
}

/// The error that a report cannot be written to the file of this name.
pub(super) fn cannot_write(name: &str, error: &dyn std::fmt::Display) -> Fatal {
    Fatal::internal(format!("the report cannot be written to {name}: {error}"))
}
