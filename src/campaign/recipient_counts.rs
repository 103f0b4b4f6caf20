//! The number of messages that each recipient gets in a run, and the row that named it first.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::prepare::phone::PhoneNumber;
use crate::read::Place;

/// The most recipients that are counted, about 11 MB. Later ones are not counted.
pub(super) const COUNTED: usize = 200_000;

/// The first [`COUNTED`] recipients of a run.
#[derive(Debug, Default)]
pub(super) struct RecipientCounts {
    counts: HashMap<PhoneNumber, Count>,
    most: u64,
    more: bool,
}

#[derive(Debug)]
struct Count {
    first: Place,
    to_send: u32,
}

impl RecipientCounts {
    /// Adds a message to `to` from the row at `here`. Returns the row that named this recipient
    /// first, if there is one.
    pub(super) fn add(&mut self, to: PhoneNumber, here: Place) -> Option<Place> {
        let full = self.counts.len() >= COUNTED;
        match self.counts.entry(to) {
            Entry::Occupied(known) => Some(known.get().first),
            Entry::Vacant(_) if full => {
                self.more = true;
                None
            }
            Entry::Vacant(free) => {
                free.insert(Count { first: here, to_send: 0 });
                None
            }
        }
    }

    /// Counts a message to be sent to a recipient that was added.
    pub(super) fn count_to_send(&mut self, to: &PhoneNumber) {
        if let Some(count) = self.counts.get_mut(to) {
            count.to_send += 1;
            self.most = self.most.max(u64::from(count.to_send));
        }
    }

    /// The most messages to be sent to one recipient.
    pub(super) fn most_to_one(&self) -> u64 {
        self.most
    }

    /// Returns whether there are more recipients than are counted.
    pub(super) fn are_more(&self) -> bool {
        self.more
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::SourceId;

    #[test]
    fn the_first_row_is_known_for_as_many_recipients_as_are_counted() {
        let to = |n: usize| PhoneNumber::from_digits(&format!("2547{n:08}")).unwrap();
        let place = |line| Place { source: SourceId(0), line };
        let mut recipients = RecipientCounts::default();
        for n in 0..COUNTED {
            assert_eq!(recipients.add(to(n), place(n as u64)), None);
        }
        assert!(!recipients.are_more());
        assert_eq!(recipients.add(to(7), place(0)), Some(place(7)));
        for _ in 0..2 {
            assert_eq!(recipients.add(to(COUNTED), place(1)), None);
            recipients.count_to_send(&to(COUNTED));
            assert!(recipients.are_more());
        }
        recipients.count_to_send(&to(7));
        assert_eq!(recipients.most_to_one(), 1);
    }
}
