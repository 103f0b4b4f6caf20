//! One line of the results: as it is written, and as it is read.

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use super::columns::Layout;
use super::content::CardCells;
use crate::prepare::message::{CardId, IdKey};
use crate::read::formula::{escape_formula, unescape_formula_bytes};
use crate::read::own_columns::Column;
use crate::send::outcome::Status;

/// The outcome of one message in one run: the fields in the order of the header.
///
/// Texts are without the apostrophe against formulas; it is added when they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The messageId.
    pub message_id: &'a str,
    /// The campaign's name, empty by default.
    pub campaign: &'a str,
    /// The sender, digits only.
    pub from: &'a str,
    /// The recipient, digits only.
    pub to: &'a str,
    /// The name on the card.
    pub name: &'a str,
    /// All of the card's numbers, digits only, separated by blanks.
    pub phone: &'a str,
    /// The message's status.
    pub status: Status,
    /// WhatsApp's id of the accepted message.
    pub wamid: &'a str,
    /// The status in the gateway's answer (`SENT`).
    pub gateway_status: &'a str,
    /// The messageId in the gateway's answer, when it is not ours.
    pub gateway_message_id: &'a str,
    /// The HTTP status of the last answer, if there was one.
    pub http_status: Option<u16>,
    /// The error as a word or a WhatsApp code.
    pub error_code: &'a str,
    /// The error as a sentence.
    pub error: &'a str,
    /// The number of posts, in this run and earlier ones together.
    pub attempts: u32,
    /// The time of the last post.
    pub sent_at: Option<Timestamp>,
    /// The time from the last post to its answer, in milliseconds.
    pub latency_ms: Option<u64>,
    /// The input that holds the contact.
    pub source: &'a str,
    /// The line of the input, from 1.
    pub line: Option<u64>,
    /// The gateway as host or host:port, or [`REHEARSAL`](crate::record::names::REHEARSAL).
    pub gateway: &'a str,
    /// The start time of the run.
    pub run: Timestamp,
    /// The id of the card to this recipient, unless its numbers are damaged.
    pub card_id: Option<CardId>,
    /// The input that names the recipient, when that is another row than the contact's.
    pub to_source: &'a str,
    /// The line of that input, from 1.
    pub to_line: Option<u64>,
}

impl Entry<'_> {
    /// The cell of a column, before quoting.
    pub(in crate::record) fn cell(&self, column: Column) -> Cow<'_, str> {
        match column {
            Column::MessageId => text_cell(self.message_id),
            Column::Campaign => text_cell(self.campaign),
            Column::From => text_cell(self.from),
            Column::To => text_cell(self.to),
            Column::Name => text_cell(self.name),
            Column::Phone => text_cell(self.phone),
            Column::Status => Cow::Borrowed(self.status.as_str()),
            Column::Wamid => text_cell(self.wamid),
            Column::GatewayStatus => text_cell(self.gateway_status),
            Column::GatewayMessageId => text_cell(self.gateway_message_id),
            Column::HttpStatus => number(self.http_status),
            Column::ErrorCode => text_cell(self.error_code),
            Column::Error => text_cell(self.error),
            Column::Attempts => number(Some(self.attempts)),
            Column::SentAt => self.sent_at.map_or(Cow::Borrowed(""), time),
            Column::LatencyMs => number(self.latency_ms),
            Column::Source => text_cell(self.source),
            Column::Line => number(self.line),
            Column::Gateway => text_cell(self.gateway),
            Column::Run => time(self.run),
            Column::CardId => Cow::Borrowed(self.card_id.as_ref().map_or("", CardId::as_str)),
            Column::ToSource => text_cell(self.to_source),
            Column::ToLine => number(self.to_line),
        }
    }
}

/// Returns whether no cell of ours holds this character: a record is one line, and a zero byte
/// stands for bytes that were lost in a power cut.
fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0)
}

/// A text in one line, with a `'` before what a spreadsheet could run.
fn text_cell(text: &str) -> Cow<'_, str> {
    // As in `push_cell`: without an early end.
    if !text.as_bytes().iter().fold(false, |found, byte| found | ends_line(*byte)) {
        return escape_formula(text);
    }
    let line = text.replace(['\n', '\r', '\0'], " ");
    Cow::Owned(escape_formula(&line).into_owned())
}

fn number<N: ToString>(value: Option<N>) -> Cow<'static, str> {
    Cow::Owned(value.map(|number| number.to_string()).unwrap_or_default())
}

/// A time as RFC 3339 in UTC, to the millisecond: `2026-03-01T08:00:00.000Z`.
#[must_use]
pub fn time(moment: Timestamp) -> Cow<'static, str> {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    Cow::Owned(PRINTER.timestamp_to_string(&moment))
}

/// One record of a results file.
pub struct Record<'a> {
    /// The bytes in the file, line end included.
    pub(in crate::record) raw: &'a [u8],
    pub(super) text: &'a [u8],
    pub(super) cells: &'a [Range<usize>],
    pub(super) layout: &'a Layout,
    /// The line it begins on, from 1.
    pub line: u64,
}

impl Record<'_> {
    /// The cell of a column, without quotes and without the `'` before a formula; empty if the file
    /// lacks the column.
    #[must_use]
    pub fn bytes(&self, column: Column) -> &[u8] {
        let cell = self.layout.position(column).and_then(|at| self.cells.get(at));
        unescape_formula_bytes(cell.map_or(&[], |cell| &self.text[cell.clone()]))
    }

    /// [`bytes`](Self::bytes) as text. What is not UTF-8 (after a spreadsheet saved it) is
    /// replaced.
    #[must_use]
    pub fn text(&self, column: Column) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(column))
    }

    /// The message's id and status.
    ///
    /// # Errors
    /// What is wrong with the line, and what to do about it.
    pub fn outcome(&self) -> Result<(IdKey, Status), String> {
        let id = self.bytes(Column::MessageId);
        if id.is_empty() {
            return Err("the message_id is missing (fix or remove this line)".to_owned());
        }
        match self.status() {
            Some(status) => Ok((IdKey::of_bytes(id), status)),
            None => Err(format!(
                "the status `{}` is none of sent, refused, failed, unknown (fix or remove this \
                 line)",
                self.text(Column::Status)
            )),
        }
    }

    /// The status, if the word is one of ours.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        Status::named(self.bytes(Column::Status))
    }

    /// The cells that say which card went to whom.
    pub(in crate::record) fn card_cells(&self) -> CardCells<'_> {
        CardCells {
            campaign: self.bytes(Column::Campaign),
            from: self.bytes(Column::From),
            to: self.bytes(Column::To),
            name: self.bytes(Column::Name),
            phone: self.bytes(Column::Phone),
            card_id: self.bytes(Column::CardId),
        }
    }

    /// The time of the last attempt; where the file has none, the start of its run.
    #[must_use]
    pub fn attempted_at(&self) -> Option<Timestamp> {
        let time = |column| self.text(column).trim().parse().ok();
        time(Column::SentAt).or_else(|| time(Column::Run))
    }

    /// The number in a column, if there is a whole one.
    #[must_use]
    pub fn number(&self, column: Column) -> Option<u64> {
        std::str::from_utf8(self.bytes(column)).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_utc_to_the_millisecond() {
        let moment = Timestamp::from_nanosecond(1_700_000_000_123_456_789).unwrap();
        assert_eq!(time(moment), "2023-11-14T22:13:20.123Z");
        assert_eq!(time(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
