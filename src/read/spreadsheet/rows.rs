//! Cells are put together to rows, and rows are handed over to the reader.

use std::sync::mpsc::SyncSender;

use super::problem::SheetProblem;
use super::{HEAD_ROWS, MAX_COLUMNS, MAX_ROWS, TOO_MANY_ROWS};
use crate::read::Cells;

/// The most text of a row, as in CSV: many cells of a workbook may share one text.
const MAX_BYTES: usize = 1 << 20;

/// The most text of a sheet, and how much of it a cell counts for besides its own text. A few hundred
/// bytes of a file may repeat a row of 16,384 cells a million times.
const MAX_SHEET_BYTES: usize = 1 << 30;
const BYTES_OF_A_CELL: usize = 4;

/// A chunk is handed over with this many rows, or with this much text.
const CHUNK_ROWS: usize = 512;
const CHUNK_BYTES: usize = 1 << 18;

/// A row of a sheet that is not blank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SheetRow {
    /// Its number, from 1.
    pub(super) number: u32,
    /// Its cells from column A on; none behind the last one with text.
    pub(super) cells: Cells,
    /// True if the program does not show it.
    pub(super) hidden: bool,
    /// True if it has more text than a row may have; only the start is kept.
    pub(super) too_long: bool,
    /// Its merged cells, like `B1:C1`.
    pub(super) merged: Vec<String>,
    bytes: usize,
}

/// What the thread hands over.
pub(super) enum Sent {
    /// The name of the sheet, and those of the others that are visible; then come its rows.
    Sheet(String, Vec<String>),
    /// Some rows, in order.
    Rows(Vec<SheetRow>),
    /// The end of the sheet.
    End,
    /// The reason why there are no more rows.
    Problem(SheetProblem),
}

/// The end of reading before the end of the sheet.
pub(super) enum Stop {
    /// The file cannot be read.
    Problem(SheetProblem),
    /// Nobody wants more rows.
    Unwanted,
}

impl<P: Into<SheetProblem>> From<P> for Stop {
    fn from(problem: P) -> Self {
        Self::Problem(problem.into())
    }
}

impl SheetRow {
    /// A row without cells.
    pub(super) fn new(number: u32, hidden: bool) -> Self {
        Self { number, hidden, ..Self::default() }
    }

    /// The same row at another number.
    pub(super) fn at(&self, number: u32) -> Self {
        Self { number, ..self.clone() }
    }

    /// Adds a cell. Cells come in the order of their columns, from 0.
    pub(super) fn cell(&mut self, column: u32, text: &str) -> Result<(), SheetProblem> {
        if text.is_empty() || self.too_long {
            return Ok(());
        }
        if column >= MAX_COLUMNS || (column as usize) < self.cells.len() {
            return Err(SheetProblem::Broken(format!(
                "a cell of row {} is in no column or in that of another one",
                self.number
            )));
        }
        self.bytes += text.len();
        if self.bytes > MAX_BYTES {
            self.too_long = true;
            return Ok(());
        }
        (self.cells.len()..column as usize).for_each(|_| self.cells.push(""));
        self.cells.push(text);
        Ok(())
    }

    fn is_blank(&self) -> bool {
        !self.too_long && self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// Takes the rows of a sheet, in order.
pub(super) struct RowSink {
    to: SyncSender<Sent>,
    chunk: Vec<SheetRow>,
    bytes: usize,
    all_bytes: usize,
    rows: usize,
    last: u32,
}

impl RowSink {
    pub(super) fn new(to: SyncSender<Sent>) -> Self {
        Self { to, chunk: Vec::new(), bytes: 0, all_bytes: 0, rows: 0, last: 0 }
    }

    /// Names the sheet that is read.
    pub(super) fn sheet(&mut self, name: &str, others: Vec<String>) -> Result<(), Stop> {
        self.send(Sent::Sheet(name.to_owned(), others))
    }

    /// Returns whether the next row may be the header.
    pub(super) fn is_in_head(&self) -> bool {
        self.rows < HEAD_ROWS
    }

    /// Takes a row; a blank one is passed over.
    pub(super) fn row(&mut self, row: SheetRow) -> Result<(), Stop> {
        self.all_bytes += row.bytes + BYTES_OF_A_CELL * row.cells.len();
        if self.all_bytes > MAX_SHEET_BYTES {
            return Err(SheetProblem::TooLarge("has more than 1 GiB of text in a sheet").into());
        }
        if row.is_blank() {
            return Ok(());
        }
        if row.number > MAX_ROWS {
            return Err(SheetProblem::TooLarge(TOO_MANY_ROWS).into());
        }
        if row.number <= self.last {
            let fault = format!("row {} comes after row {}", row.number, self.last);
            return Err(SheetProblem::Broken(fault).into());
        }
        self.last = row.number;
        self.bytes += row.bytes;
        self.rows += 1;
        self.chunk.push(row);
        match self.chunk.len() >= CHUNK_ROWS || self.bytes >= CHUNK_BYTES {
            true => self.hand_over(),
            false => Ok(()),
        }
    }

    /// Hands over the last rows and the end, or the problem.
    pub(super) fn finish(mut self, ended: Result<(), Stop>) {
        let _ = match ended {
            Err(Stop::Unwanted) => Ok(()),
            Ok(()) => self.hand_over().and_then(|()| self.send(Sent::End)),
            Err(Stop::Problem(problem)) => {
                self.hand_over().and_then(|()| self.send(Sent::Problem(problem)))
            }
        };
    }

    fn hand_over(&mut self) -> Result<(), Stop> {
        self.bytes = 0;
        let chunk = std::mem::take(&mut self.chunk);
        self.send(Sent::Rows(chunk))
    }

    fn send(&mut self, sent: Sent) -> Result<(), Stop> {
        self.to.send(sent).map_err(|_| Stop::Unwanted)
    }
}

/// The name of a cell: `B1` for row 1 and column 1, counted from 0.
pub(super) fn cell_name(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.iter().rev().collect();
    format!("{letters}{row}")
}
