//! Whether a message may go at this moment: the dispatcher asks the rules before each release.

use std::time::Duration;

use jiff::Timestamp;

use super::{Dispatcher, TICK};
use crate::eligibility::caps::CapAnswer;
use crate::eligibility::held::Held;
use crate::eligibility::open_hours::Outside;
use crate::send::engine::event::{End, Event};
use crate::send::engine::queues::Job;

impl Dispatcher<'_> {
    /// Holds all senders while the hours are closed, or ends the run.
    pub(super) fn check_hours(&mut self) {
        let Some(hours) = &self.eligibility.hours else { return };
        let until = hours.closed_until(Timestamp::now());
        let was_closed = self.closed_until.is_some();
        self.closed_until = until;
        match (until, hours.outside) {
            (Some(until), Outside::Exit) => self.stop_for(End::OutsideHours(until)),
            (Some(_), Outside::Wait) => self.gate.hold(),
            (None, _) if was_closed && !self.breaker.is_down() => self.gate.open(),
            (None, _) => {}
        }
    }

    /// Returns the message if it may go now. Else it is held, left or waits; one that was posted in
    /// this run ends with what its attempts say.
    pub(super) fn that_may_go(&mut self, job: Box<Job>, now: Duration) -> Option<Box<Job>> {
        if !self.eligibility.may_stop() {
            return Some(job);
        }
        let moment = Timestamp::now();
        match self.eligibility.held(&job.message.to, moment) {
            None => self.with_place(job, moment, now),
            Some(_) if job.last.is_some() => {
                self.settle(job);
                None
            }
            Some(held) => {
                self.hold(job, held);
                None
            }
        }
    }

    /// Returns the message if the caps have a place for it.
    fn with_place(
        &mut self,
        mut job: Box<Job>,
        moment: Timestamp,
        now: Duration,
    ) -> Option<Box<Job>> {
        if self.caps.are_none() || job.has_place {
            return Some(job);
        }
        match self.caps.ask(job.message.id.key(), job.message.to, moment) {
            CapAnswer::Go => {
                job.has_place = true;
                return Some(job);
            }
            CapAnswer::Wait => self.waiting.push_new(now.saturating_add(TICK), job),
            CapAnswer::RecipientFull => self.hold(job, Held::RecipientCap),
            CapAnswer::DayFull => {
                self.day_is_full = true;
                self.put_back();
            }
        }
        None
    }

    /// Holds a message that was not posted in this run.
    fn hold(&mut self, mut job: Box<Job>, held: Held) {
        self.give_back_place(&mut job, None);
        if job.written_ahead && !job.recorded {
            self.read_ahead.recorded();
        }
        self.put_back();
        self.report(Event::Held(&job, held));
    }

    /// Takes a message out that is not posted: another one may be taken instead.
    fn put_back(&mut self) {
        self.taken -= 1;
        self.canary.put_back();
    }

    /// Ends the time in which a message takes a place of the caps; it `counts` from then on or not.
    pub(super) fn give_back_place(&mut self, job: &mut Job, counts: Option<Timestamp>) {
        if std::mem::take(&mut job.has_place) {
            self.caps.settle(job.message.id.key(), job.message.to, counts);
        }
    }
}
