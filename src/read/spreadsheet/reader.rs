//! The reader of a sheet: the header, and then a record for each row.

use std::collections::VecDeque;
use std::io::{Read, Seek};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use super::archive::{Archive, Kind};
use super::choice::SheetChoice;
use super::problem::SheetProblem;
use super::rows::{RowSink, Sent, SheetRow, Stop};
use super::{HEAD_ROWS, ods, xlsx};
use crate::read::csv::HeaderCells;
use crate::read::error::ReadError;
use crate::read::note::NoteKind;
use crate::read::{Cells, Place, Record, Row, SkipReason, SourceId};
use crate::units::printable::printable;

/// The chunks of rows that wait to be taken.
const CHUNKS_AHEAD: usize = 4;

/// The facts about a sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetFacts {
    /// Its name.
    pub sheet: String,
    /// The names of the other visible sheets, when none was chosen.
    pub others: Vec<String>,
    /// The row of its header.
    pub header_line: u64,
    /// The rows above it that are not blank.
    pub rows_above: usize,
    /// The merged cells of its header, like `B1:C1`.
    pub merged: Vec<String>,
}

/// The other sheets that are named.
const OTHERS_SHOWN: usize = 10;

impl SheetFacts {
    /// The names of the other visible sheets, in backquotes; `None` when there are none.
    #[must_use]
    pub fn show_others(&self) -> Option<String> {
        let shown = self.others.iter().take(OTHERS_SHOWN);
        let mut names: Vec<String> = shown.map(|name| format!("`{}`", printable(name))).collect();
        match self.others.len().saturating_sub(OTHERS_SHOWN) {
            0 => {}
            more => names.push(format!("{more} more")),
        }
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// A sheet that is being read. As an iterator it gives the rows after the header.
pub struct SheetReader {
    name: String,
    source: SourceId,
    /// `None` only while it is dropped.
    rows: Option<Receiver<Sent>>,
    thread: Option<JoinHandle<()>>,
    ahead: VecDeque<SheetRow>,
    problem: Option<SheetProblem>,
    ended: bool,
    header: Row,
    header_cells: HeaderCells,
    facts: SheetFacts,
    /// The number of the row that was given last.
    last: u32,
}

impl SheetReader {
    /// Opens a spreadsheet at the first row of the chosen sheet that is not blank, which is taken as
    /// its header.
    ///
    /// # Errors
    /// When it cannot be read, is beyond a bound, or has no such sheet or no row.
    pub fn open<R: Read + Seek + Send + 'static>(
        file: R,
        source: SourceId,
        name: &str,
        choice: &SheetChoice,
    ) -> Result<Self, ReadError> {
        let failed = |problem| ReadError::Sheet { name: name.to_owned(), problem };
        let (to, rows) = sync_channel(CHUNKS_AHEAD);
        let choice = choice.clone();
        let thread = thread::Builder::new().name("spreadsheet".to_owned());
        let thread = thread
            .spawn(move || {
                let mut sink = RowSink::new(to);
                let ended = read(file, &choice, &mut sink);
                sink.finish(ended);
            })
            .map_err(|error| failed(error.into()))?;
        let place = Place { source, line: 1 };
        let mut reader = Self {
            name: name.to_owned(),
            source,
            rows: Some(rows),
            thread: Some(thread),
            ahead: VecDeque::new(),
            problem: None,
            ended: false,
            header: Row { place, cells: Cells::default(), notes: Vec::new() },
            header_cells: HeaderCells::default(),
            facts: SheetFacts::default(),
            last: 0,
        };
        while !reader.ended && reader.ahead.len() < HEAD_ROWS {
            reader.receive();
        }
        // A fault in a short file is reported before its columns are mapped.
        if let Some(problem) = reader.problem.take() {
            return Err(failed(problem));
        }
        let Some(first) = reader.ahead.front().map(|row| u64::from(row.number)) else {
            let mut sheet = format!("`{}`", printable(&reader.facts.sheet));
            if let Some(others) = reader.facts.show_others() {
                sheet = format!("{sheet}; others are {others}");
            }
            return Err(failed(SheetProblem::NoRows(sheet)));
        };
        reader.begin_at(first);
        Ok(reader)
    }

    /// The first rows, of which one may be the header: each with its number.
    pub fn first_rows(&self) -> impl Iterator<Item = (u64, &Cells)> {
        let of_header = std::iter::once((self.facts.header_line, &self.header.cells));
        let rows = self.ahead.iter().map(|row| (u64::from(row.number), &row.cells));
        of_header.chain(rows).take(HEAD_ROWS)
    }

    /// Takes the row of this number, one of the first rows, as the header.
    pub fn begin_at(&mut self, line: u64) {
        match self.facts.header_line {
            0 => {}
            now if now < line => self.facts.rows_above += 1,
            _ => return,
        }
        while let Some(row) = self.ahead.pop_front() {
            if u64::from(row.number) < line {
                self.facts.rows_above += 1;
                continue;
            }
            self.last = row.number;
            self.header = Row {
                place: Place { source: self.source, line: row.number.into() },
                cells: row.cells,
                notes: Vec::new(),
            };
            self.header_cells = HeaderCells::of(&self.header.cells);
            self.facts.header_line = row.number.into();
            self.facts.merged = row.merged;
            return;
        }
    }

    /// The first row, or the one that was taken as the header. The caller decides whether it is a
    /// header at all.
    pub fn header(&self) -> &Row {
        &self.header
    }

    /// The facts about the sheet.
    pub fn facts(&self) -> &SheetFacts {
        &self.facts
    }

    fn receive(&mut self) {
        match self.rows.as_ref().and_then(|rows| rows.recv().ok()) {
            Some(Sent::Sheet(name, others)) => {
                (self.facts.sheet, self.facts.others) = (name, others);
            }
            Some(Sent::Rows(rows)) => self.ahead.extend(rows),
            Some(Sent::End) => self.ended = true,
            Some(Sent::Problem(problem)) => {
                self.problem = Some(problem);
                self.ended = true;
            }
            // The thread has died: calamine has panicked.
            None => {
                self.problem = Some(SheetProblem::Broken("its content makes no sense".to_owned()));
                self.ended = true;
            }
        }
    }

    fn record(&self, row: SheetRow) -> Result<Record, ReadError> {
        let line = u64::from(row.number);
        let place = Place { source: self.source, line };
        // A cell without a header is in no column.
        let width = self.header.cells.len();
        let cells = match row.cells.len() > width {
            true => row.cells.iter().take(width).collect(),
            false => row.cells,
        };
        if self.header_cells.are_in_another_order(&self.header.cells, &cells) {
            return Err(ReadError::SecondHeader { name: self.name.clone(), line });
        }
        let notes = if row.hidden { vec![NoteKind::HiddenRow] } else { Vec::new() };
        let made = Row { place, cells, notes };
        if row.too_long {
            let reason = "has more than 1 MiB of text: shorten its cells".to_owned();
            return Ok(Record::Broken { row: made, code: "row_broken", reason });
        }
        let is_blank = made.cells.iter().all(|cell| cell.trim().is_empty());
        match is_blank {
            true => Ok(Record::Skipped { place, reason: SkipReason::Empty }),
            false => Ok(Record::Row(made)),
        }
    }
}

impl Iterator for SheetReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ahead.is_empty() && !self.ended {
            self.receive();
        }
        let Some(next) = self.ahead.front() else {
            let problem = self.problem.take()?;
            return Some(Err(ReadError::Sheet { name: self.name.clone(), problem }));
        };
        self.last += 1;
        if next.number > self.last {
            // Blank rows between others are rows; those behind the last one are none.
            let place = Place { source: self.source, line: self.last.into() };
            return Some(Ok(Record::Skipped { place, reason: SkipReason::Empty }));
        }
        let row = self.ahead.pop_front()?;
        let record = self.record(row);
        if record.is_err() {
            self.ahead.clear();
            (self.ended, self.problem) = (true, None);
        }
        Some(record)
    }
}

impl Drop for SheetReader {
    /// Waits for the thread, which ends with the next chunk: the same file may be opened again.
    fn drop(&mut self) {
        self.rows = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads the whole sheet. This is what the thread does.
fn read<R: Read + Seek>(file: R, choice: &SheetChoice, sink: &mut RowSink) -> Result<(), Stop> {
    let mut archive = Archive::open(file)?;
    match archive.kind()? {
        Kind::Xlsx => xlsx::read(archive, choice, sink),
        Kind::Ods => ods::read(archive, choice, sink),
    }
}
