//! Why sending ended early, in words, with what to do about it. Pure: the time is an argument.

use jiff::{SignedDuration, Timestamp};

use super::format::counted;
use crate::eligibility::hours::{show_second, show_until};
use crate::eligibility::open_hours::OpenHours;
use crate::eligibility::zone::Zone;
use crate::send::engine::{End, EngineOptions, Halted};
use crate::send::outcome::StopReason;
use crate::signals::Signal;
use crate::units::show_duration;

/// The end of a run, with what its words depend on.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// Why sending ended.
    pub end: End,
    /// The messages that were not reached.
    pub left: u64,
    /// The options of the run.
    pub options: &'a EngineOptions,
    /// The hours in which messages go.
    pub hours: Option<&'a OpenHours>,
    /// The zone of the times that are shown.
    pub zone: &'a Zone,
    /// The time of the end.
    pub now: Timestamp,
}

impl Ending<'_> {
    /// Why it ended, as a lowercase fragment; `None` where there is nothing to say or the error is
    /// shown by itself.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        let why = match self.end {
            End::Done if self.left > 0 => "--limit was reached",
            End::Done | End::NotWritten => return None,
            End::Refused(reason) => return Some(self.refused(reason)),
            End::Halted(halted) => return Some(self.halted(halted)),
            End::Signal(Signal::Interrupt) => "interrupted (SIGINT)",
            End::Signal(Signal::Terminate) => "terminated (SIGTERM)",
            End::Signal(Signal::HangUp) => "the terminal was closed (SIGHUP)",
            End::MaxDuration => "--max-duration was reached",
            End::DailyCap(None) => "--daily-cap was reached: run again later",
            End::DailyCap(Some(free)) => return Some(self.daily_cap(free)),
            End::OutsideHours(until) => return Some(self.outside_hours(until)),
        };
        Some(why.to_owned())
    }

    fn daily_cap(&self, free: Timestamp) -> String {
        // The time is shown without its seconds.
        let free = free.checked_add(SignedDuration::from_secs(59)).unwrap_or(free);
        let when = show_until(free, self.now, self.zone);
        format!("--daily-cap was reached: run again after {when}, when the next place is free")
    }

    fn outside_hours(&self, until: Timestamp) -> String {
        let Some(open) = self.hours else { return String::new() };
        let when = show_until(until, self.now, &open.zone);
        format!("outside --hours {}: run again after {when} (or --outside wait)", open.hours)
    }

    fn refused(&self, reason: StopReason) -> String {
        let text = match reason {
            StopReason::Key => {
                "the gateway refused the key (check it on the account's settings page)"
            }
            StopReason::Account => "the account is stopped (see the gateway's settings page)",
            StopReason::Sender => "the sender's number cannot be used (check --from)",
            StopReason::SetUp => {
                "the connection to the gateway is set up wrongly (check --gateway, the proxy and --ca-file)"
            }
            StopReason::OwnLimit => {
                return format!(
                    "this system allows too few open files for --concurrency {}: lower it, or raise the limit (ulimit -n)",
                    self.options.concurrency
                );
            }
        };
        text.to_owned()
    }

    fn halted(&self, why: Halted) -> String {
        let options = self.options;
        let waited = show_duration(options.retry_for);
        match why {
            Halted::Down(answers) if answers.only_throttled() => format!(
                "the gateway was too busy for {waited} (--retry-for), there was nothing but {answers}: run again later, with a lower --rate"
            ),
            Halted::Paused(until) => format!(
                "the pause after \"too many requests\" (429) lasts until {}, longer than --retry-for {waited}: run again after it, with a lower --rate",
                show_second(until, self.now, self.zone)
            ),
            Halted::Down(answers) => format!(
                "the gateway was down for {waited} (--retry-for), there was nothing but {answers}: run again later"
            ),
            Halted::Failing => format!("too much failed (--halt {}): run again later", options.halt),
            Halted::Refusing => {
                format!("too much was refused (--halt {}): see `error` in the results for why", options.halt)
            }
            Halted::WrongSetUp => "the first 20 messages were all refused for the same reason: the set-up is wrong (see `error` in the results); once it is corrected, the same command sends them"
                .to_owned(),
            Halted::NoSession => "the first 20 answers all said that the 24-hour window is closed (131047): no window is open, these people must write first; the same command sends them then"
                .to_owned(),
            Halted::Canary => format!(
                "not all of the first {} were accepted (--canary): see `error` in the results for why",
                counted(options.canary, "message")
            ),
        }
    }
}
