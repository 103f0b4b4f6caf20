//! The first pass: every row judged, every message counted, before anything is sent.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::inputs::{Input, Inputs};
use super::prior_runs::Decision;
use super::prior_runs::PriorRuns;
use super::prior_runs::{EditedContact, EditedContacts};
use super::recipient_counts::{RecipientCounts, WATCHED};
use super::reject_files::RejectsWriter;
use super::scan::{Visitor, walk};
use crate::config::Config;
use crate::exit::Fatal;
use crate::prepare::dedup::Seen;
use crate::prepare::message::{IdKey, Message};
use crate::prepare::payload::Payload;
use crate::prepare::phone::PhoneNumber;
use crate::read::Place;
use crate::read::note::{Note, NoteKind};
use crate::report::tally::{Judged, MessageCounts, Tally, Verdict};
use crate::report::terminal;
use crate::send::outcome::Status;

/// What the first pass found.
#[derive(Debug, Default)]
pub(super) struct Preflight {
    /// Rows, rejects and notes.
    pub(super) tally: Tally,
    /// Messages; `left` are to be sent.
    pub(super) messages: MessageCounts,
    /// Messages of those that an earlier run may have sent.
    pub(super) in_doubt: u64,
    /// The first message to be sent.
    pub(super) example: Option<Message>,
    /// The most messages to one recipient, as far as that was counted.
    pub(super) most_to_one: u64,
    /// Messages that are held back, because their card was sent under another name.
    pub(super) held: HashSet<IdKey>,
}

/// Walks over everything once. Rejects go to `rejects`; with `--verbose` each one is told.
///
/// # Errors
/// When an input cannot be read, or the rejects cannot be written.
pub(super) fn survey(
    lists: &mut Inputs,
    config: &Config,
    prior: &PriorRuns,
    rejects: &mut RejectsWriter,
) -> Result<Preflight, Fatal> {
    let beside = std::mem::take(&mut lists.rejected);
    let mut surveyor = Surveyor {
        found: Preflight { tally: std::mem::take(&mut lists.tally), ..Preflight::default() },
        recipients: RecipientCounts::default(),
        named_before: None,
        changed: EditedContacts::default(),
        shown: 0,
        broken: None,
        lists,
        config,
        prior,
        rejects,
    };
    for judged in beside {
        surveyor.tell(&judged);
        surveyor.write_reject(&judged);
    }
    let seen = walk(lists, config, &mut surveyor)?;
    surveyor.decide_on_changed(&seen);
    surveyor.found.most_to_one = surveyor.recipients.most_to_one();
    if config.telling.verbose {
        // Each one was told in its place.
        surveyor.found.tally.rejects.clear();
        surveyor.found.tally.duplicates.clear();
    }
    if surveyor.rows_name_recipients() && surveyor.recipients.are_more() {
        surveyor.found.tally.recipients_compared = Some(WATCHED as u64);
    }
    match surveyor.broken {
        Some(error) => Err(error),
        None => Ok(surveyor.found),
    }
}

struct Surveyor<'a> {
    found: Preflight,
    recipients: RecipientCounts,
    /// Where the recipient of the message just met was named before.
    named_before: Option<Place>,
    changed: EditedContacts,
    shown: u64,
    broken: Option<Fatal>,
    lists: &'a Inputs,
    config: &'a Config,
    prior: &'a PriorRuns,
    rejects: &'a mut RejectsWriter,
}

impl Surveyor<'_> {
    /// Counts a message that will be sent, unless its card may have been sent under another name.
    fn meet_to_send(&mut self, message: Message, earlier: Option<Status>) {
        let may_be_changed = earlier.is_none() && !self.config.send_changed;
        if may_be_changed && self.changed.put_aside(&message, self.prior) {
            return;
        }
        self.found.in_doubt += u64::from(earlier == Some(Status::Unknown));
        self.count_to_send(message.to);
        if self.shown < self.config.telling.show {
            self.shown += 1;
            self.show(&message);
        }
        self.found.example.get_or_insert(message);
    }

    fn count_to_send(&mut self, to: PhoneNumber) {
        self.found.messages.left += 1;
        self.recipients.count_to_send(&to);
    }

    /// Now that all is seen: what was put aside is held or sent.
    fn decide_on_changed(&mut self, seen: &Seen) {
        let (held, sent) = std::mem::take(&mut self.changed).decide(seen);
        sent.iter().for_each(|aside| self.count_to_send(aside.to));
        for EditedContact { id, to, place, .. } in held {
            self.found.messages.held += 1;
            self.found.held.insert(id);
            self.found.tally.hold(place, to);
            if self.config.telling.verbose {
                let place = self.lists.show_place(place);
                terminal::line(&format!("{place} held: sent to {to} before, under another name"));
            }
        }
    }

    /// Prints the request as it would be sent (`--show`).
    fn show(&self, message: &Message) {
        let payload = Payload::of(message, self.config.rules.to_format);
        terminal::data(&serde_json::to_string_pretty(&payload).unwrap_or_default());
    }

    /// With `--verbose`, everything that is wrong or odd with a row.
    fn tell(&self, judged: &Judged) {
        if !self.config.telling.verbose {
            return;
        }
        let place = self.lists.show_place(judged.place);
        match &judged.verdict {
            Verdict::Rejected(reject) => {
                terminal::line(&format!("{place} rejected, {}: {}", reject.code, reject.reason))
            }
            Verdict::Duplicate(first) => {
                let first = self.lists.show_place(*first);
                terminal::line(&format!("{place} is the same message as {first}"));
            }
            Verdict::Skipped(reason) => terminal::line(&format!("{place} skipped: {reason}")),
            Verdict::Used => {}
        }
        for note in &judged.notes {
            let code = note.kind.code();
            match note.detail.as_str() {
                "" => terminal::line(&format!("{place} {code}")),
                detail => terminal::line(&format!("{place} {code}: {detail}")),
            }
        }
    }

    /// Whether each row says itself who receives it; otherwise it is meant that somebody gets
    /// several cards.
    fn rows_name_recipients(&self) -> bool {
        self.lists.recipients.is_empty() && self.lists.cards.is_empty()
    }

    /// Another card to the same recipient may be meant, so it is only said.
    fn note_same_recipient(&mut self, judged: &mut Judged) {
        let Some(first) = self.named_before.take().filter(|_| self.rows_name_recipients()) else {
            return;
        };
        let detail = match self.config.telling.verbose {
            true => format!("{} sends it another card", self.lists.show_place(first)),
            false => String::new(),
        };
        judged.notes.push(Note { kind: NoteKind::SameRecipient, detail });
        self.found.tally.note_same_recipient(judged.place, first);
    }

    fn write_reject(&mut self, judged: &Judged) {
        if let Verdict::Rejected(reject) = &judged.verdict
            && let Err(error) = self.rejects.write(self.lists, reject)
        {
            self.broken.get_or_insert(error);
        }
    }
}

impl Visitor for Surveyor<'_> {
    fn message(&mut self, message: Message) -> bool {
        if self.prior.contradicts(&message) {
            return false;
        }
        self.named_before = self.recipients.meet(message.to, message.contact.place);
        let messages = &mut self.found.messages;
        messages.total += 1;
        match self.prior.decide(&message) {
            Decision::AlreadySent => messages.already_sent += 1,
            Decision::Leave(Status::Unknown) => messages.unknown += 1,
            Decision::Leave(_) => messages.refused += 1,
            Decision::Send(earlier) => self.meet_to_send(message, earlier),
        }
        true
    }

    fn look_ahead(&self, ids: impl Iterator<Item = IdKey>) {
        self.prior.look_ahead(ids);
    }

    fn row(&mut self, mut judged: Judged) {
        self.note_same_recipient(&mut judged);
        self.found.tally.count(&judged);
        self.tell(&judged);
        self.write_reject(&judged);
    }

    fn go_on(&mut self, _list: &Input) -> ControlFlow<()> {
        match self.broken.is_some() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}
