//! How fast messages went: percentiles of the time until an answer, and messages over time. Pure.
//!
//! `report` counts them from results files, and a run from its own outcomes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::record::ledger::time;

/// The most parts into which the time of a report is divided.
const MOST_BUCKETS: i64 = 1440;

/// Milliseconds of a second and of a minute.
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;

/// The times until an answer, in milliseconds. A percentile is the smallest time that so many of a
/// hundred answers did not exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Latency {
    /// The number of messages whose time is known.
    pub(super) messages: u64,
    pub(super) p50: u32,
    pub(super) p95: u32,
    pub(super) p99: u32,
    pub(super) max: u32,
}

impl Latency {
    /// Of these times; `None` without any.
    pub(super) fn of(mut times: Vec<u32>) -> Option<Self> {
        times.sort_unstable();
        let counts = times.chunk_by(|one, other| one == other);
        Self::of_counts(times.len() as u64, counts.map(|same| (same[0], same.len() as u64)))
    }

    /// Of so many times, which come in order, each with its number.
    fn of_counts(messages: u64, counts: impl Iterator<Item = (u32, u64)>) -> Option<Self> {
        let mut percentiles = [50, 95, 99].map(|percent| (messages * percent).div_ceil(100));
        let mut found = [0; 3];
        let (mut max, mut so_far) = (None, 0);
        for (time, number) in counts {
            so_far += number;
            max = Some(time);
            for (rank, found) in percentiles.iter_mut().zip(&mut found) {
                if (1..=so_far).contains(rank) {
                    (*rank, *found) = (0, time);
                }
            }
        }
        let [p50, p95, p99] = found;
        Some(Self { messages, p50, p95, p99, max: max? })
    }
}

/// The messages over time, by their last attempt.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rate {
    /// The most messages of one second and of one minute.
    pub(super) fullest_second: u64,
    pub(super) fullest_minute: u64,
    /// The length of the parts, in seconds.
    bucket_seconds: i64,
    /// The start of each part that has messages, in milliseconds since 1970, and their number.
    buckets: Vec<(i64, u64)>,
}

impl Rate {
    /// Of these times in milliseconds since 1970, in order; `None` without any.
    pub(super) fn of(times: &[i64]) -> Option<Self> {
        let seconds: Vec<(i64, u64)> =
            counts(times.iter().map(|time| (*time, 1)), SECOND).collect();
        Self::of_seconds(&seconds)
    }

    /// Of the seconds that have messages, in order, each with its number.
    fn of_seconds(seconds: &[(i64, u64)]) -> Option<Self> {
        let (first, last) = (seconds.first()?.0, seconds.last()?.0);
        let mut minutes = ((last - first) / MINUTE / MOST_BUCKETS).max(1);
        // A range that is not aligned touches one part more.
        while last.div_euclid(minutes * MINUTE) - first.div_euclid(minutes * MINUTE) >= MOST_BUCKETS
        {
            minutes += 1;
        }
        let parts = |width| counts(seconds.iter().copied(), width);
        Some(Self {
            fullest_second: seconds.iter().map(|(_, number)| *number).max().unwrap_or(0),
            fullest_minute: parts(MINUTE).map(|(_, number)| number).max().unwrap_or(0),
            bucket_seconds: minutes * 60,
            buckets: parts(minutes * MINUTE).collect(),
        })
    }
}

/// The number of messages in each part of this width, in order.
fn counts(
    mut times: impl Iterator<Item = (i64, u64)>,
    width: i64,
) -> impl Iterator<Item = (i64, u64)> {
    let mut next = times.next();
    std::iter::from_fn(move || {
        let (time, mut sum) = next?;
        let part = time.div_euclid(width);
        loop {
            next = times.next();
            match next {
                Some((time, number)) if time.div_euclid(width) == part => sum += number,
                _ => return Some((part * width, sum)),
            }
        }
    })
}

/// The attempts in a second: so many gaps between attempts took so many milliseconds. `None` for
/// less than a second.
#[allow(clippy::cast_precision_loss)]
pub(super) fn mean_rate(gaps: u64, milliseconds: i64) -> Option<f64> {
    (milliseconds >= SECOND).then(|| gaps as f64 * 1000.0 / milliseconds as f64)
}

/// The rate in a JSON report.
#[derive(Debug, Serialize)]
pub(super) struct RateJson {
    per_second: Option<f64>,
    fullest_second: u64,
    fullest_minute: u64,
    bucket_seconds: i64,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Serialize)]
struct Bucket {
    start: String,
    messages: u64,
}

impl RateJson {
    /// Of a rate with this mean.
    pub(super) fn of(rate: &Rate, mean: Option<f64>) -> Self {
        let bucket = |&(start, messages): &(i64, u64)| Bucket {
            start: time_of(start).unwrap_or_default(),
            messages,
        };
        Self {
            per_second: mean.map(|mean| (mean * 1000.0).round() / 1000.0),
            fullest_second: rate.fullest_second,
            fullest_minute: rate.fullest_minute,
            bucket_seconds: rate.bucket_seconds,
            buckets: rate.buckets.iter().map(bucket).collect(),
        }
    }
}

/// A time in milliseconds since 1970, as in the results.
pub(super) fn time_of(milliseconds: i64) -> Option<String> {
    Timestamp::from_millisecond(milliseconds).ok().map(|moment| time(moment).into_owned())
}

/// The times of one run's outcomes. They are counted by millisecond and by second, so their memory
/// does not grow with the messages.
#[derive(Debug, Default)]
pub struct Speed {
    /// The number of outcomes for each time until the answer, in milliseconds.
    latencies: BTreeMap<u32, u64>,
    /// The number of outcomes in each second that has some, in milliseconds since 1970.
    seconds: BTreeMap<i64, u64>,
    /// The first and the last attempt, in milliseconds since 1970.
    span: Option<(i64, i64)>,
}

impl Speed {
    /// Counts an outcome, whose last attempt was at `sent_at` and took so many milliseconds.
    pub fn count(&mut self, sent_at: Timestamp, latency_ms: u64) {
        let latency = u32::try_from(latency_ms).unwrap_or(u32::MAX);
        *self.latencies.entry(latency).or_default() += 1;
        let at = sent_at.as_millisecond();
        *self.seconds.entry(at.div_euclid(SECOND) * SECOND).or_default() += 1;
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    fn messages(&self) -> u64 {
        self.latencies.values().sum()
    }

    pub(super) fn latency(&self) -> Option<Latency> {
        let counts = self.latencies.iter().map(|(time, number)| (*time, *number));
        Latency::of_counts(self.messages(), counts)
    }

    pub(super) fn rate(&self) -> Option<RateJson> {
        let seconds: Vec<(i64, u64)> = self.seconds.iter().map(|(at, n)| (*at, *n)).collect();
        let (first, last) = self.span?;
        let mean = mean_rate(self.messages() - 1, last - first);
        Some(RateJson::of(&Rate::of_seconds(&seconds)?, mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        assert_eq!(Latency::of(Vec::new()), None);
        let latency = |times: Vec<u32>| {
            let Latency { messages, p50, p95, p99, max } = Latency::of(times).unwrap();
            (messages, [p50, p95, p99, max])
        };
        assert_eq!(latency(vec![7]), (1, [7, 7, 7, 7]));
        assert_eq!(latency(vec![4, 2, 3, 1]), (4, [2, 4, 4, 4]));
        assert_eq!(latency((1..=200).rev().collect()), (200, [100, 190, 198, 200]));
    }

    #[test]
    fn messages_are_counted_by_second_and_minute() {
        assert_eq!(Rate::of(&[]), None);
        let rate = Rate::of(&[500, 999, 1000, 59_999, 60_000, 3_600_000]).unwrap();
        assert_eq!((rate.fullest_second, rate.fullest_minute), (2, 4));
        assert_eq!(rate.bucket_seconds, 60);
        assert_eq!(rate.buckets, [(0, 4), (60_000, 1), (3_600_000, 1)]);
    }

    #[test]
    fn a_run_has_the_figures_that_its_results_have() {
        let mut speed = Speed::default();
        assert!(speed.latency().is_none() && speed.rate().is_none());
        let outcomes: Vec<(i64, u32)> =
            (0..500_i64).map(|n| (1_000_500 + n * 733, (n * n % 97) as u32)).collect();
        for (at, latency) in &outcomes {
            speed.count(Timestamp::from_millisecond(*at).unwrap(), u64::from(*latency));
        }
        let (mut times, latencies): (Vec<i64>, Vec<u32>) = outcomes.into_iter().unzip();
        assert_eq!(speed.latency(), Latency::of(latencies));
        times.sort_unstable();
        let mean = mean_rate(499, 499 * 733);
        let expected = RateJson::of(&Rate::of(&times).unwrap(), mean);
        assert_eq!(format!("{:?}", speed.rate().unwrap()), format!("{expected:?}"));
    }

    #[test]
    fn there_are_at_most_1440_parts_that_cover_all_messages() {
        for (days, offset, minutes) in [(1, 0, 1), (1, 30_000, 2), (7, 30_000, 8), (366, 1, 367)] {
            let times: Vec<i64> = (0..days * 1440)
                .map(|minute| offset + minute * MINUTE + 29_000)
                .chain([offset + days * 1440 * MINUTE - 1])
                .collect();
            let rate = Rate::of(&times).unwrap();
            assert!(rate.buckets.len() as i64 <= MOST_BUCKETS, "{days} {}", rate.buckets.len());
            assert_eq!(rate.bucket_seconds, minutes * 60, "{days}");
            let sum: u64 = rate.buckets.iter().map(|(_, number)| number).sum();
            assert_eq!(sum, times.len() as u64);
        }
        let early = Rate::of(&[i64::MIN / 4, 0, i64::MAX / 4]).unwrap();
        assert_eq!(early.buckets.len(), 3);
    }
}
