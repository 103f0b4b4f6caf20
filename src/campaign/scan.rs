//! One pass over all inputs: every row is judged once, every different message comes up once.
//!
//! The check and the sending both walk this way; what they do with what they meet is their own.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::inputs::{Input, Inputs, not_used};
use crate::config::Config;
use crate::exit::Fatal;
use crate::prepare::dedup::{Occurrence, SeenMessages};
use crate::prepare::message::{Contact, IdKey, Message};
use crate::prepare::row::{Prepared, Reject, RowOutcome};
use crate::read::{Cells, Place};
use crate::report::tally::{Judged, Verdict};

/// Who walks along: the check, or the feeding of the engine.
pub(super) trait Visitor {
    /// A message that did not come up before. `false` when its own id stands for another message
    /// in the ledger.
    fn message(&mut self, message: Message) -> bool;

    /// A row that has been judged; only in the first round.
    fn row(&mut self, judged: Judged);

    /// These ids will come up next: a chance to fetch what is known of them side by side.
    fn look_ahead(&self, ids: impl Iterator<Item = IdKey>);

    /// Asked before a list and after each of its chunks: is there a reason to stop?
    fn go_on(&mut self, list: &Input) -> ControlFlow<()>;
}

/// Walks over every input, once for each card when the rows are recipients: cards outermost,
/// recipients inside.
///
/// # Errors
/// When an input cannot be read to its end.
pub(super) fn walk(
    lists: &Inputs,
    config: &Config,
    visitor: &mut impl Visitor,
) -> Result<SeenMessages, Fatal> {
    let mut walk = Walk { lists, visitor, seen: SeenMessages::default(), first_round: true };
    let rounds: Vec<Option<&Arc<Contact>>> = match lists.cards.as_slice() {
        [] => vec![None],
        cards => cards.iter().map(Some).collect(),
    };
    for card in rounds {
        if walk.round(card, config)?.is_break() {
            break;
        }
        walk.first_round = false;
    }
    Ok(walk.seen)
}

struct Walk<'a, V> {
    lists: &'a Inputs,
    visitor: &'a mut V,
    seen: SeenMessages,
    first_round: bool,
}

/// The ids of a chunk's messages.
fn ids(chunk: &[Prepared]) -> impl Iterator<Item = IdKey> {
    chunk.iter().filter_map(|prepared| match &prepared.outcome {
        RowOutcome::Message(message, _) => Some(message.id.key()),
        _ => None,
    })
}

impl<V: Visitor> Walk<'_, V> {
    fn round(
        &mut self,
        card: Option<&Arc<Contact>>,
        config: &Config,
    ) -> Result<ControlFlow<()>, Fatal> {
        for list in &self.lists.inputs {
            if self.visitor.go_on(list).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            for chunk in list.rows(self.lists.recipients(card), config)? {
                let chunk = chunk.map_err(|error| Fatal::input(error.to_string()))?;
                self.visitor.look_ahead(ids(&chunk));
                for prepared in chunk {
                    self.meet(prepared, config);
                }
                if self.visitor.go_on(list).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn meet(&mut self, prepared: Prepared, config: &Config) {
        let Prepared { place, outcome, notes } = prepared;
        let verdict = match outcome {
            RowOutcome::Message(message, cells) => self.meet_message(message, place, cells),
            RowOutcome::Contact(contact) => self.meet_contact(&contact, place, config),
            other => not_used(other),
        };
        if self.first_round {
            self.visitor.row(Judged { place, verdict, notes });
        }
    }

    fn meet_message(&mut self, message: Message, place: Place, cells: Cells) -> Verdict {
        let conflict = |with: &str| {
            let reason = format!("message_id \"{}\" stands for another message {with}", message.id);
            let reject =
                Reject { place, code: "message_id_conflict", reason, cells: cells.clone() };
            Verdict::Rejected(reject)
        };
        match self.seen.insert(&message, place) {
            Occurrence::Duplicate(first) => Verdict::Duplicate(first),
            Occurrence::Conflict(first) => {
                conflict(&format!("at {}", self.lists.show_place(first)))
            }
            Occurrence::First => match message.id.is_own() {
                false => {
                    self.visitor.message(message);
                    Verdict::Used
                }
                true => {
                    let known = conflict("in the results");
                    if self.visitor.message(message) { Verdict::Used } else { known }
                }
            },
        }
    }

    /// One contact to everybody on the list.
    fn meet_contact(&mut self, contact: &Arc<Contact>, place: Place, config: &Config) -> Verdict {
        let mut earlier = None;
        let mut used = false;
        for to in &self.lists.recipients {
            let message = Message::new(&config.origin, *to, contact);
            match self.seen.insert(&message, place) {
                Occurrence::First => {
                    self.visitor.message(message);
                    used = true;
                }
                Occurrence::Duplicate(first) | Occurrence::Conflict(first) => earlier = Some(first),
            }
        }
        match earlier {
            Some(first) if !used => Verdict::Duplicate(first),
            _ => Verdict::Used,
        }
    }
}
