//! The trouble clock: for how long every answer has been trouble (`--retry-for`).
//!
//! Trouble is a 429, a 5xx (also 408 and 425), no connection, or a lost answer: it may pass by
//! itself. The clock starts at the first such answer after another one, and any other answer stops
//! it. It does not advance while nothing can be posted for another reason: while the run waits for
//! a recipient's turn, for the rate that `--rate` sets, or for the canary. The wait that a rate
//! lowered by the gateway's answers adds to that of `--rate` counts, as pauses do.
//!
//! Pure: the time since the run began is an argument.

use std::fmt;
use std::time::Duration;

use crate::send::outcome::FailureKind;

/// The answers since the trouble began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TroubleAnswers {
    /// Rate limits (429).
    pub throttled: u64,
    /// Errors of the gateway (5xx, 408, 425).
    pub server_errors: u64,
    /// Answers that were lost.
    pub lost: u64,
    /// Attempts without a connection.
    pub not_connected: u64,
}

/// The time in which every answer was trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// The time since the first of these answers.
    pub lasts: Duration,
    /// The answers.
    pub answers: TroubleAnswers,
}

/// The activity of the run at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// A message is posted, or would be without the trouble: it waits for its next attempt, for the
    /// end of a pause, for a probe, or for a lowered rate.
    Trying,
    /// Nothing can be posted, and the trouble is not the reason.
    OtherWait,
}

/// Measures for how long every answer has been trouble.
#[derive(Debug)]
pub(super) struct TroubleClock {
    retry_for: Duration,
    answers: TroubleAnswers,
    /// `None` when the last answer was not trouble.
    running: Option<Measured>,
}

/// The time of trouble that is measured.
#[derive(Debug, Clone, Copy)]
struct Measured {
    since: Duration,
    /// The part of it that counts.
    counted: Duration,
    /// The moment up to which it is measured.
    up_to: Duration,
}

impl TroubleClock {
    pub(super) fn new(retry_for: Duration) -> Self {
        Self { retry_for, answers: TroubleAnswers::default(), running: None }
    }

    /// Takes an answer that is trouble.
    pub(super) fn on_trouble(&mut self, kind: FailureKind, now: Duration) {
        self.running.get_or_insert(Measured { since: now, counted: Duration::ZERO, up_to: now });
        self.answers.count(kind);
    }

    /// Takes any other answer.
    pub(super) fn stop(&mut self) {
        self.running = None;
        self.answers = TroubleAnswers::default();
    }

    /// Measures the time up to `now`, during which the run did this; returns the answers when the
    /// trouble has lasted for `--retry-for`.
    pub(super) fn advance(&mut self, now: Duration, activity: Activity) -> Option<TroubleAnswers> {
        let measured = self.running.as_mut()?;
        if activity == Activity::Trying {
            measured.counted += now.saturating_sub(measured.up_to);
        }
        measured.up_to = now;
        (measured.counted >= self.retry_for).then_some(self.answers)
    }

    /// The trouble so far, if the last answer was trouble.
    pub(super) fn trouble(&self, now: Duration) -> Option<Trouble> {
        let lasts = now.saturating_sub(self.running?.since);
        Some(Trouble { lasts, answers: self.answers })
    }

    /// The time until trouble that goes on has lasted for `--retry-for`.
    pub(super) fn rest(&self) -> Option<Duration> {
        Some(self.retry_for.saturating_sub(self.running?.counted))
    }
}

/// Returns whether a failure is trouble: it may pass by itself when the gateway is up again.
pub(super) fn is_trouble(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::NotConnected
            | FailureKind::Unavailable
            | FailureKind::Lost
            | FailureKind::Throttled
            | FailureKind::TooEarly
    )
}

impl TroubleAnswers {
    fn count(&mut self, kind: FailureKind) {
        match kind {
            FailureKind::Throttled => self.throttled += 1,
            FailureKind::Lost => self.lost += 1,
            FailureKind::NotConnected => self.not_connected += 1,
            _ => self.server_errors += 1,
        }
    }

    /// Returns whether every answer was a rate limit.
    #[must_use]
    pub fn only_throttled(&self) -> bool {
        *self == Self { throttled: self.throttled, ..Self::default() } && self.throttled > 0
    }
}

/// `17 rate limits (429), 3 lost answers`, the most frequent first.
impl fmt::Display for TroubleAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts = [
            (self.throttled, "rate limit (429)", "rate limits (429)"),
            (self.server_errors, "server error (5xx)", "server errors (5xx)"),
            (self.lost, "lost answer", "lost answers"),
            (self.not_connected, "attempt without a connection", "attempts without a connection"),
        ];
        counts.sort_by_key(|(count, ..)| std::cmp::Reverse(*count));
        for (n, (count, one, many)) in counts.iter().filter(|(count, ..)| *count > 0).enumerate() {
            let separator = if n > 0 { ", " } else { "" };
            write!(f, "{separator}{count} {}", if *count == 1 { one } else { many })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailureKind::{Lost, NotConnected, Throttled, TooEarly, Unavailable};

    const RETRY_FOR: Duration = Duration::from_secs(600);

    /// One step of a run, at a second.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Trouble(u64, FailureKind),
        Other,
        /// Ticks once a second from one second to another.
        Ticks(u64, u64, Activity),
    }

    /// The second at which the run ends, if it does.
    fn ends_at(steps: &[Step]) -> Option<u64> {
        let mut clock = TroubleClock::new(RETRY_FOR);
        for step in steps {
            match *step {
                Step::Trouble(at, kind) => clock.on_trouble(kind, Duration::from_secs(at)),
                Step::Other => clock.stop(),
                Step::Ticks(from, to, activity) => {
                    let mut seconds = from..=to;
                    let mut over = |at: &u64| clock.advance(Duration::from_secs(*at), activity);
                    if let Some(at) = seconds.find(|at| over(at).is_some()) {
                        return Some(at);
                    }
                }
            }
        }
        None
    }

    #[test]
    fn it_runs_from_the_first_trouble_after_another_answer() {
        use Activity::{OtherWait, Trying};
        use Step::{Other, Ticks, Trouble};
        let cases: [(&[Step], Option<u64>); 9] = [
            (&[Ticks(0, 9_999, Trying)], None),
            (&[Trouble(50, Throttled), Ticks(51, 9_999, Trying)], Some(650)),
            // It runs on from the first one, however few answers come.
            (
                &[
                    Trouble(50, Throttled),
                    Ticks(51, 600, Trying),
                    Trouble(600, Unavailable),
                    Ticks(601, 9_999, Trying),
                ],
                Some(650),
            ),
            // Any other answer stops it.
            (&[Trouble(50, Lost), Ticks(51, 600, Trying), Other, Ticks(601, 9_999, Trying)], None),
            (
                &[
                    Trouble(50, Lost),
                    Ticks(51, 600, Trying),
                    Other,
                    Trouble(601, Lost),
                    Ticks(602, 9_999, Trying),
                ],
                Some(1_201),
            ),
            // Time in which nothing could be posted for another reason does not count.
            (&[Trouble(50, Lost), Ticks(51, 9_999, OtherWait)], None),
            (
                &[
                    Trouble(0, NotConnected),
                    Ticks(1, 100, Trying),
                    Ticks(101, 1_100, OtherWait),
                    Ticks(1_101, 9_999, Trying),
                ],
                Some(1_600),
            ),
            (
                &[
                    Trouble(0, TooEarly),
                    Ticks(1, 599, Trying),
                    Ticks(600, 600, OtherWait),
                    Ticks(601, 601, Trying),
                ],
                Some(601),
            ),
            // Without a look in between the whole time has the last activity.
            (&[Trouble(0, Throttled), Ticks(600, 600, Trying)], Some(600)),
        ];
        for (steps, end) in cases {
            assert_eq!(ends_at(steps), end, "{steps:?}");
        }
    }

    #[test]
    fn it_says_what_the_answers_were() {
        let mut clock = TroubleClock::new(Duration::ZERO);
        clock.on_trouble(Unavailable, Duration::ZERO);
        clock.stop();
        for kind in [Lost, Throttled, Throttled, NotConnected, NotConnected, NotConnected] {
            clock.on_trouble(kind, Duration::ZERO);
        }
        let answers = clock.advance(Duration::ZERO, Activity::Trying).unwrap();
        assert_eq!(
            answers.to_string(),
            "3 attempts without a connection, 2 rate limits (429), 1 lost answer"
        );
        assert!(!answers.only_throttled());
        assert!(TroubleAnswers { throttled: 1, ..Default::default() }.only_throttled());
    }
}
