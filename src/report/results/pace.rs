//! How fast messages went: percentiles of the time until an answer, and messages over time. Pure.

use serde::Serialize;

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
        let max = *times.last()?;
        let percentile = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
        let (p50, p95, p99) = (percentile(50), percentile(95), percentile(99));
        Some(Self { messages: times.len() as u64, p50, p95, p99, max })
    }
}

/// The messages over time, by their last attempt.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rate {
    /// The most messages of one second and of one minute.
    pub(super) fullest_second: u64,
    pub(super) fullest_minute: u64,
    /// The length of the parts, in seconds.
    pub(super) bucket_seconds: i64,
    /// The start of each part that has messages, in milliseconds since 1970, and their number.
    pub(super) buckets: Vec<(i64, u64)>,
}

impl Rate {
    /// Of these times in milliseconds since 1970, in order; `None` without any.
    pub(super) fn of(times: &[i64]) -> Option<Self> {
        let (first, last) = (*times.first()?, *times.last()?);
        let mut minutes = ((last - first) / MINUTE / MOST_BUCKETS).max(1);
        // A range that is not aligned touches one part more.
        while last.div_euclid(minutes * MINUTE) - first.div_euclid(minutes * MINUTE) >= MOST_BUCKETS
        {
            minutes += 1;
        }
        let fullest = |width| counts(times, width).map(|(_, number)| number).max().unwrap_or(0);
        Some(Self {
            fullest_second: fullest(SECOND),
            fullest_minute: fullest(MINUTE),
            bucket_seconds: minutes * 60,
            buckets: counts(times, minutes * MINUTE).collect(),
        })
    }
}

/// The number of times in each part of this width, in order.
fn counts(times: &[i64], width: i64) -> impl Iterator<Item = (i64, u64)> {
    let same = move |one: &i64, other: &i64| one.div_euclid(width) == other.div_euclid(width);
    times.chunk_by(same).map(move |part| (part[0].div_euclid(width) * width, part.len() as u64))
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
