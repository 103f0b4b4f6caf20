//! When the next message may go: the run's pace and each recipient's.
//!
//! Pure values that are asked with the time as an argument (a duration since the run began); they
//! never sleep and read no clock. governor is the ceiling. Whether to try again is not decided
//! here, only when.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::prepare::phone::PhoneNumber;

/// How late a sender may wake up without losing its turn; at slow rates nobody is late.
///
/// Measured: without it governor delivers 900/s when asked for 1,000/s, because each wake-up is
/// late and the lateness is lost. With it a one-second window holds at most 1 % and one message
/// more than the rate.
const LATENESS: Duration = Duration::from_millis(10);

/// From this interval on no lateness is made good: one message more would be more than 2.5 %.
const SLOW: Duration = Duration::from_millis(25);

/// Cells a message costs, so that lateness can be told in parts of a message.
const CELLS: u32 = 100;

/// The run never gets slower than this part of its ceiling.
const SLOWEST: f64 = 0.1;

/// How long without a refusal until the ceiling is reached again.
const RECOVERY: Duration = Duration::from_secs(20);

/// The steps in which the rate comes back.
const STEP: Duration = Duration::from_secs(1);

/// The pause after a throttled answer that names no time; doubled each time in a row.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that lipasend chooses by itself.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Messages per time, as typed: `10`, `10/s`, `0.5/s`, `600/m`, `1/6s` or `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// One message in each interval.
    Every(Duration),
    /// As fast as it goes.
    Unlimited,
}

impl Rate {
    /// Messages per second; infinite without a limit.
    #[must_use]
    pub fn per_second(self) -> f64 {
        match self {
            Self::Every(interval) => 1.0 / interval.as_secs_f64(),
            Self::Unlimited => f64::INFINITY,
        }
    }

    /// How long `messages` take at this rate.
    #[must_use]
    pub fn time_for(self, messages: u64) -> Duration {
        match self {
            Self::Every(interval) => {
                Duration::try_from_secs_f64(interval.as_secs_f64() * messages as f64)
                    .unwrap_or(Duration::MAX)
            }
            Self::Unlimited => Duration::ZERO,
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let explain = || format!("rate `{text}` is not like 10/s, 600/m, 1/6s or unlimited");
        let text = text.trim();
        if text.eq_ignore_ascii_case("unlimited") {
            return Ok(Self::Unlimited);
        }
        let (count, per) = text.split_once('/').unwrap_or((text, "s"));
        let count: f64 = count.trim().parse().map_err(|_| explain())?;
        let per = per.trim();
        let digits = per.len() - per.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let units: f64 = match &per[..digits] {
            "" => 1.0,
            digits => digits.parse().map_err(|_| explain())?,
        };
        let unit = match &per[digits..] {
            "s" | "sec" | "second" => 1.0,
            "m" | "min" | "minute" => 60.0,
            "h" | "hour" => 3600.0,
            _ => return Err(explain()),
        };
        let interval = Duration::try_from_secs_f64(units * unit / count).map_err(|_| explain())?;
        match interval {
            Duration::ZERO => Err(explain()),
            _ if interval > Duration::from_secs(86_400) => {
                Err(format!("rate `{text}` is less than one message a day"))
            }
            _ => Ok(Self::Every(interval)),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("no limit"),
            Self::Every(interval) => match self.per_second() {
                rate if rate >= 0.95 => write!(f, "{}/s", short(rate)),
                _ => write!(f, "1/{}s", short(interval.as_secs_f64())),
            },
        }
    }
}

/// A number with at most one digit behind the point, and none where it is 0.
fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// The answer to "may I send now?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Yes, and it is counted as sent.
    Now,
    /// Not before this much time has passed; then ask again.
    After(Duration),
}

/// The time as it was last told, for governor.
#[derive(Debug, Clone, Default)]
struct Told(Arc<AtomicU64>);

impl Told {
    fn tell(&self, now: Duration) {
        self.0.store(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Clock for Told {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// The pace that all senders share: a ceiling, pauses, and a slower rate after being throttled.
#[derive(Debug)]
pub struct Pacer {
    ceiling: Rate,
    gate: Option<Gate>,
    paused_until: Duration,
    slowed: Option<Slowed>,
    throttled_in_a_row: u32,
}

/// The run after it was throttled, on its way back to the ceiling.
#[derive(Debug, Clone, Copy)]
struct Slowed {
    /// The part of the ceiling it was cut to.
    cut: f64,
    /// When it was cut, and when its pause ends: recovery counts from the later one.
    at: Duration,
    from: Duration,
    /// The part of the ceiling in force.
    factor: f64,
}

impl Pacer {
    /// A pacer for at most `ceiling`.
    #[must_use]
    pub fn new(ceiling: Rate) -> Self {
        let gate = match ceiling {
            Rate::Every(interval) => Some(Gate::new(interval)),
            Rate::Unlimited => None,
        };
        Self { ceiling, gate, paused_until: Duration::ZERO, slowed: None, throttled_in_a_row: 0 }
    }

    /// May one message go at `now`? A `Now` is counted.
    pub fn ask(&mut self, now: Duration) -> Turn {
        if now < self.paused_until {
            return Turn::After(self.paused_until - now);
        }
        self.recover(now);
        self.gate.as_mut().map_or(Turn::Now, |gate| gate.ask(now))
    }

    /// Holds everything back for `wait`, without slowing down afterwards.
    pub fn pause(&mut self, now: Duration, wait: Duration) {
        self.paused_until = self.paused_until.max(now.saturating_add(wait));
    }

    /// A message posted at `posted` was answered "too fast": pauses, and halves the rate unless
    /// the message was posted before the last cut.
    pub fn throttled(&mut self, posted: Duration, now: Duration, wait: Option<Duration>) {
        let first = self.slowed.is_none_or(|slowed| posted >= slowed.at);
        let row = self.throttled_in_a_row.min(10);
        self.pause(now, wait.unwrap_or_else(|| (PAUSE * 2u32.pow(row)).min(LONGEST_PAUSE)));
        if first && self.gate.is_some() {
            self.throttled_in_a_row += 1;
            let cut = (self.factor() / 2.0).max(SLOWEST);
            let from = self.paused_until;
            self.slowed = Some(Slowed { cut, at: now, from, factor: cut });
            self.set_gate(now);
        } else if let Some(slowed) = &mut self.slowed {
            slowed.from = slowed.from.max(self.paused_until);
        } else {
            // Without a limit there is nothing to halve: the pauses get longer instead.
            self.throttled_in_a_row += 1;
        }
    }

    /// A message was accepted: the next pause starts short again.
    pub fn accepted(&mut self) {
        self.throttled_in_a_row = 0;
    }

    /// Messages per second in force now.
    #[must_use]
    pub fn effective(&self) -> f64 {
        self.ceiling.per_second() * self.factor()
    }

    /// Whether anybody may send at any time: there is no limit, and no pause at `now`.
    #[must_use]
    pub fn is_free(&self, now: Duration) -> bool {
        self.gate.is_none() && now >= self.paused_until
    }

    /// Whether the run is slower than its ceiling, after being throttled.
    #[must_use]
    pub fn is_slowed(&self) -> bool {
        self.slowed.is_some()
    }

    /// How long the pause still lasts, if there is one.
    #[must_use]
    pub fn pause_left(&self, now: Duration) -> Option<Duration> {
        (now < self.paused_until).then(|| self.paused_until - now)
    }

    fn factor(&self) -> f64 {
        self.slowed.map_or(1.0, |slowed| slowed.factor)
    }

    fn recover(&mut self, now: Duration) {
        let Some(slowed) = &mut self.slowed else { return };
        let steps = now.saturating_sub(slowed.from).as_secs_f64() / STEP.as_secs_f64();
        let done = (steps.floor() * STEP.as_secs_f64() / RECOVERY.as_secs_f64()).min(1.0);
        let factor = slowed.cut + (1.0 - slowed.cut) * done;
        if factor > slowed.factor {
            slowed.factor = factor;
            if done >= 1.0 {
                self.slowed = None;
            }
            self.set_gate(now);
        }
    }

    fn set_gate(&mut self, now: Duration) {
        if let Rate::Every(interval) = self.ceiling {
            let mut gate = Gate::new(interval.div_f64(self.factor()));
            gate.use_up(now);
            self.gate = Some(gate);
        }
    }
}

/// One governor limit that is told the time.
#[derive(Debug)]
struct Gate {
    limiter: RateLimiter<NotKeyed, InMemoryState, Told, NoOpMiddleware<Duration>>,
    time: Told,
    burst: NonZeroU32,
    message: NonZeroU32,
}

impl Gate {
    fn new(interval: Duration) -> Self {
        let lateness = if interval < SLOW { LATENESS } else { Duration::ZERO };
        // Where a hundredth of the interval is no whole number of nanoseconds worth the name, a
        // message is one cell: the lateness is many messages then.
        let cells = if interval < Duration::from_millis(1) { 1 } else { CELLS };
        let cell = (interval / cells).max(Duration::from_nanos(1));
        let late_cells = u32::try_from(lateness.as_nanos() / cell.as_nanos()).unwrap_or(u32::MAX);
        let message = NonZeroU32::new(cells).unwrap_or(NonZeroU32::MIN);
        let burst = message.saturating_add(late_cells);
        let quota = quota(cell).allow_burst(burst);
        let time = Told::default();
        let limiter = RateLimiter::direct_with_clock(quota, time.clone());
        Self { limiter, time, burst, message }
    }

    fn ask(&mut self, now: Duration) -> Turn {
        self.time.tell(now);
        match self.limiter.check_n(self.message) {
            Ok(Err(not_until)) => Turn::After(not_until.wait_time_from(now)),
            // A message always fits into the burst, which is a message and more.
            Ok(Ok(())) | Err(_) => Turn::Now,
        }
    }

    /// Takes the burst away, so that the next message goes one interval after `now`.
    fn use_up(&mut self, now: Duration) {
        self.time.tell(now);
        let _ = self.limiter.check_n(self.burst);
    }
}

/// One cell in each `period`, which is never zero.
fn quota(period: Duration) -> Quota {
    Quota::with_period(period).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
}

/// The pace of each recipient, one message in each interval.
#[derive(Debug)]
pub struct RecipientPacer {
    limiter: Option<KeyedLimiter>,
    time: Told,
    asked: u32,
}

type KeyedLimiter =
    RateLimiter<PhoneNumber, HashMapStateStore<PhoneNumber>, Told, NoOpMiddleware<Duration>>;

/// After so many questions, recipients who could be written to anyway are forgotten.
const FORGET_AFTER: u32 = 10_000;

impl RecipientPacer {
    /// At most `rate` to each recipient.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        let time = Told::default();
        let limiter = match rate {
            Rate::Every(interval) => {
                let store = HashMapStateStore::default();
                Some(RateLimiter::new(quota(interval), store, time.clone()))
            }
            Rate::Unlimited => None,
        };
        Self { limiter, time, asked: 0 }
    }

    /// May this recipient be written to at `now`? A `Now` is counted.
    pub fn ask(&mut self, to: &PhoneNumber, now: Duration) -> Turn {
        let Some(limiter) = &self.limiter else { return Turn::Now };
        self.time.tell(now);
        self.asked += 1;
        if self.asked >= FORGET_AFTER {
            self.asked = 0;
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

    /// Sends whenever it may for `seconds`, each wake-up `late`; gives the times of the messages.
    fn send(pacer: &mut Pacer, from: Duration, seconds: u64, late: Duration) -> Vec<Duration> {
        let mut now = from;
        let mut sent = Vec::new();
        while now < from + Duration::from_secs(seconds) {
            match pacer.ask(now) {
                Turn::Now => sent.push(now),
                Turn::After(wait) => now += wait.max(Duration::from_nanos(1)) + late,
            }
        }
        sent
    }

    fn fullest_second(sent: &[Duration]) -> usize {
        let second = Duration::from_secs(1);
        let within =
            |start: Duration| sent.iter().filter(move |t| **t >= start && **t < start + second);
        sent.iter().map(|start| within(*start).count()).max().unwrap_or(0)
    }

    #[test]
    fn rates_are_read_as_people_type_them() {
        let table = [
            ("10", Duration::from_millis(100)),
            ("10/s", Duration::from_millis(100)),
            ("0.5/s", Duration::from_secs(2)),
            ("600/m", Duration::from_millis(100)),
            ("1/6s", Duration::from_secs(6)),
            (" 3 / min ", Duration::from_secs(20)),
        ];
        for (text, interval) in table {
            assert_eq!(rate(text), Rate::Every(interval), "{text}");
        }
        assert_eq!(rate("Unlimited"), Rate::Unlimited);
        for text in ["", "0", "-1", "x", "10/d", "10/s/s", "nan", "inf", "1/0s", "1e30", "1e-9"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_are_told_as_people_type_them() {
        for text in ["10/s", "2.5/s", "1/s", "1/6s", "1/2s", "no limit"] {
            let typed = text.replace("no limit", "unlimited");
            assert_eq!(rate(&typed).to_string(), text);
        }
    }

    #[test]
    fn the_rate_is_kept_however_late_the_senders_wake() {
        for (text, late_us) in
            [("80/s", 150), ("80/s", 3_000), ("1000/s", 150), ("1000/s", 2_000), ("5000/s", 100)]
        {
            let asked = rate(text).per_second();
            let mut pacer = Pacer::new(rate(text));
            let sent = send(&mut pacer, Duration::ZERO, 20, Duration::from_micros(late_us));
            let mean = sent.len() as f64 / 20.0;
            assert!((mean / asked - 1.0).abs() < 0.01, "{text} {late_us}: {mean}");
            let fullest = fullest_second(&sent[..sent.len().min(10_000)]) as f64;
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
    fn nothing_is_made_good_after_a_stall() {
        let mut pacer = Pacer::new(rate("1000/s"));
        send(&mut pacer, Duration::ZERO, 1, Duration::ZERO);
        let after = send(&mut pacer, Duration::from_secs(3600), 2, Duration::from_micros(100));
        assert!(fullest_second(&after) <= 1_011, "{}", fullest_second(&after));
    }

    #[test]
    fn nobody_sends_in_a_pause_and_the_rate_is_halved_once() {
        let mut pacer = Pacer::new(rate("100/s"));
        let second = Duration::from_secs(1);
        send(&mut pacer, Duration::ZERO, 1, Duration::ZERO);
        for _ in 0..30 {
            pacer.throttled(second / 2, second, Some(2 * second));
        }
        assert_eq!(pacer.effective().round(), 50.0);
        assert_eq!(pacer.ask(second), Turn::After(2 * second));
        let sent = send(&mut pacer, 3 * second, 1, Duration::ZERO);
        assert!((49..=52).contains(&sent.len()), "{}", sent.len());
    }

    #[test]
    fn the_ceiling_is_back_after_twenty_seconds_without_a_refusal() {
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
    fn a_recipient_waits_while_others_go_on() {
        let [ann, bob] = ["254712345678", "254712345679"]
            .map(|digits| PhoneNumber::from_digits(digits).unwrap());
        let mut pacer = RecipientPacer::new(rate("1/6s"));
        let second = Duration::from_secs(1);
        assert_eq!(pacer.ask(&ann, second), Turn::Now);
        assert_eq!(pacer.ask(&ann, 3 * second), Turn::After(4 * second));
        assert_eq!(pacer.ask(&bob, 3 * second), Turn::Now);
        assert_eq!(pacer.ask(&ann, 7 * second), Turn::Now);
    }

    #[test]
    fn recipients_not_seen_for_long_are_forgotten() {
        let mut pacer = RecipientPacer::new(rate("1/6s"));
        for n in 0..u64::from(FORGET_AFTER) * 3 {
            let to = PhoneNumber::from_digits(&format!("2547{n:08}")).unwrap();
            pacer.ask(&to, Duration::from_millis(n));
        }
        let kept = pacer.limiter.as_ref().map_or(0, KeyedLimiter::len);
        assert!(kept <= FORGET_AFTER as usize + 6_000, "{kept}");
    }
}
