//! The number of messages that the dispatcher releases ahead of the senders: enough that they
//! hardly wait, and few, because all of them are in doubt after a crash. Pure.
//!
//! A message is *open* from the moment at which it is handed to the write-ahead thread until its
//! outcome is handed to the recorder: while it is synced, waits for a sender, is posted, is
//! answered but not yet recorded, and while it waits for its next attempt. After a crash each open
//! message is recorded as `unknown`, so there are never more of them than twice the concurrency.

use std::time::Duration;

use crate::send::rate::Rate;

/// With a limit, the messages of this much time are released ahead of the senders.
const AHEAD: Duration = Duration::from_millis(200);

/// Without a limit, the longest time that completions are collected before they are handled.
const COLLECT: Duration = Duration::from_millis(1);

/// Counts the open messages, the released and the answered ones.
#[derive(Debug)]
pub(super) struct ReadAhead {
    rate: Rate,
    concurrency: u64,
    open: u64,
    released: u64,
    answered: u64,
}

impl ReadAhead {
    /// Before the first release; `concurrency` senders wait.
    pub(super) fn new(rate: Rate, concurrency: usize) -> Self {
        let concurrency = concurrency as u64;
        Self { rate, concurrency, open: 0, released: 0, answered: 0 }
    }

    /// Counts released messages: those that are written ahead first, and repeats.
    pub(super) fn release(&mut self, new: u64, repeats: u64) {
        self.open += new;
        self.released += new + repeats;
    }

    /// Counts messages that came back without an attempt. They stay open.
    pub(super) fn take_back(&mut self, messages: u64) {
        self.released -= messages;
    }

    /// Counts a message that was posted and answered. It stays open.
    pub(super) fn answered(&mut self) {
        self.answered += 1;
    }

    /// Counts an open message whose outcome was handed to the recorder.
    pub(super) fn recorded(&mut self) {
        self.open -= 1;
    }

    /// Messages that are released and have not come back.
    pub(super) fn under_way(&self) -> u64 {
        self.released - self.answered
    }

    /// Messages that are being posted, when `passed` attempts passed the gate.
    pub(super) fn posting(&self, passed: u64) -> u64 {
        passed.saturating_sub(self.answered)
    }

    /// Messages that are released and wait for a sender, when `passed` attempts passed the gate.
    pub(super) fn ahead(&self, passed: u64) -> u64 {
        self.released.saturating_sub(passed)
    }

    /// Returns whether no new message may begin before the outcome of an open one is recorded.
    pub(super) fn is_full(&self) -> bool {
        self.free() == 0
    }

    /// The number of messages to release now, new ones and repeats.
    pub(super) fn room(&self, passed: u64) -> usize {
        let (low, high) = self.water_marks();
        let ahead = self.ahead(passed);
        match ahead > low {
            true => 0,
            false => in_memory(high - ahead),
        }
    }

    /// The most new messages among them: one batch for the write-ahead thread.
    pub(super) fn room_for_new(&self, passed: u64) -> usize {
        let free = self.free();
        match free >= self.batch() || self.ahead(passed) == 0 {
            true => in_memory(free.min(self.concurrency)),
            // A sync for a few messages costs as much as one for many.
            false => 0,
        }
    }

    /// The number of completions to wait for, and the time after which the senders may need more
    /// messages although no completion came.
    pub(super) fn wait_limits(&self) -> (usize, Duration) {
        let (completions, refill) = match self.rate {
            Rate::Unlimited => (self.batch().saturating_sub(self.free()), COLLECT),
            rate => (1, rate.time_for(self.water_marks().0.max(1)) / 2),
        };
        (in_memory(completions.min(self.under_way()).max(1)), refill)
    }

    /// The most open messages.
    pub(super) fn most(&self) -> u64 {
        2 * self.concurrency
    }

    /// The number of messages that may be opened.
    fn free(&self) -> u64 {
        self.most().saturating_sub(self.open)
    }

    /// The number of messages in a batch, unless the senders need it earlier.
    fn batch(&self) -> u64 {
        match self.rate {
            // Measured: larger ones leave senders without a message, smaller ones cost more syncs.
            Rate::Unlimited => (3 * self.concurrency).div_ceil(4),
            _ => 1,
        }
    }

    /// At or below the first number of waiting messages more are released, up to the second.
    fn water_marks(&self) -> (u64, u64) {
        match self.rate {
            // The number of open messages is the limit.
            Rate::Unlimited => (2 * self.concurrency, 2 * self.concurrency),
            rate => {
                let ahead = (rate.per_second() * AHEAD.as_secs_f64()).ceil() as u64;
                let high = ahead.clamp(1, self.concurrency);
                (high / 2, high)
            }
        }
    }
}

fn in_memory(messages: u64) -> usize {
    usize::try_from(messages).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state: open messages, of them waiting for their next attempt, and with a sender.
    fn read_ahead(rate: &str, concurrency: usize, open: u64, waiting: u64) -> ReadAhead {
        let mut read_ahead = ReadAhead::new(rate.parse().unwrap(), concurrency);
        read_ahead.release(open, 0);
        (0..waiting).for_each(|_| read_ahead.answered());
        read_ahead
    }

    #[test]
    fn new_messages_begin_in_batches_and_at_most_twice_the_concurrency_is_open() {
        // (rate, concurrency, open, waiting for an attempt, passed, room, room for new)
        #[rustfmt::skip]
        let table = [
            ("10/s",      4,   0,  0,  0,  2,  4),
            ("10/s",      4,   2,  0,  0,  0,  4),
            ("10/s",      4,   2,  0,  1,  1,  4),
            ("10/s",      4,   8,  8,  8,  2,  0),
            ("10/s",      4,   7,  7,  7,  2,  1),
            ("1/6s",      4,   0,  0,  0,  1,  4),
            ("1/6s",      4,   1,  0,  0,  0,  4),
            ("1000/s",    400, 0,  0,  0,  200, 400),
            ("1000/s",    400, 200, 0, 99, 0,  400),
            ("1000/s",    400, 200, 0, 100, 100, 400),
            ("1000/s",    8,   0,  0,  0,  8,  8),
            ("1000/s",    8,   16, 0,  8,  0,  0),
            ("unlimited", 32,  0,  0,  0,  64, 32),
            ("unlimited", 32,  32, 0,  0,  32, 32),
            ("unlimited", 32,  64, 0,  32, 32, 0),
            // A batch is worth its sync when most of the senders can get a message from it …
            ("unlimited", 32,  41, 0,  32, 55, 0),
            ("unlimited", 32,  40, 0,  32, 56, 24),
            // … or when they would wait.
            ("unlimited", 32,  63, 0,  63, 64, 1),
            ("unlimited", 32,  63, 63, 63, 64, 1),
            ("unlimited", 1,   1,  0,  0,  1,  1),
            ("unlimited", 1,   2,  0,  1,  1,  0),
        ];
        for (rate, concurrency, open, waiting, passed, room, new) in table {
            let state = read_ahead(rate, concurrency, open, waiting);
            let found = (state.room(passed), state.room_for_new(passed));
            let shown = format!("{rate} {concurrency} {open} {waiting} {passed}");
            assert_eq!(found, (room, new), "{shown}");
            assert!(open + found.1 as u64 <= 2 * concurrency as u64, "{shown}");
            assert!(found.1 <= concurrency, "a batch: {shown}");
        }
    }

    #[test]
    fn a_message_is_open_until_its_outcome_is_recorded() {
        let mut state = read_ahead("unlimited", 2, 4, 0);
        assert!(state.is_full());
        state.take_back(1);
        state.answered();
        state.release(0, 1);
        assert!(state.is_full(), "posted, answered, repeated: still open");
        state.recorded();
        assert!(!state.is_full());
        assert_eq!(state.room_for_new(4), 1);
    }

    #[test]
    fn the_wait_ends_when_a_batch_is_free_or_all_under_way_have_answered() {
        let mut state = read_ahead("unlimited", 32, 0, 0);
        assert_eq!(state.wait_limits(), (1, COLLECT));
        state.release(64, 0);
        assert_eq!(state.wait_limits().0, 24);
        state.take_back(2);
        (0..52).for_each(|_| state.answered());
        assert_eq!((state.under_way(), state.wait_limits().0), (10, 10));
        (0..20).for_each(|_| state.recorded());
        assert_eq!(state.wait_limits().0, 4);
    }
}
