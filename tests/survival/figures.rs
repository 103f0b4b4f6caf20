//! The figures of the campaigns with a saboteur.

use super::table;

/// The figures, in the order of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Figure {
    Campaigns,
    Whole,
    Ended,
    Runs,
    Killed,
    Terminated,
    StoppedAtTheBeginning,
    StoppedDuringTheRun,
    Saved,
    Moved,
    Truncated,
    Copied,
    ModeOrLink,
    Accepting,
    PutBackOrNamed,
    Faults,
    Messages,
    Accepted,
    Doubtful,
    Lost,
    Again,
    TwoIds,
    Forgotten,
    Held,
    Unnoticed,
    FalseAlarms,
    WithoutWords,
    OtherCodes,
    Unfinished,
}

const TABLE: [(Figure, &str); 29] = [
    (Figure::Campaigns, "campaigns"),
    (Figure::Whole, "  that went through whole"),
    (Figure::Ended, "  that ended with 4 and said so"),
    (Figure::Runs, "runs of the program"),
    (Figure::Killed, "  of these killed"),
    (Figure::Terminated, "  of these terminated"),
    (Figure::StoppedAtTheBeginning, "  of these ended with 4 before the first request"),
    (Figure::StoppedDuringTheRun, "  of these ended with 4 during the run"),
    (Figure::Saved, "files saved"),
    (Figure::Moved, "files moved"),
    (Figure::Truncated, "files truncated"),
    (Figure::Copied, "files copied"),
    (Figure::ModeOrLink, "files given another mode or a second name"),
    (Figure::Accepting, "runs with --accept-results"),
    (Figure::PutBackOrNamed, "moved results put back or named with --ledger"),
    (Figure::Faults, "requests with a fault"),
    (Figure::Messages, "messages"),
    (Figure::Accepted, "accepted at the gateway"),
    (Figure::Doubtful, "posted again, cut off before the lock remembered it"),
    (Figure::Lost, "accepted, not recorded, printed or in flight"),
    (Figure::Again, "posted again after `sent`"),
    (Figure::TwoIds, "cards under two ids"),
    (Figure::Forgotten, "posted again, cut out of the in-flight file"),
    (Figure::Held, "posted although in doubt, by hold"),
    (Figure::Unnoticed, "runs that went on with a file that was touched"),
    (Figure::FalseAlarms, "runs that ended with 4 without a reason"),
    (Figure::WithoutWords, "runs that ended with 4 and did not say why"),
    (Figure::OtherCodes, "runs that ended with a code for another reason"),
    (Figure::Unfinished, "campaigns without an end"),
];

/// The first of the figures that must be 0.
const MUST_BE_0: Figure = Figure::Lost;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures(pub(crate) [u64; TABLE.len()]);

impl Figures {
    pub(crate) fn add(&mut self, figure: Figure, number: usize) {
        self.0[figure as usize] += number as u64;
    }

    pub(crate) fn get(&self, figure: Figure) -> u64 {
        self.0[figure as usize]
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.0[MUST_BE_0 as usize..].iter().all(|number| *number == 0)
    }

    pub(crate) fn table(&self) -> String {
        table(&TABLE.map(|(figure, what)| (what, self.0[figure as usize])))
    }
}
