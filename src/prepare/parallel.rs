//! Many rows at once, in parallel and in order.
//!
//! Chunks of raw rows go to rayon's threads; a queue of answers keeps the order. The thread that
//! iterates reads ahead while the others prepare, so nothing waits for anything but the processor.

use std::collections::VecDeque;
use std::sync::Arc;

use crossbeam_channel::{Receiver, bounded};

use super::row::{Prepared, Preparer};
use crate::read::Raw;

/// Rows in one piece of work: large enough that handing it over costs nothing.
const CHUNK: usize = 512;

/// Pieces of work under way or done and not yet asked for; bounds the memory.
const AHEAD: usize = 8;

/// The rows of one input, prepared; an iterator over chunks in the input's order.
#[derive(Debug)]
pub struct Intake<I, E> {
    rows: I,
    preparer: Arc<Preparer>,
    under_way: VecDeque<Receiver<Vec<Prepared>>>,
    /// The end of the rows: a reading error to give after everything before it.
    ended: Option<Option<E>>,
}

impl<I, E> Intake<I, E>
where
    I: Iterator<Item = Result<Raw, E>>,
{
    /// Prepares `rows` with `preparer`.
    pub fn new(rows: I, preparer: Arc<Preparer>) -> Self {
        Self { rows, preparer, under_way: VecDeque::with_capacity(AHEAD), ended: None }
    }

    /// Reads ahead until enough work is under way or the rows end.
    fn read_ahead(&mut self) {
        while self.ended.is_none() && self.under_way.len() < AHEAD {
            let mut chunk = Vec::with_capacity(CHUNK);
            while chunk.len() < CHUNK && self.ended.is_none() {
                match self.rows.next() {
                    Some(Ok(row)) => chunk.push(row),
                    Some(Err(error)) => self.ended = Some(Some(error)),
                    None => self.ended = Some(None),
                }
            }
            if !chunk.is_empty() {
                self.under_way.push_back(prepare_elsewhere(chunk, &self.preparer));
            }
        }
    }
}

impl<I, E> Iterator for Intake<I, E>
where
    I: Iterator<Item = Result<Raw, E>>,
{
    type Item = Result<Vec<Prepared>, E>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_ahead();
        let Some(answer) = self.under_way.pop_front() else {
            return self.ended.as_mut()?.take().map(Err);
        };
        // The sender is dropped unused only when the preparing thread panicked, and that ends the
        // whole program first.
        answer.recv().ok().map(Ok)
    }
}

fn prepare_elsewhere(chunk: Vec<Raw>, preparer: &Arc<Preparer>) -> Receiver<Vec<Prepared>> {
    let (done, answer) = bounded(1);
    let preparer = Arc::clone(preparer);
    rayon::spawn(move || {
        let prepared = chunk.into_iter().map(|raw| preparer.prepare(raw.into_record())).collect();
        // Nobody waits for it any more when the run has stopped.
        let _ = done.send(prepared);
    });
    answer
}
