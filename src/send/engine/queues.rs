//! The queues between the engine's threads, behind one lock.
//!
//! The feeder offers messages and the dispatcher releases them, those without an attempt by way of
//! the write-ahead thread; a sender returns one completion and takes its next message in the same
//! call. Several completions wake the dispatcher once, and a sender that finds a message never
//! sleeps: at tens of thousands of messages a second a wake-up for each would cost as much as the
//! sending. What to do with a message is decided by the dispatcher.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::prepare::message::{CardId, Message};
use crate::send::outcome::{Attempts, Failure, Outcome, Reply, Status};

/// The number of messages that the feeder may be ahead of the dispatcher.
const FEED: usize = 1024;

/// A message on its way through the run.
#[derive(Debug)]
pub struct Job {
    /// The message.
    pub message: Message,
    /// The id of its card, as soon as it was posted.
    pub card_id: Option<CardId>,
    /// The state of its attempts.
    pub(super) attempts: Attempts,
    /// The outcome of the last attempt, if there was one.
    pub(super) last: Option<Outcome>,
    /// True if its recipient's turn was taken and is still unused.
    pub(super) has_turn: bool,
    /// True if it was handed to the write-ahead thread.
    pub(super) written_ahead: bool,
    /// True if the recorder has an outcome of it for now.
    pub(super) recorded: bool,
    /// True if it takes a place of the caps.
    pub(super) has_place: bool,
}

impl Job {
    /// A message before its first attempt in this run; `earlier` is its status in the ledger.
    #[must_use]
    pub fn new(message: Message, earlier: Option<Status>) -> Self {
        let attempts = Attempts::new(earlier);
        Self {
            message,
            card_id: None,
            attempts,
            last: None,
            has_turn: false,
            written_ahead: false,
            recorded: false,
            has_place: false,
        }
    }
}

/// Records messages that are about to be posted for the first time. It breaks when that failed, and
/// then none of them is posted.
pub type WriteAhead<'a> = dyn FnMut(&[Box<Job>]) -> ControlFlow<()> + Send + 'a;

/// The messages from the senders to the dispatcher.
#[derive(Debug)]
pub(super) enum Completion {
    /// The message was posted.
    Posted(Box<Posted>),
    /// The gate was not open: the message was not posted.
    NotPosted(Box<Job>),
    /// It passed the gate and was not posted, because it may not go at this moment.
    NotNow(Box<Job>),
    /// This number of messages could not be recorded, and they were not posted.
    NotWritten(u64),
}

/// One attempt.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) job: Box<Job>,
    pub(super) result: Result<Reply, Failure>,
    /// When it began: since the run began, and by the calendar.
    pub(super) posted_at: Duration,
    pub(super) sent_at: Timestamp,
    /// The time until its result.
    pub(super) latency: Duration,
}

/// The queues, and the conditions that threads wait for.
#[derive(Debug)]
pub(super) struct Queues {
    /// The most messages that are recorded with one sync.
    batch: usize,
    /// The number of messages for which no idle sender is woken at once, because the busy ones take
    /// them sooner than it wakes up.
    for_busy_senders: usize,
    state: Mutex<State>,
    /// For the feeder: there is room.
    has_room: Condvar,
    /// For the write-ahead thread: there is a batch.
    has_batch: Condvar,
    /// For the senders: there is a released message.
    has_work: Condvar,
    /// For the dispatcher: what it waits for is there.
    has_news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    offered: VecDeque<Box<Job>>,
    /// The feeder has no more, or the dispatcher wants no more.
    feed_ended: bool,
    /// Messages that must be recorded before they are released.
    unwritten: VecDeque<Box<Job>>,
    released: VecDeque<Box<Job>>,
    /// Senders that wait for a message, and those of them that were woken and do not run yet.
    idle: usize,
    woken: usize,
    /// Nothing more will be released.
    work_ended: bool,
    completions: Vec<Completion>,
    awaited: Option<Awaited>,
    /// True if the dispatcher was woken and does not run yet.
    dispatcher_woken: bool,
}

/// The events that the dispatcher waits for.
#[derive(Debug, Clone, Copy)]
struct Awaited {
    /// At least so many completions …
    completions: usize,
    /// … or, when this is set, an offered message or the end of the feed.
    or_message: bool,
}

impl State {
    fn wants_more(&self) -> ControlFlow<()> {
        match self.feed_ended {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn has_news(&self) -> bool {
        self.awaited.is_some_and(|awaited| {
            self.completions.len() >= awaited.completions
                || (awaited.or_message && (self.feed_ended || !self.offered.is_empty()))
        })
    }
}

impl Queues {
    /// Empty queues for `concurrency` senders. In a `hurry` (there is no rate limit) the busy senders
    /// take a few messages before an idle one is woken.
    pub(super) fn new(concurrency: usize, hurry: bool) -> Self {
        Self {
            batch: concurrency,
            for_busy_senders: if hurry { concurrency } else { 0 },
            state: Mutex::default(),
            has_room: Condvar::new(),
            has_batch: Condvar::new(),
            has_work: Condvar::new(),
            has_news: Condvar::new(),
        }
    }

    /// Feeder: offers a message, if there is one, and waits while there is no room. Breaks when no
    /// more are wanted.
    pub(super) fn offer(&self, job: Option<Box<Job>>) -> ControlFlow<()> {
        let mut state = self.lock();
        let Some(job) = job else { return state.wants_more() };
        if state.offered.len() >= FEED {
            // The feeder wakes up when half of the queue is free, not for each message.
            while state.offered.len() > FEED / 2 && !state.feed_ended {
                state = self.has_room.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        if state.feed_ended {
            return ControlFlow::Break(());
        }
        state.offered.push_back(job);
        self.notify_dispatcher(&mut state);
        ControlFlow::Continue(())
    }

    /// Feeder: there are no more messages. Dispatcher: no more are wanted, and what is offered is
    /// dropped.
    pub(super) fn end_feed(&self, drop_offered: bool) {
        let mut state = self.lock();
        state.feed_ended = true;
        if drop_offered {
            state.offered.clear();
        }
        self.has_room.notify_all();
        self.notify_dispatcher(&mut state);
    }

    /// Dispatcher: takes an offered message, if there is one; `Err` when there will be no more.
    pub(super) fn take_offered(&self) -> Result<Option<Box<Job>>, FeedEnded> {
        let mut state = self.lock();
        match state.offered.pop_front() {
            Some(job) => {
                if state.offered.len() == FEED / 2 {
                    self.has_room.notify_all();
                }
                Ok(Some(job))
            }
            None if state.feed_ended => Err(FeedEnded),
            None => Ok(None),
        }
    }

    /// Dispatcher: returns whether a message is offered.
    pub(super) fn has_offered(&self) -> bool {
        !self.lock().offered.is_empty()
    }

    /// Dispatcher: releases messages once they are recorded.
    pub(super) fn write_and_release(&self, jobs: Vec<Box<Job>>) {
        if !jobs.is_empty() {
            self.lock().unwritten.extend(jobs);
            self.has_batch.notify_one();
        }
    }

    /// Write-ahead thread: records each batch and releases it, until no more will come.
    ///
    /// This has a thread of its own because a sync takes longer than sending a batch: while one
    /// batch is synced, the senders have the one before it.
    pub(super) fn run_write_ahead(&self, write_ahead: &mut WriteAhead<'_>) {
        while let Some(batch) = self.next_unwritten() {
            match write_ahead(&batch) {
                ControlFlow::Continue(()) => self.release(batch),
                ControlFlow::Break(()) => {
                    self.complete(Completion::NotWritten(batch.len() as u64));
                }
            }
        }
    }

    /// All messages that came while the last batch was synced, as far as they fit into one.
    fn next_unwritten(&self) -> Option<Vec<Box<Job>>> {
        let idle = |state: &mut State| state.unwritten.is_empty() && !state.work_ended;
        let waited = self.has_batch.wait_while(self.lock(), idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        let batch = state.unwritten.len().min(self.batch);
        (batch > 0).then(|| state.unwritten.drain(..batch).collect())
    }

    /// Gives messages to the senders.
    pub(super) fn release(&self, jobs: impl IntoIterator<Item = Box<Job>>) {
        let mut state = self.lock();
        state.released.extend(jobs);
        self.wake_sender(&mut state, self.for_busy_senders);
    }

    /// Wakes one sender when there are more messages than `left`; that one wakes the next. To wake
    /// all of them for a few messages would cost more than to send these.
    fn wake_sender(&self, state: &mut State, left: usize) {
        if state.idle > state.woken && state.released.len() > state.woken + left {
            state.woken += 1;
            self.has_work.notify_one();
        }
    }

    /// Dispatcher: senders and write-ahead thread end once everything released is done.
    pub(super) fn end_work(&self) {
        self.lock().work_ended = true;
        self.has_work.notify_all();
        self.has_batch.notify_all();
    }

    fn complete(&self, completion: Completion) {
        let mut state = self.lock();
        state.completions.push(completion);
        self.notify_dispatcher(&mut state);
    }

    /// Sender: returns a completion, if it has one, and takes its next message; `None` when no more
    /// will come.
    pub(super) fn complete_and_take(&self, completion: Option<Completion>) -> Option<Box<Job>> {
        let mut state = self.lock();
        if let Some(completion) = completion {
            state.completions.push(completion);
            self.notify_dispatcher(&mut state);
        }
        loop {
            if let Some(job) = state.released.pop_front() {
                self.wake_sender(&mut state, self.for_busy_senders);
                return Some(job);
            }
            if state.work_ended {
                return None;
            }
            state.idle += 1;
            state = self.has_work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            state.woken = state.woken.saturating_sub(1);
        }
    }

    /// Dispatcher: waits for `completions` of them or, with `or_message`, for an offered message,
    /// but no longer than `timeout`. Takes all completions that are there.
    pub(super) fn wait(
        &self,
        completions: usize,
        or_message: bool,
        timeout: Duration,
    ) -> Vec<Completion> {
        let mut state = self.lock();
        state.awaited = Some(Awaited { completions, or_message });
        state.dispatcher_woken = false;
        let waited = self.has_news.wait_timeout_while(state, timeout, |state| !state.has_news());
        let (mut state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            // The busy senders did not take them.
            (0..state.released.len()).for_each(|_| self.wake_sender(&mut state, 0));
        }
        state.awaited = None;
        state.dispatcher_woken = false;
        std::mem::take(&mut state.completions)
    }

    fn notify_dispatcher(&self, state: &mut State) {
        if !state.dispatcher_woken && state.has_news() {
            state.dispatcher_woken = true;
            self.has_news.notify_one();
        }
    }

    /// A panic in another thread ends the run anyway; the queues are consistent even then.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The feeder will offer no more messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeedEnded;

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::prepare::message::{CardPhone, Contact, MessageId, Origin};
    use crate::prepare::phone::PhoneNumber;
    use crate::read::{Place, SourceId};
    use std::sync::Arc;

    fn jobs(number: usize) -> Vec<Box<Job>> {
        let phone = PhoneNumber::from_digits("254712345678").unwrap();
        let origin = Arc::new(Origin { campaign: String::new(), from: phone });
        let contact = Arc::new(Contact {
            name: "Ann".into(),
            phones: [CardPhone { number: phone, kind: None, wa_id: None }].into(),
            place: Place { source: SourceId(0), line: 2 },
        });
        let job = |n: usize| {
            let id = MessageId::own(&format!("m{n}")).unwrap();
            Box::new(Job::new(Message::with_id(id, &origin, phone, &contact), None))
        };
        (0..number).map(job).collect()
    }

    #[test]
    fn a_batch_is_what_waits_but_at_most_the_concurrency() {
        let queues = Queues::new(4, true);
        queues.write_and_release(jobs(3));
        queues.write_and_release(jobs(6));
        queues.end_work();
        let mut batches = Vec::new();
        queues.run_write_ahead(&mut |batch| {
            batches.push(batch.len());
            ControlFlow::Continue(())
        });
        assert_eq!(batches, [4, 4, 1]);
    }

    #[test]
    fn every_released_message_finds_a_sender() {
        for hurry in [true, false] {
            let queues = Queues::new(8, hurry);
            thread::scope(|scope| {
                let taken = |_| {
                    scope.spawn(|| {
                        let mut completion = None;
                        while let Some(job) = queues.complete_and_take(completion.take()) {
                            completion = Some(Completion::NotPosted(job));
                        }
                    })
                };
                let senders: Vec<_> = (0..8).map(taken).collect();
                let mut back = 0;
                for released in (1..100).chain([1; 100]) {
                    queues.release(jobs(released));
                    let wanted = back + released;
                    while back < wanted {
                        back += queues.wait(1, false, Duration::from_millis(1)).len();
                    }
                    assert_eq!(back, wanted);
                }
                queues.end_work();
                senders.into_iter().for_each(|sender| sender.join().unwrap());
            });
        }
    }
}
