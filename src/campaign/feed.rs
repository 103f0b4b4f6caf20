//! The second pass: the messages that are to be sent, handed to the engine one by one.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::inputs::{Input, Inputs};
use super::prior_runs::Decision;
use super::prior_runs::PriorRuns;
use super::scan::{Visitor, walk};
use crate::config::Config;
use crate::exit::Fatal;
use crate::prepare::message::{IdKey, Message};
use crate::report::tally::Judged;
use crate::send::engine::{HandOver, Job};

/// Walks over everything again and hands over what is to be sent, at most `limit` messages and
/// none of `held`.
///
/// # Errors
/// When an input cannot be read any more, or has changed since the first pass.
pub(super) fn feed(
    lists: &Inputs,
    config: &Config,
    prior: &PriorRuns,
    held: &HashSet<IdKey>,
    hand_over: &mut HandOver<'_>,
) -> Result<(), Fatal> {
    lists.check_unchanged()?;
    let room = config.limit.unwrap_or(u64::MAX);
    let flow = ControlFlow::Continue(());
    let mut feeder = Feeder { prior, held, hand_over, room, flow, changed: Ok(()) };
    if room > 0 {
        walk(lists, config, &mut feeder)?;
    }
    feeder.changed.and_then(|()| lists.check_unchanged())
}

struct Feeder<'a> {
    prior: &'a PriorRuns,
    held: &'a HashSet<IdKey>,
    hand_over: &'a mut HandOver<'a>,
    room: u64,
    flow: ControlFlow<()>,
    changed: Result<(), Fatal>,
}

impl Visitor for Feeder<'_> {
    fn message(&mut self, message: Message) -> bool {
        if self.flow.is_break() || self.prior.contradicts(&message) {
            return false;
        }
        if let Decision::Send(earlier) = self.prior.decide(&message)
            && !self.held.contains(&message.id.key())
        {
            self.flow = (self.hand_over)(Some(Job::new(message, earlier)));
            self.room -= 1;
            if self.room == 0 {
                self.flow = ControlFlow::Break(());
            }
        }
        true
    }

    fn look_ahead(&self, ids: impl Iterator<Item = IdKey>) {
        self.prior.look_ahead(ids);
    }

    fn row(&mut self, _judged: Judged) {}

    /// What was not there in the first pass was never counted nor confirmed: a list that changes
    /// is not read on.
    fn go_on(&mut self, list: &Input) -> ControlFlow<()> {
        if let Err(error) = list.check_unchanged() {
            self.changed = Err(error);
            self.flow = ControlFlow::Break(());
        }
        if self.flow.is_continue() {
            self.flow = (self.hand_over)(None);
        }
        self.flow
    }
}
