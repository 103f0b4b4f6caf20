//! Counting: every row read and every message, so that the sums can be shown.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::prepare::phone::PhoneNumber;
use crate::prepare::row::Reject;
use crate::read::note::{Note, NoteKind};
use crate::read::{Place, SourceId};
use crate::send::outcome::Status;

/// How many rejects, duplicates and notes are kept to be shown.
const EXAMPLES: usize = 5;

/// What became of a row in the end.
#[derive(Debug)]
pub enum Verdict {
    /// It became at least one message.
    Used,
    /// All its messages came up before; the first one at that place.
    Duplicate(Place),
    /// It cannot be used.
    Rejected(Reject),
    /// It is not meant to become a message, and why.
    Skipped(&'static str),
}

/// A row that has been judged.
#[derive(Debug)]
pub struct JudgedRow {
    /// Where it stands.
    pub place: Place,
    /// What became of it.
    pub verdict: Verdict,
    /// What was noticed on the way.
    pub notes: Vec<Note>,
}

/// Rows by what became of them; `read` is the sum of the other four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct RowCounts {
    pub read: u64,
    pub used: u64,
    pub duplicate: u64,
    pub rejected: u64,
    pub skipped: u64,
}

/// Messages by what became of them; `total` is the sum of the other seven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MessageCounts {
    /// Different messages that the rows make.
    pub total: u64,
    /// Sent by an earlier run.
    pub already_sent: u64,
    /// Accepted in this run.
    pub sent: u64,
    /// Definitively not taken, in this run or left alone since an earlier one.
    pub refused: u64,
    /// Known not to be sent.
    pub failed: u64,
    /// May have been accepted.
    pub unknown: u64,
    /// Held back, because the same card was sent with another name.
    pub held: u64,
    /// Not reached in this run.
    pub left: u64,
}

impl MessageCounts {
    /// Messages that are neither sent nor reached: a later run has something to do.
    #[must_use]
    pub fn not_sent(&self) -> u64 {
        self.refused + self.failed + self.unknown + self.held
    }

    /// Counts a message's outcome in this run.
    pub fn settle(&mut self, status: Status) {
        self.left = self.left.saturating_sub(1);
        *match status {
            Status::Sent => &mut self.sent,
            Status::Refused => &mut self.refused,
            Status::Failed => &mut self.failed,
            Status::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// A run's failures with one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCount {
    /// Messages that ended with it.
    pub messages: u64,
    /// What it means, for somebody who has not read the table of codes.
    pub meaning: &'static str,
}

/// A run's failures by code.
pub type ErrorCounts = BTreeMap<String, ErrorCount>;

/// Everything that was found out about the rows.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows by what became of them.
    pub rows: RowCounts,
    /// Rejects by code.
    pub codes: BTreeMap<&'static str, u64>,
    /// Skipped rows by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Notes by kind.
    pub notes: BTreeMap<NoteKind, u64>,
    /// The first rejects.
    pub rejects: Vec<Reject>,
    /// The first duplicates, each with the place of the first one.
    pub duplicates: Vec<(Place, Place)>,
    /// Rows that send another card to the recipient of an earlier row.
    pub same_recipient: u64,
    /// The first of them, each with the place of the earlier row.
    pub same_recipients: Vec<(Place, Place)>,
    /// So many recipients were compared, where there are more.
    pub recipients_compared: Option<u64>,
    /// Rows of each list that were not UTF-8 and have been read as Windows-1252.
    pub windows_1252: BTreeMap<SourceId, u64>,
    /// Messages that are held, because their card was sent under another name.
    pub held: u64,
    /// The first of them: the contact's place and the recipient.
    pub held_first: Vec<(Place, PhoneNumber)>,
}

impl Tally {
    /// Counts a message that is held.
    pub fn hold(&mut self, contact: Place, to: PhoneNumber) {
        self.held += 1;
        keep(&mut self.held_first, || (contact, to));
    }

    /// Counts a row.
    pub fn count(&mut self, judged: &JudgedRow) {
        self.rows.read += 1;
        for note in &judged.notes {
            *self.notes.entry(note.kind).or_default() += 1;
            if note.kind == NoteKind::Windows1252 {
                *self.windows_1252.entry(judged.place.source).or_default() += 1;
            }
        }
        match &judged.verdict {
            Verdict::Used => self.rows.used += 1,
            Verdict::Duplicate(first) => {
                self.rows.duplicate += 1;
                keep(&mut self.duplicates, || (judged.place, *first));
            }
            Verdict::Rejected(reject) => {
                self.rows.rejected += 1;
                *self.codes.entry(reject.code).or_default() += 1;
                keep(&mut self.rejects, || reject.clone());
            }
            Verdict::Skipped(reason) => {
                self.rows.skipped += 1;
                *self.skipped.entry(reason).or_default() += 1;
            }
        }
    }

    /// Counts a row that sends another card to the recipient of the row at `first`.
    pub fn note_same_recipient(&mut self, place: Place, first: Place) {
        self.same_recipient += 1;
        keep(&mut self.same_recipients, || (place, first));
    }
}

fn keep<T>(examples: &mut Vec<T>, example: impl FnOnce() -> T) {
    if examples.len() < EXAMPLES {
        examples.push(example());
    }
}
