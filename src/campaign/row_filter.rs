//! The rows that are used: `--rows` and `--sample`.
//!
//! The other rows are passed on as skipped, so that they are counted.

use crate::read::{Raw, Record, SkipReason};
use crate::units::RowRange;

/// The filter for the rows of one input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowFilter {
    range: Option<RowRange>,
    sample: Option<Drawn>,
}

/// A sample of the rows of all inputs, and the number of rows in the inputs before this one.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    sample: RowSample,
    before: u64,
}

/// The rows that a pass over the inputs is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The rows that are used.
    Used,
    /// These and those that `--rows` and `--sample` leave out.
    All,
}

impl RowFilter {
    /// Lets the rows in the range pass, or all.
    pub(super) fn in_range(range: Option<RowRange>) -> Self {
        Self { range, sample: None }
    }

    /// Lets only those rows pass that are in the sample too; `before` of the rows it was drawn from
    /// are in the inputs before this one.
    pub(super) fn in_sample(self, sample: RowSample, before: u64) -> Self {
        Self { sample: Some(Drawn { sample, before }), ..self }
    }

    /// Returns whether it may leave rows out.
    pub(super) fn leaves_out(self) -> bool {
        self.range.is_some() || self.sample.is_some()
    }

    /// Returns a function for the rows of the input, in order from the first one. It marks the rows
    /// outside as skipped, with the reason.
    pub(super) fn pass<E>(self) -> impl FnMut(Result<Raw, E>) -> Result<Raw, E> {
        let mut number = 0;
        let mut drawn_from = self.sample.map_or(0, |drawn| drawn.before);
        move |row| {
            let raw = row?;
            number += 1;
            if self.range.is_some_and(|range| !range.contains(number)) {
                return Ok(skipped(&raw, SkipReason::OutsideRows));
            }
            let Some(Drawn { sample, .. }) = self.sample.filter(|_| can_be_drawn(&raw)) else {
                return Ok(raw);
            };
            drawn_from += 1;
            match sample.contains(drawn_from) {
                true => Ok(raw),
                false => Ok(skipped(&raw, SkipReason::NotSampled)),
            }
        }
    }
}

/// Returns whether a sample can contain the row: not when it is empty.
pub(super) fn can_be_drawn(raw: &Raw) -> bool {
    !matches!(raw, Raw::Record(Record::Skipped { .. }))
}

fn skipped(raw: &Raw, reason: SkipReason) -> Raw {
    Raw::Record(Record::Skipped { place: raw.place(), reason })
}

/// Rows chosen at random (`--sample`), the same ones each time.
///
/// A row's number and the seed are mixed into a pseudorandom number, a different one for each row;
/// the rows with the smallest ones are chosen. So only a limit is stored, and a row that is
/// appended to the input replaces at most one row of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowSample {
    seed: u64,
    limit: u64,
}

impl RowSample {
    /// Chooses `wanted` of the rows 1 to `total`, or all when there are no more. Takes about 100 ns
    /// a row.
    #[must_use]
    pub(super) fn draw(wanted: u64, total: u64, seed: u64) -> Self {
        let chosen_below = |limit| {
            let sample = Self { seed, limit };
            (1..=total).filter(|number| sample.contains(*number)).count() as u64
        };
        let (mut low, mut high) = (0, u64::MAX);
        while low < high {
            let middle = low + (high - low) / 2;
            match chosen_below(middle) >= wanted {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        Self { seed, limit: low }
    }

    /// Returns whether the `number`th row is chosen.
    #[must_use]
    pub(super) fn contains(self, number: u64) -> bool {
        mixed(number, self.seed) < self.limit
    }
}

/// The output function of splitmix64: for each seed a bijection of all numbers. Changing it changes
/// every user's samples.
fn mixed(number: u64, seed: u64) -> u64 {
    let spread = |state: u64| {
        let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    };
    spread(number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(spread(seed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Cells, Place, Row, SourceId};

    /// Filters rows 1 to 6, of which the third is empty.
    fn passed(filter: RowFilter) -> Vec<&'static str> {
        let row = |line| {
            let place = Place { source: SourceId(0), line };
            let row = Row { place, cells: Cells::default(), notes: Vec::new() };
            Ok::<_, ()>(Raw::Record(match line {
                3 => Record::Skipped { place, reason: SkipReason::Empty },
                _ => Record::Row(row),
            }))
        };
        let verdict = |raw: Result<Raw, ()>| match raw {
            Ok(Raw::Record(Record::Skipped { reason, .. })) => reason.code(),
            _ => "passed",
        };
        (1..=6).map(row).map(filter.pass()).map(verdict).collect()
    }

    #[test]
    fn rows_outside_are_skipped_with_the_reason() {
        let all = RowFilter::default();
        let some = RowFilter::in_range("2-4".parse().ok());
        let (rows, sample) = ("outside_rows", "not_sampled");
        assert_eq!(passed(all), ["passed", "passed", "empty", "passed", "passed", "passed"]);
        assert_eq!(passed(some), [rows, "passed", "empty", "passed", rows, rows]);
        let both = passed(some.in_sample(RowSample::draw(1, 2, 0), 0));
        assert_eq!((both[0], both[2], both[4]), (rows, "empty", rows));
        let mut chosen = [both[1], both[3]];
        chosen.sort_unstable();
        assert_eq!(chosen, [sample, "passed"]);
    }

    #[test]
    fn a_sample_is_drawn_from_all_inputs() {
        let sample = RowSample::draw(4, 10, 7);
        let wanted = |before| {
            let passed = passed(RowFilter::default().in_sample(sample, before));
            passed.into_iter().filter(|what| *what == "passed").count()
        };
        assert_eq!(wanted(0) + wanted(5), 4);
    }

    #[test]
    fn a_sample_has_exactly_as_many_rows_as_were_asked_for() {
        for (wanted, total) in [(1, 1), (1, 100), (7, 100), (99, 100), (100, 100)] {
            for seed in 0..5 {
                let sample = RowSample::draw(wanted, total, seed);
                let chosen = (1..=total).filter(|number| sample.contains(*number)).count();
                assert_eq!(chosen as u64, wanted, "{wanted} of {total}");
            }
        }
        let all = RowSample::draw(101, 100, 0);
        assert!((1..=100).all(|number| all.contains(number)));
    }

    #[test]
    fn a_sample_stays_the_same_and_the_seed_decides_it() {
        let chosen = |total, seed| -> Vec<u64> {
            let sample = RowSample::draw(3, total, seed);
            (1..=total).filter(|number| sample.contains(*number)).collect()
        };
        assert_eq!(chosen(100, 0), PINNED);
        assert_ne!(chosen(100, 1), PINNED);
        let appended = chosen(101, 0);
        assert!(PINNED.iter().filter(|number| appended.contains(number)).count() >= 2);
    }

    /// Three of a hundred rows without a seed, the same in every release.
    const PINNED: [u64; 3] = [34, 54, 95];
}
