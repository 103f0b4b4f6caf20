//! The engine: many senders, one dispatcher. Messages go in, outcomes come out; nothing is sent
//! twice or too fast.
//!
//! A feeder thread takes messages from the input, a write-ahead thread records them on the disk
//! before their first attempt, sender threads post them, and the calling thread dispatches: it
//! alone decides what is sent next, handles every result and reports to the recorder. No other part
//! of `send` has threads or waits. `pacer` limits the rate, `outcome` says what a failure means;
//! file formats are the recorder's.

mod breaker;
mod canary;
mod delay_queue;
mod dispatcher;
mod event;
mod gate;
mod options;
mod queues;
mod read_ahead;
mod sender;
mod startup;
mod trouble;
mod waiting;

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::thread::{self, Builder};
use std::time::Instant;

pub use self::breaker::{Halt, Halted};
use self::dispatcher::Dispatcher;
pub use self::event::{End, Event, Snapshot};
use self::gate::Gate;
pub use self::options::{EngineOptions, Setting};
use self::queues::Queues;
pub use self::queues::{Job, WriteAhead};
use self::sender::Sender;
pub use self::trouble::{Trouble, TroubleAnswers};
use super::pacer::Pacer;
use super::rate::Rate;

/// Gives a message to the engine, or with `None` only asks whether it wants more. `Break` means no.
pub type HandOver<'a> = dyn FnMut(Option<Job>) -> ControlFlow<()> + 'a;

/// The threads of a run beside its senders: feeder and write-ahead thread.
const OTHER_THREADS: usize = 2;

/// The system did not allow all the threads that a run needs; nothing was sent.
#[derive(Debug)]
pub struct TooFewThreads {
    /// The number of senders that would be possible.
    pub possible: usize,
    /// The number of senders that were asked for.
    pub wanted: usize,
    error: io::Error,
}

impl fmt::Display for TooFewThreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { possible, wanted, error } = self;
        write!(f, "this system allows too few threads for --concurrency {wanted}")?;
        if *possible > 0 {
            write!(f, ", {possible} would be possible: lower it, or")?;
        } else {
            f.write_str(":")?;
        }
        write!(f, " raise the limit (ulimit -u, or that of the container) ({error})")
    }
}

impl std::error::Error for TooFewThreads {}

/// Sends every message that `feed` hands over, after `write_ahead` has recorded it, and reports
/// each outcome to `recorder`, which breaks when it cannot write.
///
/// Returns when every message is settled or, after a reason to stop, when every message under way
/// was answered. A message without any attempt is not reported.
///
/// # Errors
/// [`TooFewThreads`], before `feed`, `write_ahead` or `recorder` is called.
pub fn run(
    feed: impl FnOnce(&mut HandOver<'_>) + Send,
    write_ahead: &mut WriteAhead<'_>,
    setting: Setting<'_>,
    recorder: &mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
) -> Result<End, TooFewThreads> {
    let began = Instant::now();
    let options = setting.options;
    let gate = Gate::new(Pacer::new(options.rate), began);
    let queues = Queues::new(options.concurrency, options.rate == Rate::Unlimited);
    let sender = Sender {
        queues: &queues,
        gate: &gate,
        gateway: setting.gateway,
        eligibility: setting.eligibility,
        to_format: options.to_format,
        began,
    };
    thread::scope(|scope| {
        let mut threads = 0_usize;
        let started = (0..options.concurrency)
            .try_for_each(|_| {
                Builder::new().spawn_scoped(scope, move || sender.run())?;
                threads += 1;
                Ok(())
            })
            .and_then(|()| {
                let record = || queues.run_write_ahead(write_ahead);
                Builder::new().spawn_scoped(scope, record)?;
                threads += 1;
                // The feeder is the last one: the others have nothing to do before it runs.
                let offer = || {
                    feed(&mut |job| queues.offer(job.map(Box::new)));
                    queues.end_feed(false);
                };
                Builder::new().spawn_scoped(scope, offer).map(|_| ())
            });
        let end = match started {
            Ok(()) => Ok(Dispatcher::new(began, setting, &gate, &queues, recorder).run()),
            Err(error) => {
                let possible = threads.saturating_sub(OTHER_THREADS);
                Err(TooFewThreads { possible, wanted: options.concurrency, error })
            }
        };
        queues.end_work();
        end
    })
}
