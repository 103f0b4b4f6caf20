//! How far the dispatcher runs ahead of the senders: enough that they never wait, and no more than
//! may be in doubt after a crash. Pure.

use std::time::Duration;

use crate::send::pacer::Rate;

/// How much of the rate is released ahead of the senders.
const AHEAD: Duration = Duration::from_millis(200);

/// How long answers may gather at full speed before they are heard.
const GATHER: Duration = Duration::from_millis(2);

/// Counts what is released and what came back.
#[derive(Debug)]
pub(super) struct ReadAhead {
    rate: Rate,
    concurrency: u64,
    released: u64,
    heard: u64,
}

impl ReadAhead {
    /// Nothing is released yet; `concurrency` senders wait.
    pub(super) fn new(rate: Rate, concurrency: usize) -> Self {
        Self { rate, concurrency: concurrency as u64, released: 0, heard: 0 }
    }

    /// So many messages are released.
    pub(super) fn release(&mut self, messages: u64) {
        self.released += messages;
    }

    /// So many came back without having been posted.
    pub(super) fn take_back(&mut self, messages: u64) {
        self.released -= messages;
    }

    /// One was posted and answered.
    pub(super) fn hear(&mut self) {
        self.heard += 1;
    }

    /// Messages that are released and not yet back.
    pub(super) fn under_way(&self) -> u64 {
        self.released - self.heard
    }

    /// Messages that are being posted when `passed` of all went out.
    pub(super) fn posting(&self, passed: u64) -> u64 {
        passed.saturating_sub(self.heard)
    }

    /// Messages that are released when `passed` of all went out, and wait for a sender.
    pub(super) fn ahead(&self, passed: u64) -> u64 {
        self.released.saturating_sub(passed)
    }

    /// How many more should be released: none, or a batch of twice the concurrency at most.
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

    /// How few messages may wait for a sender until more are released, and how many then.
    fn water_marks(&self) -> (u64, u64) {
        match self.rate {
            // One batch is with the senders, one is being forced onto the disk, one is next.
            Rate::Unlimited => (4 * self.concurrency, 6 * self.concurrency),
            rate => {
                let ahead = (rate.per_second() * AHEAD.as_secs_f64()).ceil() as u64;
                let high = ahead.clamp(1, 2 * self.concurrency);
                (high / 2, high)
            }
        }
    }

    /// How many answers are worth waking up for, and after how long the senders may run dry: they
    /// go on while nobody answers.
    pub(super) fn retry_policy(&self) -> (usize, Duration) {
        let (answers, refill) = match self.rate {
            Rate::Unlimited => (self.concurrency / 2, GATHER),
            rate => (1, rate.time_for(self.water_marks().0.max(1)) / 2),
        };
        let answers = answers.min(self.under_way()).max(1);
        (usize::try_from(answers).unwrap_or(usize::MAX), refill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_is_a_part_of_the_rate_and_three_batches_at_full_speed() {
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
            let mut lead = ReadAhead::new(rate.parse().unwrap(), concurrency);
            lead.release(released);
            assert_eq!(lead.room(passed), room, "{rate} {concurrency} {released} {passed}");
        }
    }

    #[test]
    fn what_is_under_way_is_waited_for() {
        let mut lead = ReadAhead::new(Rate::Unlimited, 32);
        assert_eq!(lead.retry_policy(), (1, GATHER));
        lead.release(64);
        lead.take_back(2);
        assert_eq!(lead.retry_policy().0, 16);
        for _ in 0..52 {
            lead.hear();
        }
        assert_eq!((lead.under_way(), lead.retry_policy().0), (10, 10));
    }
}
