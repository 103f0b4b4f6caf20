//! The rate of the last seconds. Pure: the time since sending began is an argument.

use std::collections::VecDeque;
use std::time::Duration;

use crate::send::rate::Rate;

/// The shortest time over which the rate is measured, once there is so much.
const WINDOW: Duration = Duration::from_secs(10);

/// The messages that it takes at least to measure a rate.
const MESSAGES: u64 = 5;

/// The samples of the whole time.
const SAMPLES: u32 = 40;

/// The shortest time that a rate is measured over.
const SHORTEST: Duration = Duration::from_secs(1);

/// Measures how fast messages end.
#[derive(Debug)]
pub(super) struct Meter {
    window: Duration,
    /// The number of messages that had ended at some moments of the last seconds.
    samples: VecDeque<(Duration, u64)>,
    done: u64,
    now: Duration,
    /// When the number last changed.
    moved: Duration,
    /// When it last changed, or no request was under way.
    answered: Duration,
}

/// How long nothing has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Still {
    /// The time since a message last ended.
    pub(super) ended: Duration,
    /// The time for which requests have been under way without one ending.
    pub(super) unanswered: Duration,
}

impl Meter {
    /// Measures messages that go out at no more than `rate`.
    pub(super) fn new(rate: Rate) -> Self {
        let zero = Duration::ZERO;
        let window = WINDOW.max(rate.time_for(MESSAGES));
        let samples = VecDeque::new();
        Self { window, samples, done: 0, now: zero, moved: zero, answered: zero }
    }

    /// Takes the number of messages that have ended by `now`, and of those under way.
    pub(super) fn count(&mut self, done: u64, posting: u64, now: Duration) {
        if done != self.done {
            self.moved = now;
        }
        if done != self.done || posting == 0 {
            self.answered = now;
        }
        (self.done, self.now) = (done, now);
        if self
            .samples
            .back()
            .is_none_or(|(last, _)| now >= last.saturating_add(self.window / SAMPLES))
        {
            self.samples.push_back((now, done));
        }
        // The oldest one that stays is the window's beginning.
        while self
            .samples
            .get(1)
            .is_some_and(|(second, _)| second.saturating_add(self.window) <= now)
        {
            self.samples.pop_front();
        }
    }

    /// The messages a second of the last seconds; `None` before there are enough of these, and when
    /// no message ended in them. It is `allowed`, the rate in force, unless the messages of this
    /// time are too few for that by more than one.
    pub(super) fn rate(&self, allowed: f64) -> Option<f64> {
        let (since, before) = self.samples.front()?;
        let time = self.now.saturating_sub(*since);
        let done = self.done.saturating_sub(*before);
        if time < SHORTEST || done == 0 {
            return None;
        }
        // A window of a few intervals has one message more or less than the rate.
        let with_one_more = (done + 1) as f64 / time.as_secs_f64();
        let measured = done as f64 / time.as_secs_f64();
        Some(if with_one_more >= allowed { allowed } else { measured })
    }

    /// How long nothing has happened.
    pub(super) fn still(&self) -> Still {
        let since = |time| self.now.saturating_sub(time);
        Still { ended: since(self.moved), unanswered: since(self.answered) }
    }

    /// Forgets what it measured: from `now` on the rate is another one.
    pub(super) fn restart(&mut self) {
        self.samples.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_LIMIT: f64 = f64::INFINITY;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let mut meter = Meter::new(Rate::Unlimited);
        for tick in 0..=200 {
            meter.count(tick, 1, millis(tick * 50));
            assert_eq!(meter.rate(NO_LIMIT).is_some(), tick >= 20, "{tick}");
        }
        assert_eq!(meter.rate(NO_LIMIT).unwrap().round(), 20.0);
        for tick in 201..=400 {
            meter.count(200, 0, millis(tick * 50));
        }
        let still = Still { ended: millis(10_000), unanswered: millis(0) };
        assert_eq!((meter.rate(NO_LIMIT), meter.still()), (None, still));
        meter.count(210, 1, millis(20_050));
        assert!(meter.rate(NO_LIMIT).is_some());
        meter.restart();
        assert_eq!(meter.rate(NO_LIMIT), None);
    }

    #[test]
    fn a_slow_rate_is_measured_over_a_longer_time() {
        let mut meter = Meter::new("1/30s".parse().unwrap());
        for tick in 0..=2_000 {
            meter.count(tick / 300, 0, millis(tick * 100));
        }
        assert_eq!(meter.rate(NO_LIMIT).map(|rate| (rate * 600.0).round()), Some(20.0));
    }

    #[test]
    fn the_rate_in_force_is_not_exceeded_by_the_first_messages() {
        let rate: Rate = "2/m".parse().unwrap();
        let mut meter = Meter::new(rate);
        let allowed = rate.per_second();
        // The first message goes at once, each next one 30 seconds later.
        for second in 0..=600 {
            meter.count(1 + second / 30, 0, millis(second * 1_000));
            // The first sample has a message that it did not see end.
            let known = (second >= 30).then_some(allowed);
            assert_eq!(meter.rate(allowed), known, "{second}");
        }
        for second in 601..=800 {
            meter.count(21 + (second - 600) / 60, 0, millis(second * 1_000));
        }
        assert!(meter.rate(allowed).is_some_and(|rate| rate < allowed * 0.7), "it is slower");
    }
}
