//! Many senders, one dispatcher: messages in, outcomes out, nothing twice and never too fast.
//!
//! A feeder thread takes messages from the input, a noter thread sees that they are on the disk
//! before they go, sender threads post them, and the calling thread dispatches: it alone decides
//! what goes next, hears every answer, and tells the journal. This is the only room of `send` with
//! threads and waiting. When the next message may go is asked of `pacer`, what an answer means is
//! asked of `outcome`; files and columns are the journal's.

mod breaker;
mod delay_queue;
mod dispatcher;
mod gate;
mod noter;
mod queues;
mod read_ahead;
mod sender;
mod startup;

use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

pub use self::breaker::{Halt, Halted};
use self::dispatcher::Dispatcher;
use self::gate::Gate;
pub use self::noter::Note;
use self::queues::Queues;
use self::sender::Sender;
use super::gateway::Gateway;
use super::outcome::{Attempts, Outcome, RetryPolicy, Status, StopReason};
use super::pacer::{Pacer, Rate};
use crate::prepare::message::Message;
use crate::prepare::payload::ToFormat;
use crate::signals::{Signal, Stop};

/// How a run sends.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The ceiling for all senders together.
    pub rate: Rate,
    /// The ceiling for each recipient.
    pub recipient_rate: Rate,
    /// Sender threads, at least 1.
    pub concurrency: usize,
    /// How often a message is tried.
    pub retry_policy: RetryPolicy,
    /// How the recipient's number is written.
    pub to_format: ToFormat,
    /// When to stop, counted from the start of sending.
    pub max_duration: Option<Duration>,
    /// When to stop by itself.
    pub halt: Halt,
    /// How long a gateway that is down is waited for.
    pub retry_for: Duration,
    /// How many messages go first and must all be accepted before the others go.
    pub canary: u64,
}

/// A message on its way through the run.
#[derive(Debug)]
pub struct Job {
    /// The message.
    pub message: Message,
    /// What its attempts came to so far.
    pub attempts: Attempts,
    /// The last attempt's outcome, once there was one.
    pub last: Option<Outcome>,
    /// Whether its recipient's turn was taken and is still unused.
    has_turn: bool,
    /// Whether the journal has noted that it is about to be posted.
    noted: bool,
}

impl Job {
    /// A message before its first attempt in this run; `earlier` is what the ledger says of it.
    #[must_use]
    pub fn new(message: Message, earlier: Option<Status>) -> Self {
        let attempts = Attempts::new(earlier);
        Self { message, attempts, last: None, has_turn: false, noted: false }
    }
}

/// What the journal is told.
#[derive(Debug)]
pub enum Event<'a> {
    /// This message is done with in this run.
    Settled(&'a Job, &'a Outcome),
    /// All that became known at this moment was told: write it down.
    Heard,
    /// At least ten times a second: time to force things to the disk and to show progress.
    Tick(Pulse),
}

/// How the run is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pulse {
    /// Since sending began.
    pub elapsed: Duration,
    /// Messages per second that the pacer allows now; infinite without a limit.
    pub allowed: f64,
    /// Whether that is less than the ceiling, after being throttled.
    pub slowed: bool,
    /// How long everybody still pauses, if they do.
    pub pause: Option<Duration>,
    /// The run is stopping, with so many messages still under way.
    pub stopping: Option<u64>,
    /// Messages that wait for their next try or their recipient's turn.
    pub waiting: usize,
    /// Whether the gateway is down, and only probed now and then.
    pub down: bool,
}

/// Why sending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing was left to send.
    Done,
    /// The journal could not write.
    NotWritten,
    /// The gateway refused key, account, sender or address.
    Refused(StopReason),
    /// Too much failed, by `--halt` or `--canary`.
    Halted(Halted),
    /// The user or the system said so.
    Signal(Signal),
    /// `--max-duration` was reached.
    MaxDuration,
}

/// How a message is handed to the engine; with `None` it is only asked whether more are wanted.
pub type HandOver<'a> = dyn FnMut(Option<Job>) -> ControlFlow<()> + 'a;

/// Sends everything that `feed` hands over, each message once it is noted by `note`, and tells
/// `journal` what becomes of it, which answers whether to go on.
///
/// It returns when every message is settled or, after a reason to stop, when everything under way
/// was answered. A message that was never tried is not told to the journal.
pub fn run(
    feed: impl FnOnce(&mut HandOver<'_>) + Send,
    note: &mut Note<'_>,
    gateway: &Gateway,
    rules: &Rules,
    stop: &Stop,
    journal: &mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
) -> End {
    let began = Instant::now();
    let gate = Gate::new(Pacer::new(rules.rate), began);
    let queues = Queues::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            feed(&mut |job| queues.offer(job.map(Box::new)));
            queues.end_feed(false);
        });
        scope.spawn(|| noter::run(&queues, note));
        let sender =
            Sender { queues: &queues, gate: &gate, gateway, to_format: rules.to_format, began };
        for _ in 0..rules.concurrency {
            scope.spawn(move || sender.run());
        }
        let dispatcher = Dispatcher::new(began, rules, stop, &gate, &queues, journal);
        let end = dispatcher.run();
        queues.end_work();
        end
    })
}
