//! The progress of sending: a bar on a terminal, a line at intervals elsewhere, events in the event
//! log.
//!
//! `meter` measures the rate, `blocked` says why no message goes out, `words` makes the line, and
//! `screen` is where it is drawn.

mod blocked;
mod meter;
mod screen;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

pub use self::blocked::{Blocked, Cause};
use self::meter::Meter;
use self::screen::Screen;
use self::words::{Shown, done_at};
use super::event_log::{self, LogEvent};
use super::format::{counted, folded};
use super::tally::MessageCounts;
use super::terminal;
use crate::eligibility::open_hours::OpenHours;
use crate::eligibility::zone::Zone;
use crate::send::engine::Snapshot;
use crate::send::rate::Rate;

/// When to draw a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum When {
    /// On a terminal that can draw (TERM is not dumb)
    #[default]
    Auto,
    /// On every terminal
    Always,
    /// Never
    Never,
}

/// What the progress is measured by, and does not change during the run.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The messages that the plan sends, without those that `--daily-cap` leaves.
    pub planned: u64,
    /// The messages that `--daily-cap` leaves in the plan. One that does not go out leaves its place
    /// to one of them.
    pub left_by_cap: u64,
    /// The messages that the plan holds, and that end as held during the run.
    pub planned_held: u64,
    /// `--limit`.
    pub limit: Option<u64>,
    /// The counts when sending began.
    pub before: MessageCounts,
    /// The zone of the times that are shown.
    pub zone: Zone,
    /// `--hours`.
    pub hours: Option<OpenHours>,
    /// When `--max-duration` ends the run.
    pub ends_at: Option<Timestamp>,
    /// `--rate`.
    pub rate: Rate,
    /// `--recipient-rate`.
    pub recipient_rate: Rate,
    /// The time that the messages to one recipient take at least, by `--recipient-rate`.
    pub to_one_takes: Duration,
    /// `--timeout`.
    pub timeout: Duration,
}

/// How the progress is shown.
#[derive(Debug, Clone, Copy)]
pub struct Showing {
    /// When a bar is drawn.
    pub when: When,
    /// Without a bar, the time between two lines.
    pub every: Duration,
    /// True if nothing is shown.
    pub quiet: bool,
}

/// Shows the progress of a run on stderr.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    colours: bool,
    showing: Showing,
    next_line: Duration,
    facts: Facts,
    meter: Meter,
    stopping_shown: bool,
    /// Why no message goes out, if a line said so.
    blocked: Option<Cause>,
}

impl Progress {
    /// The progress of sending, before the first message.
    #[must_use]
    pub fn new(facts: Facts, showing: Showing) -> Self {
        let draws = match showing.when {
            When::Always => true,
            When::Never => false,
            When::Auto => !terminal::is_dumb(),
        };
        let bar =
            (draws && !showing.quiet && !event_log::is_on() && terminal::stderr_is_terminal())
                .then(|| {
                    let screen = Box::new(Screen::default());
                    let bar = ProgressBar::with_draw_target(
                        None,
                        ProgressDrawTarget::term_like_with_hz(screen, 5),
                    );
                    let only_text = ProgressStyle::with_template("{msg}");
                    bar.set_style(only_text.unwrap_or_else(|_| ProgressStyle::default_bar()));
                    bar
                });
        Self {
            bar,
            colours: terminal::has_colours(),
            showing,
            next_line: showing.every,
            meter: Meter::new(facts.rate),
            facts,
            stopping_shown: false,
            blocked: None,
        }
    }

    /// Shows the current counts.
    pub fn show(&mut self, snapshot: &Snapshot, counts: &MessageCounts) {
        if self.showing.quiet {
            return;
        }
        let now = Timestamp::now();
        let shown = self.look(snapshot, counts, now);
        if let Some(in_flight) = snapshot.stopping.filter(|_| !self.stopping_shown) {
            self.stopping_shown = true;
            self.print_stopping(&stopping(in_flight, snapshot.signalled));
            event_log::write(&LogEvent::Stopping { in_flight, counts: shown.counts() });
        }
        match &self.bar {
            Some(bar) => {
                bar.set_message(shown.line(&self.facts, now, screen::width(), self.colours));
            }
            None => self.show_line(snapshot, &shown, now),
        }
    }

    /// Takes the counts and says what there is to show.
    fn look(&mut self, snapshot: &Snapshot, counts: &MessageCounts, now: Timestamp) -> Shown {
        let Facts { before, .. } = &self.facts;
        let held = counts.held.saturating_sub(before.held);
        let done = before.left.saturating_sub(counts.left + held);
        let refused = counts.refused.saturating_sub(before.refused);
        let failed = counts.failed.saturating_sub(before.failed);
        let planned = self.facts.planned + self.facts.left_by_cap.min(refused + failed);
        let due = planned.saturating_sub(held.saturating_sub(self.facts.planned_held));
        let total = due.min(self.facts.limit.unwrap_or(u64::MAX)).max(done);
        self.meter.count(done, snapshot.posting, snapshot.elapsed);
        let blocked = match snapshot.stopping {
            Some(_) => None,
            None => blocked::why(snapshot, self.meter.still(), &self.facts, now),
        };
        if blocked.is_some() {
            // The rate that is shown after it has nothing of the time without messages.
            self.meter.restart();
        }
        let rate = self.meter.rate(snapshot.allowed).filter(|_| snapshot.stopping.is_none());
        Shown {
            done,
            total,
            rate,
            slowed: (snapshot.slowed && rate.is_some()).then_some(snapshot.allowed),
            done_at: self.done_at(total - done, rate, snapshot, blocked.as_ref(), now),
            not_sent: [
                (refused, "refused"),
                (failed, "failed"),
                (counts.unknown.saturating_sub(before.unknown), "unknown"),
                (held, "held"),
            ],
            blocked,
        }
    }

    /// Returns when `left` messages are done: at the rate that was measured, before that at the rate
    /// in force, and never before the messages to one recipient can be done.
    fn done_at(
        &self,
        left: u64,
        rate: Option<f64>,
        snapshot: &Snapshot,
        blocked: Option<&Blocked>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let waits = blocked.is_some_and(|blocked| blocked.cause != Cause::RecipientRate);
        if snapshot.stopping.is_some() || waits {
            return None;
        }
        let rate = rate.or(Some(snapshot.allowed).filter(|allowed| allowed.is_finite()));
        let to_one = self.facts.to_one_takes.saturating_sub(snapshot.elapsed);
        done_at(left, rate, to_one, &self.facts, now)
    }

    /// Prints a line when it is time for one, or when messages stop or go on.
    fn show_line(&mut self, snapshot: &Snapshot, shown: &Shown, now: Timestamp) {
        let line = || format!("lipasend: {}", shown.plain(&self.facts, now));
        let cause = shown.blocked.as_ref().filter(|blocked| blocked.is_long);
        // The rate to one recipient alternates with messages: a line for each would be noise.
        let cause = cause
            .map(|blocked| blocked.cause)
            .filter(|cause| *cause != Cause::RecipientRate || event_log::is_on());
        let goes_on = self.blocked.is_some() && shown.blocked.is_none();
        let text = match (cause, goes_on) {
            (Some(cause), _) if self.blocked != Some(cause) => {
                self.blocked = Some(cause);
                line()
            }
            (_, true) if snapshot.stopping.is_none() => {
                self.blocked = None;
                format!("{}; going on", line())
            }
            _ if snapshot.elapsed >= self.next_line => line(),
            _ => return,
        };
        self.next_line = snapshot.elapsed + self.showing.every;
        terminal::line(&text);
        if event_log::is_on() {
            let counts = shown.counts();
            event_log::write(&match (&shown.blocked, goes_on) {
                (Some(Blocked { cause, until, is_long: true, .. }), _) => {
                    LogEvent::Blocked { reason: cause.code(), until: *until, counts }
                }
                (_, true) => LogEvent::Resumed(counts),
                _ => LogEvent::Progress(counts),
            });
        }
    }

    /// Says that the run is stopping. There is no bar after that: the second Ctrl-C ends the program
    /// without removing it, and the shell would go on in its line.
    fn print_stopping(&mut self, text: &str) {
        match self.bar.take() {
            Some(bar) => {
                bar.finish_and_clear();
                folded(text, screen::width()).lines().for_each(terminal::line);
            }
            None => terminal::line(text),
        }
    }

    /// Prints a line above the bar.
    pub fn print(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| terminal::line(text)),
            None => terminal::line(text),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The line that is shown once when the run is stopping.
fn stopping(in_flight: u64, signalled: bool) -> String {
    let way_out = if signalled { " (Ctrl-C again ends at once)" } else { "" };
    match in_flight {
        0 => "lipasend: stopping".to_owned(),
        _ => {
            let in_flight = counted(in_flight, "message");
            format!("lipasend: stopping; still in flight: {in_flight}{way_out}")
        }
    }
}
