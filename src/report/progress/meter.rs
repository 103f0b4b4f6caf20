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
    /// no message ended in them.
    pub(super) fn rate(&self) -> Option<f64> {
        let (since, before) = self.samples.front()?;
        let time = self.now.saturating_sub(*since);
        let done = self.done.saturating_sub(*before);
        (time >= SHORTEST && done > 0).then(|| done as f64 / time.as_secs_f64())
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

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let mut meter = Meter::new(Rate::Unlimited);
        for tick in 0..=200 {
            meter.count(tick, 1, millis(tick * 50));
            assert_eq!(meter.rate().is_some(), tick >= 20, "{tick}");
        }
        assert_eq!(meter.rate().unwrap().round(), 20.0);
        for tick in 201..=400 {
            meter.count(200, 0, millis(tick * 50));
        }
        let still = Still { ended: millis(10_000), unanswered: millis(0) };
        assert_eq!((meter.rate(), meter.still()), (None, still));
        meter.count(210, 1, millis(20_050));
        assert!(meter.rate().is_some());
        meter.restart();
        assert_eq!(meter.rate(), None);
    }

    #[test]
    fn a_slow_rate_is_measured_over_a_longer_time() {
        let mut meter = Meter::new("1/30s".parse().unwrap());
        for tick in 0..=2_000 {
            meter.count(tick / 300, 0, millis(tick * 100));
        }
        assert_eq!(meter.rate().map(|rate| (rate * 600.0).round()), Some(20.0));
    }
}
