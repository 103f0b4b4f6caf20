//! The dispatcher: the one that decides what goes next, hears every answer and tells the journal.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::breaker::{Halted, Watch};
use super::delay_queue::DelayQueue;
use super::gate::Gate;
use super::queues::{FeedEnded, Queues};
use super::read_ahead::ReadAhead;
use super::sender::{Answer, Posted};
use super::startup::{Canary, Met, Ruling, Startup};
use super::{End, Event, Halt, Job, Pulse, Rules};
use crate::send::outcome::{Failure, Next, Outcome, Reply, Status};
use crate::send::pacer::{RecipientPacer, Turn};
use crate::signals::Stop;

/// How often the journal is told that time passes, and signals are looked for.
const TICK: Duration = Duration::from_millis(50);

/// The most messages that wait; when so many do, reading waits too.
const WAITING_MAX: usize = 10_000;

/// See the module.
pub(super) struct Dispatcher<'a> {
    began: Instant,
    rules: &'a Rules,
    stop: &'a Stop,
    gate: &'a Gate,
    queues: &'a Queues,
    journal: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    recipients: RecipientPacer,
    waiting: DelayQueue<Box<Job>>,
    watch: Watch,
    /// Refusals that may yet turn out to be a wrong set-up.
    opening: Startup<Box<Job>>,
    canary: Canary,
    /// There are no more messages, or no more are wanted.
    feed_ended: bool,
    lead: ReadAhead,
    /// An answer was "too fast", and nothing was accepted since.
    throttled: bool,
    ticked: Option<Duration>,
    end: End,
}

impl<'a> Dispatcher<'a> {
    pub(super) fn new(
        began: Instant,
        rules: &'a Rules,
        stop: &'a Stop,
        gate: &'a Gate,
        queues: &'a Queues,
        journal: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Self {
        Self {
            began,
            rules,
            stop,
            gate,
            queues,
            journal,
            recipients: RecipientPacer::new(rules.recipient_rate),
            waiting: DelayQueue::default(),
            watch: Watch::new(rules.halt, rules.retry_for),
            opening: Startup::new(rules.halt == Halt::Auto),
            canary: Canary::new(rules.canary),
            feed_ended: false,
            lead: ReadAhead::new(rules.rate, rules.concurrency),
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
                let held = self.opening.end(false);
                held.iter().for_each(|job| self.record(job));
                return self.end;
            }
            self.listen();
        }
    }

    fn is_done(&self) -> bool {
        self.feed_ended && self.waiting.len() == 0 && self.lead.under_way() == 0
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
        if let Some(halted) = self.watch.gives_up(now) {
            self.stop_for(End::Halted(halted));
        }
        let passed = self.gate.passed();
        let stopping = self.is_stopping().then(|| self.lead.posting(passed));
        let pulse = self.gate.with_pacer(|pacer, now| Pulse {
            stopping,
            elapsed: now,
            allowed: pacer.effective(),
            slowed: pacer.is_slowed(),
            pause: pacer.pause_left(now),
            waiting: self.waiting.len(),
            down: self.watch.is_down(),
        });
        self.tell(Event::Tick(pulse));
    }

    /// Gives the senders as much as they should have: repeats that are due, then new messages.
    fn release(&mut self) {
        let room = if self.is_stopping() { 0 } else { self.room() };
        if room == 0 {
            return;
        }
        let batch = self.batch(room);
        if self.watch.is_down() && !batch.is_empty() {
            self.gate.open();
            self.watch.probe();
        }
        self.lead.release(batch.len() as u64);
        let (mut new, repeats): (Vec<Box<Job>>, Vec<Box<Job>>) =
            batch.into_iter().partition(|job| !job.noted);
        new.iter_mut().for_each(|job| job.noted = true);
        self.queues.release(repeats);
        self.queues.release_noted(new);
    }

    /// How many messages the senders should get now. While the gateway is down that is one, once
    /// all that was under way has come back.
    fn room(&self) -> usize {
        if self.watch.is_down() {
            let probe = self.lead.under_way() == 0 && self.watch.may_probe(self.began.elapsed());
            return usize::from(probe);
        }
        self.lead.room(self.gate.passed())
    }

    /// Up to `room` messages that may go now.
    fn batch(&mut self, room: usize) -> Vec<Box<Job>> {
        let now = self.began.elapsed();
        let mut batch = Vec::with_capacity(room.min(256));
        while batch.len() < room {
            let Some(job) = self.waiting.pop_due(now) else { break };
            self.admit(job, now, &mut batch);
        }
        while batch.len() < room && self.takes_more() {
            match self.queues.take_offered() {
                Ok(Some(job)) => {
                    self.canary.take();
                    self.admit(job, now, &mut batch);
                }
                Ok(None) => break,
                Err(FeedEnded) => self.feed_ended = true,
            }
        }
        batch
    }

    /// Whether new messages may be taken up at all.
    fn takes_more(&self) -> bool {
        !self.feed_ended && self.waiting.len() < WAITING_MAX && self.canary.may_take()
    }

    /// Puts a message into the batch when its recipient may be written to, else away.
    fn admit(&mut self, mut job: Box<Job>, now: Duration, batch: &mut Vec<Box<Job>>) {
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
        let (answers, retry_policy) = self.attention();
        let idle =
            !self.watch.is_down() && self.takes_more() && self.lead.ahead(self.gate.passed()) == 0;
        let answers = self.queues.wait(answers, idle, retry_policy);
        if answers.is_empty() {
            return;
        }
        answers.into_iter().for_each(|answer| self.hear(answer));
        self.tell(Event::Heard);
    }

    /// How many answers to wait for, and how long nothing else needs to be done.
    fn attention(&self) -> (usize, Duration) {
        let now = self.began.elapsed();
        let tick = self.ticked.map_or(Duration::ZERO, |last| (last + TICK).saturating_sub(now));
        if self.watch.is_down() {
            return (1, tick);
        }
        let (answers, refill) = self.lead.retry_policy();
        // What is due must wait for room: only where there is some does it wake anybody.
        let due = match (self.room(), self.waiting.next_due()) {
            (1.., Some(due)) => due.saturating_sub(now),
            _ => TICK,
        };
        (answers, tick.min(due).min(refill).max(Duration::from_micros(500)))
    }

    fn hear(&mut self, answer: Answer) {
        match answer {
            Answer::Posted(posted) => {
                self.lead.hear();
                self.hear_posted(*posted);
            }
            Answer::Withdrawn(job) => {
                self.lead.take_back(1);
                match self.is_stopping() {
                    true => self.withdraw(job),
                    false => self.waiting.push(Duration::ZERO, job),
                }
            }
            Answer::NotNoted(messages) => {
                self.lead.take_back(messages);
                self.stop_for(End::NotWritten);
            }
        }
    }

    fn hear_posted(&mut self, posted: Posted) {
        let Posted { mut job, result, at, sent_at, latency } = posted;
        self.pace(&result, at);
        let halted = self.examine(&result);
        let next =
            job.attempts.on_result(result.as_ref(), self.rules.retry_policy, fastrand::f64());
        if let Err(failure) = &result {
            if let Some(reason) = failure.stops_run() {
                self.stop_for(End::Refused(reason));
            }
            // The recipient's turn counts only when the message may have been accepted.
            job.has_turn = failure.surely_not_sent();
        }
        let attempts = job.attempts.attempts();
        let status = job.attempts.status_so_far();
        job.last = status.map(|status| Outcome { status, attempts, result, sent_at, latency });
        match next {
            Next::Settled(_) => self.settle(job),
            Next::Retry(_) if self.is_stopping() => self.settle(job),
            Next::Retry(wait) => self.waiting.push(self.began.elapsed().saturating_add(wait), job),
        }
        if let Some(halted) = halted {
            self.stop_for(End::Halted(halted));
        }
    }

    /// What an answer means for the run's health; while the gateway is down everybody is held back.
    fn examine(&mut self, result: &Result<Reply, Failure>) -> Option<Halted> {
        let was_down = self.watch.is_down();
        let halted = self.watch.heard(result.as_ref(), self.began.elapsed());
        match (was_down, self.watch.is_down()) {
            (false, true) => self.gate.hold(),
            (true, false) => self.gate.open(),
            _ => {}
        }
        halted
    }

    /// What an answer means for everybody's pace.
    fn pace(&mut self, result: &Result<Reply, Failure>, at: Duration) {
        match result {
            // Nothing to tell the pacer: at full speed its lock would be asked for in vain.
            Ok(reply) if reply.pause.is_none() && !self.throttled => return,
            Ok(_) => self.throttled = false,
            Err(failure) => self.throttled |= failure.slows_run(),
        }
        self.gate.with_pacer(|pacer, now| match result {
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
    fn withdraw(&mut self, job: Box<Job>) {
        if job.last.is_some() {
            self.settle(job);
        }
    }

    /// A message is done with, and with it perhaps the run.
    fn settle(&mut self, job: Box<Job>) {
        let Some(outcome) = &job.last else { return };
        let mut halted = self.watch.settled(outcome);
        if !self.canary.survives(outcome.status) {
            halted = Some(Halted::Canary);
        }
        let met = Met::of(outcome);
        match self.opening.meet(job, met) {
            Ruling::Held => {}
            Ruling::Settled(jobs) => jobs.iter().for_each(|job| self.record(job)),
            Ruling::WrongSetUp(jobs) => {
                self.record_as_failed(jobs);
                halted = Some(Halted::WrongSetUp);
            }
        }
        if let Some(halted) = halted {
            self.stop_for(End::Halted(halted));
        }
    }

    /// Nothing was sent, and not for the messages' own reasons.
    fn record_as_failed(&mut self, jobs: Vec<Box<Job>>) {
        for mut job in jobs {
            if let Some(outcome) = &mut job.last {
                outcome.status = Status::Failed;
            }
            self.record(&job);
        }
    }

    fn record(&mut self, job: &Job) {
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
        self.gate.close();
        self.feed_ended = true;
        self.queues.end_feed(true);
        match self.opening.end(end == End::Halted(Halted::Canary)) {
            refused if end == End::Halted(Halted::Canary) => self.record_as_failed(refused),
            refused => refused.iter().for_each(|job| self.record(job)),
        }
        let waiting: Vec<Box<Job>> = self.waiting.drain().collect();
        for job in waiting {
            self.withdraw(job);
        }
    }
}
