//! The CSV of `--report`: one line a message, and one for each row that became none.
//!
//! Lines are built as bytes, because a check writes one for each row. A message on which the plan
//! decides only after the last row has marks in place of what follows from the decision; [`resolve`]
//! replaces them. The marks are control characters, which no cell contains.

use std::io::{self, Read, Write};

use super::decided::Decided;
use super::tally::{CheckedRow, Verdict};
use crate::prepare::message::Message;
use crate::prepare::phone::Region;
use crate::prepare::row::Readable;
use crate::read::note::{Note, NoteKind};
use crate::record::csv_text::{BOM, push_text};

/// The columns.
pub const COLUMNS: [&str; 15] = [
    "source",
    "line",
    "verdict",
    "code",
    "reason",
    "suggestion",
    "to",
    "country",
    "name",
    "phones",
    "message_id",
    "decision",
    "notes",
    "to_source",
    "to_line",
];

/// The mark for the columns `code` and `reason`.
const WHY: u8 = 1;

/// The mark for the column `decision`.
const DECISION: u8 = 2;

/// The bytes of the lines that are not yet taken.
#[derive(Debug, Default)]
pub struct RowsCsv {
    /// The lines.
    pub bytes: Vec<u8>,
    /// The name of the source of the last line, and its cell.
    source: (String, Vec<u8>),
}

/// The place of a row: its source's name and its line.
pub type NamedPlace<'a> = (&'a str, u64);

impl RowsCsv {
    /// Adds the header.
    pub fn header(&mut self) {
        self.bytes.extend_from_slice(BOM);
        self.bytes.extend_from_slice(COLUMNS.join(",").as_bytes());
        self.bytes.push(b'\n');
    }

    /// Adds a message with its contact's row and, if that is another one, its recipient's.
    /// `decided` is `None` when the decision comes after the last row. `why` are the code and the reason
    /// in place of those of the decision.
    pub fn message(
        &mut self,
        message: &Message,
        places: (NamedPlace<'_>, Option<NamedPlace<'_>>),
        country: Option<Region>,
        notes: &[Note],
        decided: Option<Decided>,
        why: Option<(&str, &str)>,
    ) {
        let (place, to_place) = places;
        self.place(place);
        let line = &mut self.bytes;
        line.extend_from_slice(b",used,");
        match decided {
            None => line.push(WHY),
            Some(decided) => {
                let (code, reason) = why.unwrap_or((decided.code(), decided.reason()));
                push_why(line, code, reason);
            }
        }
        line.extend_from_slice(b",,");
        line.extend_from_slice(message.to.as_str().as_bytes());
        line.push(b',');
        if let Some(region) = country {
            line.extend_from_slice(&region.letters());
        }
        line.push(b',');
        push_text(line, &message.contact.name);
        line.push(b',');
        for (index, phone) in message.contact.phones.iter().enumerate() {
            if index > 0 {
                line.push(b' ');
            }
            line.extend_from_slice(phone.number.as_str().as_bytes());
        }
        line.push(b',');
        push_text(line, message.id.as_str());
        line.push(b',');
        match decided {
            None => line.push(DECISION),
            Some(decided) => line.extend_from_slice(decided.decision().as_bytes()),
        }
        line.push(b',');
        push_notes(line, notes);
        line.push(b',');
        match to_place {
            None => line.push(b','),
            Some((source, at)) => {
                push_text(line, source);
                line.push(b',');
                push_number(line, at);
            }
        }
        line.push(b'\n');
    }

    /// Adds a row that became no message; `first` is the place of the row that a duplicate repeats,
    /// as text.
    pub fn row(&mut self, place: NamedPlace<'_>, checked: &CheckedRow, first: Option<&str>) {
        self.place(place);
        let line = &mut self.bytes;
        line.push(b',');
        match &checked.verdict {
            Verdict::Used => line.extend_from_slice(b"used,,,"),
            Verdict::Duplicate(_) => {
                line.extend_from_slice(b"duplicate,");
                let reason = format!("the same message as {}", first.unwrap_or_default());
                push_why(line, "", &reason);
                line.push(b',');
            }
            Verdict::Rejected(reject) => {
                line.extend_from_slice(b"rejected,");
                push_why(line, reject.code, &reject.reason);
                line.push(b',');
                if let Some(number) = reject.suggestion {
                    line.push(b'+');
                    line.extend_from_slice(number.as_str().as_bytes());
                }
            }
            Verdict::Skipped(reason) => {
                line.extend_from_slice(b"skipped,");
                push_why(line, reason.code(), reason.meaning());
                line.push(b',');
            }
        }
        line.push(b',');
        let (to, name) = match checked.readable.as_deref() {
            Some(Readable { to, name }) => (to.as_ref(), name.as_str()),
            None => (None, ""),
        };
        if let Some(to) = to {
            line.extend_from_slice(to.as_str().as_bytes());
        }
        line.push(b',');
        if let Some(region) = to.and_then(Region::of) {
            line.extend_from_slice(&region.letters());
        }
        line.push(b',');
        push_text(line, name);
        line.extend_from_slice(b",,,,");
        push_notes(line, &checked.notes);
        line.extend_from_slice(b",,\n");
    }

    fn place(&mut self, (source, line): NamedPlace<'_>) {
        if self.source.0 != source {
            self.source.1.clear();
            push_text(&mut self.source.1, source);
            source.clone_into(&mut self.source.0);
        }
        self.bytes.extend_from_slice(&self.source.1);
        self.bytes.push(b',');
        push_number(&mut self.bytes, line);
    }
}

fn push_why(line: &mut Vec<u8>, code: &str, reason: &str) {
    push_text(line, code);
    line.push(b',');
    push_text(line, reason);
}

fn push_number(line: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        // A remainder of ten is one digit.
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    line.extend_from_slice(&digits[at..]);
}

/// Adds the notes' codes, each once, separated by blanks. A number that is left out has its own
/// code in brackets.
fn push_notes(line: &mut Vec<u8>, notes: &[Note]) {
    let mut text = String::new();
    for note in notes {
        let code = note.kind.code();
        let code = match note.kind {
            NoteKind::PhoneLeftOut => {
                let why = note.detail.split(':').next().unwrap_or_default();
                format!("{code}({why})")
            }
            // A code of several words would be several codes here.
            _ => code.replace(' ', "_"),
        };
        // Notes of one kind may differ in their details.
        if text.split(' ').any(|known| known == code) {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&code);
    }
    push_text(line, &text);
}

/// Copies lines with the marks replaced by what was decided, in the same order.
///
/// # Errors
/// When reading or writing fails.
pub fn resolve(
    lines: &mut impl Read,
    out: &mut impl Write,
    mut decided: impl Iterator<Item = Decided>,
) -> io::Result<()> {
    let mut block = vec![0; 64 * 1024];
    let mut current = Decided::Send;
    let mut cells = Vec::new();
    loop {
        let read = match lines.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut rest = &block[..read];
        while let Some(at) = memchr::memchr2(WHY, DECISION, rest) {
            out.write_all(&rest[..at])?;
            cells.clear();
            if rest[at] == WHY {
                current = decided.next().unwrap_or(Decided::Send);
                push_why(&mut cells, current.code(), current.reason());
            } else {
                cells.extend_from_slice(current.decision().as_bytes());
            }
            out.write_all(&cells)?;
            rest = &rest[at + 1..];
        }
        out.write_all(rest)?;
    }
}

/// Returns whether the first bytes of a file are those of such a report, as we write it or as a
/// spreadsheet saves it.
#[must_use]
pub fn is_report(first: &[u8]) -> bool {
    let first = first.strip_prefix(BOM).unwrap_or(first);
    let text: Vec<u8> = first.iter().copied().filter(|byte| *byte != b'"').collect();
    [b',', b';', b'\t'].iter().any(|separator| {
        let separator = char::from(*separator).to_string();
        text.starts_with(COLUMNS[..4].join(&separator).as_bytes())
    })
}

#[cfg(test)]
mod tests;
