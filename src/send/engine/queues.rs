//! Where the engine's threads meet: one lock over everything that changes hands.
//!
//! The feeder offers messages, the dispatcher releases them (new ones by way of the noter), the
//! senders take one and leave its answer in the same breath. Many answers wake the dispatcher once, and a sender that finds work
//! never sleeps: at tens of thousands of messages a second a wake-up for each would cost as much as
//! the sending. What to do with a message is not decided here.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Job;
use super::sender::Answer;

/// Messages that are read ahead of the dispatcher.
const FEED: usize = 1024;

/// The meeting place.
#[derive(Debug, Default)]
pub(super) struct Queues {
    counter: Mutex<Counter>,
    /// The feeder waits here for room.
    room: Condvar,
    /// The noter waits here for batches.
    unnoted: Condvar,
    /// The senders wait here for work.
    work: Condvar,
    /// The dispatcher waits here for answers.
    news: Condvar,
}

/// Everything on the counter.
#[derive(Debug, Default)]
struct Counter {
    offered: VecDeque<Box<Job>>,
    /// The feeder has no more, or no more is wanted.
    feed_ended: bool,
    /// Batches that must be noted before they are released.
    to_note: VecDeque<Vec<Box<Job>>>,
    released: VecDeque<Box<Job>>,
    /// Nothing more will be released.
    work_ended: bool,
    answers: Vec<Answer>,
    awaited: Awaited,
}

/// What the dispatcher waits for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    /// It does not wait.
    #[default]
    Nothing,
    /// So many answers, or, with `true`, a message from the feeder.
    News(usize, bool),
}

impl Counter {
    fn wants_more(&self) -> ControlFlow<()> {
        match self.feed_ended {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn is_news(&self) -> bool {
        match self.awaited {
            Awaited::Nothing => false,
            Awaited::News(answers, message) => {
                self.answers.len() >= answers
                    || (message && (self.feed_ended || !self.offered.is_empty()))
            }
        }
    }
}

impl Queues {
    /// The feeder offers a message, if it has one just now, and waits while there is no room. It
    /// breaks when no more is wanted.
    pub(super) fn offer(&self, job: Option<Box<Job>>) -> ControlFlow<()> {
        let mut counter = self.lock();
        let Some(job) = job else { return counter.wants_more() };
        if counter.offered.len() >= FEED {
            // Half of it must be gone before the feeder wakes up, or it would for each message.
            while counter.offered.len() > FEED / 2 && !counter.feed_ended {
                counter = self.room.wait(counter).unwrap_or_else(PoisonError::into_inner);
            }
        }
        if counter.feed_ended {
            return ControlFlow::Break(());
        }
        counter.offered.push_back(job);
        self.tell_news(&counter);
        ControlFlow::Continue(())
    }

    /// The feeder has no more, or the dispatcher wants no more; what is offered then is dropped.
    pub(super) fn end_feed(&self, drop_offered: bool) {
        let mut counter = self.lock();
        counter.feed_ended = true;
        if drop_offered {
            counter.offered.clear();
        }
        self.room.notify_all();
        self.tell_news(&counter);
    }

    /// The dispatcher takes one offered message; `Err` when there never will be one again.
    pub(super) fn take_offered(&self) -> Result<Option<Box<Job>>, FeedEnded> {
        let mut counter = self.lock();
        match counter.offered.pop_front() {
            Some(job) => {
                if counter.offered.len() == FEED / 2 {
                    self.room.notify_all();
                }
                Ok(Some(job))
            }
            None if counter.feed_ended => Err(FeedEnded),
            None => Ok(None),
        }
    }

    /// The dispatcher hands a batch to the noter, who releases it.
    pub(super) fn release_noted(&self, batch: Vec<Box<Job>>) {
        if !batch.is_empty() {
            self.lock().to_note.push_back(batch);
            self.unnoted.notify_one();
        }
    }

    /// The noter takes the next batch; `None` when it may go home.
    pub(super) fn next_to_note(&self) -> Option<Vec<Box<Job>>> {
        let idle = |counter: &mut Counter| counter.to_note.is_empty() && !counter.work_ended;
        let waited = self.unnoted.wait_while(self.lock(), idle);
        waited.unwrap_or_else(PoisonError::into_inner).to_note.pop_front()
    }

    /// Messages are handed to the senders.
    pub(super) fn release(&self, jobs: impl IntoIterator<Item = Box<Job>>) {
        let mut counter = self.lock();
        let before = counter.released.len();
        counter.released.extend(jobs);
        match counter.released.len() - before {
            0 => {}
            1 => self.work.notify_one(),
            _ => self.work.notify_all(),
        }
    }

    /// Senders and noter go home once everything that was released is done.
    pub(super) fn end_work(&self) {
        self.lock().work_ended = true;
        self.work.notify_all();
        self.unnoted.notify_all();
    }

    /// An answer is left for the dispatcher.
    pub(super) fn leave(&self, answer: Answer) {
        let mut counter = self.lock();
        counter.answers.push(answer);
        self.tell_news(&counter);
    }

    /// A sender leaves an answer, if it has one, and takes the next message; `None` when it may go
    /// home.
    pub(super) fn trade(&self, answer: Option<Answer>) -> Option<Box<Job>> {
        let mut counter = self.lock();
        if let Some(answer) = answer {
            counter.answers.push(answer);
            self.tell_news(&counter);
        }
        loop {
            if let Some(job) = counter.released.pop_front() {
                return Some(job);
            }
            if counter.work_ended {
                return None;
            }
            counter = self.work.wait(counter).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The dispatcher waits for at least `answers` answers or, with `or_message`, a message from
    /// the feeder, but not longer than `retry_policy`. Gives all answers that are there.
    pub(super) fn wait(
        &self,
        answers: usize,
        or_message: bool,
        retry_policy: Duration,
    ) -> Vec<Answer> {
        let mut counter = self.lock();
        counter.awaited = Awaited::News(answers, or_message);
        let waited =
            self.news.wait_timeout_while(counter, retry_policy, |counter| !counter.is_news());
        let mut counter = waited.unwrap_or_else(PoisonError::into_inner).0;
        counter.awaited = Awaited::Nothing;
        std::mem::take(&mut counter.answers)
    }

    fn tell_news(&self, counter: &Counter) {
        if counter.is_news() {
            self.news.notify_one();
        }
    }

    /// A panic elsewhere ends the run anyway; what is on the counter is still whole.
    fn lock(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The feeder will never offer a message again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeedEnded;
