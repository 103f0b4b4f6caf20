//! Messages that wait: for their next try, or for their recipient's turn.
//!
//! No thread waits with them. Time is an argument.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// Things that are due at a time, earliest first, and in the order they came where the time is the
/// same.
#[derive(Debug)]
pub(super) struct DelayQueue<T> {
    heap: BinaryHeap<Due<T>>,
    came: u64,
}

#[derive(Debug)]
struct Due<T> {
    at: Reverse<(Duration, u64)>,
    item: T,
}

impl<T> Default for DelayQueue<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), came: 0 }
    }
}

impl<T> DelayQueue<T> {
    /// Puts `item` away until `at`.
    pub(super) fn push(&mut self, at: Duration, item: T) {
        self.came += 1;
        self.heap.push(Due { at: Reverse((at, self.came)), item });
    }

    /// The next one whose time has come.
    pub(super) fn pop_due(&mut self, now: Duration) -> Option<T> {
        match self.next_due() {
            Some(at) if at <= now => self.heap.pop().map(|due| due.item),
            _ => None,
        }
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.heap.peek().map(|due| due.at.0.0)
    }

    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    /// Takes everything out, due or not.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> {
        std::mem::take(&mut self.heap).into_iter().map(|due| due.item)
    }
}

impl<T> PartialEq for Due<T> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl<T> Eq for Due<T> {}

impl<T> PartialOrd for Due<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Due<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_back_when_due_in_the_order_they_came() {
        let second = Duration::from_secs;
        let mut waiting = DelayQueue::default();
        for (at, item) in [(3, 'd'), (1, 'a'), (2, 'b'), (2, 'c')] {
            waiting.push(second(at), item);
        }
        assert_eq!(waiting.pop_due(Duration::ZERO), None);
        assert_eq!(waiting.next_due(), Some(second(1)));
        let due: String = std::iter::from_fn(|| waiting.pop_due(second(2))).collect();
        assert_eq!(due, "abc");
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting.drain().collect::<String>(), "d");
        assert_eq!(waiting.len(), 0);
    }
}
