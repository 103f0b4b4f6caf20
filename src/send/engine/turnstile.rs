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
    door: Door,
    passed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Open,
    /// Everybody is sent back, and may come again later.
    Held,
    Closed,
}

impl Turnstile {
    pub(super) fn new(pacer: Pacer, began: Instant) -> Self {
        let gate = Gate { pacer, door: Door::Open, passed: 0 };
        Self { queue: Mutex::new(()), gate: Mutex::new(gate), changed: Condvar::new(), began }
    }

    /// Waits for a turn; `false` when the turnstile is not open, or no longer.
    pub(super) fn pass(&self) -> bool {
        let _first_in_line = lock(&self.queue);
        let mut gate = lock(&self.gate);
        while gate.door == Door::Open {
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
        lock(&self.gate).door = Door::Closed;
        self.changed.notify_all();
    }

    /// Sends everybody back until it is [opened](Self::open) again.
    pub(super) fn hold(&self) {
        self.turn(Door::Open, Door::Held);
    }

    /// Lets people pass again, unless it is closed for good.
    pub(super) fn open(&self) {
        self.turn(Door::Held, Door::Open);
    }

    fn turn(&self, from: Door, to: Door) {
        let mut gate = lock(&self.gate);
        if gate.door == from {
            gate.door = to;
        }
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
