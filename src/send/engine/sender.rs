//! A sender: takes a message that is ready, waits for its turn, posts it, says what came of it.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Job;
use super::gate::Gate;
use super::queues::Queues;
use crate::prepare::payload::{Payload, ToFormat};
use crate::send::gateway::{Gateway, Line};
use crate::send::outcome::{Failure, Reply};

/// What the dispatcher hears of what it released.
#[derive(Debug)]
pub(super) enum Answer {
    /// It was posted.
    Posted(Box<Posted>),
    /// The gate let nobody pass: it was not posted.
    Withdrawn(Box<Job>),
    /// So many could not be noted before their first attempt, and were not posted.
    NotNoted(u64),
}

/// One attempt.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) job: Box<Job>,
    pub(super) result: Result<Reply, Failure>,
    /// When it began: since the run began, and by the calendar.
    pub(super) at: Duration,
    pub(super) sent_at: Timestamp,
    /// How long the answer took.
    pub(super) latency: Duration,
}

/// What every sender needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) queues: &'a Queues,
    pub(super) gate: &'a Gate,
    pub(super) gateway: &'a Gateway,
    pub(super) to_format: ToFormat,
    pub(super) began: Instant,
}

impl Sender<'_> {
    /// Sends what is released until nothing more will be.
    pub(super) fn run(self) {
        let mut line = self.gateway.line();
        let mut answer = None;
        while let Some(job) = self.queues.trade(answer.take()) {
            answer = Some(match self.gate.pass() {
                true => Answer::Posted(Box::new(self.post(job, &mut line))),
                false => Answer::Withdrawn(job),
            });
        }
    }

    fn post(self, job: Box<Job>, line: &mut Line) -> Posted {
        let at = self.began.elapsed();
        let sent_at = Timestamp::now();
        let result = line.post(&Payload::of(&job.message, self.to_format));
        let latency = self.began.elapsed().saturating_sub(at);
        // Whoever has no key sends nothing: the dispatcher hears of it only after others would have
        // passed.
        if result.as_ref().is_err_and(|failure| failure.stops_run().is_some()) {
            self.gate.close();
        }
        Posted { job, result, at, sent_at, latency }
    }
}
