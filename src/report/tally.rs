//! The counts of rows and messages, and of each kind of what is wrong the first rows and an example.

use std::collections::BTreeMap;

use serde::Serialize;

use super::countries::CountryTally;
use crate::eligibility::held::Held;
use crate::prepare::phone::{NumberType, PhoneNumber};
use crate::prepare::row::{Readable, Reject};
use crate::prepare::row_numbers::RowCountries;
use crate::read::note::{Note, NoteKind};
use crate::read::{Place, SkipReason, SourceId};
use crate::send::outcome::Status;

/// The most messages of each kind that are kept.
const EXAMPLES: usize = 5;

/// The most rows of each kind that are kept.
const ROWS: usize = 8;

/// The rows with one kind of finding.
#[derive(Debug, Clone)]
pub struct Kind<E> {
    /// The number of findings. A row has several notes of one kind if it has several numbers.
    pub number: u64,
    /// The number of rows with such a finding.
    pub rows: u64,
    /// The last of these rows.
    last: Option<Place>,
    /// The places of the first rows, each once.
    pub first: Vec<Place>,
    /// True if there are more rows.
    pub is_cut: bool,
    /// What there is to say about the very first.
    pub example: Option<E>,
}

impl<E> Default for Kind<E> {
    fn default() -> Self {
        let first = Vec::new();
        Self { number: 0, rows: 0, last: None, first, is_cut: false, example: None }
    }
}

impl<E> Kind<E> {
    /// The rows of several kinds as one, in order; without an example.
    pub(super) fn together<'k>(kinds: impl Iterator<Item = &'k Self>) -> Self
    where
        E: 'k,
    {
        let mut all = Self::default();
        for kind in kinds {
            all.number += kind.number;
            all.rows += kind.rows;
            all.is_cut |= kind.is_cut;
            all.first.extend(&kind.first);
        }
        all.first.sort();
        all.first.dedup();
        all.is_cut |= all.first.len() > ROWS;
        all.first.truncate(ROWS);
        all
    }

    /// Counts a finding of a row; `example` makes what there is to say about the first one.
    pub fn count(&mut self, place: Place, example: impl FnOnce() -> E) {
        if self.number == 0 {
            self.example = Some(example());
        }
        self.number += 1;
        if self.last.replace(place) == Some(place) {
            return;
        }
        self.rows += 1;
        match self.first.len() < ROWS {
            true => self.first.push(place),
            false => self.is_cut = true,
        }
    }
}

/// The result of a row.
#[derive(Debug)]
pub enum Verdict {
    /// It became at least one message.
    Used,
    /// All its messages were in earlier rows; the first one at this place.
    Duplicate(Place),
    /// It cannot be used.
    Rejected(Reject),
    /// It is not meant to become a message, for this reason.
    Skipped(SkipReason),
}

/// A row with its result.
#[derive(Debug)]
pub struct CheckedRow {
    /// Its place.
    pub place: Place,
    /// Its result.
    pub verdict: Verdict,
    /// Its notes.
    pub notes: Vec<Note>,
    /// What its numbers say about countries.
    pub countries: RowCountries,
    /// What can be read of it if it is not used and that is wanted.
    pub readable: Option<Box<Readable>>,
    /// The type of its recipient's number, if that is wanted and it is a message.
    pub number_type: Option<NumberType>,
}

/// Rows by result; `read` is the sum of the other four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct RowCounts {
    pub read: u64,
    pub used: u64,
    pub duplicate: u64,
    pub rejected: u64,
    pub skipped: u64,
}

impl RowCounts {
    /// The counts without `others`, which are part of them.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self {
            read: self.read - others.read,
            used: self.used - others.used,
            duplicate: self.duplicate - others.duplicate,
            rejected: self.rejected - others.rejected,
            skipped: self.skipped - others.skipped,
        }
    }
}

/// Messages by status; `total` is the sum of the other seven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MessageCounts {
    /// Different messages of all rows.
    pub total: u64,
    /// Sent by an earlier run.
    pub already_sent: u64,
    /// Accepted in this run.
    pub sent: u64,
    /// Definitively refused, in this run or an earlier one.
    pub refused: u64,
    /// Known not to be sent.
    pub failed: u64,
    /// May have been accepted.
    pub unknown: u64,
    /// Right, but not sent now: each one for a reason.
    pub held: u64,
    /// Not reached in this run; the next one sends them.
    pub left: u64,
}

/// The messages that a run did not reach and that are not new ones to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotReached {
    /// Those that the plan holds, by reason.
    pub held: BTreeMap<Held, u64>,
    /// Those that an earlier run left refused, by code.
    pub refused_codes: BTreeMap<String, u64>,
    /// They, without those whose recipient wrote since: only `--retry-refused` sends these.
    pub need_the_option: u64,
    /// Those that an earlier run left failed.
    pub failed: u64,
    /// Those that an earlier run left unknown.
    pub unknown: u64,
}

impl NotReached {
    /// The refused ones.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused_codes.values().sum()
    }

    /// Those that the same command sends.
    #[must_use]
    pub fn to_send(&self) -> u64 {
        self.refused() + self.failed + self.unknown
    }
}

impl MessageCounts {
    /// Counts messages that were not reached as what they are: only new ones are `left`.
    pub fn count_not_reached(&mut self, not_reached: &NotReached) {
        let held: u64 = not_reached.held.values().sum();
        self.held += held;
        self.refused += not_reached.refused();
        self.failed += not_reached.failed;
        self.unknown += not_reached.unknown;
        self.left = self.left.saturating_sub(held + not_reached.to_send());
    }

    /// Messages that were tried, now or before, and did not end as sent.
    #[must_use]
    pub fn not_sent(&self) -> u64 {
        self.refused + self.failed + self.unknown
    }

    /// Counts a message that is held at its turn.
    pub fn hold(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.held += 1;
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

/// The failures of a run with one error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCount {
    /// Messages that ended with it: the sum of the next three.
    pub messages: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that may have been accepted.
    pub unknown: u64,
    /// The meaning of the code.
    pub meaning: &'static str,
}

impl ErrorCount {
    /// A code with this meaning, before a message ended with it.
    #[must_use]
    pub fn none(meaning: &'static str) -> Self {
        Self { messages: 0, refused: 0, failed: 0, unknown: 0, meaning }
    }

    /// The messages with each status that a message with an error can have.
    #[must_use]
    pub fn by_status(&self) -> [(Status, u64); 3] {
        [
            (Status::Refused, self.refused),
            (Status::Failed, self.failed),
            (Status::Unknown, self.unknown),
        ]
    }

    /// Counts a message that ended with this status; a sent one has no error.
    pub fn count(&mut self, status: Status) {
        *match status {
            Status::Sent => return,
            Status::Refused => &mut self.refused,
            Status::Failed => &mut self.failed,
            Status::Unknown => &mut self.unknown,
        } += 1;
        self.messages += 1;
    }
}

/// The failures of a run by error code.
pub type ErrorCounts = BTreeMap<String, ErrorCount>;

/// Everything that was found in the rows.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows by result.
    pub rows: RowCounts,
    /// Rejects by code, each with its first reason.
    pub rejects: BTreeMap<&'static str, Kind<String>>,
    /// Skipped rows by reason.
    pub skipped: BTreeMap<SkipReason, Kind<()>>,
    /// Notes by kind, each with its first detail, which may be empty.
    pub notes: BTreeMap<NoteKind, Kind<String>>,
    /// Duplicates, with the place of the message that the first of them repeats.
    pub duplicates: Kind<Place>,
    /// The rows that send another card to the recipient of an earlier row, with the place of the
    /// first one's earlier row.
    pub same_recipients: Kind<Place>,
    /// The number of recipients that were compared, if there are more.
    pub recipients_compared: Option<u64>,
    /// The number of rows of each list that were not UTF-8 and were read as Windows-1252.
    pub windows_1252: BTreeMap<SourceId, u64>,
    /// The messages whose card was, or may have been, sent under another name.
    pub edited: EditedMessages,
    /// What the rows' numbers say about countries.
    pub countries: CountryTally,
    /// Recipients by the type of their number, if that is wanted.
    pub number_types: BTreeMap<NumberType, u64>,
}

/// The status of the message that an edited message was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlierForm {
    /// It was accepted.
    Sent,
    /// It may have been accepted.
    Unknown,
}

/// The messages whose card was, or may have been, sent under another name.
#[derive(Debug, Default)]
pub struct EditedMessages {
    /// True if they are sent (`--send-changed`), and not held.
    pub are_sent: bool,
    /// Those whose earlier form was sent.
    pub after_sent: Examples,
    /// Those whose earlier form is in doubt.
    pub after_unknown: Examples,
}

/// Messages of one kind.
#[derive(Debug, Default)]
pub struct Examples {
    /// Their number.
    pub number: u64,
    /// The first of them: the contact's place and the recipient.
    pub first: Vec<(Place, PhoneNumber)>,
}

impl EditedMessages {
    /// Counts a message.
    pub fn count(&mut self, earlier: EarlierForm, contact: Place, to: PhoneNumber) {
        let kind = match earlier {
            EarlierForm::Sent => &mut self.after_sent,
            EarlierForm::Unknown => &mut self.after_unknown,
        };
        kind.number += 1;
        keep(&mut kind.first, || (contact, to));
    }

    /// The word for what is done with them.
    #[must_use]
    pub fn label(&self) -> &'static str {
        if self.are_sent { "changed" } else { "held" }
    }

    /// The number of messages that are held although it is not certain that the recipient has the
    /// card.
    #[must_use]
    pub fn held_in_doubt(&self) -> u64 {
        if self.are_sent { 0 } else { self.after_unknown.number }
    }
}

impl Tally {
    /// Counts a row.
    pub fn count(&mut self, checked: &CheckedRow) {
        self.rows.read += 1;
        for note in &checked.notes {
            self.notes.entry(note.kind).or_default().count(checked.place, || note.detail.clone());
            if note.kind == NoteKind::Windows1252 {
                *self.windows_1252.entry(checked.place.source).or_default() += 1;
            }
        }
        let used = matches!(checked.verdict, Verdict::Used);
        self.countries.count(checked.place, &checked.countries, used);
        match &checked.verdict {
            Verdict::Used => self.rows.used += 1,
            Verdict::Duplicate(first) => {
                self.rows.duplicate += 1;
                self.duplicates.count(checked.place, || *first);
            }
            Verdict::Rejected(reject) => {
                self.rows.rejected += 1;
                let kind = self.rejects.entry(reject.code).or_default();
                kind.count(checked.place, || reject.reason.clone());
            }
            Verdict::Skipped(reason) => {
                self.rows.skipped += 1;
                self.skipped.entry(*reason).or_default().count(checked.place, || ());
            }
        }
    }

    /// The number of rows that are nobody: they do not count among the people or the cards.
    #[must_use]
    pub fn nobody(&self) -> u64 {
        let skipped = self.skipped.iter().filter(|(reason, _)| reason.is_nobody());
        skipped.map(|(_, kind)| kind.number).sum()
    }

    /// Returns whether there is anything to look at in the rows.
    #[must_use]
    pub fn has_findings(&self) -> bool {
        self.rows.used < self.rows.read || !self.notes.is_empty() || self.same_recipients.number > 0
    }

    /// Turns a row that was counted as used into a skipped one.
    pub fn used_row_is_skipped(&mut self, place: Place, reason: SkipReason) {
        self.rows.used -= 1;
        self.rows.skipped += 1;
        self.skipped.entry(reason).or_default().count(place, || ());
    }

    /// Counts a row that sends another card to the recipient of the row at `first`.
    pub fn note_same_recipient(&mut self, place: Place, first: Place) {
        self.same_recipients.count(place, || first);
    }
}

fn keep<T>(examples: &mut Vec<T>, example: impl FnOnce() -> T) {
    if examples.len() < EXAMPLES {
        examples.push(example());
    }
}
