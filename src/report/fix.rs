//! What needs fixing, by kind, for the plan: a line for each kind with its number of rows, the first
//! of them and an example, the most frequent first. What does not fit the screen is counted.

use std::cmp::Reverse;
use std::fmt::Write as _;

use super::format::{LABELS, counted};
use super::list_columns::{CountryColumn, ListFacts};
use super::reject_words::{reject_advice, reject_words};
use super::screen::{WIDTH, height};
use super::tally::{Examples, Kind, Tally};
use crate::read::note::NoteKind;
use crate::read::{Place, SkipReason, SourceId};
use crate::units::printable::printable;
use crate::units::show_number;

/// The longest words behind which the rows of all lines stand in one column.
const ALIGNED: usize = 26;

/// The fewest lines for the findings, however many lines there are above them.
const LEAST: usize = 3;

/// The notes to look at first: what they are on may be wrong.
const TO_LOOK_AT: [NoteKind; 5] = [
    NoteKind::OddName,
    NoteKind::Rounded,
    NoteKind::OwnNumber,
    NoteKind::PhoneLeftOut,
    NoteKind::Windows1252,
];

/// One line.
struct Finding {
    label: &'static str,
    /// The number of rows; 0 for a note on the whole list.
    number: u64,
    words: String,
    /// The first rows; empty where they say nothing.
    rows: Vec<String>,
    /// True if there are more rows than these.
    more_rows: bool,
    /// An example, or what helps.
    tail: Option<String>,
    /// The first row with its code and its reason, for a line of its own where there is room.
    detail: Option<String>,
}

/// What the findings are shown with.
pub(super) struct Show<'a> {
    /// True if texts of the list may be shown.
    pub(super) values: bool,
    /// The only list whose rows become messages: its rows are shown without its name.
    pub(super) only: Option<SourceId>,
    /// All lists.
    pub(super) lists: &'a [ListFacts<'a>],
    /// Formats a place.
    pub(super) place: &'a dyn Fn(Place) -> String,
    /// Notes on the cards and the recipients: words with the rows; without a number they are on the
    /// whole list.
    pub(super) notes: Vec<(String, Kind<()>)>,
}

/// The findings as lines.
pub(super) struct Fix {
    findings: Vec<Finding>,
    lines: Vec<String>,
}

impl Fix {
    /// The findings of the rows, each on its line.
    pub(super) fn of(tally: &Tally, show: &Show<'_>) -> Self {
        let findings = findings(tally, show);
        let digits = findings.iter().map(|one| show_number(one.number).len()).max().unwrap_or(0);
        let words =
            findings.iter().map(|one| one.words.chars().count()).filter(|n| *n <= ALIGNED).max();
        let show_line = |(at, one): (usize, &Finding)| {
            let label_is_known = at > 0 && findings[at - 1].label == one.label;
            one.show(label_is_known, digits, words.unwrap_or(0))
        };
        let lines = findings.iter().enumerate().map(show_line).collect();
        Self { findings, lines }
    }

    /// The fewest lines in which something of them is shown.
    pub(super) fn least(&self) -> usize {
        self.lines.iter().map(|line| height(line)).sum::<usize>().min(LEAST)
    }

    /// The findings in at most `room` lines of [`WIDTH`] columns, which are at least
    /// [`least`](Self::least). Those that do not fit are counted in one line.
    pub(super) fn show(mut self, room: usize) -> String {
        let heights: Vec<usize> = self.lines.iter().map(|line| height(line)).collect();
        let all = self.lines.len();
        let fits = |kept: &usize| {
            let rest = height(&self.rest(*kept)) * usize::from(*kept < all);
            heights[..*kept].iter().sum::<usize>() + rest <= room
        };
        let kept = (0..=all).rev().find(fits).unwrap_or(0);
        if kept < all {
            return self.lines[..kept].concat() + &self.rest(kept);
        }
        let room = room.saturating_sub(heights.iter().sum());
        add_details(&mut self.lines, &self.findings, room);
        self.lines.concat()
    }

    /// The line for the findings behind the first so many.
    fn rest(&self, kept: usize) -> String {
        format!("  {:<10} and {} (--verbose)\n", "", show_rest(&self.findings[kept..]))
    }
}

/// What is not shown: the rows to fix by themselves, because they are not sent.
fn show_rest(rest: &[Finding]) -> String {
    let (fix, others): (Vec<_>, Vec<_>) = rest.iter().partition(|one| one.label == FIX);
    let mut parts = Vec::new();
    if !fix.is_empty() {
        let rows = fix.iter().map(|one| one.number).sum();
        let kinds = counted(fix.len() as u64, "more kind");
        parts.push(format!("{kinds} to fix, {}", counted(rows, "row")));
    }
    if !others.is_empty() {
        parts.push(counted(others.len() as u64, "other finding"));
    }
    parts.join("; ")
}

/// The label of rejected rows.
const FIX: &str = "fix";

/// Adds the reasons of the first findings that fit into `room` more lines.
fn add_details(lines: &mut [String], findings: &[Finding], mut room: usize) {
    for (line, finding) in lines.iter_mut().zip(findings) {
        let Some(detail) = &finding.detail else { continue };
        let detail = format!("{:LABELS$}{}\n", "", printable(detail));
        let Some(rest) = room.checked_sub(height(&detail)) else { return };
        room = rest;
        // The reason names the only row too.
        if let (1, Some(at)) = (finding.number, line.find('\n')) {
            line.truncate(at + 1);
        }
        line.push_str(&detail);
    }
}

fn findings(tally: &Tally, show: &Show<'_>) -> Vec<Finding> {
    let mut all = rejects(tally, show);
    all.extend(duplicates(tally, show));
    all.extend(edited(tally, show));
    all.extend(skipped(tally, show));
    all.extend(show.notes.iter().map(|(words, kind)| of_rows("note", words, kind, show)));
    all.extend(notes(tally, show));
    all
}

/// The rejected rows by code.
fn rejects(tally: &Tally, show: &Show<'_>) -> Vec<Finding> {
    let mut kinds: Vec<_> = tally.rejects.iter().collect();
    kinds.sort_by_key(|(_, kind)| (Reverse(kind.number), kind.first.first().copied()));
    let advice = |code: &str, kind: &Kind<String>| {
        reject_advice(code, CountryColumn::of(show.lists, &kind.first))
    };
    let finding = |(code, kind): (&&'static str, &Kind<String>)| {
        let quoted = kind.example.as_deref().filter(|_| show.values).and_then(quoted);
        let example = quoted.map(|value| format!("e.g. {value}"));
        let reason = kind.example.as_ref().filter(|_| show.values).zip(kind.first.first());
        Finding {
            detail: reason.map(|(reason, row)| format!("{}, {code}: {reason}", show.named(*row))),
            tail: advice(code, kind).map(str::to_owned).or(example),
            ..of_rows(FIX, reject_words(code), kind, show)
        }
    };
    kinds.into_iter().map(finding).collect()
}

/// The skipped rows by reason. Empty ones are not among the people whom the first line counts.
fn skipped(tally: &Tally, show: &Show<'_>) -> Vec<Finding> {
    let finding = |(why, kind): (&SkipReason, &Kind<()>)| {
        let words = match why.is_nobody() {
            true => format!("{why} (not counted)"),
            false => why.to_string(),
        };
        of_rows("skipped", &words, kind, show)
    };
    tally.skipped.iter().map(finding).collect()
}

fn duplicates(tally: &Tally, show: &Show<'_>) -> Vec<Finding> {
    let pairs = [
        ("duplicate", "the same message as an earlier row", &tally.duplicates),
        ("warning", "another card to the person of an earlier row", &tally.same_recipients),
    ];
    let finding = |(label, words, kind): (_, _, &Kind<Place>)| {
        let (first, earlier) = (*kind.first.first()?, kind.example?);
        let tail = match kind.number {
            1 => format!("like row {}", earlier.line),
            _ => format!("e.g. row {} like row {}", first.line, earlier.line),
        };
        let tail = (show.only == Some(first.source)).then_some(tail);
        Some(Finding { tail, ..of_rows(label, words, kind, show) })
    };
    pairs.into_iter().filter_map(finding).collect()
}

/// The messages whose card was, or may have been, sent under another name.
fn edited(tally: &Tally, show: &Show<'_>) -> Vec<Finding> {
    let edited = &tally.edited;
    let kinds = [
        (
            "sent before under another name",
            "they get it a second time, under the new name",
            &edited.after_sent,
        ),
        (
            "may have been sent under another name",
            "they may get it twice, under two ids",
            &edited.after_unknown,
        ),
    ];
    let risk = |risk: &str| match edited.are_sent {
        true => risk.to_owned(),
        false => format!("--send-changed sends them: {risk}"),
    };
    let finding = |(words, twice, kind): (&str, &str, &Examples)| Finding {
        rows: kind.first.iter().map(|(row, _)| show.row(*row)).collect(),
        more_rows: kind.number > kind.first.len() as u64,
        detail: Some(risk(twice)),
        ..Finding::new(edited.label(), kind.number, words)
    };
    kinds.into_iter().filter(|(.., kind)| kind.number > 0).map(finding).collect()
}

/// The notes, those to look at first.
fn notes(tally: &Tally, show: &Show<'_>) -> Vec<Finding> {
    let mut kinds: Vec<_> = tally.notes.iter().collect();
    // A warning shows these.
    kinds.retain(|(kind, _)| **kind != NoteKind::SameRecipient);
    kinds.sort_by_key(|(kind, notes)| (!TO_LOOK_AT.contains(kind), Reverse(notes.number)));
    let finding = |(kind, notes): (&NoteKind, &Kind<String>)| {
        let detail = notes.example.as_ref().filter(|detail| show.values && !detail.is_empty());
        let detail = detail.zip(notes.first.first());
        Finding {
            detail: detail.map(|(what, row)| format!("{}: {what}", show.named(*row))),
            // Each row is one that a person finds, however many notes it has.
            number: notes.rows,
            ..of_rows("note", kind.meaning(), notes, show)
        }
    };
    kinds.into_iter().map(finding).collect()
}

fn of_rows<E>(label: &'static str, words: &str, kind: &Kind<E>, show: &Show<'_>) -> Finding {
    Finding {
        rows: kind.first.iter().map(|row| show.row(*row)).collect(),
        more_rows: kind.is_cut,
        ..Finding::new(label, kind.number, words)
    }
}

impl Show<'_> {
    /// A row in a sentence.
    fn named(&self, row: Place) -> String {
        let word = if self.only == Some(row.source) { "row " } else { "" };
        word.to_owned() + &self.row(row)
    }

    fn row(&self, row: Place) -> String {
        show_row(row, self.only, self.place)
    }
}

/// A row of the only list by its line, else with the list's name.
fn show_row(row: Place, only: Option<SourceId>, place: &dyn Fn(Place) -> String) -> String {
    match only == Some(row.source) {
        true => row.line.to_string(),
        false => place(row),
    }
}

/// `rows 3 20 28 …`.
pub(super) fn show_places<E>(
    kind: &Kind<E>,
    only: Option<SourceId>,
    place: &dyn Fn(Place) -> String,
) -> String {
    let rows: Vec<String> = kind.first.iter().map(|row| show_row(*row, only, place)).collect();
    let word = if kind.number == 1 { "row" } else { "rows" };
    format!("{word} {}{}", rows.join(" "), if kind.is_cut { " …" } else { "" })
}

impl Finding {
    /// A finding without rows, example and detail.
    fn new(label: &'static str, number: u64, words: &str) -> Self {
        let words = words.to_owned();
        Self { label, number, words, rows: Vec::new(), more_rows: false, tail: None, detail: None }
    }

    /// The line: with as many of the first rows as fit beside the tail.
    fn show(&self, label_is_known: bool, digits: usize, width: usize) -> String {
        let label = if label_is_known { "" } else { self.label };
        let words = printable(&self.words);
        if self.number == 0 {
            return format!("  {label:<10} {words}\n");
        }
        let number = show_number(self.number);
        let mut line = format!("  {label:<10} {number:>digits$}  {words}");
        if !self.rows.is_empty() {
            let pad = (LABELS + digits + 2 + width).saturating_sub(line.chars().count());
            let tail = self.tail.as_ref().map(|tail| format!("  {}", printable(tail)));
            let tail = tail.unwrap_or_default();
            let aligned = WIDTH.saturating_sub(line.chars().count() + pad + 2);
            let room = WIDTH.saturating_sub(line.chars().count() + 2);
            let of_tail = tail.chars().count();
            let with_tail = |room: usize| self.rows_in(room.checked_sub(of_tail)?);
            let (pad, rest) = match (with_tail(aligned), with_tail(room), self.rows_in(aligned)) {
                (Some(rows), ..) => (pad, Some(rows + &tail)),
                (None, Some(rows), _) => (0, Some(rows + &tail)),
                (None, None, Some(rows)) => (pad, Some(rows)),
                (None, None, None) => (0, self.rows_in(room)),
            };
            let _ = match rest {
                Some(rest) => write!(line, "{:pad$}  {rest}", ""),
                // Below long words there is room, and one row is always named.
                None => write!(line, "\n{:LABELS$}{}", "", self.rows_below()),
            };
        }
        line.truncate(line.trim_end().len());
        line.push('\n');
        line
    }

    /// The rows on a line of their own.
    fn rows_below(&self) -> String {
        self.rows_in(WIDTH - LABELS).unwrap_or_else(|| {
            let more = if self.number == 1 { "" } else { " …" };
            format!("row {}{more}", self.rows.first().map_or("", String::as_str))
        })
    }

    /// `rows 3 20 28 …` in so many columns; `None` if not even one fits.
    fn rows_in(&self, room: usize) -> Option<String> {
        (1..=self.rows.len()).rev().find_map(|kept| {
            let word = if self.number == 1 { "row" } else { "rows" };
            let is_cut = self.more_rows || kept < self.rows.len();
            let more = if is_cut { " …" } else { "" };
            let text = format!("{word} {}{more}", self.rows[..kept].join(" "));
            (text.chars().count() <= room).then_some(text)
        })
    }
}

/// The value that a reason quotes: `column "to": "x" has letters` has x.
fn quoted(reason: &str) -> Option<&str> {
    let (_, rest) = reason.split_once(": \"")?;
    let (value, _) = rest.split_once("\" ")?;
    (!value.is_empty() && value.chars().count() <= 30).then_some(value)
}
