//! Who receives how many messages of a run, and in which row each was named first.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::prepare::phone::PhoneNumber;
use crate::read::Place;

/// RecipientCounts that are watched: about 11 MB. Whom a longer list names later is not known.
pub(super) const WATCHED: usize = 200_000;

/// The recipients of a run, as many as are watched.
#[derive(Debug, Default)]
pub(super) struct RecipientCounts {
    watched: HashMap<PhoneNumber, Watched>,
    most: u64,
    more: bool,
}

#[derive(Debug)]
struct Watched {
    first: Place,
    to_send: u32,
}

impl RecipientCounts {
    /// A message to `to` from the row at `here`: where the one before it stood, if there was one.
    pub(super) fn meet(&mut self, to: PhoneNumber, here: Place) -> Option<Place> {
        let full = self.watched.len() >= WATCHED;
        match self.watched.entry(to) {
            Entry::Occupied(known) => Some(known.get().first),
            Entry::Vacant(_) if full => {
                self.more = true;
                None
            }
            Entry::Vacant(free) => {
                free.insert(Watched { first: here, to_send: 0 });
                None
            }
        }
    }

    /// A message to somebody who was met is to be sent.
    pub(super) fn count_to_send(&mut self, to: &PhoneNumber) {
        if let Some(watched) = self.watched.get_mut(to) {
            watched.to_send += 1;
            self.most = self.most.max(u64::from(watched.to_send));
        }
    }

    /// The most messages to one of them.
    pub(super) fn most_to_one(&self) -> u64 {
        self.most
    }

    /// Whether there are more than are watched.
    pub(super) fn are_more(&self) -> bool {
        self.more
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::SourceId;

    #[test]
    fn the_first_row_is_told_as_far_as_recipients_are_watched() {
        let to = |n: usize| PhoneNumber::from_digits(&format!("2547{n:08}")).unwrap();
        let place = |line| Place { source: SourceId(0), line };
        let mut recipients = RecipientCounts::default();
        for n in 0..WATCHED {
            assert_eq!(recipients.meet(to(n), place(n as u64)), None);
        }
        assert!(!recipients.are_more());
        assert_eq!(recipients.meet(to(7), place(0)), Some(place(7)));
        for _ in 0..2 {
            assert_eq!(recipients.meet(to(WATCHED), place(1)), None);
            recipients.count_to_send(&to(WATCHED));
            assert!(recipients.are_more());
        }
        recipients.count_to_send(&to(7));
        assert_eq!(recipients.most_to_one(), 1);
    }
}
