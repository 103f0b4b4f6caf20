//! How a run ended, for its results' lock file: `report` shows it beside the run.

use std::path::PathBuf;

use super::Run;
use super::finished::Finished;
use crate::record::ledger::time;
use crate::record::lock::EndNote;
use crate::record::names::Beside;
use crate::record::run_ends::{HowEnded, RunEnd};
use crate::record::run_extent::RunExtent;
use crate::send::engine::{End, Halted};
use crate::send::outcome::StopReason;
use crate::signals::Signal;

impl Run<'_> {
    /// Writes down how the run ended.
    pub(super) fn note_end(&self, note: EndNote, finished: &Finished) {
        note.write(self.end_line(finished, how_ended(finished)));
    }

    /// Writes down that the run found nothing to send.
    pub(super) fn note_nothing_left(&self, note: EndNote, finished: &Finished) {
        note.write_nothing_left(self.end_line(finished, HowEnded::Done));
    }

    fn end_line(&self, finished: &Finished, how: HowEnded) -> RunEnd {
        RunEnd {
            run: time(self.began).into_owned(),
            exit: self.exit_code(finished).number(),
            word: how.word().to_owned(),
            extent: RunExtent {
                rows: self.config.reading.rows,
                sample: self.config.reading.sample,
                beside: of_beside_files(&self.config.inputs),
                left: Some(finished.messages.left),
                held: finished.messages.held,
                total: Some(finished.messages.total),
            },
        }
    }
}

/// The kind of the inputs if all are files that earlier runs left.
fn of_beside_files(inputs: &[PathBuf]) -> Option<Beside> {
    let kinds: Option<Vec<Beside>> = inputs.iter().map(|input| Beside::of_input(input)).collect();
    kinds?.first().copied()
}

/// The word for how sending ended.
pub(super) fn how_ended(finished: &Finished) -> HowEnded {
    match (finished.end, &finished.fatal) {
        (Some(End::NotWritten), _) => HowEnded::NotWritten,
        (_, Some(_)) | (None, _) => HowEnded::Error,
        (Some(End::Done), _) if finished.to_send_again() > 0 => HowEnded::Limit,
        (Some(End::Done), _) => HowEnded::Done,
        (Some(End::Refused(StopReason::OwnLimit)), _) => HowEnded::OwnLimit,
        (Some(End::Refused(_)), _) => HowEnded::Refused,
        (Some(End::Halted(halted)), _) => match halted {
            Halted::Down(_) | Halted::Paused(_) => HowEnded::Down,
            Halted::Failing => HowEnded::Failing,
            Halted::Refusing => HowEnded::Refusing,
            Halted::WrongSetUp => HowEnded::WrongSetUp,
            Halted::NoSession => HowEnded::NoSession,
            Halted::Canary => HowEnded::Canary,
        },
        (Some(End::Signal(Signal::Interrupt)), _) => HowEnded::Interrupted,
        (Some(End::Signal(Signal::Terminate)), _) => HowEnded::Terminated,
        (Some(End::Signal(Signal::HangUp)), _) => HowEnded::HungUp,
        (Some(End::MaxDuration), _) => HowEnded::MaxDuration,
        (Some(End::OutsideHours(_)), _) => HowEnded::OutsideHours,
        (Some(End::DailyCap(_)), _) => HowEnded::DailyCap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Fatal;
    use crate::report::tally::MessageCounts;

    #[test]
    fn a_run_that_leaves_messages_at_its_end_reached_the_limit() {
        let ended = |end, left| Finished {
            end: Some(end),
            messages: MessageCounts { left, ..MessageCounts::default() },
            ..Finished::default()
        };
        for (finished, how) in [
            (ended(End::Done, 0), HowEnded::Done),
            (ended(End::Done, 1), HowEnded::Limit),
            (ended(End::DailyCap(None), 1), HowEnded::DailyCap),
            (ended(End::Signal(Signal::Interrupt), 1), HowEnded::Interrupted),
            (ended(End::Refused(StopReason::Key), 1), HowEnded::Refused),
            (Finished { fatal: Some(Fatal::input("x")), ..ended(End::Done, 0) }, HowEnded::Error),
            (
                Finished { fatal: Some(Fatal::internal("x")), ..ended(End::NotWritten, 0) },
                HowEnded::NotWritten,
            ),
        ] {
            assert_eq!(how_ended(&finished), how, "{finished:?}");
        }
    }
}
