//! The dispatcher: decides what is sent next, handles every result and reports to the recorder.
//! `admission` asks whether a message may go at this moment.

mod admission;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::breaker::{Breaker, Halted};
use super::canary::Canary;
use super::event::{End, Event, Snapshot};
use super::gate::Gate;
use super::options::{EngineOptions, Setting};
use super::queues::{Completion, FeedEnded, Job, Posted, Queues};
use super::read_ahead::ReadAhead;
use super::startup::{Evidence, Startup, StartupDecision};
use super::trouble::{Activity, is_trouble};
use super::waiting::{Waiting, WaitsFor};
use crate::eligibility::Eligibility;
use crate::eligibility::caps::Caps;
use crate::eligibility::held::Held;
use crate::send::outcome::{
    Code, Failure, FailureKind, NextStep, Outcome, Reply, RetryPolicy, Status, StopReason,
};
use crate::send::pacer::{RecipientPacer, Turn};
use crate::signals::Stop;

/// The time between two ticks of the recorder, and between two looks at the signals.
const TICK: Duration = Duration::from_millis(50);

/// The most messages that wait; with so many, no more are read.
const WAITING_MAX: usize = 10_000;

/// The tries after which a message is no longer spared: it may be the cause of its failures.
const SPARED_TRIES: u32 = 16;

/// The state of a run.
pub(super) struct Dispatcher<'a> {
    began: Instant,
    options: &'a EngineOptions,
    eligibility: &'a Eligibility,
    stop: &'a Stop,
    gate: &'a Gate,
    queues: &'a Queues,
    recorder: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    caps: Caps,
    /// True if `--daily-cap` left messages out.
    day_is_full: bool,
    /// The time until which the hours are closed, if they are.
    closed_until: Option<Timestamp>,
    /// Messages that were taken from the feeder and not put back, for `--limit`.
    taken: u64,
    recipients: RecipientPacer,
    /// Messages that wait for their next attempt or for their recipient's turn.
    waiting: Waiting<Box<Job>>,
    breaker: Breaker,
    startup: Startup<Box<Job>>,
    canary: Canary,
    /// There are no more messages, or no more are wanted.
    feed_ended: bool,
    read_ahead: ReadAhead,
    /// A response was "too fast", and nothing was accepted since.
    throttled: bool,
    last_tick: Option<Duration>,
    end: End,
}

impl<'a> Dispatcher<'a> {
    pub(super) fn new(
        began: Instant,
        setting: Setting<'a>,
        gate: &'a Gate,
        queues: &'a Queues,
        recorder: &'a mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Self {
        let Setting { options, eligibility, stop, .. } = setting;
        Self {
            began,
            options,
            eligibility,
            stop,
            gate,
            queues,
            recorder,
            caps: eligibility.caps.clone(),
            day_is_full: false,
            closed_until: None,
            taken: 0,
            recipients: RecipientPacer::new(options.recipient_rate),
            waiting: Waiting::default(),
            breaker: Breaker::new(options.halt, options.retry_for),
            startup: Startup::new(options.halt),
            canary: Canary::new(options.canary),
            feed_ended: false,
            read_ahead: ReadAhead::new(options.rate, options.concurrency),
            throttled: false,
            last_tick: None,
            end: End::Done,
        }
    }

    /// Dispatches until every message is settled or, after a reason to stop, answered.
    pub(super) fn run(mut self) -> End {
        loop {
            self.tick();
            self.release();
            if self.is_done() {
                let held = self.startup.end(false);
                held.into_iter().for_each(|job| self.record(job));
                self.queues.end_feed(true);
                return match self.end {
                    End::Done if self.day_is_full => {
                        End::DailyCap(self.caps.next_place(Timestamp::now()))
                    }
                    end => end,
                };
            }
            self.wait();
        }
    }

    fn is_done(&self) -> bool {
        (self.feed_ended || self.limit_is_reached())
            && self.waiting.len() == 0
            && self.read_ahead.under_way() == 0
    }

    fn limit_is_reached(&self) -> bool {
        self.options.limit.is_some_and(|limit| self.taken >= limit)
    }

    fn is_stopping(&self) -> bool {
        self.end != End::Done
    }

    /// Does what depends on the clock: signals, time limits, and the recorder's tick.
    fn tick(&mut self) {
        let now = self.began.elapsed();
        if self.last_tick.is_some_and(|last| now < last + TICK) {
            return;
        }
        self.last_tick = Some(now);
        if let Some(signal) = self.stop.signal() {
            self.stop_for(End::Signal(signal));
        }
        if self.options.max_duration.is_some_and(|limit| now >= limit) {
            self.stop_for(End::MaxDuration);
        }
        self.check_hours();
        let activity = self.activity();
        if let Some(halted) = self.breaker.on_tick(now, activity) {
            self.stop_for(End::Halted(self.pause_since_trouble(now).unwrap_or(halted)));
        }
        let snapshot = self.snapshot(activity);
        self.report(Event::Tick(snapshot));
    }

    /// Returns the end of the pause, if it began with the trouble and goes on: no other message was
    /// tried since.
    fn pause_since_trouble(&self, now: Duration) -> Option<Halted> {
        let trouble = self.breaker.trouble(now).filter(|one| one.answers.only_throttled())?;
        let (lasts, left) = self
            .gate
            .with_pacer(|pacer, _| Some((pacer.pause_lasts(now)?, pacer.pause_left(now)?)))?;
        let until = Timestamp::now().checked_add(left).ok()?;
        (lasts >= trouble.lasts).then_some(Halted::Paused(until))
    }

    fn snapshot(&self, activity: Activity) -> Snapshot {
        let counts = activity == Activity::Trying && !self.is_stopping();
        let posting = self.read_ahead.posting(self.gate.passed());
        let down = self.breaker.is_down();
        self.gate.with_pacer(|pacer, now| {
            let next_try = match down {
                true => self.breaker.next_probe(now),
                false => self.waiting.next_due(true).map(|due| due.saturating_sub(now)),
            };
            Snapshot {
                elapsed: now,
                allowed: pacer.effective(),
                slowed: pacer.is_slowed(),
                pause: pacer.pause_left(now),
                stopping: self.is_stopping().then_some(posting),
                signalled: self.stop.signal().is_some(),
                posting,
                waiting_for_recipients: self.waiting.for_recipients(),
                trouble: self.breaker.trouble(now),
                ends_after: self.breaker.ends_after().filter(|_| counts),
                down,
                next_try,
                closed_until: self.closed_until,
            }
        })
    }

    /// Returns what the run does at this moment, for the trouble clock.
    fn activity(&self) -> Activity {
        if self.closed_until.is_some() {
            return Activity::OtherWait;
        }
        let passed = self.gate.passed();
        let trying = match (self.read_ahead.posting(passed), self.read_ahead.ahead(passed)) {
            (1.., _) => true,
            // The next message waits at the gate: for a pause, or for its turn.
            (0, 1..) => !self.gate.with_pacer(|pacer, now| pacer.keeps_to_ceiling(now)),
            (0, 0) => self.breaker.is_down() || self.waiting.has_repeats(),
        };
        if trying { Activity::Trying } else { Activity::OtherWait }
    }

    /// Releases messages to the senders: repeats that are due, then new ones.
    fn release(&mut self) {
        if !self.is_stopping() && self.read_ahead.is_full() {
            self.record_held_for_now();
        }
        let room = if self.is_stopping() { 0 } else { self.room() };
        if room == 0 {
            return;
        }
        let Batch { new, repeats } = self.batch(room);
        if self.breaker.is_down() && new.len() + repeats.len() > 0 {
            self.gate.open();
            self.breaker.probe();
        }
        self.read_ahead.release(new.len() as u64, repeats.len() as u64);
        self.queues.release(repeats);
        self.queues.write_and_release(new);
    }

    /// Gives the messages that `startup` holds an outcome for now, so that others can begin: they
    /// failed, until it is known that the set-up is right. No run is left waiting for itself.
    fn record_held_for_now(&mut self) {
        let mut failed = Vec::new();
        for job in self.startup.held().iter_mut().filter(|job| !job.recorded) {
            job.recorded = true;
            self.read_ahead.recorded();
            failed.extend(job.last.clone().map(|outcome| {
                let outcome = Outcome { status: Status::Failed, ..outcome };
                (job.message.clone(), outcome)
            }));
        }
        if failed.is_empty() {
            return;
        }
        failed.iter().for_each(|(message, outcome)| self.report(Event::ForNow(message, outcome)));
        self.report(Event::Flush);
    }

    /// The number of messages to release now. While the gateway is down that is one, when a probe
    /// is due and nothing is under way.
    fn room(&self) -> usize {
        if self.closed_until.is_some() {
            return 0;
        }
        if self.breaker.is_down() {
            let idle = self.read_ahead.under_way() == 0;
            return usize::from(idle && self.breaker.may_probe(self.began.elapsed()));
        }
        self.read_ahead.room(self.gate.passed()).min(self.room_at_startup())
    }

    /// The number of messages that may be released as long as no window may be open.
    fn room_at_startup(&self) -> usize {
        let most = self.startup.most_under_way(self.options.concurrency);
        let room = most.map(|most| most.saturating_sub(self.read_ahead.under_way()));
        room.map_or(usize::MAX, |room| usize::try_from(room).unwrap_or(usize::MAX))
    }

    /// The number of new messages that may begin now.
    fn room_for_new(&self) -> usize {
        self.read_ahead.room_for_new(self.gate.passed())
    }

    /// Up to `room` messages whose recipients may be written to now.
    fn batch(&mut self, room: usize) -> Batch {
        let now = self.began.elapsed();
        let room_for_new = self.room_for_new().min(room);
        let mut batch = Batch { new: Vec::with_capacity(room_for_new), repeats: Vec::new() };
        while batch.len() < room {
            let with_new = batch.new.len() < room_for_new;
            let Some(job) = self.waiting.pop_due(now, with_new) else { break };
            self.admit(job, now, &mut batch);
        }
        let has_room = |batch: &Batch| batch.len() < room && batch.new.len() < room_for_new;
        while has_room(&batch) && self.takes_new() {
            match self.queues.take_offered() {
                Ok(Some(job)) => {
                    self.taken += 1;
                    self.canary.take();
                    self.admit(job, now, &mut batch);
                }
                Ok(None) => break,
                Err(FeedEnded) => self.feed_ended = true,
            }
        }
        batch
    }

    /// Returns whether new messages may be taken from the feeder.
    fn takes_new(&self) -> bool {
        !self.feed_ended
            && !self.limit_is_reached()
            && self.waiting.len() < WAITING_MAX
            && self.canary.may_take()
    }

    /// Adds a message to the batch when it is its recipient's turn; lets it wait otherwise.
    fn admit(&mut self, job: Box<Job>, now: Duration, batch: &mut Batch) {
        let Some(mut job) = self.that_may_go(job, now) else { return };
        if !job.has_turn {
            if let Turn::After(wait) = self.recipients.take_turn(&job.message.to, now) {
                let at = now.saturating_add(wait);
                match job.written_ahead {
                    true => self.waiting.push(at, WaitsFor::Recipient, job),
                    false => self.waiting.push_new(at, job),
                }
                return;
            }
            job.has_turn = true;
        }
        match std::mem::replace(&mut job.written_ahead, true) {
            true => batch.repeats.push(job),
            false => batch.new.push(job),
        }
    }

    /// Waits for completions, a new message or a point in time, and handles the completions.
    fn wait(&mut self) {
        let (completions, timeout) = self.wait_limits();
        let senders_idle = self.read_ahead.ahead(self.gate.passed()) == 0;
        let or_message = senders_idle
            && !self.breaker.is_down()
            && !self.read_ahead.is_full()
            && self.room_at_startup() > 0
            && self.takes_new();
        let completions = self.queues.wait(completions, or_message, timeout);
        if completions.is_empty() {
            return;
        }
        completions.into_iter().for_each(|completion| self.on_completion(completion));
        self.report(Event::Flush);
    }

    /// The number of completions to wait for, and the longest wait.
    fn wait_limits(&self) -> (usize, Duration) {
        let now = self.began.elapsed();
        let tick = self.last_tick.map_or(Duration::ZERO, |last| (last + TICK).saturating_sub(now));
        if self.breaker.is_down() {
            return (1, tick);
        }
        let (completions, refill) = self.read_ahead.wait_limits();
        // A message that is due cannot be released while there is no room.
        let due = match (self.room(), self.waiting.next_due(self.room_for_new() > 0)) {
            (1.., Some(due)) => due.saturating_sub(now),
            _ => TICK,
        };
        (completions, tick.min(due).min(refill).max(Duration::from_micros(500)))
    }

    fn on_completion(&mut self, completion: Completion) {
        match completion {
            Completion::Posted(posted) => {
                self.read_ahead.answered();
                self.on_posted(*posted);
            }
            Completion::NotPosted(job) => {
                self.read_ahead.take_back(1);
                self.take_back(job);
            }
            Completion::NotNow(job) => {
                // It counts as passed at the gate.
                self.read_ahead.answered();
                self.take_back(job);
            }
            Completion::NotWritten(messages) => {
                self.read_ahead.take_back(messages);
                self.stop_for(End::NotWritten);
            }
        }
    }

    /// Takes a message back that was released and not posted: it is admitted again.
    fn take_back(&mut self, job: Box<Job>) {
        match self.is_stopping() {
            true => self.give_up(job),
            false => self.waiting.push(Duration::ZERO, WaitsFor::NextAttempt, job),
        }
    }

    fn on_posted(&mut self, posted: Posted) {
        let Posted { mut job, result, posted_at, sent_at, latency } = posted;
        if result.as_ref().is_err_and(|failure| failure.kind == FailureKind::OwnLimit) {
            // The system did not even try: the message is as it was before.
            self.stop_for(End::Refused(StopReason::OwnLimit));
            return self.give_up(job);
        }
        self.adjust_pace(&result, posted_at);
        let halted = self.check_health(&result);
        let spared = self.spares_tries(&job, &result);
        let policy = self.options.retry_policy;
        let policy = if spared { RetryPolicy { retries: u32::MAX, ..policy } } else { policy };
        let random = fastrand::f64();
        let next = job.attempts.on_result(result.as_ref(), policy, random);
        let first_delay = result.as_ref().err().and_then(|failure| failure.delay(1, random));
        if let Err(failure) = &result {
            if let Some(reason) = failure.kind.stops_run() {
                self.stop_for(End::Refused(reason));
            }
            // The recipient's turn is used up only when the message may have been accepted.
            job.has_turn = failure.kind.surely_not_sent();
        }
        let attempts = job.attempts.attempts();
        let status = job.attempts.status_so_far();
        let waits_for = waits_for(&result);
        job.last = status.map(|status| Outcome { status, attempts, result, sent_at, latency });
        match next {
            NextStep::Settle(_) => self.settle(job),
            NextStep::Retry(_) if self.is_stopping() => self.settle(job),
            NextStep::Retry(wait) => {
                let wait = first_delay.filter(|_| spared).unwrap_or(wait);
                let at = self.began.elapsed().saturating_add(wait);
                if waits_for == WaitsFor::Recipient {
                    self.recipients.limit(job.message.to, at);
                }
                self.waiting.push(at, waits_for, job);
            }
        }
        if let Some(halted) = halted {
            self.stop_for(End::Halted(halted));
        }
    }

    /// Returns whether this result uses up none of the message's tries, and delays no longer than a
    /// first one: the gateway seems to be down, and because all open messages wait for it, no other
    /// one can be tried instead.
    fn spares_tries(&self, job: &Job, result: &Result<Reply, Failure>) -> bool {
        self.options.retry_policy.retries > 0
            && job.attempts.attempts() < SPARED_TRIES
            && result.as_ref().is_err_and(|failure| is_trouble(failure.kind))
            && self.read_ahead.is_full()
            && self.breaker.is_trouble_since(self.read_ahead.most())
            && self.queues.has_offered()
    }

    /// Gives a result to the breaker; holds all senders while the gateway is down.
    fn check_health(&mut self, result: &Result<Reply, Failure>) -> Option<Halted> {
        let was_down = self.breaker.is_down();
        let halted = self.breaker.on_result(result.as_ref(), self.began.elapsed());
        match (was_down, self.breaker.is_down()) {
            (false, true) => self.gate.hold(),
            (true, false) => self.gate.open(),
            _ => {}
        }
        halted
    }

    /// Gives a result to the pacer.
    fn adjust_pace(&mut self, result: &Result<Reply, Failure>, posted_at: Duration) {
        match result {
            // Nothing changes, and the pacer's lock would cost time without a limit.
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
                pacer.throttled(posted_at, now, failure.pauses_run());
            }
            Err(failure) => {
                if let Some(wait) = failure.pauses_run() {
                    pacer.pause(now, wait);
                }
            }
        });
    }

    /// Settles a message that is not posted again in this run; without an attempt there is nothing
    /// to report.
    fn give_up(&mut self, job: Box<Job>) {
        if job.last.is_some() {
            self.settle(job);
        }
    }

    /// Settles a message after its last attempt; its outcome may stop the run.
    fn settle(&mut self, mut job: Box<Job>) {
        if job.has_place {
            let counting = job.last.as_ref().filter(|last| last.status.may_be_sent());
            let counts = counting.map(|last| last.sent_at);
            self.give_back_place(&mut job, counts);
        }
        let Some(outcome) = &job.last else { return };
        let mut halted = self.breaker.on_settled(outcome);
        if !self.canary.on_settled(outcome) {
            halted = Some(Halted::Canary);
        }
        let evidence = Evidence::of(outcome);
        match self.startup.on_outcome(job, evidence) {
            StartupDecision::Hold => {}
            StartupDecision::Settle(jobs) => jobs.into_iter().for_each(|job| self.record(job)),
            StartupDecision::WrongSetUp(jobs) => {
                self.record_as_failed(jobs);
                halted = Some(Halted::WrongSetUp);
            }
            StartupDecision::NoSession(jobs) => {
                self.record_as_failed(jobs);
                halted = Some(Halted::NoSession);
            }
        }
        if let Some(halted) = halted {
            self.stop_for(End::Halted(halted));
        }
    }

    /// Records messages that were refused because of the set-up: a later run sends them.
    fn record_as_failed(&mut self, jobs: Vec<Box<Job>>) {
        for mut job in jobs {
            if let Some(outcome) = &mut job.last {
                outcome.status = Status::Failed;
                if let Err(failure) = &mut outcome.result
                    && failure.kind == FailureKind::WindowClosed
                {
                    failure.code = Code::Word(Held::SessionClosed.code());
                }
            }
            self.record(job);
        }
    }

    fn record(&mut self, job: Box<Job>) {
        if let Some(outcome) = &job.last {
            if job.written_ahead && !job.recorded {
                self.read_ahead.recorded();
            }
            self.report(Event::Settled(&job, outcome));
        }
    }

    fn report(&mut self, event: Event<'_>) {
        if (self.recorder)(event).is_break() {
            self.stop_for(End::NotWritten);
        }
    }

    /// Takes no more messages; the results of those under way are still handled. The first reason
    /// stays, except that a recorder that cannot write always counts.
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
        let canary = end == End::Halted(Halted::Canary);
        let held = self.startup.end(canary);
        match canary {
            true => self.record_as_failed(held),
            false => held.into_iter().for_each(|job| self.record(job)),
        }
        let waiting: Vec<Box<Job>> = self.waiting.drain().collect();
        for job in waiting {
            self.give_up(job);
        }
    }
}

/// Messages to release.
struct Batch {
    /// Those that must be written ahead first.
    new: Vec<Box<Job>>,
    repeats: Vec<Box<Job>>,
}

impl Batch {
    fn len(&self) -> usize {
        self.new.len() + self.repeats.len()
    }
}

/// The reason for which a message waits after this result.
fn waits_for(result: &Result<Reply, Failure>) -> WaitsFor {
    match result {
        Err(failure) if failure.kind == FailureKind::PairLimited => WaitsFor::Recipient,
        _ => WaitsFor::NextAttempt,
    }
}
