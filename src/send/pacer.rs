//! The rate limits: one for the whole run, one for each recipient.
//!
//! Both are pure: the time is an argument (a duration since the run began), and nothing here sleeps
//! or reads a clock. governor keeps the limits (GCRA, whose tokens it calls cells). Whether a
//! message is tried again is decided in `outcome`.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::rate::Rate;
use crate::prepare::phone::PhoneNumber;

/// The longest delay of a sender's wake-up that does not lose its turn.
///
/// Measured: without it governor delivers 900/s when asked for 1,000/s, because each wake-up is
/// late and the lost time is never made up for. With it a one-second window holds at most 1 % and
/// one message more than the rate.
const TOLERANCE: Duration = Duration::from_millis(10);

/// The intervals from here on have no tolerance: one message more would be more than 2.5 %.
const EXACT_FROM: Duration = Duration::from_millis(25);

/// The cells that one message takes, so that the tolerance can be a part of a message.
const CELLS: u32 = 100;

/// The smallest part of the ceiling that the rate is cut to.
const MIN_FACTOR: f64 = 0.1;

/// The time without a throttled response until the rate is back at its ceiling.
const RECOVERY: Duration = Duration::from_secs(20);

/// The rate is raised once in each of these while it recovers.
const STEP: Duration = Duration::from_secs(1);

/// The pause after a throttled response that names no time; doubled each time in a row.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that lipasend chooses by itself.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pacer's answer: a message may be sent now, or later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may, and it is counted as sent.
    Now,
    /// It may not before this much time has passed; then ask again.
    After(Duration),
}

/// A clock for governor that is set by hand.
#[derive(Debug, Clone, Default)]
struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    fn set(&self, now: Duration) {
        self.0.store(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// The rate limit that all senders share: a ceiling, pauses, and a lower rate after a throttled
/// response.
#[derive(Debug)]
pub struct Pacer {
    ceiling: Rate,
    limiter: Option<Limiter>,
    paused_from: Duration,
    paused_until: Duration,
    slowdown: Option<Slowdown>,
    throttled_in_a_row: u32,
    /// When the last turn was taken.
    last_turn: Option<Duration>,
}

/// A rate below the ceiling, on its way back.
#[derive(Debug, Clone, Copy)]
struct Slowdown {
    /// The part of the ceiling that the rate was cut to.
    cut: f64,
    /// When it was cut.
    cut_at: Duration,
    /// When the pause ends and the recovery begins.
    recovers_from: Duration,
    /// The part of the ceiling in force.
    factor: f64,
}

impl Pacer {
    /// A pacer for at most `ceiling`.
    #[must_use]
    pub fn new(ceiling: Rate) -> Self {
        let limiter = match ceiling {
            Rate::Every(interval) => Some(Limiter::new(interval)),
            Rate::Unlimited => None,
        };
        Self {
            ceiling,
            limiter,
            paused_from: Duration::ZERO,
            paused_until: Duration::ZERO,
            slowdown: None,
            throttled_in_a_row: 0,
            last_turn: None,
        }
    }

    /// Takes a turn at `now`, if there is one; `Turn::Now` is counted.
    pub fn take_turn(&mut self, now: Duration) -> Turn {
        if now < self.paused_until {
            return Turn::After(self.paused_until - now);
        }
        self.recover(now);
        let turn = self.limiter.as_mut().map_or(Turn::Now, |limiter| limiter.take_turn(now));
        if turn == Turn::Now {
            self.last_turn = Some(now);
        }
        turn
    }

    /// Returns whether the ceiling alone keeps the next message back at `now`: neither a pause nor
    /// a lower rate does.
    #[must_use]
    pub fn keeps_to_ceiling(&self, now: Duration) -> bool {
        let Rate::Every(interval) = self.ceiling else { return false };
        let within = |last: Duration| now < last.saturating_add(interval);
        now >= self.paused_until && self.last_turn.is_some_and(within)
    }

    /// Sends nothing for `wait`, and goes on at the same rate.
    pub fn pause(&mut self, now: Duration, wait: Duration) {
        if now >= self.paused_until {
            self.paused_from = now;
        }
        self.paused_until = self.paused_until.max(now.saturating_add(wait));
    }

    /// Takes a throttled response to a message posted at `posted` into account: pauses, and halves
    /// the rate unless the message was posted before the last cut.
    pub fn throttled(&mut self, posted: Duration, now: Duration, wait: Option<Duration>) {
        let first = self.slowdown.is_none_or(|slowdown| posted >= slowdown.cut_at);
        let doublings = self.throttled_in_a_row.min(10);
        self.pause(now, wait.unwrap_or_else(|| (PAUSE * 2u32.pow(doublings)).min(LONGEST_PAUSE)));
        if first && self.limiter.is_some() {
            self.throttled_in_a_row += 1;
            let cut = (self.factor() / 2.0).max(MIN_FACTOR);
            let recovers_from = self.paused_until;
            self.slowdown = Some(Slowdown { cut, cut_at: now, recovers_from, factor: cut });
            self.set_limiter(now);
        } else if let Some(slowdown) = &mut self.slowdown {
            slowdown.recovers_from = slowdown.recovers_from.max(self.paused_until);
        } else {
            // Without a limit there is nothing to halve: the pauses get longer instead.
            self.throttled_in_a_row += 1;
        }
    }

    /// Takes an accepted message into account: the next pause is short again.
    pub fn accepted(&mut self) {
        self.throttled_in_a_row = 0;
    }

    /// The rate in force, in messages per second.
    #[must_use]
    pub fn effective(&self) -> f64 {
        self.ceiling.per_second() * self.factor()
    }

    /// Returns whether there is neither a limit nor, at `now`, a pause.
    #[must_use]
    pub fn is_free(&self, now: Duration) -> bool {
        self.limiter.is_none() && now >= self.paused_until
    }

    /// Returns whether the rate is below its ceiling.
    #[must_use]
    pub fn is_slowed(&self) -> bool {
        self.slowdown.is_some()
    }

    /// The rest of the pause, if there is one.
    #[must_use]
    pub fn pause_left(&self, now: Duration) -> Option<Duration> {
        (now < self.paused_until).then(|| self.paused_until - now)
    }

    /// The time since the pause began, if there is one.
    #[must_use]
    pub fn pause_lasts(&self, now: Duration) -> Option<Duration> {
        (now < self.paused_until).then(|| now.saturating_sub(self.paused_from))
    }

    fn factor(&self) -> f64 {
        self.slowdown.map_or(1.0, |slowdown| slowdown.factor)
    }

    fn recover(&mut self, now: Duration) {
        let Some(slowdown) = &mut self.slowdown else { return };
        let steps = now.saturating_sub(slowdown.recovers_from).as_secs_f64() / STEP.as_secs_f64();
        let done = (steps.floor() * STEP.as_secs_f64() / RECOVERY.as_secs_f64()).min(1.0);
        let factor = slowdown.cut + (1.0 - slowdown.cut) * done;
        if factor > slowdown.factor {
            slowdown.factor = factor;
            if done >= 1.0 {
                self.slowdown = None;
            }
            self.set_limiter(now);
        }
    }

    fn set_limiter(&mut self, now: Duration) {
        if let Rate::Every(interval) = self.ceiling {
            let mut limiter = Limiter::new(interval.div_f64(self.factor()));
            limiter.use_up(now);
            self.limiter = Some(limiter);
        }
    }
}

/// A governor limiter with a manual clock.
#[derive(Debug)]
struct Limiter {
    limiter: RateLimiter<NotKeyed, InMemoryState, ManualClock, NoOpMiddleware<Duration>>,
    clock: ManualClock,
    burst: NonZeroU32,
    message: NonZeroU32,
}

impl Limiter {
    fn new(interval: Duration) -> Self {
        let tolerance = if interval < EXACT_FROM { TOLERANCE } else { Duration::ZERO };
        // In short intervals a message is one cell: a hundredth of one is too few nanoseconds to be
        // exact, and the tolerance is many messages.
        let cells = if interval < Duration::from_millis(1) { 1 } else { CELLS };
        let cell = (interval / cells).max(Duration::from_nanos(1));
        let extra = u32::try_from(tolerance.as_nanos() / cell.as_nanos()).unwrap_or(u32::MAX);
        let message = NonZeroU32::new(cells).unwrap_or(NonZeroU32::MIN);
        let burst = message.saturating_add(extra);
        let clock = ManualClock::default();
        let limiter = RateLimiter::direct_with_clock(quota(cell).allow_burst(burst), clock.clone());
        Self { limiter, clock, burst, message }
    }

    fn take_turn(&mut self, now: Duration) -> Turn {
        self.clock.set(now);
        match self.limiter.check_n(self.message) {
            Ok(Err(not_until)) => Turn::After(not_until.wait_time_from(now)),
            // A message always fits into the burst, which is a message and more.
            Ok(Ok(())) | Err(_) => Turn::Now,
        }
    }

    /// Takes the whole burst, so that the next message goes one interval after `now`.
    fn use_up(&mut self, now: Duration) {
        self.clock.set(now);
        let _ = self.limiter.check_n(self.burst);
    }
}

/// One cell in each `period`, which is never zero.
fn quota(period: Duration) -> Quota {
    Quota::with_period(period).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
}

/// The rate limit of each recipient.
#[derive(Debug)]
pub struct RecipientPacer {
    limiter: Option<KeyedLimiter>,
    /// Recipients that WhatsApp limits, and until when.
    limited: HashMap<PhoneNumber, Duration>,
    clock: ManualClock,
    turns: u32,
}

type KeyedLimiter =
    RateLimiter<PhoneNumber, HashMapStateStore<PhoneNumber>, ManualClock, NoOpMiddleware<Duration>>;

/// The time that the answer to a repeat after the pair limit may take before others follow.
const ANSWER_TIME: Duration = Duration::from_secs(2);

/// The number of calls after which recipients without a limit in force are removed.
const CLEAN_UP_AFTER: u32 = 10_000;

impl RecipientPacer {
    /// At most `rate` to each recipient.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        let clock = ManualClock::default();
        let limiter = match rate {
            Rate::Every(interval) => {
                let store = HashMapStateStore::default();
                Some(RateLimiter::new(quota(interval), store, clock.clone()))
            }
            Rate::Unlimited => None,
        };
        Self { limiter, limited: HashMap::new(), clock, turns: 0 }
    }

    /// Takes into account that a message to `to` reached the pair limit and is repeated at
    /// `repeat_at`: others to that recipient would reach it too, so they wait for its answer.
    pub fn limit(&mut self, to: PhoneNumber, repeat_at: Duration) {
        self.limited.insert(to, repeat_at.saturating_add(ANSWER_TIME));
    }

    /// Takes a turn of the recipient `to` at `now`, if there is one; `Turn::Now` is counted.
    pub fn take_turn(&mut self, to: &PhoneNumber, now: Duration) -> Turn {
        if let Some(until) = self.limited.get(to) {
            if now < *until {
                return Turn::After(*until - now);
            }
            self.limited.remove(to);
        }
        let Some(limiter) = &self.limiter else { return Turn::Now };
        self.clock.set(now);
        self.turns += 1;
        if self.turns >= CLEAN_UP_AFTER {
            self.turns = 0;
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        match limiter.check_key(to) {
            Ok(()) => Turn::Now,
            Err(not_until) => Turn::After(not_until.wait_time_from(now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    /// Sends as often as it may for `seconds`, each wake-up `late`; returns when messages were
    /// sent.
    fn send(pacer: &mut Pacer, from: Duration, seconds: u64, late: Duration) -> Vec<Duration> {
        let mut now = from;
        let mut sent = Vec::new();
        while now < from + Duration::from_secs(seconds) {
            match pacer.take_turn(now) {
                Turn::Now => sent.push(now),
                Turn::After(wait) => now += wait.max(Duration::from_nanos(1)) + late,
            }
        }
        sent
    }

    /// The most messages within one second; `sent` is in order.
    fn fullest_second(sent: &[Duration]) -> usize {
        let second = Duration::from_secs(1);
        let from = |n: usize| sent[n..].partition_point(|time| *time < sent[n] + second);
        (0..sent.len()).map(from).max().unwrap_or(0)
    }

    #[test]
    fn the_rate_is_kept_however_late_the_senders_wake_up() {
        for (text, late_us) in
            [("80/s", 150), ("80/s", 3_000), ("1000/s", 150), ("1000/s", 2_000), ("5000/s", 100)]
        {
            let asked = rate(text).per_second();
            let mut pacer = Pacer::new(rate(text));
            let sent = send(&mut pacer, Duration::ZERO, 20, Duration::from_micros(late_us));
            let mean = sent.len() as f64 / 20.0;
            assert!((mean / asked - 1.0).abs() < 0.01, "{text} {late_us}: {mean}");
            let fullest = fullest_second(&sent) as f64;
            assert!(fullest <= asked * 1.05, "{text} {late_us}: {fullest}");
        }
    }

    #[test]
    fn slow_rates_have_no_burst() {
        let mut pacer = Pacer::new(rate("10/s"));
        let sent = send(&mut pacer, Duration::ZERO, 10, Duration::from_micros(100));
        assert_eq!(fullest_second(&sent), 10);
        assert!(sent.len() >= 99, "{}", sent.len());
    }

    #[test]
    fn a_stall_is_not_made_up_for() {
        let mut pacer = Pacer::new(rate("1000/s"));
        send(&mut pacer, Duration::ZERO, 1, Duration::ZERO);
        let after = send(&mut pacer, Duration::from_secs(3600), 2, Duration::from_micros(100));
        assert!(fullest_second(&after) <= 1_011, "{}", fullest_second(&after));
    }

    #[test]
    fn nothing_is_sent_in_a_pause_and_the_rate_is_halved_once() {
        let mut pacer = Pacer::new(rate("100/s"));
        let second = Duration::from_secs(1);
        send(&mut pacer, Duration::ZERO, 1, Duration::ZERO);
        for _ in 0..30 {
            pacer.throttled(second / 2, second, Some(2 * second));
        }
        assert_eq!(pacer.effective().round(), 50.0);
        assert_eq!(pacer.take_turn(second), Turn::After(2 * second));
        let sent = send(&mut pacer, 3 * second, 1, Duration::ZERO);
        assert!((49..=52).contains(&sent.len()), "{}", sent.len());
    }

    #[test]
    fn a_pause_and_a_lower_rate_are_told_from_the_ceiling() {
        let second = Duration::from_secs(1);
        let mut pacer = Pacer::new(rate("1/6s"));
        assert!(!pacer.keeps_to_ceiling(second), "nothing was sent");
        assert_eq!(pacer.take_turn(second), Turn::Now);
        assert!(matches!(pacer.take_turn(2 * second), Turn::After(_)));
        pacer.throttled(second, 2 * second, Some(second));
        // (second, whether only the ceiling keeps the next message back)
        for (at, ceiling) in [(2, false), (3, true), (6, true), (7, false), (13, false)] {
            assert_eq!(pacer.keeps_to_ceiling(at * second), ceiling, "{at}");
        }
        let mut unlimited = Pacer::new(Rate::Unlimited);
        assert_eq!(unlimited.take_turn(second), Turn::Now);
        assert!(!unlimited.keeps_to_ceiling(second));
    }

    #[test]
    fn the_rate_is_at_its_ceiling_twenty_seconds_after_a_cut() {
        let mut pacer = Pacer::new(rate("100/s"));
        let second = Duration::from_secs(1);
        pacer.throttled(second, second, Some(second));
        let sent = send(&mut pacer, 2 * second, 19, Duration::ZERO);
        assert!(pacer.effective() < 100.0);
        assert!(fullest_second(&sent) <= 100);
        send(&mut pacer, 22 * second, 1, Duration::ZERO);
        assert_eq!(pacer.effective(), 100.0);
    }

    #[test]
    fn the_rate_never_falls_below_a_tenth() {
        let mut pacer = Pacer::new(rate("100/s"));
        for second in 0..20 {
            let now = Duration::from_secs(second);
            pacer.throttled(now, now, None);
        }
        assert_eq!(pacer.effective().round(), 10.0);
        let now = Duration::from_secs(19);
        assert!(pacer.pause_left(now).is_some_and(|left| left <= LONGEST_PAUSE));
    }

    #[test]
    fn one_recipient_waits_while_others_go_on() {
        let [ann, bob] = ["254712345678", "254712345679"]
            .map(|digits| PhoneNumber::from_digits(digits).unwrap());
        let mut pacer = RecipientPacer::new(rate("1/6s"));
        let second = Duration::from_secs(1);
        assert_eq!(pacer.take_turn(&ann, second), Turn::Now);
        assert_eq!(pacer.take_turn(&ann, 3 * second), Turn::After(4 * second));
        assert_eq!(pacer.take_turn(&bob, 3 * second), Turn::Now);
        assert_eq!(pacer.take_turn(&ann, 7 * second), Turn::Now);
    }

    #[test]
    fn a_recipient_at_the_pair_limit_waits_for_the_repeat() {
        let [ann, bob] = ["254712345678", "254712345679"]
            .map(|digits| PhoneNumber::from_digits(digits).unwrap());
        let second = Duration::from_secs(1);
        let mut pacer = RecipientPacer::new(Rate::Unlimited);
        assert_eq!(pacer.take_turn(&ann, second), Turn::Now);
        pacer.limit(ann, 5 * second);
        assert_eq!(pacer.take_turn(&ann, 2 * second), Turn::After(5 * second));
        assert_eq!(pacer.take_turn(&bob, 2 * second), Turn::Now);
        pacer.limit(ann, 21 * second);
        assert_eq!(pacer.take_turn(&ann, 7 * second), Turn::After(16 * second));
        assert_eq!(pacer.take_turn(&ann, 23 * second), Turn::Now);
        assert!(pacer.limited.is_empty());
    }

    #[test]
    fn recipients_without_a_limit_in_force_are_removed() {
        let mut pacer = RecipientPacer::new(rate("1/6s"));
        for n in 0..u64::from(CLEAN_UP_AFTER) * 3 {
            let to = PhoneNumber::from_digits(&format!("2547{n:08}")).unwrap();
            pacer.take_turn(&to, Duration::from_millis(n));
        }
        let kept = pacer.limiter.as_ref().map_or(0, KeyedLimiter::len);
        assert!(kept <= CLEAN_UP_AFTER as usize + 6_000, "{kept}");
    }
}
