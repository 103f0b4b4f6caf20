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
}

impl Job {
    /// A message before its first attempt in this run; `earlier` is its status in the ledger.
    #[must_use]
    pub fn new(message: Message, earlier: Option<Status>) -> Self {
        let attempts = Attempts::new(earlier);
        Self { message, card_id: None, attempts, last: None, has_turn: false, written_ahead: false }
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
#[derive(Debug, Default)]
pub(super) struct Queues {
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
    /// Batches that must be recorded before they are released.
    unwritten: VecDeque<Vec<Box<Job>>>,
    released: VecDeque<Box<Job>>,
    /// Nothing more will be released.
    work_ended: bool,
    completions: Vec<Completion>,
    awaited: Option<Awaited>,
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
        self.notify_dispatcher(&state);
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
        self.notify_dispatcher(&state);
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

    /// Dispatcher: releases a batch once it is recorded.
    pub(super) fn write_and_release(&self, batch: Vec<Box<Job>>) {
        if !batch.is_empty() {
            self.lock().unwritten.push_back(batch);
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

    fn next_unwritten(&self) -> Option<Vec<Box<Job>>> {
        let idle = |state: &mut State| state.unwritten.is_empty() && !state.work_ended;
        let waited = self.has_batch.wait_while(self.lock(), idle);
        waited.unwrap_or_else(PoisonError::into_inner).unwritten.pop_front()
    }

    /// Gives messages to the senders.
    pub(super) fn release(&self, jobs: impl IntoIterator<Item = Box<Job>>) {
        let mut state = self.lock();
        let before = state.released.len();
        state.released.extend(jobs);
        match state.released.len() - before {
            0 => {}
            1 => self.has_work.notify_one(),
            _ => self.has_work.notify_all(),
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
        self.notify_dispatcher(&state);
    }

    /// Sender: returns a completion, if it has one, and takes its next message; `None` when no more
    /// will come.
    pub(super) fn complete_and_take(&self, completion: Option<Completion>) -> Option<Box<Job>> {
        let mut state = self.lock();
        if let Some(completion) = completion {
            state.completions.push(completion);
            self.notify_dispatcher(&state);
        }
        loop {
            if let Some(job) = state.released.pop_front() {
                return Some(job);
            }
            if state.work_ended {
                return None;
            }
            state = self.has_work.wait(state).unwrap_or_else(PoisonError::into_inner);
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
        let waited = self.has_news.wait_timeout_while(state, timeout, |state| !state.has_news());
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.awaited = None;
        std::mem::take(&mut state.completions)
    }

    fn notify_dispatcher(&self, state: &State) {
        if state.has_news() {
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
