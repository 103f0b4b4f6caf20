//! The one place every attempt passes, first or repeated, right before its POST.
//!
//! One sender at a time waits here for its turn; the others stand behind it without waking up.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::send::pacer::{Pacer, Turn};

/// A pacer that threads wait at.
#[derive(Debug)]
pub(super) struct Turnstile {
    queue: Mutex<()>,
    gate: Mutex<Gate>,
    changed: Condvar,
    began: Instant,
}

#[derive(Debug)]
struct Gate {
    pacer: Pacer,
    open: bool,
    passed: u64,
}

impl Turnstile {
    pub(super) fn new(pacer: Pacer, began: Instant) -> Self {
        let gate = Gate { pacer, open: true, passed: 0 };
        Self { queue: Mutex::new(()), gate: Mutex::new(gate), changed: Condvar::new(), began }
    }

    /// Waits for a turn; `false` when the turnstile was closed meanwhile.
    pub(super) fn pass(&self) -> bool {
        let _first_in_line = lock(&self.queue);
        let mut gate = lock(&self.gate);
        while gate.open {
            match gate.pacer.ask(self.began.elapsed()) {
                Turn::Now => {
                    gate.passed += 1;
                    return true;
                }
                Turn::After(wait) => {
                    let woken = self.changed.wait_timeout(gate, wait);
                    gate = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
        false
    }

    /// Lets nobody pass any more.
    pub(super) fn close(&self) {
        lock(&self.gate).open = false;
        self.changed.notify_all();
    }

    /// How many passed so far.
    pub(super) fn passed(&self) -> u64 {
        lock(&self.gate).passed
    }

    /// Asks or tells the pacer something.
    pub(super) fn with_pacer<T>(&self, ask: impl FnOnce(&mut Pacer, Duration) -> T) -> T {
        ask(&mut lock(&self.gate).pacer, self.began.elapsed())
    }
}

/// A panic elsewhere ends the run anyway; the numbers behind the lock are still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
