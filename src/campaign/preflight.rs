//! The first pass: checks every row and counts every message, before anything is sent.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::candidates::{Candidate, Candidates, DecidedOn, Planned, decide};
use super::edited_contacts::{EditedContact, EditedContacts};
use super::inputs::Inputs;
use super::may_go::MayGo;
use super::prior_runs::{Decision, PriorRuns, Reason};
use super::recipient_counts::{Added, COUNTED, RecipientCounts, RecipientId};
use super::reject_files::RejectsWriter;
use super::row_filter::Wanted;
use super::row_report::RowReport;
use super::scan::{Known, Step, scan};
use crate::config::Config;
use crate::eligibility::Eligibility;
use crate::eligibility::heard::Heard;
use crate::eligibility::held::Held;
use crate::eligibility::row_times::{RowIndex, RowTimes};
use crate::exit::Fatal;
use crate::prepare::dedup::SeenMessages;
use crate::prepare::last_inbound::LastInbound;
use crate::prepare::mapping::Field;
use crate::prepare::message::{IdKey, Message};
use crate::prepare::payload::Payload;
use crate::prepare::phone::{NumberType, PhoneNumber, Region};
use crate::prepare::row_numbers::Written;
use crate::read::Place;
use crate::read::note::{Note, NoteKind};
use crate::report::countries::CountryTally;
use crate::report::decided::{Decided, Decisions, WINDOW_CLOSED};
use crate::report::event_log::{self, LogEvent};
use crate::report::format::counted;
use crate::report::report_file::ReportForm;
use crate::report::tally::{
    CheckedRow, EarlierForm, Kind, MessageCounts, RowCounts, Tally, Verdict,
};
use crate::report::terminal;
use crate::report::when::WhenCounts;
use crate::send::outcome::Status;
use crate::signals::Stop;
use crate::units::show_number;

/// The most rows that are kept to name those whose card has no WhatsApp id.
const WITHOUT_WA_ID: usize = 32;

/// The result of the first pass.
#[derive(Debug, Default)]
pub(super) struct Preflight {
    /// Rows, rejects and notes.
    pub(super) tally: Tally,
    /// The counts of the rows that become messages, without those of the lists beside them.
    pub(super) rows: RowCounts,
    /// The rows among these that are nobody.
    pub(super) nobody: u64,
    /// Messages; `left` are to be sent.
    pub(super) messages: MessageCounts,
    /// Messages among `left` that an earlier run may have sent.
    pub(super) in_doubt: u64,
    /// The messages that earlier runs left refused, by code; empty where none is recorded.
    pub(super) refused_codes: BTreeMap<String, u64>,
    /// True if a message that an earlier run tried may be sent again.
    pub(super) sends_again: bool,
    /// The first message to be sent.
    pub(super) example: Option<Message>,
    /// The most messages to one recipient, among those that are counted.
    pub(super) most_to_one: u64,
    /// Messages that are held because their card was, or may have been, sent under another name.
    pub(super) edited: HashSet<IdKey>,
    /// The messages that `--verbose` has listed as held by a rule for when they may go.
    pub(super) listed: HashSet<IdKey>,
    /// What the rules for when a message may go do.
    pub(super) when: WhenCounts,
    /// The messages to be sent whose card has no WhatsApp id, with the cards' rows.
    pub(super) without_wa_id: Kind<()>,
    /// What is planned for each message.
    pub(super) decisions: Decisions,
    /// The most numbers of a card.
    pub(super) most_numbers: usize,
    /// When the recipients of the rows last wrote.
    pub(super) times: Option<RowTimes>,
}

impl Preflight {
    /// Counts a message that an earlier run left refused with this code.
    fn count_refused(&mut self, code: &str) {
        self.messages.refused += 1;
        match self.refused_codes.get_mut(code) {
            Some(number) => *number += 1,
            None => drop(self.refused_codes.insert(code.to_owned(), 1)),
        }
    }

    fn count_to_send(
        &mut self,
        without_wa_id: bool,
        place: Option<Place>,
        counted: RecipientId,
        recipients: &mut RecipientCounts,
    ) {
        self.messages.left += 1;
        match place {
            Some(place) if without_wa_id => self.without_wa_id.count(place, || ()),
            None if without_wa_id => {
                self.without_wa_id.number += 1;
                self.without_wa_id.is_cut = true;
            }
            _ => {}
        }
        recipients.count_to_send(counted);
    }

    /// The counts before sending: the rules for when a message may go decide again at its turn.
    pub(super) fn before_sending(&self) -> MessageCounts {
        let held = self.when.held.values().sum::<u64>();
        let messages = self.messages;
        MessageCounts { left: messages.left + held, held: messages.held - held, ..messages }
    }
}

/// Checks every row once. Rejects go to `rejects`, every row and message to `report`; with
/// `--verbose` each row's findings are printed.
///
/// # Errors
/// When an input cannot be read, the rejects cannot be written, or a signal came.
pub(super) fn preflight(
    inputs: &mut Inputs,
    config: &Config,
    prior: &PriorRuns,
    may_go: &mut MayGo,
    rejects: &mut RejectsWriter,
    report: &mut RowReport,
    stop: &Stop,
) -> Result<Preflight, Fatal> {
    let mut checked_before = std::mem::take(&mut inputs.not_used);
    checked_before.sort_by_key(|checked| checked.place);
    let mut tally = std::mem::take(&mut inputs.tally);
    tally.edited.are_sent = config.send_changed;
    let (beside, nobody_beside) = (tally.rows, tally.nobody());
    let mut checker = Checker {
        found: Preflight { tally, ..Preflight::default() },
        recipients: RecipientCounts::default(),
        edited: EditedContacts::default(),
        candidates: Candidates::new(&may_go.eligibility, config.output.verbose),
        without_wa_id: Vec::new(),
        row: RowIndex::NONE,
        shown: 0,
        inputs,
        config,
        prior,
        eligibility: &mut may_go.eligibility,
        now: may_go.now,
        decides_at_end: may_go.decides_at_end,
        unshown: None,
        rejects,
        report,
    };
    for checked in checked_before {
        checker.print(&checked);
        checker.report.row(checker.inputs, &checked)?;
        checker.write_reject(&checked)?;
    }
    let known = Known { prior, opt_outs: &may_go.opt_outs };
    let seen = scan(inputs, Wanted::Used, config, known, &mut |step| {
        match step {
            Step::Recipient(to, wrote) => checker.recipient(to, wrote),
            Step::Row(checked, message) => checker.row(checked, message)?,
            Step::Message(message, notes) => {
                let region = Region::of(&message.to);
                let Counted { decided, before, .. } = checker.message(&message, region, None)?;
                let inputs = checker.inputs;
                checker.report.message(inputs, &message, region, notes, decided, before)?;
            }
            Step::Chunk(_) if stop.signal().is_some() => {
                return Err(Fatal::stopped_before_sending(stop));
            }
            Step::Chunk(_) => {}
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some(fatal) = checker.unshown.take() {
        return Err(fatal);
    }
    let all = checker.messages_of_all_rows(known, &seen, stop)?;
    let mut found = checker.finish(&|id| seen.contains(&id) || all.contains(&id))?;
    found.rows = found.tally.rows.without(beside);
    found.nobody = found.tally.nobody() - nobody_beside;
    check_columns(inputs, &found.tally.countries)?;
    Ok(found)
}

/// Checks that each column of countries is of its list's numbers.
fn check_columns(inputs: &Inputs, countries: &CountryTally) -> Result<(), Fatal> {
    let Some((source, fit)) = countries.wrong_columns().next() else { return Ok(()) };
    let list = inputs.source_name(source);
    let column = inputs.input(source).map(|input| input.mapping.field_name(Field::Country));
    Err(Fatal::input(format!(
        "column `{}` of {list} is not the country of its numbers: {} of {} with + are of another one (try --map country=HEADER for the right column, or --map country== to pass it over)",
        column.unwrap_or_default(),
        show_number(fit.contradict),
        counted(fit.agree + fit.contradict, "row")
    )))
}

struct Checker<'a> {
    found: Preflight,
    recipients: RecipientCounts,
    edited: EditedContacts,
    /// The messages that are decided on after the last row.
    candidates: Candidates,
    /// The numbers and the rows of the first ones among them whose card has no WhatsApp id.
    without_wa_id: Vec<(u32, Place)>,
    /// The row whose recipient came up last.
    row: RowIndex,
    shown: u64,
    inputs: &'a Inputs,
    config: &'a Config,
    prior: &'a PriorRuns,
    eligibility: &'a mut Eligibility,
    now: Timestamp,
    decides_at_end: bool,
    /// The error of a request that could not be shown.
    unshown: Option<Fatal>,
    rejects: &'a mut RejectsWriter,
    report: &'a mut RowReport,
}

/// What the count of a message found.
struct Counted<'a> {
    /// The row in which its recipient was named first, when that is another one.
    first: Option<Place>,
    /// What is decided on it now.
    decided: Option<Decided>,
    /// Why an earlier run left it refused.
    before: Option<&'a Reason>,
}

impl<'a> Checker<'a> {
    /// Notes the recipient of the row or message that follows.
    fn recipient(&mut self, to: &PhoneNumber, wrote: Option<&LastInbound>) {
        if self.decides_at_end {
            self.row = self.candidates.recipient(to, wrote, self.eligibility);
        }
    }

    fn row(&mut self, mut checked: CheckedRow, message: Option<Message>) -> Result<(), Fatal> {
        let region = checked.countries.person.and_then(Written::region);
        let number_type = checked.number_type;
        let counted = message.as_ref().map(|message| self.message(message, region, number_type));
        let counted = counted.transpose()?;
        if let Some(Counted { first: Some(first), .. }) = counted
            && self.rows_name_recipients()
        {
            self.note_same_recipient(&mut checked, first);
        }
        match (&message, counted) {
            (Some(message), Some(Counted { decided, before, .. })) => {
                let (inputs, notes) = (self.inputs, &checked.notes);
                self.report.message(inputs, message, region, notes, decided, before)?;
            }
            _ => self.report.row(self.inputs, &checked)?,
        }
        self.found.tally.count(&checked);
        self.print(&checked);
        self.write_reject(&checked)
    }

    /// Counts a message by what earlier runs recorded, and its recipient's country.
    ///
    /// # Errors
    /// When the results cannot be read again.
    fn message(
        &mut self,
        message: &Message,
        region: Option<Region>,
        number_type: Option<NumberType>,
    ) -> Result<Counted<'a>, Fatal> {
        let Added { id: counted, first } = self.recipients.add(message.to, message.contact.place);
        if first.is_none() {
            let own = self.rows_name_recipients().then_some(message.contact.place);
            self.found.tally.countries.recipient(region, message.to_place.or(own));
        }
        if first.is_none() && self.config.output.has_report(ReportForm::Json) {
            let number_type = number_type.unwrap_or_else(|| NumberType::of(&message.to));
            *self.found.tally.number_types.entry(number_type).or_default() += 1;
        }
        let mut before = None;
        self.found.messages.total += 1;
        self.found.most_numbers = self.found.most_numbers.max(message.contact.phones.len());
        let decided = match self.prior.decide(message) {
            Decision::AlreadySent => {
                self.found.messages.already_sent += 1;
                Some(Decided::AlreadySent)
            }
            Decision::Leave(Status::Unknown) => {
                self.found.messages.unknown += 1;
                Some(Decided::Unknown)
            }
            Decision::Send(earlier) => self.message_to_send(message, counted, earlier),
            Decision::IfWroteSince(at) if self.heard_so_far().wrote_since(at) => {
                self.message_to_send(message, counted, Some(Status::Refused))
            }
            // A later row may say that the recipient wrote since.
            Decision::IfWroteSince(at) if self.decides_at_end => {
                self.found.sends_again = true;
                let number = self.found.decisions.next_number();
                self.candidates.push(Candidate::of(message, self.row, counted, number, Some(at)));
                None
            }
            Decision::Leave(_) | Decision::IfWroteSince(_) => {
                before = self.prior.reasons(self.config)?.get(&message.id.key());
                self.found.count_refused(before.map_or("", |(code, _)| code));
                Some(Decided::Refused)
            }
        };
        self.found.decisions.push(decided);
        Ok(Counted { first, decided, before })
    }

    /// Counts a message that will be sent, unless its card may have been sent under another name.
    /// One that is in doubt itself is only repeated with its own id. Returns what is decided now.
    fn message_to_send(
        &mut self,
        message: &Message,
        counted: RecipientId,
        earlier: Option<Status>,
    ) -> Option<Decided> {
        let number = self.found.decisions.next_number();
        let candidate = Candidate::of(message, self.row, counted, number, None);
        let may_be_edited = earlier != Some(Status::Unknown);
        let was_tried = matches!(earlier, Some(Status::Refused | Status::Failed));
        self.found.sends_again |= earlier.is_some();
        if may_be_edited
            && self.edited.notice(message, candidate, was_tried, self.prior)
            && !self.config.send_changed
        {
            return None;
        }
        self.found.in_doubt += u64::from(earlier == Some(Status::Unknown));
        self.count_to_send(candidate);
        let is_wanted = self.found.example.is_none() || self.shown < self.config.output.show;
        if is_wanted && !self.is_held_so_far() {
            if self.shown < self.config.output.show {
                self.shown += 1;
                self.show(message);
            }
            self.found.example.get_or_insert_with(|| message.clone());
        }
        (!self.decides_at_end).then_some(Decided::Send)
    }

    /// Returns whether a rule holds the message of this row by what is known so far.
    fn is_held_so_far(&self) -> bool {
        let rule = self.eligibility.session.filter(|_| self.decides_at_end);
        rule.is_some_and(|rule| rule.held(rule.session(self.heard_so_far(), self.now)).is_some())
    }

    /// What is known of the recipient of this row: later rows may say more.
    fn heard_so_far(&self) -> Heard {
        self.candidates.heard(self.row, self.eligibility)
    }

    fn count_to_send(&mut self, candidate: Candidate) {
        match self.decides_at_end {
            true => {
                if candidate.without_wa_id && self.without_wa_id.len() < WITHOUT_WA_ID {
                    self.without_wa_id.push((candidate.number, candidate.place));
                }
                self.candidates.push(candidate);
            }
            false => {
                let Candidate { without_wa_id, place, counted, .. } = candidate;
                let recipients = &mut self.recipients;
                self.found.count_to_send(without_wa_id, Some(place), counted, recipients);
            }
        }
    }

    /// Decides on the messages that a rule for when they may go can stop, now that it is known when
    /// all recipients last wrote.
    fn decide_on_candidates(&mut self) {
        let rate = self.config.engine.rate;
        self.candidates.settle(self.eligibility);
        let Self { found, recipients, candidates, inputs, without_wa_id: first, .. } = self;
        let lists = self.config.output.verbose;
        let take = |decided: DecidedOn<'_>, planned: Planned| {
            found.decisions.settle(decided.number, planned.into());
            match planned {
                Planned::Send => {
                    // Enough rows are known once there are more.
                    let mut first = first.iter().filter(|_| !found.without_wa_id.is_cut);
                    let place = first.find(|(number, _)| *number == decided.number);
                    let place = place.map(|(_, place)| *place);
                    let DecidedOn { without_wa_id, counted, .. } = decided;
                    found.count_to_send(without_wa_id, place, counted, recipients);
                }
                Planned::Left => found.messages.left += 1,
                Planned::Refused => found.count_refused(WINDOW_CLOSED),
                Planned::Held(held) => {
                    found.messages.held += 1;
                    if let Some(candidate) = decided.whole.filter(|_| lists) {
                        found.listed.insert(candidate.id);
                        let place = inputs.show_place(candidate.place);
                        terminal::line(&format!("{place} held, {held}: {}", candidate.to));
                    }
                }
            }
        };
        let when = decide(candidates, self.eligibility, rate, self.now, take);
        found.when = when;
    }

    /// The messages of all rows, also of those that `--rows` and `--sample` leave out, if it takes
    /// them to decide which messages are edited: else none.
    fn messages_of_all_rows(
        &self,
        known: Known<'_>,
        seen: &SeenMessages,
        stop: &Stop,
    ) -> Result<SeenMessages, Fatal> {
        if !self.inputs.are_filtered() || self.edited.are_none(&|id| seen.contains(&id)) {
            return Ok(SeenMessages::default());
        }
        scan(self.inputs, Wanted::All, self.config, known, &mut |step| match step {
            Step::Chunk(_) if stop.signal().is_some() => Err(Fatal::stopped_before_sending(stop)),
            _ => Ok(ControlFlow::Continue(())),
        })
    }

    /// Adds what is known only after the last row. `listed` tells whether the inputs have an id.
    fn finish(mut self, listed: &dyn Fn(IdKey) -> bool) -> Result<Preflight, Fatal> {
        self.decide_on_edited(listed)?;
        self.decide_on_candidates();
        let compared = self.rows_name_recipients() && self.recipients.are_more();
        let Self { mut found, recipients, candidates, .. } = self;
        found.times = Some(candidates.into_times());
        found.most_to_one = recipients.most_to_one();
        found.tally.recipients_compared = compared.then_some(COUNTED as u64);
        Ok(found)
    }

    /// Holds or sends the messages that may be edited, now that all ids of the inputs are known.
    fn decide_on_edited(&mut self, listed: &dyn Fn(IdKey) -> bool) -> Result<(), Fatal> {
        let edited = std::mem::take(&mut self.edited);
        let runs = self.prior.last_runs(&edited.to_compare(listed), self.config)?;
        for (contact, earlier) in edited.decide(listed, &runs) {
            match earlier {
                Some(earlier) => self.edited(&contact, earlier),
                None if self.config.send_changed => {} // It is counted already.
                None => self.count_to_send(contact.message),
            }
        }
        Ok(())
    }

    fn edited(&mut self, contact: &EditedContact, earlier: EarlierForm) {
        let Candidate { id, to, place, number, .. } = contact.message;
        self.found.tally.edited.count(earlier, place, to);
        if !self.config.send_changed {
            self.found.messages.held += 1;
            self.found.edited.insert(id);
            self.found.decisions.settle(number, Decided::Held(Held::Edited));
        }
        if self.config.output.verbose {
            let place = self.inputs.show_place(place);
            let label = self.found.tally.edited.label();
            let what = match earlier {
                EarlierForm::Sent => "sent",
                EarlierForm::Unknown => "may have been sent",
            };
            terminal::line(&format!("{place} {label}: {what} to {to} before, under another name"));
        }
    }

    /// Prints the request as it would be sent (`--show`).
    fn show(&mut self, message: &Message) {
        let payload = Payload::of(message, self.config.engine.to_format);
        let json = serde_json::to_string_pretty(&payload).unwrap_or_default();
        if let Err(error) = terminal::write_json(&json) {
            let what = format!("the requests cannot be written to standard output: {error}");
            self.unshown.get_or_insert(Fatal::internal(what));
        }
    }

    /// Prints a row's verdict and notes (`--verbose`); a reject is an event too.
    fn print(&self, checked: &CheckedRow) {
        if let Verdict::Rejected(reject) = &checked.verdict
            && event_log::is_on()
        {
            let source = self.inputs.source_name(checked.place.source);
            let line = checked.place.line;
            event_log::write(&LogEvent::Rejected { source, line, error_code: reject.code });
        }
        if !self.config.output.verbose {
            return;
        }
        let place = self.inputs.show_place(checked.place);
        match &checked.verdict {
            Verdict::Rejected(reject) => {
                terminal::line(&format!("{place} rejected, {}: {}", reject.code, reject.reason))
            }
            Verdict::Duplicate(first) => {
                let first = self.inputs.show_place(*first);
                terminal::line(&format!("{place} is the same message as {first}"));
            }
            Verdict::Skipped(reason) => terminal::line(&format!("{place} skipped: {reason}")),
            Verdict::Used => {}
        }
        for note in &checked.notes {
            let code = note.kind.code();
            match note.detail.as_str() {
                "" => terminal::line(&format!("{place} {code}")),
                detail => terminal::line(&format!("{place} {code}: {detail}")),
            }
        }
    }

    /// Returns whether each row names its recipient. Otherwise several cards to one recipient are
    /// intended.
    fn rows_name_recipients(&self) -> bool {
        self.inputs.recipients.is_empty() && self.inputs.cards.is_empty()
    }

    /// Notes that the row sends another card to the recipient of the row at `first`. It may be
    /// intended, so the row is used.
    fn note_same_recipient(&mut self, checked: &mut CheckedRow, first: Place) {
        let detail = match self.config.output.verbose {
            true => format!("{} sends it another card", self.inputs.show_place(first)),
            false => String::new(),
        };
        checked.notes.push(Note { kind: NoteKind::SameRecipient, detail });
        self.found.tally.note_same_recipient(checked.place, first);
    }

    fn write_reject(&mut self, checked: &CheckedRow) -> Result<(), Fatal> {
        match &checked.verdict {
            Verdict::Rejected(reject) => self.rejects.write(self.inputs, reject),
            _ => Ok(()),
        }
    }
}
