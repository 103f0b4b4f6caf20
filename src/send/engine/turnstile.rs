//! The one place every attempt passes, first or repeated, right before its POST.
//!
//! One sender at a time waits here for its turn; the others stand behind it without waking up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::send::pacer::{Pacer, Turn};

/// A pacer that threads wait at.
#[derive(Debug)]
pub(super) struct Turnstile {
    queue: Mutex<()>,
    gate: Mutex<Gate>,
    changed: Condvar,
    /// Whether nobody needs to ask: there is no limit, no pause, and it is open.
    free: AtomicBool,
    passed: AtomicU64,
    began: Instant,
}

#[derive(Debug)]
struct Gate {
    pacer: Pacer,
    door: Door,
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
        let free = AtomicBool::new(pacer.is_free(Duration::ZERO));
        Self {
            queue: Mutex::new(()),
            gate: Mutex::new(Gate { pacer, door: Door::Open }),
            changed: Condvar::new(),
            free,
            passed: AtomicU64::new(0),
            began,
        }
    }

    /// Waits for a turn; `false` when the turnstile is not open, or no longer.
    pub(super) fn pass(&self) -> bool {
        let passes = self.free.load(Ordering::Acquire) || self.wait_for_turn();
        self.passed.fetch_add(u64::from(passes), Ordering::Release);
        passes
    }

    fn wait_for_turn(&self) -> bool {
        let _first_in_line = lock(&self.queue);
        let mut gate = lock(&self.gate);
        while gate.door == Door::Open {
            match gate.pacer.ask(self.began.elapsed()) {
                Turn::Now => {
                    self.free.store(gate.is_free(self.began.elapsed()), Ordering::Release);
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
        let mut gate = lock(&self.gate);
        gate.door = Door::Closed;
        self.free.store(false, Ordering::Release);
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
        self.free.store(gate.is_free(self.began.elapsed()), Ordering::Release);
        self.changed.notify_all();
    }

    /// How many passed so far.
    pub(super) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Acquire)
    }

    /// Asks or tells the pacer something.
    pub(super) fn with_pacer<T>(&self, ask: impl FnOnce(&mut Pacer, Duration) -> T) -> T {
        let mut gate = lock(&self.gate);
        let now = self.began.elapsed();
        let answer = ask(&mut gate.pacer, now);
        self.free.store(gate.is_free(now), Ordering::Release);
        answer
    }
}

impl Gate {
    fn is_free(&self, now: Duration) -> bool {
        self.door == Door::Open && self.pacer.is_free(now)
    }
}

/// A panic elsewhere ends the run anyway; the numbers behind the lock are still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
