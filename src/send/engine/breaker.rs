//! When a run stops by itself (`--halt`), and when it only waits for a gateway that is down.
//!
//! Pure: answers and times (since the run began) are arguments. Stopping and holding back are the
//! dispatcher's; the first refusals of a run are `opening`'s.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::send::outcome::{Failure, Kind, Outcome, Reply, Status};

/// So many failures are no accident any more.
pub(super) const MANY: u32 = 20;

/// The pause before the first probe of a gateway that is down; doubled with each one.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between two probes.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The rule, as typed: `auto`, `never`, `fail=20` or `fail=10%`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Halt {
    /// After 20 failed attempts in a row, or when the set-up is wrong; a gateway that is down is
    /// waited for.
    Auto,
    /// Never, but for what stops every run.
    Never,
    /// After this many messages that failed.
    Failed(u64),
    /// When this part of the messages, in millionths of a percent, has failed, from the 20th on.
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

/// Why a run stopped by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halted {
    /// The gateway stayed down for as long as the run may wait for it.
    Down,
    /// Too much failed; it may pass.
    Failing,
    /// Too much was refused; it will not pass.
    Refusing,
    /// The first messages were all refused for the same reason.
    WrongSetUp,
    /// Not all of the canary's messages were accepted.
    Canary,
}

/// Watches over the run's health.
#[derive(Debug)]
pub(super) struct Watch {
    rule: Halt,
    retry_for: Duration,
    row: Failures,
    messages: Failures,
    ended: u64,
    down: Option<Down>,
}

/// Failures by what they say of the gateway.
#[derive(Debug, Default, Clone, Copy)]
struct Failures {
    all: u64,
    trouble: u64,
    refused: u64,
}

/// A gateway that is down, and how it is probed: one message at a time, with growing pauses.
#[derive(Debug)]
struct Down {
    since: Duration,
    probes: u32,
    probing: bool,
    next: Duration,
}

impl Watch {
    /// A watch by `rule` that waits for a gateway that is down for at most `retry_for`.
    pub(super) fn new(rule: Halt, retry_for: Duration) -> Self {
        let none = Failures::default();
        Self { rule, retry_for, row: none, messages: none, ended: 0, down: None }
    }

    /// Takes note of an attempt's answer.
    pub(super) fn heard(
        &mut self,
        answer: Result<&Reply, &Failure>,
        now: Duration,
    ) -> Option<Halted> {
        if self.rule != Halt::Auto {
            return None;
        }
        match answer {
            Err(failure) if is_trouble(failure.kind) => self.heard_trouble(now),
            // Whatever it says, the gateway is there.
            Err(failure) => {
                self.recover();
                (!failure.speaks_of_one_message()).then(|| self.row.count(failure.kind));
            }
            Ok(_) => {
                self.recover();
                self.row = Failures::default();
            }
        }
        let mixed = self.row.all > self.row.trouble;
        (mixed && self.row.all >= u64::from(MANY)).then(|| self.row.halted())
    }

    /// Takes note of a message that is done with.
    pub(super) fn settled(&mut self, outcome: &Outcome) -> Option<Halted> {
        self.ended += 1;
        if let Err(failure) = &outcome.result
            && outcome.status != Status::Sent
            && !failure.speaks_of_one_message()
        {
            self.messages.count(failure.kind);
        }
        let failed = self.messages.all;
        let too_many = match self.rule {
            Halt::Auto | Halt::Never => false,
            Halt::Failed(most) => failed >= most,
            Halt::Share(share) => {
                let whole = u128::from(100 * PERCENT);
                self.ended >= u64::from(MANY)
                    && u128::from(failed) * whole >= u128::from(share) * u128::from(self.ended)
            }
        };
        too_many.then(|| self.messages.halted())
    }

    /// Whether the gateway is taken for down: nothing but probes goes out.
    pub(super) fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Whether it is time for a probe. The next one is due only after this one's answer.
    pub(super) fn may_probe(&self, now: Duration) -> bool {
        self.down.as_ref().is_some_and(|down| !down.probing && now >= down.next)
    }

    /// A message goes out as a probe.
    pub(super) fn probe(&mut self) {
        if let Some(down) = &mut self.down {
            down.probing = true;
        }
    }

    /// Whether the gateway has been down for too long.
    pub(super) fn gives_up(&self, now: Duration) -> Option<Halted> {
        let down = self.down.as_ref()?;
        (now >= down.since.saturating_add(self.retry_for)).then_some(Halted::Down)
    }

    fn heard_trouble(&mut self, now: Duration) {
        self.row.all += 1;
        self.row.trouble += 1;
        match &mut self.down {
            Some(down) if down.probing => down.probe_failed(now),
            Some(_) => {}
            None if self.row.trouble == self.row.all && self.row.all >= u64::from(MANY) => {
                self.down = Some(Down { since: now, probes: 0, probing: false, next: now + PAUSE });
            }
            None => {}
        }
    }

    /// The gateway answers: what failed while it was down says nothing any more.
    fn recover(&mut self) {
        if self.down.take().is_some() {
            self.row = Failures::default();
        }
    }
}

impl Failures {
    fn count(&mut self, kind: Kind) {
        self.all += 1;
        self.trouble += u64::from(is_trouble(kind));
        self.refused += u64::from(kind == Kind::Refused);
    }

    fn halted(&self) -> Halted {
        if self.refused == self.all { Halted::Refusing } else { Halted::Failing }
    }
}

impl Down {
    fn probe_failed(&mut self, now: Duration) {
        self.probing = false;
        self.probes += 1;
        let pause = PAUSE.saturating_mul(1 << self.probes.min(10)).min(LONGEST_PAUSE);
        self.next = now + pause;
    }
}

/// Trouble that may pass by itself.
fn is_trouble(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::NotConnected | Kind::Unavailable | Kind::Lost | Kind::Throttled | Kind::TooEarly
    )
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::send::outcome::{Code, Receipt};

    const RETRY_FOR: Duration = Duration::from_secs(600);

    /// So many times this answer; `None` is an acceptance.
    type Answers<'a> = &'a [(usize, Option<Kind>)];

    /// So many messages that ended like this.
    type Messages<'a> = Vec<(usize, &'a Outcome)>;

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    fn failure(kind: Kind) -> Failure {
        Failure::unanswered(kind, Code::Word("test"), "")
    }

    fn reply() -> Reply {
        Reply {
            receipt: Receipt { gateway_status: "SENT".into(), ..Receipt::default() },
            http_status: 200,
            pause: None,
        }
    }

    /// What the last of the answers leads to.
    fn after(watch: &mut Watch, answers: Answers<'_>) -> Option<Halted> {
        let each = answers.iter().flat_map(|(times, kind)| std::iter::repeat_n(*kind, *times));
        let mut halted = None;
        for kind in each {
            assert_eq!(halted, None, "it had stopped before the last answer");
            halted = match kind {
                None => watch.heard(Ok(&reply()), second(1)),
                Some(kind) => watch.heard(Err(&failure(kind)), second(1)),
            };
        }
        halted
    }

    #[test]
    fn rules_are_read_as_they_are_told() {
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
    fn twenty_failures_in_a_row_stop_the_run_unless_the_gateway_is_only_down() {
        use Kind::{
            Duplicate, Lost, NotConnected, PairLimited, Refused, Throttled, Unavailable,
            Undeliverable, Unreadable, WindowClosed,
        };
        let (failing, refusing) = (Some(Halted::Failing), Some(Halted::Refusing));
        #[rustfmt::skip]
        let cases: [(Answers<'_>, Option<Halted>, bool); 12] = [
            (&[(19, Some(Refused))],                                            None,     false),
            (&[(20, Some(Refused))],                                            refusing, false),
            (&[(20, Some(Unreadable))],                                         failing,  false),
            (&[(19, Some(Refused)), (1, None), (19, Some(Refused))],            None,     false),
            (&[(19, Some(Unavailable)), (1, Some(Refused))],                    failing,  false),
            // These speak of one message: they neither count nor end a row.
            (&[(99, Some(Duplicate))],                                          None,     false),
            (&[(99, Some(WindowClosed)), (99, Some(PairLimited))],              None,     false),
            (&[(19, Some(Refused)), (9, Some(Undeliverable)), (1, Some(Refused))], refusing, false),
            // These may pass: the gateway is waited for.
            (&[(19, Some(Lost))],                                               None,     false),
            (&[(20, Some(Lost))],                                               None,     true),
            (&[(10, Some(NotConnected)), (30, Some(Throttled))],                None,     true),
            (&[(20, Some(Lost)), (1, Some(Refused)), (18, Some(Refused))],      None,     false),
        ];
        for (answers, halted, down) in cases {
            let mut watch = Watch::new(Halt::Auto, RETRY_FOR);
            assert_eq!(after(&mut watch, answers), halted, "{answers:?}");
            assert_eq!(watch.is_down(), down, "{answers:?}");
            for rule in [Halt::Never, Halt::Failed(1), Halt::Share(PERCENT)] {
                let mut watch = Watch::new(rule, RETRY_FOR);
                assert_eq!(after(&mut watch, answers), None, "{rule}: {answers:?}");
                assert!(!watch.is_down());
            }
        }
    }

    #[test]
    fn a_gateway_that_is_down_is_probed_with_growing_pauses_until_it_answers() {
        let mut watch = Watch::new(Halt::Auto, RETRY_FOR);
        let lost = failure(Kind::Lost);
        for _ in 0..25 {
            // The last five were under way when it was found to be down: they are no probes.
            watch.heard(Err(&lost), second(100));
        }
        let mut at = second(100);
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert!(!watch.may_probe(at + second(pause) - Duration::from_millis(1)));
            at += second(pause);
            assert!(watch.may_probe(at), "after {pause} s");
            watch.probe();
            assert!(!watch.may_probe(at + second(1000)), "one at a time");
            watch.heard(Err(&lost), at);
        }
        watch.probe();
        assert_eq!(watch.heard(Err(&failure(Kind::WindowClosed)), at), None);
        assert!(!watch.is_down(), "it answered, whatever it said");
    }

    #[test]
    fn a_gateway_that_stays_down_is_given_up() {
        let mut watch = Watch::new(Halt::Auto, RETRY_FOR);
        assert_eq!(watch.gives_up(second(10_000)), None);
        for _ in 0..20 {
            watch.heard(Err(&failure(Kind::NotConnected)), second(50));
        }
        assert_eq!(watch.gives_up(second(649)), None);
        assert_eq!(watch.gives_up(second(650)), Some(Halted::Down));
    }

    #[test]
    fn failed_messages_are_counted_by_number_and_by_share() {
        let outcome = |status, kind: Option<Kind>| Outcome {
            status,
            attempts: 1,
            result: kind.map_or_else(|| Ok(reply()), |kind| Err(failure(kind))),
            sent_at: Timestamp::UNIX_EPOCH,
            latency: Duration::ZERO,
        };
        let sent = outcome(Status::Sent, None);
        let refused = outcome(Status::Refused, Some(Kind::Refused));
        let unknown = outcome(Status::Unknown, Some(Kind::Lost));
        let closed = outcome(Status::Refused, Some(Kind::WindowClosed));
        let by_repeat = outcome(Status::Sent, Some(Kind::Duplicate));
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
            let mut watch = Watch::new(rule.parse().unwrap(), RETRY_FOR);
            let each = messages.iter().flat_map(|(times, one)| std::iter::repeat_n(*one, *times));
            let last = each.map(|one| watch.settled(one)).last().flatten();
            assert_eq!(last, halted, "{rule}: {messages:?}");
        }
    }
}
