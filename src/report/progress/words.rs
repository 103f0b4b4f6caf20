//! The words of the progress: one line for a terminal, cut to its width, or one for a log. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Facts;
use super::blocked::Blocked;
use crate::eligibility::hours::show_until;
use crate::eligibility::open_hours::Outside;
use crate::report::event_log::Counts;
use crate::report::format::show_rate;
use crate::units::show_number;

/// The progress at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    /// Messages that ended in this run, and those that are to end in it.
    pub(super) done: u64,
    pub(super) total: u64,
    /// The messages a second of the last seconds, if they are known.
    pub(super) rate: Option<f64>,
    /// The rate in force, if it is below the one that was asked for.
    pub(super) slowed: Option<f64>,
    /// When the last message ends, if that can be said.
    pub(super) done_at: Option<Timestamp>,
    /// Messages of this run that did not go out, by what they are.
    pub(super) not_sent: [(u64, &'static str); 4],
    pub(super) blocked: Option<Blocked>,
}

/// Returns when `left` messages are done at this rate, which take `at_least` so long; `None` if that
/// cannot be said.
pub(super) fn done_at(
    left: u64,
    rate: Option<f64>,
    at_least: Duration,
    facts: &Facts,
    now: Timestamp,
) -> Option<Timestamp> {
    let rate = rate.filter(|rate| *rate > 0.0 && left > 0)?;
    let takes = SignedDuration::try_from_secs_f64(left as f64 / rate).ok()?;
    let takes = takes.max(SignedDuration::try_from(at_least).ok()?);
    let at = match &facts.hours {
        None => now.checked_add(takes).ok()?,
        Some(open) => {
            let at = open.end_of(now, takes)?;
            let is_in_these_hours = now.checked_add(takes).ok() == Some(at);
            if open.outside == Outside::Exit && !is_in_these_hours {
                return None;
            }
            at
        }
    };
    // The run ends before that.
    let ends = facts.ends_at.is_some_and(|end| at > end);
    (!ends).then_some(at)
}

/// The style of a part of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paint {
    None,
    Bar,
    Trouble,
    Wait,
}

impl Paint {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Bar => Some("32"),
            Self::Trouble => Some("31"),
            Self::Wait => Some("33"),
        }
    }
}

/// A part of the line.
struct Part {
    text: String,
    paint: Paint,
    /// The least important one, with the highest number, is left out first; 0 never is.
    rank: u8,
}

const SEPARATOR: &str = "   ";
const LONGEST_BAR: usize = 20;
const SHORTEST_BAR: usize = 6;

/// The rank of the bar among the parts: what is less important is left out before it.
const BAR_RANK: u8 = 6;

impl Shown {
    /// The line for a terminal: at most `width` columns, in colours if wanted.
    pub(super) fn line(
        &self,
        facts: &Facts,
        now: Timestamp,
        width: usize,
        colours: bool,
    ) -> String {
        let mut parts = self.parts(facts, now);
        let with_bar = |parts: &[Part]| columns(parts) + SHORTEST_BAR + SEPARATOR.len();
        while let Some(least) = parts.iter().map(|part| part.rank).max().filter(|rank| *rank > 0) {
            // The bar is left out before what is more important than it.
            let wanted = if least > BAR_RANK { with_bar(&parts) } else { columns(&parts) };
            if wanted <= width {
                break;
            }
            parts.retain(|part| part.rank < least);
        }
        let bar = with_bar(&parts) <= width;
        let mut line = String::new();
        let mut room = width;
        if bar {
            let free = width - columns(&parts) - SEPARATOR.len();
            let bar = self.bar(free.min(LONGEST_BAR));
            room -= bar.chars().count();
            line.push_str(&painted(&bar, Paint::Bar, colours));
        }
        for part in parts {
            let before = if line.is_empty() { "" } else { SEPARATOR };
            let text = cut(&part.text, room.saturating_sub(before.len()));
            if text.is_empty() {
                break;
            }
            room -= before.len() + text.chars().count();
            line.push_str(before);
            line.push_str(&painted(&text, part.paint, colours));
        }
        line
    }

    /// The same for the event log.
    pub(super) fn counts(&self) -> Counts {
        let [refused, failed, unknown, held] = self.not_sent.map(|(number, _)| number);
        let rate = self.rate.map(|rate| (rate * 1000.0).round() / 1000.0);
        let (done, total, done_at) = (self.done, self.total, self.done_at);
        Counts { done, total, rate, done_at, refused, failed, unknown, held }
    }

    fn bar(&self, width: usize) -> String {
        let done = self.done.min(self.total) as usize;
        let full = (done * width).checked_div(self.total as usize).unwrap_or(width);
        "█".repeat(full) + &"░".repeat(width - full)
    }

    fn parts(&self, facts: &Facts, now: Timestamp) -> Vec<Part> {
        let counts = format!("{} of {}", show_number(self.done), show_number(self.total));
        let mut parts = vec![Part { text: counts, paint: Paint::None, rank: 0 }];
        let mut add = |text: String, paint: Paint, rank: u8| parts.push(Part { text, paint, rank });
        match &self.blocked {
            Some(blocked) => add(blocked.text.clone(), Paint::Wait, 0),
            None => {
                if let Some(rate) = self.rate {
                    add(show_rate(rate), Paint::None, 8);
                }
                if let Some(slowed) = self.slowed {
                    add(slowed_text(slowed, facts), Paint::Wait, 4);
                }
                if let Some(at) = self.done_at {
                    add(done_text(at, facts, now), Paint::None, 3);
                }
            }
        }
        for (rank, (number, what)) in (1..).zip(self.not_sent) {
            if number > 0 {
                let paint = if what == "held" { Paint::None } else { Paint::Trouble };
                add(format!("{} {what}", show_number(number)), paint, rank);
            }
        }
        parts
    }

    /// The line for a log.
    pub(super) fn plain(&self, facts: &Facts, now: Timestamp) -> String {
        let mut text = format!("{} of {} done", show_number(self.done), show_number(self.total));
        let mut add = |part: String| {
            text.push_str(", ");
            text.push_str(&part);
        };
        if self.blocked.is_none() {
            self.rate.map(show_rate).into_iter().for_each(&mut add);
            self.slowed.map(|rate| slowed_text(rate, facts)).into_iter().for_each(&mut add);
            self.done_at.map(|at| done_text(at, facts, now)).into_iter().for_each(&mut add);
        }
        for (number, what) in self.not_sent.iter().filter(|(number, _)| *number > 0) {
            add(format!("{} {what}", show_number(*number)));
        }
        if let Some(blocked) = &self.blocked {
            text.push_str("; ");
            text.push_str(&blocked.text);
        }
        text
    }
}

fn slowed_text(slowed: f64, facts: &Facts) -> String {
    format!("slowed to {} of {}", show_rate(slowed), facts.rate)
}

fn done_text(at: Timestamp, facts: &Facts, now: Timestamp) -> String {
    format!("done at about {}", show_until(at, now, &facts.zone))
}

/// The columns of the parts with their separators.
fn columns(parts: &[Part]) -> usize {
    let texts: usize = parts.iter().map(|part| part.text.chars().count()).sum();
    texts + SEPARATOR.len() * parts.len().saturating_sub(1)
}

/// The text, or as much of it as fits: without what stands behind a semicolon if that is enough.
fn cut(text: &str, room: usize) -> String {
    let fits = |text: &str| text.chars().count() <= room;
    let sentence = text.split_once("; ").map(|(sentence, _)| sentence);
    match (sentence.filter(|sentence| fits(sentence)), room) {
        _ if fits(text) => text.to_owned(),
        (Some(sentence), _) => sentence.to_owned(),
        (None, 0..4) => String::new(),
        (None, _) => text.chars().take(room - 1).chain(['…']).collect(),
    }
}

fn painted(text: &str, paint: Paint, colours: bool) -> String {
    match paint.code().filter(|_| colours) {
        Some(code) => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        None => text.to_owned(),
    }
}
