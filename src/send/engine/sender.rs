//! A sender thread: takes a released message, waits for its turn, posts it and returns the result.

use std::time::Instant;

use jiff::Timestamp;

use super::gate::Gate;
use super::queues::{Completion, Job, Posted, Queues};
use crate::eligibility::Eligibility;
use crate::prepare::payload::{Payload, ToFormat};
use crate::send::gateway::{Client, Gateway};

/// The references that every sender needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) queues: &'a Queues,
    pub(super) gate: &'a Gate,
    pub(super) gateway: &'a Gateway,
    pub(super) eligibility: &'a Eligibility,
    pub(super) to_format: ToFormat,
    pub(super) began: Instant,
}

impl Sender<'_> {
    /// Posts released messages until no more will come.
    pub(super) fn run(self) {
        let mut client = self.gateway.client();
        let mut completion = None;
        while let Some(job) = self.queues.complete_and_take(completion.take()) {
            completion = Some(match self.gate.pass() {
                true if !self.may_go(&job) => Completion::NotNow(job),
                true => Completion::Posted(Box::new(self.post(job, &mut client))),
                false => Completion::NotPosted(job),
            });
        }
    }

    /// Asks right before the post: the message may have waited at the gate.
    fn may_go(self, job: &Job) -> bool {
        let rules = self.eligibility;
        if !rules.may_stop() {
            return true;
        }
        let now = Timestamp::now();
        rules.closed_until(now).is_none() && rules.held(&job.message.to, now).is_none()
    }

    fn post(self, mut job: Box<Job>, client: &mut Client) -> Posted {
        let posted_at = self.began.elapsed();
        let sent_at = Timestamp::now();
        let result = client.post(&Payload::of(&job.message, self.to_format));
        let latency = self.began.elapsed().saturating_sub(posted_at);
        // The gate is closed here, because other senders would pass it before the dispatcher has
        // seen this failure.
        if result.as_ref().is_err_and(|failure| failure.kind.stops_run().is_some()) {
            self.gate.close();
        }
        // Computed here because the dispatcher, which writes it down, is one thread.
        job.card_id.get_or_insert_with(|| job.message.card_id());
        Posted { job, result, posted_at, sent_at, latency }
    }
}
