//! The gateway's own rate limit: who comes too fast, and how long to stay away. Time is an argument.

use std::time::Duration;

use crate::send::rate::Rate;

/// How far ahead of the even pace a sender may be: enough for late wake-ups, too little to hide a
/// sender that is really too fast.
const LEEWAY: Duration = Duration::from_millis(100);

/// A leaky bucket: requests leave it evenly, and it holds 100 ms of them (at least one).
#[derive(Debug)]
pub(super) struct Throttle {
    interval: Duration,
    leeway: Duration,
    next: Duration,
}

impl Throttle {
    /// `None` without a limit.
    pub(super) fn new(rate: Rate) -> Option<Self> {
        match rate {
            Rate::Every(interval) => Some(Self {
                interval,
                leeway: LEEWAY.saturating_sub(interval),
                next: Duration::ZERO,
            }),
            Rate::Unlimited => None,
        }
    }

    /// Lets a request at `now` (since the start) pass, or says how long to wait.
    pub(super) fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        let earliest = self.next.saturating_sub(self.leeway);
        if now < earliest {
            return Err(earliest - now);
        }
        self.next = self.next.max(now).saturating_add(self.interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(rate: &str, millis: impl IntoIterator<Item = u64>) -> usize {
        let mut throttle = Throttle::new(rate.parse().unwrap()).unwrap();
        millis.into_iter().filter(|at| throttle.admit(Duration::from_millis(*at)).is_ok()).count()
    }

    #[test]
    fn the_rate_holds_whatever_is_asked() {
        assert_eq!(admitted("50/s", (0..10_000).step_by(20)), 500, "at the rate");
        assert_eq!(admitted("50/s", 0..10_000), 504, "twenty times the rate");
        assert_eq!(admitted("1/6s", (0..60_000).step_by(1_000)), 10);
        assert_eq!(admitted("50/s", std::iter::repeat_n(0, 1_000)), 5, "at once");
    }

    #[test]
    fn a_wait_that_is_kept_is_enough() {
        let mut throttle = Throttle::new("2/s".parse().unwrap()).unwrap();
        assert_eq!(throttle.admit(Duration::ZERO), Ok(()));
        let wait = throttle.admit(Duration::from_millis(100)).unwrap_err();
        assert_eq!(wait, Duration::from_millis(400));
        assert_eq!(throttle.admit(Duration::from_millis(500)), Ok(()));
    }
}
