//! The engine: many senders, one dispatcher. Messages go in, outcomes come out; nothing is sent
//! twice or too fast.
//!
//! A feeder thread takes messages from the input, a write-ahead thread records them on the disk
//! before their first attempt, sender threads post them, and the calling thread dispatches: it
//! alone decides what is sent next, handles every result and reports to the recorder. No other part
//! of `send` has threads or waits. `pacer` limits the rate, `outcome` says what a failure means;
//! file formats are the recorder's.

mod breaker;
mod delay_queue;
mod dispatcher;
mod event;
mod gate;
mod options;
mod queues;
mod read_ahead;
mod sender;
mod startup;

use std::ops::ControlFlow;
use std::thread;
use std::time::Instant;

pub use self::breaker::{Halt, Halted};
use self::dispatcher::Dispatcher;
pub use self::event::{End, Event, Snapshot};
use self::gate::Gate;
pub use self::options::EngineOptions;
use self::queues::Queues;
pub use self::queues::{Job, WriteAhead};
use self::sender::Sender;
use super::gateway::Gateway;
use super::pacer::Pacer;
use crate::signals::Stop;

/// Gives a message to the engine, or with `None` only asks whether it wants more. `Break` means no.
pub type HandOver<'a> = dyn FnMut(Option<Job>) -> ControlFlow<()> + 'a;

/// Sends every message that `feed` hands over, after `write_ahead` has recorded it, and reports
/// each outcome to `recorder`, which breaks when it cannot write.
///
/// Returns when every message is settled or, after a reason to stop, when every message under way
/// was answered. A message without any attempt is not reported.
pub fn run(
    feed: impl FnOnce(&mut HandOver<'_>) + Send,
    write_ahead: &mut WriteAhead<'_>,
    gateway: &Gateway,
    options: &EngineOptions,
    stop: &Stop,
    recorder: &mut dyn FnMut(Event<'_>) -> ControlFlow<()>,
) -> End {
    let began = Instant::now();
    let gate = Gate::new(Pacer::new(options.rate), began);
    let queues = Queues::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            feed(&mut |job| queues.offer(job.map(Box::new)));
            queues.end_feed(false);
        });
        scope.spawn(|| queues.run_write_ahead(write_ahead));
        let sender =
            Sender { queues: &queues, gate: &gate, gateway, to_format: options.to_format, began };
        for _ in 0..options.concurrency {
            scope.spawn(move || sender.run());
        }
        let dispatcher = Dispatcher::new(began, options, stop, &gate, &queues, recorder);
        let end = dispatcher.run();
        queues.end_work();
        end
    })
}
