//! The gate that every attempt passes, first or repeated, right before its POST.
//!
//! One sender at a time waits at the pacer; the others wait for a lock and do not wake up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::send::pacer::{Pacer, Turn};

/// A pacer that threads wait at.
#[derive(Debug)]
pub(super) struct Gate {
    queue: Mutex<()>,
    state: Mutex<State>,
    changed: Condvar,
    /// True if a sender may pass without the lock: there is no limit, no pause, and the gate is
    /// open.
    free: AtomicBool,
    passed: AtomicU64,
    began: Instant,
}

#[derive(Debug)]
struct State {
    pacer: Pacer,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// No sender passes; the gate may open again.
    Held,
    /// No sender passes any more.
    Closed,
}

impl Gate {
    pub(super) fn new(pacer: Pacer, began: Instant) -> Self {
        let free = AtomicBool::new(pacer.is_free(Duration::ZERO));
        Self {
            queue: Mutex::new(()),
            state: Mutex::new(State { pacer, phase: Phase::Open }),
            changed: Condvar::new(),
            free,
            passed: AtomicU64::new(0),
            began,
        }
    }

    /// Waits for a turn; `false` when the gate is not open, or no longer.
    pub(super) fn pass(&self) -> bool {
        let passes = self.free.load(Ordering::Acquire) || self.wait_for_turn();
        self.passed.fetch_add(u64::from(passes), Ordering::Release);
        passes
    }

    fn wait_for_turn(&self) -> bool {
        let _first_in_queue = lock(&self.queue);
        let mut state = lock(&self.state);
        while state.phase == Phase::Open {
            match state.pacer.take_turn(self.began.elapsed()) {
                Turn::Now => {
                    self.free.store(state.is_free(self.began.elapsed()), Ordering::Release);
                    return true;
                }
                Turn::After(wait) => {
                    let woken = self.changed.wait_timeout(state, wait);
                    state = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
        false
    }

    /// Closes the gate for the rest of the run.
    pub(super) fn close(&self) {
        let mut state = lock(&self.state);
        state.phase = Phase::Closed;
        self.free.store(false, Ordering::Release);
        self.changed.notify_all();
    }

    /// Closes the gate until it is [opened](Self::open) again.
    pub(super) fn hold(&self) {
        self.change(Phase::Open, Phase::Held);
    }

    /// Opens the gate after [`hold`](Self::hold), unless it was closed meanwhile.
    pub(super) fn open(&self) {
        self.change(Phase::Held, Phase::Open);
    }

    fn change(&self, from: Phase, to: Phase) {
        let mut state = lock(&self.state);
        if state.phase == from {
            state.phase = to;
        }
        self.free.store(state.is_free(self.began.elapsed()), Ordering::Release);
        self.changed.notify_all();
    }

    /// The number of attempts that passed so far.
    pub(super) fn passed(&self) -> u64 {
        self.passed.load(Ordering::Acquire)
    }

    /// Calls `f` with the pacer and the time.
    pub(super) fn with_pacer<T>(&self, f: impl FnOnce(&mut Pacer, Duration) -> T) -> T {
        let mut state = lock(&self.state);
        let now = self.began.elapsed();
        let result = f(&mut state.pacer, now);
        self.free.store(state.is_free(now), Ordering::Release);
        result
    }
}

impl State {
    fn is_free(&self, now: Duration) -> bool {
        self.phase == Phase::Open && self.pacer.is_free(now)
    }
}

/// A panic in another thread ends the run anyway; the numbers behind the lock are consistent even
/// then.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
