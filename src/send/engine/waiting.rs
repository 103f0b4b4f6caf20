//! The messages that are not with a sender now: for what each one waits, and when it is due. Pure.

use std::time::Duration;

use super::delay_queue::DelayQueue;

/// The reason why a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// The time of its next attempt.
    NextAttempt,
    /// Its recipient: for their turn, or after the pair limit.
    Recipient,
}

/// The waiting messages, by what they wait for.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    repeats: DelayQueue<T>,
    recipients: DelayQueue<T>,
    /// Messages before their first attempt that wait for their recipient: they are not open.
    new: DelayQueue<T>,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self {
            repeats: DelayQueue::default(),
            recipients: DelayQueue::default(),
            new: DelayQueue::default(),
        }
    }
}

impl<T> Waiting<T> {
    /// Adds a message that is open, due at `at`.
    pub(super) fn push(&mut self, at: Duration, waits_for: WaitsFor, item: T) {
        match waits_for {
            WaitsFor::NextAttempt => self.repeats.push(at, item),
            WaitsFor::Recipient => self.recipients.push(at, item),
        }
    }

    /// Adds a message that was not written ahead and waits for its recipient's turn.
    pub(super) fn push_new(&mut self, at: Duration, item: T) {
        self.new.push(at, item);
    }

    /// Removes the next message that is due: open ones first, and others only `with_new`.
    pub(super) fn pop_due(&mut self, now: Duration, with_new: bool) -> Option<T> {
        let open = self.repeats.pop_due(now).or_else(|| self.recipients.pop_due(now));
        open.or_else(|| if with_new { self.new.pop_due(now) } else { None })
    }

    /// The time at which the next message is due; those that are not open only `with_new`.
    pub(super) fn next_due(&self, with_new: bool) -> Option<Duration> {
        let new = self.new.next_due().filter(|_| with_new);
        [self.repeats.next_due(), self.recipients.next_due(), new].into_iter().flatten().min()
    }

    /// Returns whether a message waits for the time of its next attempt.
    pub(super) fn has_repeats(&self) -> bool {
        self.repeats.len() > 0
    }

    /// The number of messages that wait for their recipient.
    pub(super) fn for_recipients(&self) -> usize {
        self.recipients.len() + self.new.len()
    }

    pub(super) fn len(&self) -> usize {
        self.repeats.len() + self.recipients.len() + self.new.len()
    }

    /// Removes all messages, due or not.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.repeats.drain().chain(self.recipients.drain()).chain(self.new.drain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_messages_come_first_and_new_ones_only_when_they_may_begin() {
        let second = Duration::from_secs;
        let mut waiting = Waiting::default();
        waiting.push_new(second(1), 'n');
        waiting.push(second(2), WaitsFor::Recipient, 'r');
        waiting.push(second(3), WaitsFor::NextAttempt, 'a');
        assert_eq!(waiting.next_due(true), Some(second(1)));
        assert_eq!(waiting.next_due(false), Some(second(2)));
        assert_eq!(waiting.pop_due(second(1), false), None);
        let due: String = std::iter::from_fn(|| waiting.pop_due(second(9), true)).collect();
        assert_eq!(due, "arn");
        assert_eq!((waiting.len(), waiting.has_repeats()), (0, false));
    }

    #[test]
    fn all_are_drained() {
        let mut waiting = Waiting::default();
        waiting.push_new(Duration::MAX, 'n');
        waiting.push(Duration::MAX, WaitsFor::Recipient, 'r');
        waiting.push(Duration::MAX, WaitsFor::NextAttempt, 'a');
        assert!(waiting.has_repeats());
        assert_eq!(waiting.for_recipients(), 2);
        assert_eq!(waiting.drain().count(), 3);
        assert_eq!(waiting.next_due(true), None);
    }
}
