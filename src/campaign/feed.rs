//! The second pass: the messages that are to be sent, handed to the engine one by one.

use std::ops::ControlFlow;

use super::book::Book;
use super::decide::Decision;
use super::lists::Lists;
use super::walk::{Visitor, walk};
use crate::config::Config;
use crate::error::Fatal;
use crate::prepare::message::Message;
use crate::report::tally::Judged;
use crate::send::engine::Job;

/// Walks over everything again and hands over what is to be sent, at most `limit` messages.
///
/// # Errors
/// When an input cannot be read any more, or has changed since the first pass.
pub(super) fn feed(
    lists: &Lists,
    config: &Config,
    book: &Book,
    hand_over: &mut dyn FnMut(Job) -> ControlFlow<()>,
) -> Result<(), Fatal> {
    lists.check_unchanged()?;
    let room = config.limit.unwrap_or(u64::MAX);
    let mut feeder = Feeder { book, hand_over, room, flow: ControlFlow::Continue(()) };
    if room > 0 {
        walk(lists, config, &mut feeder)?;
    }
    lists.check_unchanged()
}

struct Feeder<'a> {
    book: &'a Book,
    hand_over: &'a mut dyn FnMut(Job) -> ControlFlow<()>,
    room: u64,
    flow: ControlFlow<()>,
}

impl Visitor for Feeder<'_> {
    fn message(&mut self, message: Message) -> bool {
        if self.flow.is_break() || self.book.contradicts(&message) {
            return false;
        }
        if let Decision::Send(earlier) = self.book.decide(&message) {
            self.flow = (self.hand_over)(Job::new(message, earlier));
            self.room -= 1;
            if self.room == 0 {
                self.flow = ControlFlow::Break(());
            }
        }
        true
    }

    fn row(&mut self, _judged: Judged) {}

    fn go_on(&mut self) -> ControlFlow<()> {
        self.flow
    }
}
