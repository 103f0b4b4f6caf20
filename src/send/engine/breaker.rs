//! The circuit breaker: stops a run that fails too often (`--halt`), and lets it wait for a gateway
//! that is down.
//!
//! Pure: results and times (since the run began) are arguments. The first refusals of a run are
//! handled in `startup`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use super::trouble::{Activity, Trouble, TroubleAnswers, TroubleClock, is_trouble};
use crate::send::outcome::{Failure, FailureKind, Outcome, Reply, Status};

/// The number of failures that stops a run or takes a gateway for down.
pub(super) const MANY: u32 = 20;

/// The pause before the first probe of a gateway that is down; doubled with each one.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between two probes.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// When failures stop the run, as typed: `auto`, `never`, `fail=20` or `fail=10%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Halt {
    /// After 20 failed attempts in a row, or when the set-up is wrong; the run waits for a gateway
    /// that is down.
    Auto,
    /// Never, except for the failures that stop every run.
    Never,
    /// After this number of failed messages.
    Failed(u64),
    /// From the 20th message on, when this part of the messages, in millionths of a percent,
    /// failed.
    Share(u32),
}

/// One percent in the unit of [`Halt::Share`].
const PERCENT: u32 = 1_000_000;

impl FromStr for Halt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let explain = || format!("`{text}` is not auto, never, fail=20 or fail=10%");
        match text.trim() {
            "auto" => return Ok(Self::Auto),
            "never" => return Ok(Self::Never),
            _ => {}
        }
        let limit = text.trim().strip_prefix("fail=").ok_or_else(explain)?;
        let rule = match limit.strip_suffix('%') {
            Some(percent) => share(percent).map(Self::Share),
            None => limit.parse().ok().map(Self::Failed),
        };
        rule.filter(|rule| !matches!(rule, Self::Failed(0) | Self::Share(0))).ok_or_else(explain)
    }
}

/// A percentage in the unit of [`Halt::Share`], rounded to it.
fn share(percent: &str) -> Option<u32> {
    let percent: f64 = percent.parse().ok()?;
    (0.0..=100.0).contains(&percent).then(|| (percent * f64::from(PERCENT)).round() as u32)
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Never => f.write_str("never"),
            Self::Failed(failed) => write!(f, "fail={failed}"),
            Self::Share(share) => write!(f, "fail={}%", f64::from(*share) / f64::from(PERCENT)),
        }
    }
}

/// The reason why failures stopped the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halted {
    /// Every answer was trouble for as long as the run may wait for the gateway.
    Down(TroubleAnswers),
    /// All of this time was one pause after rate limits, and it lasts until this moment.
    Paused(Timestamp),
    /// Too many failures, which may pass by themselves.
    Failing,
    /// Too many refusals, which will not pass by themselves.
    Refusing,
    /// The first messages were all refused for the same reason.
    WrongSetUp,
    /// The first messages were all refused because the 24-hour window is closed.
    NoSession,
    /// A message of the canary was not accepted, for a reason that concerns not only its recipient.
    Canary,
}

/// The circuit breaker of a run.
#[derive(Debug)]
pub(super) struct Breaker {
    rule: Halt,
    /// Failed attempts in a row.
    in_a_row: FailureCounts,
    /// Failed messages.
    messages: FailureCounts,
    settled: u64,
    outage: Option<Outage>,
    trouble: TroubleClock,
}

#[derive(Debug, Default, Clone, Copy)]
struct FailureCounts {
    all: u64,
    transient: u64,
    refused: u64,
}

/// The time while the gateway is down: it is probed with one message at a time, with growing
/// pauses.
#[derive(Debug)]
struct Outage {
    probes: u32,
    probing: bool,
    next: Duration,
}

impl Breaker {
    /// A breaker for `rule` that waits for a gateway that is down for at most `retry_for`.
    pub(super) fn new(rule: Halt, retry_for: Duration) -> Self {
        let none = FailureCounts::default();
        let trouble = TroubleClock::new(retry_for);
        Self { rule, in_a_row: none, messages: none, settled: 0, outage: None, trouble }
    }

    /// Counts an attempt's result; returns why the run must stop, if it must.
    pub(super) fn on_result(
        &mut self,
        result: Result<&Reply, &Failure>,
        now: Duration,
    ) -> Option<Halted> {
        if self.rule == Halt::Never {
            return None;
        }
        match result {
            Err(failure) if is_trouble(failure.kind) => {
                self.trouble.on_trouble(failure.kind, now);
                if self.rule == Halt::Auto {
                    self.count_transient(now);
                }
            }
            // The gateway has accepted this message before, so the set-up is right.
            Err(failure) if failure.kind == FailureKind::Duplicate => {
                self.recover();
                self.in_a_row = FailureCounts::default();
            }
            // Any other response shows that the gateway is up.
            Err(failure) => {
                self.recover();
                (!failure.kind.concerns_one_message()).then(|| self.in_a_row.count(failure.kind));
            }
            Ok(_) => {
                self.recover();
                self.in_a_row = FailureCounts::default();
            }
        }
        if self.rule != Halt::Auto {
            return None;
        }
        let many = self.in_a_row.all >= u64::from(MANY);
        (many && !self.in_a_row.only_transient()).then(|| self.in_a_row.halted())
    }

    /// Counts a settled message; returns why the run must stop, if it must.
    pub(super) fn on_settled(&mut self, outcome: &Outcome) -> Option<Halted> {
        self.settled += 1;
        if let Err(failure) = &outcome.result
            && outcome.status != Status::Sent
            && !failure.kind.concerns_one_message()
        {
            self.messages.count(failure.kind);
        }
        let failed = self.messages.all;
        let too_many = match self.rule {
            Halt::Auto | Halt::Never => false,
            Halt::Failed(most) => failed >= most,
            Halt::Share(share) => {
                let whole = u128::from(100 * PERCENT);
                self.settled >= u64::from(MANY)
                    && u128::from(failed) * whole >= u128::from(share) * u128::from(self.settled)
            }
        };
        too_many.then(|| self.messages.halted())
    }

    /// Returns whether the gateway is taken for down, so that only probes are sent.
    pub(super) fn is_down(&self) -> bool {
        self.outage.is_some()
    }

    /// Returns whether a probe is due. The next one is due only after this one's result.
    pub(super) fn may_probe(&self, now: Duration) -> bool {
        self.outage.as_ref().is_some_and(|outage| !outage.probing && now >= outage.next)
    }

    /// The time until the next probe is due; `None` when the gateway is not down or a probe is sent.
    pub(super) fn next_probe(&self, now: Duration) -> Option<Duration> {
        let outage = self.outage.as_ref().filter(|outage| !outage.probing)?;
        Some(outage.next.saturating_sub(now))
    }

    /// The trouble so far, if the last answer was trouble.
    pub(super) fn trouble(&self, now: Duration) -> Option<Trouble> {
        self.trouble.trouble(now)
    }

    /// The time until trouble that goes on ends the run, if the last answer was trouble.
    pub(super) fn ends_after(&self) -> Option<Duration> {
        self.trouble.rest()
    }

    /// Marks that a probe is sent.
    pub(super) fn probe(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.probing = true;
        }
    }

    /// Returns why the run must stop when every answer has been trouble for too long. `activity` is
    /// what the run did since the last tick.
    pub(super) fn on_tick(&mut self, now: Duration, activity: Activity) -> Option<Halted> {
        self.trouble.advance(now, activity).map(Halted::Down)
    }

    /// Returns whether the last `attempts` failed, and all by trouble, or the gateway is down. Repeats
    /// then say nothing about their messages.
    pub(super) fn is_trouble_since(&self, attempts: u64) -> bool {
        self.is_down() || (self.in_a_row.all >= attempts && self.in_a_row.only_transient())
    }

    fn count_transient(&mut self, now: Duration) {
        self.in_a_row.all += 1;
        self.in_a_row.transient += 1;
        let many = self.in_a_row.all >= u64::from(MANY) && self.in_a_row.only_transient();
        match &mut self.outage {
            Some(outage) if outage.probing => outage.probe_failed(now),
            Some(_) => {}
            None if many => {
                self.outage = Some(Outage { probes: 0, probing: false, next: now + PAUSE });
            }
            None => {}
        }
    }

    /// Ends trouble and an outage; the failures during an outage no longer count.
    fn recover(&mut self) {
        self.trouble.stop();
        if self.outage.take().is_some() {
            self.in_a_row = FailureCounts::default();
        }
    }
}

impl FailureCounts {
    fn count(&mut self, kind: FailureKind) {
        self.all += 1;
        self.transient += u64::from(is_trouble(kind));
        self.refused += u64::from(kind == FailureKind::Refused);
    }

    fn only_transient(&self) -> bool {
        self.all == self.transient
    }

    fn halted(&self) -> Halted {
        if self.refused == self.all { Halted::Refusing } else { Halted::Failing }
    }
}

impl Outage {
    fn probe_failed(&mut self, now: Duration) {
        self.probing = false;
        self.probes += 1;
        let pause = PAUSE.saturating_mul(1 << self.probes.min(10)).min(LONGEST_PAUSE);
        self.next = now + pause;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::send::outcome::{Code, Receipt};

    const RETRY_FOR: Duration = Duration::from_secs(600);

    /// A result and how often it comes; `None` is an acceptance.
    type Results<'a> = &'a [(usize, Option<FailureKind>)];

    /// An outcome and the number of messages with it.
    type Messages<'a> = Vec<(usize, &'a Outcome)>;

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure::unanswered(kind, Code::Word("test"), "")
    }

    fn reply() -> Reply {
        Reply {
            receipt: Receipt { gateway_status: "SENT".into(), ..Receipt::default() },
            http_status: 200,
            pause: None,
        }
    }

    /// Returns the reason why the last of the results stops the run, if it does.
    fn after(breaker: &mut Breaker, results: Results<'_>) -> Option<Halted> {
        let each = results.iter().flat_map(|(times, kind)| std::iter::repeat_n(*kind, *times));
        let mut halted = None;
        for kind in each {
            assert_eq!(halted, None, "it stopped before the last result");
            halted = match kind {
                None => breaker.on_result(Ok(&reply()), second(1)),
                Some(kind) => breaker.on_result(Err(&failure(kind)), second(1)),
            };
        }
        halted
    }

    #[test]
    fn a_rule_is_read_as_it_is_shown() {
        for text in ["auto", "never", "fail=20", "fail=10%", "fail=0.5%", "fail=100%"] {
            assert_eq!(text.parse::<Halt>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Auto!",
            "fail",
            "fail=",
            "fail=0",
            "fail=0%",
            "fail=-1%",
            "fail=101%",
            "fail=100.1%",
            "fail=NaN%",
            "fail=inf%",
            "20",
        ] {
            let problem = text.parse::<Halt>().unwrap_err();
            assert!(problem.contains("fail=20 or fail=10%"), "{problem}");
        }
    }

    #[test]
    fn a_percentage_is_shown_as_typed() {
        for tenths in 1..=1000_u32 {
            let percent = match (tenths / 10, tenths % 10) {
                (whole, 0) => format!("{whole}"),
                (whole, tenth) => format!("{whole}.{tenth}"),
            };
            let text = format!("fail={percent}%");
            assert_eq!(text.parse::<Halt>().unwrap().to_string(), text);
        }
        for (typed, shown) in [
            ("fail=7%", "fail=7%"),
            ("fail=0.001%", "fail=0.001%"),
            ("fail=33.333333%", "fail=33.333333%"),
            ("fail=07.50%", "fail=7.5%"),
        ] {
            assert_eq!(typed.parse::<Halt>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn twenty_failures_in_a_row_stop_the_run_unless_all_are_transient() {
        use FailureKind::{
            Duplicate, Lost, NotConnected, PairLimited, Refused, Throttled, Unavailable,
            Undeliverable, Unreadable, WindowClosed,
        };
        let (failing, refusing) = (Some(Halted::Failing), Some(Halted::Refusing));
        #[rustfmt::skip]
        let cases: [(Results<'_>, Option<Halted>, bool); 13] = [
            (&[(19, Some(Refused))],                                            None,     false),
            (&[(20, Some(Refused))],                                            refusing, false),
            (&[(20, Some(Unreadable))],                                         failing,  false),
            (&[(19, Some(Refused)), (1, None), (19, Some(Refused))],            None,     false),
            (&[(19, Some(Unavailable)), (1, Some(Refused))],                    failing,  false),
            // A message that the gateway knows was accepted once.
            (&[(99, Some(Duplicate))],                                          None,     false),
            (&[(19, Some(Refused)), (1, Some(Duplicate)), (19, Some(Refused))], None,     false),
            // These concern one message: they neither count nor end a row.
            (&[(99, Some(WindowClosed)), (99, Some(PairLimited))],              None,     false),
            (&[(19, Some(Refused)), (9, Some(Undeliverable)), (1, Some(Refused))], refusing, false),
            // These are transient: the run waits for the gateway.
            (&[(19, Some(Lost))],                                               None,     false),
            (&[(20, Some(Lost))],                                               None,     true),
            (&[(10, Some(NotConnected)), (30, Some(Throttled))],                None,     true),
            (&[(20, Some(Lost)), (1, Some(Refused)), (18, Some(Refused))],      None,     false),
        ];
        for (results, halted, down) in cases {
            let mut breaker = Breaker::new(Halt::Auto, RETRY_FOR);
            assert_eq!(after(&mut breaker, results), halted, "{results:?}");
            assert_eq!(breaker.is_down(), down, "{results:?}");
            for rule in [Halt::Never, Halt::Failed(1), Halt::Share(PERCENT)] {
                let mut breaker = Breaker::new(rule, RETRY_FOR);
                assert_eq!(after(&mut breaker, results), None, "{rule}: {results:?}");
                assert!(!breaker.is_down());
            }
        }
    }

    #[test]
    fn a_gateway_that_is_down_is_probed_with_growing_pauses_until_it_responds() {
        let mut breaker = Breaker::new(Halt::Auto, RETRY_FOR);
        let lost = failure(FailureKind::Lost);
        for _ in 0..25 {
            // The last five were under way when the outage began: they are no probes.
            breaker.on_result(Err(&lost), second(100));
        }
        let mut at = second(100);
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert!(!breaker.may_probe(at + second(pause) - Duration::from_millis(1)));
            at += second(pause);
            assert!(breaker.may_probe(at), "after {pause} s");
            breaker.probe();
            assert!(!breaker.may_probe(at + second(1000)), "one at a time");
            breaker.on_result(Err(&lost), at);
        }
        breaker.probe();
        assert_eq!(breaker.on_result(Err(&failure(FailureKind::WindowClosed)), at), None);
        assert!(!breaker.is_down(), "any response ends the outage");
    }

    #[test]
    fn a_gateway_that_stays_down_stops_the_run() {
        let mut breaker = Breaker::new(Halt::Auto, RETRY_FOR);
        assert_eq!(breaker.on_tick(second(10_000), Activity::Trying), None);
        for at in 50..70 {
            breaker.on_result(Err(&failure(FailureKind::NotConnected)), second(at));
        }
        assert_eq!(breaker.on_tick(second(649), Activity::Trying), None);
        let answers = TroubleAnswers { not_connected: 20, ..TroubleAnswers::default() };
        assert_eq!(breaker.on_tick(second(650), Activity::Trying), Some(Halted::Down(answers)));
    }

    #[test]
    fn a_few_answers_that_are_all_trouble_stop_the_run_too() {
        for (rule, kind, answer, stops) in [
            (Halt::Auto, FailureKind::Throttled, None, true),
            (Halt::Auto, FailureKind::Throttled, Some(FailureKind::PairLimited), false),
            (Halt::Auto, FailureKind::Throttled, Some(FailureKind::Unreadable), false),
            (Halt::Auto, FailureKind::Unreadable, None, false),
            (Halt::Never, FailureKind::Throttled, None, false),
            (Halt::Failed(9), FailureKind::Throttled, None, true),
            (Halt::Share(PERCENT), FailureKind::Throttled, None, true),
            (Halt::Failed(9), FailureKind::Throttled, Some(FailureKind::PairLimited), false),
        ] {
            let mut breaker = Breaker::new(rule, RETRY_FOR);
            breaker.on_result(Err(&failure(kind)), second(1));
            if let Some(other) = answer {
                breaker.on_result(Err(&failure(other)), second(2));
            }
            let stopped = breaker.on_tick(second(700), Activity::Trying);
            assert_eq!(stopped.is_some(), stops, "{rule} {kind:?} {answer:?}");
        }
    }

    #[test]
    fn trouble_is_a_row_of_nothing_else() {
        use FailureKind::{Lost, Refused};
        let cases: [(Results<'_>, bool); 5] = [
            (&[(9, Some(Lost))], false),
            (&[(10, Some(Lost))], true),
            (&[(30, Some(Lost))], true),
            (&[(9, Some(Lost)), (1, None), (9, Some(Lost))], false),
            (&[(1, Some(Refused)), (10, Some(Lost))], false),
        ];
        for (results, trouble) in cases {
            let mut breaker = Breaker::new(Halt::Auto, RETRY_FOR);
            after(&mut breaker, results);
            assert_eq!(breaker.is_trouble_since(10), trouble, "{results:?}");
        }
    }

    #[test]
    fn failed_messages_are_counted_by_number_and_by_share() {
        let outcome = |status, kind: Option<FailureKind>| Outcome {
            status,
            attempts: 1,
            result: kind.map_or_else(|| Ok(reply()), |kind| Err(failure(kind))),
            sent_at: Timestamp::UNIX_EPOCH,
            latency: Duration::ZERO,
        };
        let sent = outcome(Status::Sent, None);
        let refused = outcome(Status::Refused, Some(FailureKind::Refused));
        let unknown = outcome(Status::Unknown, Some(FailureKind::Lost));
        let closed = outcome(Status::Refused, Some(FailureKind::WindowClosed));
        let by_repeat = outcome(Status::Sent, Some(FailureKind::Duplicate));
        let (failing, refusing) = (Some(Halted::Failing), Some(Halted::Refusing));
        #[rustfmt::skip]
        let cases: [(&str, Messages<'_>, Option<Halted>); 11] = [
            ("fail=3",   vec![(2, &refused), (9, &closed), (9, &by_repeat), (9, &sent)], None),
            ("fail=3",   vec![(2, &refused), (9, &sent), (1, &refused)],                 refusing),
            ("fail=3",   vec![(2, &refused), (9, &sent), (1, &unknown)],                 failing),
            ("fail=10%", vec![(19, &unknown)],                                           None),
            ("fail=10%", vec![(20, &unknown)],                                           failing),
            ("fail=10%", vec![(1, &refused), (19, &sent)],                               None),
            ("fail=10%", vec![(18, &sent), (2, &refused)],                               refusing),
            ("fail=7%",  vec![(93, &sent), (6, &refused)],                               None),
            ("fail=7%",  vec![(93, &sent), (7, &refused)],                               refusing),
            ("auto",     vec![(99, &refused)],                                           None),
            ("never",    vec![(99, &refused)],                                           None),
        ];
        for (rule, messages, halted) in cases {
            let mut breaker = Breaker::new(rule.parse().unwrap(), RETRY_FOR);
            let each = messages.iter().flat_map(|(times, one)| std::iter::repeat_n(*one, *times));
            let last = each.map(|one| breaker.on_settled(one)).last().flatten();
            assert_eq!(last, halted, "{rule}: {messages:?}");
        }
    }
}
