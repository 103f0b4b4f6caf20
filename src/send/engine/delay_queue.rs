//! A queue of messages that wait for their next attempt, or for their recipient's turn.
//!
//! Pure: the time is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

/// Items by the time at which they are due; those due at the same time stay in order.
#[derive(Debug)]
pub(super) struct DelayQueue<T> {
    items: BTreeMap<(Duration, u64), T>,
    pushed: u64,
}

impl<T> Default for DelayQueue<T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), pushed: 0 }
    }
}

impl<T> DelayQueue<T> {
    /// Adds `item`, due at `at`.
    pub(super) fn push(&mut self, at: Duration, item: T) {
        self.pushed += 1;
        self.items.insert((at, self.pushed), item);
    }

    /// Removes the next item that is due at `now`.
    pub(super) fn pop_due(&mut self, now: Duration) -> Option<T> {
        let next = self.items.first_entry().filter(|next| next.key().0 <= now);
        next.map(|next| next.remove())
    }

    /// The time at which the next item is due.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.items.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Removes all items, due or not.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> {
        std::mem::take(&mut self.items).into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_out_when_due_and_in_order() {
        let second = Duration::from_secs;
        let mut queue = DelayQueue::default();
        for (at, item) in [(3, 'd'), (1, 'a'), (2, 'b'), (2, 'c')] {
            queue.push(second(at), item);
        }
        assert_eq!(queue.pop_due(Duration::ZERO), None);
        assert_eq!(queue.next_due(), Some(second(1)));
        let due: String = std::iter::from_fn(|| queue.pop_due(second(2))).collect();
        assert_eq!(due, "abc");
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.drain().collect::<String>(), "d");
        assert_eq!(queue.len(), 0);
    }
}
