//! The number of messages that the dispatcher releases ahead of the senders: enough that they never
//! wait, and few, because all of them are in doubt after a crash. Pure.

use std::time::Duration;

use crate::send::rate::Rate;

/// With a limit, the messages of this much time are released ahead of the senders.
const AHEAD: Duration = Duration::from_millis(200);

/// Without a limit, the longest time that completions are collected before they are handled.
const COLLECT: Duration = Duration::from_millis(2);

/// Counts the released messages and the answered ones.
#[derive(Debug)]
pub(super) struct ReadAhead {
    rate: Rate,
    concurrency: u64,
    released: u64,
    answered: u64,
}

impl ReadAhead {
    /// Before the first release; `concurrency` senders wait.
    pub(super) fn new(rate: Rate, concurrency: usize) -> Self {
        Self { rate, concurrency: concurrency as u64, released: 0, answered: 0 }
    }

    /// Counts released messages.
    pub(super) fn release(&mut self, messages: u64) {
        self.released += messages;
    }

    /// Counts messages that came back without an attempt.
    pub(super) fn take_back(&mut self, messages: u64) {
        self.released -= messages;
    }

    /// Counts a message that was posted and answered.
    pub(super) fn answered(&mut self) {
        self.answered += 1;
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

    /// The number of messages to release now: none, or a batch of at most twice the concurrency.
    pub(super) fn room(&self, passed: u64) -> usize {
        let (low, high) = self.water_marks();
        let ahead = self.ahead(passed);
        match ahead > low {
            true => 0,
            false => {
                let room = (high - ahead).min(2 * self.concurrency);
                usize::try_from(room).unwrap_or(usize::MAX)
            }
        }
    }

    /// At or below the first number of waiting messages more are released, up to the second.
    fn water_marks(&self) -> (u64, u64) {
        match self.rate {
            // One batch is with the senders, one is being synced, one is next.
            Rate::Unlimited => (4 * self.concurrency, 6 * self.concurrency),
            rate => {
                let ahead = (rate.per_second() * AHEAD.as_secs_f64()).ceil() as u64;
                let high = ahead.clamp(1, 2 * self.concurrency);
                (high / 2, high)
            }
        }
    }

    /// The number of completions to wait for, and the time after which the senders may need more
    /// messages although no completion came.
    pub(super) fn wait_limits(&self) -> (usize, Duration) {
        let (completions, refill) = match self.rate {
            Rate::Unlimited => (self.concurrency / 2, COLLECT),
            rate => (1, rate.time_for(self.water_marks().0.max(1)) / 2),
        };
        let completions = completions.min(self.under_way()).max(1);
        (usize::try_from(completions).unwrap_or(usize::MAX), refill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_part_of_the_rate_or_without_a_limit_three_batches() {
        // (rate, concurrency, released, passed, room)
        let table = [
            ("10/s", 4, 0, 0, 2),
            ("10/s", 4, 2, 0, 0),
            ("10/s", 4, 2, 1, 1),
            ("1/6s", 4, 0, 0, 1),
            ("1/6s", 4, 1, 0, 0),
            ("1000/s", 400, 0, 0, 200),
            ("1000/s", 400, 200, 99, 0),
            ("1000/s", 400, 200, 100, 100),
            ("1000/s", 8, 0, 0, 16),
            ("unlimited", 32, 0, 0, 64),
            ("unlimited", 32, 64, 0, 64),
            ("unlimited", 32, 192, 0, 0),
            ("unlimited", 32, 192, 63, 0),
            ("unlimited", 32, 192, 64, 64),
        ];
        for (rate, concurrency, released, passed, room) in table {
            let mut read_ahead = ReadAhead::new(rate.parse().unwrap(), concurrency);
            read_ahead.release(released);
            assert_eq!(read_ahead.room(passed), room, "{rate} {concurrency} {released} {passed}");
        }
    }

    #[test]
    fn the_wait_ends_when_half_of_the_senders_or_all_under_way_have_answered() {
        let mut read_ahead = ReadAhead::new(Rate::Unlimited, 32);
        assert_eq!(read_ahead.wait_limits(), (1, COLLECT));
        read_ahead.release(64);
        read_ahead.take_back(2);
        assert_eq!(read_ahead.wait_limits().0, 16);
        for _ in 0..52 {
            read_ahead.answered();
        }
        assert_eq!((read_ahead.under_way(), read_ahead.wait_limits().0), (10, 10));
    }
}
