//! The events that the engine reports while it runs, and the reasons why it ends.

use std::time::Duration;

use jiff::Timestamp;

use super::breaker::Halted;
use super::queues::Job;
use super::trouble::Trouble;
use crate::eligibility::held::Held;
use crate::prepare::message::Message;
use crate::send::outcome::{Outcome, StopReason};
use crate::signals::Signal;

/// A report to the recorder.
#[derive(Debug)]
pub enum Event<'a> {
    /// The message is settled in this run.
    Settled(&'a Job, &'a Outcome),
    /// The message's outcome for now: it counts when the run is killed before the message is
    /// settled.
    ForNow(&'a Message, &'a Outcome),
    /// The message is not posted in this run, for this reason.
    Held(&'a Job, Held),
    /// All outcomes known at this moment were reported: write them.
    Flush,
    /// Comes at least ten times a second: time to sync files and to show progress.
    Tick(Snapshot),
}

/// The state of the run at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Snapshot {
    /// The time since sending began.
    pub elapsed: Duration,
    /// The rate in force, in messages per second; infinite without a limit.
    pub allowed: f64,
    /// True if that is below the ceiling, after a throttled response.
    pub slowed: bool,
    /// The rest of the pause of all senders, if there is one.
    pub pause: Option<Duration>,
    /// The number of messages still under way, when the run is stopping.
    pub stopping: Option<u64>,
    /// True if a signal has come.
    pub signalled: bool,
    /// Messages that were posted and have no answer yet.
    pub posting: u64,
    /// Messages that wait for their recipient's turn.
    pub waiting_for_recipients: usize,
    /// The trouble, if every answer since some time was trouble.
    pub trouble: Option<Trouble>,
    /// The time until this trouble ends the run (`--retry-for`), if it goes on and its time counts now.
    pub ends_after: Option<Duration>,
    /// True if the gateway is taken for down, so that only probes are sent.
    pub down: bool,
    /// The time until the next attempt of a message that is not under way, if one is known.
    pub next_try: Option<Duration>,
    /// The time until which the hours are closed, if they are.
    pub closed_until: Option<Timestamp>,
}

/// The reason why sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing was left to send.
    Done,
    /// An outcome, or a message about to be posted, could not be written to disk.
    NotWritten,
    /// The gateway refused the key, the account, the sender or the address, or this system allows
    /// too little.
    Refused(StopReason),
    /// Too many failures, by `--halt` or `--canary`.
    Halted(Halted),
    /// SIGINT, SIGTERM or SIGHUP.
    Signal(Signal),
    /// `--max-duration` was reached.
    MaxDuration,
    /// The hours are closed until this time.
    OutsideHours(Timestamp),
    /// `--daily-cap` was reached, and messages are left because of it; its next place is free at this
    /// time, if that is known.
    DailyCap(Option<Timestamp>),
}
