//! How long sending takes, and which limit decides that. Pure: the time is an argument.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::eligibility::open_hours::{OpenHours, Outside};
use crate::send::rate::Rate;

/// What is to be sent, and the limits.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// The messages to be sent.
    pub messages: u64,
    /// The most messages to one recipient.
    pub most_to_one: u64,
    /// The highest rate of the run.
    pub rate: Rate,
    /// The highest rate to one recipient.
    pub recipient_rate: Rate,
    /// The number of requests at a time.
    pub concurrency: u64,
    /// The hours in which messages go.
    pub hours: Option<&'a OpenHours>,
}

impl Load<'_> {
    /// The time between the first and the last message to the recipient who gets the most.
    #[must_use]
    pub fn to_one_takes(&self) -> Duration {
        let repeats = self.most_to_one.min(self.messages).saturating_sub(1);
        self.recipient_rate.time_for(repeats)
    }
}

/// The limit that decides how long sending takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Nothing is to be sent.
    None,
    /// `--rate`.
    Rate,
    /// `--recipient-rate`.
    RecipientRate,
    /// `--concurrency` and the time of an answer.
    Connections,
    /// `--hours`.
    Hours,
}

impl Limit {
    /// The stable code, as in the JSON report.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rate => "rate",
            Self::RecipientRate => "recipient_rate",
            Self::Connections => "connections",
            Self::Hours => "hours",
        }
    }
}

/// The pace of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The limit that decides.
    pub limit: Limit,
    /// The time that sending takes, closed hours included; `None` if only the gateway's answers
    /// decide, or beyond any calendar.
    pub takes: Option<Duration>,
    /// The time of an answer above which the connections are too few for the rate; `None` without a
    /// rate.
    pub longest_answer: Option<Duration>,
    /// The messages that go before the hours close, if the run ends then and more are to be sent.
    pub before_close: Option<u64>,
}

impl Pace {
    /// The pace at `now`.
    #[must_use]
    pub fn of(load: &Load<'_>, now: Timestamp) -> Self {
        let by_rate = load.rate.time_for(load.messages);
        let by_one = load.to_one_takes();
        let work = by_rate.max(by_one);
        let mut pace = Self {
            limit: match (load.messages, load.rate) {
                (0, _) => Limit::None,
                _ if by_one > by_rate => Limit::RecipientRate,
                (_, Rate::Unlimited) => Limit::Connections,
                _ => Limit::Rate,
            },
            takes: Some(work),
            longest_answer: longest_answer(load),
            before_close: None,
        };
        if pace.limit == Limit::Connections {
            pace.takes = None;
        }
        if let (Some(hours), Some(work)) = (load.hours, pace.takes) {
            pace.fit_hours(hours, work, load.messages, now);
        }
        pace
    }

    /// Adds the hours during which the run waits, or what it sends before they close.
    fn fit_hours(&mut self, hours: &OpenHours, work: Duration, messages: u64, now: Timestamp) {
        let Ok(signed) = SignedDuration::try_from(work) else { return };
        let (begin, end) = (hours.closed_until(now).unwrap_or(now), hours.end_of(now, signed));
        if hours.outside == Outside::Wait {
            let takes = end.map(|end| end.duration_since(now));
            self.takes = takes.and_then(|takes| Duration::try_from(takes).ok());
            if self.takes.is_none_or(|takes| takes > work) {
                self.limit = Limit::Hours;
            }
            return;
        }
        let Some(close) = hours.hours.next_change(begin, &hours.zone) else { return };
        let open = close.duration_since(begin);
        if open < signed && !signed.is_zero() {
            let share = open.as_secs_f64() / signed.as_secs_f64();
            self.limit = Limit::Hours;
            self.before_close = Some((messages as f64 * share) as u64);
        }
    }
}

/// The time of an answer above which so many connections do not reach the rate.
fn longest_answer(load: &Load<'_>) -> Option<Duration> {
    match load.rate {
        Rate::Unlimited => None,
        Rate::Every(_) => {
            let seconds = load.concurrency as f64 / load.rate.per_second();
            Duration::try_from_secs_f64(seconds).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eligibility::zone::Zone;

    fn hours(text: &str, outside: Outside) -> OpenHours {
        let zone: Zone = "Africa/Nairobi".parse().unwrap();
        OpenHours { hours: text.parse().unwrap(), zone, outside }
    }

    fn load(messages: u64, rate: &str) -> Load<'static> {
        Load {
            messages,
            most_to_one: 1,
            rate: rate.parse().unwrap(),
            recipient_rate: "1/6s".parse().unwrap(),
            concurrency: 16,
            hours: None,
        }
    }

    /// Friday 17:00 in Nairobi.
    const FRIDAY: &str = "2026-11-27T14:00:00Z";

    #[track_caller]
    fn check(load: &Load<'_>, limit: Limit, seconds: Option<u64>) -> Pace {
        let pace = Pace::of(load, FRIDAY.parse().unwrap());
        assert_eq!((pace.limit, pace.takes), (limit, seconds.map(Duration::from_secs)));
        pace
    }

    #[test]
    fn the_slowest_limit_decides() {
        check(&load(0, "10/s"), Limit::None, Some(0));
        check(&load(265, "1/s"), Limit::Rate, Some(265));
        check(&load(300, "unlimited"), Limit::Connections, None);
        check(&Load { most_to_one: 7, ..load(7, "10/s") }, Limit::RecipientRate, Some(36));
        check(&Load { most_to_one: 7, ..load(7, "unlimited") }, Limit::RecipientRate, Some(36));
        check(&Load { most_to_one: 7, ..load(7_000, "10/s") }, Limit::Rate, Some(700));
    }

    #[test]
    fn the_longest_answer_is_that_of_all_connections_at_the_rate() {
        let pace = check(&load(100, "10/s"), Limit::Rate, Some(10));
        assert_eq!(pace.longest_answer, Some(Duration::from_millis(1_600)));
        assert_eq!(check(&load(9, "unlimited"), Limit::Connections, None).longest_answer, None);
    }

    #[test]
    fn a_run_that_waits_for_the_hours_ends_in_them() {
        let week = hours("Mon-Fri 09:00-18:00", Outside::Wait);
        let waiting = |messages| Load { hours: Some(&week), ..load(messages, "1/s") };
        check(&waiting(3_600), Limit::Rate, Some(3_600));
        // The last second is on Monday at 09:00:01, 64 hours later.
        check(&waiting(3_601), Limit::Hours, Some(3_601 + 63 * 3_600));
        let late = hours("Fri 18:00-19:00", Outside::Wait);
        check(&Load { hours: Some(&late), ..load(60, "1/s") }, Limit::Hours, Some(3_660));
    }

    #[test]
    fn a_run_that_ends_outside_the_hours_leaves_the_rest() {
        let week = hours("Mon-Fri 09:00-18:00", Outside::Exit);
        let ending = |messages| Load { hours: Some(&week), ..load(messages, "1/s") };
        assert_eq!(check(&ending(3_600), Limit::Rate, Some(3_600)).before_close, None);
        assert_eq!(check(&ending(7_200), Limit::Hours, Some(7_200)).before_close, Some(3_600));
    }
}
