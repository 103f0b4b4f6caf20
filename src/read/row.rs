//! A row of an input: its place, its cells, and what a reader returns for it.

use smallvec::SmallVec;

use super::note::NoteKind;
use super::skip_reason::SkipReason;
use super::vcard::{Card, RawCard};

/// The input that a row came from: an index into the list of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// The place of a row: its source and its first line, counted from 1 as an editor counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The input it came from.
    pub source: SourceId,
    /// The line of its first character, from 1.
    pub line: u64,
}

/// The cells of one row, kept in one piece of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cells {
    text: String,
    /// The end of each cell; inline for as many as lists usually have.
    ends: SmallVec<[u32; 8]>,
}

impl Cells {
    /// No cells, with room for `text` bytes in `cells` cells.
    #[must_use]
    pub fn with_capacity(text: usize, cells: usize) -> Self {
        Self { text: String::with_capacity(text), ends: SmallVec::with_capacity(cells) }
    }

    /// Adds one cell behind the others.
    pub fn push(&mut self, cell: &str) {
        self.text.push_str(cell);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// The cell at `index`, from 0; `None` behind the last one.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = match index {
            0 => 0,
            _ => self.ends[index - 1] as usize,
        };
        self.text.get(start..end)
    }

    /// The number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there is no cell at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cells in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<'a> FromIterator<&'a str> for Cells {
    fn from_iter<I: IntoIterator<Item = &'a str>>(cells: I) -> Self {
        let mut all = Self::default();
        cells.into_iter().for_each(|cell| all.push(cell));
        all
    }
}

/// One record of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The place where it begins.
    pub place: Place,
    /// Its cells.
    pub cells: Cells,
    /// Repairs and omissions of the reader, each as often as it happened. Usually empty.
    pub notes: Vec<NoteKind>,
}

/// The reader's result for one row of the input. Every row has one: none is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A row that could be read.
    Row(Row),
    /// A card that could be read.
    Card(Card),
    /// A row or a card that could not: `code` is `row_broken` or `card_broken`, `reason` says what
    /// is wrong with it and what to do.
    Broken {
        /// The part that could be read; a card is in [its own columns](Card::columns).
        row: Row,
        /// The reject's code.
        code: &'static str,
        /// A lowercase fragment for the user.
        reason: String,
    },
    /// A row that is not meant to become a message, such as a group card.
    Skipped {
        /// The place where it begins.
        place: Place,
        /// Why.
        reason: SkipReason,
    },
}

/// A row as it comes from its reader, not yet decoded where that is work worth sharing out.
#[derive(Debug)]
pub enum Raw {
    /// A record of a table.
    Record(Record),
    /// A card in its own bytes.
    Card(Box<RawCard>),
}

impl Raw {
    /// The place where it begins.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::Record(Record::Row(row) | Record::Broken { row, .. }) => row.place,
            Self::Record(Record::Card(Card { place, .. }) | Record::Skipped { place, .. }) => {
                *place
            }
            Self::Card(card) => card.place(),
        }
    }

    /// The row, decoded.
    #[must_use]
    pub fn into_record(self) -> Record {
        match self {
            Self::Record(record) => record,
            Self::Card(card) => card.into_record(),
        }
    }
}
