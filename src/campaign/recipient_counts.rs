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
    ids: HashMap<PhoneNumber, RecipientId>,
    counts: Vec<Count>,
    most: u64,
    more: bool,
}

/// A recipient among those that are counted, by which it is found without another search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecipientId(u32);

/// What is known of the recipient of a message that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Added {
    pub(super) id: RecipientId,
    /// The row that named this recipient first, if an earlier message did.
    pub(super) first: Option<Place>,
}

#[derive(Debug)]
struct Count {
    first: Place,
    to_send: u32,
}

impl RecipientId {
    /// A recipient that is not counted.
    pub(super) const NONE: Self = Self(u32::MAX);
}

impl RecipientCounts {
    /// Adds a message to `to` from the row at `here`.
    pub(super) fn add(&mut self, to: PhoneNumber, here: Place) -> Added {
        let next = self.counts.len();
        match self.ids.entry(to) {
            Entry::Occupied(known) => {
                let id = *known.get();
                Added { id, first: self.counts.get(id.0 as usize).map(|count| count.first) }
            }
            Entry::Vacant(_) if next >= COUNTED => {
                self.more = true;
                Added { id: RecipientId::NONE, first: None }
            }
            Entry::Vacant(free) => {
                let id = u32::try_from(next).map_or(RecipientId::NONE, RecipientId);
                free.insert(id);
                self.counts.push(Count { first: here, to_send: 0 });
                Added { id, first: None }
            }
        }
    }

    /// Counts a message to be sent to a recipient that was added.
    pub(super) fn count_to_send(&mut self, id: RecipientId) {
        if let Some(count) = self.counts.get_mut(id.0 as usize) {
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
            assert_eq!(recipients.add(to(n), place(n as u64)).first, None);
        }
        assert!(!recipients.are_more());
        let seventh = recipients.add(to(7), place(0));
        assert_eq!(seventh.first, Some(place(7)));
        for _ in 0..2 {
            let added = recipients.add(to(COUNTED), place(1));
            assert_eq!(added, Added { id: RecipientId::NONE, first: None });
            recipients.count_to_send(added.id);
            assert!(recipients.are_more());
        }
        recipients.count_to_send(seventh.id);
        assert_eq!(recipients.most_to_one(), 1);
        recipients.count_to_send(seventh.id);
        assert_eq!(recipients.most_to_one(), 2);
    }
}
