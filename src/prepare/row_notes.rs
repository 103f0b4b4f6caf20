//! The notes on one row while it is prepared.
//!
//! A detail is a text for the user. Where a whole list is repaired, a text for each row would cost
//! more than reading the row, so only as many are made as are shown.

use crate::read::note::{Note, NoteKind, NoteSet};

/// The notes on one row.
#[derive(Debug)]
pub(super) struct RowNotes<'e> {
    list: Vec<Note>,
    /// The kinds that have an example already; `None` if every note gets a detail.
    explained: Option<&'e mut NoteSet>,
}

impl<'e> RowNotes<'e> {
    /// Begins with the reader's notes, which have no details.
    pub(super) fn new(read: &[NoteKind], explained: Option<&'e mut NoteSet>) -> Self {
        Self { list: read.iter().map(|kind| Note::from(*kind)).collect(), explained }
    }

    /// Adds a note, with its detail if that is shown.
    pub(super) fn add(&mut self, kind: NoteKind, detail: impl FnOnce() -> String) {
        let is_shown = match &mut self.explained {
            None => true,
            Some(explained) if explained.contains(kind) => false,
            Some(explained) => {
                explained.insert(kind);
                true
            }
        };
        let detail = if is_shown { detail() } else { String::new() };
        self.list.push(Note { kind, detail });
    }

    /// Removes the notes of a kind.
    pub(super) fn remove(&mut self, kind: NoteKind) {
        let number = self.list.len();
        self.list.retain(|note| note.kind != kind);
        if let Some(explained) = &mut self.explained
            && self.list.len() < number
        {
            explained.remove(kind);
        }
    }

    /// The notes.
    pub(super) fn into_list(self) -> Vec<Note> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(notes: RowNotes<'_>) -> Vec<String> {
        notes.into_list().into_iter().map(|note| note.detail).collect()
    }

    #[test]
    fn the_first_note_of_a_kind_has_a_detail_and_with_verbose_each() {
        let mut explained = NoteSet::default();
        let add = |mut notes: RowNotes<'_>, detail: &str| {
            notes.add(NoteKind::Completed, || detail.to_owned());
            notes.add(NoteKind::FixedLine, || detail.to_owned());
            details(notes)
        };
        let first = RowNotes::new(&[NoteKind::HiddenRow], Some(&mut explained));
        assert_eq!(add(first, "a"), ["", "a", "a"]);
        assert_eq!(add(RowNotes::new(&[], Some(&mut explained)), "b"), ["", ""]);
        assert_eq!(add(RowNotes::new(&[], None), "c"), ["c", "c"]);
    }

    #[test]
    fn a_note_that_was_removed_is_no_example() {
        let mut explained = NoteSet::default();
        let mut rejected = RowNotes::new(&[], Some(&mut explained));
        rejected.add(NoteKind::PhoneLeftOut, || "a".to_owned());
        rejected.remove(NoteKind::PhoneLeftOut);
        assert!(details(rejected).is_empty());
        let mut used = RowNotes::new(&[], Some(&mut explained));
        used.add(NoteKind::PhoneLeftOut, || "b".to_owned());
        assert_eq!(details(used), ["b"]);
    }
}
