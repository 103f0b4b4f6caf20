//! The list of what was not sent, made from results: given back, each message has the same id. The
//! file at its path is treated as a `send` treats its not-sent file: one that somebody has changed is
//! kept.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use super::Report;
use super::lines::{code, for_each_line, reason};
use super::messages::{Message, Reading};
use super::replaceable::holds_no_row;
use crate::exit::Fatal;
use crate::prepare::message::MessageId;
use crate::prepare::phone::PhoneNumber;
use crate::read::own_columns::NOT_SENT;
use crate::record::beside_file::{BesideFile, List, Written};
use crate::record::csv_text::BOM;
use crate::record::earlier_file::Earlier;
use crate::record::ledger::{Column, Record, Records};
use crate::record::names::Beside;
use crate::record::output_file::OutputFile;
use crate::report::format::counted;
use crate::report::next_step::next_step;
use crate::send::outcome::Status;

/// Writes the messages of the first section that were not sent, or may not have been, as a list in
/// our own columns. Returns the words for the screen.
///
/// # Errors
/// When the results cannot be read again or the file cannot be written; when the messages are of
/// several campaigns or senders, because a list is sent in one campaign from one sender.
pub(super) fn write(
    output: OutputFile,
    report: &Report<'_>,
    reading: &Reading,
) -> Result<String, Fatal> {
    let gateway = report.sections.first().map(|section| &*section.gateway);
    let is_listed = |message: &Message| {
        message.status != Status::Sent && gateway == Some(reading.texts.gateway(message.origin))
    };
    let listed =
        || reading.messages.iter().filter(|message| report.counts(message) && is_listed(message));
    check_one_origin(listed().map(|message| message.origin), reading)?;
    let phones = listed().map(|message| usize::from(message.phones)).max().unwrap_or(1).max(1);
    let header = header(phones);
    if listed().next().is_none() {
        return write_empty(output, &header, report);
    }
    let mut output = Some(output);
    let mut file = None;
    for_each_line(report, reading, is_listed, |record, message| {
        if record.text(Column::Phone).split(' ').count() > phones {
            return Err(Fatal::input(format!(
                "--not-sent: a card has more than {phones} numbers, and its line would lack some (line {} of the results)",
                record.line
            )));
        }
        if let Some(output) = output.take() {
            let (source, _) = row_of(record);
            let header: Vec<&str> = header.iter().map(String::as_str).collect();
            let campaign = &record.text(Column::Campaign);
            let list =
                List { source: &source, header: &header, delimiter: b',', campaign, whole: true };
            file = Some(BesideFile::new(Beside::NotSent, output, &list));
        }
        let cells = not_sent_cells(record, message.status, phones);
        let cells: Vec<&str> = cells.iter().map(|cell| &**cell).collect();
        file.as_mut().map_or(Ok(()), |file| file.write(&cells)).map_err(Fatal::from)
    })?;
    file.map_or(Ok(String::new()), put_in_place)
}

/// Puts a list with rows in its place. A file without a row is nothing that has to be kept.
fn put_in_place(file: BesideFile) -> Result<String, Fatal> {
    let path = file.path().to_owned();
    if holds_no_row(&path) {
        std::fs::remove_file(&path).map_err(|error| cannot_write(&path, &error))?;
    }
    let (rows, kept) = match file.finish()? {
        Written::At { rows, kept, .. } => (rows, kept),
        Written::Nothing | Written::NotReplaced { .. } => (0, None),
    };
    let kept = kept.map(|kept| match kept.of_another_list {
        true => format!("; the one of another list is now {}", kept.path.display()),
        false => format!(
            "; the one that was changed or is of another campaign is now {}",
            kept.path.display()
        ),
    });
    Ok(format!(
        "{} ({}, without types, WhatsApp ids and held ones){}",
        path.display(),
        counted(rows, "message"),
        kept.unwrap_or_default()
    ))
}

/// Writes a list without a row. A list with rows that somebody has changed stays.
fn write_empty(
    mut output: OutputFile,
    header: &[String],
    report: &Report<'_>,
) -> Result<String, Fatal> {
    let nothing = "(nothing refused, failed or unknown is recorded)";
    let path = output.path().to_owned();
    let failed = |error: io::Error| cannot_write(&path, &error);
    if !holds_no_row(&path) {
        let (source, campaign) = first_source(report)?;
        let earlier = Earlier::at(Beside::NotSent, &path, &source, &campaign);
        if !matches!(
            earlier.map_err(failed)?,
            Earlier::None | Earlier::OfThisList { edited: false }
        ) {
            let stays =
                "stays as it was, because somebody changed it or it is of another list or campaign";
            return Ok(format!("{} {stays} {nothing}", path.display()));
        }
    }
    let header: Vec<&str> = header.iter().map(String::as_str).chain(NOT_SENT).collect();
    let line = format!("{}\n", header.join(","));
    output.write(&[BOM, line.as_bytes()].concat()).map_err(failed)?;
    Ok(format!("{} {nothing}", path.display()))
}

/// The list and the campaign that the first line of the results names.
fn first_source(report: &Report<'_>) -> Result<(String, String), Fatal> {
    let Some(file) = report.files.first() else { return Ok(Default::default()) };
    let mut records = Records::open(&file.path)?;
    let first = records.next_record()?;
    let of = |record: &Record<'_>| {
        (row_of(record).0.into_owned(), record.text(Column::Campaign).into_owned())
    };
    Ok(first.as_ref().map(of).unwrap_or_default())
}

fn cannot_write(path: &Path, error: &io::Error) -> Fatal {
    Fatal::internal(format!("{} cannot be written: {error}", path.display()))
}

/// The columns of a list whose cards have so many numbers.
fn header(phones: usize) -> Vec<String> {
    let mut header = vec!["to".to_owned(), "name".to_owned(), "phone".to_owned()];
    header.extend((2..=phones).map(|n| format!("phone_{n}")));
    header.push(Column::MessageId.name().to_owned());
    header
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
    let (source, line) = row_of(record);
    cells.extend([
        source,
        line,
        Cow::Borrowed(status.as_str()),
        code(record, status),
        reason(record, status),
        Cow::Borrowed(next_step(status, record.text(Column::ErrorCode).trim())),
    ]);
    cells
}

/// The list and line of the recipient: `source` and `line` where the contact is of the same row.
fn row_of<'r>(record: &'r Record<'_>) -> (Cow<'r, str>, Cow<'r, str>) {
    match record.bytes(Column::ToSource).is_empty() {
        true => (record.text(Column::Source), record.text(Column::Line)),
        false => (record.text(Column::ToSource), record.text(Column::ToLine)),
    }
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
