//! The delay before the next attempt. Pure: the random number is an argument.

use std::time::Duration;

/// The ceiling of the first delay; it doubles with every attempt.
const BASE: Duration = Duration::from_millis(500);

/// The longest exponential delay.
const CAP: Duration = Duration::from_secs(60);

/// The longest delay after a pair limit: after this time dozens of messages are allowed again.
const PAIR_CAP: Duration = Duration::from_secs(256);

/// Exponential back-off with full jitter: a random part of 0.5 s, 1 s, 2 s … 60 s after 1, 2, 3 …
/// attempts. `random` is uniform in 0..1; all of the range is used, so that messages that failed
/// at the same time are not repeated at the same time.
pub(super) fn jittered(attempts: u32, random: f64) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let ceiling = BASE.saturating_mul(1 << doublings).min(CAP);
    Duration::try_from_secs_f64(ceiling.as_secs_f64() * random).map_or(ceiling, |d| d.min(ceiling))
}

/// WhatsApp's own advice for its pair rate limit: 4ⁿ seconds, n being the attempts so far.
pub(super) fn pair(attempts: u32) -> Duration {
    Duration::from_secs(4_u64.saturating_pow(attempts)).min(PAIR_CAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_grows_to_its_cap_and_uses_the_whole_range() {
        #[rustfmt::skip]
        let cases = [
            (1, 0.0, 0), (1, 0.5, 250), (1, 1.0, 500),
            (2, 1.0, 1_000), (3, 1.0, 2_000), (4, 0.5, 2_000), (5, 1.0, 8_000),
            (7, 1.0, 32_000), (8, 1.0, 60_000), (9, 0.25, 15_000), (u32::MAX, 1.0, 60_000),
            (0, 1.0, 500),
        ];
        for (attempts, random, millis) in cases {
            let delay = jittered(attempts, random);
            assert_eq!(delay, Duration::from_millis(millis), "{attempts} {random}");
        }
    }

    #[test]
    fn a_random_number_out_of_range_is_safe() {
        for random in [-1.0, 2.0, f64::NAN, f64::INFINITY] {
            assert!(jittered(1, random) <= BASE, "{random}");
        }
    }

    #[test]
    fn the_delay_after_a_pair_limit_is_a_power_of_four() {
        for (attempts, seconds) in [(1, 4), (2, 16), (3, 64), (4, 256), (5, 256), (u32::MAX, 256)] {
            assert_eq!(pair(attempts), Duration::from_secs(seconds), "{attempts}");
        }
    }
}
