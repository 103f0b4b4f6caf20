//! The dispatcher: the one that decides what goes next, hears every answer and tells the journal.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::exchange::{Exchange, FeedEnded};
use super::sender::{Answer, Posted};
use super::turnstile::Turnstile;
use super::waiting::Waiting;
use super::{End, Event, Job, Pulse, Rules, Stop};
use crate::send::outcome::{Failure, Next, Outcome, Reply};
use crate::send::pacer::{Rate, RecipientPacer, Turn};

/// How often the journal is told that time passes, and signals are looked for.
const TICK: Duration = Duration::from_millis(50);

/// How much of the rate is released ahead of the senders; more would be in doubt after a crash.
const AHEAD: Duration = Duration::from_millis(200);

/// The most messages that wait; when so many do, reading waits too.
const WAITING_MAX: usize = 10_000;

/// How long answers may gather at full speed before they are heard.
const GATHER: Duration = Duration::from_millis(2);

/// See the module.
pub(super) struct Dispatcher<'a> {
    began: Instant,
    rules: &'a Rules,
    stop: &'a Stop,
    turnstile: &'a Turnstile,
    exchange: &'a Exchange,
    journal: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    recipients: RecipientPacer,
    waiting: Waiting<Job>,
    /// There are no more messages, or no more are wanted.
    feed_ended: bool,
    /// Messages given to the senders, and answers heard from them.
    released: u64,
    heard: u64,
    /// An answer was "too fast" and none was an acceptance since.
    throttled: bool,
    ticked: Option<Duration>,
    end: End,
}

impl<'a> Dispatcher<'a> {
    pub(super) fn new(
        began: Instant,
        rules: &'a Rules,
        stop: &'a Stop,
        turnstile: &'a Turnstile,
        exchange: &'a Exchange,
        journal: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Self {
        Self {
            began,
            rules,
            stop,
            turnstile,
            exchange,
            journal,
            recipients: RecipientPacer::new(rules.recipient_rate),
            waiting: Waiting::default(),
            feed_ended: false,
            released: 0,
            heard: 0,
            throttled: false,
            ticked: None,
            end: End::Done,
        }
    }

    /// Dispatches until everything is settled, or stopped and answered.
    pub(super) fn run(mut self) -> End {
        loop {
            self.tick();
            self.release();
            if self.is_done() {
                return self.end;
            }
            self.listen();
        }
    }

    fn is_done(&self) -> bool {
        self.feed_ended && self.waiting.len() == 0 && self.under_way() == 0
    }

    /// Messages with the senders.
    fn under_way(&self) -> u64 {
        self.released - self.heard
    }

    fn is_stopping(&self) -> bool {
        self.end != End::Done
    }

    /// Looks at the clock: signals, the time limit, and the journal's own duties.
    fn tick(&mut self) {
        let now = self.began.elapsed();
        if self.ticked.is_some_and(|last| now < last + TICK) {
            return;
        }
        self.ticked = Some(now);
        if let Some(signal) = self.stop.signal() {
            self.stop_for(End::Signal(signal));
        }
        if self.rules.max_duration.is_some_and(|limit| now >= limit) {
            self.stop_for(End::MaxDuration);
        }
        let pulse = self.turnstile.with_pacer(|pacer, now| Pulse {
            elapsed: now,
            allowed: pacer.effective(),
            slowed: pacer.is_slowed(),
            pause: pacer.pause_left(now),
            waiting: self.waiting.len(),
        });
        self.tell(Event::Tick(pulse));
    }

    /// Gives the senders as much as they should have: repeats that are due, then new messages.
    fn release(&mut self) {
        if self.is_stopping() {
            return;
        }
        let (low, high) = self.water_marks();
        let ahead = self.released - self.turnstile.passed();
        if ahead > low {
            return;
        }
        let room = (high - ahead).min(2 * self.rules.concurrency as u64);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let batch = self.batch(room);
        let (new, repeats): (Vec<Job>, Vec<Job>) =
            batch.into_iter().partition(|job| job.last.is_none());
        if !new.is_empty() {
            self.tell(Event::Releasing(&new));
        }
        if self.is_stopping() {
            return repeats.into_iter().for_each(|job| self.withdraw(job));
        }
        self.released += (repeats.len() + new.len()) as u64;
        self.exchange.release(repeats.into_iter().chain(new));
    }

    /// How few messages may be released ahead of the senders until more are, and how many then.
    /// A batch is the difference at least and twice the concurrency at most.
    fn water_marks(&self) -> (u64, u64) {
        let concurrency = self.rules.concurrency as u64;
        match self.rules.rate {
            // One batch keeps the senders busy while the next one is forced to the disk.
            Rate::Unlimited => (2 * concurrency, 4 * concurrency),
            rate => {
                let ahead = (rate.per_second() * AHEAD.as_secs_f64()).ceil() as u64;
                let high = ahead.clamp(1, 2 * concurrency);
                (high / 2, high)
            }
        }
    }

    /// Up to `room` messages that may go now.
    fn batch(&mut self, room: usize) -> Vec<Job> {
        let now = self.began.elapsed();
        let mut batch = Vec::with_capacity(room.min(256));
        while batch.len() < room {
            let Some(job) = self.waiting.pop_due(now) else { break };
            self.admit(job, now, &mut batch);
        }
        while !self.feed_ended && batch.len() < room && self.waiting.len() < WAITING_MAX {
            match self.exchange.take_offered() {
                Ok(Some(job)) => self.admit(job, now, &mut batch),
                Ok(None) => break,
                Err(FeedEnded) => {
                    self.feed_ended = true;
                    break;
                }
            }
        }
        batch
    }

    /// Puts a message into the batch when its recipient may be written to, else away.
    fn admit(&mut self, mut job: Job, now: Duration, batch: &mut Vec<Job>) {
        if !job.has_turn {
            if let Turn::After(wait) = self.recipients.ask(&job.message.to, now) {
                self.waiting.push(now.saturating_add(wait), job);
                return;
            }
            job.has_turn = true;
        }
        batch.push(job);
    }

    /// Waits for the next thing to happen: answers, a message, or time.
    fn listen(&mut self) {
        let (answers, patience) = self.attention();
        let idle = !self.feed_ended
            && self.waiting.len() < WAITING_MAX
            && self.released == self.turnstile.passed();
        for answer in self.exchange.wait(answers, idle, patience) {
            self.hear(answer);
        }
    }

    /// How many answers to wait for, and how long nothing else needs to be done.
    fn attention(&self) -> (usize, Duration) {
        let now = self.began.elapsed();
        let tick = self.ticked.map_or(Duration::ZERO, |last| (last + TICK).saturating_sub(now));
        let due = self.waiting.next_due().map_or(TICK, |due| due.saturating_sub(now));
        let patience = tick.min(due);
        // The senders go on while nobody answers: look after them in time.
        let (answers, refill) = match self.rules.rate {
            Rate::Unlimited => (self.rules.concurrency / 2, GATHER),
            rate => (1, rate.time_for(self.water_marks().0.max(1)) / 2),
        };
        let under_way = usize::try_from(self.under_way()).unwrap_or(usize::MAX);
        (answers.min(under_way).max(1), patience.min(refill).max(Duration::from_micros(500)))
    }

    fn hear(&mut self, answer: Answer) {
        self.heard += 1;
        match answer {
            Answer::Posted(posted) => self.hear_posted(*posted),
            Answer::Withdrawn(job) => self.withdraw(*job),
        }
    }

    fn hear_posted(&mut self, posted: Posted) {
        let Posted { mut job, result, at, sent_at, latency } = posted;
        self.pace(&result, at);
        let next = job.standing.hear(result.as_ref(), self.rules.patience, fastrand::f64());
        if let Err(failure) = &result {
            if let Some(reason) = failure.stops_run() {
                self.stop_for(End::Refused(reason));
            }
            // The recipient's turn counts only when the message may have been accepted.
            job.has_turn = failure.surely_not_sent();
        }
        let attempts = job.standing.attempts();
        let status = job.standing.earned();
        job.last = status.map(|status| Outcome { status, attempts, result, sent_at, latency });
        match next {
            Next::Settled(_) => self.settle(&job),
            Next::Retry(_) if self.is_stopping() => self.settle(&job),
            Next::Retry(wait) => self.waiting.push(self.began.elapsed().saturating_add(wait), job),
        }
    }

    /// What an answer means for everybody's pace.
    fn pace(&mut self, result: &Result<Reply, Failure>, at: Duration) {
        if result.as_ref().is_ok_and(|reply| reply.pause.is_none()) && !self.throttled {
            return;
        }
        self.throttled = result.as_ref().is_err_and(Failure::slows_run);
        self.turnstile.with_pacer(|pacer, now| match result {
            Ok(reply) => {
                pacer.accepted();
                if let Some(wait) = reply.pause {
                    pacer.pause(now, wait);
                }
            }
            Err(failure) if failure.slows_run() => {
                pacer.throttled(at, now, failure.pauses_run());
            }
            Err(failure) => {
                if let Some(wait) = failure.pauses_run() {
                    pacer.pause(now, wait);
                }
            }
        });
    }

    /// A message that will not be posted again in this run gets what it has earned so far.
    fn withdraw(&mut self, job: Job) {
        if job.last.is_some() {
            self.settle(&job);
        }
    }

    fn settle(&mut self, job: &Job) {
        if let Some(outcome) = &job.last {
            self.tell(Event::Settled(job, outcome));
        }
    }

    fn tell(&mut self, event: Event<'_>) {
        if (self.journal)(event).is_break() {
            self.stop_for(End::NotWritten);
        }
    }

    /// Stops taking up messages; what is under way is still heard. The first reason stays, but for
    /// a journal that cannot write: that one always counts.
    fn stop_for(&mut self, end: End) {
        if self.is_stopping() {
            if end == End::NotWritten {
                self.end = end;
            }
            return;
        }
        self.end = end;
        self.turnstile.close();
        self.feed_ended = true;
        self.exchange.end_feed(true);
        let waiting: Vec<Job> = self.waiting.drain().collect();
        for job in waiting {
            self.withdraw(job);
        }
    }
}
