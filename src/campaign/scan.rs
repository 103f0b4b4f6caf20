//! One pass over all inputs: yields every row's verdict once and every distinct message once.
//!
//! Both passes of a run use it: the check ([`preflight`](mod@super::preflight)) and the sending
//! ([`feed`]).

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::inputs::{Input, Inputs, not_used};
use super::prior_runs::{Decision, PriorRuns};
use super::row_filter::Wanted;
use crate::config::Config;
use crate::eligibility::Eligibility;
use crate::eligibility::opt_out::OptOuts;
use crate::exit::Fatal;
use crate::prepare::dedup::{Occurrence, SeenMessages};
use crate::prepare::last_inbound::LastInbound;
use crate::prepare::message::{Contact, IdKey, Message};
use crate::prepare::phone::PhoneNumber;
use crate::prepare::row::{Prepared, Readable, Reject, RowOutcome};
use crate::read::note::Note;
use crate::read::{Cells, Place, SkipReason};
use crate::report::report_file::ReportForm;
use crate::report::tally::{CheckedRow, Verdict};
use crate::send::engine::{HandOver, Job};

/// One step of a scan.
#[allow(clippy::large_enum_variant)] // one at a time, on the stack
pub(super) enum Step<'a> {
    /// A row, and its message when it is one that did not come up before.
    Row(CheckedRow, Option<Message>),
    /// A new message of a contact that goes to several recipients, with the notes of the contact's
    /// row, which follows its messages. With several cards the rows come up only once, for the first
    /// card.
    Message(Message, &'a [Note]),
    /// The recipient of the row or message that follows, and when they last wrote, if the row says
    /// so. A row that is a duplicate has one too.
    Recipient(&'a PhoneNumber, Option<&'a LastInbound>),
    /// An input is about to be read, or a chunk of its rows was.
    Chunk(&'a Input),
}

/// The flow after a step: continue, break, or an error.
pub(super) type Flow = Result<ControlFlow<()>, Fatal>;

const GO_ON: Flow = Ok(ControlFlow::Continue(()));

/// Reads the wanted rows of every input, once for each card when the rows are recipients: cards
/// outermost, recipients inside. Ends early when `take` breaks. Returns all messages that came up.
///
/// # Errors
/// When an input cannot be read to its end, and what `take` returns.
pub(super) fn scan(
    inputs: &Inputs,
    wanted: Wanted,
    config: &Config,
    known: Known<'_>,
    take: &mut dyn FnMut(Step<'_>) -> Flow,
) -> Result<SeenMessages, Fatal> {
    let seen = SeenMessages::default();
    let reads_unused = config.output.has_report(ReportForm::Csv);
    let mut scan =
        Scan { inputs, wanted, config, known, take, seen, with_rows: true, reads_unused };
    let rounds: Vec<Option<&Arc<Contact>>> = match inputs.cards.as_slice() {
        [] => vec![None],
        cards => cards.iter().map(Some).collect(),
    };
    for card in rounds {
        if scan.round(card)?.is_break() {
            break;
        }
        scan.with_rows = false;
    }
    Ok(scan.seen)
}

/// What is known before the rows are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// The records of earlier runs.
    pub(super) prior: &'a PriorRuns,
    /// The numbers that are never sent to.
    pub(super) opt_outs: &'a OptOuts,
}

/// Reads everything again and hands over the messages that are to be sent unless the rules for when
/// a message may go hold them: none that is `edited`.
///
/// # Errors
/// When an input cannot be read any more, or has changed since the first pass.
pub(super) fn feed(
    inputs: &Inputs,
    config: &Config,
    known: Known<'_>,
    eligibility: &Eligibility,
    edited: &HashSet<IdKey>,
    hand_over: &mut HandOver<'_>,
) -> Result<(), Fatal> {
    inputs.check_unchanged()?;
    scan(inputs, Wanted::Used, config, known, &mut |step| match step {
        Step::Row(_, None) | Step::Recipient(..) => GO_ON,
        Step::Row(_, Some(message)) | Step::Message(message, _) => {
            match known.prior.decide_for(&message, eligibility) {
                Decision::Send(earlier) if !edited.contains(&message.id.key()) => {
                    Ok(hand_over(Some(Job::new(message, earlier))))
                }
                _ => GO_ON,
            }
        }
        // Rows that were not there in the first pass were neither counted nor confirmed.
        Step::Chunk(input) => input.check_unchanged().map(|()| hand_over(None)),
    })?;
    inputs.check_unchanged()
}

struct Scan<'a> {
    inputs: &'a Inputs,
    wanted: Wanted,
    config: &'a Config,
    known: Known<'a>,
    take: &'a mut dyn FnMut(Step<'_>) -> Flow,
    seen: SeenMessages,
    with_rows: bool,
    /// True if it is wanted what can be read of a row that is not used.
    reads_unused: bool,
}

impl Scan<'_> {
    fn round(&mut self, card: Option<&Arc<Contact>>) -> Flow {
        for input in &self.inputs.inputs {
            if (self.take)(Step::Chunk(input))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            for chunk in input.rows(self.wanted, self.inputs.recipients(card), self.config)? {
                let chunk = chunk.map_err(|error| Fatal::input(error.to_string()))?;
                self.prefetch(&chunk);
                for prepared in chunk {
                    if self.row(prepared)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                if (self.take)(Step::Chunk(input))?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        GO_ON
    }

    /// Loads a chunk's messages, and the entries of both tables for them, into the processor's
    /// caches.
    fn prefetch(&self, chunk: &[Prepared]) {
        let keys = || {
            chunk.iter().filter_map(|prepared| match &prepared.outcome {
                RowOutcome::Message(message, _) => Some(message.id.key()),
                _ => None,
            })
        };
        self.seen.prefetch(keys());
        self.known.prior.prefetch(keys());
    }

    fn row(&mut self, prepared: Prepared) -> Flow {
        let Prepared { place, outcome, notes, countries, last_inbound, mut readable, number_type } =
            prepared;
        let named = match &outcome {
            RowOutcome::Message(message, _) => Some(message.to),
            _ => None,
        };
        let (verdict, message) = match outcome {
            RowOutcome::Message(message, _) if self.has_opted_out(&message.to) => {
                readable = self.unused(|| Readable::of(&message));
                (Verdict::Skipped(SkipReason::OptedOut), None)
            }
            RowOutcome::Message(message, cells) => match self.verdict(&message, place, cells) {
                Verdict::Used => (Verdict::Used, Some(message)),
                unused => {
                    readable = self.unused(|| Readable::of(&message));
                    (unused, None)
                }
            },
            RowOutcome::Contact(contact) => match self.contact(&contact, place, &notes)? {
                ControlFlow::Continue(Verdict::Used) => (Verdict::Used, None),
                ControlFlow::Continue(verdict) => {
                    readable = self.unused(|| Readable { to: None, name: contact.name.clone() });
                    (verdict, None)
                }
                ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
            },
            other => (not_used(other), None),
        };
        if let Some(to) = named.filter(|_| !matches!(verdict, Verdict::Rejected(_)))
            && (self.take)(Step::Recipient(&to, last_inbound.as_ref()))?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        match (self.with_rows, message) {
            (true, message) => {
                let checked =
                    CheckedRow { place, verdict, notes, countries, readable, number_type };
                (self.take)(Step::Row(checked, message))
            }
            (false, Some(message)) => (self.take)(Step::Message(message, &notes)),
            (false, None) => GO_ON,
        }
    }

    fn has_opted_out(&self, to: &PhoneNumber) -> bool {
        !self.known.opt_outs.is_empty() && self.known.opt_outs.contains(to)
    }

    /// What can be read of a row that is not used, if that is wanted.
    fn unused(&self, read: impl FnOnce() -> Readable) -> Option<Box<Readable>> {
        self.reads_unused.then(|| Box::new(read()))
    }

    /// Judges a row that names its own recipient.
    fn verdict(&mut self, message: &Message, place: Place, cells: Cells) -> Verdict {
        let other = match self.seen.insert(message, place) {
            Occurrence::Duplicate(first) => return Verdict::Duplicate(first),
            Occurrence::Conflict(first) => format!("at {}", self.inputs.show_place(first)),
            Occurrence::First if self.known.prior.contradicts(message) => {
                "in the results".to_owned()
            }
            Occurrence::First => return Verdict::Used,
        };
        let reason = format!("message_id \"{}\" stands for another message {other}", message.id);
        let reject = Reject { place, code: "message_id_conflict", reason, suggestion: None, cells };
        Verdict::Rejected(reject)
    }

    /// Yields one contact's new messages, one for each recipient, and judges its row.
    fn contact(
        &mut self,
        contact: &Arc<Contact>,
        place: Place,
        notes: &[Note],
    ) -> Result<ControlFlow<(), Verdict>, Fatal> {
        let mut verdict = Verdict::Used;
        let mut used = false;
        for (to, to_place) in &self.inputs.recipients {
            let message = Message::new(&self.config.origin, *to, contact);
            let message = message.with_recipient_row(*to_place);
            match self.seen.insert(&message, place) {
                Occurrence::First => {
                    used = true;
                    let steps = [Step::Recipient(to, None), Step::Message(message, notes)];
                    for step in steps {
                        if (self.take)(step)?.is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                }
                Occurrence::Duplicate(first) | Occurrence::Conflict(first) => {
                    verdict = Verdict::Duplicate(first);
                }
            }
        }
        Ok(ControlFlow::Continue(if used { Verdict::Used } else { verdict }))
    }
}
