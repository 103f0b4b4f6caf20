//! The progress of sending: a bar on a terminal, a line at intervals elsewhere.

use std::fmt::Write;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use jiff::Timestamp;

use super::format::counted;
use super::tally::MessageCounts;
use super::terminal;
use crate::eligibility::hours::show_until;
use crate::eligibility::zone::Zone;
use crate::send::engine::Snapshot;
use crate::units::printable::printable;
use crate::units::{show_duration, show_number};

/// When to draw a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Shows the progress of a run on stderr.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    every: Duration,
    next_line: Duration,
    quiet: bool,
    total: u64,
    /// The counts when sending began.
    before: MessageCounts,
    stopping_shown: bool,
    /// The zone of the times that are shown.
    zone: Zone,
    /// True if nothing could be posted when the progress was last shown: the gateway was down, or
    /// the hours were closed.
    blocked: bool,
}

impl Progress {
    /// The progress of sending `total` messages; `before` are the counts at the start. Without a
    /// bar a line is printed at intervals of `every`, and nothing when `quiet`.
    #[must_use]
    pub fn new(
        total: u64,
        before: MessageCounts,
        when: When,
        every: Duration,
        quiet: bool,
        zone: Zone,
    ) -> Self {
        let wanted = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => terminal::stderr_is_terminal(),
        };
        let bar = (wanted && !quiet).then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(5));
            bar.set_style(style());
            bar
        });
        Self {
            bar,
            every,
            next_line: every,
            quiet,
            total,
            before,
            stopping_shown: false,
            zone,
            blocked: false,
        }
    }

    /// Shows the current counts.
    pub fn show(&mut self, snapshot: &Snapshot, counts: &MessageCounts) {
        let held = counts.held.saturating_sub(self.before.held);
        let done = self.before.left.saturating_sub(counts.left + held);
        if let Some(in_flight) = snapshot.stopping.filter(|_| !self.stopping_shown && !self.quiet) {
            self.stopping_shown = true;
            self.print(stopping(in_flight));
        }
        let mut text = exceptions(snapshot, counts, &self.before);
        if let Some(until) = snapshot.closed_until {
            let until = show_until(until, Timestamp::now(), &self.zone);
            text.push_str(&format!(", outside the hours until {until}"));
        }
        let blocked = snapshot.down || snapshot.closed_until.is_some();
        let changed = std::mem::replace(&mut self.blocked, blocked) != blocked;
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(text);
            }
            None if !self.quiet && (changed || snapshot.elapsed >= self.next_line) => {
                self.next_line = snapshot.elapsed + self.every;
                self.print(progress(done, self.total, snapshot.elapsed) + &text);
            }
            None => {}
        }
    }

    fn print(&self, text: String) {
        match &self.bar {
            Some(bar) => bar.println(&*printable(&text)),
            None => terminal::line(&text),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style() -> ProgressStyle {
    let rate = |state: &ProgressState, text: &mut dyn Write| {
        let _ = write!(text, "{:.1}/s", state.per_sec());
    };
    ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len}  {rate}  {eta} left{msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", rate)
}

/// The line that is printed where there is no bar.
fn progress(done: u64, total: u64, elapsed: Duration) -> String {
    let (done, total) = (show_number(done), show_number(total));
    format!("lipasend: {done} of {total} done in {}", show_duration(elapsed))
}

/// The line that is shown once when the run is stopping.
fn stopping(in_flight: u64) -> String {
    match in_flight {
        0 => "lipasend: stopping".to_owned(),
        _ => format!(
            "lipasend: stopping; still in flight: {} (Ctrl-C again ends the program at once)",
            counted(in_flight, "message")
        ),
    }
}

/// Returns the unexpected counts, each after a comma.
fn exceptions(snapshot: &Snapshot, counts: &MessageCounts, before: &MessageCounts) -> String {
    let mut text = String::new();
    for (number, what) in [
        (counts.refused.saturating_sub(before.refused), "refused"),
        (counts.failed, "failed"),
        (counts.unknown.saturating_sub(before.unknown), "unknown"),
        (counts.held.saturating_sub(before.held), "held"),
        (snapshot.waiting as u64, "waiting"),
    ] {
        if number > 0 {
            text.push_str(&format!(", {} {what}", show_number(number)));
        }
    }
    if snapshot.down {
        text.push_str(", the gateway is down");
    } else if let Some(pause) = snapshot.pause.filter(|pause| pause.as_millis() >= 50) {
        text.push_str(&format!(", pausing {}", show_duration(pause)));
    } else if snapshot.slowed {
        text.push_str(&format!(", slowed to {:.1}/s", snapshot.allowed));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Snapshot = Snapshot {
        elapsed: Duration::from_secs(3),
        allowed: 2.5,
        slowed: false,
        pause: None,
        stopping: None,
        waiting: 0,
        down: false,
        closed_until: None,
    };

    #[test]
    fn exceptions_are_listed_after_the_counts() {
        let before = MessageCounts { refused: 10, unknown: 10, ..MessageCounts::default() };
        let failing = MessageCounts { refused: 11, failed: 2_000, unknown: 13, ..before };
        let pause = |millis| Some(Duration::from_millis(millis));
        let table = [
            (QUIET, before, ""),
            (QUIET, failing, ", 1 refused, 2,000 failed, 3 unknown"),
            (Snapshot { waiting: 4, ..QUIET }, before, ", 4 waiting"),
            (Snapshot { pause: pause(1_500), slowed: true, ..QUIET }, before, ", pausing 1.5 s"),
            (Snapshot { pause: pause(49), slowed: true, ..QUIET }, before, ", slowed to 2.5/s"),
            (Snapshot { down: true, slowed: true, ..QUIET }, before, ", the gateway is down"),
        ];
        for (snapshot, counts, text) in table {
            assert_eq!(exceptions(&snapshot, &counts, &before), text);
        }
    }

    #[test]
    fn the_line_has_the_number_of_finished_messages_and_the_time() {
        let line = progress(1_200, 30_000, Duration::from_secs(125));
        assert_eq!(line, "lipasend: 1,200 of 30,000 done in 2 min 5 s");
    }

    #[test]
    fn the_stopping_line_has_the_messages_in_flight() {
        assert_eq!(stopping(0), "lipasend: stopping");
        let line = "lipasend: stopping; still in flight: 2 messages (Ctrl-C again ends the program at once)";
        assert_eq!(stopping(2), line);
    }
}
