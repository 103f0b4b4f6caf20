//! The noter: no message is posted for the first time before its id is on the disk.
//!
//! Forcing a batch onto a disk takes longer than sending it. So that is done here, beside the
//! dispatcher: while one batch is forced onto the disk the senders have the one before it.

use std::ops::ControlFlow;

use super::Job;
use super::queues::Queues;
use super::sender::Answer;

/// Notes messages that are about to be posted for the first time; it breaks when it could not, and
/// then none of them is posted.
pub type Note<'a> = dyn FnMut(&[Box<Job>]) -> ControlFlow<()> + Send + 'a;

/// Notes each batch and releases it to the senders, until nothing more will come.
pub(super) fn run(queues: &Queues, note: &mut Note<'_>) {
    while let Some(batch) = queues.next_to_note() {
        match note(&batch) {
            ControlFlow::Continue(()) => queues.release(batch),
            ControlFlow::Break(()) => queues.leave(Answer::NotNoted(batch.len() as u64)),
        }
    }
}
