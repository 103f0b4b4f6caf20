//! Prepares rows in parallel and returns them in order.
//!
//! Chunks of raw rows go to rayon's threads; a queue of channels, one for each chunk, keeps the
//! order. The iterating thread reads ahead while the others prepare. Where the system allows fewer
//! threads than there are processors, fewer prepare; without any the iterating thread does it.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

use crossbeam_channel::{Receiver, bounded};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::row::{Prepared, Preparer};
use crate::read::Raw;

/// Rows in one chunk: enough to make the cost of handing it over negligible.
const CHUNK: usize = 512;

/// The most chunks that are in work or done but not yet taken; it limits the memory.
const AHEAD: usize = 8;

/// An iterator over the prepared rows of one input, in chunks and in the input's order.
#[derive(Debug)]
pub struct PreparedChunks<I, E> {
    rows: I,
    preparer: Arc<Preparer>,
    in_work: VecDeque<Receiver<Vec<Prepared>>>,
    /// Set at the end of the rows: the error that ended them, if any, until it is returned.
    end: Option<Option<E>>,
}

impl<I, E> PreparedChunks<I, E>
where
    I: Iterator<Item = Result<Raw, E>>,
{
    /// Prepares `rows` with `preparer`.
    pub fn new(rows: I, preparer: Arc<Preparer>) -> Self {
        Self { rows, preparer, in_work: VecDeque::with_capacity(AHEAD), end: None }
    }

    /// Reads until [`AHEAD`] chunks are in work or the rows end.
    fn read_ahead(&mut self) {
        while self.end.is_none() && self.in_work.len() < AHEAD {
            let mut chunk = Vec::with_capacity(CHUNK);
            while chunk.len() < CHUNK && self.end.is_none() {
                match self.rows.next() {
                    Some(Ok(row)) => chunk.push(row),
                    Some(Err(error)) => self.end = Some(Some(error)),
                    None => self.end = Some(None),
                }
            }
            if !chunk.is_empty() {
                self.in_work.push_back(spawn(chunk, &self.preparer));
            }
        }
    }
}

impl<I, E> Iterator for PreparedChunks<I, E>
where
    I: Iterator<Item = Result<Raw, E>>,
{
    type Item = Result<Vec<Prepared>, E>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_ahead();
        let Some(chunk) = self.in_work.pop_front() else {
            return self.end.as_mut()?.take().map(Err);
        };
        // The channel closes without a value only if the preparing thread panicked, and a panic
        // there ends the program.
        chunk.recv().ok().map(Ok)
    }
}

/// The threads that prepare; `None` when the system allows none.
static THREADS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let processors = available_parallelism().map_or(1, usize::from);
    let halves = std::iter::successors(Some(processors / 2), |threads| Some(threads / 2));
    // 0 is rayon's default: as many as there are processors, or `RAYON_NUM_THREADS`.
    let mut numbers = std::iter::once(0).chain(halves.take_while(|threads| *threads > 0));
    numbers.find_map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().ok())
});

/// Prepares a chunk on one of rayon's threads.
fn spawn(chunk: Vec<Raw>, preparer: &Arc<Preparer>) -> Receiver<Vec<Prepared>> {
    let (sender, receiver) = bounded(1);
    let preparer = Arc::clone(preparer);
    let prepare = move || {
        let prepared = preparer.prepare_chunk(chunk.into_iter().map(Raw::into_record));
        // Fails when the run has stopped and the receiver is gone.
        let _ = sender.send(prepared);
    };
    match &*THREADS {
        Some(threads) => threads.spawn(prepare),
        None => prepare(),
    }
    receiver
}
