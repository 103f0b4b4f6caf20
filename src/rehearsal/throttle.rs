//! The gateway's own rate limit: who comes too fast, and how long to stay away. Time is an argument.

use std::str::FromStr;
use std::time::Duration;

use crate::config::values::parse_duration;

/// How far ahead of the even pace a sender may be: enough for late wake-ups, too little to hide a
/// sender that is really too fast.
const LEEWAY: Duration = Duration::from_millis(100);

/// A rate such as `50/s`, `50`, `600/m` or `1/6s`, kept as the time between two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleRate {
    interval: Duration,
}

impl FromStr for ThrottleRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a rate (try 50/s, 600/m or 1/6s)");
        let (count, per) = text.split_once('/').unwrap_or((text, "s"));
        let count: f64 = count.parse().map_err(|_| wrong())?;
        let period = match per {
            "s" | "m" | "h" => parse_duration(&format!("1{per}")),
            other => parse_duration(other),
        };
        let seconds = period.map_err(|_| wrong())?.as_secs_f64() / count;
        match Duration::try_from_secs_f64(seconds) {
            Ok(interval) if !interval.is_zero() => Ok(Self { interval }),
            _ => Err(wrong()),
        }
    }
}

/// A leaky bucket: requests leave it evenly, and it holds 100 ms of them (at least one).
#[derive(Debug)]
pub(super) struct Throttle {
    interval: Duration,
    leeway: Duration,
    next: Duration,
}

impl Throttle {
    pub(super) fn new(rate: ThrottleRate) -> Self {
        Self {
            interval: rate.interval,
            leeway: LEEWAY.saturating_sub(rate.interval),
            next: Duration::ZERO,
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
        let mut throttle = Throttle::new(rate.parse().unwrap());
        millis.into_iter().filter(|at| throttle.admit(Duration::from_millis(*at)).is_ok()).count()
    }

    #[test]
    fn rates_are_read() {
        for (text, millis) in [
            ("50/s", Some(20)),
            ("50", Some(20)),
            ("600/m", Some(100)),
            ("1/6s", Some(6_000)),
            ("0.5/s", Some(2_000)),
            ("0/s", None),
            ("-1/s", None),
            ("NaN", None),
            ("unlimited", None),
            ("5/0s", None),
        ] {
            let rate = text.parse::<ThrottleRate>().ok();
            let interval = millis.map(Duration::from_millis);
            assert_eq!(rate.map(|rate| rate.interval), interval, "{text}");
        }
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
        let mut throttle = Throttle::new("2/s".parse().unwrap());
        assert_eq!(throttle.admit(Duration::ZERO), Ok(()));
        let wait = throttle.admit(Duration::from_millis(100)).unwrap_err();
        assert_eq!(wait, Duration::from_millis(400));
        assert_eq!(throttle.admit(Duration::from_millis(500)), Ok(()));
    }
}
