//! Progress while sending: a bar on a terminal, a plain line now and then elsewhere.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::format::{count, counted};
use super::tally::MessageCounts;
use super::terminal;
use crate::send::engine::Snapshot;
use crate::units::show_duration;

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

/// Shows how the run is doing, on stderr.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    every: Duration,
    next_line: Duration,
    quiet: bool,
    total: u64,
    /// The counts when sending began: what was left (`--limit` may take fewer), and what earlier runs
    /// left refused or unknown.
    before: MessageCounts,
    told_to_stop: bool,
    /// Whether the gateway was down when it was last shown.
    down: bool,
}

impl Progress {
    /// Progress over `total` messages, of which `before` tells what earlier runs left; without a bar
    /// a line `every` so often, none when `quiet`.
    #[must_use]
    pub fn new(
        total: u64,
        before: MessageCounts,
        when: When,
        every: Duration,
        quiet: bool,
    ) -> Self {
        let wanted = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => io::stderr().is_terminal(),
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
            told_to_stop: false,
            down: false,
        }
    }

    /// Shows the counts as they are now.
    pub fn show(&mut self, pulse: &Snapshot, counts: &MessageCounts) {
        let done = self.before.left.saturating_sub(counts.left);
        self.tell_stopping(pulse);
        let text = state(pulse, counts, &self.before);
        let news = std::mem::replace(&mut self.down, pulse.down) != pulse.down;
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(text);
            }
            None if !self.quiet && (news || pulse.elapsed >= self.next_line) => {
                self.next_line = pulse.elapsed + self.every;
                let elapsed = show_duration(pulse.elapsed);
                let (done, total) = (count(done), count(self.total));
                terminal::line(&format!("lipasend: {done} of {total} done in {elapsed}{text}"));
            }
            None => {}
        }
    }

    /// Once, when the run has begun to stop and something is still under way.
    fn tell_stopping(&mut self, pulse: &Snapshot) {
        let Some(under_way) = pulse.stopping.filter(|_| !self.told_to_stop && !self.quiet) else {
            return;
        };
        self.told_to_stop = true;
        let text = match under_way {
            0 => "lipasend: stopping".to_owned(),
            _ => format!(
                "lipasend: stopping; still under way: {} (Ctrl-C again leaves at once)",
                counted(under_way, "message")
            ),
        };
        match &self.bar {
            Some(bar) => bar.println(text),
            None => terminal::line(&text),
        }
    }

    /// Takes the bar away.
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

/// What is not as it should be, behind a comma each.
fn state(pulse: &Snapshot, counts: &MessageCounts, before: &MessageCounts) -> String {
    let mut text = String::new();
    for (number, what) in [
        (counts.refused.saturating_sub(before.refused), "refused"),
        (counts.failed, "failed"),
        (counts.unknown.saturating_sub(before.unknown), "unknown"),
        (pulse.waiting as u64, "waiting"),
    ] {
        if number > 0 {
            text.push_str(&format!(", {} {what}", count(number)));
        }
    }
    if pulse.down {
        text.push_str(", the gateway is down");
    } else if let Some(pause) = pulse.pause.filter(|pause| pause.as_millis() >= 50) {
        text.push_str(&format!(", pausing {}", show_duration(pause)));
    } else if pulse.slowed {
        text.push_str(&format!(", slowed to {:.1}/s", pulse.allowed));
    }
    text
}
