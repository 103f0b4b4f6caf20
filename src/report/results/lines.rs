//! The files with a line for each message: the report as CSV, and the list of what was not sent. The
//! results are read a second time, so that no text of them is kept in memory.

use std::borrow::Cow;
use std::io::{self, Write};

use super::messages::{Message, Reading};
use super::{FileFacts, Report};
use crate::exit::Fatal;
use crate::prepare::message::MessageId;
use crate::prepare::phone::PhoneNumber;
use crate::read::formula::escape_formula;
use crate::record::ledger::{Column, Record, Records};
use crate::report::next_step::{code_meaning, next_step};
use crate::send::outcome::Status;
use crate::units::printable::printable;

/// With it a spreadsheet reads the file as UTF-8.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The columns of the report.
const COLUMNS: [&str; 17] = [
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
];

/// The columns of the list of what was not sent, behind those of the card.
const WHY: [&str; 6] = ["source", "line", "status", "error_code", "reason", "next_step"];

/// Writes a line for each message that counts.
///
/// # Errors
/// When the results cannot be read again or `out` cannot be written.
pub(super) fn write_report(
    out: &mut dyn Write,
    report: &Report<'_>,
    reading: &Reading,
) -> Result<(), Fatal> {
    let mut csv = Csv::begin(out, &COLUMNS)?;
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
            ])
        },
    )?;
    csv.end()
}

/// Writes the messages of the first section that were not sent, or may not have been, as a list in
/// our own columns: given back, each message has the same id.
///
/// # Errors
/// As [`write_report`]; when the messages are of several campaigns or senders, because a list is sent
/// in one campaign from one sender.
pub(super) fn write_not_sent(
    out: &mut dyn Write,
    report: &Report<'_>,
    reading: &Reading,
) -> Result<u64, Fatal> {
    let gateway = report.sections.first().map(|section| &*section.gateway);
    let is_listed = |message: &Message| {
        message.status != Status::Sent
            && gateway == Some(&*reading.texts.origins.get(message.origin).gateway)
    };
    let listed =
        || reading.messages.iter().filter(|message| report.counts(message) && is_listed(message));
    check_one_origin(listed().map(|message| message.origin), reading)?;
    let phones = listed().map(|message| usize::from(message.phones)).max().unwrap_or(1).max(1);
    let mut header = vec!["to".to_owned(), "name".to_owned(), "phone".to_owned()];
    header.extend((2..=phones).map(|n| format!("phone_{n}")));
    header.push(Column::MessageId.name().to_owned());
    header.extend(WHY.map(str::to_owned));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut csv = Csv::begin(out, &header)?;
    let mut lines = 0;
    for_each_line(report, reading, is_listed, |record, message| {
        lines += 1;
        if record.text(Column::Phone).split(' ').count() > phones {
            return Err(Fatal::input(format!(
                "--not-sent: a card has more than {phones} numbers, and its line would lack some (line {} of the results)",
                record.line
            )));
        }
        csv.raw_cells(&not_sent_cells(record, message.status, phones))
    })?;
    csv.end()?;
    Ok(lines)
}

/// Checks that all messages are of one campaign and one sender.
fn check_one_origin(origins: impl Iterator<Item = u32>, reading: &Reading) -> Result<(), Fatal> {
    let mut first = None;
    for number in origins {
        let of = |number| {
            let origin = reading.texts.origins.get(number);
            (&*origin.campaign, &*origin.from)
        };
        let (campaign, from) = of(*first.get_or_insert(number));
        if of(number) != (campaign, from) {
            let (other, other_from) = of(number);
            return Err(Fatal::usage(format!(
                "--not-sent: the results are of several campaigns or senders (`{campaign}` from {from}, `{other}` from {other_from}), and a list is sent in one campaign from one sender (name only the results of one)"
            )));
        }
    }
    Ok(())
}

/// The cells of a message that was not sent.
fn not_sent_cells<'r>(record: &'r Record<'_>, status: Status, phones: usize) -> Vec<Cow<'r, str>> {
    let mut cells = vec![number(record.text(Column::To)), record.text(Column::Name)];
    let phone = record.text(Column::Phone).into_owned();
    let mut of_card = phone.split(' ').map(|phone| number(Cow::Owned(phone.to_owned())));
    cells.extend((0..phones).map(|_| of_card.next().unwrap_or_default()));
    cells.push(match made_by_recipe(record) {
        true => Cow::Borrowed(""),
        false => record.text(Column::MessageId),
    });
    cells.extend([
        record.text(Column::Source),
        record.text(Column::Line),
        Cow::Borrowed(status.as_str()),
        code(record, status),
        reason(record, status),
        Cow::Borrowed(next_step(status, record.text(Column::ErrorCode).trim())),
    ]);
    cells
}

/// A number with a `+`, so that it is never read as a national one; anything else as it is.
fn number(cell: Cow<'_, str>) -> Cow<'_, str> {
    match PhoneNumber::from_digits(&cell) {
        Some(number) => Cow::Owned(format!("+{number}")),
        None => cell,
    }
}

/// Returns whether the message's id is the one that the recipe makes of its cells. Any other one was
/// the row's own.
fn made_by_recipe(record: &Record<'_>) -> bool {
    let number = |column| PhoneNumber::from_digits(&record.text(column));
    let (Some(from), Some(to)) = (number(Column::From), number(Column::To)) else { return false };
    let phone = record.text(Column::Phone);
    let phones: Option<Vec<PhoneNumber>> = phone.split(' ').map(PhoneNumber::from_digits).collect();
    let Some(phones) = phones else { return false };
    let (campaign, name) = (record.text(Column::Campaign), record.text(Column::Name));
    let id = MessageId::by_recipe(&campaign, from, to, &name, phones.into_iter());
    id.as_str() == record.text(Column::MessageId)
}

/// The error code of a message that was not sent.
fn code<'r>(record: &'r Record<'_>, status: Status) -> Cow<'r, str> {
    match status {
        Status::Sent => Cow::Borrowed(""),
        _ => record.text(Column::ErrorCode),
    }
}

/// The reason why a message was not sent: the error in full, or what its code means.
fn reason<'r>(record: &'r Record<'_>, status: Status) -> Cow<'r, str> {
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
/// files.
fn for_each_line(
    report: &Report<'_>,
    reading: &Reading,
    is: impl Fn(&Message) -> bool,
    mut write: impl FnMut(&Record<'_>, &Message) -> Result<(), Fatal>,
) -> Result<(), Fatal> {
    let is = |message: &&Message| report.counts(message) && is(message);
    let expected = reading.messages.iter().filter(is).count();
    let mut written = 0;
    for (file, FileFacts { path, lines, .. }) in (0..).zip(report.files) {
        let mut records = Records::open(path)?;
        let mut number = 0;
        // What a run has added meanwhile is not in the counts either.
        while let Some(record) =
            (u64::from(number) < *lines).then(|| records.next_record()).transpose()?.flatten()
        {
            if let Ok((id, _)) = record.outcome()
                && let Some(message) = reading.messages.of_record(id, file, number).filter(is)
            {
                write(&record, message)?;
                written += 1;
            }
            number += 1;
        }
    }
    match written == expected {
        true => Ok(()),
        false => Err(Fatal::input("the results changed while they were read (run report again)")),
    }
}

/// A CSV file while it is written.
struct Csv<'w>(csv::Writer<&'w mut dyn Write>);

impl<'w> Csv<'w> {
    fn begin(out: &'w mut dyn Write, header: &[&str]) -> Result<Self, Fatal> {
        out.write_all(BOM).map_err(|error| cannot_write(&error))?;
        let mut csv = Self(csv::Writer::from_writer(out));
        csv.0.write_record(header).map_err(|error| cannot_write(&error))?;
        Ok(csv)
    }

    /// Adds a line for people: nothing in it acts on a screen.
    fn cells(&mut self, cells: &[Cow<'_, str>]) -> Result<(), Fatal> {
        self.line(cells.iter().map(|cell| match printable(cell) {
            Cow::Borrowed(cell) => escape_formula(cell),
            Cow::Owned(cell) => Cow::Owned(escape_formula(&cell).into_owned()),
        }))
    }

    /// Adds a line of a list: its texts are sent as they are.
    fn raw_cells(&mut self, cells: &[Cow<'_, str>]) -> Result<(), Fatal> {
        self.line(cells.iter().map(|cell| escape_formula(cell)))
    }

    fn line<'c>(&mut self, cells: impl Iterator<Item = Cow<'c, str>>) -> Result<(), Fatal> {
        for cell in cells {
            self.0.write_field(cell.as_bytes()).map_err(|error| cannot_write(&error))?;
        }
        self.0.write_record(None::<&[u8]>).map_err(|error| cannot_write(&error))
    }

    fn end(mut self) -> Result<(), Fatal> {
        self.0.flush().map_err(|error: io::Error| cannot_write(&error))
    }
}

fn cannot_write(error: &dyn std::fmt::Display) -> Fatal {
    Fatal::internal(format!("the report cannot be written: {error}"))
}
