//! The part of its list that a run was for, and what it left of that: the last words of a line
//! `ended RUN EXIT WORD …` in the lock file, each `NAME=VALUE`.
//!
//! The results have the messages that were tried. Only from this does a report know whether the list
//! has more.

use std::fmt::Write;

use super::names::Beside;
use crate::units::RowRange;

/// The part of its list that a run was for, and what it left of that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunExtent {
    /// `--rows`.
    pub rows: Option<RowRange>,
    /// `--sample`.
    pub sample: Option<u64>,
    /// The kind of its list, if that was a file of rows or messages that an earlier run left.
    pub beside: Option<Beside>,
    /// The messages that were not reached; `None` in a line that does not say it.
    pub left: Option<u64>,
    /// The messages that were held.
    pub held: u64,
    /// All messages of the run, with those that earlier runs sent; `None` in a line that does not say
    /// it.
    pub total: Option<u64>,
}

impl RunExtent {
    /// Returns whether the run was not for the whole list of its results.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.part().is_some()
    }

    /// The part in words, behind `finished`: `rows 1-100`; `None` for the whole list.
    #[must_use]
    pub fn part(&self) -> Option<String> {
        let of_rows = self.rows.map(|rows| format!("rows {rows}"));
        let of_list = self.beside.map(|beside| match beside {
            Beside::Rejects => "the rejects file",
            Beside::NotSent => "the not-sent file",
        });
        let sample = self.sample.map(|rows| match rows {
            1 => "a sample of 1 row".to_owned(),
            _ => format!("a sample of {rows} rows"),
        });
        let parts: Vec<String> =
            sample.into_iter().chain(of_rows).chain(of_list.map(str::to_owned)).collect();
        (!parts.is_empty()).then(|| parts.join(" of "))
    }

    /// Adds the words to a line.
    pub(super) fn push_words(&self, line: &mut String) {
        let Self { rows, sample, beside, left, held, total } = self;
        // Writing to a String does not fail.
        let mut push = |name: &str, value: String| {
            let _ = write!(line, " {name}={value}");
        };
        if let Some(rows) = rows {
            push("rows", rows.to_string());
        }
        if let Some(sample) = sample {
            push("sample", sample.to_string());
        }
        if let Some(beside) = beside {
            push("list", beside.word().to_owned());
        }
        if let Some(left) = left {
            push("left", left.to_string());
        }
        if *held > 0 {
            push("held", held.to_string());
        }
        if let Some(total) = total {
            push("total", total.to_string());
        }
    }

    /// Reads the words of a line. One of a later version is passed over; `None` when one is no
    /// `NAME=VALUE`, or has another value than we write.
    pub(super) fn parse<'w>(words: impl Iterator<Item = &'w str>) -> Option<Self> {
        let mut extent = Self::default();
        for word in words {
            let (name, value) = word.split_once('=')?;
            match name {
                "rows" => extent.rows = Some(value.parse().ok()?),
                "sample" => extent.sample = Some(value.parse().ok()?),
                "list" => extent.beside = Some(Beside::of_word(value)?),
                "left" => extent.left = Some(value.parse().ok()?),
                "held" => extent.held = value.parse().ok()?,
                "total" => extent.total = Some(value.parse().ok()?),
                _ => {}
            }
        }
        Some(extent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_extent_is_read_back_and_has_its_words() {
        let whole = RunExtent::default();
        let rows = Some("1-100".parse().unwrap());
        for (extent, line, words) in [
            (whole, "", None),
            (RunExtent { left: Some(90), held: 3, ..whole }, " left=90 held=3", None),
            (RunExtent { total: Some(30), ..whole }, " total=30", None),
            (RunExtent { rows, left: Some(0), ..whole }, " rows=1-100 left=0", Some("rows 1-100")),
            (RunExtent { rows: Some("7-".parse().unwrap()), ..whole }, " rows=7-", Some("rows 7-")),
            (RunExtent { rows: Some("7".parse().unwrap()), ..whole }, " rows=7", Some("rows 7")),
            (
                RunExtent { rows, sample: Some(50), ..whole },
                " rows=1-100 sample=50",
                Some("a sample of 50 rows of rows 1-100"),
            ),
            (
                RunExtent { beside: Some(Beside::NotSent), ..whole },
                " list=not-sent",
                Some("the not-sent file"),
            ),
        ] {
            let mut text = String::new();
            extent.push_words(&mut text);
            assert_eq!(text, line);
            assert_eq!(RunExtent::parse(text.split_whitespace()), Some(extent));
            assert_eq!(extent.part().as_deref(), words);
        }
        assert_eq!(RunExtent::parse(["later=1", "held=2"].into_iter()).map(|e| e.held), Some(2));
        assert_eq!(RunExtent::parse(["x"].into_iter()), None);
        assert_eq!(RunExtent::parse(["left=x"].into_iter()), None);
    }
}
